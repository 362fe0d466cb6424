"""Mutants of our statements about transfer with random labels (S19)."""

from __future__ import annotations

import numpy as np
from whp.theory import Event, P
from whp.theory.zhang2023.models.random_labels import label_margin, mean_label_margin

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


MUTANTS = (
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
