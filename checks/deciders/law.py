"""Equality in law: covariances of Gaussian images, conditional Gaussians, and the two-sample test that is left."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ...theory.language.heads import Binomial, ChiSquare, Law, Normal
from ...theory.language.models import RV, Cell, Model
from ..sweep.engine import instance
from ..verdict import Evidence, Outcome, Verdict
from .identity import INSTANCES, evaluate
from .question import Question, outcome
from .stats import ks_two_sample

# A two-sample test that would miss a larger distance than this decides nothing by not rejecting.
_BLIND = 0.2

__all__ = ["by_draws", "covariance", "decide", "fixed_tensors"]

_HALF = Fraction(1, 2)


def decide(question: Question) -> tuple[Outcome, ...] | None:
    """Decide a law link exactly where both sides are Gaussian; None otherwise."""
    link = question.link
    if not isinstance(link.lhs, Law) or link.relation != "=_d":
        return None
    if isinstance(link.rhs, Normal):
        return _conditional_normal(question, link.lhs.args[0], link.rhs)
    if isinstance(link.rhs, ChiSquare):
        return _chi_square(question, link.lhs.args[0], link.rhs)
    if isinstance(link.rhs, Binomial):
        return _binomial(question, link.lhs.args[0], link.rhs)
    if isinstance(link.rhs, Law):
        return _gaussian_images(question, link.lhs.args, link.rhs.args)
    return None


def _model(rvs: tuple[RV, ...]) -> Model | None:
    models = {rv.model.name: rv.model for rv in rvs}
    return next(iter(models.values())) if len(models) == 1 else None


def _gaussian_images(question: Question, left: tuple[RV, ...], right: tuple[RV, ...]) -> tuple[Outcome, ...] | None:
    """Both sides are linear in independent Gaussian entries: their laws agree iff their covariances do."""
    model = _model((*left, *right))
    if model is None or any(rv.form is None for rv in (*left, *right)):
        return None
    rng = np.random.default_rng(np.random.SeedSequence(question.seed))
    fixed = fixed_tensors(question.link.given)
    for m, d in INSTANCES:
        tensors = instance(model, m, d, rng)
        if tensors is None:
            return None
        cell = {"m": m, "d": d}
        try:
            first, second = (covariance(side, model, tensors, cell, fixed) for side in (left, right))
        except NotImplementedError:
            return None
        if first.shape != second.shape or not np.all(first == second):
            return (
                outcome(
                    Verdict.REFUTED,
                    Evidence.CERTIFIED,
                    cell,
                    reason="the covariances of the two Gaussian vectors differ on an exact rational instance",
                ),
            )
    sizes = {"m": INSTANCES[-1][0], "d": INSTANCES[-1][1]}
    why = f"Gaussian vectors with equal covariances on exact random instances at {len(INSTANCES)} sizes"
    if question.link.scope is not None:
        return (outcome(Verdict.UNDETERMINED, None, sizes, reason=f"scope: {question.link.scope}; there {why}"),)
    return (outcome(Verdict.HOLDS, Evidence.CERTIFIED, sizes, reason=why),)


def fixed_tensors(given: tuple[Any, ...]) -> frozenset[str]:
    """Names of the tensors that are given: those the given random variables are made of, where that is one each."""
    forms = [g.form for g in given if isinstance(g, RV) and g.form is not None]
    names = [{name for term in form.terms for name, _ in term.factors} for form in forms]
    return frozenset(name for found in names if len(found) == 1 for name in found)


def covariance(
    rvs: tuple[RV, ...], model: Model, tensors: dict[str, Any], cell: Cell, fixed: frozenset[str] = frozenset()
) -> Any:
    """Exact covariance of the stacked entries of `rvs`, each linear in the model's Gaussian tensors not `fixed`."""
    gaussian = {
        t.name: t for t in model.tensors if t.variance is not None and t.name in tensors and t.name not in fixed
    }
    zero = {name: np.asarray(tensors[name]) * 0 for name in gaussian}
    if np.any(_stack(rvs, {**tensors, **zero}, cell) != 0):
        raise NotImplementedError("a side is not linear in the Gaussian tensors")
    covariance: Any = 0
    total: Any = 0
    for name, tensor in gaussian.items():
        variance = _exact(tensor.variance, cell)
        for index in np.ndindex(zero[name].shape):
            unit = zero[name].copy()
            unit[index] = 1
            column = _stack(rvs, {**tensors, **zero, name: unit}, cell)
            covariance = covariance + variance * np.outer(column, column)
            total = total + np.asarray(tensors[name])[index] * column
    if np.any(total != _stack(rvs, tensors, cell)):
        raise NotImplementedError("a side is not linear in the Gaussian tensors")
    return covariance


