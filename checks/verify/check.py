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
from ...theory.language.variables import Space
from ..sweep.engine import Engine, Engines
from ..sweep.grid import Grid
from ..sweep.processes import Progress, run_tasks
from ..sweep.sampling import engine_of
from ..sweep.store import Store
from ..verdict import Result
from .constants import Existential, existential
from .looks import Watch
from .meter import Meter
from .plan import Inquiry, Plan, plan
from .settle import Settled, draw_rows, follow_up, left_after, open_cells, relevant_rows, settle

__all__ = ["check", "check_all", "planned_for"]


def check_all(
    statements: Iterable[Statement],
    grid: Grid | None = None,
    *,
    engines: Mapping[Model, Engine] | None = None,
    book: Ledger | None = None,
    trials: int = 20_000,
    base: int | None = None,
    small: int | None = None,
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
        How models are drawn and measured. Variables given by their construction need none; of other models without
        one, laws and proofs alone decide.
    book : Ledger, optional
        Where statements that imply others are looked up, beside the given ones.
    trials : int
        The most draws a cell may take, fewer where its cost would exceed the budget. A probability is judged after 250
        of them, then at doublings, until valid limits decide.
    base : int, optional
        The draws of a cell for what is decided from a fixed number: rates, laws, inequalities in every draw, limits and
        claims with unnamed constants. Default: `trials` up to 1000, and a twentieth of it where that is more.
    small : int, optional
        The largest of the small sizes that are asked by exact laws, where that is less than usual.
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
        When `trials`, `base` or `jobs` is not positive, or two different statements of one source have one key and
        form.
    """
    if trials < 1 or jobs < 1 or (base is not None and base < 1):
        raise ValueError(
            f"trials, base and jobs must be at least 1, found trials = {trials}, base = {base}, jobs = {jobs}"
        )
    wanted = tuple(statements)
    planned = planned_for(wanted, grid, engines=engines, book=book, trials=trials, base=base, small=small, seed=seed)
    with Store(None, {}) if store is None else nullcontext(store) as kept:
        found = _run(planned, kept, jobs, progress)
    return tuple(found.get(_key(s), Result(s, ())) for s in wanted)


_Key = tuple[str, str, str]


def _key(s: Statement) -> _Key:
    """What a statement goes by: two papers may have one key."""
    return s.source.cite, s.key, s.form


def planned_for(
    statements: Iterable[Statement],
    grid: Grid | None,
    *,
    engines: Mapping[Model, Engine] | None,
    book: Ledger | None,
    trials: int,
    base: int | None,
    small: int | None,
    seed: int,
) -> Plan:
    """The work that `check_all` does for some statements, and for those that imply them."""
    wanted = tuple(statements)
    known: dict[_Key, Statement] = {}
    for s in wanted:
        if known.setdefault(_key(s), s) != s:
            raise ValueError(f"two different {s.form} statements have the key {s.key!r}; give one of them another key")
    for s in wanted if book is not None else ():
        for implication in s.implied_by:
            for other in book[implication.by] if book is not None else ():
                known.setdefault(_key(other), other)
    every = Engines({**_constructed(known.values()), **(engines or {})})
    return plan(known.values(), grid or Grid(), every, trials=trials, seed=seed, base=base, small=small)


def _constructed(statements: Iterable[Statement]) -> dict[Model, Engine]:
    """The engines of the models whose variables are given by their construction."""
    models = dict.fromkeys(model for s in statements for model in s.models)
    return {model: engine_of(model) for model in models if isinstance(model, Space)}


def check(statement: Statement, grid: Grid | None = None, **options: Any) -> Result:
    """Check one statement on a grid.

    Parameters
    ----------
    statement : Statement
    grid : Grid, optional
        Default: values of its own for every size that the statement has.
    **options
        As for `check_all`: engines, book, trials, base, small, seed, jobs, store, progress.

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


def _run(planned: Plan, store: Store, jobs: int, progress: Progress | None) -> dict[_Key, Result]:
    # Cells of links that a proof may settle are asked only when it does not; everything else goes in one pass.
    early, meter = planned.early, Meter(progress, store)
    later = meter.work(task for a in planned.asked for task in a.later)
    finished = run_tasks(early, store, jobs=jobs, progress=meter.over(early, later))
    late = [task for a in planned.asked if a.domain is not None for task in left_after(a, finished)]
    finished.merge(run_tasks(late, store, jobs=jobs, progress=meter.over(late)))
    watch = Watch(planned, finished)
    watch.watch(open_cells(planned, finished))
    while pieces := watch.wanted():
        finished.merge(run_tasks(pieces, store, jobs=jobs, progress=meter.over(pieces)))
    comparisons = watch.comparisons()
    finished.merge(run_tasks(comparisons, store, jobs=jobs, progress=meter.over(comparisons)))
    meter.end()
    draws, rows = watch.fixed(), draw_rows(planned, watch)
    settled = {a: settle(a, finished, watch, draws) for a in planned.asked if a.domain is not None}
    follow_up(settled.values(), store, jobs)
    results: dict[_Key, Result] = {}
    # Statements that others imply are complete before the ones with unnamed constants are read.
    for inquiry in sorted(planned.inquiries, key=lambda i: any(a.domain is None for a in i.asked)):
        unnamed = existential(inquiry, finished, results.values(), draws, watch)
        draws_shown = relevant_rows(inquiry, planned, rows)
        results[_key(inquiry.statement)] = _result(inquiry, settled, unnamed, draws_shown)
    return results


def _result(
    inquiry: Inquiry, settled: Mapping[Any, Settled], unnamed: Existential, rows: tuple[Mapping[str, Any], ...]
) -> Result:
    links = tuple(settled[a].result if a in settled else unnamed.results[a] for a in inquiry.asked)
    named = [row for a in inquiry.asked if a in settled for row in settled[a].best]
    best = [*unnamed.constants.get("best", ()), *named]
    constants = {**unnamed.constants, **({"best": best} if best else {})}
    return Result(inquiry.statement, links, constants, rows)
