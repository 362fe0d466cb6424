"""The failure panel: how probable is what a claim excludes, exactly, drawn, claimed and by the sharp bound."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from sympy import latex

from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ..deciders.stats import ALPHA, clopper_pearson
from ..guide import NOTHING_KNOWN, Guides, no_guide
from ..verdict import Result
from .panels import curves_of, entry_words, onto, panel_title, parts_of, place_axis
from .picture import Axis, Panel, Series
from .points import Frame, Point, framed
from .style import math_text
from .view import Row, View, view_of

__all__ = ["failure_panels", "plot_failure"]

_LOG10 = math.log(10)
# log10 of probabilities below which a logarithm of the exponent shows more than the exponent.
_DEEP = -25.0
_SAME = 1e-9
# An enclosure that is wider, in log10, is drawn as a band.
_WIDE, _BAND = 0.01, "exact (in the band)"


def plot_failure(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int | None = None,
    part: int = 0,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """The probability of what a link excludes beside the claimed bound on it, one curve per value of the other sizes.

    Drawn are the exact probability (a band where it is enclosed: a union over samples or of two events lies between its
    largest part and the sum), estimates from draws with exact limits, the claimed bound with its forbidden side
    hatched, the sharp bound that the guide knows, and a cross at every refuted cell.

    Parameters
    ----------
    result : Result or View
    ax : Axes, optional
        Default: the axes of a new figure. In axes of one's own the legend is left to ``ax.legend``.
    link : int, optional
        Which of the statement's links; default the first that is about a probability.
    part : int
        Which panel, where the listed values of other parameters need several.
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
        When there is no such link, or nothing is known of it at cells.

    Examples
    --------
    >>> from whp.checks import check
    >>> ax = plot_failure(check("P(chi2(k) >= 2*k) <= exp(-k/7)", size="k=1:16"))
    >>> ax.get_xlabel()
    '$k$'
    """
    view = view_of(result, guides, words)
    known = [i for i, found in enumerate(view.result.links) if found.link.kind == "probability"]
    if link is None:
        link = next((i for i in known if view.points(i)), known[0] if known else 0)
    if link not in known:
        raise ValueError(f"{view.statement.key} has no link {link} about a probability; such are {known or 'none'}")
    found = failure_panels(view, link)
    if not 0 <= part < len(found):
        raise ValueError(
            f"link {link} of {view.statement.key} has {len(found)} panels of truth and bound at cells, found {part}"
        )
    return onto(found[part], ax, style)


@dataclass
class _Curves:
    """The series of a panel as they are collected: points by role and curve."""

    found: dict[tuple[Any, ...], list[tuple[float, ...]]] = field(default_factory=dict)

    def add(self, role: str, label: str, curve: int, *numbers: float) -> None:
        self.found.setdefault((role, label, curve), []).append(numbers)

    def series(self, ends: Mapping[int, str], forbidden: Mapping[str, Any]) -> list[Series]:
        made = []
        for (role, label, curve), numbers in self.found.items():
            columns = list(zip(*sorted(numbers), strict=True))
            low, high = (columns[2], columns[3]) if len(columns) > 2 else ((), ())
            side = forbidden.get(role, "")
            made.append(Series(role, label, columns[0], columns[1], low, high, curve, ends.get(curve, ""), side))
        return made


def failure_panels(view: View, link: int) -> list[Panel]:
    """The panels of one probability link, none where nothing is known of it at cells."""
    points = list(view.points(link))
    if not points:
        return []
    frame = framed([p.cell for p in points], view.sizes, sorted(view.counts))
    said = [p for p in points if p.bound <= 0 or math.isfinite(p.high) or p.limits is not None]
    shown = parts_of(said or points, frame)
    found = [_panel(view, link, frame, [p for p in points if frame.panel_of(p.cell) == key], key) for key in shown]
    return [panel for panel in found if panel.series]


def _panel(view: View, link: int, frame: Frame, points: Sequence[Point], key: tuple[Any, ...]) -> Panel:
    stated = view.result.links[link].link
    excluded = stated.excluded
    fades = excluded is None and stated.failure is not None
    chosen = curves_of(points, frame)
    numbers = {name: i for i, name in enumerate(chosen)} if len(chosen) > 1 else dict.fromkeys(chosen, -1)
    ends = {i: entry_words(name) for name, i in numbers.items() if name}
    kept = [p for p in points if frame.curve_of(p.cell) in numbers]
    curves = _Curves()
    telling = any(p.bound <= 0 for p in kept)
    claimed = "claimed: at most" if excluded is not None else "claimed"
    for p in kept:
        x, curve = frame.at(p.cell), numbers[frame.curve_of(p.cell)]
        if math.isfinite(p.bound) and (p.bound <= 0 or not telling):
            curves.add("bound", claimed, curve, x, p.bound)
        if math.isfinite(p.high):
            wide = p.high - p.low > _WIDE
            curves.add("truth", _BAND if wide else "exact", curve, x, p.high, *((p.low, p.high) if wide else ()))
        if p.limits is not None:
            low, high = p.limits
            if math.isfinite(low) or math.isfinite(p.share):
                at = p.share if math.isfinite(p.share) else (low + high) / 2
                curves.add("estimate", "draws: share, limits", curve, x, at, low, high)
            else:
                curves.add("limit", "no case in the draws: limit", curve, x, high)
        sharp, name = _sharp(view, link, p)
        if math.isfinite(sharp) and abs(sharp - p.bound) > _SAME and sharp <= 0:
            curves.add("sharp", name, curve, x, sharp)
        if p.refuted:
            at = next((v for v in (*(p.limits or ())[:1], p.low, p.high) if math.isfinite(v)), p.bound)
            curves.add("refuted", "refuted here", curve, x, at)
    compared = _estimates(view, link, frame, curves, numbers, key)
    forbidden = {"bound": "above"} if excluded is not None else {}
    series = _merged(curves.series(ends, forbidden), len(numbers))
    if frame.loose:
        series = [piece for s in series for piece in _pieces(s)]
    least = min((v for s in series for v in (*s.y, *s.low) if math.isfinite(v)), default=-1.0)
    deep = least < _DEEP
    label = _event(view, link)
    if deep:
        label += "\n(exponents on a log scale)"
    title = panel_title(view, link, frame, key)
    notes = _notes(points, frame, chosen, telling, compared)
    if excluded is not None and any(s.label == _BAND for s in series):
        notes.append(_of_band(excluded))
    if fades:
        notes.append("Claimed is that the probability tends to 0")
    return Panel(
        "failure",
        place_axis(view, frame.axis, [frame.at(p.cell) for p in kept]),
        Axis(label, "exponent" if deep else "probability", "log10 of the probability"),
        tuple(series),
        title,
        tuple(notes),
    )


def _of_band(excluded: Excluded) -> str:
    """What a caption says of the band that a probability lies in, in LaTeX."""
    if excluded.samples is not None:
        return (
            f"The exact probability that some of the ${latex(excluded.samples)}$ samples fail lies in the band: "
            "at least that of one of them, at most the sum over all"
        )
    if len(excluded.events) > 1:
        return "The exact probability lies in the band: at least that of the likeliest event, at most the sum of all"
    return "The exact probability lies in the band"


def _pieces(series: Series) -> list[Series]:
    """The points of a series that lie on no curve."""
    if series.role not in ("bound", "sharp", "truth"):
        return [series]
    low = series.low or series.y
    high = series.high or series.y
    if series.role == "truth":
        return [Series("point", series.label, series.x, series.y, low, high)]
    at = zip(series.x, series.y, strict=True)
    return [Series(series.role, series.label, (x,), (y,), curve=series.curve) for x, y in at]


def _event(view: View, link: int) -> str:
    """What the probability is of."""
    stated = view.result.links[link].link
    excluded = stated.excluded or stated.failure
    if excluded is None or len(excluded.events) != 1 or excluded.samples is not None:
        return "failure probability" if excluded is not None else "probability"
    event = excluded.events[0]
    return math_text(rf"\mathbb{{P}}({latex(event)})", "failure probability", 34)


def _sharp(view: View, link: int, p: Point) -> tuple[float, str]:
    """log10 of the sharp bound at a point, and what it is called; NaN where none is known."""
    stated = view.result.links[link].link
    excluded = stated.excluded
    if excluded is None or len(excluded.events) != 1 or stated.given:
        return math.nan, ""
    event = excluded.events[0]
    if not isinstance(event.value, RV) or event.relation not in ("<", "<=") or event.bound != 0:
        return math.nan, ""
    guide = view.guides(event.value) or NOTHING_KNOWN
    if guide.log10_bound is None:
        return math.nan, ""
    try:
        bound = guide.log10_bound(p.cell) + math.log10(excluded.samples_at(p.cell))
    except (KeyError, ValueError):
        return math.nan, ""
    return bound, f"sharp bound ({guide.bound_name})"


def _estimates(
    view: View, link: int, frame: Frame, curves: _Curves, numbers: Mapping[Any, int], key: tuple[Any, ...]
) -> list[Row]:
    """Estimates from draws with exact limits, where the event is one that draws count: a value of at most 0."""
    stated = view.result.links[link].link
    excluded = stated.excluded
    if excluded is None or len(excluded.events) != 1 or stated.given or key:
        return []
    event = excluded.events[0]
    if not isinstance(event.value, RV) or event.relation not in ("<", "<=") or event.bound != 0:
        return []
    column = "some_nonpositive" if excluded.samples is not None else "nonpositive"
    rows = []
    for row in view.draws_of(event.value).rows:
        cell = {n: row[n] for n in (*view.sizes, *view.counts) if n in row}
        curve = tuple((n, cell.get(n, v)) for n, v in _like(frame, cell))
        matches = all(cell.get(n, v) == v for n, v in frame.fixed.items())
        own = row["model"] == event.value.model.name
        if column in row and own and matches and curve in numbers and frame.axis in cell:
            rows.append((row, float(cell[frame.axis]), numbers[curve]))
    alpha = ALPHA / max(len(rows), 1)
    for row, x, number in rows:
        count, trials = int(row[column]), int(row["trials"])
        low, high = clopper_pearson(count, trials, alpha)
        if count:
            label = "draws: share, limits"
            curves.add("estimate", label, number, x, math.log10(count / trials), math.log10(low), math.log10(high))
        else:
            curves.add("limit", "no case in the draws: limit", number, x, math.log10(high))
    return [row for row, _, _ in rows]


def _like(frame: Frame, cell: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, cell[name]) for name in frame.curve if name in cell]


def _merged(series: Sequence[Series], curves: int) -> list[Series]:
    """Series of which every curve has the same become one of no curve: a quantity that ignores the other sizes."""
    found: list[Series] = []
    for s in series:
        twins = [t for t in series if (t.role, t.label) == (s.role, s.label)]
        alike = {(t.x, tuple(round(y, 9) for y in t.y), t.low, t.high) for t in twins}
        if s.role in ("bound", "sharp", "truth") and curves > 1 and len(twins) == curves and len(alike) == 1:
            if s is twins[0]:
                found.append(Series(s.role, s.label, s.x, s.y, s.low, s.high, -1, "", s.forbidden))
        else:
            found.append(s)
    return found


def _notes(
    points: Sequence[Point], frame: Frame, chosen: Sequence[Any], telling: bool, compared: Sequence[Row]
) -> list[str]:
    notes = []
    every = len({frame.curve_of(p.cell) for p in points})
    if every > len(chosen):
        notes.append(f"{len(chosen)} of {every} curves are shown, those with a refuted cell first")
    if all(math.isnan(p.bound) for p in points) and not any(math.isfinite(p.high) for p in points):
        notes.append("The claim names no bound that could be drawn")
    if telling and any(p.bound > 0 for p in points):
        notes.append("Where the claimed bound is above 1 it says nothing and is not drawn")
    if compared:
        trials = sorted({int(row["trials"]) for row in compared})
        span = f"{trials[0]}" if len(trials) == 1 else f"{trials[0]} to {trials[-1]}"
        notes.append(
            f"Estimates are from {span} draws, with exact Clopper--Pearson limits at a joint level "
            f"$1 - 10^{{{math.log10(ALPHA):.0f}}}$"
        )
    return notes
