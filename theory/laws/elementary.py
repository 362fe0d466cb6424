"""Exact laws of random scalars as the deciders see them: certified enclosures and log probabilities of tails."""

from __future__ import annotations

import math
import operator
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ..calculus.enclosure import Enclosure, compare, workprec
from ..calculus.exact import exact_ball
from .protocol import ScalarLaw
from .tails import chi2_enclose, chi2_log_cdf, chi2_log_sf, normal_enclose, normal_log_cdf, normal_log_sf

__all__ = [
    "PRECISION",
    "AffineLaw",
    "ChiSquareLaw",
    "ConstantLaw",
    "DominatedLaw",
    "NegatedLaw",
    "NormalLaw",
    "SignLaw",
    "upper_tail",
]

PRECISION = 192
"""Working precision of the laws' enclosures, in bits."""

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def upper_tail(cdf: Enclosure) -> Enclosure:
    """1 - cdf."""
    with workprec(PRECISION):
        return Enclosure.of((1 - cdf.ball).nonnegative_part())


@dataclass(frozen=True)
class SignLaw(ScalarLaw):
    """A variable known to have the sign of another one: it answers at threshold 0 only."""

    base: ScalarLaw

    def log_probability(self, relation: str, t: float) -> float:
        if t != 0.0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        return self.base.log_probability(relation, 0.0)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        return self.base.enclose(relation, t)


@dataclass(frozen=True)
class AffineLaw(ScalarLaw):
    """The law of ``scale X + shift`` for an exact positive scale and an exact shift.

    Examples
    --------
    P(χ²_2 / 2 - 1 ≥ 0) = e^{-1}:

    >>> from fractions import Fraction
    >>> from flint import arb
    >>> law = AffineLaw(ChiSquareLaw(2), Fraction(1, 2), Fraction(-1))
    >>> law.enclose(">=", arb(0)).ball.overlaps(arb(-1).exp())
    True
    """

    base: ScalarLaw
    scale: Fraction
    shift: Fraction = Fraction(0)

    def log_probability(self, relation: str, t: float) -> float:
        return self.base.log_probability(relation, (t - float(self.shift)) / float(self.scale))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(PRECISION):
            return self.base.enclose(relation, (t - exact_ball(self.shift)) / exact_ball(self.scale))


@dataclass(frozen=True)
class ChiSquareLaw(ScalarLaw):
    """A chi-square variable with k degrees of freedom (continuous: strict and weak relations agree).

    Examples
    --------
    >>> ChiSquareLaw(2).log_probability(">=", 4.0)
    -2.0
    """

    k: int

    def log_probability(self, relation: str, t: float) -> float:
        return float((chi2_log_cdf if relation in ("<", "<=") else chi2_log_sf)(self.k, t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return chi2_enclose(self.k, t, upper=relation in (">", ">="))


@dataclass(frozen=True)
class NegatedLaw(ScalarLaw):
    """The law of -X."""

    base: ScalarLaw

    def log_probability(self, relation: str, t: float) -> float:
        return self.base.log_probability(_MIRROR[relation], -t)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self.base.enclose(_MIRROR[relation], -t)


@dataclass(frozen=True)
class ConstantLaw(ScalarLaw):
    """A variable that takes one value.

    Examples
    --------
    >>> ConstantLaw(Fraction(1, 2)).enclose("<", arb(1)).lower == 1
    True
    """

    value: Fraction

    def log_probability(self, relation: str, t: float) -> float:
        return 0.0 if _HOLDS[relation](self.value, t) else -math.inf

    def enclose(self, relation: str, t: arb) -> Enclosure:
        decided = compare(exact_ball(self.value), relation, t)
        if decided is None:
            decided = "=" in relation if t == exact_ball(self.value) else None
        return Enclosure(arb(0), arb(1)) if decided is None else Enclosure.of(arb(int(decided)))


@dataclass(frozen=True)
class NormalLaw(ScalarLaw):
    """A centred normal variable of positive variance.

    Attributes
    ----------
    variance : flint.arb
    """

    variance: arb

    def log_probability(self, relation: str, t: float) -> float:
        z = t / math.sqrt(float(self.variance))
        return normal_log_cdf(z) if relation in ("<", "<=") else normal_log_sf(z)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(PRECISION):
            return normal_enclose(t / self.variance.sqrt(), upper=relation in (">", ">="))


@dataclass(frozen=True)
class DominatedLaw(ScalarLaw):
    """A symmetric variable with lighter tails than `base`: the tail lies between 0 and the base's."""

    base: ScalarLaw

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if (relation in (">", ">=") and t > 0) or (relation in ("<", "<=") and t < 0):
            return Enclosure(arb(0), self.base.enclose(relation, t).upper)
        raise NotImplementedError("a dominated law bounds its own two tails only")

    def given(self, variable: Hashable, value: Any) -> ScalarLaw:
        """Given a variable still dominated, by the base's law given it."""
        return DominatedLaw(self.base.given(variable, value))

    def worst_given(self, variable: Hashable, value: Any) -> ScalarLaw:
        """The heaviest tails among all outcomes with this value: the base's own, which some outcome attains."""
        return self.base.given(variable, value)
