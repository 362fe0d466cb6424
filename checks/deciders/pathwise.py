"""Inequalities between random variables of one model, draw by draw: one violation refutes, none is sampled evidence.

A link with a scope speaks of more than its model draws: a violation refutes it still, no number of draws confirms it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Dummy, Expr, lambdify

from ...theory.language.cells import Cell
from ...theory.language.models import model_of
from ...theory.language.statements import Link
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome

__all__ = ["by_draws", "is_pathwise"]

# What a computed side may be wrong by, relative to the larger of the two.
_ROUNDING = 1e-9


def is_pathwise(link: Link) -> bool:
    """Whether a link is an inequality between random variables that must hold in every draw."""
    return link.kind == "identity" and link.relation in ("<", "<=", ">", ">=")


def by_draws(question: Question, cell: Cell) -> Outcome | None:
    """Compare both sides in every draw at a cell; None when a random variable was not drawn there."""
    link = question.link
    if not is_pathwise(link) or model_of(link.rvs) is None:
        return None
    values: dict[Any, Any] = {}
    for rv in link.rvs:
        drawn = question.draws_at(rv, cell)
        if not drawn:
            return None
        values[rv] = drawn[0].first
    left, right = _evaluate(link.lhs, values, cell), _evaluate(link.rhs, values, cell)
    gap = left - right if link.relation in (">", ">=") else right - left
    worst = int(np.argmin(gap / np.maximum(1e-300, np.maximum(np.abs(left), np.abs(right)))))
    slack = _ROUNDING * max(abs(float(left[worst])), abs(float(right[worst])))
    shown = f"{float(left[worst]):.10e}", f"{float(right[worst]):.10e}"
    if gap[worst] < -slack:
        where = "" if link.scope is None else f" ({link.scope})"
        return outcome(Verdict.REFUTED, Evidence.SAMPLED, cell, *shown, f"violated in a draw{where}")
    equal = link.relation in ("<", ">") and gap[worst] <= slack
    remark = (
        f"{link.relation.replace('>', '≥').replace('<', '≤')} for {link.relation}: equal in a draw" if equal else ""
    )
    why = f"in each of {gap.size} draws; the tightest is shown"
    if link.scope is not None:
        return outcome(Verdict.UNDETERMINED, None, cell, *shown, f"scope: {link.scope}; it was true {why}", remark)
    return outcome(Verdict.HOLDS, Evidence.SAMPLED, cell, *shown, why, remark)


def _evaluate(expr: Expr, values: dict[Any, Any], cell: Cell) -> Any:
    names = {rv: Dummy(f"x{i}") for i, rv in enumerate(values)}
    sizes = {s: cell[s.name] for s in expr.free_symbols if s.name in cell}
    function = lambdify(list(names.values()), expr.xreplace(names).subs(sizes), "numpy")
    size = next(iter(values.values())).shape
    return np.broadcast_to(np.asarray(function(*values.values()), dtype=float), size)
