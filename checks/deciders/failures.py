"""Which draws show what a claim excludes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sympy import Abs

from ...theory.calculus.evaluate import number
from ...theory.language.cells import Cell
from ...theory.language.events import variable
from ...theory.language.excluded import Excluded
from .question import Question

__all__ = ["failures"]

_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


def failures(claim: Excluded, question: Question, cell: Cell) -> NDArray[np.bool_] | None:
    """Which draws show what the claim excludes; None when a random variable was not drawn at this cell."""
    total: NDArray[np.bool_] | None = None
    for event in claim.events:
        rv = variable(event.value)
        at_sizes = () if rv is None else question.draws_at(rv, cell)
        if not at_sizes:
            return None
        if claim.samples is not None and rv is not None and rv.model.samples != claim.samples:
            return None  # what was drawn has no such samples
        drawn = at_sizes[0]
        least, largest = (drawn.first, drawn.first) if claim.samples is None else (drawn.least, drawn.largest)
        if isinstance(event.value, Abs):
            least, largest = np.zeros_like(least), np.maximum(np.abs(least), np.abs(largest))
        values = least if event.relation in ("<", "<=") else largest
        flags: NDArray[np.bool_] = _COMPARE[event.relation](values, number(event.bound, cell))
        total = flags if total is None else total | flags
    return total
