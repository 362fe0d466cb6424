"""The margin's distribution function and density at any point, both tails in logarithms (whp S1, S6, S8).

Given ρ, write √G and Z in polar coordinates: √G = R cos φ, Z = R sin φ with R² ~ χ²_{d+1} independent of the angle φ,
whose density is proportional to cos^{d−1} φ. Then

    d·Q = S R² cos² φ (σ + ν tan φ),   σ = ρ + c(1−ρ),   ν = (1−c) √(ρ(1−ρ)),

with S = ‖a‖² independent of (ρ, φ, R): the sign of Q is that of σ + ν tan φ, and its size is a product. Every integrand
below is positive and analytic in logarithmic coordinates, so that trapezoids converge geometrically in either tail.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ...laws.lattice import DROP, log_lattice_integral, log_row_integrals, log_sum, unit_of
from ...laws.special import log_gammainc, log_gammaincc, stirling_remainder
from ._floats import log_binomial_half, log_failure, log_mixture_density

Array = NDArray[np.float64]

__all__ = ["Margin"]

_LOG2 = math.log(2)
_TAME = 100.0
_STEEPEST = 300.0
"""Where |log e| or |log(ρ/(1−ρ))| is this large, one power law is left of every integrand."""
_FAR = 100.0
"""e^{−100} is lost in a sum with 1, even times 2^53."""
_LARGEST_LOG = 709.0
_SMALLEST = 1e-20
"""Below it (and a multiple of 1/(m + d)) the mixed part of the law follows its expansion at 0."""
_NODE_GAP = 10.0
_LARGEST_TANGENT = 1e150
_LARGEST_SIZE = 760.0
"""log P(X > x) is a float well beyond this log x, and beyond a float's."""


def ratio_range(log_t: float = 0.0) -> tuple[float, float]:
    """Range of x = log(ρ/(1−ρ)).

    At a small threshold t one active unit of a Gaussian readout is as likely to be small at every ρ > t², and at d = 1
    one inactive unit at every 1 − ρ > t.
    """
    tiny = max(0.0, -log_t)
    return -100.0 - 2.0 * tiny, 120.0 + tiny


def log_chi2_density(w: Array, k: int) -> Array:
    """log density of w = log(χ²_k/k)."""
    # e^w − 1 − w by its series where the difference would cancel.
    near = np.where(np.abs(w) < 0.5, w, 0.0)
    series = np.zeros_like(near)
    for n in range(16, 1, -1):
        series = (series + 1.0) * near / n
    bend = np.where(np.abs(w) < 0.5, series * near, np.expm1(np.minimum(w, _LARGEST_LOG)) - w)
    with np.errstate(over="ignore"):
        return 0.5 * math.log(k / (4 * math.pi)) - float(stirling_remainder(k / 2)) - k / 2 * bend


def stretch(v: Array) -> tuple[Array, Array]:
    """(w, log dw/dv) of w = v + 1 − e^{−v}, which turns the slow left tail e^{kw/2} into a doubly exponential one."""
    return v - np.expm1(-v), np.log1p(np.exp(-v))


def log_ratio_density(x: Array, m: int) -> Array:
    """log density of x = log(ρ/(1−ρ)), computed once per distinct x."""
    distinct, where = np.unique(x, return_inverse=True)
    near = np.clip(distinct, -_STEEPEST, _STEEPEST)
    # Far out only k = 1 or k = m − 1 is left, with a density proportional to e^{−|x|/2}.
    return (log_mixture_density(near, m) - np.abs(distinct - near) / 2.0)[where]


