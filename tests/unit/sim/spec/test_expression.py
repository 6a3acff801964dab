"""Expressions are data: what may be written, what it gives, and how everything else is refused."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import InputError
from sim.portfolio.table import Category
from sim.spec.expression import MAX_LENGTH, parse_expression

COLUMNS = {
    "dpd": np.array([1, 20, 40]),
    "balance": np.array([1.0, 6000.0, np.nan]),
    "region": Category(np.array([0, 1, -1], np.int32), ("north", "south")),
    "home": Category(np.array([1, 0, 1], np.int32), ("east", "north")),
    "dispute": np.array([True, False, True]),
    "name": np.array(["a", "b", "a"]),
}
KINDS = {"dpd": "number", "balance": "number", "region": "text", "dispute": "flag"}
WHERE = "s.yaml:3 when"


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("1 <= dpd <= 30 and balance >= 5000", [False, True, False]),
        ("not dispute or dpd > 30", [False, True, True]),
        ("region == 'north'", [True, False, False]),
        ("'north' != region", [False, True, False]),
        ("region in ['north', 'west']", [True, False, False]),
        ("region not in ('north',)", [False, True, False]),
        ("region == home", [True, False, False]),
        ("home != region", [False, True, False]),
        ("name == 'a'", [True, False, True]),
        ("balance != 1", [False, True, False]),
        ("balance not in [1]", [False, True, False]),
        ("not balance > 1", [True, False, True]),
        ("dispute == True", [True, False, True]),
        ("dpd in [1, -20, 40]", [True, False, True]),
        ("dpd % 2 == 0", [False, True, True]),
        ("dpd / 0 > 1", [False, False, False]),
        ("30 * dpd - 15", [15.0, 585.0, 1185.0]),
        ("-dpd + 1", [0.0, -19.0, -39.0]),
        ("'a' == 'a' and dpd > 0", [True, True, True]),
    ],
)
def test_values(text, gives):
    expression = parse_expression(text, WHERE)
    value = expression.evaluate(COLUMNS)
    assert value.tolist() == gives
    assert expression.names <= COLUMNS.keys()


def test_names_and_text_are_kept_and_a_constant_has_no_rows():
    expression = parse_expression(" 1 <= dpd and\n  balance > 2 ", WHERE)
    assert expression.names == {"dpd", "balance"}
    assert expression.text.startswith("1 <= dpd")
    assert parse_expression("1 < 2", WHERE).evaluate({}).shape == ()


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("len(dpd) > 1", "a call in `len(dpd)`"),
        ("a.b > 1", "a dotted name in `a.b`"),
        ("dpd[0] > 1", "an index in `dpd[0]`"),
        ("(lambda: 1)()", "a call"),
        ("dpd ** 9 ** 9", "the power **"),
        ("(x := 3) > 2", "an assignment `:=`"),
        ("f'{dpd}' == 'a'", "an f-string"),
        ("dpd is 3", "`is`"),
        ("dpd == None", "None"),
        ("1j > dpd", "1j"),
        ("b'a' == region", "b'a'"),
        ("~dispute", "the bit operator ~"),
        ("dispute & dispute", "the bit operator &"),
        ("[x for x in dpd]", "a comprehension"),
        ("1 if dispute else 2", "an if ... else"),
        ("{1: 2}", "a dict"),
        ("dpd in balance", "`in` without a list"),
        ("dpd in []", "`in` without a list"),
        ("dpd in [balance]", "`balance` in a list"),
        ("dpd in [1, 'a']", "numbers and texts in one list"),
        ("1 < dpd in [1]", "a chain with `in`"),
        ("dpd < 1e999", "a number out of range"),
        ("__import__('os').system('ls')", "a call"),
    ],
)
def test_everything_else_is_refused_and_named(text, piece):
    with pytest.raises(InputError) as caught:
        parse_expression(text, WHERE)
    assert piece in caught.value.got
    assert caught.value.where == WHERE
    assert caught.value.expected


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("dpd in 1..30", "Write a range as `1 <= dpd <= 30`."),
        ("dpd = 3", "Write == to compare."),
        ("dpd > 3 && dispute", "Write `and`, `or`, `not`."),
        ("dpd > (3", "Check quotes, brackets and operators."),
        ("(" * 300 + "1" + ")" * 300, "Check quotes, brackets and operators."),
        ("x\0", "Check quotes, brackets and operators."),
        ("not " * 100 + "dispute", "Split it up."),
        ("dpd > 1 or " * (MAX_LENGTH // 10) + "dpd > 1", "Split it over several segments."),
        ("  ", ""),
    ],
)
def test_what_cannot_be_read_comes_with_advice(text, advice):
    with pytest.raises(InputError) as caught:
        parse_expression(text, WHERE)
    assert caught.value.advice == advice
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("blance > 3", "Did you mean `balance`?"),
        ("region == 3", "a text compared with a number"),
        ("dpd in ['a']", "a number compared with a text"),
        ("region > 'a'", "> between texts"),
        ("dispute > dispute", "> between flags"),
        ("dpd and dispute", "the number `dpd` beside and/or"),
        ("not dpd", "the number `dpd` after not"),
        ("region + 1 > 2", "the text `region` beside +"),
        ("-dispute > 2", "the flag `dispute` after a sign"),
        ("dpd + 1", "a result that is a flag"),
    ],
)
def test_kinds_must_fit(text, says):
    expression = parse_expression(text, WHERE)
    with pytest.raises(InputError, match=r"s\.yaml:3 when") as caught:
        expression.check(KINDS, "flag")
    assert says in str(caught.value)


def test_evaluation_checks_too():
    with pytest.raises(InputError, match="unknown name `dpd`"):
        parse_expression("dpd > 1", WHERE).evaluate({})
    with pytest.raises(InputError, match="a text compared with a number"):
        parse_expression("region > 1", WHERE).evaluate(COLUMNS)
    with pytest.raises(InputError, match="expected an expression that gives a number or a flag"):
        parse_expression("region", WHERE).evaluate(COLUMNS)
    assert parse_expression("dpd * 2", WHERE).check(KINDS) == "number"
