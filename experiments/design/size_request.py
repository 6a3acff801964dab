"""What a person asks `ab size`: checked once, with every fault reported together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from experiments.design.checks import LARGEST_N, LARGEST_NUMBER, not_negative, positive, probability
from sim.errors import InputError, InputErrors, choose

METRICS = ("proportion", "mean", "ratio", "count", "time_to_event")
TESTS = ("superiority", "non_inferiority", "equivalence")
LAYOUTS = ("parallel", "switchback", "stepped_wedge")


@dataclass(frozen=True)
class SizeRequest:
    """One question about one design; two of effect, n and power give the third.

    Attributes:
        metric: one of METRICS.
        control: proportion, mean, ratio, rate per unit of exposure, or hazard per day in control.
        treatment: the same in treatment; None to find the detectable effect.
        power: goal; None to find the power.
        n: accounts in the control arm; None to find the size.
        alpha, sides: level over both sides, and 1 or 2.
        ratio: treatment accounts per control account.
        method: closed form; "" for the metric's first.
        test: one of TESTS.
        margin: non-inferiority or equivalence margin: a difference, or a ratio for counts and times.
        larger_is_better: direction that is good, for margins.
        sd, sd_treatment: outcome SDs of a mean.
        mean_denominator, sd_numerator, sd_denominator, correlation: of a ratio metric, per account.
        exposure, dispersion: of a count.
        accrual_days, followup_days, dropout_per_day: of a time to event.
        cuped_rho: correlation of a covariate with the outcome.
        cluster_size, icc, cluster_cv: of the units that are assigned, where they are not accounts.
        layout, periods, cac, carryover: how clusters meet the arms over time.
        small_sample: whether few clusters are charged by the t distribution.
        treatments: treatment arms that share the control arm.
        looks, rule, parameter: group-sequential plan; no looks for one look at the end.
        capacity, attempts_per_account: attempts that the test has in all, and that the full dose takes.
        prior_sd: SD of the prior of the effect around `treatment` (a log for ratios), for assurance.
        payer_share, log_sd: of an amount that is zero or lognormal; gives the SD of a mean.
        inflow_per_day, horizon_days: accounts that enter per day, and days from entry to outcome.
    """

    metric: str
    control: float
    treatment: float | None = None
    power: float | None = None
    n: float | None = None
    alpha: float = 0.05
    sides: int = 2
    ratio: float = 1.0
    method: str = ""
    test: str = "superiority"
    margin: float | None = None
    larger_is_better: bool = True
    sd: float | None = None
    sd_treatment: float | None = None
    mean_denominator: float | None = None
    sd_numerator: float | None = None
    sd_denominator: float | None = None
    correlation: float = 0.0
    exposure: float = 1.0
    dispersion: float = 0.0
    accrual_days: float = 0.0
    followup_days: float | None = None
    dropout_per_day: float = 0.0
    cuped_rho: float = 0.0
    cluster_size: float | None = None
    icc: float = 0.0
    cluster_cv: float = 0.0
    layout: str = "parallel"
    periods: int = 1
    cac: float = 1.0
    carryover: int = 0
    small_sample: bool = True
    treatments: int = 1
    looks: tuple[float, ...] = ()
    rule: str = "lan_demets_obf"
    parameter: float | None = None
    capacity: float | None = None
    attempts_per_account: float = 1.0
    inflow_per_day: float | None = None
    horizon_days: float = 0.0
    prior_sd: float | None = None
    payer_share: float | None = None
    log_sd: float = 1.0

    def __post_init__(self) -> None:
        """Raise InputErrors for values that no design has, all faults together."""
        faults: list[InputError] = []
        for check in (
            *self._word_checks(),
            *self._number_checks(),
            self._check_question,
            self._check_clusters,
        ):
            try:
                check()
            except InputError as fault:
                faults.append(fault)
        if faults:
            raise InputErrors(faults)

    @property
    def one_sided_alpha(self) -> float:
        """Level of one tail: what a margin is tested at."""
        return self.alpha / self.sides

    @property
    def covariate_factor(self) -> float:
        """Variance left after adjusting for the covariate."""
        return 1.0 - self.cuped_rho**2

    def _word_checks(self) -> list[Callable[[], object]]:
        words = (
            ("--metric", self.metric, METRICS),
            ("--test", self.test, TESTS),
            ("--design", self.layout, LAYOUTS),
        )
        return [partial(_one_of, option, value, known) for option, value, known in words]

    def _number_checks(self) -> list[Callable[[], object]]:
        checks: list[Callable[[], object]] = [
            partial(probability, self.alpha, "--alpha"),
            partial(_one_of, "--sides", self.sides, (1, 2)),
            partial(positive, self.ratio, "--ratio"),
        ]
        if self.power is not None:
            checks.append(partial(self._check_power, self.power))
        effect = (
            probability if self.metric == "proportion" else positive if self.metric != "mean" else _finite
        )
        for option, value, check in (
            ("--control", self.control, effect),
            ("--treatment", self.treatment, effect),
            ("--n", self.n, _accounts),
            ("--attempts-per-account", self.attempts_per_account, positive),
            ("--horizon-days", self.horizon_days, not_negative),
            ("--accrual-days", self.accrual_days, not_negative),
            ("--followup-days", self.followup_days, positive),
            ("--dropout-per-day", self.dropout_per_day, not_negative),
            ("--mean-denominator", self.mean_denominator, positive),
            ("--sd-numerator", self.sd_numerator, not_negative),
            ("--sd-denominator", self.sd_denominator, not_negative),
            ("--cuped-rho", self.cuped_rho, _correlation),
            ("--sd", self.sd, positive),
            ("--sd-treatment", self.sd_treatment, positive),
            ("--capacity", self.capacity, positive),
            ("--inflow", self.inflow_per_day, positive),
            ("--prior-sd", self.prior_sd, positive),
            ("--margin", self.margin, probability if self.metric == "proportion" else positive),
            ("--exposure", self.exposure, positive),
            ("--dispersion", self.dispersion, not_negative),
        ):
            if value is not None:
                checks.append(partial(check, value, option))
        return checks

    def _check_power(self, power: float) -> None:
        probability(power, "--power")
        if self.sides in (1, 2) and power <= self.alpha / self.sides < 1.0:
            raise InputError(
                "--power",
                power,
                f"a power above the level {self.alpha / self.sides:g}",
                "A coin has that power without any data.",
            )

    def _check_question(self) -> None:
        if self.test != "superiority" and self.margin is None and (self.n is None or self.power is None):
            raise InputError(
                "--margin",
                "nothing",
                f"a margin for a test of {self.test}",
                "State the largest loss that would still be accepted.",
            )
        effect = self.treatment if self.test == "superiority" else self.margin
        given = [value is not None for value in (effect, self.n, self.power)]
        if sum(given) < 2:
            raise InputError(
                "--treatment, --n, --power",
                f"{sum(given)} of the three",
                "two of the three",
                "Give the effect and --power for the size, or --n and one of them for the other.",
            )
        if self.test == "superiority" and self.treatment is not None and self.treatment == self.control:
            raise InputError(
                "--treatment",
                self.treatment,
                "another value than --control",
                "No number of accounts finds a zero effect; for a margin add --margin.",
            )

    def _check_clusters(self) -> None:
        if self.cluster_size is not None:
            if self.cluster_size < 1.0:
                raise InputError("--cluster-size", self.cluster_size, "at least 1 account per cluster",
                                 "Leave it out where accounts are assigned.")
            if self.n is not None and self.n < 2.0 * self.cluster_size:
                raise InputError("--n", self.n, f"at least two clusters of {self.cluster_size:g} accounts in control",
                                 "One cluster an arm says nothing of how clusters differ: assign more and smaller ones.")
            probability(self.icc, "--icc", inner=False)
            not_negative(self.cluster_cv, "--cluster-cv")
        elif self.icc != 0.0 or self.cluster_cv != 0.0 or self.layout != "parallel":
            raise InputError(
                "--cluster-size",
                "nothing",
                "the mean accounts per cluster (and period)",
                "--icc, --cluster-cv and --design need --cluster-size.",
            )
        probability(self.cac, "--cac", inner=False)
        if self.treatments < 1:
            raise InputError("--treatments", self.treatments, "at least 1 treatment arm",
                             "Count the arms beside control.")
        if self.periods < 1 or (self.layout == "switchback" and self.periods % 2 == 1):
            raise InputError(
                "--periods",
                self.periods,
                "an even number of periods of at least 2 for a switchback",
                "Each cluster must be in each arm equally long.",
            )


def _one_of(option: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        names = [str(item) for item in known]
        raise InputError(option, str(value), "one of " + ", ".join(names), choose(str(value), names))


def _accounts(value: float, option: str) -> float:
    if not 2.0 <= value <= LARGEST_N:
        raise InputError(option, value, f"from 2 to {LARGEST_N:.0e} accounts", "It counts the accounts in the control arm.")
    return value


def _finite(value: float, option: str) -> float:
    if not abs(value) <= LARGEST_NUMBER:
        raise InputError(option, value, "a finite number", "Write it with digits and a decimal point.")
    return value


def _correlation(value: float, option: str) -> float:
    if not -1.0 < value < 1.0:
        raise InputError(option, value, "a correlation above -1 and below 1", "Of the covariate with the outcome.")
    return value
