"""The shipped rule packs, and how a list of pack names becomes the packs that a check uses."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

import scenarios
from sim.compliance.lowering import lower
from sim.compliance.pack import Pack, switched
from sim.errors import InputError, nearest
from sim.spec.rulepack import PackSpec
from sim.spec.yaml_source import parse_yaml, validate

FOLDER = "rulepacks"


def shipped_ids() -> tuple[str, ...]:
    """Return the ids of the shipped packs, sorted. A pack's file is named after its id."""
    return tuple(
        name.removeprefix(f"{FOLDER}/").removesuffix(scenarios.SUFFIX) for name in scenarios.names(FOLDER)
    )


@lru_cache(maxsize=64)
def shipped(pack_id: str) -> Pack:
    """Return one shipped pack.

    Raises:
        InputError: there is no such pack; the nearest id is named.
    """
    known = shipped_ids()
    if pack_id not in known:
        raise InputError(
            "rule pack",
            f"`{pack_id}`",
            "the id of a shipped pack or the path of a pack file",
            nearest(pack_id, known) or f"Known packs: {', '.join(known)}.",
        )
    name = f"{FOLDER}/{pack_id}{scenarios.SUFFIX}"
    return _lowered(scenarios.read(name), Path("scenarios") / name)


def read_pack(path: Path) -> Pack:
    """Return a pack from a file of one's own.

    Raises:
        InputError: unreadable file, or faults in it, each with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), str(error), "a readable rule pack in UTF-8", "Check the path.") from None
    return _lowered(text, path)


def _lowered(text: str, path: Path) -> Pack:
    document = parse_yaml(text, path)
    pack = validate(document, PackSpec)
    return lower(pack, hashlib.sha256(text.encode()).hexdigest())


def assemble(packs: Iterable[Pack], on: Collection[str] = (), off: Collection[str] = ()) -> tuple[Pack, ...]:
    """Return the packs in force together: rules switched as asked, packs that switch others on resolved.

    A pack whose `switches_on` names a pack that is not listed brings that pack in. Order is kept, doubles go.

    Args:
        packs: as listed by a scenario or case.
        on: rule ids to switch on although they load switched off.
        off: rule ids to switch off.
    """
    found: dict[str, Pack] = {}
    wanted = set(on)
    for pack in packs:
        found.setdefault(pack.id, pack)
        for other, rules in pack.switches_on.items():
            wanted.update(rules)
            found.setdefault(other, shipped(other))
    return tuple(switched(pack, wanted, off) for pack in found.values())
