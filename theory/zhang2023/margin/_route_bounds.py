"""The three forms of every bound on the failure probability, as logarithms of what each guarantees (whp S4-S8).

Printed: the paper's own route with its constants as printed, the unnamed Bernstein constant taken as large as it can
be (c*). Repaired: the same route with every step corrected (whp S7). Sharp: the exponent A (whp S4), the sizes of S5,
the thresholds of S6, and the exact law.
"""

from __future__ import annotations

import math

import scipy
from scipy import special

from ...calculus.validate import real, size
from ._sharp_floats import J, exponent

__all__ = [
    "S5_PAIRS",
    "best_norm",
    "chernoff_threshold",
    "log_chebyshev",
    "log_printed",
    "log_repaired",
    "log_repaired_direct",
    "log_sharp",
    "log_sizes",
    "log_threshold_bound",
    "sign_exponent",
    "threshold_cost",
    "threshold_minimiser",
    "threshold_rate_float",
]

S5_PAIRS = ((81, 3), (11, 4), (7, 5), (5.5, 5.5), (5, 6), (4, 8), (3, 12), (2, 39))
"""(c_m, c_d) with A(c_m L, c_d L) ≥ L: then m ≥ c_m L and d ≥ c_d L, L = log(n/δ), make all n margins positive."""

_EPSILON = 2.0 / math.pi
_LAMBDA = (math.sqrt(1.0 + 4.0 * _EPSILON**2) - 1.0) / (2.0 * _EPSILON)
_BERNSTEIN = _LAMBDA * _EPSILON + 0.5 * math.log1p(-_LAMBDA * _LAMBDA)


def log_sharp(m: int, d: int, n: int) -> float:
    """log of n(½ e^{−A} + 2^{−m−1}) (whp S4)."""
    return math.log(n) + float(special.logsumexp([-exponent(m, d) - math.log(2), -(m + 1) * math.log(2)]))


def log_sizes(m: int, d: int, n: int) -> float:
    """log of the smallest δ for which one of S5's pairs of constants is met: n exp(−max min(m/c_m, d/c_d))."""
    return math.log(n) - max(min(m / c_m, d / c_d) for c_m, c_d in S5_PAIRS)


def log_repaired(m: int, d: int, n: int) -> float:
    """log of e^{−m/7} + n[e^{−m/8} + e^{−m/42} + e^{−m/7} + e^{−(d−1)/11} + 2e^{−(d−1)/557} + 4e^{−d/256}] (whp S7)."""
    if d < 2:
        return math.inf
    once = [-m / 7]
    each = [-m / 8, -m / 42, -m / 7, -(d - 1) / 11, math.log(2) - (d - 1) / 557, math.log(4) - d / 256]
    return _total(once, each, n)


def log_repaired_direct(m: int, d: int, n: int) -> float:
    """log of e^{−m/7} + n[e^{−m/9} + e^{−d/11} + 2e^{−d/557}], a bound on P(some Q_i ≤ 1/32) (whp S7)."""
    return _total([-m / 7], [-m / 9, -d / 11, math.log(2) - d / 557], n)


def log_printed(m: int, d: int, n: int) -> float:
    """log of the printed n[e^{−m/8} + 2e^{−m/11} + 3e^{−m/7} + 2e^{−cπ²d/960}] + n[e^{−m/7} + e^{−d/256}] with c = c*.

    zhang2023, lem6.1.total and lem3.4.use: not a guarantee, since several of its steps fail as printed.
    """
    cross = math.log(2) - _BERNSTEIN * math.pi**2 * d / 960
    each = [-m / 8, math.log(2) - m / 11, math.log(3) - m / 7, cross, -m / 7, -d / 256]
    return _total([], each, n)


def log_chebyshev(m: int, d: int, n: int) -> float:
    """log of the printed 2n/(δ²d) at δ = ½, the largest that keeps margins positive (zhang2023, chebyshev.union)."""
    return math.log(8 * n / d) if 5 * m > 6 * d + 10 else math.inf


def _total(once: list[float], each: list[float], n: int) -> float:
    return float(special.logsumexp([*once, *(math.log(n) + x for x in each)]))


def threshold_cost(rho: float, t: float) -> float:
    """c_t(ρ), the rate of Q ≤ t‖a‖² given ρ: 0 for ρ ≤ t (whp S6)."""
    if rho <= t:
        return 0.0
    x = _root(rho, t)
    return -(2.0 * t - x) / (2.0 * (1.0 - rho)) + 0.5 * math.log(rho * x / (2.0 * t * t))


