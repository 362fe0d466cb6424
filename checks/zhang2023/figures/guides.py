"""What is known of the margin beside its draws: the sharp bound, the width it asks for, quantiles, a slope."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from ....theory.language.cells import Cell
from ....theory.language.models import RV
from ....theory.laws.elementary import SignLaw
from ....theory.laws.protocol import ScalarLaw
from ....theory.zhang2023.margin.scalar_laws import MarginLaw
from ....theory.zhang2023.margin.sharp import exponent
from ...guide import Guide

__all__ = ["guides", "sharp_log10", "sharp_width"]

_LOG10 = math.log(10)
_WIDEST = 2**40
# The quick quantiles are checked down to this level.
_LEAST_LEVEL = 1e-6


@lru_cache(maxsize=4096)
def sharp_log10(m: int, d: int) -> float:
    """log10 of ½ e^{−A(m,d)} + 2^{−m−1}, which bounds one sample's failure for all m, d (whp S4)."""
    first, other = -exponent(m, d) - math.log(2), -(m + 1) * math.log(2)
    most = max(first, other)
    return (most + math.log(math.exp(first - most) + math.exp(other - most))) / _LOG10


def sharp_width(d: int, n: int, delta: float) -> int | None:
    """Smallest m at which S4 makes all n margins positive with probability at least 1 − δ; None if no width does."""
    target = math.log10(delta / n)
    high = 1
    while sharp_log10(high, d) > target:
        high *= 2
        if high > _WIDEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if sharp_log10(middle, d) <= target else (middle, high)
    return high


def _law(rv: RV, cell: Cell) -> ScalarLaw | None:
    """The law of a random variable, where width and dimension fix it."""
    try:
        return None if rv.law is None else rv.law(cell)
    except (KeyError, NotImplementedError):
        return None


def _log10_bound(cell: Cell) -> float:
    return sharp_log10(int(cell["m"]), int(cell["d"]))


def _guaranteed_from(cell: Cell, samples: int, delta: float) -> int | None:
    return sharp_width(int(cell["d"]), samples, delta)


def _quantiles(cell: Cell, levels: tuple[float, ...]) -> tuple[float, ...] | None:
    """Quantiles of the margin; None at width 1, where it is an atom at 0 and a product, and far out in the tail."""
    # SciPy's statistics load when they are asked for: the command line stays light
    from .quantiles import quick_margin_quantiles

    if cell["m"] <= 1 or min(levels) < _LEAST_LEVEL:
        return None
    return quick_margin_quantiles(int(cell["m"]), int(cell["d"]), levels)


def guides(rv: RV) -> Guide | None:
    """What is known of one of the paper's random variables beside its draws.

    Failures of the margin at initialisation are those that whp S4 bounds; of the others only their names are known.
    """
    named = Guide("margin", "networks", {"scalar-law": "law S1"})
    law = _law(rv, {"m": 1, "d": 1})
    if not isinstance(law.base if isinstance(law, SignLaw) else law, MarginLaw):
        return named
    return replace(
        named,
        axis="m",
        bound_name="whp S4",
        bound_label=r"whp S4: $p_0 \leq \frac{1}{2} e^{-A} + 2^{-m-1}$",
        log10_bound=_log10_bound,
        guaranteed_from=_guaranteed_from,
        quantiles=_quantiles if isinstance(law, MarginLaw) else None,
        # log p = −m log 2 is what I(γ) ~ γ log 2 predicts while m is far below d.
        slope=-math.log10(2),
        slope_label="slope for $m \\ll d$: $p = 2^{-m}$",
        frontier_label="frontier $c_1 = I(c_1/c_2)$",
    )
