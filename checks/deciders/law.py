"""Equality in law: covariances of Gaussian images, conditional Gaussians, and the two-sample test that is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...theory.core import RV, Cell, Law, Model, Normal
from ..registry import instance
from ..stats import ks_two_sample
from ..verdict import Evidence, Outcome, Verdict
from .identity import INSTANCES, evaluate
from .question import Question, outcome

__all__ = ["by_draws", "decide"]


def decide(question: Question) -> tuple[Outcome, ...] | None:
    """Decide a law link exactly where both sides are Gaussian; None otherwise."""
    link = question.link
    if not isinstance(link.lhs, Law) or link.relation != "=_d":
        return None
    if isinstance(link.rhs, Normal):
        return _conditional_normal(question, link.lhs.args[0], link.rhs)
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
    for m, d in INSTANCES:
        tensors = instance(model, m, d, rng)
        if tensors is None:
            return None
        cell = {"m": m, "d": d}
        try:
            first, second = (_covariance(side, model, tensors, cell) for side in (left, right))
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


def _covariance(rvs: tuple[RV, ...], model: Model, tensors: dict[str, Any], cell: Cell) -> Any:
    """Exact covariance of the stacked entries of `rvs`, each linear in the model's Gaussian tensors."""
    gaussian = {t.name: t for t in model.tensors if t.variance is not None and t.name in tensors}
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
    from fractions import Fraction

    value = expr.subs({s: int(cell[s.name]) for s in expr.free_symbols})
    return Fraction(int(value.p), int(value.q))


def _conditional_normal(question: Question, rv: RV, normal: Normal) -> tuple[Outcome, ...] | None:
    """Given everything else, a form linear in a Gaussian readout is normal: compare its mean and variance."""
    model = rv.model
    if rv.form is None:
        return None
    linear = {name for term in rv.form.terms for name, _ in term.factors}
    gaussian = [t for t in model.tensors if t.variance is not None and t.name in linear]
    if len(gaussian) != 1:
        return None
    tensor = gaussian[0]
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
        found = tuple(evaluate_number(x) for x in (centre, spread))
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
    return outcome(
        Verdict.REFUTED if worst.rejected else Verdict.HOLDS,
        Evidence.SAMPLED,
        cell,
        f"{worst.distance:.6f}",
        f"{worst.limit:.6f}",
        f"two-sample test with {drawn.first.size} and {right[0].first.size} draws; a distance above "
        f"{worst.missed:.3f} would be missed with probability at most 5 %",
    )
