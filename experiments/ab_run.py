"""`ab run`: load an experiment file, diagnose its designs in parallel, print what was found."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import joblib

from experiments.diagnose import Diagnosis, Finding, Job, diagnose, names_of_estimators, run_job
from experiments.estimators.registry import estimator
from experiments.variants import Variants
from sim import InputError, Loaded, Options, load
from sim.loading_strategies import find_file
from sim.spec.experiment import ExperimentSpec
from sim.spec.yaml_source import load_yaml, overrides, validate

SCHEMA = "duecourse/ab-run/1"


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


@lru_cache(maxsize=1)
def _variants(path: str) -> Variants:
    loaded, spec = joblib.load(path, mmap_mode="r")
    return Variants(loaded, spec)


def _job_from(path: str, job: Job) -> Finding:
    variants = _variants(path)
    return run_job(variants, variants.spec, job)


@contextmanager
def _runner(variants: Variants, jobs: int, tell: Callable[[], None]) -> Iterator[Callable[[Sequence[Job]], Iterator[Finding]]]:
    """Yield a function that plays jobs here or in worker processes; the portfolio is written once and mapped."""
    workers = os.cpu_count() or 1 if jobs < 0 else jobs

    def here(batch: Sequence[Job]) -> Iterator[Finding]:
        for job in batch:
            yield run_job(variants, variants.spec, job)
            tell()

    if workers == 1:
        yield here
        return
    with tempfile.TemporaryDirectory(prefix="duecourse-") as folder, joblib.Parallel(
            n_jobs=workers, return_as="generator_unordered", batch_size=4) as pool:
        path = str(Path(folder) / "experiment.joblib")
        joblib.dump((variants.loaded, variants.spec), path)

        def apart(batch: Sequence[Job]) -> Iterator[Finding]:
            for finding in pool(joblib.delayed(_job_from)(path, job) for job in batch):
                yield finding
                tell()

        yield apart


def worlds_of(spec: ExperimentSpec) -> int:
    """Return the most worlds that a diagnosis plays."""
    free = 2 if spec.parts_replications else 1
    truths = 2 * spec.truth_replications * free * len(spec.utilisations)
    designs = len(spec.utilisations) * len(spec.effects) * len(spec.designs)
    return truths + designs * (spec.replications + spec.parts_replications)


def run_experiment(variants: Variants, jobs: int, tell: Callable[[int], None]) -> Diagnosis:
    """Diagnose an experiment; results do not depend on `jobs`."""
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        tell(done)

    with _runner(variants, jobs, one_more) as run:
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
