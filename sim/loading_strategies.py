"""From a scenario's strategies as written to strategies that can be run in it, each message with its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import scenarios as shipped
from sim.engine.view import column_kinds
from sim.errors import InputError, InputErrors, nearest
from sim.metrics import METRICS
from sim.portfolio.table import Portfolio
from sim.spec.plain_errors import KeyPath
from sim.spec.question import Question
from sim.spec.resources import Desk
from sim.spec.scenario import Scenario
from sim.spec.strategy import Vocabulary
from sim.spec.strategy_source import inherited, strategy_from
from sim.spec.yaml_source import Document, load_yaml, part, shown
from sim.strategies.protocol import Plan, Step, Strategy, View
from sim.strategies.registry import registered_names, registered_strategy
from sim.strategies.yaml_strategy import YamlStrategy
from sim.world import Setting

DO_NOTHING = "do_nothing"
SHIPPED_FOLDER = Path(str(shipped.resource("base.yaml"))).parent


def find_file(name: str, beside: Path, folder: str = "", where: str = "") -> Path:
    """Return the file of a name: a path beside the naming file, or a shipped one (with or without .yaml).

    Args:
        name: as the person wrote it.
        beside: the file that names it.
        folder: of the shipped files.
        where: file:line and key, for messages.

    Raises:
        InputError: neither exists.
    """
    tries = [beside.parent / name, Path(name), SHIPPED_FOLDER / folder / name, SHIPPED_FOLDER / name]
    for path in [candidate for base in tries for candidate in (base, base.with_name(base.name + ".yaml"))]:
        if path.is_file():
            return path
    known = [Path(item).stem for item in shipped.names(folder)]
    raise InputError(where or shown(beside), name, f"a file beside {beside.name} or one of the shipped: {', '.join(known)}",
                     nearest(name, known) or "Check the path.")


def strategy_documents(document: Document, scenario: Scenario) -> list[Document | str]:
    """Return each strategy as written: an inline document, a file's, or the name of a registered class."""
    out: list[Document | str] = []
    errors: list[InputError] = []
    for place, given in enumerate(scenario.strategies):
        if isinstance(given, dict):
            out.append(part(document, ("strategies", place)))
            continue
        if given == DO_NOTHING:
            continue
        if given in registered_names() and given != DO_NOTHING:
            out.append(given)
            continue
        try:
            out.append(load_yaml(find_file(given, document.path, "strategies", document.where(("strategies", place)))))
        except InputErrors as error:
            errors.extend(error.errors)
        except InputError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)
    return out


def make_strategies(document: Document, setting: Setting, documents: Sequence[Document | str],
                    ) -> tuple[tuple[Strategy, ...], tuple[Document | str, ...]]:
    """Return strategies, and for each its document with what it inherits, or its registered name.

    Args:
        document: the scenario as written, for messages.
        setting: what the strategies must fit.
        documents: as `strategy_documents` returned them.

    Raises:
        InputErrors: every fault of every strategy; an unknown champion; steps that the scenario cannot carry out.
    """
    scenario = setting.scenario
    vocabulary = _vocabulary(scenario, setting, setting.portfolio)
    _check_champion(document, scenario, documents)
    sources = _with_bases(documents, scenario.champion)
    found: list[Strategy] = []
    errors: list[InputError] = []
    for source in sources:
        try:
            if isinstance(source, InputError):
                raise source
            strategy = (registered_strategy(source, document.where(("strategies",))) if isinstance(source, str)
                        else YamlStrategy(strategy_from(source, vocabulary), vocabulary))
            found.append(strategy)
        except InputErrors as error:
            errors.extend(error.errors)
        except InputError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)
    _check_names(document, found)
    misfits = [error for strategy in found for error in _step_errors(setting, strategy)]
    if misfits:
        raise InputErrors(misfits)
    return tuple(found), tuple(source for source in sources if not isinstance(source, InputError))


@dataclass(frozen=True, slots=True)
class _OneStep:
    """A strategy of one step: each step is checked on its own, so that all faults are reported together."""

    name: str
    steps: tuple[Step, ...]

    def plan(self, view: View) -> Plan:
        """Plan nothing."""
        del view
        return Plan.empty()


