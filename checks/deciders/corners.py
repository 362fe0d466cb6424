"""Unnamed constants without an implication: cells that defeat every choice, paths that seem to, choices that fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import sympy
from scipy.special import ndtri
from sympy import Expr, oo

from ...theory.calculus.enclosure import Enclosure, compare
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell, Regime, cell_order, cell_text, corner_paths, decades, largest_size, paths
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.proofs.positivity import Proof, prove_nonnegative
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .interval import tried_points
from .question import BY_ALGEBRA, Question, outcome
from .smallest import small_range
from .stats import clopper_pearson, frequency_text, slope_interval
from .tails import Undecided, certain, law_at, least_log, log_odds, odds

__all__ = ["corner", "corner_by_draws", "fitted_by_draws", "says_nothing"]

_FEWEST = 4

# -log P of a failure that is all but certain at the corner's last cell.
_CERTAIN = 1e-6

# A claim asks for growth where what it asks grows as this power of the growing size, and does not get it where drawn
# failures become rarer with less than this share of that power.
_GROWS = 0.2

_SHARE = 0.25

# How steeply -log P over what is asked falls over the last cells of a path that speaks against a claim.
_FALLING, _LAST = 0.1, 5
# Draws say something of a rate where failures that were seen are certainly this rare at some cell.
_RARE = 0.5
# At how many simple values of open real parameters cells are asked, and paths of sizes.
_VALUES, _VALUES_ALONE, _HELD = 8, 32, 3
# Doublings on the way to the end of a real parameter, and the largest size beside it.
_STEPS, _FAR, _FARTHEST = 12, 4096, 4_194_304
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
        why = f"the bound is at least 1 for all positive constants; {proof.method}; {BY_ALGEBRA}"
        return outcome(Verdict.VACUOUS, Evidence.PROVED, reason=why)
    reals = _open_reals(question)
    if reals is None or question.link.events:
        return None
    cells = _asked_cells(question, reals)
    found = _eliminated(question, claim, cells) or _along_paths(question, claim, reals)
    if found is not None or question.statement.implied_by:
        return found  # what another statement implies is not guessed
    return _fitted(question, claim, cells)


def says_nothing(claim: Excluded) -> Proof | None:
    """The proof that a bound is at least 1 whatever the constants, where it is."""
    proof = prove_nonnegative(claim.bound.args[0]) if isinstance(claim.bound, sympy.exp) else None
    return proof if proof is not None and (proof.strict or not claim.strict) else None


def _open_reals(question: Question) -> tuple[Parameter, ...] | None:
    """The real parameters without listed values; None where another parameter has none."""
    found = tuple(p for p in question.statement.parameters if p.name in question.unlisted and p.role == "real")
    return found if len(found) == len(question.unlisted) else None


def _values(reals: tuple[Parameter, ...], most: int) -> list[Cell]:
    """Simple values of open real parameters."""
    if not reals:
        return [{}]
    return [{p.name: _simple(v) for p, v in at.items()} for at in tried_points(reals)[:most]]


def _at_ends(reals: tuple[Parameter, ...]) -> Iterator[Cell]:
    """Each open real parameter at the ends that belong to it, the others at a simple value."""
    for p in reals:
        ends = {"left": (p.low,), "right": (p.high,), "both": (p.low, p.high)}.get(p.closed, ())
        for end in ends:
            if end.is_Rational:
                yield {**_values(reals, 1)[0], p.name: _simple(Fraction(int(end.p), int(end.q)))}


def _simple(value: Fraction) -> int | Fraction:
    return int(value) if value.denominator == 1 else value


def _asked_cells(question: Question, reals: tuple[Parameter, ...]) -> list[Cell]:
    """The sweep's cells and all small ones, smallest first; with open real parameters at simple values of those."""
    sized = [*small_range(question), *question.cells]
    if reals:
        least = question.statement.least
        counted = {size: least[size] for size in question.statement.counts & {*question.sizes}}
        paths_ = corner_paths(question.widening)[:1] if question.widening else ()
        sized += [{**cell, **counted} for _, path in paths_ for cell in path]
        far = [
            {**cell, **at, p.name: v}
            for cell in sized[:1] or [{}]
            for at in _values(reals, 1)
            for p in reals
            for _, values in _to_ends(p)
            for _, v in values[::2]
        ]
        most = _VALUES if question.sizes else _VALUES_ALONE
        chosen = [*_values(reals, most), *_at_ends(reals)]
        sized = [*({**cell, **at} for cell in sized or [{}] for at in chosen), *far]
    asked = {tuple(sorted(cell.items())): cell for cell in sized}
    inside = (cell for cell in asked.values() if not question.statement.applies(cell))
    return sorted(inside, key=lambda cell: cell_order(cell, question.sizes))


