"""The density panel: the exact law of what a claim speaks of, with the value it is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from sympy import latex

from ...theory.calculus.evaluate import number
from ...theory.language.cells import Cell
from ...theory.language.events import Event
from ...theory.language.models import RV
from ...theory.laws.protocol import ScalarLaw
from ..deciders.tails import law_at
from ..guide import Guides, no_guide
from ..verdict import Result
from .panels import entry_words, onto, spread
from .picture import Axis, Panel, Series
from .points import WRONG
from .style import math_text
from .view import View, view_of

__all__ = ["density_panels", "plot_density"]

_PLACES, _CURVES, _TAIL = 81, 3, 1e-3
_FAR, _STEPS = 1e6, 60


def plot_density(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int | None = None,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """The density of the variable that a probability link speaks of, at a few sizes, by its exact law.

    Drawn between the quantiles at 0.1 % and 99.9 %, with a dotted line at the value that it is compared with where this
    is the same at all sizes. A law on integers is drawn as steps.

    Parameters
    ----------
    result, ax, link, guides, words
        As of `plot_failure`.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When no variable of the statement has a law that is known in floats.

    Examples
    --------
    >>> from whp.checks import check
    >>> plot_density(check("P(chi2(k) >= 2*k) <= exp(-k/7)", size="k=4,16")).get_ylabel()
    'density'
    """
    view = view_of(result, guides, words)
    links = range(len(view.result.links)) if link is None else [link]
    found = next((panels for i in links if (panels := density_panels(view, i))), [])
    if not found:
        raise ValueError(f"{view.statement.key} speaks of no variable whose exact law is known in floats at its cells")
    return onto(found[0], ax, style)


def density_panels(view: View, link: int) -> list[Panel]:
    """The density of a link's variable, none where its law is not known."""
    excluded = view.result.links[link].link.excluded
    event = next((e for e in (() if excluded is None else excluded.events) if isinstance(e.value, RV)), None)
    if event is None:
        return []
    cells = list(
        {tuple((n, v) for n, v in p.cell.items() if n not in view.counts): p.cell for p in view.points(link)}.values()
    )
    rv = event.value
    series: list[Series] = []
    levels: set[float | None] = set()
    own = [tuple((n, c[n]) for n in (rv.model.names or c) if n in c) for c in cells]
    for key in spread(sorted(set(own)), _CURVES):
        cell = cells[own.index(key)]
        try:
            x, y = _density(law_at(rv, cell))
        except WRONG:
            continue
        i = len(series)
        series.append(Series("line", "exact density", x, y, curve=i, end=entry_words(key)))
        levels.add(_level(event, cell))
    if not series:
        return []
    if len(series) == 1:
        series = [Series("line", "exact density", series[0].x, series[0].y, end="")]
    top = max(v for s in series for v in s.y)
    if len(levels) == 1 and (level := levels.pop()) is not None:
        low, high = (f(v for s in series for v in s.x) for f in (min, max))
        if low <= level <= high:
            words = math_text(latex(event.bound), "compared with", 30)
            series.append(Series("level", words, (level, level), (0.0, top)))
    return [Panel("density", Axis(math_text(latex(rv), rv.name), "linear", rv.name), Axis("density"), tuple(series))]


def _level(event: Event, cell: Cell) -> float | None:
    try:
        return float(number(event.bound, cell))
    except WRONG:
        return None


def _density(law: ScalarLaw) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Places, and the mass around each over the width of its surroundings."""
    low, high = _quantile(law, _TAIL), _quantile(law, 1 - _TAIL)
    if not high > low:
        raise ValueError("the law has one value")
    edges = np.linspace(low, high, _PLACES)
    below = np.array([math.exp(law.log_probability("<=", float(t))) for t in edges])
    heights = np.diff(below) / np.diff(edges)
    middles = (edges[1:] + edges[:-1]) / 2
    return tuple(map(float, middles)), tuple(map(float, heights))


def _quantile(law: ScalarLaw, level: float) -> float:
    low, high = -1.0, 1.0
    while _below(law, low) > level and low > -_FAR:
        low *= 2
    while _below(law, high) < level and high < _FAR:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _below(law, middle) < level:
            low = middle
        else:
            high = middle
        if high - low <= 1e-4 * max(abs(low), abs(high), 1e-3):
            break
    return (low + high) / 2


def _below(law: ScalarLaw, t: float) -> float:
    return math.exp(law.log_probability("<=", t))
