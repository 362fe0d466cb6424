"""Scalar relations: symbolic proof on the whole domain, else whole intervals, else cells."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr

from ...theory.proofs.elimination import smaller_exponent
from ...theory.proofs.objects import in_text
from ...theory.proofs.positivity import beyond_poles, prove_nonnegative, shifted_domain
from ...theory.proofs.prose import in_short
from ..verdict import Evidence, Outcome, Verdict
from . import interval
from .question import BY_ALGEBRA, Answer, Question, outcome
from .scalar_cells import at_cell, cells, search, trimmed
from .whole import proved_relation, proved_text

__all__ = ["at_cell", "cells", "decide", "proved", "relation", "search", "trimmed"]

_LONGEST = 50
_X = sympy.Symbol("x")


def decide(question: Question) -> Answer:
    """Decide a scalar link: a proof, a smallest counterexample, or certified cells."""
    return relation(question, question.link.lhs, question.link.rhs)


def proved(question: Question) -> Answer | None:
    """A proof of a scalar link on the whole domain of its statement, or None."""
    found = _prove(question, question.link.lhs, question.link.rhs)
    return None if found is None else Answer.of(found)


def relation(question: Question, lhs: Expr, rhs: Expr) -> Answer:
    """Decide ``lhs relation rhs`` for the question's link with both sides free of random variables."""
    found = _prove(question, lhs, rhs)
    if found is not None:
        return Answer.of(found)
    whole = interval.decide(question, lhs, rhs)
    return search(question, lhs, rhs) if whole is None else whole


def _prove(question: Question, lhs: Expr, rhs: Expr) -> Outcome | None:
    rel = question.link.relation
    if (found := proved_relation(question.statement, lhs, rel, rhs)) is not None:
        return outcome(Verdict.HOLDS, Evidence.PROVED, reason=in_short(found), proof=found)
    if rel == "=":
        if beyond_poles(lhs - rhs) and _vanishes(lhs - rhs):
            return outcome(Verdict.HOLDS, Evidence.PROVED, reason=f"both sides are equal identically; {BY_ALGEBRA}")
        return None
    difference = lhs - rhs if rel in (">", ">=") else rhs - lhs
    # Simplification of long transcendental expressions takes minutes and proves nothing.
    if difference.count_ops() > _LONGEST and not difference.is_rational_function():
        return None
    hypotheses = [h.relation for h in question.statement.hypotheses]
    if lhs != rhs and not all(_defined(side, hypotheses) for side in (lhs, rhs)):
        return None
    small, large = (lhs, rhs) if rel in ("<", "<=") else (rhs, lhs)
    if rel in ("<=", ">=") and difference.has(sympy.Min) and smaller_exponent(small, large):
        why = f"the exponents are in order: every coefficient of their difference is nonnegative; {BY_ALGEBRA}"
        return outcome(Verdict.HOLDS, Evidence.PROVED, reason=why)
    proof = prove_nonnegative(difference, hypotheses)
    if proof is None or (rel in (">", "<") and not proof.strict):
        return None
    domain = shifted_domain(sorted(lhs.free_symbols | rhs.free_symbols, key=str), hypotheses)
    found = None if domain is None else proved_text(in_text(lhs), rel, in_text(rhs), domain)
    reason = proof.method if found is not None else f"{proof.method}; {BY_ALGEBRA}"
    return outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason, proof=found)


def _defined(side: Expr, hypotheses: list[Any]) -> bool:
    """Whether no polynomial that is a denominator of a side vanishes on the domain, as far as that is proved."""
    for power in side.atoms(sympy.Pow):
        base = power.base
        if power.exp.is_nonnegative or base.is_nonzero or not (base.free_symbols and base.is_polynomial()):
            continue
        if not any(p is not None and p.strict for p in (prove_nonnegative(s * base, hypotheses) for s in (1, -1))):
            return False
    return True


def _vanishes(difference: Expr) -> bool:
    if sympy.expand(difference) == 0 or sympy.simplify(difference) == 0:
        return True
    # Logarithms of algebraic numbers: a real difference is 0 iff its exponential, an algebraic number, is 1.
    if difference.free_symbols or not difference.has(sympy.log) or difference.is_real is False:
        return False
    power = sympy.simplify(sympy.exp(2 * difference))
    return bool(power.is_algebraic) and sympy.minimal_polynomial(power - 1, _X) == _X
