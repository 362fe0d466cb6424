"""Sums, products and quotients of two independent variables, enclosed by monotone sums over slices of one of them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import ClassVar

from flint import arb

from ..calculus.enclosure import Enclosure, workprec
from .compound import binary_fraction
from .elementary import AffineLaw, precision
from .lattice_law import LatticeLaw
from .lattice_sum_law import exact_masses, integer_atoms
from .protocol import ScalarLaw

__all__ = ["ProductLaw", "QuotientLaw", "SumLaw"]

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WEAK = {"<": "<=", "<=": "<=", ">": ">=", ">=": ">="}
_STRICT = {"<": "<", "<=": "<", ">": ">", ">=": ">"}

# So many values of a variable are summed one by one: of finitely many, of those that matter, as exact rationals.
_MOST_ATOMS, _MOST_OF_ALL, _MOST_EXACT = 20_000, 4_000, 500
_MOST_CELLS = 1 << 16
# Probabilities of the values that are left out of a sum, in bits.
_LEFT_OUT = (128, 1024)

Point = Fraction | float
"""An exact rational, or an infinite float."""


@dataclass(frozen=True)
class _Combined(ScalarLaw):
    """f(X, Y) for independent X and Y, one of which is cut into slices.

    Given the sliced variable, the event says that the other one is beyond a threshold, with a probability that is
    monotone in the sliced one on either side of 0: over a slice it lies between its values at the ends. The slices
    that leave most undecided are halved until the enclosure is as narrow as asked for, or there are `cells` of them.
    Where one of the variables lies on a lattice its values are summed one by one: all, or those that matter.

    Attributes
    ----------
    first, second : ScalarLaw
    cells : int
        The number of slices at most; the enclosure's width falls as its inverse.
    wanted : float
        The relative width at which no more slices are made.
    """

    first: ScalarLaw
    second: ScalarLaw
    cells: int = 1500
    wanted: float = 1e-6

    log_gap: ClassVar[float] = 1e-2

    def tighter(self) -> ScalarLaw:
        if self.cells >= _MOST_CELLS:
            return super().tighter()
        return replace(self, cells=8 * self.cells, wanted=self.wanted / 8)

    def seconds(self, t: float) -> float:
        parts = self.cells if self._summed is None else len(self._summed[1].values(_LEFT_OUT[0]))
        return parts * (1e-4 + self.first.seconds(t) / 4 + self.second.seconds(t) / 4)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        first, last = (self.enclose_at(relation, binary_fraction(end)) for end in (t.lower(), t.upper()))
        if relation in (">", ">="):
            first, last = last, first
        return Enclosure(first.lower, last.upper)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        with workprec(precision()):
            t = Fraction(t)
            sure = self._outside(relation, t)
            if sure is not None:
                return Enclosure.of(arb(int(sure)))
            if self._summed is not None:
                return self._over_atoms(*self._summed, relation, t)
            return _Slices(self, relation, t).enclose()

    def _outside(self, relation: str, t: Fraction) -> bool | None:
        """Whether the event is sure, where the support tells."""
        try:
            low, high = self.support()
        except NotImplementedError:
            return None
        if t < low or (t == low and self.continuous):
            return relation in (">", ">=")
        if t > high or (t == high and self.continuous):
            return relation in ("<", "<=")
        return None

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if self._summed is None:
            return super().fraction(relation, t)
        is_first, lattice = self._summed
        masses = exact_masses(lattice.base) if len(integer_atoms(lattice.base)) <= _MOST_EXACT else []
        if not masses:
            raise NotImplementedError(f"up to {_MOST_EXACT} values are summed as exact rationals")
        other = self.second if is_first else self.first
        total = Fraction(0)
        for k, mass in masses:
            turned, threshold = self._given(lattice.at(k), 0, relation, t)
            chance = _sure(turned, threshold) if isinstance(threshold, float) else other.fraction(turned, threshold)
            total += mass * chance
        return total

    @cached_property
    def _summed(self) -> tuple[bool, _Lattice] | None:
        """Whether the first variable is the one whose values are summed, and these; None where none is."""
        found: list[tuple[int, bool, _Lattice]] = []
        for is_first in self._may_be_summed():
            lattice = _lattice(self.first if is_first else self.second)
            try:
                count = len(lattice.values(_LEFT_OUT[0]))
            except NotImplementedError:
                continue
            found += [(count, not is_first, lattice)] if count <= _MOST_ATOMS else []
        if not found:
            return None
        _, is_second, lattice = min(found, key=lambda item: item[:2])
        return not is_second, lattice

    def _may_be_summed(self) -> tuple[bool, ...]:
        return (True, False)

    @cached_property
    def _sliced(self) -> tuple[ScalarLaw, ScalarLaw]:
        """The variable that is cut into slices, and the other one."""
        return (self.first, self.second) if self.first.continuous else (self.second, self.first)

    def _over_atoms(self, is_first: bool, lattice: _Lattice, relation: str, t: Fraction) -> Enclosure:
        other = self.second if is_first else self.first
        for bits in _LEFT_OUT:
            values = lattice.values(bits)
            total = arb(0)
            for k in values:
                turned, threshold = self._given(lattice.at(k), 0, relation, t)
                total += lattice.mass(k) * _probability(other, turned, threshold).ball
            rest = lattice.beyond(values)
            if rest <= total * (self.wanted / 8):
                break
        return Enclosure(total.lower().max(arb(0)), (total + rest).upper().min(arb(1)))

    def _given(self, x: Point, side: int, relation: str, t: Fraction) -> tuple[str, Point]:
        """The event on the other variable where the sliced one is x, or tends to 0 from this side."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Lattice:
    """A variable scale·K + shift, where K takes whole values."""

    base: ScalarLaw
    scale: Fraction
    shift: Fraction

    def at(self, k: int) -> Fraction:
        """The value where K is k."""
        return self.scale * k + self.shift

    def values(self, bits: int) -> Sequence[int]:
        """The values of K; where there are infinitely many, all but some of probability 2^-bits on either side."""
        return _values(self.base, bits)

    def mass(self, k: int) -> arb:
        """P(K = k)."""
        law = self._endless
        if law is None:
            return self.base.mass(k)
        below = law.at_most(k)
        low = bool(below.upper < 0.5)
        found: arb = below.ball - law.at_most(k - 1).ball if low else law.above(k - 1).ball - law.above(k).ball
        return found

    def takes_0(self) -> bool:
        """Whether 0 is one of the values."""
        k = -self.shift / self.scale
        if k.denominator != 1 or (self._endless is None and int(k) not in self.base.atoms()):
            return False
        never = self.mass(int(k)) == 0
        return not never

    def beyond(self, values: Sequence[int]) -> arb:
        """The probability of the values that are left out."""
        law = self._endless
        left: arb = arb(0) if law is None else law.at_most(values[0] - 1).ball + law.above(values[-1]).ball
        return left.upper()

    @property
    def _endless(self) -> LatticeLaw | None:
        """The law of K where it has infinitely many values."""
        law = self.base
        return law if isinstance(law, LatticeLaw) and isinstance(_values(law, _LEFT_OUT[0]), range) else None


