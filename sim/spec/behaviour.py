"""How people and channels behave, as data: what `sim/MODEL.md` explains. Every value has a range and a source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.codes import REASON_NAMES
from sim.spec.mechanisms import Arrangements, Backfire, CarryOver, ChargeOff, DirectDebit, Instalments, Liquidity, Staff
from sim.spec.plain_errors import BadValue
from sim.spec.values import Days, Factor, LogOdds, Number, Price, Probability, Rate, Seconds, Spec, Spread

Component = Literal["fees", "interest", "principal"]
ReasonName = Literal["forgot", "shock", "hardship", "unwilling", "dispute"]
Hours = Annotated[tuple[Annotated[float, Field(ge=0, le=1000)], ...], Field(min_length=24, max_length=24)]
"""24 numbers, one an hour from midnight."""
Dpd = Annotated[int, Field(ge=0, le=36_500)]

CountsAs = Literal["call", "ai_call", "notify_call", "sms", "im", "email", "app", "letter", "visit"]
"""Channel names that contact rules use: human voice, conversational bot, recorded message, SMS, WeChat or WhatsApp, e-mail,
app push, letter, visit."""


class Payment(Spec):
    """The payment intensity: what happens by itself and how contacts move it."""

    self_cure_per_day: dict[Dpd, Rate]
    """Base intensity from this many days past due on; the first key is at most 1."""
    effect_half_life_days: Days
    """Half-life of the jump that a contact causes."""
    excitation_log_odds: LogOdds
    """How much a payment raises the intensity of the next."""
    payday_factor: Factor
    payday_days: int = Field(ge=0, le=10)
    """The payday and this many days less one after it count."""
    hour_weights: Hours
    hour_weights_source: str = "assumed"
    partial_floor: Probability
    """The smallest share of what is due that a partial payment brings."""
    partial_power: Factor
    """Partial shares are floor + (1 - floor) u ** power: the larger, the more small payments."""
    minimum: Price

    @model_validator(mode="after")
    def _complete(self) -> Payment:
        if not self.self_cure_per_day or min(self.self_cure_per_day) > 1:
            raise BadValue(f"keys {sorted(self.self_cure_per_day)}", "a table of days past due that begins at 0 or 1",
                           "Add the key 1.", ("self_cure_per_day",))
        if min(self.hour_weights) <= 0:
            raise BadValue(min(self.hour_weights), "24 weights above 0", "Use a small weight for hours with few payments.",
                           ("hour_weights",))
        return self


class ReasonBehaviour(Spec):
    """Why somebody does not pay, and what follows from it."""

    share: dict[Dpd, Probability]
    """Share among persons who enter with at least this many days past due; shares are scaled to add up to 1."""
    hazard: Factor
    full: Probability
    """Chance that a payment made by oneself is in full."""
    persuaded: Factor
    promised: Factor
    kept_log_odds: LogOdds
    relief: Factor
    """How much an offer or a plan that fits moves them."""


class Profile(Spec):
    """When a kind of person is at the phone and at home: factors by hour on weekdays and on free days."""

    share: Probability
    at_phone: Hours
    at_phone_free: Hours
    at_home: Hours
    at_home_free: Hours
    source: str = "assumed"


class Stage(Spec):
    """How people are at an age of debt: factors on reach by voice and visit, and on promising and paying when asked."""

    reach: Factor
    ability: Factor


class People(Spec):
    """How people differ."""

    stages: dict[Dpd, Stage]
    """From this many days past due on; the first key is at most 1."""

    frailty_log_sd: Spread
    sensitivity_log_sd: Spread
    reach_log_sd: Spread
    home_log_sd: Spread
    tolerance_contacts: Factor
    """Median number of recent contacts at which irritation has doubled."""
    tolerance_log_sd: Spread
    score_log_hazard: Number
    """Change of the log base intensity for one standard deviation of the risk score: scores are informative, not perfect."""
    profiles: dict[str, Profile]

    @model_validator(mode="after")
    def _stages_begin(self) -> People:
        if not self.stages or min(self.stages) > 1:
            raise BadValue(f"keys {sorted(self.stages)}", "a table of days past due that begins at 0 or 1", "Add the key 0.",
                           ("stages",))
        return self


class Promise(Spec):
    """The life cycle of promises."""

    kept_log_odds: LogOdds
    """Log-odds of keeping a promise taken by a human from somebody who forgot, before reason and trust."""
    reminded_log_odds: LogOdds
    kept_partly: Probability
    """Of promises not kept in full, the share that is kept in part."""
    full_share: Probability
    """Share of promises for everything that is due."""
    days_max: int = Field(ge=1, le=60)
    grace_days: int = Field(ge=0, le=30)
    broken_trust: Probability
    """Factor on later promises and their keeping after each broken one."""


class Behaviour(Spec):
    """Everything about people that does not belong to a channel."""

    payment: Payment
    reasons: dict[ReasonName, ReasonBehaviour]
    people: People
    promise: Promise
    pressure_half_life_days: Days
    plan_log_odds: LogOdds
    waiver_log_odds: LogOdds
    agent_skill_log_sd: Spread
    backfire: Backfire | None = None
    staff: Staff | None = None
    liquidity: Liquidity | None = None
    carry_over: CarryOver | None = None
    instalments: Instalments | None = None
    charge_off: ChargeOff | None = None
    direct_debit: DirectDebit | None = None
    arrangements: Arrangements | None = None
    allocation: tuple[Component, Component, Component] = ("fees", "interest", "principal")
    """The order in which cash goes to the parts of an account's debt."""
    settlement_log_odds: LogOdds | None = None
    """As `waiver_log_odds`, for the share of principal that a settlement forgives; none: as that."""

    @model_validator(mode="after")
    def _reasons_complete(self) -> Behaviour:
        missing = [name for name in REASON_NAMES if name not in self.reasons]
        if missing:
            raise BadValue(f"no {', '.join(missing)}", f"all of {', '.join(REASON_NAMES)}",
                           "A reason that should not occur gets shares of 0.", ("reasons",))
        if len(set(self.allocation)) < len(self.allocation):
            raise BadValue(", ".join(self.allocation), "fees, interest and principal, each once", "", ("allocation",))
        for reason in self.reasons.values():
            if not reason.share or min(reason.share) > 1:
                raise BadValue("a table without 0 or 1", "shares that begin at 0 or 1 days past due", "", ("reasons",))
        return self


