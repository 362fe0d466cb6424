"""The figure files of a run: one figure per statement that has something to draw, and those its paper adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from ..guide import Guides
from ..paper import Drawing
from ..sweep.grid import Grid
from ..sweep.processes import in_processes
from ..sweep.store import write_text
from ..verdict import Result
from .captions import caption, figure_tex, plain_caption
from .compose import fitting, picture_of
from .layout import lay_out
from .names import figure_names
from .numbers import numbers_of, numbers_tex
from .picture import Picture
from .save import save_figure
from .view import View

if TYPE_CHECKING:
    from ..verify.run import Run

__all__ = ["NUMBERS", "Look", "write_drawing", "write_figures"]

NUMBERS = "whp-numbers.tex"


@dataclass(frozen=True)
class Look:
    """How figure files are made.

    Attributes
    ----------
    kind : str, optional
        One kind of panel instead of what the statements claim.
    formats : tuple of str
    style : mapping of str to str
        venue, column and style, as far as they are asked for.
    """

    kind: str | None = None
    formats: tuple[str, ...] = ("pdf", "svg", "png")
    style: Mapping[str, Any] = field(default_factory=dict)


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
    kind: str | None = None

    @property
    def name(self) -> str:
        return figure_names(self.result.statement)[0]

    @cached_property
    def view(self) -> View:
        return View(self.result, self.guides, self.words)

    def numbers(self) -> tuple[tuple[str, str], ...]:
        return tuple(numbers_of(self.view)) if self.result.statement.form != "definition" else ()

    def draw(self) -> Iterator[tuple[str, Picture, str]]:
        view = self.view
        name, constants = figure_names(self.result.statement)
        told: dict[str, Any] = {"trials": self.trials, "seed": self.seed, "version": version("whp")}
        drawn = [(name if self.kind is None else f"{name}.{self.kind}", self.kind)]
        if self.kind is None and self.result.constants.get("frontier"):
            drawn.append((constants, "frontier"))
        for stem, kind in drawn:
            picture = picture_of(view, kind)
            if picture is not None:
                yield stem, picture, caption(view, picture, **told)


def write_drawing(name: str, drawn: Picture | Figure, text: str, folder: Path, look: Look) -> Path:
    """Write one figure with its numbers and its captions; returns the first file.

    Parameters
    ----------
    name : str
        Of the files, without an ending.
    drawn : Picture or Figure
        A figure that is no picture has no table of its numbers.
    text : str
        The caption in LaTeX.
    folder : Path
    look : Look
    """
    style = None
    if isinstance(drawn, Picture):
        style = fitting(drawn, **look.style)
        write_text(folder / f"{name}.csv", drawn.to_csv())
        figure = lay_out(drawn, style)
    else:
        figure = drawn
    written = save_figure(figure, folder / name, look.formats, style)
    wide = style is not None and style.column == "full"
    write_text(folder / f"{name}.tex", figure_tex(name, text, full=wide))
    write_text(folder / f"{name}.txt", plain_caption(text) + "\n")
    return written[0]


@dataclass(frozen=True)
class _Written:
    """What became of one task."""

    name: str
    paths: tuple[Path, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    failure: str = ""


def _write(task: _ResultTask | Drawing, folder: Path, look: Look) -> _Written:
    try:
        paths = tuple(write_drawing(name, drawn, text, folder, look) for name, drawn, text in task.draw())
        return _Written(task.name, paths, task.numbers() if isinstance(task, _ResultTask) else ())
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as error:
        return _Written(task.name, failure=f"{type(error).__name__}: {error}")


def write_figures(
    run: Run,
    results: Sequence[Result],
    progress: Callable[[int, int, str], None] | None = None,
    *,
    folder: Path | None = None,
    look: Look | None = None,
    added: bool = True,
) -> tuple[Path, ...]:
    """Write the figure of every result that has one, and those of its paper.

    Of each are written ``KEY.pdf``, ``.svg`` and ``.png``, ``KEY.csv`` (the numbers that are drawn), ``KEY.tex`` (a
    figure environment with its caption) and ``KEY.txt`` (the caption in plain words); ``whp-numbers.tex`` has the
    numbers of all as macros. The run's paper adds figures of its own, which may stand for those of statements. The work
    is shared among the run's worker processes.

    Parameters
    ----------
    run : Run
    results : sequence of Result
    progress : callable, optional
    folder : Path, optional
        Default: ``figures`` in the run's folder.
    look : Look, optional
    added : bool
        Whether figures that belong to no statement are drawn too.

    Returns
    -------
    tuple of Path
        The first file of each figure written, by name.

    Raises
    ------
    OSError
        When the folder cannot be written.
    RuntimeError
        Naming the figures that could not be drawn, once all others are written.
    """
    if folder is None and run.folder is None:
        raise ValueError("figures need a run with an output folder")
    folder, look = folder or Path(run.folder or ".") / "figures", look or Look()
    folder.mkdir(exist_ok=True, parents=True)
    paper = run.paper
    # The paper's first: they may run studies, and no worker shall be left alone with the longest.
    drawings = tuple(paper.drawings(results, run.grid, run.at_once, run.seed)) if look.kind is None else ()
    drawings = tuple(drawing for drawing in drawings if added or drawing.replaces)
    replaced = {key for drawing in drawings for key in drawing.replaces}
    tasks: list[_ResultTask | Drawing] = [*drawings]
    tasks += [
        _ResultTask(result, paper.guides, paper.words, run.at_once, run.seed, look.kind)
        for result in results
        if result.statement.key not in replaced and not _swept_in_vain(result, run.grid)
    ]
    written: list[_Written] = []
    for done in in_processes([partial(_write, task, folder, look) for task in tasks], run.jobs):
        written.append(done)
        if progress is not None:
            progress(len(written), len(tasks), f"figure {done.name}")
    numbers = [number for done in written for number in done.numbers]
    write_text(folder / NUMBERS, numbers_tex(numbers, version("whp")))
    failures = [f"{done.name} ({done.failure})" for done in written if done.failure]
    if failures:
        raise RuntimeError(f"no figure could be drawn of {'; '.join(failures)}; all others are in {folder}/")
    return tuple(sorted(path for done in written for path in done.paths))
