"""Laws that the corpus needs beyond the package's, written as a user would."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq
from whp.theory import Enclosure, ScalarLaw
from whp.theory.calculus.enclosure import compare, workprec
from whp.theory.laws.elementary import NormalLaw

__all__ = ["Cauchy", "Hypergeometric", "OneSidedKolmogorov", "SphereCoordinate", "SquaredCoordinate", "normal"]

_BITS = 256


def normal(variance: int | Fraction) -> NormalLaw:
    """A centred normal law of rational variance."""
    with workprec(_BITS):
        return NormalLaw(arb(fmpq(variance.numerator, variance.denominator)))


def _beta(x: arb, a: arb, b: arb) -> arb:
    """The regularized incomplete beta function; where it has no ball, all that a probability can be."""
    found = x.beta_lower(a, b, True)
    return found if found.is_finite() else arb(0.5, 0.5)


@dataclass(frozen=True)
class Hypergeometric(ScalarLaw):
    """Marked items in a sample of n without replacement from N of which K are marked.

    Attributes
    ----------
    N, K, n : int
    """

    N: int
    K: int
    n: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_BITS):
            least = most = 0
            for x in range(max(0, self.n + self.K - self.N), min(self.n, self.K) + 1):
                ways = math.comb(self.K, x) * math.comb(self.N - self.K, self.n - x)
                inside = compare(arb(x), relation, t)
                if inside is None and t.is_exact():
                    inside = "=" in relation
                least += ways if inside else 0
                most += ways if inside in (True, None) else 0
            low, high = (arb(fmpq(ways, math.comb(self.N, self.n))) for ways in (least, most))
            return Enclosure(low.lower(), high.upper())


@dataclass(frozen=True)
class Cauchy(ScalarLaw):
    """The standard Cauchy law, which is also that of the mean of any number of its copies."""

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_BITS):
            turned = t if relation in (">", ">=") else -t
            return Enclosure.of(arb(1) / 2 - turned.atan() / arb.pi())


@dataclass(frozen=True)
class SphereCoordinate(ScalarLaw):
    """One coordinate of a uniform point on the unit sphere of R^n.

    Attributes
    ----------
    n : int
    """

    n: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_BITS):
            x = t if relation in (">", ">=") else -t
            if self.n == 1:
                inside = [compare(arb(s), ">=" if "=" in relation else ">", x) for s in (-1, 1)]
                if None in inside:
                    return Enclosure(arb(0), arb(1))
                return Enclosure.of(arb(sum(map(bool, inside))) / 2)
            if x >= 1:
                return Enclosure.of(arb(0))
            if x <= -1:
                return Enclosure.of(arb(1))
            if not (x > -1 and x < 1):
                return Enclosure(arb(0), arb(1))
            cap = _beta(1 - x * x, arb(self.n - 1) / 2, arb(1) / 2) / 2
            if x >= 0:
                return Enclosure.of(cap)
            return Enclosure.of(1 - cap) if x < 0 else Enclosure(arb(0), arb(1))


@dataclass(frozen=True)
class SquaredCoordinate(ScalarLaw):
    """The square of such a coordinate, Beta(1/2, (n - 1)/2), for n of at least 2.

    Attributes
    ----------
    n : int
    """

    n: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_BITS):
            upper = relation in (">", ">=")
            if t <= 0:
                return Enclosure.of(arb(int(upper)))
            if t >= 1:
                return Enclosure.of(arb(int(not upper)))
            a, b = arb(1) / 2, arb(self.n - 1) / 2
            return Enclosure.of(_beta(1 - t, b, a) if upper else _beta(t, a, b))


@dataclass(frozen=True)
class OneSidedKolmogorov(ScalarLaw):
    """sup (F_n - F) of n uniform variables, by the finite sum of Birnbaum and Tingey.

    Attributes
    ----------
    n : int
    """

    n: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_BITS):
            upper = relation in (">", ">=")
            if t <= 0:
                return Enclosure.of(arb(int(upper)))
            if t >= 1:
                return Enclosure.of(arb(int(not upper)))
            total = arb(0)
            for j in range(self.n + 1):
                rest = 1 - t - arb(fmpq(j, self.n))
                if rest < 0:
                    break
                # A last term that rounding may or may not leave in is next to nothing.
                total += (
                    math.comb(self.n, j)
                    * (t + arb(fmpq(j, self.n))) ** (j - 1)
                    * rest.nonnegative_part() ** (self.n - j)
                )
            above = t * total
            return Enclosure.of(above if upper else 1 - above)
