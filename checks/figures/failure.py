"""The failure panel: how often one sample is not positive, measured, exact and bounded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...theory.language.cells import cell_text
from ..deciders.stats import ALPHA, clopper_pearson
from ..guide import Guides, no_guide
from ..verdict import Result
from .style import SLIM, Look, draw_bound, failure_axis, legend_entry, looks, math_text, new_axes, size_axis, style
from .view import Drawn, Group, Printed, Row, View, group_tex, view_of

__all__ = ["plot_failure"]


def plot_failure(
    result: Result | View,
    ax: Axes | None = None,
    *,
    rv: str | None = None,
    at: Mapping[str, int] | None = None,
    compact: bool = True,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> Axes:
    """Probability that one sample is at most 0 across the first size that varies, one colour per value of the others.

    Drawn are Monte Carlo estimates with exact Clopper-Pearson limits (of the statement's own draws and of those from
    the exact law; no failure at all is an upper limit), the exact probability, the guide's bound on it, the printed
    bound where its constants are named, and as a dashed line the slope that the guide predicts.

    Parameters
    ----------
    result : Result or View
    ax : Axes, optional
    rv : str, optional
    at : mapping of str to int, optional
        Show some values of the other sizes only.
    compact : bool
        Scale the exponent logarithmically too (see `whp.checks.figures.style.failure_axis`).
    guides, words : optional
        Those of `plot_margins`; a view has its own.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When there are no such draws.
    """
    drawn = view_of(result, guides, words).drawn(rv)
    rows = drawn.choose(at, None)
    groups, places = drawn.groups(rows), drawn.along(rows)
    colours = looks(groups)
    with style():
        ax = new_axes(ax)
        lowest = [-1.0]
        for group in groups:
            lowest += _draw_exact(ax, drawn, group, places, colours[group].colour)
        for printed in drawn.printed:
            if printed.threshold == 0:
                for group in groups:
                    lowest += _draw_printed(ax, drawn, printed, group, places, colours[group].colour)
        lowest.append(_draw_estimates(ax, drawn, rows, colours))
        size_axis(ax, places, drawn.view.label(drawn.axis), room=2.3)
        least = min(lowest)
        failure_axis(ax, least * (1.35 if compact else 1.05), compact=compact)
        ax.set_ylabel(_event(drawn))
        if drawn.guide.slope is not None and drawn.guide.axis == drawn.axis and compact:
            _draw_slope(ax, drawn, places, least)
    return ax


def _event(drawn: Drawn) -> str:
    if drawn.guide.word:
        return f"$\\mathbb{{P}}(\\mathrm{{{drawn.guide.word}}} \\leq 0)$"
    return math_text(f"\\mathbb{{P}}({drawn.rv.tex} \\leq 0)", f"P({drawn.rv.name} ≤ 0)")


def _hidden(name: str, group: Group) -> str:
    """A label that no legend shows."""
    return ", ".join(part for part in (f"_{name}", cell_text(dict(group))) if part)


def _draw_exact(ax: Axes, drawn: Drawn, group: Group, places: Sequence[int], colour: str) -> list[float]:
    """The exact line and the guide's bound at some sizes; returns the ordinates."""
    exact = [drawn.log10_failure(x, group) for x in places]
    if not all(map(math.isfinite, exact)):
        return []
    dots: Any = {"ls": (0, (1, 1.2)), "lw": 1.3}
    ax.plot(places, exact, color=colour, label=_hidden("exact", group), **dots)
    legend_entry(ax, "exact probability $p_0$", **dots)
    _name_line(ax, group, places[-1], exact[-1], colour)
    guide = drawn.guide
    if guide.log10_bound is not None:
        bound = [guide.log10_bound(drawn.cell(x, group)) for x in places]
        draw_bound(ax, places, bound, above=True, colour=colour, label=_hidden(guide.bound_name, group))
        legend_entry(ax, guide.bound_label or guide.bound_name, bound=True)
    return exact


