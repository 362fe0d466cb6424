"""Figures of the exact law: where failure is rare, which constants are true, how the margin spreads, how bounds slack.

Every ``*_data`` function computes, every ``plot_*`` function draws such data into an `Axes` and returns it.
Probabilities are carried by their log10, so e^{−10000} is a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from ....kernels.zhang2023 import sample_margin_law
from ....theory.zhang2023.margin.law import failure_probability, margin_pdf, margin_quantile
from ....theory.zhang2023.margin.sharp import BOUNDS, exponent, frontier
from ...figures.style import INK, draw_bound, looks, new_axes, size_axis, style

__all__ = [
    "Density",
    "FailureMap",
    "Slack",
    "density_data",
    "failure_map_data",
    "plot_constants",
    "plot_density",
    "plot_failure_map",
    "plot_slack",
    "slack_data",
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


def plot_failure_map(
    data: FailureMap, ax: Axes | None = None, *, samples: int = 50_000, deltas: Sequence[float] = (0.5, 1e-2, 1e-6)
) -> Axes:
    """Heat map of log10 p₀(m, d), with the level lines n p₀ = δ (solid) and those of S4's bound (dashed).

    Parameters
    ----------
    data : FailureMap
    ax : Axes, optional
    samples : int
        n of the level lines.
    deltas : sequence of float
        Failure probabilities of the level lines.
    """
    with style():
        ax = new_axes(ax)
        # The exponent grows with the size, so equal steps of colour are equal factors of it.
        shade = np.log10(np.maximum(-data.truth, 0.05))
        mesh = ax.pcolormesh(data.widths, data.dims, shade, cmap="cividis_r", shading="gouraud", rasterized=True)
        levels = sorted(math.log10(delta / samples) for delta in deltas)
        for values, dash, label in ((data.truth, "solid", r"exact, $n p_0 = \delta$"), (data.bound, "dashed", "S4")):
            ax.contour(data.widths, data.dims, values, levels=levels, colors=INK, linestyles=dash, linewidths=0.9)
            ax.plot([], [], color=INK, ls=dash, lw=0.9, label=label)
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
        ax.set_xlabel("width $m$")
        ax.set_ylabel("input dimension $d$")
        bar = ax.figure.colorbar(mesh, ax=ax)
        found = (10 ** shade.min(), 10 ** shade.max())
        ticks = [p for p in (0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10**4) if found[0] <= p <= found[1]]
        bar.set_ticks([math.log10(p) for p in ticks], labels=[f"$10^{{-{p:g}}}$" for p in ticks])
        bar.set_label("failure probability $p_0$")
        outward = ", ".join(_plain(delta) for delta in sorted(deltas, reverse=True))
        ax.legend(loc="lower left", title=rf"$n = {samples}$, $\delta = {outward}$")
    return ax


def plot_constants(ax: Axes | None = None, *, ratios: Sequence[float] = ()) -> Axes:
    """The constants (c₁, c₂) of P(Q ≤ 0) ≤ C(e^{−c₁d} + e^{−c₂m}): S4's frontier, and what the paper's route reaches.

    Parameters
    ----------
    ax : Axes, optional
    ratios : sequence of float
        Ratios γ = c₁/c₂ along the frontier.
    """
    gammas = np.asarray(ratios, dtype=float) if len(ratios) else np.logspace(-3, 4, 120)
    first, second = np.array([frontier(float(g)) for g in gammas]).T
    marks = {
        "equal constants": (*frontier(1), "o"),
        "printed route": (_BERNSTEIN_RATE, 1 / 11, "X"),
        "repaired route (S7)": (_BERNSTEIN_RATE, 1 / 42, "s"),
        "the same through S1": (_BERNSTEIN_RATE, 1 / 9, "D"),
    }
    with style():
        ax = new_axes(ax)
        # Drawn with falling c₁ ... rising c₂, the false side is above and to the right.
        draw_bound(ax, first, second, above=True, colour=INK, label=r"frontier $c_1 = I(c_1/c_2)$")
        for look, (label, (x, y, marker)) in zip(looks(marks).values(), marks.items(), strict=True):
            ax.plot([x], [y], ls="", marker=marker, ms=4.5, color=look.colour, mec=INK, mew=0.4, label=label)
        ax.axvline(math.log(2) / 2, color=INK, ls=":", lw=0.7)
        ax.axhline(math.log(2), color=INK, ls=":", lw=0.7)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel("$c_1$ (per input dimension)")
        ax.set_ylabel("$c_2$ (per unit of width)")
        ax.legend(loc="lower left")
    return ax


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


def plot_density(data: Sequence[Density], ax: Axes | None = None, *, bins: int = 60) -> Axes:
    """Exact densities of the margin (lines) over histograms of draws (steps), one colour per width."""
    with style():
        ax = new_axes(ax)
        for look, one in zip(looks([one.width for one in data]).values(), data, strict=True):
            edges = np.linspace(one.points[0], one.points[-1], bins + 1)
            # The atom at 0 has no density; heights are shares of all draws, those outside the frame included.
            counts, _ = np.histogram(one.draws[one.draws != 0.0], edges)
            heights = counts / len(one.draws) / np.diff(edges)
            ax.stairs(heights, edges, color=look.colour, alpha=0.45, lw=0.7)
            ax.plot(one.points, one.density, color=look.colour, ls=look.dash, lw=1.1, label=f"$m = {one.width}$")
        ax.axvline(0.0, color=INK, lw=0.7, ls=":")
        ax.set_xlabel(f"margin, $d = {data[0].dim}$")
        ax.set_ylabel("density")
        ax.set_ylim(bottom=0.0)
        ax.legend(title="exact, over draws")
    return ax


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


def plot_slack(data: Slack, ax: Axes | None = None) -> Axes:
    """log10(bound / truth) against width, one line per bound, from where the bound is below 1; 0 would be tight."""
    with style():
        ax = new_axes(ax)
        for look, (name, values) in zip(looks(data.slack).values(), data.slack.items(), strict=True):
            marks = {"color": look.colour, "marker": look.marker, "mfc": "none", "ls": look.dash, "lw": 1.0}
            ax.plot(data.widths, values, label=f"{name}: {BOUNDS[name].words}", **marks)
        ax.set_yscale("log")
        size_axis(ax, data.widths, "width $m$")
        same = data.dims == data.widths
        ax.set_xlabel("width $m = d$" if same else f"width $m$, $d = {data.dims[0]}$")
        ax.set_ylabel(r"$\log_{10}$(bound / exact)")
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.legend(title=f"$n = {data.samples}$", loc=(0.02, 0.36))
    return ax


def _plain(value: float) -> str:
    """0.01 as 0.01 and 1e-6 as a power of ten."""
    exponent = math.floor(math.log10(value) + 1e-9)
    if exponent >= -2:
        return f"{value:g}"
    return f"10^{{{exponent}}}"
