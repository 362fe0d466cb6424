"""How far a check is, in expected work rather than in pieces, some of which take a thousand times as long as others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..sweep.processes import Progress, Task
from ..sweep.store import Store

__all__ = ["Meter"]


class Meter:
    """Progress over several passes of which the later ones are not known in advance, in milliseconds on one core.

    Parameters
    ----------
    progress : callable or None
        Called as ``progress(done, total, name)``.
    store : Store
        What is finished already.
    """

    def __init__(self, progress: Progress | None, store: Store) -> None:
        self._progress = progress
        self._store = store
        self._done = 0

    @staticmethod
    def work(tasks: Iterable[Task[Any]]) -> int:
        """The expected work of some pieces."""
        return sum(max(1, round(1000 * task.seconds)) for task in tasks)

    def over(self, tasks: Iterable[Task[Any]], later: int = 0) -> Progress | None:
        """What a pass over some pieces is to call, and how much work is expected after it; None where nobody asked."""
        progress = self._progress
        if progress is None:
            return None
        wanted = tuple(tasks)
        left = {task.name: self.work([task]) for task in wanted if task.name not in self._store}
        self._done += self.work(task for task in wanted if task.name not in left)
        total = self._done + sum(left.values()) + later

        def told(done: int, pieces: int, name: str) -> None:
            self._done += left.pop(name, 0)
            progress(self._done, total, name)

        return told

    def end(self) -> None:
        """Say that all is done."""
        if self._progress is not None:
            self._progress(self._done, self._done, "")
