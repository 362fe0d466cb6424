"""Union bound over samples at a positive threshold: all margins share ‖a‖, which is paid for once (whp S6)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy
from numpy.polynomial import Chebyshev
from scipy import special

from ...laws.lattice import log_lattice_integral, log_sum
from ...laws.special import Array, log_gammainc
from ._cdf import Margin, log_chi2, log_chi2_density, log_noise_and_slope, log_ratio_density, ratio_range, stretch

__all__ = ["log_any_below"]

_DEGREES = (8, 16, 32, 64)
_ACCURACY = 1e-8
_DROP = 45.0
_NODES = 400
_NOTHING = 25.0
_CONCENTRATED = 64
"""From this dimension on R² is so sharp that a normal given (ρ, G) integrates better than the polar form."""
_TYPICAL = 0.3
"""Unless the threshold is so large that ρ near 1, where that normal is nearly a step, has a share in the answer."""


def log_any_below(m: int, d: int, t: float, n: int, leak: float) -> float:
    """log E min(1, n P(Q ≤ t | ‖a‖²)) for a Gaussian readout and t > 0.

    With S = ‖a‖² and h(τ) = P(Q/S ≤ τ), h(t/S) falls in S: below the S where n h = 1 the minimum is 1, above it the
    integral of n h(t/S) runs over a Chebyshev interpolant of log h(t/S) in log S.
    """
    log_n = math.log(n)
    separate = log_n + Margin(m, d, "gaussian", leak).logcdf(t)
    if n == 1:
        return separate

    def log_union(w: float) -> float:
        # E (Q/S)² ≤ 4, so h ≥ ½ from τ = 4 on: with n ≥ 2 samples the minimum is 1 there.
        return log_n + log_ratio_cdf(m, d, min(t * math.exp(-w), 4.0), leak)

    def log_norm_below(w: float) -> float:
        return float(log_gammainc(m / 2, np.array(m / 2 * math.exp(w))))

    # Sharing saves E(n h − 1)₊ ≤ n P(S ≤ s) for any s with n h(t/s) ≤ 1: often nothing that a float could show.
    low = _log_quantile(log_norm_below, min(separate, 0.0) - log_n - _NOTHING)
    if log_union(low) <= 0.0:
        return min(separate, 0.0)
    high = math.sqrt(2.0 / m)
    while m / 2 * (math.expm1(high) - high) < _DROP:
        high *= 1.25
    # Where n h exceeds 1 even at the far end of the norm's law, the union bound says nothing.
    if log_union(high) >= 0.0:
        return 0.0
    edge = float(scipy.optimize.toms748(log_union, low, high, xtol=1e-10, rtol=1e-10))
    curve = _interpolant(log_union, edge, high)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    w = edge + (high - edge) * (nodes + 1.0) / 2.0
    above = log_chi2_density(w, m) + curve(w) + np.log(weights * (high - edge) / 2.0)
    return min(float(np.logaddexp(log_norm_below(edge), log_sum(above))), 0.0)


def log_ratio_cdf(m: int, d: int, t: float, leak: float) -> float:
    """log P(Q ≤ t‖a‖²) for a Gaussian readout and t > 0: Q/‖a‖² is independent of ‖a‖² (whp S6)."""
    if d < _CONCENTRATED or t > _TYPICAL:
        return Margin(m, d, "gaussian", leak, unit_scale=True).logcdf(t)

    def log_integrand(x: Array, s: Array) -> Array:
        log_noise, ratio = log_noise_and_slope(x, leak)
        y, slope = stretch(s)
        root = np.exp(y / 2.0)
        # Given ρ and g = e^y ~ χ²_d/d, Q/‖a‖² is normal.
        below: Array = special.log_ndtr(math.sqrt(d) * (t * np.exp(-log_noise) / root - ratio * root))
        return log_ratio_density(x, m) + log_chi2_density(y, d) + slope + below

    all_active = float(log_chi2(d, np.array(math.log(t)), "cdf"))
    none_active = float(log_chi2(d, np.array(math.log(t) - math.log(leak)), "cdf")) if leak > 0.0 else 0.0
    parts = [all_active - m * math.log(2), none_active - m * math.log(2)]
    if m > 1:
        parts.append(log_lattice_integral(log_integrand, [ratio_range(), (-6.0, 40.0)], 0.25, 1e-6))
    return min(float(log_sum(np.array(parts))), 0.0)


def _log_quantile(log_cdf: Callable[[float], float], level: float) -> float:
    """A point where an increasing log distribution function of log S is just below `level`."""
    low = -1.0
    while log_cdf(low) > level:
        low *= 2.0
    high = 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if log_cdf(middle) <= level else (low, middle)
    return low


def _interpolant(function: Callable[[float], float], low: float, high: float) -> Chebyshev:
    """Chebyshev interpolant on nested nodes whose last coefficients are negligible (the finest one tried otherwise)."""
    values: dict[float, float] = {}
    for degree in _DEGREES:
        nodes = np.cos(np.pi * (np.arange(degree + 1) / degree))
        for node in nodes:
            if float(node) not in values:
                values[float(node)] = function(low + (high - low) * (float(node) + 1.0) / 2.0)
        points = low + (high - low) * (nodes + 1.0) / 2.0
        curve = Chebyshev.fit(points, np.array([values[float(x)] for x in nodes]), degree, domain=[low, high])
        if np.max(np.abs(curve.coef[-3:])) < _ACCURACY:
            break
    return curve
