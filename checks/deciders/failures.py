"""Which draws show what a claim excludes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Abs, Dummy, Expr, lambdify

from ...theory.calculus.evaluate import number
from ...theory.language.cells import Cell
from ...theory.language.events import Event, variable
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV, model_of
from .question import Question

__all__ = ["Failures", "evaluate_drawn", "failures"]

_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
# A value this close to a threshold lies on it: what is drawn from a lattice is rounded, and no two draws of a density
# come that close.
_ON_IT = 1e-12


@dataclass(frozen=True)
class Failures:
    """Draw by draw whether what a claim excludes happened, and after how many looks that is read."""

    flags: NDArray[np.bool_]
    looks: int = 1


def failures(claim: Excluded, question: Question, cell: Cell) -> Failures | None:
    """Which draws show what the claim excludes; None when a random variable was not drawn at this cell."""
    total: NDArray[np.bool_] | None = None
    looks = 1
    if model_of({rv for event in claim.events for rv in event.value.atoms(RV)}) is None:
        return None  # draws of different models have no joint law
    for event in claim.events:
        found = _extremes(event, claim, question, cell)
        if found is None:
            return None
        least, largest, seen = found
        rare_side = event.relation in ("<", "<=")
        if claim.together:
            rare_side = not rare_side
        flags = _compared(least if rare_side else largest, event.relation, number(event.bound, cell))
        looks = max(looks, seen)
        total = flags if total is None else total & flags if claim.together else total | flags
    return None if total is None else Failures(total, looks)


def _compared(values: NDArray[np.float64], relation: str, bound: float) -> NDArray[np.bool_]:
    near = np.abs(values - bound) <= _ON_IT * np.maximum(np.abs(values), abs(bound))
    flags: NDArray[np.bool_] = _COMPARE[relation](np.where(near, bound, values), bound)
    return flags


def _extremes(
    event: Event, claim: Excluded, question: Question, cell: Cell
) -> tuple[NDArray[np.float64], NDArray[np.float64], int] | None:
    """The smallest and the largest value over the samples in each draw, and the number of looks."""
    rv = variable(event.value)
    if rv is None:
        return _composed(event.value, claim, question, cell)
    at_sizes = question.draws_at(rv, cell)
    if not at_sizes:
        return None
    if claim.samples is not None and rv.model.samples != claim.samples:
        return None  # what was drawn has no such samples
    drawn = at_sizes[0]
    least, largest = (drawn.first, drawn.first) if claim.samples is None else (drawn.least, drawn.largest)
    if isinstance(event.value, Abs):
        inside = (least <= 0) & (largest >= 0)
        far, near = np.maximum(np.abs(least), np.abs(largest)), np.minimum(np.abs(least), np.abs(largest))
        if claim.samples is not None:
            # The sample nearest to 0 is not kept: 0 where the values change sign bounds it from below only.
            near = np.where(inside, 0.0, near)
            if np.any(inside & (least != largest)) and event.relation in ("<", "<=") and not claim.together:
                return None
            if np.any(inside & (least != largest)) and event.relation in (">", ">=") and claim.together:
                return None
        least, largest = near, far
    return least, largest, drawn.looks


def _composed(
    value: Expr, claim: Excluded, question: Question, cell: Cell
) -> tuple[NDArray[np.float64], NDArray[np.float64], int] | None:
    """The values of an expression of several random variables of one model, draw by draw, for one sample."""
    if claim.samples is not None:
        return None
    values: dict[Any, Any] = {}
    looks = 1
    for rv in sorted(value.atoms(RV), key=lambda rv: rv.name):
        drawn = question.draws_at(rv, cell)
        if not drawn:
            return None
        values[rv], looks = drawn[0].first, max(looks, drawn[0].looks)
    found = evaluate_drawn(value, values, cell)
    return found, found, looks


def evaluate_drawn(expr: Expr, values: dict[Any, Any], cell: Cell) -> NDArray[np.float64]:
    """An expression of random variables, draw by draw."""
    names = {rv: Dummy(f"x{i}") for i, rv in enumerate(values)}
    sizes = {s: cell[s.name] for s in expr.free_symbols if s.name in cell}
    function = lambdify(list(names.values()), expr.xreplace(names).subs(sizes), "numpy")
    size = next(iter(values.values())).shape
    return np.broadcast_to(np.asarray(function(*values.values()), dtype=float), size)
