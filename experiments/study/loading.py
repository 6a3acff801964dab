"""From a study's file to its worlds, each message with its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import scenarios as shipped
from experiments.assumptions import values_of
from experiments.ensemble import with_values
from sim import InputError, InputErrors, Loaded, Options, Setting, Value, nearest
from sim.loading import load_document, load_from, with_options
from sim.loading_strategies import SHIPPED_FOLDER, find_file
from sim.spec.study import Arm, Outcome, Parameter, Population, StudySpec
from sim.spec.yaml_source import Document, load_extended, load_yaml, merge, part, validate

FOLDER = "studies"


@dataclass(frozen=True, slots=True)
class Study:
    """A study that is ready to run."""

    spec: StudySpec
    path: Path
    worlds: Mapping[str, Loaded]
    """Population -> scenario, portfolio and strategies."""

    @property
    def frozen_path(self) -> Path:
        """Where the frozen predictions are or will be: beside the study's file."""
        return self.path.parent / "frozen" / f"{self.spec.study}.json"

    def keys(self, parameter: Parameter, population: str) -> list[str]:
        """Return the values of a population that a parameter moves; empty where it is not set there."""
        if parameter.populations and population not in parameter.populations:
            return []
        known = values_of(self.worlds[population].scenario)
        return [key for key in known if any(fnmatchcase(key, pattern) for pattern in parameter.keys)]

    def bounds(self, parameter: Parameter) -> tuple[float, float]:
        """Return between what a parameter is fitted: stated bounds, or low and high of its value."""
        stated = parameter.scale or parameter.shift
        if stated is not None:
            return stated
        value = next(value for value in self._values(parameter))
        return (value.value if value.low is None else value.low), (value.value if value.high is None else value.high)

    def _values(self, parameter: Parameter) -> Iterator[Value]:
        for population in self.worlds:
            known = values_of(self.worlds[population].scenario)
            yield from (known[key] for key in self.keys(parameter, population))

    def setting(self, arm: Arm, values: Mapping[str, float], days: int) -> Setting:
        """Return an arm's scenario under fitted values, lowered; what is special to the arm goes on top.

        Args:
            arm: whose.
            values: fitted, by key.
            days: how long each account has to be followed from its entry: the world ends when that is done.
        """
        loaded = self.worlds[arm.population]
        last = int(loaded.portfolio.entry_day.max(initial=0)) + days
        scenario = with_values(loaded.scenario, values)
        if last < scenario.horizon.days:
            scenario = scenario.model_copy(update={"horizon": scenario.horizon.model_copy(update={"days": last})})
        known = values_of(scenario)
        special = {key: known[source].value for key, source in taken_over(arm, known)} | arm.values
        return Setting(with_values(scenario, special) if special else scenario, loaded.portfolio)


