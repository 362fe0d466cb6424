"""Tails of gamma, normal, beta and binomial laws: logarithms in floats and certified enclosures, any exponent range."""

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
    "beta_tail",
    "between",
    "binomial_enclose",
    "binomial_log_cdf",
    "binomial_log_sf",
    "chi2_enclose",
    "chi2_log_cdf",
    "chi2_log_sf",
    "complement",
    "enclose_tail",
    "epsilon",
    "freedom",
    "gamma_tail",
    "normal_enclose",
    "normal_log_cdf",
    "normal_log_sf",
    "normal_tail_at",
    "refine",
]

_WANTED_BITS = 96


def freedom(k: Any) -> int | Fraction:
    """Degrees of freedom: a size, or a positive rational number that is not whole.

    Raises
    ------
    TypeError, ValueError
        For what is no exact positive number.

    Examples
    --------
    >>> freedom(3), freedom(Fraction(1, 2))
    (3, Fraction(1, 2))
    """
    if not isinstance(k, Fraction) or k.denominator == 1:
        return size(k.numerator if isinstance(k, Fraction) else k, "degrees of freedom k")
    if k <= 0:
        raise ValueError(f"degrees of freedom k must be positive, found {k}")
    return k


def chi2_log_cdf(k: int | Fraction, x: float) -> float:
    """log P(χ²_k ≤ x), natural logarithm, −inf for x ≤ 0.

    Examples
    --------
    >>> round(chi2_log_cdf(2, 1e-3), 9)
    -7.601152449
    """
    k, x = freedom(k), real(x, "x", infinite=True)
    if x <= 0:
        return -math.inf
    return 0.0 if math.isinf(x) else float(log_gammainc(float(k / 2), x / 2)) + 0.0


def chi2_log_sf(k: int | Fraction, x: float) -> float:
    """log P(χ²_k > x), natural logarithm, 0 for x ≤ 0.

    Examples
    --------
    >>> round(chi2_log_sf(2, 4000.0), 9)
    -2000.0
    """
    k, x = freedom(k), real(x, "x", infinite=True)
    if x <= 0:
        return 0.0
    return -math.inf if math.isinf(x) else float(log_gammaincc(float(k / 2), x / 2))


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


