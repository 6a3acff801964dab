"""A behaviour value: a number with its range, its unit and its source. A default without a published source says `assumed`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from sim.spec.plain_errors import BadValue

STATED = "stated in the scenario"


class Spec(BaseModel):
    """Root of all spec classes: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class Value(Spec):
    """One empirical value. In YAML a map of these keys, or just a number (then its source is the scenario itself)."""

    value: float = Field(allow_inf_nan=False)
    low: float | None = None
    high: float | None = None
    unit: str = ""
    source: str = STATED
    """A citation, or `assumed`."""

    @property
    def assumed(self) -> bool:
        """Whether no published source stands behind the value."""
        return self.source.startswith("assumed")


def _from_number(given: Any) -> Any:
    if isinstance(given, bool):
        raise BadValue(given, "a number, or a map with value, low, high, unit and source")
    if isinstance(given, (int, float)):
        return {"value": given}
    if isinstance(given, str):
        match = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?)\s*%\s*", given)
        advice = f"Write a share: {match[1]} % is {float(match[1]) / 100:g}." if match else (
            "Write the bare number in the unit that the key's name ends with.")
        raise BadValue(given, "a number without a unit, or a map with value, low, high, unit and source", advice)
    return given


def _ordered(value: Value) -> Value:
    low = value.value if value.low is None else value.low
    high = value.value if value.high is None else value.high
    if not low <= value.value <= high:
        raise BadValue(f"low {low:g}, value {value.value:g}, high {high:g}", "low <= value <= high",
                       "When you override a value, state its range too, or just a number.")
    return value


def _within(low: float, high: float, words: str, *, share: bool = False) -> Callable[[Value], Value]:
    def check(value: Value) -> Value:
        if not low <= value.value <= high:
            percent = share and 1 < value.value <= 100
            raise BadValue(f"{value.value:g}", words,
                           f"A percentage? {value.value:g} % is {value.value / 100:g}." if percent else "")
        return value
    return check


def _kind(low: float, high: float, words: str, *, share: bool = False) -> Any:
    return Annotated[Value, AfterValidator(_within(low, high, words, share=share)), AfterValidator(_ordered),
                     BeforeValidator(_from_number)]


Number = Annotated[Value, AfterValidator(_ordered), BeforeValidator(_from_number)]
Probability = _kind(0.0, 1.0, "a probability from 0 to 1", share=True)
LogOdds = _kind(-10.0, 10.0, "log-odds from -10 to 10")
Factor = _kind(0.0, 1000.0, "a factor from 0 to 1000")
Spread = _kind(0.0, 3.0, "a standard deviation of a logarithm, from 0 to 3")
Seconds = _kind(0.0, 31_536_000.0, "seconds, from 0 to a year")
Days = _kind(0.0, 3650.0, "days, from 0 to ten years")
Rate = _kind(0.0, 5.0, "a rate per day from 0 to 5")
Price = _kind(0.0, 1e9, "a price in major currency units, at least 0")
