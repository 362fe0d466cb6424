"""After a refutation: the smallest cell that shows it, and the best constant with which the claim would hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product

from flint import arb
from sympy import Abs, Dummy, Expr, Integer, Max, Min, Sum, binomial, ceiling, exp, floor, nan, oo, zoo

from ...theory.calculus.enclosure import Enclosure, compare
from ...theory.calculus.evaluate import CertifiedFunction, enclose, number
from ...theory.calculus.exact import exact_value
from ...theory.calculus.rounding import rounded
from ...theory.language.cells import Cell, cell_order, cell_text, largest_size, layered
from ...theory.language.events import Event, Joint
from ...theory.language.heads import P, Tunable
from ...theory.language.models import RV
from ...theory.language.statements import Statement
from ..verdict import Evidence, Outcome, Verdict, weakest
from . import conditional, formula, interval, scalar
from .question import Answer, Question
from .tails import PRECISION, law_at, may_refute, most_likely

__all__ = [
    "best_constant",
    "best_thresholds",
    "counterexample",
    "far_cells",
    "largest_small",
    "seconds_at",
    "small_cells",
    "small_range",
]

_LARGEST = 64
_MOST, _MOST_FORMULAS = 3000, 300
_MOST_LEFT = 2
_BISECTIONS = 60
_CHANCE = Dummy("chance", positive=True)
_NONE = Enclosure(arb(0), arb(0))
# Functions that are finite wherever their arguments are.
_FINITE = (exp, Abs, Min, Max, binomial, floor, ceiling, Sum)
# All cells whose largest size is at most this are asked, by the number of sizes; a size that starts later takes its
# first few values. Fewer of a law whose answers take longer than this in all.
_SMALL = {0: 0, 1: 64, 2: 16, 3: 6}
_SMALL_MORE, _FIRST = 4, 3
_SECONDS = 4.0


def small_range(question: Question) -> Iterator[Cell]:
    """Every cell of small sizes at each listed point, in order; sizes that count samples stay at their least value."""
    least = {s: low for s, low in question.statement.least.items() if s not in question.statement.counts}
    counted = {s: question.statement.least[s] for s in question.sizes if s not in least}
    last = _largest(least)
    ranges = [range(low, max(last, low + _FIRST) + 1) for low in least.values()]
    every = [dict(zip(least, values, strict=True)) for values in product(*ranges)]
    for at in sorted(every, key=lambda cell: cell_order(cell, question.sizes)):
        for point in question.statement.exact_points:
            cell: Cell = {**at, **counted, **point}
            if not question.statement.applies(cell):
                yield cell


def _largest(sizes: Collection[str]) -> int:
    return _SMALL.get(len(sizes), _SMALL_MORE)


def largest_small(statement: Statement) -> int:
    """The largest of the small sizes of a statement, by the number of its sizes that do not count samples."""
    return _largest([s for s in statement.sizes if s not in statement.counts])


def _affordable(question: Question) -> tuple[list[Cell], int]:
    """The small cells whose answers take seconds, of costly laws only those of the smallest sizes; and up to which."""
    cells = list(small_range(question))
    most = largest_small(question.statement)
    least = {s: low for s, low in question.statement.least.items() if s not in question.statement.counts}
    while most > 1 and cells and len(cells) * seconds_at(question, cells[-1]) > _SECONDS:
        most -= 1
        cells = [cell for cell in cells if all(cell[s] <= max(most, low) for s, low in least.items())]
    return cells, most


def seconds_at(question: Question, cell: Cell) -> float:
    """Rough time of the laws' answers at one cell."""
    claim, total = question.link.excluded, 0.0
    for event in () if claim is None else claim.events:
        for rv in event.value.atoms(RV):
            try:
                total += law_at(rv, cell).seconds(number(event.bound, cell))
            except (NotImplementedError, ValueError):
                continue
    return total


def _without_value(question: Question, cell: Cell) -> bool:
    """Whether a bound or a threshold is infinite or undefined at a cell, as 1/log m at m = 1."""
    link = question.link
    sides = [link.rhs, link.lhs, *(e.bound for e in link.lhs.atoms(Event) | link.rhs.atoms(Event))]
    plain = [side.xreplace({p: _CHANCE for p in side.atoms(P)}) for side in sides]
    asked = [side for side in plain if not side.atoms(RV) and not _always_finite(side)]
    return any(exact_value(side, cell).has(zoo, nan, oo, -oo) for side in asked)


