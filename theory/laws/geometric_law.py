"""The geometric law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb, fmpz
from sympy import Expr, exp, factorial, log, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .elementary import precision
from .lattice_law import LatticeLaw, complement, last, log_of, log_one_minus_exp, log_ratio, power_moment, refined

__all__ = ["GeometricLaw"]

_BITS = 1_000_000
# Below, a success probability is no float that keeps its digits.
_TINY = Fraction(1, 10**290)


@dataclass(frozen=True)
class GeometricLaw(LatticeLaw):
    """The number of trials until the first success, 1, 2, …, each of exact rational probability `p` in (0, 1].

    P(X > k) = (1 - p)^k for k ≥ 0.

    Raises
    ------
    ValueError
        For a probability outside (0, 1].

    Examples
    --------
    >>> GeometricLaw(Fraction(1, 3)).fraction(">", Fraction(2)), GeometricLaw(1).fraction("<=", Fraction(1))
    (Fraction(4, 9), Fraction(1, 1))
    """

    p: Fraction

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        chance = exact(self.p, "success probability p")
        if not 0 < chance <= 1:
            raise ValueError(f"success probability p must lie in (0, 1], found {self.p}; pass a number inside")
        object.__setattr__(self, "p", chance)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (p,) = map(sympify, parameters)
        return power_moment(power, lambda j: factorial(j) * (1 - p) ** (j - 1) / p**j)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (p,) = map(sympify, parameters)
        return log(p) + s - log(1 - (1 - p) * exp(s)), -oo, oo if p == 1 else -log(1 - p)

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (p,) = map(sympify, parameters)
        return p * (1 - p) ** (x - 1)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(1), Fraction(1) if self.p == 1 else math.inf

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        if k < 1:
            return arb(0)
        with workprec(precision() + 64):
            return exact_ball(1 - self.p) ** fmpz(k - 1) * exact_ball(self.p)

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        k = max(0, last(Fraction(t), relation))
        if k * self.p.denominator.bit_length() > _BITS:
            raise NotImplementedError(f"exact probabilities have at most {_BITS} binary digits")
        tail = (1 - self.p) ** k
        return tail if relation in (">", ">=") else 1 - tail

    def _above(self, k: int) -> arb:
        return exact_ball(1 - self.p) ** fmpz(k) if k > 0 else arb(1)

    def at_most(self, k: int) -> Enclosure:
        if k < 1:
            return Enclosure.of(arb(0))
        return refined(lambda: complement(self._above(k)), f"a geometric tail at {k} for p = {self.p}")

    def above(self, k: int) -> Enclosure:
        return refined(lambda: self._above(k), f"a geometric tail at {k} for p = {self.p}")

    def log_at_most(self, k: int) -> float:
        if k < 1:
            return -math.inf
        return log_of(self.at_most(k)) if self.p < _TINY else log_one_minus_exp(self.log_above(k))

    def log_above(self, k: int) -> float:
        if k <= 0:
            return 0.0
        return k * log_ratio(self.p.denominator - self.p.numerator, self.p.denominator)
