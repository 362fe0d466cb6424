"""The figure files of a run: one figure per statement that has something to draw, and those its paper adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from ..guide import Guides
from ..paper import Drawing
from ..sweep.grid import Grid
from ..sweep.processes import in_processes
from ..sweep.store import write_text
from ..verdict import Result
from .captions import caption
from .compose import figure_for
from .frontier import frontier_caption, frontier_figure
from .names import figure_names
from .style import save_figure
from .view import View

if TYPE_CHECKING:
    from ..verify.run import Run

__all__ = ["write_figures"]


def _swept_in_vain(result: Result, grid: Grid) -> bool:
    """Whether a sweep over its first size left this result with draws at a single value, which no figure shows."""
    sizes = result.statement.sizes
    asked = grid.sizes.get(sizes[0], ()) if sizes else ()
    return len(asked) > 1 and len({row.get(sizes[0]) for row in result.draws}) == 1


@dataclass(frozen=True)
class _ResultTask:
    """The figures of one result."""

    result: Result
    guides: Guides
    words: Mapping[str, str]
    trials: int
    seed: int

    @property
    def name(self) -> str:
        return figure_names(self.result.statement)[0]

    def draw(self) -> Iterator[tuple[str, Figure, str]]:
        release, view = version("whp"), View(self.result, self.guides, self.words)
        name, constants = figure_names(self.result.statement)
        figure = figure_for(view)
        if figure is not None:
            yield name, figure, caption(view, trials=self.trials, seed=self.seed, version=release)
        if self.result.constants.get("frontier") and view.region is not None:
            yield constants, frontier_figure(view), frontier_caption(view, seed=self.seed, version=release)


def _write(task: _ResultTask | Drawing, folder: Path) -> tuple[str, list[Path]]:
    written = []
    for name, figure, text in task.draw():
        save_figure(figure, folder / name)
        write_text(folder / f"{name}.txt", text + "\n")
        written.append(folder / f"{name}.pdf")
    return task.name, written


def write_figures(
    run: Run, results: Sequence[Result], progress: Callable[[int, int, str], None] | None = None
) -> tuple[Path, ...]:
    """Write ``figures/KEY.pdf``, ``.svg``, ``.png`` and ``.txt`` (the caption) for every result with a figure.

    The run's paper adds figures of its own, which may stand for those of statements. The work is shared among the run's
    worker processes.

    Returns
    -------
    tuple of Path
        The PDF of each figure written, by name.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    if run.folder is None:
        raise ValueError("figures need a run with an output folder")
    folder = run.folder / "figures"
    folder.mkdir(exist_ok=True)
    paper = run.paper
    # The paper's first: they may run studies, and no worker shall be left alone with the longest.
    drawings = tuple(paper.drawings(results, run.grid, run.at_once, run.seed))
    replaced = {key for drawing in drawings for key in drawing.replaces}
    tasks: list[_ResultTask | Drawing] = [*drawings]
    tasks += [
        _ResultTask(result, paper.guides, paper.words, run.at_once, run.seed)
        for result in results
        if result.statement.key not in replaced and not _swept_in_vain(result, run.grid)
    ]
    written: list[Path] = []
    for done, (name, paths) in enumerate(in_processes([partial(_write, t, folder) for t in tasks], run.jobs), start=1):
        if progress is not None:
            progress(done, len(tasks), f"figure {name}")
        written += paths
    return tuple(sorted(written))
