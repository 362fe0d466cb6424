"""Asymptotic equivalence A ~ B along the doublings of a regime: the log-ratio must fade like a power."""

from __future__ import annotations

import math
from typing import Any

from ...theory.calculus.evaluate import enclosure
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome
from .stats import slope_interval

__all__ = ["decide"]

# Two decades of the growing size; exact sums are still cheap there.
_PATH = (8, 16, 32, 64, 128, 256, 800)

# The first cells are not yet the limit.
_SKIPPED = 2

_TOLERANCE = 0.02


def decide(question: Question) -> Answer | None:
    """Evaluate log(lhs/rhs) exactly along size 8 ... 800 at each listed point; it must decay with a negative slope."""
    link, regime, found = question.link, question.claim.regime, []
    if regime is None:
        return None
    name = regime.size.name
    symbols = {s.name for s in link.lhs.free_symbols | link.rhs.free_symbols}
    for listed in question.statement.exact_points:
        if not {s.name for s in regime.tied.values()} <= {*listed}:
            return None
        along: list[dict[str, Any]] = []
        for size in _PATH:
            tied = {s: v for s, v in regime.cell(size, listed).items() if s in symbols}
            along.append({**tied, name: size, **listed})
        along = [cell for cell in along if not question.statement.applies(cell)]
        if len(along) <= _SKIPPED + 2 or not symbols <= {*along[0]}:
            return None
        sizes, ratios = [], []
        for cell in along:
            ratio = float(enclosure(link.lhs, cell, 256).log()) - float(enclosure(link.rhs, cell, 256).log())
            sizes.append(math.log(cell[name]))
            ratios.append(ratio)
        low, high = slope_interval(sizes[_SKIPPED:], [math.log(max(abs(r), 1e-300)) for r in ratios[_SKIPPED:]])
        equal = not any(ratios)
        fades = equal or (high < -_TOLERANCE and abs(ratios[-1]) < 0.1)
        stays = not equal and low > -_TOLERANCE
        verdict = Verdict.HOLDS if fades else Verdict.REFUTED if stays else Verdict.UNDETERMINED
        reason = (
            f"log-ratio {ratios[_SKIPPED]:.2e} at {name} = {along[_SKIPPED][name]} and {ratios[-1]:.2e} at {name} = "
            f"{along[-1][name]}: "
            f"it scales as {name}^s with s in [{low:.2f}, {high:.2f}]"
        )
        evidence = Evidence.COMPUTED if verdict is not Verdict.UNDETERMINED else None
        found.append(outcome(verdict, evidence, along[-1], f"{ratios[-1]:.3e}", "0", reason))
    return Answer(tuple(found))
