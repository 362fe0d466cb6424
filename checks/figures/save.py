"""Figures as files: the same bytes from the same figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .style import Style, style

__all__ = ["FORMATS", "save_figure"]

_METADATA: Mapping[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
    "png": {},
    "pgf": {},
}
FORMATS = tuple(_METADATA)


def save_figure(
    figure: Figure, path: Path | str, formats: Sequence[str] = ("pdf", "svg", "png"), chosen: Style | None = None
) -> tuple[Path, ...]:
    """Write `path` with a suffix for each format; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
    path : Path
        Where to write, without a suffix (dots in the name are kept).
    formats : sequence of {"pdf", "svg", "png", "pgf"}
    chosen : Style, optional
        The style the figure was laid out in.

    Returns
    -------
    tuple of Path

    Raises
    ------
    OSError
        When the folder cannot be written.
    ValueError
        For another format, or for pgf without a LaTeX that can measure words.

    Examples
    --------
    >>> import tempfile
    >>> from whp.checks import check
    >>> figure = figure_for(check("k**2 <= 5*k"))  # doctest: +SKIP
    >>> save_figure(figure, tempfile.gettempdir() + "/lem1", ["pdf"])  # doctest: +SKIP
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(f"found format {unknown[0]!r}; one of {', '.join(FORMATS)} is needed")
    targets = {suffix: Path(path).with_name(f"{Path(path).name}.{suffix}") for suffix in formats}
    with style(chosen):
        for suffix, target in targets.items():
            try:
                figure.savefig(target, format=suffix, metadata=_METADATA[suffix] or None)
            except (FileNotFoundError, RuntimeError) as error:
                if suffix != "pgf":
                    raise
                raise ValueError(
                    "format pgf needs pdflatex, found none that runs; install TeX or ask for pdf"
                ) from error
    return tuple(targets.values())
