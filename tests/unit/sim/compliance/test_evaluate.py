"""Details that decide whether a contact rule is applied correctly, each as a tiny story."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sim.compliance.clock import to_local, to_utc
from sim.compliance.evaluate import Situation, Verdict, check
from sim.compliance.facts import Attempt, Fact, Parties, concerns
from sim.compliance.judge_time import Margins
from sim.compliance.library import assemble, shipped
from sim.compliance.pack import Cap, Pack
from sim.compliance.vocabulary import BASES, OUTCOMES, actor_bound

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
WHO = Parties("P1", "D1", "A1", "N1", "H1")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return to_utc(datetime.fromisoformat(text), zone)


def fact(text: str, event: str = "attempt", zone: ZoneInfo = SHANGHAI, **more: object) -> Fact:
    return replace(Fact(at(text, zone), event, WHO), **more)  # type: ignore[arg-type]


def judged(
    packs: str, attempt: Attempt, *history: Fact, zone: ZoneInfo = SHANGHAI, **more: object
) -> Verdict:
    situation = replace(Situation((zone,)), **more)  # type: ignore[arg-type]
    return check(attempt, history, assemble(shipped(name) for name in packs.split()), situation)


def refused(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]


def one_cap(basis: str) -> Pack:
    """A pack with one cap: a single counted contact a day, all channels."""
    pack = shipped("vn.consumer")
    cap = next(rule for rule in pack.rules if isinstance(rule, Cap))
    return replace(pack, zone=None, rules=(replace(cap, limit=1, counts=basis),))


COUNTED = {
    "attempt": set(OUTCOMES),
    "unanswered": {"busy", "no_answer", "invalid", "in_flight"},
    "connected": {"no_answer", "voicemail", "wrong_party", "refused", "conversation", "in_flight"},
    "delivered": {"delivered", "in_flight"},
    "contact": {"conversation", "refused", "delivered", "met", "in_flight"},
    "conversation": {"conversation", "in_flight"},
}


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_an_outcome_counts_as(basis: str, outcome: str) -> None:
    """The table of counting bases, typed in a second time; what is in flight holds a place on each."""
    past = fact("2026-03-02T09:00", channel="call", outcome=outcome)
    verdict = check(
        Attempt(at("2026-03-02T10:00"), "call", WHO), [past], [one_cap(basis)], Situation((SHANGHAI,))
    )
    assert verdict.allow is (outcome not in COUNTED[basis])


def test_a_call_by_the_debtor_is_no_attempt_of_ours() -> None:
    """Inbound talks count as conversations unless the rule leaves them out, never as attempts."""
    past = fact("2026-03-02T09:00", channel="call", outcome="conversation", inbound=True)
    attempt = Attempt(at("2026-03-02T10:00"), "call", WHO)
    answers = {
        basis: check(attempt, [past], [one_cap(basis)], Situation((SHANGHAI,))).allow
        for basis in ("attempt", "conversation")
    }
    assert answers == {"attempt": True, "conversation": False}


@pytest.mark.parametrize(
    ("severity", "allow"), [(frozenset({"hard"}), True), (frozenset({"hard", "presumption"}), False)]
)
def test_severities_block_as_the_run_says(severity: frozenset[str], allow: bool) -> None:
    """A presumption that does not block is still returned as a reason."""
    talk = fact("2026-03-02T10:00", zone=NEW_YORK, channel="call", outcome="conversation")
    verdict = judged(
        "us.fed",
        Attempt(at("2026-03-04T10:00", NEW_YORK), "call", WHO),
        talk,
        zone=NEW_YORK,
        blocking=severity,
    )
    assert (verdict.allow, refused(verdict)) == (allow, ["us.d1"])


def test_a_long_visit_keeps_a_margin_before_the_window_closes() -> None:
    """The margin is the run's; without it the start alone must be inside."""
    visit = Attempt(at("2026-03-03T18:30", NEW_YORK), "visit", WHO, staff=2, flags={"give_notice": True})
    assert judged("company.default", visit, zone=NEW_YORK).allow
    late = judged("company.default", visit, zone=NEW_YORK, margins=Margins(visit_s=3600))
    assert refused(late) == ["co.w3"]


def test_a_calendar_week_starts_when_the_run_says() -> None:
    """Two talks on Saturday and Sunday bar Monday only where the week starts on Saturday or Sunday."""
    moscow = ZoneInfo("Europe/Moscow")
    talks = [
        fact(f"2026-03-{d}T12:00", zone=moscow, channel="call", outcome="conversation") for d in (14, 15)
    ]
    monday = Attempt(at("2026-03-16T10:00", moscow), "call", WHO)
    assert judged("ru.230fz", monday, *talks, zone=moscow).allow
    assert refused(judged("ru.230fz", monday, *talks, zone=moscow, week_start=5)) == ["ru.c2"]


