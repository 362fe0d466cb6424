"""The figures of ``whp experiment``: noises beside inputs, labels of the data beside random ones, train beside test.

A curve is a kind of vector and of label, named where it ends; test points are solid, training points dotted, and where
one panel has test points at two times, those at the end are dashed and those at the start dashed and dotted. Bands go
from the least to the largest of the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from ...figures.picture import Axis, Panel, Picture, Series
from ..experiments.claims import controls_of, findings
from ..experiments.learnt import learnt
from ..experiments.measures import COUNTS
from ..experiments.networks import NETWORKS
from ..experiments.runs import Run

__all__ = ["data_words", "network_words", "run_caption", "run_picture", "settings_words"]

# Curves that nowhere differ by more are drawn as one.
_ALIKE = 0.01
_ACCURACY = Axis("accuracy", "linear", "accuracy")
_MARGINS = Axis("margin, one class\nagainst the rest", "linear", "margin")
_EPOCHS, _WIDTH = Axis("epochs", "steps", "epochs"), Axis("width $m$", "size", "m")
_KINDS = (("noises", "true"), ("noises", "random"), ("inputs", "true"), ("inputs", "random"))
_NAMES = {
    ("noises", "true"): "noises",
    ("noises", "random"): "noises, random",
    ("inputs", "true"): "inputs",
    ("inputs", "random"): "inputs, random",
}
_TEST, _TRAIN = "test points", "training points, where they differ"
_MARGIN = "certified margin"
Curve = tuple[str, list[Series]]


def run_picture(run: Run) -> Picture:
    """The picture of one figure's run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Picture
        At most four panels: the figure's own axis, one panel for each of its lines; accuracy on test noises against
        the number of training noises; what nothing is fitted to; and, by width, margins of training noises.
    """
    experiment = run.experiment
    heading = f"{experiment.key}: {experiment.words}; {run.bench.data}, d = {run.sizes.d}"
    if experiment.along == "classes":
        return Picture(heading, tuple(_embedding(run, name) for name in run.pictures))
    panels = [_widths(run)] if len(experiment.widths) > 1 else [_along(run, line) for line in experiment.lines]
    panels.append(_by_count(run))
    if experiment.along == "epochs":
        panels.append(_unfitted(run))
        if len(experiment.widths) > 1 and run.get(max(experiment.widths), "inputs", "true", "margin_low", 0):
            panels.append(_margins(run))
    return Picture(heading, tuple(panels))


def _series(role: Any, label: str, places: Sequence[float], columns: Sequence[Sequence[float]], curve: int) -> Series:
    """The median of each place's draws, with their least and largest as band."""
    x = tuple(float(at) for at in places)
    middle, low, high = (tuple(float(f(column)) for column in columns) for f in (np.median, min, max))
    return Series(role, label, x, middle, low, high, curve)


def _alike(first: Sequence[Series], second: Sequence[Series], within: float = _ALIKE) -> bool:
    return len(first) == len(second) and all(
        a.x == b.x and max(abs(p - q) for p, q in zip(a.y, b.y, strict=True)) <= within
        for a, b in zip(first, second, strict=True)
    )


def _told_apart(curves: Sequence[Curve], within: float = _ALIKE) -> tuple[Series, ...]:
    """Series with the names of their curves at their ends; curves that lie on each other are one with both names."""
    every = [name for name, _ in curves]
    groups: list[tuple[list[str], list[Series]]] = []
    for name, series in curves:
        twin = next((names for names, kept in groups if _alike(kept, series, within)), None)
        if twin is None:
            groups.append(([name], series))
        else:
            twin.append(name)
    found = []
    for names, series in groups:
        first, *rest = series
        shown = [first, *(other for other in rest if not _alike([first], [other], within))]
        found += [
            Series(s.role, s.label, s.x, s.y, s.low, s.high, s.curve, _joined(names, every) if s is first else "")
            for s in shown
        ]
    return tuple(found)


def _accuracies(curves: Sequence[Curve], run: Run) -> tuple[Series, ...]:
    """Curves of accuracies, with what guessing has."""
    series = _told_apart(curves)
    places = [x for s in series for x in s.x]
    chance = 1 / run.sizes.classes
    return *series, Series("level", "chance", (min(places), max(places)), (chance, chance))


