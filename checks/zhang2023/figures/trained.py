"""The figures of zhang2023, Section 3.2: displacement, the eight terms, both witnesses, radii, and Fisher's law.

Every ``plot_*`` function draws one panel of a study (`whp.checks.zhang2023.studies.trained`) into an `Axes` and returns
it; `ntk_figures` runs the studies and composes what a run of ``whp verify`` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from ....theory.calculus.rounding import rounded
from ...figures.style import INK, Look, full_width, looks, new_axes, size_axis, style
from ..engines.trained import LOSS
from ..studies.trained import (
    FisherStudy,
    PathStudy,
    RadiusStudy,
    WidthStudy,
    fisher_study,
    fitted_slope,
    path_study,
    radius_study,
    width_study,
)

__all__ = [
    "ntk_figures",
    "plot_displacement",
    "plot_fisher",
    "plot_radii",
    "plot_term_sizes",
    "plot_terms",
    "plot_witnesses",
]

_TERMS = (
    r"$a^\top W W^\top D a$",
    r"$a^\top W \Delta W^\top D a$",
    r"$a^\top W W^\top \Delta D\, a$",
    r"$a^\top W W^\top D \Delta a$",
    r"$a^\top W \Delta W^\top \Delta D\, a$",
    r"$a^\top W \Delta W^\top D \Delta a$",
    r"$a^\top W W^\top \Delta D \Delta a$",
    r"$a^\top W \Delta W^\top \Delta D \Delta a$",
)
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "+++", "ooo", "***")
_LEAST_WIDTH = 32


def _band(
    ax: Axes, x: Sequence[float], values: NDArray[np.float64], look: Look, label: str, *, mean: bool = False
) -> None:
    """Median (or mean) with the 5-95 % band over the networks."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), axis=1)
    if mean:
        middle = values.mean(axis=1)
    ax.fill_between(x, low, high, color=look.colour, alpha=0.18, lw=0)
    ax.plot(x, middle, color=look.colour, marker=look.marker, ls=look.dash, label=label)


def _term_looks() -> list[Look]:
    """One look per term; the palette has seven, so the last and smallest term is grey."""
    found = list(looks(_TERMS).values())
    found[-1].colour, found[-1].marker = "0.55", "v"
    return found


def _slope_text(widths: Sequence[int], values: NDArray[np.float64]) -> str:
    slope, low, high = fitted_slope(widths, values)
    return (
        ""
        if np.isnan(slope)
        else f": slope {slope:.2f} [{rounded(float(low), 2, 'down')}, {rounded(float(high), 2, 'up')}]"
    )


def plot_displacement(study: WidthStudy, ax: Axes | None = None) -> Axes:
    """√m‖ΔW‖₂, √m‖Δa‖ and the share of flipped neurons across widths, with fitted slopes and Lemma 3.5's radius 1.

    Parameters
    ----------
    study : WidthStudy
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    series = {
        r"$\sqrt{m}\,\|\Delta W\|_2$": study.displacement,
        r"$\sqrt{m}\,\|\Delta a\|$": study.readout,
        r"flipped share": study.flips,
    }
    with style():
        ax = new_axes(ax)
        for (name, values), look in zip(series.items(), looks(series).values(), strict=True):
            _band(ax, study.widths, values, look, name + _slope_text(study.widths, values))
        ax.axhline(1.0, color=INK, lw=0.8, ls=(0, (5, 2)), label="radius of Lemma 3.5")
        size_axis(ax, study.widths, "width $m$")
        ax.set_yscale("log")
        ax.set_ylabel("at loss 1/10")
    return ax


def plot_terms(study: WidthStudy, ax: Axes | None = None) -> Axes:
    """The eight terms of eq. 17 stacked, positive ones up and negative ones down, against the margin they add up to.

    Parameters
    ----------
    study : WidthStudy
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    means = study.terms.mean(axis=1)
    up, down = np.zeros(len(study.widths)), np.zeros(len(study.widths))
    positions = np.log2(np.asarray(study.widths, dtype=float))
    with style():
        ax = new_axes(ax)
        for k, look in enumerate(_term_looks()):
            values = means[:, k]
            ax.bar(
                positions,
                values,
                bottom=np.where(values >= 0, up, down),
                width=0.7,
                color=look.colour,
                hatch=_HATCHES[k],
                edgecolor="white",
                lw=0.3,
                label=_TERMS[k],
            )
            up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
        error = study.margins.std(axis=1, ddof=1) / np.sqrt(study.margins.shape[1])
        ax.errorbar(
            positions,
            study.margins.mean(axis=1),
            yerr=2.0 * error,
            color=INK,
            marker="o",
            lw=1.1,
            capsize=2,
            label=r"margin $\pm$ 2 standard errors",
        )
        ax.axhline(0.0, color=INK, lw=0.6)
        ax.set_xticks(positions, [str(m) for m in study.widths])
        ax.set_xlabel("width $m$")
        ax.set_ylabel("mean over samples and networks")
    return ax


