"""Which numbers of a scenario stand on no published source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from experiments.results import Assumption
from sim import Scenario, Value


def _values(part: object, key: str) -> Iterator[tuple[str, Value]]:
    """Yield every behaviour value below a part of a scenario, with its key; none of mechanisms that are off."""
    if getattr(part, "on", True) is False:
        return
    if isinstance(part, Value):
        yield key, part
    elif isinstance(part, Mapping):
        for name, item in part.items():
            yield from _values(item, f"{key}.{name}")
    else:
        for name in getattr(type(part), "model_fields", {}):
            yield from _values(getattr(part, name), f"{key}.{name}" if key else name)


def values_of(scenario: Scenario) -> dict[str, Value]:
    """Return every value of a scenario that carries a range and a source, by its key."""
    found: dict[str, Value] = {}
    for section in ("behaviour", "channels", "resources", "costs"):
        found |= dict(_values(getattr(scenario, section), section))
    return found


def assumptions_of(scenario: Scenario) -> tuple[Assumption, ...]:
    """Return the values whose source is `assumed`, in the order of the file."""
    return tuple(Assumption(key, value.value, value.low, value.high, value.unit)
                 for key, value in values_of(scenario).items() if value.assumed)
