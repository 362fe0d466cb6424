"""From statements and a grid to results: plan the work, run it, and put the verdicts together.

Data goes one way: statement → cells → each link decided at each cell by the strongest decider that answers → Result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..theory.core import RV, Cell, Claim, Implication, Model, Statement
from ..theory.ledger import Ledger, ledger
from .deciders import settle_draws, settle_path
from .deciders.existential import corner_by_draws, named_constants
from .deciders.pathwise import is_pathwise
from .deciders.probability import telling_cells
from .deciders.question import DrawSummary, Question, cell_text
from .deciders.smallest import best_thresholds
from .grid import Grid, Place
from .registry import engine
from .seeds import draw_label
from .store import Store
from .sweep import (
    AdmittedTask,
    CellTask,
    CornerTask,
    DomainTask,
    DrawTask,
    RefutedTask,
    SupportTask,
    Task,
    run_tasks,
    trials_for,
)
from .verdict import Evidence, LinkResult, Outcome, Result, Verdict, weakest

__all__ = ["ALPHA", "Plan", "check", "check_all"]

ALPHA = 1e-6
_Table = dict[tuple[str, str], tuple[tuple[Mapping[str, int], DrawSummary], ...]]
_SAMPLED_KINDS = ("probability", "law", "rate")


@dataclass(frozen=True)
class _Asked:
    """A question with the name its work is stored under."""

    name: str
    question: Question
    existential: bool


@dataclass(frozen=True)
class Plan:
    """All the work a set of statements needs on a grid.

    Attributes
    ----------
    statements : tuple of Statement
    draws : tuple of (Place, DrawTask)
    first, second : tuple of tasks
        `second` holds the cell tasks of links that `first` may settle without them.
    """

    statements: tuple[Statement, ...]
    asked: tuple[_Asked, ...]
    draws: tuple[tuple[Place, DrawTask], ...]
    extra: tuple[Task, ...]

    @property
    def seconds(self) -> float:
        """Rough time on one core."""
        cells = sum(0.3 * len(a.question.cells) for a in self.asked if a.question.link.kind == "probability")
        return sum(t.seconds for _, t in self.draws) + 2.0 * len(self.asked) + cells

    @property
    def trials(self) -> int:
        return sum(t.trials for _, t in self.draws)

    @property
    def cells(self) -> int:
        return len(self.draws) + sum(len(a.question.cells) for a in self.asked)


def plan(statements: Iterable[Statement], grid: Grid, *, trials: int, seed: int) -> Plan:
    """Lay out questions, draws and constants' tables for `statements` on `grid`."""
    chosen = tuple(s for s in statements if s.form != "definition")
    asked: list[_Asked] = []
    extra: list[Task] = []
    for s in chosen:
        at = [tuple(grid.cells(s, _places([rv.model for rv in link.rvs], grid))) for link in s.links]
        alpha = ALPHA / max(1, sum(len(cells) for cells in at))
        label = f"{s.key}/{s.form}"
        index = 0
        for claim in s.claims:
            for link in claim.links:
                question = Question(s, claim, link, at[index], alpha, seed)
                if link.kind == "probability" and not claim.exists:
                    question = replace(question, cells=telling_cells(question))
                asked.append(_Asked(f"{label}/{index}", question, bool(claim.exists)))
                if claim.exists:
                    extra.append(CornerTask(f"{label}/{index}/corner", question))
                    extra += [SupportTask(f"{label}/{index}/supported/{i.by}", i, question) for i in s.implied_by]
                index += 1
        for implication in s.implied_by:
            extra.append(AdmittedTask(f"{label}/admitted/{implication.by}", implication))
            for i, step in enumerate(implication.steps):
                bare = replace(s, points=({},), claims=(Claim((step,)),), implied_by=())
                question = Question(bare, bare.claims[0], step, (), alpha, seed)
                extra.append(DomainTask(f"{label}/implication/{implication.by}/{i}", question))
    return Plan(chosen, tuple(asked), _draws(chosen, grid, trials, seed), tuple(extra))


def _places(models: Iterable[Model], grid: Grid) -> tuple[Place, ...]:
    """Where draws of these models are made: at places of the first one that names its own, or all over the sweep."""
    for model in models:
        found = engine(model)
        if found is not None and found.places is not None:
            return found.places(grid)
    return grid.places()


