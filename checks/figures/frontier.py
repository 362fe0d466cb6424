"""The constants a claim with unnamed rates admits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from matplotlib.axes import Axes

from ...theory.calculus.evaluate import number
from ...theory.calculus.rounding import rounded
from ..guide import Guides, no_guide
from ..verdict import Result
from .panels import onto
from .picture import Axis, Panel, Series
from .view import View, symbol_tex, view_of

__all__ = ["frontier_panels", "plot_frontier"]


def plot_frontier(
    result: Result | View,
    ax: Axes | None = None,
    *,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
    **style: Any,
) -> Axes:
    """The pairs of rate constants the exact law admits in a claim that does not name them.

    Drawn are the frontier as a solid line, the forbidden side hatched, the tabulated points, and the named constants.

    Parameters
    ----------
    result : Result or View
        Its ``constants["frontier"]`` holds the table.
    ax : Axes, optional
    guides, words : optional
        Those of `plot_failure`; a view has its own.
    **style
        Of `whp.checks.figures.Style`: venue, column, style.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the result has no such table.

    Examples
    --------
    >>> from whp.theory import RV, Claim, Constants, Event, Implication, Link, Model, P, Source, Statement, constant
    >>> from whp.theory import exp, real, sizes
    >>> a, b = sizes("a b")
    >>> c_1, c_2, ratio = constant("c_1"), constant("c_2"), real("ratio", 0)
    >>> fails = Event(RV("X", Model("model", (a, b), "X"), "X"), "<=", 0)
    >>> bound = exp(-c_1 * a) + exp(-c_2 * b)
    >>> admitted = Constants(c_1, c_2, ratio, (b, a), ratio / (1 + ratio), bound, fails)
    >>> by = Implication("sharp", {c_1: 1, c_2: 1}, (), admitted)
    >>> claim = Claim((Link(P(fails), "<=", bound),), exists=(c_1, c_2))
    >>> s = Statement("lem1", "printed", "Fails rarely", Source("me", "p. 1"), (claim,), implied_by=(by,))
    >>> table = [{"c_1": "0.5", "c_2": "0.5"}, {"c_1": "0.25", "c_2": "0.75"}]
    >>> ax = plot_frontier(Result(s, (), {"frontier": table}))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('$c_{1}$ (rate in $a$)', '$c_{2}$ (rate in $b$)')
    """
    view = view_of(result, guides, words)
    found = frontier_panels(view)
    if not found:
        raise ValueError(f"{view.statement.key} has no table of admitted constants; only unnamed rates have one")
    return onto(found[0], ax, style)


def frontier_panels(view: View) -> list[Panel]:
    """The frontier of a result, none where it has no table of constants."""
    constants = view.result.constants
    table, region = constants.get("frontier"), view.region
    if not table or region is None:
        return []
    first, second = str(region.first), str(region.second)
    exact = tuple(_middle(row[first]) for row in table), tuple(_middle(row[second]) for row in table)
    ratios = [Fraction(2) ** j for j in range(-20, 21)]
    ratios = sorted({r * Fraction(k, 8) for r in ratios for k in range(8, 16)})
    x = tuple(float(number(region.largest, {region.ratio.name: r})) for r in ratios)
    y = tuple(c / float(r) for c, r in zip(x, ratios, strict=True))
    series = [
        Series("bound", view.frontier_label, x, y, forbidden="above"),
        Series("point", "checked against the exact law", *exact, curve=0),
    ]
    named = constants.get("named", {})
    if first in named and second in named:
        words = "named constants"
        if named[first] == named[second]:
            words = f"equal constants, {rounded(named[first], 4, 'down')} (rounded down)"
        series.append(Series("named", words, (_middle(named[first]),), (_middle(named[second]),), curve=1))
    # Where the bound is tightest the ratio of the constants is that of the sizes, upside down.
    other, one = (symbol_tex(size.name) for size in region.along)
    sizes = " and ".join(f"${symbol_tex(s)}$" for s in view.statement.sizes if s in {z.name for z in region.along})
    notes = (
        "The claim does not name its rate constants; shown are those that the exact law admits",
        f"Below the frontier the claim holds for all {sizes or 'sizes'}, beyond it no prefactor saves it",
        f"At the {len(table)} points the exact law was compared with the claim on either side",
    )
    return [
        Panel(
            "frontier",
            Axis(f"${symbol_tex(first)}$ (rate in ${one}$)", "linear", first),
            Axis(f"${symbol_tex(second)}$ (rate in ${other}$)", "linear", second),
            tuple(series),
            notes=notes,
        )
    ]


def _middle(text: str) -> float:
    ends = [float(part) for part in text.strip("[]").split(", ")]
    return sum(ends) / len(ends)
