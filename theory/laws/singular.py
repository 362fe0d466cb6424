"""Extreme singular values of Gaussian matrices by Pfaffians of incomplete gamma functions; condition numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb, arb_mat, ctx, fmpz
from sympy import Expr, Integer, Max, Min, gamma, oo, sqrt

from ..calculus.enclosure import Enclosure
from ..calculus.exact import exact_ball
from ..calculus.validate import size
from .compound import CompoundLaw
from .elementary import precision
from .tails import chi2_enclose

__all__ = ["ConditionNumberLaw", "LargestSingularLaw", "SmallestSingularLaw"]

_SMALLER, _LARGER = 12, 1000
# So many bits are taken for a tail; one that needs more is bounded by those of chi-square variables.
_FAR = 1 << 16


class _SingularLaw(CompoundLaw):
    """An extreme singular value of an m × d matrix of independent standard normals.

    With n = min(m, d), N = max(m, d) and a_i = (N - n - 1)/2 + i, the halves y of the squares have a joint density
    proportional to |Π_{i<j} (y_j - y_i)| Π p_1(y_i), where p_i is the density of a gamma variable of shape a_i. Powers
    of y turn p_1 into p_i, and the integral of the determinant |p_i(y_j)| over ordered points of an interval J is the
    Pfaffian of ∫∫ sgn(z - y) p_i(y) p_j(z) over J × J (de Bruijn 1955), bordered by ∫ p_i over J where n is odd. So
    P(all y in J) is such a Pfaffian, divided by the one of (0, ∞). Its entries have recursions (Chiani 2014).
    """

    m: int
    d: int

    def __post_init__(self) -> None:
        size(self.m, "rows m")
        size(self.d, "columns d")
        if min(self.m, self.d) > _SMALLER or max(self.m, self.d) > _LARGER:
            raise NotImplementedError(
                f"the singular values of a {self.m} x {self.d} Gaussian matrix have exact laws up to the sizes "
                f"{_SMALLER} and {_LARGER} only; found larger ones"
            )

    @property
    def _sizes(self) -> tuple[int, int]:
        return min(self.m, self.d), max(self.m, self.d)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def seconds(self, t: float) -> float:
        n, larger = self._sizes
        return 1e-3 + 2e-5 * n * n + 1e-6 * larger

    def _inside(self, t: Fraction, *, above: bool) -> arb:
        """P(every singular value is above t), or that every one is below."""
        n, larger = self._sizes
        found = _pfaffian(_integrals(n, larger, t * t / 2, above=above))
        return found / _whole(n, larger, int(ctx.prec))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """Of a vector the only singular value is the norm; E σ² of a larger matrix is not known in closed form."""
        m, d = parameters
        if Min(m, d) != 1:
            raise NotImplementedError("no moment of an extreme singular value is known in closed form")
        size_ = Max(m, d)
        return sqrt(2) ** power * gamma((size_ + power) / 2) / gamma(size_ / Integer(2))


@dataclass(frozen=True)
class LargestSingularLaw(_SingularLaw):
    """The largest singular value (the operator norm) of an m × d matrix of independent standard normals.

    Attributes
    ----------
    m, d : int
        At most 12 the smaller one, at most 1000 the larger one.

    Examples
    --------
    That of one row is its norm, χ_d; here P(χ²_2 > 4) = e^{-2}:

    >>> LargestSingularLaw(1, 2).enclose(">", arb(2)).ball.overlaps(arb(-2).exp())
    True
    """

    m: int
    d: int

    def _bits(self, t: Fraction, upper: bool) -> int:
        # The complement of a tail of about e^{-(t - √m - √d)²/2}, or below the edge a determinant of near copies.
        past = max(0.0, float(t) - math.sqrt(self.m) - math.sqrt(self.d))
        return precision() + 16 * min(self.m, self.d) + (int(0.75 * past * past) if upper else 0)

    def _at(self, t: Fraction, upper: bool) -> Enclosure:
        if not upper or self._bits(t, upper) < _FAR:
            return super()._at(t, upper)
        # It lies between the norm of a longest row or column and the norm of all entries.
        n, larger = self._sizes
        least, most = (chi2_enclose(k, t * t, upper=True) for k in (larger, n * larger))
        return Enclosure(least.lower, most.upper)

    def _tail(self, t: Fraction, upper: bool) -> arb:
        below = self._inside(t, above=False)
        return 1 - below if upper else below


@dataclass(frozen=True)
class SmallestSingularLaw(_SingularLaw):
    """The smallest of the min(m, d) singular values of an m × d matrix of independent standard normals.

    Attributes
    ----------
    m, d : int
        At most 12 the smaller one, at most 1000 the larger one.

    Examples
    --------
    The only singular value of one entry is its modulus:

    >>> SmallestSingularLaw(1, 1).enclose(">", arb(1)).ball.overlaps((1 / arb(2).sqrt()).erfc())
    True
    """

    m: int
    d: int

    def _bits(self, t: Fraction, upper: bool) -> int:
        return precision() + 16 * min(self.m, self.d)

    def _tail(self, t: Fraction, upper: bool) -> arb:
        above = self._inside(t, above=True)
        return above if upper else 1 - above


def _gammas(first: Fraction, count: int, y: Fraction, *, above: bool) -> list[arb]:
    """Q(first + i, y) (`above`) or P(first + i, y) for i < count, from one of them and positive terms."""
    point, last = exact_ball(y), first + count - 1
    # P(a, y) = P(a + 1, y) + y^a e^{-y}/Γ(a + 1) and Q(a + 1, y) = Q(a, y) + the same.
    start = first if above else last
    found = [chi2_enclose(int(2 * start), 2 * y, upper=above).ball]
    shape = exact_ball(first)
    term = (shape * point.log() - point - (shape + 1).lgamma()).exp()
    terms = []
    for i in range(1, count):
        terms.append(term)
        term = term * point / (shape + i)
    for step in terms if above else reversed(terms):
        found.append(found[-1] + step)
    return found if above else found[::-1]


def _integrals(n: int, larger: int, y: Fraction | None, *, above: bool) -> arb_mat:
    """The matrix whose Pfaffian is the integral over (y, ∞) (`above`), over (0, y), or over (0, ∞) for no y."""
    shapes = [Fraction(larger - n - 1, 2) + i for i in range(1, n + 1)]
    base = larger - n - 1
    if y is None:
        single, double = [arb(1)] * n, [arb(1)] * (2 * n)
    else:
        single = _gammas(shapes[0], n, y, above=above)
        # Sums of two different shapes are base + 3, …, base + 2n - 1.
        double = _gammas(Fraction(base + 2), 2 * n, 2 * y, above=above)
    padded = n + n % 2
    entries = [[arb(0)] * padded for _ in range(padded)]
    for j in range(n):
        # ∫ p_j(z) P(a_i, z) dz from 0 to y, or ∫ p_j(z) Q(a_i, z) dz from y on: for i = j a half square, then by parts.
        integral = single[j] * single[j] / 2
        for i in range(j + 1, n):
            low, high = exact_ball(shapes[i - 1]), exact_ball(shapes[j])
            weight = ((low + high).lgamma() - (low + 1).lgamma() - high.lgamma()).exp()
            step = weight * double[i + j - 1] / arb(2) ** fmpz(base + i + j + 1)
            integral = integral + step if above else integral - step
            signed = single[i] * single[j] - 2 * integral
            entries[j][i] = -signed if above else signed
            entries[i][j] = -entries[j][i]
        if n % 2:
            entries[j][n], entries[n][j] = single[j], -single[j]
    return arb_mat(entries)


def _pfaffian(matrix: arb_mat) -> arb:
    """Of a matrix whose Pfaffian is known to be positive."""
    return matrix.det().nonnegative_part().sqrt()


@lru_cache(maxsize=256)
def _whole(n: int, larger: int, bits: int) -> arb:
    """The Pfaffian of the whole half line, at the precision in force."""
    return _pfaffian(_integrals(n, larger, None, above=False))


@dataclass(frozen=True)
class ConditionNumberLaw(CompoundLaw):
    """κ = σ_max/σ_min of an m × d matrix of independent standard normals, min(m, d) of 2.

    With N = max(m, d), P(κ > x) = (2x/(1 + x²))^{N-1} for x ≥ 1: 4κ²/(1 + κ²)² has the distribution function
    u^{(N-1)/2} on [0, 1], as 4r/(1 + r)² of the ratio r of the two eigenvalues has, whose density is proportional to
    r^{(N-3)/2} (r - 1)/(1 + r)^N.

    Examples
    --------
    >>> ConditionNumberLaw(2, 2).fraction(">", Fraction(3))
    Fraction(3, 5)
    """

    m: int
    d: int

    def __post_init__(self) -> None:
        size(self.m, "rows m")
        size(self.d, "columns d")
        if min(self.m, self.d) != 2:
            raise NotImplementedError(
                f"the condition number of a {self.m} x {self.d} Gaussian matrix has an exact law where the smaller "
                "size is 2 only"
            )

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """Infinite from the power |m - d| + 1 on, for both sizes of at least 2."""
        m, d = parameters
        smaller, excess = Min(m, d), abs(m - d) + 1
        if (smaller >= 2) == True and (power >= excess) == True:  # noqa: E712
            return oo
        if smaller == 1:
            return Integer(1)
        raise NotImplementedError("no finite moment of a condition number is known in closed form")

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(1), math.inf

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        upper = relation in (">", ">=")
        if t <= 1:
            return Fraction(int(upper))
        above = (2 * t / (1 + t * t)) ** (max(self.m, self.d) - 1)
        return above if upper else 1 - above

    def _tail(self, t: Fraction, upper: bool) -> arb:
        above = exact_ball(2 * t / (1 + t * t)) ** fmpz(max(self.m, self.d) - 1)
        return above if upper else 1 - above
