"""Tails of chi-square, normal and binomial laws: logarithms in floats and certified enclosures, any exponent range."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpz
from scipy import special

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact, real, size
from .special import log_betainc, log_gammainc, log_gammaincc

__all__ = [
    "binomial_enclose",
    "binomial_log_cdf",
    "binomial_log_sf",
    "chi2_enclose",
    "chi2_log_cdf",
    "chi2_log_sf",
    "normal_enclose",
    "normal_log_cdf",
    "normal_log_sf",
]

_WANTED_BITS = 96


def chi2_log_cdf(k: int, x: float) -> float:
    """log P(χ²_k ≤ x), natural logarithm, −inf for x ≤ 0.

    Examples
    --------
    >>> round(chi2_log_cdf(2, 1e-3), 9)
    -7.601152449
    """
    k, x = size(k, "degrees of freedom k"), real(x, "x", infinite=True)
    if x <= 0:
        return -math.inf
    return 0.0 if math.isinf(x) else float(log_gammainc(k / 2, x / 2)) + 0.0


def chi2_log_sf(k: int, x: float) -> float:
    """log P(χ²_k > x), natural logarithm, 0 for x ≤ 0.

    Examples
    --------
    >>> round(chi2_log_sf(2, 4000.0), 9)
    -2000.0
    """
    k, x = size(k, "degrees of freedom k"), real(x, "x", infinite=True)
    if x <= 0:
        return 0.0
    return -math.inf if math.isinf(x) else float(log_gammaincc(k / 2, x / 2))


def normal_log_cdf(x: float) -> float:
    """log P(Z ≤ x) for a standard normal Z."""
    return float(special.log_ndtr(real(x, "x", infinite=True)))


def normal_log_sf(x: float) -> float:
    """log P(Z > x) for a standard normal Z.

    Examples
    --------
    >>> round(normal_log_sf(0.0), 6)
    -0.693147
    """
    return float(special.log_ndtr(-real(x, "x", infinite=True)))


def binomial_log_cdf(n: int, k: int, p: float | Fraction = Fraction(1, 2)) -> float:
    """log P(Bin(n, p) ≤ k), natural logarithm; −inf for k < 0.

    Examples
    --------
    >>> binomial_log_cdf(1000, 0) == 1000 * math.log(0.5)
    True
    """
    n, p = size(n, "number of trials n"), _chance(p)
    if k < 0:
        return -math.inf
    if k >= n:
        return 0.0
    return n * math.log1p(-float(p)) if k == 0 else float(log_betainc(n - k, k + 1, float(1 - p), float(p)))


def binomial_log_sf(n: int, k: int, p: float | Fraction = Fraction(1, 2)) -> float:
    """log P(Bin(n, p) > k), natural logarithm; 0 for k < 0, −inf for k ≥ n."""
    n, p = size(n, "number of trials n"), _chance(p)
    if k < 0:
        return 0.0
    if k >= n:
        return -math.inf
    return float(log_betainc(k + 1, n - k, float(p), float(1 - p)))


def chi2_enclose(k: int, x: Any, upper: bool) -> Enclosure:
    """Enclose P(χ²_k > x) (`upper`) or P(χ²_k ≤ x).

    Parameters
    ----------
    k : int
        Degrees of freedom.
    x : int, Fraction, float, SymPy rational or flint.arb
        The point; a float means the binary fraction it stores, a ball all its points.
    upper : bool

    Returns
    -------
    Enclosure
        Relative radius below 2**-96 when x is exact, less where the working precision is above 192 bits.

    Examples
    --------
    >>> print(chi2_enclose(2, 4000, upper=True).decimal(5))
    [2.5765e-869, 2.5766e-869]
    """
    k = size(k, "degrees of freedom k")
    if isinstance(x, arb) and not x.is_exact():
        return _between(chi2_enclose(k, x.lower(), upper), chi2_enclose(k, x.upper(), upper))

    def evaluate() -> arb:
        y = _point(x) / 2
        if y <= 0:
            return arb(1 if upper else 0)
        # Each tail is summed on its own side of the mean, where its terms fall geometrically.
        above = bool(y > arb(k) / 2)
        tail = _gamma_upper(k, y) if above else _gamma_lower(k, y)
        return tail if above == upper else _complement(tail)

    return _refine(evaluate)


def normal_enclose(x: Any, upper: bool) -> Enclosure:
    """Enclose P(Z > x) (`upper`) or P(Z ≤ x) for a standard normal Z; `x` as in `chi2_enclose`."""
    if isinstance(x, arb) and not x.is_exact():
        return _between(normal_enclose(x.lower(), upper), normal_enclose(x.upper(), upper))

    def evaluate() -> arb:
        y = _point(x) if upper else -_point(x)
        tail = _mills(abs(y)) if abs(y) > _FAR else (abs(y) / arb(2).sqrt()).erfc() / 2
        return _complement(tail) if y < 0 else tail

    return _refine(evaluate)


# Beyond so many standard deviations the asymptotic series is quick, and erfc is not.
_FAR = 1000


def _mills(y: arb) -> arb:
    """P(Z > y) = φ(y)/y (1 − 1/y² + 3/y⁴ − …), between any two neighbouring partial sums."""
    total, term, k = arb(0), arb(1), 0
    threshold = _epsilon()
    while abs(term) > threshold:
        total += term
        k += 1
        term = -term * (2 * k - 1) / (y * y)
    density = (-y * y / 2).exp() / (2 * arb.pi()).sqrt()
    return density / y * total.union(total + term)


def binomial_enclose(n: int, k: int, upper: bool, p: Any = Fraction(1, 2)) -> Enclosure:
    """Enclose P(Bin(n, p) > k) (`upper`) or P(Bin(n, p) ≤ k), p an exact rational in (0, 1).

    Examples
    --------
    >>> binomial_enclose(10, 0, upper=False).ball.overlaps(arb(2) ** -10)
    True
    """
    n, chance = size(n, "number of trials n", least=0), _chance(p)

    def evaluate() -> arb:
        if k < 0 or k >= n:
            return arb(1 if (k < 0) == upper else 0)
        above = (k + 1) > chance * n
        tail = _binomial_upper(n, k + 1, chance) if above else _binomial_upper(n, n - k, 1 - chance)
        return tail if above == upper else _complement(tail)

    return _refine(evaluate)


def _gamma_upper(k: int, y: arb) -> arb:
    """Q(k/2, y), y > k/2: terms y^j e^{-y}/Γ(j+1) from j = k/2 − 1 down, then erfc for odd k."""
    j = arb(k) / 2 - 1
    if k == 1:
        return y.sqrt().erfc()
    term = (j * y.log() - y - (j + 1).lgamma()).exp()
    total, threshold = arb(0), term * _epsilon()
    for _ in range(k // 2):
        total += term
        if term < threshold:
            # The rest falls faster than geometrically with ratio j/y < 1.
            bound = term * (y / (y - j)) * 2
            return total + arb(0).union(bound)
        term = term * j / y
        j -= 1
    return total if k % 2 == 0 else total + y.sqrt().erfc()


def _gamma_lower(k: int, y: arb) -> arb:
    """P(k/2, y), y ≤ k/2: Σ_n y^{a+n} e^{-y}/Γ(a+n+1) with a geometric remainder."""
    j = arb(k) / 2
    term = (j * y.log() - y - (j + 1).lgamma()).exp()
    total, threshold = arb(0), term * _epsilon()
    while not term < threshold:
        total += term
        j += 1
        term = term * y / j
    return total + arb(0).union(term * (j + 1) / (j + 1 - y))


def _binomial_upper(n: int, k: int, p: Fraction) -> arb:
    """P(Bin(n, p) ≥ k) for 1 ≤ k, k > np: falling terms with a geometric remainder."""
    success, failure = exact_ball(p), exact_ball(1 - p)
    logs = arb(n + 1).lgamma() - arb(k + 1).lgamma() - arb(n - k + 1).lgamma()
    term = (logs + k * success.log() + (n - k) * failure.log()).exp()
    total, threshold = arb(0), term * _epsilon()
    for j in range(k, n + 1):
        total += term
        ratio = success * (n - j) / (failure * (j + 1))
        if term < threshold:
            return total + arb(0).union(term * ratio / (1 - ratio))
        term = term * ratio
    return total


def _refine(evaluate: Callable[[], arb]) -> Enclosure:
    """Evaluate at rising precision until half of the working precision, 96 bits at least, is accurate."""
    bits = max(2 * _WANTED_BITS, ctx.prec)
    wanted = bits // 2
    while bits < 1 << 22:
        with workprec(bits):
            ball = evaluate()
            if ball == 0 or ball.rel_accuracy_bits() >= wanted:
                return Enclosure.of(ball)
        bits *= 2
    raise ValueError(f"no enclosure of a tail probability below {bits} bits; pass a less extreme point")


def _between(first: Enclosure, second: Enclosure) -> Enclosure:
    """The hull of a monotone function's enclosures at two end points."""
    # The end points are exact: `arb.min` would round them to the working precision.
    lower = first.lower if first.lower <= second.lower else second.lower
    return Enclosure(lower, first.upper if first.upper >= second.upper else second.upper)


def _complement(tail: arb) -> arb:
    """1 − tail; a tail below every kept digit is widened: its exact end points would have billions of bits."""
    return 1 - (arb(0).union(_epsilon()) if tail < _epsilon() else tail)


def _epsilon() -> arb:
    return arb(2) ** fmpz(-max(2 * _WANTED_BITS, ctx.prec))


def _point(x: Any) -> arb:
    return x if isinstance(x, arb) else exact_ball(exact(x, "x"))


def _chance(p: Any) -> Fraction:
    value = exact(p, "success probability p")
    if not 0 < value < 1:
        raise ValueError(f"success probability p must lie strictly between 0 and 1, found {p}; pass a number inside")
    return value