def plot_term_sizes(study: WidthStudy, ax: Axes | None = None) -> Axes:
    """Sizes of the eight terms (root mean square over the samples) across widths, with fitted exponents.

    Parameters
    ----------
    study : WidthStudy
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    with style():
        ax = new_axes(ax)
        for k, look in enumerate(_term_looks()):
            values = study.sizes[:, :, k]
            slope = fitted_slope(study.widths, values)[0]
            fitted = "" if np.isnan(slope) else f", slope {slope:.2f}"
            middle = np.median(values, axis=1)
            shown = np.where(middle > 0, middle, np.nan)
            ax.plot(study.widths, shown, color=look.colour, marker=look.marker, ls=look.dash, label=_TERMS[k] + fitted)
        size_axis(ax, study.widths, "width $m$")
        ax.set_yscale("log")
        ax.set_ylabel("size of the term")
    return ax


def plot_witnesses(study: PathStudy, ax: Axes | None = None) -> Axes:
    """Fraction of the samples that v = −Wᵀa and v' = −Π⊥_X Wᵀa of the initial weights get right along training.

    Parameters
    ----------
    study : PathStudy
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    series = {r"$v = -W_0^\top a_0$": study.witness, r"$v' = -\Pi_X^\perp W_0^\top a_0$": study.projected}
    with style():
        ax = new_axes(ax)
        for (name, values), look in zip(series.items(), looks(series).values(), strict=True):
            _band(ax, study.steps, values, look, name, mean=True)
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xlim(0, study.steps[-1])
        ax.set_ylim(None, 1.02)
        ax.set_xlabel("gradient steps")
        ax.set_ylabel("fraction separated")
    return ax


def plot_radii(study: RadiusStudy, ax: Axes | None = None) -> Axes:
    """Certified radius, attacked radius and the measured displacement of training on one axis.

    Parameters
    ----------
    study : RadiusStudy
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    series = {
        "certified": study.certified,
        r"certified within span $X$": study.within_span,
        "attacked": study.attacked,
        "moved by training": study.moved,
    }
    with style():
        ax = new_axes(ax)
        for (name, values), look in zip(series.items(), looks(series).values(), strict=True):
            _band(ax, study.widths, values, look, name)
        ax.plot(
            study.widths, np.asarray(study.widths) ** -0.5, color=INK, lw=0.8, ls=(0, (5, 2)), label=r"$1/\sqrt{m}$"
        )
        size_axis(ax, study.widths, "width $m$")
        ax.set_yscale("log")
        ax.set_ylabel("radius")
    return ax


def plot_fisher(study: FisherStudy, ax: Axes | None = None) -> Axes:
    """Predicted law F_{ν,ν} against networks retrained by gradient descent, which obey it, and by Adam, which do not.

    Parameters
    ----------
    study : FisherStudy
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    freedom = study.d - study.n
    series = {"gradient descent": study.descent, "Adam": study.adam}
    grid = np.geomspace(1e-2, 1e2, 200)
    with style():
        ax = new_axes(ax)
        ax.plot(
            grid, stats.f.cdf(grid, freedom, freedom), color=INK, lw=1.3, label=rf"$F_{{{freedom},{freedom}}}$ (S14)"
        )
        for (name, values), look in zip(series.items(), looks(series).values(), strict=True):
            ranks = np.arange(1, values.size + 1) / values.size
            ax.step(np.sort(values), ranks, where="post", color=look.colour, ls=look.dash, label=name)
        ax.set_xscale("log")
        ax.set_xlim(grid[0], grid[-1])
        ax.set_xlabel("ratio")
        ax.set_ylabel("distribution function")
    return ax