def taken_over(arm: Arm, known: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield (key, key that it takes its value from) of an arm; a branch stands for all values below it."""
    for target, source in arm.same_as.items():
        for key in known:
            if key == target or key.startswith(f"{target}."):
                yield key, source + key.removeprefix(target)


def study_names() -> list[str]:
    """Return the names of the shipped studies."""
    return [Path(name).stem for name in shipped.names(FOLDER)]


def study_path(name: str) -> Path:
    """Return the file of a study: a path, or a shipped study's name.

    Raises:
        InputError: neither exists.
    """
    path = Path(name)
    if path.is_file():
        return path
    if name in study_names():
        return SHIPPED_FOLDER / FOLDER / f"{name}.yaml"
    raise InputError("NAME", name, f"a study's file, or one of {', '.join(study_names())}",
                     nearest(name, study_names()) or "`duecourse study list` says what each asks.")


def read_study(path: Path) -> tuple[StudySpec, Document]:
    """Read a study's file without its worlds.

    Raises:
        InputErrors: every fault, with file and line.
    """
    document = load_yaml(path)
    return validate(document, StudySpec), document


def load_study(path: Path, data: Path | None) -> Study:
    """Load a study with its populations.

    Args:
        path: the study's file.
        data: the folder with public data sets, for studies that need one.

    Raises:
        InputErrors: faults of the study, its scenarios, strategies or portfolios.
    """
    spec, document = read_study(path)
    worlds = {name: _load(spec, document, name, population, data) for name, population in spec.populations.items()}
    study = Study(spec, path, worlds)
    faults = [*_arm_faults(study, document), *_parameter_faults(study, document), *_channel_faults(study, document)]
    if faults:
        raise InputErrors(faults)
    return study


def _load(spec: StudySpec, document: Document, name: str, population: Population, data: Path | None) -> Loaded:
    key = ("populations", name, "scenario")
    if population.data and data is None:
        raise InputError("--data", "nothing", f"the folder that holds {population.data}",
                         f"{spec.study} is calibrated on a public data set: {spec.source}")
    options = Options(portfolio=data / population.data if population.data and data is not None else None)
    if isinstance(population.scenario, str):
        path = find_file(population.scenario, document.path, where=document.where(key))
        return load_from(load_document(path, options))
    child = part(document, key)
    given = {"scenario": f"{spec.study}_{name}", "champion": "do_nothing", "strategies": [], **child.data}
    base = given.pop("extends", None)
    scenario = Document(given, document.path, child.places)
    if base is not None:
        below = load_extended(find_file(str(base), document.path, where=document.where((*key, "extends"))),
                              lambda other, naming: find_file(other, naming, where=document.where((*key, "extends"))))
        scenario = merge(below, scenario)
    return load_from(with_options(scenario, options))


def _arm_faults(study: Study, document: Document) -> Iterator[InputError]:
    """Yield strategies and keys of arms that their populations do not have."""
    for name, arm in study.spec.arms.items():
        if not arm.population:
            continue
        loaded = study.worlds[arm.population]
        try:
            loaded.strategy(arm.strategy)
        except InputError as error:
            yield InputError(document.where(("arms", name, "strategy")), error.got, error.expected, error.advice)
        known = values_of(loaded.scenario)
        wanted: list[tuple[tuple[str, ...], str]] = [(("arms", name, "values", key), key) for key in arm.values]
        wanted += [(("arms", name, "same_as"), source) for _, source in taken_over(arm, known)]
        wanted += [(("arms", name, "same_as", key), key) for key in arm.same_as
                   if not any(found == key or found.startswith(f"{key}.") for found in known)]
        for path, key in wanted:
            if key not in known:
                yield InputError(document.where(path), key, f"a value of the population {arm.population}", nearest(key, known))


def _parameter_faults(study: Study, document: Document) -> Iterator[InputError]:
    """Yield parameters that no population has, or that have no room."""
    for number, item in enumerate(study.spec.calibrated):
        where = document.where(("calibrated", number, "parameter", "keys"))
        if not any(study.keys(item.parameter, population) for population in study.worlds):
            known = {key for loaded in study.worlds.values() for key in values_of(loaded.scenario)}
            yield InputError(where, ", ".join(item.parameter.keys), "keys of values of a population here",
                             nearest(item.parameter.keys[0], known))
            continue
        low, high = study.bounds(item.parameter)
        if not low < high:
            yield InputError(where, f"low {low:g} and high {high:g}", "a value with a range", "State its low and high.")


def _channel_faults(study: Study, document: Document) -> Iterator[InputError]:
    """Yield outcomes on a channel that no population has."""
    known = {channel for loaded in study.worlds.values() for channel in loaded.scenario.channels}
    for name, outcome in study.spec.outcomes.items():
        if outcome.channel and outcome.channel not in known:
            yield InputError(document.where(("outcomes", name, "channel")), outcome.channel, f"one of {', '.join(sorted(known))}",
                             nearest(outcome.channel, known))


def observed_share(loaded: Loaded, outcome: Outcome, attribute: str, at_most: float, weight: str) -> float:
    """Return the share of accounts (or of balance), in percent, whose attribute in the data is at most a value.

    Raises:
        InputError: the portfolio has no such numeric attribute.
    """
    portfolio = loaded.portfolio
    column = portfolio.attributes.get(attribute)
    if column is None or not hasattr(column, "__le__"):
        raise InputError("observed.attribute", attribute, f"a numeric attribute: {', '.join(portfolio.attributes)}",
                         "Add it to the mapping's attributes.")
    chosen = portfolio.dpd >= 0
    if outcome.dpd is not None:
        chosen = (portfolio.dpd >= outcome.dpd[0]) & (portfolio.dpd <= outcome.dpd[1])
    weights = portfolio.balance_minor[chosen] if weight == "balance" else chosen[chosen].astype(float)
    return float(100.0 * (weights * (column[chosen] <= at_most)).sum() / weights.sum())  # type: ignore[index]
