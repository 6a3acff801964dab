"""What goes wrong in real tests, put in on purpose, and the diagnostics that should notice.

Each diagnostic sees only what a team sees after a test: the assignment list, the data, the contact log. The simulator knows
whether the fault is there; the share of worlds in which a diagnostic speaks is its detection rate, and without a fault its false
alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, chdtrc

from experiments.deal import Dealt
from experiments.estimators.data import Contrast, codes
from experiments.estimators.moments import moments_of, welch_of
from experiments.estimators.results import two_sided_p
from experiments.sequential.sample_ratio import SRM_ALERT, sample_ratio_test
from experiments.truth import DAY_S, RIGHT_PARTY, entries
from sim import Assignment, Records, Row, Setting
from sim.randomness import mix_seed
from sim.spec.experiment import Fault

DIAGNOSTICS = ("sample_ratio", "loss", "balance", "crossing", "duplicates", "drift")
BALANCE_P = 0.01
"""Level of the balance check over all covariates together."""
PROMISE_S = 3_600
"""A promise within an hour of a contact is that contact's."""
LEAST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What an analyst has: the data, a row each; `account` is the portfolio row behind it, which no diagnostic compares."""

    data: Contrast
    account: NDArray[np.int64]
    dealt: Dealt
    setting: Setting


def seen_of(data: Contrast, dealt: Dealt, setting: Setting) -> Seen:
    """Return the data of a clean test."""
    every = np.arange(setting.portfolio.accounts)
    return Seen(data, every if dealt.part is None else every[dealt.part], dealt, setting)


def _luck(fault: Fault, replication: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(int(mix_seed("fault", fault.kind, replication))))


def mishandled(dealt: Dealt, fault: Fault | None, replication: int) -> Assignment:
    """Return how accounts are really worked: with leakage, a share of control accounts under the treatment."""
    if fault is None or fault.kind != "leakage":
        return dealt.assignment
    leaks = (_luck(fault, replication).random(len(dealt.arm)) < fault.share) & (dealt.arm == 0)
    if dealt.part is not None:
        leaks &= dealt.part
    return Assignment.by_account(np.where(leaks, 1, dealt.arm).astype(np.int16))


def data_of(seen: Seen, fault: Fault, rows: Records, replication: int) -> Seen:
    """Return the data as the fault leaves them."""
    rng, n = _luck(fault, replication), seen.data.n
    if fault.kind == "mismatch":
        return _take(seen, np.flatnonzero(~(seen.data.treated & (rng.random(n) < fault.share))))
    if fault.kind == "attrition":
        cured = np.zeros(seen.setting.portfolio.accounts, np.bool_)
        cured[rows["account"][rows["row"] == Row.CURED]] = True
        return _take(seen, np.flatnonzero(~(cured[seen.account] & (rng.random(n) < fault.share))))
    if fault.kind == "duplicates":
        again = np.flatnonzero(rng.random(n) < fault.share)
        out = _take(seen, np.concatenate([np.arange(n), again]))
        treated = out.data.treated.copy()
        treated[n:] = rng.random(len(again)) < seen.data.treated.mean()  # the second number is dealt by itself
        return replace(out, data=replace(out.data, treated=treated))
    return seen


def rows_of_contrast(data: Contrast, chosen: NDArray[np.int64]) -> Contrast:
    """Return some rows of a contrast, perhaps some twice."""

    def part(column: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        return None if column is None else column[chosen]

    return replace(data, outcome=data.outcome[chosen], treated=data.treated[chosen], covariates=data.covariates[chosen],
                   stratum=part(data.stratum), cluster=part(data.cluster))


def _take(seen: Seen, chosen: NDArray[np.int64]) -> Seen:
    return replace(seen, data=rows_of_contrast(seen.data, chosen), account=seen.account[chosen])


def alarms(seen: Seen, rows: Records, allocation: Sequence[float]) -> tuple[tuple[str, bool], ...]:
    """Return each diagnostic and whether it speaks."""
    return (("sample_ratio", sample_ratio(seen, allocation)), ("loss", loss(seen)), ("balance", balance(seen.data)),
            ("crossing", crossing(seen, rows)), ("duplicates", duplicates(seen)), ("drift", drift(seen, rows)))


def sample_ratio(seen: Seen, allocation: Sequence[float]) -> bool:
    """Whether the arms' units (accounts, or linked persons) do not fit the planned shares: chi-square below 0.001."""
    if seen.data.n == 0:
        return True
    treated = seen.data.treated
    if seen.data.cluster is not None:
        _, first = np.unique(np.column_stack([seen.data.cluster, treated]), axis=0, return_index=True)
        treated = treated[first]
    counts = [float((~treated).sum()), float(treated.sum())]
    return sample_ratio_test(counts, [share / sum(allocation) for share in allocation]).p_value < SRM_ALERT


