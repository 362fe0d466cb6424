"""The figures of experiments, drawn from the rows of a result (`whp.checks.zhang2023.experiments`).

Every line is the median over the draws with its 5-95 % band. Left are linear models fitted to noises, right the
witnesses v_k = −W_0ᵀA_k of the initial weights, which nothing is fitted to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ....theory.calculus.evaluate import number
from ....theory.language.models import RV
from ....theory.language.statements import Statement
from ...figures.style import INK, Look, add_legend, draw_bound, full_width, looks, new_axes, style
from ...verdict import Result
from ...verify.explain import headline
from ..experiments.run import Drawn, first_draw
from ..experiments.settings import Experiment, experiment_of

__all__ = ["experiment_caption", "experiment_figure", "plot_accuracy", "plot_embedding"]

Row = Mapping[str, Any]
_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#8C564B",
    "#7F7F7F",
    "#6A3D9A",
)


@dataclass(frozen=True)
class _Line:
    """One quantity of one line at one width, along the axis."""

    m: int
    name: str
    quantity: str
    at: tuple[int, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]


def _lines(result: Result) -> list[_Line]:
    grouped: dict[tuple[int, str, str], list[tuple[int, Row]]] = {}
    for row in result.draws:
        if row["rv"].count("/") == 2:
            name, quantity, at = row["rv"].split("/")
            grouped.setdefault((row["m"], name, quantity), []).append((int(at), row))
    found = []
    for (m, name, quantity), pairs in grouped.items():
        pairs.sort(key=lambda pair: pair[0])
        at, rows = zip(*pairs, strict=True)
        low, middle, high = (tuple(row[k] for row in rows) for k in ("q05", "median", "q95"))
        found.append(_Line(m, name, quantity, at, low, middle, high))
    return found


def _place_axis(ax: Axes, experiment: Experiment, places: Iterable[int]) -> None:
    found = sorted(set(places))
    if experiment.along == "epochs":
        ax.set_xscale("symlog", linthresh=1, linscale=0.5)
        ax.set_xlim(-0.1, 1.15 * found[-1])
        ax.set_xlabel("epochs")
    else:
        ax.set_xscale("log")
        ax.set_xlim(found[0] / 1.2, found[-1] * 1.2)
        ax.set_xlabel("steps of the attack")
    ax.xaxis.set_major_locator(FixedLocator(found))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def plot_accuracy(result: Result, ax: Axes | None = None, *, quantities: Sequence[str] = ("train", "test")) -> Axes:
    """Accuracies along an experiment's axis: one colour per width or line, one dash per quantity.

    Parameters
    ----------
    result : Result
        Of a statement about an experiment.
    ax : Axes, optional
    quantities : sequence of {"train", "test", "witness"}
        With "train" or "test" the linear model on the original features and the printed levels are drawn too.

    Returns
    -------
    Axes
    """
    experiment = experiment_of(result.statement)
    if experiment is None:
        raise ValueError(
            f"{result.statement.key} is about no experiment; "
            "whp.checks.zhang2023.experiments.settings.EXPERIMENTS lists them"
        )
    every = _lines(result)
    chosen = [line for line in every if line.quantity in quantities and line.name != "original"]
    widths = sorted({line.m for line in chosen})
    series = list(dict.fromkeys(line.name for line in chosen))
    keys = [(m, name) for m in widths for name in series]
    with style():
        ax = new_axes(ax)
        for key, look in looks(keys).items():
            for line in (x for x in chosen if (x.m, x.name) == key):
                _draw(ax, line, look, _label(line, widths, series, quantities))
        if "witness" not in quantities:
            _references(ax, result.statement, every)
        _place_axis(ax, experiment, [at for line in chosen for at in line.at])
        ax.set_ylim(-0.03, 1.06)
        ax.set_ylabel("accuracy")
    return ax


_WORDS = {"train": "training points", "test": "test points", "witness": "test points"}


def _label(line: _Line, widths: Sequence[int], series: Sequence[str], quantities: Sequence[str]) -> str:
    parts = [f"$m = {line.m}$"] if len(widths) > 1 else []
    if len(series) > 1:
        parts.append(line.name)
    if len(quantities) > 1 or not parts or len(series) > 1:
        parts.append(f"noises of {_WORDS[line.quantity]}")
    return ", ".join(parts)


def _draw(ax: Axes, line: _Line, look: Look, label: str) -> None:
    test = line.quantity != "train"
    ax.fill_between(line.at, line.low, line.high, color=look.colour, alpha=0.18, lw=0)
    ax.plot(
        line.at,
        line.middle,
        color=look.colour,
        marker=look.marker,
        mfc="white" if test else look.colour,
        ls=(0, (4, 1.2)) if test else "-",
        label=label,
    )


def _references(ax: Axes, statement: Statement, lines: Sequence[_Line]) -> None:
    original = [line for line in lines if line.name == "original" and line.quantity == "test"]
    if original:
        level = float(np.median([line.middle[0] for line in original]))
        ax.axhline(level, color=INK, lw=0.8, ls=":", label="linear model on the inputs, test points")
    clean = [line for line in lines if line.quantity == "clean"]
    if len(clean) == 1 and len(clean[0].at) > 1:
        ax.plot(clean[0].at, clean[0].middle, color="0.55", lw=0.9, label="network, clean test points")
    for part, words in (("train", "training"), ("test", "test")):
        levels = [
            number(link.rhs)
            for link in statement.links
            if isinstance(link.lhs, RV) and link.lhs.name == f"least_{part}" and not link.rhs.atoms(RV)
        ]
        if levels:
            at = sorted({x for line in lines if line.quantity == part for x in line.at})
            label = f"claimed at least, {words} points"
            draw_bound(
                ax, at, [levels[0]] * len(at), above=False, colour="0.15" if part == "train" else "0.5", label=label
            )


def plot_embedding(drawn: Drawn, ax: Axes | None = None, *, what: str = "noises") -> Axes:
    """Points in the plane, each drawn as its class, with the share of nearest neighbours of one class.

    Parameters
    ----------
    drawn : Drawn
    ax : Axes, optional
    what : {"inputs", "noises"}

    Returns
    -------
    Axes
    """
    plane, y = drawn.pictures[what]
    with style():
        ax = new_axes(ax)
        for k in range(int(y.max()) + 1):
            x = plane[y == k]
            ax.plot(x[:, 0], x[:, 1], ls="", marker=f"${k}$", ms=4.2, mew=0.2, color=_COLOURS[k % len(_COLOURS)])
        ax.set_xticks([])
        ax.set_yticks([])
        values = (drawn.values[f"{what}/{kind}/0"] for kind in ("embedded", "purity"))
        ax.set_title("{}: {:.1%} of neighbours share the class ({:.1%} unembedded)".format(what, *values))
        ax.title.set_fontsize("small")
    return ax


def experiment_figure(result: Result, *, seed: int = 0, experiment: Experiment | None = None) -> Figure | None:
    """The figure of a result about an experiment, or None when nothing was drawn.

    Parameters
    ----------
    result : Result
    seed : int
        That of the run; embedded points are not stored but drawn again from it.
    experiment : Experiment, optional
        What was run, where that is not the one ``whp verify`` runs.
    """
    experiment = experiment or experiment_of(result.statement)
    if experiment is None or not result.draws:
        return None
    with style():
        figure = full_width(2.9)
        left, right = np.ravel(figure.subplots(1, 2))
        if experiment.along == "classes":
            drawn = first_draw(experiment, int(result.draws[0]["m"]), seed)
            plot_embedding(drawn, left, what="inputs")
            plot_embedding(drawn, right)
            return figure
        many = len({line.m for line in _lines(result)}) > 1
        plot_accuracy(result, left, quantities=("test",) if many else ("train", "test"))
        plot_accuracy(result, right, quantities=("witness",))
        left.set_title("linear model of 50 L-BFGS steps")
        targeted = any(series.attack.targeted for series in experiment.series)
        witness = r"W_0^\top A_{k+1}" if targeted else r"-W_0^\top A_k"
        right.set_title(f"witnesses $v_k = {witness}$ of the initial weights")
        right.set_ylabel("")
        add_legend([left, right])
    return figure


def _exactly(result: Result) -> str:
    rows = [row for row in result.draws if "/exact/" in row["rv"]]
    asked = sum(row["trials"] for row in rows)
    proved = sum(row["mean"] * row["trials"] for row in rows)
    return (
        f"In {proved:.0f} of {asked:.0f} cases the linear model separates the noises of all training points, which is "
        "proved exactly"
    )


def experiment_caption(result: Result, *, seed: int, version: str, experiment: Experiment | None = None) -> str:
    """What `experiment_figure` shows, in LaTeX."""
    s = result.statement
    experiment = experiment or experiment_of(s)
    assert experiment is not None
    draws = int(max((row["trials"] for row in result.draws), default=0))
    sentences = [f"{s.title} ({s.key}, {s.form}; {s.source}): {headline(result)}".replace("_", r"\_")]
    data = f"{experiment.words}, on scikit-learn's digits ($d = 64$)"
    if experiment.along == "classes":
        sentences.append(f"Run: {data}, {experiment.test} points, each drawn as its class")
    else:
        sentences += [
            f"Run: {data}, {experiment.training} training and {experiment.test} test points, learning rate "
            f"{experiment.learning_rate:g}, {experiment.epochs} epochs of batches of 128",
            "Linear models without bias are fitted by 50 L-BFGS steps to (noise, class) pairs, noises scaled to the "
            "inputs' norm",
            r"Median and 5--95\,\% band",
            _exactly(result),
        ]
    sentences.append(f"{draws} networks per width" if draws > 1 else "One network per width")
    sentences.append(f"Seed {seed}, whp {version}")
    return ". ".join(sentences) + "."
