"""How the models of S17-S21 run: sign steps and descent of attacks, rank, test noises, many classes, depth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....kernels import input_gradients, margins, noises_of_gradients, sample_network
from ....kernels.attacks import pgd
from ....kernels.zhang2023 import sample_sign_agreement_law, sample_sign_margin_law, separation_radius
from ....theory.language.cells import Cell
from ....theory.language.models import Model
from ....theory.zhang2023.models import angles as angle_models
from ....theory.zhang2023.models import rank as rank_models
from ....theory.zhang2023.models import sign_noise, transfer
from ...sweep.data import Dataset
from ...sweep.engine import Engine, Measure
from ...sweep.grid import Grid, Place
from ..data import random_sphere
from ..experiments.probes import accuracy, fit_linear, on_common_sphere
from ..places import place
from . import angles, rank, rank_classes
from .instances import INSTANCES, exact

__all__ = ["BEYOND", "ProbedNoises", "pgd_draw"]

Array = NDArray[np.float64]

_SIGN_SIZES = ((3, 2), (8, 16), (64, 24))
_PAIR_SIZES = ((16, 16), (16, 32), (64, 16), (64, 32))
_WIDE_PAIR_SIZES = ((96, 96), (128, 96))
_PGD_STEPS = 10
_PGD_SIZES = ((64, 16), (256, 16), (1024, 16), (256, 64), (1024, 64))


def _entry(name: str) -> Measure:
    return lambda block: block[name]


def _one(cell: Any) -> int:
    return 1


def _sphere_point(d: int, rng: np.random.Generator) -> Array:
    x = rng.standard_normal((1, d))
    point: Array = x * (d**0.5 / float(np.linalg.norm(x)))
    return point


def _sample_sign_law(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    m, d = int(cell["m"]), int(cell["d"])
    return {
        "sign_margin": sample_sign_margin_law(m, d, size, rng),
        "agreement": sample_sign_agreement_law(m, d, size, rng),
    }


def _sample_sign_networks(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """Networks at x = √d e₁: active neurons are those whose first weight is positive."""
    m, d = int(cell["m"]), int(cell["d"])
    W = rng.standard_normal((size, m, d)) / d**0.5
    a = rng.standard_normal((size, m)) / m**0.5
    witness = np.einsum("bi,bid->bd", a, W)
    gradient = np.einsum("bi,bid->bd", np.where(W[:, :, 0] > 0.0, a, 0.0), W)
    return {
        "sign_margin": np.vecdot(np.sign(gradient), witness),
        "agreement": np.count_nonzero(gradient * witness > 0.0, axis=1).astype(np.float64),
    }


def _sign_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(place(m, d, 1) for m, d in _SIGN_SIZES)


def pgd_draw(m: int, d: int, rng: np.random.Generator, *, share: float = 0.99) -> float:
    """⟨−Wᵀa, y (x_adv − x)⟩ after L2 steps within `share` of the certified radius, relative to the noise's length."""
    while True:
        W, a = sample_network(m, d, rng)
        x, y = _sphere_point(d, rng), rng.choice([-1.0, 1.0], 1)
        radius = float(separation_radius(W, a, x)[0])
        if margins(W, a, x)[0] > 0.0 and 0.0 < radius < np.inf:
            break
    noise = pgd(W, a, x, y, radius=share * radius, step=0.4 * radius, steps=_PGD_STEPS, norm="l2") - x
    return float(-y[0] * (noise[0] @ (W.T @ a))) / float(np.linalg.norm(noise))


