"""Bound-versus-empirical figures of a result, fit for a paper.

Every ``plot_*`` function draws one panel into an `Axes` and returns it; `figure_for` composes the panels a statement
deserves and `caption` says in words what they show. Probabilities are drawn by their log10, so e^{-10000} is a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..guide import Guides, no_guide
from ..verdict import Result
from .claims import plot_bound, plot_moment
from .failure import plot_failure
from .margins import DELTA, plot_margins
from .style import add_legend, full_width, half_width, style
from .view import View, view_of

__all__ = ["figure_for"]

_MOST_PANELS = 4
# A link of which truth and bound are known, and the point at which a panel shows them.
_Panel = tuple[int, dict[str, Any]]


def figure_for(
    result: Result | View,
    *,
    delta: float = DELTA,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> Figure | None:
    """The panels a statement deserves, or None where there is nothing to draw (identities, scalars, definitions).

    A statement about a drawn variable's lower tail, moments or law gets one panel of it across the first size that
    varies for each value of the other sizes, over its failure probability (and its moments, where it claims any); other
    probability statements get truth against bound.

    Parameters
    ----------
    result : Result or View
    delta : float
        Failure probability of what is guaranteed in the panels of draws.
    guides : callable, optional
        ``guides(rv)`` is what is known of a random variable beside its draws (`whp.checks.guide.Guide`), or
        None; nothing unless given. A view has its own.
    words : mapping of str to str, optional
        What sizes are called on axes, such as ``{"k": "rank"}``. A view has its own.

    Returns
    -------
    Figure or None
        In the full width of a venue's page; save it with `save_figure`.
    """
    view = view_of(result, guides, words)
    if view.statement.form == "definition":
        return None
    panels = [(i, point) for i, bounded in enumerate(view.bounds) for point in bounded.points]
    if view.subject is None:
        return _bounds_figure(view, panels[:_MOST_PANELS]) if panels else None
    many = [(i, point) for i, point in panels if point and not view.moments]
    with style():
        return _margins_figure(view, many[:_MOST_PANELS], delta)


def _bounds_figure(view: View, panels: Sequence[_Panel]) -> Figure:
    with style():
        figure = full_width(2.4) if len(panels) > 1 else half_width(2.7)
        row = _rows(figure.subplots(1, len(panels), squeeze=False))
        for ax, (link, point) in zip(row, panels, strict=True):
            plot_bound(view, ax, link=link, point=point)
        _finish(row)
    return figure


def _margins_figure(view: View, bounds: Sequence[_Panel], delta: float) -> Figure:
    drawn, moments = view.drawn(), view.moments
    groups = drawn.groups()
    if len(groups) > _MOST_PANELS:
        groups = [groups[round(i * (len(groups) - 1) / (_MOST_PANELS - 1))] for i in range(_MOST_PANELS)]
    law = drawn.failures_shown
    lower = bool(moments) or law
    heights = [2.45] + [2.35] * lower + [1.9] * bool(bounds)
    figure = full_width(sum(heights))
    parts = _rows(figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False))
    top = _rows(parts.pop(0).subplots(1, len(groups), sharey=True, squeeze=False))
    for ax, group in zip(top, groups, strict=True):
        plot_margins(view, ax, at=dict(group), delta=delta)
    _finish(top)
    if lower:
        row = _rows(parts.pop(0).subplots(1, len(moments) + law, squeeze=False))
        for ax, link in zip(row, moments, strict=False):
            plot_moment(view, ax, link=link)
        if law:
            plot_failure(view, row[-1])
        add_legend(row, beside=len(row) == 1)
    if bounds:
        last = _rows(parts.pop(0).subplots(1, len(bounds), squeeze=False))
        for ax, (link, point) in zip(last, bounds, strict=True):
            plot_bound(view, ax, link=link, point=point)
        _finish(last)
    return figure


def _rows(grid: Any) -> list[Any]:
    return list(np.ravel(grid))


def _finish(row: Sequence[Axes]) -> None:
    for ax in row[1:]:
        ax.set_ylabel("")
    add_legend(row)
