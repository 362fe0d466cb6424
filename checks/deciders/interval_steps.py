"""Claims in which a floor or a ceiling of the real parameter steps: on a piece, at each of its few integers."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import sympy
from sympy import Basic, Expr, Integer

from ...theory.calculus.enclosure import workprec
from ...theory.calculus.evaluate import enclose
from ...theory.language.cells import Cell
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.laws.hull import Piece
from .interval_cuts import values_put
from .interval_ends import ball_at
from .interval_line import Line
from .interval_sides import PREC
from .question import Question

__all__ = ["line_of"]

_STEPS = (sympy.floor, sympy.ceiling)
# A piece on which there are more choices of integers is halved, and pieces that are asked then.
_CHOICES, _PIECES = 4, 120
# Beyond such integers a piece is left open.
_LARGE = 100


def line_of(question: Question, t: Parameter, at: Cell, budget: int) -> Line:
    """The search over the interval of one real parameter."""
    steps = tuple(sorted(_steps_in((question.link.lhs, question.link.rhs), t), key=str))
    return SteppedLine(question, t, at, min(budget, _PIECES), steps) if steps else Line(question, t, at, budget)


def _steps_in(parts: Any, t: Parameter) -> set[Expr]:
    """The outermost floors and ceilings of a parameter in expressions and in the laws of their variables."""
    found: set[Expr] = set()
    for part in parts:
        if isinstance(part, LawOf):
            found |= _steps_in(part.parameters, t)
        elif isinstance(part, Basic):
            found |= {step for step in part.atoms(*_STEPS) if step.has(t)}
            found |= _steps_in([rv.law for rv in part.atoms(RV) if rv.law is not None], t)
    return {step for step in found if not any(step != other and other.has(step) for other in found)}


def _put_law(law: Any, put: dict[Expr, Expr]) -> Any:
    """A law with values for steps in its parameters."""
    if not isinstance(law, LawOf):
        return law
    return LawOf(law.law, *[_put_law(p, put) if isinstance(p, LawOf) else _put(p, put) for p in law.parameters])


def _put(part: Any, put: dict[Expr, Expr]) -> Any:
    if not isinstance(part, Basic):
        return part
    rvs = {rv: _with_law(rv, _put_law(rv.law, put)) for rv in part.atoms(RV)}
    return part.xreplace({rv: new for rv, new in rvs.items() if new is not rv}).xreplace(put)


def _with_law(rv: RV, law: Any) -> RV:
    return rv if law == rv.law else RV(rv.name, rv.model, rv.tex, rv.form, law)


class SteppedLine(Line):
    """A search in which a piece is asked at every choice of the integers that floors and ceilings take on it."""

    def __init__(self, question: Question, t: Parameter, at: Cell, budget: int, steps: tuple[Expr, ...]) -> None:
        super().__init__(question, t, at, budget)
        self.steps = steps
        self.lines: dict[tuple[int, ...], Line] = {}

    def _slopes(self, piece: Piece) -> None:
        """None: what steps has no derivative."""
        return

    def _touches(self, piece: Piece, at_low: bool, atom: bool = True) -> bool:
        return False

    def _on(self, piece: Piece) -> bool | None:
        if piece.low == piece.high:
            return super()._on(piece)
        choices = self._choices(piece)
        if choices is None:
            return None
        known = {self._asked(choice, piece) for choice in choices}
        return True if known == {True} else False if len(choices) == 1 and known == {False} else None

    def _hopeless(self, piece: Piece) -> bool:
        """Whether steps come too close to each other on all of a piece: between large integers."""
        put = values_put(self.question, self.at)
        asked = (piece.high, (piece.low + piece.high) / 2)
        sizes = [ball_at(step.args[0].xreplace(put), {self.t.name: x}) for x in asked for step in self.steps]
        return all(size is not None and abs(size) > _LARGE for size in sizes)

    def _asked(self, choice: tuple[int, ...], piece: Piece) -> bool | None:
        """Whether the claim holds on a piece with these integers for its steps."""
        line = self.lines.get(choice)
        if line is None:
            put = dict(zip(self.steps, map(Integer, choice), strict=True))
            link = self.question.link
            link = replace(link, lhs=_put(link.lhs, put), rhs=_put(link.rhs, put))
            line = Line(replace(self.question, link=link), self.t, self.at, self.budget)
            self.lines[choice] = line
        known = line._on(piece)
        return True if known is None and line._by_middle(piece) else known

    def _choices(self, piece: Piece) -> list[tuple[int, ...]] | None:
        """All integers that the steps may take on a piece, one of each; None where there are many."""
        ranges: list[range] = []
        put = values_put(self.question, self.at)
        for step in self.steps:
            try:
                with workprec(PREC):
                    inner = enclose(step.args[0].xreplace(put), {self.t.name: piece.ball}, PREC)
            except (ValueError, ArithmeticError):
                return None
            if not inner.is_finite() or inner.rad() > _CHOICES:
                return None
            low, high = Piece.of(inner).low, Piece.of(inner).high
            rounded = math.floor if isinstance(step, sympy.floor) else math.ceil
            ranges.append(range(rounded(low), rounded(high) + 1))
        return list(product(*ranges)) if math.prod(map(len, ranges)) <= _CHOICES else None
