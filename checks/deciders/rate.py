"""O(·) and Θ(·): the slope of log(quantity / claimed rate) in the growing size, with its 99 % interval.

The numbers of finitely many sizes establish no rate: they agree with one (`consistent`) where the slope's upper limit
is at most 0.02, and speak against it where its lower limit, at the error budget's level, exceeds 0.02; Θ asks the same
of both sides. At least two decades of the growing size are needed; the quantity is the median of the draws.
"""

from __future__ import annotations

import math

import numpy as np
from sympy import Expr

from ...theory.calculus.evaluate import number
from ...theory.language.cells import Cell, cell_text, paths
from ...theory.language.events import variable
from ...theory.language.heads import BigO, Theta
from ..verdict import Evidence, Outcome, Verdict
from .question import Answer, Question, outcome
from .stats import slope_interval

__all__ = ["by_draws"]

_TOLERANCE = 0.02
_DECADES = 2.0
_LEVEL = 0.99


def by_draws(question: Question) -> Answer | None:
    """Fit the slope on every path of the sweep that grows in the claim's regime."""
    link = question.link
    if not isinstance(link.rhs, BigO | Theta):
        return None
    regime = question.claim.regime
    if regime is None:
        return Answer.of(
            outcome(Verdict.UNDETERMINED, None, reason="scope: the claim names no regime such as 'm -> oo'")
        )
    size = regime.size.name
    found = []
    for rest, along in paths(question.cells, regime).items():
        points = []
        for cell in along:
            value = _median(link.lhs, question, cell)
            if value is None:
                return None
            if value > 0.0:
                points.append((int(cell[size]), math.log(value / number(link.rhs.args[0], cell))))
        if not points:
            continue
        found.append(_fit(question, dict(rest), size, points, isinstance(link.rhs, Theta)))
    # Where some path of the regime is long enough, the shorter ones are its neighbours and not what is asked.
    return Answer(tuple(o for o in found if o.value) or tuple(found))


def _median(expr: Expr, question: Question, cell: Cell) -> float | None:
    rv = variable(expr)
    drawn = () if rv is None else question.draws_at(rv, cell)
    if not drawn:
        return None
    return float(np.median(np.abs(drawn[0].first)))


def _fit(question: Question, rest: Cell, size: str, points: list[tuple[int, float]], both: bool) -> Outcome:
    points = sorted(points)
    decades = math.log10(points[-1][0] / points[0][0])
    if decades < _DECADES or len(points) < 4:
        why = f"trials: {size} spans {decades:.1f} decades in {len(points)} sizes; two decades in four sizes are needed"
        return outcome(Verdict.UNDETERMINED, None, rest, reason=why)
    sizes, values = [math.log(s) for s, _ in points], [y for _, y in points]
    low, high = slope_interval(sizes, values, _LEVEL)
    # What speaks against it spends the statement's error budget, not the one per cent of an accepted slope.
    surely_low, surely_high = slope_interval(sizes, values, 1 - question.alpha)
    text = f"[{low:.4f}, {high:.4f}]"
    why = f"slope of the log of median / claimed rate in log {size} over {decades:.1f} decades" + (
        f" at {cell_text(rest)}" if rest else ""
    )
    bound = f"at most {_TOLERANCE}" + (f", at least -{_TOLERANCE}" if both else "")
    if surely_low > _TOLERANCE or (both and surely_high < -_TOLERANCE):
        why = f"trend: the sizes drawn speak against it, and a rate is refuted by a proof only; {why}"
        return outcome(Verdict.UNDETERMINED, None, {**rest, size: points[-1][0]}, text, bound, why)
    if high <= _TOLERANCE and (not both or low >= -_TOLERANCE):
        return outcome(Verdict.CONSISTENT, Evidence.TREND, {**rest, size: points[-1][0]}, text, bound, why)
    return outcome(Verdict.UNDETERMINED, None, rest, text, bound, f"trials: {why} is not narrow enough")
