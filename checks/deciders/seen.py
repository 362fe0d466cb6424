"""Whether a bound on a probability is seen to fail at one of a few cells, where laws answer at once.

A proof of it would be looked for in vain, and at the greatest length: every way there is would be tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from ...theory.language.cells import Cell
from ..verdict import Verdict
from . import formula
from .interval import open_reals
from .interval_values import tried_points
from .question import Question
from .smallest import seconds_at
from .tails import Undecided, may_refute

__all__ = ["seen_to_fail"]

# Values of every size that are tried: all alike, and one larger than the others.
_EQUAL = (2, 16, 1, 64, 4, 256, 1024)
_ONE_LARGE = ((1, 16), (1, 256), (16, 512), (16, 8192))
# Of the listed points or the simple values of real parameters so many.
_POINTS = 3
# No more cells, no more of the laws' seconds, and no more cells at which balls are asked in vain; one that is left
# open counts for several.
_MOST, _SECONDS, _IN_VAIN, _OPEN = 32, 0.25, 6, 3


def seen_to_fail(question: Question) -> bool:
    """Whether exact laws refute a link at one of a few small and large cells; False where they take long or are silent.

    Parameters
    ----------
    question : Question
        About a probability without unnamed constants; of any other the answer is False.

    Examples
    --------
    >>> from sympy import exp
    >>> from whp.checks.deciders.question import Question
    >>> from whp.theory import ChiSquare, P, claim, size
    >>> d = size("d")
    >>> def asked(rate):
    ...     stated = claim(P(ChiSquare(d) >= 2 * d) <= exp(-rate * d), key="twice", source="me")
    ...     return Question(stated, stated.claims[0], stated.links[0], (), 1e-6, 0)
    >>> seen_to_fail(asked(1)), seen_to_fail(asked(0))
    (True, False)
    """
    claim = question.link.excluded
    if claim is None or question.claim.exists or question.link.kind != "probability":
        return False
    spent, in_vain = 0.0, 0
    for cell in islice(_cells(question), _MOST):
        spent += seconds_at(question, cell)
        if spent > _SECONDS or in_vain >= _IN_VAIN:
            return False
        try:
            if not may_refute(question, cell, open_too=False):
                continue
            found = formula.by_laws(question, cell)
        except (ValueError, ArithmeticError, KeyError, NotImplementedError, Undecided):
            continue
        if found is not None and found.verdict is Verdict.REFUTED:
            return True
        # A law that leaves a cell open takes long there, and would at others.
        left_open = found is None or found.verdict is Verdict.UNDETERMINED
        in_vain += _OPEN if left_open else 1
    return False


def _cells(question: Question) -> Iterator[Cell]:
    """Cells inside the hypotheses, small and large ones in turn."""
    statement, reals = question.statement, open_reals(question)
    if len(reals) != len(question.unlisted):
        return
    free = {s: low for s, low in statement.least.items() if s not in statement.counts}
    counted = {s: statement.least[s] for s in question.sizes if s not in free}
    sizes = [{s: max(low, value) for s, low in free.items()} for value in _EQUAL]
    if len(free) > 1:
        for (rest, value), s in product(_ONE_LARGE, free):
            sizes.append({other: max(low, value if other == s else rest) for other, low in free.items()})
    tried = [{p.name: value for p, value in at.items()} for at in tried_points(reals)[:_POINTS]]
    points = [{**point, **at} for point in statement.exact_points for at in tried]
    chosen = points if len(points) <= _POINTS else [points[0], points[len(points) // 2], points[-1]]
    for at, point in product(sizes if free else [{}], chosen):
        cell: Cell = {**at, **counted, **point}
        if not statement.applies(cell):
            yield cell
