"""What holds of the contact rules for every history: supersets, earliest seconds, caps never exceeded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.compliance.clock import local_date, seconds_of_day
from sim.compliance.evaluate import Situation, check
from sim.compliance.facts import Attempt, Fact, Parties
from sim.compliance.library import assemble, shipped
from sim.compliance.pack import Cap, Pack, Window, switched
from sim.compliance.vocabulary import BASES
from tests.unit.sim.compliance.histories import (
    HORIZON_S,
    START_S,
    VOICE_OUTCOMES,
    attempts,
    contacts,
    facts,
    pack_lists,
    parties,
    situations,
)

some = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@some
@given(attempts(), facts(), pack_lists(), situations(), st.randoms(use_true_random=False))
def test_with_a_rule_off_at_least_as_much_is_allowed(
    attempt: Attempt, history: tuple[Fact, ...], packs: tuple[Pack, ...], situation: Situation, luck: object
) -> None:
    """Switching a refusing rule off removes its reason and no other, and never turns yes into no."""
    before = check(attempt, history, packs, situation)
    for reason in before.reasons:
        lighter = tuple(switched(pack, off=(reason.rule,)) for pack in packs)
        after = check(attempt, history, lighter, situation)
        assert [r.rule for r in after.reasons] == [r.rule for r in before.reasons if r.rule != reason.rule]
    ids = [rule.head.id for pack in packs for rule in pack.active_rules()]
    if before.allow and ids:
        off = (luck.choice(ids),)  # type: ignore[attr-defined]
        assert check(attempt, history, tuple(switched(pack, off=off) for pack in packs), situation).allow


@some
@given(attempts(), facts(), pack_lists(), pack_lists(), situations())
def test_more_packs_never_allow_more(
    attempt: Attempt,
    history: tuple[Fact, ...],
    packs: tuple[Pack, ...],
    more: tuple[Pack, ...],
    situation: Situation,
) -> None:
    """The strictest wins: what one list refuses, a longer one refuses, with the same reasons and more."""
    few = check(attempt, history, packs, situation)
    many = check(attempt, history, assemble((*packs, *more)), situation)
    assert {r.rule for r in few.reasons} <= {r.rule for r in many.reasons}
    assert few.allow or not many.allow


@some
@given(attempts(), facts(), pack_lists(), situations(), st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_next_ok_is_the_earliest_second(
    attempt: Attempt,
    history: tuple[Fact, ...],
    packs: tuple[Pack, ...],
    situation: Situation,
    shares: list[float],
) -> None:
    """At `next_ok` the answer is yes, the second before and at sampled seconds no; never is never."""
    past = tuple(fact for fact in history if fact.t <= attempt.t)
    verdict = check(attempt, past, packs, situation)
    if verdict.allow:
        assert verdict.next_ok == attempt.t
        return
    end = verdict.next_ok if verdict.next_ok is not None else attempt.t + 90 * 86_400
    between = {attempt.t + int((end - attempt.t) * share) for share in shares} | {end - 1}
    for moment in sorted(between):
        if moment < end:
            assert not check(_later(attempt, moment, situation), past, packs, situation).allow
    if verdict.next_ok is not None:
        assert check(_later(attempt, verdict.next_ok, situation), past, packs, situation).allow


def _later(attempt: Attempt, moment: int, situation: Situation) -> Attempt:
    """The same contact at a later second; nobody paid, so days past due went on."""
    zone = situation.zones[0]
    days = (local_date(moment, zone) - local_date(attempt.t, zone)).days
    due = attempt.days_past_due
    return replace(attempt, t=moment, days_past_due=None if due is None else due + days)


@some
@given(attempts(), facts(), pack_lists(), situations(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_told_does_not_matter(
    attempt: Attempt, history: tuple[Fact, ...], packs: tuple[Pack, ...], situation: Situation, luck: object
) -> None:
    """Facts of different seconds may be listed in any order; facts after the attempt change nothing."""
    apart = tuple(replace(fact, t=fact.t - fact.t % 100 + i) for i, fact in enumerate(history))
    told = list(apart)
    luck.shuffle(told)  # type: ignore[attr-defined]
    verdict = check(attempt, apart, packs, situation)
    assert check(attempt, told, packs, situation) == verdict
    assert check(attempt, [fact for fact in apart if fact.t <= attempt.t], packs, situation) == verdict


@some
@given(attempts(), facts(), pack_lists(), situations())
def test_what_concerns_strangers_changes_nothing(
    attempt: Attempt, history: tuple[Fact, ...], packs: tuple[Pack, ...], situation: Situation
) -> None:
    """Facts about another person, debt, account, phone and household are as good as no facts."""
    stranger = Parties("X", "DX", "AX", "NX", "HX")
    strange = [replace(fact, parties=stranger) for fact in history]
    assert check(attempt, strange, packs, situation) == check(attempt, (), packs, situation)


@some
@given(
    st.sampled_from(("us.fed", "it.unirec", "ru.230fz", "au.rg96", "company.default")),
    st.lists(
        st.tuples(st.integers(0, 5 * 86_400), st.sampled_from(VOICE_OUTCOMES), st.booleans()), max_size=10
    ),
)
def test_what_is_in_flight_holds_its_place_in_every_cap(
    name: str, dials: list[tuple[int, str, bool]]
) -> None:
    """No outcome of dials in flight makes a cap refuse that did not refuse while they were in flight."""
    who, noon = Parties("P", "D", "A", "N", "H"), START_S + 5 * 86_400 + 43_200
    landed = [Fact(START_S + t, "attempt", who, "call", how, actor="agency") for t, how, _ in sorted(dials)]
    flying = [
        replace(fact, outcome="in_flight") if late else fact
        for fact, (_, _, late) in zip(landed, sorted(dials), strict=True)
    ]
    attempt, where = Attempt(noon, "call", who, "agency"), Situation((ZoneInfo("UTC"),))
    refused = [
        {r.rule for r in check(attempt, told, (shipped(name),), where).reasons if r.kind == "cap"}
        for told in (landed, flying)
    ]
    assert refused[0] <= refused[1]


CAPPED = (
    "us.fed",
    "us.overlays",
    "cn.base",
    "ru.230fz",
    "kr.pdpa",
    "au.rg96",
    "vn.consumer",
    "it.unirec",
    "ie.base",
    "company.default",
)


@some
@given(st.sampled_from(CAPPED), st.lists(contacts(), min_size=30, max_size=80), situations())
def test_a_gated_campaign_exceeds_no_cap_and_no_window(
    name: str, proposals: list[Fact], situation: Situation
) -> None:
    """Propose contacts, keep those allowed: counted again, plainly, no period holds more than its cap."""
    pack = shipped(name)
    made: list[Fact] = []
    for fact in sorted(proposals, key=lambda proposal: proposal.t):
        outcome = fact.outcome if fact.outcome != "in_flight" else "delivered"
        ours = replace(fact, inbound=False, outcome=outcome, actor="agency")
        attempt = Attempt(
            ours.t,
            ours.channel or "sms",
            ours.parties,
            "agency",
            place=ours.place,
            staff=2,
            regions=frozenset({"NYC", "MA"}),
            flags={
                "prior_express_consent": True,
                "written_revocable_consent": True,
                "give_notice": True,
                "start_notice": True,
                "all_other_contact_failed": True,
            },
        )
        if check(attempt, made, (pack,), situation).allow:
            made.append(ours)
    zone = ZoneInfo(pack.zone) if pack.zone else situation.zones[0]
    for rule in pack.active_rules():
        if isinstance(rule, Cap) and "third_party" not in rule.scope:
            _recount(rule, made, zone)
        if isinstance(rule, Window) and rule.days == "all" and rule.place is None:
            for fact in made:
                if fact.channel in rule.channels:
                    assert rule.open_s <= seconds_of_day(fact.t, zone) < rule.close_s


def _recount(cap: Cap, made: list[Fact], zone: ZoneInfo) -> None:
    """Count again without the evaluator: group by scope, then slide over days or cut into periods."""
    groups: dict[tuple[str | None, ...], list[Fact]] = {}
    for fact in made:
        at_home = fact.place != "work"
        if cap.place is not None and (cap.place == "home_or_cell") != at_home:
            continue
        if fact.channel in cap.channels and fact.outcome in BASES[cap.counts]:
            key = tuple(getattr(fact.parties, scope) for scope in cap.scope)
            groups.setdefault(key if cap.pool_channels else (*key, fact.channel), []).append(fact)
    for group in groups.values():
        days = [local_date(fact.t, zone) for fact in group]
        for day in days:
            if cap.per == "rolling":
                inside = [d for d in days if timedelta(0) <= d - day < timedelta(days=cap.n_days)]
            elif cap.per == "week":
                inside = [d for d in days if d.isocalendar()[:2] == day.isocalendar()[:2]]
            elif cap.per == "month":
                inside = [d for d in days if (d.year, d.month) == (day.year, day.month)]
            else:
                inside = [d for d in days if d == day]
            assert len(inside) <= cap.limit, cap.head.id


@given(parties(), st.integers(START_S, START_S + HORIZON_S))
@settings(max_examples=30, deadline=None)
def test_a_call_by_the_debtor_is_never_refused(who: Parties, second: int) -> None:
    """Whatever the packs, the debtor may call; an unknown zone refuses everything else."""
    packs = assemble((shipped("cn.base"), shipped("company.default")))
    incoming = Attempt(second, "call", who, inbound=True)
    assert check(incoming, (), packs, Situation(())).allow
    outgoing = check(replace(incoming, inbound=False), (), packs, Situation(()))
    assert not outgoing.allow
    assert outgoing.next_ok is None
    assert outgoing.reasons[0].rule == "tz_unknown"