@lru_cache(maxsize=256)
def _always_finite(expr: Expr) -> bool:
    """Whether an expression has a finite value wherever its symbols have, as its functions tell."""
    if not expr.args:
        return expr.is_Symbol or bool(expr.is_finite)
    if expr.is_Pow and not (expr.exp.is_Integer and expr.exp > 0) and not (expr.base.is_Rational and expr.base > 0):
        return False
    unread = isinstance(expr, CertifiedFunction) and type(expr).eval.__func__ is CertifiedFunction.eval.__func__
    known = unread or expr.is_Add or expr.is_Mul or expr.is_Pow or isinstance(expr, _FINITE)
    parts = (expr.function, *expr.limits[0][1:]) if isinstance(expr, Sum) and len(expr.limits) == 1 else expr.args
    return known and all(map(_always_finite, parts))


def _covered(question: Question, asked: int, cell: Cell) -> bool:
    """Whether no cell below this one in order was left out: of sizes that count samples, or beyond what was asked."""
    least, last = question.statement.least, largest_size(cell, question.sizes)
    counted = [least[s] for s in question.sizes if s in question.statement.counts]
    first = _FIRST if asked == largest_small(question.statement) else 0
    reached = [max(asked, low + first) for s, low in least.items() if s not in question.statement.counts]
    return all(n >= last for n in counted) and all(most >= last for most in reached)


def small_cells(question: Question) -> Answer | None:
    """Ask a probability link at every cell of small sizes by its exact law; None where no law answers.

    Cells at which a bound or a threshold has no value, such as 1/log m at m = 1, are passed over.

    Returns
    -------
    Answer or None
        The smallest refuting cell, or the undecided ones, or one outcome that says how many hold.
    """
    if question.unlisted:
        return None
    open_cells: list[Outcome] = []
    held: list[Outcome] = []
    unanswered: list[Outcome] = []
    erred = False
    told, cell = 0, None
    cells, asked = _affordable(question)
    for cell in cells:
        if _without_value(question, cell):
            continue
        try:
            found = formula.by_laws(question, cell)
            why = "scope: no law answers at this cell"
        except ValueError as error:
            found, why = None, f"error: {type(error).__name__}: {error}"
        if found is None:
            unanswered.append(Outcome(Verdict.UNDETERMINED, None, dict(cell), reason=why))
            erred = erred or why.startswith("error")
            continue
        told += 1
        if found.verdict is Verdict.REFUTED:
            smallest = not open_cells and not unanswered and _covered(question, asked, cell)
            return Answer.of(replace(found, smallest=smallest))
        if found.verdict in (Verdict.HOLDS, Verdict.CONSISTENT):
            held.append(found)
        elif found.verdict is not Verdict.VACUOUS:
            open_cells.append(found)
    if open_cells or (unanswered and (told or erred)):
        return Answer((*open_cells, *unanswered))
    if not held or cell is None:
        return None
    most = largest_size(cell, question.sizes)
    evidence = weakest(o.evidence for o in held)
    unproved = [o for o in held if o.verdict is Verdict.CONSISTENT]
    reached = f"at the listed cells and at all {told} cells of sizes up to {most}" if most else "at the listed points"
    if unproved:
        return Answer.of(Outcome(Verdict.CONSISTENT, evidence, reason=f"{unproved[-1].reason}, {reached}"))
    far, last = _far_out(question) if most else (None, 0)
    if far is not None and far.verdict is Verdict.REFUTED:
        return Answer.of(far)
    reached += f", and at doublings to {last}" if last else ""
    left = "" if far is None else f"larger sizes are not decided: at {cell_text(far.cell)} {far.reason}"
    reading = next((o.reading for o in held if o.reading), "")
    return Answer.of(Outcome(Verdict.HOLDS, evidence, reason=f"exact law, {reached}", reading=reading, remark=left))


def far_cells(question: Question) -> Iterator[Cell]:
    """Doublings of the sizes at each listed point, while the laws' answers take seconds; none of a listed grid."""
    statement = question.statement
    free = {s: low for s, low in statement.least.items() if s not in statement.counts}
    if statement.grid or not free:
        return
    counted = {s: statement.least[s] for s in question.sizes if s not in free}
    ends = {p.name: p.high for p in statement.parameters if p.is_size}
    spent = 0.0
    for sizes in interval.far_sizes(free, largest_small(statement), ends):
        for point in statement.exact_points:
            cell: Cell = {**sizes, **counted, **point}
            if statement.applies(cell) or _without_value(question, cell):
                continue
            spent += seconds_at(question, cell)
            if spent > _SECONDS:
                return
            yield cell


