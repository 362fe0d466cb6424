"""Draws of one network and of suprema over the ball around it (models of Section 3.2 that need no training).

One input sees h = Wx and p = WWᵀa, which the conditioned network draws in O(m) for any input dimension. With
ρ = 1/√m and ‖x‖² = d the neurons that can flip satisfy Σ h_r² ≤ d/m, so what they are worth is a knapsack (whp S12).
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from ....kernels.conditioned import ConditionedNetwork
from ....kernels.zhang2023.radius import knapsack_by_sort, margin_lower_bounds
from ....theory.language.cells import Cell
from ...sweep.data import Dataset
from ...sweep.grid import Grid, Place
from ..places import place

__all__ = [
    "BALL_NAMES",
    "BallDraw",
    "ball_places",
    "edge_places",
    "sample_ball",
    "sample_edges",
    "sample_theorem_ball",
    "theorem_place",
]

Array = NDArray[np.float64]

# Along m at fixed d the ratio m/d runs from 1 past 10⁴, along d at fixed m/d over more than two decades.
_FIXED_DIMS = (16, 64)
_RATIOS = tuple(2**j for j in range(15))
_TIED_RATIOS = (4, 32)
_TIED_DIMS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
_WIDEST = 2**18
_SPARSE_SHARE = 8
_ROOM = 32


def _largest(squares: Array, count: int) -> Array:
    return squares if count >= squares.size else np.partition(squares, squares.size - count)[-count:]


def _norm(squares: Array) -> float:
    return math.sqrt(float(squares.sum()))


class BallDraw:
    """One network seen through one input on the √d-sphere, and what its ball of radius 1/√m can do there.

    Parameters
    ----------
    m, d : int
        Width and input dimension.
    rng : numpy.random.Generator
    """

    def __init__(self, m: int, d: int, rng: np.random.Generator) -> None:
        draw = ConditionedNetwork.from_gram(np.ones((1, 1)), m, d).draw(rng)
        self.m, self.d, self.a, self.p = m, d, draw.a, draw.p
        self.h = draw.preactivations[0]
        self.on = self.h > 0.0
        self.gate = self.on.astype(np.float64)
        self.radius = 1.0 / math.sqrt(m)
        self.squares = np.square(self.h)

    @cached_property
    def products(self) -> Array:
        return self.a * self.p

    @cached_property
    def a_squares(self) -> Array:
        return np.square(self.a)

    @cached_property
    def p_squares(self) -> Array:
        return np.square(self.p)

    @property
    def margin(self) -> float:
        return float(self.gate @ self.products)

    @cached_property
    def norm_Da(self) -> float:
        return math.sqrt(float(self.gate @ self.a_squares))

    @cached_property
    def norm_Wa(self) -> float:
        return math.sqrt(max(float(self.products.sum()), 0.0))

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Neurons by |h_r|, as many as flips can concern with room to spare."""
        count = int(_ROOM * (self.d * self.m) ** (1 / 3)) + _ROOM
        near = np.arange(self.m) if count >= self.m else np.argpartition(self.squares, count)[:count]
        return near[np.argsort(self.squares[near])]

    def _worth(self, values: Array) -> float:
        """Fractional knapsack of capacity d/m with weights h_r² and these values."""
        capacity, near = self.d / self.m, self._order
        v, w = values[near], self.squares[near]
        if near.size < self.m:
            # No other neuron is worth more per weight than this; they matter only if the knapsack goes that low.
            elsewhere = float(values.max()) / float(w[-1])
            kept = v > elsewhere * w
            if float(w[kept].sum()) <= capacity:
                v, w = values, self.squares
        return knapsack_by_sort(np.maximum(v, 0.0), w)(capacity)

    @property
    def flips(self) -> float:
        """Most neurons whose h_r² add up to at most d/m."""
        return float(np.searchsorted(np.cumsum(self.squares[self._order]), self.d / self.m, side="right"))

    @cached_property
    def flip_norm_a(self) -> float:
        return math.sqrt(self._worth(self.a_squares))

    @cached_property
    def _harm(self) -> Array:
        """What the margin loses where a neuron flips."""
        return np.where(self.on, self.products, -self.products)

    @cached_property
    def knapsack(self) -> float:
        """K(d/m): the most that flips can take from the margin."""
        return self._worth(self._harm)

    @property
    def knapsack_share(self) -> float:
        """K(d/m) over ‖Wᵀa‖, to which it is proportional at m ≫ d and which varies at a fixed d."""
        return self.knapsack / self.norm_Wa

    @property
    def sparse_norm_a(self) -> float:
        # Strictly fewer than m/log² m entries.
        return _norm(_largest(self.a_squares, max(1, math.ceil(self.m / math.log(self.m) ** 2) - 1)))

    @cached_property
    def _sparse_p_squares(self) -> Array:
        return _largest(self.p_squares, math.ceil(self.m / math.log(self.m) ** 2))

    @property
    def sparse_p(self) -> float:
        return _norm(self._sparse_p_squares)

    @property
    def sparse_p_small(self) -> float:
        count = math.ceil(self.m / math.log(self.m) ** 2 / _SPARSE_SHARE)
        return _norm(_largest(self._sparse_p_squares, count))

    @property
    def sup_term2(self) -> float:
        return self.radius * self.norm_Wa * self.norm_Da

    @property
    def sup_term3(self) -> float:
        return max(self.knapsack, self._worth(-self._harm))

    @property
    def sup_term4(self) -> float:
        return self.radius * math.sqrt(float(self.gate @ self.p_squares))

    @property
    def sup_term5(self) -> float:
        return self.radius * self.norm_Wa * self.flip_norm_a

    @property
    def sup_term6(self) -> float:
        return self.radius**2 * self.norm_Wa

    @property
    def sup_term7(self) -> float:
        return self.radius * math.sqrt(self._worth(self.p_squares))

    @property
    def sup_term8(self) -> float:
        return self.radius**2 * self.norm_Wa

    @property
    def output_change(self) -> float:
        """Bound on |f*(x) − f(x)| over the ball: ρ‖σ(h)‖ + (‖a‖ + ρ) ρ ‖x‖."""
        readout = math.sqrt(float(self.a_squares.sum()))
        moved = math.sqrt(float(self.gate @ self.squares))
        return self.radius * (moved + (readout + self.radius) * math.sqrt(self.d))


