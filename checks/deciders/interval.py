"""Links with real parameters that have no listed values: decided on whole intervals, size by size.

One real parameter: the interval is cut into pieces on which both sides are enclosed, and what meets at an end of it is
told apart by its order of contact. A piece on which the claim is false gives a counterexample at a simple rational,
where the claim is decided again, exactly. Two parameters: boxes. More: simple rationals, which can refute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import sympy
from flint import arb
from sympy import Dummy, Expr, Integer, Rational, Symbol, oo

from ...theory.calculus.enclosure import compare, workprec
from ...theory.calculus.evaluate import enclose
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell, cell_order, cell_text
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.laws.hull import Piece
from ...theory.laws.protocol import ScalarLaw
from ..verdict import Evidence, Outcome, Verdict, weakest
from . import formula, sets
from .interval_ends import Difference, ball_at, chernoff, half_lines, parameters_of, slope_of, touches
from .question import Answer, Question, outcome
from .sets import Undecided
from .tails import law_at

__all__ = ["decide", "open_reals", "sizes_asked", "tried_points"]

_PREC, _FINE = 128, 512
# Pieces that are asked at one choice of sizes; fewer far out, where laws cost more.
_PIECES, _FAR_PIECES, _BOXES = 600, 250, 400
# How far a piece is halved before it is left open, and how near to an end contact is looked for.
_DEPTH, _NEAR = 26, (0, 6, 12, 20)
# All cells whose largest size is at most this are asked, by the number of sizes.
_SMALL, _SMALL_MORE = {0: 0, 1: 64, 2: 16, 3: 6}, 4
_TWO_SMALL = {0: 0, 1: 16, 2: 6}
_DOUBLINGS = tuple(1 << j for j in range(7, 21))
_MOST_DOUBLED = 64
# An interval is cut at the steps of a lattice law where they are this share of the pieces at most; and the cells left
# open before the search is given up.
_SHARE, _OPEN = 6, 4
# Simple values at which a claim is tried before anything else, in units of the interval.
_TRIED = tuple(Fraction(x) for x in ("1", "1/2", "2", "1/4", "3/4", "3", "1/10", "9/10", "5", "1/100", "10", "100"))


def open_reals(question: Question) -> tuple[Parameter, ...]:
    """The real parameters of a link and its hypotheses that have no listed values."""
    named = {p.name: p for p in question.statement.parameters}
    found = [named.get(name) for name in question.unlisted]
    return tuple(p for p in found if p is not None and p.role == "real")


def decide(question: Question, lhs: Expr | None = None, rhs: Expr | None = None) -> Answer | None:
    """Decide a link with open real parameters at all small sizes and at doublings; None for any other link.

    Parameters
    ----------
    question : Question
    lhs, rhs : SymPy expression, optional
        Both sides where they are others than the link's.
    """
    reals = open_reals(question)
    link = question.link
    if not reals or len(reals) != len(question.unlisted) or question.claim.exists or link.given:
        return None
    if link.relation not in ("<", "<=", ">", ">=", "="):
        return None
    if lhs is not None or rhs is not None:
        link = replace(link, lhs=link.lhs if lhs is None else lhs, rhs=link.rhs if rhs is None else rhs)
        question = replace(question, link=link)
    if link.kind not in ("probability", "scalar"):
        return None
    if link.kind == "probability" and any(rv.law is None for rv in link.rvs):
        return None
    return _Search(question, reals).answer()


def sizes_asked(question: Question, small: int | None = None) -> Iterator[tuple[Cell, bool]]:
    """Cells of all sizes, the small ones and then doublings of each size and of all; and whether a cell is far out."""
    statement = question.statement
    free = {s: low for s, low in statement.least.items() if s not in statement.counts}
    counted = {s: low for s, low in statement.least.items() if s in statement.counts}
    if statement.grid:
        names = [s for s in statement.sizes if s in statement.grid]
        rest = {s: low for s, low in statement.least.items() if s not in names}
        cells = [{**dict(zip(names, v, strict=True)), **rest} for v in product(*[statement.grid[s] for s in names])]
        for cell in sorted(cells, key=lambda c: cell_order(c, statement.sizes)):
            yield cell, False
        return
    most = _SMALL.get(len(free), _SMALL_MORE) if small is None else small
    ends = {p.name: p.high for p in statement.parameters if p.is_size}
    ranges = [range(low, max(most, low + 3 if small is None else low) + 1) for low in free.values()]
    near = [dict(zip(free, values, strict=True)) for values in product(*ranges)]
    for cell in sorted(near, key=lambda c: cell_order(c, statement.sizes)):
        yield {**cell, **counted}, False
    seen = 0
    for double in _DOUBLINGS if free and small is None else ():
        group = [dict.fromkeys(free, double)]
        group += [{s: double if s == axis else low for s, low in free.items()} for axis in free if len(free) > 1]
        for cell in group:
            if all(v >= free[s] and not v > ends.get(s, oo) for s, v in cell.items()) and seen < _MOST_DOUBLED:
                seen += 1
                yield {**cell, **counted}, True


def tried_points(reals: tuple[Parameter, ...]) -> tuple[dict[Symbol, Fraction], ...]:
    """Simple values of real parameters, the simplest first: at most a dozen of one, their products of several."""
    values = [_simple_values(p)[: {1: 8, 2: 5, 3: 4}.get(len(reals), 3)] for p in reals]
    return tuple(dict(zip(reals, chosen, strict=True)) for chosen in product(*values))


def _simple_values(p: Parameter) -> list[Fraction]:
    low, high = (None if end in (oo, -oo) else _rational_end(end) for end in (p.low, p.high))
    if low is not None and high is not None:
        found = [low + (high - low) * x for x in _TRIED if x < 1]
        found = [simplest(x - (high - low) / 50, x + (high - low) / 50) for x in found]
    elif low is not None:
        found = [low + x for x in _TRIED]
    elif high is not None:
        found = [high - x for x in _TRIED]
    else:
        found = [s * x for x in _TRIED for s in (1, -1)]
    ends = [end for end in (low, high) if end is not None]
    return [x for x in dict.fromkeys([*found, *ends]) if p.admits(x)]


def _rational_end(end: Expr) -> Fraction:
    if end.is_Rational:
        return Fraction(int(end.p), int(end.q))
    ball = ball_at(end, {})
    if ball is None:
        raise NotImplementedError(f"the end {end} of an interval is not known")
    return Piece.of(ball.mid()).low


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator in a closed interval, the one nearest to 0 among integers.

    Examples
    --------
    >>> print(simplest(Fraction(314, 100), Fraction(315, 100)))
    22/7
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    whole = math.ceil(low)
    if whole <= high:
        return Fraction(whole)
    floor = whole - 1
    return floor + 1 / simplest(1 / (high - floor), 1 / (low - floor))


def _inside(piece: Piece) -> Fraction:
    """A simple rational of a piece: a short decimal where its denominator is not much larger than the least one."""
    width = piece.high - piece.low
    if width == 0:
        return piece.low
    low = piece.low if piece.with_low else piece.low + width / 16
    high = piece.high if piece.with_high else piece.high - width / 16
    return simplest(low, high)


@dataclass
class _Found:
    """What was found at one choice of sizes."""

    refuted: Outcome | None = None
    left: list[Any] = field(default_factory=list)
    why: str = ""


@dataclass
class _Search:
    question: Question
    reals: tuple[Parameter, ...]

    def answer(self) -> Answer:
        question = self.question
        where = ", ".join(_domain_text(p) for p in self.reals)
        names = {p.name for p in self.reals}
        cut = [h.words for h in question.statement.hypotheses if {s.name for s in h.relation.free_symbols} & names]
        where += f" with {', '.join(cut)}" if cut else ""
        proved = self._everywhere()
        if proved is not None:
            reason = f"on all of {where}: {proved}"
            return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason))
        left: list[Outcome] = []
        held, small, far = 0, 0, 0
        evidence: list[Evidence] = []
        many = len(self.reals) > 1
        for cell, is_far in sizes_asked(question, _TWO_SMALL.get(len(question.sizes), 3) if many else None):
            for point in question.statement.exact_points:
                at = {**cell, **point}
                if self._excluded(at):
                    continue
                found = self._at(at, is_far)
                if found.refuted is not None:
                    smallest = not left and not is_far and not question.statement.grid and not question.statement.counts
                    return Answer.of(replace(found.refuted, smallest=smallest and bool(question.sizes)))
                if found.left or found.why:
                    if is_far and not left and held:
                        # The cells asked by default end where the decider does.
                        return Answer.of(self._held(where, evidence, small, far, self._open(at, found)))
                    left.append(self._open(at, found))
                else:
                    held += 1
                    evidence.append(Evidence.CERTIFIED)
                    largest = max((int(cell[s]) for s in question.sizes), default=0)
                    small, far = (small, largest) if is_far else (largest, far)
            if len(left) >= _OPEN or (left and is_far):
                break
        if left:
            return Answer(tuple(left))
        if not held:
            return Answer.of(outcome(Verdict.UNDETERMINED, None, reason="scope: the hypotheses admit no size asked"))
        return Answer.of(self._held(where, evidence, small, far))

    def _held(
        self, where: str, evidence: list[Evidence], small: int, far: int, beyond: Outcome | None = None
    ) -> Outcome:
        reason = self._words(where, small, far)
        remark = "" if beyond is None else f"larger sizes are not decided: at {cell_text(beyond.cell)} {beyond.reason}"
        return outcome(Verdict.HOLDS, weakest(evidence), reason=reason, remark=remark)

    def _words(self, where: str, small: int, far: int) -> str:
        if not small and not far:
            return f"holds on all of {where}"
        if self.question.statement.grid:
            return f"holds on all of {where} at all sizes listed"
        beyond = f" and doublings to {far}" if far else ""
        return f"holds on all of {where} at all sizes up to {small}{beyond}"

    def _open(self, at: Cell, found: _Found) -> Outcome:
        names = ", ".join(p.name for p in self.reals)
        parts = "; ".join(str(piece) for piece in found.left[:3])
        more = f" and {len(found.left) - 3} more" if len(found.left) > 3 else ""
        if found.left:
            reason = f"numerics: undetermined for {names} in {parts}{more}"
            reason += f": {found.why}" if found.why else ""
        else:
            reason = found.why
        return outcome(Verdict.UNDETERMINED, None, at, reason=reason)

    def _excluded(self, at: Cell) -> bool:
        """Whether a domain or a hypothesis without open parameters fails at some sizes."""
        statement = self.question.statement
        names = {p.name for p in self.reals}
        outside = [p for p in statement.parameters if p.name in at and not p.admits(at[p.name])]
        fixed = [h for h in statement.hypotheses if not {s.name for s in h.relation.free_symbols} & names]
        return bool(outside) or any(h.failure(at) is not None for h in fixed)

    def _everywhere(self) -> str | None:
        """A proof on the whole domain, at all sizes and values of the other parameters at once."""
        if self.question.statement.exact_points != ({},):
            return None
        t, link = self.reals[0], self.question.link
        cut = self._cut({}, t)
        if cut is None:
            return None
        low, high = -oo if cut.low is None else _sympy(cut.low), oo if cut.high is None else _sympy(cut.high)
        closed = _closed(cut.with_low, cut.with_high)
        others = {p: (p.low, p.high, p.closed) for p in self.reals[1:]}
        for p in self.question.statement.parameters:
            if p.is_size:
                others[p] = (p.low, p.high, "left" if p.high == oo else "both")

        def prove(expr: Expr, variable: Symbol, low: Any, high: Any) -> bool:
            if expr.is_nonnegative:
                return True
            needed = {p: ends for p, ends in others.items() if expr.has(p)}
            return _relation_proved(expr, variable, low, high, needed, closed)

        if link.kind == "scalar":
            return self._scalar_proof(t, low, high, closed, others)
        claim = link.excluded
        if claim is None or claim.strict or len(claim.events) != 1 or claim.samples is not None or cut.low is None:
            return None
        return chernoff(claim.events[0], claim.bound, t, low, high, {}, prove)

    def _scalar_proof(self, t: Parameter, low: Any, high: Any, closed: Any, others: dict[Any, Any]) -> str | None:
        link = self.question.link
        if link.relation == "=":
            return None
        try:
            from ...theory.proofs.intervals import prove_relation

            needed = {p: ends for p, ends in others.items() if link.lhs.has(p) or link.rhs.has(p)}
            found = prove_relation(
                link.lhs, link.relation, link.rhs, t, low, high, closed=closed, parameters=needed or None
            )
        except (ImportError, ValueError, TypeError, NotImplementedError, ArithmeticError):
            return None
        return None if found is None else found.method

    def _cut(self, at: Cell, t: Parameter) -> _Cut | None:
        """The interval of a parameter, cut by the hypotheses that are affine in it at some sizes."""
        low, high = (None if end in (oo, -oo) else _rational_end(end) for end in (t.low, t.high))
        cut = _Cut(low, high, t.closed in ("left", "both"), t.closed in ("right", "both"))
        put = _put(self.question, at)
        for h in self.question.statement.hypotheses:
            relation = h.relation
            if t not in relation.free_symbols:
                continue
            difference = sympy.expand((relation.lhs - relation.rhs).xreplace(put))
            slope = difference.coeff(t, 1)
            rest = sympy.expand(difference - slope * t)
            if rest.has(t) or not slope.is_Rational or not rest.is_Rational or slope == 0:
                continue
            edge = Fraction(int((-rest / slope).p), int((-rest / slope).q))
            rel = relation.rel_op if slope > 0 else {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(relation.rel_op)
            if rel in ("<", "<=") and (cut.high is None or edge <= cut.high):
                shut = rel == "<=" and (cut.high is None or edge < cut.high or cut.with_high)
                cut = replace(cut, high=edge, with_high=shut)
            elif rel in (">", ">=") and (cut.low is None or edge >= cut.low):
                shut = rel == ">=" and (cut.low is None or edge > cut.low or cut.with_low)
                cut = replace(cut, low=edge, with_low=shut)
        if cut.low is None or cut.high is None or cut.low < cut.high:
            return cut
        return cut if cut.low == cut.high and cut.with_low and cut.with_high else None

    def _at(self, at: Cell, is_far: bool) -> _Found:
        """Decide at one choice of sizes."""
        if (quick := self._quick(at)) is not None:
            return _Found(refuted=quick)
        try:
            if len(self.reals) == 1:
                return _Line(self.question, self.reals[0], at, _FAR_PIECES if is_far else _PIECES, self).found()
            if len(self.reals) == 2:
                return _boxes(self.question, self.reals, at, self)
        except NotImplementedError as error:
            return _Found(why=f"scope: {error}")
        names = ", ".join(p.name for p in self.reals)
        return _Found(why=f"scope: not decided for every {names}; no counterexample at the simple values tried")

    def _quick(self, at: Cell) -> Outcome | None:
        """A counterexample at one of some simple values."""
        for point in tried_points(self.reals):
            cell = {**at, **{s.name: exact_number(v) for s, v in point.items()}}
            if (found := self.refuted_at(cell)) is not None:
                return found
        return None

    def refuted_at(self, cell: Cell) -> Outcome | None:
        """The outcome at exact values, where it refutes."""
        if self.question.statement.applies(cell):
            return None
        found = exactly(self.question, cell)
        return found if found is not None and found.verdict is Verdict.REFUTED else None


def _closed(with_low: bool, with_high: bool) -> Any:
    """Which ends belong to an interval, in the words of parameters."""
    return "both" if with_low and with_high else "left" if with_low else "right" if with_high else ""


def _relation_proved(
    expr: Expr, variable: Symbol, low: Any, high: Any, parameters: dict[Any, Any], closed: Any = ""
) -> bool:
    """Whether the provers of whole intervals show that an expression is at least 0."""
    try:
        from ...theory.proofs.intervals import prove_relation
    except ImportError:
        return False
    try:
        # Negative terms go to the other side: a relation of two exponentials is compared by its logarithms.
        terms = sympy.Add.make_args(expr)
        less = [term for term in terms if term.as_coeff_Mul()[0] < 0]
        left, right = expr + sympy.Add(*[-term for term in less]), sympy.Add(*[-term for term in less])
        found = prove_relation(left, ">=", right, variable, low, high, closed=closed, parameters=parameters or None)
        return found is not None
    except (ValueError, TypeError, NotImplementedError, ArithmeticError):
        return False


def exactly(question: Question, cell: Cell) -> Outcome | None:
    """The outcome of a link at exact values of all of its parameters, by the deciders of cells."""
    if question.link.kind == "scalar":
        from . import scalar

        return scalar.at_cell(question.link, question.link.lhs, question.link.rhs, cell)
    try:
        return formula.by_laws(question, cell)
    except (ValueError, NotImplementedError, ArithmeticError):
        return None


@dataclass(frozen=True)
class _Cut:
    """An interval whose ends may be infinite (None)."""

    low: Fraction | None
    high: Fraction | None
    with_low: bool = False
    with_high: bool = False

    def __str__(self) -> str:
        left, right = "[" if self.with_low else "(", "]" if self.with_high else ")"
        ends = ["-oo" if self.low is None else str(self.low), "oo" if self.high is None else str(self.high)]
        return f"{left}{ends[0]}, {ends[1]}{right}"


def _domain_text(p: Parameter) -> str:
    return f"{p} {p.domain}" if p.domain.startswith("in") else f"{p} in (-oo, oo)"


def _sympy(x: Fraction) -> Expr:
    return Rational(x.numerator, x.denominator)


def _put(question: Question, at: Cell) -> dict[Any, Any]:
    """The values of a cell for the symbols of a statement."""
    symbols = {s.name: s for s in question.statement._symbols}
    return {symbols[k]: _sympy(Fraction(v)) for k, v in at.items() if k in symbols}


def _as_excluded(question: Question) -> Excluded | None:
    return question.link.excluded if question.link.kind == "probability" else None


class _Line:
    """One real parameter at one choice of sizes."""

    def __init__(self, question: Question, t: Parameter, at: Cell, budget: int, search: _Search) -> None:
        self.question, self.t, self.at, self.budget, self.search = question, t, at, budget, search
        self.put = _put(question, at)
        bare = formula.sides_of(question.link)
        self.left, self.right = bare.left.xreplace(self.put), bare.right.xreplace(self.put)
        self.heads = tuple((symbol, head.xreplace(self.put)) for symbol, head in bare.heads)
        self.sides = formula.Sides(self.left, self.right, bare.relation, self.heads)
        self.relation = bare.relation
        self.hypotheses = [h for h in question.statement.hypotheses if t in h.relation.free_symbols]
        self.laws: dict[RV, ScalarLaw] = {}
        self.why = ""
        self.derivatives: dict[Any, Expr] = {}
        self.jumps: bool | None = None
        self.cleared: Expr | None = None
        self.rooted = _Rooted.of(self._difference(), t)

    def found(self) -> _Found:
        cut = self.search._cut(self.at, self.t)
        if cut is None:
            return _Found()
        if self.relation == "=":
            return _Found(why="scope: an equality over an interval needs a proof; no counterexample at simple values")
        low, high = cut.low, cut.high
        if low is not None and (constant := self._identical(low, high)) is not None:
            return self._settled(constant, cut)
        left: list[Any] = []
        if low is None:
            low = Fraction(-(1 << 10)) if high is None else min(Fraction(-(1 << 10)), high - 1)
            left.append(_Cut(None, low, False, False))
        if high is None:
            closed = self._closed_at_infinity(low)
            if closed is None:
                high = max(Fraction(1 << 10), low + (1 << 10))
                left.append(_Cut(high, None, False, False))
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
        found = self._search(pieces) if pieces else _Found()
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
        for end in (high, low + 16, low + 4, low + 1):
            if low < end <= high and self._touches(Piece(low, end), True, atom=False):
                return end
        return low

    def _settled(self, constant: int, cut: _Cut) -> _Found:
        """The claim where the difference of both sides is one number, of this sign."""
        if constant > 0 or "=" in self.relation:
            return _Found()
        for value in _simple_values(self.t):
            cell = {**self.at, self.t.name: exact_number(value)}
            if not self.question.statement.applies(cell):
                word = "≤" if self.relation == "<" else "≥"
                why = "both sides are equal on the whole interval, by their derivatives and one value"
                return _Found(
                    outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, reason=why, remark=f"true with {word}")
                )
        return _Found(left=[cut])

    def _identical(self, low: Fraction, high: Fraction | None) -> int | None:
        """1 or 0 where the difference of both sides is one such number, or 0: no ball tells equal sides apart."""
        piece = Piece(low, low + 16 if high is None else high)
        if not self.heads or piece.low == piece.high or (high is None and not self._densities_go_on()):
            return None
        if (slopes := self._slopes(piece)) is None or self._jumps():
            return None
        slope, middle = Difference(self._difference(), self.t, slopes).derivative(), (piece.low + piece.high) / 2
        try:
            # One value tells most derivatives from 0 before they are simplified.
            there = ball_at(slope.expr, {self.t.name: middle, **self._balls(Piece(middle, middle))})
            if (there is not None and not there.contains(0)) or not slope.vanishes:
                return None
            exact = self._limits(piece, at_low=True)
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return None
        if exact is None:
            return None
        value = self._difference().xreplace(exact).subs(self.t, _sympy(low))
        ball = ball_at(value, {})
        if ball is None or ball < 0:
            return None
        return 1 if ball > 0 else 0 if sympy.simplify(value) == 0 else None

    def _densities_go_on(self) -> bool:
        """Whether thresholds that lie inside a law's support stay there as the parameter grows."""
        for _, head in self.heads:
            event = head.event
            if not isinstance(event, Event) or len(event.value.atoms(RV)) != 1 or event.value.has(self.t):
                return False
            (rv,) = event.value.atoms(RV)
            if isinstance(rv.law, LawOf) and self.t.name in _law_names(rv.law):
                return False
            law = self._law(rv, self.at)
            grows = event.bound.diff(self.t).is_positive and _regular(event.bound)
            if not (law.continuous and grows and law.support()[1] == math.inf):
                return False
            # The lower end of a two-sided event moves the other way.
            if not isinstance(event.value, RV) and law.support()[0] != -math.inf:
                return False
        return True

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

    def _law(self, rv: RV, cell: Cell) -> ScalarLaw:
        known = self.laws.get(rv)
        if known is None:
            known = law_at(rv, cell)
            if not isinstance(rv.law, LawOf) or self.t.name not in _law_names(rv.law):
                self.laws[rv] = known
        return known

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
                if not hasattr(law, "at_most"):
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

    def _cell(self, piece: Piece) -> Cell:
        if piece.low == piece.high:
            return {**self.at, self.t.name: exact_number(piece.low)}
        return {**self.at, self.t.name: piece}  # type: ignore[dict-item]

    def _balls(self, piece: Piece, prec: int = _PREC) -> dict[str, arb]:
        """The probabilities over a piece."""
        cell = self._cell(piece)
        return {s.name: formula.head_ball(head, cell, prec, self._law).ball for s, head in self.heads}

    def _side(self, expr: Expr, heads: dict[str, arb], cell: Cell, prec: int) -> arb:
        """One side over a piece, narrow where it is monotone and has no probability."""
        if not any(expr.has(s) for s, _ in self.heads) and expr.has(self.t) and isinstance(cell[self.t.name], Piece):
            found = sets.range_of(expr, cell, prec)
            low, high = (sets._ball(x) for x in (found.low, found.high) if x is not None)
            return low.union(high)
        with workprec(prec):
            return enclose(expr, {**sets.in_balls(cell), **heads}, prec)

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
            left, right = (self._side(side, heads, cell, _PREC) for side in (self.left, self.right))
        except (Undecided, ValueError, ZeroDivisionError):
            return self._without_pole(cell, heads)
        if not (left.is_finite() and right.is_finite()):
            return self._without_pole(cell, heads)
        if self.relation == "=":
            return None if left.overlaps(right) else False
        known = compare(left, self.relation, right)
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

    def _hypothesis(self, relation: Any, cell: Cell) -> bool | None:
        try:
            values = sets.in_balls(cell)
            first, last = (enclose(side.xreplace(self.put), values, _PREC) for side in (relation.lhs, relation.rhs))
            return compare(first, relation.rel_op, last)
        except (ValueError, ArithmeticError):
            return None

    def _by_slope(self, piece: Piece, cell: Cell) -> bool | None:
        """A relation without probabilities, where the difference of its sides is monotone on a piece."""
        if piece.low == piece.high:
            return None
        difference = self._difference()
        try:
            sign = sets.slope_sign(difference, self.t.name, cell, _PREC)
            end = (piece.low if sign > 0 else piece.high) if sign else None
            if end is not None:
                value = ball_at(difference, {self.t.name: end})
                attained = piece.with_low if sign > 0 else piece.with_high
                if value is not None and (value > 0 or (value >= 0 and "=" in self.relation)):
                    return True
                if value is not None and value.contains(0) and _vanishes(difference, self.t, end):
                    return True if "=" in self.relation or not attained else None
                return None
            with workprec(_PREC):
                middle = (piece.low + piece.high) / 2
                slope = enclose(difference.diff(self.t), sets.in_balls(cell), _PREC)
                at_middle = enclose(difference, {self.t.name: middle}, _PREC)
                found = at_middle + slope * (piece.ball - enclose(_sympy(middle), {}, _PREC))
        except (ValueError, ArithmeticError, NotImplementedError):
            return None
        return True if found.is_finite() and found > 0 else None

    def _difference(self) -> Expr:
        """What is not negative where the claim holds."""
        return self.left - self.right if self.relation in (">", ">=") else self.right - self.left

    def _search(self, pieces: list[tuple[Piece, int]]) -> _Found:
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
                        return _Found(refuted=found)
                    continue
                left.append(piece)
                continue
            if known is False or depth in _TRIES:
                value = _inside(piece)
                refuted = self.search.refuted_at({**self.at, self.t.name: exact_number(value)})
                if refuted is not None:
                    return _Found(refuted=self._simpler(refuted, value, ends))
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
        return _Found(left=_joined(left))

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
                    found = self.search.refuted_at({**self.at, self.t.name: exact_number(near)})
                    if found is not None:
                        refuted, value = found, near
            reach *= 2
        return refuted

    def _jumps(self) -> bool:
        """Whether a threshold of a law with atoms moves along the parameter: then the claim may jump at ends."""
        if self.jumps is None:
            heads = [head for _, head in self.heads]
            events = [e for head in heads for e in head.atoms(Event) if e.bound.has(self.t) or e.value.has(self.t)]
            laws = [getattr(rv.law, "law", None) for e in events for rv in e.value.atoms(RV)]
            # A class whose instances are continuous or not has a property there.
            self.jumps = any(getattr(law, "continuous", False) is not True for law in laws)
        return self.jumps

    def _attained(self, piece: Piece, at_low: bool, at_high: bool) -> list[tuple[Piece, int]]:
        """The ends of a piece that belong to it and are asked alone: these, and all where the claim may jump."""
        low = piece.with_low and (at_low or self._jumps())
        high = piece.with_high and (at_high or self._jumps())
        return [(Piece(x, x), 0) for x, asked in ((piece.low, low), (piece.high, high)) if asked]

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
                    with workprec(_PREC):
                        reach = slope * enclose(_sympy((piece.high - piece.low) / 2), {}, _PREC)
                        found = found + reach.union(-reach)
                if found > 0 or (found >= 0 and "=" in self.relation):
                    return True
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return False
        return False

    def _derivative(self, form: Expr, slopes: tuple[tuple[Dummy, Expr], ...]) -> Expr:
        if (form, slopes) not in self.derivatives:
            found = Difference(form, self.t, dict(slopes)).derivative().expr
            # A common factor of fixed sign, such as a density, is taken out: the rest often has a sign.
            powers = [abs(int(p.exp)) for p in found.atoms(sympy.Pow) if p.exp.is_Integer]
            short = found.count_ops() < _FACTORED and max(powers, default=0) <= _EXPANDED
            self.derivatives[form, slopes] = sympy.factor_terms(sympy.expand(found)) if short else found
        return self.derivatives[form, slopes]

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

    def _point(self, value: Fraction) -> Outcome | bool | None:
        """The claim at one value: True, a refuting outcome, or None where it is open."""
        cell = {**self.at, self.t.name: exact_number(value)}
        if self.question.statement.applies(cell):
            return True
        found = exactly(self.question, cell)
        if found is None:
            return None
        if found.verdict is Verdict.REFUTED:
            return found
        return True if found.verdict in (Verdict.HOLDS, Verdict.VACUOUS) else None

    def _contact(self, piece: Piece, stack: list[tuple[Piece, int]]) -> bool:
        """Whether both sides meet at a simple value inside a small piece only, and how that is told apart there."""
        value = simplest(piece.low, piece.high)
        if self._point(value) is not True:
            return False
        parts = [(Piece(piece.low, value), False)] if value > piece.low else []
        parts += [(Piece(value, piece.high), True)] if value < piece.high else []
        return all(self._touches(part, at_low, atom=False) for part, at_low in parts)

    def _slopes(self, piece: Piece) -> dict[Dummy, Expr] | None:
        found: dict[Dummy, Expr] = {}
        over: dict[str, Any] = {self.t.name: piece}
        for symbol, head in self.heads:
            event = head.event
            if head.given is not None or not isinstance(event, Event) or event.samples is not None:
                return None
            rvs = event.value.atoms(RV)
            if len(rvs) != 1:
                return None
            (rv,) = rvs
            try:
                law = self._law(rv, self._cell(piece))
                slope = slope_of(event, rv, self.t, self.put, over, law)
            except (NotImplementedError, ValueError):
                return None
            if slope is None:
                return None
            found[symbol] = slope
        return found

    def _touches(self, piece: Piece, at_low: bool, atom: bool = True) -> bool:
        """Whether the claim holds inside a piece at an end of which both sides may meet."""
        if self.relation == "=":
            return False
        slopes = self._slopes(piece)
        if slopes is None:
            return False
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
        values = sets.tree_values(event, event.value, {**self.at}, _PREC)
        edge = values[0].low if values and values[0].low is not None else values[0].high if values else None
        if not hasattr(law, "at_most") or not isinstance(edge, Fraction):
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
        largest, ends = _sympy(least) * density, (_sympy(piece.low), _sympy(piece.high))
        if _relation_proved(largest + rest, self.t, *ends, {}):
            return True
        logs = [sympy.expand_log(sympy.log(x), force=True) for x in (largest, -rest)]
        return _relation_proved(logs[0] - logs[1], self.t, *ends, {})

    def _limits(self, piece: Piece, at_low: bool) -> dict[Dummy, Expr] | None:
        """The probabilities' limits at an end from inside, exactly; None where they are not known."""
        end = piece.low if at_low else piece.high
        found: dict[Dummy, Expr] = {}
        for symbol, head in self.heads:
            event = head.event
            (rv,) = event.value.atoms(RV)
            cell = {**self.at, self.t.name: exact_number(end)}
            if not self._law(rv, self._cell(piece)).continuous and (event.bound.has(self.t) or event.value.has(self.t)):
                # Inside the piece the threshold does not move: the probability there is the limit.
                cell = {**self.at, self.t.name: exact_number((piece.low + piece.high) / 2)}
            if isinstance(rv.law, LawOf) and self.t.name in _law_names(rv.law):
                # An end that the domain leaves out may be one of the law's parameters.
                cell = {**self.at, self.t.name: Piece(end, end)}  # type: ignore[dict-item]
            try:
                p = formula.exact_chance(event, cell)
                found[symbol] = _sympy(p)
            except NotImplementedError:
                e = formula.head_ball(head, cell, _FINE)
                exact = _recognised(e.lower, e.upper)
                if exact is None and (exact := self._symmetric(event, rv, cell)) is None:
                    return None
                found[symbol] = exact
        return found

    def _symmetric(self, event: Event, rv: RV, cell: Cell) -> Expr | None:
        """1/2 where a half-line of a centred normal variable ends at 0."""
        law = self._law(rv, cell)
        if type(law).__name__ != "NormalLaw" or getattr(law, "mean", 0) != 0:
            return None
        values = sets.tree_values(event, rv, cell, _PREC)
        if len(values) != 1:
            return None
        (line,) = values
        half = (line.low is None and line.high == 0) or (line.high is None and line.low == 0)
        return Rational(1, 2) if half else None

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
        if rv is None or (isinstance(rv.law, LawOf) and self.t.name in _law_names(rv.law)):
            raise NotImplementedError("a law beyond every value")
        at = formula.chance(event, {**self.at, self.t.name: exact_number(edge)}, _PREC)[0]
        if not event.bound.has(self.t):
            return at.lower, at.upper
        if not _regular(event.bound):
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
        if symbols or not _regular(side):
            return None
        slope = side.diff(self.t)
        sign = 1 if slope.is_positive else -1 if slope.is_negative else 0
        if not sign:
            factored = sympy.factor(slope)
            sign = 1 if factored.is_positive else -1 if factored.is_negative else 0
        if not sign:
            beyond = (self.t, _sympy(edge), oo)
            sign = 1 if self._proved(slope, *beyond) else -1 if self._proved(-slope, *beyond) else 0
        here = ball_at(side, {self.t.name: edge})
        if not sign or here is None:
            return None
        if sign < 0 and (side.is_positive or side.is_nonnegative):
            return arb(0), here.upper()
        if sign > 0:
            return here.lower(), arb.pos_inf()
        return arb.neg_inf(), here.upper()

    def _proved(self, expr: Expr, variable: Symbol, low: Any, high: Any) -> bool:
        if expr.is_nonnegative:
            return True
        return _relation_proved(expr, variable, low, high, {})

    def _chernoff_from(self, edge: Fraction) -> bool:
        claim = _as_excluded(self.question)
        if claim is None or len(claim.events) != 1 or claim.samples is not None:
            return not self.heads and self._proved(self._difference(), self.t, _sympy(edge), oo)
        if claim.strict:
            return False
        return chernoff(claim.events[0], claim.bound, self.t, _sympy(edge), oo, self.put, self._proved) is not None

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
        if self._proved(sympy.simplify(-slope), self.t, _sympy(edge), oo):
            return True
        terms = sympy.Add.make_args(sympy.expand(sympy.powsimp(sympy.expand(slope))))
        down = [t for t in terms if (-t).is_positive]
        up = [t for t in terms if t.is_positive]
        if len(down) + len(up) != len(terms) or not down:
            return False
        for low in down:
            ratio = sympy.powsimp(sympy.simplify(sympy.Add(*up) / -low))
            if self._proved(sympy.expand_log(-sympy.log(ratio), force=True), self.t, _sympy(edge), oo):
                return True
        return False


