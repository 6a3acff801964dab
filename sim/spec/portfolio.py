"""What a portfolio is read from: a mapping of somebody's file, or the specification of a synthetic draw.

Both are frozen and hold no arrays; `sim.portfolio` reads and draws.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from sim.errors import InputError
from sim.spec.expression import parse_expression
from sim.spec.plain_errors import BadValue, KeyPath, key_text
from sim.spec.yaml_source import Document, load_yaml, validate

CanonicalName = Literal[
    "account_id",
    "person_id",
    "balance",
    "principal",
    "interest",
    "fees",
    "instalment",
    "dpd",
    "due_date",
    "as_of",
    "entry_date",
    "entry_day",
    "score",
    "payday",
    "number_valid",
    "zone",
    "product",
    "region",
    "dispute",
    "hardship_plan",
    "opt_out",
]
"""Columns that a portfolio knows; `sim.portfolio.headers.ALIASES` has their headers."""

MAX_LINKED_SHARE = 0.3


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One text or a list of texts."""
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class Source(_Spec):
    """Where a column comes from: a header (`from`), a table of values (`map`), an expression, a constant."""

    from_: Texts = Field(default=(), alias="from")
    """The file's header; of several, the first that the file has."""
    map: dict[int | str, float | str] = {}
    """Value in the file -> value here, complete for the accounts that are kept."""
    expression: str = ""
    """Over the file's numeric columns, such as "30 * PAY_0 - 15"."""
    constant: float | str | None = None
    kind: Literal["number", "text", "days_before_start"] | None = None
    """For attributes only; found out from the cells where it is not stated."""
    note: str = ""
    """The rule in words, for describe, manifest and report: required for `map`, `expression`, `constant`."""
    assumed: bool = False
    """The rule has no published source."""

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        origins = [bool(self.from_), bool(self.expression), self.constant is not None]
        if sum(origins) != 1:
            raise BadValue(
                f"{sum(origins)} origins",
                "exactly one of `from`, `expression`, `constant`",
                "State where the column comes from once.",
            )
        if self.map and not self.from_:
            raise BadValue("`map` without `from`", "`from:` with the header that the map reads")
        if (self.map or self.expression or self.constant is not None) and not self.note:
            raise BadValue(
                "no `note`", "the rule in words", "Add `note:`, and `assumed: true` if it is an assumption."
            )
        return self

    @field_validator("expression")
    @classmethod
    def _parsed(cls, text: str) -> str:
        if text:
            parse_expression(text, "expression")
        return text


def _sourced(value: Any) -> Any:
    return {"from": value} if isinstance(value, (str, list)) else value


ColumnSource = Annotated[Source, BeforeValidator(_sourced)]
"""A header, a list of headers (the first found is used), or a `Source`."""


class PortfolioMapping(_Spec):
    """How to read a real portfolio. Columns that are not mapped are found by their headers' aliases."""

    name: str
    description: str = ""
    source: str = ""
    """Citation and licence of the data."""
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    minor_per_major: Literal[1, 10, 100, 1000] = 100
    """Minor units (cents, fen) in one major unit."""
    encoding: str = ""
    """Of a text file: empty to tell UTF-8, UTF-16 with mark and GB18030 apart."""
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    decimal: Literal[".", ","] = "."
    sheet: str = ""
    date_format: str = ""
    """As for strptime, for dates that are not year first, such as "%d/%m/%Y"."""
    as_of: date | None = None
    """The day of the snapshot, where only due dates are known."""
    columns: dict[CanonicalName, ColumnSource] = {}
    attributes: dict[str, ColumnSource] = {}
    """Further columns to keep, by the name that strategies use."""
    where: Texts = ()
    """Accounts that are kept; the others are excluded by this rule and counted."""
    exclude: Texts = ()
    """Accounts that are left out after `where`; counted with their balance."""
    protected: tuple[str, ...] = ()
    """Attributes that describe who somebody is, beyond those recognised by their header."""
    drop: tuple[str, ...] = ()
    """Headers of columns that are never read, such as names and phone numbers."""
    not_personal: tuple[str, ...] = ()
    """Headers that look like names or phone numbers but, as the planner states, are neither."""

    _document: Document | None = PrivateAttr(default=None)
    _key_path: KeyPath = PrivateAttr(default=())

    @field_validator("where", "exclude")
    @classmethod
    def _rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        for place, rule in enumerate(rules):
            try:
                parse_expression(rule, "rule")
            except InputError as error:
                key_path: KeyPath = (place,) if len(rules) > 1 else ()
                raise BadValue(error.got, error.expected, error.advice, key_path) from None
        return rules

    @field_validator("attributes")
    @classmethod
    def _names(cls, attributes: dict[str, Source]) -> dict[str, Source]:
        for name in attributes:
            if not name.isidentifier():
                raise BadValue(
                    name, "a name of letters, digits and _ that strategies can write", "Rename it.", (name,)
                )
        return attributes

    @field_validator("encoding")
    @classmethod
    def _encoding_known(cls, name: str) -> str:
        try:
            if name:
                codecs.lookup(name)
        except LookupError:
            raise BadValue(name, "an encoding such as utf-8, gb18030, big5 or cp1252") from None
        return name

    @model_validator(mode="after")
    def _protected_known(self) -> PortfolioMapping:
        for name in self.protected:
            if name not in self.attributes:
                raise BadValue(
                    name,
                    f"one of the attributes ({', '.join(self.attributes) or 'there are none'})",
                    "Write the attribute's name here, not its header.",
                    ("protected",),
                )
        return self

    def placed(self, document: Document, key_path: KeyPath = ()) -> PortfolioMapping:
        """Return the mapping itself, knowing the document from which messages name file and line."""
        self._document, self._key_path = document, key_path
        return self

    def where_is(self, *keys: str | int) -> str:
        """Return "mapping.yaml:12 columns.balance" for messages."""
        if self._document is not None:
            return self._document.where((*self._key_path, *keys))
        return f"mapping {self.name} {key_text(keys)}".strip()


