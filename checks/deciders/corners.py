"""Corners of the sizes at which every choice of unnamed constants fails."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import sympy
from scipy.stats import norm

from ...theory.calculus.evaluate import enclose
from ...theory.language.cells import Cell, Regime, cell_text, corner_paths, decades, largest_size, paths
from ...theory.proofs.positivity import prove_nonnegative
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import Question, outcome
from .stats import clopper_pearson, frequency_text, slope_interval
from .tails import least_log

__all__ = ["corner", "corner_by_draws"]

_FEWEST = 4

# -log P of a failure that is all but certain at the corner's last cell.
_CERTAIN = 1e-6

# A claim asks for growth where what it asks grows as this power of the growing size, and does not get it where drawn
# failures become rarer with less than this share of that power.
_GROWS = 0.2

_SHARE = 0.25

_TOLERANCE = 0.02


def corner(question: Question) -> Outcome | None:
    """Refute a claim with unnamed rates by exact laws: where all sizes are equal, and along each size alone.

    With every constant at 1 the claim asks for -log P >= G; other positive constants ask for a positive multiple of G
    up to a constant. None survives on a path where G grows like a power and -log P / G falls like one. A bound that is
    at least 1 whatever the constants makes the claim vacuous.
    """
    claim = question.link.excluded
    if claim is None:
        return None
    if isinstance(claim.bound, sympy.exp) and (proof := prove_nonnegative(claim.bound.args[0])) is not None:
        why = f"the bound is at least 1 for all positive constants; {proof.method}"
        return outcome(Verdict.VACUOUS, Evidence.PROVED, reason=why)
    if len(claim.events) != 1:
        return None
    unit = {s.name: 1 for s in question.claim.exists}
    symbols = {s.name for s in claim.events[0].bound.free_symbols | claim.bound.free_symbols}
    sizes, least = question.widening, question.statement.least
    counted = {size: least[size] for size in question.statement.counts & {*question.sizes}}
    if not sizes or not symbols <= {*sizes, *counted, *unit}:
        return None
    for name, path in corner_paths(sizes):
        along: list[Cell] = [{**cell, **counted} for cell in path]
        if any(question.statement.applies(cell) for cell in along):
            continue
        asked = [-float(enclose(claim.bound, {**cell, **unit}).log().mid()) for cell in along]
        logs = [math.log(largest_size(cell, sizes)) for cell in along]
        if min(asked) <= 0 or math.log(asked[-1] / asked[0]) < _GROWS * (logs[-1] - logs[0]):
            continue
        try:
            had = [-least_log(claim, cell) for cell in along]
        except NotImplementedError:
            return None
        if math.inf in had:
            continue
        if min(had) <= 0 or had[-1] < _CERTAIN:
            high = -math.inf
        else:
            _, high = slope_interval(logs, [math.log(h / g) for h, g in zip(had, asked, strict=True)])
        if high < -_TOLERANCE:
            return outcome(
                Verdict.REFUTED,
                Evidence.COMPUTED,
                along[-1],
                -had[-1],
                f"every {claim.bound}".replace("**", "^"),
                f"corner {name}: what the claim asks of -log P grows, at constants 1, from {asked[0]:.3g} to "
                f"{asked[-1]:.3g}, and -log P over it falls as size^s with s <= {high:.2f}, so no positive rate "
                "constants exist",
            )
    return None


class _Point(NamedTuple):
    """Failures at one cell of a path, and what the claim asks of -log P there with every constant at 1."""

    cell: Cell
    failed: int
    drawn: int
    asked: float


def corner_by_draws(question: Question) -> Outcome | None:
    """Refute a claim with unnamed rates on a path of the sweep along which one size grows alone, from failure counts.

    With every constant at 1 the claim asks for -log P >= G; other positive constants ask for a positive multiple of G
    up to a constant. None survives on a path where G grows like a power and 1 - log P with less than a quarter of it,
    by the interval, at the error budget's level, of a slope fitted to the failure frequencies with binomial errors.
    """
    claim = question.link.excluded
    if claim is None:
        return None
    unit = {s.name: 1 for s in question.claim.exists}
    growing = {p.name: p for p in question.statement.parameters}
    for size in question.widening:
        for along in paths(question.cells, Regime(growing[size])).values():
            points: list[_Point] = []
            for cell in along:
                flags = failures(claim, question, cell)
                if flags is None or size not in cell:
                    return None
                failed = int(flags.sum())
                asked = -float(enclose(claim.bound, {**cell, **unit}).log().mid())
                if failed == 0 or asked <= 0.0:
                    points.clear()
                else:
                    points.append(_Point(cell, failed, flags.size, asked))
            if len(points) < _FEWEST or decades([point.cell for point in points], size) < 1.0:
                continue
            first, last = points[0], points[-1]
            more, span = last.asked / first.asked, math.log(last.cell[size] / first.cell[size])
            asked_power, power = math.log(more) / span, _largest_power(points, size, question.alpha)
            if asked_power > _GROWS and power < _SHARE * asked_power:
                had, has = (-math.log(clopper_pearson(p.failed, p.drawn, question.alpha)[0]) for p in (first, last))
                rest = {k: v for k, v in last.cell.items() if k != size}
                return outcome(
                    Verdict.REFUTED,
                    Evidence.SAMPLED,
                    last.cell,
                    frequency_text(last.failed, last.drawn, question.alpha),
                    f"every {claim.bound}".replace("**", "^"),
                    f"corner {size} -> oo at {cell_text(rest)}: from {size} = {first.cell[size]} to "
                    f"{last.cell[size]} what the claim asks of -log P grows by {more:.3g} at constants 1, as "
                    f"{size}^{asked_power:.2f}, while its upper limit goes from {had:.3g} to {has:.3g} and 1 - log P "
                    f"as {size}^s with s <= {power:.2f}: no positive rate constants exist",
                )
    return None


def _largest_power(points: list[_Point], size: str, alpha: float) -> float:
    """Upper limit, at error `alpha`, of the power of the size with which 1 - log of a failure frequency grows.

    The 1, which a constant of the claim takes up, keeps frequencies near 1 from drowning the fit in their noise.
    """
    failed, drawn = np.array([(point.failed, point.drawn) for point in points], dtype=float).T
    share = (failed + 0.5) / (drawn + 1.0)
    values = 1.0 - np.log(share)
    errors = np.sqrt((1.0 - share) / (share * drawn)) / values
    sizes = [math.log(point.cell[size]) for point in points]
    fit, covariance = np.polyfit(sizes, np.log(values), 1, w=1.0 / errors, cov="unscaled")
    return float(fit[0] + norm.isf(alpha / 2) * math.sqrt(covariance[0, 0]))
