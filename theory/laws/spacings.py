"""Exact laws of the gaps that uniform points leave on [0, 1]: the largest, the smallest, the k-th smallest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpz
from sympy import Expr, harmonic

from ..calculus.exact import exact_ball
from ..calculus.validate import size
from .compound import CompoundLaw
from .elementary import precision

__all__ = ["MaximumSpacingLaw", "MinimumSpacingLaw", "OrderedSpacingLaw"]


class _SpacingLaw(CompoundLaw):
    """The `rank`-th smallest of the first `count` of the n + 1 gaps.

    It exceeds t where at least r = count - rank + 1 of these gaps do. Any j given gaps all exceed t with probability
    (1 - jt)₊^n, so that by inclusion and exclusion

        P(D_(rank) > t) = Σ_{j ≥ r} (-1)^{j-r} C(j - 1, r - 1) C(count, j) (1 - jt)₊^n.
    """

    n: int

    @property
    def count(self) -> int:
        """How many gaps are looked at."""
        raise NotImplementedError

    @property
    def rank(self) -> int:
        """The place of this one among them, from the smallest."""
        raise NotImplementedError

    @property
    def _needed(self) -> int:
        return self.count - self.rank + 1

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        # Where the largest of all gaps is asked for they sum to 1; else the others can take everything.
        least = Fraction(1, self.n + 1) if self.rank == self.n + 1 else Fraction(0)
        return least, Fraction(1, self._needed)

    def seconds(self, t: float) -> float:
        return 1e-4 + 4e-6 * min(self.count, 1 / t if t > 0 else self.count)

    def _signed(self, t: Fraction) -> list[tuple[int, int]]:
        """(j, its signed weight) for the gaps that can all exceed t."""
        r = self._needed
        most = min(self.count, math.ceil(1 / t) - 1) if t > 0 else self.count
        weight, found = math.comb(self.count, r), []
        for j in range(r, most + 1):
            found.append((j, weight))
            # C(j, r - 1) C(count, j + 1) from C(j - 1, r - 1) C(count, j).
            weight = -weight * j * (self.count - j) // ((j - r + 1) * (j + 1))
        return found

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        upper = relation in (">", ">=")
        low, high = self.support()
        if not low < t < high:
            return Fraction(int((t <= low) == upper))
        p, q = t.numerator, t.denominator
        if self.count * self.n * q.bit_length() > _LONGEST:
            raise NotImplementedError("the exact probability of this spacing has too many digits")
        above = Fraction(sum(weight * (q - j * p) ** self.n for j, weight in self._signed(t)), q**self.n)
        return above if upper else 1 - above

    def _bits(self, t: Fraction, upper: bool) -> int:
        # The signed terms are no larger than 2^count before they cancel.
        return precision() + min(self.count, int(1 / t) + 1 if t else self.count)

    def _tail(self, t: Fraction, upper: bool) -> arb:
        total = arb(0)
        for j, weight in self._signed(t):
            total += arb(fmpz(weight)) * exact_ball(1 - j * t) ** fmpz(self.n)
        return total if upper else 1 - total


# Exact probabilities are powers of the denominator: so many binary digits are written out.
_LONGEST = 20_000_000


def _chosen(n: int, spacings: int | None) -> int:
    return n + 1 if spacings is None else spacings


def _check(n: int, spacings: int | None) -> None:
    size(n, "number of points n")
    if spacings is not None and size(spacings, "number of spacings") > n + 1:
        raise ValueError(f"{n} points leave {n + 1} spacings, found {spacings}; pass at most {n + 1}")


def _moment(power: Expr, n: Expr, count: Expr, rank: Expr) -> Expr:
    """The gaps are independent exponentials over the sum of all n + 1, of which they are independent."""
    first = harmonic(count) - harmonic(count - rank)
    if power == 1:
        return first / (n + 1)
    if power == 2:
        second = harmonic(count, 2) - harmonic(count - rank, 2)
        return (second + first**2) / ((n + 1) * (n + 2))
    raise NotImplementedError("of the moments of a spacing the first two are known")


@dataclass(frozen=True)
class MaximumSpacingLaw(_SpacingLaw):
    """The largest gap that n uniform points leave on [0, 1], of all n + 1 or of the first `spacings` ones.

    P(max > t) = Σ_{j ≥ 1} (-1)^{j-1} C(N, j) (1 - jt)₊^n for N gaps.

    Attributes
    ----------
    n : int
        Number of points.
    spacings : int, optional
        How many gaps are looked at, from the left; by default all n + 1.

    Examples
    --------
    >>> MaximumSpacingLaw(1).fraction(">", Fraction(3, 4)), MaximumSpacingLaw(1, 1).fraction(">", Fraction(3, 4))
    (Fraction(1, 2), Fraction(1, 4))
    """

    n: int
    spacings: int | None = None

    def __post_init__(self) -> None:
        _check(self.n, self.spacings)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E max of N gaps is H_N/(n + 1)."""
        n, count = parameters if len(parameters) > 1 else (parameters[0], parameters[0] + 1)
        return _moment(power, n, count, count)

    @property
    def count(self) -> int:
        return _chosen(self.n, self.spacings)

    @property
    def rank(self) -> int:
        return self.count


@dataclass(frozen=True)
class MinimumSpacingLaw(_SpacingLaw):
    """The smallest gap, of all n + 1 or of the first `spacings` ones: P(min > t) = (1 - Nt)₊^n for N gaps.

    Attributes
    ----------
    n : int
    spacings : int, optional

    Examples
    --------
    >>> MinimumSpacingLaw(2).fraction(">", Fraction(1, 6))
    Fraction(1, 4)
    """

    n: int
    spacings: int | None = None

    def __post_init__(self) -> None:
        _check(self.n, self.spacings)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E min of N gaps is 1/(N (n + 1))."""
        n, count = parameters if len(parameters) > 1 else (parameters[0], parameters[0] + 1)
        if power == 1:
            return 1 / (count * (n + 1))
        if power == 2:
            return 2 / (count**2 * (n + 1) * (n + 2))
        raise NotImplementedError("of the moments of a spacing the first two are known")

    @property
    def count(self) -> int:
        return _chosen(self.n, self.spacings)

    @property
    def rank(self) -> int:
        return 1


@dataclass(frozen=True)
class OrderedSpacingLaw(_SpacingLaw):
    """The k-th smallest gap, of all n + 1 or of the first `spacings` ones.

    Attributes
    ----------
    n, k : int
    spacings : int, optional

    Examples
    --------
    >>> OrderedSpacingLaw(1, 2).fraction(">", Fraction(3, 4)) == MaximumSpacingLaw(1).fraction(">", Fraction(3, 4))
    True
    """

    n: int
    k: int
    spacings: int | None = None

    def __post_init__(self) -> None:
        _check(self.n, self.spacings)
        if size(self.k, "rank k") > self.count:
            raise ValueError(f"the rank k of a spacing must lie in [1, {self.count}], found {self.k}")

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E D_(k) of N gaps is (H_N - H_{N-k})/(n + 1)."""
        n, k = parameters[:2]
        return _moment(power, n, parameters[2] if len(parameters) > 2 else n + 1, k)

    @property
    def count(self) -> int:
        return _chosen(self.n, self.spacings)

    @property
    def rank(self) -> int:
        return self.k
