"""The figures of zhang2023, Section 3.2: displacement, the eight terms, both witnesses, radii, and Fisher's law.

Every ``*_panel`` function says what is drawn of a study (`whp.checks.zhang2023.studies.trained`), every ``plot_*``
function draws that into an `Axes` and returns it; `ntk_figures` runs the studies and composes what a run of
``whp verify`` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy import stats

from ....theory.calculus.rounding import rounded
from ...figures.panels import onto
from ...figures.picture import Axis, Panel, Picture, Series
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
_LEAST_WIDTH = 32
# The legend of a panel bears six entries: terms beyond these are added up, or left to the caption.
_SHOWN, _SIZED = 4, 6
_WIDTH = Axis("width $m$", "size", "m")


def _band(x: Sequence[float], values: NDArray[np.float64], curve: int, label: str, *, mean: bool = False) -> Series:
    """Median (or mean) with the 5-95 % band over the networks."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), axis=1)
    if mean:
        middle = values.mean(axis=1)
    at = tuple(float(v) for v in x)
    return Series("line", label, at, _floats(middle), _floats(low), _floats(high), curve)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def _slope_text(widths: Sequence[int], values: NDArray[np.float64]) -> str:
    slope, low, high = fitted_slope(widths, values)
    return (
        ""
        if np.isnan(slope)
        else f": slope {slope:.2f} [{rounded(float(low), 2, 'down')}, {rounded(float(high), 2, 'up')}]"
    )


def displacement_panel(study: WidthStudy) -> Panel:
    """What `plot_displacement` draws."""
    named = {
        r"$\sqrt{m}\,\|\Delta W\|_2$": study.displacement,
        r"$\sqrt{m}\,\|\Delta a\|$": study.readout,
        r"flipped share": study.flips,
    }
    series = [
        _band(study.widths, values, i, name + _slope_text(study.widths, values))
        for i, (name, values) in enumerate(named.items())
    ]
    ends = (float(study.widths[0]), float(study.widths[-1]))
    series.append(Series("level", "radius of Lemma 3.5", ends, (1.0, 1.0)))
    return Panel("trend", _WIDTH, Axis("at loss 1/10", "log", "value"), tuple(series))


