"""Where a tangent touches the cost of a small ratio, and cells that show it: floats propose, in rationals."""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["norm_below", "tangent"]

Cells = list[tuple[Fraction, Fraction]]


def norm_below(rate: float) -> Fraction:
    """A share s of the mean below which a chi-square of k degrees lies with probability e^{−k·rate} at most.

    Examples
    --------
    >>> norm_below(50 / 433)
    Fraction(929, 2000)
    """
    low, high = 1e-9, 1.0
    for _ in range(80):
        s = (low + high) / 2
        low, high = (s, high) if (s - 1 - math.log(s)) / 2 > rate else (low, s)
    return Fraction(math.floor((low - 3e-4) * 10**4), 10**4)


def tangent(t: float) -> tuple[Fraction, Fraction, Fraction, Cells] | None:
    """Cost, slope and place of the tangent, and cells of ρ with a multiplier each, at equal sizes; None where none is.

    The sum of the cost c(ρ) = max over σ of ½ log(1 + 2σρ − σ²ρ(1 − ρ)) − σt and of the rate of ρ is least there.
    """
    if not 0 < t < 0.5:
        return None
    low, high = t, 0.5
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(100):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if _total(a, t) < _total(b, t) else (a, high)
    r = Fraction((low + high) / 2).limit_denominator(1000)
    at, step = float(r), 1e-6
    slope = Fraction((_cost(at + step, t)[0] - _cost(at - step, t)[0]) / (2 * step)).limit_denominator(1000)
    cost = Fraction(math.floor((_cost(at, t)[0] - 4e-6) * 10**6), 10**6)
    first = Fraction(math.floor((at - float(cost / slope)) * 10**4), 10**4)
    cells: Cells = [(first, Fraction(0))] if first > 0 else []
    stack = [(max(first, Fraction(0)), Fraction(1))]
    while stack:
        start, end = stack.pop()
        sigma = Fraction(_cost(float(start + end) / 2, t)[1]).limit_denominator(500)
        held = all(
            _bound(float(sigma), float(start + (end - start) * i / 8), t)
            > float(cost + slope * (start + (end - start) * i / 8 - r)) + 5e-7
            for i in range(9)
        )
        if held:
            cells.append((end, sigma))
        elif end - start < Fraction(1, 10**4):
            return None
        else:
            stack += [((start + end) / 2, end), (start, (start + end) / 2)]
    return cost, slope, r, cells


def _bound(sigma: float, rho: float, t: float) -> float:
    inside = 1 + 2 * sigma * rho - sigma**2 * rho * (1 - rho)
    return math.log(inside) / 2 - sigma * t if inside > 0 else -math.inf


def _cost(rho: float, t: float) -> tuple[float, float]:
    """The best bound at a ratio and its multiplier."""
    low, high = 0.0, 1 / (1 - rho) if rho < 1 else 1 / t
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(80):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if _bound(a, rho, t) > _bound(b, rho, t) else (a, high)
    return _bound((low + high) / 2, rho, t), (low + high) / 2


def _total(rho: float, t: float) -> float:
    return _cost(rho, t)[0] + math.log(2) - 1.5 * math.log(rho ** (1 / 3) + (1 - rho) ** (1 / 3))
