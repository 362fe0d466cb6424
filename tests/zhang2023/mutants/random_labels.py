"""Mutants of our statements about transfer with random labels (S19)."""

from __future__ import annotations

import math

import numpy as np
from sympy import Integer, Rational, exp
from whp.theory import Event, P
from whp.theory.zhang2023.models.random_labels import label_margin, mean_label_margin
from whp.theory.zhang2023.ours import random_labels as ours

from ._mutate import mutate, to

__all__ = ["MUTANTS"]


def _margins(width: int, dim: int, count: int, draws: int) -> np.ndarray:
    """⟨±(r̄_1 - r̄_0), r⟩ of plain networks at T = ∞ and orthogonal inputs: noises are half of ±∇f."""
    rng = np.random.default_rng(53)
    found = np.empty(draws)
    for i in range(draws):
        W, a = rng.standard_normal((width, dim)), rng.standard_normal(width)
        y = np.append(rng.permutation(np.repeat([-1, 1], count)), rng.choice([-1, 1]))
        R = -0.5 * y[:, None] * (np.where(W[:, : 2 * count + 1].T > 0, a, 0.0) @ W)
        v = R[:-1][y[:-1] > 0].mean(axis=0) - R[:-1][y[:-1] < 0].mean(axis=0)
        found[i] = y[-1] * (v @ R[-1])
    return found


def _products(width: int, dim: int, draws: int) -> np.ndarray:
    """⟨∇f(x), ∇f(x')⟩ of plain networks at two orthogonal inputs."""
    rng = np.random.default_rng(54)
    W, a = rng.standard_normal((draws, width, dim)) / dim**0.5, rng.standard_normal((draws, width)) / width**0.5
    first, second = (np.einsum("bi,bid->bd", a * (W[:, :, k] > 0), W) for k in (0, 1))
    return (first * second).sum(axis=1)


MUTANTS = (
    mutate(
        "S19.angle/constant",
        "constant",
        # u = 1/4: 2.25 against (15/16 + 1/4)·2.
        lambda: (1 + 2 * 0.25) ** 2 < (15 / 16 + 0.25) * (1 + 4 * 0.25),
        link=1,
        rhs=to((Rational(15, 16) + ours._u) * (1 + 4 * ours._u)),
    ),
    mutate(
        "S19.pair/exponent",
        "exponent",
        # m = 16, d = 16: about a tenth of the products are not positive.
        lambda: np.mean(_products(16, 16, 2000) <= 0) > math.exp(-3),
        rhs=to(exp(-Integer(4))),
        draws=True,
    ),
    mutate(
        "S19.labels/direction",
        "direction",
        lambda: np.mean(_margins(96, 96, 1, 200) > 0) > 0.9,
        lhs=to(P(Event(label_margin, ">", 0))),
        draws=True,
    ),
    mutate(
        "S19.labels.size/direction",
        "direction",
        lambda: np.mean(_margins(96, 96, 1, 200) > 0) > 0.9,
        lhs=to(P(Event(label_margin, "<=", 0))),
        draws=True,
    ),
    mutate(
        "S19.labels.means/factor",
        "factor",
        # m = 16, d = 16, n = 1: about three in a hundred labels are told wrong, where 0.00045 is claimed.
        lambda: np.mean(_margins(16, 16, 1, 2000) <= 0) > 0.01,
        lhs=to(P(Event(mean_label_margin, "<=", 0))),
        rhs=lambda r: r / 1000,
        draws=True,
    ),
)
