"""P links: Chebyshev's inequality as a proof, exact laws in balls, exact laws in floats, and Monte Carlo.

Every link is read once as "what the claim excludes has probability at most b" (`Link.excluded`): for P(E) ≥ 1 - b that
is the complement of E, for P(E) ≤ b it is E.
"""

from __future__ import annotations

import math

import numpy as np
from flint import arb
from sympy import Integer, expand

from ...theory.calculus.enclosure import Enclosure, compare, workprec
from ...theory.calculus.evaluate import enclose, enclosure, number
from ...theory.language.cells import Cell, doublings
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.heads import E, P, Var
from ...theory.language.models import RV
from ...theory.proofs.positivity import prove_nonnegative
from ...theory.proofs.wick import moment_value
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import Answer, Question, outcome
from .stats import clopper_pearson, frequency_text, trials_needed
from .tails import GAP, PRECISION, event_log, event_tail, law_at

__all__ = ["at_cell", "by_draws", "chebyshev", "telling_cells"]

# How many telling cells are looked for at each listed point, beyond the sweep.
_TELLING = 3


def chebyshev(question: Question) -> Answer | None:
    """Prove a one-sided deviation claim from computed mean and variance: P(X ≤ E X - δ) ≤ Var X / δ²."""
    claim = question.link.excluded
    if claim is None or len(claim.events) != 1 or question.link.events:
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
    samples = Integer(1) if claim.samples is None else claim.samples
    hypotheses = [h.relation for h in question.statement.hypotheses]
    proof = prove_nonnegative(claim.bound - samples * variance / expand(distance) ** 2, hypotheses)
    if proof is None or not any(_tells(claim, cell) for cell in telling_cells(question)):
        return None
    union = "" if claim.samples is None else " and a union bound"
    why = f"Chebyshev's inequality{union} with the computed variance {variance}; {proof.method}"
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why))


def telling_cells(question: Question) -> tuple[Cell, ...]:
    """The sweep's cells, and where the claim says nothing in any of them the smallest doublings at which it does.

    The doublings are `whp.theory.language.cells.doublings` with one sample, at each listed point of the statement; a
    claim without such a cell up to there is vacuous.
    """
    claim = question.link.excluded
    if (
        claim is None
        or question.unlisted
        or question.statement.grid
        or any(_tells(claim, cell) for cell in question.cells)
    ):
        return question.cells
    counted = {} if claim.samples is None else {claim.samples.name: int(claim.samples.low)}
    found: list[Cell] = []
    for point in question.statement.exact_points:
        telling = 0
        for sizes in doublings(question.widening):
            cell: Cell = {**sizes, **counted, **point}
            if not question.statement.applies(cell) and _tells(claim, cell):
                found.append(cell)
                telling += 1
                if telling == _TELLING:
                    break
    return (*question.cells, *found)


def _tells(claim: Excluded, cell: Cell) -> bool:
    return bool(enclose(claim.bound, cell, PRECISION) < 1)


def at_cell(question: Question, cell: Cell) -> Outcome | None:
    """Decide by the exact law: in ball arithmetic, else in floats where the gap is wide enough; None without a law."""
    if question.link.relation == "=":
        return _equality(question, cell)
    claim = question.link.excluded
    if claim is None or question.link.events:
        return None
    bound = enclosure(claim.bound, cell, PRECISION)
    if bound.lower >= 1:
        return outcome(Verdict.VACUOUS, Evidence.CERTIFIED, cell, "", bound, "the bound is at least 1")
    return _by_balls(claim, bound, cell) or _by_floats(claim, bound, cell)


def _by_balls(claim: Excluded, bound: Enclosure, cell: Cell, *, tight: bool = False) -> Outcome | None:
    samples = claim.samples_at(cell)
    try:
        tails = [event_tail(event, cell, tight=tight) for event in claim.events]
    except NotImplementedError:
        return None
    with workprec(PRECISION):
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
    if not tight and (closer := _by_balls(claim, bound, cell, tight=True)) is not None:
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


def _by_floats(claim: Excluded, bound: Enclosure, cell: Cell) -> Outcome | None:
    samples = claim.samples_at(cell)
    try:
        logs = [event_log(event, cell) for event in claim.events]
    except NotImplementedError:
        return None
    if not bound.lower > 0:
        return outcome(Verdict.REFUTED, Evidence.COMPUTED, cell, max(logs), bound, "the bound is not positive")
    log_bound = float(bound.log())
    least = max(logs)
    gap = GAP * max(1.0, abs(log_bound))
    if least > log_bound + gap:
        return outcome(
            Verdict.REFUTED, Evidence.COMPUTED, cell, least, log_bound, "exceeds the bound already for one sample"
        )
    most = float(np.logaddexp.reduce(logs)) + math.log(samples)
    if most > log_bound - gap:
        most = min(most, _shared(claim, samples, cell))
    if most <= log_bound - gap:
        return outcome(Verdict.HOLDS, Evidence.COMPUTED, cell, least, log_bound, _how(samples))
    reason = (
        "gap: the bound lies between one sample's failure and n times it"
        if samples > 1
        else "numerics: log-gap below 1e-6"
    )
    return outcome(Verdict.UNDETERMINED, None, cell, least, log_bound, reason)


def _shared(claim: Excluded, samples: int, cell: Cell) -> float:
    """log of a bound on what the claim excludes by a law that knows what samples share; infinite without one."""
    event = claim.events[0]
    if samples == 1 or len(claim.events) > 1 or not isinstance(event.value, RV):
        return math.inf
    try:
        return law_at(event.value, cell).log_any(event.relation, number(event.bound, cell), samples)
    except NotImplementedError:
        return math.inf


def _equality(question: Question, cell: Cell) -> Outcome | None:
    """P(E) = expression: both enclosed independently; agreement to the radius, or certified difference."""
    link = question.link
    if not isinstance(link.lhs, P) or not isinstance(link.lhs.args[0], Event):
        return None
    event = link.lhs.args[0]
    try:
        truth = event_tail(event, cell)
    except NotImplementedError:
        return None
    claimed = enclosure(link.rhs, cell, PRECISION)
    if not truth.ball.overlaps(claimed.ball):
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, truth, claimed, "the enclosures do not meet")
    radius = max(truth.relative_radius, claimed.relative_radius)
    why = f"two independent evaluations agree within their enclosures, of relative radius {radius:.0e}"
    return outcome(Verdict.HOLDS, Evidence.COMPUTED, cell, truth, claimed, why)


def by_draws(question: Question, cell: Cell) -> Outcome | None:
    """Decide from draws with exact Clopper-Pearson limits at the cell's share of the error budget."""
    claim = question.link.excluded
    if claim is None or question.link.events:
        return None
    failed = failures(claim, question, cell)
    if failed is None:
        return None
    bound = enclosure(claim.bound, cell, PRECISION)
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
