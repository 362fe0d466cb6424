"""Figures of results: one view per result, one panel per question."""

from __future__ import annotations

from .captions import caption
from .claims import plot_bound, plot_moment
from .compose import figure_for
from .failure import plot_failure
from .frontier import plot_frontier
from .margins import plot_margins
from .style import save_figure
from .view import View

__all__ = [
    "View",
    "caption",
    "figure_for",
    "plot_bound",
    "plot_failure",
    "plot_frontier",
    "plot_margins",
    "plot_moment",
    "save_figure",
]