class Content(Spec):
    """One text, script or card. `log_odds`: effect on the log-odds of paying right after it was read or said."""

    log_odds: LogOdds
    reminds_promise: bool = False
    wording: str = ""
    """What is said, in a sentence, for the reader of reports."""


class Message(Spec):
    """What happens to a message."""

    delivered: Probability
    read: Probability
    read_delay_median_s: Seconds
    read_delay_log_sd: Spread


class Dial(Spec):
    """What happens when a number is dialled."""

    answer: Factor
    """Chance that the right person answers, for an average person at an average hour; times reach curves."""
    busy: Probability
    voicemail: Probability
    wrong_party: Probability
    ring_s: Seconds
    """Seconds after which an unanswered call is given up."""
    ring_answered: Literal["uniform", "full"] = "uniform"
    """How long it rings until somebody answers: any second up to `ring_s` alike, or all of it."""
    answer_fatigue_log: Spread
    """Each unanswered attempt multiplies the chance to be answered by e ** -this."""


class Doorstep(Spec):
    """What happens when somebody knocks."""

    met: Factor
    wrong_party: Probability


class Conversation(Spec):
    """What happens when the right person talks."""

    refused: Probability
    talk_median_s: Seconds
    talk_log_sd: Spread
    talk: Literal["lognormal", "exponential"] = "lognormal"
    """With `exponential`, `talk_median_s` is the mean (for checks against queueing formulas)."""
    wrap_s: Seconds
    disclosed: Probability
    promised: Probability
    kept_log_odds: LogOdds
    pays_now: Probability


class CallBack(Spec):
    """Whether people ring back, and where they arrive."""

    to: str
    chance: Probability
    """After a message was read."""
    after_missed: Probability
    """After a missed call or a card at the door."""
    delay_mean_s: Seconds


class HandOff(Spec):
    """Machine to human."""

    to: str
    chance: Probability


class Channel(Spec):
    """A way to reach people, as data. Exactly one of `message`, `dial`, `doorstep` fits its resource."""

    resource: str
    counts_as: CountsAs
    """Its name in contact rules."""
    contents: dict[str, Content] = Field(min_length=1)
    message: Message | None = None
    dial: Dial | None = None
    doorstep: Doorstep | None = None
    conversation: Conversation | None = None
    missed_log_odds: LogOdds
    """Effect of an attempt that reached nobody (a missed call, a card)."""
    habituation: Probability
    """Each recent contact multiplies the effect of the next by this."""
    pressure_weight: Factor
    opt_out: Probability
    """Per message read or conversation, before irritation."""
    complaint: Probability
    call_back: CallBack | None = None
    hand_off: HandOff | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Channel:
        ways = [name for name in ("message", "dial", "doorstep") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise BadValue(", ".join(ways) or "none of them", "exactly one of `message`, `dial`, `doorstep`")
        if ways != ["message"] and self.conversation is None:
            raise BadValue(f"`{ways[0]}` without `conversation`", "what happens when the right person talks",
                           "Add `conversation:`.")
        return self
