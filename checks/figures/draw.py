"""A panel drawn into axes: every series by what it is, forbidden sides hatched, each curve named where it ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.markers import CARETDOWNBASE
from matplotlib.patches import Patch
from matplotlib.patheffects import TickedStroke, withTickedStroke
from matplotlib.transforms import ScaledTranslation

from .ends import End, EndLabels, dpi_of
from .picture import MOST_CURVES, Panel, Role, Series
from .style import Look
from .ticks import scale_axis, scaled

__all__ = ["draw_panel", "entries", "make_room"]

_TICKS: dict[str, Any] = {"spacing": 3.5, "length": 1.0, "linewidth": 0.45}
# The share of a panel's height that hatching takes, and into how many pieces a bound is cut to look for data there.
_STRIP, _PIECES = 0.07, 160
_LINES: Mapping[Role, dict[str, Any]] = {
    "bound": {"ls": "-", "lw": 1.2},
    "sharp": {"ls": (0, (5, 1.5)), "lw": 1.0},
    "truth": {"ls": (0, (1, 1.3)), "lw": 1.2},
    "draws": {"ls": "-", "lw": 0.9},
    "line": {"ls": "-", "lw": 1.1},
    "second": {"ls": (0, (5, 1.5)), "lw": 1.0},
    "third": {"ls": (0, (3, 1.2, 1, 1.2)), "lw": 1.0},
    "guide": {"ls": (0, (4, 2)), "lw": 0.8},
    "level": {"ls": (0, (1, 1.3)), "lw": 0.8},
    "step": {"ls": "-", "lw": 0.9, "drawstyle": "steps-post"},
}
# Which series carry their curve's marker along a line.
_MARKED = ("truth", "draws", "line", "second", "third")
_FROM_DRAWS = ("estimate", "limit")
_MARKS: Mapping[Role, dict[str, Any]] = {
    "refuted": {"marker": "x", "ms": 6, "mew": 1.4, "color": "black", "zorder": 7},
    "worst": {"marker": "+", "ms": 4.5, "mew": 0.9, "zorder": 4},
    "limit": {"marker": CARETDOWNBASE, "ms": 4, "zorder": 5},
    "named": {"marker": "*", "ms": 8, "zorder": 6},
}
# Marks of the exact law are small and filled, those of draws large and open, those of a second line between, to be seen
# on a first one; points between draws that would lie on each other at one place.
_EXACT: Mapping[str, Any] = {"ms": 2.6, "mew": 0.0}
_DRAWN: Mapping[str, Any] = {"ms": 4.6, "mew": 0.8, "mfc": "none"}
_SECOND: Mapping[str, Any] = {"ms": 3.4, "mew": 0.8, "mfc": "white"}
_ASIDE, _TOUCHING = 4.5, 0.03
# Points between a mark and the end of its axis, at least.
_CLEAR = 1.5
_WEIGHT = {"bound": 2.2, "sharp": 2.4, "truth": 3.0, "second": 2.8, "third": 2.7, "guide": 1.5, "level": 1.2}


def draw_panel(panel: Panel, ax: Axes, *, grey: bool = False) -> Axes:
    """Draw a panel into axes, with the fonts that these have.

    Parameters
    ----------
    panel : Panel
    ax : Axes
    grey : bool
        Without colours.

    Returns
    -------
    Axes
        A legend is left to the caller: ``ax.legend`` shows one entry for each thing that is drawn.
    """
    font = _tick_font(ax)
    for which, axis in (("x", panel.x), ("y", panel.y)):
        scale_axis(ax, which, axis, _along(panel, which))
    aside = _aside(panel, ax)
    for series in panel.series:
        _draw(ax, series, Look(series.curve, grey=grey), aside.get(series.curve, 0.0))
    for bound in panel.series:
        if bound.forbidden:
            _hatch(ax, panel, bound, Look(bound.curve, grey=grey))
    if any(axis.scale in ("probability", "exponent", "ratio") for axis in (panel.y,)) and ax.get_ylim()[1] > 0:
        ax.axhline(0, color="0.75", lw=0.5, zorder=0, label="_one")
    for handle, label in entries(panel, grey=grey):
        # What ``ax.legend`` shows.
        line = handle[-1] if isinstance(handle, tuple) else handle
        line.set_label(label)
        ax.add_line(line)
    if panel.title:
        ax.set_title(panel.title, fontproperties=font, loc="left")
    ends = _ends(panel, grey)
    if ends:
        labels = EndLabels(ax, ends, font)
        ax.add_artist(labels)
        labels.set_clip_on(False)
    return ax


def _tick_font(ax: Axes) -> FontProperties:
    """The font of the axes' own tick labels."""
    labels = ax.get_xticklabels()
    return (labels[0] if labels else ax.xaxis.label).get_fontproperties()


