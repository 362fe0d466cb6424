"""Mutants of our statements about separability by rank (S18)."""

from __future__ import annotations

import math

import numpy as np
from sympy import Sum, binomial
from whp.theory.zhang2023.ours import rank as ours
from whp.theory.zhang2023.symbols import d, m, n

from ._mutate import HALF, mutate, to

__all__ = ["MUTANTS"]


def _interpolated() -> tuple[float, float]:
    """⟨W⁺a, ∇f(x)⟩ and ‖D_x a‖² of one plain network of width 3 in 5 dimensions."""
    rng = np.random.default_rng(41)
    W, a, x = rng.standard_normal((3, 5)), rng.standard_normal(3), rng.standard_normal(5)
    masked = a * (W @ x > 0)
    return float((np.linalg.pinv(W) @ a) @ (W.T @ masked)), float(masked @ masked)


def _cover(count: int, dim: int) -> float:
    return 2.0 ** (1 - count) * sum(math.comb(count - 1, k) for k in range(dim))


MUTANTS = (
    mutate(
        "S18.identity/factor",
        "factor",
        lambda: math.isclose(*_interpolated(), rel_tol=1e-9) and _interpolated()[1] > 1e-3,
        rhs=lambda r: 2 * r,
    ),
    mutate(
        "S18.pinv/direction",
        "direction",
        lambda: abs(np.subtract(*_interpolated())) < 1e-6,
        rel=">",
        draws=True,
    ),
    mutate(
        "S18.failure/constant",
        "constant",
        # At m = 1 a neuron is off half of the time.
        lambda: 2.0**-1 != 2.0**-2,
        rhs=to(HALF ** (m + 1)),
    ),
    mutate(
        "S18.trained/direction",
        "direction",
        lambda: _interpolated()[0] > 0,
        rel="<",
        rhs=to(HALF),
        draws=True,
    ),
    mutate(
        "S18.few/exponent",
        "exponent",
        # m = 2, n = 4: (3/4)^4 is far from 3/4.
        lambda: 0.75**4 < 0.4,
        rhs=to(1 - HALF**m),
        draws=True,
    ),
    mutate(
        "S18.cover/m for d",
        "m for d",
        # n = 20 labels of vectors in 8 dimensions, not in 64.
        lambda: _cover(20, 8) < 0.2,
        rhs=to(2 * HALF**n * Sum(binomial(n - 1, ours._k), (ours._k, 0, m - 1))),
        draws=True,
    ),
    mutate(
        "S18.cover/constant",
        "constant",
        lambda: _cover(16, 8) == 0.5,
        rhs=to(HALF**n * Sum(binomial(n - 1, ours._k), (ours._k, 0, d - 1))),
        draws=True,
    ),
)
