"""Scalar relations at cells: ball arithmetic, smallest counterexample first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import sympy
from sympy import Expr, Rational

from ...theory.calculus.enclosure import Enclosure, compare
from ...theory.calculus.evaluate import enclosures, number
from ...theory.calculus.exact import Number, exact_number, exact_value
from ...theory.language.cells import Cell, cell_order, cell_text, exhaustive, largest_size, smallest_cells
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link
from ..verdict import Evidence, Outcome, Verdict
from .question import Answer, Question, agreed_digits, outcome

__all__ = ["at_cell", "cells", "search", "trimmed"]

_PRECISIONS = (128, 512, 2048)
# Powers up to which simplification may write numbers out.
_WRITTEN = 1000
# Integers of so many bits are not written out.
_LONGEST = 10_000
# Up to this size every smaller cell was asked before.
_SMALL = 64
# Larger cells at which sums have more terms are not asked.
_MOST_TERMS = 10_000
# What a symbol without listed values is tried at, as far as its sign allows.
_TRIED = tuple(Rational(k, 64) for k in (0, 1, 16, 32, 64, 128, 256, 4096, -1, -32, -64, -256))


def search(question: Question, lhs: Expr, rhs: Expr) -> Answer:
    """Evaluate at the listed cells in order of size; the first violation is the smallest.

    A strict relation that fails by equality is refuted there; that it is true with the weak one is remarked where no
    cell says otherwise.
    """
    undecided: list[Outcome] = []
    held: list[Outcome] = []
    equal: Outcome | None = None
    for cell in cells(question, lhs, rhs):
        found = at_cell(question.link, lhs, rhs, cell)
        if found.verdict is Verdict.REFUTED:
            if found.remark:
                equal = equal or _smallest(question, found, undecided)
                continue
            if equal is not None:
                return Answer.of(replace(equal, remark=""))
            small = largest_size(cell, question.sizes) <= _SMALL
            return Answer.of(_smallest(question, found, undecided) if small else _shrink(question, lhs, rhs, found))
        (held if found.verdict is Verdict.HOLDS else undecided).append(found)
    if equal is not None:
        return Answer.of(equal if not undecided else replace(equal, remark=""))
    if undecided:
        return Answer.of(*undecided)
    if not held:
        return Answer.of()
    if free := _unlisted(question, question.statement.points[0], lhs, rhs):
        names = ", ".join(str(s) for s in free)
        why = f"scope: not proved for every {names}; it holds at the {len(held)} values tried"
        return Answer.of(outcome(Verdict.UNDETERMINED, None, reason=why))
    last = held[-1]
    reason = f"holds at all {len(held)} listed points, the largest {cell_text(last.cell)}" if last.cell else ""
    return Answer.of(outcome(Verdict.HOLDS, Evidence.CERTIFIED, last.cell, last.value, last.bound, reason))


def _smallest(question: Question, found: Outcome, undecided: list[Outcome]) -> Outcome:
    """A counterexample, marked as the smallest where every smaller cell was asked and decided."""
    small = largest_size(found.cell, question.sizes) <= exhaustive(question.statement.least)
    return replace(found, smallest=small and not undecided and not question.statement.grid)


def cells(question: Question, lhs: Expr, rhs: Expr) -> Iterator[dict[str, Any]]:
    """Every small cell, then products of doublings, in order of size; or the statement's own grid."""
    statement = question.statement
    names = {s.name for s in lhs.free_symbols | rhs.free_symbols}
    names |= {s.name for h in statement.hypotheses for s in h.relation.free_symbols}
    sizes = [s for s in question.sizes if s in names]
    ends = {p.name: int(p.high) for p in statement.parameters if p.is_size and p.high != sympy.oo}
    at: Iterable[dict[str, Number]] = smallest_cells({s: statement.least[s] for s in sizes}, ends)
    if statement.grid:
        values = product(*[statement.grid.get(s, (statement.least[s],)) for s in sizes])
        own: list[dict[str, Number]] = [dict(zip(sizes, v, strict=True)) for v in values]
        at = sorted(own, key=lambda cell: cell_order(cell, sizes))
    picked = [values for listed in statement.points for values in _picked(question, listed, lhs, rhs)]
    for sizes_at in at:
        for values_at in picked:
            cell = {**sizes_at, **values_at}
            if largest_size(cell, sizes) > _SMALL and not statement.grid and _terms((lhs, rhs), cell) > _MOST_TERMS:
                continue
            if not statement.applies(cell):
                yield cell


def _terms(sides: tuple[Expr, ...], cell: Cell) -> int:
    """How many terms the sums and products of both sides have at a cell, where their limits tell."""
    total = 0
    for series in set().union(*(side.atoms(sympy.Sum, sympy.Product) for side in sides)):
        for _, first, last in (limits for limits in series.limits if len(limits) == 3):
            length = exact_value(last - first, cell)
            total += int(length) if length.is_Integer else 0
    return total


