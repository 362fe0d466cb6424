"""Quantiles of the margin, by a bracketed root of the log tail that carries the digits."""

from __future__ import annotations

import math
from fractions import Fraction

from scipy import optimize

from ._margin_cdf import Margin
from ._margin_moments import raw_moments

__all__ = ["quantile"]


def quantile(margin: Margin, q: float) -> float:
    """Smallest t with P(Q ≤ t) ≥ q."""
    log_below = margin.logcdf(0.0)
    atom = math.exp(-margin.m * math.log(2)) if margin.leak == 0.0 else 0.0
    if math.exp(log_below) - atom < q <= math.exp(log_below):
        return 0.0
    sign = 1.0 if q > math.exp(log_below) else -1.0
    upper_half = q > 0.5

    def gap(log_size: float) -> float:
        t = sign * math.exp(log_size)
        if upper_half:
            return sign * (math.log1p(-q) - margin.logsf(t))
        return sign * (margin.logcdf(t) - math.log(q))

    first, second = raw_moments(margin.m, margin.d, 2, margin.readout, Fraction(margin.leak))
    low = high = math.log(float(first) + math.sqrt(float(second - first**2)))
    step = 0.5
    while gap(low) > 0.0:
        low -= step
        step *= 2.0
    step = 0.5
    while gap(high) < 0.0:
        high += step
        step *= 2.0
    return (
        sign * math.exp(optimize.toms748(gap, low, high, xtol=1e-12, rtol=1e-11))
        if high > low
        else sign * math.exp(low)
    )
