"""A question: what planners believe, what it is set against, which metric decides. The answer is computed, never written here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from sim.spec.plain_errors import KeyPath
from sim.spec.values import Spec


class Words(Spec):
    """The same in English and Chinese."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class Sides(Spec):
    """One strategy against another."""

    strategy: str
    against: str


class Pair(Sides):
    """A metric of one strategy against another's."""

    metric: str


class Test(Pair):
    """A pair that decides: the claim holds where the difference lies on the claimed side of the margin, wholly."""

    claimed: Literal["higher", "lower"]
    margin: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """How large the difference has to be to count, in the metric's unit (money in major units, shares as 0 to 1)."""


class BreakEven(Sides):
    """What a unit of something that only `strategy` buys may cost until it nets no more than `against`."""

    cost: str
    """The kind of cost that is spent on it, such as "training"."""
    units: str
    """The metric that counts it."""
    unit: Words
    """One of it, in words."""


class Question(Spec):
    """What `duecourse compare` answers first."""

    claim: Words
    """What planners believe, in one sentence."""
    pits: Words
    """What stands against what, and what is the same on both sides."""
    names: dict[str, Words] = {}
    """Strategies as sentences call them."""
    decides: tuple[Test, ...] = Field(min_length=1)
    beside: tuple[Pair, ...] = ()
    """What is told beside the answer, without a verdict."""
    wasted: tuple[Sides, ...] = ()
    """Of what `strategy` forgives: how much goes to accounts that are cured under `against` too, with the same luck."""
    break_even: tuple[BreakEven, ...] = ()
    evidence: Words | None = None
    """What published experiments say, with their sources."""

    def sides(self) -> Iterator[tuple[KeyPath, Sides]]:
        """Yield every two strategies with where they stand below `question`."""
        yield from self.pairs()
        yield from ((("wasted", n), sides) for n, sides in enumerate(self.wasted))
        yield from ((("break_even", n), sides) for n, sides in enumerate(self.break_even))

    def pairs(self) -> Iterator[tuple[KeyPath, Pair]]:
        """Yield each pair with where it stands below `question`."""
        yield from ((("decides", n), test) for n, test in enumerate(self.decides))
        yield from ((("beside", n), pair) for n, pair in enumerate(self.beside))
