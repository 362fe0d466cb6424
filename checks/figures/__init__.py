"""Figures of results: numbers first (`Picture`), then one way to draw them and one to lay them out."""

from __future__ import annotations

from .captions import caption
from .compose import KINDS, figure_for, picture_of
from .density import plot_density
from .failure import plot_failure
from .frontier import plot_frontier
from .layout import lay_out
from .margins import plot_margin
from .phase import plot_phase
from .picture import Axis, Panel, Picture, Series
from .save import save_figure
from .slack import plot_slack, plot_terms
from .style import VENUES, Style
from .trend import plot_trend
from .view import View

__all__ = [
    "KINDS",
    "VENUES",
    "Axis",
    "Panel",
    "Picture",
    "Series",
    "Style",
    "View",
    "caption",
    "figure_for",
    "lay_out",
    "picture_of",
    "plot_density",
    "plot_failure",
    "plot_frontier",
    "plot_margin",
    "plot_phase",
    "plot_slack",
    "plot_terms",
    "plot_trend",
    "save_figure",
]
