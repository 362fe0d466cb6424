"""Unnamed constants without an implication: cells that defeat every choice, paths that seem to, choices that fit."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import sympy
from scipy.stats import norm
from sympy import Expr, oo

from ...theory.calculus.enclosure import Enclosure, compare
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.language.cells import Cell, Regime, cell_order, cell_text, corner_paths, decades, largest_size, paths
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.proofs.positivity import Proof, prove_nonnegative
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import Question, outcome
from .smallest import small_range
from .stats import clopper_pearson, frequency_text, slope_interval
from .tails import Undecided, certain, law_at, least_log, log_odds, odds

__all__ = ["corner", "corner_by_draws"]

_FEWEST = 4

# -log P of a failure that is all but certain at the corner's last cell.
_CERTAIN = 1e-6

# A claim asks for growth where what it asks grows as this power of the growing size, and does not get it where drawn
# failures become rarer with less than this share of that power.
_GROWS = 0.2

_SHARE = 0.25

# How steeply -log P over what is asked falls over the last cells of a path that speaks against a claim.
_FALLING, _LAST = 0.1, 5
# A law this quick is asked along a longer path.
_QUICK = 0.005


def corner(question: Question) -> Outcome | None:
    """What exact laws say of a claim with unnamed constants, without a statement that implies it.

    A bound that is at least 1 whatever the constants makes the claim vacuous. A cell at which the truth exceeds
    the bound's supremum over all constants refutes it. Slopes refute nothing: where the numbers along a path of sizes
    speak against every choice the claim is undetermined, and where some choice fits every cell it is consistent.
    """
    claim = question.link.excluded
    if claim is None or claim.together:
        return None
    if (proof := says_nothing(claim)) is not None:
        why = f"the bound is at least 1 for all positive constants; {proof.method}"
        return outcome(Verdict.VACUOUS, Evidence.PROVED, reason=why)
    if question.unlisted or question.link.events:
        return None
    cells = _asked_cells(question)
    found = _eliminated(question, claim, cells)
    if found is not None or question.statement.implied_by:
        return found  # what another statement implies is not guessed
    return _along_paths(question, claim) or _fitted(question, claim, cells)


def says_nothing(claim: Excluded) -> Proof | None:
    """The proof that a bound is at least 1 whatever the constants, where it is."""
    proof = prove_nonnegative(claim.bound.args[0]) if isinstance(claim.bound, sympy.exp) else None
    return proof if proof is not None and (proof.strict or not claim.strict) else None


def _asked_cells(question: Question) -> list[Cell]:
    """The sweep's cells and all small ones, smallest first."""
    asked = {tuple(sorted(cell.items())): cell for cell in (*small_range(question), *question.cells)}
    inside = (cell for cell in asked.values() if not question.statement.applies(cell))
    return sorted(inside, key=lambda cell: cell_order(cell, question.sizes))


def _supremum(claim: Excluded, constants: tuple[sympy.Symbol, ...]) -> Expr | None:
    """The bound's supremum over all positive constants, which no choice attains; None where it is not known."""
    bound = claim.bound
    for c in constants:
        slope = sympy.simplify(bound.diff(c))
        if slope == 0:
            continue
        if not (slope.is_negative or slope.is_positive):
            return None
        bound = sympy.limit(bound, c, 0, "+") if slope.is_negative else sympy.limit(bound, c, oo)
        if not bound.is_finite and bound.is_finite is not None:
            return None
    return bound


def _eliminated(question: Question, claim: Excluded, cells: list[Cell]) -> Outcome | None:
    """A cell at which the truth is at least the bound's supremum, so that no choice of constants is enough."""
    constants = question.claim.exists
    if any(c in event.bound.free_symbols for event in claim.events for c in constants):
        return None
    try:
        most = _supremum(claim, constants)
    except (NotImplementedError, ValueError):
        return None
    if most is None or not (claim.bound.free_symbols & {*constants}) or most == sympy.oo:
        return None
    for cell in cells:
        try:
            limit = certain(most, cell)
            if limit.lower > 1 or not _may_reach(claim, cell, limit):
                continue
            truth = odds(claim, cell).excluded
        except (NotImplementedError, Undecided, ValueError):
            return None
        if compare(truth.lower, ">=", limit.upper):
            why = f"no positive constants are enough: over all of them the bound stays below {most}"
            return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, truth, limit, why)
    return None


def _may_reach(claim: Excluded, cell: Cell, limit: Enclosure) -> bool:
    """False where floats show that the truth stays below a bound: balls are asked for only where it may not."""
    try:
        return not limit.lower > 0 or log_odds(claim, cell).most > float(limit.lower.log()) - 1e-3
    except (NotImplementedError, Undecided):
        return True


