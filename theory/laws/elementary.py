"""Exact laws of random scalars as the deciders see them: certified enclosures and log probabilities of tails."""

from __future__ import annotations

import math
import operator
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, ctx

from ..calculus.enclosure import Enclosure, compare, workprec
from ..calculus.exact import exact_ball, exact_number
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
    "precision",
    "upper_tail",
]

PRECISION = 192
"""Working precision of the laws' enclosures, in bits."""

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def precision() -> int:
    """The working precision of enclosures: what the caller has set, `PRECISION` at least."""
    return max(PRECISION, int(ctx.prec))


def upper_tail(cdf: Enclosure) -> Enclosure:
    """1 - cdf."""
    with workprec(precision()):
        return Enclosure.of((1 - cdf.ball).nonnegative_part())


@dataclass(frozen=True)
class SignLaw(ScalarLaw):
    """A variable known to have the sign of another one: it answers at threshold 0 only."""

    base: ScalarLaw

    @property
    def log_gap(self) -> float:  # type: ignore[override]
        return self.base.log_gap

    def seconds(self, t: float) -> float:
        return self.base.seconds(0.0)

    def log_probability(self, relation: str, t: float) -> float:
        if t != 0.0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        return self.base.log_probability(relation, 0.0)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        return self.base.enclose(relation, t)


class _Image(ScalarLaw):
    """The law of a monotone image of a variable."""

    base: ScalarLaw

    @property
    def log_gap(self) -> float:  # type: ignore[override]
        return self.base.log_gap

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.base.continuous


@dataclass(frozen=True)
class AffineLaw(_Image):
    """The law of ``scale X + shift`` for an exact scale other than 0, of either sign, and an exact shift.

    Raises
    ------
    ValueError
        For the scale 0: a constant has a `ConstantLaw`.

    Examples
    --------
    P(χ²_2 / 2 - 1 ≥ 0) = e^{-1}, and 1 - χ²_2 / 2 is at most 0 as often:

    >>> from fractions import Fraction
    >>> from flint import arb
    >>> law = AffineLaw(ChiSquareLaw(2), Fraction(1, 2), Fraction(-1))
    >>> law.enclose(">=", arb(0)).ball.overlaps(arb(-1).exp())
    True
    >>> AffineLaw(ChiSquareLaw(2), Fraction(-1, 2), Fraction(1)).enclose("<=", arb(0)).ball.overlaps(arb(-1).exp())
    True
    """

    base: ScalarLaw
    scale: Fraction
    shift: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.scale == 0:
            raise ValueError("the scale of an affine image must not be 0; a constant has a ConstantLaw")

    def _relation(self, relation: str) -> str:
        return relation if self.scale > 0 else _MIRROR[relation]

    def seconds(self, t: float) -> float:
        return self.base.seconds((t - float(self.shift)) / float(self.scale))

    def log_probability(self, relation: str, t: float) -> float:
        return self.base.log_probability(self._relation(relation), (t - float(self.shift)) / float(self.scale))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        return self.base.log_probability_at(self._relation(relation), (t - self.shift) / Fraction(self.scale))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(precision()):
            return self.base.enclose(self._relation(relation), (t - exact_ball(self.shift)) / exact_ball(self.scale))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        with workprec(precision()):
            return self.base.enclose_at(self._relation(relation), (t - self.shift) / Fraction(self.scale))

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        return self.base.fraction(self._relation(relation), (t - self.shift) / Fraction(self.scale))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        ends = [_affine(end, self.scale, self.shift) for end in self.base.support()]
        return (ends[0], ends[1]) if self.scale > 0 else (ends[1], ends[0])


def _affine(end: Fraction | float, scale: Fraction, shift: Fraction) -> Fraction | float:
    if isinstance(end, float) and math.isinf(end):
        return end if scale > 0 else -end
    return Fraction(end) * scale + shift


@dataclass(frozen=True)
class ChiSquareLaw(ScalarLaw):
    """A chi-square variable with k degrees of freedom (continuous: strict and weak relations agree).

    Examples
    --------
    >>> ChiSquareLaw(2).log_probability(">=", 4.0)
    -2.0
    """

    k: int

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def log_probability(self, relation: str, t: float) -> float:
        return float((chi2_log_cdf if relation in ("<", "<=") else chi2_log_sf)(self.k, t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return chi2_enclose(self.k, t, upper=relation in (">", ">="))


@dataclass(frozen=True)
class NegatedLaw(_Image):
    """The law of -X."""

    base: ScalarLaw

    def seconds(self, t: float) -> float:
        return self.base.seconds(-t)

    def log_probability(self, relation: str, t: float) -> float:
        return self.base.log_probability(_MIRROR[relation], -t)

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        return self.base.log_probability_at(_MIRROR[relation], -t)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self.base.enclose(_MIRROR[relation], -t)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return self.base.enclose_at(_MIRROR[relation], -t)

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        return self.base.fraction(_MIRROR[relation], -t)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = self.base.support()
        return -high, -low


@dataclass(frozen=True)
class ConstantLaw(ScalarLaw):
    """A variable that takes one value.

    Examples
    --------
    >>> ConstantLaw(Fraction(1, 2)).enclose("<", arb(1)).lower == 1
    True
    """

    value: Fraction

    log_gap: ClassVar[float] = 1e-6

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        return Fraction(int(_HOLDS[relation](self.value, t)))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return Enclosure.of(arb(int(self.fraction(relation, t))))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(self.value), Fraction(self.value)

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
        An exact rational becomes one.

    Raises
    ------
    ValueError
        Where the variance is not known to be positive.

    Examples
    --------
    >>> NormalLaw(1).enclose(">", arb(0)).ball.overlaps(arb(1) / 2)
    True
    """

    variance: arb

    def __post_init__(self) -> None:
        if not isinstance(self.variance, arb):
            object.__setattr__(self, "variance", exact_ball(exact_number(self.variance)))
        if not self.variance > 0:
            raise ValueError(f"the variance of a normal variable must be positive, found {self.variance}")

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return -math.inf, math.inf

    def log_probability(self, relation: str, t: float) -> float:
        z = t / math.sqrt(float(self.variance))
        return normal_log_cdf(z) if relation in ("<", "<=") else normal_log_sf(z)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(precision()):
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

    def monotone_given(self, variable: Hashable) -> bool:
        """As the base's."""
        return self.base.monotone_given(variable)

    def worst_given(self, variable: Hashable, value: Any) -> ScalarLaw:
        """The heaviest tails among all outcomes with this value: the base's own, which some outcome attains."""
        return self.base.given(variable, value)