_TRIES = (2, 5, 9, 14, 20)
# From which depth on the slope of the sides' difference is asked: it costs more than a comparison of sides.
_SLOPED = 2
# How often the neighbourhood of a counterexample is doubled, to find a simpler one.
_WIDENED = 14
# Longer derivatives, and those with higher powers, are not factored.
_FACTORED, _EXPANDED = 150, 40


def _known_sign(expr: Expr) -> int:
    return 1 if expr.is_positive or (expr.is_nonnegative and expr != 0) else -1 if expr.is_negative else 0


def _law_names(law: LawOf) -> set[str]:
    """The names of the symbols in a law's parameters."""
    found: set[str] = set()
    for p in law.parameters:
        if isinstance(p, LawOf):
            found |= _law_names(p)
        elif isinstance(p, Expr):
            found |= {s.name for s in p.free_symbols}
    return found


def _positive(expr: Expr) -> bool:
    """Whether an expression is a product of positive factors, exponentials among them."""
    return all(factor.is_positive or isinstance(factor, sympy.exp) for factor in sympy.Mul.make_args(expr))


def _short_below(ball: arb) -> Fraction:
    """A short positive rational below all of a positive ball."""
    low = Piece.of(ball.lower()).low
    return simplest(low * Fraction(15, 16), low)


