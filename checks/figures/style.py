"""How figures look, and how they are written: venue widths, fonts, colours, hatched bounds, reproducible files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.mathtext import MathTextParser
from matplotlib.patheffects import withTickedStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from tueplots import axes as line_widths
from tueplots import figsizes, fontsizes

__all__ = [
    "INK",
    "SLIM",
    "Look",
    "add_legend",
    "draw_bound",
    "failure_axis",
    "full_width",
    "half_width",
    "legend_entry",
    "looks",
    "math_text",
    "new_axes",
    "save_figure",
    "size_axis",
    "style",
]

INK = "0.15"
# A marker that no series of draws has.
SLIM = next(str(marker) for marker, name in Line2D.markers.items() if name == "thin_diamond")
# A formula of more characters fits no axis.
_LONGEST = 40
# Okabe and Ito's colours, safe for every common colour blindness; markers and dashes tell them apart in grey.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "D", "P", "X", "h", "*")
_DASHES: tuple[Any, ...] = ("-", (0, (4, 1.2)), (0, (1.2, 1)), (0, (4, 1, 1, 1)), (0, (6, 2)), (0, (2, 2)), "-")
_METADATA: Mapping[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
    "png": {},
}


class Look:
    """Colour, marker and dash of one series."""

    def __init__(self, index: int) -> None:
        self.colour = _COLOURS[index % len(_COLOURS)]
        self.marker = _MARKERS[index % len(_MARKERS)]
        self.dash = _DASHES[index % len(_DASHES)]


def looks(keys: Iterable[Any]) -> dict[Any, Look]:
    """One look per key, in order."""
    return {key: Look(i) for i, key in enumerate(keys)}


@contextmanager
def style() -> Iterator[None]:
    """The figures' settings, for the time of a context: AISTATS sizes, Times-like fonts, no TeX, editable PDF text."""
    settings = {
        **fontsizes.aistats2023(),
        **line_widths.lines(),
        # The face itself: a generic family would be looked up again wherever the figure is shown.
        "font.family": "STIXGeneral",
        "mathtext.fontset": "stix",
        "text.usetex": False,
        "axes.unicode_minus": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=_COLOURS),
        "legend.frameon": False,
        "legend.handlelength": 2.2,
        "legend.columnspacing": 1.4,
        "lines.markersize": 3.5,
        "hatch.linewidth": 0.5,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "whp",
        "savefig.dpi": 300,
        "savefig.bbox": None,
        "savefig.facecolor": "white",
        "figure.facecolor": "white",
    }
    with mpl.rc_context(settings):
        yield


def full_width(height: float) -> Figure:
    """An empty figure of the venue's full text width and `height` inches, laid out by constraints."""
    return _figure(figsizes.aistats2023_full()["figure.figsize"][0], height)


def half_width(height: float) -> Figure:
    """An empty figure of one column's width and `height` inches."""
    return _figure(figsizes.aistats2023_half()["figure.figsize"][0], height)


def _figure(width: float, height: float) -> Figure:
    return Figure(
        figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    )


def new_axes(ax: Axes | None) -> Axes:
    """`ax`, or the axes of a new figure of one column's width."""
    if ax is not None:
        return ax
    return half_width(2.5).subplots()


def math_text(tex: str, instead: str) -> str:
    """A formula as matplotlib sets it, or other words where it is long or beyond what matplotlib understands."""
    if len(tex) < _LONGEST:
        try:
            MathTextParser("path").parse(f"${tex}$")
        except ValueError:
            return instead
        return f"${tex}$"
    return instead


def draw_bound(
    ax: Axes, x: Any, y: Any, *, above: bool, colour: str, label: str, marker: str = "", width: float = 1.1
) -> Line2D:
    """A bound: a solid line whose hatching marks the forbidden side.

    Parameters
    ----------
    above : bool
        Whether the forbidden side is above the line (for lines drawn from left to right).
    """
    effect = withTickedStroke(spacing=3.5, angle=60 if above else -60, length=1.0, linewidth=0.45)
    # A hatched line cannot be drawn through a point that has no place.
    places, heights = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    there = np.isfinite(places) & np.isfinite(heights)
    x, y = places[there], heights[there]
    (line,) = ax.plot(x, y, color=colour, lw=width, label=label, path_effects=[effect], solid_capstyle="butt")
    if marker:
        ax.plot(x, y, ls="", marker=marker, ms=2.2, color=colour, label="_" + label)
    return line


