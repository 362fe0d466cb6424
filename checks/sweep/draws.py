"""Draws of a model at one place: one piece of work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...theory.language.models import Cell
from .data import Dataset
from .engine import Engine
from .seeds import seed_sequence

__all__ = ["DrawTask", "trials_for"]

# Multiply-adds one cell may spend on direct draws; beyond it the number of trials shrinks with the cell's cost.
BUDGET = 1e11

_FEWEST = 32

# Draws kept one by one: all of a model that is drawn trial by trial (up to a limit of 8 MiB a variable), and enough for
# the two-sample tests of a law that is drawn by the million; the rest enter counts and quantiles.
KEPT = 2**14

_MOST_KEPT = 2**20

_QUANTILES = (0.05, 0.5, 0.95)

_RATE = 4e9


def trials_for(engine: Engine, cell: Cell, trials: int) -> int:
    """Trials at a cell: `trials`, unless the cell's cost would exceed the budget."""
    return max(min(trials, _FEWEST), min(trials, int(BUDGET / engine.cost(cell))))


@dataclass(frozen=True)
class DrawTask:
    """Draw every measured random variable of a model at one place."""

    name: str
    model: str
    engine: Engine = field(hash=False, compare=False, repr=False)
    cell: Mapping[str, int] = field(hash=False)
    data: Dataset | None = field(hash=False, compare=False, repr=False)
    trials: int
    seed: int

    @property
    def seconds(self) -> float:
        """Rough cost on one core."""
        return self.trials * (self.engine.cost(self.cell) / _RATE + 1e-7)

    def run(self) -> dict[str, np.ndarray]:
        """Arrays per random variable: first, least and largest over samples per draw, counts and quantiles."""
        size = self.engine.block_size(self.cell)
        parts: dict[str, list[np.ndarray]] = {rv: [] for rv in self.engine.measures}
        drawn = 0
        for block in range(math.ceil(self.trials / size)):
            now = min(size, self.trials - drawn)
            rng = np.random.default_rng(seed_sequence(self.seed, self.name, block))
            drawn_block = self.engine.sample(self.cell, rng, now, self.data)
            for rv, measured in self.engine.measures.items():
                values = np.asarray(measured(drawn_block), dtype=np.float64)
                values = values.reshape(now, -1)
                parts[rv].append(np.stack([values[:, 0], values.min(axis=1), values.max(axis=1)]))
            drawn += now
        result: dict[str, np.ndarray] = {}
        for rv, blocks in parts.items():
            first, least, largest = np.concatenate(blocks, axis=1)
            kept = _MOST_KEPT if self.engine.draws_per_trial == 1 else KEPT
            result[f"{rv}/first"] = first[:kept]
            if not np.array_equal(least, largest):
                result[f"{rv}/least"] = least[:kept]
                result[f"{rv}/largest"] = largest[:kept]
            result[f"{rv}/summary"] = np.array(
                [
                    first.size,
                    *np.quantile(first, _QUANTILES),
                    least.min(),
                    first.mean(),
                    first.var(),
                    np.count_nonzero(first <= 0),
                    np.count_nonzero(least <= 0),
                ]
            )
        return result
