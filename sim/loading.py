"""From files to objects: scenario, strategies and portfolio, each message with its file and line.

What was loaded can be written down as data (`Loaded.snapshot`) and loaded again from it (`from_snapshot`), so that a run can
be repeated without the files it came from: strategies are kept with what they inherit, a mapping is kept whole. Only a real
portfolio's file is needed again, and whoever repeats a run compares its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sim.errors import InputError, InputErrors, nearest
from sim.loading_strategies import DO_NOTHING, check_question, find_file, make_strategies, strategy_documents
from sim.portfolio.importing import import_portfolio
from sim.portfolio.synthetic import draw_portfolio
from sim.portfolio.table import Portfolio
from sim.provenance import snapshot
from sim.randomness import mix_seed
from sim.spec.compliance import ComplianceSpec
from sim.spec.plain_errors import KeyPath, key_text
from sim.spec.portfolio import PortfolioMapping, load_mapping, place_mapping
from sim.spec.scenario import Scenario
from sim.spec.yaml_nodes import Place
from sim.spec.yaml_source import Document, load_extended, load_yaml, overrides, shown, validate
from sim.strategies.protocol import DoNothing, Strategy
from sim.world import Setting

WITHOUT_PORTFOLIO = frozenset({"resources", "behaviour", "channels", "costs", "compliance", "champion", "replications"})
"""Parts of a scenario that no portfolio is made from."""


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

    def under(self, rulepacks: tuple[str, ...], compliance: ComplianceSpec, zone: str = "") -> Loaded:
        """Return the same under other contact rules, perhaps in another zone.

        Raises:
            InputError: an unknown pack, rule, flag or column.
        """
        calendar = self.scenario.calendar.model_copy(update={"zone": zone}) if zone else self.scenario.calendar
        scenario = self.scenario.model_copy(update={"rulepacks": rulepacks, "compliance": compliance, "calendar": calendar})
        return replace(self, setting=_setting(self.document, scenario, self.portfolio))

    def with_settings(self, settings: Sequence[str]) -> Loaded:
        """Return the same with `key=value` settings on top, as `--set` gives them; the portfolio is kept where it cannot change.

        Raises:
            InputErrors: an unknown key, a value that is not allowed.
        """
        document = overrides(self.document, settings, Scenario)
        scenario = validate(document, Scenario)
        documents = strategy_documents(document, scenario)
        if any(setting.split(".")[0].split("=")[0].strip() not in WITHOUT_PORTFOLIO for setting in settings):
            return _assemble(document, scenario, documents)
        setting = _setting(document, _with_pack_files(document, scenario), self.portfolio)
        found, sources = make_strategies(document, setting, documents)
        return Loaded(document, setting, (*found, DoNothing()), sources, self.mapping)

    def snapshot(self) -> dict[str, Any]:
        """Return scenario and strategies as data, with a digest."""
        content = self.scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        content["strategies"] = [strategy.name for strategy in self.strategies if strategy.name != DO_NOTHING]
        if self.scenario.portfolio.file:
            content["portfolio"]["file"] = str(Path(self.portfolio.source.path).resolve())
        if self.mapping is not None:
            content["portfolio"]["mapping"] = self.mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        taken = snapshot(content, [{"registered": source} if isinstance(source, str) else source.data
                                   for source in self.sources])
        files = [Path(name) for name in self.scenario.rulepacks if name.endswith(".yaml")]
        return taken | {"rulepack_files": {str(path): _sha256(path) for path in files}}


def load_document(path: Path, options: Options) -> Document:
    """Return a scenario's document: `extends:` resolved, the command line's settings on top.

    Raises:
        InputErrors: faults of reading or of the settings.
    """
    return with_options(load_extended(path, lambda name, naming: find_file(name, naming, where=_extends(naming))), options)


def with_options(document: Document, options: Options) -> Document:
    """Return a scenario's document with the command line's settings on top.

    Raises:
        InputErrors: faults of the settings.
    """
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
    return load_from(load_document(path, options))


def load_from(document: Document) -> Loaded:
    """Load a scenario from its document, which may be a part of another file; raises as `load`."""
    scenario = validate(document, Scenario)
    return _assemble(document, scenario, strategy_documents(document, scenario))


def from_snapshot(data: Mapping[str, Any], portfolio: Path | None, manifest: Path) -> Loaded:
    """Load a run's scenario and strategies from its manifest's snapshot.

    Args:
        data: as `Loaded.snapshot` returned it.
        portfolio: where a real portfolio's file is now; None: where it was.
        manifest: the file that holds the snapshot, for messages.

    Raises:
        InputErrors: the snapshot does not fit this version, or the portfolio's file is gone.
    """
    for name, recorded in data.get("rulepack_files", {}).items():
        _check_unchanged(Path(name), recorded)
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
    scenario = _with_pack_files(document, scenario)
    portfolio = load_portfolio(document, scenario, mapping)
    setting = _setting(document, scenario, portfolio)
    found, sources = make_strategies(document, setting, documents)
    check_question(document, scenario.question, [strategy.name for strategy in found])
    return Loaded(document, setting, (*found, DoNothing()), sources, mapping)


def _with_pack_files(document: Document, scenario: Scenario) -> Scenario:
    """Return the scenario with rule packs of one's own by their whole paths: beside the scenario, or here."""
    names = []
    for place, name in enumerate(scenario.rulepacks):
        path = Path(name)
        if name.endswith(".yaml"):
            path = next((p for p in (document.path.parent / name, path) if p.is_file()), path).resolve()
            if not path.is_file():
                raise InputError(document.where(("rulepacks", place)), name, f"a file beside {document.path.name}, or the id "
                                 "of a shipped pack", "Check the path; `duecourse rules list` names the shipped ones.")
        names.append(str(path) if name.endswith(".yaml") else name)
    return scenario.model_copy(update={"rulepacks": tuple(names)})


