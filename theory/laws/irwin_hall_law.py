"""The law of a sum of uniform variables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb, ctx, fmpq, fmpz
from sympy import Add, Expr, Integer, Max, bernoulli, binomial, exp, expand, factorial, log, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.validate import size
from .elementary import precision
from .lattice_law import complement, log_of, refined, whole_order
from .protocol import ScalarLaw

__all__ = ["IrwinHallLaw"]

_MOST = 2000
# Exact values have so many bits at most, before they are reduced.
_BITS = 1_000_000


@dataclass(frozen=True)
class IrwinHallLaw(ScalarLaw):
    """The sum of `n` ≤ 2000 independent variables, uniform on [0, 1].

    P(S ≤ x) = Σ_{k ≤ x} (-1)^k C(n, k) (x - k)^n / n! for 0 ≤ x ≤ n.

    Raises
    ------
    ValueError
        For a number of variables below 1.
    NotImplementedError
        For more than 2000 variables.

    Examples
    --------
    >>> IrwinHallLaw(3).fraction("<=", Fraction(1)), IrwinHallLaw(3).fraction(">", Fraction(3, 2))
    (Fraction(1, 6), Fraction(1, 2))
    """

    n: int

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True
    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        size(self.n, "number of uniform variables n")
        if self.n > _MOST:
            raise NotImplementedError(f"sums of uniform variables have an exact law up to {_MOST} of them")

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (n,) = map(sympify, parameters)
        order = whole_order(power)
        # From the cumulants n B_j / j: m_k = Σ_j C(k - 1, j - 1) κ_j m_{k-j}, and 1/2 for j = 1.
        cumulants = [Integer(0), n / 2, *(n * bernoulli(j) / j for j in range(2, order + 1))]
        moments = [Integer(1)]
        for k in range(1, order + 1):
            moments.append(
                expand(Add(*(math.comb(k - 1, j - 1) * cumulants[j] * moments[k - j] for j in range(1, k + 1))))
            )
        return moments[order]

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (n,) = map(sympify, parameters)
        return n * log((exp(s) - 1) / s), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (n,) = map(sympify, parameters)
        if not n.is_Integer:
            raise NotImplementedError("the density of a sum of uniform variables is written out for a number of them")
        if n == 1:
            return Integer(1)
        terms = ((-1) ** k * binomial(n, k) * Max(x - k, 0) ** (n - 1) for k in range(int(n)))
        return Add(*terms) / factorial(n - 1)

    def seconds(self, t: float) -> float:
        return 1e-3 + 1e-8 * self.n**2

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), Fraction(self.n)

    def _below(self, relation: str, t: Fraction) -> Fraction:
        """By symmetry every tail is one below a point."""
        return t if relation in ("<", "<=") else self.n - t

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        x = self._below(relation, Fraction(t))
        if not 0 < x < self.n:
            return Fraction(int(x > 0))
        if 2 * x > self.n:
            return 1 - self._fraction(self.n - x)
        return self._fraction(x)

    def _fraction(self, x: Fraction) -> Fraction:
        top, bottom = x.numerator, x.denominator
        if self.n * max(top, bottom).bit_length() > _BITS:
            raise NotImplementedError(f"exact probabilities have at most {_BITS} binary digits")
        total, ways = 0, 1
        for k in range(math.floor(x) + 1):
            total += (-1) ** k * ways * (top - k * bottom) ** self.n
            ways = ways * (self.n - k) // (k + 1)
        return Fraction(total, math.factorial(self.n) * bottom**self.n)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        x = self._below(relation, Fraction(t))
        if not 0 < x < self.n:
            return Enclosure.of(arb(int(x > 0)))
        rare = 2 * x <= self.n
        point = fmpq(*((x if rare else self.n - x).as_integer_ratio()))

        def evaluate() -> arb:
            tail = self._series(point)
            return tail if rare else complement(tail)

        return refined(evaluate, f"the law of a sum of {self.n} uniform variables at {t}")

    def _series(self, x: fmpq) -> arb:
        """The alternating sum at guard bits as many as its largest term has more than the whole."""
        n, bits = self.n, int(ctx.prec)
        with workprec(bits + 3 * n + 64):
            total, ways = arb(0), fmpz(1)
            for k in range(int(x.floor()) + 1):
                term = arb(x - k) ** fmpz(n) * ways
                total = total - term if k % 2 else total + term
                ways = ways * (n - k) // (k + 1)
            return total / arb(fmpz(math.factorial(n)))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if t.is_nan():
            return Enclosure(arb(0), arb(1))
        with workprec(precision()):
            ends = [self._at_end(relation, end) for end in (t.lower(), t.upper())]
        first, second = ends if relation in ("<", "<=") else reversed(ends)
        return Enclosure(first.lower, second.upper)

    def _at_end(self, relation: str, end: arb) -> Enclosure:
        if not 0 < end < self.n:
            return Enclosure.of(arb(int((end > 0) == (relation in ("<", "<=")))))
        man, power = (int(part) for part in end.man_exp())
        return self.enclose_at(relation, Fraction(man) * Fraction(2) ** power)

    def log_probability(self, relation: str, t: float) -> float:
        if math.isinf(t):
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        return self.log_probability_at(relation, Fraction(t))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        x = self._below(relation, Fraction(t))
        if not 2 * x > self.n:
            return log_of(self.enclose_at("<=", x))
        return math.log1p(-math.exp(log_of(self.enclose_at("<=", self.n - x))))