def _along_paths(question: Question, claim: Excluded) -> Outcome | None:
    """A path of sizes along which the numbers speak against every choice of constants.

    With every constant at 1 the claim asks for -log P >= G; other positive constants ask for a positive multiple of G
    up to a constant. None seems to survive on a path where G grows like a power and -log P / G falls like one.
    """
    if len(claim.events) != 1 or claim.events[0].bound.free_symbols & {*question.claim.exists}:
        return None
    unit = {s.name: 1 for s in question.claim.exists}
    symbols = {s.name for s in claim.events[0].bound.free_symbols | claim.bound.free_symbols}
    sizes, least = question.widening, question.statement.least
    counted = {size: least[size] for size in question.statement.counts & {*question.sizes}}
    if not sizes or not symbols <= {*sizes, *counted, *unit}:
        return None
    for name, path in corner_paths(sizes, longer=_cheap(question, claim)):
        along: list[Cell] = [{**cell, **counted} for cell in path]
        if any(question.statement.applies(cell) for cell in along):
            continue
        asked = [-float(enclose(claim.bound, {**cell, **unit}).log().mid()) for cell in along]
        logs = [math.log(largest_size(cell, sizes)) for cell in along]
        if not all(map(math.isfinite, asked)):
            continue
        if min(asked) <= 0 or math.log(asked[-1] / asked[0]) < _GROWS * (logs[-1] - logs[0]):
            continue
        try:
            had = [-least_log(claim, {**cell, **unit}) for cell in along]
        except (NotImplementedError, Undecided):
            return None
        if math.inf in had:
            continue
        if min(had) <= 0 or had[-1] < _CERTAIN:
            high = -math.inf
        else:
            # The end of the path: a constant that is small shows late.
            shares = [math.log(h / g) for h, g in zip(had, asked, strict=True)]
            _, high = slope_interval(logs[-_LAST:], shares[-_LAST:])
        if high < -_FALLING:
            return outcome(
                Verdict.UNDETERMINED,
                None,
                along[-1],
                -had[-1],
                f"every {claim.bound}".replace("**", "^"),
                f"trend: along the corner {name} what the claim asks of -log P grows, at constants 1, from "
                f"{asked[0]:.3g} to {asked[-1]:.3g}, and -log P over it falls as size^s with s <= {high:.2f}: no "
                "positive rate constants seem to exist, which is no proof",
            )
    return None


def _cheap(question: Question, claim: Excluded) -> bool:
    """Whether the laws of a claim's events are quick to ask."""
    cell: Cell = {**question.statement.least, **question.statement.exact_points[0]}
    try:
        return all(law_at(rv, cell).seconds(1.0) < _QUICK for event in claim.events for rv in event.value.atoms(RV))
    except (NotImplementedError, ValueError, KeyError):
        return False


def _fitted(question: Question, claim: Excluded, cells: list[Cell]) -> Outcome | None:
    """Constants, all turned from 1 by one power of 2 in the direction that helps, that fit every cell asked."""
    constants = question.claim.exists
    if not cells or any(c in e.bound.free_symbols for e in claim.events for c in constants):
        return None
    known: list[tuple[Cell, float]] = []
    for cell in cells:
        try:
            known.append((cell, log_odds(claim, cell).most))
        except (NotImplementedError, Undecided):
            return None
    try:
        helps = _helpful(claim, constants, [cell for cell, _ in known])
        for j in range(_DOUBLINGS):
            values = {c.name: Fraction(2) ** (j * helps[c]) for c in constants}
            if all(_fits(claim, {**cell, **values}, log) for cell, log in known):
                text = ", ".join(f"{name} = {value}" for name, value in values.items())
                why = (
                    f"{text} fit all {len(known)} cells asked, the largest {cell_text(known[-1][0])}; no proof for all"
                )
                return outcome(Verdict.CONSISTENT, Evidence.TREND, reason=why)
    except ValueError:
        return None
    return None


_DOUBLINGS = 41


def _fits(claim: Excluded, cell: Cell, log: float) -> bool:
    bound = enclosure(claim.bound, cell)
    return bool(bound.lower >= 1) or (bool(bound.lower > 0) and log <= float(bound.lower.log().mid()) - 1e-6)


def _helpful(claim: Excluded, constants: tuple[sympy.Symbol, ...], cells: list[Cell]) -> dict[sympy.Symbol, int]:
    """For each constant the direction in which the bound grows: 1 up, −1 down, at the last cell."""
    unit: dict[str, Any] = {c.name: 1 for c in constants}
    middle = enclosure(claim.bound, {**cells[-1], **unit})
    found = {}
    for c in constants:
        more = enclosure(claim.bound, {**cells[-1], **unit, c.name: 2})
        found[c] = 1 if more.lower > middle.upper else -1
    return found


class _Point(NamedTuple):
    """Failures at one cell of a path, and what the claim asks of -log P there with every constant at 1."""

    cell: Cell
    failed: int
    drawn: int
    asked: float


def corner_by_draws(question: Question) -> Outcome | None:
    """A path of the sweep along which one size grows alone, whose failure counts speak against every choice.

    With every constant at 1 the claim asks for -log P >= G; other positive constants ask for a positive multiple of G
    up to a constant. None seems to survive on a path where G grows like a power and 1 - log P with less than a quarter
    of it, by the interval, at the error budget's level, of a slope fitted to the failure frequencies with binomial
    errors. That is a trend and refutes nothing.
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
                drawn = failures(claim, question, cell)
                if drawn is None or size not in cell:
                    return None
                flags = drawn.flags
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
                    Verdict.UNDETERMINED,
                    None,
                    last.cell,
                    frequency_text(last.failed, last.drawn, question.alpha),
                    f"every {claim.bound}".replace("**", "^"),
                    f"trend: along the corner {size} -> oo at {cell_text(rest)}: from {size} = {first.cell[size]} to "
                    f"{last.cell[size]} what the claim asks of -log P grows by {more:.3g} at constants 1, as "
                    f"{size}^{asked_power:.2f}, while its upper limit goes from {had:.3g} to {has:.3g} and 1 - log P "
                    f"as {size}^s with s <= {power:.2f}: no positive rate constants seem to exist, which is no "
                    "proof",
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
