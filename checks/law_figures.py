"""Four figures of the exact law: where the claim fails, which constants it admits, its density, what a bound costs.

Nothing here is simulated but the histograms of `plot_density`. Probabilities enter by their logarithm, so 10^-1000 is a
number; each ``plot_*`` function draws one panel into an `Axes` and returns it, and `law_figures` makes all four.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray
from scipy import interpolate, special

from ..kernels import sample_margin_law
from ..theory.law import failure_probability
from ..theory.sharp import BOUNDS, frontier, rate
from .figure_law import quick_margin_quantiles
from .figure_style import INK, add_legend, draw_bound, half_width, looks, new_axes, style, width_axis

__all__ = ["law_figures", "plot_constants", "plot_density", "plot_failure_map", "plot_slack"]

Array = NDArray[np.float64]
_LOG10 = math.log(10)
_BLUE, _ORANGE = "#0072B2", "#D55E00"
_DOTS: dict[str, Any] = {"color": INK, "ls": (0, (1, 1.2)), "lw": 1.3}
# Light where the claim fails; its luminance falls evenly, so that it reads in grey, and black lines stay visible.
_SHADES = LinearSegmentedColormap.from_list("failure", ["#F7FBFF", "#9ECAE1", "#2171B5"])
# Below this width the atom 2^{-m} at 0 and the pole beside it show in the density.
_LEAST_WIDTH = 16
_SCORES = np.linspace(-4.5, 4.5, 41)
_FAR = 10**6


def plot_failure_map(
    ax: Axes | None = None, *, m: Sequence[int], d: Sequence[int], samples: int | Sequence[int] = 1, delta: float = 0.01
) -> Axes:
    """Exact log10 P(Q ≤ 0) over width and input dimension, with the sizes that n samples need (whp S3, S4).

    For each n two lines separate sizes that are too small from sizes that suffice for all n margins to be positive with
    probability 1 − δ: n·p₀ = δ by the exact law (dotted), and A(m, d) = log(n/δ), S4's frontier (solid, the side it
    does not vouch for hatched).

    Parameters
    ----------
    ax : Axes, optional
    m, d : sequence of int
        Increasing widths and input dimensions of the grid, at least two each; the law is evaluated at every pair and
        the colours and the dotted lines are interpolated between.
    samples : int or sequence of int
        n.
    delta : float
        δ in (0, 1), dimensionless.

    Returns
    -------
    Axes
        With a colour bar beside it.

    Raises
    ------
    ValueError
        For a grid that does not increase, samples below 1 or δ outside (0, 1).
    """
    counts = sorted([samples] if isinstance(samples, int) else samples)
    if not 0.0 < delta < 1.0 or min(counts, default=0) < 1:
        raise ValueError(
            f"delta must lie in (0, 1) and samples be at least 1, found delta = {delta}, samples = {counts}"
        )
    for name, values in (("m", m), ("d", d)):
        if len(values) < 2 or any(b <= a for a, b in pairwise(values)):
            raise ValueError(f"{name} must be at least two increasing sizes, found {list(values)}; pass such a grid")
    logs = np.array([[failure_probability(i, j, log=True) for i in m] for j in d])
    exponents = -logs / _LOG10
    with style():
        ax = new_axes(ax)
        norm = LogNorm(float(exponents.min()), float(exponents.max()))
        # One raster image: viewers draw hairlines between a thousand adjacent vector cells.
        mesh = ax.pcolormesh(m, d, exponents, shading="gouraud", norm=norm, cmap=_SHADES, rasterized=True, zorder=0)
        lines = contour_generator(np.log(m), np.log(d), np.log(-logs))
        for n in counts:
            need = math.log(n / delta)
            gamma = np.geomspace(m[0] / d[-1] / 64, 64 * m[-1] / d[0], 400)
            least = np.array([need / rate(g) for g in gamma])
            draw_bound(ax, gamma * least, least, above=False, colour=_ORANGE, label=f"_S4, n = {n}")
            for path in lines.lines(math.log(need)):
                x, y = np.exp(np.asarray(path)).T
                ax.plot(x, y, label=f"_exact, n = {n}", **_DOTS)
            # The largest n is named above its lines, the others below theirs, where there is room.
            top = n == counts[-1]
            right = least[-1] if top else math.exp(np.interp(math.log(need), np.log(-logs[:, -1]), np.log(d)))
            ax.annotate(
                f"$n = {n:,}$".replace(",", "\\,"),
                (m[-1], right),
                xytext=(-3, 7 if top else -3),
                textcoords="offset points",
                ha="right",
                va="bottom" if top else "top",
                fontsize=6.5,
                color=INK,
            )
        ax.plot([], [], label=f"exact: $n\\,p_0 = {delta:g}$", **_DOTS)
        draw_bound(ax, [], [], above=True, colour=_ORANGE, label=f"S4: $A(m, d) = \\log(n/{delta:g})$")
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
        for axis, values in ((ax.xaxis, m), (ax.yaxis, d)):
            axis.set_major_locator(FixedLocator(_powers(values[0], values[-1])))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_locator(NullLocator())
        ax.set_xlim(m[0], m[-1])
        ax.set_ylim(d[0], d[-1])
        ax.set_xlabel("width $m$")
        ax.set_ylabel("input dimension $d$")
        bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=28)
        bar.ax.yaxis.set_major_locator(FixedLocator([a * 10.0**b for b in range(-1, 16) for a in (1, 3)]))
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _power(-value)))
        bar.ax.invert_yaxis()
        bar.set_label("$p_0 = \\mathbb{P}(Q \\leq 0)$, exact")
    return ax


def _powers(low: float, high: float) -> list[int]:
    found = [2**j for j in range(54) if low <= 2**j <= high]
    return found[:: max(1, -(-len(found) // 6))]


def _power(exponent: float) -> str:
    """10^exponent in words of an axis."""
    if abs(exponent) < 1:
        return f"{10**exponent:.2g}"
    return f"$10^{{{exponent:g}}}$"


def plot_constants(ax: Axes | None = None) -> Axes:
    """Constants (c₁, c₂) for which P(Q ≤ 0) ≤ C(e^{−c₁d} + e^{−c₂m}) holds with some C, and those of the paper's route.

    Drawn are S4's frontier c₁ = I(c₁/c₂) with the forbidden side hatched, the point of equal constants, and the rates
    of the paper's route as printed (no guarantee, hollow) and as repaired (whp S7, both forms), which are read off the
    bounds themselves at large sizes.

    Parameters
    ----------
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    points = {key: _rates(key) for key in ("S7", "S7.direct", "printed")}
    equal = frontier(1)[0]
    x, y = np.array([frontier(g) for g in np.geomspace(1e-4, 1e5, 500)]).T
    words = {
        "S7": "paper's route, repaired (S7)",
        "S7.direct": "the same through S1's law",
        "printed": "paper's route as printed",
    }
    with style():
        ax = new_axes(ax)
        ax.set_xscale("log")
        ax.set_yscale("log")
        low_x, low_y = (0.5 * min(p[i] for p in points.values()) for i in (0, 1))
        ax.fill_between(x, low_y, y, color=_BLUE, alpha=0.12, lw=0, label="admitted")
        draw_bound(ax, x, y, above=True, colour=_BLUE, label="frontier $c_1 = I(c_1/c_2)$")
        ax.plot(equal, equal, ls="", marker="*", ms=8, color=_ORANGE, label=f"equal constants, {equal:.4f}")
        for (key, point), look in zip(points.items(), list(looks(range(5)).values())[2:], strict=False):
            ax.plot(
                *point,
                ls="",
                marker=look.marker,
                ms=4.5,
                color=look.colour,
                mfc="white" if key == "printed" else look.colour,
                label=words[key],
                zorder=3,
            )
            ax.annotate(
                f"$(1/{1 / point[0]:.0f}, 1/{1 / point[1]:.0f})$",
                point,
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=6.5,
            )
        ax.set_xlim(low_x, 1.6 * float(x.max()))
        ax.set_ylim(low_y, 1.6 * float(y.max()))
        ax.set_xlabel("$c_1$ (rate in $d$)")
        ax.set_ylabel("$c_2$ (rate in $m$)")
    return ax


