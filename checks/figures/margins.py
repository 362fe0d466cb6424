"""The margins panel: draws across a size next to the exact law, what a guide guarantees and the printed bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...theory.calculus.rounding import rounded
from ..guide import Guides, no_guide
from ..verdict import Result
from .style import INK, draw_bound, looks, math_text, new_axes, size_axis, style
from .view import Drawn, Group, Row, View, group_tex, symbol_tex, view_of

__all__ = ["DELTA", "plot_margins"]

DELTA = 0.01
_SHARP = "#009E73"
_PRINTED = "#8C3B7A"


def plot_margins(
    result: Result | View,
    ax: Axes | None = None,
    *,
    rv: str | None = None,
    data: str | None = None,
    at: Mapping[str, int] | None = None,
    delta: float = DELTA,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> Axes:
    """The statement's random variable across its first size that varies, next to its exact law and its bounds.

    Drawn are, per data set, the median with its 5-95 % band and the worst draw; what the guide knows: median, 5 % and
    95 % quantile of the exact law, and the line 0 from where on all samples are positive with probability at least
    1 − δ; and the printed lower bound where its constants are named and it says something.

    Parameters
    ----------
    result : Result or View
    ax : Axes, optional
        Default: the axes of a new figure.
    rv : str, optional
        Name of the random variable; default the one the statement bounds.
    data : str, optional
        Show one data set only.
    at : mapping of str to int, optional
        Values of the other sizes; default the largest ones drawn.
    delta : float
        Failure probability of what the guide guarantees.
    guides : callable, optional
        What is known of random variables beside their draws; nothing unless given. A view has its own.
    words : mapping of str to str, optional
        What sizes are called on axes. A view has its own.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When there are no such draws.
    """
    drawn = view_of(result, guides, words).drawn(rv)
    rows = drawn.choose(at, data)
    group = drawn.groups(rows)[-1]
    rows = [row for row in rows if drawn.group_of(row) == group]
    with style():
        ax = new_axes(ax)
        places = drawn.along(rows)
        series = drawn.series(rows)
        direct = [s for key, s in series.items() if key[0] == drawn.rv.model.name]
        shown = direct or list(series.values())
        for i, (name, some) in enumerate(shown):
            _draw_band(ax, drawn, name, some, i)
        _draw_law(ax, drawn, rows, [s for s in series.values() if s not in shown])
        ax.axhline(0, color="0.6", lw=0.5, zorder=0)
        known = drawn.guide.log10_bound is not None
        if known:
            _draw_sharp(ax, drawn, group, rows, delta)
        for printed in drawn.printed:
            telling = [x for x in places if printed.log10(drawn.cell(x, group)) < 0]
            if telling and (printed.threshold != 0 or not known):
                ends = [telling[0], places[-1] * 1.25] if len(telling) == 1 else [telling[0], telling[-1]]
                draw_bound(
                    ax,
                    ends,
                    [printed.threshold] * 2,
                    above=False,
                    colour=_PRINTED,
                    label=f"{printed.label}: above {rounded(printed.threshold, 4, 'down')}",
                )
        size_axis(ax, places, drawn.view.label(drawn.axis))
        ax.set_title(group_tex(group))
        ax.set_ylabel(math_text(drawn.rv.tex, drawn.rv.name))
    return ax


def _draw_band(ax: Axes, drawn: Drawn, name: str, rows: Sequence[Row], index: int) -> None:
    """Median, 5-95 % band and worst draw; series after the first as whiskers beside it."""
    look = looks(range(index + 1))[index]
    x = np.array([drawn.at(row) for row in rows], dtype=float) * 2.0 ** (0.16 * index)
    q05, median, q95, worst = (
        np.array([row[k] for row in rows], dtype=float) for k in ("q05", "median", "q95", "worst")
    )
    if index == 0:
        ax.fill_between(x, q05, q95, color=look.colour, alpha=0.22, lw=0, label=f"{name}: 5–95 % band")
        ax.plot(x, median, color=look.colour, marker=look.marker, label=f"{name}: median")
    else:
        spread = np.abs(np.stack([median - q05, q95 - median]))
        ax.errorbar(
            x,
            median,
            yerr=spread,
            ls="",
            color=look.colour,
            marker=look.marker,
            mfc="white",
            elinewidth=0.9,
            label=f"{name}: median, 5–95 %",
        )
    ax.plot(x, worst, ls="", marker="x+1"[index % 3], ms=4, mew=0.9, color=look.colour, label=f"{name}: worst draw")


def _draw_law(ax: Axes, drawn: Drawn, rows: Sequence[Row], sampled: Sequence[tuple[str, list[Row]]]) -> None:
    """Median and 5-95 % quantiles of the exact law; of draws from it where only those are known."""
    name = "exact law"
    x, values = drawn.quantiles(rows, (0.05, 0.5, 0.95))
    if not x and sampled:
        name, group = sampled[0]
        x, values = [drawn.at(row) for row in group], [(row["q05"], row["median"], row["q95"]) for row in group]
    if x:
        low, middle, high = zip(*values, strict=True)
        outer: dict[str, Any] = {"color": INK, "ls": (0, (1, 1.3)), "lw": 0.9, "zorder": 3}
        ax.plot(x, middle, color=INK, ls=(0, (5, 1.5)), lw=0.9, label=f"{name}: median", zorder=3)
        ax.plot(x, low, label=f"{name}: 5 %, 95 %", **outer)
        ax.plot(x, high, label="_upper quantile", **outer)


def _draw_sharp(ax: Axes, drawn: Drawn, group: Group, rows: Sequence[Row], delta: float) -> None:
    """The level all samples exceed with probability 1 − δ by exact law and union bound, and the guide's guarantee."""
    most = max(rows, key=drawn.samples_of)
    samples, places = drawn.samples_of(most), drawn.along(rows)
    counts = [count for count in drawn.view.counts if most.get(count) == samples]
    scope = drawn.guide.scope(samples, f"${symbol_tex(counts[0])}$" if counts else "samples'")
    x, levels = drawn.quantiles(rows, (delta / samples,))
    if x:
        label = f"exact law: {scope} above w.p. $\\geq {_sure(delta)}$"
        draw_bound(ax, x, [level for (level,) in levels], above=False, colour="0.4", label=label, width=0.8)
    start = drawn.guaranteed_from(group, samples, delta)
    if start is not None and start <= places[-1]:
        ends = [max(start, places[0]), places[-1] * 1.25]
        label = f"{drawn.guide.bound_name}: {scope} $> 0$ w.p. $\\geq {_sure(delta)}$"
        draw_bound(ax, ends, [0, 0], above=False, colour=_SHARP, label=label, width=1.6)


def _sure(delta: float) -> str:
    """1 − δ without the digits that a float adds, and never more than that.

    Examples
    --------
    >>> _sure(0.01), _sure(1e-9), _sure(1 / 3)
    ('0.99', '0.999999999', '0.666666666666')
    """
    return rounded(1 - Fraction(repr(delta)), 12, "down")