def loss(seen: Seen) -> bool:
    """Whether the arms lost different shares of the accounts that were assigned: chi-square below 0.001."""
    arm = seen.dealt.arm if seen.dealt.part is None else seen.dealt.arm[seen.dealt.part]
    assigned = np.bincount(arm, minlength=2).astype(np.float64)
    there = np.unique(seen.account)
    kept = np.bincount(seen.dealt.arm[there], minlength=2).astype(np.float64)
    lost = assigned - kept
    return _chi_square(np.stack([kept, lost])) < SRM_ALERT


def _chi_square(table: NDArray[np.float64]) -> float:
    """Return the p-value of independence in a 2 x 2 table, 1 where a margin is empty."""
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(table.sum(), 1.0)
    return 1.0 if (expected <= 0).any() else float(chdtrc(1, float(((table - expected) ** 2 / expected).sum())))


def balance(data: Contrast) -> bool:
    """Whether a covariate from before the test differs between the arms: Welch below 0.01 over all covariates."""
    if min(data.n_treated, data.n_control) < 2:
        return False
    level = BALANCE_P / max(data.covariates.shape[1], 1)
    for values in data.covariates.T:
        got = welch_of(moments_of(values[data.treated]), moments_of(values[~data.treated]))
        if got.se > 0.0 and two_sided_p(got.estimate / got.se, got.df) < level:
            return True
    return False


def crossing(seen: Seen, rows: Records) -> bool:
    """Whether the log holds contacts of an account under another arm than its own."""
    attempts = rows[rows["row"] == Row.ATTEMPT]
    mine = np.isin(attempts["account"], seen.account)
    return bool((attempts["arm"][mine] != seen.dealt.arm[attempts["account"][mine]]).any())


def duplicates(seen: Seen) -> bool:
    """Whether accounts of the same balance agree in everything else more often than chance: binomial below 0.001.

    Under independence a pair of equal balance shares the other columns as often as any pair does.
    """
    portfolio = seen.setting.portfolio
    other = codes(np.unique(np.column_stack([
        portfolio.dpd, portfolio.entry_day, portfolio.product.codes, portfolio.region.codes, portfolio.payday,
        portfolio.interest_minor, portfolio.fees_minor])[seen.account], axis=0, return_inverse=True)[1].reshape(-1))
    money = codes(portfolio.balance_minor[seen.account])
    same_money, same_other = _pairs(money), _pairs(other)
    both = _pairs(codes(money * (int(other.max(initial=0)) + 1) + other))
    share = same_other / max(len(other) * (len(other) - 1) / 2, 1.0)
    return both >= LEAST_PAIRS and share < 1.0 and float(bdtrc(both - 1, int(same_money), share)) < SRM_ALERT


def _pairs(code: NDArray[np.int64]) -> float:
    size = np.bincount(code).astype(np.float64)
    return float((size * (size - 1) / 2).sum())


def drift(seen: Seen, rows: Records) -> bool:
    """Whether first contacts of accounts equally old lead to promises more or less often late in the campaign than early.

    Mantel-Haenszel over strata of age and months past due, below 0.001. Without new accounts over time age and date are one, and
    nothing can be said: no alarm.
    """
    setting = seen.setting
    met = rows[(rows["row"] == Row.ATTEMPT) & np.isin(rows["outcome"], RIGHT_PARTY)]
    met = met[np.lexsort((met["t_s"], met["account"]))]
    _, first = np.unique(met["account"], return_index=True)
    met = met[first]
    promised = np.full(setting.portfolio.accounts, np.iinfo(np.int64).max, np.int64)
    promises = rows[rows["row"] == Row.PROMISE]
    np.minimum.at(promised, promises["account"], promises["t_s"])
    account = met["account"]
    gap = promised[account] - met["t_s"]
    success = (gap >= 0) & (gap < PROMISE_S + met["talk_s"])
    late = met["t_s"] >= setting.timetable.end_s // 2
    age = np.minimum((met["t_s"] - entries(setting, rows)[account]) // (3 * DAY_S), 20)
    stratum = codes(age * 8 + np.minimum(setting.portfolio.dpd[account] // 31, 7))
    return _mantel_haenszel(success, late, stratum) < SRM_ALERT


def _mantel_haenszel(success: NDArray[np.bool_], late: NDArray[np.bool_], stratum: NDArray[np.int64]) -> float:
    """Return the p-value of no association within strata, 1 where no stratum can tell.

    Source: Mantel and Haenszel (1959), J. Natl. Cancer Inst. 22; without continuity correction.
    """
    groups = int(stratum.max(initial=-1)) + 1
    n, one, yes, both = (np.bincount(stratum, weights=weights, minlength=groups)
                         for weights in (np.ones(len(stratum)), late, success, success & late))
    tells = n > 1
    n, one, yes, both = n[tells], one[tells], yes[tells], both[tells]
    variance = float((one * (n - one) * yes * (n - yes) / (n**2 * (n - 1))).sum())
    if variance <= 0.0:
        return 1.0
    return float(chdtrc(1, float((both - one * yes / n).sum()) ** 2 / variance))
