"""The failure panel: how often one sample's margin is not positive, measured, exact and bounded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...theory.language.models import RV
from ..deciders.stats import ALPHA, clopper_pearson
from ..verdict import Result
from ..zhang2023.figures.guides import is_margin, sharp_log10
from .style import Look, draw_bound, failure_axis, legend_entry, looks, new_axes, style, width_axis
from .view import Row, chosen_rv, data_names, dims_of, log10_failure, printed_bounds, rows_of

__all__ = ["plot_failure"]


def plot_failure(
    result: Result, ax: Axes | None = None, *, rv: str | None = None, d: int | None = None, compact: bool = True
) -> Axes:
    """Probability that one sample's margin is at most 0 across widths, one colour per input dimension.

    Drawn are Monte Carlo estimates with exact Clopper-Pearson limits (from networks and from the exact law; no failure
    at all is an upper limit), the exact probability, whp S4's bound, the printed bound where its constants are named,
    and as a dashed guide the slope that is predicted while m is far below d, log p ∝ m.

    Parameters
    ----------
    result : Result
    ax : Axes, optional
    rv : str, optional
    d : int, optional
        Show one input dimension only.
    compact : bool
        Scale the exponent logarithmically too (see `figure_style.failure_axis`).

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When there are no such draws.
    """
    chosen = chosen_rv(result, rv)
    rows = rows_of(result, chosen, d=d)
    if not rows:
        raise ValueError(f"no draws of {chosen.name} at d = {d}; draw some or ask for others")
    dims, widths = dims_of(rows), sorted({row["m"] for row in rows})
    colours = looks(dims)
    with style():
        ax = new_axes(ax)
        lowest = [-1.0]
        for dim in dims:
            lowest += _draw_exact(ax, chosen, dim, widths, colours[dim].colour)
        for printed in printed_bounds(result, chosen):
            if printed.threshold != 0:
                continue
            for dim in dims:
                at = [(m, printed.log10({"m": m, "d": dim})) for m in widths]
                at = [(m, value) for m, value in at if value < 0]
                if at and not all(abs(value - sharp_log10(m, dim)) < 1e-9 for m, value in at):
                    x, y = zip(*at, strict=True)
                    draw_bound(
                        ax,
                        x,
                        y,
                        above=True,
                        colour=colours[dim].colour,
                        label=f"_{printed.label}, d = {dim}",
                        marker="d",
                        width=0.8,
                    )
                    legend_entry(ax, printed.label, bound=True, lw=0.8)
                    _name_line(ax, dim, x[-1], y[-1], colours[dim].colour)
                    lowest.append(min(y))
        lowest.append(_draw_estimates(ax, chosen, rows, colours))
        width_axis(ax, widths, room=2.3)
        least = min(lowest)
        failure_axis(ax, least * (1.35 if compact else 1.05), compact=compact)
        ax.set_ylabel("$\\mathbb{P}(\\mathrm{margin} \\leq 0)$")
        if is_margin(chosen, {"m": 1, "d": 1}) and compact:
            _draw_guide(ax, widths, least)
    return ax


def _draw_exact(ax: Axes, rv: RV, d: int, widths: Sequence[int], colour: str) -> list[float]:
    """The exact line and S4's bound at one dimension; returns the ordinates."""
    exact = [log10_failure(rv, {"m": m, "d": d}) for m in widths]
    if not all(map(math.isfinite, exact)):
        return []
    dots: Any = {"ls": (0, (1, 1.2)), "lw": 1.3}
    ax.plot(widths, exact, color=colour, label=f"_exact, d = {d}", **dots)
    legend_entry(ax, "exact probability $p_0$", **dots)
    _name_line(ax, d, widths[-1], exact[-1], colour)
    if is_margin(rv, {"m": 1, "d": d}):
        bound = [sharp_log10(m, d) for m in widths]
        draw_bound(ax, widths, bound, above=True, colour=colour, label=f"_S4, d = {d}")
        legend_entry(ax, r"whp S4: $p_0 \leq \frac{1}{2} e^{-A} + 2^{-m-1}$", bound=True)
    return exact


def _name_line(ax: Axes, d: int, x: float, y: float, colour: str) -> None:
    """Write d at a line's right end, so that lines can be told apart without colour."""
    ax.annotate(
        f"$d = {d}$",
        (x, y),
        xytext=(11, 0),
        textcoords="offset points",
        color=colour,
        va="center",
        annotation_clip=False,
        fontsize=7,
    )


def _draw_estimates(ax: Axes, rv: RV, rows: Sequence[Row], colours: Mapping[int, Look]) -> float:
    """Monte Carlo estimates with Clopper-Pearson limits; returns the least ordinate.

    Upper limits depend on the number of draws only, so dimensions without a failure share one grey arrow.
    """
    alpha = ALPHA / len(rows)
    lowest = -1.0
    for i, (name, group) in enumerate(data_names(rows, rv).values()):
        marker = "osD"[i % 3] if group[0]["model"] == rv.model.name else "v"
        nudge = 2.0 ** (0.13 * (i - 0.5))
        limits: dict[tuple[float, float], set[int]] = {}
        for row in group:
            colour = colours[row["d"]].colour
            count, trials = int(row["nonpositive"]), int(row["trials"])
            low, high = clopper_pearson(count, trials, alpha)
            x = row["m"] * nudge
            if not count:
                limits.setdefault((x, math.log10(high)), set()).add(row["d"])
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
                label=f"_{name}, d = {row['d']}",
                zorder=4,
            )
            legend_entry(ax, f"{name}: estimate and limits", ls="", marker=marker, mfc="white")
            lowest = min(lowest, math.log10(low))
        for (x, y), dims in limits.items():
            colour = colours[min(dims)].colour if len(dims) == 1 else "0.4"
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


def _draw_guide(ax: Axes, widths: Sequence[int], least: float) -> None:
    """log p = −m log 2: what I(γ) ~ γ log 2 predicts while m is far below d."""
    end = min(widths[-1], -least / math.log10(2))
    x = np.geomspace(widths[0], max(end, widths[0] * 1.01), 20)
    ax.plot(x, -x * math.log10(2), color="0.45", ls="--", lw=0.8, zorder=1, label="slope for $m \\ll d$: $p = 2^{-m}$")