def _draw_printed(
    ax: Axes, drawn: Drawn, printed: Printed, group: Group, places: Sequence[int], colour: str
) -> list[float]:
    """A printed bound at some sizes, unless it is the guide's; returns the least ordinate."""
    at = [(x, value) for x in places if (value := printed.log10(drawn.cell(x, group))) < 0]
    known = drawn.guide.log10_bound
    same = known is not None and all(abs(value - known(drawn.cell(x, group))) < 1e-9 for x, value in at)
    if not at or same:
        return []
    x, y = zip(*at, strict=True)
    draw_bound(ax, x, y, above=True, colour=colour, label=_hidden(printed.label, group), marker=SLIM, width=0.8)
    legend_entry(ax, printed.label, bound=True, lw=0.8)
    _name_line(ax, group, x[-1], y[-1], colour)
    return [min(y)]


def _name_line(ax: Axes, group: Group, x: float, y: float, colour: str) -> None:
    """Write the sizes at a line's right end, so that lines can be told apart without colour."""
    if not group:
        return
    ax.annotate(
        group_tex(group),
        (x, y),
        xytext=(11, 0),
        textcoords="offset points",
        color=colour,
        va="center",
        annotation_clip=False,
        fontsize=7,
    )


def _draw_estimates(ax: Axes, drawn: Drawn, rows: Sequence[Row], colours: Mapping[Group, Look]) -> float:
    """Monte Carlo estimates with Clopper-Pearson limits; returns the least ordinate.

    Upper limits depend on the number of draws only, so colours without a failure share one grey arrow.
    """
    alpha = ALPHA / len(rows)
    lowest = -1.0
    for i, (name, some) in enumerate(drawn.series(rows).values()):
        marker = "osD"[i % 3] if drawn.own(some[0]) else "v"
        nudge = 2.0 ** (0.13 * (i - 0.5))
        limits: dict[tuple[float, float], set[Group]] = {}
        for row in some:
            group = drawn.group_of(row)
            colour = colours[group].colour
            count, trials = int(row["nonpositive"]), int(row["trials"])
            low, high = clopper_pearson(count, trials, alpha)
            x = drawn.at(row) * nudge
            if not count:
                limits.setdefault((x, math.log10(high)), set()).add(group)
                continue
            y = math.log10(count / trials)
            ax.errorbar(
                x,
                y,
                yerr=[[y - math.log10(low)], [math.log10(high) - y]],
                ls="",
                marker=marker,
                mfc="white",
                mec=colour,
                ecolor=colour,
                elinewidth=0.7,
                label=_hidden(name, group),
                zorder=4,
            )
            legend_entry(ax, f"{name}: estimate and limits", ls="", marker=marker, mfc="white")
            lowest = min(lowest, math.log10(low))
        for (x, y), groups in limits.items():
            colour = colours[min(groups)].colour if len(groups) == 1 else "0.4"
            ax.plot(x, y, ls="", marker=marker, ms=2.8, color=colour, label=f"_{name}, limit", zorder=4)
            ax.annotate(
                "",
                (x, y),
                xytext=(0, -9),
                textcoords="offset points",
                arrowprops={"arrowstyle": "<-", "color": colour, "lw": 0.7, "shrinkA": 0, "shrinkB": 0},
            )
            lowest = min(lowest, y)
        if limits:
            legend_entry(ax, f"{name}: no failure, limit", ls="", marker=marker, ms=2.8, color="0.4")
    return lowest


def _draw_slope(ax: Axes, drawn: Drawn, places: Sequence[int], least: float) -> None:
    """The guide's prediction of log p, proportional to the size on the axis."""
    slope = drawn.guide.slope
    assert slope is not None
    end = min(places[-1], least / slope)
    x = np.geomspace(places[0], max(end, places[0] * 1.01), 20)
    ax.plot(x, x * slope, color="0.45", ls="--", lw=0.8, zorder=1, label=drawn.guide.slope_label)
