"""P links: Chebyshev's inequality as a proof, exact laws in balls, exact laws in floats, and Monte Carlo.

Every link is turned into "what the claim excludes has probability at most b": for P(E) ≥ 1 - b that is the complement
of E, for P(E) ≤ b it is E.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb
from sympy import Abs, Expr, Integer, expand

from ...theory.core import RV, Cell, E, Event, Joint, Link, P, ScalarLaw, Var, complement, two_sided
from ...theory.enclosure import Enclosure, compare, workprec
from ...theory.evaluate import enclose, enclosure
from ...theory.positivity import prove_nonnegative
from ...theory.symbols import n as n_symbol
from ...theory.wick import moment_value
from ..stats import clopper_pearson, frequency_text, trials_needed
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome

__all__ = [
    "Excluded",
    "at_cell",
    "by_draws",
    "chebyshev",
    "excluded",
    "least_log",
    "log_probability",
    "may_refute",
    "most_likely",
    "tail",
    "telling_cells",
]

_PREC = 192
_GAP = 1e-6


@dataclass(frozen=True)
class Excluded:
    """The events of which at least one must happen for the claim to fail, and the claim's bound on that."""

    events: tuple[Event, ...]
    bound: Expr
    strict: bool
    some_sample: bool


def excluded(link: Link) -> Excluded | None:
    """Read a probability link; None for a shape no decider knows."""
    if not isinstance(link.lhs, P) or link.relation not in ("<", "<=", ">", ">="):
        return None
    body = link.lhs.args[0]
    events = body.args if isinstance(body, Joint) else (body,)
    if link.relation in (">", ">="):
        turned = tuple(Event(e.value, complement(e.relation), e.bound, e.over) for e in events)
        return Excluded(turned, expand(1 - link.rhs), link.relation == ">", any(e.over == "all n" for e in events))
    if len(events) != 1 or events[0].over != "one sample":
        return None
    return Excluded((events[0],), link.rhs, link.relation == "<", False)


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


def _tail(value: Expr, relation: str, threshold: arb, cell: Cell, *, tight: bool = False) -> Enclosure:
    """Certified probability of ``value relation threshold`` (NotImplementedError without a law).

    With `tight`, by the law's costlier and narrower enclosures, where it has such.
    """
    rv = value if isinstance(value, RV) else two_sided(value)
    if rv is None or rv.law is None:
        raise NotImplementedError("no exact law")
    law = rv.law(cell)
    if tight:
        narrower: ScalarLaw | None = law.tighter() if hasattr(law, "tighter") else None
        if narrower is None:
            raise NotImplementedError("no narrower enclosures")
        law = narrower
    return tail(law, value, relation, threshold)


def tail(law: ScalarLaw, value: Expr, relation: str, threshold: arb) -> Enclosure:
    """Certified probability of ``X relation threshold``, or of ``|X| relation threshold`` where `value` is Abs(X)."""
    if isinstance(value, RV):
        return law.enclose(relation, threshold)
    if relation not in (">", ">="):
        raise NotImplementedError("two-sided events are judged by their tails")
    if threshold < 0:
        return Enclosure(arb(1), arb(1))
    with workprec(_PREC):
        right, left = law.enclose(relation, threshold), law.enclose(complement_sign(relation), -threshold)
        return Enclosure((right.lower + left.lower).lower(), (right.upper + left.upper).upper())


def complement_sign(relation: str) -> str:
    """The relation of -X to -t that X has to t."""
    return {">": "<", ">=": "<=", "<": ">", "<=": ">="}[relation]


def log_probability(value: Expr, relation: str, threshold: float, cell: Cell) -> float:
    """log P(value relation threshold) in floats from the exact law (NotImplementedError without one)."""
    rv = value if isinstance(value, RV) else two_sided(value)
    if rv is None or rv.law is None:
        raise NotImplementedError("no exact law")
    law: ScalarLaw = rv.law(cell)
    if isinstance(value, RV):
        return law.log_probability(relation, threshold)
    if relation not in (">", ">="):
        raise NotImplementedError("two-sided events are judged by their tails")
    if threshold < 0:
        return 0.0
    both = (law.log_probability(relation, threshold), law.log_probability(complement_sign(relation), -threshold))
    return float(np.logaddexp(*both))


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


def _on_event(link: Link) -> bool:
    """Whether an event is given: then the unconditional law does not answer."""
    return any(isinstance(g, Event) for g in link.given)


def most_likely(question: Question, cell: Cell) -> Enclosure | None:
    """The certified probability of what the claim excludes at one cell (n times one sample's); None without a law."""
    claim = excluded(question.link)
    if claim is None or _on_event(question.link):
        return None
    samples = int(cell["n"]) if claim.some_sample else 1
    try:
        tails = [_tail(e.value, e.relation, enclose(e.bound, cell, _PREC), cell) for e in claim.events]
    except NotImplementedError:
        return None
    with workprec(_PREC):
        return Enclosure.of(sum((t.ball for t in tails), arb(0)) * samples)


def least_log(claim: Excluded, cell: Cell) -> float:
    """A lower bound on the log-probability of what the claim excludes: its likeliest event, for one sample."""
    logs = []
    for event in claim.events:
        threshold = enclose(event.bound, cell, _PREC)
        try:
            logs.append(log_probability(event.value, event.relation, float(threshold.mid()), cell))
        except NotImplementedError:
            least = _tail(event.value, event.relation, threshold, cell).lower
            logs.append(float(least.log().mid()) if least > 0 else -math.inf)
    return max(logs)


def may_refute(question: Question, cell: Cell) -> bool:
    """False where one float evaluation of the law shows that `at_cell` cannot refute; a search asks this first."""
    claim = excluded(question.link)
    if claim is None or _on_event(question.link):
        return True
    bound = enclosure(claim.bound, cell, _PREC)
    if bound.lower >= 1:
        return False
    if not bound.upper > 0:
        return True
    log_bound = float(bound.upper.log())
    try:
        return least_log(claim, cell) > log_bound - _GAP * max(1.0, abs(log_bound))
    except NotImplementedError:
        return True


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


def failures(claim: Excluded, question: Question, cell: Cell) -> np.ndarray | None:
    """Which draws show what the claim excludes; None when a random variable was not drawn at this cell."""
    total: np.ndarray | None = None
    for event in claim.events:
        value = event.value
        rv = value if isinstance(value, RV) else two_sided(value)
        at_sizes = () if rv is None else question.draws_at(rv, cell)
        if not at_sizes:
            return None
        drawn = at_sizes[0]
        least, largest = (drawn.least, drawn.largest) if claim.some_sample else (drawn.first, drawn.first)
        threshold = float(enclose(event.bound, cell).mid())
        if isinstance(value, Abs):
            least, largest = np.zeros_like(least), np.maximum(np.abs(least), np.abs(largest))
        values = least if event.relation in ("<", "<=") else largest
        flags = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[event.relation](
            values, threshold
        )
        total = flags if total is None else total | flags
    return total