def _step_errors(setting: Setting, strategy: Strategy) -> Iterator[InputError]:
    """Yield what keeps a strategy's steps from being carried out in this scenario, with file and line where it has them."""
    for number, step in enumerate(strategy.steps):
        try:
            setting.check_steps(_OneStep(strategy.name, (step,)))
        except InputError as error:
            if not isinstance(strategy, YamlStrategy):
                yield error
                continue
            place = strategy.tables.triggers[number].segments[0]
            segment = strategy.spec.segments[place]
            index = next((n for n in range(len(segment.sequence)) if step.label.startswith(f"{segment.name}/{n + 1} ")), None)
            path: KeyPath = ("on",) if index is None else ("sequence", index)
            where = strategy.spec.where(("segments", place, *path))
            yield InputError(f"{where} ({step.label})", error.got, error.expected, error.advice)


def _check_champion(document: Document, scenario: Scenario, documents: Sequence[Document | str]) -> None:
    """Check the champion's name before anything inherits from it."""
    names = [given if isinstance(given, str) else str(given.data.get("strategy", "")) if isinstance(given.data, dict) else ""
             for given in documents]
    if scenario.champion not in [*names, DO_NOTHING]:
        raise InputError(document.where(("champion",)), scenario.champion,
                         f"one of the strategies of this scenario: {', '.join(names)}",
                         nearest(scenario.champion, names) or f"Name one of them, or add {scenario.champion} to `strategies`.")


def check_question(document: Document, question: Question | None, names: Sequence[str]) -> None:
    """Check the strategies and metrics that a question names.

    Args:
        document: the scenario as written.
        question: its question, if it asks one.
        names: strategies of the scenario, without do_nothing.

    Raises:
        InputErrors: every name that there is not, with the nearest.
    """
    if question is None:
        return
    faults = []

    def check(path: KeyPath, given: str, known: Sequence[str], what: str) -> None:
        if given not in known:
            faults.append(InputError(document.where(("question", *path)), given, f"{what}: {', '.join(known)}",
                                     nearest(given, known)))

    strategies = [*names, DO_NOTHING]
    for path, pair in question.pairs():
        check((*path, "metric"), pair.metric, list(METRICS), "a metric")
    for number, price in enumerate(question.break_even):
        check(("break_even", number, "units"), price.units, list(METRICS), "a metric")
    for path, sides in question.sides():
        check((*path, "strategy"), sides.strategy, strategies, "a strategy of this scenario")
        check((*path, "against"), sides.against, strategies, "a strategy of this scenario")
    for name in question.names:
        check(("names", name), name, strategies, "a strategy of this scenario")
    if faults:
        raise InputErrors(faults)


def _with_bases(documents: Sequence[Document | str], champion: str) -> list[Document | str | InputError]:
    """Return each document with what it `inherits:` resolved, or what is wrong with that."""
    bases = {str(d.data.get("strategy")): d for d in documents if isinstance(d, Document) and isinstance(d.data, dict)}
    bases |= {name: found for name, found in _shipped_strategies().items() if name not in bases}
    if champion in bases:
        bases["champion"] = bases[champion]
    out: list[Document | str | InputError] = []
    for given in documents:
        try:
            out.append(given if isinstance(given, str) else _without_inherits(inherited(given, bases)))
        except InputError as error:
            out.append(error)
    return out


def _without_inherits(document: Document) -> Document:
    if not isinstance(document.data, dict):
        return document
    data = {key: value for key, value in document.data.items() if key != "inherits"}
    return Document(data, document.path, document.places)


def _check_names(document: Document, found: Sequence[Strategy]) -> None:
    names = [strategy.name for strategy in found]
    for name in names:
        if names.count(name) > 1 or name == DO_NOTHING:
            raise InputError(document.where(("strategies",)), name, "each strategy name once; do_nothing is always run",
                             "Rename or remove one.")


def _shipped_strategies() -> dict[str, Document]:
    return {Path(name).stem: load_yaml(SHIPPED_FOLDER / name) for name in shipped.names("strategies")}


def _vocabulary(scenario: Scenario, setting: Setting, portfolio: Portfolio) -> Vocabulary:
    skills = {skill for resource in scenario.resources.values() if isinstance(resource, Desk) for skill in resource.groups}
    protected = portfolio.protected - set(scenario.portfolio.allow_protected)
    columns = column_kinds(setting.channel_names, setting.observed.attributes)
    return Vocabulary(channels=scenario.contents(), skills=skills, columns=columns | dict.fromkeys(protected, "number"),
                      protected=protected)
