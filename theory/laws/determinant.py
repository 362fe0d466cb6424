"""The law of the squared determinant of a Gaussian matrix: a product of independent chi-square variables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb
from sympy import Dummy, Expr, Integer, Mul, Product, Rational, factorial, gamma, oo

from ..calculus.exact import exact_ball
from ..calculus.validate import size
from .compound import CompoundLaw
from .tails import chi2_enclose

__all__ = ["DeterminantSquaredLaw"]


@dataclass(frozen=True)
class DeterminantSquaredLaw(CompoundLaw):
    """det(G)² of an n × n matrix of independent standard normals: Π_{k ≤ n} χ²_k, independent (Bartlett).

    Probabilities are known for n ≤ 2: a normal variable's square, and P(det² > t) = e^{-√t} as det is a Laplace
    variable for n = 2.

    Examples
    --------
    >>> DeterminantSquaredLaw(2).enclose(">", arb(4)).ball.overlaps(arb(-2).exp())
    True
    >>> [DeterminantSquaredLaw.moment(Integer(1), Integer(n)) for n in (1, 2, 3, 4)]
    [1, 2, 6, 24]
    """

    n: int

    def __post_init__(self) -> None:
        size(self.n, "size n")

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E det^{2p} = Π_{k ≤ n} 2^p Γ(k/2 + p)/Γ(k/2), for whole p the factorials Π_{i<p} (n + 2i)!/(2i)!."""
        (n,) = parameters
        if power.is_Integer and power.is_nonnegative:
            return Mul(*(factorial(n + 2 * i) / factorial(2 * i) for i in range(int(power))))
        if (power <= -Rational(1, 2)) == True:  # noqa: E712
            return oo
        k = Dummy("k", integer=True, positive=True)
        factor = 2**power * gamma(k / Integer(2) + power) / gamma(k / Integer(2))
        return Product(factor, (k, 1, n)).doit() if n.is_Integer else Product(factor, (k, 1, n))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def _tail(self, t: Fraction, upper: bool) -> arb:
        if self.n == 1:
            return chi2_enclose(1, t, upper).ball
        if self.n == 2:
            root = exact_ball(t).sqrt()
            return (-root).exp() if upper else -(-root).expm1()
        raise NotImplementedError(
            f"the probabilities of the determinant of a {self.n} x {self.n} Gaussian matrix are not known in closed "
            "form; they are for sizes 1 and 2"
        )

    def log_probability(self, relation: str, t: float) -> float:
        if self.n == 2 and t > 0 and relation in (">", ">="):
            return -math.sqrt(t)
        return super().log_probability(relation, t)
