"""Exact laws of random scalars as the deciders see them: certified enclosures and log probabilities of tails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq

from . import law as _law
from .core import ScalarLaw
from .enclosure import Enclosure, workprec
from .law import failure_probability
from .tails import chi2_enclose, chi2_log_cdf, chi2_log_sf

__all__ = ["AffineLaw", "ChiSquareLaw", "DominatedLaw", "MarginLaw", "ScaleMixtureLaw", "SignLaw"]

_PREC = 192
# Up to this product of width and dimension a certified sum takes well under a second; floats decide beyond it.
_CERTIFIED_SIZE = 2**22


def _log1mexp(x: float) -> float:
    """log(1 - e^x) for x <= 0."""
    if x >= 0.0:
        return -math.inf
    return math.log(-math.expm1(x)) if x > -math.log(2) else math.log1p(-math.exp(x))


def _upper_tail(cdf: Enclosure) -> Enclosure:
    with workprec(_PREC):
        return Enclosure.of((1 - cdf.ball).nonnegative_part())


@dataclass(frozen=True)
class MarginLaw:
    """The margin Q of one sample at width m and input dimension d (whp S1, S3).

    Examples
    --------
    >>> from flint import arb
    >>> law = MarginLaw(1, 5)
    >>> law.enclose("<=", arb(0)).compare("<=", arb(1) / 2)
    True
    """

    m: int
    d: int

    def log_probability(self, relation: str, t: float) -> float:
        if t == 0.0 and relation in ("<", ">="):
            below = failure_probability(self.m, self.d, log=True)
            gap = -self.m * math.log(2) - below
            strictly = below + _log1mexp(min(gap, 0.0))
            return strictly if relation == "<" else _log1mexp(strictly)
        if relation in ("<", "<="):
            return float(
                failure_probability(self.m, self.d, log=True) if t == 0.0 else _law.margin_logcdf(self.m, self.d, t)
            )
        return float(_law.margin_logsf(self.m, self.d, t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0 or self.m * self.d > _CERTIFIED_SIZE:
            raise NotImplementedError("the margin is certified at threshold 0 and moderate sizes")
        at_most = failure_probability(self.m, self.d, certified=True)
        assert isinstance(at_most, Enclosure)
        with workprec(_PREC):
            below = at_most.ball
            if relation in ("<", ">="):
                below = below - arb(2) ** -self.m
            value = below if relation in ("<", "<=") else 1 - below
            return Enclosure.of(value)


@dataclass(frozen=True)
class SignLaw:
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
class AffineLaw:
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
        with workprec(_PREC):
            return self.base.enclose(relation, (t - _ball(self.shift)) / _ball(self.scale))


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


@dataclass(frozen=True)
class ChiSquareLaw:
    """A chi-square variable with k degrees of freedom (continuous: strict and weak relations agree)."""

    k: int

    def log_probability(self, relation: str, t: float) -> float:
        return float((chi2_log_cdf if relation in ("<", "<=") else chi2_log_sf)(self.k, t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return chi2_enclose(self.k, t, upper=relation in (">", ">="))


@dataclass(frozen=True)
class ScaleMixtureLaw:
    """aᵀh for a ~ N(0, I/m) independent of h ~ N(0, I): a centred normal with random variance χ²_m / m.

    P(X ≥ t) = ½ E erfc(t √m / √(2V)) with V ~ χ²_m is enclosed by a monotone sum over `cells` slices of V: the
    integrand increases in V, so its values at both ends of a slice bound it there.
    """

    m: int
    cells: int = 160

    def log_probability(self, relation: str, t: float) -> float:
        raise NotImplementedError("this law answers by enclosure")

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if relation in ("<", "<="):
            return _upper_tail(self.enclose(">", t))
        with workprec(_PREC):
            if t < 0:
                return _upper_tail(self.enclose(">", -t))
            if not t > 0:
                return Enclosure.of(arb(1) / 2)
            width = arb(40) * (2 / arb(self.m)).sqrt()
            low, high = arb(0), arb(0)
            before, mass_before = arb(0), arb(0)
            for j in range(self.cells + 1):
                # Slices are equal in log V over a window that holds all but a negligible mass.
                v = self.m * (width * (2 * arb(j) / self.cells - 1)).exp()
                mass = chi2_enclose(self.m, v, upper=False).ball
                slice_mass = (mass - mass_before).nonnegative_part()
                low += slice_mass * self._tail(before, t)
                high += slice_mass * self._tail(v, t)
                before, mass_before = v, mass
            high += chi2_enclose(self.m, before, upper=True).ball / 2
            return Enclosure(low.lower(), high.upper())

    def _tail(self, v: arb, t: arb) -> arb:
        """P(N(0, v/m) ≥ t)."""
        if not v > 0:
            return arb(0)
        return (t * (self.m / (2 * v)).sqrt()).erfc() / 2


@dataclass(frozen=True)
class DominatedLaw:
    """A symmetric variable with lighter tails than `base`: the tail lies between 0 and the base's."""

    base: ScalarLaw

    def log_probability(self, relation: str, t: float) -> float:
        raise NotImplementedError("this law answers by enclosure")

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if (relation in (">", ">=") and t > 0) or (relation in ("<", "<=") and t < 0):
            return Enclosure(arb(0), self.base.enclose(relation, t).upper)
        raise NotImplementedError("a dominated law bounds its own two tails only")
