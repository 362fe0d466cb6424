"""Draws of networks whose noises are separable by algebra, and of the control (models of whp S18)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....kernels import input_gradients, sample_network
from ....kernels.training import train
from ....theory.language.cells import Cell
from ...separability.certificate import separate
from ...sweep.data import Dataset
from ...sweep.grid import Grid, Place
from ..data import random_sphere
from ..places import place
from .instances import rationals

__all__ = [
    "TrainedNetwork",
    "control_places",
    "descent_places",
    "few_places",
    "interpolated",
    "narrow_places",
    "narrow_trained_places",
    "sample_control",
    "sample_few",
    "sample_narrow",
]

Array = NDArray[np.float64]

_STEPS = 200
_FEW = ((2, 8, 4), (4, 16, 16), (6, 16, 8))
_CONTROL = ((64, 8, 12), (64, 8, 16), (64, 8, 20), (64, 16, 32))


def interpolated(m: int, d: int, rng: np.random.Generator) -> dict[str, Any]:
    """Exact W, v and b, a = Wv and the mask of W at a random integer point."""
    W, v, b, x = rationals(rng, m, d), rationals(rng, d), rationals(rng, m), rationals(rng, d)
    return {"W": W, "v": v, "a": W @ v, "b": b, "D": np.array([int(h > 0) for h in W @ x], dtype=object)}


def _errors(W: Array, a: Array, X: Array) -> Array:
    """|⟨W⁺a, ∇f(x_i)⟩ − ‖D_i a‖²|/‖a‖²."""
    masked = np.where(X @ W.T > 0.0, a, 0.0)
    margins = input_gradients(W, a, X) @ np.linalg.lstsq(W, a, rcond=None)[0]
    found: Array = np.abs(margins - np.vecdot(masked, masked)) / float(a @ a)
    return found


def _sphere_rows(n: int, d: int, rng: np.random.Generator) -> Array:
    return random_sphere(n, d, rng).X


def sample_narrow(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """One network at one input: the margin of W⁺a and its distance from ‖D_x a‖²."""
    m, d = int(cell["m"]), int(cell["d"])
    W, a = sample_network(m, d, rng)
    X = _sphere_rows(1, d, rng)
    margin = input_gradients(W, a, X) @ np.linalg.lstsq(W, a, rcond=None)[0]
    return {"pinv_margin": margin, "pinv_error": _errors(W, a, X)}


def narrow_places(grid: Grid) -> tuple[Place, ...]:
    """Widths up to well below the input dimension."""
    return (place(2, 4, 1), place(4, 8, 1), place(8, 32, 1))


class TrainedNetwork:
    """A network after gradient descent on both layers."""

    def __init__(self, cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> None:
        m, d, n = (int(cell[name]) for name in ("m", "d", "n"))
        inputs = random_sphere(n, d, rng)
        # Descent needs labels of both signs.
        while abs(inputs.y.sum()) == n:
            inputs = random_sphere(n, d, rng)
        after = train(*sample_network(m, d, rng), inputs.X, inputs.y, steps=_STEPS)
        self._W, self._a, self._X, self._y = after.W, after.a, inputs.X, inputs.y

    @property
    def trained_error(self) -> float:
        return float(_errors(self._W, self._a, self._X).max())

    @property
    def separable(self) -> float:
        return self._separable(input_gradients(self._W, self._a, self._X))

    @property
    def separable_across(self) -> float:
        """By a witness orthogonal to all inputs: iff what the noises are beside the inputs' span is separable."""
        gradients, Q = input_gradients(self._W, self._a, self._X), np.linalg.qr(self._X.T)[0]
        return self._separable(gradients - (gradients @ Q) @ Q.T)

    def _separable(self, gradients: Array) -> float:
        alive = gradients[np.any(gradients != 0.0, axis=1)]
        found = separate(alive, np.ones(len(alive))).separable if len(alive) else True
        return 0.5 if found is None else float(found)


def narrow_trained_places(grid: Grid) -> tuple[Place, ...]:
    """Many more samples than dimensions: nothing but the width makes them separable."""
    return (place(4, 8, 64), place(8, 8, 64), place(12, 16, 128))


def descent_places(grid: Grid) -> tuple[Place, ...]:
    """Few samples, widths above the input dimension."""
    return (place(32, 8, 4), place(64, 16, 8), place(256, 32, 16))


def sample_few(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """Whether the noises at n orthogonal inputs are separable, decided exactly."""
    m, d, n = (int(cell[name]) for name in ("m", "d", "n"))
    W, a = sample_network(m, d, rng)
    found = separate(input_gradients(W, a, d**0.5 * np.eye(d)[:n]), np.ones(n)).separable
    return np.array([0.5 if found is None else float(found)])


def few_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(place(*sizes) for sizes in _FEW)


def sample_control(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """Whether the noises at n random inputs are separable with labels of their own, decided exactly."""
    m, d, n = (int(cell[name]) for name in ("m", "d", "n"))
    W, a = sample_network(m, d, rng)
    gradients = input_gradients(W, a, _sphere_rows(n, d, rng))
    found = separate(gradients, rng.choice([-1.0, 1.0], n)).separable
    return np.array([0.5 if found is None else float(found)])


def control_places(grid: Grid) -> tuple[Place, ...]:
    """Below, at and above n = 2d."""
    return tuple(place(*sizes) for sizes in _CONTROL)
