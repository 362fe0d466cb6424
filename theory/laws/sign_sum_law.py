"""The law of a sum of fair signs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import ClassVar

from flint import arb
from sympy import Add, Expr, Integer, Rational, binomial, cosh, expand, log, oo, sympify

from ..calculus.enclosure import Enclosure
from ..calculus.validate import size
from .binomial_law import BinomialLaw
from .lattice_law import LatticeLaw, whole_order

__all__ = ["SignSumLaw"]


@dataclass(frozen=True)
class SignSumLaw(LatticeLaw):
    """The sum of `n` independent fair signs: twice a binomial variable less n; one sign for n = 1.

    P(S = x) = C(n, (n + x)/2) 2^{-n} for x of the parity of n.

    Raises
    ------
    ValueError
        For a number of signs below 0.

    Examples
    --------
    >>> SignSumLaw(20).fraction(">=", Fraction(8))
    Fraction(15115, 262144)
    """

    n: int

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        size(self.n, "number of signs n", least=0)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (n,) = map(sympify, parameters)
        order = whole_order(power)
        if order % 2:
            return Integer(0)
        half = Rational(1, 2)
        terms = (comb(order, j) * 2**j * (-n) ** (order - j) * BinomialLaw.moment(j, n, half) for j in range(order + 1))
        return expand(Add(*terms))

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (n,) = map(sympify, parameters)
        return n * log(cosh(s)), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (n,) = map(sympify, parameters)
        return binomial(n, (n + x) / 2) / Integer(2) ** n

    @cached_property
    def _successes(self) -> BinomialLaw:
        return BinomialLaw(self.n)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(-self.n), Fraction(self.n)

    def atoms(self) -> range:
        return range(-self.n, self.n + 1, 2)

    def mass(self, k: int) -> arb:
        """P(S = k)."""
        count, odd = divmod(k + self.n, 2)
        return arb(0) if odd else self._successes.mass(count)

    def _count(self, k: int) -> int:
        """S ≤ k says that at most so many signs are positive."""
        return (k + self.n) // 2

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        return self._successes.fraction(relation, (Fraction(t) + self.n) / 2)

    def at_most(self, k: int) -> Enclosure:
        return self._successes.at_most(self._count(k))

    def above(self, k: int) -> Enclosure:
        return self._successes.above(self._count(k))

    def log_at_most(self, k: int) -> float:
        return self._successes.log_at_most(self._count(k))

    def log_above(self, k: int) -> float:
        return self._successes.log_above(self._count(k))
