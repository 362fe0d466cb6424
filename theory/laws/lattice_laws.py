"""Laws on the integers: binomial, sums of fair signs, Poisson; thresholds at atoms are compared exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from flint import arb, fmpq, fmpz

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact, size
from .elementary import precision
from .protocol import ScalarLaw
from .special import log_gammainc, log_gammaincc
from .tails import binomial_enclose, binomial_log_cdf, binomial_log_sf

__all__ = ["BinomialLaw", "LatticeLaw", "PoissonLaw", "SignSumLaw"]

# Up to so many trials probabilities are summed as exact rationals.
_EXACT = 20_000


class LatticeLaw(ScalarLaw):
    """A law on the integers, given by P(X ≤ k) and P(X > k) at every integer k."""

    log_gap: ClassVar[float] = 1e-6

    def at_most(self, k: int) -> Enclosure:
        """P(X ≤ k), with small relative radius."""
        raise NotImplementedError

    def above(self, k: int) -> Enclosure:
        """P(X > k), with small relative radius."""
        raise NotImplementedError

    def log_at_most(self, k: int) -> float:
        """log P(X ≤ k) in floats."""
        raise NotImplementedError

    def log_above(self, k: int) -> float:
        """log P(X > k) in floats."""
        raise NotImplementedError

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        k = _last(Fraction(t), relation)
        return self.at_most(k) if relation in ("<", "<=") else self.above(k)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        first, last = (self.enclose_at(relation, _fraction(end)) for end in (t.lower(), t.upper()))
        if relation in (">", ">="):
            first, last = last, first
        return Enclosure(first.lower, last.upper)

    def log_probability(self, relation: str, t: float) -> float:
        if math.isinf(t):
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        return self.log_probability_at(relation, Fraction(t))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        k = _last(Fraction(t), relation)
        return self.log_at_most(k) if relation in ("<", "<=") else self.log_above(k)


def _last(t: Fraction, relation: str) -> int:
    """The largest integer k such that "X relation t" is X ≤ k, or is X > k."""
    whole = math.floor(t)
    return whole - 1 if relation in ("<", ">=") and whole == t else whole


def _fraction(ball: arb) -> Fraction:
    """An exact ball as a Fraction."""
    man, power = (int(part) for part in ball.mid().man_exp())
    return Fraction(man) * Fraction(2) ** power


@dataclass(frozen=True)
class BinomialLaw(LatticeLaw):
    """The number of successes in `n` independent trials of probability `p`, an exact rational in [0, 1].

    Examples
    --------
    >>> law = BinomialLaw(10, Fraction(1, 2))
    >>> law.fraction(">=", Fraction(10)), law.enclose_at("<", Fraction(0)).upper == 0
    (Fraction(1, 1024), True)
    """

    n: int
    p: Fraction = Fraction(1, 2)

    def __post_init__(self) -> None:
        size(self.n, "number of trials n", least=0)
        chance = exact(self.p, "success probability p")
        if not 0 <= chance <= 1:
            raise ValueError(f"success probability p must lie in [0, 1], found {self.p}; pass a number inside")
        object.__setattr__(self, "p", chance)

    @property
    def _fixed(self) -> int | None:
        """The one value it takes where nothing is random."""
        return 0 if self.n == 0 or self.p == 0 else self.n if self.p == 1 else None

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = (0, self.n) if self._fixed is None else (self._fixed, self._fixed)
        return Fraction(low), Fraction(high)

    def atoms(self) -> range:
        return range(self.n + 1)

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        with workprec(precision()):
            ways = arb(fmpz.bin_uiui(self.n, k))
            return ways * exact_ball(self.p) ** fmpz(k) * exact_ball(1 - self.p) ** fmpz(self.n - k)

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if self.n > _EXACT:
            raise NotImplementedError(f"exact probabilities are summed up to {_EXACT} trials")
        k = max(-1, min(self.n, _last(Fraction(t), relation)))
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
        return binomial_log_cdf(self.n, k, self.p)

    def log_above(self, k: int) -> float:
        if self._fixed is not None:
            return -math.inf if k >= self._fixed else 0.0
        return binomial_log_sf(self.n, k, self.p)


@dataclass(frozen=True)
class SignSumLaw(LatticeLaw):
    """The sum of `n` independent fair signs: twice a binomial variable less n.

    Examples
    --------
    >>> SignSumLaw(20).fraction(">=", Fraction(8))
    Fraction(15115, 262144)
    """

    n: int

    @cached_property
    def _successes(self) -> BinomialLaw:
        return BinomialLaw(self.n)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(-self.n), Fraction(self.n)

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


@dataclass(frozen=True)
class PoissonLaw(LatticeLaw):
    """A Poisson variable with an exact rational mean of at least 0.

    Examples
    --------
    >>> PoissonLaw(Fraction(2)).enclose_at("<=", Fraction(0)).ball.overlaps(arb(-2).exp())
    True
    """

    mean: Fraction

    def __post_init__(self) -> None:
        mean = exact(self.mean, "mean")
        if mean < 0:
            raise ValueError(f"the mean of a Poisson variable must be at least 0, found {self.mean}")
        object.__setattr__(self, "mean", mean)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf if self.mean else Fraction(0)

    def at_most(self, k: int) -> Enclosure:
        if k < 0:
            return Enclosure.of(arb(0))
        return self._gamma(k, upper=True) if self.mean else Enclosure.of(arb(1))

    def above(self, k: int) -> Enclosure:
        if k < 0:
            return Enclosure.of(arb(1))
        return self._gamma(k, upper=False) if self.mean else Enclosure.of(arb(0))

    def _gamma(self, k: int, *, upper: bool) -> Enclosure:
        """P(X ≤ k) = Q(k + 1, mean), and its complement: an incomplete gamma function at an integer."""
        bits = precision()
        wanted = bits // 2
        while True:
            with workprec(bits):
                mean, order = arb(fmpq(self.mean.numerator, self.mean.denominator)), arb(k + 1)
                value = mean.gamma_upper(order, 1) if upper else mean.gamma_lower(order, 1)
                if value.is_finite() and value.rel_accuracy_bits() >= wanted:
                    return Enclosure.of(value.nonnegative_part())
            bits *= 2
            if bits > 1 << 22:
                raise ValueError(f"no enclosure of a Poisson tail at {k} for the mean {self.mean}")

    def log_at_most(self, k: int) -> float:
        if k < 0:
            return -math.inf
        return float(log_gammaincc(k + 1, float(self.mean))) if self.mean else 0.0

    def log_above(self, k: int) -> float:
        if k < 0:
            return 0.0
        return float(log_gammainc(k + 1, float(self.mean))) if self.mean else -math.inf
