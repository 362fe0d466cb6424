"""Simple values of real parameters, at which a claim is tried and a counterexample is told."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

from sympy import Expr, Rational, Symbol, oo

from ...theory.language.cells import Cell
from ...theory.language.parameters import Parameter
from ...theory.laws.hull import Piece
from ..verdict import Outcome, Verdict
from . import formula, scalar_cells
from .interval_ends import ball_at
from .question import Question

__all__ = ["as_expr", "exactly", "inside", "rational_end", "refuted_at", "simple_values", "simplest", "tried_points"]

# Simple values at which a claim is tried before anything else, in units of the interval.
_TRIED = tuple(Fraction(x) for x in ("1", "1/2", "2", "1/4", "3/4", "3", "1/10", "9/10", "5", "1/100", "10", "100"))
# Ends of larger denominators are those of irrational numbers: what lies between them is rounded.
_SIMPLE = 64


def tried_points(reals: tuple[Parameter, ...]) -> tuple[dict[Symbol, Fraction], ...]:
    """Simple values of real parameters, the simplest first: at most a dozen of one, their products of several."""
    values = [simple_values(p)[: {1: 8, 2: 5, 3: 4}.get(len(reals), 3)] for p in reals]
    return tuple(dict(zip(reals, chosen, strict=True)) for chosen in product(*values))


def simple_values(p: Parameter) -> list[Fraction]:
    low, high = (None if end in (oo, -oo) else rational_end(end) for end in (p.low, p.high))
    if low is not None and high is not None:
        found = [low + (high - low) * x for x in _TRIED if x < 1]
        if max(low.denominator, high.denominator) > _SIMPLE:
            found = [simplest(x - (high - low) / 200, x + (high - low) / 200) for x in found]
    elif low is not None:
        found = [low + x for x in _TRIED]
    elif high is not None:
        found = [high - x for x in _TRIED]
    else:
        found = [s * x for x in _TRIED for s in (1, -1)]
    ends = [end for end in (low, high) if end is not None]
    return [x for x in dict.fromkeys([*found, *ends]) if p.admits(x)]


def rational_end(end: Expr) -> Fraction:
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


def inside(piece: Piece) -> Fraction:
    """A simple rational of a piece: a short decimal where its denominator is not much larger than the least one."""
    width = piece.high - piece.low
    if width == 0:
        return piece.low
    low = piece.low if piece.with_low else piece.low + width / 16
    high = piece.high if piece.with_high else piece.high - width / 16
    return simplest(low, high)


def as_expr(x: Fraction) -> Expr:
    return Rational(x.numerator, x.denominator)


def refuted_at(question: Question, cell: Cell) -> Outcome | None:
    """The outcome at exact values, where it refutes."""
    if question.statement.applies(cell):
        return None
    found = exactly(question, cell)
    return found if found is not None and found.verdict is Verdict.REFUTED else None


def exactly(question: Question, cell: Cell) -> Outcome | None:
    """The outcome of a link at exact values of all of its parameters, by the deciders of cells."""
    if question.link.kind == "scalar":
        return scalar_cells.at_cell(question.link, question.link.lhs, question.link.rhs, cell)
    try:
        return formula.by_laws(question, cell)
    except (ValueError, NotImplementedError, ArithmeticError):
        return None
