"""Bound-versus-empirical figures of a result, fit for a paper.

Every ``plot_*`` function draws one panel into an `Axes` and returns it; `figure_for` composes the panels a statement
deserves and `caption` says in words what they show. Probabilities are drawn by their log10, so e^{-10000} is a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...theory.language.heads import E, Var
from ...theory.language.models import RV
from ..verdict import Result
from ..zhang2023.figures.guides import is_margin
from .claims import plot_bound, plot_moment
from .failure import plot_failure
from .margins import DELTA, plot_margins
from .style import add_legend, full_width, half_width, style
from .view import bound_links, dims_of, points_of, printed_bounds, rows_of, subject

__all__ = ["figure_for"]

_MOST_PANELS = 4


def figure_for(result: Result, *, delta: float = DELTA) -> Figure | None:
    """The panels a statement deserves, or None where there is nothing to draw (identities, scalars, definitions).

    A statement about a margin gets one panel per input dimension of the margin across widths, over its failure
    probability (and its moments, where it claims any); other probability statements get truth against bound.

    Parameters
    ----------
    result : Result
    delta : float
        Failure probability of the sharp bound in the margins' panels.

    Returns
    -------
    Figure or None
        In the full width of a venue's page; save it with `save_figure`.
    """
    if result.statement.form == "definition":
        return None
    chosen = subject(result)
    panels = [(i, point) for i, _ in enumerate(bound_links(result)) for point in points_of(result, i)]
    if chosen is None:
        return _bounds_figure(result, panels[:_MOST_PANELS]) if panels else None
    moments = [i for i, link in enumerate(result.statement.links) if _is_drawn_moment(result, link.lhs)]
    many = [(i, point) for i, point in panels if point and not moments]
    with style():
        return _margins_figure(result, chosen, moments, many[:_MOST_PANELS], delta)


def _is_drawn_moment(result: Result, head: Any) -> bool:
    drawn = {row["rv"] for row in result.draws}
    rvs = head.atoms(RV)
    return isinstance(head, E | Var) and len(rvs) == 1 and all(rv.name in drawn for rv in rvs)


def _bounds_figure(result: Result, panels: Sequence[tuple[int, dict[str, Any]]]) -> Figure:
    with style():
        figure = full_width(2.4) if len(panels) > 1 else half_width(2.7)
        row = _rows(figure.subplots(1, len(panels), squeeze=False))
        for ax, (link, point) in zip(row, panels, strict=True):
            plot_bound(result, ax, link=link, point=point)
        _finish(row)
    return figure


def _margins_figure(
    result: Result, rv: RV, moments: Sequence[int], bounds: Sequence[tuple[int, dict[str, Any]]], delta: float
) -> Figure:
    dims = dims_of(rows_of(result, rv))
    if len(dims) > _MOST_PANELS:
        dims = [dims[round(i * (len(dims) - 1) / (_MOST_PANELS - 1))] for i in range(_MOST_PANELS)]
    law = is_margin(rv, {"m": 1, "d": 1}) or any(p.threshold == 0 for p in printed_bounds(result, rv))
    lower = bool(moments) or law
    heights = [2.45] + [2.35] * lower + [1.9] * bool(bounds)
    figure = full_width(sum(heights))
    parts = _rows(figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False))
    top = _rows(parts.pop(0).subplots(1, len(dims), sharey=True, squeeze=False))
    for ax, d in zip(top, dims, strict=True):
        plot_margins(result, ax, d=d, delta=delta)
    _finish(top)
    if lower:
        row = _rows(parts.pop(0).subplots(1, len(moments) + law, squeeze=False))
        for ax, link in zip(row, moments, strict=False):
            plot_moment(result, ax, link=link)
        if law:
            plot_failure(result, row[-1])
        add_legend(row, beside=len(row) == 1)
    if bounds:
        last = _rows(parts.pop(0).subplots(1, len(bounds), squeeze=False))
        for ax, (link, point) in zip(last, bounds, strict=True):
            plot_bound(result, ax, link=link, point=point)
        _finish(last)
    return figure


def _rows(grid: Any) -> list[Any]:
    return list(np.ravel(grid))


def _finish(row: Sequence[Axes]) -> None:
    for ax in row[1:]:
        ax.set_ylabel("")
    add_legend(row)
