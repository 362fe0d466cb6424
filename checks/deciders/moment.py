"""E and Var: the moments are computed symbolically (Wick) and the relation is then a scalar one."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from ...theory.language.heads import E, Var
from ...theory.proofs.wick import moment_value
from ..verdict import Outcome, Verdict
from . import scalar
from .question import Answer, Question

__all__ = ["computed", "decide"]


def computed(expr: Expr) -> Expr:
    """`expr` with every E and Var replaced by its computed value."""
    heads = sorted(expr.atoms(E, Var), key=str)
    return expr.xreplace({head: moment_value(head) for head in heads})


def decide(question: Question) -> Answer | None:
    """Compute the moments and decide the relation; None when a random variable has no index form."""
    try:
        left, right = computed(question.link.lhs), computed(question.link.rhs)
    except ValueError:
        return None
    found = scalar.relation(question, left, right)
    why = f"the moment computed symbolically is {left}"
    if any(o.verdict is not Verdict.HOLDS for o in found.outcomes):
        why += f", claimed {right}"
    return Answer(tuple(_explained(o, why) for o in found.outcomes))


def _explained(found: Outcome, why: str) -> Outcome:
    return replace(found, reason=why if not found.reason else f"{why}; {found.reason}")
