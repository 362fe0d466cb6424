"""From finished work to links with their outcomes, refutations followed up, and rows of draws for figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...theory.language.cells import Cell
from ...theory.language.models import RV
from ..deciders import settle_draws, settle_path
from ..deciders.question import Answer, Question
from ..deciders.smallest import best_thresholds
from ..sweep.draws import Draws
from ..sweep.grid import NO_DATA
from ..sweep.processes import Finished, run_tasks
from ..sweep.store import Store
from ..verdict import LinkResult, Outcome, Verdict
from .plan import SAMPLED_KINDS, Asked, Drawing, Inquiry, Plan
from .tasks import RefutedTask

__all__ = ["Settled", "draw_rows", "draws_of", "follow_up", "relevant_rows", "settle"]

Row = Mapping[str, Any]


@dataclass(eq=False)
class Settled:
    """A question whose constants are all named, with its link's outcomes and the best constants found for it."""

    asked: Asked
    question: Question
    result: LinkResult
    best: list[Mapping[str, str]] = field(default_factory=list)


def draws_of(planned: Plan, finished: Finished) -> Draws:
    """All draws that were made, for deciders."""
    return Draws(
        (drawing.model, drawing.task.cell, rv, finished[drawing.task])
        for drawing in planned.drawings
        for rv in drawing.task.engine.measures
    )


def settle(asked: Asked, finished: Finished, draws: Draws) -> Settled:
    """Put together what was found of a question: a proof, a path, or its cells by law and by draws."""
    question = replace(asked.question, draws=draws)
    found = _whole(asked, question, finished)
    answer = found if found is not None else _cell_by_cell(asked, question, finished)
    return Settled(asked, question, LinkResult(question.link, answer.outcomes, question.sizes))


def _whole(asked: Asked, question: Question, finished: Finished) -> Answer | None:
    """An answer for all cells at once, or None."""
    domain = None if asked.domain is None else finished[asked.domain]
    if domain is not None:
        return domain
    along = settle_path(question)
    if along is not None:
        return along
    link = question.link
    if question.unlisted and link.kind in SAMPLED_KINDS:
        why = f"scope: no value is listed for {', '.join(question.unlisted)}; list some in the statement's points"
        return Answer.of(Outcome(Verdict.UNDETERMINED, None, reason=why))
    if link.scope is not None and link.rvs and not any(rv.model in question.engines for rv in link.rvs):
        return Answer.of(Outcome(Verdict.UNDETERMINED, None, reason=f"scope: {link.scope}"))
    return None


def _cell_by_cell(asked: Asked, question: Question, finished: Finished) -> Answer:
    outcomes: list[Outcome] = []
    by_law = {id(task.cell): finished[task] for task in asked.cells}
    for cell in question.cells:
        known = by_law.get(id(cell))
        found = known
        if known is None or (known.outcomes[0].verdict is Verdict.UNDETERMINED and question.link.kind in SAMPLED_KINDS):
            drawn = settle_draws(question, cell)
            if known is None or (drawn is not None and drawn.outcomes[0].verdict is not Verdict.UNDETERMINED):
                found = drawn or known
        outcomes += _nobody(question, cell).outcomes if found is None else found.outcomes
    return Answer(tuple(outcomes))


def _nobody(question: Question, cell: Cell) -> Answer:
    """What is said of a cell that no decider answers."""
    link = question.link
    without = sorted({rv.model.name for rv in link.rvs if rv.model not in question.engines})
    reason = f"no decider answers a {link.kind} link here: no law, no form and no draws"
    if without:
        reason += f"; no engine was given for the model {', '.join(without)}"
    return Answer.of(Outcome(Verdict.UNDETERMINED, None, dict(cell), reason=reason))


def follow_up(settled: Iterable[Settled], store: Store, jobs: int) -> None:
    """For every refuted link find its smallest counterexample and the best constants with which it would hold."""
    tasks: list[tuple[Settled, RefutedTask]] = []
    for s in settled:
        if s.result.verdict is Verdict.REFUTED and s.asked.domain is not None:
            name = f"{s.asked.domain.name}/refuted"
            tasks.append((s, RefutedTask(name, s.asked.question, s.result.outcomes)))
            s.best += best_thresholds(s.question)
    finished = run_tasks([task for _, task in tasks], store, jobs=jobs)
    for s, task in tasks:
        found = finished[task]
        if found.smallest is not None:
            s.result = replace(s.result, outcomes=(*s.result.outcomes, found.smallest))
        if found.best is not None:
            s.best.append(found.best)


def draw_rows(planned: Plan, finished: Finished) -> tuple[tuple[Drawing, Row], ...]:
    """Counts, quantiles and moments of every random variable at every place, with the draws they are of."""
    rows: list[tuple[Drawing, Row]] = []
    for drawing in planned.drawings:
        task = drawing.task
        for rv in task.engine.measures:
            where = {"data": NO_DATA if task.data is None else drawing.place.data, **task.cell}
            summary = finished[task].summary(rv)
            rows.append((drawing, {"model": drawing.model.name, "rv": rv, **where, **summary}))
    return tuple(rows)


def relevant_rows(inquiry: Inquiry, planned: Plan, rows: Iterable[tuple[Drawing, Row]]) -> tuple[Row, ...]:
    """The draws of the random variables a statement speaks of, and of those the sweep compares with them in law."""
    s = inquiry.statement
    names = {(rv.model, rv.name) for link in s.links for rv in link.rvs}
    judged = [i.admitted.event for i in s.implied_by if i.admitted is not None]
    names |= {(rv.model, rv.name) for event in judged for rv in event.atoms(RV)}
    shown = [d for d in planned.drawings if d.model in s.models]
    names |= {(d.model, rv) for d in shown for rv in d.task.engine.shown}
    for other in planned.inquiries:
        for link in other.statement.links:
            pair = {(rv.model, rv.name) for rv in link.rvs}
            if link.relation == "=_d" and len(pair) == 2 and pair & names:
                names |= pair
    return tuple(row for drawing, row in rows if (drawing.model, row["rv"]) in names)
