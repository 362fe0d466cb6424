"""What a run teaches: each measurement with the data's labels beside the same with random ones, and one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .claims import HOLDS, MOST, OPEN, compared, ranged
from .draws import BOUNDED
from .runs import Run

__all__ = ["Beside", "beside", "learnt"]

# What is measured at the end of a line, of noises and of inputs.
_NOISES = (
    ("test noises classified", "test"),
    ("the same, one noise of each class seen", "test_1"),
    ("the same, by the mean noise of each class", "mean"),
    ("the same, by witnesses of the initial weights", "witness"),
    ("training noises classified", "train"),
    ("L-BFGS steps until all are right, at most 50", "steps"),
    (f"certified margin of {BOUNDED} training noises at most", "margin_low"),
)
_INPUTS = (
    ("test inputs classified", "test"),
    ("training inputs classified", "train"),
    (f"certified margin of {BOUNDED} training inputs at most", "margin_low"),
)


@dataclass(frozen=True)
class Beside:
    """One measurement at the largest width, with the data's labels and with labels drawn without looking at the data.

    Attributes
    ----------
    what : str
    where : str
        At which point of the axis; empty of inputs.
    true, random : tuple of float
        One number of each draw; empty where it was not measured.
    """

    what: str
    where: str
    true: tuple[float, ...]
    random: tuple[float, ...]


def beside(run: Run) -> tuple[Beside, ...]:
    """The measurements at the end of each line, and of the inputs, with either kind of label.

    Parameters
    ----------
    run : Run
    """
    return tuple(row for row in _rows(run) if row.true or row.random)


def _rows(run: Run) -> Iterator[Beside]:
    m = max(run.experiment.widths)

    def row(what: str, where: str, line: str, quantity: str, at: int) -> Beside:
        true, random = (_lowered(run.get(m, line, given, quantity, at), quantity) for given in ("true", "random"))
        return Beside(what, where, true, random)

    if run.experiment.along == "classes":
        for line in ("noises", "inputs"):
            yield row(f"embedded {line} whose neighbour has their label", "", line, "embedded", 0)
        return
    unit = run.experiment.along
    for line in run.experiment.lines:
        end = max(at for _, name, at in run.experiment.points if name == line)
        named = f" ({line})" if len(run.experiment.lines) > 1 else ""
        for what, quantity in _NOISES:
            yield row(what, f"{end} {unit if end != 1 else unit[:-1]}{named}", line, quantity, end)
    for what, quantity in _INPUTS:
        yield row(what, "", "inputs", quantity, 0)


def _lowered(values: tuple[float, ...], quantity: str) -> tuple[float, ...]:
    """Lower bounds are rounded down to the digits that are shown; other numbers stay."""
    return tuple(math.floor(1e4 * v) / 1e4 for v in values) if quantity == "margin_low" else values


def learnt(run: Run) -> str:
    """One sentence: is the label that the attack was given recognised, whatever the data say, and from how little?

    Parameters
    ----------
    run : Run
    """
    noises, *others = beside(run)
    inputs = next(row for row in others if not row.where and "inputs" in row.what)
    numbers = f"{ranged(noises.true)}, with random labels {ranged(noises.random)}, inputs {ranged(inputs.true)}"
    sentence = f"{noises.what} {numbers}: {_recognised(noises, inputs)}"
    if run.experiment.along == "classes":
        return f"{sentence[0].upper()}{sentence[1:]}."
    widths = run.experiment.widths
    width = f" at width {max(widths)}" if len(widths) > 1 else ""
    return f"After {noises.where}{width}, {sentence}; {_of_few(others[0])}."


def _recognised(noises: Beside, inputs: Beside) -> str:
    if min(noises.random) >= MOST:
        if max(inputs.true) < min(noises.random):
            return "what is recognised is the label that the attack was given, whether or not the data know it"
        return "the label that the attack was given is recognised, and so is that of the inputs themselves"
    if min(noises.true) > max(noises.random):
        return "the data's labels are recognised better than random ones"
    return "random labels are not recognised in every network"


def _of_few(one: Beside) -> str:
    verdict = compared("", one.true, one.random).verdict
    numbers = f"{ranged(one.true)} against {ranged(one.random)}"
    if verdict == OPEN:
        return f"from one noise of each class no sign test says which labels are ahead ({numbers})"
    ahead = "the data's labels are ahead of random ones" if verdict == HOLDS else "random labels are ahead"
    return f"from one noise of each class {ahead} ({numbers})"
