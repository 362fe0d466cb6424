"""The law of one coordinate of a uniform point on the unit sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx
from sympy import Expr, Integer, Rational, gamma, pi, sqrt

from ..calculus.enclosure import Enclosure
from ..calculus.exact import exact_ball
from ..calculus.validate import size
from .compound import CompoundLaw
from .elementary import precision
from .special import log_betainc

__all__ = ["SphereCoordinateLaw"]


@dataclass(frozen=True)
class SphereCoordinateLaw(CompoundLaw):
    """The first coordinate u of a uniform unit vector in R^d: u² ~ Beta(1/2, (d - 1)/2), with a fair sign.

    P(u > t) = ½ I_{1-t²}((d - 1)/2, 1/2) for 0 ≤ t ≤ 1. In one dimension u is a fair sign, with two atoms.

    Examples
    --------
    On the sphere of R³ it is uniform (Archimedes), on the circle it is a cosine:

    >>> SphereCoordinateLaw(3).fraction(">=", Fraction(1, 3))
    Fraction(1, 3)
    >>> SphereCoordinateLaw(2).enclose(">=", arb("0.5")).ball.overlaps(arb(1) / 3)
    True
    """

    d: int

    def __post_init__(self) -> None:
        size(self.d, "dimension d")

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.d > 1

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E u^p = Γ(d/2) Γ((p + 1)/2) / (√π Γ((d + p)/2)) for even p, 0 for odd p."""
        (d,) = parameters
        if power.is_odd:
            return Integer(0)
        if not power.is_even:
            raise NotImplementedError("of a coordinate on the sphere the integer moments are known")
        if power.is_Integer:
            # (p - 1)!! / (d (d + 2) … (d + p - 2)), without gamma functions.
            found: Expr = Integer(1)
            for k in range(int(power) // 2):
                found *= (2 * k + Integer(1)) / (d + 2 * k)
            return found
        return gamma(d / 2) * gamma((power + 1) / 2) / (sqrt(pi) * gamma((d + power) / 2))

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        """Γ(d/2)/(√π Γ((d - 1)/2)) (1 - x²)^{(d-3)/2} on (-1, 1), for d of at least 2."""
        (d,) = parameters
        if d == 1:
            raise NotImplementedError("in one dimension the coordinate is a sign and has no density")
        return gamma(d / 2) / (sqrt(pi) * gamma((d - 1) / 2)) * (1 - x**2) ** ((d - 3) * Rational(1, 2))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(-1), Fraction(1)

    def atoms(self) -> tuple[int, ...]:
        return (-1, 1) if self.d == 1 else super().atoms()  # type: ignore[return-value]

    def mass(self, k: int) -> arb:
        return arb(1) / 2 if self.d == 1 and k in (-1, 1) else super().mass(k)

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        upper = relation in (">", ">=")
        if self.d == 1:
            below = (t >= -1) + (t >= 1) if relation in ("<=", ">") else (t > -1) + (t > 1)
            return Fraction(2 - below if upper else below, 2)
        if not -1 < t < 1:
            return Fraction(int((t <= -1) == upper))
        if self.d == 3 or t == 0:
            above = (1 - t) / 2
            return above if upper else 1 - above
        raise NotImplementedError(f"probabilities of a coordinate on the sphere of R^{self.d} are not rational")

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        if self.d == 1:
            return Enclosure.of(exact_ball(self.fraction(relation, Fraction(t))))
        return super().enclose_at(relation, t)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if self.d > 1:
            return super().enclose(relation, t)
        first, last = (self.enclose_at(relation, _point(end)) for end in (t.lower(), t.upper()))
        low, high = (last, first) if relation in (">", ">=") else (first, last)
        return Enclosure(low.lower, high.upper)

    def _tail(self, t: Fraction, upper: bool) -> arb:
        if t == 0:
            return arb(1) / 2
        if (t < 0) == upper:
            return 1 - self._tail(t, not upper)
        if self.d == 2:
            return exact_ball(abs(t)).acos() / arb.pi()
        square = t * t
        if self._near(square):
            return (1 - _beta_series(square, Fraction(1, 2), Fraction(self.d - 1, 2))) / 2
        return _beta_series(1 - square, Fraction(self.d - 1, 2), Fraction(1, 2)) / 2

    def _near(self, square: Fraction) -> bool:
        """Whether the series in t² is shorter than the one in 1 - t²: it takes dt² terms, the other one 1/t²."""
        return float(square) == 0 or ctx.prec / float(square) > self.d * float(square) + ctx.prec

    def _bits(self, t: Fraction, upper: bool) -> int:
        # The series in t² is the complement of a tail of about e^{-dt²/2}.
        return precision() + (int(0.75 * self.d * float(t * t)) if self._near(t * t) and self.d > 2 else 0)

    def log_probability(self, relation: str, t: float) -> float:
        if self.d == 1 and math.isfinite(t):
            found = self.fraction(relation, Fraction(t))
            return math.log(found) if found else -math.inf
        if not -1 < t < 1:
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        square = t * t
        log_cap = float(log_betainc((self.d - 1) / 2, 0.5, (1 - t) * (1 + t), square)) - math.log(2)
        return log_cap if (t >= 0) == (relation in (">", ">=")) else math.log1p(-math.exp(log_cap))


def _point(end: arb) -> Fraction:
    man, power = (int(part) for part in end.man_exp())
    return Fraction(man) * Fraction(2) ** power


def _beta_series(x: Fraction, a: Fraction, b: Fraction) -> arb:
    """I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) Σ_n Π_{k<n} x (a + b + k)/(a + 1 + k), with a geometric remainder."""
    ball, start, other = exact_ball(x), exact_ball(a), exact_ball(b)
    scale = (
        start * ball.log()
        + other * exact_ball(1 - x).log()
        + (start + other).lgamma()
        - (start + 1).lgamma()
        - other.lgamma()
    ).exp()
    total, term, n = arb(0), arb(1), 0
    least = arb(2) ** -int(ctx.prec)
    while True:
        total += term
        ratio = ball * (start + other + n) / (start + 1 + n)
        term *= ratio
        # The ratios of terms fall to x, or rise to it, from here on.
        largest = ratio.max(ball)
        if term < least and largest < 1:
            return scale * (total + arb(0).union(term / (1 - largest)))
        n += 1
