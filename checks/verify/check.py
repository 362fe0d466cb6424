"""From statements and a grid to results: plan the work, run it, and put the verdicts together.

Data goes one way: statement → questions → answers by the strongest decider that has one → Result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any

from ...theory.language.ledger import Ledger
from ...theory.language.models import Model
from ...theory.language.statements import Statement
from ..sweep.engine import Engine, Engines
from ..sweep.grid import Grid
from ..sweep.processes import Progress, Task, run_tasks
from ..sweep.store import Store
from ..verdict import Result
from .constants import Existential, existential
from .plan import Inquiry, Plan, plan
from .settle import Settled, draw_rows, draws_of, follow_up, relevant_rows, settle

__all__ = ["check", "check_all"]


def check_all(
    statements: Iterable[Statement],
    grid: Grid | None = None,
    *,
    engines: Mapping[Model, Engine] | None = None,
    book: Ledger | None = None,
    trials: int = 1000,
    seed: int = 0,
    jobs: int = 1,
    store: Store | None = None,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Check many statements in one sweep, sharing draws.

    Parameters
    ----------
    statements : iterable of Statement
    grid : Grid, optional
        Default: values of its own for every size that a statement has.
    engines : mapping of Model to Engine, optional
        How models are drawn and measured; without one, laws and proofs alone decide.
    book : Ledger, optional
        Where statements that imply others are looked up, beside the given ones.
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
        When `trials` or `jobs` is not positive, or two different statements have one key and form.
    """
    if trials < 1 or jobs < 1:
        raise ValueError(f"trials and jobs must be at least 1, found trials = {trials}, jobs = {jobs}")
    wanted = tuple(statements)
    known: dict[tuple[str, str], Statement] = {}
    for s in wanted:
        if known.setdefault((s.key, s.form), s) != s:
            raise ValueError(f"two different {s.form} statements have the key {s.key!r}; give one of them another key")
    for s in wanted if book is not None else ():
        for implication in s.implied_by:
            for other in book[implication.by] if book is not None else ():
                known.setdefault((other.key, other.form), other)
    planned = plan(known.values(), grid or Grid(), Engines(engines), trials=trials, seed=seed)
    with Store(None, {}) if store is None else nullcontext(store) as kept:
        found = _run(planned, kept, jobs, progress)
    return tuple(found.get((s.key, s.form), Result(s, ())) for s in wanted)


def check(statement: Statement, grid: Grid | None = None, **options: Any) -> Result:
    """Check one statement on a grid.

    Parameters
    ----------
    statement : Statement
    grid : Grid, optional
        Default: values of its own for every size that the statement has.
    **options
        As for `check_all`: engines, book, trials, seed, jobs, store, progress.

    Returns
    -------
    Result

    Examples
    --------
    >>> from whp.checks import check
    >>> from whp.theory import Claim, Link, Source, Statement, size
    >>> k = size("k")
    >>> square = Statement("square", "printed", "", Source("me", "p. 1"), (Claim((Link(k**2, "<=", 5 * k),)),))
    >>> result = check(square)
    >>> str(result.verdict), str(result.evidence), dict(result.links[0].counterexample.cell)
    ('refuted', 'certified', {'k': 6})
    """
    return check_all([statement], grid, **options)[0]


def _run(planned: Plan, store: Store, jobs: int, progress: Progress | None) -> dict[tuple[str, str], Result]:
    # Cells of links that a proof may settle are asked only when it does not; everything else goes in one pass.
    early = _early(planned)
    total = len(early) + sum(len(a.cells) for a in planned.asked)

    def report(offset: int) -> Progress | None:
        return None if progress is None else lambda done, _, name: progress(done + offset, total, name)

    finished = run_tasks(early, store, jobs=jobs, progress=report(0))
    late = [task for a in planned.asked if a.domain is not None and finished[a.domain] is None for task in a.cells]
    finished.merge(run_tasks(late, store, jobs=jobs, progress=report(len(early))))
    if progress is not None:
        progress(total, total, "")
    draws, rows = draws_of(planned, finished), draw_rows(planned, finished)
    settled = {a: settle(a, finished, draws) for a in planned.asked if a.domain is not None}
    follow_up(settled.values(), store, jobs)
    results: dict[tuple[str, str], Result] = {}
    # Statements that others imply are complete before the ones with unnamed constants are read.
    for inquiry in sorted(planned.inquiries, key=lambda i: any(a.domain is None for a in i.asked)):
        s = inquiry.statement
        unnamed = existential(inquiry, finished, results.values(), draws)
        draws_shown = relevant_rows(inquiry, planned, rows)
        results[s.key, s.form] = _result(inquiry, settled, unnamed, draws_shown)
    return results


def _early(planned: Plan) -> list[Task[Any]]:
    found: list[Task[Any]] = []
    for inquiry in planned.inquiries:
        for a in inquiry.asked:
            found += [task for task in (a.domain, a.corner, *a.supported) if task is not None]
        for implied in inquiry.implied:
            found += [implied.admitted, *implied.steps]
    return found + [drawing.task for drawing in planned.drawings]


def _result(
    inquiry: Inquiry, settled: Mapping[Any, Settled], unnamed: Existential, rows: tuple[Mapping[str, Any], ...]
) -> Result:
    links = tuple(settled[a].result if a in settled else unnamed.results[a] for a in inquiry.asked)
    named = [row for a in inquiry.asked if a in settled for row in settled[a].best]
    best = [*unnamed.constants.get("best", ()), *named]
    constants = {**unnamed.constants, **({"best": best} if best else {})}
    return Result(inquiry.statement, links, constants, rows)
