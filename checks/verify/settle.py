"""From finished work to links with their outcomes, refutations followed up, and rows of draws for figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sympy import oo

from ...theory.language.cells import Cell, cell_text
from ...theory.language.models import RV
from ..deciders import settle_draws, settle_path
from ..deciders.formula import unread
from ..deciders.pathwise import is_pathwise
from ..deciders.question import Answer, Question
from ..deciders.sharp import movable
from ..deciders.smallest import best_thresholds
from ..sweep.draws import SUMMARY, Draws
from ..sweep.errors import Failed, attempt
from ..sweep.grid import NO_DATA
from ..sweep.processes import Finished, run_tasks
from ..sweep.store import Store
from ..verdict import Evidence, LinkResult, Outcome, Verdict
from .looks import Watch
from .plan import SAMPLED_KINDS, Asked, Drawing, Inquiry, Plan, by_looks
from .tasks import CellTask, FarTask, RefutedTask, SharpTask, SmallTask, erred, error_at

__all__ = ["Settled", "draw_rows", "follow_up", "left_after", "open_cells", "relevant_rows", "settle"]

Row = Mapping[str, Any]
_COLUMNS = ("model", "rv", "data", *SUMMARY)


@dataclass(eq=False)
class Settled:
    """A question whose constants are all named, with its link's outcomes and the best constants found for it."""

    asked: Asked
    question: Question
    result: LinkResult
    best: list[Mapping[str, str]] = field(default_factory=list)


def open_cells(planned: Plan, finished: Finished) -> Iterable[tuple[Asked, Cell]]:
    """The cells that only draws can decide, as they come."""
    for asked in planned.asked:
        question = asked.question
        if by_looks(question.claim, question.link) and _unasked(question) is None and not _proved(asked, finished):
            for task in asked.cells:
                known = finished[task]
                if known is None or (known.outcomes[0].verdict is Verdict.UNDETERMINED and not _erred(known)):
                    yield asked, task.cell


def settle(asked: Asked, finished: Finished, watch: Watch, draws: Draws) -> Settled:
    """Put together what was found of a question: a proof, a path, or its cells by law and by draws.

    Parameters
    ----------
    asked : Asked
    finished : Finished
    watch : Watch
        Of the cells that are decided by draws as they come.
    draws : Draws
        A fixed number of them, for all other links.
    """
    question = replace(asked.question, draws=draws)
    whole = _whole(asked, question, finished, watch)
    if whole is None:
        outcomes = _cell_by_cell(asked, question, finished, watch)
    else:
        outcomes = [*_beside(asked, finished), *whole.outcomes]
    if asked.domain is not None and finished.error(asked.domain):
        outcomes.append(error_at(finished.error(asked.domain)))
    outcomes = _contradicted(asked, watch, outcomes)
    if whole is None and question.unlisted and question.cells:
        outcomes = _at_some_values(question, outcomes)
    # Errors come last, where a link's reason is read.
    outcomes.sort(key=erred)
    return Settled(asked, question, LinkResult(question.link, tuple(outcomes), question.sizes))


def _at_some_values(question: Question, outcomes: list[Outcome]) -> list[Outcome]:
    """What was found at simple values of open real parameters: it refutes, and establishes nothing of all others."""
    if any(o.verdict is Verdict.REFUTED for o in outcomes):
        return outcomes
    names = ", ".join(question.unlisted)
    why = f"scope: no law decides it for every {names}; at the values tried"
    return [
        o
        if o.verdict is Verdict.UNDETERMINED
        else replace(o, verdict=Verdict.UNDETERMINED, evidence=None, reason=f"{why}: {o.reason}")
        for o in outcomes
    ]


def _erred(answer: Answer | None) -> bool:
    return answer is not None and any(map(erred, answer.outcomes))


def left_after(asked: Asked, finished: Finished) -> tuple[CellTask | SmallTask, ...]:
    """The work that is left after the domain task: nothing where it settled all, but cells to show of a proved tail."""
    if not _proved(asked, finished):
        return asked.later
    return asked.cells if _shows_cells(asked, finished) else ()


def _proved(asked: Asked, finished: Finished) -> bool:
    """Whether the domain task settled all."""
    return asked.domain is not None and finished[asked.domain] is not None and not finished.error(asked.domain)


def _shows_cells(asked: Asked, finished: Finished) -> bool:
    """Whether a link is proved whose probability is known cell by cell."""
    found = None if asked.domain is None else finished[asked.domain]
    proved = found is not None and all(o.evidence is Evidence.PROVED and not o.cell for o in found.outcomes)
    return proved and asked.question.link.kind == "probability"


def _beside(asked: Asked, finished: Finished) -> list[Outcome]:
    """The cells at which a law says something of a link that is proved: how near the bound is, or that it is wrong."""
    if not _proved(asked, finished) or not _shows_cells(asked, finished):
        return []
    said = [o for task in asked.cells if (known := finished[task]) is not None for o in known.outcomes]
    return [o for o in said if o.verdict in (Verdict.HOLDS, Verdict.VACUOUS, Verdict.REFUTED)]