def _lattice(law: ScalarLaw) -> _Lattice:
    if isinstance(law, AffineLaw):
        inner, scale = _lattice(law.base), Fraction(law.scale)
        return _Lattice(inner.base, scale * inner.scale, scale * inner.shift + Fraction(law.shift))
    return _Lattice(law, Fraction(1), Fraction(0))


@lru_cache(maxsize=64)
def _values(law: ScalarLaw, bits: int) -> Sequence[int]:
    """The whole values of a law; a range where there are infinitely many and some of probability 2^-bits are left out.

    Examples
    --------
    >>> from .poisson_law import PoissonLaw
    >>> _values(PoissonLaw(Fraction(1)), 20)
    range(0, 10)
    """
    try:
        return tuple(law.atoms())
    except NotImplementedError:
        if not isinstance(law, LatticeLaw):
            raise
    low, high = law.support()
    if not (isinstance(low, Fraction) and isinstance(high, float)):
        raise NotImplementedError("a law on the whole numbers from some one on is summed")
    least, first = arb(2) ** -bits, math.ceil(low)
    last = _first(lambda k: law.above(k).upper < least, first)
    start = _first(lambda k: not law.at_most(k).upper < least, first)
    if last - start >= _MOST_OF_ALL:
        raise NotImplementedError(f"up to {_MOST_OF_ALL} values that matter are summed")
    return range(start, last + 1)


def _first(so: Callable[[int], bool], low: int) -> int:
    """The first whole number from `low` on at which something is so that stays so."""
    step = 1
    while not so(low + step):
        step *= 2
    below, above = low - 1, low + step
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if so(middle) else (middle, above)
    return above


def _sure(relation: str, threshold: float) -> int:
    """Whether any number stands in a relation to an infinite one, as a probability."""
    return int((threshold > 0) == (relation in ("<", "<=")))