BALL_NAMES = (
    "margin",
    "norm_Da",
    "norm_Wa",
    "flips",
    "flip_norm_a",
    "knapsack",
    "knapsack_share",
    "sparse_norm_a",
    "sparse_p",
    "sparse_p_small",
    "output_change",
    *(f"sup_term{k}" for k in range(2, 9)),
)


def sample_ball(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> BallDraw:
    """One draw of the model "ball"."""
    return BallDraw(int(cell["m"]), int(cell["d"]), rng)


def ball_places(grid: Grid) -> tuple[Place, ...]:
    """Paths of the two regimes of Section 3.2; the sweep's own sizes reach neither m/d = 10⁴ nor two decades of d."""
    sizes = {(d * ratio, d) for d in _FIXED_DIMS for ratio in _RATIOS}
    sizes |= {(d * ratio, d) for d in _TIED_DIMS for ratio in _TIED_RATIOS}
    return tuple(place(m, d, 1) for m, d in sorted(sizes, key=lambda s: s[::-1]) if m <= _WIDEST)


def edge_places(grid: Grid) -> tuple[Place, ...]:
    """m = 4d along doublings of d."""
    return tuple(place(4 * 2**j, 2**j, 1) for j in range(2, 12))


def sample_edges(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """‖aᵀW‖ ‖W‖₂ / √m, exactly in law from a bidiagonal form of W that starts at a: O(d) numbers per draw."""
    m, d = int(cell["m"]), int(cell["d"])
    diagonal = np.sqrt(rng.chisquare(np.arange(d, 0, -1)))
    below = np.sqrt(rng.chisquare(np.arange(m - 1, m - d - 1, -1))) if m > d else np.zeros(d)
    gram = diagonal**2 + below**2
    largest = eigh_tridiagonal(
        gram, below[:-1] * diagonal[1:], eigvals_only=True, select="i", select_range=(d - 1, d - 1)
    )[0]
    readout = math.sqrt(rng.chisquare(m) / m)
    return np.array([readout * diagonal[0] * math.sqrt(float(largest)) / d / math.sqrt(m)])


def theorem_place(grid: Grid) -> tuple[Place, ...]:
    """The smallest cell (least max(m, d), then least d) at which S13 applies with n = 1, δ = 1/2 and C = 1."""
    t = math.log(54.0)

    def least_dim(m: int) -> int:
        product = max(2e7, (400.0 * t * (t + math.log(m))) ** 2)
        return max(math.ceil(product / m), math.ceil(22.0 * t), 64)

    low, high = 1, 2**30
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if 1000 * least_dim(middle) <= middle else (middle, high)
    return (place(high, least_dim(high), 1),)


def sample_theorem_ball(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    """S12's lower bound on every margin of the ball of radius 1/√m around one network."""
    m, d = int(cell["m"]), int(cell["d"])
    draw = ConditionedNetwork.from_gram(np.ones((1, 1)), m, d).draw(rng)
    radius = 1.0 / math.sqrt(m)
    return margin_lower_bounds(draw, radius, radius, method="price")
