"""Draws of networks with several outputs and of deep ones, and of the laws of their angles (whp S20, S21)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ....kernels.multiclass import sample_class_network
from ....kernels.zhang2023 import class_margins, sample_gradient_cosines
from ....theory.language.cells import Cell
from ...sweep.data import Dataset
from ...sweep.grid import Grid, Place
from ..data import random_sphere

__all__ = [
    "class_law_places",
    "class_places",
    "deep_places",
    "equal_places",
    "narrow_equal_places",
    "sample_class_law",
    "sample_class_networks",
    "sample_classes",
    "sample_deep",
    "sample_deep_law",
    "sample_equal",
]

Array = NDArray[np.float64]

_CLASS_LAW = ((4, 3, 2), (24, 16, 3), (24, 16, 10))
_CLASSES = ((128, 128, 1, 3), (256, 256, 1, 10), (320, 320, 4, 3))
_DEEP = ((4, 3, 2), (12, 8, 3), (24, 16, 2))


def _place(**sizes: int) -> Place:
    return Place(sizes)


def _cosines(first: Array, second: Array) -> Array:
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    # A gradient of 0 fails: it counts as the worst cosine.
    found: Array = np.divide(np.vecdot(first, second), lengths, out=np.full(lengths.shape, -1.0), where=lengths > 0.0)
    return found


def _or_failure(cosines: Array) -> Array:
    return np.nan_to_num(cosines, nan=-1.0)


def sample_class_networks(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """Networks at x = √d e₁ with y = 0 and k = 1: the cosine at p = 1/K, and the margin at p = e_k."""
    m, d, K = (int(cell[name]) for name in ("m", "d", "K_c"))
    W = rng.standard_normal((size, m, d))
    A = rng.standard_normal((size, K, m))
    gates = W[:, :, 0] > 0.0
    witness = np.einsum("bi,bid->bd", A[:, 0] - A[:, 1], W)
    uniform, vertex = (np.einsum("bi,bid->bd", np.where(gates, A[:, 0] - p, 0.0), W) for p in (A.mean(1), A[:, 1]))
    return {"cosine": _cosines(witness, uniform), "two_class_margin": np.vecdot(witness, vertex)}


def sample_class_law(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """The laws of the cosines at p = 1/K and at the worst angle."""
    m, d, K = (int(cell[name]) for name in ("m", "d", "K_c"))
    starts = {"cosine": (K / (2.0 * (K - 1.0))) ** 0.5, "vertex_cosine": 0.5}
    return {name: _or_failure(sample_gradient_cosines((m,), d, size, rng, start=c)) for name, c in starts.items()}


def class_law_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(_place(m=m, d=d, K_c=K) for m, d, K in _CLASS_LAW)


def sample_classes(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """Least margins of n random inputs with random classes, over all p and at p = 1/K."""
    m, d, n, K = (int(cell[name]) for name in ("m", "d", "n", "K_c"))
    W, A = sample_class_network(m, d, K, rng)
    X, y = random_sphere(n, d, rng).X, rng.integers(0, K, n)
    uniform = np.full((n, K), 1.0 / K)
    return {
        "worst_margin": class_margins(W, A, X, y)[None, :],
        "uniform_margin": class_margins(W, A, X, y, uniform)[None, :],
    }


def class_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(_place(m=m, d=d, n=n, K_c=K) for m, d, n, K in _CLASSES)


def sample_deep(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """Cosines of the gradient and the unmasked witness of networks with L hidden layers at x = √d e₁."""
    m, d, L = (int(cell[name]) for name in ("m", "d", "L_h"))
    h = np.zeros((size, d))
    h[:, 0] = 1.0
    layers = []
    for before in (d, *(m,) * (L - 1)):
        W = rng.standard_normal((size, m, before))
        h = np.maximum(np.einsum("bij,bj->bi", W, h), 0.0)
        layers.append((W, h > 0.0))
    masked = plain = rng.standard_normal((size, m))
    for W, gates in reversed(layers):
        masked = np.einsum("bi,bij->bj", np.where(gates, masked, 0.0), W)
        plain = np.einsum("bi,bij->bj", plain, W)
    return _cosines(plain, masked)


def sample_deep_law(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """The same from the recursion of whp S21."""
    m, d, L = (int(cell[name]) for name in ("m", "d", "L_h"))
    return _or_failure(sample_gradient_cosines((m,) * L, d, size, rng))


def deep_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(_place(m=m, d=d, L_h=L) for m, d, L in _DEEP)


def sample_equal(depth: int) -> Callable[[Cell, np.random.Generator, int, Dataset | None], Array]:
    """Draws at m = d for a fixed number of hidden layers."""

    def sample(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
        m = int(cell["m"])
        return _or_failure(sample_gradient_cosines((m,) * depth, m, size, rng))

    return sample


def narrow_equal_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(_place(m=2**j) for j in range(1, 6))


def equal_places(grid: Grid) -> tuple[Place, ...]:
    """Three decades of the width, the input dimension being the same."""
    return tuple(_place(m=2**j) for j in range(4, 15))
