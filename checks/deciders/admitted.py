"""Unnamed constants: what the evidence admits, and the corner that defeats every choice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy
from flint import arb

from ...theory.calculus.enclosure import Enclosure
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.calculus.exact import rational
from ...theory.language.cells import Cell, cell_text
from ...theory.language.models import RV
from ...theory.language.statements import Constants, Implication
from .probability import telling_cells
from .question import Question, log_text
from .tails import event_log, most_likely

__all__ = ["admitted", "named_constants", "unsupported"]

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


def named_constants(values: Mapping[Any, Any]) -> str:
    """``C = 1/3, c_1 = ...`` for a reader."""
    return ", ".join(f"{s} = {sympy.sstr(v)}" for s, v in values.items())
