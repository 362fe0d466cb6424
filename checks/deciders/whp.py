"""P(E) ~ 1 in a regime, "with high probability": the failure probability must fade along every path of the regime.

Exact laws decide on doublings of the growing size, draws on the cells of the sweep. Failure fades when no draw of the
last decade failed, or when the slope of the log of its probability is below -0.02 with confidence 99 %; it stays when
that slope is above -0.02.
"""

from __future__ import annotations

import math

import numpy as np
from sympy import Rational

from ...theory.calculus.evaluate import enclose
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import cell_text, decades, growing_size, paths
from ...theory.language.events import Event, Joint, complement
from ...theory.language.excluded import Excluded
from ...theory.language.heads import P
from ...theory.language.models import Cell
from ...theory.language.statements import Link
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import Question, log_text, outcome
from .stats import clopper_pearson, frequency_text, slope_interval
from .tails import log_probability

__all__ = ["by_draws", "by_law", "is_whp"]

_TOLERANCE = 0.02
_DECADES = 2.0
_FEWEST = 3
_LEVEL = 0.99
_PATH = (16, 32, 64, 128, 256, 512, 1024, 2048)


def is_whp(link: Link) -> bool:
    """Whether a link says that an event has probability tending to 1."""
    return isinstance(link.lhs, P) and link.relation == "~" and link.rhs == 1


def _failure(link: Link) -> Excluded:
    body = link.lhs.args[0]
    events = body.args if isinstance(body, Joint) else (body,)
    turned = tuple(Event(e.value, complement(e.relation), e.bound, e.over) for e in events)
    return Excluded(turned, Rational(1), False, any(e.over == "all n" for e in events))


def by_law(question: Question) -> tuple[Outcome, ...] | None:
    """Decide one event with an exact law along m = γd, d doubling, at each listed γ; None without such a law."""
    regime = question.claim.regime or ""
    if not is_whp(question.link) or growing_size(regime) != "d" or "m/d" not in regime:
        return None
    claim = _failure(question.link)
    if len(claim.events) != 1:
        return None
    event = claim.events[0]
    found = []
    for listed in question.statement.points:
        point = {s.name: exact_number(v) for s, v in listed.items()}
        ratio = point.pop("gamma", None)
        if ratio is None:
            return None
        along: list[Cell] = [{"m": max(1, int(ratio * size)), "d": size, **point} for size in _PATH]
        try:
            logs = [_log_failure(event, cell) for cell in along]
        except NotImplementedError:
            return None
        # A certain failure has -log P = 0, whose logarithm is capped.
        low, high = slope_interval([math.log(d) for d in _PATH[2:]], [math.log(max(-x, 1e-300)) for x in logs[2:]])
        why = (
            f"along m/d = {ratio} the failure probability of one sample is {log_text(logs[0])} at d = {_PATH[0]} and "
            f"{log_text(logs[-1])} at d = {_PATH[-1]}: -log P grows as d^s with s in [{low:.2f}, {high:.2f}]"
        )
        fades = low > _TOLERANCE and logs[-1] < math.log(1e-3)
        stays = high <= _TOLERANCE or logs[-1] >= max(logs[0], math.log(0.5))
        verdict = Verdict.HOLDS if fades else Verdict.REFUTED if stays else Verdict.UNDETERMINED
        # What stays is seen at the first cell of the path already.
        shown = 0 if stays else -1
        evidence = Evidence.EXACT if fades or stays else None
        found.append(outcome(verdict, evidence, along[shown], logs[shown], "0 in the limit", why))
    return tuple(found)


def _log_failure(event: Event, cell: Cell) -> float:
    return log_probability(event.value, event.relation, float(enclose(event.bound, cell).mid()), cell)


def by_draws(question: Question) -> tuple[Outcome, ...] | None:
    """Decide from failure counts along every path of the regime that the sweep covers."""
    regime = question.claim.regime
    size = growing_size(regime)
    if not is_whp(question.link):
        return None
    if regime is None or size is None:
        return (outcome(Verdict.UNDETERMINED, None, reason="scope: the claim names no regime such as 'm -> oo'"),)
    claim = _failure(question.link)
    found = []
    for along in paths(question.cells, regime).values():
        counted = []
        for cell in along:
            failed = failures(claim, question, cell)
            if failed is None:
                return None
            counted.append((cell, int(failed.sum()), int(failed.size)))
        if decades(along, size) >= _DECADES and len(along) >= _FEWEST:
            found.append(_along(counted, size, question.alpha))
    if found:
        return tuple(found)
    why = f"trials: no path of the sweep spans two decades of {size} in {_FEWEST} sizes at which the statement applies"
    return (outcome(Verdict.UNDETERMINED, None, reason=why),)


def _along(counted: list[tuple[Cell, int, int]], size: str, alpha: float) -> Outcome:
    largest = counted[-1][0]
    tail = [(k, n) for cell, k, n in counted if 10 * cell[size] >= largest[size]]
    failed, drawn = sum(k for k, _ in tail), sum(n for _, n in tail)
    low, _ = clopper_pearson(failed, drawn, alpha)
    text = frequency_text(failed, drawn, alpha)
    where = f"failures in the last decade of {size} up to {cell_text(largest)}"
    if failed == 0:
        return outcome(Verdict.HOLDS, Evidence.SAMPLED, largest, text, "0", f"no {where}")
    smoothed = [math.log((k + (0.5 if k == 0 else 0.0)) / n) for _, k, n in counted]
    constant = max(smoothed) == min(smoothed)
    slope = (0.0, 0.0) if constant else slope_interval([math.log(c[size]) for c, _, _ in counted], smoothed, _LEVEL)
    why = f"{where}; their frequency scales as {size}^s with s in [{slope[0]:.3f}, {slope[1]:.3f}]"
    if slope[1] < -_TOLERANCE:
        return outcome(Verdict.HOLDS, Evidence.SAMPLED, largest, text, "0", why)
    # A frequency that grows towards 1 does not fade, however its growth bends a straight line.
    grows = all(np.diff([k / n for _, k, n in counted[-3:]]) >= 0) and low > 0.5
    if slope[0] > -_TOLERANCE or grows:
        return outcome(Verdict.REFUTED, Evidence.SAMPLED, largest, text, "0", why)
    return outcome(Verdict.UNDETERMINED, None, largest, text, "0", f"trials: {why}")
