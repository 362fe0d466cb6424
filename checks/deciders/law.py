"""Equality in law: proved by rules for all sizes, else covariances on exact instances, else a two-sample test."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ...theory.calculus.exact import exact_number, exact_value, rational
from ...theory.language.cells import Cell
from ...theory.language.heads import Binomial, ChiSquare, Law, Normal
from ...theory.language.models import RV, Model, model_of
from ...theory.proofs.identities_laws import prove_law
from ..verdict import Evidence, Outcome, Verdict
from .identity import evaluate
from .instances import ExactInstance, exact_instances, largest_instance
from .question import Answer, Question, outcome
from .smallest import small_range
from .stats import ks_two_sample

# A two-sample test that would miss a larger distance than this decides nothing by not rejecting.
_BLIND = 0.2

__all__ = ["by_draws", "covariance", "decide", "fixed_tensors"]

_HALF = Fraction(1, 2)
_WORDS = {
    "normal": "linear in independent Gaussian entries, with the claimed variance for all sizes",
    "covariances": "Gaussian vectors with equal covariances for all sizes",
    "chi-square": "a sum of squares of Gaussian entries whose covariance is a multiple of a projection of that rank",
    "binomial": "the sum of the entries of a mask, of the claimed number and mean",
    "fresh": "what is not observed of a Gaussian matrix is fresh given what is; then equal covariances",
    "masked": "given the mask and the readout two independent Gaussian vectors, for all sizes",
    "signs": "the signs of the readout make the rows of W independent of the mask; the rest given mask and readout",
}


def decide(question: Question) -> Answer | None:
    """Prove a law link for all sizes, or decide it on exact instances where both sides are Gaussian; None otherwise."""
    link = question.link
    if not isinstance(link.lhs, Law) or link.relation != "=_d":
        return None
    proof = prove_law(link.lhs, link.rhs, link.given) if link.scope is None else None
    if proof is not None:
        why = _WORDS[proof["proof"]["rule"]]
        return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why, proof=proof))
    if isinstance(link.rhs, Normal):
        return _conditional_normal(question, link.lhs.args[0], link.rhs)
    if isinstance(link.rhs, ChiSquare):
        return _chi_square(question, link.lhs.args[0], link.rhs)
    if isinstance(link.rhs, Binomial):
        return _binomial(question, link.lhs.args[0], link.rhs)
    if isinstance(link.rhs, Law):
        return _gaussian_images(question, link.lhs.args, link.rhs.args)
    return None


def _held(question: Question, model: Model, words: str) -> Answer:
    """The answer where every instance agreed; `words` has a place for their number."""
    sizes, count = largest_instance(question, model)
    return Answer.of(outcome(Verdict.HOLDS, Evidence.CERTIFIED, sizes, reason=words.format(count)))


def _gaussian_images(question: Question, left: tuple[RV, ...], right: tuple[RV, ...]) -> Answer | None:
    """Both sides are linear in independent Gaussian entries: their laws agree iff their covariances do."""
    model = model_of((*left, *right))
    if model is None or any(rv.form is None for rv in (*left, *right)):
        return None
    fixed = fixed_tensors(question.link.given)
    asked = False
    for instance in exact_instances(question, model):
        asked = True
        try:
            first, second = (covariance(side, model, instance, fixed) for side in (left, right))
        except NotImplementedError:
            return None
        if first.shape != second.shape or not np.all(first == second):
            why = "the covariances of the two Gaussian vectors differ on an exact rational instance"
            return Answer.of(outcome(Verdict.REFUTED, Evidence.CERTIFIED, instance.cell, reason=why))
    if not asked:
        return None
    words = "Gaussian vectors with equal covariances on exact random instances at {} sizes"
    if question.link.scope is not None:
        sizes, count = largest_instance(question, model)
        why = f"scope: {question.link.scope}; there {words.format(count)}"
        return Answer.of(outcome(Verdict.UNDETERMINED, None, sizes, reason=why))
    return _held(question, model, words)


def fixed_tensors(given: tuple[Any, ...]) -> frozenset[str]:
    """Names of the tensors that are given: those the given random variables are made of, where that is one each."""
    forms = [g.form for g in given if isinstance(g, RV) and g.form is not None]
    names = [{name for term in form.terms for name, _ in term.factors} for form in forms]
    return frozenset(name for found in names if len(found) == 1 for name in found)


def covariance(rvs: tuple[RV, ...], model: Model, instance: ExactInstance, fixed: frozenset[str] = frozenset()) -> Any:
    """Exact covariance of the stacked entries of `rvs`, each linear in the model's Gaussian tensors not `fixed`."""
    tensors, cell = instance.tensors, instance.cell
    gaussian = {
        t.name: t for t in model.tensors if t.variance is not None and t.name in tensors and t.name not in fixed
    }
    zero = {name: _zero(tensors[name]) for name in gaussian}
    if np.any(_stack(rvs, {**tensors, **zero}, cell) != 0):
        raise NotImplementedError("a side is not linear in the Gaussian tensors")
    covariance: Any = 0
    total: Any = 0
    for name, tensor in gaussian.items():
        variance = exact_number(exact_value(tensor.variance, cell))
        for index in np.ndindex(zero[name].shape):
            unit = zero[name].copy()
            unit[index] = 1
            column = _stack(rvs, {**tensors, **zero, name: unit}, cell)
            covariance = covariance + variance * np.outer(column, column)
            total = total + np.asarray(tensors[name])[index] * column
    if np.any(total != _stack(rvs, tensors, cell)):
        raise NotImplementedError("a side is not linear in the Gaussian tensors")
    return covariance