def chi2_enclose(k: int | Fraction, x: Any, upper: bool) -> Enclosure:
    """Enclose P(χ²_k > x) (`upper`) or P(χ²_k ≤ x).

    Parameters
    ----------
    k : int or Fraction
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
    k = freedom(k)

    def evaluate(point: arb) -> arb:
        return gamma_tail(Fraction(k) / 2, point / 2, upper) if point > 0 else arb(int(upper))

    return enclose_tail(evaluate, x, upper)


def normal_enclose(x: Any, upper: bool) -> Enclosure:
    """Enclose P(Z > x) (`upper`) or P(Z ≤ x) for a standard normal Z; `x` as in `chi2_enclose`."""

    def evaluate(point: arb) -> arb:
        return normal_tail_at(point, upper)

    return enclose_tail(evaluate, x, upper)


def normal_tail_at(z: arb, upper: bool) -> arb:
    """P(Z > z) (`upper`) or P(Z ≤ z) at the working precision, for z known to nearly all of it."""
    z = z if upper else -z
    tail = _mills(abs(z)) if abs(z) > _FAR else (abs(z) / arb(2).sqrt()).erfc() / 2
    return complement(tail) if z < 0 else tail


# Beyond so many standard deviations the asymptotic series is quick, and erfc is not.
_FAR = 1000


def _mills(y: arb) -> arb:
    """P(Z > y) = φ(y)/y (1 − 1/y² + 3/y⁴ − …), between any two neighbouring partial sums."""
    total, term, k = arb(0), arb(1), 0
    threshold = epsilon()
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
        return tail if above == upper else complement(tail)

    return refine(evaluate)


def _gamma_upper(a: Fraction, y: arb) -> arb:
    """Q(a, y), y > a: terms y^j e^{-y}/Γ(j+1) from j = a − 1 down, then Q at the rest of a in (0, 1]."""
    steps = math.ceil(a) - 1
    rest = a - steps
    j = exact_ball(a) - 1
    total = arb(0)
    if steps:
        term = (j * y.log() - y - (j + 1).lgamma()).exp()
        threshold = term * epsilon()
        for _ in range(steps):
            total += term
            if term < threshold:
                # The rest falls faster than geometrically with ratio j/y < 1.
                bound = term * (y / (y - j)) * 2
                return total + arb(0).union(bound)
            term = term * j / y
            j -= 1
    if rest == 1:
        return total + (-y).exp()
    return total + (y.sqrt().erfc() if rest == Fraction(1, 2) else y.gamma_upper(exact_ball(rest), 1))


def _gamma_lower(a: Fraction, y: arb) -> arb:
    """P(a, y), y ≤ a: Σ_n y^{a+n} e^{-y}/Γ(a+n+1) with a geometric remainder."""
    j = exact_ball(a)
    term = (j * y.log() - y - (j + 1).lgamma()).exp()
    total, threshold = arb(0), term * epsilon()
    while not term < threshold:
        total += term
        j += 1
        term = term * y / j
    return total + arb(0).union(term * (j + 1) / (j + 1 - y))


def gamma_tail(a: Fraction, y: arb, upper: bool) -> arb:
    """Q(a, y) (`upper`) or P(a, y) at the working precision, for y > 0 known to nearly all of it."""
    # Each tail is summed on its own side of the mean, where its terms fall geometrically.
    above = bool(y > exact_ball(a))
    tail = _gamma_upper(a, y) if above else _gamma_lower(a, y)
    return tail if above == upper else complement(tail)


def beta_tail(a: Fraction, b: Fraction, x: arb, y: arb, upper: bool) -> arb:
    """P(B > x) (`upper`) or P(B ≤ x) for a Beta(a, b) variable B, x > 0 and y = 1 − x > 0 both known to all digits."""
    above = bool(x * exact_ball(a + b) > exact_ball(a))
    tail = _beta_lower(b, a, y, x) if above else _beta_lower(a, b, x, y)
    return tail if above == upper else complement(tail)


def _beta_lower(a: Fraction, b: Fraction, x: arb, y: arb) -> arb:
    """I_x(a, b), x at most the mean: I_x(a, b) = I_x(a+1, b−1) + x^a y^{b−1}/(a B(a, b)) until b is in (0, 1]."""
    steps = math.ceil(b) - 1
    p, q = exact_ball(a), exact_ball(b)
    term = (p * x.log() + (q - 1) * y.log() + (p + q).lgamma() - (p + 1).lgamma() - q.lgamma()).exp()
    total, threshold, odds = arb(0), term * epsilon(), x / y
    for _ in range(steps):
        total += term
        term = term * odds * (q - 1) / (p + 1)
        p, q = p + 1, q - 1
        if term < threshold:
            # The rest is x^p y^q/(p B(p, q)) Σ_n (p+q)_n/(p+1)_n x^n, of ratios between the first one and x.
            ratio = ((p + q) * x / (p + 1)).max(x)
            return total + arb(0).union(term * y / (1 - ratio))
    if b - steps == 1:
        return total + (p * x.log()).exp()
    # The series in y needs p y terms and loses e^{-p y}, the fraction needs 1/√y.
    if 2 * y <= 1 and p * y <= 20:
        return total + complement(_beta_series(q, p, y, x))
    return total + term * y * _beta_fraction(p, q, x, y)


def _beta_series(a: arb, b: arb, x: arb, y: arb) -> arb:
    """I_x(a, b) = x^a y^b/(a B(a, b)) Σ_n (a+b)_n/(a+1)_n x^n for x ≤ 1/2, with a geometric remainder."""
    term = (a * x.log() + b * y.log() + (a + b).lgamma() - (a + 1).lgamma() - b.lgamma()).exp()
    total, threshold, n = arb(0), epsilon(), 0
    while True:
        total += term
        # The ratios run monotonically to x.
        ratio = ((a + b + n) * x / (a + 1 + n)).max(x)
        term = term * (a + b + n) * x / (a + 1 + n)
        n += 1
        if term < total * threshold and ratio < 1:
            return total + arb(0).union(term / (1 - ratio))


def _beta_fraction(a: arb, b: arb, x: arb, y: arb) -> arb:
    """Σ_n (a+b)_n/(a+1)_n x^n for b in (0, 1) by Gauss's fraction 1/(1 − c₁/(1 − c₂/…)).

    There c_n = (1 − g_{n−1}) g_n x with g₀ = 0, g_{2m} = m/(a+2m) and g_{2m+1} = (a+b+m)/(a+2m+1) in [0, 1]: if a
    tail c_{n+1}/(1 − …) lies in [0, 1 − g_n], the one before it lies in [0, 1 − g_{n−1}]. So every tail does, and the
    fraction is evaluated backwards from that interval.
    """
    last = 2 * (int(0.18 * -_epsilon_log2() / math.sqrt(float(y.mid()))) + 8)
    tail = arb(0).union(1 - (last // 2) / (a + last))
    for m in range(last // 2, 0, -1):
        # c_{2m}, then c_{2m−1}.
        tail = (m - b) * m * x / ((a + 2 * m - 1) * (a + 2 * m) * (1 - tail))
        tail = (a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1) * (1 - tail))
    return 1 / (1 - tail)


def _binomial_upper(n: int, k: int, p: Fraction) -> arb:
    """P(Bin(n, p) ≥ k) for 1 ≤ k, k > np: falling terms with a geometric remainder."""
    success, failure = exact_ball(p), exact_ball(1 - p)
    logs = arb(n + 1).lgamma() - arb(k + 1).lgamma() - arb(n - k + 1).lgamma()
    term = (logs + k * success.log() + (n - k) * failure.log()).exp()
    total, threshold = arb(0), term * epsilon()
    for j in range(k, n + 1):
        total += term
        ratio = success * (n - j) / (failure * (j + 1))
        if term < threshold:
            return total + arb(0).union(term * ratio / (1 - ratio))
        term = term * ratio
    return total


def refine(evaluate: Callable[[], arb]) -> Enclosure:
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


def enclose_tail(evaluate: Callable[[arb], arb], x: Any, upper: bool) -> Enclosure:
    """Enclose a tail at a point: refined at an exact one, at both ends of a ball, 0 or 1 at infinity.

    Parameters
    ----------
    evaluate : callable
        The tail at an exact finite point, at the working precision.
    x : int, Fraction, float, SymPy rational or flint.arb
    upper : bool
        Whether it is P(X > x), or P(X ≤ x): monotone either way.
    """
    if isinstance(x, arb) and x.is_nan():
        raise ValueError("the point of a tail probability must be a number, found nan")
    if isinstance(x, arb) and not x.is_exact():
        return between(enclose_tail(evaluate, x.lower(), upper), enclose_tail(evaluate, x.upper(), upper))
    if isinstance(x, arb) and not x.is_finite():
        return Enclosure.of(arb(int((x > 0) != upper)))
    return refine(lambda: evaluate(_point(x)))


def between(first: Enclosure, second: Enclosure) -> Enclosure:
    """The hull of a monotone function's enclosures at two end points."""
    # The end points are exact: `arb.min` would round them to the working precision.
    lower = first.lower if first.lower <= second.lower else second.lower
    return Enclosure(lower, first.upper if first.upper >= second.upper else second.upper)


def complement(tail: arb) -> arb:
    """1 − tail; a tail below every kept digit is widened: its exact end points would have billions of bits."""
    return 1 - (arb(0).union(epsilon()) if tail < epsilon() else tail)


def epsilon() -> arb:
    """The relative size below which a term of a series counts as its remainder."""
    return arb(2) ** fmpz(_epsilon_log2())


def _epsilon_log2() -> int:
    return -max(2 * _WANTED_BITS, int(ctx.prec))


def _point(x: Any) -> arb:
    return x if isinstance(x, arb) else exact_ball(exact(x, "x"))


def _chance(p: Any) -> Fraction:
    value = exact(p, "success probability p")
    if not 0 < value < 1:
        raise ValueError(f"success probability p must lie strictly between 0 and 1, found {p}; pass a number inside")
    return value
