"""Exact moments of the margin as rational numbers (whp S1, S2, S8)."""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["raw_moments"]


def raw_moments(m: int, d: int, order: int, readout: str, leak: Fraction) -> tuple[Fraction, ...]:
    """E Q, E Q², …, E Q^order, exactly.

    Q = (P + cN) G/d + (1−c) √(PN G) Z/d: expand the power, drop odd powers of Z, and use the moments of G ~ χ²_d and
    the joint moments of (P, N).
    """
    moments = []
    for power in range(1, order + 1):
        total = Fraction(0)
        for i in range(0, power + 1, 2):
            signal = power - i
            normal = math.prod(range(1, i, 2))
            gain = math.prod(d + 2 * j for j in range(power - i // 2))
            mixed = sum(
                math.comb(signal, j) * leak**j * _mixed_moment(m, signal - j + i // 2, j + i // 2, readout)
                for j in range(signal + 1)
            )
            total += math.comb(power, i) * normal * gain * (1 - leak) ** i * mixed
        moments.append(total / d**power)
    return tuple(moments)


def _mixed_moment(m: int, a: int, b: int, readout: str) -> Fraction:
    """E P^a N^b: a polynomial in k, averaged over k ~ Bin(m, ½) through factorial moments."""
    polynomial = [1]
    for shift, count, step in ((0, a, 1), (m, b, -1)):
        for j in range(count):
            offset = shift + (2 * j if readout == "gaussian" else 0)
            polynomial = _times_linear(polynomial, offset, step)
    scale: int = m ** (a + b)
    return _binomial_mean(polynomial, m) / scale


def _times_linear(polynomial: list[int], constant: int, slope: int) -> list[int]:
    """Coefficients of polynomial(k) · (constant + slope·k)."""
    product = [constant * c for c in polynomial] + [0]
    for power, c in enumerate(polynomial):
        product[power + 1] += slope * c
    return product


def _binomial_mean(polynomial: list[int], m: int) -> Fraction:
    """E polynomial(k): k^p = Σ_i S(p, i) k(k−1)…(k−i+1), whose mean is m(m−1)…(m−i+1)/2^i."""
    total = Fraction(0)
    stirling = [1]
    for c in polynomial:
        falling = 1
        for i, count in enumerate(stirling):
            total += Fraction(c * count * falling, 2**i)
            falling *= m - i
        stirling = [
            (stirling[i - 1] if i else 0) + (i * stirling[i] if i < len(stirling) else 0)
            for i in range(len(stirling) + 1)
        ]
    return total
