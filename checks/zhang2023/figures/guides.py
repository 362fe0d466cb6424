"""What is known of the margin beside its draws: the sharp bound, the width it asks for, quantiles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

from ....theory.calculus.evaluate import number
from ....theory.language.models import RV, Cell
from ....theory.laws.elementary import SignLaw
from ....theory.zhang2023.margin._sharp_forms import exponent_expr
from ....theory.zhang2023.margin.scalar_laws import MarginLaw
from ...figures.view import _LOG10, Row, _law
from .quantiles import quick_margin_quantiles

__all__ = ["law_quantiles", "sharp_log10", "sharp_width"]

_WIDEST = 2**40


def is_margin(rv: RV, cell: Cell) -> bool:
    """Whether failures of `rv` are those of the margin at initialisation, which whp S4 bounds."""
    law = _law(rv, cell)
    return isinstance(law.base if isinstance(law, SignLaw) else law, MarginLaw)


@lru_cache(maxsize=4096)
def sharp_log10(m: int, d: int) -> float:
    """log10 of ½ e^{−A(m,d)} + 2^{−m−1}, which bounds one sample's failure for all m, d (whp S4)."""
    exponent = -number(exponent_expr(m, d)) - math.log(2)
    other = -(m + 1) * math.log(2)
    most = max(exponent, other)
    return (most + math.log(math.exp(exponent - most) + math.exp(other - most))) / _LOG10


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


def law_quantiles(rv: RV, rows: Iterable[Row], levels: tuple[float, ...]) -> tuple[list[int], list[tuple[float, ...]]]:
    """Widths and, at each, the quantiles of the exact law at `levels`; empty for a variable without one.

    At width 1 the margin is an atom at 0 and a product; its quantiles are left out.
    """
    cells = sorted({(row["m"], row["d"]) for row in rows if row["m"] > 1})
    if not all(isinstance(_law(rv, {"m": m, "d": d}), MarginLaw) for m, d in cells):
        return [], []
    return [m for m, _ in cells], [quick_margin_quantiles(m, d, levels) for m, d in cells]
