"""Contact sheets: all figures of a folder on a few pages, to look at them at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

__all__ = ["write_sheets"]

# Pixels: the width of a column of the sheet, between figures, and the height of a page.
_WIDTH, _GAP, _HEIGHT = 780, 24, 3200
_COLUMNS = 4


def write_sheets(folder: Path, names: Sequence[str], *, grey: bool = False) -> list[Path]:
    """Write ``contact-sheet-1.png`` and so on with the PNG of each name, from the top down and from left to right.

    Parameters
    ----------
    folder : Path
        Where the figures are, and the sheets go.
    names : sequence of str
        Figures without their suffix; those without a PNG are left out.
    grey : bool
        As a printer without colours shows them.

    Returns
    -------
    list of Path
    """
    pages: list[Image.Image] = []
    used: list[int] = []
    tops: list[int] = []
    for name in names:
        path = folder / f"{name}.png"
        if not path.is_file():
            continue
        with Image.open(path) as opened:
            drawn = opened.convert("L" if grey else "RGB")
        # A figure of a page's width takes two columns, so that words are as large as in others.
        columns = 2 if drawn.width > drawn.info.get("dpi", (300, 300))[0] * 4 else 1
        width = columns * _WIDTH + (columns - 1) * _GAP
        drawn = drawn.resize((width, round(drawn.height * width / drawn.width)), Image.Resampling.LANCZOS)
        place = _place(tops, columns, drawn.height)
        if not pages or place is None:
            pages.append(Image.new("L" if grey else "RGB", (_COLUMNS * (_WIDTH + _GAP), _HEIGHT), "white"))
            used.append(0)
            tops = [0] * _COLUMNS
            place = 0
        top = max(tops[place : place + columns])
        used[-1] = max(used[-1], top + drawn.height)
        pages[-1].paste(drawn, (place * (_WIDTH + _GAP), top))
        tops[place : place + columns] = [top + drawn.height + _GAP] * columns
    written = []
    for i, (page, height) in enumerate(zip(pages, used, strict=True), start=1):
        path = folder / f"contact-sheet-{i}.png"
        page.crop((0, 0, page.width, min(height, _HEIGHT))).save(path)
        written.append(path)
    return written


def _place(tops: Sequence[int], columns: int, height: int) -> int | None:
    """The first column of the highest free place of a page; None where none is high enough.

    Examples
    --------
    >>> _place([100, 0, 0, 50], 2, 30), _place([3190] * 4, 1, 30)
    (1, None)
    """
    places = [(max(tops[i : i + columns]), i) for i in range(len(tops) - columns + 1)]
    top, place = min(places, default=(_HEIGHT, 0))
    return place if top + height <= _HEIGHT or top == 0 else None
