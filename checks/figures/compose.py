"""Which panels a statement gets: those of its own claim, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.figure import Figure

from ..guide import Guides, no_guide
from ..verdict import Result
from ..verify.explain import headline, why
from .density import density_panels
from .failure import failure_panels
from .frontier import frontier_panels
from .layout import lay_out
from .margins import margin_panels
from .phase import phase_panels
from .picture import MOST_PANELS, Panel, Picture
from .slack import slack_panels, terms_panels
from .style import Style
from .trend import trend_panels
from .view import View, view_of

__all__ = ["KINDS", "figure_for", "fitting", "picture_of"]

_OfLink = Callable[[View, int], list[Panel]]
_LINKS: Mapping[str, _OfLink] = {
    "failure": failure_panels,
    "slack": slack_panels,
    "terms": terms_panels,
    "density": density_panels,
    "phase": phase_panels,
    "trend": trend_panels,
}
KINDS = ("margin", "failure", "slack", "terms", "frontier", "density", "phase", "trend")
_LONGEST = 110


def picture_of(result: Result | View, kind: str | None = None, **seen: Any) -> Picture | None:
    """The picture of a result, or None where there is nothing to draw.

    Parameters
    ----------
    result : Result or View
    kind : str, optional
        One of `KINDS`; default the panels of the statement's own claim: of a probability what is excluded beside the
        bound, of a moment, a formula, a rate or a law both sides, of other claims the cells that were tried.
    **seen
        guides and words, as of `figure_for`.

    Raises
    ------
    ValueError
        For a kind that there is not.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"found kind {kind!r}; one of {', '.join(KINDS)} is needed")
    view = view_of(result, **seen)
    if view.statement.form == "definition":
        return None
    panels = _own(view) if kind is None else _of_kind(view, kind)
    if not panels:
        return None
    left = len(panels) - MOST_PANELS
    notes = (f"{MOST_PANELS} of {len(panels)} panels are shown",) if left > 0 else ()
    return Picture(_heading(view), tuple(_most(panels)), notes)


def _most(panels: list[Panel]) -> list[Panel]:
    """As many panels as a page bears, those with a refuted cell first, in order."""
    if len(panels) <= MOST_PANELS:
        return panels
    refuting = [p for p in panels if any(s.role == "refuted" for s in p.series)]
    kept = (refuting + [p for p in panels if p not in refuting])[:MOST_PANELS]
    return [p for p in panels if any(p is k for k in kept)]


def _of_kind(view: View, kind: str) -> list[Panel]:
    if kind == "margin":
        return margin_panels(view)
    if kind == "frontier":
        return frontier_panels(view)
    return [panel for i in range(len(view.result.links)) for panel in _LINKS[kind](view, i)]


def _own(view: View) -> list[Panel]:
    found: list[Panel] = []
    for i, link in enumerate(view.result.links):
        if link.link.kind == "probability":
            found += failure_panels(view, i) or phase_panels(view, i)
        else:
            found += trend_panels(view, i) or phase_panels(view, i)
    telling = [panel for panel in found if panel.kind != "phase"]
    # Where one link has numbers, cells without any add nothing.
    return telling or found


def _heading(view: View) -> str:
    s = view.statement
    words = why(view.result)
    worst = any(link.counterexample is not None for link in view.result.links)
    short = f": {words}" if worst and len(words) <= _LONGEST else ""
    return f"{s.key} ({s.form}): {headline(view.result)}{short}".replace("$", "")


def figure_for(
    result: Result | View,
    *,
    kind: str | None = None,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Figure | None:
    """The figure of a statement's own claim, or of one kind; None where there is nothing to draw.

    Parameters
    ----------
    result : Result or View
    kind : str, optional
        "margin", "failure", "slack", "terms", "frontier", "density", "phase" or "trend"; default what is claimed.
    guides : callable, optional
        ``guides(rv)`` is what is known of a random variable beside its draws (`whp.checks.guide.Guide`), or
        None; nothing unless given. A view has its own.
    words : mapping of str to str, optional
        What sizes are called on axes, such as ``{"k": "rank"}``. A view has its own.
    **style
        Of `Style`: venue, column, style.

    Returns
    -------
    Figure or None
        As wide as the venue's column or page; save it with `save_figure`.

    Examples
    --------
    >>> from whp.checks import check
    >>> figure = figure_for(check("k**2 <= 5*k"), column="half")
    >>> [round(float(inches), 2) for inches in figure.get_size_inches()][0]
    3.25
    """
    picture = picture_of(result, kind, guides=guides, words=words)
    return None if picture is None else lay_out(picture, fitting(picture, **style))


def fitting(picture: Picture, **style: Any) -> Style:
    """The style asked for; one column wide where there is one panel, unless a width is asked for.

    Raises
    ------
    ValueError
        For an option that there is not.
    """
    unknown = sorted(set(style) - {"venue", "column", "style"})
    if unknown:
        raise ValueError(f"found {unknown[0]!r}; the options of a style are venue, column and style")
    column = "full" if len(picture.panels) > 1 else "half"
    return Style(**{"column": column, **style})
