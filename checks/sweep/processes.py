"""The execution of work: joblib workers compute, the parent stores."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from ..verify.tasks import AdmittedTask, CellTask, CornerTask, DomainTask, RefutedTask, SupportTask
from .draws import DrawTask
from .store import Store

__all__ = ["in_processes", "run_tasks"]

_T = TypeVar("_T")

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