def _in_threshold(claim: Excluded, constants: tuple[sympy.Symbol, ...]) -> bool:
    """Whether an event depends on an unnamed constant."""
    return any(c in event.bound.free_symbols for event in claim.events for c in constants)


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
    if _in_threshold(claim, constants):
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


def _along_paths(question: Question, claim: Excluded, reals: tuple[Parameter, ...]) -> Outcome | None:
    """A path of parameters along which the numbers speak against every choice of constants.

    With every constant at 1 the claim asks for -log P >= G; other positive constants ask for a positive multiple of G
    up to a constant. None seems to survive on a path where G grows like a power and -log P / G falls like one. On a
    path all that a constant may depend on stays fixed.
    """
    if len(claim.events) != 1 or _in_threshold(claim, question.claim.exists):
        return None
    unit = {s.name: 1 for s in question.claim.exists}
    symbols = {s.name for s in claim.events[0].bound.free_symbols | claim.bound.free_symbols}
    sizes, least = question.widening, question.statement.least
    counted = {size: least[size] for size in question.statement.counts & {*question.sizes}}
    if not (sizes or reals) or not symbols <= {*sizes, *counted, *unit, *(p.name for p in reals)}:
        return None
    fixed = {p.name for c in question.claim.exists if isinstance(c, Parameter) for p in c.of}
    for path in _paths(sizes, reals, fixed, longer=_cheap(question, claim, reals)):
        along: list[Cell] = [{**cell, **counted} for cell in path.cells]
        inside = [not question.statement.applies(cell) for cell in along]
        if not all(inside):
            continue
        asked = [-float(enclose(claim.bound, {**cell, **unit}).log().mid()) for cell in along]
        if not all(map(math.isfinite, asked)):
            continue
        if min(asked) <= 0 or math.log(asked[-1] / asked[0]) < _GROWS * (path.logs[-1] - path.logs[0]):
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
            _, high = slope_interval(path.logs[-_LAST:], shares[-_LAST:])
        if high < -_FALLING:
            return outcome(
                Verdict.UNDETERMINED,
                None,
                along[-1],
                -had[-1],
                f"every {claim.bound}".replace("**", "^"),
                f"trend: along the corner {path.name} what the claim asks of -log P grows, at constants 1, from "
                f"{asked[0]:.3g} to {asked[-1]:.3g}, and -log P over it falls as {path.scale}^s with s <= {high:.2f}: "
                "no positive rate constants seem to exist, which is no proof",
            )
    return None


class _Path(NamedTuple):
    """Cells on the way to a corner, with the logarithms of what grows."""

    name: str
    cells: tuple[Cell, ...]
    logs: list[float]
    scale: str = "size"


def _paths(sizes: tuple[str, ...], reals: tuple[Parameter, ...], fixed: set[str], *, longer: bool) -> Iterator[_Path]:
    """Paths of sizes at simple values of the reals; then of each real to an open end, alone and with the sizes."""
    for at in (*_values(reals, _HELD), *_at_ends(reals)):
        for name, path in corner_paths(sizes, longer=longer) if sizes else ():
            moving = {s for s in sizes if path[0][s] != path[-1][s]}
            if not moving & fixed:
                held = f", {cell_text(at)}" if at else ""
                logs = [math.log(largest_size(cell, sizes)) for cell in path]
                yield _Path(name + held, tuple({**cell, **at} for cell in path), logs)
    most = _FARTHEST if longer else _FAR
    for p in (p for p in reals if p.name not in fixed):
        others = _values(tuple(q for q in reals if q != p), 1)[0]
        for end, values in _to_ends(p):
            for power in (0, 1, 2, 4) if sizes and not {*sizes} & fixed else (0,):
                steps = [(j, v) for j, v in values if 2 ** (j * power) <= most]
                if len(steps) < _LAST:
                    continue
                cells = tuple(
                    {**dict.fromkeys(sizes, max(4, 2 ** (j * power)) if power else 4), p.name: v, **others}
                    for j, v in steps
                )
                held = cell_text({name: value for name, value in cells[0].items() if name != p.name})
                grown = f", {' = '.join(sizes)} as its power {power}" if power else f" at {held}" if held else ""
                yield _Path(f"{p} -> {end}{grown}", cells, [j * math.log(2) for j, _ in steps], "distance")


