"""The analysis part of an experiment file: which column is what, and what to estimate.

It stands at the top of the file or under `analysis:`; everything else in an experiment file is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.design.checks import LARGEST_NUMBER
from experiments.estimators.multiplicity import METHODS
from experiments.estimators.protocol import KINDS
from experiments.estimators.registry import estimator
from sim.errors import InputError, InputErrors, choose, nearest
from sim.spec.expression import Expression, parse_expression
from sim.spec.yaml_source import Document, load_yaml

KEYS = (
    "unit",
    "arm",
    "control",
    "metrics",
    "where",
    "covariates",
    "strata",
    "cluster",
    "received",
    "allocation",
    "time",
    "event",
    "exposure",
    "margin",
    "alpha",
    "estimators",
    "multiplicity",
    "winsorise",
    "quantile",
    "horizon",
    "permutations",
    "seed",
)
DESIGN_KEYS = ("name", "description", "arms", "design", "accept")
"""Keys that `ab assign` reads from the same file."""
METRIC_KEYS = (
    "name",
    "kind",
    "column",
    "numerator",
    "denominator",
    "time",
    "event",
    "exposure",
    "margin",
    "direction",
    "alpha",
    "estimators",
    "horizon",
    "winsorise",
    "quantile",
)
DIRECTIONS = ("larger_is_better", "smaller_is_better")
ADJUSTMENTS = (*METHODS, "dunnett")


@dataclass(frozen=True)
class MetricPlan:
    """One metric.

    Attributes:
        name: as it stands in the result.
        kind: mean, proportion, ratio, count or time_to_event.
        column: outcome; the numerator of a ratio; "" for time to event.
        denominator, time, event, exposure: columns, "" where not needed.
        margin: non-inferiority margin in the unit of the estimate, None without.
        larger_is_better: direction that is good.
        alpha: two-sided level; intervals have 1 - alpha.
        estimators: names, () for the kind's usual ones.
        horizon, winsorise, quantile: settings of single estimators.
        where: place in the file, for messages.
    """

    name: str
    kind: str
    column: str
    denominator: str
    time: str
    event: str
    exposure: str
    margin: float | None
    larger_is_better: bool
    alpha: float
    estimators: tuple[str, ...]
    horizon: float | None
    winsorise: float
    quantile: float
    where: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it reads."""
        names = (self.column, self.denominator, self.time, self.event, self.exposure)
        return tuple(name for name in names if name)


@dataclass(frozen=True)
class AnalysisPlan:
    """What `ab analyze` does.

    Attributes:
        source: the file, for messages.
        unit: column that names the unit, "" where each row is one.
        arm, control: column of the arm and the control arm's value, compared as text.
        metrics: what to estimate.
        where: rows to keep, or None.
        covariates: numeric columns known before assignment.
        strata, cluster, received: columns, "" where there are none; several strata columns are crossed.
        allocation: arm -> planned share or weight; empty for equal shares.
        multiplicity: adjustment over metrics and arms.
        permutations, seed: of randomisation tests.
        places: key -> place in the file.
    """

    source: str
    unit: str
    arm: str
    control: str
    metrics: tuple[MetricPlan, ...]
    where: Expression | None
    covariates: tuple[str, ...]
    strata: tuple[str, ...]
    cluster: str
    received: str
    allocation: Mapping[str, float]
    multiplicity: str
    permutations: int
    seed: int
    places: Mapping[str, str]


def load_plan(path: Path) -> AnalysisPlan:
    """Read the analysis part of an experiment file.

    Raises:
        InputError: all faults of the file together, each with its line.
    """
    document = load_yaml(path)
    data = document.data
    prefix: tuple[str, ...] = ()
    if isinstance(data, dict) and isinstance(data.get("analysis"), dict):
        data, prefix = _with_shares(data, data["analysis"]), ("analysis",)
    if not isinstance(data, dict):
        raise InputError(document.where(), "no mapping", "keys such as arm, control and metrics",
                         "Write arm: a column, control: a value, metrics: [...].")
    return _Reader(document, prefix, data).plan()


