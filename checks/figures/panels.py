"""What the kinds of panels have in common: which curves they show, how these are called, and where they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from matplotlib.axes import Axes

from .draw import draw_panel, make_room
from .layout import lay_out_axes
from .picture import MOST_CURVES, MOST_PANELS, Axis, Panel
from .points import Frame, Point
from .style import Style, math_text
from .view import View, cell_tex, symbol_tex

__all__ = ["curves_of", "entry_words", "onto", "panel_title", "parts_of", "place_axis", "spread"]

_Key = TypeVar("_Key")
_LONGEST_TITLE = 60


def onto(panel: Panel, ax: Axes | None, options: dict[str, Any]) -> Axes:
    """A panel drawn into axes, or into those of a new figure in a style.

    Raises
    ------
    ValueError
        For an option that is no part of a style.
    """
    unknown = sorted(set(options) - {"venue", "column", "style"})
    if unknown:
        raise ValueError(f"found {unknown[0]!r}; the options of a style are venue, column and style")
    chosen = Style(**{"column": "half", **options})
    if ax is None:
        return lay_out_axes(panel, chosen)
    draw_panel(panel, ax, grey=chosen.grey)
    make_room(panel, ax)
    return ax


def spread(keys: Sequence[_Key], most: int, needed: Iterable[_Key] = ()) -> list[_Key]:
    """At most so many of some keys, in order: those needed first, the others evenly spread.

    Examples
    --------
    >>> spread([1, 2, 3, 4, 5], 3), spread([1, 2, 3, 4, 5], 3, needed=[4])
    ([1, 3, 5], [1, 4, 5])
    """
    if len(keys) <= most:
        return list(keys)
    kept = list(dict.fromkeys(needed))[:most]
    rest = [key for key in keys if key not in kept]
    free = most - len(kept)
    if free == 1:
        kept.append(rest[0])
    elif free > 1:
        kept += [rest[round(i * (len(rest) - 1) / (free - 1))] for i in range(free)]
    return [key for key in keys if key in kept]


def curves_of(points: Sequence[Point], frame: Frame) -> list[tuple[Any, ...]]:
    """The curves that are shown: all with a refuted cell first."""
    return _chosen(points, frame.curve_of, MOST_CURVES)


def parts_of(points: Sequence[Point], frame: Frame) -> list[tuple[Any, ...]]:
    """The panels that are shown: all with a refuted cell first."""
    return _chosen(points, frame.panel_of, MOST_PANELS)


def _chosen(points: Sequence[Point], key: Callable[[Any], tuple[Any, ...]], most: int) -> list[tuple[Any, ...]]:
    everything = sorted({key(p.cell) for p in points})
    return spread(everything, most, (key(p.cell) for p in points if p.refuted))


def entry_words(entries: Iterable[tuple[str, Any]]) -> str:
    """Entries of a cell with their values, for a label or a title.

    Examples
    --------
    >>> entry_words((("k", 16), ("c_2", 2)))
    '$k = 16$, $c_{2} = 2$'
    """
    return ", ".join(f"${_entry(name, value)}$" for name, value in entries)


def _entry(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{symbol_tex(name) if '/' not in name else name} = {value:g}"
    if isinstance(value, int) and value >= 10**5 and value & (value - 1) == 0:
        return f"{symbol_tex(name)} = 2^{{{value.bit_length() - 1}}}"
    return cell_tex({name: value})


def place_axis(view: View, name: str, places: Iterable[float]) -> Axis:
    """The axis of a size or another parameter."""
    found = sorted(set(places))
    if not name:
        return Axis("")
    whole = all(place >= 0 and place == round(place) for place in found)
    if whole and (name in view.sizes or name in view.counts):
        return Axis(view.label(name), "size" if found and found[0] >= 1 else "steps", name)
    wide = len(found) > 2 and found[0] > 0 and found[-1] / found[0] > 200
    return Axis(view.label(name), "log" if wide else "linear", name)


def panel_title(view: View, link: int, frame: Frame, key: Iterable[tuple[str, Any]]) -> str:
    """What tells a panel from the others: its link, the values of its own, and those that do not vary."""
    fixed = {**dict(key), **frame.fixed}
    own = {k: v for k, v in fixed.items() if k != frame.axis}
    return ", ".join(part for part in (_link_title(view, link), entry_words(own.items())) if part)


def _link_title(view: View, link: int) -> str:
    """The formula of a link, or which one it is, where the statement has several."""
    if len(view.result.links) < 2:
        return ""
    tex = view.result.links[link].link.latex
    return math_text(tex, f"link {link + 1} of {len(view.result.links)}", _LONGEST_TITLE)
