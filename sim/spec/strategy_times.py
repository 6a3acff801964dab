"""How planners write times: windows, delays, attempts. Each function reads one text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sim.errors import nearest
from sim.spec.plain_errors import BadValue

DAY_S = 86_400
AT_SPAN_S = 3_600
"""`at: "10:00"` starts a send at ten; the gateway may work on it for this long."""
DEFAULT_WINDOWS: Mapping[str, str] = {
    "day": "09:00-20:00", "morning": "09:00-12:00", "afternoon": "13:00-18:00", "evening": "18:00-20:30",
}
MAX_ATTEMPTS = 100

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DELAY = re.compile(r"\+\s*(\d+)\s*(d|h|min)(?:\s+(\S.*))?")
_DAYS = re.compile(r"([+-]?\d+)\s*d")
_ATTEMPTS = re.compile(r"(\d+)\s*(?:/|per\s+)\s*day(?:\s+up\s+to\s+(\d+))?")
_DELAY_FORMS = 'a delay such as "+20min", "+2h", "+1d" or "+1d evening", or none'
_CLOCK_FORMS = 'a time of day such as "18:30", from 00:00 to 24:00'


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a step is tried: a day, and in total (per firing)."""

    per_day: int = 1
    total: int = 1


@dataclass(frozen=True, slots=True)
class Delay:
    """When to try again: `seconds` later on the same day, or `days` later.

    `window` as written, empty for the step's own.
    """

    seconds: int = 0
    days: int = 0
    window: str = ""


def clock_s(text: object) -> int:
    """Return seconds after midnight of "18:30"; "24:00" is the end of the day.

    Raises:
        BadValue: not a time of day.
    """
    match = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise BadValue(text, _CLOCK_FORMS, "Put times in quotes.")
    hours, minutes = int(match[1]), int(match[2])
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise BadValue(text, _CLOCK_FORMS)
    return hours * 3600 + minutes * 60


def window_s(text: object, windows: Mapping[str, str]) -> tuple[int, int]:
    """Return (open, close) seconds after midnight of a named window or of "18:00-20:30".

    Raises:
        BadValue: an unknown name (with the nearest), or a window that never opens.
    """
    if not isinstance(text, str):
        raise BadValue(text, 'a window such as "18:00-20:30" or its name')
    stated = windows.get(text.strip(), text.strip())
    first, dash, last = stated.partition("-")
    if not dash:
        advice = nearest(text, windows) or f"Named here: {', '.join(sorted(windows))}."
        raise BadValue(text, 'a window such as "18:00-20:30" or its name', advice)
    opens, closes = clock_s(first), clock_s(last)
    if opens >= closes:
        advice = "A window over midnight is two." if opens > closes else "Let it close after it opens."
        raise BadValue(text, "a window that opens before it closes, on one day", advice)
    return opens, closes


def at_window_s(text: object) -> tuple[int, int]:
    """Return (open, close) seconds after midnight of a send that starts `at:` a time.

    Raises:
        BadValue: not a time of day, or midnight at the end of the day, when nothing can start.
    """
    opens = clock_s(text)
    if opens >= DAY_S:
        raise BadValue(text, "a time before 24:00")
    return opens, min(opens + AT_SPAN_S, DAY_S)


def attempts_of(value: object) -> Attempts:
    """Return the attempts of 2 (two in all, on one day), "2/day" (one day) or "2/day up to 4".

    Raises:
        BadValue: another form, none, or fewer in total than a day.
    """
    forms = f'a whole number from 1 to {MAX_ATTEMPTS}, "2/day" or "2/day up to 4"'
    match = _ATTEMPTS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None:
        per_day = int(match[1])
        found = Attempts(per_day, int(match[2]) if match[2] else per_day)
    elif isinstance(value, int) and not isinstance(value, bool):
        found = Attempts(value, value)
    else:
        raise BadValue(value, forms)
    if not 1 <= found.per_day <= found.total <= MAX_ATTEMPTS:
        advice = "The total may not be below the number a day." if found.per_day > found.total else ""
        raise BadValue(value, forms, advice)
    return found


def delay_of(value: object, windows: Mapping[str, str]) -> Delay | None:
    """Return the delay of "+20min", "+2h", "+1d" or "+1d evening"; None for "none".

    Raises:
        BadValue: another form, no delay at all, a delay in hours that leaves the day, an unknown window.
    """
    if value is None or value == "none":
        return None
    match = _DELAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise BadValue(value, _DELAY_FORMS, "Put it in quotes.")
    number, unit, window = int(match[1]), match[2], match[3] or ""
    if window:
        window_s(window, windows)
    if number == 0:
        raise BadValue(value, _DELAY_FORMS, "Wait at least a minute.")
    if unit == "d":
        if number > 365:
            raise BadValue(value, "a delay of at most 365 days")
        return Delay(days=number, window=window)
    seconds = number * (3600 if unit == "h" else 60)
    if seconds >= DAY_S:
        raise BadValue(value, "a delay in hours or minutes within the day", 'Write days, such as "+1d".')
    if window:
        raise BadValue(value, _DELAY_FORMS, "A window goes with days only.")
    return Delay(seconds=seconds)


def days_of(value: object) -> int:
    """Return the days of "-1d", "+1d", "1d" or a whole number.

    Raises:
        BadValue: another form.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DAYS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise BadValue(value, 'days such as "1d", "+1d" or "-1d"',
                       "A strategy plans by whole days." if isinstance(value, str) else "")
    return int(match[1])
