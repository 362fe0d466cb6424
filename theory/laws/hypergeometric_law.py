"""The hypergeometric law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, fmpz
from sympy import Add, Expr, Integer, Mul, binomial, exp, log, oo, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.validate import size
from .elementary import precision
from .lattice_law import (
    EXACT,
    LatticeLaw,
    complement,
    falling_sum,
    last,
    log_binomial_term,
    log_falling_sum,
    log_one_minus_exp,
    power_moment,
    refined,
)

__all__ = ["HypergeometricLaw"]

# A generating function is written out over so many values.
_WRITTEN = 256


@dataclass(frozen=True)
class HypergeometricLaw(LatticeLaw):
    """The number of marked ones among `drawn` of `population` things of which `marked` are marked.

    P(X = k) = C(K, k) C(N - K, n - k) / C(N, n) for a population N, K marked and n drawn without replacement.

    Raises
    ------
    ValueError
        Unless 0 ≤ marked, drawn ≤ population.

    Examples
    --------
    >>> HypergeometricLaw(10, 4, 3).fraction("<=", Fraction(0)), HypergeometricLaw(10, 10, 3).support()
    (Fraction(1, 6), (Fraction(3, 1), Fraction(3, 1)))
    """

    population: int
    marked: int
    drawn: int

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        size(self.population, "population", least=0)
        for name in ("marked", "drawn"):
            value = size(getattr(self, name), name, least=0)
            if value > self.population:
                raise ValueError(
                    f"{name} must lie in [0, population] = [0, {self.population}], found {value}; pass at most so many"
                )

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        population, marked, drawn = map(sympify, parameters)

        def factorial_moment(j: int) -> Expr:
            ways = Mul(*((marked - i) * (drawn - i) for i in range(j)))
            return Integer(0) if ways == 0 else ways / Mul(*(population - i for i in range(j)))

        return power_moment(power, factorial_moment)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        numbers = tuple(map(sympify, parameters))
        if not all(number.is_Integer for number in numbers):
            raise NotImplementedError("the generating function of a hypergeometric law is written out for numbers only")
        law = HypergeometricLaw(*map(int, numbers))
        if len(law.atoms()) > _WRITTEN:
            raise NotImplementedError(f"the generating function is written out for up to {_WRITTEN} values")
        terms = (HypergeometricLaw.density(Integer(k), *numbers) * exp(k * s) for k in law.atoms())
        return log(Add(*terms)), -oo, oo

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        population, marked, drawn = map(sympify, parameters)
        return binomial(marked, x) * binomial(population - marked, drawn - x) / binomial(population, drawn)

    @property
    def _ends(self) -> tuple[int, int]:
        return max(0, self.drawn + self.marked - self.population), min(self.drawn, self.marked)

    @property
    def _unmarked(self) -> HypergeometricLaw:
        """The law of how many unmarked ones are drawn."""
        return HypergeometricLaw(self.population, self.population - self.marked, self.drawn)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = self._ends
        return Fraction(low), Fraction(high)

    def atoms(self) -> range:
        low, high = self._ends
        return range(low, high + 1)

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        low, high = self._ends
        if not low <= k <= high:
            return arb(0)
        with workprec(precision() + 64):
            return self._term(k)

    def _term(self, k: int) -> arb:
        def log_ways(n: int, j: int) -> arb:
            return arb(n + 1).lgamma() - arb(j + 1).lgamma() - arb(n - j + 1).lgamma()

        others = self.population - self.marked
        logs = log_ways(self.marked, k) + log_ways(others, self.drawn - k) - log_ways(self.population, self.drawn)
        return logs.exp()

    def _above_mean(self, k: int) -> bool:
        return k * self.population > self.drawn * self.marked

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if self.population > EXACT:
            raise NotImplementedError(f"exact probabilities are summed up to a population of {EXACT}")
        low, high = self._ends
        k = max(low - 1, min(high, last(Fraction(t), relation)))
        upper = relation in (">", ">=")
        if high - k <= k - low + 1:
            tail = self._count(k + 1)
            return tail if upper else 1 - tail
        tail = self._unmarked._count(self.drawn - k)
        return 1 - tail if upper else tail

    def _count(self, k: int) -> Fraction:
        """P(X ≥ k) in integers, k not below the support."""
        n, marked, others = self.drawn, self.marked, self.population - self.marked
        _, high = self._ends
        term, total = math.comb(marked, k) * math.comb(others, n - k) if k <= high else 0, 0
        for j in range(k, high + 1):
            total += term
            term = term * (marked - j) * (n - j) // ((j + 1) * (others - n + j + 1)) if j < high else 0
        return Fraction(total, math.comb(self.population, n))

    def at_most(self, k: int) -> Enclosure:
        low, high = self._ends
        if not low <= k < high:
            return Enclosure.of(arb(int(k >= high)))
        return refined(lambda: self._tail(k, upper=False), f"a tail at {k} of {self}")

    def above(self, k: int) -> Enclosure:
        low, high = self._ends
        if not low <= k < high:
            return Enclosure.of(arb(int(k < low)))
        return refined(lambda: self._tail(k, upper=True), f"a tail at {k} of {self}")

    def _tail(self, k: int, *, upper: bool) -> arb:
        # Each tail is summed on its own side of the mean, where its terms fall.
        rare = self._above_mean(k + 1)
        tail = self._at_least(k + 1) if rare else self._unmarked._at_least(self.drawn - k)
        return tail if rare == upper else complement(tail)

    def _at_least(self, k: int) -> arb:
        """P(X ≥ k) for k in the support."""
        n, marked, rest = self.drawn, self.marked, self.population - self.marked - self.drawn

        def ratio(j: int) -> arb:
            return arb(fmpz((marked - k - j) * (n - k - j))) / fmpz((k + j + 1) * (rest + k + j + 1))

        return falling_sum(self._term(k), ratio, self._ends[1] - k)

    def log_at_most(self, k: int) -> float:
        low, high = self._ends
        if not low <= k < high:
            return 0.0 if k >= high else -math.inf
        if self._above_mean(k + 1):
            return log_one_minus_exp(self._log_at_least(k + 1))
        return self._unmarked._log_at_least(self.drawn - k)

    def log_above(self, k: int) -> float:
        low, high = self._ends
        if not low <= k < high:
            return 0.0 if k < low else -math.inf
        if self._above_mean(k + 1):
            return self._log_at_least(k + 1)
        return log_one_minus_exp(self._unmarked._log_at_least(self.drawn - k))

    def _log_at_least(self, k: int) -> float:
        """log P(X ≥ k) on the side where the terms fall: the first one, and the sum of the others relative to it."""
        n, marked, rest = self.drawn, self.marked, self.population - self.marked - self.drawn

        def ratios(j: Any) -> Any:
            return (marked - k - j) / (k + j + 1) * ((n - k - j) / (rest + k + j + 1))

        return self._log_term(k) + log_falling_sum(ratios, self._ends[1] - k)

    def _log_term(self, k: int) -> float:
        """log P(X = k) by three binomial probabilities of one chance n/N: their entropies lose no digits."""
        population, n = self.population, self.drawn
        chance = n / population, (population - n) / population
        others = population - self.marked
        numerator = log_binomial_term(self.marked, k, *chance) + log_binomial_term(others, n - k, *chance)
        return numerator - log_binomial_term(population, n, *chance)
