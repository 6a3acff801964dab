"""What is not known: the behaviour values drawn from their ranges, the same draw for all strategies.

Each member of an ensemble draws every value that carries a range: below its central value with chance one half, uniform between
low and central, else uniform between central and high. All strategies are then played under the same values and the same luck.
The spread of a difference over members is parameter uncertainty plus Monte-Carlo error; the latter is known from the
replications within members, so the two are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.assumptions import values_of
from experiments.pools import Workers, pool_of
from sim import DO_NOTHING, Loaded, Scenario, Setting, Value, luck_of, measure, simulate
from sim.portfolio.table import stable_hash
from sim.randomness import mix_seed, uniform

METRIC = "net_minor"
DRAW = 64 * 60
"""Address of an ensemble's draws, apart from all draws of the simulation (its entity is the hash of a value's key)."""
DRIVERS = 10
FEWEST_FOR_DRIVERS = 30
"""With fewer members some of the many values line up with any difference by chance."""


def draw_values(scenario: Scenario, member: int) -> dict[str, float]:
    """Return one draw of every value that carries a range: a pure function of the population seed, the key and the member."""
    seed = mix_seed(scenario.seeds.population, "ensemble")
    out = {}
    for key, value in values_of(scenario).items():
        low = value.value if value.low is None else value.low
        high = value.value if value.high is None else value.high
        if low < high:
            u = float(uniform(seed, np.uint64(stable_hash(key)), DRAW, member))
            out[key] = low + 2 * u * (value.value - low) if u < 0.5 else value.value + (2 * u - 1) * (high - value.value)
    return out


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return the scenario with other values; ranges and sources stay."""
    return scenario.model_copy(update={section: _replaced(getattr(scenario, section), section, values)
                                       for section in ("behaviour", "channels", "resources", "costs")})


def _replaced(part: Any, key: str, values: Mapping[str, float]) -> Any:
    if isinstance(part, Value):
        return part.model_copy(update={"value": values[key]}) if key in values else part
    if isinstance(part, Mapping):
        return {name: _replaced(item, f"{key}.{name}", values) for name, item in part.items()}
    fields = getattr(type(part), "model_fields", {})
    if not fields:
        return part
    return part.model_copy(update={name: _replaced(getattr(part, name), f"{key}.{name}", values) for name in fields})


@dataclass(frozen=True, slots=True)
class Driver:
    """A value that moves the difference: its Spearman rank correlation with it over members."""

    key: str
    correlation: float


@dataclass(frozen=True, slots=True)
class EnsembleContrast:
    """One strategy against another over the ensemble (net recovery, minor units)."""

    strategy: str
    against: str
    mean: float
    low: float
    high: float
    """5 % and 95 % quantile over members: parameter uncertainty with what Monte-Carlo error is left."""
    probability_better: float
    parameter_share: float
    """Share of the spread over members that is parameter uncertainty, not Monte-Carlo error."""
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """What an ensemble found."""

    members: int
    replications: int
    """Replications within each member."""
    values_drawn: int
    contrasts: tuple[EnsembleContrast, ...]
    wins: Mapping[str, float]
    """Strategy -> share of members in which it nets most."""
    best: str
    """The strategy that nets most on average."""
    expected_loss: float
    """Mean over members of the net forgone by choosing `best` where another nets more, minor units."""
    advantage: float
    """The winner's lead over the runner-up, corrected for selection: chosen on one half of the members, measured on the other,
    both ways round."""
    threshold: float
    """Rank correlations below this in size are what chance gives the largest of all values, 95 % of the time."""


@dataclass(frozen=True, slots=True)
class Member:
    """What one draw of the values gave: a part of an unfinished run."""

    member: int
    nets: Mapping[str, NDArray[np.float64]]
    """Net recovery by strategy and replication, (replications,)."""
    values: Mapping[str, float]
    """The draw, by key."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The member's number."""
        return (str(self.member),)


