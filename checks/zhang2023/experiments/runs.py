"""A run of ``whp experiment``: all draws of some figures on one kind of data, each kept as soon as it is finished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ...sweep.processes import Finished, Progress, Task, run_tasks
from ...sweep.store import Store
from .draws import Bench, DrawTask, InputTask, digest, split_of
from .networks import NETWORKS
from .settings import Experiment

__all__ = ["Run", "Sizes", "execute", "prepared"]

STORE = "experiments.sqlite"
# Training and test points where the data would give more, and with --quick.
_USUAL, _FEW = (2000, 1000), (1000, 400)
# Pixels a side from which on images are averaged over squares of 2 × 2: there would be as many dimensions as points.
_LARGE = 32


@dataclass(frozen=True)
class Sizes:
    """Of one split: training points n, test points, dimension d, classes K, and what names its bytes."""

    n: int
    test: int
    d: int
    classes: int
    digest: str


@dataclass(frozen=True, eq=False)
class Run:
    """What the networks of one figure measured, beside the inputs of the same splits.

    Attributes
    ----------
    experiment : Experiment
    bench : Bench
    sizes : Sizes
    seed : int
        Root of all draws.
    seeds : int
        Draws at each width, each with a split and a network of its own.
    values : mapping of (int, str) to tuple of float
        By width and name (`draws`), one number for each draw; those of inputs at every width.
    pictures : mapping of str to mapping
        Of the first draw, where the figure is an embedding: the plane and its classes.
    """

    experiment: Experiment
    bench: Bench
    sizes: Sizes
    seed: int
    seeds: int
    values: Mapping[tuple[int, str], tuple[float, ...]]
    pictures: Mapping[str, Any]

    def get(self, m: int, line: str, given: str, quantity: str, at: int) -> tuple[float, ...]:
        """The numbers of one name, empty where there is none."""
        return self.values.get((m, f"{line}/{given}/{quantity}/{at}"), ())

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per width and name: least, median, largest and mean over the draws."""
        for (m, name), found in self.values.items():
            line, given, quantity, at = name.split("/")
            yield {
                "figure": self.experiment.key,
                "m": m,
                "line": line,
                "labels": given,
                "quantity": quantity,
                "at": int(at),
                "networks": len(found),
                "least": min(found),
                "median": float(np.median(found)),
                "largest": max(found),
                "mean": float(np.mean(found)),
            }


def prepared(bench: Bench, seed: int, *, pool: int | None, quick: bool) -> tuple[Bench, Sizes]:
    """A bench with its numbers of points and its pooling settled, after a look at its first split.

    Parameters
    ----------
    bench : Bench
        None of training and test points means the usual numbers.
    seed : int
    pool : int or None
        None averages images of 32 pixels a side or more over squares of 2 × 2.
    quick : bool

    Raises
    ------
    ValueError
        Where the data cannot be read.
    """
    first = split_of(replace(bench, pool=1), seed, 0)
    limits = _FEW if quick else _USUAL
    n, test = (
        min(len(found), limit) if given is None else given
        for found, limit, given in zip((first.y, first.y_test), limits, (bench.training, bench.test), strict=True)
    )
    if pool is None:
        pool = 2 if first.shape is not None and min(first.shape[:2]) >= _LARGE else 1
    settled = replace(bench, training=n, test=test, pool=pool)
    split = split_of(settled, seed, 0)
    return settled, Sizes(n, test, split.X.shape[1], len(split.classes), digest(split))


def execute(
    experiments: Sequence[Experiment],
    bench: Bench,
    sizes: Sizes,
    *,
    seeds: int,
    seed: int,
    folder: Path | None = None,
    jobs: int = 1,
    resume: bool = False,
    progress: Progress | None = None,
) -> tuple[Run, ...]:
    """Make all draws that are not stored yet, and collect what was measured.

    Parameters
    ----------
    experiments : sequence of Experiment
    bench : Bench
    sizes : Sizes
        As `prepared` found them.
    seeds, seed : int
    folder : Path, optional
        Where each finished draw is kept.
    jobs : int
        Worker processes.
    resume : bool
    progress : callable, optional

    Returns
    -------
    tuple of Run

    Raises
    ------
    ValueError
        Where a stored run is of other settings, or a draw failed, with what it raised.
    """
    shape = split_of(bench, seed, 0).shape
    for experiment in experiments:
        # What the network cannot take is said before anything is run.
        NETWORKS[experiment.network].sample(1, sizes.d, shape, sizes.classes, np.random.default_rng(0))
    inputs = [InputTask(bench, seed, i) for i in range(seeds)]
    draws = {e.key: [DrawTask(e, bench, m, seed, i) for m in e.widths for i in range(seeds)] for e in experiments}
    tasks: list[Task[Any]] = [*inputs, *(task for some in draws.values() for task in some)]
    config = {**asdict(bench), **asdict(sizes), "seed": seed, "version": version("whp")}
    for e in experiments:
        # What a series is belongs to the version.
        config |= {f"{e.key}, {name}": getattr(e, name) for name in ("network", "epochs", "learning_rate")}
    with Store(None if folder is None else folder / STORE, config, resume=resume) as store:
        if resume:
            store.forget_errors()
        finished = run_tasks(tasks, store, jobs=jobs, progress=_by_time(progress, tasks, store))
    for task in tasks:
        error = finished.error(task)
        if error:
            raise ValueError(f"{task.name}: {error.removeprefix('error: ')}")
    return tuple(_collected(e, bench, sizes, seed, seeds, inputs, draws[e.key], finished) for e in experiments)


def _by_time(progress: Progress | None, tasks: Sequence[Task[Any]], store: Store) -> Progress | None:
    """Progress in estimated seconds: pieces of work differ a hundredfold, and the time that is left follows these."""
    if progress is None:
        return None
    seconds = {task.name: task.seconds for task in tasks}
    total = sum(seconds.values())
    done = sum(needed for name, needed in seconds.items() if name in store)

    def told(pieces: int, all_pieces: int, name: str) -> None:
        nonlocal done
        done += seconds.get(name, 0.0)
        # From the first second on: a bar takes its speed from what it has seen.
        progress(max(1, round(done)), round(total), name)

    return told


def _collected(
    experiment: Experiment,
    bench: Bench,
    sizes: Sizes,
    seed: int,
    seeds: int,
    inputs: Sequence[InputTask],
    draws: Sequence[DrawTask],
    finished: Finished,
) -> Run:
    values: dict[tuple[int, str], tuple[float, ...]] = {}
    for m in experiment.widths:
        columns = [
            finished[task]["values"] | finished[beside]["values"]
            for task, beside in zip([t for t in draws if t.m == m], inputs, strict=True)
        ]
        for name in columns[0]:
            values[m, name] = tuple(column[name] for column in columns)
    pictures = finished[draws[0]].get("pictures", {})
    return Run(experiment, bench, sizes, seed, seeds, values, pictures)