def _picked(
    question: Question, listed: Mapping[sympy.Symbol, Any], lhs: Expr, rhs: Expr
) -> Iterator[dict[str, Number]]:
    """A listed point with every choice of values for what it leaves open."""
    free = _unlisted(question, listed, lhs, rhs)
    for tried in product(*[[v for v in _TRIED if _allowed(s, v)] for s in free]):
        chosen: dict[Any, Any] = {**listed, **dict(zip(free, tried, strict=True))}
        yield {s.name: exact_number(v) for s, v in chosen.items()}


def _unlisted(question: Question, listed: Mapping[sympy.Symbol, Any], lhs: Expr, rhs: Expr) -> list[sympy.Symbol]:
    """The symbols of a relation and of the hypotheses that are neither sizes nor given a value."""
    given = {*question.sizes, *(s.name for s in listed)}
    symbols = lhs.free_symbols | rhs.free_symbols
    symbols |= {s for h in question.statement.hypotheses for s in h.relation.free_symbols}
    return sorted((s for s in symbols if s.name not in given), key=lambda s: s.name)


def _allowed(symbol: sympy.Symbol, value: Rational) -> bool:
    """Whether a symbol's assumptions admit a value."""
    if isinstance(symbol, Parameter):
        return symbol.admits(value)
    integer = value.is_integer or not symbol.is_integer
    sign = (value > 0 or not symbol.is_positive) and (value >= 0 or not symbol.is_nonnegative)
    return bool(integer and sign)


@lru_cache(maxsize=64)
def trimmed(lhs: Expr, rhs: Expr) -> tuple[Expr, Expr]:
    """Both sides without the terms they share: 1 - e^{-m} > 1 - e^{-2m} is told apart as -e^{-m} > -e^{-2m}."""
    left, right = list(sympy.Add.make_args(lhs)), list(sympy.Add.make_args(rhs))
    for term in [t for t in left if t in right]:
        left.remove(term)
        right.remove(term)
    return sympy.Add(*left), sympy.Add(*right)


def at_cell(link: Link, lhs: Expr, rhs: Expr, cell: Cell) -> Outcome:
    """The outcome at one cell, by balls at rising precision, then exactly."""
    small, large = trimmed(lhs, rhs)
    for prec in _PRECISIONS:
        try:
            left, right, first, second = enclosures((lhs, rhs, small, large), cell, prec)
        except ValueError as error:
            return outcome(Verdict.UNDETERMINED, None, cell, reason=f"numerics: a side has no value here: {error}")
        if link.relation == "=":
            decided = None if first.ball.overlaps(second.ball) else False
        else:
            decided = compare(first.ball, link.relation, second.ball)
        if decided is not None:
            if decided:
                return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, left, right)
            weak = f"{link.relation}=" if link.relation in ("<", ">") else ""
            if weak and compare(first.ball, weak, second.ball):
                return _equal(link, cell, left, right)
            found = outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, left, right, "differs at this cell")
            return replace(found, value=_exact_text(lhs, cell, found.value), bound=_exact_text(rhs, cell, found.bound))
    exact = exact_value(lhs - rhs, cell)
    if exact == 0 or (_short(exact) and sympy.simplify(exact) == 0):
        if link.relation in ("=", ">=", "<="):
            return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, left, right)
        return _equal(link, cell, left, right)
    if link.relation == "=":
        digits = agreed_digits(max(left.relative_radius, right.relative_radius))
        why = f"equal to {digits} digits"
        return outcome(Verdict.CONSISTENT, Evidence.CERTIFIED, cell, left, right, why)
    return outcome(Verdict.UNDETERMINED, None, cell, left, right, "numerics: the sides agree to 2048 bits")


def _short(value: Expr) -> bool:
    """Whether the numbers in an expression are small enough for simplification to write them out."""
    powers = [p.args[0] if isinstance(p, sympy.exp) else p.exp for p in value.atoms(sympy.exp, sympy.Pow)]
    try:
        return all(abs(number(p)) < _WRITTEN for p in powers)
    except ValueError:
        return False


def _equal(link: Link, cell: Cell, left: Enclosure, right: Enclosure) -> Outcome:
    """A strict relation between equal sides."""
    remark = f"true with {'≥' if link.relation == '>' else '≤'}"
    why = "both sides are equal at this cell"
    return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, left, right, why, remark)


def _exact_text(side: Expr, cell: Cell, enclosed: str) -> str:
    """The exact rational where the side is one that can be written out, else its enclosure."""
    value = exact_value(side, cell)
    written = value.is_Rational and max(int(value.p).bit_length(), int(value.q).bit_length()) < _LONGEST
    return str(value) if written else enclosed


def _shrink(question: Question, lhs: Expr, rhs: Expr, found: Outcome) -> Outcome:
    """Bisect each size of a counterexample beyond 64 down to the smallest that still violates the claim."""
    best, cell = found, dict(found.cell)
    for name in (s for s in question.sizes if s in cell):
        low, high = question.statement.least[name] - 1, int(cell[name])
        while high - low > 1:
            middle = (low + high) // 2
            trial = {**cell, name: middle}
            if question.statement.applies(trial):
                low = middle
                continue
            at = at_cell(question.link, lhs, rhs, trial)
            if at.verdict is Verdict.REFUTED:
                best, cell, high = at, trial, middle
            else:
                low = middle
    return best
