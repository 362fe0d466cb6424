"""Balls around inputs, in L∞ or L2: steps, projections and starts of the attacks that stay in them."""

from __future__ import annotations

import numpy as np

from .validate import Array


def unit_rows(G: Array) -> Array:
    """Rows of `G` scaled to norm 1 without over- or underflow; a zero row stays zero."""
    largest = np.abs(G).max(axis=1, keepdims=True)
    scaled: Array = np.divide(G, largest, out=np.zeros_like(G), where=largest > 0.0)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    np.divide(scaled, norms, out=scaled, where=norms > 0.0)
    return scaled


def project(E: Array, radius: float, norm: str) -> Array:
    """Nearest points of the ball ("linf" or "l2") to the rows of `E`."""
    if norm == "linf":
        return np.clip(E, -radius, radius)
    norms = np.linalg.norm(E, axis=1, keepdims=True)
    factors: Array = np.divide(radius, norms, out=np.ones_like(norms), where=norms > radius)
    return E * factors


def random_start(shape: tuple[int, int], radius: float, norm: str, rng: np.random.Generator) -> Array:
    """Rows uniform in the ball ("linf" or "l2")."""
    if norm == "linf":
        return rng.uniform(-radius, radius, shape)
    lengths = radius * rng.random((shape[0], 1)) ** (1.0 / shape[1])
    return lengths * unit_rows(rng.standard_normal(shape))
