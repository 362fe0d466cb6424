"""Draws in looks: what each open cell has been drawn, whether that decides it, and what is to be drawn next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.language.cells import Cell, cell_text
from ...theory.language.models import RV, Model
from ..deciders import settle_draws
from ..deciders.guard import contradiction
from ..deciders.question import Answer, Question
from ..deciders.tails import law_at
from ..sweep.draws import Drawn, Draws, DrawTask
from ..sweep.errors import Failed, attempt
from ..sweep.processes import Finished
from ..verdict import Verdict
from .plan import Asked, Drawing, Plan, by_looks
from .tasks import CompareTask, error_at

__all__ = ["Watch"]


@dataclass(eq=False)
class _Open:
    """A cell of a question that is decided by draws as they come.

    Attributes
    ----------
    look : int
        The looks taken so far, the next one included.
    answer : Answer or None
        What was found at the last look.
    done : bool
    """

    question: Question
    cell: Cell
    drawings: tuple[Drawing, ...]
    look: int = 1
    answer: Answer | None = None
    done: bool = False


@dataclass(eq=False)
class Watch:
    """The draws of a run, and the cells that wait for more of them.

    What a question reads hangs on its own looks alone, not on what others had drawn.

    Parameters
    ----------
    planned : Plan
    finished : Finished
    """

    planned: Plan
    finished: Finished
    _open: dict[tuple[int, int], _Open] = field(default_factory=dict)
    _joined: dict[tuple[int, int, int], Drawn] = field(default_factory=dict)
    _compared: dict[tuple[int, int, str], CompareTask] = field(default_factory=dict)

    def watch(self, questions: Iterable[tuple[Asked, Cell]]) -> None:
        """Judge these cells by draws."""
        for asked, cell in questions:
            question = asked.question
            self._open[id(asked), id(cell)] = _Open(question, cell, self._drawings_at(question, cell))

    def wanted(self) -> list[DrawTask]:
        """Look at every open cell, and say what must be drawn to go on; nothing once all is decided or spent."""
        missing: dict[str, DrawTask] = {}
        for at in self._open.values():
            while not at.done:
                needed = [p for d in at.drawings for p in d.pieces[: at.look] if p not in self.finished]
                if needed:
                    missing |= {piece.name: piece for piece in needed}
                    break
                self._judge(at)
        return list(missing.values())

    def _judge(self, at: _Open) -> None:
        error = self._error(at.drawings, lambda d: d.pieces[: at.look])
        if error:
            at.answer, at.done = Answer.of(error_at(error, at.cell)), True
            return
        found = attempt(lambda: settle_draws(replace(at.question, draws=self._drawn(at.drawings, at.look)), at.cell))
        if isinstance(found, Failed):
            at.answer, at.done = Answer.of(error_at(found.text, at.cell)), True
            return
        at.answer = found
        open_ = [Verdict.UNDETERMINED]
        if at.question.link.kind == "moment":  # an equality that nothing contradicts yet
            open_.append(Verdict.CONSISTENT)
        decided = found is None or found.outcomes[0].verdict not in open_
        if decided or all(at.look >= len(d.pieces) for d in at.drawings):
            at.done = True
        else:
            at.look += 1

    def answer(self, asked: Asked, cell: Cell) -> Answer | None:
        """What draws say of a cell that was watched; None for other cells and where no decider reads its draws."""
        at = self._open.get((id(asked), id(cell)))
        return None if at is None else at.answer

    def fixed(self) -> Draws:
        """The draws for what is decided from a fixed number of them."""
        return Draws(
            (d.model, d.task.cell, rv, self._join(d, d.base, 1))
            for d in self.planned.drawings
            if not self._error((d,), lambda d: d.at_once)
            for rv in d.task.engine.measures
        )

    def all_of(self, drawing: Drawing) -> Drawn | None:
        """All that was drawn at a place; None where that raised an error."""
        made = self._made(drawing, len(drawing.pieces))
        return Drawn.joined(made) if made else None

    def error_at(self, question: Question, cell: Cell) -> str:
        """What kept the random variables of a question from being drawn at a cell; empty where nothing did."""
        return self._error(self._drawings_at(question, cell), lambda d: d.at_once)

    def comparisons(self) -> list[CompareTask]:
        """Hold every law against the draws that were made of it: each law and stream once."""
        wanted: dict[Any, CompareTask] = {}
        for asked in self.planned.asked:
            question = asked.question
            for cell in question.cells if question.link.kind == "probability" else ():
                for rv in question.link.rvs:
                    found = None if rv.law is None else attempt(partial(self._against, asked, rv, cell))
                    if found is not None and not isinstance(found, Failed):
                        key, values = found
                        if key not in wanted:
                            first = asked.domain or asked.corner
                            where = f"{cell_text(cell)}/{values.size} draws"
                            name = f"{'' if first is None else first.name}/law of {rv.name}/{where}"
                            wanted[key] = CompareTask(name, rv, cell, values)
                        self._compared[id(asked), id(cell), rv.name] = wanted[key]
        return list(wanted.values())

    def _against(self, asked: Asked, rv: RV, cell: Cell) -> tuple[Any, NDArray[np.float64]] | None:
        """What a law's comparison goes by, and the draws of the looks taken, or of a fixed number."""
        drawing, look = self._first(rv, cell), self._look(asked, cell)
        made = [] if drawing is None else self._made(drawing, drawing.base if look is None else look)
        if drawing is None or not made:
            return None
        values = self._join(drawing, len(made), 1).of(rv.name).first
        law: Any = law_at(rv, cell)
        try:
            hash(law)
        except TypeError:
            law = (id(asked), id(cell))
        return (law, id(drawing), rv.name, len(made)), values

    def _look(self, asked: Asked, cell: Cell) -> int | None:
        """How many looks a question has taken at a cell; None where it reads a fixed number of draws."""
        if not by_looks(asked.question.claim, asked.question.link):
            return None
        at = self._open.get((id(asked), id(cell)))
        return 1 if at is None else at.look

    def contradiction(self, asked: Asked, cell: Cell) -> str | None:
        """That the law of a random variable of a question and its draws at a cell cannot both be right, in words."""
        question, look = asked.question, self._look(asked, cell)
        judged = [rv for rv in question.link.rvs if (id(asked), id(cell), rv.name) in self._compared]
        for rv in judged:
            found = self.finished[self._compared[id(asked), id(cell), rv.name]]
            alpha = question.alpha / len(judged) * (1 if look is None else 6 / (math.pi * look) ** 2)
            if found is not None and (words := contradiction(rv.name, found, alpha)) is not None:
                return words
        return None

    @cached_property
    def _places(self) -> dict[tuple[Model, str], list[Drawing]]:
        found: dict[tuple[Model, str], list[Drawing]] = {}
        for drawing in self.planned.drawings:
            for rv in drawing.task.engine.measures:
                found.setdefault((drawing.model, rv), []).append(drawing)
        return found

    def _first(self, rv: RV, cell: Cell) -> Drawing | None:
        """The first place at which a random variable is drawn that fits a cell."""
        fits = (
            drawing
            for drawing in self._places.get((rv.model, rv.name), ())
            if all(cell.get(k, v) == v for k, v in drawing.task.cell.items())
        )
        return next(fits, None)

    def _drawings_at(self, question: Question, cell: Cell) -> tuple[Drawing, ...]:
        """Where the random variables of a question are drawn for a cell: the first place of each that fits."""
        found = {id(drawing): drawing for rv in question.link.rvs if (drawing := self._first(rv, cell)) is not None}
        return tuple(found.values())

    def _error(self, drawings: Iterable[Drawing], pieces: Callable[[Drawing], tuple[DrawTask, ...]]) -> str:
        return next((e for d in drawings for piece in pieces(d) if (e := self.finished.error(piece))), "")

    def _made(self, drawing: Drawing, pieces: int) -> list[Drawn]:
        """The first pieces of a stream that are there, none after one that raised an error."""
        made: list[Drawn] = []
        for piece in drawing.pieces[:pieces]:
            if piece not in self.finished or self.finished.error(piece):
                break
            made.append(self.finished[piece])
        return made

    def _join(self, drawing: Drawing, pieces: int, looks: int) -> Drawn:
        made = self._made(drawing, pieces)
        key = (id(drawing), len(made), looks)
        if key not in self._joined:
            self._joined[key] = Drawn.joined(made, looks)
        return self._joined[key]

    def _drawn(self, drawings: Iterable[Drawing], look: int) -> Draws:
        return Draws(
            (d.model, d.task.cell, rv, self._join(d, look, look)) for d in drawings for rv in d.task.engine.measures
        )
