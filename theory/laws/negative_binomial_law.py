"""The negative binomial law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb
from sympy import Expr, Mul, exp, factorial, gamma, log, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .binomial_law import BinomialLaw
from .elementary import precision
from .lattice_law import LatticeLaw, complement, falling_sum, last, log_by_either, log_of, power_moment, refined
from .special import log_betainc

__all__ = ["NegativeBinomialLaw"]

# Outside of these a parameter is no float that keeps its digits.
_TINY = Fraction(1, 10**290)
_HUGE = 2**52
_LARGEST = 2**53
# Above this chance of a failure the series in it is longer than the one in the chance of a success.
_FAILING = Fraction(9, 10)


@dataclass(frozen=True)
class NegativeBinomialLaw(LatticeLaw):
    """The number of failures before success number `r`, trials of exact rational probability `p` in (0, 1].

    P(X = k) = Γ(r + k) / (Γ(r) k!) p^r (1 - p)^k, k = 0, 1, …, which also makes sense for positive rational r.

    Raises
    ------
    ValueError
        For r not positive, or a probability outside (0, 1].

    Examples
    --------
    P(X ≤ 1) = p² + 2 p² (1 - p) for r = 2:

    >>> NegativeBinomialLaw(2, Fraction(1, 3)).fraction("<=", Fraction(1))
    Fraction(7, 27)
    """

    r: Fraction
    p: Fraction

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        successes, chance = exact(self.r, "number of successes r"), exact(self.p, "success probability p")
        if not successes > 0:
            raise ValueError(f"number of successes r must be positive, found {self.r}; pass a positive number")
        if not 0 < chance <= 1:
            raise ValueError(f"success probability p must lie in (0, 1], found {self.p}; pass a number inside")
        object.__setattr__(self, "r", successes)
        object.__setattr__(self, "p", chance)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        r, p = map(sympify, parameters)
        return power_moment(power, lambda j: Mul(*(r + i for i in range(j))) * ((1 - p) / p) ** j)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        r, p = map(sympify, parameters)
        return r * (log(p) - log(1 - (1 - p) * exp(s))), -oo, oo if p == 1 else -log(1 - p)

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        r, p = map(sympify, parameters)
        return gamma(r + x) / (gamma(r) * factorial(x)) * p**r * (1 - p) ** x

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), Fraction(0) if self.p == 1 else math.inf

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        if k < 0 or self.p == 1:
            return arb(int(k == 0))
        with workprec(precision() + 64):
            return self._term(k, exact_ball(self.r))

    def _term(self, k: int, r: arb) -> arb:
        """Γ(r + k) / (Γ(r) k!) p^r q^k."""
        logs = (r + k).lgamma() - r.lgamma() - arb(k + 1).lgamma()
        return (logs + r * exact_ball(self.p).log() + k * exact_ball(1 - self.p).log()).exp()

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if self.r.denominator != 1:
            raise NotImplementedError("exact probabilities are known for a whole number of successes")
        k, r = last(Fraction(t), relation), self.r.numerator
        # At most k failures: r successes or more among the first k + r trials.
        below = BinomialLaw(k + r, self.p).fraction(">=", Fraction(r)) if k >= 0 else Fraction(0)
        return below if relation in ("<", "<=") else 1 - below

    def at_most(self, k: int) -> Enclosure:
        if k < 0 or self.p == 1:
            return Enclosure.of(arb(int(k >= 0)))
        return self._tail(k, upper=False)

    def above(self, k: int) -> Enclosure:
        if k < 0 or self.p == 1:
            return Enclosure.of(arb(int(k < 0)))
        return self._tail(k, upper=True)

    def _tail(self, k: int, *, upper: bool) -> Enclosure:
        if self.r.denominator == 1 and k + self.r <= _LARGEST:
            trials = BinomialLaw(k + self.r.numerator, self.p)
            return (trials.at_most if upper else trials.above)(self.r.numerator - 1)
        rare = k + 1 > self.r * (1 - self.p) / self.p
        failing = rare and 1 - self.p < _FAILING

        def evaluate() -> arb:
            r = exact_ball(self.r)
            if rare:
                many = self._many(k + 1, r) if failing else self._late(k, r)
                if many is not None:
                    return many if upper else complement(many)
            few = self._few(k, r)
            return complement(few) if upper else few

        return refined(evaluate, f"a negative binomial tail at {k} for r = {self.r}, p = {self.p}")

    def _many(self, k: int, r: arb) -> arb:
        """P(X ≥ k): terms whose ratios q (r + j)/(j + 1) fall for r ≥ 1, and stay below q otherwise."""
        q = exact_ball(1 - self.p)
        if self.r >= 1:
            return falling_sum(self._term(k, r), lambda j: q * (r + k + j) / (k + j + 1))
        first = self._term(k, r)
        term, total, j = first, first, k
        while not term < total * arb(2) ** -precision():
            term = term * q * (r + j) / (j + 1)
            total = total + term
            j += 1
        return total + arb(0).union(term * q / (1 - q))

    def _late(self, k: int, r: arb) -> arb | None:
        """P(X > k) as the chance of less than r successes before failure k + 1, summed from r - 1 successes down.

        I_q(k+1, r) = t_1 + … + t_i + I_q(k+1, r-i) with t_i = p^{r-i} q^{k+1} Γ(r-i+k+1) / (Γ(r-i+1) k!), whose last
        summand is at most t_i (r-i)/(k+1) / (1 - q (r-i+k+1)/(k+2)); None where it is not negligible for any r - i > 0.
        """
        p, q = exact_ball(self.p), exact_ball(1 - self.p)
        term = self._term(k, r) * q / p
        total, small = term, arb(2) ** -precision()
        for i in range(1, math.ceil(self.r)):
            a = r - i
            ratio = q * (a + (k + 1)).max(arb(k + 2)) / (k + 2)
            rest = term * a / ((k + 1) * (1 - ratio))
            if ratio < 1 and rest < total * small:
                return total + arb(0).union(rest)
            term = term * a / ((a + k) * p)
            total = total + term
        return None

    def _few(self, k: int, r: arb) -> arb:
        """P(X ≤ k) = I_p(r, k + 1) = Σ_j p^{r+j} q^{k+1} Γ(r+k+1+j) / (Γ(r+j+1) k!), whose ratios do not grow."""
        p, q = exact_ball(self.p), exact_ball(1 - self.p)
        logs = (r + k + 1).lgamma() - (r + 1).lgamma() - arb(k + 1).lgamma()
        first = (logs + r * p.log() + (k + 1) * q.log()).exp()
        return falling_sum(first, lambda j: p * (r + (k + 1 + j)) / (r + (1 + j)))

    @property
    def _extreme(self) -> bool:
        return not (_TINY < self.p < 1 - _TINY and _TINY < self.r < _HUGE)

    def log_at_most(self, k: int) -> float:
        if k < 0 or self.p == 1:
            return 0.0 if k >= 0 else -math.inf
        return self._log_tail(k, upper=False)

    def log_above(self, k: int) -> float:
        if k < 0 or self.p == 1:
            return 0.0 if k < 0 else -math.inf
        return self._log_tail(k, upper=True)

    def _log_tail(self, k: int, *, upper: bool) -> float:
        if self._extreme:
            return log_of(self.above(k) if upper else self.at_most(k))
        below, above = (float(self.r), float(self.p)), (k + 1.0, float(1 - self.p))

        def log_tail(is_above: bool) -> float:
            (a, x), (b, y) = (above, below) if is_above else (below, above)
            return float(log_betainc(a, b, x, y))

        return log_by_either(log_tail, upper)
