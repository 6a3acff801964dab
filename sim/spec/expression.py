"""Expressions that planners write (`1 <= dpd <= 30 and balance >= 5000`): data, never Python that is run.

The text is parsed with Python's own grammar and then checked against a short list of permitted pieces;
whatever is not on the list is an error that names the piece. Evaluation is vectorised over columns.

Missing values: a comparison with a missing number (nan) or a missing text is False, whatever the comparison,
also `!=` and `not in`. So `not (score > 600)` holds for an unknown score and `score <= 600` does not.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, nearest
from sim.portfolio.table import Category
from sim.spec.expression_values import ARITHMETIC, COMPARISONS, Columns, Text, evaluate, literal

Kind = Literal["number", "text", "flag"]
MAX_LENGTH = 1_000
MAX_DEPTH = 40
ALLOWED = ("column names, numbers, texts in quotes, True, False, comparisons (also chained), and, or, not, "
           "in [...], not in [...], + - * / %")

_PLAIN = {
    ast.Call: "a call", ast.Attribute: "a dotted name", ast.Subscript: "an index", ast.Lambda: "a lambda",
    ast.NamedExpr: "an assignment `:=`", ast.JoinedStr: "an f-string", ast.IfExp: "an if ... else",
    ast.ListComp: "a comprehension", ast.SetComp: "a comprehension", ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension", ast.Starred: "a star", ast.Await: "await", ast.Dict: "a dict",
    ast.Set: "a set", ast.List: "a list outside `in`", ast.Tuple: "a list outside `in`",
    ast.Pow: "the power **", ast.FloorDiv: "the division //", ast.Is: "`is`", ast.IsNot: "`is not`",
    ast.BitAnd: "the bit operator &", ast.BitOr: "the bit operator |", ast.BitXor: "the bit operator ^",
    ast.Invert: "the bit operator ~",
}
_ADVICE = {ast.Is: "Write == instead.", ast.IsNot: "Write != instead.", ast.BitAnd: "Write `and` instead.",
           ast.BitOr: "Write `or` instead.", ast.Invert: "Write `not` instead."}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. Two expressions with the same text are equal."""

    text: str
    names: frozenset[str]
    where: str
    _root: ast.expr

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def check(self, kinds: Mapping[str, str], want: Kind | None = None) -> Kind:
        """Return the kind of the result, given the kind of each column.

        Args:
            kinds: column name -> "number", "text" or "flag".
            want: the kind that the result must have, if any.

        Raises:
            InputError: an unknown name (with the nearest), a text compared with a number, a wrong result.
        """
        kind = _Checker(self, kinds).kind(self._root)
        if want is not None and kind != want:
            advice = "Compare it with something, such as `balance >= 5000`." if want == "flag" else ""
            raise InputError(self.where, self.text, f"a result that is a {want}, not a {kind}", advice)
        return kind

    def evaluate(self, columns: Columns) -> NDArray[np.float64] | NDArray[np.bool_]:
        """Return the value in every row, float64 or bool of shape (rows,).

        An expression that names no column gives shape (). Division by zero gives nan, which compares False.

        Raises:
            InputError: a name that `columns` lacks, or kinds that do not fit together.
        """
        self.check({name: kind_of(columns[name]) for name in self.names if name in columns})
        with np.errstate(all="ignore"):
            value = evaluate(self._root, columns)
        if isinstance(value, Text):
            raise InputError(self.where, self.text, "an expression that gives a number or a flag",
                             "Compare the text with something, such as `region == 'north'`.")
        return np.asarray(value)


def kind_of(column: object) -> Kind:
    """Return a column's kind: bool arrays are flags, categories and text arrays text, the rest numbers."""
    if isinstance(column, Category):
        return "text"
    dtype = np.asarray(column).dtype
    if dtype.kind == "b":
        return "flag"
    return "text" if dtype.kind in "UO" else "number"


