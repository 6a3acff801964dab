"""Sweeps and sensitivity analyses made by hand: no world is run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from experiments.paired import difference, estimate
from experiments.results import MetricInfo
from experiments.sensitivity import SensitivityResult, _entry
from experiments.standing import standing
from experiments.sweep import SHOWN, SweepPoint, SweepResult, axes_of
from sim import METRICS, Value

NAMES = ("calm", "bold", "do_nothing")
LUCK = np.array([0.0, 40.0, -30.0, 10.0])
"""Shared by all strategies: it cancels in differences."""
OWN = np.array([1.0, -1.0, 1.0, -1.0])
INFOS = {name: MetricInfo(m.name, m.unit, m.denominator, m.english, m.chinese, m.formula, m.better)
         for name, m in METRICS.items() if name in SHOWN}


def sweep(over: Sequence[str] = ("agents=10:40:10",), names: Sequence[str] = NAMES, replications: int = 4) -> SweepResult:
    """Return a sweep in which the bold strategy gains 1,000 minor units an agent and the calm one stands at 25,000."""
    axes = axes_of(over)

    def columns(first: float) -> dict[str, np.ndarray]:
        nets = (25_000.0, 1_000.0 * first, 0.0)
        return {name: (net + LUCK + n * OWN)[:replications] for n, (name, net) in enumerate(zip(names, nets, strict=True))}

    points = []
    for at in itertools.product(*(range(len(axis.values)) for axis in axes)):
        values = columns(axes[0].values[at[0]])
        metrics = {name: {key: estimate((column if METRICS[key].unit == "minor" else column / 1e6).tolist()) for key in SHOWN}
                   for name, column in values.items()}
        gaps = {name: difference(values[name], values[names[0]]) for name in names[1:]}
        points.append(SweepPoint(at, standing(values), metrics, gaps))
    return SweepResult("made <b>up</b>", "By hand.", "CNY", 100, 500, 450, 30, replications, names[0], "net_minor", tuple(names),
                       axes, tuple(points), INFOS, "duecourse sweep made.yaml", "0.1.0", "runs/made")


def sensitivity(values: dict[str, tuple[Value, Callable[[float], float]]] | None = None, names: Sequence[str] = NAMES,
                ) -> SensitivityResult:
    """Return an analysis in which each value adds f(value) to the bold strategy's 20,000; the calm one stands at 25,000."""
    given = values or {
        "behaviour.strong": (Value(value=1.0, low=0.0, high=3.0, unit="factor", source="assumed"), lambda x: 5_000.0 * (x - 1.0)),
        "behaviour.weak": (Value(value=1.0, low=0.5, high=2.0, unit="factor", source="Doe 2020"), lambda x: 100.0 * (x - 1.0)),
        "behaviour.none": (Value(value=1.0, low=0.5, high=None, unit="", source="assumed"), lambda x: 0.0 * x)}

    def columns(added: float) -> dict[str, np.ndarray]:
        nets = zip(names, (25_000.0, 20_000.0 + added, 0.0), strict=True)
        return {name: net + LUCK + n * OWN for n, (name, net) in enumerate(nets)}

    found = {"base": columns(0.0)}
    for key, (value, effect) in given.items():
        for end, at in (("low", value.low), ("high", value.high)):
            if at is not None:
                found[f"{key} {end}"] = columns(effect(at))
    base = standing(found["base"])
    entries = [_entry(key, value, found, base, "higher") for key, (value, _) in given.items()]
    return SensitivityResult("made <b>up</b>", "By hand.", "CNY", 100, 500, 450, 30, 4, names[0], "net_minor", INFOS["net_minor"],
                             tuple(names), base, tuple(sorted(entries, key=lambda e: -e.swing)),
                             "duecourse sensitivity made.yaml", "0.1.0", "runs/made")
