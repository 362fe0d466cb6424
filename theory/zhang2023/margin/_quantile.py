"""Quantiles of the margin, by a secant iteration on the log of the mass that is cut off."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from scipy import special

from ._cdf import Margin
from ._moments import raw_moments

__all__ = ["quantile"]

_LONGEST = 3.0
_SHORT = 1e-7
"""The error of a secant step is far smaller than the step."""


def quantile(margin: Margin, q: float) -> float:
    """Smallest t with P(Q ≤ t) ≥ q.

    The mass between t and 0 or the mass beyond t, whichever is smaller, is close to a power of t or to its exponential,
    so that its logarithm is solved for in log|t|.
    """
    failure = math.exp(margin.logcdf(0.0))
    atom = math.exp(-margin.m * math.log(2)) if margin.leak == 0.0 else 0.0
    if failure - atom < q <= failure:
        return 0.0
    sign = 1.0 if q > failure else -1.0
    inside = q - failure if sign > 0.0 else failure - atom - q
    beyond = 1.0 - q if sign > 0.0 else q
    kind, mass = ("cdf", inside) if inside < beyond else ("sf", beyond)

    def gap(log_size: float) -> float:
        value = margin.log_side(sign * math.exp(log_size), kind) - math.log(mass)
        return value if kind == "cdf" else -value

    def slope(log_size: float) -> float:
        t = sign * math.exp(log_size)
        return math.exp(margin.log_side(t, "pdf") + log_size - margin.log_side(t, kind))

    first, second = raw_moments(margin.m, margin.d, 2, margin.readout, Fraction(margin.leak))
    mean, variance = float(first), float(second - first**2)
    guess = math.sqrt(variance)
    if sign > 0.0:
        # The gamma law of the same mean and variance.
        shape = mean * mean / variance
        inverse = special.gammaincinv(shape, q) if kind == "cdf" else special.gammainccinv(shape, beyond)
        guess = max(float(inverse) * variance / mean, 1e-6)
    return sign * math.exp(_increasing_root(gap, slope, math.log(guess)))


def _increasing_root(gap: Callable[[float], float], slope: Callable[[float], float], start: float) -> float:
    """Root of an increasing function by Newton's first step, then secants, inside the bracket known so far."""
    low, high = -math.inf, math.inf
    here, value, rise = start, gap(start), slope(start)
    for _ in range(200):
        low, high = (here, high) if value < 0.0 else (low, here)
        step = -value / rise if rise > 0.0 and math.isfinite(value) else math.copysign(_LONGEST, -value)
        step = max(-_LONGEST, min(_LONGEST, step))
        if not low <= here + step <= high:
            step = (low + high) / 2.0 - here
        there = here + step
        if abs(step) < _SHORT:
            return there
        before, here, value = value, there, gap(there)
        rise = (value - before) / step
    raise ValueError("a quantile of the margin's law did not settle; pass a probability further from 0 and 1")
