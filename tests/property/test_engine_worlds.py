"""What holds between worlds: shared luck until the first differing action, money kept, order without effect."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.assignment import Assignment
from sim.codes import AccountStatus, Outcome, Row
from sim.engine.campaign import Campaign
from sim.eventlog import digest_of
from sim.outcomes import outcomes
from sim.portfolio.importing import import_portfolio
from sim.rules.logging import mix, row_hash
from sim.run import check_conservation
from sim.spec.strategy_contact import Vocabulary
from sim.spec.strategy_source import strategy_from
from sim.spec.yaml_source import parse_yaml
from sim.state import N_LOG
from sim.strategies.protocol import DoNothing, Offer, Plan, Retry, Step, Window
from sim.strategies.yaml_strategy import YamlStrategy
from sim.world import Setting, luck_of
from tests.worlds import ALIKE, HOUR, QUIET, Timed, first_difference, log_of, make_portfolio, make_scenario, play

DAYS = 14
UNLIMITED = {
    "resources.gateway.per_second": "unlimited",
    "resources.desk.groups.general.agents": "unlimited",
    "resources.desk.groups.senior.agents": "unlimited",
    "resources.bot_lines.lines": "unlimited",
    "resources.field.teams": "unlimited",
}
NOBODY = {
    "resources.desk.groups.general.agents": 0,
    "resources.desk.groups.senior.agents": 0,
    "resources.bot_lines.lines": 0,
    "resources.field.teams": 0,
}
STEPS = (
    Step("text", "all", "sms", "helpful", window=Window(10 * HOUR, 12 * HOUR), repeats=True),
    Step("call", "all", "call", "negotiate", window=Window(9 * HOUR, 18 * HOUR), attempts_per_day=2, attempts_total=2,
         retry={"no_answer": Retry(delay_s=HOUR), "busy": Retry(delay_s=900)}, repeats=True, priority=300),
    Step("bot", "all", "bot_call", "m1", window=Window(9 * HOUR, 20 * HOUR), repeats=True),
    Step("visit", "all", "visit", "talk", window=Window(10 * HOUR, 18 * HOUR), repeats=True),
    Step("waive", "all", "", offer=Offer(1.0, 0.5, 4)),
)
LADDER = Timed("ladder", STEPS, every=(4, 2, 3, 7, 6), share=(1.0, 0.8, 0.8, 0.5, 0.4))
CAUSED = (Row.PLANNED, Row.MERGED, Row.STARVED, Row.CARRIED_OVER, Row.STATUS, Row.ATTEMPT)


@dataclass(frozen=True)
class Stopping:
    """A strategy that does as another, but leaves each account alone from a day of its own on (or never does)."""

    inner: Timed
    from_day: int
    share: float
    name: str = "stopping"

    @property
    def steps(self):
        """The other's steps."""
        return self.inner.steps

    def own_day(self, view):
        """Return each row's day, drawn by principal; beyond the horizon for those who are never left alone."""
        cents = np.round(view.column("principal") * 100).astype(np.int64)
        return np.where(cents % 1000 < 1000 * self.share, self.from_day + cents % 5, DAYS + 1)

    def plan(self, view):
        """Return the other's actions for accounts whose day has not come."""
        plan = self.inner.plan(view)
        kept = view.day < self.own_day(view)[plan.row]
        return Plan(plan.row[kept], plan.step[kept], plan.open_s[kept], plan.close_s[kept], plan.priority[kept])


def setting_of(changes=None, accounts=250, persons=200, seed=3):
    return Setting(make_scenario(DAYS, changes), make_portfolio(accounts, seed=seed, persons=persons, last_entry_day=5))


@pytest.fixture(scope="module")
def scarce():
    return setting_of()


@pytest.fixture(scope="module")
def ladder(scarce):
    return play(scarce, [LADDER])


