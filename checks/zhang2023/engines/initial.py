"""How the models of Section 2 run: networks at initialisation, their exact scalar laws, and stress tests of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from ....kernels import input_gradients, noises_of_gradients, sample_network
from ....kernels.zhang2023 import sample_margin_law
from ....theory.language.cells import Cell
from ....theory.language.models import Model
from ....theory.zhang2023.models import initial as models
from ...sweep.data import Dataset
from ...sweep.engine import Array, Engine, Measure
from ...sweep.grid import Grid, Place
from ..places import place
from .instances import INSTANCES, exact, matrices, rational_network

__all__ = ["INITIAL", "NetworkBlock"]


@dataclass
class NetworkBlock:
    """One random network on one data set; what several measures need is computed once."""

    W: Array
    a: Array
    data: Dataset

    @cached_property
    def witness(self) -> Array:
        """Wᵀa, minus the paper's witness."""
        return self.W.T @ self.a

    @cached_property
    def gradients(self) -> Array:
        """∇f(x_i), shape (n, d)."""
        return input_gradients(self.W, self.a, self.data.X)

    @cached_property
    def margin(self) -> Array:
        return self.gradients @ self.witness

    @cached_property
    def noise_margin(self) -> Array:
        """⟨v, y_i r_i⟩ with the paper's witness v = -Wᵀa, from the noises themselves."""
        noises = noises_of_gradients(self.data.X, self.data.y, self.gradients)
        return self.data.y * (noises @ -self.witness)

    @cached_property
    def a_h(self) -> Array:
        return self.data.X @ self.witness

    @cached_property
    def norm_h2(self) -> Array:
        """‖W x_i‖²."""
        X = self.data.X
        if len(X) < X.shape[1]:
            h = X @ self.W.T
            found: Array = np.vecdot(h, h)
        else:
            found = np.vecdot(X @ (self.W.T @ self.W), X)
        return found

    @cached_property
    def critical_angle(self) -> Array:
        """Steps η with arctan η above it separate x + ηr by -Wᵀa: arctan2(y aᵀWx, κ(yf) Q), π where Q ≤ 0."""
        kappa = expit(-self.data.y * self.a_Dh)
        return _critical_angle(self.data.y * self.a_h, kappa, self.margin)

    @cached_property
    def projected(self) -> Array:
        """Margins with the witness projected onto the complement of all inputs."""
        basis = np.linalg.qr(self.data.X.T)[0]
        return self.gradients @ (self.witness - basis @ (basis.T @ self.witness))

    @cached_property
    def sign_margin(self) -> Array:
        """⟨Wᵀa, sign ∇f(x_i)⟩."""
        found: Array = np.sign(self.gradients) @ self.witness
        return found

    @cached_property
    def sign_witness_margin(self) -> Array:
        found: Array = np.sign(self.gradients) @ np.sign(self.witness)
        return found

    @cached_property
    def a_Dh(self) -> Array:
        """f(x_i) = ⟨x_i, ∇f(x_i)⟩."""
        found: Array = np.vecdot(self.data.X, self.gradients)
        return found


