"""Logarithms of incomplete gamma and beta functions over any exponent range, and Stirling's remainder.

SciPy's regularised functions are used while they stay far from underflow; beyond, the classical continued fractions
(Lentz's algorithm) take over, with prefactors written as relative entropies so that large parameters lose no digits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

__all__ = [
    "Array",
    "entropy_term",
    "log_beta_odds",
    "log_beta_power",
    "log_betainc",
    "log_complement",
    "log_gammainc",
    "log_gammaincc",
    "one_minus_log",
    "stirling_remainder",
]

_SAFE = 1e-250
_TINY = 1e-300
# Beyond such logarithms of odds only the leading power of them is left, for parameters up to 1e100.
_FAR_ODDS = 600.0
_BERNOULLI = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def stirling_remainder(x: ArrayLike) -> Array:
    """log Γ(x) − (x − ½) log x + x − ½ log 2π for x > 0, without cancellation for large x."""
    x = np.asarray(x, dtype=np.float64)
    big = np.maximum(x, 10.0)
    series = np.zeros_like(big)
    for coefficient in reversed(_BERNOULLI):
        series = series / (big * big) + coefficient
    small = np.minimum(x, 10.0)
    direct: Array = special.gammaln(small) - (small - 0.5) * np.log(small) + small - 0.5 * np.log(2 * np.pi)
    return np.where(x >= 10.0, series / big, direct)


def one_minus_log(x: ArrayLike) -> Array:
    """x − 1 − log x for x > 0, accurate at x near 1 (half a relative entropy of scales)."""
    x = np.asarray(x, dtype=np.float64)
    y = x - 1.0
    # |y| < 0.3: with r = y/(2+y), log(1+y) = 2(r + r³/3 + …) and y − 2r = r y.
    r = np.where(np.abs(y) < 0.3, y, 0.0) / (2.0 + np.where(np.abs(y) < 0.3, y, 0.0))
    tail = np.zeros_like(r)
    for n in range(29, 1, -2):
        tail = tail * r * r + 1.0 / n
    near = r * y - 2.0 * r**3 * tail
    with np.errstate(divide="ignore"):
        far = y - np.log(x)
    return np.where(np.abs(y) < 0.3, near, far)


def entropy_term(x: ArrayLike, mean: ArrayLike) -> Array:
    """x log(x/mean) + mean − x for x ≥ 0, mean > 0, accurate near x = mean."""
    x, mean = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(mean, dtype=np.float64))
    positive = x > 0
    ratio = mean / np.where(positive, x, 1.0)
    return np.where(positive, x * one_minus_log(np.where(positive, ratio, 1.0)), mean)


def log_gammainc(a: ArrayLike, x: ArrayLike) -> Array:
    """log P(a, x), the regularised lower incomplete gamma function, for a > 0 and x ≥ 0."""
    return _log_gamma_tail(a, x, upper=False)


def log_gammaincc(a: ArrayLike, x: ArrayLike) -> Array:
    """log Q(a, x) = log(1 − P(a, x)), for a > 0 and x ≥ 0.

    Examples
    --------
    >>> float(log_gammaincc(1.0, 5000.0))
    -5000.0
    """
    return _log_gamma_tail(a, x, upper=True)


def _log_gamma_tail(a: ArrayLike, x: ArrayLike, *, upper: bool) -> Array:
    shape, point = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(x, dtype=np.float64))
    direct, other = special.gammaincc(shape, point), special.gammainc(shape, point)
    if not upper:
        direct, other = other, direct
    with np.errstate(divide="ignore"):
        result: Array = np.where(direct > 0.5, np.log1p(-np.minimum(other, 0.5)), np.log(direct))
    far = (direct < _SAFE) & (point > 0) & np.isfinite(point)
    if np.any(far):
        k, y = shape[far], point[far]
        # x^a e^{-x} / Γ(a), as an entropy.
        prefix = 0.5 * np.log(k / (2 * np.pi)) - stirling_remainder(k) - entropy_term(k, y)
        result = np.array(result)
        result[far] = prefix + (_upper_fraction(k, y) if upper else _lower_series(k, y))
    return result


def _upper_fraction(a: Array, x: Array) -> Array:
    """log of Γ(a, x) x^{-a} e^{x}, by its continued fraction (x > a)."""
    return -np.log(_lentz(lambda n: -n * (n - a), lambda n: x + 2 * n + 1 - a, x))


def _lower_series(a: Array, x: Array) -> Array:
    """log of γ(a, x) x^{-a} e^{x}, by its power series (x < a)."""
    total = term = 1.0 / a
    n = 0
    while np.any(term > 1e-17 * total):
        n += 1
        term = term * (x / (a + n))
        total = total + term
    return np.log(total)


def log_betainc(a: float | Array, b: float | Array, x: ArrayLike, y: ArrayLike | None = None) -> Array:
    """log I_x(a, b), the regularised incomplete beta function, for a, b > 0 and 0 ≤ x ≤ 1.

    `y` = 1 − x may be passed when it is known to more digits than x gives.

    Examples
    --------
    >>> round(float(log_betainc(1000.0, 1.0, 0.5)), 4)
    -693.1472
    """
    x = np.asarray(x, dtype=np.float64)
    y = 1.0 - x if y is None else np.asarray(y, dtype=np.float64)
    a, b, x, y = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float), x, y)
    near_one = x > 0.5
    value = np.where(near_one, special.betaincc(b, a, y), special.betainc(a, b, x))
    other = np.where(near_one, special.betainc(b, a, y), special.betaincc(a, b, x))
    with np.errstate(divide="ignore"):
        result: Array = np.where(value > 0.5, np.log1p(-np.minimum(other, 0.5)), np.log(value))
    far = (value < _SAFE) & (x > 0)
    if np.any(far):
        result = np.array(result)
        result[far] = _log_beta_fraction(a[far], b[far], x[far], y[far])
    return result


def log_complement(log_p: float) -> float:
    """log(1 − p) from log p ≤ 0, to the last digits of both.

    Examples
    --------
    >>> log_complement(-1e-300), log_complement(-1000.0)
    (-690.7755278982137, -0.0)
    """
    if log_p >= 0.0:
        return -np.inf
    return float(np.log(-np.expm1(log_p)) if log_p > -0.6931471805599453 else np.log1p(-np.exp(log_p)))


def log_beta_odds(a: float, b: float, odds: float, log_odds: float) -> float:
    """log I_x(a, b) where x / (1 − x) is `odds`; its logarithm counts where the odds leave the range of floats.

    Examples
    --------
    >>> round(log_beta_odds(1.0, 1.0, 0.0, -5000.0), 6)
    -5000.0
    """
    if log_odds < -_FAR_ODDS:
        return a * log_odds - _log_a_beta(a, b)
    if log_odds > _FAR_ODDS:
        return log_complement(-b * log_odds - _log_a_beta(b, a))
    return float(log_betainc(a, b, odds / (1.0 + odds), 1.0 / (1.0 + odds)))


def _log_a_beta(a: float, b: float) -> float:
    """log of a B(a, b), each part of one sign where a or b is large."""
    n = a + b
    remainder = stirling_remainder(a) + stirling_remainder(b) - stirling_remainder(n)
    scale = 0.5 * np.log(2 * np.pi * a * (n / b))
    return float(scale + remainder - a * np.log1p(b / a) - b * np.log1p(a / b))


def log_beta_power(a: ArrayLike, b: ArrayLike, x: ArrayLike, y: ArrayLike) -> Array:
    """log of x^a y^b / B(a, b) with y = 1 − x, written as relative entropies."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    n = a + b
    entropy = entropy_term(a, n * np.asarray(x)) + entropy_term(b, n * np.asarray(y))
    remainder = stirling_remainder(n) - stirling_remainder(a) - stirling_remainder(b)
    scale: Array = 0.5 * np.log(a / n * b / (2 * np.pi))
    return scale + remainder - entropy


def _log_beta_fraction(a: Array, b: Array, x: Array, y: Array) -> Array:
    def numerator(n: int) -> Array:
        k = n // 2
        if n % 2:
            return -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
        return k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))

    fraction = _lentz(numerator, lambda n: np.ones_like(x), x)
    return log_beta_power(a, b, x, y) - np.log(a) - np.log(fraction)


def _lentz(numerator: Callable[[int], Array | float], denominator: Callable[[int], Array], like: Array) -> Array:
    """b₀ + a₁/(b₁ + a₂/(b₂ + …)) by the modified Lentz algorithm, element by element."""
    f = np.array(denominator(0), dtype=np.float64) + np.zeros_like(like)
    f[f == 0] = _TINY
    c, d = f.copy(), np.zeros_like(f)
    for n in range(1, 200_000):
        a, b = numerator(n), denominator(n)
        d = b + a * d
        d[d == 0] = _TINY
        c = b + a / c
        c[c == 0] = _TINY
        d = 1.0 / d
        step = c * d
        f = f * step
        if np.all(np.abs(step - 1.0) < 1e-15):
            return f
    raise ValueError("a continued fraction of an incomplete gamma or beta function did not converge")
