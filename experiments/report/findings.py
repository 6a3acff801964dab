"""What was found, in sentences computed from the numbers: the decision card."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.report.reading import Reading
from experiments.report.voice import holds_zero
from experiments.results import Difference, StrategyResult
from sim import DO_NOTHING

NET, HARM, COST, RECOVERY = "net_minor", "complaints_per_1000", "cost_minor", "recovery_minor"
ROSTER_VIEWS = {"fixed": "net_fixed_minor", "avoidable": "net_avoidable_minor"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the card: what it is, its value, the interval or error below it, and its unit and denominator."""

    name: str
    value: str
    detail: str
    base: str


@dataclass(frozen=True, slots=True)
class Card:
    """The decision card. `tone` is "clear", "unclear" or "harm" and never the only carrier of a message."""

    headline: str
    sentences: tuple[str, ...]
    tone: str
    tiles: tuple[Tile, ...]


def mean_of(strategy: StrategyResult, metric: str) -> float:
    """Return a metric's mean, nan where it was not measured."""
    found = strategy.metrics.get(metric)
    return math.nan if found is None else found.mean


def ranked(reading: Reading, metric: str) -> list[str]:
    """Return names of strategies with this metric, highest mean first; equals in the scenario's order."""
    known = [s for s in reading.result.strategies if not math.isnan(mean_of(s, metric))]
    return [s.name for s in sorted(known, key=lambda s: -mean_of(s, metric))]


def winner(reading: Reading, metric: str = NET) -> str:
    """Return the strategy with the highest mean of a metric; the champion where nothing can be compared."""
    order = ranked(reading, metric)
    return order[0] if order else reading.champion


def challenger(reading: Reading) -> str:
    """Return the best plan by net recovery that is not the champion; the champion itself where there is no other."""
    others = [name for name in ranked(reading, NET) if name not in {reading.champion, DO_NOTHING}]
    return others[0] if others else reading.champion


def decide(reading: Reading) -> Card:
    """Return the decision card of a comparison."""
    best = winner(reading)
    headline, clear = _headline(reading, best)
    sentences = [
        sentence
        for sentence in (
            _against_nothing(reading, best),
            _harm_sentence(reading, best),
            _roster_sentence(reading, best),
        )
        if sentence
    ]
    tone = "harm" if _harm_is_worse(reading, best) else "clear" if clear else "unclear"
    return Card(headline, tuple(sentences), tone, tuple(_tiles(reading, best)))


def _headline(reading: Reading, best: str) -> tuple[str, bool]:
    """Return the verdict against the champion and whether an interval supports it."""
    champion = reading.champion
    if best == champion:
        return _champion_stays(reading, challenger(reading))
    if best == DO_NOTHING:
        return _nothing_wins(reading)
    return _say_gap(reading, "beats", best, champion, reading.difference(best, champion, NET))


def _champion_stays(reading: Reading, rival: str) -> tuple[str, bool]:
    if rival == reading.champion:
        return _say_gap(reading, "alone", rival, DO_NOTHING, reading.difference(rival, DO_NOTHING, NET))
    return _say_gap(reading, "stays", reading.champion, rival, reading.difference(reading.champion, rival, NET))


def _nothing_wins(reading: Reading) -> tuple[str, bool]:
    plans = [name for name in ranked(reading, NET) if name != DO_NOTHING]
    if not plans:
        return reading.say("verdict.no_plans"), False
    return _say_gap(reading, "nothing", DO_NOTHING, plans[0], reading.difference(DO_NOTHING, plans[0], NET))


def _say_gap(reading: Reading, case: str, best: str, other: str, gap: Difference | None) -> tuple[str, bool]:
    """Say a difference in net recovery in one of the catalogue's four ways: clear, open, single, unknown."""
    names = {"best": reading.label(best), "other": reading.label(other), "days": reading.result.days}
    if gap is None or math.isnan(gap.estimate):
        return reading.say("verdict.unknown", **names), False
    words = {**names, "gap": reading.money(abs(gap.estimate)), "interval": reading.interval(gap, "minor")}
    zero = holds_zero(gap)
    if zero is None:
        return reading.say("verdict.single", **words), False
    if zero:
        return reading.say("verdict.open", **words), False
    return reading.say(f"verdict.{case}", **words), True


