"""The Poisson law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, exp, factorial, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .elementary import precision
from .lattice_law import (
    LatticeLaw,
    complement,
    falling_sum,
    log_by_either,
    log_falling_sum,
    log_of,
    log_one_minus_exp,
    power_moment,
    refined,
)
from .special import entropy_term, log_gammainc, log_gammaincc, stirling_remainder

__all__ = ["PoissonLaw"]

# Outside of these a mean is no float that keeps its digits.
_FLOATS = Fraction(1, 10**290), Fraction(10**15)
# Between these means SciPy's incomplete gamma functions lose digits, and a sum is short.
_SUMMED = 1e3, 1e9


@dataclass(frozen=True)
class PoissonLaw(LatticeLaw):
    """A Poisson variable with an exact rational mean of at least 0.

    P(X = k) = e^{-mean} mean^k / k!.

    Raises
    ------
    ValueError
        For a mean below 0.

    Examples
    --------
    >>> PoissonLaw(Fraction(2)).enclose_at("<=", Fraction(0)).ball.overlaps(arb(-2).exp())
    True
    """

    mean: Fraction

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        mean = exact(self.mean, "mean")
        if mean < 0:
            raise ValueError(f"the mean of a Poisson variable must be at least 0, found {self.mean}")
        object.__setattr__(self, "mean", mean)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        (mean,) = map(sympify, parameters)
        return power_moment(power, lambda j: mean**j)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        (mean,) = map(sympify, parameters)
        return mean * (exp(s) - 1), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        (mean,) = map(sympify, parameters)
        return exp(-mean) * mean**x / factorial(x)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf if self.mean else Fraction(0)

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        if k < 0 or not self.mean:
            return arb(int(k == 0))
        with workprec(precision() + 64):
            return self._term(k)

    def _term(self, k: int) -> arb:
        mean = exact_ball(self.mean)
        return (k * mean.log() - mean - arb(k + 1).lgamma()).exp()

    def at_most(self, k: int) -> Enclosure:
        if k < 0:
            return Enclosure.of(arb(0))
        return self._tail(k, upper=False) if self.mean else Enclosure.of(arb(1))

    def above(self, k: int) -> Enclosure:
        if k < 0:
            return Enclosure.of(arb(1))
        return self._tail(k, upper=True) if self.mean else Enclosure.of(arb(0))

    def _tail(self, k: int, *, upper: bool) -> Enclosure:
        def evaluate() -> arb:
            mean = exact_ball(self.mean)
            # Each tail is summed on its own side of the mean, where its terms fall.
            rare = k + 1 > self.mean
            if rare:
                tail = falling_sum(self._term(k + 1), lambda j: mean / (k + 2 + j))
            else:
                tail = falling_sum(self._term(k), lambda j: (k - j) / mean, k)
            return tail if rare == upper else complement(tail)

        return refined(evaluate, f"a Poisson tail at {k} for the mean {self.mean}")

    def log_at_most(self, k: int) -> float:
        if k < 0:
            return -math.inf
        return self._log_tail(k, upper=False) if self.mean else 0.0

    def log_above(self, k: int) -> float:
        if k < 0:
            return 0.0
        return self._log_tail(k, upper=True) if self.mean else -math.inf

    def _log_tail(self, k: int, *, upper: bool) -> float:
        if not _FLOATS[0] < self.mean < _FLOATS[1]:
            return log_of(self.above(k) if upper else self.at_most(k))
        mean = float(self.mean)
        if not _SUMMED[0] < mean < _SUMMED[1]:
            return log_by_either(lambda above: float((log_gammainc if above else log_gammaincc)(k + 1, mean)), upper)
        rare = k + 1 > mean
        if rare:
            found = _log_term(k + 1, mean) + log_falling_sum(lambda j: mean / (k + 2 + j))
        else:
            found = _log_term(k, mean) + log_falling_sum(lambda j: (k - j) / mean, k)
        return found if rare == upper else log_one_minus_exp(found)


def _log_term(k: int, mean: float) -> float:
    """log(e^{-mean} mean^k / k!) by a relative entropy."""
    if k == 0:
        return -mean
    return float(-entropy_term(k, mean) - 0.5 * math.log(2 * math.pi * k) - stirling_remainder(k))