def _sample_network(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> NetworkBlock:
    if size != 1 or data is None:
        raise ValueError("a network block is one network on one data set")
    return NetworkBlock(*sample_network(int(cell["m"]), int(cell["d"]), rng), data)


def _critical_angle(along: Array, kappa: Array, margin: Array) -> Array:
    return np.where(margin > 0, np.arctan2(along, kappa * margin), np.pi)


def _sample_example(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """f(x), aᵀWx and the margin from their exact joint law (whp S11), the label being 1, and η = d^{1/4}."""
    m, d = int(cell["m"]), int(cell["d"])
    active = rng.binomial(m, 0.5, size)
    on, off = (2.0 * rng.standard_gamma(k / 2.0) / m for k in (active, m - active))
    first, second, third = rng.standard_normal((3, size))
    across = 2.0 * rng.standard_gamma((d - 1) / 2.0, size)
    output = np.sqrt(on) * first
    along = output + np.sqrt(off) * second
    margin = on / d * (across + first**2) + np.sqrt(on * off) / d * (np.sqrt(across) * third + first * second)
    kappa = expit(-output)
    eta = d**0.25
    return {
        "f": output,
        "a_h": along,
        "critical_angle": _critical_angle(along, kappa, margin),
        "shift": eta * kappa * np.sqrt(on * (across + first**2) / d) / np.sqrt(d),
        "signal": eta * kappa * np.abs(margin) / np.abs(along),
    }


def _entry(name: str) -> Measure:
    return lambda block: block[name]


def _example_path(grid: Grid) -> tuple[Place, ...]:
    """Wide networks on dimensions over more than three decades."""
    return tuple(place(2**14, 4**j, 1) for j in range(4, 11))


def _projected_places(grid: Grid) -> tuple[Place, ...]:
    return (place(16, 8, 3, "sphere"), place(64, 12, 5, "sphere"))


def _sample_positive(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> NetworkBlock:
    block = _sample_network(cell, rng, size, data)
    return NetworkBlock(block.W, np.full_like(block.a, block.a.size**-0.5), block.data)


def _sample_projected_law(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    left = int(cell["d"]) - int(cell["n"])
    return left / int(cell["d"]) * sample_margin_law(int(cell["m"]), left, size, rng)


def _sample_simplified(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    m, d = int(cell["m"]), int(cell["d"])
    W, a = sample_network(m, d, rng)
    return np.array([(W.T @ a) @ (W.T @ (a * rng.integers(0, 2, size=m)))])


def _row(name: str) -> Measure:
    return lambda block: getattr(block, name)[None, :]


INITIAL: dict[Model, Engine] = {
    models.INIT: Engine(
        _sample_network,
        {
            "margin": _row("margin"),
            "noise_margin": _row("noise_margin"),
            "norm_h2": _row("norm_h2"),
            "a_h": _row("a_h"),
            "a_Dh": _row("a_Dh"),
            "cross": lambda b: (b.a_h * b.a_Dh / b.data.X.shape[1])[None, :],
            "critical_angle": _row("critical_angle"),
            "sign_margin": _row("sign_margin"),
            "sign_witness_margin": _row("sign_witness_margin"),
        },
        block_size=lambda cell: 1,
        on_data=True,
        instance=exact(rational_network),
        instances=INSTANCES,
        cost=lambda cell: float(cell["m"] * cell["d"] * (cell["n"] + 4)),
    ),
    models.SIMPLIFIED: Engine(
        _sample_simplified,
        {"margin": lambda block: block},
        block_size=lambda cell: 1,
        instance=exact(rational_network),
        instances=INSTANCES,
        cost=lambda cell: float(4 * cell["m"] * cell["d"]),
    ),
    models.SCALAR: Engine(
        lambda cell, rng, size, data: sample_margin_law(int(cell["m"]), int(cell["d"]), size, rng),
        {"margin": lambda block: block},
        block_size=lambda cell: 2**16,
        draws_per_trial=1000,
    ),
    models.EXAMPLE: Engine(
        _sample_example,
        {name: _entry(name) for name in ("f", "a_h", "critical_angle")},
        block_size=lambda cell: 2**14,
        draws_per_trial=16,
    ),
    models.EXAMPLE_PATH: Engine(
        _sample_example,
        {name: _entry(name) for name in ("critical_angle", "shift", "signal")},
        block_size=lambda cell: 2**14,
        draws_per_trial=16,
        places=_example_path,
    ),
    models.POSITIVE: Engine(
        _sample_positive,
        {"margin": _row("margin")},
        block_size=lambda cell: 1,
        on_data=True,
        cost=lambda cell: float(cell["m"] * cell["d"] * 5),
        draws_per_trial=2,
        places=lambda grid: tuple(place(100 * k * d * d, d, 1, "sphere") for d in (1, 2, 4) for k in (1, 4)),
    ),
    models.PROJECTED: Engine(
        _sample_network,
        {"margin": _row("projected")},
        block_size=lambda cell: 1,
        on_data=True,
        cost=lambda cell: float(cell["m"] * cell["d"] * (cell["n"] + 4)),
        places=_projected_places,
    ),
    models.PROJECTED_SCALAR: Engine(
        _sample_projected_law,
        {"margin": lambda block: block},
        block_size=lambda cell: 2**14,
        draws_per_trial=16,
        places=_projected_places,
    ),
    models.MATRIX: Engine(
        lambda cell, rng, size, data: None, {}, block_size=lambda cell: 1, instance=exact(matrices), instances=INSTANCES
    ),
}
