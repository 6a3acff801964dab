"""Inference that stays valid at every moment: asymptotic confidence sequence, mSPRT, SPRT.

Always-valid rules may be looked at after every account; the price is power. `price_of_monitoring` shows it
beside the group-sequential rules at the same looks.

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52 (asymptotic confidence
sequence); Johari, Koomen, Pekelis and Walsh (2022), Operations Research 70 (mSPRT); Wald (1945), Annals of
Mathematical Statistics 16 (SPRT).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from experiments.sequential.bounds import check_level
from experiments.sequential.integration import FloatArray, exit_probabilities
from sim.errors import InputError


def confidence_sequence_precision(alpha: float, n_opt: float) -> float:
    """Return rho^2 that makes the asymptotic confidence sequence nearly tightest at sample size `n_opt`."""
    check_level(alpha, "alpha")
    if n_opt <= 0.0:
        raise InputError(
            "n_opt", n_opt, "a positive sample size", "Give the size at which the test shall be tight."
        )
    level = -2.0 * math.log(alpha)
    return (level + math.log1p(level)) / n_opt


def confidence_sequence_halfwidth(n: float, alpha: float, rho_squared: float, sd: float = 1.0) -> float:
    """Return the half width of the two-sided asymptotic confidence sequence of a mean after `n`
    observations.
    """
    scaled = n * rho_squared
    return sd * math.sqrt(2.0 * (scaled + 1.0) / (n * scaled) * math.log(math.sqrt(scaled + 1.0) / alpha))


def confidence_sequence_z(
    information: Sequence[float] | FloatArray, alpha: float, opt: float = 1.0
) -> FloatArray:
    """Return the |Z| that the asymptotic confidence sequence asks for at each information fraction.

    Args:
        information: (K,) information fractions.
        alpha: two-sided level.
        opt: information fraction at which the sequence is tuned; 1 tunes it to the planned end.
    """
    rho = confidence_sequence_precision(alpha, opt)
    times = np.asarray(information, dtype=np.float64)
    return np.array(
        [confidence_sequence_halfwidth(float(t), alpha, rho) * math.sqrt(float(t)) for t in times]
    )


@dataclass(frozen=True)
class MixtureSprt:
    """Mixture sequential probability ratio test of a difference, normal mixing.

    Attributes:
        log_likelihood_ratio: log of the mixture likelihood ratio against no difference.
        p_value: always-valid p-value of this look alone; the sequence's p is its running minimum.
        halfwidth: half width of the always-valid confidence interval, in the unit of the difference.
        z: |Z| at which the test rejects now.
    """

    log_likelihood_ratio: float
    p_value: float
    halfwidth: float
    z: float


def mixture_sprt(difference: float, variance: float, mixing_variance: float, alpha: float) -> MixtureSprt:
    """Return the mSPRT of one look.

    Args:
        difference: estimated difference.
        variance: its variance now (for two arms of n each, 2 sigma^2 / n).
        mixing_variance: tau^2, variance of the normal prior over differences; fixed before the test. Making
            it depend on the current n turns the rule into a constant bound that hardly ever rejects.
        alpha: level.
    """
    check_level(alpha, "alpha")
    for name, value in (("variance", variance), ("mixing_variance", mixing_variance)):
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(name, value, "a positive number", "Check sign and unit.")
    total = variance + mixing_variance
    log_ratio = 0.5 * math.log(variance / total) + mixing_variance * difference**2 / (2.0 * variance * total)
    squared = total / mixing_variance * (2.0 * math.log(1.0 / alpha) + math.log(total / variance))
    return MixtureSprt(
        log_ratio, min(1.0, math.exp(min(0.0, -log_ratio))), math.sqrt(variance * squared), math.sqrt(squared)
    )


@dataclass(frozen=True)
class Sprt:
    """Wald's sequential probability ratio test of two proportions' simple hypotheses.

    Attributes:
        log_upper: accept p1 when the log likelihood ratio reaches this.
        log_lower: accept p0 when it falls to this.
        expected_n_h0, expected_n_h1: approximate mean sample sizes (overshoot neglected).
    """

    log_upper: float
    log_lower: float
    expected_n_h0: float
    expected_n_h1: float


def sprt(p0: float, p1: float, alpha: float, beta: float) -> Sprt:
    """Return Wald's boundaries and approximate mean sample sizes for p0 against p1."""
    for name, value in (("p0", p0), ("p1", p1), ("alpha", alpha), ("beta", beta)):
        check_level(value, name)
    if p0 == p1:
        raise InputError(
            "p1", p1, f"a proportion other than p0 = {p0:g}", "Two equal hypotheses cannot be told apart."
        )
    upper, lower = math.log((1.0 - beta) / alpha), math.log(beta / (1.0 - alpha))
    success, failure = math.log(p1 / p0), math.log((1.0 - p1) / (1.0 - p0))
    h0 = ((1.0 - alpha) * lower + alpha * upper) / (p0 * success + (1.0 - p0) * failure)
    h1 = (beta * lower + (1.0 - beta) * upper) / (p1 * success + (1.0 - p1) * failure)
    return Sprt(upper, lower, h0, h1)


@dataclass(frozen=True)
class MonitoringPrice:
    """One monitoring rule at scheduled looks.

    Attributes:
        rule: its name.
        type1: real two-sided type I error.
        power: P(rejecting on the effect's side).
        fixed_power: power of the fixed two-sided test with the same data.
        expected_information: mean information fraction at stopping under the effect.
    """

    rule: str
    type1: float
    power: float
    fixed_power: float
    expected_information: float


def price_of_monitoring(
    information: Sequence[float],
    rules: Mapping[str, Sequence[float] | FloatArray],
    alpha: float,
    drift: float,
) -> tuple[MonitoringPrice, ...]:
    """Return real error, power and expected size of each two-sided rule.

    Args:
        information: (K,) information fractions.
        rules: name -> (K,) bounds on |Z|.
        alpha: level of the fixed test to compare with.
        drift: expected Z at information 1 under the effect.
    """
    fixed = float(ndtr(drift - float(-ndtri(alpha / 2.0))))
    rows = []
    for name, bound in rules.items():
        z = np.asarray(bound, dtype=np.float64)
        null, effect = (
            exit_probabilities(information, -z, z, 0.0),
            exit_probabilities(information, -z, z, drift),
        )
        rows.append(
            MonitoringPrice(
                name,
                float((null.lower + null.upper).sum()),
                float(effect.upper.sum()),
                fixed,
                effect.expected_information,
            )
        )
    return tuple(rows)
