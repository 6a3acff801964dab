"""A comparison made by hand: five strategies, made-up but plausible numbers, a fixed seed. No world is run.

Replications share a common shock, as worlds that share luck do, so paired intervals are narrow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from experiments.patterns import BUCKETS, ENDS, MEASURES, PAID_BINS
from experiments.results import (
    Assumption,
    CompareResult,
    Contrast,
    Difference,
    Estimate,
    Group,
    LifeEvent,
    MetricInfo,
    Observed,
    StepCount,
    StrategyResult,
)

NAMES = ("sms_only", "call_ladder", "multichannel", "personalised", "do_nothing")
CHAMPION = "call_ladder"
POOLS, CHANNELS = ("desk.general", "field"), ("sms", "call", "visit")
ACCOUNTS, ENTRY_MINOR = 4000, 1_600_000_000
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "\u202egnp.exe %{x} <b>bold</b>",
    "名" * 10_000,
    "do_nothing",
)

METRICS = tuple(
    MetricInfo(*fields)
    for fields in (
        ("recovery_minor", "minor", "the whole portfolio", "Recovery", "回收金额", "cash received", "higher"),
        ("cost_minor", "minor", "the whole portfolio", "Cost", "成本", "all costs", "lower"),
        ("net_minor", "minor", "the whole portfolio", "Net recovery", "净回收", "recovery - cost", "higher"),
        ("net_fixed_minor", "minor", "the whole portfolio", "Net, fixed", "净回收 (固定)", "recovery - cost", "higher"),
        (
            "net_avoidable_minor",
            "minor",
            "the whole portfolio",
            "Net, avoidable",
            "净回收 (可免)",
            "recovery - cost",
            "higher",
        ),
        ("cure_rate", "share", "accounts entered", "Cure rate", "出催率", "cured / entered", "higher"),
        ("kept_rate", "share", "promises matured", "Promises kept", "兑现率", "kept / matured", "higher"),
        (
            "complaints_per_1000",
            "per 1000 accounts",
            "accounts entered",
            "Complaints per 1,000",
            "千户投诉率",
            "1000 x",
            "lower",
        ),
        ("promises", "count", "the whole portfolio", "Promises", "承诺还款数", "number", ""),
    )
)

# Relative strength on payments, contacts and complaints of the five strategies, in the order of NAMES.
PAID_SHARE = (0.54, 0.60, 0.615, 0.59, 0.50)
DIRECT_COST_MINOR = (90_000, 1_500_000, 1_300_000, 900_000, 0)
COMPLAINTS = (0.3, 1.6, 2.9, 1.1, 0.0)
STAGES: Mapping[str, tuple[float, ...]] = {
    "entered": (1.0,) * 5,
    "attempted": (0.98, 0.86, 0.93, 0.84, 0.0),
    "answered": (0.0, 0.58, 0.55, 0.38, 0.0),
    "right_party": (0.0, 0.48, 0.46, 0.31, 0.0),
    "promised": (0.01, 0.21, 0.17, 0.10, 0.0),
    "kept": (0.005, 0.15, 0.11, 0.06, 0.0),
    "paid": (0.59, 0.68, 0.67, 0.64, 0.57),
    "cured": (0.51, 0.60, 0.59, 0.56, 0.50),
}


def estimate(values: np.ndarray) -> Estimate:
    """Return mean and standard error, nan with one value."""
    se = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Estimate(float(values.mean()), float(se))


def difference(a: np.ndarray, b: np.ndarray) -> Difference:
    """Return the paired difference with its 95 % t interval."""
    found = estimate(a - b)
    half = stats.t.ppf(0.975, len(a) - 1) * found.se if len(a) > 1 else math.nan
    return Difference(found.mean, found.mean - half, found.mean + half, found.se)


def example(
    replications: int = 8,
    days: int = 60,
    names: Sequence[str] = NAMES,
    champion: str | None = None,
    paid_share: Sequence[float] = PAID_SHARE,
    complaints: Sequence[float] = COMPLAINTS,
    noise: float = 0.001,
) -> CompareResult:
    """Return a comparison.

    Args:
        replications: R.
        days: D.
        names: of the five strategies; the last one does nothing.
        champion: a name; by default the second one.
        paid_share: recovery at the horizon as a share of the balance at entry, by strategy.
        complaints: per 1,000 accounts, by strategy.
        noise: standard deviation of a strategy's own share of luck, which pairing does not remove.
    """
    rng = np.random.default_rng(20250901)
    common = rng.normal(0.0, 0.01, (replications, 1))
    chief = champion or names[1]
    strategies = tuple(
        _strategy(name, n, replications, days, common, rng, paid_share[n], complaints[n], noise)
        for n, name in enumerate(names)
    )
    idle = names[-1]
    by_name = {strategy.name: strategy for strategy in strategies}
    pairs = [(a, idle) for a in names[:-1]] + [(a, chief) for a in names[:-1] if chief not in {a, idle}]
    return CompareResult(
        scenario="example <b>card</b>",
        description="A made-up portfolio & five plans.",
        currency="CNY",
        minor_per_major=100,
        start="2025-09-01",
        days=days,
        borrowers=3600,
        accounts=ACCOUNTS,
        entry_balance_minor=ENTRY_MINOR,
        replications=replications,
        engine="compiled",
        champion=chief,
        roster="avoidable",
        strategies=strategies,
        contrasts=tuple(_contrast(by_name[a], by_name[b]) for a, b in pairs),
        metrics={info.name: info for info in METRICS},
        pools=POOLS,
        channels=CHANNELS,
        redrawn=("everything that happens (behaviour seed)",),
        assumptions=(
            Assumption("behaviour.payment.payday_factor", 1.6, 1.0, 2.5, "factor"),
            Assumption("channels.call.dial.busy", 0.08, None, None, "probability"),
        ),
        warnings=("Numbers are made up.",),
        exclusions=(("balance <= 0", 1689, 0), ("=cmd|' /C calc'!A0", 3, 12_300)),
        portfolio_notes=("Months late are read as 30 days each.",),
        timelines={"A-000017": _life(names)},
        groups=(Group("product", "card", False), Group("product", "<i>loan</i>", False), Group("sex", "=f", True),
                Group("sex", "m", True)),
        observed={name: _observed(name, place) for place, name in enumerate(names)},
        command="duecourse compare scenarios/example.yaml --replications 8",
        version="0.1.0",
        run_dir="runs/example-1",
    )


def _strategy(
    name: str,
    place: int,
    replications: int,
    days: int,
    common: np.ndarray,
    rng: np.random.Generator,
    share: float,
    complaints: float,
    noise: float,
) -> StrategyResult:
    shape = np.exp(-np.arange(days) / 25.0)
    luck = 1.0 + common + rng.normal(0.0, noise, (replications, 1))
    recovery = ENTRY_MINOR * share * luck * shape / shape.sum()
    total = recovery.sum(axis=1)
    roster = np.full(replications, 0.0 if place in {0, len(NAMES) - 1} else 18_000_000.0)
    cost = DIRECT_COST_MINOR[place] * luck[:, 0] + roster
    busy = np.clip(rng.normal((0.0, 0.93, 0.8, 0.5, 0.0)[place], 0.03, (replications, days)), 0.0, 1.0)
    open_day = (np.arange(days) % 7 < 6).astype(float)
    values = {
        "recovery_minor": total,
        "cost_minor": cost,
        "net_minor": total - cost,
        "net_fixed_minor": total - cost - 1e6,
        "net_avoidable_minor": total - cost,
        "cure_rate": STAGES["cured"][place] * luck[:, 0],
        "kept_rate": np.full(replications, math.nan if place == len(NAMES) - 1 else 0.65),
        "complaints_per_1000": np.maximum(complaints + rng.normal(0.0, 0.05, replications), 0.0)
        if complaints
        else np.zeros(replications),
        "promises": STAGES["promised"][place] * ACCOUNTS * luck[:, 0],
    }
    daily = {
        "recovery_minor": recovery,
        "busy_s_desk.general": busy * open_day * 288_000.0,
        "rostered_s_desk.general": np.ones((replications, days)) * open_day * 288_000.0,
        "starved_call": rng.poisson(40.0 if place == 1 else 0.0, (replications, days)).astype(float),
        "starved_sms": np.zeros((replications, days)),
    }
    costs = {
        "sms attempts": cost * 0.0 + (90_000 if place in {0, 2, 3} else 0),
        "call minutes": cost - roster,
        "roster desk.general": roster,
        "complaints": np.full(replications, 4000.0 * complaints),
        "forgiven": cost * 0.0,
    }
    description = (
        () if name == "do_nothing" else (f"Strategy {name}.", "  day 1 since entry: sms `reminder`", "Everybody else:")
    )
    return StrategyResult(
        name=name,
        digest=f"{place:064x}",
        metrics={key: estimate(column) for key, column in values.items()},
        values=values,
        attempts={channel: Estimate(1000.0 * place, 10.0) for channel in CHANNELS},
        cost_by_kind={kind: estimate(column) for kind, column in costs.items()},
        daily=daily,
        funnel=tuple(
            (
                stage,
                estimate(
                    shares[place] * ACCOUNTS * luck[:, 0]
                    if stage != "entered"
                    else np.full(replications, float(ACCOUNTS))
                ),
            )
            for stage, shares in STAGES.items()
        ),
        description=description,
        patterns=_patterns(share, complaints, luck),
    )


def _patterns(share: float, complaints: float, luck: np.ndarray) -> dict[str, np.ndarray]:
    """Return patterns of 4,000 accounts that enter as M1 and M2, pay all or nothing, in four groups."""
    scale, replications = luck[:, 0], len(luck)
    roll = np.zeros((replications, len(BUCKETS), len(ENDS)))
    for row, accounts, cured in ((1, 3000.0, share + 0.1), (2, 1000.0, share - 0.3)):
        roll[:, row, 0] = accounts * cured * scale
        roll[:, row, row + 3] = accounts - accounts * cured * scale
    sizes = np.array([2500.0, 1500.0, 2000.0, 2000.0])
    gains = np.array([0.02, -0.02, 0.0, 0.01])
    columns = {"accounts": sizes, "entry_minor": sizes * 4e5, "paid_minor": sizes * 4e5 * (share + gains), "cured": sizes * share,
               "complaints": sizes * complaints / 1000.0, "reached": sizes * 0.4, "attempts": sizes * 5.0,
               "forgiven_minor": sizes * 0.0}
    groups = np.stack([np.outer(scale if name in {"paid_minor", "cured"} else np.ones(replications), columns[name])
                       for name in MEASURES], axis=2)
    paid = np.zeros((replications, PAID_BINS))
    paid[:, 0], paid[:, -1] = ACCOUNTS * (1 - share * scale), ACCOUNTS * share * scale
    return {"groups": groups, "roll_accounts": roll, "roll_minor": roll * 4e5, "paid_accounts": paid,
            "paid_minor": paid * np.linspace(0, 4e5, PAID_BINS), "top": np.full((replications, 1), 0.1)}


def _observed(name: str, place: int) -> Observed:
    """Return what a log shows in which people answer most at 18:00; doing nothing has no steps."""
    heat = np.zeros((7, 24, 3))
    if place in {1, 2, 3}:
        heat[:6, 9:20, 0] = 300.0
        heat[:6, 9:20, 1], heat[:6, 9:20, 2] = 60.0, 40.0
        heat[2, 18] = (300.0, 150.0, 90.0)
    steps = () if place == 4 else (StepCount("early", f"early/1 {name}"[:60], "sms", 900, 850, 0, 0, 50, 4e6),
                                   StepCount("", "on broken call", "call", 90, 80, 30, 20, 0, 5e5))
    return Observed(heat, steps, 1e6)


def _contrast(a: StrategyResult, b: StrategyResult) -> Contrast:
    apart = (
        a.values["net_minor"].var(ddof=1) + b.values["net_minor"].var(ddof=1) if len(a.values["net_minor"]) > 1 else 0.0
    )
    together = (a.values["net_minor"] - b.values["net_minor"]).var(ddof=1) if apart else math.nan
    return Contrast(
        a.name,
        b.name,
        {name: difference(a.values[name], b.values[name]) for name in a.values},
        float(1.0 - together / apart) if apart else math.nan,
        np.cumsum(a.daily["recovery_minor"] - b.daily["recovery_minor"], axis=1),
    )


def _life(names: Sequence[str]) -> tuple[LifeEvent, ...]:
    events = [
        LifeEvent("2025-09-01 00:00:00", 1, name, "enters 12 days past due, owes 4,000.00", "", 400_000)
        for name in names
    ]
    events += [
        LifeEvent("2025-09-02 10:05:00", 2, names[0], "sms no. 1: delivered", "sms", 0),
        LifeEvent("2025-09-03 18:31:07", 3, names[1], "call no. 1: conversation <i>(212 s)</i>", "call", 0),
        LifeEvent("2025-09-05 09:00:00", 5, names[1], "pays 4,000.00", "", 400_000),
        LifeEvent("2025-09-20 20:15:00", 20, names[4], "pays 1,000.00", "", 100_000),
    ]
    return tuple(sorted(events, key=lambda event: event.when))
