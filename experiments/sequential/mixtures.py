"""Uniform boundaries of Howard et al.: for all times at once, a sum stays below them with probability 1 -
alpha.

`v` is intrinsic time (the sum of variances so far, or of their bounds), `s` the sum itself. Each mixture
boundary is the `s` at which a mixture of exponential supermartingales reaches 1 / alpha.

Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics 49, section 3 and appendix A.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.optimize import brentq
from scipy.special import betainc, betaln, gammainc, gammaln, log_ndtr, zeta

from sim.errors import InputError


def best_rho(v_opt: float, alpha_opt: float, *, one_sided: bool) -> float:
    """Return the mixture precision that makes the boundary nearly tightest at intrinsic time `v_opt`."""
    _positive(v_opt, "v_opt")
    _level(alpha_opt, "alpha_opt")
    level = 2.0 * math.log(1.0 / (2.0 * alpha_opt if one_sided else alpha_opt))
    return v_opt / (level + math.log1p(level))


def normal_mixture(v: float, alpha: float, v_opt: float, alpha_opt: float, *, one_sided: bool) -> float:
    """Return the normal-mixture boundary for sub-Gaussian sums.

    Args:
        v: intrinsic time, at least 0.
        alpha: level, over both sides unless one-sided.
        v_opt: intrinsic time at which the boundary shall be tight.
        alpha_opt: level for which it shall be tight.
        one_sided: whether only large sums count.
    """
    _level(alpha, "alpha")
    rho = best_rho(v_opt, alpha_opt, one_sided=one_sided)
    if not one_sided:
        return math.sqrt((v + rho) * math.log((v + rho) / (rho * alpha * alpha)))

    def log_mixture(s: float) -> float:
        return (
            0.5 * math.log(4.0 * rho / (v + rho))
            + s * s / (2.0 * (v + rho))
            + float(log_ndtr(s / math.sqrt(v + rho)))
        )

    return _crossing(log_mixture, alpha, math.sqrt(v + rho))


def gamma_exponential_mixture(v: float, alpha: float, v_opt: float, alpha_opt: float, c: float) -> float:
    """Return the one-sided gamma-exponential boundary for sub-exponential sums of scale `c`."""
    _level(alpha, "alpha")
    _positive(c, "c")
    rho = best_rho(v_opt, alpha_opt, one_sided=True)
    a, c2 = rho / (c * c), c * c
    leading = a * math.log(a) - float(gammaln(a)) - math.log(float(gammainc(a, a)))

    def log_mixture(s: float) -> float:
        shape, x = (v + rho) / c2, (c * s + v + rho) / c2
        incomplete = float(gammaln(shape)) + math.log(float(gammainc(shape, x)))
        return leading + incomplete - shape * math.log(x) + (c * s + v) / c2

    return _crossing(log_mixture, alpha, math.sqrt(v + rho))


def beta_binomial_mixture(
    v: float, alpha: float, v_opt: float, alpha_opt: float, g: float, h: float
) -> float:
    """Return the two-sided beta-binomial boundary for sums of terms between -g and h."""
    _level(alpha, "alpha")
    _positive(g, "g")
    _positive(h, "h")
    r = max(1e-3 * g * h, best_rho(v_opt, alpha_opt, one_sided=False) - g * h)

    def log_beta(first: float, second: float) -> float:
        # two-sided: the whole beta integral; one-sided use would stop at h / (g + h)
        return float(betaln(first, second)) + math.log(float(betainc(first, second, 1.0)))

    norm = log_beta(r / (g * (g + h)), r / (h * (g + h)))

    def log_mixture(s: float) -> float:
        return (
            v / (g * h) * math.log(g + h)
            - (v + h * s) / (h * (g + h)) * math.log(g)
            - (v - g * s) / (g * (g + h)) * math.log(h)
            + log_beta((r + v - g * s) / (g * (g + h)), (r + v + h * s) / (h * (g + h)))
            - norm
        )

    largest = v / g
    if log_mixture(largest) < -math.log(alpha):
        return largest  # no sum that can occur is evidence enough
    return float(brentq(lambda s: log_mixture(s) + math.log(alpha), 0.0, largest, xtol=1e-12, rtol=1e-14))


def poly_stitching(
    v: float, alpha: float, v_min: float, c: float = 0.0, s: float = 1.4, eta: float = 2.0
) -> float:
    """Return the polynomial stitched boundary, one-sided, of order sqrt(v log log v).

    Args:
        v: intrinsic time.
        alpha: level.
        v_min: intrinsic time from which it is tight; earlier times use its value.
        c: scale of the sub-gamma tail; 0 for sub-Gaussian sums.
        s: exponent of the error spent on each epoch, above 1.
        eta: ratio of successive epochs, above 1.
    """
    _level(alpha, "alpha")
    _positive(v_min, "v_min")
    used = max(v, v_min)
    first = (eta**0.25 + eta**-0.25) / math.sqrt(2.0)
    second = (math.sqrt(eta) + 1.0) / 2.0
    epoch = s * math.log(math.log(eta * used / v_min))
    level = epoch + math.log(float(zeta(s)) / (alpha * math.log(eta) ** s))
    return math.sqrt(first**2 * used * level + (second * c * level) ** 2) + second * c * level


def _crossing(log_mixture: Callable[[float], float], alpha: float, scale: float) -> float:
    goal, high = -math.log(alpha), scale
    while log_mixture(high) < goal:
        high *= 2.0
    return float(brentq(lambda s: log_mixture(s) - goal, 0.0, high, xtol=1e-12, rtol=1e-14))


def _positive(value: float, where: str) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise InputError(where, value, "a positive number", "Check sign and unit.")


def _level(value: float, where: str) -> None:
    if not 0.0 < value < 1.0:
        raise InputError(where, value, "a number above 0 and below 1", "A percentage? 5 % is 0.05.")