@pytest.mark.parametrize("day", ["2026-03-07", "2026-10-31"])
def test_windows_follow_the_wall_clock_when_clocks_change(day: str) -> None:
    """The evening before New York's clocks change, the next call is at 08:00 by the new time."""
    verdict = judged("us.fed", Attempt(at(f"{day}T22:00", NEW_YORK), "call", WHO), zone=NEW_YORK)
    assert verdict.next_ok is not None
    assert to_local(verdict.next_ok, NEW_YORK).strftime("%H:%M:%S") == "08:00:00"
    hours = (verdict.next_ok - at(f"{day}T22:00", NEW_YORK)) / 3600
    assert hours == (9 if day == "2026-03-07" else 11)


def test_the_first_contact_starts_a_duty_with_a_deadline() -> None:
    """A first communication starts the validation notice, unless it is sent or was started before."""
    first = Attempt(at("2026-03-02T10:00", NEW_YORK), "letter", WHO)
    notices = judged("us.fed", first, zone=NEW_YORK).notices
    assert [(n.rule, n.do, n.deadline) for n in notices] == [
        ("us.r1", "validation_notice", at("2026-03-07T10:00", NEW_YORK))
    ]
    sent = fact("2026-03-01T10:00", "validation_notice", NEW_YORK)
    met = fact("2026-03-01T10:00", zone=NEW_YORK, channel="letter", outcome="delivered")
    rung = fact("2026-03-01T10:00", zone=NEW_YORK, channel="call", outcome="no_answer")
    assert not judged("us.fed", first, sent, zone=NEW_YORK).notices
    assert not judged("us.fed", first, met, zone=NEW_YORK).notices
    assert judged("us.fed", first, rung, zone=NEW_YORK).notices


def test_an_event_starts_a_duty_that_stays_open_until_it_is_done() -> None:
    """A hardship signal is answered within five days, a request for adjustment within ten business days."""
    signal = fact("2026-03-02T10:00", "hardship_notice", NEW_YORK)
    later = Attempt(at("2026-03-03T10:00", NEW_YORK), "sms", WHO, purpose="relief_offer")
    found = judged("company.default", later, signal, zone=NEW_YORK).notices
    assert [(n.rule, n.deadline) for n in found] == [("co.h1", at("2026-03-07T10:00", NEW_YORK))]
    done = fact("2026-03-02T15:00", "hardship_review", NEW_YORK)
    assert not judged("company.default", later, signal, done, zone=NEW_YORK).notices
    seoul = ZoneInfo("Asia/Seoul")
    asked = fact("2026-03-03T10:00", "debt_adjustment_requested", seoul)
    call = Attempt(at("2026-03-04T10:00", seoul), "call", WHO, flags={"start_notice": True})
    found = judged("kr.pdpa", call, asked, zone=seoul).notices
    assert [(n.rule, n.deadline) for n in found] == [("kr.r2", at("2026-03-17T23:59:59", seoul))]


def test_an_opt_out_is_announced_before_it_binds() -> None:
    """Ten business days after Monday 2 March end with Monday 16 March; from Tuesday on texts are refused."""
    stop = fact("2026-03-02T10:00", "stop", NEW_YORK, channel="sms")
    text = Attempt(at("2026-03-16T20:00", NEW_YORK), "sms", WHO)
    verdict = judged("us.fed", text, stop, zone=NEW_YORK)
    assert verdict.allow
    assert [(n.rule, n.do) for n in verdict.notices if n.rule == "us.o2"] == [("us.o2", "honour_opt_out")]
    assert refused(judged("us.fed", replace(text, t=text.t + 13 * 3600), stop, zone=NEW_YORK)) == ["us.o2"]
    again = fact("2026-03-20T10:00", "opt_in", NEW_YORK)
    assert judged(
        "us.fed", replace(text, t=at("2026-03-21T10:00", NEW_YORK)), stop, again, zone=NEW_YORK
    ).allow


def test_a_withdrawn_consent_is_none() -> None:
    """New York City: a consent for texts ends with STOP on that channel and on no other."""
    given = fact("2026-10-01T10:00", "written_revocable_consent", NEW_YORK)
    stop = fact("2026-10-02T10:00", "stop", NEW_YORK, channel="sms")
    text = Attempt(at("2026-10-05T10:00", NEW_YORK), "sms", WHO, regions=frozenset({"NYC"}))
    assert judged("us.overlays", text, given, zone=NEW_YORK).allow
    assert refused(judged("us.overlays", text, given, stop, zone=NEW_YORK)) == ["us.nyc.n1"]
    assert judged("us.overlays", replace(text, channel="email"), given, stop, zone=NEW_YORK).allow


