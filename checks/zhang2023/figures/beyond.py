"""The figures of S17-S21: both noises, why noises are separable, test noises, many classes, depth.

Every ``*_panel`` function says what is drawn of a study (`whp.checks.zhang2023.studies.beyond`), every ``plot_*``
function draws that into an `Axes` and returns it; `beyond_figures` runs the studies of the sections asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import version
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...figures.panels import onto
from ...figures.picture import Axis, Panel, Picture, Series
from ..studies.beyond import (
    AngleStudy,
    PgdStudy,
    RankStudy,
    SignStudy,
    TransferStudy,
    angle_study,
    pgd_study,
    rank_study,
    sign_study,
    transfer_study,
)

__all__ = [
    "SECTIONS",
    "beyond_figures",
    "classes_panel",
    "depth_panel",
    "noises_panel",
    "pgd_panel",
    "plot_classes",
    "plot_depth",
    "plot_noises",
    "plot_pgd",
    "plot_rank",
    "plot_rates",
    "plot_transfer",
    "rank_panel",
    "rates_panel",
    "transfer_panel",
]

SECTIONS = ("sign-noise", "rank", "transfer", "multiclass", "depth")
_EQUAL = Axis("$m = d$", "size", "m")
_FAILURE = Axis("failure probability", "probability", "log10 p")


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in np.asarray(values).ravel())


def _line(label: str, x: Any, y: Any, curve: int, end: str = "") -> Series:
    return Series("line", label, _floats(x), _floats(y), curve=curve, end=end)


def noises_panel(study: SignStudy) -> Panel:
    """Exact failure probabilities of both noises and both witnesses at m = d, and S17's bound."""
    curves = {
        r"gradient, $W^\top a$": study.gradient,
        r"its sign, $W^\top a$": study.sign,
        r"its sign, $\mathrm{sign}(W^\top a)$": study.sign_witness,
    }
    series = [_line(label, study.sizes, values, i) for i, (label, values) in enumerate(curves.items())]
    series.append(Series("sharp", "whp S17", _floats(study.sizes), _floats(study.bound)))
    return Panel("failure", _EQUAL, _FAILURE, tuple(series), "one step along the gradient and along its sign")


