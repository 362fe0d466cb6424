"""P links: Chebyshev's inequality as a proof, exact laws in balls, exact laws in floats, and Monte Carlo.

Every link is turned into "what the claim excludes has probability at most b": for P(E) ≥ 1 - b that is the complement
of E, for P(E) ≤ b it is E.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb
from sympy import Integer, expand

from ...theory.calculus.enclosure import Enclosure, compare, workprec
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded, _on_event, excluded
from ...theory.language.heads import E, P, Var
from ...theory.language.models import RV, Cell
from ...theory.proofs.positivity import prove_nonnegative
from ...theory.proofs.wick import moment_value
from ...theory.zhang2023.symbols import n as n_symbol
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import Question, outcome
from .stats import clopper_pearson, frequency_text, trials_needed
from .tails import _GAP, _PREC, _tail, log_probability

__all__ = ["at_cell", "by_draws", "chebyshev", "telling_cells"]


def chebyshev(question: Question) -> tuple[Outcome, ...] | None:
    """Prove a one-sided deviation claim from computed mean and variance: P(X ≤ E X - δ) ≤ Var X / δ²."""
    claim = excluded(question.link)
    if claim is None or len(claim.events) != 1 or _on_event(question.link):
        return None
    event = claim.events[0]
    rv = event.value
    if not isinstance(rv, RV) or rv.form is None:
        return None
    try:
        mean, variance = moment_value(E(rv)), moment_value(Var(rv))
    except ValueError:
        return None
    distance = mean - event.bound if event.relation in ("<", "<=") else event.bound - mean
    if not expand(distance).is_positive:
        return None
    samples = n_symbol if claim.some_sample else Integer(1)
    hypotheses = [h.relation for h in question.statement.hypotheses]
    proof = prove_nonnegative(claim.bound - samples * variance / expand(distance) ** 2, hypotheses)
    if proof is None or not any(_tells(claim, cell) for cell in telling_cells(question)):
        return None
    union = " and a union bound" if claim.some_sample else ""
    why = f"Chebyshev's inequality{union} with the computed variance {variance}; {proof.method}"
    return (outcome(Verdict.HOLDS, Evidence.PROVED, reason=why),)


def telling_cells(question: Question) -> tuple[Cell, ...]:
    """The sweep's cells, and where the claim says nothing in any of them the smallest doublings at which it does.

    The doublings are m = 4d = 2^j with one sample, at each listed point of the statement; a claim without such a cell
    up to 2^22 is vacuous.
    """
    claim = excluded(question.link)
    if claim is None or question.statement.grid or any(_tells(claim, cell) for cell in question.cells):
        return question.cells
    names = {s.name for s in claim.bound.free_symbols} | {"m", "d"}
    found: list[Cell] = []
    for listed in question.statement.points:
        point = {s.name: Fraction(str(v)) for s, v in listed.items()}
        for j in range(4, 23):
            sizes = {k: v for k, v in (("m", 2**j), ("d", 2 ** (j - 2)), ("n", 1)) if k in names or k == "n"}
            cell = {**{k: v for k, v in sizes.items() if k != "n" or claim.some_sample}, **point}
            if not question.statement.applies(cell) and _tells(claim, cell):
                found.append(cell)
                if sum(all(c[k] == v for k, v in point.items()) for c in found) == 3:
                    break
    return (*question.cells, *found)


def _tells(claim: Excluded, cell: Cell) -> bool:
    return bool(enclose(claim.bound, cell, _PREC) < 1)


def at_cell(question: Question, cell: Cell) -> Outcome | None:
    """Decide by the exact law: in ball arithmetic, else in floats where the gap is wide enough; None without a law."""
    if question.link.relation == "=":
        return _equality(question, cell)
    claim = excluded(question.link)
    if claim is None or _on_event(question.link):
        return None
    bound = enclosure(claim.bound, cell, _PREC)
    if bound.lower >= 1:
        return outcome(Verdict.VACUOUS, Evidence.CERTIFIED, cell, "", bound, "the bound is at least 1")
    samples = int(cell["n"]) if claim.some_sample else 1
    return _by_balls(claim, bound, samples, cell) or _by_floats(claim, bound, samples, cell)


def _by_balls(claim: Excluded, bound: Enclosure, samples: int, cell: Cell, *, tight: bool = False) -> Outcome | None:
    try:
        tails = [_tail(e.value, e.relation, enclose(e.bound, cell, _PREC), cell, tight=tight) for e in claim.events]
    except NotImplementedError:
        return None
    with workprec(_PREC):
        least = max((t.lower for t in tails), key=lambda x: float(x.log()) if x > 0 else -math.inf)
        most = sum((t.upper for t in tails), arb(0)) * samples
        truth = Enclosure(least, most.upper())
        holds = compare(most, "<" if claim.strict else "<=", bound.ball)
        if holds:
            return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, truth, bound, _how(samples))
        if compare(least, ">" if not claim.strict else ">=", bound.ball):
            return outcome(
                Verdict.REFUTED, Evidence.CERTIFIED, cell, truth, bound, "exceeds the bound already for one sample"
            )
    if not tight and (closer := _by_balls(claim, bound, samples, cell, tight=True)) is not None:
        return closer
    if samples > 1 or len(tails) > 1:
        return outcome(
            Verdict.UNDETERMINED,
            None,
            cell,
            truth,
            bound,
            "gap: the bound lies between one sample's failure and n times it",
        )
    return None


def _how(samples: int) -> str:
    return "exact law" if samples == 1 else f"exact law and a union bound over {samples} samples"


def _by_floats(claim: Excluded, bound: Enclosure, samples: int, cell: Cell) -> Outcome | None:
    try:
        logs = [log_probability(e.value, e.relation, float(enclose(e.bound, cell).mid()), cell) for e in claim.events]
    except NotImplementedError:
        return None
    if not bound.lower > 0:
        return outcome(Verdict.REFUTED, Evidence.EXACT, cell, max(logs), bound, "the bound is not positive")
    log_bound = float(bound.log())
    least = max(logs)
    gap = _GAP * max(1.0, abs(log_bound))
    if least > log_bound + gap:
        return outcome(
            Verdict.REFUTED, Evidence.EXACT, cell, least, log_bound, "exceeds the bound already for one sample"
        )
    most = float(np.logaddexp.reduce(logs)) + math.log(samples)
    if most > log_bound - gap:
        most = min(most, _shared(claim, samples, cell))
    if most <= log_bound - gap:
        return outcome(Verdict.HOLDS, Evidence.EXACT, cell, least, log_bound, _how(samples))
    reason = (
        "gap: the bound lies between one sample's failure and n times it"
        if samples > 1
        else "numerics: log-gap below 1e-6"
    )
    return outcome(Verdict.UNDETERMINED, None, cell, least, log_bound, reason)


def _shared(claim: Excluded, samples: int, cell: Cell) -> float:
    """log of a bound on what the claim excludes by a law that knows what samples share; infinite without one."""
    event = claim.events[0]
    law: Any = event.value.law(cell) if isinstance(event.value, RV) and event.value.law is not None else None
    if samples == 1 or len(claim.events) > 1 or not hasattr(law, "log_any"):
        return math.inf
    try:
        return float(law.log_any(event.relation, float(enclose(event.bound, cell).mid()), samples))
    except NotImplementedError:
        return math.inf


def _equality(question: Question, cell: Cell) -> Outcome | None:
    """P(E) = expression: both enclosed independently; agreement to the radius, or certified difference."""
    link = question.link
    if not isinstance(link.lhs, P) or not isinstance(link.lhs.args[0], Event):
        return None
    event = link.lhs.args[0]
    try:
        truth = _tail(event.value, event.relation, enclose(event.bound, cell, _PREC), cell)
    except NotImplementedError:
        return None
    claimed = enclosure(link.rhs, cell, _PREC)
    if not truth.ball.overlaps(claimed.ball):
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, truth, claimed, "the enclosures do not meet")
    radius = max(truth.relative_radius, claimed.relative_radius)
    why = f"two independent evaluations agree within their enclosures, of relative radius {radius:.0e}"
    return outcome(Verdict.HOLDS, Evidence.EXACT, cell, truth, claimed, why)


def by_draws(question: Question, cell: Cell) -> Outcome | None:
    """Decide from draws with exact Clopper-Pearson limits at the cell's share of the error budget."""
    claim = excluded(question.link)
    if claim is None or _on_event(question.link):
        return None
    failed = failures(claim, question, cell)
    if failed is None:
        return None
    bound = enclosure(claim.bound, cell, _PREC)
    count, trials = int(failed.sum()), failed.size
    low, high = clopper_pearson(count, trials, question.alpha)
    text = frequency_text(count, trials, question.alpha)
    limit = float(bound)
    if high <= limit:
        return outcome(
            Verdict.HOLDS, Evidence.SAMPLED, cell, text, bound, "Clopper-Pearson upper limit below the bound"
        )
    if low > limit:
        return outcome(
            Verdict.REFUTED, Evidence.SAMPLED, cell, text, bound, "Clopper-Pearson lower limit above the bound"
        )
    needed = trials_needed(limit, question.alpha)
    more = f"about {needed} trials without a failure would decide" if needed else "no number of trials decides"
    return outcome(Verdict.UNDETERMINED, None, cell, text, bound, f"trials: {more}")