def _draws(statements: tuple[Statement, ...], grid: Grid, trials: int, seed: int) -> tuple[tuple[Place, DrawTask], ...]:
    """One draw task per model and place; models that only appear in settled moments are drawn for their figures."""
    tasks: dict[str, tuple[Place, DrawTask]] = {}
    models = {
        rv.model.name: rv.model
        for s in statements
        for link in s.links
        if (link.kind in _SAMPLED_KINDS or is_pathwise(link)) and not s.grid
        for rv in link.rvs
    }
    for name in sorted(models):
        found = engine(models[name])
        if found is None or not found.measures:
            continue
        for place in _places((models[name],), grid):
            cell = {k: v for k, v in place.cell.items() if k in models[name].params}
            count = trials_for(found, place.cell, max(1, round(trials * found.draws_per_trial)))
            data = place.data if found.on_data else "-"
            label = draw_label(name, data, cell)
            if label not in tasks:
                block = grid.dataset(place, seed) if found.on_data else None
                tasks[label] = (place, DrawTask(label, name, found, cell, block, count, seed))
    return tuple(tasks.values())


def check_all(
    statements: Iterable[Statement],
    grid: Grid,
    *,
    book: Ledger | None = None,
    trials: int = 1000,
    seed: int = 0,
    jobs: int = 1,
    store: Store | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Result, ...]:
    """Check many statements in one sweep, sharing draws.

    Parameters
    ----------
    statements : iterable of Statement
    grid : Grid
    book : Ledger, optional
        Where implied-by statements are looked up (default: the paper's ledger).
    trials : int
        Direct draws per cell, fewer where a cell's cost would exceed the budget.
    seed : int
        Root of every random stream.
    jobs : int
        Worker processes; the result does not depend on it.
    store : Store, optional
        Keeps finished pieces; default in memory.
    progress : callable, optional
        ``progress(done, total, name)``.

    Returns
    -------
    tuple of Result
        In the order given.

    Raises
    ------
    ValueError
        When `trials` or `jobs` is not positive.
    """
    if trials < 1 or jobs < 1:
        raise ValueError(f"trials and jobs must be at least 1, found trials = {trials}, jobs = {jobs}")
    wanted = tuple(statements)
    known = {(s.key, s.form): s for s in wanted}
    for s in wanted:
        for implication in s.implied_by:
            for other in (book if book is not None else ledger())[implication.by]:
                known.setdefault((other.key, other.form), other)
    planned = plan(known.values(), grid, trials=trials, seed=seed)
    with Store(None, {}) if store is None else nullcontext(store) as kept:
        return _run(planned, wanted, kept, jobs, progress)


def check(statement: Statement, grid: Grid | None = None, **options: Any) -> Result:
    """Check one statement on a grid.

    Parameters
    ----------
    statement : Statement
    grid : Grid, optional
        Default: widths 16 to 4096, dimensions 16, 64, 256, 100 samples on the sphere.
    **options
        As for `check_all`: book, trials, seed, jobs, store, progress.

    Returns
    -------
    Result

    Examples
    --------
    >>> from whp.checks import Grid, check
    >>> from whp.theory import ledger
    >>> result = check(ledger("zhang2023")["eq9"][0], Grid(widths=(16,), dims=(16,)))
    >>> str(result.verdict), str(result.evidence), dict(result.links[0].counterexample.cell)
    ('refuted', 'certified', {'m': 2, 'd': 1})
    """
    return check_all([statement], grid or Grid(), **options)[0]


def _run(
    planned: Plan,
    wanted: tuple[Statement, ...],
    store: Store,
    jobs: int,
    progress: Callable[[int, int, str], None] | None,
) -> tuple[Result, ...]:
    domain = [DomainTask(a.name, a.question) for a in planned.asked if not a.existential]
    draws = [task for _, task in planned.draws]
    # Cells of links that a proof may settle are asked only when it does not; everything else goes in one pass.
    early = [*domain, *planned.extra, *draws]
    late_size = sum(len(a.question.cells) for a in planned.asked if a.question.link.kind == "probability")

    def report(offset: int) -> Callable[[int, int, str], None] | None:
        if progress is None:
            return None
        return lambda done, total, name: progress(done + offset, len(early) + late_size, name)

    payloads = run_tasks(early, store, jobs=jobs, progress=report(0))
    cell_tasks = [
        CellTask(f"{a.name}/{_cell_label(cell)}", a.question, cell)
        for a in planned.asked
        if a.question.link.kind == "probability" and not a.existential and payloads[a.name] is None
        for cell in a.question.cells
    ]
    payloads |= run_tasks(cell_tasks, store, jobs=jobs, progress=report(len(early)))
    if progress is not None:
        progress(len(early) + late_size, len(early) + late_size, "")
    table = _draw_table(planned, payloads)
    rows = _draw_rows(planned, payloads)
    results: dict[tuple[str, str], Result] = {}
    links: dict[str, list[LinkResult]] = {}
    for a in planned.asked:
        if not a.existential:
            question = replace(a.question, draws=table)
            links.setdefault(_statement_label(a.name), []).append(_settled(a, question, payloads))
    best = _refined(planned, links, store, jobs, table)
    # Statements that others imply are complete before the existential ones are read.
    for s in planned.statements:
        label = f"{s.key}/{s.form}"
        if not any(a.existential for a in planned.asked if _statement_label(a.name) == label):
            results[s.key, s.form] = Result(s, tuple(links[label]), best.get(label, {}), _relevant(s, planned, rows))
    for s in planned.statements:
        if (s.key, s.form) not in results:
            results[s.key, s.form] = _existential(s, planned, payloads, results, links, rows, table)
    return tuple(results.get((s.key, s.form), Result(s, ())) for s in wanted)


