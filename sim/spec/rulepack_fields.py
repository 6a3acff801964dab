"""Kinds of values in a rule pack: channels, days, clocks, zones, severities, each with what it allows."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from sim.errors import nearest
from sim.spec.plain_errors import BadValue

Channel = Literal["call", "ai_call", "notify_call", "sms", "im", "email", "app", "letter", "visit"]
CHANNEL_NAMES: tuple[str, ...] = (
    "call",
    "ai_call",
    "notify_call",
    "sms",
    "im",
    "email",
    "app",
    "letter",
    "visit",
)
CHANNEL_GROUPS: dict[str, tuple[str, ...]] = {
    "voice": ("call", "ai_call", "notify_call"),
    "text": ("sms", "im", "email", "app"),
    "any": CHANNEL_NAMES,
}
DAY_SELECTORS = (
    "all",
    "mon-fri",
    "mon-sat",
    "mon-sun",
    "sat",
    "sat+sun",
    "sat+sun+hol",
    "sun+hol",
    "hol",
    "workday",
    "weekend+hol",
    "debtor_blocked",
)
Severity = Literal["hard", "presumption", "should", "draft"]
Confidence = Literal["read", "read2", "memory", "policy"]
Enforcement = Literal["gate", "state", "plan", "report"]
Basis = Literal["attempt", "unanswered", "connected", "delivered", "contact", "conversation"]
Period = Literal["day", "week", "month", "rolling", "lifetime"]
ScopeKey = Literal["person", "debt", "account", "phone", "household", "third_party"]
_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$|^24:00$")


def _listed(value: Any) -> Any:
    """A single name may stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _known_channels(names: tuple[str, ...]) -> tuple[str, ...]:
    known = (*CHANNEL_NAMES, *CHANNEL_GROUPS)
    for name in names:
        if name not in known:
            raise BadValue(name, f"one of {', '.join(known)}", nearest(name, known))
    return names


def _known_days(name: str) -> str:
    if name not in DAY_SELECTORS:
        raise BadValue(name, f"one of {', '.join(DAY_SELECTORS)}", nearest(name, DAY_SELECTORS))
    return name


def _known_zone(name: str) -> str:
    if name != "debtor_local":
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise BadValue(name, "`debtor_local` or an IANA zone such as Asia/Shanghai") from None
    return name


def _clock_pair(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) not in (0, 2) or not all(_CLOCK.match(text) for text in value):
        raise BadValue(list(value), '["HH:MM", "HH:MM"], or [] for never')
    if value and value[0] >= value[1]:
        raise BadValue(
            list(value), "an opening before the closing, on one day", "A window over midnight is two windows."
        )
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Channels = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_known_channels)]
Scope = Annotated[tuple[ScopeKey, ...], BeforeValidator(_listed)]
Days = Annotated[str, AfterValidator(_known_days)]
Zone = Annotated[str, AfterValidator(_known_zone)]
ClockPair = Annotated[tuple[str, ...], AfterValidator(_clock_pair)]
