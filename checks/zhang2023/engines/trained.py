"""Draws of trained networks (conditioned ones across widths, stored ones for laws, wide ones, antipodal pairs), radii.

Both layers are trained by full-batch gradient descent at the default learning rate until the mean logistic loss is at
most 1/10. The conditioned network makes a draw cost O(m n rank) per step whatever the input dimension.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ....kernels import input_gradients, sample_network
from ....kernels.conditioned import ConditionedNetwork
from ....kernels.trained import ConditionedTraining, TrainedNetwork
from ....kernels.training import train, train_conditioned
from ....kernels.zhang2023.radius import conditioned_radius, margin_lower_bounds
from ....kernels.zhang2023.radius_attack import conditioned_attacked_radius
from ....kernels.zhang2023.terms import terms
from ....theory.language.cells import Cell
from ...separability.certificate import separate
from ...sweep.data import Dataset
from ...sweep.grid import Grid, Place
from ..places import place

__all__ = [
    "LOSS",
    "AntipodalDraw",
    "RadiiDraw",
    "RetrainedDraw",
    "TrainedDraw",
    "WideDraw",
    "balanced_labels",
    "pair_places",
    "radii_places",
    "retrained_places",
    "sample_fisher",
    "trained_places",
    "wide_places",
]

Array = NDArray[np.float64]

LOSS = 0.1
_STEPS = 100_000
# Input dimension and samples of the trained networks: n = d twice, and d beyond n, by little and by much.
_SHAPES = ((4, 4), (8, 4), (64, 4), (16, 16))
_RETRAINED = (400, 14, 6)
_WIDE = (2**17, 64, 2)
# Forty antipodal pairs, in ten dimensions and in as many as there are pairs.
_PAIRS = ((300, 10, 80), (300, 40, 80))
_RADII_DIMS = (8, 32, 128)
_RADII_WIDTHS = (16, 64, 256, 1024, 4096, 16384, 65536)


def balanced_labels(n: int) -> Array:
    """Alternating labels: random inputs do not care, and both classes are there."""
    return np.where(np.arange(n) % 2, 1.0, -1.0)


def _inputs(cell: Cell, data: Dataset | None) -> Array:
    if data is None:
        raise ValueError("a trained network needs a data set")
    return data.X[: int(cell["n"])]


class TrainedDraw:
    """One conditioned network before and after training, and what Section 3.2 says of it."""

    def __init__(self, cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> None:
        X = _inputs(cell, data)
        self.rng = rng
        self.m, self.n = int(cell["m"]), len(X)
        self.before = ConditionedNetwork(X, self.m).draw(rng)
        self.after: ConditionedTraining = train_conditioned(
            self.before, balanced_labels(self.n), loss=LOSS, steps=_STEPS
        )

    @property
    def margin(self) -> Array:
        return self.after.margins

    @property
    def projected_margin(self) -> Array:
        return self.after.projected_margins

    @property
    def loss(self) -> float:
        return float(self.after.losses[-1])

    @property
    def readout_move(self) -> float:
        return self.after.readout_displacement

    @cached_property
    def move(self) -> float:
        return self.after.displacement

    @property
    def root_m_dW(self) -> float:
        return math.sqrt(self.m) * self.move

    @property
    def root_m_da(self) -> float:
        return math.sqrt(self.m) * self.readout_move

    @property
    def flip_share(self) -> float:
        """Share of neurons whose mask changed, averaged over the samples."""
        return float(self.after.flips.mean()) / self.m

    @property
    def stable_rate(self) -> float:
        """Largest stable learning rate at initialisation: the logistic loss bends by at most ¼, so 8n/λ_max(K)."""
        d = self.before.network.d
        L = self.before.network.factor
        hidden, gates = np.maximum(self.before.preactivations, 0.0), self.before.preactivations > 0.0
        weighted = np.where(gates, self.before.a, 0.0)
        kernel = hidden @ hidden.T + d * (L @ L.T) * (weighted @ weighted.T)
        return 8.0 * self.n / float(np.linalg.eigvalsh(kernel)[-1])

    @property
    def jensen(self) -> float:
        """Least ρ_a that the loss reached allows, by Jensen's inequality (whp S15)."""
        y, d = self.after.y, self.before.network.d
        hidden = np.maximum(self.before.preactivations, 0.0)
        asked = -math.log(math.expm1(self.after.loss)) - float(np.mean(y * self.before.outputs))
        by_weights = (float(np.linalg.norm(self.before.a)) + self.readout_move) * self.move * math.sqrt(d)
        return self.n * (asked - by_weights) / float(np.linalg.norm(y @ hidden))

    @property
    def flip_weight(self) -> float:
        """Largest Σ h_r² over the neurons that flipped at one sample."""
        flipped = (self.before.preactivations > 0.0) != (self.after.preactivations > 0.0)
        return float(np.sum(np.square(self.before.preactivations), axis=1, where=flipped).max())

    @property
    def flip_capacity(self) -> float:
        return self.move**2 * self.before.network.d

    @property
    def certificate_slack(self) -> float:
        """Least surplus of a trained margin over S12's lower bound at the displacements that training made."""
        return float(np.min(self.margin - margin_lower_bounds(self.before, self.move, self.readout_move)))

    @property
    def separable(self) -> float:
        """Whether some witness separates the noises, decided exactly on the gradients in coordinates of R^d.

        Labels and positive weights drop out of y_i r_i, so the question is whether 0 lies outside conv{∇f(x_i)}.
        """
        return _some_witness(self.after.gradient_coordinates(self.rng)[1:])

    @cached_property
    def sizes(self) -> Array:
        """Root mean squares over the samples of the eight terms of zhang2023, eq. 17."""
        found: Array = np.sqrt(np.mean(np.square(terms(self.after)), axis=0))
        return found


