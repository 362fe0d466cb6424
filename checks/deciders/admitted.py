"""Unnamed constants: what the evidence admits, and the corner that defeats every choice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy
from flint import arb

from ...theory.calculus.enclosure import Enclosure
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.calculus.exact import rational
from ...theory.language.cells import Cell, cell_text
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Constants, Implication, Link, Statement
from ...theory.laws.elementary import SignLaw
from .probability import telling_cells
from .question import Question, log_text
from .tails import event_log, most_likely

__all__ = ["admitted", "named_constants", "unrelated", "unsupported"]

# Ratios c1/c2 at which the frontier is tabulated, and the paths of corners.
RATIOS = tuple(Fraction(2) ** j for j in range(-4, 5))

GAP = 1e-6


def admitted(implication: Implication) -> dict[str, Any]:
    """The constants the evidence admits, computed: named values, the frontier, and the truth on both sides of it."""
    named = {str(s): enclosure(e).decimal(12) for s, e in implication.constants.items()}
    table: dict[str, Any] = {"implied_by": implication.by, "named": named}
    region = implication.admitted
    if region is not None:
        table["condition"] = f"{region.first} <= {region.largest.subs(region.ratio, region.first / region.second)}"
        table["frontier"] = [_frontier_point(region, ratio) for ratio in RATIOS]
    return table


def _frontier_point(region: Constants, ratio: Fraction) -> dict[str, str]:
    """The largest constants on one ray, with the exact law's word just inside and just outside."""
    first = enclosure(region.largest, {region.ratio.name: ratio})
    second = Enclosure.of(first.ball / enclose(rational(ratio)))
    inside = _excess(region, ratio, first, Fraction(99, 100))
    outside = _excess(region, ratio, first, Fraction(103, 100))
    return {
        "ratio": str(ratio),
        str(region.first): first.decimal(12),
        str(region.second): second.decimal(12),
        "inside": f"largest log(truth/bound) {inside[0]:.3f} at {cell_text(inside[1])}",
        "outside": f"largest log(truth/bound) {outside[0]:.3f} at {cell_text(outside[1])}",
    }


def _excess(region: Constants, ratio: Fraction, largest: Enclosure, scale: Fraction) -> tuple[float, Cell]:
    """The largest log(truth / bound) with constants `scale` times the frontier's, where the sizes have this ratio."""
    (upper, low), (lower, lowest) = ((size.name, int(size.low)) for size in region.along)
    best, where = -math.inf, dict.fromkeys((upper, lower), 0)
    for j in range(3, 14):
        unit = 2**j
        cell = {upper: max(low, int(ratio * unit)), lower: unit}
        if ratio > 1:
            cell = {upper: unit, lower: max(lowest, int(unit / ratio))}
        first = largest.ball * arb(scale.numerator) / scale.denominator
        second = first / arb(ratio.numerator) * ratio.denominator
        bound = enclose(region.bound, {**cell, region.first.name: first, region.second.name: second})
        excess = event_log(region.event, cell) - float(bound.log().mid())
        if excess > best:
            best, where = excess, cell
    return best, where


def unsupported(implication: Implication, question: Question) -> str | None:
    """Why an implication does not reach the claim at hand, or None where nothing speaks against it.

    With the named constants put in, the claim's bound must be what a step of the implication ends at (times n where it
    speaks of all samples), and the exact law of one sample must stay below it at every cell at which it says anything.
    """
    claim = question.link.excluded
    if claim is None:
        return f"{implication.by} is no statement about such a claim"
    for c, value in implication.constants.items():
        free = sympy.sympify(value).free_symbols - {*(c.of if isinstance(c, Parameter) else ())}
        if free:
            return (
                f"{c} = {sympy.sstr(value)} from {implication.by} is no constant: it depends on {min(map(str, free))}"
            )
        if not (sympy.sympify(value).is_positive or _positive(value)):
            return f"{c} = {sympy.sstr(value)} from {implication.by} is not positive"
    bound = claim.bound.subs(dict(implication.constants))
    ends = [
        scale * step.rhs
        for step in implication.steps
        for scale in ((1,) if claim.samples is None else (1, claim.samples))
    ]
    if not any(sympy.expand(bound - end) == 0 for end in ends):
        return f"the steps from {implication.by} do not end at its bound"
    events = claim.events
    if any(rv.law is None for event in events for rv in event.atoms(RV)) or bound.atoms(RV):
        return None
    named = replace(question.link, rhs=question.link.rhs.subs(dict(implication.constants)))
    asked = replace(question, link=named)
    for cell in telling_cells(asked):
        known = enclosure(bound, cell)
        if not known.upper < 1:
            continue
        limit = float(known.log())
        try:
            least = max(event_log(event, cell) for event in events)
        except NotImplementedError:
            # A law that only bounds from above can confirm the claim, and must.
            most = most_likely(asked, cell)
            if most is None or not most.upper <= known.upper:
                return f"the exact law does not confirm the constants from {implication.by} at {cell_text(cell)}"
            continue
        if least > limit + GAP * max(1.0, abs(limit)):
            return (
                f"the constants from {implication.by} fail at {cell_text(cell)}, where the excluded has probability "
                f"{log_text(least)} and not {log_text(limit)}"
            )
    return None