def _far_out(question: Question) -> tuple[Outcome | None, int]:
    """The first doubling of the sizes that refutes or is not decided, and up to which all before it were asked."""
    last = 0
    for cell in far_cells(question):
        try:
            found = formula.by_laws(question, cell)
        except ValueError:
            found = None
        if found is None:
            return None, last
        if found.verdict not in (Verdict.HOLDS, Verdict.VACUOUS):
            return found, last
        last = max(last, largest_size(cell, question.sizes))
    return None, last


def counterexample(question: Question, known: Outcome) -> Outcome | None:
    """The smallest refuting cell of a probability link that exact laws decide, or None when `known` is it.

    Cells are tried in `cell_order` at each listed point, up to 64 and 3000 evaluations; where that is not the end of
    it a counterexample beyond is bisected down in each size and not called the smallest. Cells at which no single
    sample refutes, but several together are left open, are asked last, and a counterexample is not called the smallest
    where there are many of them: what samples share takes seconds at each.
    """
    if known.evidence not in (Evidence.CERTIFIED, Evidence.COMPUTED) or question.link.kind != "probability":
        return None
    if known.smallest or question.unlisted:
        return None
    names = [s for s in question.sizes if s in known.cell]
    least = {s: question.statement.least[s] for s in names}
    every, tried = True, 0
    left: list[Cell] = []
    for sizes in layered(least, max(_LARGEST, *least.values()) if least else 0):
        for point in question.statement.exact_points:
            cell = {**sizes, **point}
            if cell_order(cell, names) >= cell_order(known.cell, names):
                return replace(known, smallest=every and _all_hold(question, left))
            tried += 1
            if tried > (_MOST if question.link.excluded is not None else _MOST_FORMULAS):
                return _bisected(question, known, names)
            if question.statement.applies(cell) or _without_value(question, cell) or not may_refute(question, cell):
                continue
            if _several(question, cell) and not may_refute(question, cell, open_too=False):
                left.append(cell)
                continue
            found = formula.by_laws(question, cell)
            if found is not None and found.verdict is Verdict.REFUTED:
                return replace(found, smallest=every and _all_hold(question, left))
            every = every and found is not None and found.verdict in (Verdict.HOLDS, Verdict.VACUOUS)
    return _bisected(question, known, names)


def _several(question: Question, cell: Cell) -> bool:
    claim = question.link.excluded
    return claim is not None and claim.samples_at(cell) > 1


def _all_hold(question: Question, cells: list[Cell]) -> bool:
    """Whether a claim holds at a few cells that were passed over; of many it is not asked."""
    if len(cells) > _MOST_LEFT:
        return False
    found = (formula.by_laws(question, cell) for cell in cells)
    return all(o is not None and o.verdict in (Verdict.HOLDS, Verdict.VACUOUS) for o in found)


def _at(question: Question, cell: Cell) -> Outcome | None:
    if question.statement.applies(cell) or not may_refute(question, cell, open_too=False):
        return None
    return formula.by_laws(question, cell)


def _bisected(question: Question, known: Outcome, names: list[str]) -> Outcome | None:
    best = known
    for name in names:
        low, high = question.statement.least[name] - 1, int(best.cell[name])
        while high - low > 1:
            middle = (low + high) // 2
            found = _at(question, {**best.cell, name: middle})
            if found is not None and found.verdict is Verdict.REFUTED:
                best, high = found, middle
            else:
                low = middle
    return None if best is known else best


def best_constant(question: Question, outcomes: tuple[Outcome, ...]) -> dict[str, str] | None:
    """The largest (smallest) value of the link's tunable constant with which it holds at every listed cell.

    Returns
    -------
    dict or None
        ``link``, ``printed``, ``sense``, ``best`` (an enclosure), ``cell`` (where it is attained) and ``cells``.
    """
    marked = question.link.marked
    if marked is None or interval.open_reals(question):
        return None
    constant = next(iter(marked.atoms(Tunable)))
    symbol = Dummy("constant")
    side = marked.xreplace({constant: symbol})
    margins = list(_margins(question, side, symbol, outcomes))
    if not margins:
        return None
    sign = 1 if constant.sense == "largest" else -1
    printed = enclose(constant.value, {}, PRECISION).mid()
    best: Enclosure | None = None
    where: Cell = {}
    for cell, holds in margins:
        if best is not None and holds(best.lower if sign > 0 else best.upper):
            continue
        edge = _edge(holds, printed, sign)
        if edge is None:
            continue
        best, where = edge, cell
        if best == _NONE:
            break
    if best is None:
        return None
    text = "none" if best == _NONE else best.decimal(8)
    return {**_named(question, constant), "best": text, "cell": cell_text(where), "cells": str(len(margins))}


