"""From files to objects: scenario, strategies and portfolio, each message with its file and line.

What was loaded can be written down as data (`Loaded.snapshot`) and loaded again from it (`from_snapshot`), so that a run can
be repeated without the files it came from: strategies are kept with what they inherit, a mapping is kept whole. Only a real
portfolio's file is needed again, and whoever repeats a run compares its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scenarios as shipped
from sim.engine.view import column_kinds
from sim.errors import InputError, InputErrors, nearest
from sim.portfolio.importing import import_portfolio
from sim.portfolio.synthetic import draw_portfolio
from sim.portfolio.table import Portfolio
from sim.provenance import snapshot
from sim.randomness import mix_seed
from sim.spec.plain_errors import KeyPath, key_text
from sim.spec.portfolio import PortfolioMapping, load_mapping, place_mapping
from sim.spec.resources import Desk
from sim.spec.scenario import Scenario
from sim.spec.strategy import Vocabulary
from sim.spec.strategy_source import inherited, strategy_from
from sim.spec.yaml_nodes import Place
from sim.spec.yaml_source import Document, load_extended, load_yaml, overrides, part, shown, validate
from sim.strategies.protocol import DoNothing, Plan, Step, Strategy, View
from sim.strategies.registry import registered_names, registered_strategy
from sim.strategies.yaml_strategy import YamlStrategy
from sim.world import Setting

DO_NOTHING = "do_nothing"
SHIPPED_FOLDER = Path(str(shipped.resource("base.yaml"))).parent


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may change about a scenario."""

    portfolio: Path | None = None
    settings: tuple[str, ...] = ()
    """`key=value` texts of `--set`."""
    seed: int | None = None
    replications: int | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario that is ready to run."""

    document: Document
    setting: Setting
    strategies: tuple[Strategy, ...]
    """In the scenario's order, `do_nothing` last."""
    sources: tuple[Document | str, ...]
    """Where each strategy but `do_nothing` came from: a document with what it inherits, or a registered name."""
    mapping: PortfolioMapping | None = None
    """How the portfolio's file was read."""

    @property
    def scenario(self) -> Scenario:
        """The validated scenario."""
        return self.setting.scenario

    @property
    def portfolio(self) -> Portfolio:
        """The portfolio."""
        return self.setting.portfolio

    def strategy(self, name: str) -> Strategy:
        """Return a strategy by name.

        Raises:
            InputError: no such strategy, with the nearest.
        """
        for strategy in self.strategies:
            if strategy.name == name:
                return strategy
        known = [strategy.name for strategy in self.strategies]
        raise InputError("--strategy", name, f"one of {', '.join(known)}", nearest(name, known))

    def only(self, name: str) -> Loaded:
        """Return the same with one strategy beside do_nothing, as its own champion.

        Raises:
            InputError: no such strategy.
        """
        kept = {self.strategy(name).name, DO_NOTHING}
        scenario = self.scenario.model_copy(update={"champion": name})
        setting = Setting(scenario, self.portfolio)
        pairs = zip(self.strategies, self.sources, strict=False)  # do_nothing, the last, has no source
        return Loaded(self.document, setting, tuple(s for s in self.strategies if s.name in kept),
                      tuple(source for strategy, source in pairs if strategy.name in kept), self.mapping)

    def snapshot(self) -> dict[str, Any]:
        """Return scenario and strategies as data, with a digest."""
        content = self.scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        content["strategies"] = [strategy.name for strategy in self.strategies if strategy.name != DO_NOTHING]
        if self.scenario.portfolio.file:
            content["portfolio"]["file"] = str(Path(self.portfolio.source.path).resolve())
        if self.mapping is not None:
            content["portfolio"]["mapping"] = self.mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return snapshot(content, [{"registered": source} if isinstance(source, str) else source.data
                                  for source in self.sources])


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


def load_document(path: Path, options: Options) -> Document:
    """Return a scenario's document: `extends:` resolved, the command line's settings on top.

    Raises:
        InputErrors: faults of reading or of the settings.
    """
    document = load_extended(path, lambda name, naming: find_file(name, naming, where=_extends(naming)))
    settings = list(options.settings)
    if options.portfolio is not None:
        settings.append(f"portfolio.file={options.portfolio.resolve().as_posix()}")
    if options.replications is not None:
        settings.append(f"replications={options.replications}")
    if options.seed is not None:
        settings.extend(f"seeds.{kind}={int(mix_seed(options.seed, 'seed', kind)) % 10**9}"
                        for kind in ("population", "assignment", "behaviour"))
    return overrides(document, settings, Scenario)


def _extends(naming: Path) -> str:
    return load_yaml(naming).where(("extends",))


def load(path: Path, options: Options) -> Loaded:
    """Load a scenario with its portfolio and strategies.

    Raises:
        InputErrors: every fault, with file and line.
    """
    if path.is_dir():
        inside = ", ".join(sorted(item.name for item in path.glob("*.yaml"))[:5])
        raise InputError(shown(path), "a folder", "a scenario's YAML file",
                         f"Name one of its files: {inside}." if inside else "There is no .yaml file in this folder.")
    document = load_document(path, options)
    scenario = validate(document, Scenario)
    return _assemble(document, scenario, _strategy_documents(document, scenario))


