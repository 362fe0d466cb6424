"""The trend panel: both sides of a claim about numbers along a parameter, with what draws say of a moment or a rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes
from sympy import latex

from ...theory.calculus.evaluate import number
from ...theory.language.events import variable
from ...theory.language.heads import BigO, E, Theta, Var
from ...theory.language.models import RV
from ..guide import Guides, no_guide
from ..verdict import Result
from .panels import curves_of, entry_words, onto, panel_title, parts_of, place_axis, spread
from .picture import MOST_CURVES, Axis, Panel, Scale, Series
from .points import WRONG, Frame, Point, framed
from .style import math_text
from .view import Drawn, Row, View, moment_of, view_of

__all__ = ["plot_trend", "trend_panels"]

_SIDES: Mapping[str, Any] = {"<=": "above", "<": "above", ">=": "below", ">": "below"}
_WIDE, _DEEP = 20.0, -25.0
_VALUES = {"": "value", "logs": "log10 of the value", "rests": "log10 of 1 - value"}


def plot_trend(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int | None = None,
    part: int = 0,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """Both sides of a claim about numbers along a parameter: a formula, a moment or a rate.

    Drawn are the left side where it is known, the claimed one with its forbidden side hatched, what draws say, and a
    cross at every refuted cell. Of a rate the size of the quantity is drawn (median and 5-95 % band, root mean square
    where it takes both signs) beside the claimed rate, which is scaled to the first point.

    Parameters
    ----------
    result, ax, link, part, guides, words
        As of `plot_failure`; the link is the first that is about numbers unless given.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When there is no such link, or nothing is known of it.

    Examples
    --------
    >>> from whp.checks import check
    >>> ax = plot_trend(check("k**2 <= 5*k"))
    >>> ax.get_xlabel(), len(ax.lines) > 2
    ('$k$', True)
    """
    view = view_of(result, guides, words)
    known = [i for i, found in enumerate(view.result.links) if found.link.kind != "probability"]
    if link is None:
        link = next((i for i in known if trend_panels(view, i)), known[0] if known else 0)
    if link not in known:
        raise ValueError(f"{view.statement.key} has no link {link} about numbers; such are {known or 'none'}")
    found = trend_panels(view, link)
    if not 0 <= part < len(found):
        raise ValueError(f"link {link} of {view.statement.key} has {len(found)} panels of numbers, found {part}")
    return onto(found[part], ax, style)


def trend_panels(view: View, link: int) -> list[Panel]:
    """The panels of one link about numbers, none where nothing is known of it."""
    stated = view.result.links[link].link
    if stated.kind == "rate":
        return _rate_panels(view, link)
    if stated.kind == "probability":
        return []
    points = [
        p for p in view.points(link) if math.isfinite(p.high) or (math.isfinite(p.bound) and stated.kind == "moment")
    ]
    if not points:
        return []
    counterexamples = [p for p in points if p.verdict is not None]
    if stated.kind in ("scalar", "moment") and len(points) > len(counterexamples):
        counterexamples = [p for p in counterexamples if p.refuted]
        path = [p for p in points if p.verdict is None]
        points = path + counterexamples
    frame = framed([p.cell for p in points], view.sizes, sorted(view.counts), _axis(view, points))
    shown = parts_of(points, frame)
    return [_panel(view, link, frame, [p for p in points if frame.panel_of(p.cell) == key], key) for key in shown]


def _axis(view: View, points: Sequence[Point]) -> str:
    """The parameter that a formula was evaluated along, where it is no size."""
    listed = {name for point in view.statement.exact_points for name in point}
    real = [p.name for p in view.statement.parameters if not p.is_size and p.name not in listed]
    return next((name for name in real if len({p.cell[name] for p in points if name in p.cell}) > 1), "")


def _panel(view: View, link: int, frame: Frame, points: Sequence[Point], key: tuple[Any, ...]) -> Panel:
    stated = view.result.links[link].link
    points, how = _scaled(stated, points)
    chosen = curves_of(points, frame)
    numbers = {name: i for i, name in enumerate(chosen)} if len(chosen) > 1 else dict.fromkeys(chosen, -1)
    series: list[Series] = []
    path = any(p.verdict is None for p in points)
    for name, curve in numbers.items():
        mine = sorted((p for p in points if frame.curve_of(p.cell) == name), key=lambda p: frame.at(p.cell))
        end = entry_words(name) if curve >= 0 else ""
        line = [p for p in mine if p.verdict is None] if path else mine
        series += _lines(stated, frame, line, curve, end, sampled=not path, flipped=how == "rests")
        wrong = [p for p in mine if p.refuted]
        if wrong:
            x = tuple(frame.at(p.cell) for p in wrong)
            series.append(Series("refuted", "refuted here", x, tuple(p.high for p in wrong), curve=curve, end=end))
    series = _merged(series, len(numbers))
    drawn = list(_moments(view, link, frame, numbers))
    series += drawn
    y = [v for s in series for v in (*s.y, *s.low, *s.high) if math.isfinite(v)]
    scale: Scale = "log" if y and min(y) > 0 and max(y) / min(y) > _WIDE else "linear"
    label = _name(stated)
    if how:
        deep = min(y) < _DEEP or max(y) > -_DEEP
        scale = "exponent" if deep else "probability"
        label = ("1 − both sides" if how == "rests" else label) + ("\n(exponents on a log scale)" if deep else "")
    notes = []
    if any(s.low for s in drawn):
        notes.append("Bars at means are two standard errors")
    places = [frame.at(p.cell) for p in points]
    return Panel(
        "trend", place_axis(view, frame.axis, places), Axis(label, scale, _VALUES[how]),
        tuple(series),
        panel_title(view, link, frame, key), tuple(notes),
    )  # fmt: skip


def _scaled(link: Any, points: Sequence[Point]) -> tuple[Sequence[Point], str]:
    """Points by log10 of both sides where these are far apart, of 1 minus both sides where both are nearly 1."""
    for how in ("rests", "logs"):
        pairs = [getattr(p, how) for p in points]
        values = [v for pair in pairs for v in pair]
        if link.kind == "scalar" and all(map(math.isfinite, values)) and max(values) - min(values) > math.log10(_WIDE):
            return [replace(p, low=a, high=a, bound=b) for p, (a, b) in zip(points, pairs, strict=True)], how
    return points, ""


def _name(link: Any) -> str:
    """What the left side is called on an axis."""
    if isinstance(link.lhs, Var):
        return math_text(latex(link.lhs), "variance", 30)
    if isinstance(link.lhs, E):
        return math_text(latex(link.lhs), "mean", 30)
    if link.kind == "law":
        return "Kolmogorov–Smirnov distance"
    if isinstance(link.lhs, RV) and link.kind == "identity":
        return link.lhs.name.replace("_", " ")
    return math_text(latex(link.lhs), "both sides", 30) if not link.lhs.is_Add else "both sides"


def _lines(
    link: Any, frame: Frame, points: Sequence[Point], curve: int, end: str, *, sampled: bool, flipped: bool = False
) -> list[Series]:
    found = []
    left = [p for p in points if math.isfinite(p.high)]
    right = [p for p in points if math.isfinite(p.bound)]
    asked = link.kind in ("law", "identity") and sampled
    if right and frame.loose:
        words = "needed to refute" if link.kind == "law" else "claimed"
        found += [Series("bound", words, (frame.at(p.cell),), (p.bound,)) for p in right]
    elif right:
        x, y = tuple(frame.at(p.cell) for p in right), tuple(p.bound for p in right)
        forbidden: Any = "above" if asked and link.kind == "law" else _SIDES.get(link.relation, "")
        if flipped and forbidden:
            forbidden = "below" if forbidden == "above" else "above"
        label = "needed to refute" if link.kind == "law" else "claimed" if link.relation == "=" else "claimed bound"
        found.append(Series("bound", label, x, y, curve=curve, end=end, forbidden=forbidden))
    if left:
        x, y = tuple(frame.at(p.cell) for p in left), tuple(p.high for p in left)
        if asked or frame.loose:
            found.append(Series("point", "draws" if asked else "left side", x, y, curve=curve, end=end))
        else:
            found.append(Series("truth", "left side" if link.kind == "scalar" else "exact", x, y, curve=curve, end=end))
    return found


def _merged(series: Sequence[Series], curves: int) -> list[Series]:
    """A side that ignores the other parameters is drawn once."""
    found: list[Series] = []
    for s in series:
        twins = [t for t in series if (t.role, t.label) == (s.role, s.label)]
        if curves > 1 and len(twins) == curves and len({(t.x, t.y) for t in twins}) == 1:
            if s is twins[0]:
                found.append(Series(s.role, s.label, s.x, s.y, s.low, s.high, -1, "", s.forbidden))
        else:
            found.append(s)
    return found


def _moments(view: View, link: int, frame: Frame, numbers: Mapping[Any, int]) -> Iterator[Series]:
    """What draws say of a claimed mean, second moment or variance."""
    stated = view.result.links[link].link
    known = moment_of(stated.lhs)
    if known is None or stated.given:
        return
    rv, power = known
    rows: dict[int, list[tuple[float, float, float]]] = {}
    for row in view.draws_of(rv).rows:
        cell = {n: row[n] for n in view.sizes if n in row}
        curve = tuple((n, cell[n]) for n in frame.curve if n in cell)
        if row["model"] != rv.model.name or curve not in numbers or frame.axis not in cell:
            continue
        error = 2 * math.sqrt(row["variance"] / row["trials"])
        rows.setdefault(numbers[curve], []).append((float(cell[frame.axis]), _moment_of(stated.lhs, row), error))
    ends = {i: entry_words(name) if i >= 0 else "" for name, i in numbers.items()}
    for i, found in rows.items():
        x, y, errors = zip(*sorted(found), strict=True)
        bars = isinstance(stated.lhs, E) and power == 1
        low = tuple(v - e for v, e in zip(y, errors, strict=True)) if bars else ()
        high = tuple(v + e for v, e in zip(y, errors, strict=True)) if bars else ()
        yield Series("point", "draws", x, y, low, high, i, ends[i])


def _moment_of(head: Any, row: Row) -> float:
    if isinstance(head, Var):
        return float(row["variance"])
    square = head.args[0].as_base_exp()[1] == 2
    return float(row["variance"] + row["mean"] ** 2 if square else row["mean"])


def _rate_panels(view: View, link: int) -> list[Panel]:
    """The size of a drawn quantity along each path of its regime, beside the claimed rate."""
    claim, found = view.pairs[link]
    stated = found.link
    rv = variable(stated.lhs)
    if rv is None or claim.regime is None or not isinstance(stated.rhs, BigO | Theta):
        return []
    drawn = view.draws_of(rv)
    rows = [row for row in drawn.rows if claim.regime.size.name in row]
    if not rows:
        return []
    size = claim.regime.size.name
    paths = _paths(drawn, rows, size, claim.regime)
    chosen = spread(sorted(paths), MOST_CURVES)
    signed = any(row["q05"] < 0 for row in rows)
    series: list[Series] = []
    for i, key in enumerate(chosen):
        curve, end = (i, entry_words(key)) if len(chosen) > 1 else (-1, "")
        some = sorted(paths[key], key=lambda row: row[size])
        x = tuple(float(row[size]) for row in some)
        y = tuple(_size_of(row, signed) for row in some)
        low, high = ((), ()) if signed else (tuple(row["q05"] for row in some), tuple(row["q95"] for row in some))
        if min((*y, *low), default=1.0) <= 0:
            low = high = ()
        label = "draws: root mean square" if signed else "draws: median, 5–95 %" if low else "draws: median"
        series.append(Series("draws", label, x, y, low, high, curve, end))
        rates = _rates(stated.rhs.args[0], some, drawn)
        if rates and y[0] > 0:
            scale = y[0] / rates[0]
            sides: Any = "above" if isinstance(stated.rhs, BigO) else ""
            series.append(
                Series(
                    "bound",
                    "claimed rate, scaled",
                    x,
                    tuple(r * scale for r in rates),
                    curve=curve,
                    end=end,
                    forbidden=sides,
                )
            )
    slopes = [o.value for o in found.outcomes if o.value.startswith("[")]
    notes = ["The claimed rate is scaled to the first point: only its slope is claimed"]
    if slopes:
        notes.append(f"Slope of the logarithm of quantity over rate, 99\\,\\% interval: {'; '.join(slopes)}")
    title = panel_title(view, link, Frame(size, (), (), {}), ())
    label = math_text(latex(stated.lhs), rv.name.replace("_", " "), 30)
    positive = all(v > 0 for s in series for v in s.y)
    return [Panel("trend", place_axis(view, size, [float(r[size]) for r in rows]),
                  Axis(label, "log" if positive else "linear", "size of the quantity"), tuple(series), title,
                  tuple(notes))]  # fmt: skip


def _paths(drawn: Drawn, rows: Sequence[Row], size: str, regime: Any) -> dict[tuple[Any, ...], list[Row]]:
    """The draws by what stays fixed while the size grows."""
    tied = {s.name if hasattr(s, "name") else str(s) for s in regime.tied} if regime.tied else set()
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        rest = tuple((n, row[n]) for n in (*drawn.view.sizes, *drawn.view.counts) if n in row and n != size)
        key = tuple((n, v) for n, v in rest if n not in tied)
        if tied:
            key += tuple((f"{n}/{size}", round(v / row[size], 6)) for n, v in rest if n in tied)
        found.setdefault(key, []).append(row)
    several = {key: some for key, some in found.items() if len(some) > 1}
    return several or found


def _size_of(row: Row, signed: bool) -> float:
    return math.sqrt(row["variance"] + row["mean"] ** 2) if signed else float(row["median"])


def _rates(rate: Any, rows: Sequence[Row], drawn: Drawn) -> list[float]:
    try:
        return [float(number(rate, {n: row[n] for n in (*drawn.view.sizes, *drawn.view.counts) if n in row}))
                for row in rows]  # fmt: skip
    except WRONG:
        return []
