"""The slack panel: how much a bound gives away, and the terms panel: of what it is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from sympy import Add, Expr, expand_mul, latex

from ...theory.language.heads import Head
from ...theory.language.models import RV
from ..guide import Guides, no_guide
from ..verdict import Result
from .panels import curves_of, entry_words, onto, panel_title, parts_of, place_axis
from .picture import Axis, Panel, Series
from .points import framed, log10
from .style import math_text
from .view import View, view_of

__all__ = ["plot_slack", "plot_terms", "slack_panels", "terms_panels"]

_DEEP, _MOST_TERMS = 25.0, 6


def plot_slack(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int | None = None,
    part: int = 0,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """Bound over truth of a probability link along a size: 1 would be sharp, below 1 it is refuted.

    Parameters
    ----------
    result, ax, link, part, guides, words
        As of `plot_failure`.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When truth and bound are known nowhere.

    Examples
    --------
    >>> from whp.checks import check
    >>> plot_slack(check("P(chi2(k) >= 2*k) <= exp(-k/7)", size="k=1:16")).get_ylabel()
    'bound / truth'
    """
    view = view_of(result, guides, words)
    return onto(_one(view, slack_panels, link, part, "truth and bound at cells"), ax, style)


def plot_terms(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int | None = None,
    part: int = 0,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """The terms that a claimed bound adds up, along a size: the largest decides.

    Parameters
    ----------
    result, ax, link, part, guides, words
        As of `plot_failure`.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When no bound is a sum of several terms.

    Examples
    --------
    >>> from whp.checks import check
    >>> ax = plot_terms(check("P(chi2(k) >= 2*k) <= exp(-k/9) + exp(-k**2)", size="k=1:16"))
    >>> len(ax.get_lines()) >= 3
    True
    """
    view = view_of(result, guides, words)
    return onto(_one(view, terms_panels, link, part, "a bound of several terms"), ax, style)


def _one(view: View, panels: Any, link: int | None, part: int, what: str) -> Panel:
    links = range(len(view.result.links)) if link is None else [link] if link < len(view.result.links) else []
    found: list[Panel] = next((some for i in links if (some := panels(view, i))), [])
    if not 0 <= part < len(found):
        where = "no link" if link is None else f"link {link}"
        raise ValueError(f"{view.statement.key}: {where} has {what}{f' in panel {part}' if found else ''}")
    panel: Panel = found[part]
    return panel


def slack_panels(view: View, link: int) -> list[Panel]:
    """Bound over truth, none where these are known nowhere."""
    if view.result.links[link].link.kind != "probability":
        return []
    points = [p for p in view.points(link) if math.isfinite(p.bound) and math.isfinite(p.high) and p.bound <= 0]
    if not points:
        return []
    frame = framed([p.cell for p in points], view.sizes, sorted(view.counts))
    found = []
    for key in parts_of(points, frame):
        mine = [p for p in points if frame.panel_of(p.cell) == key]
        chosen = curves_of(mine, frame)
        series: list[Series] = []
        for i, name in enumerate(chosen):
            some = sorted((p for p in mine if frame.curve_of(p.cell) == name), key=lambda p: frame.at(p.cell))
            x, y = tuple(frame.at(p.cell) for p in some), tuple(p.bound - p.high for p in some)
            wide = any(p.high - p.low > 0.01 for p in some)
            low = y if wide else ()
            high = tuple(p.bound - p.low for p in some) if wide else ()
            curve, end = (i, entry_words(name)) if len(chosen) > 1 else (-1, "")
            series.append(Series("line", "bound / truth", x, y, low, high, curve, end))
            wrong = [p for p in some if p.refuted]
            if wrong:
                at = tuple(frame.at(p.cell) for p in wrong)
                series.append(
                    Series("refuted", "refuted here", at, tuple(p.bound - p.high for p in wrong), curve=curve)
                )
        places = [frame.at(p.cell) for p in mine]
        series.append(Series("level", "sharp", (min(places), max(places)), (0.0, 0.0)))
        deep = max(v for s in series for v in s.y) > _DEEP
        label = "bound / truth" + ("\n(exponents on a log scale)" if deep else "")
        found.append(
            Panel(
                "slack",
                place_axis(view, frame.axis, places),
                Axis(label, "exponent" if deep else "ratio", "log10 of bound / truth"),
                tuple(series),
                panel_title(view, link, frame, key),
            )
        )
    return found


def terms_panels(view: View, link: int) -> list[Panel]:
    """The addends of a claimed bound, none where it has one only."""
    stated = view.result.links[link].link
    excluded = stated.excluded
    whole: Expr = stated.rhs if excluded is None else excluded.bound
    whole = whole.xreplace(dict(view.named))
    if whole.atoms(RV) or whole.atoms(Head):
        return []
    terms = Add.make_args(expand_mul(whole))
    points = view.points(link)
    if len(terms) < 2 or not points:
        return []
    frame = framed([p.cell for p in points], view.sizes, sorted(view.counts))
    # One curve of cells: several terms at several sizes are more than a panel bears.
    keys = sorted({(frame.panel_of(p.cell), frame.curve_of(p.cell)) for p in points})
    found = []
    for key, name in keys[:: max(1, -(-len(keys) // 3))][:3]:
        mine = [p for p in points if (frame.panel_of(p.cell), frame.curve_of(p.cell)) == (key, name)]
        mine.sort(key=lambda p: frame.at(p.cell))
        series = []
        for i, term in enumerate(terms[:_MOST_TERMS]):
            at = [(frame.at(p.cell), v) for p in mine if (v := log10(term, p.cell)) == v]
            if at:
                words = math_text(latex(term), f"term {i + 1}", 44)
                x, y = zip(*at, strict=True)
                series.append(Series("line", words, x, y, curve=i))
        at = [(frame.at(p.cell), v) for p in mine if (v := log10(whole, p.cell)) == v]
        if len(series) < 2 or not at:
            continue
        x, y = zip(*at, strict=True)
        series = series[: _MOST_TERMS - 1]
        series.append(Series("bound", "their sum", x, y, forbidden="" if excluded is None else "above"))
        deep = min(v for s in series for v in s.y) < -_DEEP
        label = "terms of the bound" + ("\n(exponents on a log scale)" if deep else "")
        title = panel_title(view, link, frame, (*key, *name))
        found.append(
            Panel(
                "terms",
                place_axis(view, frame.axis, [frame.at(p.cell) for p in mine]),
                Axis(label, "exponent" if deep else "probability", "log10 of the term"),
                tuple(series),
                title,
            )
        )
    return found
