"""The figure files of a run: one figure per statement that has something to draw, with its caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from .run import Run, write_text
from .verdict import Result

__all__ = ["write_figures"]


def _at_one_width(result: Result, run: Run) -> bool:
    """Whether a sweep over widths left this result with draws at a single one, which no figure over widths shows."""
    return len(run.grid.widths) > 1 and len({row["m"] for row in result.draws}) == 1


def write_figures(
    run: Run, results: Sequence[Result], progress: Callable[[int, int, str], None] | None = None
) -> tuple[Path, ...]:
    """Write ``figures/KEY.pdf``, ``.svg``, ``.png`` and ``.txt`` (the caption) for every result with a figure.

    Results about trained networks get the figures of Section 3.2 too, ``ntk.*``.

    Returns
    -------
    tuple of Path
        The PDF of each figure written.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    from .plots import caption, figure_for, frontier_caption, frontier_figure, save_figure

    if run.folder is None:
        raise ValueError("figures need a run with an output folder")
    folder = run.folder / "figures"
    folder.mkdir(exist_ok=True)
    release = version("whp")
    written: list[Path] = []
    for i, result in enumerate(results):
        if progress is not None:
            progress(i, len(results), f"figure {result.statement.key}")
        stem = result.statement.key
        if result.statement.form not in ("printed", "sharp"):
            stem += f".{result.statement.form}"
        drawn = [(stem, figure_for(result), caption(result, trials=run.trials, seed=run.seed, version=release))]
        if result.constants.get("frontier"):
            words = frontier_caption(result, seed=run.seed, version=release)
            drawn.append((f"{stem}.constants", frontier_figure(result), words))
        for name, figure, text in drawn:
            if figure is None or _at_one_width(result, run):
                continue
            save_figure(figure, folder / name)
            write_text(folder / f"{name}.txt", text + "\n")
            written.append(folder / f"{name}.pdf")
    if any(model.name == "trained" for result in results for model in result.statement.models):
        from .figure_ntk import ntk_figures

        if progress is not None:
            progress(len(results), len(results), "figures of trained networks")
        for name, (figure, text) in ntk_figures(run.grid.widths, trials=run.trials, seed=run.seed).items():
            save_figure(figure, folder / name)
            write_text(folder / f"{name}.txt", text + "\n")
            written.append(folder / f"{name}.pdf")
    return tuple(written)