def run_member(loaded: Loaded, task: tuple[int, int]) -> Member:
    """Play every strategy under one draw of the values; `task` is the member's number, and how many replications."""
    member, replications = task
    values = draw_values(loaded.scenario, member)
    setting = Setting(with_values(loaded.scenario, values), loaded.portfolio)
    nets = {}
    for strategy in loaded.strategies:
        runs = [simulate(setting, [strategy], luck_of(loaded.scenario.seeds, r), keep_log=False)
                for r in range(replications)]
        nets[strategy.name] = np.array([measure(setting, run.outcomes)[METRIC] for run in runs])
    return Member(member, nets, values)


def run_ensemble(loaded: Loaded, members: int, replications: int, workers: Workers, tell: Callable[[int], None],
                 known: Sequence[Member] = (), keep: Callable[[Member], None] = lambda _: None) -> Ensemble:
    """Play an ensemble and say what it shows. Results do not depend on `workers`.

    Args:
        loaded: what to play.
        members: draws of the values.
        replications: under each draw.
        workers: who plays.
        tell: is told the number of finished members.
        known: members that an interrupted run has played.
        keep: is given each member that is played.
    """
    found = {member.member: member for member in known}
    left = [(number, replications) for number in range(members) if number not in found]
    if left:
        with pool_of(loaded, workers, len(left)) as pool, closing(pool.map(run_member, left)) as played:
            for member in played:
                keep(member)
                found[member.member] = member
                tell(len(found))
    return summarise(loaded, [(found[number].nets, found[number].values) for number in range(members)], replications)


def summarise(loaded: Loaded, results: Sequence[tuple[Mapping[str, NDArray[np.float64]], Mapping[str, float]]],
              replications: int) -> Ensemble:
    """Return what an ensemble's members show."""
    names = [strategy.name for strategy in loaded.strategies]
    nets = {name: np.array([result[0][name] for result in results]) for name in names}
    keys = list(results[0][1])
    draws = np.array([[values[key] for key in keys] for _, values in results])
    champion = loaded.scenario.champion
    pairs = [(name, DO_NOTHING) for name in names if name != DO_NOTHING]
    pairs += [(name, champion) for name in names if name not in (DO_NOTHING, champion) and champion != DO_NOTHING]
    mean = {name: nets[name].mean(axis=1) for name in names}
    table = np.array([mean[name] for name in names])
    best = int(table.mean(axis=1).argmax())
    return Ensemble(
        members=len(results), replications=replications, values_drawn=len(keys),
        contrasts=tuple(_contrast(a, b, nets[a] - nets[b], keys, draws) for a, b in pairs),
        wins={name: float((table.argmax(axis=0) == n).mean()) for n, name in enumerate(names)}, best=names[best],
        expected_loss=float((table.max(axis=0) - table[best]).mean()), advantage=_advantage(table),
        threshold=chance_threshold(len(results), len(keys)))


def _contrast(a: str, b: str, difference: NDArray[np.float64], keys: Sequence[str],
              draws: NDArray[np.float64]) -> EnsembleContrast:
    """Summarise the paired differences, (members, replications)."""
    by_member = difference.mean(axis=1)
    total = float(by_member.var(ddof=1)) if len(by_member) > 1 else math.nan
    repeats = difference.shape[1]
    within = float(difference.var(axis=1, ddof=1).mean()) / repeats if repeats > 1 else math.nan
    share = max(0.0, 1.0 - within / total) if total > 0 and not math.isnan(within) else math.nan
    low, high = np.quantile(by_member, (0.05, 0.95))
    return EnsembleContrast(a, b, float(by_member.mean()), float(low), float(high), float((by_member > 0).mean()), share,
                            _drivers(by_member, keys, draws))


