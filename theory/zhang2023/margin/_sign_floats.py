"""Failure of one step along the sign of the gradient, and its sharp exponent, in floats (whp S17).

Given ρ = P/S the sign margin √(P/d) ‖z‖₁ + √N Z is negative with probability E Φ(−s‖z‖₁), s² = ρ/((1−ρ)d). Since
E e^{−t|z|} = erfcx(t/√2), that is one contour integral,

    E Φ(−s‖z‖₁) = (2πi)^{−1} ∫ exp(d [u²/(2ρ) + log(2Φ(−u))]) du/u       on Re u > 0,

whose saddle u/h(u) = ρ, h(u) = φ(u)/Φ(−u), is the one of c_∞(ρ) = −log(2Φ(−u)) − u h(u)/2.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import special

from ...calculus.validate import real, size
from ...laws.lattice import log_lattice_integral
from ...laws.special import log_betainc
from ._floats import log_binomial_half, log_mixture_density, logit_parts

Array = NDArray[np.float64]

__all__ = [
    "hazard",
    "log_agreement_failure",
    "log_sign_failure",
    "saddle",
    "sign_minimiser",
    "sign_noise_cost",
    "sign_noise_exponent",
    "sign_noise_rate",
]

_ROOT = math.sqrt(2.0)
_PEAK = math.sqrt(2.0 / math.pi)
_NODES = 60
_PER_WIDTH = 4.0
# Beyond this dimension the complex error function is replaced by a Taylor series around the saddle, whose error does
# not grow with d.
_SERIES_FROM = 256
_SERIES_BELOW = 4.0
_TERMS = 40
_NEAR_ONE = 1e-4


def hazard(u: Array | float) -> Array:
    """h(u) = φ(u)/Φ(−u), the hazard rate of the normal law."""
    return np.asarray(_PEAK / special.erfcx(np.asarray(u) / _ROOT))


def saddle(rho: Array, rest: Array) -> tuple[Array, Array]:
    """u > 0 with u/h(u) = ρ, and the curvature 1/ρ − h'(u) there; near ρ = 1 by the first terms of their expansions."""
    near = rest < _NEAR_ONE
    inside = np.where(near, 0.5, rho)
    u = _PEAK * inside + inside**3
    for _ in range(16):
        h = hazard(u)
        # d log(u/h)/d log u = 1 − u(h − u), between 0 and 1.
        u = u * np.exp(np.clip(np.log(inside * h / u) / (1.0 - u * (h - u)), -2.0, 2.0))
    h = hazard(u)
    curvature = 1.0 / inside - h * (h - u)
    return np.where(near, 1.0 / np.sqrt(rest), u), np.where(near, 2.0 * rest, curvature)


def _log_inner(rho: Array, rest: Array, d: int) -> Array:
    """log E Φ(−√(ρ/(1−ρ)) ‖z‖₁/√d), one value per node."""
    u, curvature = saddle(rho, rest)
    width = 1.0 / np.sqrt(d * curvature)
    # The contour keeps two widths away from the pole at 0.
    tilt = np.maximum(u, 2.0 * width)
    y = width[:, None] / _PER_WIDTH * np.arange(_NODES)
    top = d * (tilt**2 * rest / (2.0 * rho) + np.log(special.erfcx(tilt / _ROOT)))
    z = tilt[:, None] + 1j * y
    logs = d * ((2j * tilt[:, None] * y - y**2) * (rest / (2.0 * rho))[:, None])
    series = (tilt < _SERIES_BELOW) & (d >= _SERIES_FROM)
    logs[series] += d * _log_ratio_series(tilt[series], y[series])
    logs[~series] += d * np.log(special.wofz(1j * z[~series] / _ROOT) / special.erfcx(tilt[~series] / _ROOT)[:, None])
    terms = (np.exp(logs) / z).real
    terms[:, 0] /= 2.0
    total = terms.sum(axis=1) * width / (_PER_WIDTH * math.pi)
    return np.asarray(top + np.log(total))


def _log_ratio_series(tilt: Array, y: Array) -> NDArray[np.complex128]:
    """log erfcx((tilt + iy)/√2) − log erfcx(tilt/√2): g = log erfcx(u/√2) has g' = u − h and h' = h² − u h."""
    h = [hazard(tilt)]
    for k in range(_TERMS):
        square = sum((h[j] * h[k - j] for j in range(k + 1)), np.zeros_like(tilt))
        h.append((square - tilt * h[k] - (h[k - 1] if k else 0.0)) / (k + 1))
    total = np.zeros(y.shape, dtype=np.complex128)
    for k in range(_TERMS, 0, -1):
        slope = tilt - h[0] if k == 1 else (1.0 - h[1]) / 2.0 if k == 2 else -h[k - 1] / k
        total = (total + slope[:, None]) * (1j * y)
    return total


