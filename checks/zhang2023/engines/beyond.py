"""How the models of S17-S21 run: sign steps and descent of attacks, rank, test noises, many classes, depth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....kernels import margins, sample_network
from ....kernels.attacks import pgd
from ....kernels.zhang2023 import sample_sign_agreement_law, sample_sign_margin_law, separation_radius
from ....theory.language.cells import Cell
from ....theory.language.models import Model
from ....theory.zhang2023.models import sign_noise
from ...sweep.data import Dataset
from ...sweep.engine import Engine, Measure
from ...sweep.grid import Grid, Place
from ..places import place

__all__ = ["BEYOND", "pgd_draw"]

Array = NDArray[np.float64]

_SIGN_SIZES = ((3, 2), (8, 16), (64, 24))
_PGD_STEPS = 10
_PGD_SIZES = ((64, 16), (256, 16), (1024, 16), (256, 64), (1024, 64))


def _entry(name: str) -> Measure:
    return lambda block: block[name]


def _one(cell: Any) -> int:
    return 1


def _sphere_point(d: int, rng: np.random.Generator) -> Array:
    x = rng.standard_normal((1, d))
    return x * (d**0.5 / float(np.linalg.norm(x)))


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
    sign_noise.PGD: Engine(
        lambda cell, rng, size, data: np.array([pgd_draw(int(cell["m"]), int(cell["d"]), rng)]),
        {"pgd_margin": lambda block: block},
        _one,
        cost=lambda cell: float(60 * cell["m"] * cell["d"]),
        places=_pgd_places,
    ),
}
