"""P(E) ~ 1 in a regime, "with high probability": the failure probability must fade along every path of the regime.

Exact laws are asked on doublings of the growing size, draws on the cells of the sweep. Failure seems to fade when no
draw of the last decade failed, or when the slope of the log of its probability is below -0.02 with confidence 99 %; it
seems to stay when that slope is above -0.02. Finitely many sizes establish neither: the first is `consistent`.
"""

from __future__ import annotations

import math

import numpy as np

from ...theory.language.cells import Cell, cell_text, decades, paths
from ...theory.language.events import Event, variable
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import Answer, Question, log_text, outcome
from .stats import clopper_pearson, frequency_text, slope_interval
from .tails import event_log

__all__ = ["by_draws", "by_law"]

_TOLERANCE = 0.02
_DECADES = 2.0
_FEWEST = 3
_LEVEL = 0.99
_PATH = (16, 32, 64, 128, 256, 512, 1024, 2048)
# The first cells of a path are not yet its limit.
_SKIPPED = 2
_AGAINST = "trend: the sizes asked speak against it, and a limit is refuted by a proof of another one only"


def by_law(question: Question) -> Answer | None:
    """Decide one event with an exact law along a tied regime, its size doubling, at each listed rate; else None."""
    claim, regime = question.link.failure, question.claim.regime
    if claim is None or regime is None or not regime.tied or len(claim.events) != 1:
        return None
    event, name, rates = claim.events[0], regime.size.name, [s.name for s in regime.tied.values()]
    found = []
    for listed in question.statement.exact_points:
        if not all(rate in listed for rate in rates):
            return None
        rest = {k: v for k, v in listed.items() if k not in rates}
        path_cells: list[Cell] = [{**regime.cell(size, listed), **rest} for size in _PATH]
        along = [cell for cell in path_cells if not question.statement.applies(cell)]
        if len(along) <= _SKIPPED + 2 or not _has_values(event, along[0]):
            return None
        try:
            logs = [event_log(event, cell) for cell in along]
        except NotImplementedError:
            return None
        # A certain failure has -log P = 0, whose logarithm is capped.
        low, high = slope_interval(
            [math.log(cell[name]) for cell in along[_SKIPPED:]], [math.log(max(-x, 1e-300)) for x in logs[_SKIPPED:]]
        )
        path = ", ".join(f"{s}/{name} = {listed[rate.name]}" for s, rate in regime.tied.items())
        why = (
            f"along {path} the failure probability of one sample is {log_text(logs[0])} at {name} = {along[0][name]} "
            f"and {log_text(logs[-1])} at {name} = {along[-1][name]}: -log P grows as {name}^s with s in "
            f"[{low:.2f}, {high:.2f}]"
        )
        fades = low > _TOLERANCE and logs[-1] < math.log(1e-3)
        stays = high <= _TOLERANCE or logs[-1] >= max(logs[0], math.log(0.5))
        if fades:
            found.append(outcome(Verdict.CONSISTENT, Evidence.TREND, along[-1], logs[-1], "0 in the limit", why))
            continue
        # What stays is seen at the first cell of the path already.
        shown, words = (0, f"{_AGAINST}; {why}") if stays else (-1, f"trend: {why}")
        found.append(outcome(Verdict.UNDETERMINED, None, along[shown], logs[shown], "0 in the limit", words))
    return Answer(tuple(found))


def _has_values(event: Event, cell: Cell) -> bool:
    """Whether a cell has all sizes of the event's model but the number of samples, and all symbols of its bound."""
    rv = variable(event.value)
    needed = {symbol.name for symbol in event.bound.free_symbols}
    if rv is not None:
        needed |= {size.name for size in rv.model.sizes if size != rv.model.samples}
    return needed <= {*cell}


def by_draws(question: Question) -> Answer | None:
    """Decide from failure counts along every path of the regime that the sweep covers."""
    claim, regime = question.link.failure, question.claim.regime
    if claim is None:
        return None
    if regime is None:
        return Answer.of(
            outcome(Verdict.UNDETERMINED, None, reason="scope: the claim names no regime such as 'm -> oo'")
        )
    size = regime.size.name
    found = []
    for along in paths(question.cells, regime).values():
        counted = []
        for cell in along:
            failed = failures(claim, question, cell)
            if failed is None:
                return None
            counted.append((cell, int(failed.flags.sum()), int(failed.flags.size)))
        if decades(along, size) >= _DECADES and len(along) >= _FEWEST:
            found.append(_along(counted, size, question.alpha))
    if found:
        return Answer(tuple(found))
    why = f"trials: no path of the sweep spans two decades of {size} in {_FEWEST} sizes at which the statement applies"
    return Answer.of(outcome(Verdict.UNDETERMINED, None, reason=why))


def _along(counted: list[tuple[Cell, int, int]], size: str, alpha: float) -> Outcome:
    largest = counted[-1][0]
    tail = [(k, n) for cell, k, n in counted if 10 * cell[size] >= largest[size]]
    failed, drawn = sum(k for k, _ in tail), sum(n for _, n in tail)
    low, _ = clopper_pearson(failed, drawn, alpha)
    text = frequency_text(failed, drawn, alpha)
    where = f"failures in the last decade of {size} up to {cell_text(largest)}"
    if failed == 0:
        return outcome(Verdict.CONSISTENT, Evidence.TREND, largest, text, "0", f"no {where}")
    smoothed = [math.log((k + (0.5 if k == 0 else 0.0)) / n) for _, k, n in counted]
    constant = max(smoothed) == min(smoothed)
    slope = (0.0, 0.0) if constant else slope_interval([math.log(c[size]) for c, _, _ in counted], smoothed, _LEVEL)
    why = f"{where}; their frequency scales as {size}^s with s in [{slope[0]:.3f}, {slope[1]:.3f}]"
    if slope[1] < -_TOLERANCE:
        return outcome(Verdict.CONSISTENT, Evidence.TREND, largest, text, "0", why)
    # A frequency that grows towards 1 does not fade, however its growth bends a straight line.
    grows = all(np.diff([k / n for _, k, n in counted[-3:]]) >= 0) and low > 0.5
    if slope[0] > -_TOLERANCE or grows:
        return outcome(Verdict.UNDETERMINED, None, largest, text, "0", f"{_AGAINST}; {why}")
    return outcome(Verdict.UNDETERMINED, None, largest, text, "0", f"trials: {why}")
