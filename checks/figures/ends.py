"""Labels at the ends of curves, which make room for each other when they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

__all__ = ["End", "EndLabels", "dpi_of"]

# Points between the axes and the mark, the mark and the words; lines between lines of words.
_MARK, _WORDS, _LINES = 5.0, 9.0, 1.12
# The mark of a curve that carries none along its line.
_OPEN: Mapping[str, Any] = {"ms": 3.5, "mfc": "white"}


def dpi_of(ax: Axes) -> float:
    """Dots per inch of the figure that axes are in."""
    figure = ax.get_figure(root=True)
    return 100.0 if figure is None else float(figure.dpi)


@dataclass(frozen=True)
class End:
    """What is written where a curve ends, at the height of its last point, beside the mark that the curve carries."""

    text: str
    y: float
    colour: str
    marker: str
    mark: Mapping[str, Any] = field(default_factory=lambda: _OPEN)


class EndLabels(Artist):
    """The labels of an axes' curves, at its right side: at the height of each end, or as near as no two overlap."""

    def __init__(self, ax: Axes, ends: Sequence[End], font: FontProperties) -> None:
        super().__init__()
        self._home, self._ends = ax, tuple(ends)
        self._texts = [
            Text(0, 0, end.text, color=end.colour, fontproperties=font, va="center_baseline", ha="left") for end in ends
        ]
        self._marks = [Line2D([0], [0], ls="", marker=end.marker, **{"color": end.colour, **end.mark}) for end in ends]
        for part in (*self._texts, *self._marks):
            part.set_transform(IdentityTransform())
        self._size = font.get_size_in_points()
        self.set_zorder(5)
        # They stand outside the axes.
        self.set_clip_on(False)

    def get_children(self) -> list[Artist]:
        """The labels and their marks."""
        return [*self._texts, *self._marks]

    def set_figure(self, fig: Any) -> None:
        """Belong to a figure, with all labels."""
        super().set_figure(fig)
        for part in self.get_children():
            part.set_figure(fig)

    def _place(self) -> None:
        ax = self._home
        box, points = ax.bbox, dpi_of(ax) / 72
        step = _LINES * self._size * points
        wanted = []
        for end in self._ends:
            y = float(ax.transData.transform((ax.get_xlim()[1], end.y))[1])
            wanted.append(min(max(y, box.y0), box.y1))
        for i, y in _spread(wanted, step, box.y0, box.y1):
            self._marks[i].set_data([box.x1 + _MARK * points], [y])
            self._texts[i].set_position((box.x1 + _WORDS * points, y))

    def draw(self, renderer: RendererBase) -> None:
        """Put the labels beside the ends of their curves, and draw them."""
        if not self.get_visible():
            return
        self._place()
        for part in self.get_children():
            part.draw(renderer)

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """The box around all labels, in pixels."""
        self._place()
        return Bbox.union([part.get_window_extent(renderer) for part in self._texts])

    def get_tightbbox(self, renderer: RendererBase | None = None) -> Bbox:
        """The same box: nothing is cut."""
        return self.get_window_extent(renderer)


def _spread(wanted: Sequence[float], step: float, low: float, high: float) -> list[tuple[int, float]]:
    """Heights in order, at least `step` apart, as near to the wanted ones as they fit between two ends.

    Examples
    --------
    >>> _spread([5.0, 5.0, 0.0], 2.0, 0.0, 10.0)
    [(2, 0.0), (0, 4.0), (1, 6.0)]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    groups: list[list[Any]] = []  # the members and the sum of the places where the first of them would be
    for i in order:
        groups.append([[i], wanted[i]])
        while len(groups) > 1 and _start(groups[-2]) + step * len(groups[-2][0]) > _start(groups[-1]) + 1e-9:
            members, total = groups.pop()
            before = groups[-1]
            shift = step * len(before[0])
            before[1] += total - shift * len(members)
            before[0] += members
    placed = [(i, _start(group) + step * j) for group in groups for j, i in enumerate(group[0])]
    found: list[tuple[int, float]] = []
    room = high - step * (len(placed) - 1)
    for j, (i, y) in enumerate(placed):
        least = found[-1][1] + step if found else low
        found.append((i, max(min(y, room + step * j), least)))
    return found


def _start(group: Sequence[Any]) -> float:
    members, total = group
    return float(total) / len(members)