def _refined(
    planned: Plan, links: dict[str, list[LinkResult]], store: Store, jobs: int, table: _Table
) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Shrink the counterexamples of refuted links in place; return the best constants by statement label."""
    places: dict[str, tuple[str, int]] = {}
    tasks: list[Task] = []
    best: dict[str, dict[str, list[dict[str, str]]]] = {}
    counted: dict[str, int] = {}
    for a in (a for a in planned.asked if not a.existential):
        label = _statement_label(a.name)
        index = counted.setdefault(label, 0)
        counted[label] += 1
        found = links[label][index]
        if found.verdict is Verdict.REFUTED:
            name = f"{a.name}/refuted"
            places[name] = label, index
            tasks.append(RefutedTask(name, a.question, found.outcomes))
            if rows := best_thresholds(replace(a.question, draws=table)):
                best.setdefault(label, {}).setdefault("best", []).extend(rows)
    payloads = run_tasks(tasks, store, jobs=jobs)
    for name, (label, index) in places.items():
        payload = payloads[name]
        if payload["smallest"] is not None:
            known = links[label][index]
            smallest = Outcome.from_dict(payload["smallest"])
            links[label][index] = LinkResult(known.link, (*known.outcomes, smallest))
        if payload["best"] is not None:
            best.setdefault(label, {}).setdefault("best", []).append(payload["best"])
    return best


def _statement_label(name: str) -> str:
    return name.rsplit("/", 1)[0]


def _cell_label(cell: Cell) -> str:
    return ",".join(f"{k}={v}" for k, v in cell.items())


def _settled(asked: _Asked, question: Question, payloads: Mapping[str, Any]) -> LinkResult:
    link = question.link
    whole = payloads[asked.name]
    if whole is not None:
        return LinkResult(link, tuple(Outcome.from_dict(o) for o in whole))
    along = settle_path(question)
    if along is not None:
        return LinkResult(link, along)
    if link.scope is not None and link.rvs and all(engine(rv.model) is None for rv in link.rvs):
        return LinkResult(link, (Outcome(Verdict.UNDETERMINED, None, reason=f"scope: {link.scope}"),))
    outcomes = []
    for cell in question.cells:
        payload = payloads.get(f"{asked.name}/{_cell_label(cell)}")
        found = None if payload is None else Outcome.from_dict(payload)
        if found is None or (found.verdict is Verdict.UNDETERMINED and link.kind in _SAMPLED_KINDS):
            drawn = settle_draws(question, cell)
            if found is None or (drawn is not None and drawn.verdict is not Verdict.UNDETERMINED):
                found = drawn or found
        if found is None:
            reason = f"no decider answers a {link.kind} link here: no law, no form and no draws"
            found = Outcome(Verdict.UNDETERMINED, None, dict(cell), reason=reason)
        outcomes.append(found)
    return LinkResult(link, tuple(outcomes))


def _existential(
    s: Statement,
    planned: Plan,
    payloads: Mapping[str, Any],
    results: Mapping[tuple[str, str], Result],
    links: Mapping[str, list[LinkResult]],
    rows: tuple[Mapping[str, Any], ...],
    table: _Table,
) -> Result:
    """A claim with unnamed constants: implied by a named one, refuted by a corner, or undetermined."""
    label = f"{s.key}/{s.form}"
    constants: dict[str, Any] = {}
    held: dict[str, tuple[Implication, Evidence | None]] = {}
    broken: dict[str, list[str]] = {}
    best: list[dict[str, str]] = []
    existential = [a for a in planned.asked if _statement_label(a.name) == label and a.existential]
    for implication in s.implied_by:
        others = [r for (key, _), r in results.items() if key == implication.by]
        steps = [payloads[f"{label}/implication/{implication.by}/{i}"] for i in range(len(implication.steps))]
        outcomes = [Outcome.from_dict(o) for step in steps for o in (step or ())]
        carried = [r for r in others if r.verdict is Verdict.HOLDS]
        proved = bool(carried and outcomes and all(o.verdict is Verdict.HOLDS for o in outcomes))
        words = ", ".join(str(r.verdict) for r in others) or "unchecked"
        for a in existential:
            against = payloads[f"{a.name}/supported/{implication.by}"]
            if not proved or against is not None:
                why = f"{implication.by} ({words}) does not imply it" if not proved else against
                broken.setdefault(a.name, []).append(why)
            elif a.name not in held:
                held[a.name] = implication, weakest([carried[0].evidence, *(o.evidence for o in outcomes)])
        if proved and all(a.name in held for a in existential):
            constants = payloads[f"{label}/admitted/{implication.by}"]
    collected = iter(links.get(label, ()))
    final: list[LinkResult] = []
    for a in (a for a in planned.asked if _statement_label(a.name) == label):
        if not a.existential:
            final.append(next(collected))
            continue
        stored = payloads[f"{a.name}/corner"]
        against = corner_by_draws(replace(a.question, draws=table)) if stored is None else Outcome.from_dict(stored)
        if against is not None:
            final.append(LinkResult(a.question.link, (against,)))
            if against.verdict is Verdict.REFUTED:
                best += [_no_constants(a.question, against), *best_thresholds(replace(a.question, draws=table))]
        elif a.name in held:
            implication, evidence = held[a.name]
            reason = f"implied by {implication.by} with {named_constants(implication.constants)}"
            final.append(LinkResult(a.question.link, (Outcome(Verdict.HOLDS, evidence, reason=reason),)))
        else:
            found = "".join(f"; {why}" for why in broken.get(a.name, ()))
            reason = f"constants: no statement with named constants implies it{found}"
            final.append(LinkResult(a.question.link, (Outcome(Verdict.UNDETERMINED, None, reason=reason),)))
    if best:
        constants = {**constants, "best": best}
    return Result(s, tuple(final), constants, _relevant(s, planned, rows))


def _no_constants(question: Question, against: Outcome) -> dict[str, str]:
    """The row that says that no choice of a claim's unnamed constants makes it hold."""
    names = ", ".join(str(c) for c in question.claim.exists)
    row = {"link": str(question.link), "printed": names, "sense": "positive"}
    return {**row, "best": "none", "cell": f"the path to {cell_text(against.cell)}"}


