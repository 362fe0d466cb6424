"""Order statistics of independent copies of a variable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpz

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.validate import size
from .binomial_law import BinomialLaw, ball_binomial
from .elementary import precision
from .lattice_law import OPPOSITE, complement, falling_sum, log_binomial_term, log_by_either, log_one_minus_exp
from .protocol import ScalarLaw
from .special import log_betainc

__all__ = ["MaximumLaw", "MinimumLaw", "OrderLaw", "atom_between"]

# Below e^-650 a float probability keeps no digits, and n times it is the probability of one of n.
_UNDERFLOW = -650.0


class _Ordered(ScalarLaw):
    """A variable that is beyond a point when enough of n independent copies are."""

    base: ScalarLaw
    n: int

    def _needed(self, relation: str) -> int:
        """How many copies must be so for this one to be so."""
        raise NotImplementedError

    @property
    def log_gap(self) -> float:  # type: ignore[override]
        return self.base.log_gap

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.base.continuous

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        return self.base.monotone

    def seconds(self, t: float) -> float:
        return 1e-4 + 2 * self.base.seconds(t)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return self.base.support()

    def atoms(self) -> list[int]:
        """The values the base takes."""
        return list(self.base.atoms())

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        return atom_between(self, k)

    def log_probability(self, relation: str, t: float) -> float:
        chance, against = (self.base.log_probability(sign, t) for sign in (relation, OPPOSITE[relation]))
        return log_at_least(self.n, self._needed(relation), chance, against)

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        chance, against = (self.base.log_probability_at(sign, t) for sign in (relation, OPPOSITE[relation]))
        return log_at_least(self.n, self._needed(relation), chance, against)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        chance, against = (self.base.enclose(sign, t) for sign in (relation, OPPOSITE[relation]))
        return at_least(self.n, self._needed(relation), chance, against)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        chance, against = (self.base.enclose_at(sign, t) for sign in (relation, OPPOSITE[relation]))
        return at_least(self.n, self._needed(relation), chance, against)

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        needed = Fraction(self._needed(relation))
        return BinomialLaw(self.n, self.base.fraction(relation, t)).fraction(">=", needed)


@dataclass(frozen=True)
class MaximumLaw(_Ordered):
    """The largest of `n` independent copies: P(max ≤ t) = P(X ≤ t)^n, P(max ≥ t) = 1 - (1 - P(X ≥ t))^n.

    Raises
    ------
    ValueError
        For a number of copies below 1.

    Examples
    --------
    >>> MaximumLaw(BinomialLaw(2), 3).fraction(">=", Fraction(2)) == 1 - Fraction(3, 4) ** 3
    True
    """

    base: ScalarLaw
    n: int

    def __post_init__(self) -> None:
        size(self.n, "number of copies n")

    def _needed(self, relation: str) -> int:
        return self.n if relation in ("<", "<=") else 1

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        return MaximumLaw(self.base.tighter(), self.n)


@dataclass(frozen=True)
class MinimumLaw(_Ordered):
    """The smallest of `n` independent copies: P(min ≥ t) = P(X ≥ t)^n, P(min ≤ t) = 1 - (1 - P(X ≤ t))^n.

    Raises
    ------
    ValueError
        For a number of copies below 1.

    Examples
    --------
    >>> MinimumLaw(BinomialLaw(2), 3).fraction("<", Fraction(1)) == 1 - Fraction(3, 4) ** 3
    True
    """

    base: ScalarLaw
    n: int

    def __post_init__(self) -> None:
        size(self.n, "number of copies n")

    def _needed(self, relation: str) -> int:
        return 1 if relation in ("<", "<=") else self.n

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        return MinimumLaw(self.base.tighter(), self.n)


@dataclass(frozen=True)
class OrderLaw(_Ordered):
    """The `k`-th smallest of `n` independent copies: P(X_(k) ≤ t) = P(Bin(n, P(X ≤ t)) ≥ k).

    Raises
    ------
    ValueError
        Unless 1 ≤ k ≤ n.

    Examples
    --------
    The median of three uniform variables at 1/4, 3/16 - 2/64:

    >>> from whp.theory.laws.irwin_hall_law import IrwinHallLaw
    >>> OrderLaw(IrwinHallLaw(1), 3, 2).fraction("<=", Fraction(1, 4))
    Fraction(5, 32)
    """

    base: ScalarLaw
    n: int
    k: int

    def __post_init__(self) -> None:
        size(self.n, "number of copies n")
        size(self.k, "rank k")
        if self.k > self.n:
            raise ValueError(f"rank k must lie in [1, n] = [1, {self.n}], found {self.k}; 1 is the smallest of n")

    def _needed(self, relation: str) -> int:
        return self.k if relation in ("<", "<=") else self.n - self.k + 1

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        return OrderLaw(self.base.tighter(), self.n, self.k)


def atom_between(law: ScalarLaw, k: int) -> arb:
    """P(X = k) as a difference of the two tails on the side where they are small."""
    below, above = (law.enclose_at(sign, Fraction(k)).ball for sign in ("<=", ">="))
    outer = law.enclose_at("<" if below < above else ">", Fraction(k)).ball
    with workprec(precision()):
        return ((below if below < above else above) - outer).nonnegative_part()


def at_least(n: int, needed: int, chance: Enclosure, against: Enclosure) -> Enclosure:
    """P(Bin(n, p) ≥ needed), which grows with p, for p in `chance` and 1 - p in `against`."""
    with workprec(precision()):
        ends = []
        for p, q in ((chance.lower, against.upper), (chance.upper, against.lower)):
            # Of p and 1 - p the smaller one is taken exactly; the other follows.
            p, q = p.max(arb(0)).min(arb(1)), q.max(arb(0)).min(arb(1))
            ends.append(_at_least(n, needed, *((p, complement(p)) if p < q else (complement(q), q))))
        return Enclosure(ends[0].lower().max(arb(0)), ends[1].upper().min(arb(1)))


def _at_least(n: int, needed: int, p: arb, q: arb) -> arb:
    if p == 0 or q == 0:
        return arb(int(q == 0))
    if needed == n:
        return p ** fmpz(n) if p < q else (n * (-q).log1p()).exp()
    if needed == 1:
        return -((n * (-p).log1p()).expm1()) if p < q else complement(q ** fmpz(n))
    if n * p < needed:
        return _falling(n, needed, p, q)
    return complement(_falling(n, n - needed + 1, q, p))


def _falling(n: int, k: int, p: arb, q: arb) -> arb:
    """P(Bin(n, p) ≥ k): the ratios of its terms fall."""
    return falling_sum(ball_binomial(n, k, p, q), lambda j: p * (n - k - j) / (q * (k + j + 1)), n - k)


def log_at_least(n: int, needed: int, chance: float, against: float) -> float:
    """log P(Bin(n, p) ≥ needed) from log p and log(1 - p), accurate in both tails.

    Examples
    --------
    >>> log_at_least(1000, 1, -2000.0, 0.0) == math.log(1000) - 2000
    True
    """
    if chance == -math.inf:
        return -math.inf
    if needed == n:
        return n * chance
    if chance < _UNDERFLOW:
        return _log_ways(n, needed) + needed * chance
    rest = n - needed + 1
    if against < _UNDERFLOW:
        return -math.exp(_log_ways(n, rest) + rest * against) if against > -math.inf else 0.0
    if needed == 1:
        return log_one_minus_exp(n * against)
    so, not_so = (float(needed), math.exp(chance)), (float(rest), math.exp(against))

    def log_tail(is_so: bool) -> float:
        (a, x), (b, y) = (so, not_so) if is_so else (not_so, so)
        return float(log_betainc(a, b, x, y))

    return log_by_either(log_tail, True)


def _log_ways(n: int, k: int) -> float:
    """log C(n, k), 1 ≤ k ≤ n, by the entropy of the share k/n."""
    if k == n:
        return 0.0
    p, q = k / n, (n - k) / n
    return log_binomial_term(n, k, p, q) - k * math.log(p) - (n - k) * (math.log1p(-p) if p < 0.5 else math.log(q))
