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

from ....theory.calculus.evaluate import number
from ....theory.language.models import RV
from ....theory.language.statements import Statement
from ...figures.layout import lay_out
from ...figures.panels import onto
from ...figures.picture import Axis, Panel, Picture, Role, Series
from ...verdict import Result
from ...verify.explain import headline
from ..experiments.run import Drawn, first_draw
from ..experiments.settings import Experiment, experiment_of

__all__ = ["experiment_caption", "experiment_figure", "experiment_picture", "plot_accuracy", "plot_embedding"]

Row = Mapping[str, Any]


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


def _place_axis(experiment: Experiment) -> Axis:
    if experiment.along == "epochs":
        return Axis("epochs", "steps", "epochs")
    return Axis("steps of the attack", "size", "steps")


def accuracy_panel(result: Result, quantities: Sequence[str] = ("train", "test"), title: str = "") -> Panel:
    """What `plot_accuracy` draws."""
    experiment = experiment_of(result.statement)
    if experiment is None:
        raise ValueError(
            f"{result.statement.key} is about no experiment; "
            "whp.checks.zhang2023.experiments.settings.EXPERIMENTS lists them"
        )
    every = _lines(result)
    chosen = [line for line in every if line.quantity in quantities and line.name != "original"]
    widths = sorted({line.m for line in chosen})
    names = list(dict.fromkeys(line.name for line in chosen))
    keys = [(m, name) for m in widths for name in names]
    series: list[Series] = []
    for i, key in enumerate(keys):
        for line in (x for x in chosen if (x.m, x.name) == key):
            # What test points have looks the same in every panel.
            first = line.quantity == "train" or (len(quantities) == 1 and len(widths) > 1)
            role: Role = "line" if first else "second"
            curve = i if first else i + len(keys)
            label = _label(line, widths, names, quantities)
            series.append(Series(role, label, _floats(line.at), line.middle, line.low, line.high, curve))
    if "witness" not in quantities:
        series += _references(result.statement, every)
    return Panel("trend", _place_axis(experiment), Axis("accuracy", "linear", "accuracy"), tuple(series), title)


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def plot_accuracy(
    result: Result, ax: Axes | None = None, *, quantities: Sequence[str] = ("train", "test"), **style: Any
) -> Axes:
    """Accuracies along an experiment's axis: one curve per width or line, one dash per quantity.

    Parameters
    ----------
    result : Result
        Of a statement about an experiment.
    ax : Axes, optional
    quantities : sequence of {"train", "test", "witness"}
        With "train" or "test" the linear model on the original features and the printed levels are drawn too.
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(accuracy_panel(result, quantities), ax, style)


_WORDS = {"train": "training points", "test": "test points", "witness": "test points"}


def _label(line: _Line, widths: Sequence[int], series: Sequence[str], quantities: Sequence[str]) -> str:
    parts = [f"$m = {line.m}$"] if len(widths) > 1 else []
    if len(series) > 1:
        parts.append(line.name)
    if len(quantities) > 1 or not parts or len(series) > 1:
        parts.append(f"noises of {_WORDS[line.quantity]}")
    return ", ".join(parts)


def _references(statement: Statement, lines: Sequence[_Line]) -> list[Series]:
    found: list[Series] = []
    places = sorted(
        {x for line in lines if line.quantity in ("train", "test") and line.name != "original" for x in line.at}
    )
    ends = (float(places[0]), float(places[-1])) if places else (0.0, 1.0)
    original = [line for line in lines if line.name == "original" and line.quantity == "test"]
    if original:
        level = float(np.median([line.middle[0] for line in original]))
        found.append(Series("level", "linear model on the inputs, test points", ends, (level, level)))
    clean = [line for line in lines if line.quantity == "clean"]
    if len(clean) == 1 and len(clean[0].at) > 1:
        found.append(Series("guide", "network, clean test points", _floats(clean[0].at), clean[0].middle))
    levels = {
        part: number(link.rhs)
        for part in ("train", "test")
        for link in statement.links
        if isinstance(link.lhs, RV) and link.lhs.name == f"least_{part}" and not link.rhs.atoms(RV)
    }
    for level in sorted(set(levels.values())):
        parts = [word for part, word in (("train", "training"), ("test", "test")) if levels.get(part) == level]
        words = f"claimed at least, {' and '.join(parts)} points"
        found.append(Series("bound", words, ends, (float(level), float(level)), forbidden="below"))
    return found


def embedding_panel(drawn: Drawn, what: str = "noises") -> Panel:
    """What `plot_embedding` draws."""
    plane, y = drawn.pictures[what]
    series = []
    for k in range(int(y.max()) + 1):
        x = plane[y == k]
        series.append(Series("point", "", _floats(x[:, 0]), _floats(x[:, 1]), curve=k, marker=f"${k}$"))
    values = (drawn.values[f"{what}/{kind}/0"] for kind in ("embedded", "purity"))
    title = "{}: {:.1%} of neighbours share the class ({:.1%} unembedded)".format(what, *values)
    return Panel("phase", Axis("", "linear", "first"), Axis("", "linear", "second"), tuple(series), title)


def plot_embedding(drawn: Drawn, ax: Axes | None = None, *, what: str = "noises", **style: Any) -> Axes:
    """Points in the plane, each drawn as its class, with the share of nearest neighbours of one class.

    Parameters
    ----------
    drawn : Drawn
    ax : Axes, optional
    what : {"inputs", "noises"}
    **style
        Of `whp.checks.figures.Style`.

    Returns
    -------
    Axes
    """
    return onto(embedding_panel(drawn, what), ax, style)


def experiment_picture(result: Result, *, seed: int = 0, experiment: Experiment | None = None) -> Picture | None:
    """The picture of a result about an experiment, or None when nothing was drawn.

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
    heading = f"{result.statement.key} ({result.statement.form}): {headline(result)}"
    if experiment.along == "classes":
        drawn = first_draw(experiment, int(result.draws[0]["m"]), seed)
        return Picture(heading, (embedding_panel(drawn, "inputs"), embedding_panel(drawn)))
    many = len({line.m for line in _lines(result)}) > 1
    targeted = any(series.attack.targeted for series in experiment.series)
    witness = r"W_0^\top A_{k+1}" if targeted else r"-W_0^\top A_k"
    return Picture(
        heading,
        (
            accuracy_panel(result, ("test",) if many else ("train", "test"), "linear model of 50 L-BFGS steps"),
            accuracy_panel(result, ("witness",), f"witnesses $v_k = {witness}$ of the initial weights"),
        ),
    )


def experiment_figure(result: Result, *, seed: int = 0, experiment: Experiment | None = None) -> Figure | None:
    """`experiment_picture` as a figure of a page's width."""
    picture = experiment_picture(result, seed=seed, experiment=experiment)
    return None if picture is None else lay_out(picture)


def _exactly(result: Result) -> str:
    rows = [row for row in result.draws if "/exact/" in row["rv"]]
    asked = sum(row["trials"] for row in rows)
    proved = sum(row["mean"] * row["trials"] for row in rows)
    return (
        f"In {proved:.0f} of {asked:.0f} cases the linear model separates the noises of all training points, which is "
        "proved exactly"
    )


def experiment_caption(result: Result, *, seed: int, version: str, experiment: Experiment | None = None) -> str:
    """What `experiment_picture` shows, in LaTeX."""
    s = result.statement
    experiment = experiment or experiment_of(s)
    assert experiment is not None
    draws = int(max((row["trials"] for row in result.draws), default=0))
    sentences = [f"{s.title} ({s.key}, {s.form}; {s.source}): {headline(result)}".replace("_", r"\_")]
    data = f"{experiment.words}, two-layer ReLU networks with ten outputs on scikit-learn's digits ($d = 64$)"
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
