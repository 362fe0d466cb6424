"""Student's laws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, Integer, gamma, nan, oo, pi, prod, sqrt, sympify

from ..calculus.exact import exact_ball
from .closed_forms import decided_positive, positive, real_line_power
from .continuous import ContinuousLaw
from .special import log_beta_odds, log_complement
from .tails import beta_tail, complement

__all__ = ["StudentTLaw"]


@dataclass(frozen=True)
class StudentTLaw(ContinuousLaw):
    """Student's variable with k degrees of freedom: density proportional to (1 + x²/k)^{−(k+1)/2}.

    P(|X| > t) = I_{k/(k+t²)}(k/2, 1/2). Both tails shrink as k grows: the density falls there and grows elsewhere.

    Attributes
    ----------
    k : Fraction
        Positive; an int becomes one.

    Raises
    ------
    ValueError
        For degrees of freedom that are not positive.

    Examples
    --------
    Two degrees of freedom have P(X ≤ 1) = (1 + 1/√3) / 2:

    >>> StudentTLaw(2).enclose("<=", arb(1)).ball.overlaps((1 + 1 / arb(3).sqrt()) / 2)
    True
    >>> StudentTLaw.moment(2, 6), StudentTLaw.moment(2, 2), StudentTLaw.moment(1, 1)
    (3/2, oo, nan)
    """

    k: Fraction

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", positive(self.k, "the degrees of freedom of a Student variable"))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (k,) = map(sympify, parameters)
        p = real_line_power(power)
        if p is None or not decided_positive(k - p):
            return oo if sympify(power).is_even else nan
        if p % 2:
            return Integer(0)
        return k ** (p // 2) * prod([(2 * i - 1) / (k - 2 * i) for i in range(1, p // 2 + 1)], Integer(1))

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (k,) = map(sympify, parameters)
        return gamma((k + 1) / 2) / (sqrt(pi * k) * gamma(k / 2)) * (1 + x**2 / k) ** (-(k + 1) / 2)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return -math.inf, math.inf

    def log_probability(self, relation: str, t: float) -> float:
        t = t if relation in (">", ">=") else -t
        if t == 0:
            return -math.log(2)
        k, size = float(self.k), abs(t)
        # The odds k/t² against being beyond t.
        log_odds = math.log(k) - 2 * math.log(size) if math.isfinite(size) else -math.inf
        odds = k / size / size if math.isfinite(size) else 0.0
        log_tail = log_beta_odds(k / 2, 0.5, odds, log_odds) - math.log(2)
        return log_tail if t > 0 else log_complement(log_tail)

    def tail_at(self, t: arb, upper: bool) -> arb:
        if t == 0:
            return arb(1) / 2
        k, square = exact_ball(self.k), t * t
        half = beta_tail(self.k / 2, Fraction(1, 2), k / (k + square), square / (k + square), upper=False) / 2
        return half if (t > 0) == upper else complement(half)
