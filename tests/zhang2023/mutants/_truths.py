"""Truths that mutants of several files are held against."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from oracles.laws import product_rate

__all__ = ["cross_beyond", "defeats", "spread", "trained_parts"]


def spread(width: int, share: float) -> float:
    """Sample variance of aᵀh over 40000 readouts at h with ‖h‖² = share."""
    draws = np.random.default_rng(3).standard_normal((40_000, width)) / math.sqrt(width)
    return float(np.var(draws @ np.full(width, math.sqrt(share / width))))


def defeats(exponent_of: Callable[[float], float]) -> bool:
    """Whether products of normals, at ε = xK and N large, defeat 2e^{-c·exponent(x)N} for each of six constants c."""
    return all(
        any(product_rate(2 * x / math.pi) < 0.9 * c * exponent_of(x) for x in (10.0**j for j in range(-6, 8)))
        for c in (1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5)
    )


def cross_beyond(width: int, dim: int, t: float, trials: int = 2000) -> float:
    """Frequency of |aᵀ(I-D)WWᵀDa| > t, by √(PN)/d times a sum of d products of normals."""
    rng = np.random.default_rng(9)
    active = rng.binomial(width, 0.5, trials)
    on, off = (rng.chisquare(np.maximum(k, 1)) * (k > 0) / width for k in (active, width - active))
    sums = np.einsum("td,td->t", rng.standard_normal((trials, dim)), rng.standard_normal((trials, dim)))
    return float(np.mean(np.sqrt(on * off) * np.abs(sums) / dim > t))


def trained_parts() -> tuple[float, list[float]]:
    """aᵀWW*ᵀD*a* of plain arrays and the eight terms of eq. 17."""
    rng = np.random.default_rng(11)
    W, V, a, b = rng.standard_normal((5, 3)), rng.standard_normal((5, 3)), *rng.standard_normal((2, 5))
    D, E = np.array([1.0, 0, 1, 1, 0]), np.array([1.0, 1, 0, 1, 0])
    left = a @ W
    terms = [
        float(left @ (X.T @ (mask * c)))
        for X, mask, c in (
            (W, D, a),
            (V - W, D, a),
            (W, E - D, a),
            (W, D, b - a),
            (V - W, E - D, a),
            (V - W, D, b - a),
            (W, E - D, b - a),
            (V - W, E - D, b - a),
        )
    ]
    return float(left @ (V.T @ (E * b))), terms
