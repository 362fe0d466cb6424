"""``whp law --plot``: the figures of the exact law, as files."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ...figures.picture import Panel, Picture
from ...figures.save import FORMATS
from ...figures.style import Style
from ...figures.write import Look, write_drawing
from ..figures.law import (
    constants_panel,
    density_data,
    density_panel,
    failure_map_data,
    failure_map_panel,
    slack_data,
    slack_panel,
)

__all__ = ["PLOTS", "draw_law"]

_WIDTHS = tuple(2**k for k in range(13))
_DIMS = tuple(2**k for k in range(11))
_SHOWN = (16, 64, 256)
_DELTAS = (0.5, 1e-2, 1e-6)
PLOTS = ("map", "slack", "density", "frontier")


def draw_law(
    plot: str,
    folder: Path,
    formats: str,
    style: Mapping[str, Any],
    *,
    dim: int | None = None,
    samples: int = 1,
    delta: float | None = None,
) -> list[Path]:
    """Write ``law.PLOT`` in each format, with its numbers and its caption.

    Parameters
    ----------
    plot : {"map", "slack", "density", "frontier"}
    folder : Path
    formats : str
        Any of pdf, svg, png and pgf, with commas.
    style : mapping
        venue, column and style.
    dim : int, optional
        The input dimension of slack (default m = d) and of the density (default 64).
    samples : int
    delta : float, optional
        The level of the map; default three.

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        For a figure, a format or a style that there is not.
    OSError
        When the folder cannot be written.
    """
    if plot not in PLOTS:
        raise ValueError(f"--plot: found {plot!r}; one of {', '.join(PLOTS)} is needed")
    wanted = tuple(word.strip() for word in formats.split(","))
    if not set(wanted) <= set(FORMATS):
        raise ValueError(f"--format: found {formats!r}; some of {', '.join(FORMATS)} are needed")
    Style(**style)
    panel, words = _panel(plot, dim, samples, delta)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = f"{words}. Exact law of the margin (zhang2023, whp S3), whp {version('whp')}."
        write_drawing(f"law.{plot}", Picture("", (panel,)), text, folder, Look(formats=wanted, style=style))
    except OSError as error:
        raise OSError(f"cannot write to {folder} ({error.strerror}); choose another --out") from None
    return [folder / f"law.{plot}.{suffix}" for suffix in (*wanted, "csv", "tex")]


def _panel(plot: str, dim: int | None, samples: int, delta: float | None) -> tuple[Panel, str]:
    """The panel, and what it shows in LaTeX."""
    if plot == "map":
        many = samples if samples > 1 else 50_000
        levels = _DELTAS if delta is None else (delta,)
        panel = failure_map_panel(failure_map_data(_WIDTHS, _DIMS), samples=many, deltas=levels)
        return panel, f"Widths and input dimensions beyond which all {many} margins are positive with high probability"
    if plot == "slack":
        where = "at $m = d$" if dim is None else f"at $d = {dim}$"
        panel = slack_panel(slack_data(_WIDTHS[4:], dim=dim, samples=samples))
        return panel, f"How many times each bound on the failure probability is the exact one, {where}, $n = {samples}$"
    if plot == "density":
        at = 64 if dim is None else dim
        panel = density_panel(density_data(_SHOWN, at, np.random.default_rng(0)))
        return panel, f"The exact density of the margin over 20000 draws from its law, $d = {at}$"
    return constants_panel(), "The rate constants that the exact law admits, and those of four routes to them"