def test_two_worlds_are_the_same_until_the_first_differing_action(scarce, ladder):
    other = play(scarce, [Stopping(LADDER, from_day=6, share=1.0)])
    a, b = log_of(ladder), log_of(other)
    both = min(len(a), len(b))
    n = int(np.flatnonzero(a[:both] != b[:both])[0])
    assert Row(int(a[n]["row"])) in CAUSED, first_difference(a, b)
    assert Row(int(b[n]["row"])) in CAUSED or b[n]["t_s"] > a[n]["t_s"]
    assert scarce.timetable.ticks[6] <= a[n]["t_s"] < scarce.timetable.ticks[8]
    assert n > 500


def test_with_unlimited_capacity_each_borrower_is_the_same_until_their_own():
    setting = setting_of(UNLIMITED)
    a = log_of(play(setting, [LADDER]))
    b = log_of(play(setting, [Stopping(LADDER, from_day=4, share=0.5)]))
    untouched = parted = 0
    for person in range(setting.persons):
        one, other = a[a["person"] == person], b[b["person"] == person]
        both = min(len(one), len(other))
        differing = np.flatnonzero(one[:both] != other[:both])
        if not len(differing) and len(one) == len(other):
            untouched += 1
            continue
        n = int(differing[0]) if len(differing) else both
        # The world with the action comes first; in the other the next row of that person is a later one, or none.
        assert n < len(one), person
        assert Row(int(one[n]["row"])) in CAUSED
        assert one[n]["t_s"] >= setting.timetable.ticks[4]
        parted += 1
    assert untouched > 40
    assert parted > 40


def test_without_capacity_people_pay_as_if_nobody_had_planned_to_call_them():
    setting = setting_of(NOBODY)
    voice = Timed("voice", STEPS[1:4], every=(1, 2, 3))
    planned, alone = play(setting, [voice]), play(setting, [DoNothing()])
    rows = log_of(planned)
    vain = np.isin(rows["row"], (Row.PLANNED, Row.MERGED, Row.STARVED))
    assert first_difference(rows[~vain], log_of(alone)) == ""
    assert (rows["row"] == Row.STARVED).sum() > 1000
    assert len(log_of(planned, Row.PAYMENT)) > 30
    for name in ("principal", "interest", "fees", "paid", "forgiven"):
        assert np.array_equal(planned.account[name], alone.account[name])