def _to_ends(p: Parameter) -> Iterator[tuple[str, list[tuple[int, int | Fraction]]]]:
    """Values of a real parameter on the way to each end that is infinite or does not belong to it, by doublings."""
    if not all(end.is_Rational or abs(end) == oo for end in (p.low, p.high)):
        return
    low, high = (None if abs(end) == oo else exact_number(end) for end in (p.low, p.high))
    start = Fraction(0) if low is None else Fraction(low)
    if high is None:
        yield "oo", [(j, _simple(start + 2**j)) for j in range(_STEPS)]
    if low is None:
        top = Fraction(0) if high is None else Fraction(high)
        yield "-oo", [(j, _simple(top - 2**j)) for j in range(_STEPS)]
    width = Fraction(1) if low is None or high is None else Fraction(high) - Fraction(low)
    if low is not None and p.closed not in ("left", "both"):
        yield str(p.low), [(j, _simple(start + width / 2**j)) for j in range(1, _STEPS)]
    if high is not None and p.closed not in ("right", "both"):
        yield str(p.high), [(j, _simple(Fraction(high) - width / 2**j)) for j in range(1, _STEPS)]


def _cheap(question: Question, claim: Excluded, reals: tuple[Parameter, ...]) -> bool:
    """Whether the laws of a claim's events are quick to ask."""
    cell: Cell = {**question.statement.least, **question.statement.exact_points[0], **_values(reals, 1)[0]}
    try:
        return all(law_at(rv, cell).seconds(1.0) < _QUICK for event in claim.events for rv in event.value.atoms(RV))
    except (NotImplementedError, ValueError, KeyError):
        return False


def _fitted(question: Question, claim: Excluded, cells: list[Cell]) -> Outcome | None:
    """Constants, powers of 2 each turned in the direction that helps, that fit every cell asked and say something."""
    constants = question.claim.exists
    if not cells or any(c in e.bound.free_symbols for e in claim.events for c in constants):
        return None
    known: list[tuple[Cell, float]] = []
    for cell in cells:
        try:
            known.append((cell, log_odds(claim, cell).most))
        except (NotImplementedError, Undecided):
            return None
    return fit(claim, constants, known, "cells asked")


def fit(
    claim: Excluded, constants: tuple[sympy.Symbol, ...], known: list[tuple[Cell, float]], what: str
) -> Outcome | None:
    """Powers of 2 with which the bound is at least exp of a known number at every cell, and below 1 at some of them."""
    try:
        helps = _helpful(claim, constants, [cell for cell, _ in known])
        for steps in _choices(len(constants)):
            values = {c.name: Fraction(2) ** (j * helps[c]) for c, j in zip(constants, steps, strict=True)}
            worst = next((i for i, (cell, log) in enumerate(known) if not _fits(claim, {**cell, **values}, log)), None)
            if worst is not None:
                known = [known[worst], *known[:worst], *known[worst + 1 :]]  # it fails for the next ones, too
                continue
            telling = sum(bool(enclosure(claim.bound, {**cell, **values}).upper < 1) for cell, _ in known)
            if not telling:
                continue
            text = ", ".join(f"{name} = {value}" for name, value in values.items())
            largest = max((cell for cell, _ in known), key=lambda cell: max(map(float, cell.values()), default=0.0))
            why = (
                f"{text} fit all {len(known)} {what}, the largest {cell_text(largest)}, and say something at {telling} "
                "of them; no proof for all"
            )
            return outcome(Verdict.CONSISTENT, Evidence.TREND, reason=why)
    except ValueError:
        return None
    return None


# Powers of 2 that are tried for each constant, by how many there are.
_DOUBLINGS = {0: 1, 1: 41, 2: 16, 3: 8}


def _choices(count: int) -> list[tuple[int, ...]]:
    """Exponents of the constants, the smallest first."""
    every = product(range(_DOUBLINGS.get(count, 4)), repeat=count)
    return sorted(every, key=lambda steps: (sum(steps), max(steps, default=0)))


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
    if claim is None or _in_threshold(claim, question.claim.exists):
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


def fitted_by_draws(question: Question) -> Outcome | None:
    """Constants with which the bound is at least the upper limit of the failure frequency at every cell drawn.

    They must say something at the largest cells, and not where no failure was seen only: limits of few draws are kept
    by large constants whatever the truth is. That establishes nothing for other sizes.
    """
    claim, constants = question.link.excluded, question.claim.exists
    if claim is None or question.unlisted or question.statement.implied_by:
        return None
    if _in_threshold(claim, constants):
        return None
    known: list[tuple[Cell, float]] = []
    rare = 0
    for cell in question.cells:
        drawn = failures(claim, question, cell)
        if drawn is None or not drawn.flags.size:
            return None
        failed = int(drawn.flags.sum())
        upper = clopper_pearson(failed, drawn.flags.size, question.alpha)[1]
        rare += failed > 0 and upper < _RARE
        known.append((cell, math.log(upper) if upper < 1 else 0.0))
    if len(known) < _FEWEST or not rare:
        return None
    return fit(claim, constants, known, "upper limits of failure frequencies drawn")


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
    return float(fit[0] - ndtri(alpha / 2) * math.sqrt(covariance[0, 0]))
