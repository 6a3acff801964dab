"""Who is under which strategy when: unit x period -> arm.

Every world runs under an assignment; a plain run's is constant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError


@dataclass(frozen=True, slots=True)
class Assignment:
    """A table of arms: `arm_of[group_of_account, period]`, periods of `period_days` days from the calendar's start.

    Args:
        group: int32 (accounts,), which randomisation unit an account belongs to.
        arm_of: int16 (groups, periods), the arm of a unit in a period; the last period goes on for ever.
        period_days: length of a period in days, at least 1.
    """

    group: NDArray[np.int32]
    arm_of: NDArray[np.int16]
    period_days: int = 1

    def __post_init__(self) -> None:
        if self.period_days < 1:
            raise InputError("assignment.period_days", self.period_days, "a whole number of at least 1 day")
        if self.arm_of.ndim != 2 or self.arm_of.shape[1] < 1:
            raise InputError("assignment.arm_of", f"shape {self.arm_of.shape}",
                             "a table of groups by at least 1 period")
        if len(self.group) and (self.group.min() < 0 or self.group.max() >= len(self.arm_of)):
            raise InputError("assignment.group", f"{self.group.min()} to {self.group.max()}",
                             f"group numbers from 0 to {len(self.arm_of) - 1}")

    @staticmethod
    def constant(accounts: int) -> Assignment:
        """Return the assignment of a plain run: every account under arm 0 for ever."""
        return Assignment(np.zeros(accounts, np.int32), np.zeros((1, 1), np.int16), 1)

    @staticmethod
    def by_account(arms: NDArray[np.int16]) -> Assignment:
        """Return an assignment that gives each account its own arm for ever. `arms`: int16 (accounts,)."""
        kinds = int(arms.max(initial=0)) + 1
        return Assignment(arms.astype(np.int32), np.arange(kinds, dtype=np.int16)[:, None], 1)

    @staticmethod
    def switchback(accounts: int, arms: NDArray[np.int16], period_days: int) -> Assignment:
        """Return an assignment of all accounts together to one arm after the other. `arms`: int16 (periods,)."""
        return Assignment(np.zeros(accounts, np.int32), arms[None, :].astype(np.int16), period_days)

    def period_on(self, day: int) -> int:
        """Return the period that a day belongs to; arms are the same on all of its days."""
        return min(day // self.period_days, int(self.arm_of.shape[1]) - 1)

    def arms_on(self, day: int) -> NDArray[np.int16]:
        """Return each account's arm on a day, int16 (accounts,)."""
        return np.asarray(self.arm_of[self.group, self.period_on(day)])
