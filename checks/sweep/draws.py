"""Draws of a model at one place: pieces of work of one stream, and what they find."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...theory.language.cells import Cell, cell_text
from ...theory.language.models import RV, Model
from .data import Dataset
from .engine import Engine
from .errors import attempt
from .seeds import seed_sequence

__all__ = [
    "FIRST",
    "SUMMARY",
    "DrawSummary",
    "DrawTask",
    "Drawn",
    "Draws",
    "Looks",
    "affordable",
    "looks_for",
    "trials_for",
]

# Multiply-adds one cell may spend on direct draws; beyond it the number of trials shrinks with the cell's cost.
BUDGET = 9e10
# What a first look may spend at sizes that nobody chose.
_FIRST_LOOK = 1e10
_FEWEST = 32
# A first look has at most this many trials.
FIRST = 256
# Draws kept one by one: all of a model that is drawn trial by trial (up to a limit of 8 MiB a variable), and enough for
# the two-sample tests of a law that is drawn by the million; the rest enter counts and quantiles.
KEPT = 2**14
_MOST_KEPT = 2**20
_QUANTILES = (0.05, 0.5, 0.95)
_RATE = 4e9
SUMMARY = ("trials", "q05", "median", "q95", "worst", "mean", "variance", "nonpositive", "some_nonpositive")


def trials_for(engine: Engine, cell: Cell, trials: int) -> int:
    """Trials at a cell: `trials`, unless the cell's cost would exceed the budget."""
    return max(min(trials, _FEWEST), min(trials, int(BUDGET / _cost(engine, cell))))


def affordable(engine: Engine, cell: Cell) -> bool:
    """Whether a first look at a cell takes seconds at most."""
    return _cost(engine, cell) * FIRST <= _FIRST_LOOK


def _cost(engine: Engine, cell: Cell) -> float:
    """What one draw costs; infinite where the engine does not say, which its task then reports."""
    cost = attempt(lambda: float(engine.cost(cell)))
    return cost if isinstance(cost, float) and cost > 0 else math.inf


@dataclass(frozen=True)
class Looks:
    """When a cell is looked at: the draws that there are in all at each look, and which look has the fixed number.

    Attributes
    ----------
    draws : tuple of int
        Increasing; the last is the most a cell may take.
    kept : tuple of int
        How many of them are kept one by one.
    base : int
        The number of looks after which there are as many draws as links get that are not decided by looks.
    """

    draws: tuple[int, ...]
    kept: tuple[int, ...]
    base: int


