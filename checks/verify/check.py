"""From statements and a grid to results: plan the work, run it, and put the verdicts together.

Data goes one way: statement → cells → each link decided at each cell by the strongest decider that answers → Result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from ...theory.language.ledger import Ledger, ledger
from ...theory.language.statements import Statement
from ..sweep.grid import Grid
from ..sweep.processes import run_tasks
from ..sweep.store import Store
from ..verdict import LinkResult, Result
from .constants import _existential
from .plan import Plan, _cell_label, _statement_label, plan
from .settle import _draw_rows, _draw_table, _refined, _relevant, _settled
from .tasks import CellTask, DomainTask

__all__ = ["check", "check_all"]


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