def _draw_table(planned: Plan, payloads: Mapping[str, Any]) -> _Table:
    table: _Table = {}
    for _, task in planned.draws:
        arrays = payloads[task.name]
        for rv in task.engine.measures:
            first = arrays[f"{rv}/first"]
            least, largest = arrays.get(f"{rv}/least", first), arrays.get(f"{rv}/largest", first)
            drawn = (task.cell, DrawSummary(first, least, largest))
            table[task.model, rv] = (*table.get((task.model, rv), ()), drawn)
    return table


_SUMMARY = ("trials", "q05", "median", "q95", "worst", "mean", "variance", "nonpositive", "some_nonpositive")


def _draw_rows(planned: Plan, payloads: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    rows = []
    for place, task in planned.draws:
        for rv in task.engine.measures:
            summary: np.ndarray = payloads[task.name][f"{rv}/summary"]
            values = dict(zip(_SUMMARY, (float(v) for v in summary), strict=True))
            rows.append(
                {"model": task.model, "rv": rv, "data": place.data if task.data else "-", **task.cell, **values}
            )
    return tuple(rows)


def _relevant(s: Statement, planned: Plan, rows: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """The draws of the random variables a statement speaks of, and of those the sweep compares with them in law."""
    names = {(rv.model.name, rv.name) for link in s.links for rv in link.rvs}
    judged = [i.admitted.event for i in s.implied_by if i.admitted is not None]
    names |= {(rv.model.name, rv.name) for event in judged for rv in event.atoms(RV)}
    models = {model.name for model in s.models}
    names |= {(task.model, rv) for _, task in planned.draws if task.model in models for rv in task.engine.shown}
    for other in planned.statements:
        for link in other.links:
            pair = {(rv.model.name, rv.name) for rv in link.rvs}
            if link.relation == "=_d" and len(pair) == 2 and pair & names:
                names |= pair
    return tuple(r for r in rows if (r["model"], r["rv"]) in names)
