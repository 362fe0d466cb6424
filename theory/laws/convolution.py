"""Sums, products and quotients of two independent variables, enclosed by monotone sums over slices of one of them."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

from flint import arb

from ..calculus.enclosure import Enclosure, workprec
from .compound import binary_fraction
from .elementary import precision
from .protocol import ScalarLaw

__all__ = ["ProductLaw", "QuotientLaw", "SumLaw"]

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WEAK = {"<": "<=", "<=": "<=", ">": ">=", ">=": ">="}
_STRICT = {"<": "<", "<=": "<", ">": ">", ">=": ">"}

# So many values of a variable are summed one by one.
_MOST_ATOMS = 20_000
_MOST_CELLS = 1 << 16

Point = Fraction | float
"""An exact rational, or an infinite float."""


@dataclass(frozen=True)
class _Combined(ScalarLaw):
    """f(X, Y) for independent X and Y, one of which is cut into slices.

    Given the sliced variable, the event says that the other one is beyond a threshold, with a probability that is
    monotone in the sliced one on either side of 0: over a slice it lies between its values at the ends. The slices
    that leave most undecided are halved until the enclosure is as narrow as asked for, or there are `cells` of them.
    Where one of the variables takes finitely many values they are summed one by one.

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
        return self.cells * (1e-4 + self.first.seconds(t) / 4 + self.second.seconds(t) / 4)

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

    @cached_property
    def _summed(self) -> tuple[bool, tuple[int, ...]] | None:
        """Whether the first variable is the one that takes finitely many values, and these; None where none does."""
        for is_first in self._may_be_summed():
            try:
                found = (self.first if is_first else self.second).atoms()
            except NotImplementedError:
                continue
            if len(found) <= _MOST_ATOMS:
                return is_first, tuple(found)
        return None

    def _may_be_summed(self) -> tuple[bool, ...]:
        return (True, False)

    @cached_property
    def _sliced(self) -> tuple[ScalarLaw, ScalarLaw]:
        """The variable that is cut into slices, and the other one."""
        return (self.first, self.second) if self.first.continuous else (self.second, self.first)

    def _over_atoms(self, is_first: bool, values: tuple[int, ...], relation: str, t: Fraction) -> Enclosure:
        lattice, other = (self.first, self.second) if is_first else (self.second, self.first)
        total = arb(0)
        for k in values:
            turned, threshold = self._given(Fraction(k), 0, relation, t)
            total += lattice.mass(k) * _probability(other, turned, threshold).ball
        return Enclosure(total.lower().max(arb(0)), total.upper().min(arb(1)))

    def _given(self, x: Point, side: int, relation: str, t: Fraction) -> tuple[str, Point]:
        """The event on the other variable where the sliced one is x, or tends to 0 from this side."""
        raise NotImplementedError


def _probability(law: ScalarLaw, relation: str, threshold: Point) -> Enclosure:
    if isinstance(threshold, float):
        return Enclosure.of(arb(int((threshold > 0) == (relation in ("<", "<=")))))
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
    """XY for independent X and Y, one of them continuous or with finitely many values.

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
                "a product has an exact law where one factor is continuous or takes finitely many integer values"
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
    """X/Y for independent X and Y, the denominator continuous, or with finitely many values other than 0.

    Examples
    --------
    The quotient of two normal variables is a Cauchy variable, P(> 1) = 1/4:

    >>> from whp.theory.laws.elementary import NormalLaw
    >>> QuotientLaw(NormalLaw(1), NormalLaw(1)).enclose(">", arb(1)).ball.overlaps(arb(1) / 4)
    True
    """

    def __post_init__(self) -> None:
        if self._summed is not None:
            if any(k == 0 and not self.second.mass(k) == 0 for k in self._summed[1]):
                raise ValueError("the denominator of a quotient must not be 0, found a law with mass at 0")
        elif not self.second.continuous:
            raise NotImplementedError(
                "a quotient has an exact law where its denominator is continuous or takes finitely many integer values"
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
