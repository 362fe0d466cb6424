"""Pathwise identities of index sums: proved by canonical forms, else evaluated exactly on random rational instances.

A difference that the facts of the model do not cancel says nothing; an instance on which the sides differ refutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Integer

from ...theory.calculus.exact import exact_number, rational
from ...theory.language.models import RV, model_of
from ...theory.proofs.identities import prove_identity
from ..verdict import Evidence, Verdict
from .instances import exact_instances, largest_instance
from .question import Answer, Question, outcome

__all__ = ["decide", "evaluate"]

# Every factor of a term is one more degree; entries are uniform on a range of 2^31 integers.
_RANGE = 2**31
_MAX_DEGREE = 32


def evaluate(expr: Expr, tensors: dict[str, Any], cell: Mapping[str, Any]) -> Any:
    """Exact value of an expression of RVs with forms: a Rational, or an object array for array-valued RVs."""
    rvs = sorted(expr.atoms(RV), key=lambda rv: rv.name)
    values = {}
    for rv in rvs:
        if rv.form is None:
            raise NotImplementedError(f"{rv.name} has no index form")
        values[rv] = rv.form.evaluate(tensors, cell)
    sizes = {s: Integer(cell[s.name]) for s in expr.free_symbols if s.name in cell}
    arrays = [rv for rv in rvs if isinstance(values[rv], np.ndarray)]
    if not arrays:
        return sympy.simplify(expr.xreplace({**sizes, **{rv: rational(v) for rv, v in values.items()}}))
    # An array-valued side is a sum of array RVs with exact coefficients.
    total: Any = 0
    for term in sympy.Add.make_args(expr.xreplace(sizes)):
        coefficient, rest = term.as_coeff_Mul()
        if rest not in values:
            raise NotImplementedError(f"an array identity is linear in its arrays, found {term}")
        total = total + exact_number(coefficient) * values[rest]
    return total


def decide(question: Question) -> Answer | None:
    """Prove that both sides are equal for all sizes, or compare them on random exact instances (Schwartz-Zippel)."""
    link, model = question.link, model_of(question.link.rvs)
    if link.relation != "=" or model is None:
        return None
    proof = prove_identity(link.lhs, link.rhs, model)
    if proof is not None:
        why = "equal term by term for all sizes, with the summed indices renamed"
        if proof["claim"]["facts"]:
            why += f", by {'; '.join(proof['claim']['facts'])}"
        return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why, proof=proof))
    asked = False
    for instance in exact_instances(question, model, points=True):
        asked = True
        try:
            left, right = (evaluate(side, instance.tensors, instance.cell) for side in (link.lhs, link.rhs))
        except NotImplementedError:
            return None
        if not np.all(np.asarray(left == right)):
            why = "the sides differ on an exact rational instance"
            shown = _shown(left), _shown(right)
            return Answer.of(outcome(Verdict.REFUTED, Evidence.CERTIFIED, instance.cell, *shown, why))
    if not asked:
        return None
    error = _MAX_DEGREE / _RANGE
    sizes, count = largest_instance(question, model)
    why = (
        f"equal on exact random instances at {count} sizes; a false identity of degree at most {_MAX_DEGREE} would "
        f"pass each with probability at most {error:.1e} (Schwartz-Zippel)"
    )
    return Answer.of(outcome(Verdict.HOLDS, Evidence.CERTIFIED, sizes, reason=why))


def _shown(value: Any) -> str:
    text = str(value if not isinstance(value, np.ndarray) else value.ravel()[0])
    return text if len(text) <= 60 else f"{float(sympy.Rational(text)):.12e} (rounded)"
