"""A set of named arrays that compiled code takes as one pointer.

A tuple of thirty arrays is passed by value: every call between rules would copy hundreds of words and count references.
`ArraySet` keeps a small table of addresses and shapes instead; compiled code sees the same names (`world.person[i]`),
loads an address when it needs one, and owns nothing.
Measured on the campaign loop: compile time 45 s -> see ARCHITECTURE.md.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, ClassVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    register_model,
    unbox,
)
from numba.core.typing.templates import AttributeTemplate, Signature
from numba.np.arrayobj import getitem_array_tuple, getitem_arraynd_intp, make_array, populate_array, setitem_array
from numpy.typing import NDArray

LINE_BYTES = 64
WORDS = 5
"""Words a field takes in the table: address and up to four lengths."""


def lines(fields: Sequence[tuple[str, str]]) -> np.dtype[Any]:
    """Return an aligned record type whose size is a whole number of cache lines (fields in order, no gaps but at the end)."""
    plain = np.dtype(list(fields), align=True)
    places: Any = plain.fields
    names = [name for name, _ in fields]
    return np.dtype({"names": names, "formats": [places[name][0] for name in names],
                     "offsets": [places[name][1] for name in names],
                     "itemsize": -(-plain.itemsize // LINE_BYTES) * LINE_BYTES}, align=True)


def on_lines(array: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of a C-contiguous array that begins on a cache line, so that its records lie on as few as they can."""
    room = np.empty(array.nbytes + LINE_BYTES, np.uint8)
    first = -int(room.ctypes.data) % LINE_BYTES
    copy = room[first:first + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


class FieldArray(types.Array):
    """numba's view of a field: an array whose indices are never negative.

    Python's meaning of negative indices costs a comparison and a length for each index, a sixth of the campaign loop.
    With NUMBA_BOUNDSCHECK=1 a negative index is an error, and the parity tests must pass so.
    """


class ArraySetType(types.Type):
    """numba's view of one subclass of `ArraySet`."""

    def __init__(self, name: str, fields: tuple[tuple[str, Any, int], ...]) -> None:
        self.fields = fields
        super().__init__(name=f"ArraySet({name})")


class ArraySet:
    """Named C-contiguous arrays of fixed type and rank. Subclasses state `FIELDS`; larger arrays may replace them."""

    FIELDS: ClassVar[dict[str, tuple[np.dtype[Any], int]]] = {}
    """Field -> (dtype, number of dimensions)."""
    __slots__ = ("_table", "address")
    _numba_type_: ClassVar[ArraySetType]
    """Where numba's dispatcher looks before it asks Python code, which would take microseconds a call."""

    def __init_subclass__(cls) -> None:
        """Give each subclass its type for numba."""
        super().__init_subclass__()
        fields = tuple((name, numba.from_dtype(dtype), rank) for name, (dtype, rank) in cls.FIELDS.items())
        cls._numba_type_ = ArraySetType(cls.__name__, fields)

    def __init__(self, **arrays: NDArray[Any]) -> None:
        if any(rank >= WORDS for _, rank in self.FIELDS.values()):
            raise TypeError(f"{type(self).__name__}: got a field of more than {WORDS - 1} dimensions")
        if set(arrays) != set(self.FIELDS):
            raise TypeError(f"{type(self).__name__} needs exactly {', '.join(self.FIELDS)}")
        self._table = np.zeros(WORDS * len(self.FIELDS), np.int64)
        self.address = int(self._table.ctypes.data)
        """Where the table is: what compiled code gets."""
        for name, array in arrays.items():
            self.put(name, array)

    def put(self, name: str, array: NDArray[Any]) -> None:
        """Set a field to an array of its type and rank."""
        dtype, rank = self.FIELDS[name]
        if array.dtype != dtype or array.ndim != rank or not array.flags.c_contiguous:
            raise TypeError(f"{type(self).__name__}.{name}: got {array.dtype} of rank {array.ndim}, "
                            f"expected C-contiguous {dtype} of rank {rank}")
        setattr(self, name, array)
        place = WORDS * list(self.FIELDS).index(name)
        self._table[place] = array.ctypes.data
        self._table[place + 1:place + 1 + rank] = array.shape


@register_model(ArraySetType)
class _Model(models.PrimitiveModel):
    """One 64-bit address."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64))


@unbox(ArraySetType)
def _unbox(_kind: Any, value: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(value, "address")
    native = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    return NativeValue(native, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@infer_getattr
class _Fields(AttributeTemplate):
    """Types of the fields."""

    key = ArraySetType

    def generic_resolve(self, kind: ArraySetType, name: str) -> Any:  # type: ignore[override]
        """Return the array type of a field, or None."""
        for field, dtype, rank in kind.fields:
            if field == name:
                return FieldArray(dtype, rank, "C")
        return None


@lower_getattr_generic(ArraySetType)
def _load(context: Any, builder: Any, kind: ArraySetType, value: Any, name: str) -> Any:
    """Build an array that owns nothing from the table's words."""
    place, (_, dtype, rank) = next((n, f) for n, f in enumerate(kind.fields) if f[0] == name)
    word = ir.IntType(64)
    table = builder.inttoptr(value, word.as_pointer())
    words = [builder.load(cgutils.gep_inbounds(builder, table, WORDS * place + k)) for k in range(rank + 1)]
    for loaded in words:
        # Arrays are replaced between calls of compiled code only: no store within one can change what the table says.
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    array_type = FieldArray(dtype, rank, "C")
    array = make_array(array_type)(context, builder)
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(dtype)))
    lengths = words[1:]
    strides = [itemsize] * rank
    for axis in range(rank - 2, -1, -1):
        strides[axis] = builder.mul(strides[axis + 1], lengths[axis + 1])
    populate_array(array, data=builder.inttoptr(words[0], array.data.type), shape=cgutils.pack_array(builder, lengths),
                   strides=cgutils.pack_array(builder, strides), itemsize=itemsize, meminfo=None)
    return array._getvalue()  # noqa: SLF001 - the way numba's own lowering hands over a structure