def _sample_pair(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """⟨∇f(x), ∇f(x')⟩ at two orthogonal inputs, from the sums of a w over the four classes of neurons."""
    m, d = int(cell["m"]), int(cell["d"])
    W = rng.standard_normal((size, m, d)) / d**0.5
    a = rng.standard_normal((size, m)) / m**0.5
    first, second = (np.einsum("bi,bid->bd", np.where(W[:, :, k] > 0.0, a, 0.0), W) for k in (0, 1))
    found: Array = np.vecdot(first, second)
    return found


def _pair_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(place(m, d, 1) for m, d in _PAIR_SIZES)


def _sample_halves(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    m, d, n = (int(cell[name]) for name in ("m", "d", "n"))
    W, a = sample_network(m, d, rng)
    gradients = np.where(W[:, : 2 * n].T > 0.0, a, 0.0) @ W
    return np.array([float((gradients[:n] @ gradients[n:].T).min())])


def _halves_places(grid: Grid) -> tuple[Place, ...]:
    return (place(96, 72, 1), place(192, 176, 4), place(320, 272, 16))


class ProbedNoises:
    """One network, n training and n test inputs on the sphere with random labels (whp S19)."""

    def __init__(self, m: int, d: int, n: int, rng: np.random.Generator) -> None:
        W, a = sample_network(m, d, rng)
        X = random_sphere(2 * n, d, rng)
        self.y = X.y
        self.gradients = input_gradients(W, a, X.X)
        self.noises = noises_of_gradients(X.X, X.y, self.gradients)
        self.n = n

    @property
    def least_product(self) -> float:
        return float((self.gradients[: self.n] @ self.gradients[self.n :].T).min())

    def accuracy(self, v: Array) -> float:
        """Share of the test noises of which ⟨v, y r⟩ > 0."""
        return float(np.mean(self.y[self.n :] * (self.noises[self.n :] @ v) > 0.0))

    @property
    def mean_probe(self) -> float:
        return self.accuracy(self.noises[: self.n].T @ self.y[: self.n])

    @property
    def fitted_probe(self) -> float:
        classes = (self.y > 0.0).astype(np.int64)
        V = fit_linear(on_common_sphere(self.noises[: self.n]), classes[: self.n], 2)
        return accuracy(V, self.noises[self.n :], classes[self.n :])


def _sample_spheres(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> ProbedNoises:
    return ProbedNoises(int(cell["m"]), int(cell["d"]), int(cell["n"]), rng)


def _spheres_places(grid: Grid) -> tuple[Place, ...]:
    """Along d at a fixed ratio of the width to it, over two decades."""
    return tuple(place(2 * d, d, n) for n in (4, 16) for d in (4, 8, 16, 32, 64, 128, 256, 512))


def _read(name: str) -> Measure:
    return lambda block: np.array([getattr(block, name)])


def _pgd_places(grid: Grid) -> tuple[Place, ...]:
    return tuple(place(m, d, 1) for m, d in _PGD_SIZES)


BEYOND: dict[Model, Engine] = {
    sign_noise.SIGN_LAW: Engine(
        _sample_sign_law,
        {name: _entry(name) for name in ("sign_margin", "agreement")},
        block_size=lambda cell: 2**12,
        cost=lambda cell: float(30 * cell["d"]),
        draws_per_trial=100,
        places=_sign_places,
    ),
    sign_noise.SIGN_NETWORKS: Engine(
        _sample_sign_networks,
        {name: _entry(name) for name in ("sign_margin", "agreement")},
        block_size=lambda cell: 2**9,
        cost=lambda cell: float(20 * cell["m"] * cell["d"]),
        draws_per_trial=100,
        places=_sign_places,
    ),
    transfer.PAIR: Engine(
        _sample_pair,
        {"orthogonal_product": lambda block: block},
        block_size=lambda cell: 2**6,
        cost=lambda cell: float(10 * cell["m"] * cell["d"]),
        draws_per_trial=4,
        places=_pair_places,
    ),
    transfer.WIDE_PAIR: Engine(
        _sample_pair,
        {"orthogonal_product": lambda block: block},
        block_size=lambda cell: 2**6,
        cost=lambda cell: float(10 * cell["m"] * cell["d"]),
        places=lambda grid: tuple(place(m, d, 1) for m, d in _WIDE_PAIR_SIZES),
    ),
    transfer.HALVES: Engine(
        _sample_halves,
        {"least_product": lambda block: block},
        _one,
        cost=lambda cell: float(cell["m"] * cell["d"] * (2 * cell["n"] + 10)),
        places=_halves_places,
    ),
    transfer.SPHERES: Engine(
        _sample_spheres,
        {name: _read(name) for name in ("least_product", "mean_probe", "fitted_probe")},
        _one,
        cost=lambda cell: float(cell["m"] * cell["d"] * (4 * cell["n"] + 10)),
        draws_per_trial=1 / 5,
        places=_spheres_places,
        shown=("fitted_probe",),
    ),
    rank_models.INTERPOLATED: Engine(
        lambda cell, rng, size, data: None, {}, _one, instance=exact(rank.interpolated), instances=INSTANCES
    ),
    rank_models.NARROW: Engine(
        rank.sample_narrow,
        {name: _entry(name) for name in ("pinv_margin", "pinv_error")},
        _one,
        cost=lambda cell: 1e5,
        places=rank.narrow_places,
    ),
    rank_models.NARROW_TRAINED: Engine(
        rank.TrainedNetwork,
        {name: _read(name) for name in ("trained_error", "separable")},
        _one,
        cost=lambda cell: 2e3 * float(cell["m"] * cell["n"] * cell["d"]),
        draws_per_trial=1 / 5,
        places=rank.narrow_trained_places,
    ),
    rank_models.DESCENT: Engine(
        rank.TrainedNetwork,
        {"separable_across": _read("separable_across")},
        _one,
        cost=lambda cell: 2e3 * float(cell["m"] * cell["n"] * cell["d"]),
        draws_per_trial=1 / 5,
        places=rank.descent_places,
    ),
    rank_models.FEW: Engine(
        rank.sample_few,
        {"separable": lambda block: block},
        _one,
        cost=lambda cell: 1e6,
        draws_per_trial=1 / 2,
        places=rank.few_places,
    ),
    rank_models.CONTROL: Engine(
        rank.sample_control,
        {"separable": lambda block: block},
        _one,
        cost=lambda cell: 1e6,
        draws_per_trial=1 / 2,
        places=rank.control_places,
    ),
    rank_models.NARROW_CLASSES: Engine(
        rank_classes.sample_narrow_classes,
        {"narrow_class_margin": lambda block: block},
        block_size=lambda cell: 2**8,
        cost=lambda cell: float(40 * cell["m"] ** 2 * cell["d"]),
        draws_per_trial=10,
        places=rank_classes.narrow_class_places,
    ),
    rank_models.CLASS_CONTROL: Engine(
        rank_classes.sample_class_control,
        {"separable": lambda block: block},
        _one,
        cost=lambda cell: 1e6,
        draws_per_trial=1 / 2,
        places=rank_classes.class_control_places,
    ),
    rank_models.DIGITS: Engine(
        rank_classes.FigureNetworks,
        {name: _read(name) for name in ("excess_rank", *rank_classes.SHOWN)},
        _one,
        cost=lambda cell: 3e9 + 2e7 * float(cell["m"]),
        draws_per_trial=1 / 500,
        places=rank_classes.figure_places,
        shown=rank_classes.SHOWN,
    ),
    sign_noise.PGD: Engine(
        lambda cell, rng, size, data: np.array([pgd_draw(int(cell["m"]), int(cell["d"]), rng)]),
        {"pgd_margin": lambda block: block},
        _one,
        cost=lambda cell: float(60 * cell["m"] * cell["d"]),
        places=_pgd_places,
    ),
    angle_models.CLASS_NETWORKS: Engine(
        angles.sample_class_networks,
        {name: _entry(name) for name in ("cosine", "two_class_margin")},
        block_size=lambda cell: 2**8,
        cost=lambda cell: float(20 * cell["m"] * (cell["d"] + cell["K_c"])),
        draws_per_trial=50,
        places=angles.class_law_places,
    ),
    angle_models.CLASS_LAW: Engine(
        angles.sample_class_law,
        {name: _entry(name) for name in ("cosine", "vertex_cosine")},
        block_size=lambda cell: 2**14,
        draws_per_trial=50,
        places=angles.class_law_places,
    ),
    angle_models.CLASSES: Engine(
        angles.sample_classes,
        {name: _entry(name) for name in ("worst_margin", "uniform_margin")},
        _one,
        cost=lambda cell: float(cell["m"] * cell["d"] * 20),
        places=angles.class_places,
    ),
    angle_models.DEEP: Engine(
        angles.sample_deep,
        {"cosine": lambda block: block},
        block_size=lambda cell: 2**8,
        cost=lambda cell: float(20 * cell["m"] * (cell["d"] + cell["m"] * cell["L_h"])),
        draws_per_trial=50,
        places=angles.deep_places,
    ),
    angle_models.DEEP_LAW: Engine(
        angles.sample_deep_law,
        {"cosine": lambda block: block},
        block_size=lambda cell: 2**14,
        draws_per_trial=50,
        places=angles.deep_places,
    ),
    **{
        cosine.model: Engine(
            angles.sample_equal(depth),
            {"cosine": lambda block: block},
            block_size=lambda cell: 2**14,
            draws_per_trial=50,
            places=places,
        )
        for cosines, places in (
            (angle_models.equal_cosines, angles.equal_places),
            (angle_models.narrow_cosines, angles.narrow_equal_places),
        )
        for depth, cosine in zip(angle_models.DEPTHS, cosines, strict=True)
    },
}