def parse_expression(text: str, where: str) -> Expression:
    """Parse and check a planner's expression.

    Args:
        text: at most 1,000 characters.
        where: file:line and key, for messages.

    Raises:
        InputError: anything but the permitted pieces; the message names the offending one.
    """
    if not isinstance(text, str) or not text.strip():
        raise InputError(where, text, "an expression such as `1 <= dpd <= 30 and balance >= 5000`")
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise InputError(where, f"{len(text)} characters", f"at most {MAX_LENGTH} characters",
                         "Split it over several segments.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's hints about code: this is not code
            root = ast.parse(" ".join(text.split("\n")), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InputError(where, _short(text), f"an expression of {ALLOWED}", _syntax_advice(text)) from None
    names: set[str] = set()
    _admit(root, text, where, names, 0)
    return Expression(text, frozenset(names), where, root)


def _short(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= 120 else f"{text[:100]}... ({len(text)} characters)"


def _syntax_advice(text: str) -> str:
    if ".." in text:
        return "Write a range as `1 <= dpd <= 30`."
    if "&&" in text or "||" in text or "!" in text.replace("!=", ""):
        return "Write `and`, `or`, `not`."
    if "=" in text and not any(op in text for op in ("==", "<=", ">=", "!=")):
        return "Write == to compare."
    return "Check quotes, brackets and operators."


def _refuse(node: ast.AST, piece: ast.AST, text: str, where: str) -> InputError:
    plain = next((said for kind, said in _PLAIN.items() if isinstance(piece, kind)), type(piece).__name__)
    shown = ast.get_source_segment(text, node) if isinstance(node, ast.expr) else None
    advice = _ADVICE.get(type(piece), "Expressions are data, not Python: state the condition over columns.")
    return InputError(where, f"{plain} in `{shown or text}`", f"only {ALLOWED}", advice)


def _admit(node: ast.expr, text: str, where: str, names: set[str], depth: int) -> None:
    """Raise unless the tree holds permitted pieces only; collect the column names."""
    if depth > MAX_DEPTH:
        raise InputError(where, _short(text), f"pieces nested at most {MAX_DEPTH} deep", "Split it up.")
    parts: list[ast.expr] = []
    match node:
        case ast.BoolOp():
            parts = node.values
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd()):
            parts = [node.operand]
        case ast.UnaryOp():
            raise _refuse(node, node.op, text, where)
        case ast.BinOp():
            if type(node.op) not in ARITHMETIC:
                raise _refuse(node, node.op, text, where)
            parts = [node.left, node.right]
        case ast.Compare():
            parts = _admit_comparison(node, text, where)
        case ast.Name():
            names.add(node.id)
        case ast.Constant():
            _admit_constant(node, text, where)
        case _:
            raise _refuse(node, node, text, where)
    for part in parts:
        _admit(part, text, where, names, depth + 1)


def _admit_comparison(node: ast.Compare, text: str, where: str) -> list[ast.expr]:
    """Return the operands that are still to be admitted; the list after `in` is admitted here."""
    parts = [node.left]
    for op, right in zip(node.ops, node.comparators, strict=True):
        if type(op) not in COMPARISONS:
            raise _refuse(node, op, text, where)
        if not isinstance(op, (ast.In, ast.NotIn)):
            parts.append(right)
            continue
        _admit_list(right, text, where)
        if len(node.ops) > 1:
            raise InputError(where, f"a chain with `in` in `{_short(text)}`", "`in` alone",
                             "Join two conditions with `and`.")
    return parts


def _admit_constant(node: ast.Constant, text: str, where: str) -> None:
    value = node.value
    if value is None:
        raise InputError(where, f"None in `{_short(text)}`", f"only {ALLOWED}",
                         "A missing value compares False: nothing has to be said about it.")
    if not isinstance(value, (bool, int, float, str)):
        raise InputError(where, f"{value!r} in `{_short(text)}`", "numbers and texts")
    if isinstance(value, (int, float)):
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise InputError(where, f"a number out of range in `{_short(text)}`", "numbers below 1e308")


def _admit_list(node: ast.expr, text: str, where: str) -> None:
    if not isinstance(node, (ast.List, ast.Tuple)) or not node.elts:
        raise InputError(where, f"`in` without a list in `{_short(text)}`", "a literal list after `in`",
                         'Write it out, such as `product in ["card", "cash"]`.')
    values = [literal(item) for item in node.elts]
    for item, value in zip(node.elts, values, strict=True):
        if value is None:
            raise InputError(where, f"`{_short(ast.unparse(item))}` in a list",
                             "numbers or texts in a list", "Write the values out.")
    if len({isinstance(value, str) for value in values}) > 1:
        raise InputError(where, f"numbers and texts in one list in `{_short(text)}`", "a list of one kind")


@dataclass(frozen=True, slots=True)
class _Checker:
    """Finds the kind of each piece, so that a text is never compared with a number."""

    expression: Expression
    kinds: Mapping[str, str]

    def fail(self, got: str, expected: str, advice: str = "") -> InputError:
        return InputError(self.expression.where, f"{got} in `{self.expression.text}`", expected, advice)

    def need(self, node: ast.expr, kind: Kind, role: str) -> None:
        found = self.kind(node)
        if found != kind:
            raise self.fail(f"the {found} `{ast.unparse(node)}` {role}", f"a {kind} there")

    def kind(self, node: ast.expr) -> Kind:
        match node:
            case ast.Name():
                return self._name(node.id)
            case ast.Constant():
                if isinstance(node.value, bool):
                    return "flag"
                return "text" if isinstance(node.value, str) else "number"
            case ast.BoolOp():
                for part in node.values:
                    self.need(part, "flag", "beside and/or")
                return "flag"
            case ast.UnaryOp(op=ast.Not()):
                self.need(node.operand, "flag", "after not")
                return "flag"
            case ast.UnaryOp():
                self.need(node.operand, "number", "after a sign")
                return "number"
            case ast.BinOp():
                sign = ARITHMETIC[type(node.op)][0]
                self.need(node.left, "number", f"beside {sign}")
                self.need(node.right, "number", f"beside {sign}")
                return "number"
            case ast.Compare():
                return self._compare(node)
        raise self.fail(ast.unparse(node), f"only {ALLOWED}")

    def _name(self, name: str) -> Kind:
        if (kind := self.kinds.get(name)) is not None:
            return cast(Kind, kind)
        advice = nearest(name, self.kinds) or f"Known here: {', '.join(sorted(self.kinds))}."
        raise self.fail(f"the unknown name `{name}`", "a column that exists", advice)

    def _compare(self, node: ast.Compare) -> Kind:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            sign = COMPARISONS[type(op)][0]
            one = self.kind(left)
            if isinstance(right, (ast.List, ast.Tuple)):
                other: Kind = "text" if isinstance(literal(right.elts[0]), str) else "number"
            else:
                other = self.kind(right)
            if one != other:
                raise self.fail(f"a {one} compared with a {other}", "two numbers, two texts or two flags",
                                'Texts stand in quotes, such as "card"; numbers do not.')
            if one == "text" and sign in {"<", "<=", ">", ">="}:
                raise self.fail(f"{sign} between texts", "==, !=, in, not in between texts")
            if one == "flag" and sign not in {"==", "!="}:
                raise self.fail(f"{sign} between flags", "==, != between flags", "Name the flag alone.")
            left = right
        return "flag"