def _joined(names: Sequence[str], every: Sequence[str]) -> str:
    """Names of curves that agree, in few words.

    Examples
    --------
    >>> every = ["noises", "noises, random", "inputs"]
    >>> _joined(every[:2], every), _joined(every, every), _joined(every[1:], every)
    ('noises, both', 'all', 'all but noises')
    """
    if len(names) == 1:
        return names[0]
    bases = {name.split(",")[0] for name in names}
    if len(bases) == 1:
        return f"{bases.pop()}, both"
    others = [name for name in every if name not in names]
    return "all" if not others else f"all but {others[0]}" if len(others) == 1 else " = ".join(names)


def _pair(run: Run, kind: tuple[str, str], line: str, places: Sequence[int], curve: int) -> list[Series]:
    """Test and training accuracy of a kind of vector along the axis; inputs are the same all along."""
    m, (vectors, given) = max(run.experiment.widths), kind
    series = []
    for role, label, quantity in (("line", _TEST, "test"), ("truth", _TRAIN, "train")):
        if vectors == "inputs":
            columns = [run.get(m, "inputs", given, quantity, 0)] * len(places)
        else:
            columns = [run.get(m, line, given, quantity, at) for at in places]
        series.append(_series(role, label, places, columns, curve))
    return series


def _places(run: Run, line: str) -> list[int]:
    return [at for _, name, at in run.experiment.points if name == line]


def _along(run: Run, line: str) -> Panel:
    places = _places(run, line)
    curves = [(_NAMES[kind], _pair(run, kind, line, places, i)) for i, kind in enumerate(_KINDS)]
    axis = _EPOCHS if run.experiment.along == "epochs" else Axis("steps", "size", "steps")
    title = "linear model" if len(run.experiment.lines) == 1 else line
    return Panel("trend", axis, _ACCURACY, _accuracies(curves, run), title)


def _widths(run: Run) -> Panel:
    """The least accuracy along training by width."""
    widths, line = run.experiment.widths, run.experiment.lines[0]
    curves: list[Curve] = []
    for i, (vectors, given) in enumerate(_KINDS):
        series = []
        for role, label, quantity in (("line", _TEST, "test"), ("truth", _TRAIN, "train")):
            columns = []
            for m in widths:
                places = [0] if vectors == "inputs" else _places(run, line)
                name = "inputs" if vectors == "inputs" else line
                found = [run.get(m, name, given, quantity, at) for at in places]
                columns.append(tuple(map(min, zip(*found, strict=True))))
            series.append(_series(role, label, widths, columns, i))
        curves.append((_NAMES[vectors, given], series))
    return Panel(
        "trend",
        _WIDTH,
        _ACCURACY,
        _accuracies(curves, run),
        "least along training",
    )


def _by_count(run: Run) -> Panel:
    """Accuracy on test vectors against the number of training vectors, after training and at initialisation."""
    m, line = max(run.experiment.widths), run.experiment.lines[0]
    places = _places(run, line)
    ends = (places[-1], places[0]) if run.experiment.along == "epochs" else (places[-1],)
    last, first = ("at the end", "at the start") if len(ends) == 2 else ("test points", "")
    measured = run.get(m, line, "rank", "n", places[-1])[0]
    curves: list[Curve] = []
    for i, (vectors, given) in enumerate(_KINDS):
        name, series = ("inputs" if vectors == "inputs" else line), []
        total = (run.sizes.n if vectors == "inputs" else measured) / run.sizes.classes
        roles = ("second", "third") if len(ends) == 2 else ("line",)
        for role, label, at in zip(roles, (last, first), ends, strict=False):
            at = 0 if vectors == "inputs" else at
            at_counts = {float(count): run.get(m, name, given, f"test_{count}", at) for count in COUNTS}
            known = {count: column for count, column in at_counts.items() if column and count < total}
            known[total] = run.get(m, name, given, "test", at)
            series.append(_series(role, label, tuple(known), tuple(known.values()), i))
        curves.append((_NAMES[vectors, given], series))
    title = _titled("test points", run)
    axis = Axis("training vectors per class", "log", "vectors per class")
    return Panel("trend", axis, _ACCURACY, _accuracies(curves, run), title)


def _titled(words: str, run: Run) -> str:
    """A title that says which line, or which width, the panel is about."""
    if len(run.experiment.lines) > 1:
        return f"{words}, {run.experiment.lines[0]}"
    return f"{words}, $m = {max(run.experiment.widths)}$" if len(run.experiment.widths) > 1 else words