def from_snapshot(data: Mapping[str, Any], portfolio: Path | None, manifest: Path) -> Loaded:
    """Load a run's scenario and strategies from its manifest's snapshot.

    Args:
        data: as `Loaded.snapshot` returned it.
        portfolio: where a real portfolio's file is now; None: where it was.
        manifest: the file that holds the snapshot, for messages.

    Raises:
        InputErrors: the snapshot does not fit this version, or the portfolio's file is gone.
    """
    content = dict(data["scenario"])
    if portfolio is not None:
        content["portfolio"] = content["portfolio"] | {"file": str(portfolio.resolve())}
    document = _unplaced(content, manifest, "inputs.scenario")
    documents = [item["registered"] if "registered" in item else _unplaced(item, manifest, f"inputs.strategies[{number}]")
                 for number, item in enumerate(data["strategies"])]
    return _assemble(document, validate(document, Scenario), documents)


def _unplaced(data: Any, path: Path, key: str) -> Document:
    """Return data as a document whose messages name the file and the key, for want of lines."""
    def source(place: KeyPath) -> str:
        text = key_text(place)
        return f"{shown(path)} {key}{'.' if text and not text.startswith('[') else ''}{text}"

    return Document(data, path, {place: Place(source(place), 0) for place in _places(data, ())})


def _places(data: Any, at: KeyPath) -> Iterator[KeyPath]:
    yield at
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in items:
        yield from _places(item, (*at, key))


def _assemble(document: Document, scenario: Scenario, documents: Sequence[Document | str]) -> Loaded:
    mapping = _mapping(document, scenario)
    portfolio = load_portfolio(document, scenario, mapping)
    setting = Setting(scenario, portfolio)
    vocabulary = _vocabulary(scenario, setting, portfolio)
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
    return Loaded(document, setting, (*found, DoNothing()),
                  tuple(source for source in sources if not isinstance(source, InputError)), mapping)


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


def _strategy_documents(document: Document, scenario: Scenario) -> list[Document | str]:
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


def _vocabulary(scenario: Scenario, setting: Setting, portfolio: Portfolio) -> Vocabulary:
    skills = {skill for resource in scenario.resources.values() if isinstance(resource, Desk) for skill in resource.groups}
    protected = portfolio.protected - set(scenario.portfolio.allow_protected)
    columns = column_kinds(setting.channel_names, setting.observed.attributes)
    return Vocabulary(channels=scenario.contents(), skills=skills, columns=columns | dict.fromkeys(protected, "number"),
                      protected=protected)


def load_portfolio(document: Document, scenario: Scenario, mapping: PortfolioMapping | None) -> Portfolio:
    """Read the scenario's real portfolio, or draw its synthetic one.

    Args:
        document: the scenario as written, for messages.
        scenario: its portfolio is read.
        mapping: which column is which; None: by header aliases.

    Raises:
        InputErrors: faults of the file; neither file nor specification; a currency that is not the scenario's.
    """
    spec = scenario.portfolio
    start, days = scenario.calendar.start, scenario.horizon.days
    if not spec.file:
        if spec.synthetic is None:
            raise InputError(document.where(("portfolio",)), "neither a file nor a synthetic specification",
                             "one of them", "Name the file with --portfolio FILE.")
        return draw_portfolio(spec.synthetic, int(mix_seed(scenario.seeds.population, "portfolio")), days, start)
    path = Path(spec.file)
    if not path.is_absolute() and not path.is_file():
        path = document.path.parent / path
    if path.is_dir():
        raise InputError(shown(path), "a folder", "a portfolio's file: CSV, Parquet or xlsx", "Name the file in it.")
    _check_currency(document, scenario, mapping)
    return import_portfolio(path, mapping, start)


def _mapping(document: Document, scenario: Scenario) -> PortfolioMapping | None:
    """Return the mapping that the scenario names or holds, where it is needed."""
    given = scenario.portfolio.mapping
    if not scenario.portfolio.file or given is None:
        return None
    key: KeyPath = ("portfolio", "mapping")
    if isinstance(given, str):
        return load_mapping(find_file(given, document.path, "portfolios", document.where(key)))
    return place_mapping(document, key)


def _check_currency(document: Document, scenario: Scenario, mapping: PortfolioMapping | None) -> None:
    if mapping is None:
        return
    if mapping.currency and mapping.currency != scenario.currency.code:
        raise InputError(document.where(("currency", "code")), scenario.currency.code,
                         f"the mapping's currency {mapping.currency}", "State the same in both.")
    if mapping.minor_per_major != scenario.currency.minor_per_major:
        raise InputError(document.where(("currency", "minor_per_major")), str(scenario.currency.minor_per_major),
                         f"the mapping's {mapping.minor_per_major} minor units in a major one", "State the same in both.")
