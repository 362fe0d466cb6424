"""Which draws show what a claim excludes."""

from __future__ import annotations

import numpy as np
from sympy import Abs

from ...theory.calculus.evaluate import enclose
from ...theory.language.events import two_sided
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV, Cell
from .question import Question


def failures(claim: Excluded, question: Question, cell: Cell) -> np.ndarray | None:
    """Which draws show what the claim excludes; None when a random variable was not drawn at this cell."""
    total: np.ndarray | None = None
    for event in claim.events:
        value = event.value
        rv = value if isinstance(value, RV) else two_sided(value)
        at_sizes = () if rv is None else question.draws_at(rv, cell)
        if not at_sizes:
            return None
        drawn = at_sizes[0]
        least, largest = (drawn.least, drawn.largest) if claim.some_sample else (drawn.first, drawn.first)
        threshold = float(enclose(event.bound, cell).mid())
        if isinstance(value, Abs):
            least, largest = np.zeros_like(least), np.maximum(np.abs(least), np.abs(largest))
        values = least if event.relation in ("<", "<=") else largest
        flags = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[event.relation](
            values, threshold
        )
        total = flags if total is None else total | flags
    return total
