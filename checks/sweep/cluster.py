"""The execution of work on many machines: a Dask scheduler hands it to workers, this process stores what they return.

What travels is a piece of work (its cell, its seed, the names of its functions) and what it found. A piece runs under
one thread, one at a time in a worker's process, as on one machine; so its bytes are the same wherever the packages and
the processor are. A piece whose worker ends runs again on another.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import cloudpickle

from .processes import run_by

distributed: Any
try:
    distributed = import_module("distributed")
except ImportError:  # comes with whp[cluster]
    distributed = None

__all__ = ["Cluster", "on_cluster"]

_T = TypeVar("_T")
# What decides the bytes of a piece of work.
_PACKAGES = ("whp", "numpy", "scipy", "numba", "sympy", "python-flint")
# Seconds in which a scheduler must answer and workers must be there, and between two looks at both.
_ANSWER, _WORKERS, _LOOK = 10.0, 300.0, 1.0
# Pieces that wait at the scheduler: some for each thread of the workers, so that none of them idles.
_AHEAD, _LEAST_AHEAD = 3, 16
# How often a piece is handed out anew whose result was lost on its way.
_ATTEMPTS = 10
_KEPT = "what was finished is kept: continue with --resume"
_ONE_AT_A_TIME = threading.Lock()


def _sources() -> str:
    """A fingerprint of the three packages: one version may be of several states while it is worked on."""
    root, digest = Path(__file__).resolve().parents[2], hashlib.sha256()
    for room in ("theory", "kernels", "checks"):
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def packages() -> tuple[tuple[str, str], ...]:
    """The versions that decide the bytes of a piece of work, here."""
    found = [("python", platform.python_version()), ("sources of whp", _sources())]
    for name in _PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "missing"))
    return tuple(found)


def _on_worker(piece: bytes, wanted: tuple[tuple[str, str], ...]) -> bytes:
    """Run one piece of work and return what it found, or what it raised."""
    other = [f"{n} {v} where {w} is needed" for (n, w), (_, v) in zip(wanted, packages(), strict=True) if v != w]
    if other:
        raise RuntimeError(f"the worker on {platform.node()} has {', '.join(other)}; install the same packages")
    # The number of BLAS threads belongs to the process: a second piece beside this one would change it.
    with _ONE_AT_A_TIME:
        found: bytes = cloudpickle.dumps(cloudpickle.loads(piece)())
    return found


class Cluster:
    """Workers behind a Dask scheduler.

    Parameters
    ----------
    address : str
        Such as ``tcp://host:8786``.
    patience : float
        Seconds for which there may be no worker.

    Raises
    ------
    OSError
        When no scheduler answers there.
    ValueError
        When Dask is not installed.
    """

    def __init__(self, address: str, patience: float = _WORKERS) -> None:
        if distributed is None:
            raise ValueError("--scheduler needs dask.distributed, which is not installed; pip install 'whp[cluster]'")
        self.address, self._patience = address, patience
        # Dask logs at length what is said here in one line.
        for name in ["asyncio", *logging.root.manager.loggerDict]:
            if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            # A client of an address that is none would complain for 20 seconds when it ends.
            distributed.comm.get_address_host_port(address)
            self._client = distributed.Client(address, timeout=_ANSWER, set_as_default=False)
        except (OSError, TimeoutError):
            raise OSError(
                f"no scheduler answers at {address} within {_ANSWER:g} s; start one with dask scheduler"
            ) from None
        except ValueError as error:
            raise ValueError(f"--scheduler: found {address!r} ({error}); tcp://HOST:PORT is needed") from None

    def close(self) -> None:
        """Leave the cluster; the scheduler and its workers stay."""
        with suppress(Exception):
            self._client.close(timeout=2)

    def run(self, calls: Sequence[Callable[[], _T]]) -> Iterator[_T]:
        """Results of independent calls as they finish.

        Raises
        ------
        OSError
            When the scheduler is lost, or there is no worker for too long.
        RuntimeError
            When a worker has other packages, or a call ends every worker that runs it.
        """
        done: SimpleQueue[Any] = SimpleQueue()
        waiting = deque((call, 0) for call in calls)
        running: dict[str, tuple[Any, Callable[[], _T], int]] = {}
        alone = time.monotonic()
        try:
            while waiting or running:
                threads = self._threads()
                alone = time.monotonic() if threads else alone
                while waiting and len(running) < max(_LEAST_AHEAD, _AHEAD * threads):
                    try:
                        future = self._client.submit(
                            _on_worker, cloudpickle.dumps(waiting[0][0]), packages(), pure=False
                        )
                    except distributed.client.ClosedClientError:
                        break
                    call, times = waiting.popleft()
                    running[future.key] = future, call, times + 1
                    future.add_done_callback(done.put)
                try:
                    future = done.get(timeout=_LOOK)
                except Empty:
                    if time.monotonic() - alone > self._patience:
                        raise OSError(
                            f"the scheduler at {self.address} has had no worker for {self._patience:g} s; start some: "
                            f"dask worker {self.address} --nthreads 1; {_KEPT}"
                        ) from None
                    continue
                _, call, times = running.pop(future.key)
                found = _found(future)
                if found is None and times < _ATTEMPTS:
                    waiting.appendleft((call, times))
                elif found is None:
                    raise RuntimeError(f"one piece of work was lost {times} times on its way; {_KEPT}")
                else:
                    yield cloudpickle.loads(found)
        finally:
            if running and self._client.status == "running":
                with suppress(Exception):
                    self._client.cancel([future for future, _, _ in running.values()], force=True)

    def _threads(self) -> int:
        """The threads of all workers, 0 while the scheduler is sought; raises where it is lost."""
        with suppress(OSError, TimeoutError, RuntimeError, KeyError):
            if self._client.status == "running":
                workers = self._client.scheduler_info(n_workers=-1)["workers"]
                return sum(int(worker["nthreads"]) for worker in workers.values())
        if self._client.status in ("running", "connecting"):
            time.sleep(_LOOK)
            return 0
        raise OSError(f"the scheduler at {self.address} is lost; {_KEPT}")


def _found(future: Any) -> bytes | None:
    """What a piece of work found; None where that was lost with a worker or with the connection."""
    if future.status == "error":
        error = future.exception(timeout=_ANSWER)
        if isinstance(error, distributed.scheduler.KilledWorker):
            raise RuntimeError(
                f"one piece of work has ended every worker that ran it, most likely for want of memory; {_KEPT}"
            )
        raise error
    try:
        found: bytes | None = future.result(timeout=_ANSWER) if future.status == "finished" else None
    except (OSError, TimeoutError, CancelledError):
        return None
    return found


@contextmanager
def on_cluster(address: str) -> Iterator[None]:
    """Let what is computed in the context run on the workers of a scheduler."""
    cluster = Cluster(address)
    try:
        with run_by(cluster.run):
            yield
    finally:
        cluster.close()