def _along(panel: Panel, which: str) -> Iterator[float]:
    for series in panel.series:
        yield from series.x if which == "x" else (*series.y, *series.low, *series.high)


def _clipped(values: Iterable[float], ax: Axes) -> list[float]:
    """Ends of bars that lie at minus infinity, below the panel."""
    low, high = ax.get_ylim()
    return [v if math.isfinite(v) else low - (high - low) for v in values]


def _aside(panel: Panel, ax: Axes) -> dict[int, float]:
    """Points sideways for the curves whose draws would lie on those of others: they stand side by side."""
    marks = []
    for series in panel.series:
        if series.role in _FROM_DRAWS:
            across, up = _in_panel(ax, series.x, series.y, panel)
            marks += [(series.curve, x, y) for x, y in zip(across, up, strict=True)]
    touching = {
        one[0]
        for one, other in permutations(marks, 2)
        if one[0] != other[0] and max(abs(one[1] - other[1]), abs(one[2] - other[2])) < _TOUCHING
    }
    return {curve: (i - (len(touching) - 1) / 2) * _ASIDE for i, curve in enumerate(sorted(touching))}


def make_room(panel: Panel, ax: Axes) -> None:
    """Widen the x-axis of a panel, at the width that its axes have now, where a mark would touch an end of it.

    Parameters
    ----------
    panel : Panel
        As it was drawn.
    ax : Axes
    """
    aside = _aside(panel, ax)
    points = dpi_of(ax) / 72
    marks = [
        (x, aside.get(s.curve, 0.0) * points if s.role in _FROM_DRAWS else 0.0, (_size(s) / 2 + _CLEAR) * points)
        for s in panel.series
        if _size(s)
        for x, y in zip(s.x, s.y, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]
    to_pixels = ax.get_xaxis_transform()
    # What is added at one end moves the marks at the other by less: a few rounds settle both.
    for _ in range(4):
        low, high = ax.bbox.x0, ax.bbox.x1
        for x, moved, half in marks:
            at = float(to_pixels.transform((x, 0.0))[0]) + moved
            low, high = min(low, at - half), max(high, at + half)
        if (low, high) == (ax.bbox.x0, ax.bbox.x1):
            return
        back = to_pixels.inverted()
        ax.set_xlim(*(float(back.transform((end, ax.bbox.y0))[0]) for end in (low, high)))


def _size(series: Series) -> float:
    """The diameter of the marks of a series, in points; 0 for a line without."""
    if series.role in _MARKS:
        return float(_MARKS[series.role]["ms"])
    if series.role == "estimate":
        return float(_DRAWN["ms"])
    if series.role == "point":
        return float(mpl.rcParams["lines.markersize"])
    return float(_mark_of(series.role)["ms"]) if series.role in _MARKED else 0.0


def _draw(ax: Axes, series: Series, look: Look, aside: float) -> None:
    name = f"_{series.label}, {series.end}" if series.end else f"_{series.label}"
    figure = ax.get_figure(root=True)
    moved: Any = {}
    if series.role in _FROM_DRAWS and aside and figure is not None:
        moved["transform"] = ax.transData + ScaledTranslation(aside / 72, 0, figure.dpi_scale_trans)
    if series.role in _MARKS:
        marks = {"color": look.colour, **_MARKS[series.role]}
        ax.plot(series.x, series.y, ls="", label=name, **marks, **moved)
        return
    if series.role in ("estimate", "point"):
        bars: Any = {}
        if series.low:
            low, high = _clipped(series.low, ax), _clipped(series.high, ax)
            below = [max(y - at, 0.0) for y, at in zip(series.y, low, strict=True)]
            bars["yerr"] = [below, [max(at - y, 0.0) for y, at in zip(series.y, high, strict=True)]]
        marker = series.marker or look.marker or "o"
        mark = _DRAWN if series.role == "estimate" else {"mfc": "white"}
        ax.errorbar(series.x, series.y, ls="", marker=marker, color=look.colour, elinewidth=0.8, zorder=5, label=name,
                    **mark, **bars, **moved)  # fmt: skip
        return
    if series.low:
        ax.fill_between(series.x, series.low, series.high, color=look.colour, alpha=0.2, lw=0, label=f"{name}, band")
    style = {"color": look.colour, "zorder": _WEIGHT.get(series.role, 2.6), **_LINES[series.role]}
    if series.role == "guide":
        style["color"] = "0.45" if series.curve < 0 else look.colour
    marker = look.marker or ("o" if series.role == "draws" else "")
    if series.role in _MARKED and marker:
        style |= {"marker": marker, "markevery": _every(series), **_mark_of(series.role)}
    elif len(series.x) == 1 and series.role != "level":
        style |= {"marker": "_", "ms": 12, "mew": 1.2}
    ax.plot(series.x, series.y, label=name, **style)


def _mark_of(role: Role) -> Mapping[str, Any]:
    """The marks along a line: filled and small for what is exact, open for what is drawn at random."""
    return {"draws": _DRAWN, "second": _SECOND}.get(role, _EXACT)


def _every(series: Series) -> int | tuple[int, int]:
    """Which points of a long line get a mark: curves that lie on each other show theirs in turns."""
    if len(series.x) <= 9:
        return 1
    every = -(-len(series.x) // 6)
    return max(series.curve, 0) * every // MOST_CURVES, every


def _in_panel(ax: Axes, x: Any, y: Any, panel: Panel) -> list[Any]:
    """Points as shares of the panel's width and height."""
    found = []
    for values, axis, limits in ((x, panel.x, ax.get_xlim()), (y, panel.y, ax.get_ylim())):
        place = scaled(axis.scale)
        low, high = (float(place(end)) for end in limits)
        found.append((np.asarray(place(np.asarray(values, dtype=float))) - low) / (high - low or 1.0))
    return found


def _hatch(ax: Axes, panel: Panel, bound: Series, look: Look) -> None:
    """Strokes on the forbidden side of a bound, where no other curve's data lie."""
    keep = np.isfinite(bound.x) & np.isfinite(bound.y)
    if keep.sum() < 2:
        return
    x, y = np.asarray(bound.x, dtype=float)[keep], np.asarray(bound.y, dtype=float)[keep]
    across, up = _in_panel(ax, x, y, panel)
    at = np.linspace(0, len(x) - 1, _PIECES)
    px, py = np.interp(at, np.arange(len(x)), across), np.interp(at, np.arange(len(x)), up)
    sign = 1 if bound.forbidden == "above" else -1
    taken = np.zeros(_PIECES, dtype=bool)
    for other in panel.series:
        if other is bound or other.role in ("refuted", "bound", "sharp", "guide", "level"):
            continue
        if other.curve == bound.curve and not other.low:
            continue
        for heights in (other.y, other.low, other.high):
            if heights:
                near = _in_panel(ax, other.x, _clipped(heights, ax), panel)
                taken |= _inside(px, py, sign, near[0], near[1], other.role)
    angle = (60 if sign > 0 else -60) * (1 if px[-1] >= px[0] else -1)
    display = np.array([np.interp(at, np.arange(len(x)), _unscaled(panel.x.scale, x)),
                        np.interp(at, np.arange(len(x)), _unscaled(panel.y.scale, y))])  # fmt: skip
    for run in _runs(~taken):
        xs, ys = _back(panel.x.scale, display[0][run]), _back(panel.y.scale, display[1][run])
        strokes = [TickedStroke(angle=angle, **_TICKS)]
        ax.plot(xs, ys, color=look.colour, lw=0, path_effects=strokes, solid_capstyle="butt", label="_hatch")


def _unscaled(scale: Any, values: Any) -> Any:
    return scaled(scale)(values)


def _back(scale: Any, values: Any) -> Any:
    """The inverse of `scaled`."""
    if scale == "exponent":
        return np.sign(values) * (np.power(10.0, np.abs(values)) - 1)
    if scale in ("log", "size"):
        return np.power(10.0, values)
    if scale == "steps":
        return np.sinh(values) / 2
    return values


def _inside(px: Any, py: Any, sign: int, x: Any, y: Any, role: str) -> Any:
    """Where along a bound other data lie within the strip that is hatched."""
    order = np.argsort(x)
    x, y = x[order], y[order]
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    if not len(x):
        return np.zeros(len(px), dtype=bool)
    if role in ("estimate", "limit", "worst", "point", "named"):
        near = np.abs(px[:, None] - x[None, :]) < 0.03
        gap = sign * (y[None, :] - py[:, None])
        return np.any(near & (gap > -0.01) & (gap < _STRIP), axis=1)
    heights = np.interp(px, x, y, left=np.nan, right=np.nan)
    gap = sign * (heights - py)
    return (gap > 1e-6) & (gap < _STRIP)


def _runs(free: Any) -> Iterator[slice]:
    """Stretches of neighbouring pieces that are free, long enough for a stroke."""
    start = None
    for i, is_free in enumerate([*free, False]):
        if is_free and start is None:
            start = i
        elif not is_free and start is not None:
            if i - start > 5:
                yield slice(start, i)
            start = None


def _ends(panel: Panel, grey: bool) -> list[End]:
    """One label per curve: of its truth where that is drawn, else of the first series that has one."""
    named: dict[tuple[int, str], Series] = {}
    rank = {"truth": 0, "draws": 1, "line": 1, "second": 1, "third": 1, "step": 1}
    for series in panel.series:
        if series.end and series.x:
            key = (series.curve, series.end)
            if key not in named or rank.get(series.role, 5) < rank.get(named[key].role, 5):
                named[key] = series
    found = []
    for series in named.values():
        look = Look(series.curve, grey=grey)
        last = max(range(len(series.x)), key=lambda i: series.x[i])
        marks = (_mark_of(series.role),) if series.role in _MARKED else ()
        found.append(End(series.end, series.y[last], look.colour, look.marker, *marks))
    return found


def entries(panel: Panel, *, grey: bool = False) -> list[tuple[Any, str]]:
    """The marks and words of a panel's legend: one for each thing that is drawn, in ink where it has several curves."""
    found: dict[str, Any] = {}
    for series in panel.series:
        if not series.label or series.label in found:
            continue
        alike = {s.curve for s in panel.series if s.label == series.label}
        found[series.label] = _handle(series, Look(series.curve if len(alike) == 1 else -1, grey=grey), len(alike) > 1)
    return [(handle, label) for label, handle in found.items()]


def _handle(series: Series, look: Look, many: bool) -> Any:
    if series.role in _MARKS:
        return Line2D([], [], ls="", **{"color": look.colour, **_MARKS[series.role]})
    marker = look.marker or "o"
    if series.role in ("estimate", "point"):
        mark = _DRAWN if series.role == "estimate" else {"mfc": "white"}
        return Line2D([], [], ls="", marker=marker, color=look.colour, **mark)
    style = {"color": look.colour, **_LINES[series.role]}
    style.pop("drawstyle", None)
    if series.role == "guide":
        style["color"] = "0.45" if series.curve < 0 else look.colour
    if series.forbidden:
        angle = 60 if series.forbidden == "above" else -60
        style["path_effects"] = [withTickedStroke(angle=angle, **_TICKS)]
    if series.role in _MARKED and (look.marker or series.role == "draws" or many):
        style |= {"marker": marker, **_mark_of(series.role)}
    line = Line2D([], [], **style)
    if series.low and series.role in _MARKED:
        return Patch(color=look.colour, alpha=0.2, lw=0), line
    return line
