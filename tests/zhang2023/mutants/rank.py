"""Mutants of our statements about separability by rank (S18)."""

from __future__ import annotations

import math

import numpy as np
from sympy import Sum, binomial
from whp.theory.zhang2023.models import rank as model
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


def _narrow(width: int, draws: int = 20_000) -> float:
    """How often uᵀDb is not positive, u and b at 60 degrees."""
    rng = np.random.default_rng(43)
    u, z = rng.standard_normal((2, draws, width))
    return float(np.mean((u * (u + 3**0.5 * z) * (rng.random((draws, width)) < 0.5)).sum(axis=1) <= 0))


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
        "S18.identity/label",
        "label",
        # aᵀD_x b of other outputs is not ‖D_x a‖²: they may have either sign.
        lambda: 0.2 < _narrow(4) < 0.4,
        link=1,
        rhs=to(model.masked_norm),
    ),
    mutate(
        "S18.classes/exponent",
        "exponent",
        # m = 4: 0.298, far above 1/16.
        lambda: _narrow(4) > 0.25,
        link=1,
        rhs=to(HALF**m),
    ),
    mutate(
        "S18.control/constant",
        "constant",
        # m = 1: one line has two sides, and 2^(1-n) is not 2^-n.
        lambda: _cover(6, 4) > 10 * _cover(6, 1),
        rhs=to(2 * HALF**n),
        draws=True,
    ),
    mutate(
        "S18.digits/direction",
        "direction",
        lambda: np.linalg.matrix_rank(np.random.default_rng(44).standard_normal((9, 3)) @ np.ones((3, 5))) < 3,
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
        "S18.descent/direction",
        "direction",
        # Four vectors in general position in the four dimensions beside four inputs are separable with any labels.
        lambda: np.linalg.matrix_rank(np.random.default_rng(45).standard_normal((4, 4))) == 4,
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
