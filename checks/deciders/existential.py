"""Unnamed constants: what the evidence admits, and the corner that defeats every choice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from flint import arb

from ...theory.core import Cell, Constants, Implication
from ...theory.enclosure import Enclosure
from ...theory.evaluate import enclose, enclosure
from ...theory.positivity import prove_nonnegative
from ..stats import clopper_pearson
from ..verdict import Evidence, Outcome, Verdict
from .asymptotic import slope_interval
from .paths import decades, paths
from .probability import excluded, failures, log_probability
from .question import Question, cell_text, outcome

__all__ = ["admitted", "corner", "corner_by_draws"]

# Ratios c1/c2 at which the frontier is tabulated, and the sizes of a corner's path.
RATIOS = tuple(Fraction(2) ** j for j in range(-4, 5))
_CORNER = tuple(2**j for j in range(4, 13))
_FEWEST = 3
# -log P of a failure that is all but certain at the corner's last cell.
_CERTAIN = 1e-6
# Powers of the growing size between the ends of a path: more than the first grows, less than the second does not.
_GROWS = 0.2
_STAYS = 0.05


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
    second = Enclosure.of(first.ball / enclose(sympy.Rational(ratio.numerator, ratio.denominator)))
    inside = _excess(region, ratio, first, Fraction(99, 100))
    outside = _excess(region, ratio, first, Fraction(103, 100))
    return {
        "ratio": str(ratio),
        str(region.first): first.decimal(12),
        str(region.second): second.decimal(12),
        "inside": f"largest log(truth/bound) {inside[0]:.3f} at m = {inside[1]['m']}, d = {inside[1]['d']}",
        "outside": f"largest log(truth/bound) {outside[0]:.3f} at m = {outside[1]['m']}, d = {outside[1]['d']}",
    }


def _excess(region: Constants, ratio: Fraction, largest: Enclosure, scale: Fraction) -> tuple[float, dict[str, int]]:
    """The largest log(truth / bound) with constants `scale` times the frontier's, along m/d = ratio."""
    event = region.event
    best, where = -math.inf, {"m": 0, "d": 0}
    for j in range(3, 14):
        unit = 2**j
        m, d = max(1, int(ratio * unit)), unit
        if ratio > 1:
            m, d = unit, max(1, int(unit / ratio))
        cell = {"m": m, "d": d}
        first = largest.ball * arb(scale.numerator) / scale.denominator
        second = first / arb(ratio.numerator) * ratio.denominator
        bound = enclose(region.bound, {**cell, region.first.name: first, region.second.name: second})
        truth = log_probability(event.value, event.relation, float(enclose(event.bound, cell).mid()), cell)
        excess = truth - float(bound.log().mid())
        if excess > best:
            best, where = excess, cell
    return best, where


def corner(question: Question) -> Outcome | None:
    """Refute a claim with unnamed rates along m = d: no positive rate survives if -log p / d fades to 0.

    A bound that is at least 1 whatever the constants makes the claim vacuous.
    """
    claim = excluded(question.link)
    if claim is None:
        return None
    if isinstance(claim.bound, sympy.exp) and (proof := prove_nonnegative(claim.bound.args[0])) is not None:
        why = f"the bound is at least 1 for all positive constants; {proof.method}"
        return outcome(Verdict.VACUOUS, Evidence.PROVED, reason=why)
    if len(claim.events) != 1:
        return None
    event = claim.events[0]
    rates = []
    for size in _CORNER:
        cell = {"m": size, "d": size, "n": 1}
        if any(s.name not in cell for s in event.bound.free_symbols):
            return None
        try:
            threshold = float(enclose(event.bound, cell).mid())
            rates.append(-log_probability(event.value, event.relation, threshold, cell) / size)
        except NotImplementedError:
            return None
    if min(rates) <= 0 or rates[-1] * _CORNER[-1] < _CERTAIN:
        high = -math.inf
    else:
        _, high = slope_interval([math.log(s) for s in _CORNER], [math.log(r) for r in rates])
    if high >= -0.02:
        return None
    return outcome(
        Verdict.REFUTED,
        Evidence.EXACT,
        {"m": _CORNER[-1], "d": _CORNER[-1], "n": 1},
        -rates[-1] * _CORNER[-1],
        "every C n (exp(-c1 d) + exp(-c2 m))",
        f"corner m = d: -log P / d falls as d^s with s <= {high:.2f}, so no positive rate constants exist",
    )


def corner_by_draws(question: Question) -> Outcome | None:
    """Refute a claim with unnamed rates on a path of the sweep along which m or d grows alone, from failure counts.

    With every constant at 1 the claim asks for -log P >= G; other positive constants ask for a positive multiple of G
    up to a constant. None survives on a path where G grows like a power and -log P, by its upper limits, does not.
    """
    claim = excluded(question.link)
    if claim is None:
        return None
    unit = {s.name: 1 for s in question.claim.exists}
    for size in ("m", "d"):
        for along in paths(question.cells, f"{size} -> oo").values():
            points: list[tuple[Cell, float, float]] = []
            for cell in along:
                failed = failures(claim, question, cell)
                if failed is None or size not in cell:
                    return None
                low, _ = clopper_pearson(int(failed.sum()), failed.size, question.alpha)
                asked = -float(enclose(claim.bound, {**cell, **unit}).log().mid())
                if low == 0.0 or asked <= 0.0:
                    points.clear()
                else:
                    points.append((cell, -math.log(low), asked))
            if len(points) < _FEWEST or decades([c for c, _, _ in points], size) < 1.0:
                continue
            (first, had, less), (last, has, more) = points[0], points[-1]
            span = math.log(last[size] / first[size])
            asked_power, power = math.log(more / less) / span, math.log(max(has, 1e-12) / had) / span
            if asked_power > _GROWS and power < _STAYS:
                rest = {k: v for k, v in last.items() if k != size}
                return outcome(
                    Verdict.REFUTED,
                    Evidence.SAMPLED,
                    last,
                    -has,
                    f"every {claim.bound}".replace("**", "^"),
                    f"corner {size} -> oo at {cell_text(rest)}: from {size} = {first[size]} to {last[size]} what the "
                    f"claim asks of -log P grows by {more / less:.3g} at constants 1, while its upper limit goes from "
                    f"{had:.3g} to {has:.3g}: no positive rate constants exist",
                )
    return None


def named_constants(values: Mapping[Any, Any]) -> str:
    """``C = 1/3, c_1 = ...`` for a reader."""
    return ", ".join(f"{s} = {sympy.sstr(v)}" for s, v in values.items())
