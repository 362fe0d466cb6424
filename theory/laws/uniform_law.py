"""Uniform laws on intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, Integer, exp, log, nan, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .closed_forms import decided_positive
from .continuous import ContinuousLaw
from .elementary import precision

__all__ = ["UniformLaw"]

# Up to such powers a moment is written as a sum without a division by the length.
_WRITTEN = 64


@dataclass(frozen=True)
class UniformLaw(ContinuousLaw):
    """A uniform variable on [low, high].

    Attributes
    ----------
    low, high : Fraction
        With low < high; an int becomes one.

    Raises
    ------
    ValueError
        For ends that are not in this order.

    Examples
    --------
    >>> UniformLaw(0, 3).fraction(">=", Fraction(1))
    Fraction(2, 3)
    >>> from sympy import symbols
    >>> UniformLaw.moment(2, *symbols("a b"))
    a**2/3 + a*b/3 + b**2/3
    """

    low: Fraction = Fraction(0)
    high: Fraction = Fraction(1)

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        low, high = (
            exact(self.low, "the lower end of a uniform law"),
            exact(self.high, "the upper end of a uniform law"),
        )
        if not low < high:
            raise ValueError(f"the ends of a uniform law must be in increasing order, found {self.low} and {self.high}")
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        low, high = map(sympify, parameters)
        power = sympify(power)
        if power.is_Integer and 0 <= power <= _WRITTEN:
            p = int(power)
            return sum((low**i * high ** (p - i) for i in range(p + 1)), Integer(0)) / (p + 1)
        if power.is_integer and power.is_nonnegative:
            return (high ** (power + 1) - low ** (power + 1)) / ((power + 1) * (high - low))
        if low.is_negative and high.is_positive:
            if not power.is_integer:
                raise NotImplementedError(f"the moment of power {power} of a variable with both signs; pass an integer")
            return oo if power.is_even else nan
        if low.is_zero:
            return high**power / (power + 1) if decided_positive(power + 1) else oo
        if not decided_positive(low):
            raise NotImplementedError(f"the moment of power {power} of a uniform variable from {low} to {high}")
        if power == -1:
            return (log(high) - log(low)) / (high - low)
        return (high ** (power + 1) - low ** (power + 1)) / ((power + 1) * (high - low))

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        low, high = map(sympify, parameters)
        if sympify(s).is_zero:
            return Integer(0), -oo, oo
        return log((exp(s * high) - exp(s * low)) / (s * (high - low))), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        low, high = map(sympify, parameters)
        return 1 / (high - low)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return self.low, self.high

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        t = min(max(Fraction(t), self.low), self.high)
        part = t - self.low if relation in ("<", "<=") else self.high - t
        return part / (self.high - self.low)

    def log_probability(self, relation: str, t: float) -> float:
        if math.isinf(t):
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        return self.log_probability_at(relation, Fraction(t))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        found = self.fraction(relation, t)
        if found == 0:
            return -math.inf
        if 2 * found > 1:
            return math.log1p(-float(1 - found))
        # Logarithms of integers have no range.
        return math.log(found.numerator) - math.log(found.denominator)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        # A ball around an end that is not dyadic lies on both sides of it.
        with workprec(precision()):
            return Enclosure.of(exact_ball(self.fraction(relation, t)))

    def tail_at(self, t: arb, upper: bool) -> arb:
        low, high = exact_ball(self.low), exact_ball(self.high)
        part = ((high - t) if upper else (t - low)).nonnegative_part()
        return (part / (high - low)).min(arb(1))
