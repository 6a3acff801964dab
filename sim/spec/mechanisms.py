"""Mechanisms that a scenario switches on. Off is exact: nothing is drawn, nothing is looked at, no trajectory changes.

A section that is off keeps its values, ranges and sources in `scenarios/base.yaml`, so that a scenario needs no more than
`on: true`. What each does stands in `sim/MODEL.md`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.spec.values import Days, Factor, LogOdds, Price, Probability, Rate, Spec, Spread


class Switch(Spec):
    """A mechanism."""

    on: bool = False


class Backfire(Switch):
    """Contact beyond what a person bears works against itself."""

    strength: Factor
    """Taken off a contact's effect for each tolerance of pressure beyond the first; the effect may turn negative."""
    missed_weight: Factor
    """Pressure of an attempt that reached nobody, in units of the channel's contacts: a telephone that rings presses too."""


class Staff(Switch):
    """Agents and field teams learn, leave, stay away, and differ in conduct. Their skill's spread is `agent_skill_log_sd`."""

    promise_log_odds: LogOdds
    """Log-odds of keeping a promise for one unit of the logarithm of the skill of who took it."""
    conduct_log_sd: Spread
    """Between agents, of the factor on complaints and on disputes that a conversation provokes; mean 1."""
    provoked_dispute: Probability
    """Per conversation with an agent of average conduct and a person without pressure."""
    beginner_skill: Factor
    """Share of their own skill that beginners have."""
    beginner_conduct: Factor
    """Times their own conduct that beginners draw complaints."""
    learning_half_life_days: Days
    """Worked days after which half of what separates a beginner from their own level is gone."""
    experience_days: Days
    """Mean of the worked days of those who are there at the start, exponential between agents."""
    leaves_per_day: Probability
    """Chance, on each worked day, to be replaced by a beginner."""
    absent: Probability
    """Chance to stay away on a day; the day is paid."""


class Liquidity(Switch):
    """Shocks to what people can pay, which pass: who forgot comes to have had a shock, and the other way round."""

    hit_per_day: Rate
    recovers_per_day: Rate


class CarryOver(Switch):
    """What contact in an early phase leaves for good, apart from the decaying effect of each contact."""

    early_days: Days
    """Contacts within so many days of the person's first entry leave a mark."""
    log_per_contact: Spread
    """Each mark multiplies the effect of every contact by e ** -this."""
    on_time_log_odds: LogOdds
    """Each mark takes this off the log-odds of paying a later instalment on time."""
    weights: dict[str, Factor]
    """Marks of one contact, by channel; a channel that is not named leaves none."""


class Instalments(Switch):
    """Debts go on: later instalments fall due, and those who are back to current may miss them."""

    every_days: int = Field(ge=7, le=366)
    most_left: int = Field(ge=0, le=120)
    """Later instalments of an account are a whole number from 0 to this, all alike; accounts without an instalment have none."""
    interest_share: Probability
    """Share of an instalment that is interest."""
    on_time_log_odds: LogOdds
    """Of paying a later instalment on time, for somebody who is back to current, before reason, trust and marks."""
    late_fee: Price
    """Added with each instalment that is not paid on time."""


class ChargeOff(Switch):
    """An age at which a debt is written off and, perhaps, handed to an agency. It stays owed."""

    day: int = Field(ge=1, le=3_660)
    """Days past due. Accounts that are older when they enter are not touched."""
    agency: bool = True
    every_days: int = Field(default=30, ge=1, le=366)
    """Between chances of a payment to the agency."""
    commission: Probability
    """The agency's share of what it collects."""
    pays_per_month: Probability
    """Chance, each time, that the agency is paid something."""
    pays_share: Probability
    """Share of what is owed that such a payment brings."""


class DirectDebit(Switch):
    """Accounts that are debited on paydays and due dates without any contact."""

    share: Probability
    """Share of persons who have agreed to it."""
    succeeds: Probability
    """Chance that a debit succeeds, times the reason's chance to pay in full."""
    at_hour: int = Field(default=6, ge=0, le=23)


class ArrangementTerms(Spec):
    """Who takes up an arrangement that is offered."""

    accepted: Probability
    """By somebody whom it fits."""
    fit: dict[Literal["forgot", "shock", "hardship", "unwilling", "dispute"], Factor]
    """Times `accepted`, by the reason; one that is not named does not take it up."""


class Arrangements(Spec):
    """Instalment plans, extensions and pauses, where a strategy offers them."""

    plan: ArrangementTerms
    extension: ArrangementTerms
    pause: ArrangementTerms
    by_message: Factor
    """Times `accepted` where the offer was read and not talked about."""
    plan_kept_log_odds: LogOdds
    """Added to the log-odds of paying an instalment of a plan as a promise is kept."""
    plan_first_days: int = Field(default=7, ge=1, le=60)
    """Days until a plan's first instalment; the others follow by 30 days."""
    plan_misses: int = Field(default=2, ge=1, le=12)
    """Missed instalments that end a plan."""
    extension_log_odds: LogOdds
    """Of paying while an extension runs, times how far relief fits the reason."""
    pause_log_odds: LogOdds
    """Of paying while a pause runs, times how far relief fits the reason."""