class BalanceSpec(_Spec):
    """Lognormal opening balances in major units, clipped to [low, high]."""

    median: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(ge=0, le=5)
    """Standard deviation of the balance's logarithm."""
    low: float = Field(gt=0, allow_inf_nan=False)
    high: float = Field(gt=0, le=1e12)
    interest_share: tuple[Probability, Probability] = (0.0, 0.08)
    """Interest as a share of the balance, uniform between the two."""
    fees_share: tuple[Probability, Probability] = (0.0, 0.05)
    instalment_share: tuple[Probability, Probability] = (0.08, 0.35)
    """The monthly instalment as a share of the balance, uniform between the two."""

    @model_validator(mode="after")
    def _ordered(self) -> BalanceSpec:
        if not self.low <= self.median <= self.high:
            raise BadValue(f"{self.low} .. {self.median} .. {self.high}", "low <= median <= high")
        for name in ("interest_share", "fees_share", "instalment_share"):
            low, high = getattr(self, name)
            if low > high:
                raise BadValue([low, high], "the smaller share first", "", (name,))
        if self.interest_share[1] + self.fees_share[1] > 1:
            raise BadValue(
                self.interest_share[1] + self.fees_share[1], "interest and fees of at most the whole balance"
            )
        return self


class DpdBand(_Spec):
    """Days past due `low` to `high`, uniform within, with a relative weight."""

    low: int = Field(ge=0, le=36_500)
    high: int = Field(ge=0, le=36_500)
    weight: Weight

    @model_validator(mode="after")
    def _ordered(self) -> DpdBand:
        if self.low > self.high:
            raise BadValue(f"{self.low} to {self.high}", "low <= high")
        return self


class RegionSpec(_Spec):
    """A region's relative weight and time zone (empty: the calendar's)."""

    weight: Weight
    zone: str = ""


class ScoreSpec(_Spec):
    """A risk score, normal, clipped to [low, high]; lower is worse; `dpd_slope` less each 30 days late."""

    mean: float = 600.0
    sd: float = Field(default=60.0, ge=0)
    low: float = 300.0
    high: float = 850.0
    dpd_slope: float = Field(default=8.0, ge=0)


class SyntheticPortfolio(_Spec):
    """A portfolio to be drawn: a stock at the start and new accounts on every day of the horizon."""

    name: str = "synthetic"
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    minor_per_major: Literal[1, 10, 100, 1000] = 100
    stock: int = Field(ge=0, le=20_000_000)
    """Accounts at the start."""
    inflow_per_day: float = Field(default=0.0, ge=0, le=1_000_000)
    """Mean number of new accounts on an average day; Poisson."""
    weekday_profile: tuple[Weight, Weight, Weight, Weight, Weight, Weight, Weight] = (
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
    )
    """Relative inflow Monday to Sunday."""
    linked_share: float = Field(default=0.1, ge=0, le=MAX_LINKED_SHARE)
    """Share of accounts that belong to a person who already has one here."""
    balance: BalanceSpec
    dpd: tuple[DpdBand, ...]
    """Of the stock."""
    entry_dpd: int = Field(default=1, ge=0, le=36_500)
    """Days past due on which a new account enters."""
    products: dict[str, Weight]
    regions: dict[
        str,
        Annotated[
            RegionSpec,
            BeforeValidator(lambda value: {"weight": value} if isinstance(value, (int, float)) else value),
        ],
    ]
    score: ScoreSpec = ScoreSpec()
    paydays: dict[int, Weight] = {}
    """Day of the month -> weight; 0 for unknown. Empty: unknown for everybody."""
    number_valid: Probability = 0.95
    dispute: Probability = 0.0
    hardship_plan: Probability = 0.0
    opt_out: Probability = 0.0
    assumptions: tuple[str, ...] = ()
    """What was assumed, in sentences."""

    @model_validator(mode="after")
    def _weights(self) -> SyntheticPortfolio:
        tables: Mapping[str, list[float]] = {
            "dpd": [band.weight for band in self.dpd],
            "products": list(self.products.values()),
            "regions": [region.weight for region in self.regions.values()],
            "weekday_profile": list(self.weekday_profile),
            "paydays": list(self.paydays.values()) or [1.0],
        }
        for key, weights in tables.items():
            if not math.fsum(weights) > 0:
                raise BadValue(str(weights), "at least one positive weight", "", (key,))
        for day in self.paydays:
            if not 0 <= day <= 31:
                raise BadValue(day, "a day of the month from 1 to 31, or 0 for unknown", "", ("paydays", day))
        return self


def load_mapping(path: Path, key_path: KeyPath = ()) -> PortfolioMapping:
    """Read a mapping file.

    Args:
        path: a YAML file.
        key_path: where in the file the mapping stands; empty for the whole file.

    Raises:
        InputErrors: every fault, with file and line.
    """
    document = load_yaml(path)
    return place_mapping(document, key_path)


def place_mapping(document: Document, key_path: KeyPath = ()) -> PortfolioMapping:
    """Return the mapping at a key path of a document, knowing its place for messages.

    Raises:
        InputErrors: every fault, with file and line.
    """
    return validate(document, PortfolioMapping, key_path).placed(document, key_path)


def load_synthetic(path: Path, key_path: KeyPath = ()) -> SyntheticPortfolio:
    """Read the specification of a synthetic portfolio.

    Raises:
        InputErrors: every fault, with file and line.
    """
    return validate(load_yaml(path), SyntheticPortfolio, key_path)
