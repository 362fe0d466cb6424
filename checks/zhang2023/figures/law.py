"""Figures of the exact law: where failure is rare, which constants are true, how the margin spreads, how bounds slack.

Every ``*_data`` function computes, every ``*_panel`` function says what is drawn of such data, and every ``plot_*``
function draws that into an `Axes` and returns it.
Probabilities are carried by their log10, so e^{−10000} is a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ....kernels.zhang2023 import sample_margin_law
from ....theory.zhang2023.margin.law import failure_probability, margin_pdf, margin_quantile
from ....theory.zhang2023.margin.sharp import BOUNDS, exponent, frontier
from ...figures.panels import onto
from ...figures.picture import MOST_CURVES, Axis, Panel, Series

__all__ = [
    "Density",
    "FailureMap",
    "Slack",
    "constants_panel",
    "density_data",
    "density_panel",
    "failure_map_data",
    "failure_map_panel",
    "plot_constants",
    "plot_density",
    "plot_failure_map",
    "plot_slack",
    "slack_data",
    "slack_panel",
]

Array = NDArray[np.float64]
_LN10 = math.log(10)
_BERNSTEIN_RATE = 1 / 557


@dataclass(frozen=True)
class FailureMap:
    """log10 of the exact failure probability and of S4's bound on it over a grid of sizes.

    Attributes
    ----------
    widths, dims : tuple of int
    truth, bound : ndarray of float64, shape (len(dims), len(widths))
    """

    widths: tuple[int, ...]
    dims: tuple[int, ...]
    truth: Array
    bound: Array


def failure_map_data(widths: Sequence[int], dims: Sequence[int]) -> FailureMap:
    """The exact law and S4's bound ½e^{−A} + 2^{−m−1} at every (m, d).

    Examples
    --------
    >>> failure_map_data([1, 64], [64]).truth.round(3).tolist()
    [[-0.301, -6.134]]
    """
    truth = [[failure_probability(m, d, log=True) / _LN10 for m in widths] for d in dims]
    bound = [[np.logaddexp(-exponent(m, d), -m * math.log(2)) / _LN10 - math.log10(2) for m in widths] for d in dims]
    return FailureMap(tuple(widths), tuple(dims), np.array(truth), np.array(bound))


def failure_map_panel(data: FailureMap, *, samples: int = 50_000, deltas: Sequence[float] = (0.5, 1e-2, 1e-6)) -> Panel:
    """The level lines n p₀(m, d) = δ by the exact law, and those of S4's bound.

    Parameters
    ----------
    data : FailureMap
    samples : int
        n of the level lines.
    deltas : sequence of float
        Failure probabilities of the level lines.
    """
    series: list[Series] = []
    x, y = (np.log2(np.asarray(values, dtype=float)) for values in (data.widths, data.dims))
    for role, values, label in (("line", data.truth, "exact"), ("sharp", data.bound, "guaranteed by whp S4")):
        lines: Any = contour_generator(x, y, values)
        for i, delta in enumerate(sorted(deltas, reverse=True)):
            # Where a level is met by several pieces, the longest is its line.
            found = max(lines.lines(math.log10(delta / samples)), key=len, default=np.empty((0, 2)))
            at, up = (tuple(float(v) for v in 2.0**column) for column in np.asarray(found).T)
            end = f"$\\delta = {_plain(delta)}$" if role == "line" else ""
            if at:
                series.append(Series("sharp" if role == "sharp" else "line", label, at, up, curve=i, end=end))
    return Panel("phase", Axis("width $m$", "size", "m"), Axis("input dimension $d$", "size", "d"), tuple(series),
                 f"all {samples} margins positive with probability $1 - \\delta$ above the line",
                 ("On each line the union bound over the samples is the failure probability",))  # fmt: skip


def plot_failure_map(
    data: FailureMap,
    ax: Axes | None = None,
    *,
    samples: int = 50_000,
    deltas: Sequence[float] = (0.5, 1e-2, 1e-6),
    **style: Any,
) -> Axes:
    """Draw `failure_map_panel`."""
    return onto(failure_map_panel(data, samples=samples, deltas=deltas), ax, style)


def constants_panel(*, ratios: Sequence[float] = ()) -> Panel:
    """The constants (c₁, c₂) of P(Q ≤ 0) ≤ C(e^{−c₁d} + e^{−c₂m}): S4's frontier, and what the paper's route reaches.

    Parameters
    ----------
    ratios : sequence of float
        Ratios γ = c₁/c₂ along the frontier.
    """
    gammas = np.asarray(ratios, dtype=float) if len(ratios) else np.logspace(-3, 4, 120)
    first, second = np.array([frontier(float(g)) for g in gammas]).T
    marks = {
        "equal constants": frontier(1),
        "printed route": (_BERNSTEIN_RATE, 1 / 11),
        "repaired route (S7)": (_BERNSTEIN_RATE, 1 / 42),
        "the same through S1": (_BERNSTEIN_RATE, 1 / 9),
    }
    # Drawn with falling c₁ ... rising c₂, the false side is above and to the right.
    series = [Series("bound", r"frontier $c_1 = I(c_1/c_2)$", tuple(map(float, first)), tuple(map(float, second)),
                     forbidden="above")]  # fmt: skip
    for i, (label, (x, y)) in enumerate(marks.items()):
        series.append(Series("point", label, (float(x),), (float(y),), curve=i))
    return Panel("frontier", Axis("$c_1$ (per input dimension)", "log", "c_1"),
                 Axis("$c_2$ (per unit of width)", "log", "c_2"), tuple(series))  # fmt: skip


def plot_constants(ax: Axes | None = None, *, ratios: Sequence[float] = (), **style: Any) -> Axes:
    """Draw `constants_panel`."""
    return onto(constants_panel(ratios=ratios), ax, style)


@dataclass(frozen=True)
class Density:
    """The margin's exact density at one width, next to draws from its law.

    Attributes
    ----------
    width, dim : int
    points, density : ndarray of float64, shape (points,)
    draws : ndarray of float64, shape (draws,)
    """

    width: int
    dim: int
    points: Array
    density: Array
    draws: Array


def density_data(
    widths: Sequence[int], dim: int, rng: np.random.Generator, *, points: int = 60, draws: int = 20_000
) -> tuple[Density, ...]:
    """The exact density between the 0.1 % and 99.9 % quantiles of each width, and draws to compare it with."""
    found = []
    for m in widths:
        low, high = margin_quantile(m, dim, 1e-3), margin_quantile(m, dim, 1 - 1e-3)
        # Closer together near 0, where the density of a narrow network peaks.
        near = 0.1 * (high - low)
        grid = near * np.sinh(np.linspace(math.asinh(low / near), math.asinh(high / near), points))
        # The density has a pole at 0, where no finite value can be drawn.
        grid[grid == 0.0] = (high - low) / (4 * points)
        density = np.asarray(margin_pdf(m, dim, grid))
        found.append(Density(m, dim, grid, density, sample_margin_law(m, dim, draws, rng)))
    return tuple(found)


def density_panel(data: Sequence[Density], *, bins: int = 60) -> Panel:
    """Exact densities of the margin over histograms of draws, one curve per width."""
    series: list[Series] = []
    for i, one in enumerate(data):
        edges = np.linspace(one.points[0], one.points[-1], bins + 1)
        # The atom at 0 has no density; heights are shares of all draws, those outside the frame included.
        counts, _ = np.histogram(one.draws[one.draws != 0.0], edges)
        heights = counts / len(one.draws) / np.diff(edges)
        ends = (float(h) for h in (*heights, heights[-1]))
        series.append(Series("step", "draws", tuple(map(float, edges)), tuple(ends), curve=i))
        x, y = tuple(map(float, one.points)), tuple(map(float, one.density))
        series.append(Series("line", "exact", x, y, curve=i, end=f"$m = {one.width}$"))
    return Panel("density", Axis("margin", "linear", "margin"), Axis("density"), tuple(series),
                 f"$d = {data[0].dim}$")  # fmt: skip


def plot_density(data: Sequence[Density], ax: Axes | None = None, *, bins: int = 60, **style: Any) -> Axes:
    """Draw `density_panel`."""
    return onto(density_panel(data, bins=bins), ax, style)


@dataclass(frozen=True)
class Slack:
    """log10(bound / exact failure probability) of every bound across widths; NaN where a bound says nothing.

    Attributes
    ----------
    widths, dims : tuple of int
    samples : int
    slack : mapping of a bound's name to ndarray of float64, shape (len(widths),)
    """

    widths: tuple[int, ...]
    dims: tuple[int, ...]
    samples: int
    slack: Mapping[str, Array]


def slack_data(widths: Sequence[int], *, dim: int | None = None, samples: int = 1) -> Slack:
    """Slack of every bound at threshold 0, at a given input dimension or (default) at m = d.

    Examples
    --------
    >>> found = slack_data([64, 1024])
    >>> [round(float(x), 3) for x in found.slack["S4"]]
    [0.739, 1.327]
    """
    dims = [dim or m for m in widths]
    names = [name for name, bound in BOUNDS.items() if name != "exact" and bound.covers(0.0)]
    slack = {name: np.full(len(widths), math.nan) for name in names}
    for i, (m, d) in enumerate(zip(widths, dims, strict=True)):
        exact = failure_probability(m, d, log=True) + math.log(samples)
        for name in names:
            value = BOUNDS[name].log_bound(m, d, samples, 0.0)
            if value < 0.0:
                slack[name][i] = (value - exact) / _LN10
    return Slack(tuple(widths), tuple(dims), samples, {k: v for k, v in slack.items() if not np.all(np.isnan(v))})


def slack_panel(data: Slack) -> Panel:
    """log10(bound / truth) against width, one curve per bound, from where the bound is below 1; 0 would be tight."""
    series = []
    ranked = sorted(data.slack, key=lambda name: float(np.nanmin(data.slack[name])))
    for i, name in enumerate(ranked[:MOST_CURVES]):
        known = [(float(m), float(v)) for m, v in zip(data.widths, data.slack[name], strict=True) if math.isfinite(v)]
        x, y = zip(*known, strict=True)
        series.append(Series("line", f"{name}: {BOUNDS[name].words}", x, y, curve=i, end=name))
    same = data.dims == data.widths
    label = "width $m = d$" if same else "width $m$"
    title = f"$n = {data.samples}$" + ("" if same else f", $d = {data.dims[0]}$")
    deep = "bound / exact\n(exponents on a log scale)"
    return Panel("slack", Axis(label, "size", "m"), Axis(deep, "exponent", "log10 of bound / exact"), tuple(series),
                 title)  # fmt: skip


def plot_slack(data: Slack, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `slack_panel`."""
    return onto(slack_panel(data), ax, style)


def _plain(value: float) -> str:
    """0.01 as 0.01 and 1e-6 as a power of ten."""
    exponent = math.floor(math.log10(value) + 1e-9)
    if exponent >= -2:
        return f"{value:g}"
    return f"10^{{{exponent}}}"