def threshold_slope(rho: float, t: float) -> float:
    """dc_t/dρ for ρ > t."""
    x = _root(rho, t)
    return (x * (3.0 * rho - 1.0) + 2.0 * rho * (1.0 - rho) - 4.0 * t * rho) / (4.0 * rho * (1.0 - rho) ** 2)


def _root(rho: float, t: float) -> float:
    q = 4.0 * t * t / rho
    return q / (math.sqrt((1.0 - rho) ** 2 + q) + 1.0 - rho)


def _J_slope(rho: float) -> float:
    a, b = math.cbrt(rho), math.cbrt(1.0 - rho)
    return -0.5 * (a**-2 - b**-2) / (a + b)


def threshold_minimiser(t: float, gamma: float) -> float:
    """The ρ in (t, ½) that minimises c_t(ρ) + γ J(ρ): its derivative rises from a negative value to a positive one."""
    low = math.nextafter(t, 1.0)
    return float(scipy.optimize.brentq(lambda r: threshold_slope(r, t) + gamma * _J_slope(r), low, 0.5, xtol=1e-16))


def threshold_rate_float(t: float, gamma: float) -> float:
    """I^q_t(γ) = min over t ≤ ρ ≤ ½ of c_t(ρ) + γ J(ρ), 0 < t < ½."""
    rho = threshold_minimiser(t, gamma)
    return threshold_cost(rho, t) + gamma * J(rho)


def log_threshold_bound(m: int, d: int, n: int, t: float) -> float:
    """log of min over s₀ in (2t, 1) of (s₀ e^{1−s₀})^{m/2} + n exp(−d I^q_{t/s₀}(m/d)) ≥ P(some Q_i ≤ t) (whp S6).

    Parameters
    ----------
    m, d, n : int
        Width, input dimension and number of samples.
    t : float
        Threshold in (0, ½), dimensionless.

    Examples
    --------
    >>> round(log_threshold_bound(400, 400, 1000, 1 / 64), 4)
    -50.4742
    """
    m, d, n = size(m, "width m"), size(d, "input dimension d"), size(n, "samples n")
    t = chernoff_threshold(t)
    return _log_norm_and_margins(best_norm(m, d, n, t), m, d, n, t)


def best_norm(m: int, d: int, n: int, t: float) -> float:
    """The s₀ in (2t, 1) at which S6's bound is smallest: its first term rises with s₀ and the second falls."""
    found = scipy.optimize.minimize_scalar(
        lambda s: _log_norm_and_margins(s, m, d, n, t),
        bounds=(2.0 * t + 1e-9 * (1.0 - 2.0 * t), 1.0 - 1e-9),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(found.x)


def _log_norm_and_margins(s: float, m: int, d: int, n: int, t: float) -> float:
    """log of (s e^{1−s})^{m/2} + n exp(−d I^q_{t/s}(m/d))."""
    norm = m / 2.0 * (math.log(s) + 1.0 - s)
    return float(special.logsumexp([norm, math.log(n) - d * threshold_rate_float(t / s, m / d)]))


def sign_exponent(m: int, d: int) -> float:
    """A_R(m, d) = min_ρ [−(d/2) log(1−ρ) + m(log 2 − H(ρ))], for which signs as readout fail at most e^{−A_R} (whp S8).

    Examples
    --------
    >>> round(sign_exponent(64, 64), 6)
    16.581047
    """
    m, d = size(m, "width m"), size(d, "input dimension d")
    # The derivative d/(2(1−ρ)) + m log(ρ/(1−ρ)) rises in ρ; in the logit x it is (d/2)(1+e^x) + m x.
    low = -d / m - 1.0
    logit = float(
        scipy.optimize.brentq(lambda x: d / 2.0 * (1.0 + math.exp(x)) + m * x, low, 0.0, xtol=1e-15, rtol=1e-14)
    )
    log_rho, log_rest = float(special.log_expit(logit)), float(special.log_expit(-logit))
    rho = math.exp(log_rho)
    return -d / 2.0 * log_rest + m * (math.log(2) + rho * log_rho + (1.0 - rho) * log_rest)


def chernoff_threshold(t: float) -> float:
    """Check a threshold for which a Chernoff bound exists: the margin's mean is ½."""
    number = real(t, "threshold t")
    if not 0.0 < number < 0.5:
        raise ValueError(
            f"threshold t must lie strictly between 0 and 1/2 (the margin's mean), found {number}; "
            "a Chernoff bound says nothing elsewhere"
        )
    return number
