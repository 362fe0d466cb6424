"""Pathwise identities of index sums: exact evaluation on random rational instances (Schwartz-Zippel)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Integer, Rational

from ...theory.calculus.exact import exact_number
from ...theory.language.models import RV
from ..sweep.engine import instance
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome

__all__ = ["INSTANCES", "decide", "evaluate"]

# Sizes at which identities are evaluated; d is a perfect square so that √d, hence the sphere, is rational.
INSTANCES = ((1, 4), (2, 4), (3, 4), (2, 9))
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
        return sympy.simplify(expr.xreplace({**sizes, **{rv: _rational(v) for rv, v in values.items()}}))
    # An array-valued side is a sum of array RVs with exact coefficients.
    total: Any = 0
    for term in sympy.Add.make_args(expr.xreplace(sizes)):
        coefficient, rest = term.as_coeff_Mul()
        if rest not in values:
            raise NotImplementedError(f"an array identity is linear in its arrays, found {term}")
        total = total + _fraction(coefficient) * values[rest]
    return total


def _rational(value: Any) -> Rational:
    return Rational(value.numerator, value.denominator)


def _fraction(value: Rational) -> Any:
    from fractions import Fraction

    return Fraction(int(value.p), int(value.q))


def decide(question: Question) -> tuple[Outcome, ...] | None:
    """Compare both sides on random exact instances; a difference is a counterexample, agreement a certificate."""
    link = question.link
    if link.relation != "=":
        return None
    models = {rv.model.name: rv.model for rv in link.rvs}
    if len(models) != 1:
        return None
    model = next(iter(models.values()))
    rng = np.random.default_rng(np.random.SeedSequence(question.seed))
    # A listed value whose symbol names a tensor, such as a label, is put in its place.
    for (k, (m, d)), listed in product(enumerate(INSTANCES), question.statement.points):
        tensors = instance(model, m, d, rng)
        if tensors is None:
            return None
        if "y" in tensors:
            # A label drawn at random might be the same in all instances.
            tensors |= {"y": np.array((1, -1)[k % 2], dtype=object)}
        fixed = {s.name: exact_number(v) for s, v in listed.items()}
        cell: dict[str, Any] = {"m": m, "d": d, **fixed}
        tensors |= {name: np.array(v, dtype=object) for name, v in fixed.items() if name in tensors}
        try:
            left, right = evaluate(link.lhs, tensors, cell), evaluate(link.rhs, tensors, cell)
        except NotImplementedError:
            return None
        if not np.all(np.asarray(left == right)):
            return (
                outcome(
                    Verdict.REFUTED,
                    Evidence.CERTIFIED,
                    cell,
                    _shown(left),
                    _shown(right),
                    "the sides differ on an exact rational instance",
                ),
            )
    error = _MAX_DEGREE / _RANGE
    return (
        outcome(
            Verdict.HOLDS,
            Evidence.CERTIFIED,
            {"m": INSTANCES[-1][0], "d": INSTANCES[-1][1]},
            reason=f"equal on exact random instances at {len(INSTANCES)} sizes; a false identity of degree at most "
            f"{_MAX_DEGREE} would pass each with probability at most {error:.1e} (Schwartz-Zippel)",
        ),
    )


def _shown(value: Any) -> str:
    text = str(value if not isinstance(value, np.ndarray) else value.ravel()[0])
    return text if len(text) <= 60 else f"{float(sympy.Rational(text)):.12e} (rounded)"
