"""The answer to a case: each check's verdict, and warnings about names that nothing loaded knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sim.compliance.case import Case
from sim.compliance.clock import to_local
from sim.compliance.evaluate import Situation, Verdict, check
from sim.compliance.library import assemble, read_pack, shipped, shipped_ids
from sim.compliance.pack import Pack, rule_names
from sim.compliance.vocabulary import ACTORS, COUNTERPARTIES
from sim.errors import nearest

SCHEMA = "duecourse/rules-check/1"
_ALWAYS_KNOWN = frozenset({"attempt", "opt_in", "reconsent", "debtor_blocked", "inbound"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Verdicts in the order of the case's checks."""

    case: Case
    verdicts: tuple[Verdict, ...]
    warnings: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return the JSON document `duecourse/rules-check/1`; times are local ISO times, null for never."""
        zone = self.case.zone()
        checks = []
        for text, verdict in zip(self.case.texts, self.verdicts, strict=True):
            checks.append(
                {
                    "t": text,
                    "allow": verdict.allow,
                    "reasons": [
                        {
                            "rule": reason.rule,
                            "kind": reason.kind,
                            "severity": reason.severity,
                            "detail": reason.detail,
                            "next_ok_at": local_text(reason.next_ok, zone),
                        }
                        for reason in verdict.reasons
                    ],
                    "next_ok_at": local_text(verdict.next_ok, zone),
                    "notices": [
                        {"rule": notice.rule, "do": notice.do, "deadline": local_text(notice.deadline, zone)}
                        for notice in verdict.notices
                    ],
                }
            )
        return {"schema": SCHEMA, "checks": checks, "warnings": list(self.warnings)}


def local_text(second: int | None, zone: ZoneInfo) -> str | None:
    """Return a second as local ISO time without offset, None for never."""
    return None if second is None else to_local(second, zone).replace(tzinfo=None).isoformat()


def answer(case: Case) -> Answer:
    """Judge every check of a case.

    A pack name that ends in .yaml is a pack of one's own, in a file beside the case.

    Raises:
        InputError: a pack file that cannot be read, or faults in it.
    """
    files = [name for name in case.pack_names if name.endswith(".yaml")]
    own = {name: read_pack(case.path.parent / name) for name in files}
    known = (*own, *shipped_ids())
    named_packs = [own.get(name) or shipped(name) for name in case.pack_names if name in known]
    packs = assemble(named_packs, case.switch_on, case.switch_off)
    situation = Situation(case.zones, case.country)
    verdicts = tuple(check(attempt, case.history, packs, situation) for attempt in case.checks)
    warnings = [
        *_unknown_packs(case, known),
        *_unknown_rules(case, packs),
        *_unknown_names(case, packs, known, own),
        *_unknown_parties(case),
        *_not_applied(verdicts),
    ]
    return Answer(case, verdicts, tuple(dict.fromkeys(warnings)))


def _unknown_packs(case: Case, known: Sequence[str]) -> Iterator[str]:
    for name in case.pack_names:
        if name not in known:
            yield f"no pack is called `{name}`; it was left out. {nearest(name, known)}".strip()


def _unknown_rules(case: Case, packs: Sequence[Pack]) -> Iterator[str]:
    ids = [rule.head.id for pack in packs for rule in pack.rules]
    for name in (*case.switch_on, *case.switch_off):
        if name not in ids:
            yield f"no loaded pack has a rule `{name}` to switch. {nearest(name, ids)}".strip()


def _unknown_names(
    case: Case, packs: Sequence[Pack], known_packs: Sequence[str], own: dict[str, Pack]
) -> Iterator[str]:
    """Yield a warning for each event and flag that no loaded pack knows, or only rules that are off."""
    loaded = frozenset(name for pack in packs for name in pack.names) | _ALWAYS_KNOWN
    active = frozenset(name for pack in packs for name in pack.names_of_active()) | _ALWAYS_KNOWN
    events = [(fact.event, "event") for fact in case.history]
    flags = [(name, "flag") for attempt in case.checks for name in attempt.flags]
    flags += [(name, "flag") for name in case.flags]
    flags += [(name, "flag") for fact in case.history for name in fact.flags]
    for name, what in (*events, *flags):
        base = name.removesuffix("_withdrawn").removesuffix("_ended")
        if name in active or base in active:
            continue
        if name in loaded or base in loaded:
            rules = [rule.head for pack in packs for rule in pack.rules if {name, base} & rule_names(rule)]
            off = ", ".join(f"{head.id} ({head.off_because})" for head in rules)
            yield f"the {what} `{name}` is known only to rules that are off: {off}; `switch_on` turns them on"
            continue
        others = [pack_id for pack_id in known_packs if name in (own.get(pack_id) or shipped(pack_id)).names]
        hint = (
            f"It is known to {', '.join(others)}."
            if others
            else nearest(name, sorted(loaded))
            or nearest(name, sorted({n for p in known_packs for n in (own.get(p) or shipped(p)).names}))
        )
        yield f"the {what} `{name}` is known to no loaded pack. {hint}".strip()


def _unknown_parties(case: Case) -> Iterator[str]:
    known = (*ACTORS, "financing_company", "lending_company", "service_provider")
    actors = (*(item.actor for item in case.checks), *(item.actor for item in case.history))
    for actor in actors:
        if actor is not None and actor not in known:
            yield f"the actor `{actor}` is not one of {', '.join(ACTORS)}. {nearest(actor, known)}".strip()
    for who in (*(item.counterparty for item in case.checks), *(item.counterparty for item in case.history)):
        if who not in COUNTERPARTIES:
            hint = nearest(who, COUNTERPARTIES)
            yield f"the counterparty `{who}` is not known and is taken for a third party. {hint}".strip()


def _not_applied(verdicts: Iterable[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        for pack_id, why in verdict.not_applied:
            yield f"the pack {pack_id} does not apply: {why}"
