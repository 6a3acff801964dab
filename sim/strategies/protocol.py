"""What a strategy is: one method, `plan(view) -> Plan`, called at each planning tick.

A strategy sees observable columns only (`View`) and answers with actions (`Plan`). How an action is carried out within
the day (retries, windows, attempts) stands in its `Step`, which the desk runs without asking again.
The YAML language (`sim.strategies.yaml_strategy`) is one implementation; any class with these members is another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sim.codes import Arrangement
from sim.portfolio.table import Attribute, Category

Column = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_] | Category

DAY_S = 86_400
DEFAULT_PRIORITY = 500


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the local day in seconds after local midnight, half-open: [open_s, close_s)."""

    open_s: int
    close_s: int


@dataclass(frozen=True, slots=True)
class Retry:
    """What to do after an unsuccessful attempt. Either `delay_s` (same day) or `delay_days` is positive.

    `window` None keeps the step's own window.
    """

    delay_s: int = 0
    delay_days: int = 0
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Relief offered with a step, valid for `valid_days` from the day the step is planned. Shares from 0 to 1."""

    waive_fees: float = 0.0
    waive_interest: float = 0.0
    valid_days: int = 7
    waive_principal: float = 0.0
    """A settlement: the debt is settled for less."""
    plan: int = 0
    """Or so many equal instalments by 30 days."""
    extend_days: int = 0
    """Or so many days more."""
    pause_days: int = 0
    """Or a hardship pause of so many days, without contact."""

    @property
    def arrangement(self) -> Arrangement:
        """Return what is offered instead of a waiver."""
        sizes = {Arrangement.PLAN: self.plan, Arrangement.EXTENSION: self.extend_days, Arrangement.PAUSE: self.pause_days}
        return next((kind for kind, size in sizes.items() if size > 0), Arrangement.NONE)

    @property
    def size(self) -> int:
        """Return the number of instalments or days of the arrangement."""
        return max(self.plan, self.extend_days, self.pause_days)


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of action, as the desk needs it. A strategy's steps are numbered by their place in `steps`."""

    label: str
    """Unique in the strategy and stable, such as "m1/2 call negotiate"."""
    segment: str
    channel: str
    """A channel name; empty for an administrative action (offer, status)."""
    content: str = ""
    skill: str = ""
    """Skill group of the desk; empty for the desk's first group."""
    window: Window = Window(9 * 3600, 20 * 3600)
    attempts_per_day: int = 1
    attempts_total: int = 1
    open_days: int = 1
    """The step stays due for this many days after the day it is anchored on, until done."""
    retry: Mapping[str, Retry] = field(default_factory=dict)
    """By outcome name (`sim.codes.RETRYABLE`)."""
    priority: int = DEFAULT_PRIORITY
    """0 (first) to 999 (last), one scale for all arms."""
    offer: Offer | None = None
    set_hardship_plan: bool = False
    """Put the person on a hardship plan: contact pauses, payments are reduced."""
    stop_channels: tuple[str, ...] = ()
    """Channels never used again for this person."""
    exclude: tuple[str, ...] = ()
    """States that are looked at again when the step is carried out, not only when it is planned: any of
    `dispute hardship_plan complaint wrong_number promise_live`. A reminder of a promise leaves out `promise_live`."""
    blocked: Literal["defer", "drop"] = "defer"
    """Where a contact rule refuses: try again when it may be allowed, in today's window or on a later day; or let the day go."""
    repeats: bool = False
    """The step may fire again on later days (an `every:` step, a reaction): attempts are counted per firing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions of one tick, arrays of shape (actions,).

    `row` indexes the view's rows, `step` the strategy's steps. The desk may start an action in [open_s, close_s), clock
    seconds (use `View.at`). At most one action per (row, step).
    """

    row: NDArray[np.int32]
    step: NDArray[np.int16]
    open_s: NDArray[np.int64]
    close_s: NDArray[np.int64]
    priority: NDArray[np.int16]
    again: NDArray[np.bool_] | None = None
    """Whether the step is due again another day if today's window closes first; None: none is. Only the log tells them apart."""

    @staticmethod
    def empty() -> Plan:
        """Return a plan that does nothing."""
        return Plan(np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.int64), np.empty(0, np.int64),
                    np.empty(0, np.int16), np.empty(0, np.bool_))


class View(Protocol):
    """Observable facts at a tick about the open accounts of one arm; every column has shape (rows,).

    Numeric columns (money in major units, as planners write it):
    `dpd balance principal interest fees instalment score payday days_to_payday entry_day` (1 on the day of entry)
    `attempts contacts days_since_contact days_since_payment paid promises promises_kept promises_broken`
    `days_to_promise` (negative after it was due, nan when none is live), and for each channel `attempts_<channel>`,
    `contacts_<channel>`.
    Flags: `number_valid dispute hardship_plan complaint wrong_number promise_live opt_out opt_out_<channel>`.
    Text: `product region bucket reason` (reason: "unknown" until revealed), and the portfolio's attributes.
    """

    day: int
    """Days since the calendar's start."""
    t_s: int
    """Clock second of the tick."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        ...

    def column(self, name: str) -> Column | Attribute:
        """Return a column by its planner's name.

        Raises:
            InputError: no such column (with the nearest name).
        """
        ...

    def kinds(self) -> Mapping[str, str]:
        """Return name -> "number" | "text" | "flag" for every column this view offers."""
        ...

    def event_day(self, event: str) -> NDArray[np.int32]:
        """Return the last day of an event of `sim.codes.EVENT_NAMES`, since the calendar's start, -1 never."""
        ...

    def step_attempts(self, step: int) -> NDArray[np.int16]:
        """Return attempts made so far for a step (in its present firing where it repeats)."""
        ...

    def step_done(self, step: int) -> NDArray[np.bool_]:
        """Return whether a step has reached its person or used its attempts (false again for steps that repeat)."""
        ...

    def step_first_day(self, step: int) -> NDArray[np.int32]:
        """Return the day on which a step was first planned in its present firing, -1 if never."""
        ...

    def step_hold_day(self, step: int) -> NDArray[np.int32]:
        """Return the first day on which a retry by days may be planned, -1 when none is waiting."""
        ...

    def step_deferred(self, step: int) -> NDArray[np.bool_]:
        """Return whether a contact rule put a step off: it is due from its hold day on, whatever its days."""
        ...

    def step_window(self, step: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the (open, close) seconds of the local day at which the step's next attempt is to be made."""
        ...

    def at(self, second_of_day: int | NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the clock second at which each row's local day `day` reaches a second of the day."""
        ...


@runtime_checkable
class Strategy(Protocol):
    """Who is contacted, by which channel, when. Must be deterministic and look at nothing but the view."""

    @property
    def name(self) -> str:
        """The strategy's name."""
        ...

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps it can ever plan."""
        ...

    def plan(self, view: View) -> Plan:
        """Return the actions for the tick's day."""
        ...


@dataclass(frozen=True, slots=True)
class DoNothing:
    """The strategy that contacts nobody: what happens by itself."""

    name: str = "do_nothing"
    steps: tuple[Step, ...] = ()

    def plan(self, view: View) -> Plan:
        """Return the empty plan, whatever the view shows."""
        del view
        return Plan.empty()
