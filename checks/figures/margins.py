"""The margin panel: draws of a variable along a size beside its exact law, what is guaranteed and what is claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from matplotlib.axes import Axes

from ...theory.calculus.rounding import rounded
from ..guide import Guides, no_guide
from ..verdict import Result
from .panels import onto, place_axis
from .picture import Axis, Panel, Series
from .style import math_text
from .view import Drawn, Group, Row, View, group_tex, symbol_tex, view_of

__all__ = ["DELTA", "margin_panel", "margin_panels", "plot_margin"]

DELTA = 0.01
_MOST_PANELS, _MOST_SERIES = 4, 2


def plot_margin(
    result: Result | View,
    ax: Axes | None = None,
    *,
    rv: str | None = None,
    data: str | None = None,
    at: Mapping[str, int] | None = None,
    delta: float = DELTA,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """The statement's random variable across its first size that varies, next to its exact law and its bounds.

    Drawn are, per data set, the median with its 5-95 % band and the worst draw; what the guide knows: median, 5 % and
    95 % quantile of the exact law, and the line 0 from where on all samples are positive with probability at least
    1 − δ; and the printed lower bound where its constants are named and it says something.

    Parameters
    ----------
    result : Result or View
    ax : Axes, optional
        Default: the axes of a new figure.
    rv : str, optional
        Name of the random variable; default the one the statement bounds.
    data : str, optional
        Show one data set only.
    at : mapping of str to int, optional
        Values of the other sizes; default the largest ones drawn.
    delta : float
        Failure probability of what the guide guarantees.
    guides : callable, optional
        What is known of random variables beside their draws; nothing unless given. A view has its own.
    words : mapping of str to str, optional
        What sizes are called on axes. A view has its own.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When there are no such draws.
    """
    return onto(margin_panel(view_of(result, guides, words), rv=rv, data=data, at=at, delta=delta), ax, style)


def margin_panels(view: View, delta: float = DELTA) -> list[Panel]:
    """A panel for each value of the other sizes, none where the statement's variable was not drawn."""
    if view.subject is None:
        return []
    drawn = view.drawn()
    groups = drawn.groups()
    if len(groups) > _MOST_PANELS:
        groups = [groups[round(i * (len(groups) - 1) / (_MOST_PANELS - 1))] for i in range(_MOST_PANELS)]
    return [margin_panel(view, at=dict(group), delta=delta) for group in groups]


def margin_panel(
    view: View,
    *,
    rv: str | None = None,
    data: str | None = None,
    at: Mapping[str, int] | None = None,
    delta: float = DELTA,
) -> Panel:
    """The panel of `plot_margin`."""
    drawn = view.drawn(rv)
    rows = drawn.choose(at, data)
    group = drawn.groups(rows)[-1]
    rows = [row for row in rows if drawn.group_of(row) == group]
    named = list(drawn.series(rows).items())
    direct = [s for key, s in named if key[0] == drawn.rv.model.name] or [s for _, s in named]
    series: list[Series] = []
    for i, (name, some) in enumerate(direct[:_MOST_SERIES]):
        series += _draws(drawn, name, some, i)
    series += _law(drawn, rows)
    series += _guaranteed(drawn, group, rows, delta)
    places = drawn.along(rows)
    for printed in drawn.printed:
        telling = [float(x) for x in places if printed.log10(drawn.cell(x, group)) < 0]
        if telling and (printed.threshold != 0 or drawn.guide.log10_bound is None):
            ends = (telling[0], float(places[-1]))
            label = f"{printed.label}: above {rounded(printed.threshold, 4, 'down')}"
            series.append(Series("bound", label, ends, (printed.threshold,) * 2, forbidden="below"))
            break
    trials = sorted({int(row["trials"]) for _, some in direct for row in some})
    notes = ["Median, 5--95\\,\\% band and worst draw"]
    span = f"{trials[0]}" if len(trials) == 1 else f"{trials[0]} to {trials[-1]}"
    notes.append(f"{span} draws at each place")
    return Panel(
        "margin",
        place_axis(view, drawn.axis, map(float, places)),
        Axis(math_text(drawn.rv.tex, drawn.rv.name), "linear", drawn.rv.name),
        tuple(series),
        group_tex(group),
        tuple(notes),
    )


def _draws(drawn: Drawn, name: str, rows: Sequence[Row], curve: int) -> list[Series]:
    x = tuple(float(drawn.at(row)) * (1 + 0.12 * curve) for row in rows)
    middle, low, high, worst = (tuple(float(row[k]) for row in rows) for k in ("median", "q05", "q95", "worst"))
    end = ""
    if curve == 0:
        first = Series("draws", f"{name}: median, 5–95 %", x, middle, low, high, curve, end)
    else:
        first = Series("estimate", f"{name}: median, 5–95 %", x, middle, low, high, curve, end)
    return [first, Series("worst", f"{name}: worst draw", x, worst, curve=curve)]


def _law(drawn: Drawn, rows: Sequence[Row]) -> list[Series]:
    """Median and 5-95 % quantiles of the exact law."""
    x, values = drawn.quantiles(rows, (0.05, 0.5, 0.95))
    if not x:
        return []
    at = tuple(map(float, x))
    label = "exact law: 5, 50, 95 %"
    return [Series("truth", label, at, tuple(float(v[i]) for v in values)) for i in range(3)]


def _guaranteed(drawn: Drawn, group: Group, rows: Sequence[Row], delta: float) -> list[Series]:
    """From where on the guide guarantees that all samples are positive."""
    if drawn.guide.log10_bound is None:
        return []
    most = max(rows, key=drawn.samples_of)
    samples, places = drawn.samples_of(most), drawn.along(rows)
    counts = [count for count in drawn.view.counts if most.get(count) == samples]
    scope = drawn.guide.scope(samples, f"${symbol_tex(counts[0])}$" if counts else "samples'")
    start = drawn.guaranteed_from(group, samples, delta)
    if start is None or start > places[-1]:
        return []
    ends = (float(max(start, places[0])), float(places[-1]))
    if ends[0] == ends[1]:
        return []
    label = f"{drawn.guide.bound_name}: {scope} $> 0$ w.p. $\\geq {_sure(delta)}$"
    return [Series("sharp", label, ends, (0.0, 0.0), forbidden="below")]


def _sure(delta: float) -> str:
    """1 − δ without the digits that a float adds, and never more than that.

    Examples
    --------
    >>> _sure(0.01), _sure(1e-9), _sure(1 / 3)
    ('0.99', '0.999999999', '0.666666666666')
    """
    return rounded(1 - Fraction(repr(delta)), 12, "down")
