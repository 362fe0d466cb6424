"""Panels of single claims: moments, and truth against bound."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from sympy import Expr

from ...theory.calculus.evaluate import number
from ...theory.language.cells import Cell, cell_text
from ...theory.language.heads import E, Var
from ...theory.language.models import RV
from ...theory.proofs.wick import moment_value
from ..guide import Guides, no_guide
from ..verdict import Outcome, Result, Verdict
from .style import INK, Look, draw_bound, failure_axis, legend_entry, looks, new_axes, size_axis, style
from .view import Bounded, Drawn, Group, Row, View, constants_text, group_tex, moment_of, view_of

__all__ = ["plot_bound", "plot_moment"]

_LOG10 = math.log(10)
_FAR = 1000.0  # powers of ten


def plot_moment(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int = 0,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> Axes:
    """A claimed mean, second moment or variance across a size, next to the computed one and the draws.

    Parameters
    ----------
    result : Result or View
    ax : Axes, optional
    link : int
        Which of the statement's links; its left side is E or Var of one random variable.
    guides, words : optional
        Those of `plot_margins`; a view has its own.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the link is no such moment or was not drawn.
    """
    view = view_of(result, guides, words)
    s = view.statement
    head = s.links[link].lhs
    known = moment_of(head)
    if known is None:
        raise ValueError(
            f"link {link} of {s.key} is no moment that a figure shows (a mean, a second moment or a variance): {head}"
        )
    rv, power = known
    drawn = view.draws_of(rv)
    if not drawn.rows:
        raise ValueError(f"link {link} of {s.key} has no draws to show")
    groups, places = drawn.groups(), drawn.along()
    colours = looks(groups)
    computed = _computed(head)
    dots: Any = {"ls": (0, (1, 1.2)), "lw": 1.2}
    with style():
        ax = new_axes(ax)
        bars = isinstance(head, E) and power == 1
        for i, group in enumerate(groups):
            look = colours[group]
            tail = "".join(f", {cell_text({k: v})}" for k, v in group)
            for point in s.exact_points:
                at = [{**drawn.cell(x, group), **point} for x in places]
                _draw_line(ax, places, s.links[link].rhs, at, color=look.colour, label=f"_claimed{tail}")
                if computed is not None:
                    _draw_line(ax, places, computed, at, color=INK, label=f"_computed{tail}", **dots)
            some = [row for row in drawn.rows if drawn.group_of(row) == group]
            x = np.array([drawn.at(row) for row in some])
            ax.errorbar(
                x * 2.0 ** (0.12 * (i - (len(groups) - 1) / 2)),
                [_moment_of(head, row) for row in some],
                yerr=[2 * math.sqrt(row["variance"] / row["trials"]) for row in some] if bars else None,
                elinewidth=0.7,
                ls="",
                marker=look.marker,
                mfc="white",
                color=look.colour,
                label=_drawn_label(drawn, group),
            )
        legend_entry(ax, "claimed", ls="-")
        if computed is not None:
            legend_entry(ax, "computed exactly", **dots)
        size_axis(ax, places, view.label(drawn.axis))
        if isinstance(head, Var):
            ax.set_yscale("log")
        ax.set_ylabel({E: "mean", Var: "variance"}[type(head)] if power == 1 else "second moment")
    return ax


def _computed(head: Expr) -> Expr | None:
    """The moment in closed form; None where the random variable has no form that has one."""
    try:
        return moment_value(head)
    except (ValueError, NotImplementedError):
        return None


def _draw_line(ax: Axes, places: Sequence[int], value: Expr, cells: Sequence[Cell], **look: Any) -> None:
    """A formula across the axis; nothing where it needs more than the cells have."""
    if not value.atoms(RV) and all({x.name for x in value.free_symbols} <= cell.keys() for cell in cells):
        alone: dict[str, Any] = {"marker": "_", "ms": 14} if len(places) == 1 else {}
        ax.plot(places, [number(value, cell) for cell in cells], **alone, **look)


def _drawn_label(drawn: Drawn, group: Group) -> str:
    return ", ".join(part for part in (f"drawn {drawn.guide.drawn}".rstrip(), group_tex(group)) if part)


def _moment_of(head: Any, row: Row) -> float:
    if isinstance(head, Var):
        return float(row["variance"])
    square = head.args[0].as_base_exp()[1] == 2
    return float(row["variance"] + row["mean"] ** 2 if square else row["mean"])


def plot_bound(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int = 0,
    point: Mapping[str, Any] | None = None,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> Axes:
    """Truth against bound for a probability link, one colour per value of the other sizes, from its cells' outcomes.

    The truth is drawn as a line where it is known exactly, as a band where it is enclosed (a union over samples or of
    two events lies between its largest part and the sum); a refuted cell is crossed.

    Parameters
    ----------
    result : Result or View
    ax : Axes, optional
    link : int
        Which of the links whose truth and bound are known at cells (`View.bounds`).
    point : mapping, optional
        Values of the cell's entries beyond the sizes; default the first listed.
    guides, words : optional
        Those of `plot_margins`; a view has its own.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When no such link or cell exists.
    """
    view = view_of(result, guides, words)
    known = view.bounds
    if not 0 <= link < len(known):
        raise ValueError(f"{view.statement.key} has {len(known)} links with truth and bound at cells, found {link}")
    shown = known[link]
    chosen = dict(shown.points[0] if point is None else point)
    outcomes = shown.outcomes_at(chosen)
    if not outcomes:
        raise ValueError(f"no cell at {chosen}; the cells are at {list(shown.points)}")
    with style():
        ax = new_axes(ax)
        _draw_claim(ax, view, shown, outcomes)
        ax.set_title(constants_text(chosen))
    return ax


@dataclass(frozen=True)
class _Curve:
    """Bound and enclosed truth along the axis, as log10."""

    at: tuple[int, ...]
    bound: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    refuted: tuple[int, ...]


def _curve(shown: Bounded, outcomes: Sequence[Outcome]) -> _Curve:
    group = sorted(outcomes, key=shown.at)
    low, high = zip(*(shown.enclosed(o) for o in group), strict=True)
    bound = tuple(o.bound_float / _LOG10 for o in group)
    wrong = tuple(i for i, o in enumerate(group) if o.verdict is Verdict.REFUTED)
    return _Curve(tuple(shown.at(o) for o in group), bound, low, high, wrong)


def _draw_claim(ax: Axes, view: View, shown: Bounded, outcomes: Sequence[Outcome]) -> None:
    curves = {
        key: _curve(shown, [o for o in outcomes if shown.group_of(o) == key])
        for key in sorted({shown.group_of(o) for o in outcomes})
    }
    everywhere = sorted({shown.group_of(o) for o in shown.outcomes})
    # Series are colours only where they differ: one line for a quantity or a bound that ignores the other sizes.
    if len({repr(c) for c in curves.values()}) == 1 and len(curves) == len(everywhere):
        curves, everywhere = {(): next(iter(curves.values()))}, [()]
    colours = looks(everywhere)
    pairs = {(x, round(b, 9)) for c in curves.values() for x, b in zip(c.at, c.bound, strict=True)}
    shared = len(pairs) == len({x for x, _ in pairs})
    if shared:
        places, bound = zip(*sorted(pairs), strict=True)
        draw_bound(ax, places, bound, above=True, colour=INK, label="_claimed bound")
    for key, curve in curves.items():
        look = colours[key]
        tail = f", {group_tex(key)}" if key else ""
        if not shared:
            label = f"_claimed bound{tail}"
            draw_bound(ax, curve.at, curve.bound, above=True, colour=look.colour, label=label, marker=look.marker)
        ax.fill_between(curve.at, curve.low, curve.high, color=look.colour, alpha=0.3, lw=0, label=f"_enclosure{tail}")
        if not any(map(math.isfinite, curve.high)):
            continue
        dots: Any = {"ls": (0, (1, 1.2)), "lw": 1.0, "marker": look.marker, "ms": 2.8, "mfc": "white"}
        ax.plot(curve.at, curve.high, color=look.colour, label=f"truth{tail}", **dots)
        if curve.refuted:
            x, y = [curve.at[i] for i in curve.refuted], [curve.low[i] for i in curve.refuted]
            ax.plot(x, y, ls="", marker="x", ms=5, color="black", label="refuted")
    limits = _draw_limits(ax, shown, outcomes, colours if len(colours) > 1 else {})
    legend_entry(ax, "claimed bound", bound=True)
    found = [y for c in curves.values() for y in (*c.bound, *c.low) if math.isfinite(y)] + limits
    least, most = min([-1.0, *found]), max(found, default=0.0)
    size_axis(ax, [x for c in curves.values() for x in c.at], view.label(shown.axis))
    # One scale for all panels of a link.
    if all(o.bound_float / _LOG10 < -0.3 for o in shown.outcomes) and least < -20:
        failure_axis(ax, 1.4 * least)
    else:
        room = 0.05 * (max(most, 0.0) - least)
        failure_axis(ax, least - room, most=max(most, 0.0) + room, compact=False)
    if most > 0:
        ax.axhline(0, color="0.6", lw=0.5, zorder=0)
    ax.set_ylabel("failure probability")


def _draw_limits(ax: Axes, shown: Bounded, outcomes: Sequence[Outcome], colours: Mapping[Group, Look]) -> list[float]:
    """The limits of sampled probabilities as bars, refuting ones crossed at their lower end; returns the ordinates."""
    ends = []
    for o in outcomes:
        known = shown.limits(o)
        if known is None:
            continue
        low, high = known
        look = colours.get(shown.group_of(o))
        colour, x = INK if look is None else look.colour, shown.at(o)
        ends += [high, low] if math.isfinite(low) else [high]
        # Without a failure there is no lower limit: the bar goes out of the panel.
        bottom = low if math.isfinite(low) else high - _FAR
        ax.plot([x, x], [bottom, high], color=colour, lw=0.9, solid_capstyle="butt", label="_limits")
        ax.plot(x, high, ls="", marker="_", ms=5, color=colour, label="_upper limit")
        if o.verdict is Verdict.REFUTED:
            ax.plot(x, low, ls="", marker="x", ms=5, color="black", label="refuted")
    if ends:
        legend_entry(ax, "limits of draws", lw=0.9)
    return ends
