"""The execution of work: joblib workers compute, the parent stores.

Every piece runs under one BLAS thread and one Numba thread in blocks whose sizes depend on its cell only, so its bytes
do not depend on the number of workers, on the order, or on a restart.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol, TypeVar

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from .errors import Failed, attempt
from .store import Spent, Store

__all__ = ["Finished", "Progress", "Task", "in_processes", "run_by", "run_tasks", "single_threaded"]

_T = TypeVar("_T")
_Read = TypeVar("_Read", covariant=True)
Progress = Callable[[int, int, str], None]
Runner = Callable[[Sequence[Callable[[], Any]]], Iterator[Any]]
_RUNNER: ContextVar[Runner | None] = ContextVar("runner", default=None)


class Task(Protocol[_Read]):
    """One piece of work: its `name` addresses it in the store and nowhere else.

    Attributes
    ----------
    name : str
    seconds : float
        Rough time on one core.
    jitted : bool, optional
        Whether kernels may have to be compiled for it.
    """

    @property
    def name(self) -> str: ...

    @property
    def seconds(self) -> float: ...

    def run(self) -> Any:
        """Compute; what is returned is JSON data or a dict of arrays."""
        ...

    def read(self, stored: Any) -> _Read:
        """What `run` found, from what the store kept of it."""
        ...

    def failed(self, error: str) -> _Read:
        """What stands for it where `run` raised an error."""
        ...


class Finished:
    """What pieces of work found, addressed by the pieces themselves."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Task[Any], Any]] = {}
        self._errors: dict[int, str] = {}

    def add(self, task: Task[Any], stored: Any) -> None:
        if isinstance(stored, Failed):
            self._errors[id(task)] = stored.text
            self._found[id(task)] = task, task.failed(stored.text)
        else:
            self._found[id(task)] = task, task.read(stored)

    def merge(self, other: Finished) -> None:
        """Take in what other pieces found."""
        self._found |= other._found
        self._errors |= other._errors

    def error(self, task: Task[Any]) -> str:
        """What a piece raised; empty where it did not."""
        return self._errors.get(id(task), "")

    def __getitem__(self, task: Task[_T]) -> _T:
        found: _T = self._found[id(task)][1]
        return found

    def __contains__(self, task: Task[Any]) -> bool:
        return id(task) in self._found

    def __len__(self) -> int:
        return len(self._found)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One BLAS thread and, where anything is compiled by it, one Numba thread."""
    jit: Any = sys.modules.get("numba")
    threads = jit and jit.get_num_threads()
    try:
        if jit:
            jit.set_num_threads(1)
        with threadpool_limits(limits=1):
            yield
    finally:
        if jit:
            jit.set_num_threads(threads)


def single_threaded(number: int, task: Task[Any]) -> tuple[int, Any, float]:
    """Run a piece under one thread: its number, what it found or raised, and its CPU seconds."""
    started = time.process_time()
    with _one_thread():
        return number, attempt(task.run), time.process_time() - started


def run_tasks(tasks: Iterable[Task[Any]], store: Store, *, jobs: int = 1, progress: Progress | None = None) -> Finished:
    """Run what the store does not hold yet and return what every task found; one that raises an error stops no other.

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
    wanted = tuple(tasks)
    finished = Finished()
    todo: list[Task[Any]] = []
    for task in wanted:
        if task.name in store:
            finished.add(task, store.get(task.name))
        else:
            todo.append(task)
    todo = _in_turn(todo)
    if progress is not None:
        progress(len(finished), len(wanted), "")
    for number, found, seconds in in_processes([partial(single_threaded, i, t) for i, t in enumerate(todo)], jobs):
        task = todo[number]
        store.put(task.name, found, Spent(type(task).__name__, seconds))
        finished.add(task, found)
        if progress is not None:
            progress(len(finished), len(wanted), task.name)
    return finished


def _in_turn(tasks: Iterable[Task[Any]]) -> list[Task[Any]]:
    """The most expensive pieces first, so that no worker is left alone with a long tail.

    But the first that is jitted is followed by all that are not: meanwhile it compiles what the other ones then find.
    """
    dear = sorted(tasks, key=lambda t: (-t.seconds, t.name))
    jitted, others = ([t for t in dear if getattr(t, "jitted", False) is kind] for kind in (True, False))
    return [*jitted[:1], *others, *jitted[1:]]


@contextmanager
def run_by(runner: Runner) -> Iterator[None]:
    """Let something else than processes of this machine compute what `in_processes` is asked for in the context."""
    token = _RUNNER.set(runner)
    try:
        yield
    finally:
        _RUNNER.reset(token)


def in_processes(calls: Sequence[Callable[[], _T]], jobs: int) -> Iterator[_T]:
    """Results of independent calls as they finish, computed by `jobs` worker processes or, for 1, in this one."""
    runner = _RUNNER.get()
    if runner is not None:
        yield from runner(calls)
        return
    if jobs == 1 or len(calls) <= 1:
        for call in calls:
            yield call()
        return
    with parallel_config(backend="loky", inner_max_num_threads=1):
        # A keyboard interrupt is for this process alone, which then ends its workers: they start with it blocked.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            results = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(delayed(c)() for c in calls)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield from results
