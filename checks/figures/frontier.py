"""The constants a claim with unnamed rates admits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...theory.calculus.evaluate import number
from ...theory.calculus.rounding import rounded
from ..guide import Guides, no_guide
from ..verdict import Result
from .style import draw_bound, new_axes, style
from .view import View, symbol_tex, view_of

__all__ = ["frontier_caption", "frontier_figure", "plot_frontier"]


def plot_frontier(
    result: Result | View,
    ax: Axes | None = None,
    *,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> Axes:
    """The pairs of rate constants the exact law admits in a claim that does not name them.

    Drawn are the frontier as a solid line, the forbidden side hatched, the tabulated points, and the named constants.

    Parameters
    ----------
    result : Result or View
        Its ``constants["frontier"]`` holds the table.
    ax : Axes, optional
    guides, words : optional
        Those of `plot_margins`; a view has its own.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the result has no such table.
    """
    view = view_of(result, guides, words)
    constants = view.result.constants
    table, region = constants.get("frontier"), view.region
    if not table or region is None:
        raise ValueError(f"{view.statement.key} has no table of admitted constants; only unnamed rates have one")
    first, second = str(region.first), str(region.second)
    ratios = [float(Fraction(row["ratio"])) for row in table]
    exact = [_middle(row[first]) for row in table], [_middle(row[second]) for row in table]
    fine = [Fraction(2) ** j for j in range(-64, 65)]
    fine = sorted({f * Fraction(k, 8) for f in fine[44:85] for k in range(8, 16)})
    curve = [number(region.largest, {region.ratio.name: r}) for r in fine]
    with style():
        ax = new_axes(ax)
        x, y = curve, [c / float(r) for c, r in zip(curve, fine, strict=True)]
        ax.fill_between(x, 0, y, color="#0072B2", alpha=0.12, lw=0, label="admitted")
        draw_bound(ax, x, y, above=True, colour="#0072B2", label=view.frontier_label)
        ax.plot(*exact, ls="", marker="o", mfc="white", color="#0072B2", label="checked against the exact law")
        named = constants.get("named", {})
        if first in named and second in named:
            ax.plot(
                _middle(named[first]),
                _middle(named[second]),
                ls="",
                marker="*",
                ms=8,
                color="#D55E00",
                label=f"equal constants, {rounded(named[first], 4, 'down')} (rounded down)"
                if named[first] == named[second]
                else "named constants",
            )
        for i in (0, len(ratios) // 2, len(ratios) - 1):
            ax.annotate(
                f"${symbol_tex(first)}/{symbol_tex(second)} = {table[i]['ratio']}$",
                (exact[0][i], exact[1][i]),
                xytext=(7, 3),
                textcoords="offset points",
                fontsize=6.5,
            )
        ax.set_xlim(0, 1.12 * max(x))
        ax.set_ylim(0, 1.12 * max(y))
        # Where the bound is tightest the ratio of the constants is that of the sizes, upside down.
        other, one = (symbol_tex(size.name) for size in region.along)
        ax.set_xlabel(f"${symbol_tex(first)}$ (rate in ${one}$)")
        ax.set_ylabel(f"${symbol_tex(second)}$ (rate in ${other}$)")
        ax.legend(loc="upper right")
    return ax


def _middle(text: str) -> float:
    ends = [float(part) for part in text.strip("[]").split(", ")]
    return sum(ends) / len(ends)


def frontier_figure(
    result: Result | View, *, guides: Guides = no_guide, words: Mapping[str, str] | None = None
) -> Figure:
    """`plot_frontier` as a figure of one column's width."""
    figure = plot_frontier(result, guides=guides, words=words).figure
    assert isinstance(figure, Figure)
    return figure


def frontier_caption(result: Result | View, *, seed: int, version: str) -> str:
    """What `frontier_figure` shows, in LaTeX."""
    view = view_of(result)
    s, table, region = view.statement, view.result.constants, view.region
    along = () if region is None else tuple(size.name for size in region.along)
    sizes = " and ".join(f"${symbol_tex(size)}$" for size in s.sizes if size in along) or "sizes"
    sentences = [
        f"The rate constants that the exact law admits in {s.key} ({s.source}), which does not name them".replace(
            "_", r"\_"
        ),
        f"Below the frontier the claim holds for all {sizes}, beyond it no prefactor saves it",
        f"At the {len(table['frontier'])} points the exact law was compared with the claim on either side",
        f"Seed {seed}, whp {version}",
    ]
    return ". ".join(sentences) + "."
