"""Beta laws."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, Mul, gamma, hyper, log, oo, sympify

from .closed_forms import decided_positive, gamma_ratio, positive
from .continuous import ContinuousLaw
from .special import log_betainc
from .tails import beta_tail

__all__ = ["BetaLaw"]


@dataclass(frozen=True)
class BetaLaw(ContinuousLaw):
    """A beta variable: density x^{a−1} (1 − x)^{b−1} / B(a, b) on (0, 1).

    Attributes
    ----------
    a, b : Fraction
        Positive; an int becomes one.

    Raises
    ------
    ValueError
        For a parameter that is not positive.

    Examples
    --------
    P(X ≤ 1/2) = 2^{−a} where b = 1:

    >>> BetaLaw(10, 1).enclose("<=", arb(1) / 2).ball.overlaps(arb(2) ** -10)
    True
    >>> from sympy import symbols
    >>> BetaLaw.moment(1, *symbols("a b", positive=True))
    a/(a + b)
    """

    a: Fraction
    b: Fraction

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", positive(self.a, "the first parameter of a beta variable"))
        object.__setattr__(self, "b", positive(self.b, "the second parameter of a beta variable"))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        a, b = map(sympify, parameters)
        if not decided_positive(a + power):
            return oo
        return gamma_ratio(a, power) / gamma_ratio(a + b, power)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        a, b = map(sympify, parameters)
        return log(hyper([a], [a + b], s)), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        a, b = map(sympify, parameters)
        return Mul(gamma(a + b) / (gamma(a) * gamma(b)), x ** (a - 1), (1 - x) ** (b - 1))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), Fraction(1)

    def log_probability(self, relation: str, t: float) -> float:
        if t <= 0:
            return self._log(relation, 0.0, 1.0)
        return self._log(relation, t, 1.0 - t) if t < 1 else self._log(relation, 1.0, 0.0)

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        # Near 1 the distance to it is known to more digits than the point.
        t = min(max(Fraction(t), Fraction(0)), Fraction(1))
        return self._log(relation, float(t), float(1 - t))

    def _log(self, relation: str, x: float, y: float) -> float:
        a, b = float(self.a), float(self.b)
        return float(log_betainc(a, b, x, y) if relation in ("<", "<=") else log_betainc(b, a, y, x))

    def tail_at(self, t: arb, upper: bool) -> arb:
        if t <= 0 or t >= 1:
            return arb(int((t <= 0) == upper))
        return beta_tail(self.a, self.b, t, 1 - t, upper)
