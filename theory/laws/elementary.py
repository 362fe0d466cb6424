"""Exact laws of random scalars as the deciders see them: certified enclosures and log probabilities of tails."""

from __future__ import annotations

import math
import operator
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, ctx
from sympy import Add, Expr, Rational, binomial, exp, factorial2, gamma, log, nan, oo, pi, sqrt, sympify

from ..calculus.enclosure import Enclosure, compare, workprec
from ..calculus.exact import Number, exact_ball, exact_number
from .closed_forms import gamma_ratio, positive, real_line_power
from .protocol import ScalarLaw
from .tails import (
    chi2_enclose,
    chi2_log_cdf,
    chi2_log_sf,
    enclose_tail,
    freedom,
    normal_enclose,
    normal_log_cdf,
    normal_log_sf,
    normal_tail_at,
)

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
    """A chi-square variable with k degrees of freedom: density x^{k/2−1} e^{−x/2} / (2^{k/2} Γ(k/2)) on x > 0.

    Attributes
    ----------
    k : int or Fraction
        Positive.

    Raises
    ------
    ValueError
        For other degrees of freedom.

    Examples
    --------
    >>> ChiSquareLaw(2).log_probability(">=", 4.0)
    -2.0
    >>> from sympy import Symbol
    >>> ChiSquareLaw.moment(2, Symbol("k", positive=True))
    k*(k + 2)
    """

    k: int | Fraction

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True
    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", freedom(exact_number(positive(self.k, "degrees of freedom k"))))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (k,) = parameters
        return 2 ** sympify(power) * gamma_ratio(sympify(k) / 2, power, 2)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (k,) = parameters
        return -sympify(k) / 2 * log(1 - 2 * s), -oo, Rational(1, 2)

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        half = sympify(parameters[0]) / 2
        return x ** (half - 1) * exp(-x / 2) / (2**half * gamma(half))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def log_probability(self, relation: str, t: float) -> float:
        return float((chi2_log_cdf if relation in ("<", "<=") else chi2_log_sf)(self.k, t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return chi2_enclose(self.k, t, upper=relation in (">", ">="))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
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
    """A normal variable: density e^{−(x − mean)²/(2 variance)} / √(2π variance).

    Attributes
    ----------
    variance : int, Fraction or flint.arb
        Positive.
    mean : int, Fraction or flint.arb

    Raises
    ------
    ValueError
        Where the variance is not known to be positive.

    Examples
    --------
    >>> NormalLaw(1).enclose(">", arb(0)).ball.overlaps(arb(1) / 2)
    True
    >>> from sympy import symbols
    >>> NormalLaw.moment(3, *symbols("v m"))
    m**3 + 3*m*v
    """

    variance: Number | arb
    mean: Number | arb = 0

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True
    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("variance", "mean"):
            value = getattr(self, name)
            if not isinstance(value, arb):
                object.__setattr__(self, name, exact_number(value))
        if not self.variance > 0:
            raise ValueError(f"the variance of a normal variable must be positive, found {self.variance}")

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        variance, mean = _normal_parameters(parameters)
        p = real_line_power(power)
        if p is None:
            return oo if sympify(power).is_even else nan
        terms = [
            binomial(p, 2 * j) * mean ** (p - 2 * j) * variance**j * (factorial2(2 * j - 1) if j else 1)
            for j in range(p // 2 + 1)
        ]
        return Add(*terms)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        variance, mean = _normal_parameters(parameters)
        return mean * s + variance * s**2 / 2, -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        variance, mean = _normal_parameters(parameters)
        return exp(-((x - mean) ** 2) / (2 * variance)) / sqrt(2 * pi * variance)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return -math.inf, math.inf

    def log_probability(self, relation: str, t: float) -> float:
        shift = self.mean
        if math.isfinite(t) and (isinstance(shift, arb) or shift):
            # A difference of exact numbers: floats would lose the digits of t that the mean shares.
            t = float(arb(t) - shift) if isinstance(shift, arb) else float(Fraction(t) - shift)
        z = t / math.sqrt(float(self.variance))
        return normal_log_cdf(z) if relation in ("<", "<=") else normal_log_sf(z)

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        if isinstance(self.mean, arb):
            return super().log_probability_at(relation, t)
        return NormalLaw(self.variance).log_probability(relation, float(t - self.mean))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self._enclose(relation, t)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return self._enclose(relation, t)

    def _enclose(self, relation: str, t: arb | Fraction) -> Enclosure:
        upper = relation in (">", ">=")
        if all(not isinstance(value, arb) or value.is_exact() for value in (self.variance, self.mean)):
            return enclose_tail(lambda point: normal_tail_at(self._standard(point), upper), t, upper)
        with workprec(precision()):
            return normal_enclose(self._standard(t if isinstance(t, arb) else exact_ball(t)), upper)

    def _standard(self, t: arb) -> arb:
        variance, mean = (x if isinstance(x, arb) else exact_ball(x) for x in (self.variance, self.mean))
        return (t - mean) / variance.sqrt()


def _normal_parameters(parameters: tuple[Expr, ...]) -> tuple[Expr, Expr]:
    variance, mean = parameters if len(parameters) == 2 else (parameters[0], 0)
    return sympify(variance), sympify(mean)


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
