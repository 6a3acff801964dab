"""A case given by hand: packs, a history of facts, and contacts to be judged, read from YAML.

    packs: [us.fed]
    country: US
    zone: America/New_York
    history:
      - {t: "2026-03-02T10:00", event: attempt, channel: call, outcome: conversation, debt: D1, person: P1}
    check:
      - {t: "2026-03-08T23:59", channel: call, debt: D1, person: P1}

Slips in names that rules match on (events, flags, packs) are warnings with the nearest name, since a history
may well hold what no loaded pack asks about; slips in keys, channels, outcomes, times and zones are errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sim.compliance.clock import DAY_S, to_utc
from sim.compliance.evaluate import UTC_ZONE
from sim.compliance.facts import Attempt, Fact, Parties
from sim.compliance.vocabulary import CHANNELS, DEBTOR, IN_FLIGHT, OUTCOMES, named
from sim.errors import InputError, InputErrors, nearest
from sim.spec.rulepack_fields import DAY_SELECTORS
from sim.spec.yaml_source import Document, load_yaml

_PARTIES = ("person", "debt", "account", "phone", "household", "third_party")
_SHARED = (
    "actor",
    "place",
    "region",
    "product",
    "purpose",
    "days_past_due",
    "staff",
    "counterparty",
    "direction",
)
_REMARKS = ("name", "title", "note", "comment", "expect")
_TOP = (
    "packs",
    "country",
    "zone",
    "flags",
    "history",
    "check",
    "switch_on",
    "switch_off",
    *_SHARED,
    *_PARTIES,
    *_REMARKS,
)
_CHECK = ("t", "event", "channel", "flags", *_PARTIES, *_SHARED, *_REMARKS)
_DATES = ("promised_date", "named_time", "until", "date", "treatment_end", "due")
_FACT = (*_CHECK, "outcome", "window", "days", *_DATES)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as read. Times are UTC seconds; `texts` are the checks' times as they were written."""

    path: Path
    pack_names: tuple[str, ...]
    country: str | None
    zones: tuple[ZoneInfo, ...]
    flags: Mapping[str, bool]
    history: tuple[Fact, ...]
    checks: tuple[Attempt, ...]
    texts: tuple[str, ...]
    switch_on: tuple[str, ...]
    switch_off: tuple[str, ...]

    def zone(self) -> ZoneInfo:
        """Return the zone in which the case states its times; UTC where the debtor's is not known."""
        return self.zones[0] if self.zones else UTC_ZONE


def read_case(path: Path) -> Case:
    """Read a case file.

    Raises:
        InputErrors: all faults of the file, each with file:line, key, what is allowed and what to do.
    """
    return _Reader(load_yaml(path)).case()


