"""The constants a claim with unnamed rates admits."""

from __future__ import annotations

from fractions import Fraction

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...theory.calculus.evaluate import number
from ..verdict import Result
from .style import draw_bound, new_axes, style

__all__ = ["frontier_caption", "frontier_figure", "plot_frontier"]


def plot_frontier(result: Result, ax: Axes | None = None) -> Axes:
    """The rate constants (c₁, c₂) the exact law admits in a claim that does not name them.

    Drawn are the frontier as a solid line, the forbidden side hatched, the tabulated points, and the named constants.

    Parameters
    ----------
    result : Result
        Its ``constants["frontier"]`` holds the table.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the result has no such table.
    """
    table = result.constants.get("frontier")
    region = next((i.admitted for i in result.statement.implied_by if i.admitted is not None), None)
    if not table or region is None:
        raise ValueError(f"{result.statement.key} has no table of admitted constants; only unnamed rates have one")
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
        draw_bound(ax, x, y, above=True, colour="#0072B2", label="frontier $c_1 = I(c_1/c_2)$")
        ax.plot(*exact, ls="", marker="o", mfc="white", color="#0072B2", label="checked against the exact law")
        named = result.constants.get("named", {})
        if first in named and second in named:
            ax.plot(
                _middle(named[first]),
                _middle(named[second]),
                ls="",
                marker="*",
                ms=8,
                color="#D55E00",
                label=f"equal constants, {_middle(named[first]):.4f}"
                if named[first] == named[second]
                else "named constants",
            )
        for i in (0, len(ratios) // 2, len(ratios) - 1):
            ax.annotate(
                f"$c_1/c_2 = {table[i]['ratio']}$",
                (exact[0][i], exact[1][i]),
                xytext=(7, 3),
                textcoords="offset points",
                fontsize=6.5,
            )
        ax.set_xlim(0, 1.12 * max(x))
        ax.set_ylim(0, 1.12 * max(y))
        ax.set_xlabel(f"${_tex(first)}$ (rate in $d$)")
        ax.set_ylabel(f"${_tex(second)}$ (rate in $m$)")
        ax.legend(loc="upper right")
    return ax


def _middle(text: str) -> float:
    ends = [float(part) for part in text.strip("[]").split(", ")]
    return sum(ends) / len(ends)


def _tex(name: str) -> str:
    return name if "_" not in name else "_{".join(name.split("_", 1)) + "}"


def frontier_figure(result: Result) -> Figure:
    """`plot_frontier` as a figure of one column's width."""
    figure = plot_frontier(result).figure
    assert isinstance(figure, Figure)
    return figure


def frontier_caption(result: Result, *, seed: int, version: str) -> str:
    """What `frontier_figure` shows, in LaTeX."""
    s, table = result.statement, result.constants
    sentences = [
        f"The rate constants that the exact law admits in {s.key} ({s.source}), which does not name them".replace(
            "_", r"\_"
        ),
        "Below the frontier the claim holds for all $m$ and $d$, beyond it no prefactor saves it",
        f"At the {len(table['frontier'])} points the exact law was compared with the claim on either side",
        f"Seed {seed}, whp {version}",
    ]
    return ". ".join(sentences) + "."
