"""Claims given an event of a variable on finitely many integers, for every outcome of it and averaged over it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, fmpq
from sympy import Integer, Rational
from whp.theory import (
    RV,
    Claim,
    Enclosure,
    Event,
    Hypothesis,
    LawOf,
    Link,
    Model,
    P,
    ScalarLaw,
    Source,
    Statement,
    size,
)
from whp.theory.calculus.enclosure import workprec

from .cases import Case
from .laws import BallLaw
from .oracle import Binomial, event_set, relation_holds

__all__ = ["given_an_event"]

m = size("m")


@dataclass(frozen=True)
class Die(ScalarLaw):
    """A fair die with `faces` faces."""

    faces: int

    def _count(self, relation: str, t: arb) -> Fraction:
        tests = {"<": lambda k: k < t, "<=": lambda k: k <= t, ">": lambda k: k > t, ">=": lambda k: k >= t}
        return Fraction(sum(bool(tests[relation](k)) for k in self.atoms()), self.faces)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(192):
            share = self._count(relation, t)
            return Enclosure.of(arb(fmpq(share.numerator, share.denominator)))

    def atoms(self) -> Sequence[int]:
        return range(1, self.faces + 1)

    def mass(self, k: int) -> arb:
        with workprec(192):
            return arb(1) / self.faces


@dataclass(frozen=True)
class Mixed(ScalarLaw):
    """Bin(n, p_k) given that the die shows k."""

    n: int
    chances: tuple[Fraction, ...]

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(192):
            parts = [BallLaw("binomial", self.n, p).enclose(relation, t) for p in self.chances]
            count = len(parts)
            low, high = sum((p.lower for p in parts), arb(0)) / count, sum((p.upper for p in parts), arb(0)) / count
            return Enclosure(low.lower(), high.upper())

    def given(self, variable: Hashable, value: Any) -> ScalarLaw:
        return BallLaw("binomial", self.n, self.chances[int(value) - 1])


def given_an_event(rng: Random, kind: str, seed: int) -> Case | None:
    """P(X relation t) relation b given an event of a die; the conditional laws rise with its face, or do not."""
    faces = rng.choice((2, 3, 4))
    chances = [Fraction(rng.randint(1, 19), 20) for _ in range(faces)]
    if rng.random() < 0.6:
        chances.sort(reverse=rng.random() < 0.5)
    n = rng.choice((1, 2, 5))
    model = Model("mixed", (m,), "a die and a binomial")
    k = RV("K", model, "K", law=LawOf(Die, faces))
    x = RV("X", model, "X", law=LawOf(Mixed, n, tuple(chances)))
    inner, outer = rng.choice(("<", "<=", ">", ">=")), rng.choice(("<", "<=", ">", ">="))
    t, edge = rng.randint(0, n), rng.randint(0, faces + 1)
    given = Event(k, rng.choice(("<", "<=", ">", ">=")), edge)
    at_faces = [f for f in range(1, faces + 1) if relation_holds(given.relation, (f > edge) - (f < edge))]
    each = [Binomial(n, chances[f - 1]).of(event_set(inner, Integer(t))).exact for f in at_faces]
    if not each:
        return None
    average = sum(each) / len(each)
    bound = rng.choice((rng.choice(each), average, average + Rational(1, 100), rng.choice(each) - Rational(1, 100)))
    bound = rng.choice((bound, bound, Rational(1, 2), Rational(9, 10)))

    def true_of(p: Any) -> bool:
        return relation_holds(outer, bool(p > bound) - bool(p < bound))

    every, averaged = all(map(true_of, each)), true_of(average)
    if every != averaged:
        return None
    link = Link(P(Event(x, inner, t)), outer, bound, given=(given,))
    one = (Hypothesis(m <= 1, "m is 1"),)
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), one, grid={"m": (1,)})
    says = {"<": bound <= 1, "<=": bound < 1, ">": bound >= 0, ">=": bound > 0}[outer]
    return Case(kind, seed, statement, ({"m": 1},), lambda cell: every, lambda cell: bool(says))
