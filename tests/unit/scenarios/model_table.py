"""The table of values in `sim/MODEL.md`: symbol and rule are written by hand, the other columns follow scenarios/base.yaml.

    python -m tests.unit.scenarios.model_table      # writes the table anew, keeping symbols and rules

Values that differ by channel, reason, profile, stage or group only stand in one row, under `*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.spec.values import Value
from sim.spec.yaml_source import load_yaml

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "sim" / "MODEL.md"
BASE = ROOT / "scenarios" / "base.yaml"
SECTIONS = ("behaviour", "channels", "resources", "costs")
HEAD = ("| symbol | key | unit | default (range) | source | rule |", "|---|---|---|---|---|---|")
BRANCHES = (r"^(behaviour\.reasons)\.(\w+)(.*)$", r"^(behaviour\.people\.profiles)\.(\w+)(.*)$", r"^(channels)\.(\w+)(.*)$",
            r"^(costs\.channels)\.(\w+)(.*)$", r"^(resources\.desk\.groups)\.(\w+)(.*)$",
            r"^(resources\.desk\.courses)\.(\w+)(.*)$", r"^(behaviour\.carry_over\.weights)\.(\w+)(.*)$",
            r"^(behaviour\.arrangements\.\w+\.fit)\.(\w+)(.*)$")
"""Where a name is one of several alike."""
CONTENT = r"^(channels\.\*\.contents)\.(\w+)(.*)$"


def flat(part: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield every value with a range below a part of the defaults, with its key."""
    if isinstance(part, Mapping) and "value" in part:
        yield key, part
    elif isinstance(part, Mapping):
        for name, item in part.items():
            yield from flat(item, f"{key}.{name}")


def pattern_of(key: str) -> tuple[str, str]:
    """Return the key with `*` for what is one of several alike, and the names that stand there."""
    names = []
    for branch in (*BRANCHES, CONTENT, r"^(.*)\.(\d+)(.*)$"):
        found = re.match(branch, key)
        if found:
            names.append(found[2])
            key = f"{found[1]}.*{found[3]}"
    return key, " ".join(names)


def number(value: float) -> str:
    """Return a number as a reader writes it."""
    return f"{value:g}"


def rows() -> dict[str, list[str]]:
    """Return key -> [unit, default (range), source] as the defaults say."""
    data = load_yaml(BASE).data
    out: dict[str, list[str]] = {}
    for section in SECTIONS:
        for key, item in flat(data[section], section):
            value = Value.model_validate(dict(item))
            pattern, name = pattern_of(key)
            low = value.value if value.low is None else value.low
            high = value.value if value.high is None else value.high
            text = f"{name} {number(value.value)} ({number(low)} to {number(high)})".strip()
            source = "assumed" if value.assumed else value.source
            if pattern not in out:
                out[pattern] = [value.unit, text, source]
                continue
            row = out[pattern]
            row[1] += f"; {text}"
            if source not in row[2].split("; "):
                row[2] += f"; {source}"
    return out


def table() -> dict[str, list[str]]:
    """Return key -> [symbol, unit, default, source, rule] as sim/MODEL.md has it."""
    out = {}
    for line in MODEL.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 6 and cells[1].startswith("`") and cells[1].strip("`").split(".")[0] in SECTIONS:
            out[cells[1].strip("`")] = [cells[0], *cells[2:]]
    return out


def lines() -> list[str]:
    """Return the table with computed columns renewed; symbols and rules of new rows are empty."""
    old = table()
    out = list(HEAD)
    for key, (unit, default, source) in rows().items():
        symbol, *_, rule = old.get(key, ["", "", "", "", ""])
        out.append(f"| {symbol} | `{key}` | {unit} | {default} | {source} | {rule} |")
    return out


def write() -> None:
    """Write the table anew between its head and the next empty line."""
    text = MODEL.read_text(encoding="utf-8")
    begin = text.index(HEAD[0])
    end = text.find("\n\n", begin)
    rest = text[end:] if end >= 0 else "\n"
    MODEL.write_text(text[:begin] + "\n".join(lines()) + rest, encoding="utf-8")


if __name__ == "__main__":
    write()
