"""Which draws show what a claim excludes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Abs, Add, Dummy, Expr, exp, expand, lambdify

from ...theory.calculus.evaluate import number
from ...theory.language.cells import Cell
from ...theory.language.events import Event, variable
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV, model_of
from .question import Question

__all__ = ["Drawn", "Failures", "evaluate_drawn", "failures"]

_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
# A value this close to a threshold, relative to what it was computed from, lies on it where few values come that close:
# what is drawn from a lattice is rounded, and the draws of a density differ.
_ON_IT, _ATOMS = 1e-12, 32
# What a sum in floats may lose, of each of its terms.
_LOST = 2.0**-46


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
        rare_side = (event.relation in ("<", "<=")) != claim.together
        found = _extremes(event, question, cell, least=rare_side)
        if found is None:
            return None
        flags = _compared(found, event.relation, number(event.bound, cell))
        looks = max(looks, found.looks)
        total = flags if total is None else total & flags if claim.together else total | flags
    return None if total is None else Failures(total, looks)


def _compared(values: Drawn, relation: str, bound: float) -> NDArray[np.bool_]:
    near = (values.low <= bound) & (bound <= values.high)
    if np.unique(values.value[near]).size > _ATOMS:
        near = values.value == bound
    flags: NDArray[np.bool_] = _COMPARE[relation](np.where(near, bound, values.value), bound)
    return flags


@dataclass(frozen=True)
class Drawn:
    """Values in each draw, between which numbers rounding leaves them, and the looks they were drawn in."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    looks: int = 1

    @classmethod
    def rounded(cls, value: NDArray[np.float64], looks: int) -> Drawn:
        """What was measured, up to rounding of its own size; around 0, of the size of the others."""
        slack = _ON_IT * np.abs(value) + _ON_IT / 100 * float(np.mean(np.abs(value)))
        return cls(value, value - slack, value + slack, looks)


def _extremes(event: Event, question: Question, cell: Cell, *, least: bool) -> Drawn | None:
    """The smallest or the largest value over the samples in each draw; None where it was not drawn or not kept."""
    rv = variable(event.value)
    if rv is None:
        return None if event.samples is not None else _composed(event.value, question, cell)
    at_sizes = question.draws_at(rv, cell)
    if not at_sizes:
        return None
    if event.samples is not None and rv.model.samples != event.samples:
        return None  # what was drawn has no such samples
    drawn = at_sizes[0]
    low, high = (drawn.first, drawn.first) if event.samples is None else (drawn.least, drawn.largest)
    if not isinstance(event.value, Abs):
        return Drawn.rounded(low if least else high, drawn.looks)
    ends = np.abs(low), np.abs(high)
    if not least:
        return Drawn.rounded(np.maximum(*ends), drawn.looks)
    if np.any((low <= 0) & (high >= 0) & (low != high)):
        return None  # the sample nearest to 0 is not kept
    return Drawn.rounded(np.minimum(*ends), drawn.looks)


def _composed(value: Expr, question: Question, cell: Cell) -> Drawn | None:
    """The values of an expression of several random variables of one model, draw by draw, for one sample."""
    values: dict[Any, Any] = {}
    looks = 1
    for rv in sorted(value.atoms(RV), key=lambda rv: rv.name):
        drawn = question.draws_at(rv, cell)
        if not drawn:
            return None
        values[rv], looks = drawn[0].first, max(looks, drawn[0].looks)
    return replace(evaluate_drawn(value, values, cell, _ON_IT), looks=looks)


def evaluate_drawn(expr: Expr, values: dict[Any, Any], cell: Cell, share: float) -> Drawn:
    """An expression of random variables, draw by draw, and how far it moves when each of them does by some share.

    Raises
    ------
    ValueError
        Where it has no value in a draw.
    """
    names = {rv: Dummy(f"x{i}") for i, rv in enumerate(values)}
    sizes = {s: cell[s.name] for s in expr.free_symbols if s.name in cell}
    function = lambdify(list(names.values()), expr.xreplace(names).subs(sizes), "numpy")
    shape = next(iter(values.values())).shape

    def at(*arrays: Any) -> NDArray[np.float64]:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(function(*arrays), dtype=float), shape)

    found = at(*values.values())
    if np.isnan(found).any():
        draw = int(np.flatnonzero(np.isnan(found))[0])
        raise ValueError(f"{expr} has no value in draw {draw} at {dict(cell)}")
    if expr.has(exp) and np.any(found == 0):
        raise ValueError(f"{expr} underflows in draw {int(np.flatnonzero(found == 0)[0])} at {dict(cell)}")
    # What the variables' own rounding moves, each by itself, and what is lost where terms cancel.
    slack = np.zeros(shape)
    arrays = list(values.values())
    for i, array in enumerate(arrays):
        for sign in (1 - share, 1 + share):
            moved = at(*arrays[:i], array * sign, *arrays[i + 1 :])
            slack = slack + np.abs(np.where(np.isnan(moved), found, moved) - found)
    for term in Add.make_args(expand(expr)):
        part = lambdify(list(names.values()), term.xreplace(names).subs(sizes), "numpy")
        with np.errstate(all="ignore"):
            slack = slack + _LOST * np.abs(np.nan_to_num(np.broadcast_to(part(*arrays), shape).astype(float)))
    return Drawn(found, found - slack, found + slack)
