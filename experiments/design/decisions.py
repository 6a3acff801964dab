"""What a design promises beyond power: allocation, guardrails, assurance, sign and magnitude errors,
precision.

Source: Neyman (1934), J. R. Stat. Soc. 97 (allocation); Schultzberg, Ankargren and Franberg (2024), arXiv
2402.11609 (ship rule with guardrails); O'Hagan, Stevens and Campbell (2005), Pharm. Stat. 4 (assurance);
Gelman and Carlin (2014), Perspect. Psychol. Sci. 9, exact form by Lu, Qiu and Deng (2019), Br. J. Math. Stat.
Psychol. 72; Clopper and Pearson (1934), Wilson (1927), Morris, White and Crowther (2019), Statistics in
Medicine 38 (precision).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betaincinv, betaln, ndtr, ndtri

from experiments.design.checks import critical_z, not_negative, positive, power_z, probability
from sim.errors import InputError


@dataclass(frozen=True)
class Allocation:
    """A split of accounts and what it gains.

    Attributes:
        treatment_per_control: accounts in each treatment arm per control account.
        variance_ratio: variance of a comparison with control, relative to equal arms of the same total or
            budget.
    """

    treatment_per_control: float
    variance_ratio: float


def neyman_allocation(sd_control: float, sd_treatment: float) -> Allocation:
    """Return the split that minimises the variance for a fixed total."""
    a, b = positive(sd_control, "sd_control"), positive(sd_treatment, "sd_treatment")
    return Allocation(b / a, (a + b) ** 2 / (2.0 * (a * a + b * b)))


def shared_control_allocation(treatments: int) -> Allocation:
    """Return Dunnett's square-root rule for several treatments with one control."""
    if treatments < 1:
        raise InputError("treatments", treatments, "at least one treatment arm", "Count the arms beside control.")
    q = 1.0 / math.sqrt(treatments)
    return Allocation(q, (1.0 + treatments * q) * (1.0 + 1.0 / q) / (2.0 * (1.0 + treatments)))


def cost_allocation(cost_ratio: float, sd_control: float = 1.0, sd_treatment: float = 1.0) -> Allocation:
    """Return the split that minimises the variance for a fixed budget.

    Args:
        cost_ratio: cost of a treated over a control account.
        sd_control: outcome SD in control.
        sd_treatment: outcome SD in treatment.
    """
    c = positive(cost_ratio, "cost_ratio")
    a, b = positive(sd_control, "sd_control"), positive(sd_treatment, "sd_treatment")
    q = b / a / math.sqrt(c)
    best = (1.0 + c * q) * (a * a + b * b / q)
    return Allocation(q, best / ((1.0 + c) * (a * a + b * b)))


@dataclass(frozen=True)
class ShipRule:
    """Ship if any success metric gains and no guardrail is harmed: levels that keep the promise.

    Attributes:
        alpha_success: one-sided level of each success metric.
        alpha_guardrail: one-sided level of each guardrail's non-inferiority test.
        beta: type II error that each test may have so that the rule has the planned power.
        joint_power_uncorrected: power if the tests were independent and beta were not corrected.
        joint_power: lower bound of the power with the corrected beta.
    """

    alpha_success: float
    alpha_guardrail: float
    beta: float
    joint_power_uncorrected: float
    joint_power: float


def ship_rule(success_metrics: int, guardrails: int, alpha: float, beta: float) -> ShipRule:
    """Return the corrected levels of a rule with S success metrics and G guardrails."""
    if success_metrics < 1 or guardrails < 0:
        raise InputError(
            "metrics",
            f"{success_metrics} success metrics, {guardrails} guardrails",
            "at least one success metric and no negative number of guardrails",
            "",
        )
    probability(alpha, "alpha")
    probability(beta, "beta")
    return ShipRule(
        alpha / success_metrics, alpha, beta / (guardrails + 1), (1.0 - beta) ** (1 + guardrails), 1.0 - beta
    )


def size_per_arm(effect_sd: float, alpha_one_sided: float, beta: float) -> float:
    """Return the unrounded size per arm of a one-sided z test of an effect in SD units."""
    return 2.0 * ((critical_z(alpha_one_sided, 1) + power_z(1.0 - beta)) / positive(effect_sd, "effect")) ** 2


def assurance(prior_mean: float, prior_sd: float, standard_error: float, alpha: float = 0.05) -> float:
    """Return the probability of a significant gain (upper tail of a two-sided test) averaged over a normal
    prior.
    """
    positive(standard_error, "standard_error")
    not_negative(prior_sd, "prior_sd")
    bound = critical_z(alpha, 2) * standard_error
    return float(ndtr((prior_mean - bound) / math.hypot(standard_error, prior_sd)))


@dataclass(frozen=True)
class SignMagnitude:
    """What significance is worth at a true effect.

    Attributes:
        power: P(significant), both tails.
        type_s: P(wrong sign | significant).
        type_m: E[|estimate| | significant] / |true effect|.
    """

    power: float
    type_s: float
    type_m: float


