"""Whether the draws of a random variable can come from the law that it is said to have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from flint import arb
from numpy.typing import NDArray

from ...theory.calculus.enclosure import workprec
from ...theory.laws.protocol import ScalarLaw
from .tails import PRECISION

__all__ = ["Compared", "compared", "contradiction", "limit"]

# Computed values, those of a lattice above all, are off by this share of their size.
_ROUNDING = 1e-9
# What is lost where a probability becomes a float.
_UNDERFLOW = 1e-12
# Thresholds at which a law is asked: as many as the limit at this error budget is narrow.
_FEWEST, _MOST, _BUDGET = 3, 32, 1e-9
_SECONDS = 0.5
_COMPLEMENT = {"<=": ">", "<": ">="}


@dataclass(frozen=True)
class Compared:
    """How far the empirical distribution function of some draws is from a law, at least.

    Attributes
    ----------
    distance : float
    at : float
        The threshold at which it is that far.
    draws : int
    """

    distance: float
    at: float
    draws: int


def limit(draws: int, alpha: float) -> float:
    """The distance that draws from the law exceed with probability at most `alpha` (Dvoretzky, Kiefer, Wolfowitz).

    Examples
    --------
    >>> round(limit(1000, 1e-6), 3)
    0.085
    """
    return math.sqrt(math.log(2 / alpha) / (2 * draws))


def compared(law: ScalarLaw, values: NDArray[np.float64]) -> Compared | None:
    """Compare draws with a law at quantiles of the draws; None where the law answers at none of them.

    The law is read as the interval that it gives, each value as one up to rounding away: draws of the law are never
    further from it than they are.
    """
    if values.size == 0:
        return None
    ordered = np.sort(values)
    count = ordered.size
    wanted = min(_MOST, max(_FEWEST, math.ceil(1 / limit(count, _BUDGET))))
    ranks = np.unique(np.linspace(0, count - 1, wanted).round().astype(int))
    scale = float(np.mean(np.abs(ordered)))
    found: Compared | None = None
    for t in _affordable(law, np.unique(np.append(ordered[ranks], 0.0))):
        width = _ROUNDING * max(abs(float(t)), scale)
        if not math.isfinite(width):
            continue
        # Rounding is given way to by the law's thresholds, at 0 by the counts: there a law may be quick.
        moved = 0.0 if t else width
        shift = moved if np.any((np.abs(ordered) <= moved) & (ordered != 0)) else 0.0
        upto = np.searchsorted(ordered, t - shift, side="right") / count
        below = np.searchsorted(ordered, t + shift, side="left") / count
        most = _interval(law, "<=", float(t) + width - moved)
        least = _interval(law, "<", float(t) - width + moved)
        for distance in (None if most is None else upto - most[1], None if least is None else least[0] - below):
            if distance is not None and (found is None or distance > found.distance):
                found = Compared(float(distance), float(t), count)
    return found


def _affordable(law: ScalarLaw, points: NDArray[np.float64]) -> list[float]:
    """The thresholds whose answers take a short time in all, the quickest first: a law may be quick at 0 only."""
    chosen, spent = [], 0.0
    for t in sorted(map(float, points[np.isfinite(points)]), key=law.seconds):
        spent += 2 * law.seconds(t)
        if spent > _SECONDS:
            break
        chosen.append(t)
    return chosen


def _interval(law: ScalarLaw, relation: str, t: float) -> tuple[float, float] | None:
    """Between which numbers P(X relation t) lies; None where the law does not answer."""
    return _asked(law, relation, t) or _complement(_asked(law, _COMPLEMENT[relation], t))


def _complement(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if interval is None else (1 - interval[1], 1 - interval[0])


def _asked(law: ScalarLaw, relation: str, t: float) -> tuple[float, float] | None:
    try:
        log = law.log_probability(relation, t)
        if math.isnan(log):
            return None
        if log == -math.inf:
            return 0.0, _UNDERFLOW
        # Floats are trusted as far as deciders trust them.
        slack = law.log_gap * max(1.0, abs(log))
        return math.exp(min(0.0, log - slack)), min(1.0, math.exp(min(0.0, log + slack)))
    except NotImplementedError:
        pass
    try:
        with workprec(PRECISION):
            found = law.enclose(relation, arb(t))
            low, high = float(found.lower), float(found.upper)
    except NotImplementedError:
        return None
    return None if math.isnan(low) or math.isnan(high) else (low - _UNDERFLOW, high + _UNDERFLOW)


def contradiction(name: str, found: Compared, alpha: float) -> str | None:
    """What is wrong with a law and draws, in words; None where they agree as far as the draws tell."""
    most = limit(found.draws, alpha)
    if found.distance <= most:
        return None
    return (
        f"error: the law of {name} and its draws contradict each other at {found.at:.6g}: distance "
        f"{found.distance:.3f}, at most {most:.3f} expected from {found.draws} draws"
    )
