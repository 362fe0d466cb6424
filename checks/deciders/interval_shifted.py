"""Relations without probabilities from some value of a parameter on: that parameter is shifted to 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol, log, oo

from ...theory.language.parameters import Parameter
from ...theory.proofs.intervals import prove_relation
from .question import Question

__all__ = ["proved_from"]


def proved_from(question: Question, reals: tuple[Parameter, ...], others: dict[Any, Any]) -> str | None:
    """A proof of a scalar link where a hypothesis t ≥ E bounds one parameter by others; None where there is none.

    With t = E + y it is shown for all y ≥ 0; a logarithm that is taken off is at most its tangent,
    log t ≤ t/c + log c − 1 for every c > 0, where c is what the logarithms of E are taken of.
    """
    link = question.link
    if link.relation not in ("<=", ">="):
        return None
    difference = sympy.expand(link.lhs - link.rhs if link.relation == ">=" else link.rhs - link.lhs)
    for t, edge in _edges(question, reals):
        y = Symbol(f"{t.name}_0", nonnegative=True)
        needed = {p: ends for p, ends in others.items() if p != t and (difference.has(p) or edge.has(p))}
        for form, how in _below(difference, t, edge):
            try:
                # Negative terms go to the other side.
                terms = sympy.Add.make_args(sympy.expand(form.subs(t, edge + y)))
                less = [-term for term in terms if term.as_coeff_Mul()[0] < 0]
                more = [term for term in terms if term.as_coeff_Mul()[0] >= 0]
                sides = sympy.Add(*more), ">=", sympy.Add(*less)
                found = prove_relation(*sides, y, 0, oo, closed="left", parameters=needed or None)
            except (ValueError, TypeError, NotImplementedError, ArithmeticError):
                continue
            if found is not None:
                return f"{how}with {t} = {edge} + {y}: {found.method}"
    return None


def _edges(question: Question, reals: tuple[Parameter, ...]) -> Iterator[tuple[Parameter, Expr]]:
    """Parameters that a hypothesis bounds from below by an expression in others."""
    for h in question.statement.hypotheses:
        relation = h.relation
        for low, high, rels in ((relation.rhs, relation.lhs, (">", ">=")), (relation.lhs, relation.rhs, ("<", "<="))):
            if relation.rel_op in rels and high in reals and low.free_symbols and not low.has(high):
                yield high, low


def _below(difference: Expr, t: Parameter, edge: Expr) -> Iterator[tuple[Expr, str]]:
    """What is at most the difference: itself, and with tangents for the logarithm of the parameter."""
    yield difference, ""
    share = difference.coeff(log(t), 1)
    rest = sympy.expand(difference - share * log(t))
    if share == 0 or rest.has(log(t)) or share.has(t) or not (-share).is_nonnegative:
        return
    for c in sorted((f.args[0] for f in edge.atoms(log)), key=str):
        if c.is_positive and not c.has(t):
            yield rest + share * (t / c + log(c) - Integer(1)), f"by log {t} <= {t}/({c}) + log({c}) - 1, "
