"""`ab run`: load an experiment file, diagnose its designs in parallel, print what was found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.diagnose import Diagnosis, Finding, Job, diagnose, names_of_estimators, run_job
from experiments.estimators.registry import estimator
from experiments.pools import Pace, Workers, pool_of
from experiments.variants import Variants
from sim import InputError, Loaded, Options, load
from sim.loading_strategies import find_file
from sim.spec.experiment import ExperimentSpec
from sim.spec.yaml_source import load_yaml, overrides, validate

SCHEMA = "duecourse/ab-run/1"
MANIFEST_SCHEMA = "duecourse/ab-manifest/1"


def load_experiment(path: Path, portfolio: Path | None, settings: Sequence[str]) -> Variants:
    """Load an experiment with its scenario.

    Args:
        path: the experiment file.
        portfolio: of the scenario; None: as it says.
        settings: `key=value` for the experiment file, such as replications=50.

    Raises:
        InputErrors: faults of experiment, scenario, strategies or portfolio.
    """
    document = overrides(load_yaml(path), settings, ExperimentSpec)
    spec = validate(document, ExperimentSpec)
    loaded = load(find_file(spec.scenario, path, document.where(("scenario",))), Options(portfolio, spec.settings))
    for place, name in enumerate(spec.arms):
        try:
            loaded.strategy(name)
        except InputError as error:
            raise InputError(document.where(("arms", place)), error.got, error.expected, error.advice) from None
    if spec.metric.horizon_days > loaded.scenario.horizon.days:
        raise InputError(document.where(("metric", "horizon_days")), spec.metric.horizon_days,
                         f"at most the scenario's {loaded.scenario.horizon.days} days", "Lengthen the scenario's horizon.")
    for place, design in enumerate(spec.designs):
        for name in names_of_estimators(design):
            if name != "team_slope":
                estimator(name, "mean", document.where(("designs", place)))
    return Variants(loaded, spec)


@dataclass(frozen=True, slots=True)
class Findings:
    """What some jobs gave: a part of an unfinished run."""

    findings: tuple[Finding, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The jobs."""
        return tuple(repr(finding.job) for finding in self.findings)


def play_jobs(variants: Variants, jobs: Sequence[Job]) -> tuple[Findings, float]:
    """Play jobs of an experiment; returns what they gave, and the seconds that it took."""
    started = time.perf_counter()
    return Findings(tuple(run_job(variants, variants.spec, job) for job in jobs)), time.perf_counter() - started


def worlds_of(spec: ExperimentSpec) -> int:
    """Return the most worlds that a diagnosis plays."""
    free = 2 if spec.parts_replications else 1
    truths = 2 * spec.truth_replications * free * len(spec.utilisations)
    designs = len(spec.utilisations) * len(spec.effects) * len(spec.designs)
    return truths + designs * (spec.replications + spec.parts_replications)


def run_experiment(variants: Variants, workers: Workers, tell: Callable[[int], None], known: Sequence[Findings] = (),
                   keep: Callable[[Findings], None] = lambda _: None) -> Diagnosis:
    """Diagnose an experiment; results do not depend on `workers`.

    Args:
        variants: the experiment with its scenario.
        workers: who plays.
        tell: is told the number of finished worlds.
        known: what an interrupted run has played.
        keep: is given what was played, chunk by chunk, before anything else happens to it.
    """
    before = {finding.job: finding for part in known for finding in part.findings}
    done, pace = len(before), Pace()
    with pool_of(Variants(variants.loaded, variants.spec), workers, worlds_of(variants.spec)) as pool:

        def run(batch: Sequence[Job]) -> Iterator[Finding]:
            nonlocal done
            yield from (before[job] for job in batch if job in before)
            left = [job for job in batch if job not in before]
            with closing(pool.map(play_jobs, pace.chunks(left, pool.size))) as played:
                for part, seconds in played:
                    keep(part)
                    pace.note(len(part.findings), seconds)
                    done += len(part.findings)
                    tell(done)
                    yield from part.findings

        return diagnose(variants.spec, run)


def document_of(found: Diagnosis, spec: ExperimentSpec, loaded: Loaded) -> dict[str, Any]:
    """Return the document of `ab run --format json`."""
    first = next(iter(spec.utilisations))
    metric = f"{spec.metric.name}_{spec.metric.horizon_days}d"
    main = found.truth[first, "as_is"]
    return {
        "schema": SCHEMA, "experiment": found.experiment, "scenario": loaded.scenario.scenario, "arms": list(spec.arms),
        "accounts": loaded.portfolio.accounts,
        "truth": {metric: {"estimate": main.estimate, "mc_se": main.mc_se, "control_mean": main.control_mean}},
        "truths": [{"utilisation": u, "effect": e, "metric": metric, "estimate": t.estimate, "mc_se": t.mc_se,
                    "control_mean": t.control_mean} for (u, e), t in found.truth.items()],
        "rows": [{**{name: getattr(row, name) for name in row.__slots__}, "allocation": list(row.allocation), "metric": metric,
                  "cost_minor": cost_of(loaded, row.agent_hours)} for row in found.rows]}


def cost_of(loaded: Loaded, agent_hours: float) -> float:
    """Return what agent hours cost at the desk's first group's price, minor units."""
    from sim.spec.resources import Desk  # noqa: PLC0415 - only here

    for resource in loaded.scenario.resources.values():
        if isinstance(resource, Desk):
            price = next(iter(resource.groups.values())).hourly.value
            return float(agent_hours * price * loaded.scenario.currency.minor_per_major)
    return 0.0


def diagnosis_table(found: Diagnosis, spec: ExperimentSpec) -> str:
    """Return the diagnosis as a table of text, and in words which designs can be believed."""
    from experiments.cli_run import text_table  # noqa: PLC0415 - a light helper of the command line

    unit = "percentage points" if spec.metric.name in {"paid", "cured"} else spec.metric.name
    scale = 100.0 if spec.metric.name in {"paid", "cured"} else 1.0
    head = ["design", "estimator", "agents", "effect", "truth", "estimate", "bias", "SD", "mean SE", "coverage", "rejects",
            "MC error"]
    rows = [[r.design, r.estimator, r.utilisation, r.effect,
             *(_n(scale * value) for value in (r.truth, r.mean_estimate, r.bias, r.sd, r.mean_se)),
             f"{r.coverage:.0%}", f"{r.reject_rate:.0%}", f"{r.mc_se['reject_rate']:.1%}"] for r in found.rows]
    title = (f"{found.experiment}: {spec.arms[1]} against {spec.arms[0]}, {spec.metric.name} within "
             f"{spec.metric.horizon_days} days, in {unit}; rejections at {spec.alpha:.0%}")
    return "\n".join([title, text_table(head, rows), *_verdicts(found, spec)])


def _n(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _verdicts(found: Diagnosis, spec: ExperimentSpec) -> Iterator[str]:
    """Yield a sentence for each design whose bias is clear, beyond its Monte-Carlo error."""
    for row in found.rows:
        error = row.mc_se["bias"]
        if abs(row.bias) > 3 * error and abs(row.bias) > 0.25 * row.sd:
            yield (f"! {row.design} with {row.estimator}, {row.utilisation} agents: biased by {row.bias:+.4g} "
                   f"(Monte-Carlo error {error:.2g}), coverage {row.coverage:.0%} where {1 - spec.alpha:.0%} was promised.")
