"""Laws as a user would write them: in balls only, in floats only, and one whose floats underflow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
from flint import arb, fmpq
from sympy import Rational
from whp.theory import Enclosure, ScalarLaw
from whp.theory.calculus.enclosure import compare, workprec
from whp.theory.laws.elementary import NormalLaw

from . import oracle

__all__ = ["BallLaw", "FloatLaw", "distribution", "normal_law"]


def normal_law(variance: int | Fraction) -> NormalLaw:
    """A centred normal law of rational variance."""
    with workprec(400):
        return NormalLaw(arb(fmpq(variance.numerator, variance.denominator)))


def distribution(family: str, *parameters: Any) -> oracle.Distribution:
    """The oracle's distribution of a family at exact parameters."""
    made = {
        "chi2": lambda k: oracle.ChiSquare(int(k)),
        "normal": lambda v: oracle.Normal(Fraction(v)),
        "binomial": lambda n, p: oracle.Binomial(int(n), Fraction(p)),
        "signs": lambda n: oracle.Signs(int(n)),
        "poisson": lambda mean: oracle.Poisson(Fraction(mean)),
    }
    return made[family](*parameters)


@dataclass(frozen=True)
class BallLaw(ScalarLaw):
    """A law on finitely many integers that a user wrote in balls: atoms that a threshold cannot be told from widen it.

    Attributes
    ----------
    family : str
    *parameters
    """

    family: str
    first: Any
    second: Any = None

    def _masses(self) -> dict[int, Fraction]:
        parameters = [p for p in (self.first, self.second) if p is not None]
        return distribution(self.family, *parameters).masses()

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(256):
            low, high = arb(0), arb(0)
            for k, mass in self._masses().items():
                inside = compare(arb(k), relation, t)
                if inside is None and t.is_exact():
                    inside = "=" in relation
                weight = arb(fmpq(mass.numerator, mass.denominator))
                low += weight if inside else 0
                high += weight if inside in (True, None) else 0
            return Enclosure(low.lower(), high.upper())


@dataclass(frozen=True)
class FloatLaw(ScalarLaw):
    """A law that a user wrote in floats, right to about 1e-14; with `naive`, by a logarithm of what may underflow."""

    family: str
    first: Any
    second: Any = None
    naive: bool = False

    def log_probability(self, relation: str, t: float) -> float:
        parameters = [p for p in (self.first, self.second) if p is not None]
        exact = Rational(*Fraction(t).as_integer_ratio())
        found = distribution(self.family, *parameters).of(oracle.event_set(relation, exact))
        value, _ = found.value(60)
        if self.naive:
            return math.log(float(value)) if float(value) > 0 else -math.inf
        return float(mpmath.log(value)) if value > 0 else -math.inf