def sign_magnitude(effect: float, standard_error: float, alpha: float = 0.05) -> SignMagnitude:
    """Return power, sign error and exaggeration of a two-sided z test."""
    if effect == 0.0 or not math.isfinite(effect):
        raise InputError(
            "effect", effect, "an effect other than zero", "A zero effect has no sign to get wrong."
        )
    shift, z = abs(effect) / positive(standard_error, "standard_error"), critical_z(alpha, 2)
    right, wrong = float(ndtr(shift - z)), float(ndtr(-shift - z))
    density = [math.exp(-0.5 * (z + s * shift) ** 2) / math.sqrt(2.0 * math.pi) for s in (1.0, -1.0)]
    # E[|X|; |X| > z] for X ~ N(shift, 1): the density terms plus shift times (right - wrong)
    size = sum(density) + shift * (right - wrong)
    return SignMagnitude(right + wrong, wrong / (right + wrong), size / (shift * (right + wrong)))


@dataclass(frozen=True)
class Precision:
    """How well a share is known from replications.

    Attributes:
        mcse: Monte-Carlo standard error at the true share.
        exact: Clopper-Pearson interval of the observed share.
        wilson: Wilson interval of the observed share.
    """

    mcse: float
    exact: tuple[float, float]
    wilson: tuple[float, float]


def precision(successes: int, replications: int, level: float = 0.95, p: float | None = None) -> Precision:
    """Return Monte-Carlo error and intervals of a share.

    Args:
        successes: replications in which it held.
        replications: all replications.
        level: of the intervals.
        p: true share for the standard error; the observed one by default.
    """
    if replications < 1 or not 0 <= successes <= replications:
        raise InputError(
            "successes", f"{successes} of {replications}", "0 to all of at least 1 replication", "Count both anew."
        )
    probability(level, "level")
    share, tail = successes / replications, (1.0 - level) / 2.0
    truth = share if p is None else p
    low = 0.0 if successes == 0 else float(betaincinv(successes, replications - successes + 1, tail))
    high = (
        1.0
        if successes == replications
        else float(betaincinv(successes + 1, replications - successes, 1.0 - tail))
    )
    z = float(-ndtri(tail))
    centre = (share + z * z / (2.0 * replications)) / (1.0 + z * z / replications)
    half = (
        z
        / (1.0 + z * z / replications)
        * math.sqrt(share * (1.0 - share) / replications + z * z / (4.0 * replications**2))
    )
    mcse = math.sqrt(truth * (1.0 - truth) / replications)
    return Precision(mcse, (low, high), (centre - half, centre + half))


def replications_for(p: float, mcse: float) -> int:
    """Return the replications after which a share near `p` has a Monte-Carlo standard error of `mcse`."""
    return math.ceil(p * (1.0 - p) / positive(mcse, "mcse") ** 2 - 1e-9)


@dataclass(frozen=True)
class BetterArm:
    """Posterior comparison of two proportions.

    Attributes:
        probability: P(B > A).
        expected_loss: E[max(A - B, 0)], what choosing B is expected to cost.
    """

    probability: float
    expected_loss: float


def better_arm(alpha_a: float, beta_a: float, alpha_b: float, beta_b: float) -> BetterArm:
    """Return P(B > A) and the expected loss of choosing B under independent Beta posteriors.

    The sum over whole `alpha_b` is exact (Miller 2015); other parameters are integrated numerically.
    """
    for name, value in (("alpha_a", alpha_a), ("beta_a", beta_a), ("alpha_b", alpha_b), ("beta_b", beta_b)):
        positive(value, name)
    chance = _probability_first_less(alpha_a, beta_a, alpha_b, beta_b)
    mean_a, mean_b = alpha_a / (alpha_a + beta_a), alpha_b / (alpha_b + beta_b)
    # E[A; A > B] needs A's density times a, which is the next beta's density times the mean
    loss = mean_a * (1.0 - _probability_first_less(alpha_a + 1.0, beta_a, alpha_b, beta_b)) - mean_b * (
        1.0 - _probability_first_less(alpha_a, beta_a, alpha_b + 1.0, beta_b)
    )
    return BetterArm(chance, loss)


def _probability_first_less(a0: float, b0: float, a1: float, b1: float) -> float:
    """P(A < B) for A ~ Beta(a0, b0), B ~ Beta(a1, b1)."""
    if a1 == round(a1) and a1 <= 1e6:
        total = 0.0
        for i in range(int(a1)):
            total += math.exp(
                float(betaln(a0 + i, b0 + b1))
                - math.log(b1 + i)
                - float(betaln(1.0 + i, b1))
                - float(betaln(a0, b0))
            )
        return total
    return _quadrature_less(a0, b0, a1, b1)


def _quadrature_less(a0: float, b0: float, a1: float, b1: float) -> float:
    from scipy.integrate import quad  # noqa: PLC0415 - needed for fractional parameters only
    from scipy.stats import beta  # noqa: PLC0415

    value, _ = quad(
        lambda x: beta.pdf(x, a1, b1) * beta.cdf(x, a0, b0),
        0.0,
        1.0,
        epsabs=1e-12,
        limit=400,
        points=[a1 / (a1 + b1)],
    )
    return float(value)