def _zero(tensor: Any) -> Any:
    """Zeros of a tensor's shape; zero times an array without axes would be a number."""
    return np.full(np.shape(tensor), 0, dtype=object)


def _stack(rvs: tuple[RV, ...], tensors: dict[str, Any], cell: Cell) -> Any:
    parts = [np.asarray(rv.form.evaluate(tensors, cell), dtype=object).ravel() for rv in rvs if rv.form is not None]
    return np.concatenate(parts)


def _conditional_normal(question: Question, rv: RV, normal: Normal) -> Answer | None:
    """Given everything else, a form linear in a Gaussian readout is normal: compare its mean and variance."""
    tensor = _gaussian_of(rv, question)
    if rv.form is None or tensor is None:
        return None
    asked = False
    for instance in exact_instances(question, rv.model):
        asked = True
        tensors, cell = instance.tensors, instance.cell
        zero = _zero(tensors[tensor.name])
        centre = rv.form.evaluate({**tensors, tensor.name: zero}, cell)
        spread: Any = 0
        for index in np.ndindex(zero.shape):
            unit = zero.copy()
            unit[index] = 1
            spread += (rv.form.evaluate({**tensors, tensor.name: unit}, cell) - centre) ** 2
        spread *= exact_number(exact_value(tensor.variance, cell))
        claimed = tuple(evaluate(side, tensors, cell) for side in normal.args)
        # A vector of such normals is compared entry by entry.
        entries = zip(
            np.ravel(np.asarray(centre, dtype=object)), np.ravel(np.asarray(spread, dtype=object)), strict=True
        )
        found = next((pair for c, s in entries if (pair := (rational(c), rational(s))) != claimed), claimed)
        if found != claimed:
            why = "mean or variance differ on an exact rational instance"
            shown = _normal_text(*found), _normal_text(*claimed)
            return Answer.of(outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, *shown, why))
    if not asked:
        return None
    words = f"linear in the Gaussian {tensor.name}; conditional mean and variance equal on exact random instances at "
    return _held(question, rv.model, words + "{} sizes")


def _normal_text(mean: Any, variance: Any) -> str:
    return f"N({float(mean):.6g}, {float(variance):.6g})"


def _gaussian_of(rv: RV, question: Question) -> Any:
    """The one Gaussian tensor of a form that is not given, or None."""
    if rv.form is None:
        return None
    names = {name for term in rv.form.terms for name, _ in term.factors} - fixed_tensors(question.link.given)
    gaussian = [t for t in rv.model.tensors if t.variance is not None and t.name in names]
    return gaussian[0] if len(gaussian) == 1 else None


def _chi_square(question: Question, rv: RV, claimed: ChiSquare) -> Answer | None:
    """A quadratic form vᵀAv of v ~ N(0, σ²I) is s χ²_k iff σ²A/s is a projection of rank k: exact on instances."""
    tensor = _gaussian_of(rv, question)
    if tensor is None or rv.form is None:
        return None
    asked = False
    for instance in exact_instances(question, rv.model):
        asked = True
        matrix = _quadratic(rv, tensor.name, instance.tensors, instance.cell)
        if matrix is None:
            return None
        matrix = matrix * exact_number(exact_value(tensor.variance, instance.cell))
        scale, dof = (evaluate(side, instance.tensors, instance.cell) for side in claimed.args)
        s = exact_number(scale)
        if np.any(matrix.dot(matrix) != s * matrix) or np.trace(matrix) != s * exact_number(dof):
            why = "the quadratic form is not the claimed multiple of a projection of that rank on an exact instance"
            means = f"mean {rational(np.trace(matrix))}", f"mean {scale * dof}"
            return Answer.of(outcome(Verdict.REFUTED, Evidence.CERTIFIED, instance.cell, *means, why))
    if not asked:
        return None
    words = f"a multiple of a projection of Gaussian {tensor.name}, exact on random instances at "
    return _held(question, rv.model, words + "{} sizes")


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


def _binomial(question: Question, rv: RV, claimed: Binomial) -> Answer | None:
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
    for cell in small_range(question):
        drawn, stated = (
            (exact_value(n, cell), exact_value(p, cell)) for n, p in ((tensor.shape[0], first), (count, chance))
        )
        if not all(x.is_Rational for x in (*drawn, *stated)):
            return None
        if drawn != stated and (drawn[0] * drawn[1] != 0 or stated[0] * stated[1] != 0):
            shown = f"Bin({drawn[0]}, {drawn[1]})", f"Bin({stated[0]}, {stated[1]})"
            return Answer.of(outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, *shown, "number or mean differ"))
    return None


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
    return outcome(Verdict.CONSISTENT, Evidence.SAMPLED, cell, *numbers, f"not rejected: {why}")