class _Reader:
    """Reads one document and collects its faults."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.errors: list[InputError] = []
        self.zones: tuple[ZoneInfo, ...] = ()

    def case(self) -> Case:
        data = self.document.data
        if not isinstance(data, dict):
            raise InputError(
                self.document.where(), type(data).__name__, "a map with packs, zone, history and check"
            )
        self._keys(data, (), _TOP)
        for key in ("packs", "check"):
            if key not in data:
                self._fault((key,), "nothing", f"the key `{key}`", "Add it.")
        self.zones = self._zones(data.get("zone"))
        flags = self._flags(data, ())
        facts = tuple(self._fact(item, ("history", i)) for i, item in enumerate(self._maps(data, "history")))
        found = self._maps(data, "check")
        checks = tuple(self._check(item, ("check", i), data, flags) for i, item in enumerate(found))
        case = Case(
            self.document.path,
            self._names(data, "packs"),
            self._text(data, (), "country"),
            self.zones,
            flags,
            facts,
            checks,
            tuple(_written(item.get("t")) for item in found),
            self._names(data, "switch_on"),
            self._names(data, "switch_off"),
        )
        if self.errors:
            raise InputErrors(self.errors)
        return case

    def _fault(self, path: tuple[str | int, ...], got: object, expected: str, advice: str = "") -> None:
        self.errors.append(InputError(self.document.where(path), got, expected, advice))

    def _keys(self, item: Mapping[str, Any], path: tuple[str | int, ...], known: Sequence[str]) -> None:
        for key in item:
            if key not in known:
                self._fault(
                    (*path, key),
                    f"the unknown key `{key}`",
                    f"one of {', '.join(known)}",
                    nearest(str(key), known),
                )

    def _zones(self, given: object) -> tuple[ZoneInfo, ...]:
        """Return the zones; null is an unknown one, a list is several that are plausible at once."""
        if given is None:
            return ()
        found = []
        for name in given if isinstance(given, list) else [given]:
            if not isinstance(name, str) or name not in available_timezones():
                self._fault(
                    ("zone",),
                    name,
                    "an IANA zone such as Asia/Shanghai, or null where it is not known",
                    nearest(str(name), available_timezones()),
                )
                continue
            found.append(ZoneInfo(name))
        return tuple(found)

    def _maps(self, data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        given = data.get(key) or []
        items = given if isinstance(given, list) else [given]
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                self._fault((key, i), item, "a map such as {t: ..., channel: call}")
        return [item for item in items if isinstance(item, dict)]

    def _names(self, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        given = data.get(key) or []
        items = given if isinstance(given, list) else [given]
        if not all(isinstance(item, str) for item in items):
            self._fault((key,), given, "a list of names")
        return tuple(str(item) for item in items)

    def _text(self, item: Mapping[str, Any], path: tuple[str | int, ...], key: str) -> str | None:
        given = item.get(key)
        if given is None:
            return None
        if isinstance(given, (dict, list, bool)):
            self._fault((*path, key), given, "a name")
            return None
        return str(given)

    def _choice(
        self,
        item: Mapping[str, Any],
        path: tuple[str | int, ...],
        key: str,
        known: Sequence[str],
        default: str,
    ) -> str:
        given = item.get(key, default)
        if given not in known:
            self._fault((*path, key), given, f"one of {', '.join(known)}", nearest(str(given), known))
            return default
        return str(given)

    def _count(self, item: Mapping[str, Any], path: tuple[str | int, ...], key: str) -> int | None:
        given = item.get(key)
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            self._fault((*path, key), given, "a whole number from 0")
            return None
        return given

    def _flags(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, bool]:
        given = item.get("flags") or {}
        if isinstance(given, list) and all(isinstance(name, str) for name in given):
            return {named(name): True for name in given}
        if not isinstance(given, dict):
            self._fault((*path, "flags"), given, "a map of names to true or false")
            return {}
        for name, value in given.items():
            if not isinstance(value, bool):
                self._fault((*path, "flags", name), value, "true or false")
        return {named(str(name)): value is True for name, value in given.items()}

    def _time(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> int:
        local = self._moment(item.get("t"), (*path, "t"))
        return 0 if local is None else to_utc(local, self.zones[0] if self.zones else UTC_ZONE)

    def _moment(self, given: object, path: tuple[str | int, ...]) -> datetime | None:
        if isinstance(given, datetime):
            return given
        if isinstance(given, date):
            return datetime.combine(given, time())
        try:
            return datetime.fromisoformat(str(given).strip())
        except ValueError:
            self._fault(path, given, "a local time such as 2026-03-02T10:00")
            return None

    def _parties(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> Parties:
        return Parties(**{key: self._text(item, path, key) for key in _PARTIES})

    def _inbound(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
        return self._choice(item, path, "direction", ("outbound", "inbound"), "outbound") == "inbound"

    def _fact(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> Fact:
        self._keys(item, path, _FACT)
        event = self._text(item, path, "event")
        if event is None and "channel" not in item:
            self._fault((*path, "event"), "nothing", "`attempt`, or the name of an event", "Add `event:`.")
        event = named(event or "attempt")
        channel = None
        if event == "attempt" or "channel" in item:
            channel = self._choice(item, path, "channel", CHANNELS, CHANNELS[0])
            if "channel" not in item:
                self._fault((*path, "channel"), "nothing", f"one of {', '.join(CHANNELS)}", "Add `channel:`.")
        dates = {
            key: moment
            for key in _DATES
            if key in item and (moment := self._moment(item[key], (*path, key))) is not None
        }
        for key in ("date", "due"):  # plain words for the date that a promise or request carries
            if key in dates:
                dates.setdefault("promised_date", dates[key])
                dates.setdefault("named_time", dates[key])
        return Fact(
            self._time(item, path),
            event,
            self._parties(item, path),
            channel,
            self._choice(item, path, "outcome", OUTCOMES, IN_FLIGHT),
            self._inbound(item, path),
            self._text(item, path, "actor"),
            self._text(item, path, "counterparty") or DEBTOR,
            self._text(item, path, "place") or "home",
            self._text(item, path, "purpose"),
            self._count(item, path, "days_past_due"),
            self._flags(item, path),
            dates,
            self._hours(item, path),
            self._choice(item, path, "days", DAY_SELECTORS[:-1], "all"),
        )

    def _hours(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> tuple[int, int] | None:
        """Return the blocked hours of a `debtor_blocked` event."""
        given = item.get("window")
        if given is None:
            return None
        try:
            opens, closes = (
                _seconds(str(text)) for text in (given.split("-") if isinstance(given, str) else given)
            )
            if not 0 <= opens < closes <= DAY_S:
                raise ValueError(given)
        except (TypeError, ValueError):
            self._fault((*path, "window"), given, 'hours such as ["12:00", "14:00"]')
            return None
        return opens, closes

    def _check(
        self,
        item: Mapping[str, Any],
        path: tuple[str | int, ...],
        top: Mapping[str, Any],
        flags: Mapping[str, bool],
    ) -> Attempt:
        self._keys(item, path, _CHECK)
        if "channel" not in item:
            self._fault((*path, "channel"), "nothing", f"one of {', '.join(CHANNELS)}", "Add `channel:`.")
        full = {**{key: top[key] for key in (*_SHARED, *_PARTIES) if key in top}, **item}
        given = full.get("region") or []
        regions = frozenset(
            str(name).upper().removeprefix("US-").removeprefix("BR-")
            for name in (given if isinstance(given, list) else [given])
        )
        return Attempt(
            self._time(item, path),
            self._choice(full, path, "channel", CHANNELS, CHANNELS[0]),
            self._parties(full, path),
            self._text(full, path, "actor"),
            self._text(full, path, "counterparty") or DEBTOR,
            self._text(full, path, "place") or "home",
            self._text(full, path, "purpose"),
            self._text(full, path, "product"),
            regions,
            self._count(full, path, "days_past_due"),
            self._count(full, path, "staff"),
            self._inbound(full, path),
            {**flags, **self._flags(item, path)},
        )


def _written(given: object) -> str:
    return given.isoformat() if isinstance(given, (date, datetime)) else str(given)


def _seconds(clock: str) -> int:
    hours, minutes = clock.strip().split(":")
    return int(hours) * 3600 + int(minutes) * 60