def test_third_parties_are_asked_only_what_is_allowed_and_not_after_a_refusal() -> None:
    """China: others are contacted only about somebody who cannot be reached, and only to pass a message."""
    asked = Attempt(
        at("2026-03-02T10:00"),
        "call",
        replace(WHO, phone="N9"),
        counterparty="family",
        purpose="pass_message",
        flags={"unreachable_debtor": True},
    )
    assert judged("cn.base", asked).allow
    assert refused(judged("cn.base", replace(asked, purpose="collect"))) == ["cn.k1", "cn.k2"]
    assert refused(judged("cn.base", replace(asked, flags={}))) == ["cn.k1", "cn.k2"]
    assert judged("cn.base", replace(asked, counterparty="guarantor", flags={})).allow
    no = fact(
        "2026-03-01T10:00",
        channel="call",
        outcome="refused",
        counterparty="family",
        parties=replace(WHO, phone="N9"),
    )
    assert refused(judged("cn.base", asked, no)) == ["cn.k1", "cn.k2"]


def test_a_talk_with_a_third_party_is_no_talk_with_the_debtor() -> None:
    """The week after a talk is for the person who talked."""
    talk = fact(
        "2026-03-02T10:00", zone=NEW_YORK, channel="call", outcome="conversation", counterparty="friend"
    )
    call = Attempt(at("2026-03-03T10:00", NEW_YORK), "call", WHO)
    assert judged("us.fed", call, talk, zone=NEW_YORK).allow


def test_hours_that_the_debtor_blocked_are_closed_up_to_the_weekly_budget() -> None:
    """Korea: 28 hours a week may be named; what goes beyond does not bind."""
    seoul = ZoneInfo("Asia/Seoul")
    lunch = fact("2026-03-01T10:00", "debtor_blocked", seoul, hours=(12 * 3600, 16 * 3600))
    evening = fact("2026-03-01T11:00", "debtor_blocked", seoul, hours=(18 * 3600, 19 * 3600))
    call = Attempt(at("2026-03-03T12:00", seoul), "call", WHO, flags={"start_notice": True})
    verdict = judged("kr.pdpa", call, lunch, evening, zone=seoul)
    assert (refused(verdict), verdict.next_ok) == (["kr.w2"], at("2026-03-03T16:00", seoul))
    assert judged("kr.pdpa", replace(call, t=at("2026-03-03T18:30", seoul)), lunch, evening, zone=seoul).allow


def test_a_pause_lasts_when_it_is_confirmed_in_time() -> None:
    """Massachusetts: ten days after an oral request, without end once confirmed in writing within seven."""
    asked = fact("2026-10-01T10:00", "oral_request_no_work_contact", NEW_YORK)
    call = Attempt(at("2026-10-20T10:00", NEW_YORK), "call", WHO, place="work", regions=frozenset({"MA"}))
    early = fact("2026-10-05T10:00", "confirmed_in_writing", NEW_YORK)
    late = fact("2026-10-09T10:00", "confirmed_in_writing", NEW_YORK)
    assert judged("us.overlays", call, asked, zone=NEW_YORK).allow
    assert judged("us.overlays", call, asked, late, zone=NEW_YORK).allow
    assert refused(judged("us.overlays", call, asked, early, zone=NEW_YORK)) == ["us.ma.p1"]
    assert judged("us.overlays", replace(call, place="home"), asked, early, zone=NEW_YORK).allow


def test_a_moratorium_ends_thirty_days_after_the_treatment() -> None:
    """Britain: the end is an event plus days."""
    london = ZoneInfo("Europe/London")
    began = fact("2026-01-05T10:00", "mental_health_crisis_moratorium", london)
    ended = fact("2026-02-02T10:00", "treatment_end", london)
    call = Attempt(at("2026-02-20T10:00", london), "call", WHO)
    assert judged("uk.conc", call, began, zone=london).next_ok is None
    assert judged("uk.conc", call, began, ended, zone=london).next_ok == at("2026-03-04T10:00", london)


@pytest.mark.parametrize(
    ("actor", "bound"),
    [
        ("bank", True),
        ("lender", True),
        ("agency", True),
        ("third_party_collector", True),
        ("debt_buyer", False),
    ],
)
def test_one_vocabulary_of_actors_is_mapped_to_each_packs_own(actor: str, bound: bool) -> None:
    """A Chinese pack that names banks and agencies binds lenders and collectors, not debt buyers."""
    assert actor_bound(actor, shipped("cn.base").actors) is bound
    verdict = judged("cn.base", Attempt(at("2026-03-02T23:00"), "call", WHO, actor=actor))
    assert verdict.allow is not bound
    assert bool(verdict.not_applied) is not bound


def test_what_is_not_known_does_not_open_the_gate() -> None:
    """A fact without the key of a scope concerns the attempt, unless everything that both know differs."""
    assert concerns(Parties("P1", "D1"), Parties("P1", "D1"), ("person", "debt"))
    assert not concerns(Parties("P1", "D2"), Parties("P1", "D1"), ("person", "debt"))
    assert concerns(Parties("P1"), Parties("P1", "D1"), ("person", "debt"))
    assert concerns(Parties(), Parties("P1", "D1"), ("person", "debt"))
    assert not concerns(Parties(account="A2"), Parties("P1", account="A1"), ("person",))
    assert not concerns(Parties("P1", account="A2"), Parties("P1", account="A1"), ("debt",))
