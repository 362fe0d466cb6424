"""Links with real parameters that have no listed values: decided on whole intervals, size by size.

One real parameter: the interval is cut into pieces on which both sides are enclosed, and what meets at an end of it is
told apart by its order of contact. A piece on which the claim is false gives a counterexample at a simple rational,
where the claim is decided again, exactly. Two parameters: boxes. More: simple rationals, which can refute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from sympy import Expr, Symbol, oo

from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell, cell_order, cell_text
from ...theory.language.parameters import Parameter
from ..verdict import Evidence, Outcome, Verdict
from .interval_boxes import on_boxes
from .interval_chernoff import chernoff
from .interval_cuts import closed_ends, cut_of
from .interval_line import Found
from .interval_scaling import scaled, with_ones
from .interval_shifted import proved_from
from .interval_sides import relation_proved
from .interval_steps import line_of
from .interval_values import as_expr, refuted_at, simplest, tried_points
from .question import BY_ALGEBRA, Answer, Question, outcome
from .tails import law_at

__all__ = ["decide", "far_sizes", "open_reals", "simplest", "sizes_asked", "tried_points"]

# Pieces that are asked at one choice of sizes; fewer far out, where laws cost more.
_PIECES, _FAR_PIECES = 600, 250
# Rough seconds that enclosures of costly laws may take at one choice of sizes, and how few pieces are asked of any.
_SECONDS, _FEWEST_PIECES = 20.0, 24
# All cells whose largest size is at most this are asked, by the number of sizes.
_SMALL, _SMALL_MORE = {0: 0, 1: 64, 2: 16, 3: 6}, 4
_TWO_SMALL = {0: 0, 1: 16, 2: 6}
_DOUBLINGS = tuple(1 << j for j in range(7, 21))
_MOST_DOUBLED = 64
# Cells left open before the search is given up, and pieces of all doublings after which no larger one is asked.
_OPEN, _FAR_TOTAL = 4, 500


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
    search = _Search(question, reals)
    if len(reals) > 1 and search.proved is None and (fixed := scaled(question, reals)):
        ones = with_ones(question, fixed)
        return _in_units(_Search(ones, open_reals(ones)).answer(), fixed)
    return search.answer()


def _in_units(answer: Answer, fixed: tuple[Parameter, ...]) -> Answer:
    """An answer with what was fixed said in its reason."""
    names = " = ".join([*(p.name for p in fixed), "1"])
    said = f"with {names}, which a change of units allows"
    return Answer(tuple(replace(o, reason=f"{o.reason}, {said}" if o.reason else said) for o in answer.outcomes))


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
    most = _most_small(question, len(free)) if small is None else small
    ends = {p.name: p.high for p in statement.parameters if p.is_size}
    ranges = [range(low, max(most, low + 3 if small is None else low) + 1) for low in free.values()]
    near = [dict(zip(free, values, strict=True)) for values in product(*ranges)]
    for cell in sorted(near, key=lambda c: cell_order(c, statement.sizes)):
        yield {**cell, **counted}, False
    doubled = [] if not free or small is not None else far_sizes(free, most, ends)
    for far in doubled:
        yield {**far, **counted}, True


def _most_small(question: Question, count: int) -> int:
    """Half as many where the law itself moves with the open parameter: its steps and ends are found at every size."""
    most = _SMALL.get(count, _SMALL_MORE)
    moving = {p for rv in question.link.rvs for p in rv.parameters} & {*open_reals(question)}
    return most // 2 if moving and count == 1 else most


def _all_small(question: Question, many: bool) -> int:
    """Up to which largest size every cell is asked."""
    return _TWO_SMALL.get(len(question.sizes), 3) if many else _most_small(question, len(question.sizes))


def far_sizes(free: dict[str, int], most: int, ends: dict[str, Any]) -> list[Cell]:
    """Doublings of all sizes at once and of each alone, and the ends that sizes have.

    Parameters
    ----------
    free : dict of str to int
        The least value of each size.
    most : int
        Larger ends than this are asked too.
    ends : dict of str to SymPy number
        The largest value of each size.
    """
    given = {int(end) for s, end in ends.items() if s in free and most < end <= _DOUBLINGS[-1]}
    found: list[Cell] = []
    for far in sorted({*_DOUBLINGS, *given}):
        top = {s: min(far, int(ends[s]) if ends.get(s, oo) != oo and far in given else far) for s in free}
        group = [top]
        group += [{s: far if s == axis else low for s, low in free.items()} for axis in free if len(free) > 1]
        found += [c for c in group if all(v >= free[s] and not v > ends.get(s, oo) for s, v in c.items())]
    return found[:_MOST_DOUBLED]


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
        proved = self.proved
        if proved is not None:
            reason = f"on all of {where}: {proved}; {BY_ALGEBRA}"
            return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason))
        near, far_cells = self._cells()
        tried = ((i, self._quick(at)) for i, at in enumerate(near))
        quick = next(((i, refuting) for i, refuting in tried if refuting is not None), None)
        left: list[Outcome] = []
        held, small, far = 0, 0, 0
        for i, at in enumerate(near):
            if quick is not None and (i == quick[0] or left):
                # Whether a smaller one refutes is not known where one is open.
                return self._refuted(quick[1], not left)
            found = self._at(at, is_far=False)
            if found.refuted is not None:
                return self._refuted(found.refuted, not left)
            if found.left or found.why:
                left.append(self._open(at, found))
                if len(left) >= _OPEN:
                    break
            elif not found.empty:
                held += 1
                small = self._largest(at)
        pieces = 0
        for at in far_cells if not left else ():
            refuted = self._quick(at)
            found = Found(refuted) if refuted is not None else self._at(at, is_far=True)
            if found.refuted is not None:
                return self._refuted(found.refuted, False)
            if found.left or found.why:
                if held:
                    # The cells asked by default end where the decider does.
                    return Answer.of(self._held(where, small, far, self._open(at, found)))
                left.append(self._open(at, found))
                break
            held += not found.empty
            far = far if found.empty else self._largest(at)
            pieces += found.asked
            if pieces > _FAR_TOTAL:
                break
        if left:
            return Answer(tuple(left))
        if not held:
            return Answer.of(outcome(Verdict.UNDETERMINED, None, reason="scope: the hypotheses admit no value asked"))
        return Answer.of(self._held(where, small, far))

    def _cells(self) -> tuple[list[Cell], Iterator[Cell]]:
        """The small cells with every listed value of other parameters, and those far out."""
        statement, many = self.question.statement, len(self.reals) > 1
        asked = [*sizes_asked(self.question, _TWO_SMALL.get(len(self.question.sizes), 3) if many else None)]
        points = statement.exact_points

        def listed(far: bool) -> Iterator[Cell]:
            cells = ({**cell, **point} for cell, is_far in asked if is_far == far for point in points)
            return (at for at in cells if not self._excluded(at))

        return list(listed(False)), listed(True)

    def _largest(self, at: Cell) -> int:
        return max((int(at[s]) for s in self.question.sizes), default=0)

    def _refuted(self, found: Outcome, decided: bool) -> Answer:
        """A counterexample, marked as the smallest where every smaller choice of sizes was decided."""
        statement = self.question.statement
        asked = not statement.grid and not statement.counts and bool(self.question.sizes)
        small = asked and self._largest(dict(found.cell)) <= _all_small(self.question, len(self.reals) > 1)
        return Answer.of(replace(found, smallest=decided and small))

    def _held(self, where: str, small: int, far: int, beyond: Outcome | None = None) -> Outcome:
        reason = self._words(where, small, far)
        remark = "" if beyond is None else f"larger sizes are not decided: at {cell_text(beyond.cell)} {beyond.reason}"
        return outcome(Verdict.HOLDS, Evidence.CERTIFIED, reason=reason, remark=remark)

    def _words(self, where: str, small: int, far: int) -> str:
        if not small and not far:
            return f"holds on all of {where}"
        if self.question.statement.grid:
            return f"holds on all of {where} at all sizes listed"
        beyond = f" and doublings to {far}" if far else ""
        return f"holds on all of {where} at all sizes up to {small}{beyond}"

    def _open(self, at: Cell, found: Found) -> Outcome:
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

    @cached_property
    def proved(self) -> str | None:
        """A proof on the whole domain, at all sizes and values of the other parameters at once."""
        if self.question.statement.exact_points != ({},):
            return None
        t, link = self.reals[0], self.question.link
        cut = cut_of(self.question, {}, t)
        if cut is None:
            return None
        low, high = -oo if cut.low is None else as_expr(cut.low), oo if cut.high is None else as_expr(cut.high)
        closed = closed_ends(cut.with_low, cut.with_high)
        others = {p: (p.low, p.high, p.closed) for p in self.reals[1:]}
        for p in self.question.statement.parameters:
            if p.is_size:
                others[p] = (p.low, p.high, "left" if p.high == oo else "both")

        def prove(expr: Expr, variable: Symbol, low: Any, high: Any) -> bool:
            if expr.is_nonnegative:
                return True
            needed = {p: ends for p, ends in others.items() if expr.has(p)}
            return relation_proved(expr, variable, low, high, needed, closed)

        if link.kind == "scalar":
            return proved_from(self.question, self.reals, {**others, t: (t.low, t.high, t.closed)})
        claim = link.excluded
        if claim is None or claim.strict or len(claim.events) != 1 or claim.samples is not None or cut.low is None:
            return None
        return chernoff(claim.events[0], claim.bound, t, low, high, {}, prove)

    def _at(self, at: Cell, is_far: bool) -> Found:
        """Decide at one choice of sizes."""
        try:
            if len(self.reals) == 1:
                return line_of(self.question, self.reals[0], at, self._affordable(at, is_far)).found()
            if len(self.reals) == 2:
                return on_boxes(self.question, self.reals, at)
        except NotImplementedError as error:
            return Found(why=f"scope: {error}")
        names = ", ".join(p.name for p in self.reals)
        return Found(why=f"scope: not decided for every {names}; no counterexample at the simple values tried")

    def _affordable(self, at: Cell, is_far: bool) -> int:
        """How many pieces are asked at one choice of sizes."""
        seconds = 0.0
        for rv in self.question.link.rvs:
            try:
                seconds += law_at(rv, at).seconds(1.0)
            except (NotImplementedError, ValueError, KeyError):
                continue
        most = _FAR_PIECES if is_far else _PIECES
        return most if seconds * most < _SECONDS else max(_FEWEST_PIECES, int(_SECONDS / seconds))

    def _quick(self, at: Cell) -> Outcome | None:
        """A counterexample at one of some simple values."""
        for point in tried_points(self.reals):
            cell = {**at, **{s.name: exact_number(v) for s, v in point.items()}}
            if (found := refuted_at(self.question, cell)) is not None:
                return found
        return None


def _domain_text(p: Parameter) -> str:
    return f"{p} {p.domain}" if p.domain.startswith("in") else f"{p} in (-oo, oo)"
