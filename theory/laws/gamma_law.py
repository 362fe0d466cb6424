"""Gamma and exponential laws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, exp, gamma, log, oo, sympify

from ..calculus.exact import exact_ball
from .closed_forms import gamma_ratio, positive
from .continuous import ContinuousLaw
from .special import log_complement, log_gammainc, log_gammaincc
from .tails import gamma_tail

__all__ = ["ExponentialLaw", "GammaLaw"]


@dataclass(frozen=True)
class GammaLaw(ContinuousLaw):
    """A gamma variable: density x^{shape−1} e^{−x/scale} / (Γ(shape) scale^shape) on x > 0.

    Attributes
    ----------
    shape, scale : Fraction
        Positive; an int becomes one.

    Raises
    ------
    ValueError
        For a shape or a scale that is not positive.

    Examples
    --------
    >>> GammaLaw(1, 3).log_probability(">=", 6.0)
    -2.0
    >>> from sympy import Rational, symbols
    >>> GammaLaw.moment(Rational(1, 2), *symbols("a b", positive=True))
    sqrt(b)*gamma(a + 1/2)/gamma(a)
    """

    shape: Fraction
    scale: Fraction = Fraction(1)

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", positive(self.shape, "the shape of a gamma variable"))
        object.__setattr__(self, "scale", positive(self.scale, "the scale of a gamma variable"))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        shape, scale = parameters
        return sympify(scale) ** power * gamma_ratio(shape, power)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        shape, scale = map(sympify, parameters)
        return -shape * log(1 - scale * s), -oo, 1 / scale

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        shape, scale = map(sympify, parameters)
        return x ** (shape - 1) * exp(-x / scale) / (gamma(shape) * scale**shape)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def log_probability(self, relation: str, t: float) -> float:
        lower = relation in ("<", "<=")
        if t <= 0 or math.isinf(t):
            return 0.0 if (t > 0) == lower else -math.inf
        return float((log_gammainc if lower else log_gammaincc)(float(self.shape), t / float(self.scale)))

    def tail_at(self, t: arb, upper: bool) -> arb:
        return gamma_tail(self.shape, t / exact_ball(self.scale), upper) if t > 0 else arb(int(upper))


@dataclass(frozen=True)
class ExponentialLaw(ContinuousLaw):
    """An exponential variable: P(X > t) = e^{−rate t} for t ≥ 0.

    Attributes
    ----------
    rate : Fraction
        Positive; an int becomes one.

    Raises
    ------
    ValueError
        For a rate that is not positive.

    Examples
    --------
    >>> ExponentialLaw(2).enclose(">", arb(3)).ball.overlaps(arb(-6).exp())
    True
    """

    rate: Fraction = Fraction(1)

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive(self.rate, "the rate of an exponential variable"))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (rate,) = parameters
        return gamma_ratio(1, power) / sympify(rate) ** power

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (rate,) = map(sympify, parameters)
        return -log(1 - s / rate), -oo, rate

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (rate,) = map(sympify, parameters)
        return rate * exp(-rate * x)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def log_probability(self, relation: str, t: float) -> float:
        log_tail = -float(self.rate) * t if t > 0 else 0.0
        return log_complement(log_tail) if relation in ("<", "<=") else log_tail

    def tail_at(self, t: arb, upper: bool) -> arb:
        if t <= 0:
            return arb(int(upper))
        exponent = -exact_ball(self.rate) * t
        return exponent.exp() if upper else -exponent.expm1()
