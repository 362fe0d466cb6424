"""Quantiles of the margin's exact law at the accuracy of a figure, in milliseconds.

`whp.theory.zhang2023.margin.law.margin_quantile` answers at any level to full precision and takes seconds; a figure
needs a hundred quantiles to four digits. With ρ = P/(P+N), S = P+N and G ~ χ²_d independent (whp S1, S6),

    P(Q ≤ t) = E Φ((t/S − ρG/d) / √(ρ(1−ρ)G/d²)),

is summed by the trapezoid rule in logit ρ, log S and log G, where the integrand is smooth and falls exponentially; the
atoms of no active and of no inactive unit are added.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

__all__ = ["quick_margin_quantiles"]

Array = NDArray[np.float64]
_TAIL = 1e-11
# Trapezoid steps per standard deviation; the next terms of the error fall like exp(-2π²/step²).
_STEP = 0.6
# Where few units carry the margin the normal law given (ρ, S) is nearly a step in S, which wants finer nodes.
_FINE_STEP, _FEW = 0.15, 128


def _log_chi2_nodes(k: int, step: float = _STEP) -> tuple[Array, Array]:
    """Nodes and weights for w = log(χ²_k / k)."""
    low, high = (math.log(x / k) for x in (stats.chi2.ppf(_TAIL, k), stats.chi2.isf(_TAIL, k)))
    w = np.linspace(low, high, max(9, math.ceil((high - low) / (step * math.sqrt(2 / k)))))
    weight = np.exp(k / 2 * (w - np.expm1(w)))
    return w, weight / weight.sum()


def _logit_nodes(m: int, d: int) -> tuple[Array, Array]:
    """Nodes and weights for v = logit ρ given that some units are active and some are not."""
    k = np.arange(1, m, dtype=float)
    k = k[np.abs(k - m / 2) <= 10 * math.sqrt(m) + 4]
    mix = (
        special.gammaln(m + 1)
        - special.gammaln(k + 1)
        - special.gammaln(m - k + 1)
        - special.betaln(k / 2, (m - k) / 2)
    )
    # Tails decay no slower than e^{-|v|/2}; the bulk has variance (4 + 8)/m in the logit.
    spread = math.sqrt(12 / m)
    reach = min(2 * -math.log(_TAIL), 7.5 * spread + 60 / m)
    # The normal law given ρ resolves 2/√d in the logit: steps wider than that would show in the sum.
    v = np.linspace(-reach, reach, max(17, math.ceil(2 * reach / (_STEP * min(spread / 2, 3 / math.sqrt(d))))))
    log_rho, log_rest = -np.logaddexp(0, -v), -np.logaddexp(0, v)
    logs = special.logsumexp(mix[:, None] + k[:, None] / 2 * log_rho + (m - k[:, None]) / 2 * log_rest, axis=0)
    weight = np.exp(logs - logs.max())
    return v, weight / weight.sum()


@lru_cache(maxsize=1024)
def quick_margin_quantiles(m: int, d: int, levels: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of the margin at width m ≥ 2 and input dimension d, good to about 1e-4 at levels in [1e-6, 1 − 1e-6].

    Parameters
    ----------
    m, d : int
    levels : tuple of float
        Probabilities in (0, 1).

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> [round(q, 3) for q in quick_margin_quantiles(256, 64, (0.05, 0.5, 0.95))]
    [0.307, 0.489, 0.729]
    """
    v, p_v = _logit_nodes(m, d)
    s, p_s = _log_chi2_nodes(m, _FINE_STEP if m < _FEW else _STEP)
    g, p_g = _log_chi2_nodes(d)
    rho, gain, scale = special.expit(v)[:, None, None], np.exp(g)[None, :, None], np.exp(s)[None, None, :]
    sigma = np.sqrt(rho * special.expit(-v)[:, None, None] * gain / d)
    slope, shift = 1 / (scale * sigma), rho * gain / sigma
    weight = p_v[:, None, None] * p_g[None, :, None] * p_s[None, None, :]
    atom = 2.0**-m

    def cdf(t: float) -> float:
        mixed = float((weight * special.ndtr(t * slope - shift)).sum())
        all_active = float((p_s * stats.chi2.cdf(d * t * np.exp(-s), d)).sum()) if t > 0 else 0.0
        return (1 - 2 * atom) * mixed + atom * (all_active + (t >= 0))

    found = []
    width = math.sqrt(1.25 / m + 0.75 / d + 2.25 / (m * d))
    for level in levels:
        low, high = 0.5 - width, 0.5 + width
        while cdf(low) > level:
            low -= 2 * width
        while cdf(high) < level:
            high += 2 * width
        found.append(float(optimize.brentq(lambda t, level=level: cdf(t) - level, low, high, xtol=1e-7)))
    return tuple(found)