def _positive(value: Any) -> bool:
    try:
        return bool(enclosure(value).lower > 0)
    except ValueError:
        return False


# Sizes, small and not round, at which the ends of two chains are compared.
_TRIED = (5, 8, 21, 34)
_ALIKE = 1e-20


def unrelated(implication: Implication, question: Question, named: Statement) -> str | None:
    """Why a statement that is said to imply a claim does not speak of its event, or None where it does.

    Its event must be the claim's, of the same variable or of one of the same law, at one of its listed points; and the
    first step must begin where its chain of bounds ends, for one sample or for all.
    """
    claim = question.link.excluded
    if claim is None:
        return "nothing is known of such a claim"
    assumed = {h.relation for h in question.statement.hypotheses}
    needed = [h.words for h in named.hypotheses if h.relation not in assumed]
    late = [s for s, low in named.least.items() if low > question.statement.least.get(s, low)]
    if needed or late:
        return (
            f"{implication.by} needs {needed[0] if needed else f'a larger {late[0]}'}, which the claim does not assume"
        )
    chains = [chain for stated in named.claims for chain in _chains(stated.links, claim, named)]
    if not chains:
        return f"{implication.by} does not speak of this event, and that it may be so read is not checked"
    first = next((step.lhs for step in implication.steps if step.relation in ("<", "<=")), None)
    first = implication.steps[-1].lhs if first is None else first
    if any(_alike(first, end, question) for chain in chains for end in chain):
        return None
    return f"the steps do not begin at the bound of {implication.by}"


def _chains(links: tuple[Link, ...], claim: Excluded, named: Statement) -> Iterator[list[sympy.Expr]]:
    """The bounds of a named chain on the claim's event: at each listed point, for one sample and as printed."""
    for i, link in enumerate(links):
        known = link.excluded
        if known is None or known.together or link.given:
            continue
        for point in named.points:
            if all(any(_covers(k, w, point) for k in known.events) for w in claim.events):
                ends = [known.bound]
                for later in links[i + 1 :]:
                    if later.lhs == ends[-1] and later.relation in ("<", "<=", "="):
                        ends.append(later.rhs)
                least = {} if known.samples is None else {known.samples: int(known.samples.low)}
                yield [end.subs(point).subs(values) for end in ends for values in ({}, least)]


def _covers(known: Event, wanted: Event, point: Mapping[Any, Any]) -> bool:
    """Whether the known event happens whenever the wanted one does."""
    mine, theirs = wanted.value.atoms(RV), known.value.atoms(RV)
    if len(mine) != 1 or len(theirs) != 1:
        return False
    (rv,), (other,) = mine, theirs
    alike = rv == other or _of_one_law(rv, other, at_zero=wanted.bound == 0)
    same = known.relation == wanted.relation or known.relation == f"{wanted.relation}="
    if not (alike and same and wanted.value.xreplace({rv: other}) == known.value):
        return False
    return bool(sympy.simplify(wanted.bound - known.bound.subs(dict(point))) == 0)


def _of_one_law(rv: RV, other: RV, *, at_zero: bool) -> bool:
    """Whether two variables have the same law at some sizes; at threshold 0 their signs are enough."""
    if rv.law is None or other.law is None:
        return False
    if rv.law == other.law:
        return True
    names = sorted({*rv.model.names, *other.model.names})
    for shift in range(len(_TRIED)):
        cell = {name: _TRIED[(i + shift) % len(_TRIED)] for i, name in enumerate(names)}
        try:
            laws = [rv.law(cell), other.law(cell)]
        except (KeyError, ValueError, NotImplementedError):
            return False
        first, second = (law.base if at_zero and isinstance(law, SignLaw) else law for law in laws)
        if first != second:
            return False
    return True


def _alike(first: sympy.Expr, second: sympy.Expr, question: Question) -> bool:
    """Whether two bounds agree at some sizes to all digits."""
    names = sorted({s.name for s in first.free_symbols | second.free_symbols})
    listed = question.statement.exact_points[0]
    for shift in range(len(_TRIED)):
        cell = {name: listed.get(name, _TRIED[(i + shift) % len(_TRIED)]) for i, name in enumerate(names)}
        try:
            left, right = enclosure(first, cell, 256), enclosure(second, cell, 256)
        except ValueError:
            return False
        if not left.ball.overlaps(right.ball) or max(left.relative_radius, right.relative_radius) > _ALIKE:
            return False
    return True


def named_constants(values: Mapping[Any, Any]) -> str:
    """``C = 1/3, c_1 = ...`` for a reader."""
    return ", ".join(f"{s} = {sympy.sstr(v)}" for s, v in values.items())
