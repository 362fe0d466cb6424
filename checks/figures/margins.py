"""The margins panel: draws across widths next to the exact law, the sharp bound and the printed one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...theory.language.models import RV
from ..verdict import Result
from ..zhang2023.figures.guides import is_margin, law_quantiles, sharp_width
from .style import INK, draw_bound, looks, new_axes, style, width_axis
from .view import Row, chosen_rv, data_names, dims_of, printed_bounds, rows_of

__all__ = ["DELTA", "plot_margins"]

DELTA = 0.01
_SHARP = "#009E73"
_PRINTED = "#8C3B7A"
# The quick quantiles are checked down to this level.
_LEAST_LEVEL = 1e-6


def plot_margins(
    result: Result,
    ax: Axes | None = None,
    *,
    rv: str | None = None,
    data: str | None = None,
    d: int | None = None,
    delta: float = DELTA,
) -> Axes:
    """The statement's random variable across widths, next to its exact law and its bounds.

    Drawn are, per data set, the median with its 5-95 % band and the worst draw; median, 5 % and 95 % quantile of the
    exact law; the line 0 from the width on at which whp S4 makes all n margins positive with probability at least
    1 − δ; and the printed lower bound where its constants are named and it says something.

    Parameters
    ----------
    result : Result
    ax : Axes, optional
        Default: the axes of a new figure.
    rv : str, optional
        Name of the random variable; default the one the statement bounds.
    data : str, optional
        Show one data set only.
    d : int, optional
        Input dimension; default the largest one drawn.
    delta : float
        Failure probability of the sharp bound.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When there are no such draws.
    """
    chosen = chosen_rv(result, rv)
    rows = rows_of(result, chosen, data=data)
    if d is None and rows:
        d = dims_of(rows)[-1]
    rows = [row for row in rows if row["d"] == d]
    if not rows:
        raise ValueError(f"no draws of {chosen.name} at d = {d}, data = {data}; draw some or ask for others")
    with style():
        ax = new_axes(ax)
        widths = sorted({row["m"] for row in rows})
        series = data_names(rows, chosen)
        direct = [s for key, s in series.items() if key[0] == chosen.model.name]
        drawn = direct or list(series.values())
        for i, (name, group) in enumerate(drawn):
            _draw_band(ax, name, group, i)
        _draw_law(ax, chosen, rows, [s for s in series.values() if s not in drawn])
        ax.axhline(0, color="0.6", lw=0.5, zorder=0)
        if is_margin(chosen, {"m": 1, "d": d or 1}):
            _draw_sharp(ax, chosen, rows, delta)
        for printed in printed_bounds(result, chosen):
            at = [(m, printed.log10({"m": m, "d": int(d or 1)})) for m in widths]
            telling = [m for m, value in at if value < 0]
            if telling and (printed.threshold != 0 or not is_margin(chosen, {"m": 1, "d": 1})):
                x = [telling[0], widths[-1] * 1.25] if len(telling) == 1 else [telling[0], telling[-1]]
                draw_bound(
                    ax,
                    x,
                    [printed.threshold] * 2,
                    above=False,
                    colour=_PRINTED,
                    label=f"{printed.label}: above {printed.threshold:g}",
                )
        width_axis(ax, widths)
        ax.set_title(f"$d = {d}$")
        ax.set_ylabel(f"${chosen.tex}$" if len(chosen.tex) < 40 else chosen.name)
    return ax


def _draw_band(ax: Axes, name: str, rows: Sequence[Row], index: int) -> None:
    """Median, 5-95 % band and worst draw; series after the first as whiskers beside it."""
    look = looks(range(index + 1))[index]
    m = np.array([row["m"] for row in rows], dtype=float) * 2.0 ** (0.16 * index)
    q05, median, q95, worst = (
        np.array([row[k] for row in rows], dtype=float) for k in ("q05", "median", "q95", "worst")
    )
    if index == 0:
        ax.fill_between(m, q05, q95, color=look.colour, alpha=0.22, lw=0, label=f"{name}: 5–95 % band")
        ax.plot(m, median, color=look.colour, marker=look.marker, label=f"{name}: median")
    else:
        spread = np.abs(np.stack([median - q05, q95 - median]))
        ax.errorbar(
            m,
            median,
            yerr=spread,
            ls="",
            color=look.colour,
            marker=look.marker,
            mfc="white",
            elinewidth=0.9,
            label=f"{name}: median, 5–95 %",
        )
    ax.plot(m, worst, ls="", marker="x+1"[index % 3], ms=4, mew=0.9, color=look.colour, label=f"{name}: worst draw")


def _draw_law(ax: Axes, rv: RV, rows: Sequence[Row], sampled: Sequence[tuple[str, list[Row]]]) -> None:
    """Median and 5-95 % quantiles of the exact law; of draws from it where only those are known."""
    name = "exact law"
    m, values = law_quantiles(rv, rows, (0.05, 0.5, 0.95))
    if not m and sampled:
        name, group = sampled[0]
        m, values = [row["m"] for row in group], [(row["q05"], row["median"], row["q95"]) for row in group]
    if m:
        low, middle, high = zip(*values, strict=True)
        outer: dict[str, Any] = {"color": INK, "ls": (0, (1, 1.3)), "lw": 0.9, "zorder": 3}
        ax.plot(m, middle, color=INK, ls=(0, (5, 1.5)), lw=0.9, label=f"{name}: median", zorder=3)
        ax.plot(m, low, label=f"{name}: 5 %, 95 %", **outer)
        ax.plot(m, high, label="_upper quantile", **outer)


def _draw_sharp(ax: Axes, rv: RV, rows: Sequence[Row], delta: float) -> None:
    """The level all n margins exceed with probability 1 − δ by exact law and union bound, and S4's guarantee at 0."""
    n, d, widths = max(row.get("n", 1) for row in rows), rows[0]["d"], sorted({row["m"] for row in rows})
    scope = "all $n$ margins" if n > 1 else "margin"
    if delta / n >= _LEAST_LEVEL:
        m, levels = law_quantiles(rv, rows, (delta / n,))
        if m:
            label = f"exact law: {scope} above w.p. $\\geq {1 - delta:g}$"
            draw_bound(ax, m, [level for (level,) in levels], above=False, colour="0.4", label=label, width=0.8)
    start = sharp_width(d, n, delta)
    if start is not None and start <= widths[-1]:
        x = [max(start, widths[0]), widths[-1] * 1.25]
        label = f"whp S4: {scope} $> 0$ w.p. $\\geq {1 - delta:g}$"
        draw_bound(ax, x, [0, 0], above=False, colour=_SHARP, label=label, width=1.6)