def log_noise_and_slope(x: Array, leak: float) -> tuple[Array, Array]:
    """(log ν, σ/ν) of σ = ρ + c(1−ρ) and ν = (1−c) √(ρ(1−ρ)) at x = log(ρ/(1−ρ))."""
    slope = np.exp(x / 2.0) if leak == 0.0 else np.exp(x / 2.0) + leak * np.exp(-x / 2.0)
    return math.log1p(-leak) + x / 2.0 - np.logaddexp(0.0, x), slope / (1.0 - leak)


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
            return self.log_side(t, "sf")
        if t < self._typical:
            value = float(np.logaddexp(below, self.log_side(t, "cdf")))
            # Beyond the median the complement is the small tail: it carries the digits.
            return value if value < -_LOG2 else _log_complement(self.log_side(t, "sf"))
        value = self.log_side(t, "sf")
        return _log_complement(value) if value < -_LOG2 else float(np.logaddexp(below, self.log_side(t, "cdf")))

    def logsf(self, t: float) -> float:
        """log P(Q > t)."""
        if math.isinf(t):
            return 0.0 if t < 0 else -math.inf
        if t <= 0.0:
            return _log_complement(self.logcdf(t))
        if t < self._typical:
            below = self.logcdf(t)
            return _log_complement(below) if below < -_LOG2 else self.log_side(t, "sf")
        value = self.log_side(t, "sf")
        return value if value < -_LOG2 else _log_complement(self.logcdf(t))

    def logpdf(self, t: float) -> float:
        """log density at t of the part of the law without the atom at 0; ∞ where the density has a pole."""
        if math.isinf(t):
            return -math.inf
        return self.log_side(t, "pdf") if t != 0.0 else self._logpdf_at_zero()

    @property
    def _typical(self) -> float:
        """Near the median (the mean less what a gamma law's skewness takes): decides which tail is tried first."""
        mean = (1.0 + self.leak) / 2.0
        return max(mean - (5.0 / self.m + 3.0 / self.d) / (12.0 * mean), 0.1)

    @property
    def _random_scale(self) -> bool:
        return self.readout == "gaussian" and not self.unit_scale

    def log_side(self, t: float, kind: str) -> float:
        """log of P(0 < Q ≤ t) ("cdf"), P(Q > t) ("sf") or the density ("pdf"), on the side of 0 where t lies (t ≠ 0).

        For t < 0 these are P(t ≤ Q < 0), P(Q < t) and the density.
        """
        with np.errstate(over="ignore"):
            return self._log_side(t, kind)

    def _log_side(self, t: float, kind: str) -> float:
        log_t = math.log(abs(t))
        total = self._mixed(log_t, 1 if t > 0 else -1, kind) if self.m > 1 else -math.inf
        # At most 1 as a probability, and less than m + d as a density of log Q.
        most = -self.m * _LOG2 + math.log(self.m + self.d)
        if t > 0.0 and most > total - DROP:
            points = [log_t] if self.leak == 0.0 else [log_t, log_t - math.log(self.leak)]
            pure = [self._all_active(point, kind) - self.m * _LOG2 for point in points]
            total = float(log_sum(np.array([total, *pure])))
        # Every part gives the density of log|Q|.
        return total - log_t if kind == "pdf" else min(total, 0.0)

    def _mixed(self, log_t: float, sign: int, kind: str) -> float:
        """The same on the event 0 < k < m, on one side of 0; the density is that of log|Q|.

        Near 0 the density of Q is a polynomial in log(1/|t|), up to a relative √|t|.
        """
        direct = self._sign_sum if self.readout == "rademacher" else self._gaussian_integral
        log_small = math.log(_SMALLEST / max(1.0, (self.m + self.d) * 1e-6))
        if log_t >= log_small:
            return direct(log_t, sign, kind)
        if kind != "pdf":
            # Next to P(Q ≤ 0) this is beyond the last digit: no power of log(1/|t|) matters.
            return direct(log_small, sign, kind) + (log_t - log_small if kind == "cdf" else 0.0)
        # One power for each of ρ, S and R² that is small as often as ν e is.
        free = self.readout == "gaussian" and self.leak < _SMALLEST
        degree = free + (self._random_scale and self.m == 2) + (self.d == 1)
        nodes = log_small - _NODE_GAP * np.arange(degree + 1)
        logs = np.array([direct(float(node), sign, kind) for node in nodes]) - nodes
        if degree == 0:
            return float(logs[0]) + log_t
        curve = scipy.interpolate.BarycentricInterpolator(nodes, np.exp(logs - logs[0]))
        return math.log(float(curve(log_t))) + float(logs[0]) + log_t

    def _all_active(self, log_t: float, kind: str) -> float:
        """log of P(S G/d ≤ t), P(S G/d > t) or the density of log(S G/d) at log t."""
        if not self._random_scale:
            return float(log_chi2(self.d, np.array(log_t), kind))
        small, large = sorted((self.m, self.d))
        return float(log_product_values(small, large, np.array([log_t]), kind)[0])

    def _log_slope(self, x: Array, u: Array, sign: int) -> tuple[Array, Array]:
        """log of ν e cos² φ, e = |σ/ν + tan φ|, and log density of the coordinate u, on the side of Q's sign.

        e = (y + √(y² + 4w²))/2 with y = 2h sinh u, h = d^{−1/2} and w² = (σ/ν)² + h²: near φ = 0 this is 2 tan φ for
        every ρ, so that a concentrated φ makes no curved ridge, and e → 0 is stretched logarithmically.
        """
        log_noise, r = log_noise_and_slope(x, self.leak)
        h = self.d**-0.5
        # Below −300 the angle no longer moves, and e falls as e^u.
        excess = np.minimum(u + _STEEPEST, 0.0)
        u = np.clip(u, -_STEEPEST, _STEEPEST)
        y = 2.0 * h * np.sinh(u)
        w = np.hypot(r, h)
        root = np.hypot(y, 2.0 * w)
        e = np.where(y > 0, (root + y) / 2.0, w * (2.0 * w / (root - np.minimum(y, 0.0))))
        # tan φ = e − r without cancellation near φ = 0; on the negative side it is −(r + e).
        near = y / 2.0 + (y * y + 4.0 * h * h) / (2.0 * (root + 2.0 * r))
        tangent = np.where(y > -r, near, e - r) if sign > 0 else r + e
        log_e, log_square = np.log(e), np.log1p(np.minimum(np.abs(tangent), _LARGEST_TANGENT) ** 2)
        jacobian = log_e - np.log(root) + np.log(2.0 * h * np.cosh(u))
        density = jacobian - (self.d + 1) / 2 * log_square - _log_half_beta(self.d)
        return log_noise + log_e - log_square + excess, density + excess

    def _log_size(self, log_t: float) -> float:
        return log_t + math.log(self.d / (self.d + 1))

    @staticmethod
    def _slope_range(log_t: float) -> tuple[float, float]:
        """Range of u: a tiny threshold is met near e = 0, and at a small d near φ = π/2."""
        tiny = max(0.0, -log_t)
        return -60.0 - tiny, 60.0 + tiny

    def _sign_sum(self, log_t: float, sign: int, kind: str) -> float:
        """Σ_k C(m,k) 2^{−m} E_φ: one line integral per k, over strides of k that resolve the sum's bell."""
        log_size = self._log_size(log_t)

        def value(k: int) -> float:
            x = np.array(math.log(k / (self.m - k)))

            def log_integrand(u: Array) -> Array:
                log_gain, density = self._log_slope(x, u, sign)
                return density + log_chi2(self.d + 1, log_size - log_gain, kind)

            inner = log_lattice_integral(log_integrand, [self._slope_range(log_t)])
            return float(log_binomial_half(np.array(k), self.m)) + inner

        known: dict[int, float] = {}
        low, high = 1, self.m - 1
        while True:
            stride = max(1, (high - low) // 64)
            nodes = range(low, high + 1, stride)
            for k in nodes:
                if k not in known:
                    known[k] = value(k)
            logs = np.array([known[k] for k in nodes])
            top = float(np.max(logs))
            if top == -math.inf:
                return top
            inside = np.flatnonzero(logs > top - DROP * unit_of(top))
            if stride == 1 or (len(inside) > 40 and low > 1 and high < self.m - 1):
                return float(log_sum(logs)) + math.log(stride)
            low = max(1, nodes[int(inside[0])] - stride)
            high = min(self.m - 1, nodes[int(inside[-1])] + stride)

    def _gaussian_integral(self, log_t: float, sign: int, kind: str) -> float:
        """The integral over ρ and φ, with the law of S R² (or of R²) at every point, on the event 0 < k < m."""
        log_size, log_law = self._log_size(log_t), self._log_size_law(kind)

        def log_integrand(x: Array, s: Array) -> Array:
            # Small margins of a given size, t ~ √ρ e, lie along a line s = u + log √ρ.
            log_gain, density = self._log_slope(x, s + np.logaddexp(0.0, -x) / 2.0, sign)
            return log_ratio_density(x, self.m) + density + log_law(log_size - log_gain)

        return log_lattice_integral(log_integrand, [ratio_range(log_t), self._slope_range(log_t)], 1.0)

    def _log_size_law(self, kind: str) -> Callable[[Array], Array]:
        """log P(S R²/(d+1) ≤ e^w), its complement, or the density of log(S R²/(d+1)); S = 1 with a unit scale."""
        if not self._random_scale:
            return lambda w: log_chi2(self.d + 1, w, kind)
        return ProductLaw(self.m, self.d + 1, kind)

    def _logpdf_at_zero(self) -> float:
        """log density at 0: E[1/S] E_ρ[(1 + σ²/ν²)^{−(d−1)/2}/ν] d Γ((d−1)/2) / (2 √π Γ(d/2))."""
        m, d = self.m, self.d
        pole_of_scale = self._random_scale and m <= 2
        # One active unit of a Gaussian readout makes Q a product that is small too often.
        if d == 1 or pole_of_scale or (self.readout == "gaussian" and self.leak == 0.0):
            return math.inf

        def conditional(x: Array) -> Array:
            log_noise, slope = log_noise_and_slope(x, self.leak)
            return -0.5 * (d - 1) * np.log1p(slope**2) - log_noise

        if m == 1:
            return -math.inf if self.leak == 0.0 or d > 2 else math.inf
        if self.readout == "rademacher":
            k = np.arange(1.0, m)
            inner = float(log_sum(log_binomial_half(k, m) + conditional(np.log(k / (m - k)))))
        else:
            inner = log_lattice_integral(lambda x: log_mixture_density(x, m) + conditional(x), [(-120.0, 120.0)])
        scale = math.log(m / (m - 2)) if self._random_scale else 0.0
        return inner + scale + math.log(d / (2 * math.pi)) + _log_half_beta(d - 1)


class ProductLaw:
    """log P(X ≤ e^w), log P(X > e^w) or the log density of log X at w, for X = (χ²_k/k)(χ²_n/n), any order of w.

    Computed at nodes that are fine against the spread near its centre and sparse in the smooth tails, then
    interpolated by splines of degree 9; made for the points of its first call, and again only for points outside.
    """

    def __init__(self, k: int, n: int, kind: str) -> None:
        self._small, self._large, self._kind = min(k, n), max(k, n), kind
        self._scale = 4.0 * math.sqrt(2.0 / k + 2.0 / n)
        self._low, self._high = math.inf, -math.inf
        self._spline: Callable[[Array], Array] | None = None

    def __call__(self, w: Array) -> Array:
        xi = np.arcsinh(np.minimum(w, _LARGEST_SIZE) / self._scale)
        low, high = float(np.min(xi)), float(np.max(xi))
        if self._spline is None or low < self._low or high > self._high:
            self._low, self._high = min(low, self._low), max(high, self._high)
            self._spline = self._interpolate()
        return _TAME * np.sinh(self._spline(xi))

    def _interpolate(self) -> Callable[[Array], Array]:
        step = 1.0 / 32.0
        # A spline is least accurate near its ends: keep the points away from them.
        nodes = np.arange(math.floor(self._low / step) - 12, math.ceil(self._high / step) + 13) * step
        values = log_product_values(self._small, self._large, self._scale * np.sinh(nodes), self._kind)
        # The logarithm falls exponentially in one tail; its asinh is tame for a spline and keeps relative accuracy.
        spline: Callable[[Array], Array] = scipy.interpolate.make_interp_spline(nodes, np.arcsinh(values / _TAME), k=9)
        return spline


def log_product_values(small: int, large: int, w: Array, kind: str) -> Array:
    """What `ProductLaw` interpolates, each by its own integral over the logarithm of one factor; small ≤ large."""
    points = w[:, None]

    def log_integrand(y: Array) -> Array:
        return log_chi2_density(y, large) + log_chi2(small, points - y, kind)

    # Left of both centres e^y decays as y·large/2 at least, right of both doubly exponentially.
    return log_row_integrals(log_integrand, np.minimum(w, 0.0) - 90.0, np.maximum(w, 0.0) + 5.0, 0.25)


def log_chi2(k: int, w: Array, kind: str) -> Array:
    """log P(χ²_k/k ≤ e^w), log P(χ²_k/k > e^w) or the log density of log(χ²_k/k) at w."""
    density = log_chi2_density(w, k)
    if kind == "pdf":
        return density
    near = np.clip(w, -_FAR, _STEEPEST)
    point = k / 2 * np.exp(near)
    # Beyond, P(a, x) ~ x^a e^{−x}/Γ(a+1) and its complement ~ x^{a−1} e^{−x}/Γ(a), to all digits.
    if kind == "cdf":
        return np.where(w < -_FAR, density - math.log(k / 2), log_gammainc(k / 2, point))
    return np.where(w > _STEEPEST, density - math.log(k / 2) - w, log_gammaincc(k / 2, point))


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
