"""Panels on a page: the one place where a figure's widths, heights, legends and words are set.

A panel's axes have a fixed height; what stands around them is measured, and the figure becomes as high as it needs.
Nothing is squeezed, nothing leaves the canvas, and words are broken where they would.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerTuple
from matplotlib.text import Text

from .draw import draw_panel, entries, make_room
from .ends import dpi_of
from .picture import Panel, Picture
from .style import Style, settings, style

__all__ = ["lay_out", "lay_out_axes", "most_entries"]

# Inches: the margin, between panels, between axes and legend, and the height of axes on a page and in a column; the
# least widths of a panel and of axes.
_PAD, _GAP, _NEAR = 0.04, 0.12, 0.05
_HEIGHTS = {"full": 1.5, "half": 1.55}
_NARROWEST, _LEAST = 1.9, 1.15
# A legend of more entries is not read.
_MOST_ENTRIES = 6


def most_entries() -> int:
    """How many entries the legend of one panel may have."""
    return _MOST_ENTRIES


@dataclass
class _Cell:
    """A panel with its place on the page."""

    panel: Panel
    ax: Axes
    row: int
    column: int
    legend: Legend | None = None
    left: float = 0.0
    right: float = 0.0
    above: float = 0.0
    below: float = 0.0
    taken: float = field(default=0.0)


def lay_out(picture: Picture, chosen: Style | None = None) -> Figure:
    """A figure of all panels of a picture, as wide as its style says and as high as it needs.

    Parameters
    ----------
    picture : Picture
    chosen : Style, optional

    Returns
    -------
    Figure
        Each panel has a letter where there are several.
    """
    return _laid_out(picture, chosen or Style())[0]


def lay_out_axes(panel: Panel, chosen: Style | None = None) -> Axes:
    """The axes of a figure that has one panel."""
    return _laid_out(Picture("", (panel,)), chosen or Style(column="half"))[1][0].ax


def _columns(panels: Sequence[Panel], width: float) -> int:
    if width < 2 * _NARROWEST + 0.6:
        return 1
    room = int(width // _NARROWEST)
    # Two rows of two are read better than one of three and one.
    return 2 if len(panels) in (2, 4) else min(room, len(panels), 3)


def _laid_out(picture: Picture, chosen: Style) -> tuple[Figure, list[_Cell]]:
    with style(chosen):
        width = chosen.width
        figure = Figure(figsize=(width, 3.0))
        renderer = FigureCanvasAgg(figure).get_renderer()
        columns = _columns(picture.panels, width)
        cells = []
        for i, panel in enumerate(picture.panels):
            ax = figure.add_axes((0.2, 0.2, 0.5, 0.5), label=str(i))
            cells.append(_Cell(panel, ax, i // columns, i % columns))
        for cell in cells:
            draw_panel(cell.panel, cell.ax, grey=chosen.grey)
        shared = _shared(picture.panels)
        many = len(cells) > 1
        height = _HEIGHTS[chosen.column]
        while True:
            for _ in range(2):
                _measure(cells, renderer)
                _place_columns(figure, cells, columns, width, height)
                _break_labels(cells, height, renderer)
            if columns == 1 or min(cell.ax.bbox.width for cell in cells) >= _LEAST * figure.dpi:
                break
            # What is written beside the axes leaves too little for them: fewer stand in a row.
            columns -= 1
            for i, cell in enumerate(cells):
                cell.row, cell.column = divmod(i, columns)
        for cell in cells:
            make_room(cell.panel, cell.ax)
        _title(cells, many, renderer)
        _measure(cells, renderer)
        heading = _heading(figure, picture.heading, width, renderer)
        legends = _legends(figure, cells, shared, columns, width, renderer, chosen)
        _place_rows(figure, cells, columns, width, height, heading, legends, renderer)
    return figure, cells


def _shared(panels: Sequence[Panel]) -> bool:
    """Whether one legend serves all panels."""
    words = [{label for _, label in entries(panel)} for panel in panels]
    together = set().union(*words) if words else set()
    alike = all(panel.kind == panels[0].kind for panel in panels)
    return len(panels) > 1 and alike and len(together) <= _MOST_ENTRIES


def _measure(cells: Sequence[_Cell], renderer: Any) -> None:
    """How much stands around the axes of each cell, in inches."""
    for cell in cells:
        dpi = dpi_of(cell.ax)
        box, axes = cell.ax.get_tightbbox(renderer), cell.ax.bbox
        assert box is not None
        cell.left, cell.below = (axes.x0 - box.x0) / dpi, (axes.y0 - box.y0) / dpi
        cell.right, cell.above = max(0.0, (box.x1 - axes.x1) / dpi), max(0.0, (box.y1 - axes.y1) / dpi)


def _break_labels(cells: Sequence[_Cell], height: float, renderer: Any) -> None:
    """Break labels of axes that are longer than these."""
    for cell in cells:
        for axis, label, room in (
            (cell.ax.xaxis, cell.panel.x.label, cell.ax.bbox.width / dpi_of(cell.ax)),
            (cell.ax.yaxis, cell.panel.y.label, height),
        ):
            font = axis.label.get_fontproperties()
            lines = [_wrapped(part, room, font, renderer) for part in label.split("\n")]
            axis.label.set_text("\n".join(lines))


def _place_columns(figure: Figure, cells: Sequence[_Cell], columns: int, width: float, height: float) -> None:
    """Give the axes of each column the width that what stands around them leaves."""
    across = (width - 2 * _PAD - _GAP * (columns - 1)) / columns
    whole = figure.get_figheight()
    for column in range(columns):
        mine = [cell for cell in cells if cell.column == column]
        if not mine:
            continue
        left, right = max(cell.left for cell in mine), max(cell.right for cell in mine)
        start = _PAD + column * (across + _GAP) + left
        wide = max(across - left - right, 0.4)
        for cell in mine:
            cell.ax.set_position((start / width, 0.3, wide / width, height / whole))


def _title(cells: Sequence[_Cell], many: bool, renderer: Any) -> None:
    """Letters and titles, broken where they are wider than the panel."""
    for i, cell in enumerate(cells):
        text = cell.panel.title
        left = max(other.left for other in cells if other.column == cell.column)
        words = f"({chr(ord('a') + i)}) {text}".rstrip() if many else text
        if not words:
            continue
        labels = cell.ax.get_xticklabels()
        font = (labels[0] if labels else cell.ax.xaxis.label).get_fontproperties()
        room = cell.ax.bbox.width / dpi_of(cell.ax) + left + cell.right
        lines = _wrapped(words, room, font, renderer)
        cell.ax.set_title("")
        cell.ax.set_title(lines, loc="left", fontproperties=font, x=-left * dpi_of(cell.ax)
                          / cell.ax.bbox.width, pad=4)  # fmt: skip
        cell.ax.set_title("", loc="center")


def _heading(figure: Figure, words: str, width: float, renderer: Any) -> Text | None:
    if not words:
        return None
    sizes = settings(Style())
    font = FontProperties(family=sizes["font.family"], size=_font_size())
    return figure.text(
        _PAD / width, 1.0, _wrapped(words, width - 2 * _PAD, font, renderer), fontproperties=font, va="top", ha="left"
    )


def _font_size() -> float:
    """The size of words that are no label of an axis: that of tick labels."""
    return float(mpl.rcParams["xtick.labelsize"])


def _legends(
    figure: Figure, cells: Sequence[_Cell], shared: bool, columns: int, width: float, renderer: Any, chosen: Style
) -> list[Legend]:
    """One legend below each panel, or one below all where they say the same."""
    if shared:
        handles: dict[str, Any] = {}
        for cell in cells:
            handles |= {
                label: handle for handle, label in entries(cell.panel, grey=chosen.grey) if label not in handles
            }
        return [_legend(figure, list(handles.items()), width - 2 * _PAD, renderer)] if handles else []
    across = (width - 2 * _PAD - _GAP * (columns - 1)) / columns
    for cell in cells:
        pairs = [(label, handle) for handle, label in entries(cell.panel, grey=chosen.grey)][:_MOST_ENTRIES]
        if pairs:
            cell.legend = _legend(figure, pairs, across, renderer)
    return []


def _legend(figure: Figure, pairs: Sequence[tuple[str, Any]], room: float, renderer: Any) -> Legend:
    size = float(mpl.rcParams["legend.fontsize"])
    font = FontProperties(family=mpl.rcParams["font.family"], size=size)
    mark = (mpl.rcParams["legend.handlelength"] + mpl.rcParams["legend.handletextpad"] + 0.4) * size / 72
    labels = [_wrapped(label, room - mark, font, renderer) for label, _ in pairs]
    handles = [handle for _, handle in pairs]
    for count in range(min(4, len(pairs)), 0, -1):
        legend = figure.legend(
            handles, labels, loc="upper left", ncols=count, borderpad=0, borderaxespad=0, prop=font,
            handler_map={tuple: HandlerTuple(ndivide=1, pad=0)},
        )  # fmt: skip
        if count == 1 or legend.get_window_extent(renderer).width <= room * figure.dpi:
            return legend
        legend.remove()
    raise AssertionError("a legend of one column is kept")


def _place_rows(
    figure: Figure,
    cells: Sequence[_Cell],
    columns: int,
    width: float,
    height: float,
    heading: Text | None,
    legends: Sequence[Legend],
    renderer: Any,
) -> None:
    """Set rows below each other, then make the figure as high as that is."""
    dpi = figure.dpi
    top = _PAD
    tops: list[tuple[Any, float, float]] = []
    if heading is not None:
        tops.append((heading, _PAD, top))
        top += heading.get_window_extent(renderer).height / dpi + 0.06
    placed: list[tuple[_Cell, float]] = []
    across = (width - 2 * _PAD - _GAP * (columns - 1)) / columns
    for row in range(max(cell.row for cell in cells) + 1):
        mine = [cell for cell in cells if cell.row == row]
        top += max(cell.above for cell in mine)
        placed += [(cell, top) for cell in mine]
        top += height + max(cell.below for cell in mine) + _NEAR
        low = top
        for cell in mine:
            if cell.legend is not None:
                box = cell.legend.get_window_extent(renderer)
                start = _PAD + cell.column * (across + _GAP)
                start += max(0.0, min(cell.left, across - box.width / dpi))
                tops.append((cell.legend, start, top))
                low = max(low, top + box.height / dpi)
        top = low + (_GAP if row < max(cell.row for cell in cells) else 0.0)
    for legend in legends:
        box = legend.get_window_extent(renderer)
        tops.append((legend, max(_PAD, (width - box.width / dpi) / 2), top))
        top += box.height / dpi
    whole = top + _PAD
    figure.set_size_inches(width, whole)
    for cell, y in placed:
        box = cell.ax.get_position()
        cell.ax.set_position((box.x0, 1 - (y + height) / whole, box.width, height / whole))
    for part, x, y in tops:
        if isinstance(part, Legend):
            part.set_bbox_to_anchor((x / width, 1 - y / whole), transform=figure.transFigure)
        else:
            part.set_position((x / width, 1 - y / whole))


def _wrapped(text: str, room: float, font: FontProperties, renderer: Any) -> str:
    """Words broken into lines of a width in inches; a formula is one word."""
    words = re.findall(r"(?:\$[^$]*\$|[^\s$])+", text)
    whole = " ".join(words)
    if len(words) < 2 or _inches(whole, font, renderer) <= room:
        return whole
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _inches(longer, font, renderer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _inches(text: str, font: FontProperties, renderer: Any) -> float:
    ismath = "$" in text
    width, _, _ = renderer.get_text_width_height_descent(text, font, ismath)
    return float(width) / float(renderer.dpi)
