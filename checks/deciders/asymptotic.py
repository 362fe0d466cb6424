"""Asymptotic equivalence A ~ B along the doublings of a regime: the log-ratio must fade like a power."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import Rational

from ...theory.evaluate import enclosure
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome

__all__ = ["decide", "exact_number", "slope_interval"]

# Two decades of the growing size; exact sums are still cheap there.
_PATH = (8, 16, 32, 64, 128, 256, 800)
_TOLERANCE = 0.02


def slope_interval(x: list[float], y: list[float], level: float = 0.999) -> tuple[float, float]:
    """Confidence interval of the slope of a least-squares line y ~ x at `level` (Student's t).

    Examples
    --------
    >>> low, high = slope_interval([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, -1.0, -2.0])
    >>> round(low, 6), round(high, 6)
    (-1.0, -1.0)
    """
    from scipy.stats import linregress, t

    fit = linregress(np.asarray(x), np.asarray(y))
    margin = float(t.isf((1 - level) / 2, len(x) - 2)) * float(fit.stderr)
    return float(fit.slope) - margin, float(fit.slope) + margin


def decide(question: Question) -> tuple[Outcome, ...] | None:
    """Evaluate log(lhs/rhs) exactly along d = 8 ... 800 at each listed point; it must decay with a negative slope."""
    link, found = question.link, []
    for listed in question.statement.points:
        cell: dict[str, Any] = {}
        sizes, ratios = [], []
        for size in _PATH:
            cell = {"d": size, **{s.name: exact_number(v) for s, v in listed.items()}}
            ratio = float(enclosure(link.lhs, cell, 256).log()) - float(enclosure(link.rhs, cell, 256).log())
            sizes.append(math.log(size))
            ratios.append(ratio)
        low, high = slope_interval(sizes[2:], [math.log(max(abs(r), 1e-300)) for r in ratios[2:]])
        fades = high < -_TOLERANCE and abs(ratios[-1]) < 0.1
        stays = low > -_TOLERANCE
        verdict = Verdict.HOLDS if fades else Verdict.REFUTED if stays else Verdict.UNDETERMINED
        reason = (
            f"log-ratio {ratios[2]:.2e} at d = {_PATH[2]} and {ratios[-1]:.2e} at d = {_PATH[-1]}: "
            f"it scales as d^s with s in [{low:.2f}, {high:.2f}]"
        )
        evidence = Evidence.EXACT if verdict is not Verdict.UNDETERMINED else None
        found.append(outcome(verdict, evidence, cell, f"{ratios[-1]:.3e}", "0", reason))
    return tuple(found)


def exact_number(value: Any) -> int | Fraction:
    """A listed value as an int or a Fraction."""
    exact = Rational(value)
    return int(exact.p) if exact.q == 1 else Fraction(int(exact.p), int(exact.q))
