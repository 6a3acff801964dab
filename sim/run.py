"""Running worlds: from a setting to outcomes and a digest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.assignment import Assignment
from sim.codes import AccountStatus
from sim.engine.campaign import Campaign, Engine
from sim.errors import RunFailed
from sim.eventlog import Names, digest_of, in_order, log_of
from sim.outcomes import Outcomes, folder_of, outcomes_from
from sim.state import Records, World
from sim.strategies.protocol import Strategy
from sim.world import Luck, Setting


@dataclass(frozen=True)
class Run:
    """One finished world."""

    log: Records
    """The log as it was written, LOG (rows,); no rows where it was not kept."""
    digest: str
    outcomes: Outcomes

    @cached_property
    def rows(self) -> Records:
        """The log in the total order; sorted when first asked for."""
        return in_order(self.log)


def simulate(setting: Setting, strategies: Sequence[Strategy], luck: Luck, assignment: Assignment | None = None,
             engine: Engine = "compiled", team: NDArray[np.int64] | None = None, *, keep_log: bool = True,
             watch: Callable[[Records], None] | None = None) -> Run:
    """Run one world to its horizon.

    Args:
        setting: scenario and portfolio, lowered.
        strategies: one for each arm of the assignment.
        luck: the replication's seeds.
        assignment: who is under which arm when; None: everybody under arm 0.
        engine: "compiled", or "reference" (SimPy processes); the digest is the same.
        team: each account's team, where an experiment deals accounts to teams itself.
        keep_log: False folds the log day by day and forgets it: faster, and memory does not grow with the horizon.
        watch: is shown every row once, in stretches, in no particular order; must copy what it wants to keep.

    Raises:
        RunFailed: money was not conserved on some account (a defect of the program, never of the input).
    """
    world = setting.world(strategies, luck, team)
    chosen = assignment or Assignment.constant(setting.portfolio.accounts)
    folder = folder_of(setting)

    def take(rows: Records) -> None:
        folder.add(rows)
        if watch is not None:
            watch(rows)

    sink = None if keep_log else take
    world = Campaign(world, setting.timetable, setting.observed, strategies, chosen, engine, sink).run()
    log = log_of(world)
    take(log)
    found = outcomes_from(setting, folder.sums)
    check_conservation(world, found)
    return Run(log, digest_of(world), found)


def check_conservation(world: World, found: Outcomes) -> None:
    """Compare the log's money with the end state, to the minor unit, account by account.

    Raises:
        RunFailed: entry + fell due = paid + forgiven + outstanding does not hold, or log and end state differ.
    """
    account = world.account
    entered = account["status"] != AccountStatus.FUTURE
    owed = np.where(entered, account["principal"] + account["interest"] + account["fees"], 0)
    wrong = (found.accounts.outstanding_minor != owed) | (found.accounts.paid_minor != account["paid"]) | (
        found.accounts.forgiven_minor != account["forgiven"]) | (
        found.accounts.fell_due_minor != world.debt["fell_due"])
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise RunFailed(
            f"money is not conserved on {int(wrong.sum())} accounts, first account row {first}: the log says entry "
            f"{found.accounts.entry_minor[first]}, fell due {found.accounts.fell_due_minor[first]}, paid "
            f"{found.accounts.paid_minor[first]}, forgiven "
            f"{found.accounts.forgiven_minor[first]}; the end state says outstanding {owed[first]}, paid "
            f"{account['paid'][first]}, forgiven {account['forgiven'][first]}. Please report this with the manifest.")


def names_of(setting: Setting, strategies: Sequence[Strategy]) -> Names:
    """Return the names for the numbers in a log of these strategies."""
    portfolio = setting.portfolio
    first = setting.first_accounts()
    return Names([str(portfolio.person_id[a]) for a in first], [str(a) for a in portfolio.account_id],
                 setting.channel_names, setting.pools.names,
                 [step.label for strategy in strategies for step in strategy.steps], [s.name for s in strategies],
                 [rule.id for rule in setting.rules.rules])
