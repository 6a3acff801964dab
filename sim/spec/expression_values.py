"""Evaluation of checked expressions over columns, vectorised. Nothing here reads a planner's text."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.portfolio.table import Category

Columns: TypeAlias = Mapping[str, Any]
"""Name -> numeric, bool or text array of shape (rows,), or a `Category`."""

Compare: TypeAlias = Callable[[Any, Any], Any]

COMPARISONS: dict[type[ast.cmpop], tuple[str, Compare | None]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.In: ("in", None),
    ast.NotIn: ("not in", None),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, Compare]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", np.true_divide),
    ast.Mod: ("%", np.mod),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text operand while evaluating: codes into labels, or one literal (codes None)."""

    codes: NDArray[np.int32] | None
    labels: tuple[str, ...]


def literal(node: ast.expr) -> float | str | None:
    """Return a number or text written out, else None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = literal(node.operand)
        return -inner if isinstance(inner, float) else None
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return None
    if isinstance(node.value, str):
        return node.value
    if not isinstance(node.value, (int, float)):
        return None
    try:
        value = float(node.value)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def evaluate(node: ast.expr, columns: Columns) -> Any:
    """Return arrays of shape (rows,), scalars, or a `Text` for a text operand."""
    match node:
        case ast.Name():
            return _operand(columns[node.id])
        case ast.Constant():
            if isinstance(node.value, str):
                return Text(None, (node.value,))
            return np.bool_(node.value) if isinstance(node.value, bool) else np.float64(node.value)  # type: ignore[arg-type]
        case ast.BoolOp():
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            out = evaluate(node.values[0], columns)
            for part in node.values[1:]:
                out = join(out, evaluate(part, columns))
            return out
        case ast.UnaryOp():
            value = evaluate(node.operand, columns)
            return np.logical_not(value) if isinstance(node.op, ast.Not) else (
                -value if isinstance(node.op, ast.USub) else value)
        case ast.BinOp():
            left, right = evaluate(node.left, columns), evaluate(node.right, columns)
            if isinstance(node.op, (ast.Div, ast.Mod)):
                right = np.where(np.equal(right, 0.0), np.nan, right)
            return ARITHMETIC[type(node.op)][1](left, right)
        case ast.Compare():
            return _evaluate_compare(node, columns)
    raise TypeError(f"not admitted: {type(node).__name__}")  # parse_expression let nothing else pass


def _evaluate_compare(node: ast.Compare, columns: Columns) -> Any:
    left = evaluate(node.left, columns)
    out: Any = None
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, (ast.In, ast.NotIn)) and isinstance(comparator, (ast.List, ast.Tuple)):
            found = _member(left, [literal(item) for item in comparator.elts], isinstance(op, ast.NotIn))
            right: Any = None
        else:
            right = evaluate(comparator, columns)
            found = _pair(left, right, op)
        out = found if out is None else np.logical_and(out, found)
        left = right
    return out


def _operand(column: Any) -> Any:
    if isinstance(column, Category):
        return Text(column.codes, column.labels)
    array = np.asarray(column)
    if array.dtype.kind in "UO":
        labels, codes = np.unique(array.astype(str), return_inverse=True)
        return Text(codes.astype(np.int32), tuple(str(label) for label in labels))
    return array if array.dtype.kind == "b" else array.astype(np.float64, copy=False)


def _pair(left: Any, right: Any, op: ast.cmpop) -> Any:
    compare = COMPARISONS[type(op)][1]
    if isinstance(left, Text) and isinstance(right, Text):
        return _pair_texts(left, right, isinstance(op, ast.NotEq))
    if compare is None:
        raise TypeError("`in` needs a list")  # _admit_list let nothing else pass
    found = compare(left, right)
    if isinstance(op, ast.NotEq):  # the only comparison that IEEE 754 makes true for nan
        for side in (left, right):
            if np.asarray(side).dtype.kind == "f":
                found = np.logical_and(found, ~np.isnan(side))
    return found


def _pair_texts(left: Text, right: Text, differ: bool) -> Any:
    if left.codes is None and right.codes is None:
        return np.bool_((left.labels == right.labels) != differ)
    if left.codes is None:
        left, right = right, left
    if left.codes is None:  # both were literals: handled above
        raise TypeError("no text column")
    if right.codes is None:
        return _member(left, [right.labels[0]], differ)
    place = {label: code for code, label in enumerate(left.labels)}
    table = np.array([place.get(label, -2) for label in right.labels] + [-3], dtype=np.int64)
    other = table[right.codes]  # code -1 (missing) falls on the last entry
    present = (left.codes >= 0) & (right.codes >= 0)
    return present & ((left.codes == other) != differ)


def _member(left: Any, values: list[float | str | None], negate: bool) -> Any:
    """Return whether each row is in the list; missing rows are False either way."""
    if isinstance(left, Text):
        if left.codes is None:
            return np.bool_((left.labels[0] in values) != negate)
        table = np.array([(label in values) != negate for label in left.labels] + [False], dtype=np.bool_)
        return table[left.codes]
    found = np.isin(left, np.array(values, dtype=np.float64))
    return np.logical_and(~found, ~np.isnan(left)) if negate else found
