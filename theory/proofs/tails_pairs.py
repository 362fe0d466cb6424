"""Where a tangent touches the cost of a small ratio, and cells that show it: floats propose, in rationals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

__all__ = ["kept_below", "norm_above", "norm_below", "products_rate", "tangent"]

Cells = list[tuple[Fraction, Fraction]]


def norm_below(rate: Any) -> Fraction:
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


def norm_above(rate: Any) -> float:
    """A share s of the mean above which a chi-square of k degrees lies with probability e^{−k·rate} at most.

    Examples
    --------
    >>> round(norm_above((2 - 1 - math.log(2)) / 2), 6)
    2.0
    """
    low, high = 1.0, 2.0
    while (high - 1 - math.log(high)) / 2 < rate:
        high *= 2
    for _ in range(80):
        s = (low + high) / 2
        low, high = (s, high) if (s - 1 - math.log(s)) / 2 < rate else (low, s)
    return high


def kept_below(rate: Any) -> float:
    """A share of k below which a fair mask's part of k squares of normals lies with probability e^{−k·rate} at most.

    Examples
    --------
    >>> 0.126 < kept_below(1 / 9) < 0.127
    True
    """

    def best(share: float) -> float:
        """The rate of Chernoff's bound: −min of log E e^{−λ(D z² − share)}."""
        low, high = -20.0, 20.0
        for _ in range(100):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            at_a, at_b = (math.log((1 + (1 + 2 * math.exp(v)) ** -0.5) / 2) + math.exp(v) * share for v in (a, b))
            low, high = (low, b) if at_a < at_b else (a, high)
        return -min(at_a, at_b, 0.0)

    low, high = 0.0, 0.5
    for _ in range(50):
        share = (low + high) / 2
        low, high = (share, high) if best(share) > rate else (low, share)
    return low


def products_rate(share: float) -> float:
    """The rate at which a mean of products of two normals is above a share.

    Examples
    --------
    >>> round(1 / products_rate(1 / 16))
    513
    """
    tilt = (math.sqrt(1 + 4 * share**2) - 1) / (2 * share)
    return tilt * share + math.log(1 - tilt**2) / 2


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