def _against_nothing(reading: Reading, best: str) -> str:
    if best == DO_NOTHING:
        return ""
    gap = reading.difference(best, DO_NOTHING, NET)
    if gap is None or math.isnan(gap.estimate):
        return ""
    words = {"best": reading.label(best), "gap": reading.gap(gap, "minor")}
    zero = holds_zero(gap)
    return reading.say("nothing.open" if zero else "nothing.clear", **words)


def _harm_gap(reading: Reading, best: str) -> tuple[str, Difference | None]:
    """Return who the winner's harm is compared with (the champion; for the champion, doing nothing) and by how much."""
    other = DO_NOTHING if best == reading.champion else reading.champion
    return other, reading.difference(best, other, HARM)


def _harm_is_worse(reading: Reading, best: str) -> bool:
    """Return whether changing from the champion to the winner would clearly bring more complaints."""
    gap = _harm_gap(reading, best)[1]
    return best != reading.champion and gap is not None and gap.low > 0.0


def _harm_sentence(reading: Reading, best: str) -> str:
    other, gap = _harm_gap(reading, best)
    if other == best or gap is None or math.isnan(gap.estimate):
        return ""
    words = {
        "best": reading.label(best),
        "other": reading.label(other),
        "gap": reading.gap(gap, reading.info(HARM).unit),
    }
    zero = holds_zero(gap)
    if zero is None:
        return reading.say("harm.single", **words)
    return reading.say("harm.open" if zero else "harm.worse" if gap.estimate > 0 else "harm.better", **words)


def _roster_sentence(reading: Reading, best: str) -> str:
    """Say whether counting idle agents' pay the other way would change the winner."""
    winners = {view: ranked(reading, metric)[:1] for view, metric in ROSTER_VIEWS.items()}
    if not all(winners.values()):
        return ""
    fixed, avoidable = winners["fixed"][0], winners["avoidable"][0]
    if fixed == avoidable == best:
        return reading.say("roster.same", best=reading.label(best))
    return reading.say("roster.differs", fixed=reading.label(fixed), avoidable=reading.label(avoidable))


def _tiles(reading: Reading, best: str) -> list[Tile]:
    """Return the card's numbers: net recovery and its differences, cost, complaints, both roster views."""
    chosen, label = reading.result.strategy(best), reading.label(best)
    tiles = [_level(reading, chosen, NET, reading.say("tile.of", metric=reading.metric(NET), name=label))]
    tiles += [
        _versus(reading, best, other, NET) for other in dict.fromkeys((reading.champion, DO_NOTHING)) if other != best
    ]
    if best == reading.champion and challenger(reading) != best:
        tiles.insert(1, _versus(reading, best, challenger(reading), NET))
    tiles += [
        _level(reading, chosen, metric, reading.say("tile.of", metric=reading.metric(metric), name=label))
        for metric in (COST, HARM)
        if metric in chosen.metrics
    ]
    for view, metric in ROSTER_VIEWS.items():
        if metric in chosen.metrics:
            title = reading.say(
                "tile.roster_used" if view == reading.result.roster else "tile.roster_other",
                view=reading.say(f"roster.{view}"),
            )
            tiles.append(_level(reading, chosen, metric, title))
    return tiles


def _level(reading: Reading, strategy: StrategyResult, metric: str, title: str) -> Tile:
    found, info = strategy.metrics[metric], reading.info(metric)
    detail = (
        reading.say("tile.no_se")
        if math.isnan(found.se)
        else reading.say("tile.se", se=reading.number(found.se, info.unit, difference=True))
    )
    return Tile(title, reading.number(found.mean, info.unit), detail, _base(reading, metric))


def _versus(reading: Reading, best: str, other: str, metric: str) -> Tile:
    gap, info = reading.difference(best, other, metric), reading.info(metric)
    title = reading.say("tile.versus", metric=reading.metric(metric), other=reading.label(other))
    if gap is None or math.isnan(gap.estimate):
        return Tile(title, reading.say("not_estimable"), "", _base(reading, metric))
    value = reading.number(gap.estimate, info.unit, signed=True, difference=True)
    zero = holds_zero(gap)
    detail = reading.interval(gap, info.unit)
    if zero is not None:
        detail = reading.say("tile.ci", interval=detail)
        detail += reading.say("tile.holds_zero") if zero else ""
    return Tile(title, value, detail, _base(reading, metric))


def _base(reading: Reading, metric: str) -> str:
    """Return unit and denominator in words."""
    return reading.say("per", base=reading.denominator(metric))
