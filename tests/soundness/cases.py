"""A case: a statement with its finite domain and its truth cell by cell; and the judge of what a check says of it."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from whp.checks import Grid, Result, check
from whp.theory import Statement
from whp.theory.language.cells import cell_order

from .oracle import Undecided

__all__ = ["Case", "Judged", "judge", "run"]

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A statement and what is true of it.

    Attributes
    ----------
    kind, seed : str, int
        What `soundness.generators` makes it from.
    statement : Statement
    domain : tuple of cells
        Every cell at which the statement applies; none where they are infinitely many or the claim speaks of a limit.
    true_at : callable
        Whether the claim is true at a cell.
    excludes_at : callable
        Whether it excludes anything at a cell, whatever the truth.
    options : mapping
        Further arguments of `check`.
    clear : bool
        Whether a decider with an exact law should decide it: the bound is off by a hundredth at every cell.
    pointwise : bool
        Whether outcomes speak of single cells; else of the whole domain only.
    sampled : bool
        Whether draws alone may decide.
    whole : bool or None
        The truth of a claim whose domain is not listed.
    limit : bool
        Whether it is about a limit or unnamed constants, of which no finitely many numbers are a proof.
    """

    kind: str
    seed: int
    statement: Statement
    domain: tuple[Cell, ...]
    true_at: Callable[[Cell], bool]
    excludes_at: Callable[[Cell], bool] = lambda cell: True
    options: Mapping[str, Any] = field(default_factory=dict)
    clear: bool = False
    pointwise: bool = True
    sampled: bool = False
    whole: bool | None = None
    limit: bool = False

    @property
    def truth(self) -> bool:
        """Whether the statement is true."""
        return all(self.true_at(cell) for cell in self.domain) if self.whole is None else self.whole

    def __str__(self) -> str:
        s = self.statement
        what = "; ".join(str(link) for link in s.links)
        under = ", ".join(str(h.relation) for h in s.hypotheses)
        listed = [dict(p) for p in s.points if p]
        rvs = {rv.name: rv.law for link in s.links for rv in link.rvs}
        extra = {k: v for k, v in self.options.items() if k != "engines"}
        return (
            f"python -m soundness {self.kind} {self.seed}: {what}"
            + (f" | {under}" if under else "")
            + (f" | points {listed}" if listed else "")
            + (f" | grid {dict(s.grid)}" if s.grid else "")
            + (f" | {rvs}" if rvs else "")
            + (f" | {extra}" if extra else "")
        )


@dataclass
class Judged:
    """What a check said of a case, and what is wrong with that.

    Attributes
    ----------
    faults : list of str
        Empty where nothing is wrong.
    verdict : str
        ``error`` for a traceback.
    """

    case: Case
    verdict: str
    evidence: str = ""
    reason: str = ""
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    truth: bool = True

    def __str__(self) -> str:
        return f"{'; '.join(self.faults)} :: {self.case}"


def _key(cell: Cell, names: Iterable[str]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((k, Fraction(cell[k])) for k in names if k in cell))


def judge(case: Case, result: Result) -> list[str]:
    """What is wrong with a result."""
    faults = []
    verdict, evidence = str(result.verdict), str(result.evidence or "")
    if verdict == "holds" and not case.truth:
        faults.append(f"holds ({evidence}) but it is false{_first_false(case)}")
    if verdict == "refuted" and case.truth:
        faults.append(f"refuted ({evidence}) but it is true: {result.reason}")
    if verdict == "holds" and evidence != "proved" and any(link.scope for link in case.statement.links):
        faults.append(f"holds ({evidence}) of more than what was asked: {case.statement.links[0].scope}")
    excludes = [c for c in case.domain if case.excludes_at(c)]
    if verdict == "vacuous" and (excludes or case.whole is not None):
        faults.append(
            f"vacuous but it excludes something{f' at {dict(excludes[0])}' if excludes else ''}: {result.reason}"
        )
    if verdict in ("holds", "refuted"):
        if not case.sampled and evidence in ("sampled", "trend"):
            faults.append(f"{verdict} on {evidence} evidence")
        elif case.limit and evidence == "computed":
            faults.append(f"{verdict} on the word of finitely many sizes: {result.reason}")
    if case.pointwise:
        known = {_key(c, c): case.true_at(c) for c in case.domain}
        for link in result.links:
            for o in link.outcomes:
                faults += _outcome_faults(case, known, o)
    return faults


def _first_false(case: Case) -> str:
    return next((f" at {dict(c)}" for c in case.domain if not case.true_at(c)), "")


def _outcome_faults(case: Case, known: Mapping[Any, bool], o: Any) -> list[str]:
    verdict, cell = str(o.verdict), dict(o.cell)
    names = tuple(case.domain[0]) if case.domain else tuple(cell)
    key, shown = _key(cell, names), f"{o.value} against {o.bound} ({o.evidence})"
    listed = bool(case.domain) and case.domain[0] != {}
    if verdict == "refuted":
        if not cell:
            return []
        if case.statement.applies(cell):
            return [f"the counterexample {cell} is outside the hypotheses"]
        if listed and key not in known:
            return [f"the counterexample {cell} is outside the domain"]
        if known[key] if listed else case.true_at(cell):
            return [f"the counterexample {cell} is none: {shown}"]
        if o.smallest:
            smaller = [c for c in case.domain if not case.true_at(c) and _before(c, cell, case.statement.sizes)]
            if smaller:
                return [f"the counterexample {cell} is called smallest, {dict(smaller[0])} is smaller"]
    elif verdict == "holds" and key and key in known and not known[key]:
        return [f"holds at {cell}, where it is false: {shown}"]
    elif verdict == "vacuous" and key and key in known and case.excludes_at(dict(key)):
        return [f"vacuous at {cell}, where it excludes something: bound {o.bound}"]
    return []


def _before(first: Cell, second: Cell, sizes: Iterable[str]) -> bool:
    names = tuple(sizes)
    only = [{k: v for k, v in c.items() if k in names} for c in (first, second)]
    return bool(cell_order(only[0], names) < cell_order(only[1], names))


def run(case: Case, checker: Callable[..., Result] = check) -> Judged:
    """Check a case and judge the result; a traceback or a warning is a fault."""
    started = time.perf_counter()
    options = dict(case.options)
    grid = options.pop("grid", None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = checker(case.statement, None if grid is None else Grid(grid), **options)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}"
        return Judged(case, "error", faults=[f"{type(error).__name__} at {where}: {error}"])
    seconds = time.perf_counter() - started
    try:
        faults, truth = judge(case, result), case.truth
    except Undecided:
        faults, truth = [], True
    return Judged(case, str(result.verdict), str(result.evidence or ""), result.reason, faults, seconds, truth)