def plot_displacement(study: WidthStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """√m‖ΔW‖₂, √m‖Δa‖ and the share of flipped neurons across widths, with fitted slopes and Lemma 3.5's radius 1.

    Parameters
    ----------
    study : WidthStudy
    ax : Axes, optional
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(displacement_panel(study), ax, style)


def terms_panel(study: WidthStudy) -> Panel:
    """What `plot_terms` draws."""
    means = study.terms.mean(axis=1)
    order = sorted(range(len(_TERMS)), key=lambda k: -float(np.abs(means[:, k]).max()))
    x = _floats(study.widths)
    series = [Series("line", _TERMS[k], x, _floats(means[:, k]), curve=i) for i, k in enumerate(sorted(order[:_SHOWN]))]
    rest = means[:, order[_SHOWN:]].sum(axis=1)
    series.append(Series("line", f"the other {len(order) - _SHOWN} terms", x, _floats(rest), curve=_SHOWN))
    margins = study.margins.mean(axis=1)
    error = 2.0 * study.margins.std(axis=1, ddof=1) / np.sqrt(study.margins.shape[1])
    series.append(
        Series(
            "point",
            r"margin $\pm$ 2 standard errors",
            x,
            _floats(margins),
            _floats(margins - error),
            _floats(margins + error),
            curve=_SHOWN + 2,
        )
    )
    series.append(Series("level", "", (x[0], x[-1]), (0.0, 0.0)))
    return Panel("terms", _WIDTH, Axis("mean over samples and networks", "linear", "value"), tuple(series))


def plot_terms(study: WidthStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """The largest of the eight terms of eq. 17 and the sum of the others, beside the margin they add up to.

    Parameters
    ----------
    study : WidthStudy
    ax : Axes, optional
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(terms_panel(study), ax, style)


def term_sizes_panel(study: WidthStudy) -> Panel:
    """What `plot_term_sizes` draws."""
    middles = np.median(study.sizes, axis=1)
    order = sorted(range(len(_TERMS)), key=lambda k: -float(middles[-1, k]))[:_SIZED]
    series = []
    for i, k in enumerate(sorted(order)):
        slope = fitted_slope(study.widths, study.sizes[:, :, k])[0]
        fitted = "" if np.isnan(slope) else f", slope {slope:.2f}"
        known = [(float(m), float(v)) for m, v in zip(study.widths, middles[:, k], strict=True) if v > 0]
        if known:
            x, y = zip(*known, strict=True)
            series.append(Series("line", _TERMS[k] + fitted, x, y, curve=i))
    return Panel("terms", _WIDTH, Axis("size of the term", "log", "size"), tuple(series),
                 notes=(f"Of the sizes the {_SIZED} largest at the largest width are shown",))  # fmt: skip


def plot_term_sizes(study: WidthStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Sizes of the six largest of the eight terms (root mean square over the samples) across widths, with exponents.

    Parameters
    ----------
    study : WidthStudy
    ax : Axes, optional
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(term_sizes_panel(study), ax, style)


def witnesses_panel(study: PathStudy) -> Panel:
    """What `plot_witnesses` draws."""
    named = {r"$v = -W_0^\top a_0$": study.witness, r"$v' = -\Pi_X^\perp W_0^\top a_0$": study.projected}
    series = tuple(_band(study.steps, values, i, name, mean=True) for i, (name, values) in enumerate(named.items()))
    return Panel(
        "trend", Axis("gradient steps", "steps", "steps"), Axis("fraction separated", "linear", "fraction"), series
    )


def plot_witnesses(study: PathStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Fraction of the samples that v = −Wᵀa and v' = −Π⊥_X Wᵀa of the initial weights get right along training.

    Parameters
    ----------
    study : PathStudy
    ax : Axes, optional
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(witnesses_panel(study), ax, style)


def radii_panel(study: RadiusStudy) -> Panel:
    """What `plot_radii` draws."""
    named = {
        "certified": study.certified,
        r"certified within span $X$": study.within_span,
        "attacked": study.attacked,
        "moved by training": study.moved,
    }
    series = [_band(study.widths, values, i, name) for i, (name, values) in enumerate(named.items())]
    x = _floats(study.widths)
    series.append(Series("guide", r"$1/\sqrt{m}$", x, tuple(m**-0.5 for m in x)))
    return Panel("trend", _WIDTH, Axis("radius", "log", "radius"), tuple(series))


def plot_radii(study: RadiusStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Certified radius, attacked radius and the measured displacement of training on one axis.

    Parameters
    ----------
    study : RadiusStudy
    ax : Axes, optional
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(radii_panel(study), ax, style)


def fisher_panel(study: FisherStudy) -> Panel:
    """What `plot_fisher` draws."""
    freedom = study.d - study.n
    grid = np.geomspace(1e-2, 1e2, 200)
    label = rf"$F_{{{freedom},{freedom}}}$ (S14)"
    series = [Series("truth", label, _floats(grid), _floats(stats.f.cdf(grid, freedom, freedom)))]
    for i, (name, values) in enumerate({"gradient descent": study.descent, "Adam": study.adam}.items()):
        ranks = np.arange(1, values.size + 1) / values.size
        at = np.clip(np.sort(values), grid[0], grid[-1])
        series.append(Series("step", name, _floats(at), _floats(ranks), curve=i))
    return Panel("density", Axis("ratio", "log", "ratio"), Axis("distribution function", "linear", "F"), tuple(series))


def plot_fisher(study: FisherStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Predicted law F_{ν,ν} against networks retrained by gradient descent, which obey it, and by Adam, which do not.

    Parameters
    ----------
    study : FisherStudy
    ax : Axes, optional
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(fisher_panel(study), ax, style)


def ntk_figures(widths: Sequence[int], *, trials: int = 1000, seed: int = 0) -> dict[str, tuple[Picture, str]]:
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
    dict of str to (Picture, str)
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
    panels = displacement_panel(across), radii_panel(radii)
    words = (
        f"(a) Displacement and flips across widths with fitted slopes and their 99\\,\\% intervals; {size}. "
        f"(b) Least radius over {radii.n} samples ($d = {radii.d}$, {radii.certified.shape[1]} networks) within "
        f"which S12 certifies the initial margins, at which an attack turns one, and how far training moved. {end}"
    )
    found = {"ntk.displacement": (Picture("", panels), words)}
    panels = terms_panel(across), term_sizes_panel(across)
    words = (
        f"The eight terms of eq.~17 (zhang2023) at trained networks: (a) beside the margin, (b) the sizes of the "
        f"largest {_SIZED} with fitted exponents; {size}. {end}"
    )
    found["ntk.terms"] = Picture("", panels), words
    panels = witnesses_panel(along), fisher_panel(fisher)
    words = (
        f"(a) Fraction of {along.n} samples separated by the initial witness and by its projection along "
        f"training, mean and 5--95\\,\\% band over {networks} networks ($m = {along.m}$, $d = {along.d}$). "
        f"(b) S14's law against "
        f"{fisher.descent.size} retrained networks ($m = {fisher.m}$, $d = {fisher.d}$, $n = {fisher.n}$). {end}"
    )
    found["ntk.witnesses"] = Picture("", panels), words
    return found