def _unasked(question: Question) -> Answer | None:
    """What is said of a link that cannot be asked cell by cell; None for others."""
    link = question.link
    if question.unlisted and link.kind in SAMPLED_KINDS and not question.cells:
        why = f"scope: no value is listed for {', '.join(question.unlisted)}; list some in the statement's points"
        return Answer.of(Outcome(Verdict.UNDETERMINED, None, reason=why))
    if link.scope is not None and link.rvs and not any(rv.model in question.engines for rv in link.rvs):
        return Answer.of(Outcome(Verdict.UNDETERMINED, None, reason=f"scope: {link.scope}"))
    return None


def _whole(asked: Asked, question: Question, finished: Finished, watch: Watch) -> Answer | None:
    """An answer for all cells at once, or None."""
    if asked.domain is not None and _proved(asked, finished):
        return finished[asked.domain]
    if by_looks(question.claim, question.link):
        return _unasked(question)
    along = attempt(lambda: settle_path(question))
    if isinstance(along, Failed):
        return Answer.of(error_at(along.text))
    if question.link.kind in ("rate", "probability"):
        # Along a path one cell without draws leaves the others without an answer.
        broken = [error_at(e, cell) for cell in question.cells if (e := watch.error_at(question, cell))]
        if broken:
            return Answer(tuple(broken))
    return along if along is not None else _unasked(question)


def _cell_by_cell(asked: Asked, question: Question, finished: Finished, watch: Watch) -> list[Outcome]:
    outcomes: list[Outcome] = []
    by_law = {id(task.cell): finished[task] for task in asked.cells}
    for cell in question.cells:
        known = by_law.get(id(cell))
        drawn = _drawn(asked, question, cell, watch)
        error = watch.error_at(question, cell)
        found: Answer | None
        if known is None or _erred(known):
            found = known or drawn
        elif drawn is not None and (_erred(drawn) or drawn.outcomes[0].verdict is not Verdict.UNDETERMINED):
            found = drawn
        else:
            found = known
            # A law needs no draws, but draws that cannot be made are not passed over.
            if error:
                found = Answer(tuple(replace(o, remark=o.remark or error) for o in known.outcomes))
        if found is None:
            found = Answer.of(error_at(error, cell)) if error else _nobody(question, cell, watch)
        outcomes += found.outcomes
    small = None if asked.small is None else finished[asked.small]
    return outcomes if small is None else [*outcomes, *small.outcomes]


def _drawn(asked: Asked, question: Question, cell: Cell, watch: Watch) -> Answer | None:
    """What draws say of a cell."""
    if by_looks(question.claim, question.link):
        return watch.answer(asked, cell)
    if error := watch.error_at(question, cell):
        return Answer.of(error_at(error, cell)) if question.link.kind == "law" or is_pathwise(question.link) else None
    found = attempt(lambda: settle_draws(question, cell))
    return Answer.of(error_at(found.text, cell)) if isinstance(found, Failed) else found