def _drivers(by_member: NDArray[np.float64], keys: Sequence[str], draws: NDArray[np.float64]) -> tuple[Driver, ...]:
    if len(by_member) < FEWEST_FOR_DRIVERS or float(by_member.std()) == 0.0:
        return ()
    ranks = stats.rankdata(draws, axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    y = stats.rankdata(by_member)
    correlation = ranks.T @ ((y - y.mean()) / y.std()) / len(y)
    order = np.argsort(-np.abs(correlation), kind="stable")[:DRIVERS]
    return tuple(Driver(keys[n], float(correlation[n])) for n in order)


def chance_threshold(members: int, values: int) -> float:
    """Return the size that the largest of so many rank correlations stays below by chance alone, 95 % of the time.

    Source: a rank correlation of n independent pairs is about normal with variance 1 / (n - 1); Sidak over `values`.
    """
    if members < 5:
        return 1.0
    single = 1.0 - 0.95 ** (1.0 / max(values, 1))
    return min(1.0, float(stats.norm.isf(single / 2)) / math.sqrt(members - 1))


def _advantage(table: NDArray[np.float64]) -> float:
    """Return the winner's lead over the runner-up, chosen on one half of the members and measured on the other."""
    if table.shape[1] < 4 or table.shape[0] < 2:
        return math.nan
    halves = (table[:, ::2], table[:, 1::2])
    leads = []
    for choose, test in (halves, halves[::-1]):
        order = np.argsort(-choose.mean(axis=1), kind="stable")
        leads.append(float((test[order[0]] - test[order[1]]).mean()))
    return float(np.mean(leads))


def ensemble_json(found: Ensemble) -> dict[str, Any]:
    """Return the document that `compare --ensemble` adds under `ensemble`."""
    return {"members": found.members, "replications": found.replications, "values_drawn": found.values_drawn,
            "contrasts": [{"strategy": c.strategy, "against": c.against,
                           "net_minor": {"mean": c.mean, "q05": c.low, "q95": c.high},
                           "probability_better": c.probability_better, "parameter_share": c.parameter_share,
                           "drivers": [{"key": d.key, "rank_correlation": d.correlation} for d in c.drivers]}
                          for c in found.contrasts],
            "wins": dict(found.wins), "best": found.best, "expected_loss_minor": found.expected_loss,
            "advantage_minor": found.advantage, "driver_threshold": found.threshold}


def ensemble_from(document: Mapping[str, Any]) -> Ensemble:
    """Return the ensemble of a document that `ensemble_json` made and a file kept; null is what is no number."""
    def number(value: float | None) -> float:
        return math.nan if value is None else value

    contrasts = tuple(
        EnsembleContrast(c["strategy"], c["against"], c["net_minor"]["mean"], c["net_minor"]["q05"], c["net_minor"]["q95"],
                         c["probability_better"], number(c["parameter_share"]),
                         tuple(Driver(d["key"], number(d["rank_correlation"])) for d in c["drivers"]))
        for c in document["contrasts"])
    return Ensemble(document["members"], document["replications"], document["values_drawn"], contrasts, document["wins"],
                    document["best"], document["expected_loss_minor"], number(document["advantage_minor"]),
                    document["driver_threshold"])


def ensemble_lines(found: Ensemble, minor: int, code: str) -> list[str]:
    """Return an ensemble in words, for the terminal."""
    lines = [(f"Over {found.members} draws of {found.values_drawn} values from their ranges ({found.replications} replications "
              f"each), net recovery, {code}:")]
    for c in found.contrasts:
        share = "" if math.isnan(c.parameter_share) else f", {c.parameter_share:.0%} of the spread is parameter uncertainty"
        interval = f"[{c.low / minor:+,.0f}, {c.high / minor:+,.0f}]"
        lines.append(f"  {c.strategy} against {c.against}: {c.mean / minor:+,.0f} {interval} (5-95 %), "
                     f"better in {c.probability_better:.0%}{share}")
        clear = [f"{d.key} ({d.correlation:+.2f})" for d in c.drivers if abs(d.correlation) > found.threshold][:3]
        if clear:
            lines.append(f"    moved most by {', '.join(clear)}")
    wins = ", ".join(f"{name} {share:.0%}" for name, share in sorted(found.wins.items(), key=lambda item: -item[1]) if share)
    lines.append(f"  nets most in: {wins}. Choosing {found.best} forgoes {found.expected_loss / minor:,.0f} on average.")
    if not math.isnan(found.advantage):
        lines.append(f"  The winner's lead over the next, corrected for having been picked: {found.advantage / minor:+,.0f}.")
    return lines