def legend_entry(ax: Axes, label: str, *, bound: bool = False, **look: Any) -> None:
    """A colourless entry of the legend for series that differ in colour by size; repeated labels count once."""
    if label in ax.get_legend_handles_labels()[1]:
        return
    look = {"color": INK, "lw": 1.1, **look}
    if bound:
        look["path_effects"] = [withTickedStroke(spacing=3.5, angle=60, length=1.0, linewidth=0.45)]
    ax.plot([], [], label=label, **look)


def size_axis(ax: Axes, values: Iterable[int], label: str, *, room: float = 1.25) -> None:
    """A base-2 logarithmic axis of sizes, with plain numbers; `room` is the factor left free at the right."""
    found = sorted(set(values))
    if found and found[0] < 1:
        # A size may start at 0, which has no logarithm.
        ax.set_xscale("symlog", base=2, linthresh=1)
        ax.set_xlim(found[0] - 0.25, max(found[-1], 1) * room)
    else:
        ax.set_xscale("log", base=2)
        if found:
            ax.set_xlim(found[0] / 1.25, found[-1] * room)
    every = max(1, -(-len(found) // 5))
    ax.xaxis.set_major_locator(FixedLocator(found[::every]))
    ax.xaxis.set_minor_locator(FixedLocator(found))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(label)
    if not label:  # nothing varies: one place, without a number
        ax.xaxis.set_major_locator(NullLocator())
        ax.xaxis.set_minor_locator(NullLocator())


# Probabilities an axis is labelled with, as log10.
_PROBABILITIES = (-0.30103, *(-float(a * 10**b) for b in range(8) for a in (1, 2, 5)))


def failure_axis(ax: Axes, least: float, *, most: float = -0.16, compact: bool = True) -> None:
    """An axis of probabilities given by their log10.

    Parameters
    ----------
    least : float
        log10 of the smallest probability shown.
    most : float
        log10 of the largest one.
    compact : bool
        Scale the exponent logarithmically, so that 10^-2 and 10^-200 can both be read and an exponent proportional to
        the size is a straight line; a plain logarithmic axis otherwise.
    """
    if compact:
        ax.set_yscale(
            "function",
            functions=(
                lambda y: -np.log10(np.maximum(-np.asarray(y, dtype=float), 1e-12)),
                lambda s: -np.power(10.0, -np.asarray(s, dtype=float)),
            ),
        )
        ticks = [p for p in _PROBABILITIES if least <= p <= most]
        if len(ticks) > 9:
            ticks = [p for p in ticks if str(f"{-p:.0e}")[0] in "13"]
    else:
        wanted = max(1.0, (most - least) / 7)
        power = 10 ** math.floor(math.log10(wanted))
        step = next(s * power for s in (1, 2, 5, 10) if s * power >= wanted)
        ticks = [float(t) for t in np.arange(math.ceil(least / step), math.floor(most / step) + 1) * step]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(_probability))
    ax.set_ylim(least, most)


def _probability(exponent: float, _: Any = None) -> str:
    if -1 < exponent <= 0:
        return f"{10**exponent:.2g}"
    return f"$10^{{{exponent:.0f}}}$" if abs(exponent - round(exponent)) < 1e-9 else f"$10^{{{exponent:.1f}}}$"


def add_legend(panels: Sequence[Axes], *, beside: bool = False) -> None:
    """One legend for the panels of a row, below or beside them, with each label once."""
    handles: dict[str, Any] = {}
    for ax in panels:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    if not handles:
        return
    figure = panels[0].figure
    where: Any = "outside right upper" if beside else "outside lower center"
    renderer = FigureCanvasAgg(panels[0].get_figure(root=True)).get_renderer()
    for columns in [1] if beside else range(min(4, len(handles)), 0, -1):
        legend = figure.legend(list(handles.values()), list(handles), loc=where, ncols=columns)
        if columns == 1 or legend.get_window_extent(renderer).width <= 0.99 * figure.bbox.width:
            break
        legend.remove()


def save_figure(figure: Figure, path: Path | str) -> tuple[Path, ...]:
    """Write `path` with the suffixes .pdf, .svg and .png; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
    path : Path
        Where to write, without a suffix (dots in the name are kept).

    Returns
    -------
    tuple of Path

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    written = []
    with style():
        # Laid out once: the engine would otherwise run again for each format, from where it stopped before.
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
    for suffix, metadata in _METADATA.items():
        target = Path(path).with_name(f"{Path(path).name}.{suffix}")
        with style():
            figure.savefig(target, format=suffix, metadata=metadata)
        written.append(target)
    return tuple(written)
