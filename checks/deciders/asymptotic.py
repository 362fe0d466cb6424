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

_TOLERANCE = 0.02


def decide(question: Question) -> Answer | None:
    """Evaluate log(lhs/rhs) exactly along size 8 ... 800 at each listed point; it must decay with a negative slope."""
    link, regime, found = question.link, question.claim.regime, []
    if regime is None:
        return None
    name = regime.size.name
    for listed in question.statement.exact_points:
        cell: dict[str, Any] = {}
        sizes, ratios = [], []
        for size in _PATH:
            cell = {name: size, **listed}
            ratio = float(enclosure(link.lhs, cell, 256).log()) - float(enclosure(link.rhs, cell, 256).log())
            sizes.append(math.log(size))
            ratios.append(ratio)
        low, high = slope_interval(sizes[2:], [math.log(max(abs(r), 1e-300)) for r in ratios[2:]])
        equal = not any(ratios)
        fades = equal or (high < -_TOLERANCE and abs(ratios[-1]) < 0.1)
        stays = not equal and low > -_TOLERANCE
        verdict = Verdict.HOLDS if fades else Verdict.REFUTED if stays else Verdict.UNDETERMINED
        reason = (
            f"log-ratio {ratios[2]:.2e} at {name} = {_PATH[2]} and {ratios[-1]:.2e} at {name} = {_PATH[-1]}: "
            f"it scales as {name}^s with s in [{low:.2f}, {high:.2f}]"
        )
        evidence = Evidence.EXACT if verdict is not Verdict.UNDETERMINED else None
        found.append(outcome(verdict, evidence, cell, f"{ratios[-1]:.3e}", "0", reason))
    return Answer(tuple(found))