def _contradicted(asked: Asked, watch: Watch, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes of a link without those that rest on a law which draws contradict."""
    cells = asked.question.cells
    wrong = {i: why for i, cell in enumerate(cells) if (why := watch.contradiction(asked, cell)) is not None}
    if not wrong:
        return outcomes
    first = next(iter(wrong))
    elsewhere = f"{wrong[first]} (at {cell_text(cells[first])})"
    left: list[Outcome] = []
    for o in outcomes:
        why = next((why for i, why in wrong.items() if dict(cells[i]) == dict(o.cell)), None)
        by_law = o.evidence in (Evidence.CERTIFIED, Evidence.COMPUTED) and o.verdict is not Verdict.VACUOUS
        if why is None and by_law:
            why = elsewhere
        left.append(o if why is None else Outcome(Verdict.UNDETERMINED, None, o.cell, o.value, o.bound, why))
    return left if left != outcomes else [*outcomes, error_at(wrong[first], cells[first])]


def _nobody(question: Question, cell: Cell, watch: Watch) -> Answer:
    """What is said of a cell that no decider answers: what the link has, and what it lacks."""
    link = question.link
    read = link.excluded is not None or link.failure is not None or link.relation == "="
    parts = [_about(rv, question, cell, read) for rv in link.rvs]
    if link.kind == "probability" and not read:
        parts.append("the shape of the event is not read")
    elif link.kind == "probability" and link.events:
        parts.append("what is given is not read")
    if link.kind == "probability" and (part := unread(question, cell)):
        parts.append(part)
    reason = f"no decider answers this {link.kind} link here: {'; '.join(parts) or 'it has no random variable'}"
    return Answer.of(Outcome(Verdict.UNDETERMINED, None, dict(cell), reason=reason))


def _about(rv: RV, question: Question, cell: Cell, read: bool) -> str:
    """What a random variable has that may answer a link, and what it lacks."""
    link, engine = question.link, question.engines.get(rv.model)
    has: list[str] = []
    lacks: list[str] = []
    if rv.law is None:
        lacks.append("law")
    elif link.kind == "probability":
        has.append("a law that does not answer this" if read else "a law")
    else:
        has.append("a law")
    (lacks if rv.form is None else has).append("form" if rv.form is None else "a form")
    if engine is None:
        lacks.append(f"engine (its model is {rv.model.name})")
    elif rv.name not in engine.measures:
        lacks.append(f"measure (its model {rv.model.name} has an engine)")
    elif not question.draws_at(rv, cell):
        lacks.append("draws at this cell")
    else:
        has.append("draws")
    without = f"no {', no '.join(lacks)}" if lacks else ""
    return f"{rv.name} has {', '.join([*has, without] if without else has)}"


def follow_up(settled: Iterable[Settled], store: Store, jobs: int) -> None:
    """For every refuted link find its smallest counterexample and the best constants with which it would hold.

    Of bounds on what is given by its construction the sharp constant is found, refuted or not. What held at the sizes
    that were asked, or was left open, is refuted where a path of parameters shows that it fails far out.
    """
    settled = [*settled]
    far = [
        (s, FarTask(f"{s.asked.domain.name}/far", s.asked.question))
        for s in settled
        if s.asked.domain is not None and _may_fail_far_out(s)
    ]
    beyond = run_tasks([task for _, task in far], store, jobs=jobs)
    for s, look in far:
        if (answer := beyond[look]) is not None:
            s.result = replace(s.result, outcomes=(*s.result.outcomes, *answer.outcomes))
    tasks: list[tuple[Settled, RefutedTask]] = []
    bounds: list[tuple[Settled, SharpTask]] = []
    for s in settled:
        if s.asked.domain is not None and _has_sharp(s):
            bounds.append((s, SharpTask(f"{s.asked.domain.name}/sharp", s.asked.question)))
        if s.result.verdict is Verdict.REFUTED and s.asked.domain is not None:
            tasks.append((s, RefutedTask(f"{s.asked.domain.name}/refuted", s.asked.question, s.result.outcomes)))
            thresholds = attempt(partial(best_thresholds, s.question))
            if isinstance(thresholds, Failed):
                _remark(s, thresholds.text)
            else:
                s.best += thresholds
    finished = run_tasks([*(task for _, task in tasks), *(task for _, task in bounds)], store, jobs=jobs)
    for s, bound in bounds:
        if (row := finished[bound]) is not None:
            s.best.append(row)
    for s, task in tasks:
        if error := finished.error(task):
            _remark(s, error)
        found = finished[task]
        if found.smallest is not None:
            s.result = replace(s.result, outcomes=(*s.result.outcomes, found.smallest))
        if found.best is not None:
            s.best.append(found.best)


def _may_fail_far_out(s: Settled) -> bool:
    """Whether a bound is not refuted where it was asked, nor proved, and has a parameter without end."""
    still = s.result.verdict in (Verdict.HOLDS, Verdict.CONSISTENT, Verdict.UNDETERMINED)
    unproved = still and s.result.evidence is not Evidence.PROVED
    endless = any(p.high == oo for p in s.question.statement.parameters)
    return unproved and endless and s.question.link.kind in ("probability", "scalar")


def _has_sharp(s: Settled) -> bool:
    """Whether a link was decided and has a constant that may be moved."""
    decided = s.result.verdict in (Verdict.HOLDS, Verdict.REFUTED) and s.result.evidence is not Evidence.SAMPLED
    return decided and movable(s.question.link)


def _remark(s: Settled, error: str) -> None:
    """Say at a refuting outcome that its best constants were not found."""
    outcomes = [
        replace(o, remark="; ".join(filter(None, (o.remark, f"best constant: {error}"))))
        if o.verdict is Verdict.REFUTED
        else o
        for o in s.result.outcomes
    ]
    s.result = replace(s.result, outcomes=tuple(outcomes))


def draw_rows(planned: Plan, watch: Watch) -> tuple[tuple[Drawing, Row], ...]:
    """Counts, quantiles and moments of every random variable at every place, with the draws they are of."""
    rows: list[tuple[Drawing, Row]] = []
    for drawing in planned.drawings:
        task, drawn = drawing.task, watch.all_of(drawing)
        if drawn is None or not drawing.shown:
            continue
        for rv in task.engine.measures:
            # A size of a name that the table has for something else keeps it with a mark.
            cell = {f"size {k}" if k in _COLUMNS else k: v for k, v in task.cell.items()}
            where = {"data": NO_DATA if task.data is None else drawing.place.data, **cell}
            rows.append((drawing, {"model": drawing.model.name, "rv": rv, **where, **drawn.summary(rv)}))
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