def _rates(key: str) -> tuple[float, float]:
    """(c₁, c₂) of a bound: how fast its logarithm falls in d and in m when the other one is out of the way."""
    bound = BOUNDS[key].log_bound
    in_d = bound(10**4 * _FAR, _FAR, 1, 0.0) - bound(10**4 * _FAR, 2 * _FAR, 1, 0.0)
    in_m = bound(_FAR, 10**4 * _FAR, 1, 0.0) - bound(2 * _FAR, 10**4 * _FAR, 1, 0.0)
    return in_d / _FAR, in_m / _FAR


def plot_density(ax: Axes | None = None, *, widths: Sequence[int], d: int, draws: int = 100_000, seed: int = 0) -> Axes:
    """Density of the margin at several widths, with histograms of draws from its exact law (whp S1).

    The line comes from the quick quantiles of `figure_law`: it is good to 1e-3 of the density's largest value, and to
    two hundredths right at 0, where the density of a network with one active unit has a pole.

    Parameters
    ----------
    ax : Axes, optional
    widths : sequence of int
        At least 16 each: the law of a narrower network has a visible atom at 0.
    d : int
        Input dimension.
    draws : int
        Monte Carlo draws per width.
    seed : int
        Of the `numpy.random.SeedSequence` that spawns one generator per width.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For no width or one below 16.
    """
    if not widths or min(widths) < _LEAST_WIDTH:
        raise ValueError(
            f"widths must be at least {_LEAST_WIDTH}, found {list(widths)}; "
            "narrower networks have an atom at 0 that a density cannot show"
        )
    colours = looks(widths)
    with style():
        ax = new_axes(ax)
        ends: list[float] = []
        for m, sequence in zip(widths, np.random.SeedSequence(seed).spawn(len(widths)), strict=True):
            look = colours[m]
            t, density = _density(m, d)
            sample = sample_margin_law(m, d, draws, np.random.default_rng(sequence))
            seen = t[density > 0.003 * density.max()]
            ends += [float(seen[0]), float(seen[-1])]
            edges = np.linspace(ends[-2], ends[-1], 41)
            heights = np.histogram(sample, edges)[0] / (draws * np.diff(edges))
            ax.stairs(heights, edges, fill=True, color=look.colour, alpha=0.1, lw=0, label=f"_area, m = {m}")
            ax.stairs(heights, edges, color=look.colour, lw=0.45, label=f"_draws, m = {m}")
            ax.plot(t, density, color=look.colour, ls=look.dash, lw=1.2, label=f"$m = {m}$")
        ax.set_xlim(min(0.0, *ends) - 0.05, max(ends))
        ax.axvline(0, color="0.4", lw=0.6, zorder=0)
        ax.axvline(0.5, color="0.6", lw=0.6, ls="--", zorder=0)
        ax.set_ylim(bottom=0)
        ax.set_xlabel("margin $Q$")
        ax.set_ylabel(f"density at $d = {d}$")
        ax.legend(loc="upper right", title=f"law; steps: ${draws:,}$ draws".replace(",", "\\,"))
    return ax


