"""The mixing law of the margin and the exact failure probability in floats (whp S1, S3, S8).

Given (k, ρ) the failure has a Student-t tail, so P(Q ≤ 0) is one smooth integral over x = log(ρ/(1−ρ)). For a wide
Gaussian ReLU network the sum over k is done in closed form instead, and an inner contour integral takes its place
(whp S3, route ii). Trapezoids converge geometrically on both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ...laws.lattice import DROP, log_lattice_integral, log_sum
from ...laws.special import log_beta_power, log_betainc, one_minus_log, stirling_remainder

Array = NDArray[np.float64]

__all__ = ["log_binomial_half", "log_failure", "log_failure_contour", "log_failure_mixture", "log_mixture_density"]

_CONTOUR_WIDTH = 100
"""From this width on the contour integral decays fast enough; beyond 64 d its outer integral needs many nodes."""
_CONTOUR_LARGEST = 10**8
"""Beyond it the phase m·arg M loses digits."""
_CONTOUR_NODES = 121


def _kept(function: Callable[[Array, int], Array]) -> Callable[[Array, int], Array]:
    """A function of nodes and the width that keeps what it found: the first lattices are alike in every dimension."""

    @lru_cache(maxsize=128)
    def found(nodes: bytes, m: int) -> Array:
        return function(np.frombuffer(nodes), m)

    return lambda x, m: found(x.tobytes(), m)


def log_binomial_half(k: Array, m: int) -> Array:
    """log of C(m, k) 2^{-m} for 0 < k < m, as a relative entropy plus Stirling remainders."""
    k = np.asarray(k, dtype=np.float64)
    entropy = k * one_minus_log(m / (2 * k)) + (m - k) * one_minus_log(m / (2 * (m - k)))
    # log Γ(n+1) − log Γ(n) = log n, which leaves these powers of m, k and m − k.
    remainder = stirling_remainder(m) - stirling_remainder(k) - stirling_remainder(m - k)
    return remainder - entropy - 0.5 * np.log(2 * np.pi * k * ((m - k) / m))


def logit_parts(x: Array) -> tuple[Array, Array]:
    """(ρ, 1 − ρ) of x = log(ρ/(1−ρ)), both to full relative accuracy."""
    rho: Array = special.expit(x)
    rest: Array = special.expit(-x)
    return rho, rest


def active_counts(m: int, centre: Array, spread: Array) -> tuple[Array, Array]:
    """Nodes k in [1, m−1] around each centre, and the log of their common stride, shapes (…, K) and (…, 1) or alike.

    The summand is a smooth bell of standard deviation `spread` in k, and a sum over every s-th integer times s
    is exact to exp(−2π²(spread/s)²): strides up to half the spread lose nothing.
    """
    if m <= 64:
        # All of them, once for all centres.
        return np.arange(1.0, m), np.zeros(1)
    # Every row takes as many strides as fit its spread; near the edges, where it is small, the stride is 1.
    stride = np.maximum(1.0, np.floor(spread / 2.0))[..., None]
    reach = int(np.ceil(np.max((10.0 * spread[..., None] + 24.0) / stride)))
    k = np.round(centre)[..., None] + np.arange(-reach, reach + 1) * stride
    return k, np.log(stride)


def log_mixture_density(x: Array, m: int) -> Array:
    """log density of x = log(ρ/(1−ρ)), ρ = ‖Da‖²/‖a‖² of a Gaussian readout, on the event 0 < k < m.

    f(x) = Σ_{k=1}^{m−1} C(m,k) 2^{−m} ρ^{k/2} (1−ρ)^{(m−k)/2} / B(k/2, (m−k)/2), m ≥ 2.
    """
    x = np.asarray(x, dtype=np.float64)
    rho, rest = logit_parts(x)
    # The summand peaks at k/m = ρ^{1/3}/(ρ^{1/3} + (1−ρ)^{1/3}).
    share = special.expit(x / 3.0)
    spread = np.sqrt(m * share * special.expit(-x / 3.0) * (2.0 / 3.0))
    k, log_stride = active_counts(m, m * share, spread)
    inside = (k >= 1) & (k <= m - 1)
    k = np.clip(k, 1, m - 1)
    terms = log_binomial_half(k, m) + log_beta_power(k / 2, (m - k) / 2, rho[..., None], rest[..., None])
    return log_sum(np.where(inside, terms, -np.inf), axis=-1) + log_stride[..., 0]


_mixture_density = _kept(log_mixture_density)


def signal_and_noise(rho: Array, rest: Array, leak: float) -> tuple[Array, Array]:
    """(P + cN, (1−c)√(PN)) at S = 1: Q = signal·G/d + noise·√G Z/d with G ~ χ²_d and Z ~ N(0, 1)."""
    return rho + leak * rest, (1.0 - leak) * np.sqrt(rho * rest)


def log_student_failure(rho: Array, rest: Array, d: int, leak: float) -> Array:
    """log P(Q ≤ 0 | ρ) = log ½ I_v(d/2, ½), v = noise²/(signal² + noise²)."""
    signal, noise = signal_and_noise(rho, rest, leak)
    total = signal * signal + noise * noise
    return log_betainc(d / 2, 0.5, noise * noise / total, signal * signal / total) - math.log(2)


def log_failure_mixture(m: int, d: int, readout: str = "gaussian", leak: float = 0.0) -> float:
    """log P(Q ≤ 0) by the sum over k and, for a Gaussian readout, the integral over ρ."""
    no_gradient = -m * math.log(2) if leak == 0 else -math.inf
    if m == 1:
        return no_gradient
    if readout == "rademacher":
        inner = _log_sign_sum(m, d, leak)
    else:
        inner = log_lattice_integral(
            lambda x: _mixture_density(x, m) + log_student_failure(*logit_parts(x), d, leak), [(-120.0, 90.0)]
        )
    return float(np.logaddexp(no_gradient, inner))


def _log_sign_sum(m: int, d: int, leak: float) -> float:
    """log Σ_{k=1}^{m−1} C(m,k) 2^{−m} P(Q ≤ 0 | ρ = k/m)."""

    def terms(k: Array) -> Array:
        return log_binomial_half(k, m) + log_student_failure(k / m, (m - k) / m, d, leak)

    low, high, count = 1, m - 1, 4096
    while True:
        stride = max(1, (high - low) // count)
        k = np.arange(low, high + 1, stride, dtype=np.float64)
        logs = terms(k)
        inside = np.flatnonzero(logs > np.max(logs) - DROP)
        new_low = max(low, int(k[inside[0]]) - stride)
        new_high = min(high, int(k[inside[-1]]) + stride)
        # A stride that meets the bell in hundreds of nodes is exact (Poisson summation); stride 1 always is.
        if stride == 1 or (len(inside) > 300 and inside[0] > 0):
            return float(log_sum(logs)) + math.log(stride)
        low, high = new_low, new_high


def log_failure_contour(m: int, d: int) -> float:
    """log p₀(m, d) by the contour integral of whp S3 (ii), for a wide Gaussian ReLU network.

    p₀ = 2^{−m−1} + ∫₀^∞ f_d(s) P(P ≤ s²N) ds; P(P ≤ s²N) = (2πi)^{−1} ∫ M(z)^m dz/(−z) on Re z = −λ. The contour
    keeps one standard deviation away from the pole, on the left of it below s = 1 and on the right above.
    """
    log_density = float(special.gammaln((d + 1) / 2) - special.gammaln(d / 2)) - 0.5 * math.log(math.pi)
    if d > 20:
        log_density = 0.5 * math.log(d / (2 * math.pi)) + float(
            (d / 2) * math.log1p(1 / d) - 0.5 + stirling_remainder((d + 1) / 2) - stirling_remainder(d / 2)
        )

    def log_integrand(x: Array) -> Array:
        # s = e^x, so that f_d(s) ds = c_d e^x (1 + e^{2x})^{−(d+1)/2} dx.
        return log_density + x - (d + 1) / 2 * np.logaddexp(0.0, 2 * x) + _ratio_cdf(x, m)

    value = log_lattice_integral(log_integrand, [(-60.0, 60.0)])
    return float(np.logaddexp(value, -(m + 1) * math.log(2)))


def _log_ratio_cdf(x: Array, m: int) -> Array:
    """log P(Σ a_i²(D_i − s²(1−D_i)) ≤ 0) at s = e^x."""
    # Swapping active and inactive units turns s into 1/s, so only s ≤ 1 is ever integrated.
    log_small = _contour(np.exp(-2 * np.abs(x)), m)
    return np.where(x <= 0, log_small, np.log1p(-np.exp(log_small)))


_ratio_cdf = _kept(_log_ratio_cdf)


def _contour(s2: Array, m: int) -> Array:
    """log P(P ≤ s²N) for 0 < s² ≤ 1: (1/π) ∫₀^∞ Re[M(−λ+iy)^m / (λ−iy)] dy, one value per node."""
    q = s2 ** (2.0 / 3.0)
    saddle = (1.0 - q) / (2.0 * (s2 + q))
    u, v = 1.0 / (1.0 + 2.0 * saddle), s2 / (1.0 - 2.0 * s2 * saddle)
    share = np.sqrt(u) / (np.sqrt(u) + np.sqrt(v / s2))
    # At the saddle the tilted mean is 0 and this is the standard deviation of the integrand's bell in y.
    width = 1.0 / np.sqrt(3.0 * m * (share * u**2 + (1.0 - share) * v**2))
    tilt = np.maximum(saddle, 2.0 * width)
    # Equal steps near the saddle, stretched ones in the algebraic tail.
    node = np.arange(_CONTOUR_NODES) / 3.0
    y = width[:, None] * (4.0 * np.sinh(node / 4.0))
    weight = width[:, None] * np.cosh(node / 4.0) / 3.0
    weight[:, 0] /= 2.0
    top = m * _log_transform(-tilt[:, None] + 0j, s2[:, None]).real
    logs = m * _log_transform(-tilt[:, None] + 1j * y, s2[:, None]) - top
    total: Array = np.sum((np.exp(logs) / (tilt[:, None] - 1j * y)).real * weight, axis=1) / math.pi
    return top[:, 0] + np.log(total)


def _log_transform(z: NDArray[np.complex128], s2: Array) -> NDArray[np.complex128]:
    """log M(z), M(z) = ½(1−2z)^{−1/2} + ½(1+2s²z)^{−1/2}, accurate near M = 1."""
    r, t = np.sqrt(1.0 - 2.0 * z), np.sqrt(1.0 + 2.0 * s2 * z)
    w = z / (r * (1.0 + r)) - s2 * z / (t * (1.0 + t))
    return 0.5 * np.log1p(2.0 * w.real + w.real**2 + w.imag**2) + 1j * np.arctan2(w.imag, 1.0 + w.real)


# Every cell of a statement, and every precision at a cell, asks anew.
@lru_cache(maxsize=4096)
def log_failure(m: int, d: int, readout: str = "gaussian", leak: float = 0.0) -> float:
    """log P(Q ≤ 0) by the route that suits the sizes."""
    if leak == 0.0:
        if m == 1:
            return -math.log(2)
        if d == 1:
            return float(np.logaddexp(-math.log(4), -(m + 1) * math.log(2)))
        if readout == "gaussian" and _CONTOUR_WIDTH < m <= min(64 * d, _CONTOUR_LARGEST):
            return log_failure_contour(m, d)
    return log_failure_mixture(m, d, readout, leak)
