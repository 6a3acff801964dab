"""Lowering of strategies' steps to the tables that the desk carries out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.codes import RETRYABLE, Arrangement, Flag, Outcome, ResourceKind
from sim.errors import InputError, nearest
from sim.pools import Pools
from sim.spec.scenario import Scenario
from sim.state import RETRY, STEP, Records
from sim.strategies.protocol import Retry, Step, Strategy, Window

DEFAULT_RETRY_S = 7200
"""An attempt that may be repeated on the same day is repeated after two hours where the step says nothing else."""
FLAGS = {"dispute": Flag.DISPUTE, "hardship_plan": Flag.HARDSHIP_PLAN, "complaint": Flag.COMPLAINT,
         "wrong_number": Flag.WRONG_NUMBER, "promise_live": Flag.PROMISE_LIVE}


def lower_steps(scenario: Scenario, pools: Pools, contents: Mapping[tuple[str, str], int],
                strategies: Sequence[Strategy]) -> tuple[Records, Records]:
    """Return (STEP (steps,), RETRY (steps, outcomes)) of all strategies' steps, one strategy after the other.

    Raises:
        InputError: a step names a channel, content, skill or state that the scenario does not have, or a window that
            the channel's resource is never open in.
    """
    named = [(strategy.name, step) for strategy in strategies for step in strategy.steps]
    steps = np.zeros(len(named), STEP)
    retries = np.zeros((len(named), len(Outcome)), RETRY)
    channels = tuple(scenario.channels)
    for number, (strategy, step) in enumerate(named):
        where = f"strategy {strategy}: step {step.label}"
        record = steps[number]
        record["repeats"], record["priority"] = int(step.repeats), step.priority
        record["drop"] = int(step.blocked == "drop")
        record["per_day"], record["total"], record["open_days"] = (step.attempts_per_day, step.attempts_total,
                                                                   step.open_days)
        record["open_s"], record["close_s"] = step.window.open_s, step.window.close_s
        record["exclude"] = sum(_flag(name, where) for name in set(step.exclude))
        if step.offer is not None and step.channel:
            record["offer_days"], record["offer_fees"] = step.offer.valid_days, step.offer.waive_fees
            record["offer_interest"], record["offer_principal"] = step.offer.waive_interest, step.offer.waive_principal
        if step.offer is not None and step.offer.arrangement != Arrangement.NONE:
            record["offer_days"] = 0
            record["arrange"], record["arrange_size"] = step.offer.arrangement, step.offer.size
            if not step.channel or scenario.behaviour.arrangements is None:
                given = "an arrangement without terms" if step.channel else "an arrangement without a contact"
                raise InputError(where, given,
                                 "a plan, extension or pause offered in a contact, with `behaviour.arrangements` in the scenario",
                                 "Offer it with a call, a visit or a message.")
        if not step.channel:
            record["channel"], record["pool"], record["content"] = -1, -1, -1
            continue
        if step.channel not in channels:
            raise InputError(where, step.channel, f"one of {', '.join(channels)}", nearest(step.channel, channels))
        record["channel"] = channels.index(step.channel)
        record["pool"] = _pool(scenario, pools, step, where)
        known = [content for channel, content in contents if channel == step.channel]
        if step.content not in known:
            raise InputError(where, step.content, f"one of {', '.join(known)}", nearest(step.content, known))
        record["content"] = contents[step.channel, step.content]
        _check_open(pools, int(record["pool"]), step.window, where, "window")
        for outcome, retry in step.retry.items():
            if retry.window is not None:
                _check_open(pools, int(record["pool"]), retry.window, where, f"retry of {outcome} in the window")
        _fill_retries(retries[number], step)
    return steps, retries


def _flag(name: str, where: str) -> int:
    if name not in FLAGS:
        raise InputError(where, name, f"one of {', '.join(FLAGS)}", nearest(name, FLAGS))
    return int(FLAGS[name])


def _pool(scenario: Scenario, pools: Pools, step: Step, where: str) -> int:
    resource = scenario.channels[step.channel].resource
    pool = pools.of(resource, step.skill)
    if pool < 0:
        known = [plan.skill for plan in pools.plans if plan.resource == resource and plan.skill]
        allowed = f"one of {', '.join(known)}" if known else "no skill: it is not a desk"
        raise InputError(where, f"skill {step.skill}", allowed, nearest(step.skill, known))
    return pool


def _check_open(pools: Pools, pool: int, window: Window, where: str, what: str) -> None:
    """A window must meet the hours in which its resource works, on some day of the week."""
    plan = pools.plans[pool]
    if plan.kind == ResourceKind.BATCH:
        return
    if not any(shift.hours[0] < window.close_s and window.open_s < shift.hours[1]
               for shift, _, _ in plan.hours):
        hours = ", ".join(sorted({f"{_clock(shift.hours[0])}-{_clock(shift.hours[1])}" for shift, _, _ in plan.hours}))
        raise InputError(where, f"{what} {_clock(window.open_s)}-{_clock(window.close_s)}",
                         f"a window that meets the hours of {plan.name} ({hours})",
                         "It would never open: move the window or the shifts.")


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


def _fill_retries(row: Records, step: Step) -> None:
    row["open_s"] = row["close_s"] = -1
    default = Retry(delay_s=DEFAULT_RETRY_S) if step.attempts_total > 1 else Retry()
    for name in RETRYABLE:
        retry = step.retry.get(name)
        if retry is None:
            retry = Retry() if name in ("refused", "wrong_party") else default
        cell = row[Outcome[name.upper()]]
        cell["delay_s"], cell["delay_days"] = retry.delay_s, retry.delay_days
        if retry.window is not None:
            cell["open_s"], cell["close_s"] = retry.window.open_s, retry.window.close_s
