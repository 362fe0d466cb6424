"""Laws of ratios of mean squares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb
from sympy import Expr, gamma, oo, sympify

from ..calculus.exact import exact_ball
from .closed_forms import decided_positive, gamma_ratio, positive
from .continuous import ContinuousLaw
from .special import log_beta_odds
from .tails import beta_tail

__all__ = ["FRatioLaw"]


@dataclass(frozen=True)
class FRatioLaw(ContinuousLaw):
    """(χ²_a / a) / (χ²_b / b) of independent chi-squares: P(X ≤ t) = I_{at/(at+b)}(a/2, b/2).

    Its tails are not monotone in a or b: a mean square χ²_a / a exceeds a point little above 1 most often at some a.

    Attributes
    ----------
    a, b : Fraction
        Degrees of freedom above and below, positive; an int becomes one.

    Raises
    ------
    ValueError
        For degrees of freedom that are not positive.

    Examples
    --------
    With 2 and 2 degrees of freedom P(X > t) = 1 / (1 + t):

    >>> FRatioLaw(2, 2).enclose(">", arb(3)).ball.overlaps(arb(1) / 4)
    True
    >>> FRatioLaw.moment(1, 3, 6), FRatioLaw.moment(1, 3, 2)
    (3/2, oo)
    """

    a: Fraction
    b: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", positive(self.a, "the degrees of freedom a of an F ratio"))
        object.__setattr__(self, "b", positive(self.b, "the degrees of freedom b of an F ratio"))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        a, b = map(sympify, parameters)
        power = sympify(power)
        if not (decided_positive(a / 2 + power) and decided_positive(b / 2 - power)):
            return oo
        return (b / a) ** power * gamma_ratio(a / 2, power, 2) * gamma_ratio(b / 2, -power, 2)

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        a, b = map(sympify, parameters)
        constant = gamma((a + b) / 2) / (gamma(a / 2) * gamma(b / 2)) * (a / b) ** (a / 2)
        return constant * x ** (a / 2 - 1) * (1 + a * x / b) ** (-(a + b) / 2)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def log_probability(self, relation: str, t: float) -> float:
        lower = relation in ("<", "<=")
        if t <= 0 or math.isinf(t):
            return 0.0 if (t > 0) == lower else -math.inf
        a, b = float(self.a), float(self.b)
        ratio = a / b
        odds, log_odds = t * ratio, math.log(t) + math.log(ratio)
        if lower:
            return log_beta_odds(a / 2, b / 2, odds, log_odds)
        return log_beta_odds(b / 2, a / 2, 1 / odds if abs(log_odds) < 700 else 0.0, -log_odds)

    def tail_at(self, t: arb, upper: bool) -> arb:
        if t <= 0:
            return arb(int(upper))
        first, second = exact_ball(self.a) * t, exact_ball(self.b)
        return beta_tail(self.a / 2, self.b / 2, first / (first + second), second / (first + second), upper)