def _unfitted(run: Run) -> Panel:
    """What nothing is fitted to: the initial weights' witnesses, and the mean noise of each class, on test noises."""
    m, line = max(run.experiment.widths), run.experiment.lines[0]
    places = _places(run, line)
    curves: list[Curve] = []
    for quantity, words in (("witness", "witness"), ("mean", "means")):
        for given, labels in (("true", ""), ("random", ", random")):
            columns = [run.get(m, line, given, quantity, at) for at in places]
            curves.append((words + labels, [_series("line", _TEST, places, columns, len(_KINDS) + len(curves))]))
    title = _titled("nothing fitted", run)
    return Panel("trend", _EPOCHS, _ACCURACY, _accuracies(curves, run), title)


def _margins(run: Run) -> Panel:
    """Certified margins of training vectors relative to their norm, by width, at the end."""
    widths, line = run.experiment.widths, run.experiment.lines[0]
    end = _places(run, line)[-1]
    curves: list[Curve] = []
    for i, (vectors, given) in enumerate(_KINDS):
        name, at = ("inputs", 0) if vectors == "inputs" else (line, end)
        ends = ([run.get(m, name, given, f"margin_{side}", at) for m in widths] for side in ("low", "high"))
        low, high = (_series("draws", _MARGIN, widths, columns, i) for columns in ends)
        curves.append((_NAMES[vectors, given], [replace(low, high=high.high)]))
    largest = max(max(s.high) for _, (s,) in curves)
    return Panel("trend", _WIDTH, _MARGINS, _told_apart(curves, _ALIKE * largest), "training points, at the end")


def _embedding(run: Run, name: str) -> Panel:
    vectors, given = name.split("/")
    plane, y = (np.asarray(run.pictures[name][part]) for part in ("plane", "classes"))
    series = []
    for k in range(run.sizes.classes):
        x = plane[y == k]
        series.append(Series("point", "", _floats(x[:, 0]), _floats(x[:, 1]), curve=k, marker=f"${k}$"))
    m = run.experiment.widths[0]
    found = run.get(m, vectors, given, "embedded", 0)
    low, high = min(found), max(found)
    shares = f"{low:.0%}" if low == high else f"{low:.0%} to {high:.0%}"
    title = f"{_NAMES[vectors, given]}: {shares}"
    return Panel("phase", Axis("", "linear", "first"), Axis("", "linear", "second"), tuple(series), title)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def network_words(run: Run) -> str:
    """The networks that were run."""
    widths = ", ".join(map(str, run.experiment.widths))
    return NETWORKS[run.experiment.network].words.format(m=widths) + f" with {run.sizes.classes} outputs"


def data_words(run: Run) -> str:
    """The data that were run on."""
    pooled = f", means of {run.bench.pool}×{run.bench.pool} pixels" if run.bench.pool > 1 else ""
    random = " with random labels" if run.bench.labels == "random" else ""
    return f"{run.bench.data}{random}{pooled}, d = {run.sizes.d}, {run.sizes.n} + {run.sizes.test} points"


def settings_words(run: Run) -> str:
    """Rates, epochs and seeds."""
    seeds = f"{run.seeds} seeds from {run.seed}" if run.seeds > 1 else f"seed {run.seed}"
    if run.experiment.along == "classes":
        return seeds
    return f"learning rate {run.experiment.learning_rate:g}, {run.experiment.epochs} epochs of batches of 128, {seeds}"


def run_caption(run: Run) -> str:
    """What `run_picture` shows, and what the run says of the claims, in LaTeX."""
    sentences = [f"{run.experiment.key}: {run.experiment.words}, {network_words(run)}, on {data_words(run)}"]
    sentences.append(settings_words(run)[0].upper() + settings_words(run)[1:])
    if run.experiment.along == "classes":
        sentences.append(
            "Each point is drawn as its class, in the last panel as the random label that its attack was given; the "
            "shares are those of points whose nearest neighbour in the plane has the same label, over all draws"
        )
    else:
        sentences += [
            "Linear models without bias are fitted by 50 L-BFGS steps to vectors of norm $\\sqrt d$; random labels "
            "are drawn without looking at the data, given to the attack and to be told from the noise",
            f"Median with the least and the largest of {run.seeds} draws; curves that agree within {_ALIKE:g} "
            "everywhere are drawn as one, named both where they are those of the data's labels and of random ones",
        ]
    sentences.append(learnt(run).removesuffix("."))
    sentences += [f"{found.verdict.capitalize()}: {found.claim} ({found.evidence})" for found in findings(run)]
    sentences += [f"Control, {control.name}: {control.found}" for control in controls_of(run)]
    return ". ".join([*sentences, f"whp {version('whp')}"]).replace("_", r"\_").replace("%", r"\%") + "."
