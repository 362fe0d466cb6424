"""Whether a claim holds on a piece of an interval: by balls, by slopes, and by contact at an end."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy
from flint import arb
from sympy import Dummy, Expr, Integer, Symbol

from ...theory.calculus.enclosure import compare, workprec
from ...theory.calculus.evaluate import enclose
from ...theory.language.cells import Cell
from ...theory.language.events import Event
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.laws.hull import Piece
from ...theory.laws.protocol import ScalarLaw
from . import sets
from .interval_ends import Difference, ball_at, on_integers, parameters_of, touches
from .interval_sides import PREC, SidesOnLine, names_in_law, regular, relation_proved
from .interval_values import as_expr, simplest
from .sets import Undecided

__all__ = ["HeldOnPieces"]

# Longer expressions are not opened.
_FACTORED = 150


class HeldOnPieces(SidesOnLine):
    """What tells that a claim holds on a piece."""

    def _on(self, piece: Piece) -> bool | None:
        """Whether the claim holds on all of a piece, fails on all of it (False), or neither is known."""
        cell = self._cell(piece)
        for h in self.hypotheses:
            if self._hypothesis(h.relation, cell) is False:
                return True
        try:
            heads = self._balls(piece)
        except (Undecided, ValueError, ZeroDivisionError):
            return None
        try:
            left, right = (self._side(side, heads, cell, PREC) for side in (self.left, self.right))
        except (Undecided, ValueError, ZeroDivisionError):
            return self._without_pole(cell, heads)
        if not all(end.is_finite() for end in (*left, *right)):
            return self._without_pole(cell, heads)
        if self.relation == "=":
            return False if left[1] < right[0] or right[1] < left[0] else None
        known = _compared(left, self.relation, right)
        if known is None and self.rooted is not None:
            # Without the root nothing cancels where one side is close to 0.
            over = {**sets.in_balls(cell), **heads}
            form = self.rooted.sufficient(over)
            found = None if form is None else ball_at(form, over)
            if found is not None and found > 0:
                return True
        if known is None and not self.heads:
            return self._by_slope(piece, cell)
        return known

    def _without_pole(self, cell: Cell, heads: dict[str, arb]) -> bool | None:
        """Whether the claim holds near a pole at an end: both sides are multiplied by what is positive inside."""
        if self.cleared is None:
            top, bottom = sympy.fraction(sympy.together(self._difference()))
            self.cleared = sympy.expand(top) if bottom.is_positive else Integer(0)
        if self.relation == "=":
            return None
        values = {**sets.in_balls(cell), **heads}
        found = ball_at(self.cleared, values)
        if found is not None and found > 0:
            return True
        if self.rooted is None or not self.rooted.second.is_positive:
            return None
        first = ball_at(self.rooted.first, values)
        return True if first is not None and first > 0 else None

    def _by_slope(self, piece: Piece, cell: Cell) -> bool | None:
        """A relation without probabilities, where the difference of its sides is monotone on a piece."""
        if piece.low == piece.high:
            return None
        difference = self._difference()
        try:
            sign = sets.slope_sign(difference, self.t.name, cell, PREC)
            end = (piece.low if sign > 0 else piece.high) if sign else None
            if end is not None:
                value = ball_at(difference, {self.t.name: end})
                attained = piece.with_low if sign > 0 else piece.with_high
                if value is not None and (value > 0 or (value >= 0 and "=" in self.relation)):
                    return True
                if value is not None and value.contains(0) and _vanishes(difference, self.t, end):
                    return True if "=" in self.relation or not attained else None
                return None
            with workprec(PREC):
                middle = (piece.low + piece.high) / 2
                slope = enclose(difference.diff(self.t), sets.in_balls(cell), PREC)
                at_middle = enclose(difference, {self.t.name: middle}, PREC)
                found = at_middle + slope * (piece.ball - enclose(as_expr(middle), {}, PREC))
        except (ValueError, ArithmeticError, NotImplementedError):
            return None
        return True if found.is_finite() and found > 0 else None

    def _by_middle(self, piece: Piece) -> bool:
        """Whether the claim holds on a piece by its middle, or its worse end, and the slope of its difference."""
        if self.relation == "=" or (slopes := self._slopes(piece)) is None:
            return False
        middle = (piece.low + piece.high) / 2
        try:
            over = {self.t.name: piece.ball, **self._balls(piece)}
            forms = [self._difference(), None if self.rooted is None else self.rooted.sufficient(over)]
            for form in (f for f in forms if f is not None):
                slope = ball_at(self._derivative(form, tuple(slopes.items())), over)
                if slope is None:
                    continue
                flat = slope.contains(0) or self._jumps()
                x = middle if flat else piece.low if slope > 0 else piece.high
                found = ball_at(form, {self.t.name: x, **self._balls(Piece(x, x))})
                if found is None:
                    continue
                if flat:
                    with workprec(PREC):
                        reach = slope * enclose(as_expr((piece.high - piece.low) / 2), {}, PREC)
                        found = found + reach.union(-reach)
                if found > 0 or (found >= 0 and "=" in self.relation):
                    return True
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return False
        return False

    def _touches(self, piece: Piece, at_low: bool, atom: bool = True) -> bool:
        """Whether the claim holds inside a piece at an end of which both sides may meet."""
        if self.relation == "=":
            return False
        slopes = self._slopes(piece)
        if slopes is None:
            return self._touches_once(piece, at_low)
        try:
            heads = self._balls(piece)
            exact = self._limits(piece, at_low)
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return False
        rooted = None if self.rooted is None else self.rooted.sufficient({self.t.name: piece.ball, **heads})
        forms = [form for form in (self._difference(), rooted) if form is not None]
        weak = "=" in self.relation
        if any(touches(Difference(form, self.t, slopes), piece, at_low, heads, exact, weak) for form in forms):
            return True
        return atom and any(self._by_atom(form, piece, heads) for form in forms)

    def _touches_once(self, piece: Piece, at_low: bool) -> bool:
        """The same by first derivatives, of laws that enclose the slopes of their tails and have no density."""
        slopes: dict[Dummy, Expr] = {}
        balls: dict[str, arb] = {}
        try:
            for symbol, head in self.heads:
                event = head.event
                if head.given is not None or not isinstance(event, Event) or event.samples is not None:
                    return False
                if not isinstance(event.value, RV) or not isinstance(event.value.law, LawOf):
                    return False
                if self.t.name in names_in_law(event.value.law):
                    return False
                bound = event.bound.xreplace(self.put)
                law, at = self._law(event.value, self._cell(piece)), ball_at(bound, {self.t.name: piece})
                if at is None or not regular(bound) or not self._in_support(law, bound, piece):
                    return False
                with workprec(PREC):
                    fall = law.slope(at)
                slope = Dummy(f"{symbol.name}'", real=True)
                balls[slope.name] = fall if event.relation in (">", ">=") else -fall
                slopes[symbol] = slope * bound.diff(self.t)
            heads = {**self._balls(piece), **balls}
            exact = self._limits(piece, at_low)
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return False
        return touches(Difference(self._difference(), self.t, slopes), piece, at_low, heads, exact, most=1)

    def _in_support(self, law: ScalarLaw, bound: Expr, piece: Piece) -> bool:
        """Whether a threshold stays inside the support over a whole piece."""
        found = sets.range_of(bound, self._cell(piece), PREC)
        least, most = law.support()
        ends = (found.low, found.high)
        if not all(isinstance(x, Fraction) for x in ends):
            return False
        return bool(ends[0] >= least and ends[1] <= most)  # type: ignore[operator]

    def _by_atom(self, form: Expr, piece: Piece, heads: dict[str, arb]) -> bool:
        """Whether P g − E is positive on a piece, for a lattice law's P by its largest atom, E > 0 and a positive g."""
        if len(self.heads) != 1 or form.count_ops() > _FACTORED:
            return False
        ((symbol, head),) = self.heads
        event = head.event
        if not isinstance(event, Event) or not isinstance(event.value, RV) or event.bound.has(self.t):
            return False
        opened = sympy.expand(form)
        rest = opened.xreplace({symbol: Integer(0)})
        over = {self.t.name: piece.ball, **heads}
        share = ball_at(sympy.expand((opened - rest) / symbol), over)
        described = parameters_of(event.value)
        if share is None or not share > 0 or described is None or not _positive(-rest):
            return False
        law, given = described[0], tuple(p.xreplace(self.put) for p in described[1])
        values = sets.tree_values(event, event.value, {**self.at}, PREC)
        edge = values[0].low if values and values[0].low is not None else values[0].high if values else None
        if not on_integers(law) or not isinstance(edge, Fraction):
            return False
        place = math.ceil(edge) if event.relation == ">=" else math.floor(edge)
        if event.relation not in (">=", "<="):
            return False
        try:
            density = law.density(Integer(place), *given)
        except NotImplementedError:
            return False
        # The share is rounded down to a short rational.
        least = _short_below(share)
        largest, ends = as_expr(least) * density, (as_expr(piece.low), as_expr(piece.high))
        if relation_proved(largest + rest, self.t, *ends, {}):
            return True
        logs = [sympy.expand_log(sympy.log(x), force=True) for x in (largest, -rest)]
        return relation_proved(logs[0] - logs[1], self.t, *ends, {})

    def _contact(self, piece: Piece, stack: list[tuple[Piece, int]]) -> bool:
        """Whether both sides meet at a simple value inside a small piece only, and how that is told apart there."""
        value = simplest(piece.low, piece.high)
        if self._point(value) is not True:
            return False
        parts = [(Piece(piece.low, value), False)] if value > piece.low else []
        parts += [(Piece(value, piece.high), True)] if value < piece.high else []
        return all(self._touches(part, at_low, atom=False) for part, at_low in parts)


def _compared(left: tuple[arb, arb], relation: str, right: tuple[arb, arb]) -> bool | None:
    """Whether a relation holds, or fails, for all numbers between two ends each."""
    less = relation in ("<", "<=")
    if compare(left[less], relation, right[not less]):
        return True
    return False if compare(left[not less], relation, right[less]) is False else None


def _positive(expr: Expr) -> bool:
    """Whether an expression is a product of positive factors, exponentials among them."""
    return all(factor.is_positive or isinstance(factor, sympy.exp) for factor in sympy.Mul.make_args(expr))


def _short_below(ball: arb) -> Fraction:
    """A short positive rational below all of a positive ball."""
    low = Piece.of(ball.lower()).low
    return simplest(low * Fraction(15, 16), low)


def _vanishes(expr: Expr, t: Symbol, end: Fraction) -> bool:
    value = expr.subs(t, as_expr(end))
    return bool(value == 0 or (not value.has(sympy.zoo, sympy.nan) and sympy.simplify(value) == 0))
