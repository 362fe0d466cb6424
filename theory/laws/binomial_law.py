"""The binomial law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, fmpz
from sympy import Expr, Mul, binomial, exp, log, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact, size
from .elementary import precision
from .lattice_law import EXACT, LatticeLaw, last, log_by_either, log_of, power_moment
from .tails import binomial_enclose, binomial_log_cdf, binomial_log_sf

__all__ = ["BinomialLaw", "ball_binomial"]

# Exact probabilities have so many bits at most.
_BITS = 2_000_000
# Below, a success probability is no float that keeps its digits.
_TINY = Fraction(1, 10**290)
# Up to so many trials a binomial coefficient is quicker as an integer.
_SHORT = 5_000


@dataclass(frozen=True)
class BinomialLaw(LatticeLaw):
    """The number of successes in `n` independent trials of probability `p`, an exact rational in [0, 1].

    P(X = k) = C(n, k) p^k (1 - p)^{n-k}; a Bernoulli variable has ``BinomialLaw(1, p)``.

    Raises
    ------
    ValueError
        For a number of trials below 0, or a probability outside [0, 1].

    Examples
    --------
    >>> law = BinomialLaw(10, Fraction(1, 2))
    >>> law.fraction(">=", Fraction(10)), law.enclose_at("<", Fraction(0)).upper == 0
    (Fraction(1, 1024), True)
    """

    n: int
    p: Fraction = Fraction(1, 2)

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        size(self.n, "number of trials n", least=0)
        chance = exact(self.p, "success probability p")
        if not 0 <= chance <= 1:
            raise ValueError(f"success probability p must lie in [0, 1], found {self.p}; pass a number inside")
        object.__setattr__(self, "p", chance)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        n, p = map(sympify, parameters)
        return power_moment(power, lambda j: Mul(*(n - i for i in range(j))) * p**j)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        n, p = map(sympify, parameters)
        return n * log(1 - p + p * exp(s)), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        n, p = map(sympify, parameters)
        return binomial(n, x) * p**x * (1 - p) ** (n - x)

    @property
    def _fixed(self) -> int | None:
        """The one value it takes where nothing is random."""
        return 0 if self.n == 0 or self.p == 0 else self.n if self.p == 1 else None

    @property
    def _tiny(self) -> bool:
        return not _TINY < self.p < 1 - _TINY

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = (0, self.n) if self._fixed is None else (self._fixed, self._fixed)
        return Fraction(low), Fraction(high)

    def atoms(self) -> range:
        return range(self.n + 1)

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        with workprec(precision() + 64):
            return ball_binomial(self.n, k, exact_ball(self.p), exact_ball(1 - self.p))

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if self.n > EXACT or self.n * self.p.denominator.bit_length() > _BITS:
            raise NotImplementedError(f"exact probabilities are summed up to {EXACT} trials and {_BITS} binary digits")
        k = max(-1, min(self.n, last(Fraction(t), relation)))
        if self._fixed is not None:
            below = Fraction(int(k >= self._fixed))
        else:
            # Of the two tails the shorter one is summed, in integers over one denominator.
            lower = k + 1 <= self.n - k
            first, success = (k, self.p) if lower else (self.n - k - 1, 1 - self.p)
            whole, part = success.denominator, success.numerator
            term, total = (whole - part) ** self.n, 0
            for j in range(first + 1):
                total += term
                term = term * (self.n - j) * part // ((j + 1) * (whole - part))
            below = Fraction(total, whole**self.n)
            below = below if lower else 1 - below
        return below if relation in ("<", "<=") else 1 - below

    def at_most(self, k: int) -> Enclosure:
        if self._fixed is not None:
            return Enclosure.of(arb(int(k >= self._fixed)))
        return binomial_enclose(self.n, k, upper=False, p=self.p)

    def above(self, k: int) -> Enclosure:
        if self._fixed is not None:
            return Enclosure.of(arb(int(k < self._fixed)))
        return binomial_enclose(self.n, k, upper=True, p=self.p)

    def log_at_most(self, k: int) -> float:
        if self._fixed is not None:
            return 0.0 if k >= self._fixed else -math.inf
        return self._log_tail(k, upper=False)

    def log_above(self, k: int) -> float:
        if self._fixed is not None:
            return -math.inf if k >= self._fixed else 0.0
        return self._log_tail(k, upper=True)

    def _log_tail(self, k: int, *, upper: bool) -> float:
        if self._tiny:
            return log_of(self.above(k) if upper else self.at_most(k))
        return log_by_either(lambda above: (binomial_log_sf if above else binomial_log_cdf)(self.n, k, self.p), upper)


def ball_binomial(n: int, k: int, p: Any, q: Any) -> arb:
    """C(n, k) p^k q^{n-k} at the working precision, 0 where k is not in 0 … n.

    Examples
    --------
    >>> ball_binomial(4, 1, arb(1) / 2, arb(1) / 2) == arb(1) / 4
    True
    """
    if not 0 <= k <= n:
        return arb(0)
    if n <= _SHORT:
        ways = arb(fmpz.bin_uiui(n, k))
    else:
        ways = (arb(n + 1).lgamma() - arb(k + 1).lgamma() - arb(n - k + 1).lgamma()).exp()
    found: arb = ways * p ** fmpz(k) * q ** fmpz(n - k)
    return found
