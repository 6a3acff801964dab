"""Vectorised expressions mean what Python means by them, row by row; any text is one or an error."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.portfolio.table import Category
from sim.spec.expression import parse_expression

ROWS = 7
NUMBERS = ("dpd", "balance")
LABELS = ("east", "north", "west")

columns = st.fixed_dictionaries(
    {
        "dpd": st.lists(st.integers(-3, 60), min_size=ROWS, max_size=ROWS),
        "balance": st.lists(
            st.one_of(st.integers(-5, 50), st.just(math.nan)), min_size=ROWS, max_size=ROWS
        ),
        "dispute": st.lists(st.booleans(), min_size=ROWS, max_size=ROWS),
        "region": st.lists(st.integers(-1, 2), min_size=ROWS, max_size=ROWS),
    }
)
number = st.recursive(
    st.one_of(st.sampled_from(NUMBERS), st.integers(0, 60).map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda text: f"(-{text})"),
    ),
    max_leaves=4,
)
order = st.sampled_from(("<", "<=", ">", ">="))
texts = st.lists(st.sampled_from(LABELS), min_size=1, max_size=2).map(repr)
condition = st.one_of(
    st.tuples(number, order, number).map(" ".join),
    st.tuples(number, order, number, order, number).map(" ".join),
    # `!=` with a missing number is False here and True in Python: a unit test says so
    st.tuples(st.just("dpd"), st.sampled_from(("==", "!=")), st.integers(0, 9).map(str)).map(" ".join),
    st.tuples(st.just("dpd"), st.sampled_from(("in", "not in")), st.just("[1, 5, 30]")).map(" ".join),
    st.tuples(st.just("region"), st.sampled_from(("==", "!=")), st.sampled_from(LABELS).map(repr)).map(
        " ".join
    ),
    st.tuples(st.just("region"), st.sampled_from(("in", "not in")), texts).map(" ".join),
    st.just("dispute"),
)
expression = st.recursive(
    condition,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=5,
)


class Missing(str):
    """A missing text: every comparison with it is False, as the language says."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return False


@given(expression, columns)
def test_a_row_alone_gives_what_python_gives(text, table):
    given_columns = {
        "dpd": np.array(table["dpd"]),
        "balance": np.array(table["balance"], dtype=float),
        "dispute": np.array(table["dispute"]),
        "region": Category(np.array(table["region"], np.int32), LABELS),
    }
    value = np.broadcast_to(parse_expression(text, "t").evaluate(given_columns), (ROWS,))
    for row in range(ROWS):
        code = table["region"][row]
        names = {
            "dpd": table["dpd"][row],
            "balance": table["balance"][row],
            "dispute": table["dispute"][row],
            "region": LABELS[code] if code >= 0 else Missing(""),
        }
        if code < 0 and "not in" in text:
            continue  # Python has no missing text that is neither in a list nor outside it
        assert bool(value[row]) == bool(eval(text, {"__builtins__": {}}, names)), (text, names)


def expression_or_error(call):
    """Return what a call gives, None where it raises a complete InputError; other errors fail the test."""
    try:
        return call()
    except InputError as error:
        if error.where != "t" or not error.expected:
            raise AssertionError("an error without its place or without what is allowed") from error
        return None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_an_expression_or_an_input_error(text):
    found = expression_or_error(lambda: parse_expression(text, "t"))
    assert found is None or found.text == text.strip()


@given(st.text(alphabet="dp 1<>=andotri()[]'\",.:+-*/%_x", max_size=40))
def test_any_text_of_the_alphabet_of_expressions_is_one_or_an_input_error(text):
    found = expression_or_error(lambda: parse_expression(text, "t"))
    if found is not None:
        kind = expression_or_error(lambda: found.check({"d": "number", "p": "text", "x": "flag"}))
        assert kind in {None, "number", "text", "flag"}