def _stack(rvs: tuple[RV, ...], tensors: dict[str, Any], cell: Cell) -> Any:
    parts = [np.asarray(rv.form.evaluate(tensors, cell), dtype=object).ravel() for rv in rvs if rv.form is not None]
    return np.concatenate(parts)


def _exact(expr: Any, cell: Cell) -> Any:
    value = expr.subs({s: int(cell[s.name]) for s in expr.free_symbols})
    return Fraction(int(value.p), int(value.q))


def _conditional_normal(question: Question, rv: RV, normal: Normal) -> tuple[Outcome, ...] | None:
    """Given everything else, a form linear in a Gaussian readout is normal: compare its mean and variance."""
    model = rv.model
    if rv.form is None:
        return None
    tensor = _gaussian_of(rv, question)
    if tensor is None:
        return None
    rng = np.random.default_rng(np.random.SeedSequence(question.seed))
    mean, variance = normal.args
    for m, d in INSTANCES:
        tensors = instance(model, m, d, rng)
        if tensors is None:
            return None
        cell = {"m": m, "d": d}
        zero = np.asarray(tensors[tensor.name]) * 0
        centre = rv.form.evaluate({**tensors, tensor.name: zero}, cell)
        spread: Any = 0
        for index in np.ndindex(zero.shape):
            unit = zero.copy()
            unit[index] = 1
            spread += (rv.form.evaluate({**tensors, tensor.name: unit}, cell) - centre) ** 2
        spread *= _exact(tensor.variance, cell)
        claimed = tuple(evaluate(side, tensors, cell) for side in (mean, variance))
        # A vector of such normals is compared entry by entry.
        entries = zip(
            np.ravel(np.asarray(centre, dtype=object)), np.ravel(np.asarray(spread, dtype=object)), strict=True
        )
        found = next(
            (pair for c, s in entries if (pair := (evaluate_number(c), evaluate_number(s))) != claimed), claimed
        )
        if found != claimed:
            return (
                outcome(
                    Verdict.REFUTED,
                    Evidence.CERTIFIED,
                    cell,
                    f"N({float(found[0]):.6g}, {float(found[1]):.6g})",
                    f"N({float(claimed[0]):.6g}, {float(claimed[1]):.6g})",
                    "mean or variance differ on an exact rational instance",
                ),
            )
    return (
        outcome(
            Verdict.HOLDS,
            Evidence.CERTIFIED,
            {"m": INSTANCES[-1][0], "d": INSTANCES[-1][1]},
            reason=f"linear in the Gaussian {tensor.name}; conditional mean and variance equal on exact random "
            f"instances at {len(INSTANCES)} sizes",
        ),
    )


def _gaussian_of(rv: RV, question: Question) -> Any:
    """The one Gaussian tensor of a form that is not given, or None."""
    if rv.form is None:
        return None
    names = {name for term in rv.form.terms for name, _ in term.factors} - fixed_tensors(question.link.given)
    gaussian = [t for t in rv.model.tensors if t.variance is not None and t.name in names]
    return gaussian[0] if len(gaussian) == 1 else None


def _chi_square(question: Question, rv: RV, claimed: ChiSquare) -> tuple[Outcome, ...] | None:
    """A quadratic form vᵀAv of v ~ N(0, σ²I) is s χ²_k iff σ²A/s is a projection of rank k: exact on instances."""
    tensor = _gaussian_of(rv, question)
    if tensor is None or rv.form is None:
        return None
    rng = np.random.default_rng(np.random.SeedSequence(question.seed))
    for m, d in INSTANCES:
        tensors = instance(rv.model, m, d, rng)
        if tensors is None:
            return None
        cell = {"m": m, "d": d}
        matrix = _quadratic(rv, tensor.name, tensors, cell)
        if matrix is None:
            return None
        matrix = matrix * _exact(tensor.variance, cell)
        scale, dof = (evaluate(side, tensors, cell) for side in claimed.args)
        s = _fraction(scale)
        if np.any(matrix.dot(matrix) != s * matrix) or np.trace(matrix) != s * _fraction(dof):
            why = "the quadratic form is not the claimed multiple of a projection of that rank on an exact instance"
            trace = evaluate_number(np.trace(matrix))
            return (outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, f"mean {trace}", f"mean {scale * dof}", why),)
    sizes = {"m": INSTANCES[-1][0], "d": INSTANCES[-1][1]}
    why = f"a multiple of a projection of Gaussian {tensor.name}, exact on random instances at {len(INSTANCES)} sizes"
    return (outcome(Verdict.HOLDS, Evidence.CERTIFIED, sizes, reason=why),)


