"""The margin's distribution function and density at any point, both tails in logarithms (whp S1, S6, S8).

Given ρ, write √G and Z in polar coordinates: √G = R cos φ, Z = R sin φ with R² ~ χ²_{d+1} independent of the angle φ,
whose density is proportional to cos^{d−1} φ. Then

    d·Q = S R² cos² φ (σ + ν tan φ),   σ = ρ + c(1−ρ),   ν = (1−c) √(ρ(1−ρ)),

with S = ‖a‖² independent of (ρ, φ, R): the sign of Q is that of σ + ν tan φ, and its size is a product. Every integrand
below is positive and analytic in logarithmic coordinates, so that trapezoids converge geometrically in either tail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate

from ._lattice import DROP, log_lattice_integral, log_row_integrals, log_sum
from ._law_float import (
    log_binomial_half,
    log_failure,
    log_mixture_density,
    logit_parts,
    signal_and_noise,
)
from ._special import log_gammainc, log_gammaincc, stirling_remainder

Array = NDArray[np.float64]

__all__ = ["Margin"]

_LOG2 = math.log(2)
RATIO_RANGE = (-14.5, 14.5)
"""Range of the coordinate v of ρ: log(ρ/(1−ρ)) runs over ±150."""
_LARGEST_LOG = 600.0
_TAME = 100.0
_SMALLEST = 1e-20
"""Thresholds closer to 0 are told from 0 by no digit of a probability."""


def log_chi2_density(w: Array, k: int) -> Array:
    """log density of w = log(χ²_k/k)."""
    # e^w − 1 − w by its series where the difference would cancel.
    near = np.where(np.abs(w) < 0.5, w, 0.0)
    series = np.zeros_like(near)
    for n in range(16, 1, -1):
        series = (series + 1.0) * near / n
    bend = np.where(np.abs(w) < 0.5, series * near, np.expm1(np.minimum(w, _LARGEST_LOG)) - w)
    return 0.5 * math.log(k / (4 * math.pi)) - float(stirling_remainder(k / 2)) - k / 2 * bend


def stretch(v: Array) -> tuple[Array, Array]:
    """(w, log dw/dv) of w = v + 1 − e^{−v}, which turns the slow left tail e^{kw/2} into a doubly exponential one."""
    return v - np.expm1(-v), np.log1p(np.exp(-v))


def log_ratio_density(v: Array, m: int) -> tuple[Array, Array, Array]:
    """(ρ, 1 − ρ, log density of v), log(ρ/(1−ρ)) = 8 sinh(v/4); the density is computed once per distinct v."""
    distinct, where = np.unique(v, return_inverse=True)
    x = np.clip(8.0 * np.sinh(distinct / 4.0), -_LARGEST_LOG / 2, _LARGEST_LOG / 2)
    density = log_mixture_density(x, m) + np.log(2.0 * np.cosh(distinct / 4.0))
    rho, rest = logit_parts(x)
    return rho[where], rest[where], density[where]


@dataclass(frozen=True)
class Margin:
    """The margin's law for checked arguments; every answer is a natural logarithm.

    Attributes
    ----------
    m, d : int
    readout : {"gaussian", "rademacher"}
    leak : float
        Slope c in [0, 1) of the leaky ReLU.
    unit_scale : bool
        The law of Q/‖a‖² in place of Q (they agree for a readout of signs).
    """

    m: int
    d: int
    readout: str = "gaussian"
    leak: float = 0.0
    unit_scale: bool = False

    def logcdf(self, t: float) -> float:
        """log P(Q ≤ t)."""
        if math.isinf(t):
            return 0.0 if t > 0 else -math.inf
        below = log_failure(self.m, self.d, self.readout, self.leak)
        if t == 0.0:
            return below
        if t < 0.0:
            return self._tail(t, "sf")
        value = float(np.logaddexp(below, self._tail(t, "cdf")))
        # Beyond the median the complement is the small tail: it carries the digits.
        return value if value < -_LOG2 else _log_complement(self._tail(t, "sf"))

    def logsf(self, t: float) -> float:
        """log P(Q > t)."""
        if math.isinf(t):
            return 0.0 if t < 0 else -math.inf
        if t <= 0.0:
            return _log_complement(self.logcdf(t))
        value = self._tail(t, "sf")
        return value if value < -_LOG2 else _log_complement(self.logcdf(t))

    def logpdf(self, t: float) -> float:
        """log density at t of the part of the law without the atom at 0; ∞ where the density has a pole."""
        if math.isinf(t):
            return -math.inf
        return self._tail(t, "pdf") if t != 0.0 else self._logpdf_at_zero()

    @property
    def _random_scale(self) -> bool:
        return self.readout == "gaussian" and not self.unit_scale

    def _tail(self, t: float, kind: str) -> float:
        """log of P(0 < Q ≤ t) ("cdf"), P(Q > t) ("sf") or the density, on the side of 0 where t lies (t ≠ 0).

        For t < 0 these are P(t ≤ Q < 0), P(Q < t) and the density.
        """
        parts = []
        if t > 0.0:
            parts.append(-self.m * _LOG2 + self._all_active(t, kind))
            if self.leak > 0.0:
                shift = math.log(self.leak) if kind == "pdf" else 0.0
                parts.append(-self.m * _LOG2 + self._all_active(t / self.leak, kind) - shift)
        if self.m > 1:
            mixed = self._sign_sum if self.readout == "rademacher" else self._gaussian_integral
            parts.append(mixed(math.copysign(max(abs(t), _SMALLEST), t), kind))
        if not parts:
            return -math.inf
        total = float(log_sum(np.array(parts)))
        return total if kind == "pdf" else min(total, 0.0)

    def _all_active(self, t: float, kind: str) -> float:
        """log of P(S G/d ≤ t), P(S G/d > t) or the density of S G/d at t > 0."""
        if not self._random_scale:
            return float(log_chi2(self.d, np.array(math.log(t)), kind)) - (math.log(t) if kind == "pdf" else 0.0)
        small, large = sorted((self.m, self.d))

        def log_integrand(v: Array) -> Array:
            y, slope = stretch(v)
            return log_chi2_density(y, large) + slope + log_chi2(small, math.log(t) - y, kind)

        return log_lattice_integral(log_integrand, [(-6.0, 40.0)]) - (math.log(t) if kind == "pdf" else 0.0)

    def _log_slope(self, rho: Array, rest: Array, u: Array, sign: int) -> tuple[Array, Array]:
        """log of ν e cos² φ, e = |σ/ν + tan φ|, and log density of the coordinate u, on the side of Q's sign.

        e = (y + √(y² + 4w²))/2 with y = 2h sinh u, h = d^{−1/2} and w² = (σ/ν)² + h²: near φ = 0 this is 2 tan φ for
        every ρ, so that a concentrated φ makes no curved ridge, and e → 0 is stretched logarithmically.
        """
        signal, noise = signal_and_noise(rho, rest, self.leak)
        r, h = signal / noise, self.d**-0.5
        u = np.clip(u, -_LARGEST_LOG / 2, _LARGEST_LOG / 2)
        y = 2.0 * h * np.sinh(u)
        w2 = r * r + h * h
        root = np.sqrt(y * y + 4.0 * w2)
        e = np.where(y > 0, (root + y) / 2.0, 2.0 * w2 / (root - np.minimum(y, 0.0)))
        # tan φ = e − r without cancellation near φ = 0; on the negative side it is −(r + e).
        near = y / 2.0 + (y * y + 4.0 * h * h) / (2.0 * (root + 2.0 * r))
        tangent = np.where(y > -r, near, e - r) if sign > 0 else r + e
        log_e, log_square = np.log(e), np.log1p(tangent * tangent)
        jacobian = log_e - np.log(root) + np.log(2.0 * h * np.cosh(u))
        density = jacobian - (self.d + 1) / 2 * log_square - _log_half_beta(self.d)
        return np.log(noise) + log_e - log_square, density

    def _log_size(self, t: float) -> float:
        return math.log(abs(t)) + math.log(self.d / (self.d + 1))

    def _sign_sum(self, t: float, kind: str) -> float:
        """Σ_k C(m,k) 2^{−m} E_φ: one line integral per k, over strides of k that resolve the sum's bell."""
        log_size, sign = self._log_size(t), 1 if t > 0 else -1

        def value(k: int) -> float:
            rho, rest = np.array(k / self.m), np.array((self.m - k) / self.m)

            def log_integrand(u: Array) -> Array:
                log_gain, density = self._log_slope(rho, rest, u, sign)
                return density + log_chi2(self.d + 1, log_size - log_gain, kind)

            return float(log_binomial_half(np.array(k), self.m)) + log_lattice_integral(log_integrand, [(-60.0, 60.0)])

        known: dict[int, float] = {}
        low, high = 1, self.m - 1
        while True:
            stride = max(1, (high - low) // 64)
            nodes = range(low, high + 1, stride)
            for k in nodes:
                if k not in known:
                    known[k] = value(k)
            logs = np.array([known[k] for k in nodes])
            inside = np.flatnonzero(logs > np.max(logs) - DROP)
            if stride == 1 or (len(inside) > 40 and low > 1 and high < self.m - 1):
                total = float(log_sum(logs)) + math.log(stride)
                return total - (math.log(abs(t)) if kind == "pdf" else 0.0)
            low = max(1, nodes[int(inside[0])] - stride)
            high = min(self.m - 1, nodes[int(inside[-1])] + stride)

    def _gaussian_integral(self, t: float, kind: str) -> float:
        """The integral over ρ and φ, with the law of S R² (or of R²) at every point, on the event 0 < k < m."""
        log_size, sign = self._log_size(t), 1 if t > 0 else -1

        def log_integrand(v: Array, u: Array) -> Array:
            rho, rest, density = log_ratio_density(v, self.m)
            log_gain, density_u = self._log_slope(rho, rest, u, sign)
            return density + density_u + self._log_size_law(log_size - log_gain, kind)

        # A tiny threshold moves the mass towards e = 0.
        low = -60.0 + min(0.0, math.log(abs(t)))
        total = log_lattice_integral(log_integrand, [RATIO_RANGE, (low, 60.0)], 0.5)
        return total - (math.log(abs(t)) if kind == "pdf" else 0.0)

    def _log_size_law(self, w: Array, kind: str) -> Array:
        """log P(S R²/(d+1) ≤ e^w), its complement, or the density of log(S R²/(d+1)); S = 1 with a unit scale."""
        if not self._random_scale:
            return log_chi2(self.d + 1, w, kind)
        return log_product_law(self.m, self.d + 1, w, kind)

    def _logpdf_at_zero(self) -> float:
        """log density at 0: E[1/S] E_ρ[(1 + σ²/ν²)^{−(d−1)/2}/ν] d Γ((d−1)/2) / (2 √π Γ(d/2))."""
        m, d = self.m, self.d
        pole_of_scale = self._random_scale and m <= 2
        # One active unit of a Gaussian readout makes Q a product that is small too often.
        if d == 1 or pole_of_scale or (self.readout == "gaussian" and self.leak == 0.0):
            return math.inf

        def conditional(rho: Array, rest: Array) -> Array:
            signal, noise = signal_and_noise(rho, rest, self.leak)
            return -0.5 * (d - 1) * np.log1p((signal / noise) ** 2) - np.log(noise)

        if m == 1:
            return -math.inf if self.leak == 0.0 or d > 2 else math.inf
        if self.readout == "rademacher":
            k = np.arange(1.0, m)
            inner = float(log_sum(log_binomial_half(k, m) + conditional(k / m, (m - k) / m)))
        else:
            inner = log_lattice_integral(
                lambda x: log_mixture_density(x, m) + conditional(*logit_parts(x)), [(-120.0, 120.0)]
            )
        scale = math.log(m / (m - 2)) if self._random_scale else 0.0
        return inner + scale + math.log(d / (2 * math.pi)) + _log_half_beta(d - 1)


def log_product_law(k: int, n: int, w: Array, kind: str) -> Array:
    """log P(X ≤ e^w), log P(X > e^w) or the log density of log X at w, for X = (χ²_k/k)(χ²_n/n), any order of w.

    Computed at nodes that are fine against the spread near its centre and sparse in the smooth tails, then
    interpolated by splines of degree 9.
    """
    small, large = sorted((k, n))
    spread = math.sqrt(2.0 / small + 2.0 / large)
    low, high = float(np.min(w)), float(np.max(w))
    xi_low, xi_high = math.asinh(low / (4.0 * spread)), math.asinh(high / (4.0 * spread)) + 1e-9
    count = 24 + int((xi_high - xi_low) / 0.03)
    # A spline is least accurate near its ends: keep the points away from them.
    margin = 10 * (xi_high - xi_low) / count
    nodes = np.linspace(xi_low - margin, xi_high + margin, count + 20)
    points = 4.0 * spread * np.sinh(nodes)[:, None]

    def log_integrand(v: Array) -> Array:
        y, slope = stretch(v)
        return log_chi2_density(y, large) + slope + log_chi2(small, points - y, kind)

    values = np.maximum(log_row_integrals(log_integrand, len(nodes), -5.0, 40.0), -1e300)
    # The logarithm falls exponentially in one tail; its asinh is tame for a spline and keeps relative accuracy.
    spline = interpolate.make_interp_spline(nodes, np.arcsinh(values / _TAME), k=9)
    return _TAME * np.sinh(spline(np.arcsinh(w / (4.0 * spread))))


def log_chi2(k: int, w: Array, kind: str) -> Array:
    """log P(χ²_k/k ≤ e^w), log P(χ²_k/k > e^w) or the log density of log(χ²_k/k) at w."""
    if kind == "pdf":
        return log_chi2_density(w, k)
    point = k / 2 * np.exp(np.minimum(w, _LARGEST_LOG))
    return log_gammainc(k / 2, point) if kind == "cdf" else log_gammaincc(k / 2, point)


def _log_half_beta(d: int) -> float:
    """log B(½, d/2), the mass of cos^{d−1} over (−π/2, π/2)."""
    a, b = d / 2, (d + 1) / 2
    powers = (a - 0.5) * math.log(a) - (b - 0.5) * math.log(b) + 0.5
    return 0.5 * math.log(math.pi) + powers + float(stirling_remainder(a) - stirling_remainder(b))


def _log_complement(log_p: float) -> float:
    """log(1 − e^{log_p})."""
    if log_p >= 0.0:
        return -math.inf
    return math.log(-math.expm1(log_p)) if log_p > -_LOG2 else math.log1p(-math.exp(log_p))