register_model(FieldArray)(models.ArrayModel)


def _never_negative(context: Any, builder: Any, index_type: Any, index: Any) -> tuple[Any, Any]:
    """Return (type, value) of an index or a tuple of them, whole numbers as unsigned ones."""
    if isinstance(index_type, types.BaseTuple):
        kinds: tuple[Any, ...] = tuple(index_type)  # type: ignore[arg-type]
        parts = [_never_negative(context, builder, kind, value)
                 for kind, value in zip(kinds, cgutils.unpack_tuple(builder, index), strict=True)]
        whole = types.Tuple([kind for kind, _ in parts])
        return whole, context.make_tuple(builder, whole, [value for _, value in parts])
    if isinstance(index_type, types.Integer):
        return types.uintp, context.cast(builder, index, index_type, types.intp)
    return index_type, index


@lower_builtin(operator.getitem, FieldArray, types.Integer)
@lower_builtin(operator.getitem, FieldArray, types.BaseTuple)
def _get(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Lower array[index] as numba does, but for the sign of the index."""
    kind, index = _never_negative(context, builder, signature.args[1], arguments[1])
    plain = Signature(signature.return_type, (signature.args[0], kind), None)
    lower = getitem_array_tuple if isinstance(kind, types.BaseTuple) else getitem_arraynd_intp
    return lower(context, builder, plain, (arguments[0], index))


@lower_builtin(operator.setitem, FieldArray, types.Integer, types.Any)
@lower_builtin(operator.setitem, FieldArray, types.BaseTuple, types.Any)
def _set(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Lower array[index] = value as numba does, but for the sign of the index."""
    kind, index = _never_negative(context, builder, signature.args[1], arguments[1])
    plain = Signature(signature.return_type, (signature.args[0], kind, signature.args[2]), None)
    return setitem_array(context, builder, plain, (arguments[0], index, arguments[2]))


def _prefetch(_context: Any, kind: Any, index: Any, line: Any) -> Any:
    """Ask the processor to fetch a cache line of an array's element, because it will be wanted soon.

    `prefetch(array, index, line)`: `index` an integer, or a tuple for arrays of higher rank; `line` 0, 1, ... within the
    element. A hint only: it changes no result, and an element of any index may be named that exists.
    """
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = make_array(signature.args[0])(context, builder, arguments[0])
        several = isinstance(signature.args[1], types.BaseTuple)
        indices = cgutils.unpack_tuple(builder, arguments[1]) if several else [arguments[1]]
        element = cgutils.get_item_pointer(context, builder, signature.args[0], array, indices, wraparound=False)
        byte, flag = ir.IntType(8), ir.IntType(32)
        address = builder.gep(builder.bitcast(element, byte.as_pointer()),
                              [builder.mul(arguments[2], ir.Constant(arguments[2].type, LINE_BYTES))])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [byte.as_pointer()],
                                                ir.FunctionType(ir.VoidType(), [byte.as_pointer(), flag, flag, flag]))
        builder.call(hint, [address, flag(0), flag(3), flag(1)])  # to read, to stay, data
        return context.get_dummy_value()

    return types.void(kind, index, line), generate


prefetch: Any = intrinsic(_prefetch)
