"""Whether a claim holds from a value of its parameter on, up to infinity."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from flint import arb
from sympy import Dummy, Expr, Integer, oo

from ...theory.calculus.exact import exact_number
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.laws.hull import Piece
from . import formula
from .interval_chernoff import chernoff
from .interval_ends import Difference, ball_at
from .interval_pieces import HeldOnPieces
from .interval_sides import PREC, names_in_law, regular
from .interval_values import as_expr
from .question import Question
from .sets import Undecided

__all__ = ["HeldBeyond"]


class HeldBeyond(HeldOnPieces):
    """What tells that a claim holds on a half-line."""

    def _closed_at_infinity(self, low: Fraction) -> Fraction | None:
        """From which value on the claim holds up to infinity; None where that is not known."""
        start = max(Fraction(0), low)
        largest = max((int(v) for k, v in self.at.items() if k in self.question.sizes), default=1)
        for power in (4, 6, 8, 10, 2 + largest.bit_length(), 22):
            edge = start + (1 << power)
            if self._ray(edge):
                return edge
        for edge in (start + 16, start + 1024):
            if self._chernoff_from(edge) or self._falls_from(edge):
                return edge
        return None

    def _ray(self, edge: Fraction) -> bool:
        """Whether the claim holds on [edge, ∞) because each side is monotone there."""
        try:
            ends: dict[Dummy, tuple[arb, arb]] = {}
            for symbol, head in self.heads:
                if head.given is not None:
                    return False
                ends[symbol] = self._head_ray(head, edge)
            left, right = (self._side_ray(side, ends, edge) for side in (self.left, self.right))
        except (NotImplementedError, Undecided, ValueError):
            return False
        if left is None or right is None:
            return False
        small, large = (left, right) if self.relation in ("<", "<=") else (right, left)
        if self.relation == "=":
            return False
        if small[1] < large[0] or ("=" in self.relation and small[1] <= large[0]):
            return True
        bare = self.right if self.relation in ("<", "<=") else self.left
        return bool(small[1] == 0 and large[0] == 0 and bare.is_positive)

    def _head_ray(self, head: Any, edge: Fraction) -> tuple[arb, arb]:
        event = head.event
        if not isinstance(event, Event) or event.value.has(self.t):
            raise NotImplementedError("a probability beyond every value")
        (rv,) = event.value.atoms(RV) or (None,)
        if rv is None or (isinstance(rv.law, LawOf) and self.t.name in names_in_law(rv.law)):
            return arb(0), arb(1)
        at = formula.chance(event, {**self.at, self.t.name: exact_number(edge)}, PREC)[0]
        if not event.bound.has(self.t):
            return at.lower, at.upper
        if not regular(event.bound):
            raise NotImplementedError("a threshold that may have a pole")
        slope = event.bound.diff(self.t)
        if not (slope.is_positive or slope.is_negative):
            raise NotImplementedError("a threshold that is not known to be monotone")
        grows = slope.is_positive == (event.relation in ("<", "<="))
        return (at.lower, arb(1)) if grows else (arb(0), at.upper)

    def _side_ray(self, side: Expr, ends: dict[Dummy, tuple[arb, arb]], edge: Fraction) -> tuple[arb, arb] | None:
        symbols = [s for s in ends if side.has(s)]
        if not side.has(self.t):
            values = {s.name: ends[s][0].union(ends[s][1]) for s in symbols}
            if len(symbols) == 1 and side == symbols[0]:
                return ends[symbols[0]]
            found = ball_at(side, values)
            return None if found is None else (found.lower(), found.upper())
        if symbols or not regular(side):
            return None
        slope = side.diff(self.t)
        sign = 1 if slope.is_positive else -1 if slope.is_negative else 0
        if not sign:
            factored = sympy.factor(slope)
            sign = 1 if factored.is_positive else -1 if factored.is_negative else 0
        if not sign:
            beyond = (self.t, as_expr(edge), oo)
            sign = 1 if self._proved(slope, *beyond) else -1 if self._proved(-slope, *beyond) else 0
        here = ball_at(side, {self.t.name: edge})
        if not sign or here is None:
            return None
        if sign < 0 and (side.is_positive or side.is_nonnegative):
            return arb(0), here.upper()
        if sign > 0:
            return here.lower(), arb.pos_inf()
        return arb.neg_inf(), here.upper()

    def _chernoff_from(self, edge: Fraction) -> bool:
        claim = _as_excluded(self.question)
        if claim is None or len(claim.events) != 1 or claim.samples is not None:
            return not self.heads and self._proved(self._difference(), self.t, as_expr(edge), oo)
        if claim.strict:
            return False
        return chernoff(claim.events[0], claim.bound, self.t, as_expr(edge), oo, self.put, self._proved) is not None

    def _falls_from(self, edge: Fraction) -> bool:
        """Whether the difference of both sides falls to 0 on [edge, ∞), by the law's density."""
        piece = Piece(edge, edge + 1)
        slopes = self._slopes(piece)
        if not slopes:
            return False
        try:
            # The density is that of every point beyond.
            if not self._densities_go_on() or not all(slope.has(self.t) for slope in slopes.values()):
                return False
        except NotImplementedError:
            return False
        difference = Difference(self._difference(), self.t, slopes)
        slope = difference.derivative().expr
        if any(slope.has(s) for s in slopes):
            return False
        try:
            limits = {s: self._infinite_limit(head.event) for s, head in self.heads}
            if None in limits.values():
                return False
            end = sympy.limit(difference.expr.xreplace(limits), self.t, oo)
        except (NotImplementedError, ValueError, TypeError):
            return False
        if end != 0 and not end.is_nonnegative:
            return False
        return self._falling(slope, edge)

    def _infinite_limit(self, event: Event) -> Expr | None:
        if sympy.limit(event.bound, self.t, oo) != oo or event.value.has(self.t):
            return None
        value = event.value
        if isinstance(value, RV | sympy.Abs):
            return Integer(0) if event.relation in (">", ">=") else Integer(1)
        return None

    def _falling(self, slope: Expr, edge: Fraction) -> bool:
        """Whether −slope is at least 0 on [edge, ∞): as it stands, or as a comparison of two positive terms."""
        if self._proved(sympy.simplify(-slope), self.t, as_expr(edge), oo):
            return True
        terms = sympy.Add.make_args(sympy.expand(sympy.powsimp(sympy.expand(slope))))
        down = [t for t in terms if (-t).is_positive]
        up = [t for t in terms if t.is_positive]
        if len(down) + len(up) != len(terms) or not down:
            return False
        for low in down:
            ratio = sympy.powsimp(sympy.simplify(sympy.Add(*up) / -low))
            if self._proved(sympy.expand_log(-sympy.log(ratio), force=True), self.t, as_expr(edge), oo):
                return True
        return False


def _as_excluded(question: Question) -> Excluded | None:
    return question.link.excluded if question.link.kind == "probability" else None
