"""Inputs on the sphere, labels and plain networks that tests of several files draw."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["degenerate_inputs", "labels", "network", "on_sphere", "setting"]

Array = NDArray[np.float64]


def on_sphere(n: int, d: int, rng: np.random.Generator) -> Array:
    X = rng.standard_normal((n, d))
    return X * (math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True))


def degenerate_inputs(d: int, rng: np.random.Generator) -> Array:
    """Two generic inputs, a repeat, an antipode, a near-repeat and a linear combination."""
    X = on_sphere(6, d, rng)
    X[2], X[3] = X[0], -X[1]
    X[4] = X[0] + 1e-9 * X[4]
    X[5] = X[0] + X[1]
    return X * (math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True))


def labels(n: int) -> Array:
    return np.where(np.arange(n) % 2 == 0, 1.0, -1.0)


def network(m: int, d: int, rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m)


def setting(m: int = 40, d: int = 6, n: int = 5, seed: int = 1) -> tuple[Array, Array, Array, Array]:
    """A network, inputs and labels."""
    rng = np.random.default_rng(seed)
    X = on_sphere(n, d, rng)
    return *network(m, d, rng), X, labels(n)