def test_every_planned_action_is_tried_or_given_up_for_a_reason(ladder):
    # A planned action is attempted, starves, or loses its reason (paid up, excluded, opted out) before its turn.
    rows = log_of(ladder)
    planned = (rows["row"] == Row.PLANNED).sum()
    starved = (rows["row"] == Row.STARVED).sum()
    first_tries = len({(r["person"], r["channel"], r["t_s"] // 86_400) for r in rows[rows["row"] == Row.ATTEMPT]})
    assert 0 < starved < planned
    assert starved + first_tries <= planned
    assert starved + first_tries > 0.6 * planned


def test_what_is_not_reached_is_carried_over_until_its_last_day():
    # Nobody works the desk. A step of four open days is carried over three times, then it has starved.
    setting = Setting(make_scenario(DAYS, ALIKE | QUIET | NOBODY), make_portfolio(30, persons=30))
    text = "strategy: four\nexclude: []\nsegments: [{name: otherwise, sequence: [{day: 1, call: negotiate, days_open: 4}]}]\n"
    vocabulary = Vocabulary(channels=setting.scenario.contents())
    strategy = YamlStrategy(strategy_from(parse_yaml(text, Path("four.yaml")), vocabulary), vocabulary)
    rows = log_of(play(setting, [strategy]))
    for account in range(30):
        own = rows["row"][rows["account"] == account]
        assert [Row(kind) for kind in own[own != Row.ENTRY].tolist()] == [Row.PLANNED, Row.CARRIED_OVER] * 3 + [
            Row.PLANNED, Row.STARVED]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_one_account_gets_all_its_texts_of_a_day_and_others_of_the_person_go_along(engine):
    # Twelve persons with three accounts each, two texts a day: 24 are sent, both for one account, 48 go along.
    texts = tuple(Step(f"text {n}", "all", "sms", "helpful", window=Window(hour * HOUR, 20 * HOUR), repeats=True)
                  for n, hour in enumerate((9, 17)))
    setting = Setting(make_scenario(1, ALIKE | QUIET | UNLIMITED), make_portfolio(36, persons=12))
    world = play(setting, [Timed("two", texts, every=(1, 1))], engine)
    sent, along = log_of(world, Row.ATTEMPT), log_of(world, Row.MERGED)
    assert (len(sent), len(along)) == (24, 48)
    for person in range(12):
        own = sent[sent["person"] == person]
        assert len(set(own["account"].tolist())) == 1
        assert sorted(own["step"].tolist()) == [0, 1]


def test_do_nothing_uses_no_capacity(scarce):
    world = play(scarce, [DoNothing()])
    kinds = {Row(int(kind)) for kind in np.unique(log_of(world)["row"])}
    assert kinds == {Row.ENTRY, Row.PAYMENT, Row.CURED}
    assert world.tally.sum() == 0
    assert (world.agent["task"] == 0).all()
    assert (world.agent["visits"] == 0).all()
    costs = outcomes(scarce, log_of(world)).cost_minor
    assert sum(costs.values()) == 0


def test_callers_are_served_in_the_order_in_which_they_ring():
    changes = {"resources.desk.groups.general.agents": 2, "resources.desk.patience_median_s": 7200.0,
               "resources.gateway.per_second": "unlimited", "channels.sms.call_back.chance": 0.9,
               "channels.sms.call_back.delay_mean_s": 2400.0, "channels.sms.message.read_delay_median_s": 300.0}
    text = Timed("text", STEPS[:1], every=(2,))
    rows = log_of(play(setting_of(changes), [text]))
    rang = {(r["person"], r["ordinal"]): r["t_s"] for r in rows[rows["row"] == Row.CALL_BACK]}
    answered = rows[(rows["row"] == Row.INBOUND) & (rows["outcome"] == Outcome.CONVERSATION)]
    calls = sorted((rang[r["person"], r["ordinal"]], r["t_s"]) for r in answered)
    served = [start for arrival, start in calls if start > arrival]
    assert len(served) > 50
    assert served == sorted(served)


@pytest.mark.parametrize("changes", [{}, UNLIMITED, NOBODY], ids=["scarce", "unlimited", "nobody"])
@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_money_is_conserved_on_every_account(changes, engine):
    setting = setting_of(changes, accounts=120, persons=80, seed=8)
    world = play(setting, [LADDER], engine)
    account = world.account
    left = account["principal"] + account["interest"] + account["fees"]
    assert np.array_equal(account["entry_minor"], account["paid"] + account["forgiven"] + left)
    assert (left >= 0).all()
    assert ((left == 0) == (account["status"] == AccountStatus.CURED)).all()
    sums = {}
    for kind in (Row.ENTRY, Row.PAYMENT, Row.FORGIVEN):
        rows = log_of(world, kind)
        sums[kind] = np.zeros(len(account), np.int64)
        np.add.at(sums[kind], rows["account"], rows["amount_minor"])
    assert np.array_equal(sums[Row.ENTRY], account["entry_minor"])
    assert np.array_equal(sums[Row.PAYMENT], account["paid"])
    assert np.array_equal(sums[Row.FORGIVEN], account["forgiven"])
    assert np.array_equal(np.bincount(account["person"], account["paid"]).astype(np.int64), world.person["paid_minor"])
    check_conservation(world, outcomes(setting, log_of(world)))


def test_the_digest_is_that_of_the_rows_in_any_order(ladder):
    count = int(ladder.counters[N_LOG])
    rng = np.random.default_rng(4)
    ladder.log[:count] = ladder.log[rng.permutation(count)]
    one = other = 0
    for k in range(count):
        h = int(row_hash(ladder, k, np.uint64(0x243F6A8885A308D3)))
        one = (one + h) % 2**64
        other = (other + int(mix(np.uint64(0x13198A2E03707344), np.uint64(h)))) % 2**64
    assert digest_of(ladder) == f"{one:016x}{other:016x}"


@pytest.mark.parametrize("column", ["t_s", "amount_minor", "person", "account", "ordinal", "lead_s", "talk_s", "wrap_s",
                                    "step", "agent", "value", "row", "channel", "pool", "outcome"])
def test_every_column_of_a_row_counts_in_its_hash(ladder, column):
    k = int(np.flatnonzero(ladder.log["row"][:ladder.counters[N_LOG]] == Row.ATTEMPT)[0])
    start = np.uint64(1)
    before = int(row_hash(ladder, k, start))
    ladder.log[column][k] += 1
    after = int(row_hash(ladder, k, start))
    ladder.log[column][k] -= 1
    assert before != after


def test_the_log_is_sorted_and_within_the_horizon(scarce, ladder):
    rows = log_of(ladder)
    places = list(zip(rows["t_s"].tolist(), rows["row"].tolist(), rows["pool"].tolist(), rows["person"].tolist(),
                      strict=True))
    assert places == sorted(places)
    assert rows["t_s"].min() >= 0
    assert rows["t_s"].max() < scarce.timetable.end_s


def test_the_order_of_the_file_changes_nothing(tmp_path):
    rng = np.random.default_rng(5)
    lines = [{"account_id": f"L{n}", "person_id": f"B{n % 90}", "balance": f"{rng.integers(100, 9000)}.{n % 90 + 10}",
              "dpd": int(rng.integers(1, 90)), "region": "nsew"[n % 4]} for n in range(120)]
    digests, assigned = [], []
    for attempt, order in enumerate((np.arange(120), rng.permutation(120), np.arange(120)[::-1])):
        path = tmp_path / f"{attempt}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(lines[0]))
            writer.writeheader()
            writer.writerows(lines[n] for n in order)
        portfolio = import_portfolio(path, None, date(2025, 9, 1))
        setting = Setting(make_scenario(DAYS), portfolio)
        digests.append(digest_of(play(setting, [LADDER])))
        assigned.append(portfolio.account_id.tolist())
    assert len(set(digests)) == 1
    assert assigned[0] == assigned[1] == assigned[2]
    assert assigned[0] != [line["account_id"] for line in lines]


def test_a_replication_is_another_draw_and_repeats_itself(scarce):
    logs = [log_of(play(scarce, [LADDER], replication=n)) for n in (0, 1, 0)]
    assert first_difference(logs[0], logs[2]) == ""
    assert first_difference(logs[0], logs[1]) != ""


def test_two_arms_with_the_same_strategy_are_one_world(scarce):
    # Both arms hold the same strategy: a world split in two differs from the plain one in nothing but step and arm.
    plain = log_of(play(scarce, [LADDER])).copy()
    arms = (np.arange(scarce.portfolio.accounts) % 2).astype(np.int16)
    split = log_of(play(scarce, [LADDER, replace(LADDER, name="same")], assignment=Assignment.by_account(arms))).copy()
    for rows in (plain, split):
        rows["step"] = np.where(rows["step"] >= 0, rows["step"] % len(STEPS), rows["step"])
        # These rows carry the step's number as their ordinal.
        rows["ordinal"][np.isin(rows["row"], (Row.PLANNED, Row.MERGED, Row.STARVED, Row.STATUS))] %= len(STEPS)
    assert set(split["arm"][split["row"] == Row.PLANNED]) == {0, 1}
    split["arm"] = plain["arm"] = 0
    assert first_difference(plain, split) == ""


def test_a_campaign_can_be_stopped_after_a_tick(scarce):
    world = scarce.world([LADDER], luck_of(scarce.scenario.seeds, 0))
    campaign = Campaign(world, scarce.timetable, scarce.observed, [LADDER],
                        Assignment.constant(scarce.portfolio.accounts))
    stopped = log_of(campaign.run(until_day=5))
    whole = log_of(play(scarce, [LADDER]))
    until = scarce.timetable.ticks[5]
    assert first_difference(stopped[stopped["t_s"] < until], whole[whole["t_s"] < until]) == ""
    assert stopped["t_s"].max() == until
    assert campaign.planned is not None
