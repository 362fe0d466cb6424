"""Words on a figure as boxes: which overlap, and which leave the canvas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.axis import Tick
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

__all__ = ["faults", "words"]

# Pixels at 100 dpi by which boxes may touch: descents and accents that a word does not have are in its box.
_TOUCH = 1.5


def _ticks(figure: Figure) -> Iterator[tuple[Text, bool]]:
    """The labels of ticks, with whether they are drawn."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                assert isinstance(tick, Tick)
                place = tick.get_loc()
                inside = low - 1e-9 * abs(low) <= place <= high + 1e-9 * abs(high)
                for label in (tick.label1, tick.label2):
                    yield label, bool(inside and label.get_visible() and tick.get_visible())


def words(figure: Figure) -> list[tuple[str, Bbox]]:
    """Everything written on a figure with its box."""
    FigureCanvasAgg(figure).draw()
    renderer: Any = FigureCanvasAgg(figure).get_renderer()
    drawn = {id(label): shown for label, shown in _ticks(figure)}
    found = {
        id(text): text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and drawn.get(id(text), True)
    }
    return [(text.get_text(), text.get_window_extent(renderer)) for text in found.values()]


def faults(figure: Figure) -> list[str]:
    """Words that lie on other words, or are cut by the canvas."""
    found = words(figure)
    wrong = []
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in found:
        if box.x0 < -_TOUCH or box.y0 < -_TOUCH or box.x1 > width + _TOUCH or box.y1 > height + _TOUCH:
            wrong.append(f"{text!r} leaves the canvas: {box}")
    for i, (text, box) in enumerate(found):
        for other, second in found[i + 1 :]:
            across = min(box.x1, second.x1) - max(box.x0, second.x0)
            up = min(box.y1, second.y1) - max(box.y0, second.y0)
            if across > _TOUCH and up > _TOUCH:
                wrong.append(f"{text!r} lies on {other!r}")
    return wrong
