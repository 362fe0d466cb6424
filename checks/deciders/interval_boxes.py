"""Two real parameters at one choice of sizes: boxes that are halved along their wider side."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from ...theory.calculus.enclosure import compare
from ...theory.calculus.evaluate import enclose
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell
from ...theory.language.parameters import Parameter
from ...theory.laws.hull import Piece
from . import formula, sets
from .interval_cuts import cut_of, values_put
from .interval_ends import ball_at
from .interval_line import Found
from .interval_sides import PREC
from .interval_values import inside, refuted_at
from .question import Question
from .sets import Undecided

__all__ = ["on_boxes"]

# Boxes that are asked at one choice of sizes.
_BOXES = 400


def on_boxes(question: Question, reals: tuple[Parameter, ...], at: Cell) -> Found:
    """Two real parameters: boxes that are halved along their wider side, within a budget."""
    names = [p.name for p in reals]
    ranges = []
    for p in reals:
        cut = cut_of(question, at, p)
        if cut is None:
            return Found(empty=True)
        low = Fraction(-64) if cut.low is None else cut.low
        high = low + 64 if cut.high is None else cut.high
        ranges.append((Piece(low, high), cut))
    bare = formula.sides_of(question.link)
    put = values_put(question, at)
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
        values = [inside(replace(piece, with_low=False, with_high=False)) for piece in box]
        refuted = refuted_at(question, {**at, **{n: exact_number(v) for n, v in zip(names, values, strict=True)}})
        if refuted is not None:
            return Found(refuted=refuted)
        wide = 0 if box[0].high - box[0].low >= box[1].high - box[1].low else 1
        middle = (box[wide].low + box[wide].high) / 2
        for half in (Piece(box[wide].low, middle), Piece(middle, box[wide].high)):
            stack.append((half, box[1]) if wide == 0 else (box[0], half))
    left = [" x ".join(map(str, box)) for box in stack]
    if infinite:
        left.append("beyond the boxes")
    return Found(left=left)


def _on_box(question: Question, sides: formula.Sides, cell: Cell, put: dict[Any, Any]) -> bool | None:
    values = sets.in_balls(cell)
    for h in question.statement.hypotheses:
        try:
            first, last = (enclose(s.xreplace(put), values, PREC) for s in (h.relation.lhs, h.relation.rhs))
            if compare(first, h.relation.rel_op, last) is False:
                return True
        except (ValueError, ArithmeticError):
            continue
    try:
        heads = {s.name: formula.head_ball(head, cell, PREC).ball for s, head in sides.heads}
        left, right = formula.balls_of(sides, cell, heads, PREC)
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
        sign = sets.slope_sign(difference, name, cell, PREC)
        if sign:
            worst[name] = cell[name].low if sign > 0 else cell[name].high  # type: ignore[union-attr]
    found = ball_at(difference, sets.in_balls(worst))
    return True if found is not None and (found > 0 or (found >= 0 and "=" in sides.relation)) else None