def _with_shares(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the analysis with the allocation of the experiment around it, where both call the control arm the same."""
    arms, weights = outer.get("arms"), outer.get("allocation")
    if "allocation" in inner or not isinstance(arms, list) or not isinstance(weights, list) or len(arms) != len(weights):
        return inner
    return {**inner, "allocation": dict(zip(arms, weights, strict=True))} if arms and arms[0] == inner.get("control") else inner


class _Reader:
    """Reads one mapping and collects its faults."""

    def __init__(self, document: Document, prefix: tuple[str, ...], data: Mapping[str, Any]) -> None:
        self.document, self.prefix, self.data = document, prefix, data
        self.faults: list[InputError] = []

    def at(self, *keys: str | int) -> str:
        """Return the place of a key."""
        return self.document.where((*self.prefix, *keys))

    def fault(self, keys: tuple[str | int, ...], got: object, expected: str, advice: str = "") -> None:
        """Note one fault."""
        self.faults.append(InputError(self.at(*keys), got, expected, advice))

    def text(self, data: Mapping[str, Any], key: str, *before: str | int, default: str = "") -> str:
        """Return a column name or word."""
        value = data.get(key)
        if value is None:
            return default
        if isinstance(value, (str, int, float)) and str(value).strip():
            return _plain(value)
        self.fault((*before, key), value, "one name", "Write one word.")
        return default

    def names(self, data: Mapping[str, Any], key: str, *before: str | int) -> tuple[str, ...]:
        """Return one or several names."""
        value = data.get(key)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, (str, int)) for item in items):
            self.fault((*before, key), value, "a name or a list of names", "Write [one, another].")
            return ()
        return tuple(_plain(item) for item in items)

    def number(
        self, data: Mapping[str, Any], key: str, low: float, high: float, *before: str | int
    ) -> float | None:
        """Return a number strictly between two limits, None where the key is absent."""
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low < value < high:
            self.fault((*before, key), value, f"a number above {low:g} and below {high:g}", "Check sign and unit.")
            return None
        return float(value)

    def unknown(self, data: Mapping[str, Any], known: tuple[str, ...], *before: str | int) -> None:
        """Note keys that do not exist."""
        for key in data:
            if key not in known:
                advice = nearest(str(key), known) or "Remove it."
                self.fault((*before, key), f"the key `{key}`", "one of " + ", ".join(known), advice)

    def plan(self) -> AnalysisPlan:
        """Return the plan, or raise all faults together."""
        data = self.data
        # beside `scenario` and the rest of an experiment file only our own keys are ours to judge
        if self.prefix or "scenario" not in data:
            self.unknown(data, (*KEYS, *DESIGN_KEYS))
        for key in ("arm", "control", "metrics"):
            if data.get(key) is None:
                self.fault((), f"no `{key}`", f"the key `{key}`", _MISSING[key])
        metrics = self._metrics()
        multiplicity = self.text(data, "multiplicity", default="holm")
        if multiplicity not in ADJUSTMENTS:
            self.fault(
                ("multiplicity",),
                multiplicity,
                "one of " + ", ".join(ADJUSTMENTS),
                choose(multiplicity, ADJUSTMENTS),
            )
        where = self._where()
        plan = AnalysisPlan(
            self.at(),
            self.text(data, "unit"),
            self.text(data, "arm"),
            self.text(data, "control"),
            metrics,
            where,
            self.names(data, "covariates"),
            self.names(data, "strata"),
            self.text(data, "cluster"),
            self.text(data, "received"),
            self._allocation(),
            multiplicity,
            int(self.number(data, "permutations", 18, 1e7) or 1999),
            int(self.number(data, "seed", -1, 2**63) or 0),
            {key: self.at(key) for key in KEYS},
        )
        if self.faults:
            raise InputErrors(self.faults)
        return plan

    def _where(self) -> Expression | None:
        value = self.data.get("where")
        if value is None:
            return None
        try:
            return parse_expression(value, self.at("where"))
        except InputError as fault:
            self.faults.append(fault)
            return None

    def _allocation(self) -> dict[str, float]:
        value = self.data.get("allocation")
        if value is None:
            return {}
        fine = isinstance(value, dict) and all(
            isinstance(w, (int, float)) and not isinstance(w, bool) and 0 < w <= LARGEST_NUMBER
            for w in value.values()
        )
        if not fine or len(value) < 2:
            self.fault(
                ("allocation",), value, "a positive weight for each arm", "Write {champion: 1, new: 2}."
            )
            return {}
        return {_plain(arm): float(weight) for arm, weight in value.items()}

    def _metrics(self) -> tuple[MetricPlan, ...]:
        value = self.data.get("metrics")
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.fault(
                ("metrics",),
                value,
                "a list of metrics",
                "Write [{name: paid_30d, column: paid_30d, kind: proportion}].",
            )
            return ()
        out = [self._metric(item, place) for place, item in enumerate(value)]
        for one in self.names(self.data, "estimators"):
            if one in _known() and not any(one in metric.estimators for metric in out):
                kinds = ", ".join(_known()[one])
                self.fault(("estimators",), one, f"an estimator that some metric can use; {one} reads {kinds}", "Leave it out.")
        names = [metric.name for metric in out]
        for place, name in enumerate(names):
            if name in names[:place]:
                self.fault(
                    ("metrics", place, "name"), name, "a name that is not taken", "Rename one of the two."
                )
        return tuple(out)

    def _metric(self, item: Mapping[str, Any], place: int) -> MetricPlan:
        before = ("metrics", place)
        self.unknown(item, METRIC_KEYS, *before)
        kind = self.text(item, "kind", *before, default="mean" if "numerator" not in item else "ratio")
        if kind not in KINDS:
            self.fault((*before, "kind"), kind, "one of " + ", ".join(KINDS), choose(kind, KINDS))
            kind = "mean"
        both = {**{k: v for k, v in self.data.items() if k in METRIC_KEYS}, **item}
        column = self.text(item, "column", *before) or self.text(item, "numerator", *before)
        name = self.text(item, "name", *before, default=column)
        column = column or (name if kind != "time_to_event" else "")
        needed = {"ratio": ("denominator",), "time_to_event": ("time", "event")}.get(kind, ())
        for key in needed:
            if not self.text(both, key, *before):
                self.fault(before, f"no `{key}`", f"the key `{key}` for a {kind}", "Name the column.")
        if not name:
            self.fault(before, "no `name` and no `column`", "a name and a column", "Write name: paid_30d.")
        names = self.names(both, "estimators", *before)
        for one in names:
            try:
                estimator(one, kind, self.at(*before, "estimators"))
            except InputError as fault:
                if "estimators" in item or one not in _known():
                    self.faults.append(fault)
        direction = self.text(item, "direction", *before, default="larger_is_better")
        if direction not in DIRECTIONS:
            self.fault(
                (*before, "direction"), direction, " or ".join(DIRECTIONS), nearest(direction, DIRECTIONS) or "Choose one."
            )
        timed, counted = kind == "time_to_event", kind == "count"
        return MetricPlan(
            name,
            kind,
            "" if timed else column,
            self.text(both, "denominator", *before) if kind == "ratio" else "",
            self.text(both, "time", *before) if timed else "",
            self.text(both, "event", *before) if timed else "",
            self.text(both, "exposure", *before) if counted else "",
            self.number(both, "margin", 0.0, 1e300, *before),
            direction == DIRECTIONS[0],
            self.number(both, "alpha", 0.0, 0.5, *before) or 0.05,
            tuple(one for one in names if one in _known() and kind in _known()[one]),
            self.number(both, "horizon", 0.0, 1e300, *before),
            self.number(both, "winsorise", 0.0, 1.0, *before) or 0.99,
            self.number(both, "quantile", 0.0, 1.0, *before) or 0.5,
            self.at(*before),
        )


_MISSING = {
    "arm": "Name the column that says which arm a row was assigned to.",
    "control": "Name the control arm's value in that column.",
    "metrics": "List at least one metric.",
}


def _known() -> dict[str, tuple[str, ...]]:
    from experiments.estimators.registry import estimators  # noqa: PLC0415 - third parties load on demand

    return {name: item.kinds for name, item in estimators().items()}


def _plain(value: object) -> str:
    """Return a YAML scalar as text; 1.0 and 1 are the same arm."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
