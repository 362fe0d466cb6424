"""The standard Cauchy law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, Integer, nan, oo, pi, sympify

from .closed_forms import real_line_power
from .continuous import ContinuousLaw
from .special import log_complement
from .tails import complement

__all__ = ["CauchyLaw"]


@dataclass(frozen=True)
class CauchyLaw(ContinuousLaw):
    """A standard Cauchy variable: density 1 / (π (1 + x²)); P(X > t) = arctan(1/t) / π for t > 0.

    Examples
    --------
    >>> CauchyLaw().enclose(">", arb(1)).ball.overlaps(arb(1) / 4)
    True
    >>> CauchyLaw.moment(1), CauchyLaw.moment(2)
    (nan, oo)
    """

    monotone: ClassVar[bool] = True

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        if real_line_power(power) == 0:
            return Integer(1)
        return oo if sympify(power).is_even else nan

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        return 1 / (pi * (1 + sympify(x) ** 2))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return -math.inf, math.inf

    def log_probability(self, relation: str, t: float) -> float:
        t = t if relation in (">", ">=") else -t
        if math.isinf(t):
            return 0.0 if t < 0 else -math.inf
        # The quotient underflows beyond 1e300, and the logarithms do not.
        far = abs(t) > 1e300
        log_tail = -math.log(math.pi) + (-math.log(abs(t)) if far else math.log(math.atan2(1.0, abs(t))))
        return log_tail if t >= 0 else log_complement(log_tail)

    def tail_at(self, t: arb, upper: bool) -> arb:
        if t == 0:
            return arb(1) / 2
        tail = (1 / abs(t)).atan() / arb.pi()
        return tail if (t > 0) == upper else complement(tail)
