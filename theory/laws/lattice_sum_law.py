"""Sums of independent copies of a law on finitely many integers, by exact convolution."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, fmpq, fmpz, fmpz_poly

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.validate import size
from .elementary import precision
from .lattice_law import LatticeLaw, last, log_ratio
from .protocol import ScalarLaw

__all__ = ["LatticeSumLaw", "exact_masses", "integer_atoms"]

# The coefficients of one convolution have so many bits together: some seconds and 50 megabytes.
_BITS = 400_000_000


@dataclass(frozen=True)
class LatticeSumLaw(LatticeLaw):
    """The sum of `n` independent copies of a variable on finitely many integers with exact rational probabilities.

    P(S = k) is the coefficient of x^k in (Σ_a P(X = a) x^a)^n, in integers over one denominator.

    Raises
    ------
    ValueError
        For a number of copies below 0.
    NotImplementedError
        When asked, where the base has no exact probabilities or the convolution has more than 4·10^8 bits.

    Examples
    --------
    Two draws of one of three balls, two of them marked:

    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> law = LatticeSumLaw(BinomialLaw(1, Fraction(2, 3)), 2)
    >>> law.fraction(">=", Fraction(2)), list(law.atoms())
    (Fraction(4, 9), [0, 1, 2])
    """

    base: ScalarLaw
    n: int

    def __post_init__(self) -> None:
        size(self.n, "number of copies n", least=0)

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        return self.base.monotone

    def seconds(self, t: float) -> float:
        return 1e-2

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        values = [value for value, _ in exact_masses(self.base)]
        return Fraction(self.n * values[0]), Fraction(self.n * values[-1])

    def atoms(self) -> list[int]:
        """The values it takes."""
        found = _convolution(self.base, self.n)
        return [
            found.first + found.step * j
            for j, (a, b) in enumerate(itertools.pairwise([0, *found.below]))
            if int(a) != int(b)
        ]

    def mass(self, k: int) -> arb:
        """P(S = k)."""
        found = _convolution(self.base, self.n)
        j, rest = divmod(k - found.first, found.step)
        if rest:
            return arb(0)
        with workprec(precision()):
            return arb(fmpq(found.upto(j) - found.upto(j - 1), found.whole))

    def _upto(self, k: int) -> tuple[fmpz, fmpz]:
        """P(S ≤ k) as an integer over another."""
        found = _convolution(self.base, self.n)
        return found.upto((k - found.first) // found.step), found.whole

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        part, whole = self._upto(last(Fraction(t), relation))
        return Fraction(int(part if relation in ("<", "<=") else whole - part), int(whole))

    def at_most(self, k: int) -> Enclosure:
        part, whole = self._upto(k)
        with workprec(precision()):
            return Enclosure.of(arb(part) / whole)

    def above(self, k: int) -> Enclosure:
        part, whole = self._upto(k)
        with workprec(precision()):
            return Enclosure.of(arb(whole - part) / whole)

    def log_at_most(self, k: int) -> float:
        part, whole = self._upto(k)
        return log_ratio(int(part), int(whole))

    def log_above(self, k: int) -> float:
        part, whole = self._upto(k)
        return log_ratio(int(whole - part), int(whole))


@dataclass(frozen=True)
class _Convolution:
    """P(S ≤ first + step·j) = below[j] / whole."""

    first: int
    step: int
    below: tuple[Any, ...]
    whole: Any

    def upto(self, j: int) -> Any:
        return fmpz(0) if j < 0 else self.below[min(j, len(self.below) - 1)]


@lru_cache(maxsize=4)
def _convolution(base: ScalarLaw, n: int) -> _Convolution:
    masses = exact_masses(base)
    denominator = math.lcm(*(mass.denominator for _, mass in masses))
    low = masses[0][0]
    step = math.gcd(*(value - low for value, _ in masses)) or 1
    width = (masses[-1][0] - low) // step
    if (n * width + 1) * n * denominator.bit_length() > _BITS:
        raise NotImplementedError(
            f"a sum of {n} copies over {width + 1} values needs more than {_BITS} bits, the limit of exact convolutions"
        )
    weights = [0] * (width + 1)
    for value, mass in masses:
        weights[(value - low) // step] = mass.numerator * (denominator // mass.denominator)
    power = fmpz_poly(weights) ** n
    return _Convolution(n * low, step, tuple(itertools.accumulate(power.coeffs())), fmpz(denominator) ** n)


def exact_masses(law: ScalarLaw) -> list[tuple[int, Fraction]]:
    """The integers a law takes with their exact positive probabilities, in order.

    Examples
    --------
    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> exact_masses(BinomialLaw(2))
    [(0, Fraction(1, 4)), (1, Fraction(1, 2)), (2, Fraction(1, 4))]
    """
    found, before = [], Fraction(0)
    for value in sorted(integer_atoms(law)):
        below = law.fraction("<=", Fraction(value))
        if below > before:
            found.append((value, below - before))
        before = below
    if before != 1:
        raise ValueError(f"the probabilities of a law must sum to 1, those of {law} at its atoms sum to {before}")
    return found


def integer_atoms(law: ScalarLaw) -> list[int]:
    """The integers a law takes; a constant that is an integer is one of them."""
    try:
        return list(law.atoms())
    except NotImplementedError:
        low, high = law.support()
        if low == high and isinstance(low, Fraction) and low.denominator == 1:
            return [low.numerator]
        raise
