"""The figure of a checked claim: its own where cells were asked, else both sides along a parameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from sympy import oo

from ...theory.calculus.evaluate import number
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell, doublings
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Claim, Link, Statement
from ..deciders import settle_cell
from ..deciders.question import Question
from ..deciders.stats import ALPHA
from ..figures import View, figure_for
from ..figures.style import INK, add_legend, half_width, looks, style
from ..figures.view import cell_tex, symbol_tex
from ..guide import Guides, no_guide
from ..verdict import Result

__all__ = ["drawn", "save_drawn"]

# Places along an interval, cells of the other parameters that get a curve, and links that get a panel.
_PLACES, _CURVES, _PANELS = 41, 3, 3
_WRONG = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
_LOG10 = math.log(10)


def drawn(result: Result, guides: Guides = no_guide, words: Mapping[str, str] | None = None) -> Figure:
    """The figure of a result; `guides` and `words` are those of its paper.

    Raises
    ------
    ValueError
        Where there is nothing to draw.
    """
    statement = result.statement
    listed = {name for point in statement.exact_points for name in point}
    real = any(not p.is_size and p.name not in listed for p in statement.parameters)
    along_sizes = bool(statement.sizes) and not real and any(o.cell for link in result.links for o in link.outcomes)
    why = ""
    try:
        found = figure_for(View(result, guides, words or {})) if along_sizes else None
        if found is not None:
            return found
        panels = [panel for panel in _panels(statement) if panel.curves][:_PANELS]
        if panels:
            return _figure(panels)
    except _WRONG as error:
        why = f" ({type(error).__name__}: {error})"
    raise ValueError(
        f"there is nothing to draw of {statement.key}{why}: a figure needs numbers for both sides at cells, which "
        "laws, formulas or draws give"
    )


def save_drawn(result: Result, path: Path) -> None:
    """Draw a result into one file; its suffix says how.

    Raises
    ------
    ValueError
        Where there is nothing to draw.
    OSError
        Where the file cannot be written.
    """
    figure = drawn(result)
    try:
        with style():
            figure.savefig(path, metadata={"CreationDate": None} if path.suffix == ".pdf" else None)
    except OSError as error:
        raise OSError(f"cannot write {path} ({error.strerror}); choose another name") from None


@dataclass(frozen=True)
class _Curve:
    """Both sides of a link along a parameter: log10 of probabilities, plain numbers of formulas."""

    beside: Cell
    at: tuple[float, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]


@dataclass(frozen=True)
class _Panel:
    """The curves of one link."""

    link: Link
    axis: Parameter
    curves: tuple[_Curve, ...]


def _panels(statement: Statement) -> Iterator[_Panel]:
    listed = {name for point in statement.exact_points for name in point}
    free = [p for p in statement.parameters if p.name not in listed]
    axis = next((p for p in free if not p.is_size), free[0] if free else None)
    if axis is None:
        return
    others = [p for p in free if p is not axis]
    for claim in statement.claims:
        for link in claim.links:
            found = (_curve(statement, claim, link, axis, beside) for beside in _beside(statement, others))
            yield _Panel(link, axis, tuple(curve for curve in found if len(curve.at) > 1))


def _beside(statement: Statement, others: Sequence[Parameter]) -> list[Cell]:
    """A few values of the parameters that are not on the axis."""
    cells: list[Cell] = []
    for i in range(_CURVES):
        here = {p.name: (_whole(p, 4**i) if p.is_size else _values(p)[_PLACES // 2]) for p in others}
        cells += [{**here, **point} for point in statement.exact_points]
    return list({tuple(cell.items()): cell for cell in cells}.values())[:_CURVES]


def _whole(p: Parameter, value: int) -> int:
    most = value if p.high == oo else int(p.high)
    return max(int(p.low), min(value, most))


def _values(p: Parameter) -> list[Any]:
    """Places along the domain of a parameter."""
    if p.is_size:
        sizes = [1, 2, 3, 6, *(int(cell[p.name]) for cell in doublings((p.name,)))]
        return [v for v in sizes if p.admits(v) and v <= 4096]
    steps = [Fraction(i, _PLACES + 1) for i in range(1, _PLACES + 1)]
    low, high = (None if end in (oo, -oo) else _near(end) for end in (p.low, p.high))
    if low is not None and high is not None:
        return [low + (high - low) * s for s in steps]
    if low is not None:
        return [low + 4 * s / (1 - s / 2) for s in steps]
    return [high - 4 * s if high is not None else 10 * s - 5 for s in steps]


def _near(end: Any) -> Fraction:
    try:
        return Fraction(exact_number(end))
    except (TypeError, ValueError):
        return Fraction(number(end, {})).limit_denominator(10**6)


def _curve(statement: Statement, claim: Claim, link: Link, axis: Parameter, beside: Cell) -> _Curve:
    at: list[float] = []
    sides: list[tuple[float, float]] = []
    question = Question(statement, claim, link, (), ALPHA, 0)
    for value in _values(axis):
        cell = {**beside, axis.name: value}
        try:
            if statement.applies(cell):
                continue
            pair = _sides(question, cell)
        except _WRONG:
            continue
        if pair is not None and all(map(math.isfinite, pair)):
            at.append(float(value))
            sides.append(pair)
    left, right = zip(*sides, strict=True) if sides else ((), ())
    return _Curve(beside, tuple(at), tuple(left), tuple(right))


def _sides(question: Question, cell: Mapping[str, Any]) -> tuple[float, float] | None:
    link = question.link
    if link.kind == "probability":
        answer = settle_cell(question, cell)
        if answer is None or not answer.outcomes:
            return None
        outcome = answer.outcomes[0]
        return outcome.value_float / _LOG10, outcome.bound_float / _LOG10
    if link.kind == "scalar":
        return float(number(link.lhs, cell)), float(number(link.rhs, cell))
    return None


def _figure(panels: Iterable[_Panel]) -> Figure:
    shown = list(panels)
    with style():
        figure = half_width(2.7 * len(shown))
        rows = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for ax, panel in zip(rows, shown, strict=True):
            probabilities = panel.link.kind == "probability"
            colours = looks([tuple(curve.beside.items()) for curve in panel.curves])
            for side, dash, names in (("right", "-", ("right side", "bound")), ("left", ":", ("left side", "truth"))):
                name = names[probabilities]
                # One line where the other parameters make no difference.
                same = len({(curve.at, getattr(curve, side)) for curve in panel.curves}) == 1
                for curve in panel.curves[:1] if same else panel.curves:
                    colour = INK if same else colours[tuple(curve.beside.items())].colour
                    tail = "" if same or not curve.beside else f", ${cell_tex(curve.beside)}$"
                    ax.plot(curve.at, getattr(curve, side), color=colour, ls=dash, label=f"{name}{tail}")
            ax.set_xlabel(f"${symbol_tex(panel.axis.name)}$")
            ax.set_ylabel(r"$\log_{10}$ probability" if probabilities else "both sides")
        add_legend(list(rows), beside=False)
    return figure