def _density(m: int, d: int) -> tuple[Array, Array]:
    """(t, density of Q at t), from normal scores of the quick quantiles.

    z(t) = Φ^{-1}(P(Q ≤ t)) is nearly straight, so a spline through it has an accurate derivative;
    the density is φ(z) z'.
    """
    quantiles = np.array(quick_margin_quantiles(m, d, tuple(special.ndtr(_SCORES).tolist())))
    score = interpolate.make_interp_spline(quantiles, _SCORES, k=5)
    t = np.linspace(quantiles[0], quantiles[-1], 301)
    return t, np.exp(-0.5 * score(t) ** 2) / math.sqrt(2 * math.pi) * score(t, 1)


def plot_slack(
    ax: Axes | None = None,
    *,
    widths: Sequence[int],
    d: int | None = None,
    ratio: float | None = None,
    samples: int = 1,
) -> Axes:
    """What each bound on P(some margin ≤ 0) overstates: bound over truth against width.

    The truth is n·p₀ by the exact law, the probability itself for n = 1 and its union bound beyond. A bound is drawn
    where it says something (is below 1), so the dashed line, 1 over the truth, is the most that any can lose.

    Parameters
    ----------
    ax : Axes, optional
    widths : sequence of int
    d : int, optional
        One input dimension for all widths.
    ratio : float, optional
        m/d, rounded to the nearest d ≥ 1 at each width; give this or `d`.
    samples : int
        n.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        Unless exactly one of `d` and `ratio` is given.
    """
    if (d is None) == (ratio is None):
        raise ValueError(f"exactly one of d and ratio must be given, found d = {d} and ratio = {ratio}")
    if ratio is not None and not ratio > 0.0:
        raise ValueError(f"ratio m/d must be positive, found {ratio}; pass a positive ratio")
    dims = [max(1, round(m / ratio)) if ratio is not None else int(d or 0) for m in widths]
    truth = _logs(BOUNDS["exact"].log_bound, widths, dims, samples)
    shown = [key for key, bound in BOUNDS.items() if bound.covers(0.0) and key != "exact"]
    colours = looks(shown)
    with style():
        ax = new_axes(ax)
        ax.plot(widths, -truth / _LOG10, color="0.45", ls="--", lw=0.9, label="a bound that says nothing (1)", zorder=1)
        for i, key in enumerate(shown):
            logs = _logs(BOUNDS[key].log_bound, widths, dims, samples)
            slack = np.where(logs < 0.0, (logs - truth) / _LOG10, np.nan)
            if np.isnan(slack).all():
                continue
            look = colours[key]
            ax.plot(
                widths,
                slack,
                color=look.colour,
                ls=look.dash,
                marker=look.marker,
                # Lines that all but coincide are told apart by markers that take turns; few points are all marked.
                markevery=(i % 4, 4) if np.isfinite(slack).sum() >= 4 else 1,
                ms=4,
                mfc="white" if key.startswith("printed") else look.colour,
                lw=1.0,
                label=f"{key}: {BOUNDS[key].words}",
            )
        width_axis(ax, widths)
        # Decades of slack, linear up to one decade and logarithmic beyond: a factor 2 and a factor 10^1000 both show.
        ax.set_yscale("symlog", linthresh=1.0, linscale=0.6)
        most = max(1.0, float(np.nanmax(-truth / _LOG10)))
        ticks = [0.0, math.log10(3.0), *(10.0**j for j in range(17) if 10.0**j <= 2 * most)]
        ax.yaxis.set_major_locator(FixedLocator(ticks))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
        ax.set_ylim(min(0.0, 1.6 * ax.dataLim.y0), 1.6 * most)
        where = f"$d = {d}$" if d is not None else f"$m/d = {ratio:g}$"
        ax.set_title(where if samples == 1 else f"{where}, $n = {samples}$")
        ax.set_ylabel("bound / truth")
    return ax