def _setting(document: Document, scenario: Scenario, portfolio: Portfolio) -> Setting:
    """Lower scenario and portfolio; a fault at a bare key of the scenario gets its file and line."""
    try:
        return Setting(scenario, portfolio)
    except InputErrors:
        raise
    except InputError as error:
        name, _, index = error.where.partition("[")
        key: KeyPath = (*name.split("."), *([int(index[:-1])] if index else []))
        if key[0] not in ("rulepacks", "compliance"):
            raise
        raise InputError(document.where(key), error.got, error.expected, error.advice) from None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_unchanged(path: Path, recorded: str) -> None:
    found = _sha256(path) if path.is_file() else ""
    if found != recorded:
        raise InputError(str(path), f"a file with sha256 {found[:16]}..." if found else "no such file",
                         f"the rule pack that was run, sha256 {recorded[:16]}...", "Put the file back as it was.")


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
    return _entering(import_portfolio(path, mapping, start), start, days)


def _entering(portfolio: Portfolio, start: date, days: int) -> Portfolio:
    """Return a portfolio with a note on accounts that enter after the horizon, who take no part.

    Raises:
        InputError: nobody enters within it.
    """
    late = int((portfolio.entry_day >= days).sum())
    if not late:
        return portfolio
    first = start + timedelta(int(portfolio.entry_day.min()))
    last = start + timedelta(days - 1)
    if late == portfolio.accounts:
        raise InputError(portfolio.source.path, f"accounts that enter from {first} on, all after the horizon",
                         f"accounts that enter by {last}, the last of the {days} days from {start}",
                         f"Set the start with --set calendar.start={first}, or a longer horizon.days.")
    note = f"{late:,} of {portfolio.accounts:,} accounts enter after the last day, {last}: they take no part"
    source = replace(portfolio.source, assumptions=(*portfolio.source.assumptions, note))
    return replace(portfolio, source=source)


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
