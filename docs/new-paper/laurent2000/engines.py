"""How the paper's models are drawn, a block at a time."""

from __future__ import annotations

import numpy as np
from whp.checks import Engine, Engines

from .theory import CHI2, WEIGHTED

__all__ = ["ENGINES"]


def draw_chi2(cell, rng, size, data):
    """Independent draws of X, shape (size,)."""
    return rng.chisquare(cell["k"], size)


def draw_weighted(cell, rng, size, data):
    """Independent draws of Z, shape (size,)."""
    k = int(cell["k"])
    return (rng.standard_normal((size, k)) ** 2 - 1) @ 0.5 ** np.arange(1, k + 1)


def itself(block):
    """The draws are the values."""
    return block


ENGINES = Engines(
    {
        CHI2: Engine(draw_chi2, {"X": itself}, draws_per_trial=100),
        WEIGHTED: Engine(draw_weighted, {"Z": itself}, cost=lambda cell: float(cell["k"]), draws_per_trial=100),
    }
)
