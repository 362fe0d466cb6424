"""Laplace laws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Abs, Expr, Integer, exp, factorial, log, nan, oo, sympify

from ..calculus.exact import exact_ball
from .closed_forms import positive, real_line_power
from .continuous import ContinuousLaw
from .special import log_complement
from .tails import complement

__all__ = ["LaplaceLaw"]


@dataclass(frozen=True)
class LaplaceLaw(ContinuousLaw):
    """A centred Laplace variable: density e^{−|x|/scale} / (2 scale).

    Attributes
    ----------
    scale : Fraction
        Positive; an int becomes one.

    Raises
    ------
    ValueError
        For a scale that is not positive.

    Examples
    --------
    >>> LaplaceLaw(2).enclose(">", arb(6)).ball.overlaps(arb(-3).exp() / 2)
    True
    >>> from sympy import Symbol
    >>> LaplaceLaw.moment(4, Symbol("b"))
    24*b**4
    """

    scale: Fraction = Fraction(1)

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of a Laplace variable"))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (scale,) = map(sympify, parameters)
        p = real_line_power(power)
        if p is None:
            return oo if sympify(power).is_even else nan
        return Integer(0) if p % 2 else factorial(p) * scale**p

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (scale,) = map(sympify, parameters)
        return -log(1 - scale**2 * s**2), -1 / scale, 1 / scale

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (scale,) = map(sympify, parameters)
        return exp(-Abs(x) / scale) / (2 * scale)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return -math.inf, math.inf

    def log_probability(self, relation: str, t: float) -> float:
        t = t if relation in (">", ">=") else -t
        log_tail = -abs(t) / float(self.scale) - math.log(2)
        return log_tail if t >= 0 else log_complement(log_tail)

    def tail_at(self, t: arb, upper: bool) -> arb:
        tail = (-abs(t) / exact_ball(self.scale)).exp() / 2
        return tail if t == 0 or (t > 0) == upper else complement(tail)
