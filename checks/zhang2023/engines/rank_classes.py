"""Draws for what rank says of several outputs: Figure 3's own networks, and the control at any width (whp S18)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ....kernels.masks import activation_masks
from ....kernels.multiclass import class_directions, class_outputs, sample_class_network
from ....theory.language.cells import Cell
from ...separability.certificate import separate
from ...sweep.data import Dataset
from ...sweep.grid import Grid, Place
from ..data import random_sphere
from ..experiments.controls import rank_of
from ..experiments.data import Split, load
from ..experiments.networks import DENSE
from ..experiments.run import trained
from ..experiments.settings import CLASSES, DIM, EXPERIMENTS
from ..places import place

__all__ = [
    "SHOWN",
    "FigureNetworks",
    "class_control_places",
    "class_vectors",
    "figure_places",
    "narrow_class_places",
    "sample_class_control",
    "sample_narrow_classes",
]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

# What no claim speaks of: it is counted beside the rank.
SHOWN = ("separable", "one_against_rest", "two_outputs", "shuffled")
_FIGURE = EXPERIMENTS["fig3"]
# Certificates of so many points in 64 dimensions take a second.
_POINTS = 150
_CONTROL = ((3, 8, 8), (4, 16, 6), (4, 16, 8))
_NARROW = ((2, 4), (4, 16), (16, 32))


def class_vectors(W: Array, A: Array, X: Array, y: Labels) -> Array:
    """Vectors that are separable with any labels iff the noises at X are, noises of 0 among them.

    At width m ≤ d these are the D_i Aᵀ(p_i − e_{y_i}) in m dimensions, as Wᵀ keeps all their linear relations: the
    noises themselves, rounded, would span d.
    """
    if len(W) > W.shape[1]:
        return class_directions(W, A, X, y)
    q = softmax(class_outputs(W, A, X), axis=1)
    rows = np.arange(len(y))
    q[rows, y] = 0.0
    q[rows, y] = -q.sum(axis=1)
    found: Array = np.where(activation_masks(W, X), q @ A, 0.0)
    return found


def _separable(R: Array, y: NDArray[Any]) -> float:
    """1 where the nonzero vectors are separable, 0 where they are not, ½ where that is open."""
    alive = np.any(R != 0.0, axis=1)
    if len(set(y[alive].tolist())) < 2:
        return 1.0
    found = separate(R[alive], y[alive]).separable
    return 0.5 if found is None else float(found)


def sample_narrow_classes(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """Networks of three outputs at x = √d e₁ with y = 0, k = 1 and p = e_2: the margin of W⁺(A_0 − A_1)."""
    m, d = int(cell["m"]), int(cell["d"])
    W, A = rng.standard_normal((size, m, d)), rng.standard_normal((size, 3, m))
    back = np.where(W[:, :, 0] > 0.0, A[:, 0] - A[:, 2], 0.0)
    witness = np.einsum("bdi,bi->bd", np.linalg.pinv(W), A[:, 0] - A[:, 1])
    found: Array = np.vecdot(witness, np.einsum("bi,bid->bd", back, W))
    # No active neuron is an exact 0.
    return np.where(np.any(back != 0.0, axis=1), found, 0.0)


def narrow_class_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(place(m, d, 1) for m, d in _NARROW)


def sample_class_control(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """Whether the noises of ten outputs at n random inputs are separable with labels of their own, decided exactly."""
    m, d, n = (int(cell[name]) for name in ("m", "d", "n"))
    W, A = sample_class_network(m, d, CLASSES, rng)
    R = class_vectors(W, A, random_sphere(n, d, rng).X, rng.integers(CLASSES, size=n))
    # A noise of 0 lies on no side.
    return np.array([_separable(R, rng.choice([-1, 1], n)) if np.any(R != 0.0, axis=1).all() else 0.0])


def class_control_places(grid: Grid) -> tuple[Place, ...]:
    """Below d; where every neuron is seen at many inputs the bound is all but reached."""
    return tuple(place(*sizes) for sizes in _CONTROL)


class FigureNetworks:
    """Figure 3's networks after training on digits, of its ten outputs and of two for the digits below 5 and the rest.

    Attributes
    ----------
    excess_rank : float
        Of the noises at n of the training points over min(m, d).
    separable : float
        Whether they are with their ten classes at once.
    one_against_rest : float
        Whether each of the ten classes is from the rest.
    two_outputs : float
        Whether those of two outputs are with their own two classes.
    shuffled : float
        Whether those of ten outputs are with fair labels of their own.
    """

    def __init__(self, cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> None:
        m, n = int(cell["m"]), int(cell["n"])
        split = load("digits", rng=rng, training=_FIGURE.training, test=_FIGURE.test)
        R, y, noises = _after_training(split, m, n, CLASSES, rng)
        two, halves, _ = _after_training(replace(split, y=(split.y >= CLASSES // 2).astype(np.int64)), m, n, 2, rng)
        self.excess_rank = float(rank_of(noises) - min(m, noises.shape[1]))
        self.separable = _separable(R, y)
        self.one_against_rest = min(_separable(R, np.where(y == k, 1, -1)) for k in range(CLASSES))
        self.two_outputs = _separable(two, halves)
        self.shuffled = _separable(R, rng.choice([-1, 1], n))


def _after_training(
    split: Split, m: int, n: int, classes: int, rng: np.random.Generator
) -> tuple[Array, Labels, Array]:
    """`class_vectors` at the first n training points, their classes and their noises."""
    start = DENSE.sample(m, DIM, None, classes, rng)
    W, A = trained(DENSE, start, split, _FIGURE, rng)[False][_FIGURE.epochs]
    X, y = split.X[:n], split.y[:n]
    return class_vectors(W, A, X, y), y, class_directions(W, A, X, y)


def figure_places(grid: Grid) -> tuple[Place, ...]:
    """The figure's widths: below, at and above the 64 dimensions of digits."""
    return tuple(place(m, DIM, _POINTS) for m in _FIGURE.widths)
