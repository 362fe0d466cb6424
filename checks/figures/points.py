"""The numbers of a link at cells: those a result was decided by, and both sides of the claim where it was not asked."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sympy import Expr, Function, Sum, oo

from ...theory.calculus.evaluate import enclose, number
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell, doublings
from ...theory.language.excluded import Excluded
from ...theory.language.heads import Head
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Claim, Link, Statement
from ...theory.proofs.wick import moment_value
from ..deciders import settle_cell
from ..deciders.question import Question
from ..deciders.stats import ALPHA
from ..deciders.tails import LogOdds, certain, event_log, law_at, log_odds
from ..verdict import LinkResult, Outcome, Result, Verdict

__all__ = ["WRONG", "Frame", "Point", "asked", "evaluated", "framed", "log10", "side"]

_LIMITS = re.compile(r"(?:(\d+)/(\d+), )?limits \[([-+.\de]+), ([-+.\de]+)\]")
_LOG10 = math.log(10)
# Places along an interval, cells of the other parameters that get a curve, and seconds that laws may take.
_PLACES, _CURVES, _SECONDS = 41, 3, 1.0
# A law whose logarithms in floats are this good is drawn by them: an enclosure has no digit more that can be seen.
_FINE = 1e-6
# The sizes at which formulas that are costly are asked.
_SMALL = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_PATH = (16, 32, 64, 128, 256, 512, 1024, 2048)
_SIZES, _OTHERS = (16, 64, 256, 1024, 4096), (16, 64, 256)
WRONG = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)


@dataclass(frozen=True)
class Point:
    """What is known of a link at a cell: log10 of probabilities, plain numbers of other links; NaN where unknown.

    Attributes
    ----------
    cell : mapping
    low, high : float
        Ends of what the left side (the probability of what is excluded) can be.
    bound : float
        The right side.
    limits : pair of float, optional
        Limits from draws.
    share : float
        The share of the draws.
    draws : int
        How many these were.
    logs, rests : pair of float
        log10 of both sides of a link about numbers, and of 1 minus both sides; NaN where these are not positive.
    verdict : Verdict, optional
        Where the cell was asked.
    """

    cell: Cell
    low: float
    high: float
    bound: float
    limits: tuple[float, float] | None = None
    verdict: Verdict | None = None
    share: float = math.nan
    draws: int = 0
    logs: tuple[float, float] = (math.nan, math.nan)
    rests: tuple[float, float] = (math.nan, math.nan)

    @property
    def refuted(self) -> bool:
        """Whether the claim was refuted there."""
        return self.verdict is Verdict.REFUTED


def asked(link: LinkResult) -> list[Point]:
    """The points of the cells a link was decided at, where these have numbers."""
    probability = link.link.kind == "probability"
    found = []
    for o in link.outcomes:
        if not o.cell:
            continue
        point = _of_probability(link.link.excluded, o) if probability else _of_numbers(o)
        if point is not None:
            found.append(_logged(replace(point, verdict=o.verdict), link.link))
    return found


def _of_probability(excluded: Excluded | None, o: Outcome) -> Point | None:
    limits = None
    found = _LIMITS.search(o.value)
    if found is not None:
        low, high = (Decimal(end) for end in found.groups()[2:])
        limits = (float(low.log10()) if low > 0 else -math.inf), min(float(high.log10()), 0.0)
    low_end, high_end = _enclosed(excluded, o)
    if not math.isfinite(o.bound_float) and limits is None and not math.isfinite(low_end):
        return None
    share = math.nan
    if found is not None and found[1] and int(found[1]):
        share = math.log10(int(found[1]) / int(found[2]))
    draws = int(found[2]) if found is not None and found[2] else 0
    return Point(o.cell, low_end, high_end, o.bound_float / _LOG10, limits, share=share, draws=draws)


def _enclosed(excluded: Excluded | None, o: Outcome) -> tuple[float, float]:
    """log10 of the least and of the largest value the excluded event's probability can have; NaN where unknown.

    A union over samples or over two events lies between the largest of its parts and their sum.
    """
    ends = _ends(o.value)
    if not ends or any(end <= 0 for end in ends):
        return math.nan, math.nan
    low, high = (float(end.log10()) for end in (ends[0], ends[-1]))
    if len(ends) == 1 and excluded is not None:
        high += math.log10(len(excluded.events) * excluded.samples_at(o.cell))
    return low, min(high, 0.0)


def _ends(text: str) -> list[Decimal]:
    """The number or the two ends that a text is; none for other words."""
    try:
        found = [Decimal(part) for part in text.removesuffix(" (rounded)").strip("[]").split(", ")]
    except ArithmeticError:
        try:
            exact = Fraction(text)
            found = [Decimal(exact.numerator) / Decimal(exact.denominator)]
        except (ValueError, ArithmeticError):
            return []
    return found if all(end.is_finite() for end in found) else []


def _of_numbers(o: Outcome) -> Point | None:
    value, bound = _ends(o.value), _ends(o.bound)
    if not value or not bound:
        return None
    # Numbers that no decimal context holds are infinite as floats, and not drawn.
    return Point(o.cell, float(value[0]), float(value[-1]), (float(bound[0]) + float(bound[-1])) / 2)


@dataclass(frozen=True)
class Frame:
    """How cells are shared among an axis, curves and panels.

    Attributes
    ----------
    axis : str
        The entry on the axis: the first size that varies and counts no samples; empty where a cell has no entries.
    curve, panel : tuple of str
        The entries that tell curves and panels apart.
    fixed : mapping
        The entries that do not vary.
    loose : bool
        Whether cells differ in more than the axis and lie on no curves.
    """

    axis: str
    curve: tuple[str, ...]
    panel: tuple[str, ...]
    fixed: Mapping[str, Any]
    loose: bool = False

    def at(self, cell: Cell) -> float:
        """Where a cell is on the axis."""
        return float(cell.get(self.axis, 1))

    def curve_of(self, cell: Cell) -> tuple[Any, ...]:
        """The entries of a cell that name its curve."""
        return tuple((name, cell[name]) for name in self.curve if name in cell)

    def panel_of(self, cell: Cell) -> tuple[Any, ...]:
        """The entries of a cell that name its panel."""
        return tuple((name, cell[name]) for name in self.panel if name in cell)


def framed(cells: Sequence[Cell], sizes: Sequence[str], counts: Sequence[str], axis: str = "") -> Frame:
    """The frame of some cells.

    Parameters
    ----------
    cells : sequence of cells
    sizes : sequence of str
        The sizes that count no samples, in order; then come what counts samples, and other parameters.
    counts : sequence of str
    axis : str
        The entry on the axis, where it is settled.

    Examples
    --------
    >>> framed([{"m": 2, "d": 1, "t": 0}, {"m": 4, "d": 8, "t": 0}], ("m", "d"), ())
    Frame(axis='m', curve=(), panel=(), fixed={'t': 0}, loose=True)
    """
    names = list(dict.fromkeys(name for cell in cells for name in cell))
    order = [n for n in sizes if n in names] + [n for n in counts if n in names]
    order += [n for n in names if n not in order]
    values = {n: {cell.get(n) for cell in cells} for n in order}
    varying = [n for n in order if len(values[n]) > 1]
    first = [n for n in varying if n in sizes] or sorted(varying, key=lambda n: -len(values[n]))
    axis = axis or next(iter(first), next(iter(order), ""))
    rest = [n for n in varying if n != axis]
    curve = [n for n in rest if n in sizes or n in counts]
    panel = [n for n in rest if n not in curve]
    if not curve:
        curve, panel = panel, []
    fixed = {n: cells[0][n] for n in order if n not in varying and n != axis}
    groups = [tuple(cell.get(n) for n in rest) for cell in cells]
    if len(groups) > 1 and len(set(groups)) == len(groups):
        return Frame(axis, (), (), fixed, loose=True)
    return Frame(axis, tuple(curve), tuple(panel), fixed)


def evaluated(result: Result, claim: Claim, link: LinkResult, named: Mapping[Any, Expr] | None = None) -> list[Point]:
    """Both sides of a link along a parameter of its statement, from formulas and exact laws.

    `named` has values for constants that the claim leaves unnamed.
    """
    statement, stated = result.statement, link.link
    if stated.kind not in ("probability", "scalar", "moment", "asymptotic"):
        return []
    if named:
        stated = Link(stated.lhs, stated.relation, stated.rhs.xreplace(dict(named)), stated.given, stated.scope)
    if stated.failure is not None and stated.excluded is None:
        return list(_along(statement, claim, stated))
    question = Question(statement, claim, stated, (), ALPHA, 0)
    found: list[Point] = []
    spent = 0.0
    for cell in (*_cells(result, stated), *_near_counterexample(result, link)):
        try:
            if statement.applies(cell):
                continue
            spent += _seconds(stated.excluded, cell)
            point = _point(question, cell, exact=spent < _SECONDS)
        except WRONG:
            continue
        if point is not None and any(map(math.isfinite, (point.low, point.bound))):
            found.append(point)
    return found


def _along(statement: Statement, claim: Claim, link: Link) -> Iterator[Point]:
    """The probability that must fade, by its exact law along a tied regime."""
    failure, regime = link.failure, claim.regime
    if failure is None or regime is None or not regime.tied or len(failure.events) != 1 or link.given:
        return
    for listed in statement.exact_points:
        rates = {s.name for s in regime.tied.values()}
        rest = {k: v for k, v in listed.items() if k not in rates}
        for size in _PATH:
            try:
                cell = {**regime.cell(size, listed), **rest}
                if statement.applies(cell):
                    continue
                exact = event_log(failure.events[0], cell) / _LOG10
            except WRONG:
                break
            yield Point({**cell, **listed}, exact, exact, math.nan)


def _seconds(excluded: Excluded | None, cell: Cell) -> float:
    """Rough time of the exact law at a cell."""
    total = 0.0
    for event in () if excluded is None else excluded.events:
        for rv in event.value.atoms(RV):
            try:
                total += law_at(rv, cell).seconds(float(number(event.bound, cell)))
            except WRONG:
                continue
    return total


def _point(question: Question, cell: Cell, *, exact: bool) -> Point | None:
    link, excluded = question.link, question.link.excluded
    if link.kind != "probability":
        left, right = side(link.lhs, cell), side(link.rhs, cell)
        return _logged(Point(cell, left, left, right), link)
    exact = exact and not link.given
    truth = None if excluded is None or not exact else _truth(excluded, cell)
    if excluded is None or (exact and (truth is None or truth.gap > _FINE)):
        answer = settle_cell(question, cell) if exact else None
        known = None if answer is None or not answer.outcomes else _of_probability(excluded, answer.outcomes[0])
        if known is not None and math.isfinite(known.high):
            return replace(known, cell=cell)
    if excluded is None:
        return None
    bound = certain(excluded.bound, cell).ball
    ends = (math.nan,) * 2 if truth is None else (truth.least / _LOG10, truth.most / _LOG10)
    return Point(cell, *ends, float(bound.log().mid()) / _LOG10 if bound > 0 else math.nan)


def _truth(excluded: Excluded, cell: Cell) -> LogOdds | None:
    """What laws in floats say of the probability of what is excluded; None where they say nothing."""
    try:
        found = log_odds(excluded, cell)
    except WRONG:
        return None
    return found if math.isfinite(found.least) else None


def _logged(point: Point, link: Link) -> Point:
    """A point of a scalar link with the logarithms of its sides."""
    if link.kind != "scalar":
        return point
    logs = log10(link.lhs, point.cell), log10(link.rhs, point.cell)
    if not 0.5 < min(point.high, point.bound) <= max(point.high, point.bound) <= 1:
        return replace(point, logs=logs)
    return replace(point, logs=logs, rests=(log10(1 - link.lhs, point.cell), log10(1 - link.rhs, point.cell)))


def log10(expr: Expr, cell: Cell) -> float:
    """log10 of an expression at a cell; NaN where it is not positive."""
    try:
        ball = enclose(expr, cell)
        return float(ball.log().mid()) / _LOG10 if ball > 0 else math.nan
    except WRONG:
        return math.nan


def side(expr: Expr, cell: Cell) -> float:
    """A side of a claim in numbers: a formula, or a moment in closed form; NaN where it is neither."""
    try:
        if isinstance(expr, Head):
            expr = _moment(expr)
        return math.nan if expr.atoms(RV) else float(number(expr, cell))
    except WRONG:
        return math.nan


@lru_cache(maxsize=256)
def _moment(head: Head) -> Expr:
    return moment_value(head)


def _cells(result: Result, link: Link) -> Iterator[Cell]:
    """Cells along a parameter: a real one where there is one without listed values, else the first size."""
    statement = result.statement
    seen = _seen(result)
    listed = {name for point in statement.exact_points for name in point}
    free = [p for p in statement.parameters if p.name not in listed]
    order = [*(s for s in statement.sizes if s not in statement.counts), *statement.counts]
    free.sort(key=lambda p: order.index(p.name) if p.name in order else -1)
    own = {x.name for side in (link.lhs, link.rhs) for x in side.free_symbols if hasattr(x, "name")}
    own |= {name for rv in link.rvs for name in rv.model.names}
    asked = [p for p in free if p.name in own] or free
    axis = next((p for p in asked if not p.is_size), asked[0] if asked else None)
    if axis is None:
        # Two numbers that depend on nothing are said in words, unless draws stand beside them.
        yield from (point for point in statement.exact_points if point or result.draws)
        return
    # What the link does not depend on has one value.
    others = [p for p in free if p is not axis]
    kept = {name for name in own if name != axis.name}
    places = _values(axis, seen.get(axis.name, ()))
    most = _most(link)
    if axis.is_size and most:
        places = [v for v in _SMALL if axis.admits(v) and v <= most]
    for beside in _beside(statement, others, seen, kept):
        for value in places:
            yield {**beside, axis.name: value}


def _most(link: Link) -> int:
    """The largest size at which the formulas of a link are asked, 0 for any: sums and exact laws are costly."""
    if link.lhs.has(Sum) or link.rhs.has(Sum):
        return 8
    applied = {f.func for side in (link.lhs, link.rhs) for f in side.atoms(Function)}
    costly = link.kind == "scalar" and any(not str(f.__module__).startswith("sympy") for f in applied)
    return _SMALL[-1] if costly else 0


def _seen(result: Result) -> dict[str, tuple[int, ...]]:
    """The sizes at which something was drawn or asked."""
    found: dict[str, set[int]] = {}
    rows = [*result.draws, *(o.cell for link in result.links for o in link.outcomes if not o.smallest)]
    for name in result.statement.sizes:
        found[name] = {int(row[name]) for row in rows if row.get(name) is not None}
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _beside(
    statement: Statement, others: Sequence[Parameter], seen: Mapping[str, tuple[int, ...]], varied: Container[str]
) -> list[Cell]:
    """A few values of the parameters that are not on the axis."""
    cells: list[Cell] = []
    for j in range(_CURVES):
        here: dict[str, Any] = {}
        for p in others:
            i = j if p.name in varied else _CURVES // 2
            known = seen.get(p.name, ())
            if not p.is_size:
                here[p.name] = _values(p, ())[_PLACES // 2]
            elif p.name in statement.counts:
                here[p.name] = known[0] if known else _whole(p, 10)
            elif known:
                here[p.name] = known[round(i * (len(known) - 1) / (_CURVES - 1))]
            else:
                here[p.name] = _whole(p, _OTHERS[i])
        cells += [{**here, **point} for point in statement.exact_points]
    return list({tuple(cell.items()): cell for cell in cells}.values())


def _whole(p: Parameter, value: int) -> int:
    most = value if p.high == oo else int(p.high)
    return max(int(p.low), min(value, most))


def _values(p: Parameter, seen: Sequence[int]) -> list[Any]:
    """Places along the domain of a parameter."""
    if p.is_size:
        sizes = [int(cell[p.name]) for cell in doublings((p.name,))]
        if len(seen) > 1:
            return [v for v in seen if p.admits(v)]
        bounded = [v for v in (1, 2, 3, 6, *sizes) if p.admits(v) and v <= _SIZES[-1]]
        large = [v for v in bounded if v >= _SIZES[0]]
        return large if len(large) > 2 else bounded
    steps = [Fraction(i, _PLACES + 1) for i in range(1, _PLACES + 1)]
    low, high = (None if end in (oo, -oo) else _near(end) for end in (p.low, p.high))
    if low is not None and high is not None:
        return [low + (high - low) * s for s in steps]
    if low is not None:
        return [low + 4 * s / (1 - s / 2) for s in steps]
    return [high - 4 * s if high is not None else 10 * s - 5 for s in steps]


def _near_counterexample(result: Result, link: LinkResult) -> Iterator[Cell]:
    """Cells beside the smallest counterexample, along the first of its sizes."""
    worst = link.counterexample
    axis = next((s for s in result.statement.sizes if worst is not None and s in worst.cell), None)
    if worst is None or axis is None:
        return
    at = int(worst.cell[axis])
    near = {1, 2, 3, 4, 6, 8, 12, 16, *(max(1, at * k // 4) for k in (1, 2, 3, 5, 6, 8, 12, 16))}
    for value in sorted({*(v for v in near if v <= 8 * at), *_seen(result).get(axis, ())}):
        if value != at:
            yield {**worst.cell, axis: value}


def _near(end: Any) -> Fraction:
    try:
        return Fraction(exact_number(end))
    except (TypeError, ValueError):
        return Fraction(number(end, {})).limit_denominator(10**6)