def _probability(law: ScalarLaw, relation: str, threshold: Point) -> Enclosure:
    if isinstance(threshold, float):
        return Enclosure.of(arb(_sure(relation, threshold)))
    return law.enclose_at(relation, threshold)


class _Slices:
    """The slices of one evaluation."""

    def __init__(self, law: _Combined, relation: str, t: Fraction) -> None:
        self.law, self.relation, self.t = law, relation, t
        self.sliced, self.other = law._sliced
        self._given: dict[tuple[Point, int], Enclosure] = {}
        self._below: dict[Point, Enclosure] = {-math.inf: Enclosure.of(arb(0)), math.inf: Enclosure.of(arb(1))}
        self._above: dict[Point, Enclosure] = {-math.inf: Enclosure.of(arb(1)), math.inf: Enclosure.of(arb(0))}

    def enclose(self) -> Enclosure:
        heap: list[tuple[float, int, Point, Point, arb, arb]] = []
        count = 0

        def push(a: Point, b: Point) -> tuple[arb, arb]:
            nonlocal count
            low, high = self.bounds(a, b)
            gap = high - low
            rank = -float(gap.log().mid()) if gap > 0 else math.inf
            heapq.heappush(heap, (rank, count, a, b, low, high))
            count += 1
            return low, high

        ends: list[Point] = [-math.inf, Fraction(-1), Fraction(0), Fraction(1), math.inf]
        for a, b in pairwise(ends):
            push(a, b)
        while len(heap) < self.law.cells:
            if len(heap) % 64 == 0:
                found = _total(heap)
                if found.relative_radius < self.law.wanted / 2:
                    return found
            rank, _, a, b, _, _ = heap[0]
            if rank == math.inf:
                break
            heapq.heappop(heap)
            middle = _middle(a, b)
            push(a, middle)
            push(middle, b)
        return _total(heap)

    def bounds(self, a: Point, b: Point) -> tuple[arb, arb]:
        """Bounds on P(the event, a < sliced ≤ b)."""
        mass = self.mass(a, b)
        if mass.upper == 0:
            return arb(0), arb(0)
        start, end = self.given(a, 1), self.given(b, -1)
        low = start.lower if start.lower < end.lower else end.lower
        high = start.upper if start.upper > end.upper else end.upper
        return (mass.lower * low).lower(), (mass.upper * high).upper()

    def given(self, x: Point, side: int) -> Enclosure:
        """The probability given the sliced variable, or its limit at 0 and at the infinite ends."""
        key = (x, side if x == 0 else 0)
        if key not in self._given:
            relation, threshold = self.law._given(x, side, self.relation, self.t)
            if x == 0 or isinstance(x, float):
                # A limit may leave out, or take in, an atom at the threshold.
                least = _probability(self.other, _STRICT[relation], threshold)
                most = _probability(self.other, _WEAK[relation], threshold)
                self._given[key] = Enclosure(least.lower, most.upper)
            else:
                self._given[key] = _probability(self.other, relation, threshold)
        return self._given[key]

    def mass(self, a: Point, b: Point) -> Enclosure:
        """P(a < sliced ≤ b), the difference of the tails that are small there."""
        below = self._tail(self._below, "<=", b)
        if below.upper < 0.5:
            less = self._tail(self._below, "<=", a)
            found = below.ball - less.ball
        else:
            found = self._tail(self._above, ">", a).ball - self._tail(self._above, ">", b).ball
        return Enclosure(found.lower().max(arb(0)), found.upper().max(arb(0)))

    def _tail(self, known: dict[Point, Enclosure], relation: str, x: Point) -> Enclosure:
        if x not in known:
            assert isinstance(x, Fraction)
            known[x] = self.sliced.enclose_at(relation, x)
        return known[x]


def _total(heap: list[tuple[float, int, Point, Point, arb, arb]]) -> Enclosure:
    low, high = arb(0), arb(0)
    for *_, least, most in heap:
        low, high = low + least, high + most
    return Enclosure(low.lower().max(arb(0)), high.upper().min(arb(1)))


