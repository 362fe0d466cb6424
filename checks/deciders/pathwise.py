"""Inequalities between random variables of one model, draw by draw: one violation refutes, no number of draws proves.

A link with a scope speaks of more than its model draws: a violation refutes it still.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...theory.language.cells import Cell
from ...theory.language.models import model_of
from ...theory.language.statements import Link
from ..verdict import Evidence, Outcome, Verdict
from .failures import evaluate_drawn
from .question import Question, outcome

__all__ = ["by_draws", "is_pathwise"]

# By which share each drawn value may be wrong: a violation must outlast that.
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
    left, right = (evaluate_drawn(side, values, cell, _ROUNDING).value for side in (link.lhs, link.rhs))
    smaller, larger = (link.rhs, link.lhs) if link.relation in (">", ">=") else (link.lhs, link.rhs)
    gap = evaluate_drawn(larger - smaller, values, cell, _ROUNDING)
    worst = int(np.argmin(gap.value / np.maximum(1e-300, np.maximum(np.abs(left), np.abs(right)))))
    violated = np.flatnonzero(gap.high < 0)
    if violated.size:
        worst = int(violated[np.argmin(gap.value[violated])])
    shown = f"{float(left[worst]):.10e}", f"{float(right[worst]):.10e}"
    if violated.size:
        where = "" if link.scope is None else f" ({link.scope})"
        return outcome(Verdict.REFUTED, Evidence.SAMPLED, cell, *shown, f"violated in a draw{where}")
    equal = link.relation in ("<", ">") and gap.low[worst] <= 0
    remark = (
        f"{link.relation.replace('>', '≥').replace('<', '≤')} for {link.relation}: equal in a draw" if equal else ""
    )
    why = (
        f"in each of {gap.value.size} draws, of which the tightest is shown; draws do not prove what must always be so"
    )
    if link.scope is not None:
        return outcome(Verdict.UNDETERMINED, None, cell, *shown, f"scope: {link.scope}; it was true {why}", remark)
    return outcome(Verdict.CONSISTENT, Evidence.SAMPLED, cell, *shown, f"true {why}", remark)
