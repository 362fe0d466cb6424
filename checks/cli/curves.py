"""The figure of a checked claim, for `whp check --plot` and notebooks."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from ..figures import figure_for
from ..figures.save import save_figure
from ..guide import Guides, no_guide
from ..verdict import Result

__all__ = ["drawn", "save_drawn"]


def drawn(result: Result, guides: Guides = no_guide, words: dict[str, str] | None = None) -> Figure:
    """The figure of a result; `guides` and `words` are those of its paper.

    Raises
    ------
    ValueError
        Where there is nothing to draw.
    """
    figure = figure_for(result, guides=guides, words=words)
    if figure is None:
        raise ValueError(
            f"there is nothing to draw of {result.statement.key}: a figure needs numbers for both sides at cells, "
            "which laws, formulas or draws give"
        )
    return figure


def save_drawn(result: Result, path: Path) -> None:
    """Draw a result into one file; its suffix says how.

    Raises
    ------
    ValueError
        Where there is nothing to draw.
    OSError
        Where the file cannot be written.
    """
    figure = drawn(result)
    try:
        save_figure(figure, path.with_suffix(""), [path.suffix.lstrip(".")])
    except OSError as error:
        raise OSError(f"cannot write {path} ({error.strerror}); choose another name") from None