def _panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    figure = full_width(height)
    return figure, list(np.ravel(figure.subplots(1, count, squeeze=False)))


def ntk_figures(widths: Sequence[int], *, trials: int = 1000, seed: int = 0) -> dict[str, tuple[Figure, str]]:
    """Run the studies and draw the figures of Section 3.2.

    Parameters
    ----------
    widths : sequence of int
        Those from 32 on are used.
    trials : int
        One network per 50 trials at each width, at least 4, and ten times as many for Fisher's law.
    seed : int

    Returns
    -------
    dict of str to (Figure, str)
        By file stem, with the caption.
    """
    chosen = [m for m in widths if m >= _LEAST_WIDTH] or [_LEAST_WIDTH]
    networks = min(40, max(4, trials // 50))
    across = width_study(chosen, networks=networks, seed=seed)
    along = path_study(networks=networks, seed=seed)
    radii = radius_study(chosen, networks=max(2, networks // 4), seed=seed)
    fisher = fisher_study(networks=10 * networks, seed=seed)
    end = f"Seed {seed}, whp {version('whp')}."
    trained = f"both layers trained by gradient descent to mean logistic loss {LOSS:g}"
    size = f"$n = {across.n}$, $d = {across.d}$, {networks} networks per width, {trained}"
    found: dict[str, tuple[Figure, str]] = {}
    with style():
        figure, (left, right) = _panels(2, 3.0)
        plot_displacement(across, left)
        plot_radii(radii, right)
        _legends(left, right)
        words = (
            f"Left: displacement and flips across widths with fitted slopes and their 99\\,\\% intervals; {size}. "
            f"Right: least radius over {radii.n} samples ($d = {radii.d}$, {radii.certified.shape[1]} networks) within "
            f"which S12 certifies the initial margins, at which an attack turns one, and how far training moved. {end}"
        )
        found["ntk.displacement"] = figure, words
        figure, (left, right) = _panels(2, 3.6)
        plot_terms(across, left)
        plot_term_sizes(across, right)
        _legends(left, right)
        words = (
            f"The eight terms of eq.~17 (zhang2023) at trained networks: stacked against the margin, and their sizes "
            f"with fitted exponents; {size}. {end}"
        )
        found["ntk.terms"] = figure, words
        figure, (left, right) = _panels(2, 2.7)
        plot_witnesses(along, left)
        plot_fisher(fisher, right)
        _legends(left, right)
        words = (
            f"Left: fraction of {along.n} samples separated by the initial witness and by its projection along "
            f"training, mean and 5--95\\,\\% band over {networks} networks ($m = {along.m}$, $d = {along.d}$). "
            f"Right: S14's law against "
            f"{fisher.descent.size} retrained networks ($m = {fisher.m}$, $d = {fisher.d}$, $n = {fisher.n}$). {end}"
        )
        found["ntk.witnesses"] = figure, words
    return found


def _legends(*panels: Any) -> None:
    for ax in panels:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=1, borderaxespad=0.0)