def _regular(expr: Expr) -> bool:
    """Whether an expression has no pole and no jump on its domain, as its symbols' signs show."""
    if expr.has(*_STEPS_OF):
        return False
    bases = [p.base for p in expr.atoms(sympy.Pow) if not (p.exp.is_Integer and p.exp > 0) and not p.base.is_Rational]
    return all(x.is_positive for x in (*bases, *(f.args[0] for f in expr.atoms(sympy.log))))


_STEPS_OF = (sympy.floor, sympy.ceiling, sympy.frac, sympy.Piecewise, sympy.Mod, sympy.tan, sympy.gamma, sympy.binomial)


def _vanishes(expr: Expr, t: Symbol, end: Fraction) -> bool:
    value = expr.subs(t, _sympy(end))
    return bool(value == 0 or (not value.has(sympy.zoo, sympy.nan) and sympy.simplify(value) == 0))


def _recognised(low: arb, high: arb) -> Expr | None:
    """0 or 1, where an enclosure is nothing else."""
    return Integer(int(low == 1)) if low == high and (low == 0 or low == 1) else None


@dataclass(frozen=True)
class _Rooted:
    """What must not be negative, as first + second √inner."""

    first: Expr
    second: Expr
    inner: Expr

    @classmethod
    def of(cls, expr: Expr, t: Symbol) -> _Rooted | None:
        """An expression with one square root of the parameter; None for any other."""
        roots = [p for p in expr.atoms(sympy.Pow) if p.exp == Rational(1, 2) and p.base.has(t) and p.base != t]
        if len(roots) != 1:
            return None
        (root,) = roots
        r = Dummy("r", positive=True)
        opened = sympy.expand(expr.xreplace({root: r}))
        second = opened.coeff(r, 1)
        first = sympy.expand(opened - second * r)
        if first.has(r) or second.has(r) or not (second.is_positive or second.is_negative):
            return None
        return cls(first, second, root.base)

    def sufficient(self, values: dict[str, Any]) -> Expr | None:
        """What implies it without the root: √C ≥ −A/B where C ≥ (A/B)²; for B < 0, A ≥ 0 and A² ≥ B² C."""
        if self.second.is_positive:
            return sympy.expand(self.inner - (self.first / self.second) ** 2)
        ball = ball_at(self.first, values)
        return sympy.expand(self.first**2 - self.second**2 * self.inner) if ball is not None and ball >= 0 else None


