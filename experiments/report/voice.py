"""What a language says of one run: safe names, numbers with units, words. No HTML and no plots."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from experiments.results import Difference, Estimate, MetricInfo
from experiments.texts import TEXTS, Language, say
from sim import DO_NOTHING

LABEL_LETTERS, CSV_LETTERS = 32, 100
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MINUS, NARROW = "\u2212", "\u202f"
ABSENT = "–"


def visible(text: str) -> str:
    """Return text from outside without characters that turn, break or hide what stands beside it."""
    return "".join(
        "\ufffd" if letter in BIDI_CONTROLS or unicodedata.category(letter) in {"Cc", "Cs"} else letter
        for letter in text
    )


def short(text: str, letters: int = LABEL_LETTERS) -> str:
    """Return visible text cut to so many letters, with an ellipsis where something is left out."""
    clean = visible(text[: 4 * letters])
    return clean if len(text) <= letters else clean[: letters - 1].rstrip() + "…"


def labels_of(names: Iterable[str], letters: int = LABEL_LETTERS) -> dict[str, str]:
    """Return a short label for each name; names that are cut to the same label get a number."""
    out: dict[str, str] = {}
    for name in names:
        label, number = short(name, letters) or "?", 2
        base = label
        while label in out.values():
            label, number = f"{base} ({number})", number + 1
        out[name] = label
    return out


def named(names: Iterable[str], language: Language) -> dict[str, str]:
    """Return the labels of strategies in a language."""
    labels = labels_of(names)
    if DO_NOTHING in labels:
        labels[DO_NOTHING] = say("do_nothing", language)
    return labels


@dataclass(frozen=True, slots=True)
class Voice:
    """How a language says names, numbers and metrics of one run, whatever was asked."""

    language: Language
    labels: Mapping[str, str]
    """Strategy -> label, in the scenario's order."""
    currency: str
    minor_per_major: int
    metrics: Mapping[str, MetricInfo]
    champion: str

    # ------------------------------------------------------------------------------------------- words
    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the catalogue in the reading's language."""
        return say(key, self.language, **values)

    def known(self, group: str, name: str) -> str:
        """Return the translation of a word of the simulator, or the word itself where the catalogue has none."""
        key = f"{group}.{name}"
        return self.say(key) if key in TEXTS else visible(name)

    def has(self, key: str) -> bool:
        """Return whether the catalogue holds a text."""
        return key in TEXTS

    def pool(self, name: str) -> str:
        """Return a pool in words; "desk.senior" is the senior skill group of the desk."""
        resource, _, skill = name.partition(".")
        words = self.known("pool", resource)
        return self.say("pool.skill", pool=words, skill=self.known("skill", skill)) if skill else words

    def label(self, name: str) -> str:
        """Return a strategy's label."""
        return self.labels[name]

    def names(self, names: Iterable[str]) -> str:
        """Return labels of strategies as a list in words."""
        return self.say("comma").join(self.label(name) for name in names)

    @property
    def csv_names(self) -> dict[str, str]:
        """Names of strategies for downloads: as they are, cut only where they are longer than 100 letters."""
        return labels_of(self.labels, CSV_LETTERS)

    def info(self, metric: str) -> MetricInfo:
        """Return what a metric is."""
        return self.metrics[metric]

    def metric(self, metric: str) -> str:
        """Return a metric's name in the reading's language."""
        info = self.info(metric)
        return visible(info.chinese if self.language == "zh" and info.chinese else info.english)

    def denominator(self, metric: str) -> str:
        """Return what a metric is divided by, in words."""
        return self.known("denominator", self.info(metric).denominator)

    def unit(self, metric: str) -> str:
        """Return a metric's unit in words; money's unit is the currency."""
        unit = self.info(metric).unit
        return visible(self.currency) if unit == "minor" else self.known("unit", unit)

    # ------------------------------------------------------------------------------------------ numbers
    def money(self, minor: float, *, signed: bool = False) -> str:
        """Return minor units as money with the currency's code, shortened from a million (zh: from 万) on."""
        if math.isnan(minor):
            return ABSENT
        major = minor / self.minor_per_major
        return f"{visible(self.currency)} {_sign(major, signed=signed)}{self._size(abs(major))}"

    def _size(self, major: float) -> str:
        steps = ((1e8, "亿"), (1e4, "万")) if self.language == "zh" else ((1e9, "bn"), (1e6, "m"))
        for step, word in steps:
            if major >= step:
                return f"{major / step:,.2f}{NARROW}{word}"
        return f"{major:,.0f}" if major >= 100 or major == int(major) else f"{major:,.2f}"

    def number(self, value: float, unit: str, *, signed: bool = False, difference: bool = False) -> str:
        """Return a value with its unit; a difference of shares is in percentage points, nan is a dash."""
        if math.isnan(value):
            return ABSENT
        if unit == "minor":
            return self.money(value, signed=signed)
        sign, size = _sign(value, signed=signed), abs(value)
        if unit == "share":
            word = self.say("points") if difference else "%"
            return f"{sign}{100 * size:.{_decimals(100 * size)}f}{NARROW}{word}"
        return f"{sign}{size:,.{_decimals(size)}f}"

    def bare(self, value: float, unit: str, *, signed: bool = False) -> str:
        """Return a value without the unit that already stands beside it: no currency, no percent sign."""
        if math.isnan(value):
            return ABSENT
        if unit == "minor":
            major = value / self.minor_per_major
            return f"{_sign(major, signed=signed)}{self._size(abs(major))}"
        return self.number(100.0 * value if unit == "share" else value, "count", signed=signed)

    def estimate(self, estimate: Estimate, unit: str) -> str:
        """Return mean ± standard error; without a standard error the mean alone."""
        mean = self.number(estimate.mean, unit)
        if math.isnan(estimate.mean) or math.isnan(estimate.se):
            return mean
        se = self.bare(estimate.se, unit) if unit == "minor" else self.number(estimate.se, unit, difference=True)
        return f"{mean} ± {se}"

    def interval(self, difference: Difference, unit: str) -> str:
        """Return "a to b" without the unit of the estimate beside it, or that there is no interval."""
        if math.isnan(difference.low) or math.isnan(difference.high):
            return self.say("no_interval")
        low, high = (self.bare(end, unit, signed=True) for end in (difference.low, difference.high))
        return self.say("interval", low=low, high=high)

    def gap(self, difference: Difference, unit: str) -> str:
        """Return a signed difference with its interval in brackets."""
        value = self.number(difference.estimate, unit, signed=True, difference=True)
        return value if math.isnan(difference.estimate) else f"{value} ({self.interval(difference, unit)})"


def _sign(value: float, *, signed: bool) -> str:
    return MINUS if value < 0 else "+" if signed and value > 0 else ""


def _decimals(size: float) -> int:
    return 0 if size >= 1000 or size == 0 else 1 if size >= 10 else 2


def holds_zero(difference: Difference) -> bool | None:
    """Return whether the interval holds zero; None without an interval."""
    if math.isnan(difference.low) or math.isnan(difference.high):
        return None
    return bool(difference.low <= 0.0 <= difference.high)


def major(voice: Voice, minor: float) -> float:
    """Return minor units in major ones."""
    return minor / voice.minor_per_major