def _quadratic(rv: RV, name: str, tensors: dict[str, Any], cell: Cell) -> Any:
    """The symmetric matrix of a form quadratic in one tensor's entries, or None when it is not one."""
    shape = np.asarray(tensors[name]).shape
    size = int(np.prod(shape))

    def at(*entries: int) -> Any:
        flat = np.array([0] * size, dtype=object)
        for e in entries:
            flat[e] += 1
        return rv.form.evaluate({**tensors, name: flat.reshape(shape)}, cell) if rv.form is not None else 0

    alone = [at(i) for i in range(size)]
    matrix = np.empty((size, size), dtype=object)
    for i in range(size):
        for j in range(i + 1):
            value = alone[i] if i == j else (at(i, j) - alone[i] - alone[j]) * _HALF
            matrix[i, j] = matrix[j, i] = value
    v = np.asarray(tensors[name], dtype=object).ravel()
    same = rv.form is not None and v.dot(matrix.dot(v)) == rv.form.evaluate(tensors, cell)
    return matrix if same and at() == 0 else None


def _binomial(question: Question, rv: RV, claimed: Binomial) -> tuple[Outcome, ...] | None:
    """A sum of independent entries X with E(X − X²)² = 0 and E X = p is Bin(their number, p)."""
    if rv.form is None or len(rv.form.terms) != 1:
        return None
    term = rv.form.terms[0]
    if len(term.factors) != 1 or term.coefficient != 1 or term.free:
        return None
    tensor = rv.model.tensor(term.factors[0][0])
    if tensor.moment is None or tensor.group is not None or len(tensor.shape) != 1:
        return None
    first, second, third, fourth = (tensor.moment(p) for p in (1, 2, 3, 4))
    if sympy.simplify(second - 2 * third + fourth) != 0:
        return None
    count, chance = claimed.args
    same = sympy.simplify(count - tensor.shape[0]) == 0 and sympy.simplify(chance - first) == 0
    if same:
        why = "independent entries with E(X − X²)² = 0, hence 0 or 1, of the claimed number and mean"
        return (outcome(Verdict.HOLDS, Evidence.PROVED, reason=why),)
    text = f"Bin({tensor.shape[0]}, {first})"
    return (
        outcome(Verdict.REFUTED, Evidence.PROVED, {"m": 1}, text, f"Bin({count}, {chance})", "number or mean differ"),
    )


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def evaluate_number(value: Any) -> Any:
    """A Fraction or int as a SymPy Rational."""
    from sympy import Rational

    return Rational(value.numerator, value.denominator)


def by_draws(question: Question, cell: Cell) -> Outcome | None:
    """Two-sample test between draws of the two sides at one cell."""
    link = question.link
    if not (isinstance(link.lhs, Law) and isinstance(link.rhs, Law)) or len(link.lhs.args) != 1:
        return None
    left = question.draws_at(link.lhs.args[0], cell)
    right = question.draws_at(link.rhs.args[0], cell)
    if not left or not right:
        return None
    level = question.alpha / len(left)
    tests = [(drawn, ks_two_sample(drawn.first, right[0].first, level)) for drawn in left]
    drawn, worst = max(tests, key=lambda pair: pair[1].distance / pair[1].limit)
    if not worst.rejected:
        drawn, worst = min(tests, key=lambda pair: pair[1].missed)
    why = (
        f"two-sample test with {drawn.first.size} and {right[0].first.size} draws; a distance above "
        f"{worst.missed:.3f} would be missed with probability at most 5 %"
    )
    numbers = (f"{worst.distance:.6f}", f"{worst.limit:.6f}")
    if worst.rejected:
        return outcome(Verdict.REFUTED, Evidence.SAMPLED, cell, *numbers, why)
    if worst.missed > _BLIND:
        needed = math.ceil(4 * drawn.first.size * (worst.missed / _BLIND) ** 2)
        why = f"trials: {why}; {needed} draws on each side would see a distance of {_BLIND}"
        return outcome(Verdict.UNDETERMINED, None, cell, *numbers, why)
    return outcome(Verdict.HOLDS, Evidence.SAMPLED, cell, *numbers, why)
