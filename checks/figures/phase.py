"""The phase panel: where in the plane of two parameters a claim was found to hold, to fail, or was left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from ..guide import Guides, no_guide
from ..verdict import Result, Verdict
from .panels import onto, panel_title, place_axis
from .picture import Axis, Panel, Role, Series
from .points import Frame, framed
from .view import View, view_of

__all__ = ["phase_panels", "plot_phase"]

# Fewer cells are said in words.
_FEWEST = 3
# The mark and the look of each verdict.
_LOOKS: Mapping[Verdict, tuple[Role, int]] = {
    Verdict.HOLDS: ("point", 0),
    Verdict.CONSISTENT: ("point", 2),
    Verdict.UNDETERMINED: ("point", 1),
    Verdict.VACUOUS: ("point", 3),
    Verdict.REFUTED: ("refuted", -1),
}


def plot_phase(
    result: Result | View,
    ax: Axes | None = None,
    *,
    link: int | None = None,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """The cells at which a link was decided in the plane of two of its parameters, with what was found at each.

    Parameters
    ----------
    result, ax, guides, words
        As of `plot_failure`.
    link : int, optional
        Default the first that was decided at cells.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When none was.

    Examples
    --------
    >>> from whp.checks import check
    >>> result = check("P(Binomial(n, 1/2) >= k) <= 2*k/n", size=["n=4,8,16", "k=2,4"])
    >>> plot_phase(result).get_ylabel()
    '$n$'
    """
    view = view_of(result, guides, words)
    links = range(len(view.result.links)) if link is None else [link]
    found = next((panels for i in links if (panels := phase_panels(view, i))), [])
    if not found:
        raise ValueError(f"{view.statement.key} was not decided at cells of its parameters; nothing is to be drawn")
    return onto(found[0], ax, style)


def phase_panels(view: View, link: int) -> list[Panel]:
    """The cells of a link by verdict, none where it was decided at hardly any."""
    outcomes = [o for o in view.result.links[link].outcomes if o.cell]
    if len(outcomes) < _FEWEST:
        return []
    frame = framed([o.cell for o in outcomes], view.sizes, sorted(view.counts))
    names = [frame.axis, *frame.curve, *frame.panel]
    second = next((n for n in names[1:] if n not in view.counts), next(iter(names[1:]), ""))
    places: dict[Verdict, dict[tuple[float, float], None]] = {}
    for o in outcomes:
        at = float(o.cell.get(frame.axis, 1)), float(o.cell.get(second, 1)) if second else 1.0
        places.setdefault(o.verdict, {})[at] = None
    series = []
    for verdict, (role, curve) in _LOOKS.items():
        if verdict in places:
            x, y = zip(*sorted(places[verdict]), strict=True)
            words = "refuted here" if verdict is Verdict.REFUTED else verdict.words
            series.append(Series(role, words, x, y, curve=curve))
    every = [at for some in places.values() for at in some]
    return [
        Panel(
            "phase",
            place_axis(view, frame.axis, [x for x, _ in every]),
            place_axis(view, second, [y for _, y in every]) if second else Axis(""),
            tuple(series),
            panel_title(view, link, Frame(frame.axis, (), (), frame.fixed), ()),
        )
    ]