def best_thresholds(question: Question) -> list[dict[str, str]]:
    """For each event whose bound has a tunable constant, the smallest value with which no draw at any cell leaves it.

    Returns
    -------
    list of dict
        As `best_constant`'s, from draws; empty where nothing is marked or nothing was drawn.
    """
    if not isinstance(question.link.marked_lhs, P):
        return []
    body = question.link.marked_lhs.args[0]
    rows = []
    for event in body.args if isinstance(body, Joint) else (body,):
        constants = event.bound.atoms(Tunable)
        if len(constants) != 1 or not isinstance(event.value, RV) or event.relation not in ("<", "<="):
            continue
        constant = next(iter(constants))
        best, counted = -math.inf, 0
        where: Cell = {}
        for cell in question.cells:
            for drawn in question.draws_at(event.value, cell):
                # The bound is linear in its constant.
                at_zero, at_one = (number(event.bound.xreplace({constant: Integer(v)}), cell) for v in (0, 1))
                values = drawn.first if event.samples is None else drawn.largest
                needed = (float(values.max()) - at_zero) / (at_one - at_zero)
                counted += 1
                if needed > best:
                    best, where = needed, cell
        if counted:
            shown = replace(question.link, lhs=P(event), relation="~", rhs=Integer(1))
            row = {"link": str(shown), "printed": str(constant.value), "sense": constant.sense}
            rows.append({**row, "best": rounded(best, 6, "up"), "cell": cell_text(where), "cells": str(counted)})
    return rows


def _named(question: Question, constant: Tunable) -> dict[str, str]:
    return {"link": str(question.link), "printed": str(constant.value), "sense": constant.sense}


Holds = Callable[[arb], bool]


def _margins(
    question: Question, side: Expr, symbol: Dummy, outcomes: tuple[Outcome, ...]
) -> Iterator[tuple[Cell, Holds]]:
    """For each listed cell, whether the link holds there as a function of the constant."""
    link = question.link
    if link.kind == "probability":
        claim = replace(link, rhs=side).excluded
        if claim is None or claim.together or len(claim.events) != 1:
            return
        for cell in _distinct(question, outcomes):
            truth = conditional.worst_outcome(question, cell) or most_likely(question, cell)
            if truth is not None:
                yield cell, _judge(truth.upper, "<" if claim.strict else "<=", claim.bound, symbol, cell)
        return
    if link.relation == "=":
        return
    left, right = scalar.trimmed(link.lhs, side)
    for cell in scalar.cells(question, link.lhs, link.rhs):
        yield cell, _judge(enclose(left, cell, PRECISION), link.relation, right, symbol, cell)


def _distinct(question: Question, outcomes: tuple[Outcome, ...]) -> list[Cell]:
    """The cells of some outcomes, each once, in order."""
    found = {tuple(o.cell.items()): o.cell for o in outcomes if o.cell}.values()
    return sorted(found, key=lambda cell: cell_order(cell, question.sizes))


def _judge(left: arb, relation: str, right: Expr, symbol: Dummy, cell: Cell) -> Holds:
    def holds(value: arb) -> bool:
        return bool(compare(left, relation, enclose(right, {**cell, symbol.name: value}, PRECISION)))

    return holds


def _edge(holds: Holds, printed: arb, sign: int) -> Enclosure | None:
    """The edge between constants that hold and do not; None where all hold, `_NONE` where none does.

    Constants within a factor 2^60 of the printed one are looked at.
    """
    good, bad = None, None
    for j in range(_BISECTIONS):
        value = (printed * arb(2) ** (-sign * j)).mid()
        if holds(value):
            good = value
            break
        bad = value
    if good is None:
        return _NONE
    for j in range(1, _BISECTIONS):
        if bad is not None:
            break
        value = (printed * arb(2) ** (sign * j)).mid()
        if holds(value):
            good = value
        else:
            bad = value
    if bad is None:
        return None
    for _ in range(_BISECTIONS):
        middle = ((good + bad) / 2).mid()
        if holds(middle):
            good = middle
        else:
            bad = middle
    return Enclosure(good, bad) if good <= bad else Enclosure(bad, good)