def _joined(pieces: list[Any]) -> list[Any]:
    """Neighbouring pieces as one."""
    found: list[Any] = []
    for piece in sorted(pieces, key=lambda p: p.low):
        if found and found[-1].high == piece.low:
            found[-1] = Piece(found[-1].low, piece.high, found[-1].with_low, piece.with_high)
        else:
            found.append(piece)
    return found


def _boxes(question: Question, reals: tuple[Parameter, ...], at: Cell, search: _Search) -> _Found:
    """Two real parameters: boxes that are halved along their wider side, within a budget."""
    names = [p.name for p in reals]
    ranges = []
    for p in reals:
        cut = search._cut(at, p)
        if cut is None:
            return _Found()
        low = Fraction(-64) if cut.low is None else cut.low
        high = low + 64 if cut.high is None else cut.high
        ranges.append((Piece(low, high), cut))
    bare = formula.sides_of(question.link)
    put = _put(question, at)
    heads = tuple((s, head.xreplace(put)) for s, head in bare.heads)
    sides = formula.Sides(bare.left.xreplace(put), bare.right.xreplace(put), bare.relation, heads)
    infinite = any(cut.low is None or cut.high is None for _, cut in ranges)
    stack = [tuple(piece for piece, _ in ranges)]
    left: list[str] = []
    for _ in range(_BOXES):
        if not stack:
            break
        box = stack.pop(0)
        cell: dict[str, Any] = {**at, **dict(zip(names, box, strict=True))}
        known = _on_box(question, sides, cell, put)
        if known:
            continue
        values = [_inside(replace(piece, with_low=False, with_high=False)) for piece in box]
        refuted = search.refuted_at({**at, **{n: exact_number(v) for n, v in zip(names, values, strict=True)}})
        if refuted is not None:
            return _Found(refuted=refuted)
        wide = 0 if box[0].high - box[0].low >= box[1].high - box[1].low else 1
        middle = (box[wide].low + box[wide].high) / 2
        for half in (Piece(box[wide].low, middle), Piece(middle, box[wide].high)):
            stack.append((half, box[1]) if wide == 0 else (box[0], half))
    left = [" x ".join(map(str, box)) for box in stack]
    if infinite:
        left.append("beyond the boxes")
    return _Found(left=left)