def looks_for(engine: Engine, cell: Cell, trials: int, base: int) -> Looks:
    """A first look of at most 256 trials, then doublings, through `base` and up to `trials`, fewer at a costly cell.

    Examples
    --------
    >>> engine = Engine(lambda cell, rng, size, data: rng.random(size), {})
    >>> looks_for(engine, {}, 5000, 1000)
    Looks(draws=(250, 500, 1000, 2000, 4000, 5000), kept=(250, 500, 1000, 2000, 4000, 5000), base=3)
    """
    base = min(base, trials)
    halvings = max(0, math.ceil(math.log2(base / FIRST)))
    asked = [math.ceil(base / 2**j) for j in range(halvings, -1, -1)]
    while asked[-1] < trials:
        asked.append(min(trials, 2 * asked[-1]))
    scaled = [trials_for(engine, cell, max(1, round(count * engine.draws_per_trial))) for count in asked]
    draws = tuple(dict.fromkeys(scaled))
    fixed = draws.index(scaled[halvings]) + 1
    if engine.draws_per_trial == 1:
        kept = tuple(min(count, _MOST_KEPT) for count in draws)
    else:
        kept = tuple(min(count, KEPT * max(1, count // draws[fixed - 1]), _MOST_KEPT) for count in draws)
    return Looks(draws, kept, fixed)


@dataclass(frozen=True)
class DrawSummary:
    """Draws of one random variable at one cell: the first sample, and the extremes over the samples, per draw.

    Attributes
    ----------
    first, least, largest : ndarray
    looks : int
        How often what was drawn until then has been judged, this time included; 1 for a number of draws fixed before.
    """

    first: NDArray[np.float64]
    least: NDArray[np.float64]
    largest: NDArray[np.float64]
    looks: int = 1


@dataclass(frozen=True)
class Drawn:
    """What the draws at one place measured, by the names of the random variables.

    Attributes
    ----------
    arrays : mapping of str to ndarray
    looks : int
        As `DrawSummary`'s.
    error : str
        What kept them from being drawn.
    """

    arrays: Mapping[str, NDArray[np.float64]]
    looks: int = 1
    error: str = ""

    @classmethod
    def joined(cls, parts: Sequence[Drawn], looks: int = 1) -> Drawn:
        """Draws of one stream, one after the other; quantiles of those not all kept are means of the parts'."""
        arrays: dict[str, NDArray[np.float64]] = {}
        names = [name.removesuffix("/first") for name in parts[0].arrays if name.endswith("/first")]
        for rv in names:
            summaries = [part.of(rv) for part in parts]
            first = np.concatenate([s.first for s in summaries])
            arrays[f"{rv}/first"] = first
            if any(f"{rv}/least" in part.arrays for part in parts):
                arrays[f"{rv}/least"] = np.concatenate([s.least for s in summaries])
                arrays[f"{rv}/largest"] = np.concatenate([s.largest for s in summaries])
            if f"{rv}/summary" in parts[0].arrays:
                arrays[f"{rv}/summary"] = _merged([part.arrays[f"{rv}/summary"] for part in parts], first)
        return cls(arrays, looks)

    def of(self, rv: str) -> DrawSummary:
        """The draws that were kept."""
        first = self.arrays[f"{rv}/first"]
        least, largest = self.arrays.get(f"{rv}/least", first), self.arrays.get(f"{rv}/largest", first)
        return DrawSummary(first, least, largest, self.looks)

    def summary(self, rv: str) -> dict[str, float]:
        """Counts, quantiles and moments of all draws."""
        return dict(zip(SUMMARY, (float(v) for v in self.arrays[f"{rv}/summary"]), strict=True))


def _merged(parts: Sequence[NDArray[np.float64]], first: NDArray[np.float64]) -> NDArray[np.float64]:
    """The summary of all draws from those of its parts."""
    if len(parts) == 1:
        return parts[0]
    count, *quantiles, worst, mean, variance, none, some = np.stack(parts, axis=1)
    share = count / count.sum()
    whole = first.size == count.sum()
    middle = float(np.sum(share * mean))
    return np.array(
        [
            count.sum(),
            *(np.quantile(first, _QUANTILES) if whole else [float(np.sum(share * q)) for q in quantiles]),
            worst.min(),
            middle,
            float(np.sum(share * (variance + (mean - middle) ** 2))),
            none.sum(),
            some.sum(),
        ]
    )


class Draws:
    """All draws of a run, by random variable and cell.

    Parameters
    ----------
    made : iterable of (Model, cell, str, Drawn)
        Model, cell, name of the random variable and what was drawn.
    """

    def __init__(self, made: Iterable[tuple[Model, Cell, str, Drawn]] = ()) -> None:
        self._made: dict[tuple[Model, str], list[tuple[Cell, DrawSummary]]] = {}
        for model, cell, rv, drawn in made:
            self._made.setdefault((model, rv), []).append((cell, drawn.of(rv)))

    def at(self, rv: RV, cell: Cell) -> tuple[DrawSummary, ...]:
        """Draws of `rv` at the sizes of `cell`, one summary for each data set they were made on."""
        drawn = self._made.get((rv.model, rv.name), ())
        return tuple(summary for at, summary in drawn if all(cell.get(k, v) == v for k, v in at.items()))


@dataclass(frozen=True, eq=False)
class DrawTask:
    """Draw every measured random variable of a model at one place, from where earlier pieces of the stream end.

    Attributes
    ----------
    name : str
        Under which the store keeps it.
    label : str
        What fixes the streams of random numbers.
    engine : Engine
    cell : mapping of str to int or Fraction
    data : Dataset, optional
    trials, seed : int
    samples : int, optional
        How many samples the model has there, where it has any.
    earlier : tuple of int
        The draws of the pieces before this one, whose blocks it does not draw again.
    kept : int, optional
        The draws that are kept one by one; default as many as there is place for.
    """

    name: str
    label: str
    engine: Engine = field(repr=False)
    cell: Cell
    data: Dataset | None = field(repr=False)
    trials: int
    seed: int
    samples: int | None = None
    earlier: tuple[int, ...] = ()
    kept: int | None = None
    jitted: ClassVar[bool] = True

    @property
    def seconds(self) -> float:
        """Rough cost on one core."""
        cost = _cost(self.engine, self.cell)
        return self.trials * (cost / _RATE + 1e-7) if math.isfinite(cost) else 0.0

    def run(self) -> dict[str, NDArray[np.float64]]:
        """Arrays per random variable: first, least and largest over samples per draw, counts and quantiles."""
        if not self.engine.cost(self.cell) > 0:
            raise ValueError(f"the cost of a draw at {cell_text(self.cell)} is not positive")
        size = self.engine.block_size(self.cell)
        parts: dict[str, list[NDArray[np.float64]]] = {rv: [] for rv in self.engine.measures}
        drawn, before = 0, sum(self.earlier)
        blocks = sum(math.ceil(trials / size) for trials in self.earlier)
        for block in range(blocks, blocks + math.ceil(self.trials / size)):
            now = min(size, self.trials - drawn)
            rng = np.random.default_rng(seed_sequence(self.seed, self.label, block))
            drawn_block = self.engine.sample(self.cell, rng, now, self.data)
            for rv, measured in self.engine.measures.items():
                parts[rv].append(self._checked(rv, measured(drawn_block), now, before + drawn))
            drawn += now
        result: dict[str, NDArray[np.float64]] = {}
        kept = self.kept
        if kept is None:
            kept = _MOST_KEPT if self.engine.draws_per_trial == 1 else KEPT
        for rv, found in parts.items():
            first, least, largest = np.concatenate(found, axis=1)
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

    def _checked(self, rv: str, measured: Any, now: int, before: int) -> NDArray[np.float64]:
        """The first, least and largest value of each of `now` draws, of which `before` came earlier."""
        shape = np.shape(measured)
        # The only draw of a block may come without an axis of its own.
        if (shape[:1] != (now,) or len(shape) > 2) and not (now == 1 and np.size(measured)):
            raise ValueError(
                f"the measure of {rv!r} gives an array of shape {shape} for {now} draws{self._where}, from draw "
                f"{before + 1} on; ({now},), or ({now}, samples), is needed"
            )
        if np.iscomplexobj(measured):
            raise ValueError(f"the measure of {rv!r} gives complex numbers{self._where}, from draw {before + 1} on")
        values = np.asarray(measured, dtype=np.float64).reshape(now, -1)
        if values.shape[1] not in (1, self.samples or 1):
            needed = "one" if self.samples is None else f"one, or one for each of {self.samples} samples,"
            raise ValueError(
                f"the measure of {rv!r} gives {values.shape[1]} values a draw{self._where}; {needed} is needed"
            )
        # The least of some values is NaN where one of them is.
        found = np.array([values[:, 0], values.min(axis=1), values.max(axis=1)])
        bad = np.isnan(found[1]).nonzero()[0]
        if bad.size:
            raise ValueError(f"the measure of {rv!r} gives NaN in draw {before + int(bad[0]) + 1}{self._where}")
        return found

    @property
    def _where(self) -> str:
        return f" at {cell_text(self.cell)}" if self.cell else ""

    def read(self, stored: Any) -> Drawn:
        return Drawn(stored)

    def failed(self, error: str) -> Drawn:
        return Drawn({}, error=error)
