"""`ab run`: load an experiment file, play what it asks for in parallel, and put together what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import scenarios as shipped
from experiments.ab_play import Findings, runner
from experiments.beyond import FaultRow, Impulse, WorthRow, fault_rows, impulses, worth_rows
from experiments.deal import check_dealt, deal
from experiments.diagnose import Diagnosis, diagnose
from experiments.estimators.plan import load_plan
from experiments.estimators.registry import estimator
from experiments.jobs import kind_for, names_of_estimators
from experiments.monitoring import MonitoringRow, limits, monitoring_rows
from experiments.plan_check import power_request
from experiments.pools import Workers
from experiments.saturation import TEAM_SLOPE
from experiments.shipping import ProxyRow, ShipRow, proxy_rows, ship_rows
from experiments.variants import Variants
from sim import InputError, InputErrors, Options, load, nearest
from sim.loading_strategies import find_file
from sim.spec.experiment import ExperimentSpec
from sim.spec.yaml_source import Document, load_yaml, overrides, validate


def load_experiment(path: Path, portfolio: Path | None, settings: Sequence[str]) -> Variants:
    """Load an experiment with its scenario.

    Args:
        path: the experiment file, or the name of a shipped one.
        portfolio: of the scenario; None: as it says.
        settings: `key=value` for the experiment file, such as replications=50.

    Raises:
        InputErrors: faults of experiment, scenario, strategies or portfolio.
    """
    path = _found(path)
    document = overrides(load_yaml(path), settings, ExperimentSpec)
    spec = validate(document, ExperimentSpec)
    scenario = find_file(spec.scenario, path, where=document.where(("scenario",)))
    loaded = load(scenario, Options(portfolio, spec.settings))
    for place, name in enumerate(spec.arms):
        try:
            loaded.strategy(name)
        except InputError as error:
            raise InputError(document.where(("arms", place)), error.got, error.expected, error.advice) from None
    _check(document, spec, loaded.scenario.horizon.days)
    if spec.analysis is not None:
        load_plan(path)  # the same file serves `ab analyze`, so its faults are named now
    variants = Variants(loaded, spec)
    _check_deals(document, variants)
    return variants


def _check_deals(document: Document, variants: Variants) -> None:
    """Deal every design once, so that one that cannot be carried out is named before any world is played."""
    spec, faults = variants.spec, []
    setting = variants.setting(next(iter(spec.utilisations)))
    for place, design in enumerate(spec.designs):
        try:
            check_dealt(deal(setting, spec, design, 0), spec)
        except InputError as fault:
            faults.append(InputError(f"{document.where(('designs', place))} {fault.where.removeprefix('designs: ')}", fault.got,
                                     fault.expected, fault.advice))
    if faults:
        raise InputErrors(faults) if len(faults) > 1 else faults[0]


def _found(path: Path) -> Path:
    """Return an experiment's file: as given, or shipped under that name (with or without .yaml)."""
    known = [Path(name).stem for name in shipped.names("experiments")]
    if path.is_file():
        return path
    if path.stem in known and path.parent == Path():
        return find_file(path.name, path, "experiments")
    raise InputError("EXPERIMENT", str(path), f"an experiment's file, or one of the shipped: {', '.join(known)}",
                     nearest(path.stem, known) or "Check the path.")


def _check(document: Document, spec: ExperimentSpec, days: int) -> None:
    """Check what only scenario, registry and rules together know, all faults at once."""
    faults: list[InputError] = []
    metrics = [(("metric",), spec.metric), *((("guardrails", n), m) for n, m in enumerate(spec.guardrails)),
               *((("proxies", n), m) for n, m in enumerate(spec.proxies))]
    for key, metric in metrics:
        if metric.horizon_days > days:
            faults.append(InputError(document.where((*key, "horizon_days")), metric.horizon_days,
                                     f"at most the scenario's {days} days", "Lengthen the scenario's horizon."))
    for place, design in enumerate(spec.designs):
        for name in names_of_estimators(design):
            try:
                if name != TEAM_SLOPE:
                    estimator(name, kind_for(name), document.where(("designs", place)))
            except InputError as fault:
                faults.append(fault)
    if spec.looks is not None:
        if spec.looks.days[-1] > days:
            faults.append(InputError(document.where(("looks", "days")), spec.looks.days[-1],
                                     f"days up to the scenario's {days}", "Look earlier, or lengthen the scenario's horizon."))
        try:
            limits(spec.looks, spec.alpha)
        except InputError as fault:
            faults.append(InputError(document.where(("looks", "rule")), fault.got, fault.expected, fault.advice))
    try:
        for design in spec.designs:
            power_request(spec, design, 1000)
    except InputError as fault:
        faults.append(InputError(document.where(("expect",)), fault.got, fault.expected, fault.advice))
    if spec.impulse_days >= days:
        faults.append(InputError(document.where(("impulse_days",)), spec.impulse_days, f"fewer than the scenario's {days} days",
                                 "Something must be seen afterwards."))
    if faults:
        raise InputErrors(faults) if len(faults) > 1 else faults[0]


def worlds_of(spec: ExperimentSpec) -> int:
    """Return the most jobs that an experiment plays; those of the truth and of an impulse are two worlds each."""
    free = 2 if spec.parts_replications else 1
    impulse = 1 if spec.impulse_days else 0
    truths = spec.truth_replications * (free + impulse) * len(spec.utilisations)
    designs = len(spec.utilisations) * len(spec.effects) * len(spec.designs)
    faults = (len(spec.faults) + 1) * spec.fault_replications if spec.faults else 0
    return truths + designs * (spec.replications + spec.parts_replications) + faults


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything that `ab run` found."""

    diagnosis: Diagnosis
    monitoring: tuple[MonitoringRow, ...]
    ships: tuple[ShipRow, ...]
    proxies: tuple[ProxyRow, ...]
    faults: tuple[FaultRow, ...]
    impulses: tuple[Impulse, ...]
    worth: tuple[WorthRow, ...]


def run_experiment(variants: Variants, workers: Workers, tell: Callable[[int], None], known: Sequence[Findings] = (),
                   keep: Callable[[Findings], None] = lambda _: None) -> Experiment:
    """Play an experiment; results do not depend on `workers`.

    Args:
        variants: the experiment with its scenario.
        workers: who plays.
        tell: is told the number of finished jobs.
        known: what an interrupted run has played.
        keep: is given what was played, chunk by chunk, before anything else happens to it.
    """
    spec, loaded = variants.spec, variants.loaded
    with runner(variants, workers, tell, known, keep) as run:
        found = diagnose(spec, run)
        ships = tuple(ship_rows(spec, found))
        return Experiment(
            found, tuple(monitoring_rows(spec, found)), ships, tuple(proxy_rows(spec, found)),
            tuple(fault_rows(spec, run, found)), tuple(impulses(spec, run)),
            tuple(worth_rows(spec, found, ships, loaded.portfolio.accounts, loaded.scenario.horizon.days)))
