"""The pieces of work of a run and their execution: joblib workers compute, the parent stores.

Every piece runs under one BLAS thread and one Numba thread in blocks whose sizes depend on its cell only, so its bytes
do not depend on the number of workers, on the order, or on a restart.
"""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from ..theory.core import Cell, Implication
from .data import Dataset
from .deciders import settle_cell, settle_domain
from .deciders.existential import admitted, corner, unsupported
from .deciders.question import Question
from .deciders.smallest import best_constant, counterexample
from .registry import Engine
from .seeds import seed_sequence
from .store import Store
from .verdict import Outcome, Verdict, cell_order

__all__ = [
    "AdmittedTask",
    "CellTask",
    "CornerTask",
    "DomainTask",
    "DrawTask",
    "RefutedTask",
    "SupportTask",
    "in_processes",
    "run_tasks",
    "trials_for",
]

_T = TypeVar("_T")

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


@dataclass(frozen=True)
class DomainTask:
    """Settle a link on its whole domain, or say that it must be asked cell by cell."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    seconds: float = 2.0

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_domain(self.question)
        return None if found is None else [o.to_dict() for o in found]


@dataclass(frozen=True)
class CellTask:
    """Decide a probability link at one cell by its exact law."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    cell: Cell = field(hash=False)
    seconds: float = 0.5

    def run(self) -> dict[str, Any] | None:
        found = settle_cell(self.question, self.cell)
        return None if found is None else found.to_dict()


@dataclass(frozen=True)
class AdmittedTask:
    """Compute the constants the evidence admits."""

    name: str
    implication: Implication = field(hash=False, compare=False, repr=False)
    seconds: float = 5.0

    def run(self) -> dict[str, Any]:
        return admitted(self.implication)


@dataclass(frozen=True)
class CornerTask:
    """Look for the corner that defeats every choice of unnamed constants."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    seconds: float = 5.0

    def run(self) -> dict[str, Any] | None:
        found = corner(self.question)
        return None if found is None else found.to_dict()


@dataclass(frozen=True)
class SupportTask:
    """Look for what keeps an implication from reaching a claim with unnamed constants."""

    name: str
    implication: Implication = field(hash=False, compare=False, repr=False)
    question: Question = field(hash=False, compare=False, repr=False)
    seconds: float = 3.0

    def run(self) -> str | None:
        return unsupported(self.implication, self.question)


@dataclass(frozen=True)
class RefutedTask:
    """For a refuted link, its smallest counterexample and the best constant with which it would hold."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    outcomes: tuple[Outcome, ...] = field(hash=False, compare=False, repr=False)
    seconds: float = 3.0

    def run(self) -> dict[str, Any]:
        refuting = [o for o in self.outcomes if o.verdict is Verdict.REFUTED]
        known = min(refuting, key=lambda o: cell_order(o.cell))
        smallest = counterexample(self.question, known)
        return {
            "smallest": None if smallest is None else smallest.to_dict(),
            "best": best_constant(self.question, self.outcomes),
        }


Task = DrawTask | DomainTask | CellTask | AdmittedTask | CornerTask | SupportTask | RefutedTask


def _run_single_threaded(task: Task) -> Any:
    import numba
    from threadpoolctl import threadpool_limits

    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            return task.run()
    finally:
        numba.set_num_threads(threads)


def run_tasks(
    tasks: Iterable[Task],
    store: Store,
    *,
    jobs: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict[str, Any]:
    """Run what the store does not hold yet and return every payload by task name.

    Parameters
    ----------
    tasks : iterable of tasks
    store : Store
        Each finished piece is written at once; after a kill the next run continues from there.
    jobs : int
        Worker processes; 1 runs in this process.
    progress : callable, optional
        Called as ``progress(done, total, name)``.
    """
    wanted: Sequence[Task] = tuple(tasks)
    payloads: dict[str, Any] = {}
    todo: list[Task] = []
    for task in wanted:
        stored = store.get(task.name)
        if stored is None:
            todo.append(task)
        else:
            payloads[task.name] = stored["value"] if isinstance(stored, dict) and "value" in stored else stored
    done = len(payloads)
    # The most expensive first, so that no worker is left alone with a long tail.
    todo.sort(key=lambda t: (-t.seconds, t.name))

    def finish(task: Task, payload: Any) -> None:
        nonlocal done
        arrays = isinstance(task, DrawTask)
        store.put(task.name, payload if arrays else {"value": payload})
        payloads[task.name] = payload
        done += 1
        if progress is not None:
            progress(done, len(wanted), task.name)

    if progress is not None:
        progress(done, len(wanted), "")
    for name, payload in in_processes([partial(_named, task) for task in todo], jobs):
        finish(next(t for t in todo if t.name == name), payload)
    return payloads


def in_processes(calls: Sequence[Callable[[], _T]], jobs: int) -> Iterator[_T]:
    """Results of independent calls as they finish, computed by `jobs` worker processes or, for 1, in this one."""
    if jobs == 1 or len(calls) <= 1:
        for call in calls:
            yield call()
        return
    from joblib import Parallel, delayed, parallel_config

    with parallel_config(backend="loky", inner_max_num_threads=1):
        # A keyboard interrupt is for this process alone, which then ends its workers: they start with it blocked.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            results = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(delayed(c)() for c in calls)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield from results


def _named(task: Task) -> tuple[str, Any]:
    return task.name, _run_single_threaded(task)
