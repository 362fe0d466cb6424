"""Draws of a model at one place: one piece of work, and what it finds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.language.cells import Cell
from ...theory.language.models import RV, Model
from .data import Dataset
from .engine import Engine
from .seeds import seed_sequence

__all__ = ["DrawSummary", "DrawTask", "Drawn", "Draws", "trials_for"]

# Multiply-adds one cell may spend on direct draws; beyond it the number of trials shrinks with the cell's cost.
BUDGET = 1e11
_FEWEST = 32
# Draws kept one by one: all of a model that is drawn trial by trial (up to a limit of 8 MiB a variable), and enough for
# the two-sample tests of a law that is drawn by the million; the rest enter counts and quantiles.
KEPT = 2**14
_MOST_KEPT = 2**20
_QUANTILES = (0.05, 0.5, 0.95)
_RATE = 4e9
_SUMMARY = ("trials", "q05", "median", "q95", "worst", "mean", "variance", "nonpositive", "some_nonpositive")


def trials_for(engine: Engine, cell: Cell, trials: int) -> int:
    """Trials at a cell: `trials`, unless the cell's cost would exceed the budget."""
    return max(min(trials, _FEWEST), min(trials, int(BUDGET / engine.cost(cell))))


@dataclass(frozen=True)
class DrawSummary:
    """Draws of one random variable at one cell: the first sample, and the extremes over the samples, per draw."""

    first: NDArray[np.float64]
    least: NDArray[np.float64]
    largest: NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """What the draws at one place measured, by the names of the random variables."""

    arrays: Mapping[str, NDArray[np.float64]]

    def of(self, rv: str) -> DrawSummary:
        """The draws that were kept."""
        first = self.arrays[f"{rv}/first"]
        return DrawSummary(first, self.arrays.get(f"{rv}/least", first), self.arrays.get(f"{rv}/largest", first))

    def summary(self, rv: str) -> dict[str, float]:
        """Counts, quantiles and moments of all draws."""
        return dict(zip(_SUMMARY, (float(v) for v in self.arrays[f"{rv}/summary"]), strict=True))


class Draws:
    """All draws of a run, by random variable and cell.

    Parameters
    ----------
    made : iterable of (Model, mapping of str to int, str, Drawn)
        Model, cell, name of the random variable and what was drawn.
    """

    def __init__(self, made: Iterable[tuple[Model, Mapping[str, int], str, Drawn]] = ()) -> None:
        self._made: dict[tuple[Model, str], list[tuple[Mapping[str, int], DrawSummary]]] = {}
        for model, cell, rv, drawn in made:
            self._made.setdefault((model, rv), []).append((cell, drawn.of(rv)))

    def at(self, rv: RV, cell: Cell) -> tuple[DrawSummary, ...]:
        """Draws of `rv` at the sizes of `cell`, one summary for each data set they were made on."""
        drawn = self._made.get((rv.model, rv.name), ())
        return tuple(summary for at, summary in drawn if all(cell.get(k, v) == v for k, v in at.items()))


@dataclass(frozen=True, eq=False)
class DrawTask:
    """Draw every measured random variable of a model at one place.

    Attributes
    ----------
    name : str
        Under which the store keeps it.
    label : str
        What fixes the streams of random numbers.
    engine : Engine
    cell : mapping of str to int
    data : Dataset, optional
    trials, seed : int
    samples : int, optional
        How many samples the model has there, where it has any.
    """

    name: str
    label: str
    engine: Engine = field(repr=False)
    cell: Mapping[str, int]
    data: Dataset | None = field(repr=False)
    trials: int
    seed: int
    samples: int | None = None

    @property
    def seconds(self) -> float:
        """Rough cost on one core."""
        return self.trials * (self.engine.cost(self.cell) / _RATE + 1e-7)

    def run(self) -> dict[str, NDArray[np.float64]]:
        """Arrays per random variable: first, least and largest over samples per draw, counts and quantiles."""
        size = self.engine.block_size(self.cell)
        parts: dict[str, list[NDArray[np.float64]]] = {rv: [] for rv in self.engine.measures}
        drawn = 0
        for block in range(math.ceil(self.trials / size)):
            now = min(size, self.trials - drawn)
            rng = np.random.default_rng(seed_sequence(self.seed, self.label, block))
            drawn_block = self.engine.sample(self.cell, rng, now, self.data)
            for rv, measured in self.engine.measures.items():
                values = np.asarray(measured(drawn_block), dtype=np.float64)
                values = values.reshape(now, -1)
                if self.samples is not None and values.shape[1] not in (1, self.samples):
                    raise ValueError(
                        f"the measure of {rv!r} gives {values.shape[1]} values a draw at {dict(self.cell)}; one, or "
                        f"one for each of {self.samples} samples, is needed"
                    )
                parts[rv].append(np.stack([values[:, 0], values.min(axis=1), values.max(axis=1)]))
            drawn += now
        result: dict[str, NDArray[np.float64]] = {}
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

    def read(self, stored: Any) -> Drawn:
        return Drawn(stored)