TRAINED_NAMES = (
    "margin",
    "projected_margin",
    "loss",
    "readout_move",
    "root_m_dW",
    "root_m_da",
    "flip_share",
    "stable_rate",
    "jensen",
    "flip_weight",
    "flip_capacity",
    "certificate_slack",
    "separable",
)


def _some_witness(gradients: Array) -> float:
    """1 with a witness, 0 with a combination that proves there is none, one half where neither was found."""
    # One sign for all rows: the labels are already inside y_i r_i = −κ_i ∇f(x_i).
    found = separate(gradients, np.ones(len(gradients))).separable
    return 0.5 if found is None else float(found)


def trained_places(grid: Grid) -> tuple[Place, ...]:
    """Random points in few dimensions at every width of the sweep: m/d must span two decades."""
    return tuple(place(m, d, n, "sphere") for d, n in _SHAPES for m in grid.sizes["m"])


class RetrainedDraw:
    """One network of which every weight is stored, before and after training."""

    def __init__(self, cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> None:
        X = _inputs(cell, data)
        self.W, self.a = sample_network(int(cell["m"]), X.shape[1], rng)
        self.X = X
        self.after = self._trained()

    def _trained(self) -> TrainedNetwork:
        return train(self.W, self.a, self.X, balanced_labels(len(self.X)), loss=LOSS, steps=_STEPS)

    @property
    def fisher_ratio(self) -> float:
        """‖ĝ + b̂‖²/‖ĝ − b̂‖² · (1−r)/(1+r) at x_1, with g = Π⊥_X W_0ᵀa_0 and b = Π⊥_X W_tᵀ D_{t,1}a_t over ‖a_0‖, ‖D a‖.

        It is at most (1−r)/(1+r) exactly where the projected margin is at most 0, and F_{ν,ν} by whp S14.
        """
        basis = np.linalg.qr(self.X.T)[0]
        readout = np.where(self.X[0] @ self.after.W.T > 0.0, self.after.a, 0.0)
        vectors = [self.W.T @ self.a / np.linalg.norm(self.a), self.after.W.T @ readout / np.linalg.norm(readout)]
        g, b = (v - basis @ (basis.T @ v) for v in vectors)
        r = float(self.after.readout_cosines[0])
        return float(np.sum((g + b) ** 2) / np.sum((g - b) ** 2)) * (1.0 - r) / (1.0 + r)

    @property
    def term4(self) -> Array:
        return np.abs(terms(self.after)[:, 3])

    @property
    def cauchy4(self) -> Array:
        delta = np.where(self.X @ self.W.T > 0.0, self.after.a - self.a, 0.0)
        norms = float(np.linalg.norm(self.W.T @ self.a)) * float(np.linalg.norm(self.W, 2))
        found: Array = norms * np.linalg.norm(delta, axis=1)
        return found


RETRAINED_NAMES = ("fisher_ratio", "term4", "cauchy4")


def retrained_places(grid: Grid) -> tuple[Place, ...]:
    """One size at which many networks can be trained in full."""
    return (place(*_RETRAINED, "sphere"),)


def sample_fisher(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """Draws of F_{ν,ν}, ν = d − n."""
    freedom = int(cell["d"]) - int(cell["n"])
    return np.asarray(rng.f(freedom, freedom, size))


class WideDraw(TrainedDraw):
    """A trained network so wide that whp S14's explicit constants apply."""

    @property
    def cosine_in_radius(self) -> Array:
        """cos∠(a_0, D_{t,i}a_t), or 1 where training left the radius that the claim is about."""
        limit = 0.01 * math.sqrt(self.m / self.before.network.d)
        inside = self.readout_move <= 1 / 16 and self.move <= limit
        cosines = np.nan_to_num(self.after.readout_cosines, nan=-1.0)
        return cosines if inside else np.ones_like(cosines)


WIDE_NAMES = ("cosine_in_radius", "projected_margin")


def wide_places(grid: Grid) -> tuple[Place, ...]:
    """The one width at which S14's explicit bound says something and training is still quick."""
    return (place(*_WIDE, "sphere"),)


class AntipodalDraw:
    """n/2 random pairs ±x, one random label per pair, both layers trained (whp S16)."""

    def __init__(self, cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> None:
        m, d, pairs = int(cell["m"]), int(cell["d"]), int(cell["n"]) // 2
        X = rng.standard_normal((pairs, d))
        X *= math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True)
        y = rng.permutation(balanced_labels(pairs))
        self.X = np.vstack([X, -X])
        after = train(*sample_network(m, d, rng), self.X, np.tile(y, 2), loss=LOSS, steps=_STEPS)
        self.loss = float(after.losses[-1])
        self.margin = after.margins
        self.least_margin = float(self.margin.min())
        self._gradients = input_gradients(after.W, after.a, self.X)

    @property
    def separable(self) -> float:
        return _some_witness(self._gradients)


PAIR_NAMES = ("separable", "loss", "margin", "least_margin")


def pair_places(grid: Grid) -> tuple[Place, ...]:
    """Many pairs for their dimension, and few."""
    return tuple(place(*sizes) for sizes in _PAIRS)


class RadiiDraw:
    """Certified and attacked radius of one network at one input whose margin is positive (whp S12)."""

    def __init__(self, cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> None:
        network = ConditionedNetwork.from_gram(np.ones((1, 1)), int(cell["m"]), int(cell["d"]))
        while True:
            draw = network.draw(rng)
            if draw.margins[0] > 0.0:
                break
        self.certified = float(conditioned_radius(draw)[0])
        self.attacked = float(conditioned_attacked_radius(draw)[0])

    @property
    def radius_ratio(self) -> float:
        return self.certified / self.attacked

    @property
    def radius_gap(self) -> float:
        return 1.0 - self.radius_ratio


RADII_NAMES = ("certified", "attacked", "radius_ratio", "radius_gap")


def radii_places(grid: Grid) -> tuple[Place, ...]:
    """Widths below and far above the input dimension, at several of the latter."""
    return tuple(place(m, d, 1) for d in _RADII_DIMS for m in _RADII_WIDTHS)