@lru_cache(maxsize=4096)
def log_sign_failure(m: int, d: int, readout: str = "gaussian") -> float:
    """log P(√(P/d) ‖z‖₁ + √N Z ≤ 0), the failure probability of one sign step."""
    no_gradient = -m * math.log(2)
    if m == 1:
        return no_gradient
    if readout == "rademacher":
        k = np.arange(1.0, m)
        inner = float(special.logsumexp(log_binomial_half(k, m) + _log_inner(k / m, (m - k) / m, d)))
    else:
        inner = log_lattice_integral(
            lambda x: log_mixture_density(x, m) + _log_inner(*logit_parts(x), d), [(-120.0, 90.0)]
        )
    return float(np.logaddexp(no_gradient, inner))


def log_agreement_failure(m: int, d: int) -> float:
    """log P(2K − d ≤ 0), K | ρ ~ Bin(d, 1 − arccos(√ρ)/π): failure of a sign step with the witness sign(Wᵀa)."""
    no_gradient = -m * math.log(2)
    if m == 1:
        return no_gradient
    half = d // 2

    def inner(rho: Array, rest: Array) -> Array:
        miss = np.arctan2(np.sqrt(rest), np.sqrt(rho)) / math.pi
        # At most d/2 successes are at least d − ⌊d/2⌋ failures; 1 − miss is between ½ and 1.
        return np.asarray(log_betainc(d - half, half + 1.0, miss, 1.0 - miss))

    found = log_lattice_integral(lambda x: log_mixture_density(x, m) + inner(*logit_parts(x)), [(-120.0, 90.0)])
    return float(np.logaddexp(no_gradient, found))


def sign_noise_cost(rho: float) -> float:
    """c_∞(ρ) = −log(2Φ(−u)) − u h(u)/2 with u/h(u) = ρ, the rate of a negative sign margin given ρ, 0 < ρ < 1."""
    return _cost(_root(rho))


def _root(rho: float) -> float:
    return float(saddle(np.array([rho]), np.array([1.0 - rho]))[0][0])


def _cost(u: float) -> float:
    return -float(np.log(2.0 * special.ndtr(-u))) - u * float(hazard(u)) / 2.0


def sign_minimiser(gamma: float) -> float:
    """The u > 0 at which c_∞ + γJ is least: its derivative h²/2 + γJ' rises from −∞ to a positive value at ρ = ½."""

    def slope(u: float) -> float:
        h = float(hazard(u))
        a, b = math.cbrt(u / h), math.cbrt(1.0 - u / h)
        return h * h - gamma * (a**-2 - b**-2) / (a + b)

    low, high = 1e-12 / (1.0 + 1.0 / gamma**2), _root(0.5)
    while slope(low) > 0.0:
        low *= 1e-3
    return float(scipy.optimize.brentq(slope, low, high, xtol=1e-300, rtol=1e-15))


def sign_noise_rate(gamma: float) -> float:
    """I_∞(γ) = min over ρ ≤ ½ of c_∞(ρ) + γJ(ρ), the exponent of a failure of the sign step per dimension (whp S17).

    Examples
    --------
    >>> round(sign_noise_rate(1), 5), round(sign_noise_rate(1e9), 5)
    (0.14188, 0.24065)
    """
    gamma = real(gamma, "gamma")
    if not gamma > 0.0:
        raise ValueError(f"gamma = m/d must be positive, found {gamma}; pass a positive ratio")
    u = sign_minimiser(gamma)
    share = u / float(hazard(u))
    # J(ρ) = ½ log(1 + 3((1−t)/(1+t))²), t³ = ρ/(1−ρ), keeps its digits near ρ = ½.
    t = math.cbrt(share / (1.0 - share))
    return _cost(u) + gamma / 2.0 * math.log1p(3.0 * ((1.0 - t) / (1.0 + t)) ** 2)


def sign_noise_exponent(m: int, d: int) -> float:
    """A_∞(m, d) = d I_∞(m/d), with P(Q_∞ ≤ 0) ≤ ½e^{−A_∞} + 2^{−m−1} ≤ e^{−A_∞} for all m, d ≥ 1 (whp S17).

    Examples
    --------
    >>> round(sign_noise_exponent(64, 64), 4)
    9.0806
    """
    m, d = size(m, "width m"), size(d, "input dimension d")
    return d * sign_noise_rate(m / d)
