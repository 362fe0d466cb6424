"""Panels of single claims: moments, truth against bound, and the constants a claim admits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...theory.calculus.evaluate import number
from ...theory.language.heads import E, Var
from ...theory.language.models import RV
from ...theory.proofs.wick import moment_value
from ..verdict import LinkResult, Outcome, Result, Verdict
from .style import INK, draw_bound, failure_axis, legend_entry, looks, new_axes, style, width_axis
from .view import Row, bound_links, dims_of, enclosed, point_of, point_text, points_of, rows_of

__all__ = ["plot_bound", "plot_moment"]

_LOG10 = math.log(10)


def plot_moment(result: Result, ax: Axes | None = None, *, link: int = 0) -> Axes:
    """A claimed mean, second moment or variance across widths, next to the computed one and the draws.

    Parameters
    ----------
    result : Result
    ax : Axes, optional
    link : int
        Which of the statement's links; its left side is E or Var of one random variable.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the link is no such moment or was not drawn.
    """
    head = result.statement.links[link].lhs
    found = sorted(head.atoms(RV), key=lambda rv: rv.name)
    if not isinstance(head, E | Var) or len(found) != 1:
        raise ValueError(f"link {link} of {result.statement.key} is no moment of one random variable: {head}")
    rv = found[0]
    rows = rows_of(result, rv)
    power = head.args[0].as_base_exp()[1]
    if not rows or power not in (1, 2):
        raise ValueError(f"link {link} of {result.statement.key} has no draws to show")
    claimed, computed = result.statement.links[link].rhs, moment_value(head)
    dims, widths = dims_of(rows), sorted({row["m"] for row in rows})
    colours = looks(dims)
    with style():
        ax = new_axes(ax)
        bars = isinstance(head, E) and power == 1
        for i, dim in enumerate(dims):
            look = colours[dim]
            at = [{"m": m, "d": dim} for m in widths]
            ax.plot(widths, [number(claimed, c) for c in at], color=look.colour, label=f"_claimed, d = {dim}")
            ax.plot(
                widths,
                [number(computed, c) for c in at],
                color=INK,
                ls=(0, (1, 1.2)),
                lw=1.2,
                label=f"_computed, d = {dim}",
            )
            group = [row for row in rows if row["d"] == dim]
            x = [row["m"] for row in group]
            ax.errorbar(
                np.array(x) * 2.0 ** (0.12 * (i - (len(dims) - 1) / 2)),
                [_moment_of(head, row) for row in group],
                yerr=[2 * math.sqrt(row["variance"] / row["trials"]) for row in group] if bars else None,
                elinewidth=0.7,
                ls="",
                marker=look.marker,
                mfc="white",
                color=look.colour,
                label=f"drawn networks, $d = {dim}$",
            )
        legend_entry(ax, "claimed", ls="-")
        legend_entry(ax, "computed exactly", ls=(0, (1, 1.2)), lw=1.2)
        width_axis(ax, widths)
        if isinstance(head, Var):
            ax.set_yscale("log")
        ax.set_ylabel({E: "mean", Var: "variance"}[type(head)] if power == 1 else "second moment")
    return ax


def _moment_of(head: Any, row: Row) -> float:
    if isinstance(head, Var):
        return float(row["variance"])
    square = head.args[0].as_base_exp()[1] == 2
    return float(row["variance"] + row["mean"] ** 2 if square else row["mean"])


def plot_bound(
    result: Result, ax: Axes | None = None, *, link: int = 0, point: Mapping[str, Any] | None = None
) -> Axes:
    """Truth against bound for a probability link, one colour per input dimension, from the outcomes of its cells.

    The truth is drawn as a line where it is known exactly, as a band where it is enclosed (a union over samples or of
    two events lies between its largest part and the sum); a refuted cell is crossed.

    Parameters
    ----------
    result : Result
    ax : Axes, optional
    link : int
        Which of the links whose truth and bound are known at cells (`figure_data.bound_links`).
    point : mapping, optional
        Values of the cell's entries beyond m, d and n; default the first listed.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When no such link or cell exists.
    """
    known = bound_links(result)
    if not 0 <= link < len(known):
        raise ValueError(f"{result.statement.key} has {len(known)} links with truth and bound at cells, found {link}")
    shown = known[link]
    panel = points_of(result, link)
    chosen = dict(panel[0] if point is None else point)
    outcomes = [o for o in shown.outcomes if o.cell and point_of(o) == chosen]
    if not outcomes:
        raise ValueError(f"no cell at {chosen}; the cells are at {panel}")
    with style():
        ax = new_axes(ax)
        _draw_claim(ax, shown, outcomes)
        ax.set_title(point_text(chosen))
    return ax


@dataclass(frozen=True)
class _Curve:
    """Bound and enclosed truth over width, as log10."""

    m: tuple[int, ...]
    bound: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    refuted: tuple[int, ...]


def _curve(link: LinkResult, outcomes: Sequence[Outcome], along: str) -> _Curve:
    group = sorted(outcomes, key=lambda o: _size(o, along))
    low, high = zip(*(enclosed(o, link.link) for o in group), strict=True)
    bound = tuple(o.bound_float / _LOG10 for o in group)
    wrong = tuple(i for i, o in enumerate(group) if o.verdict is Verdict.REFUTED)
    return _Curve(tuple(_size(o, along) for o in group), bound, low, high, wrong)


def _draw_claim(ax: Axes, link: LinkResult, outcomes: Sequence[Outcome]) -> None:
    along = _growing(link)
    others = ("m" if along == "d" else "d", "n")
    curves = {
        key: _curve(link, [o for o in outcomes if _series(o, others) == key], along)
        for key in sorted({_series(o, others) for o in outcomes})
    }
    everywhere = sorted({_series(o, others) for o in link.outcomes if o.cell})
    # Series are colours only where they differ: one line for a quantity or a bound that ignores d and n.
    if len({repr(c) for c in curves.values()}) == 1 and len(curves) == len(everywhere):
        curves, everywhere = {(0, 0): next(iter(curves.values()))}, [(0, 0)]
    colours = looks(everywhere)
    pairs = {(m, round(b, 9)) for c in curves.values() for m, b in zip(c.m, c.bound, strict=True)}
    shared = len(pairs) == len({m for m, _ in pairs})
    if shared:
        m, bound = zip(*sorted(pairs), strict=True)
        draw_bound(ax, m, bound, above=True, colour=INK, label="_claimed bound")
    for key, curve in curves.items():
        look = colours[key]
        words = ", ".join(f"${name} = {value}$" for name, value in zip(others, key, strict=True) if value)
        tail = f", {words}" if words else ""
        if not shared:
            label = f"_claimed bound{tail}"
            draw_bound(ax, curve.m, curve.bound, above=True, colour=look.colour, label=label, marker=look.marker)
        ax.fill_between(curve.m, curve.low, curve.high, color=look.colour, alpha=0.3, lw=0, label=f"_enclosure{tail}")
        if not any(map(math.isfinite, curve.high)):
            continue
        dots: Any = {"ls": (0, (1, 1.2)), "lw": 1.0, "marker": look.marker, "ms": 2.8, "mfc": "white"}
        ax.plot(curve.m, curve.high, color=look.colour, label=f"truth{tail}", **dots)
        if curve.refuted:
            x, y = [curve.m[i] for i in curve.refuted], [curve.low[i] for i in curve.refuted]
            ax.plot(x, y, ls="", marker="x", ms=5, color="black", label="refuted")
    legend_entry(ax, "claimed bound", bound=True)
    found = [y for c in curves.values() for y in (*c.bound, *c.low) if math.isfinite(y)]
    least, most = min([-1.0, *found]), max(found, default=0.0)
    width_axis(ax, [m for c in curves.values() for m in c.m])
    if along == "d":
        ax.set_xlabel("dimension $d$")
    # One scale for all panels of a link.
    if all(o.bound_float / _LOG10 < -0.3 for o in link.outcomes if o.cell) and least < -20:
        failure_axis(ax, 1.4 * least)
    else:
        room = 0.05 * (max(most, 0.0) - least)
        failure_axis(ax, least - room, most=max(most, 0.0) + room, compact=False)
    if most > 0:
        ax.axhline(0, color="0.6", lw=0.5, zorder=0)
    ax.set_ylabel("failure probability")


def _growing(link: LinkResult) -> str:
    """The size on the axis: the width, or the dimension where the width does not vary."""
    widths = {o.cell.get("m") for o in link.outcomes if o.cell}
    return "d" if len(widths) <= 1 and len({o.cell.get("d") for o in link.outcomes if o.cell}) > 1 else "m"


def _series(o: Outcome, others: tuple[str, str]) -> tuple[int, int]:
    first, second = (int(o.cell.get(name, 0)) for name in others)
    return first, second


def _size(o: Outcome, along: str) -> int:
    return int(o.cell.get(along, 1))
