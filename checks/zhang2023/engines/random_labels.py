"""Networks of two outputs whose noises are made with labels that are independent of the data (models of whp S19)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ....kernels.multiclass import class_directions, class_noises, sample_class_network
from ....theory.language.cells import Cell
from ....theory.language.models import Model
from ....theory.zhang2023.models import random_labels
from ...sweep.data import Dataset
from ...sweep.engine import Engine
from ...sweep.grid import Grid, Place
from ..experiments.measures import class_means
from ..experiments.probes import on_common_sphere
from ..places import place

__all__ = ["RANDOM_LABELS"]

Array = NDArray[np.float64]

_ONE = ((96, 96, 1), (160, 160, 1))
_MEANS = ((16, 16, 1), (32, 16, 4), (64, 48, 4), (64, 64, 16))
# So high that p = 1/2 to rounding: the outputs are of order 1.
_INFINITE = 1e18


def _margin(R: Array, y: NDArray[np.int64]) -> float:
    """Of the last noise, by the mean noise of each class of the others."""
    V = class_means(R[:-1], y[:-1], 2)
    return float((V[y[-1]] - V[1 - y[-1]]) @ R[-1])


def _drawn(m: int, d: int, n: int, rng: np.random.Generator) -> tuple[Array, Array, Array, NDArray[np.int64]]:
    """A network, 2n + 1 orthogonal inputs, and labels: n of each class in a random order, then a random one."""
    W, A = sample_class_network(m, d, 2, rng)
    y = np.append(rng.permutation(np.repeat([0, 1], n)), rng.integers(2))
    return W, A, d**0.5 * np.eye(d)[: 2 * n + 1], y


def _sample_one(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    found = np.empty(size)
    for i in range(size):
        W, A, X, y = _drawn(int(cell["m"]), int(cell["d"]), 1, rng)
        found[i] = _margin(on_common_sphere(class_directions(W, A, X, y)), y)
    return found


def _sample_means(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    found = np.empty(size)
    for i in range(size):
        W, A, X, y = _drawn(int(cell["m"]), int(cell["d"]), int(cell["n"]), rng)
        found[i] = _margin(class_noises(W, A, X, y, temperature=_INFINITE) * _INFINITE, y)
    return found


def _same(block: Array) -> Array:
    return block


def _places(sizes: Sequence[tuple[int, int, int]], grid: Grid) -> tuple[Place, ...]:
    return tuple(place(*at) for at in sizes)


def _cost(cell: Cell) -> float:
    return 1e6 + 20.0 * float(cell["m"] * cell["d"])


RANDOM_LABELS: dict[Model, Engine] = {
    model: Engine(sample, {"label_margin": _same}, lambda cell: 64, cost=_cost, places=partial(_places, sizes))
    for model, sample, sizes in (
        (random_labels.LABELLED, _sample_one, _ONE),
        (random_labels.LABELLED_MEANS, _sample_means, _MEANS),
    )
}