def _on_box(question: Question, sides: formula.Sides, cell: Cell, put: dict[Any, Any]) -> bool | None:
    values = sets.in_balls(cell)
    for h in question.statement.hypotheses:
        try:
            first, last = (enclose(s.xreplace(put), values, _PREC) for s in (h.relation.lhs, h.relation.rhs))
            if compare(first, h.relation.rel_op, last) is False:
                return True
        except (ValueError, ArithmeticError):
            continue
    try:
        heads = {s.name: formula.head_ball(head, cell, _PREC).ball for s, head in sides.heads}
        left, right = formula.balls_of(sides, cell, heads, _PREC)
    except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
        return None
    if not (left.is_finite() and right.is_finite()) or sides.relation == "=":
        return None
    known = compare(left, sides.relation, right)
    return _on_corner(sides, cell) if known is None and not sides.heads else known


def _on_corner(sides: formula.Sides, cell: Cell) -> bool | None:
    """A relation without probabilities over a box, at the corner to which the slopes of its difference lead."""
    less = sides.relation in ("<", "<=")
    difference = sides.right - sides.left if less else sides.left - sides.right
    worst: dict[str, Any] = dict(cell)
    for name in sets.pieces_of(difference, cell):
        sign = sets.slope_sign(difference, name, cell, _PREC)
        if sign:
            worst[name] = cell[name].low if sign > 0 else cell[name].high  # type: ignore[union-attr]
    found = ball_at(difference, sets.in_balls(worst))
    return True if found is not None and (found > 0 or (found >= 0 and "=" in sides.relation)) else None