def _middle(a: Point, b: Point) -> Fraction:
    """A simple point between the ends: half way, or half way in logarithms where they differ much."""
    if isinstance(a, float):
        return -_middle(-b, -a)
    if isinstance(b, float):
        return 4 * max(a, Fraction(1))
    if a >= 0 and b > 8 * a:
        return b / 4 if a == 0 else Fraction(2) ** ((_exponent(a) + _exponent(b) + 1) // 2)
    if b <= 0 and a < 8 * b:
        return -_middle(-b, -a)
    return (a + b) / 2


def _exponent(x: Fraction) -> int:
    return x.numerator.bit_length() - x.denominator.bit_length()


@dataclass(frozen=True)
class SumLaw(_Combined):
    """X + Y for independent X and Y.

    Examples
    --------
    χ²_2 + χ²_2 is χ²_4, with P(> 4) = 3 e^{-2}:

    >>> from whp.theory.laws.elementary import ChiSquareLaw
    >>> found = SumLaw(ChiSquareLaw(2), ChiSquareLaw(2), cells=200).enclose(">", arb(4))
    >>> found.ball.overlaps(3 * arb(-2).exp()), found.relative_radius < 0.02
    (True, True)
    """

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.first.continuous or self.second.continuous

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        (a, b), (c, d) = self.first.support(), self.second.support()
        return a + c, b + d

    def _given(self, x: Point, side: int, relation: str, t: Fraction) -> tuple[str, Point]:
        return relation, -x if isinstance(x, float) else t - x


def _times(a: Point, b: Point) -> Point:
    return Fraction(0) if a == 0 or b == 0 else a * b


@dataclass(frozen=True)
class ProductLaw(_Combined):
    """XY for independent X and Y, one of them continuous or on a lattice.

    Examples
    --------
    The product of two normal variables is as often positive as not:

    >>> from whp.theory.laws.elementary import NormalLaw
    >>> ProductLaw(NormalLaw(1), NormalLaw(4)).enclose(">=", arb(0)).ball.overlaps(arb(1) / 2)
    True
    """

    def __post_init__(self) -> None:
        if self._summed is None and not (self.first.continuous or self.second.continuous):
            raise NotImplementedError(
                "a product has an exact law where one factor is continuous or on a lattice with few values that matter"
            )

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.first.continuous and self.second.continuous

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        corners = [_times(a, b) for a in self.first.support() for b in self.second.support()]
        return min(corners), max(corners)

    def _given(self, x: Point, side: int, relation: str, t: Fraction) -> tuple[str, Point]:
        if x == 0:
            if side == 0:
                # The product is 0 whatever the other factor is: an event that is sure or impossible.
                sure = relation in ("<=", ">=") if t == 0 else (t > 0) == (relation in ("<", "<="))
                return "<", math.inf if sure else -math.inf
            turned = relation if side > 0 else _MIRROR[relation]
            return turned, side * math.copysign(math.inf, t) if t else Fraction(0)
        turned = relation if x > 0 else _MIRROR[relation]
        return turned, Fraction(0) if isinstance(x, float) else t / x


@dataclass(frozen=True)
class QuotientLaw(_Combined):
    """X/Y for independent X and Y, the denominator continuous, or on a lattice without 0.

    Examples
    --------
    The quotient of two normal variables is a Cauchy variable, P(> 1) = 1/4:

    >>> from whp.theory.laws.elementary import NormalLaw
    >>> QuotientLaw(NormalLaw(1), NormalLaw(1)).enclose(">", arb(1)).ball.overlaps(arb(1) / 4)
    True
    """

    def __post_init__(self) -> None:
        if self._summed is not None:
            if self._summed[1].takes_0():
                raise ValueError("the denominator of a quotient must not be 0, found a law with mass at 0")
        elif not self.second.continuous:
            raise NotImplementedError(
                "a quotient has an exact law where its denominator is continuous or on a lattice with few values that "
                "matter"
            )

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.first.continuous

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        (a, b), (c, d) = self.first.support(), self.second.support()
        if c > 0 or d < 0:
            ends = [Fraction(0) if math.isinf(end) else 1 / Fraction(end) for end in (c, d)]
            corners = [_times(x, y) for x in (a, b) for y in ends]
            return min(corners), max(corners)
        positive, negative = (a >= 0 and c >= 0) or (b <= 0 and d <= 0), (a >= 0 and d <= 0) or (b <= 0 and c >= 0)
        return Fraction(0) if positive else -math.inf, Fraction(0) if negative else math.inf

    def _may_be_summed(self) -> tuple[bool, ...]:
        return (False,)

    @cached_property
    def _sliced(self) -> tuple[ScalarLaw, ScalarLaw]:
        return self.second, self.first

    def _given(self, x: Point, side: int, relation: str, t: Fraction) -> tuple[str, Point]:
        positive = x > 0 if x else side > 0
        return relation if positive else _MIRROR[relation], _times(t, x)