def plot_noises(study: SignStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `noises_panel`."""
    return onto(noises_panel(study), ax, style)


def rates_panel(study: SignStudy) -> Panel:
    """The exponents I and I_∞ over m/d."""
    series = (
        _line("$I$, gradient", study.ratios, study.gradient_rate, 0),
        _line(r"$I_\infty$, its sign", study.ratios, study.sign_rate, 1),
    )
    return Panel("terms", Axis("$m/d$", "log", "m/d"), Axis("exponent per dimension", "linear", "I"), series)


def plot_rates(study: SignStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `rates_panel`."""
    return onto(rates_panel(study), ax, style)


def pgd_panel(study: PgdStudy) -> Panel:
    """Shares of inputs separated after several steps, and the share that the knapsack certifies."""
    curves = {"certified, L2": study.certified, "attacked, L2": study.l2, r"attacked, L$\infty$": study.linf}
    series = tuple(_line(label, study.radii, values, i) for i, (label, values) in enumerate(curves.items()))
    return Panel(
        "terms",
        Axis(r"radius over $\|x\|$", "log", "radius"),
        Axis("share separated", "linear", "share"),
        series,
        f"{study.steps} steps",
    )


def plot_pgd(study: PgdStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `pgd_panel`."""
    return onto(pgd_panel(study), ax, style)


def rank_panel(study: RankStudy) -> Panel:
    """Why the noises of trained networks are separable, across widths, and the control with shuffled labels."""
    words = {"rank": "by rank", "witness": r"by $-W^\top a$", "other": "by another witness", "none": "not separable"}
    series = [_line(words[name], study.widths, study.reasons[name], i) for i, name in enumerate(words)]
    series.append(_line("shuffled labels", study.widths, study.shuffled, len(words)))
    return Panel(
        "terms",
        Axis("width $m$", "size", "m"),
        Axis("share of networks", "linear", "share"),
        tuple(series),
        f"$d = {study.d}$, $n = {study.n}$",
    )


def plot_rank(study: RankStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `rank_panel`."""
    return onto(rank_panel(study), ax, style)


def transfer_panel(study: TransferStudy, probe: str) -> Panel:
    """Accuracy on test noises over the dimension, one curve per number of training noises.

    Parameters
    ----------
    study : TransferStudy
    probe : {"mean", "fitted", "least"}
    """
    values = getattr(study, probe)
    titles = {"mean": "sum of training noises", "fitted": "50 L-BFGS steps", "least": "every single training noise"}
    series = tuple(_line(f"$n = {n}$", study.dims, values[i], i, f"$n = {n}$") for i, n in enumerate(study.samples))
    y = Axis("share of networks" if probe == "least" else "test accuracy", "linear", probe)
    return Panel("terms", Axis("$d = m/2$", "size", "d"), y, series, titles[probe])


def plot_transfer(study: TransferStudy, probe: str, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `transfer_panel`."""
    return onto(transfer_panel(study, probe), ax, style)


def classes_panel(study: AngleStudy) -> Panel:
    """Failure against one rival class at m = d, at T = ∞ and at the worst softmax."""
    series = [_line(f"$K = {K}$, $T = \\infty$", study.sizes, study.warm[i], i) for i, K in enumerate(study.classes)]
    series.append(_line("worst softmax, $60$ degrees", study.sizes, study.cold[-1], len(study.classes)))
    return Panel("failure", _EQUAL, _FAILURE, tuple(series), "one rival class")


def plot_classes(study: AngleStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `classes_panel`."""
    return onto(classes_panel(study), ax, style)


def depth_panel(study: AngleStudy) -> Panel:
    """Failure at m = d for several depths, beside e^{−m/C} of S21."""
    constants = {1: 5.46, 2: 15.4, 3: 36.7}
    series = []
    for i, depth in enumerate(study.depths):
        series.append(_line(f"$L = {depth}$", study.sizes, study.deep[i], i))
        if depth in constants:
            bound = -np.asarray(study.sizes) / constants[depth] / np.log(10)
            series.append(Series("sharp", "whp S21", _floats(study.sizes), _floats(bound), curve=i))
    return Panel("failure", _EQUAL, _FAILURE, tuple(series), "deeper networks")


def plot_depth(study: AngleStudy, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw `depth_panel`."""
    return onto(depth_panel(study), ax, style)


def beyond_figures(
    sections: Collection[str] = SECTIONS, *, trials: int = 1000, seed: int = 0
) -> dict[str, tuple[Picture, str]]:
    """Run the studies of some sections and compose their figures.

    Parameters
    ----------
    sections : collection of str
        Of `SECTIONS`.
    trials : int
        One network per 200 trials where networks are drawn, at least 4.
    seed : int

    Returns
    -------
    dict of str to (Picture, str)
        By file stem, with the caption.
    """
    networks = min(20, max(4, trials // 200))
    end = f"Seed {seed}, whp {version('whp')}."
    found: dict[str, tuple[Picture, str]] = {}
    if "sign-noise" in sections:
        laws, descent = sign_study(), pgd_study(networks=networks, seed=seed)
        words = (
            "(a) Exact failure probabilities of one step along the gradient and along its sign, for both witnesses. "
            f"(b) Their exponents. (c) Share of inputs separated after {descent.steps} projected steps "
            f"($m = {descent.m}$, $d = {descent.d}$, {networks} networks), and the share certified. {end}"
        )
        found["beyond.sign-noise"] = Picture("", (noises_panel(laws), rates_panel(laws), pgd_panel(descent))), words
    if "rank" in sections:
        rank = rank_study(networks=networks, seed=seed)
        words = (
            f"Why the noises of trained networks are separable across widths ($d = {rank.d}$, $n = {rank.n}$, "
            f"{rank.networks} networks each), and the control with shuffled labels, of which Cover counts "
            f"{rank.cover:.2g}. {end}"
        )
        found["beyond.rank"] = Picture("", (rank_panel(rank),)), words
    if "transfer" in sections:
        transfer = transfer_study(networks=networks, seed=seed)
        words = (
            "Test noises classified by (a) the sum of n training noises, (b) a linear model fitted to them; (c) "
            f"networks of which every single training noise classifies all test noises ({networks} networks). {end}"
        )
        panels = tuple(transfer_panel(transfer, probe) for probe in ("mean", "fitted", "least"))
        found["beyond.transfer"] = Picture("", panels), words
    if "multiclass" in sections or "depth" in sections:
        angles = angle_study(seed=seed)
        if "multiclass" in sections:
            words = f"Failure against one rival class at p = 1/K and at the worst softmax, by the exact law. {end}"
            found["beyond.multiclass"] = Picture("", (classes_panel(angles),)), words
        if "depth" in sections:
            words = f"Failure of networks with L hidden layers of width d, by the exact recursion, and S21. {end}"
            found["beyond.depth"] = Picture("", (depth_panel(angles),)), words
    return found