def _logs(bound: Callable[[int, int, int, float], float], m: Sequence[int], d: Sequence[int], n: int) -> Array:
    return np.array([bound(i, j, n, 0.0) for i, j in zip(m, d, strict=True)])


def law_figures(*, seed: int = 0) -> dict[str, Figure]:
    """The four figures at sensible sizes, ready for `figure_style.save_figure`.

    Parameters
    ----------
    seed : int
        Of the histograms.

    Returns
    -------
    dict of str to Figure
        Keys "failure-map", "constants", "density" and "slack".
    """
    sizes = [round(4 * 2 ** (j / 2)) for j in range(21)]
    heights = {"failure-map": 2.9, "constants": 2.8, "density": 2.5, "slack": 3.6}
    with style():
        figures = {name: half_width(height) for name, height in heights.items()}
        axes = {name: figure.subplots() for name, figure in figures.items()}
        plot_failure_map(axes["failure-map"], m=sizes, d=sizes, samples=(1, 1000, 50_000), delta=0.01)
        plot_constants(axes["constants"])
        plot_density(axes["density"], widths=(16, 64, 256, 1024), d=64, seed=seed)
        plot_slack(axes["slack"], widths=[2**j for j in range(4, 15)], ratio=2)
        for name in ("failure-map", "constants", "slack"):
            add_legend([axes[name]])
    return figures
