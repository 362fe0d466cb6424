"""Intervals of a real parameter: cut by hypotheses, and where a lattice law steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import oo

from ...theory.language.cells import Cell
from ...theory.language.parameters import Parameter
from .interval_values import as_expr, rational_end
from .question import Question

__all__ = ["Cut", "closed_ends", "cut_of", "values_put"]


@dataclass(frozen=True)
class Cut:
    """An interval whose ends may be infinite (None)."""

    low: Fraction | None
    high: Fraction | None
    with_low: bool = False
    with_high: bool = False

    def __str__(self) -> str:
        left, right = "[" if self.with_low else "(", "]" if self.with_high else ")"
        ends = ["-oo" if self.low is None else str(self.low), "oo" if self.high is None else str(self.high)]
        return f"{left}{ends[0]}, {ends[1]}{right}"


def cut_of(question: Question, at: Cell, t: Parameter) -> Cut | None:
    """The interval of a parameter, cut by the hypotheses that are affine in it at some sizes."""
    low, high = (None if end in (oo, -oo) else rational_end(end) for end in (t.low, t.high))
    cut = Cut(low, high, t.closed in ("left", "both"), t.closed in ("right", "both"))
    put = values_put(question, at)
    for h in question.statement.hypotheses:
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


def closed_ends(with_low: bool, with_high: bool) -> Any:
    """Which ends belong to an interval, in the words of parameters."""
    return "both" if with_low and with_high else "left" if with_low else "right" if with_high else ""


def values_put(question: Question, at: Cell) -> dict[Any, Any]:
    """The values of a cell for the symbols of a statement."""
    symbols = {s.name: s for s in question.statement._symbols}
    return {symbols[k]: as_expr(Fraction(v)) for k, v in at.items() if k in symbols}
