"""The figure files of a run: one figure per statement that has something to draw, with its caption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ..sweep.processes import in_processes
from ..sweep.store import write_text
from ..verdict import Result
from ..verify.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_figures"]


def _at_one_width(result: Result, run: Run) -> bool:
    """Whether a sweep over widths left this result with draws at a single one, which no figure over widths shows."""
    from ..zhang2023.experiments.settings import experiment_of

    if experiment_of(result.statement) is not None:
        return False
    return len(run.grid.widths) > 1 and len({row["m"] for row in result.draws}) == 1


@dataclass(frozen=True)
class _ResultTask:
    """The figures of one result."""

    result: Result
    trials: int
    seed: int

    @property
    def name(self) -> str:
        form = self.result.statement.form
        return self.result.statement.key + (f".{form}" if form not in ("printed", "sharp") else "")

    def draw(self) -> Iterator[tuple[str, Figure, str]]:
        from ..zhang2023.experiments.settings import experiment_of
        from .captions import caption
        from .compose import figure_for
        from .frontier import frontier_caption, frontier_figure

        release = version("whp")
        if experiment_of(self.result.statement) is not None:
            from ..zhang2023.figures.experiments import experiment_caption, experiment_figure

            drawn = experiment_figure(self.result, seed=self.seed)
            if drawn is not None:
                yield self.name, drawn, experiment_caption(self.result, seed=self.seed, version=release)
            return
        figure = figure_for(self.result)
        if figure is not None:
            yield self.name, figure, caption(self.result, trials=self.trials, seed=self.seed, version=release)
        if self.result.constants.get("frontier"):
            words = frontier_caption(self.result, seed=self.seed, version=release)
            yield f"{self.name}.constants", frontier_figure(self.result), words


@dataclass(frozen=True)
class _TrainedTask:
    """The figures of Section 3.2."""

    widths: tuple[int, ...]
    trials: int
    seed: int
    name: str = "trained networks"

    def draw(self) -> Iterator[tuple[str, Figure, str]]:
        from ..zhang2023.figures.trained import ntk_figures

        drawn = ntk_figures(self.widths, trials=self.trials, seed=self.seed)
        yield from ((name, *both) for name, both in drawn.items())


def _write(task: _ResultTask | _TrainedTask, folder: Path) -> tuple[str, list[Path]]:
    from .style import save_figure

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

    Results about trained networks get the figures of Section 3.2 too, ``ntk.*``. The work is shared among the run's
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
    # The longest first, so that no worker is left alone with it.
    tasks: list[_ResultTask | _TrainedTask] = []
    if any(model.name == "trained" for result in results for model in result.statement.models):
        tasks.append(_TrainedTask(run.grid.widths, run.trials, run.seed))
    tasks += [_ResultTask(result, run.trials, run.seed) for result in results if not _at_one_width(result, run)]
    written: list[Path] = []
    for done, (name, paths) in enumerate(in_processes([partial(_write, t, folder) for t in tasks], run.jobs), start=1):
        if progress is not None:
            progress(done, len(tasks), f"figure {name}")
        written += paths
    return tuple(sorted(written))
