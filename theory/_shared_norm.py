"""Union bound over samples at a positive threshold: all margins share ‖a‖, which is paid for once (whp S6)."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize

from ._lattice import log_sum
from ._margin_cdf import Margin, log_chi2_density
from ._special import log_gammainc

__all__ = ["log_any_below"]

_NODES = 24
_DROP = 40.0


def log_any_below(m: int, d: int, t: float, n: int, leak: float) -> float:
    """log E min(1, n P(Q ≤ t | ‖a‖²)) for a Gaussian readout and t > 0.

    With S = ‖a‖² and h(τ) = P(Q/S ≤ τ), h(t/S) falls in S: below the S where n h = 1 the minimum is 1, above it the
    integral of n h(t/S) is taken by Gauss-Legendre on panels.
    """
    ratio = Margin(m, d, "gaussian", leak, unit_scale=True)
    spread = math.sqrt(2.0 / m)

    def log_union(w: float) -> float:
        return math.log(n) + ratio.logcdf(t * math.exp(-w))

    # h(0) is the floor of h: if n h(0) ≥ 1 the bound is 1 at every norm.
    if math.log(n) + ratio.logcdf(0.0) >= 0.0:
        return 0.0
    low, high = -spread, spread
    while log_union(low) < 0.0:
        low *= 2.0
    while log_union(high) > 0.0:
        high *= 2.0
    edge = float(optimize.brentq(log_union, low, high, xtol=1e-12, rtol=1e-12))
    parts = [float(log_gammainc(m / 2, m / 2 * math.exp(edge)))]
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    start, width = edge, 2.0 * spread
    while True:
        w = start + width * (nodes + 1.0) / 2.0
        logs = log_chi2_density(w, m) + np.array([log_union(float(x)) for x in w])
        parts.append(float(log_sum(logs + np.log(weights * width / 2.0))))
        start += width
        if start > 0.0 and logs[-1] < max(parts) - _DROP:
            return min(float(log_sum(np.array(parts))), 0.0)
