"""One real parameter at one choice of sizes: its interval in pieces, halved until nothing is open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr

from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell
from ...theory.language.events import Event
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.laws.hull import Piece
from ...theory.laws.lattice_law import LatticeLaw
from ..verdict import Evidence, Outcome, Verdict
from .interval_beyond import HeldBeyond
from .interval_cuts import Cut, cut_of
from .interval_ends import ball_at, half_lines
from .interval_values import inside, refuted_at, simple_values, simplest
from .question import Question, outcome
from .sets import Undecided

__all__ = ["Found", "Line"]

# How far a piece is halved before it is left open, and how near to an end contact is looked for.
_DEPTH, _NEAR = 26, (0, 6, 12, 20)
# At which depths a counterexample is looked for inside an open piece.
_TRIES = (2, 5, 9, 14, 20)
# From which depth on the slope of the sides' difference is asked: it costs more than a comparison of sides.
_SLOPED = 2
# How often the neighbourhood of a counterexample is doubled, to find a simpler one.
_WIDENED = 14
# An interval is cut at the steps of a lattice law where they are this share of the pieces at most.
_SHARE = 6


@dataclass
class Found:
    """What was found at one choice of sizes, on how many pieces both sides were enclosed, and whether there is none."""

    refuted: Outcome | None = None
    left: list[Any] = field(default_factory=list)
    why: str = ""
    asked: int = 0
    empty: bool = False


class Line(HeldBeyond):
    """A search over the interval of one real parameter."""

    def __init__(self, question: Question, t: Parameter, at: Cell, budget: int) -> None:
        super().__init__(question, t, at)
        self.budget = budget

    def found(self) -> Found:
        cut = cut_of(self.question, self.at, self.t)
        if cut is None:
            return Found(empty=True)
        if self.relation == "=":
            return Found(why="scope: an equality over an interval needs a proof; no counterexample at simple values")
        low, high = cut.low, cut.high
        if low is not None and (constant := self._identical(low, high)) is not None:
            return self._settled(constant, cut)
        left: list[Any] = []
        if low is None:
            low = Fraction(-(1 << 10)) if high is None else min(Fraction(-(1 << 10)), high - 1)
            left.append(Cut(None, low, False, False))
        if high is None:
            closed = self._closed_at_infinity(low)
            if closed is None:
                high = max(Fraction(1 << 10), low + (1 << 10))
                left.append(Cut(high, None, False, False))
            else:
                high = closed
            cut = replace(cut, with_high=True)
        if left and left[0].low is None:
            cut = replace(cut, with_low=True)
        start = self._far_contact(low, high)
        if start == low:
            pieces = list(self._first(low, high, cut.with_low, cut.with_high))
        else:
            pieces = list(self._first(start, high, False, cut.with_high)) if start < high else []
            pieces += [(Piece(low, low), 0)] if cut.with_low else []
        found = self._search(pieces) if pieces else Found()
        if found.refuted is None:
            found.left += left
        found.why = found.why or (self.why if found.left else "")
        return found

    def _far_contact(self, low: Fraction, high: Fraction) -> Fraction:
        """Up to where the claim holds because of the order of contact at the lower end; that end where nowhere."""
        if self.relation == "=" or self._jumps() or not self.heads:
            return low
        try:
            at_low = ball_at(self._difference(), {self.t.name: low, **self._balls(Piece(low, low))})
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return low
        if at_low is None or not at_low.contains(0):
            return low
        for end in dict.fromkeys((high, low + 16, low + 4, low + 1)):
            if low < end <= high and self._touches(Piece(low, end), True, atom=False):
                return end
        return low

    def _settled(self, constant: int, cut: Cut) -> Found:
        """The claim where the difference of both sides is one number, of this sign."""
        if constant > 0 or "=" in self.relation:
            return Found()
        for value in simple_values(self.t):
            cell = {**self.at, self.t.name: exact_number(value)}
            if not self.question.statement.applies(cell):
                word = "≤" if self.relation == "<" else "≥"
                why = "both sides are equal on the whole interval, by their derivatives and one value"
                return Found(outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, reason=why, remark=f"true with {word}"))
        return Found(left=[cut])

    def _first(self, low: Fraction, high: Fraction, with_low: bool, with_high: bool) -> Iterator[tuple[Piece, int]]:
        """The pieces that are asked first: geometric towards both ends, cut where a lattice law steps."""
        if low == high:
            yield Piece(low, high), 0
            return
        marks = {low, high}
        if low < 0 < high:
            marks.add(Fraction(0))
        width = high - low
        scale = Fraction(1) if width > 4 else width
        for j in range(0, 8):
            marks |= {low + scale / (1 << j), low + Fraction(1 << j), high - scale / (1 << j)}
        j = 8
        while low + (1 << j) < high:
            marks.add(low + (1 << j))
            j += 1
        marks = {x for x in marks if low <= x <= high}
        steps = {x for x in self._steps(low, high) if low < x < high}
        ordered = sorted(marks | steps)
        for first, last in pairwise(ordered):
            yield Piece(first, last, False, last not in steps and last != high), 0
        alone = steps | {x for x, shut in ((low, with_low), (high, with_high)) if shut}
        for x in sorted(alone):
            yield Piece(x, x), 0

    def _steps(self, low: Fraction, high: Fraction) -> list[Fraction]:
        """The rational values of the parameter at which a threshold of a lattice law meets an integer."""
        found: set[Fraction] = set()
        for _, head in self.heads:
            for event in head.atoms(Event):
                rvs = event.value.atoms(RV)
                if len(rvs) != 1 or not (event.bound.has(self.t) or event.value.has(self.t)):
                    continue
                (rv,) = rvs
                try:
                    law = self._law(rv, self._cell(Piece(low, high)))
                except NotImplementedError:
                    continue
                if not isinstance(law, LatticeLaw):
                    continue
                lines = half_lines(event.value, event.relation, event.bound, rv, _known_sign)
                for end in {e for line in lines or () for e in line if e is not None}:
                    found |= set(self._meets(sympy.expand(end), low, high))
                    if len(found) > self.budget // _SHARE:
                        return []
        return sorted(found)

    def _meets(self, end: Expr, low: Fraction, high: Fraction) -> list[Fraction]:
        """Where an affine threshold is an integer between two values of the parameter."""
        slope = end.coeff(self.t, 1)
        rest = sympy.expand(end - slope * self.t)
        if rest.has(self.t) or not slope.is_Rational or slope == 0 or not rest.is_Rational:
            return []
        a, b = Fraction(int(slope.p), int(slope.q)), Fraction(int(rest.p), int(rest.q))
        first, last = sorted((a * low + b, a * high + b))
        if last - first > self.budget // _SHARE:
            return []
        return [(k - b) / a for k in range(math.ceil(first), math.floor(last) + 1)]

    def _search(self, pieces: list[tuple[Piece, int]]) -> Found:
        """Halve what is open until nothing is, or the budget is spent."""
        left: list[Any] = []
        stack = pieces[::-1]
        asked = 0
        ends = (min(p.low for p, _ in pieces), max(p.high for p, _ in pieces))
        while stack:
            piece, depth = stack.pop()
            if asked >= self.budget and piece.low < piece.high:
                left.append(piece)
                continue
            asked += piece.low < piece.high
            known = self._on(piece)
            if known:
                continue
            if piece.low == piece.high:
                if (found := self._point(piece.low)) is not None:
                    if isinstance(found, Outcome):
                        return Found(refuted=found)
                    continue
                left.append(piece)
                continue
            if self._hopeless(piece):
                left.append(piece)
                continue
            if known is False or depth in _TRIES:
                value = inside(piece)
                refuted = refuted_at(self.question, {**self.at, self.t.name: exact_number(value)})
                if refuted is not None:
                    return Found(refuted=self._simpler(refuted, value, ends))
            # A lattice law steps between pieces: each end may be one at which both sides meet.
            steps = depth == 0 and self._jumps()
            sides = [at_low for at_low in (True, False) if steps or (piece.low if at_low else piece.high) in ends]
            if sides and depth in _NEAR:
                closed = next((at_low for at_low in sides if self._touches(piece, at_low)), None)
                if closed is not None:
                    # Contact is excluded inside only: an end that belongs to the piece is asked by itself.
                    stack += self._attained(piece, closed, not closed)
                    continue
            if self.heads and depth >= _SLOPED and known is None and self._by_middle(piece):
                stack += self._attained(piece, False, False)
                continue
            if depth >= _DEPTH:
                if not self._contact(piece, stack):
                    left.append(piece)
                continue
            stack += [(half, depth + 1) for half in self._halves(piece)]
        return Found(left=_joined(left), asked=asked)

    def _hopeless(self, piece: Piece) -> bool:
        """Whether halving a piece would not close it."""
        return False

    def _simpler(self, refuted: Outcome, value: Fraction, ends: tuple[Any, Any]) -> Outcome:
        """A counterexample at a simpler value near the one that was found."""
        reach = min(value - ends[0], ends[1] - value) / 4096
        tried: set[Fraction] = set()
        for _ in range(_WIDENED):
            # What refutes may lie to one side only.
            for below, above in ((reach, reach), (0, reach), (reach, 0)):
                near = simplest(max(ends[0], value - below), min(ends[1], value + above))
                if near.denominator < value.denominator and near not in tried:
                    tried.add(near)
                    found = refuted_at(self.question, {**self.at, self.t.name: exact_number(near)})
                    if found is not None:
                        refuted, value = found, near
            reach *= 2
        return refuted

    def _attained(self, piece: Piece, at_low: bool, at_high: bool) -> list[tuple[Piece, int]]:
        """The ends of a piece that belong to it and are asked alone: these, and all where the claim may jump."""
        low = piece.with_low and (at_low or self._jumps())
        high = piece.with_high and (at_high or self._jumps())
        return [(Piece(x, x), 0) for x, asked in ((piece.low, low), (piece.high, high)) if asked]

    def _halves(self, piece: Piece) -> list[Piece]:
        low, high = piece.low, piece.high
        middle = (low + high) / 2
        if low > 0 and high > 4 * low:
            middle = (
                2 * low if high < 64 * low else Fraction(math.isqrt(math.floor(low * high * 4**20)), 2**20) or middle
            )
            middle = simplest(middle * Fraction(3, 4), middle * Fraction(5, 4))
        if not low < middle < high:
            middle = (low + high) / 2
        return [Piece(middle, high, False, piece.with_high), Piece(low, middle, piece.with_low, True)]


def _known_sign(expr: Expr) -> int:
    return 1 if expr.is_positive or (expr.is_nonnegative and expr != 0) else -1 if expr.is_negative else 0


def _joined(pieces: list[Any]) -> list[Any]:
    """Neighbouring pieces as one."""
    found: list[Any] = []
    for piece in sorted(pieces, key=lambda p: p.low):
        if found and found[-1].high == piece.low:
            found[-1] = Piece(found[-1].low, piece.high, found[-1].with_low, piece.with_high)
        else:
            found.append(piece)
    return found
