"""Tail probabilities of events by the exact laws of their random variables, in balls and in floats."""

from __future__ import annotations

import math

import numpy as np
from flint import arb
from sympy import Expr

from ...theory.calculus.enclosure import Enclosure, workprec
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.language.cells import Cell
from ...theory.language.events import Event, variable
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.laws.protocol import ScalarLaw
from .question import Question

__all__ = [
    "GAP",
    "PRECISION",
    "event_log",
    "event_tail",
    "law_at",
    "least_log",
    "may_refute",
    "most_likely",
    "tail",
]

PRECISION = 192
# Floats decide where logarithms differ by more than this share.
GAP = 1e-6
_MIRROR = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def law_at(rv: RV | None, cell: Cell) -> ScalarLaw:
    """The law of a random variable at a cell.

    Raises
    ------
    NotImplementedError
        Where it has none.
    TypeError
        Where the RV's law is no `ScalarLaw`.
    """
    if rv is None or rv.law is None:
        raise NotImplementedError("no exact law")
    law = rv.law(cell)
    if not isinstance(law, ScalarLaw):
        raise TypeError(f"the law of {rv.name} is a {type(law).__name__}; a subclass of whp.theory.ScalarLaw is needed")
    return law


def event_tail(event: Event, cell: Cell, *, tight: bool = False) -> Enclosure:
    """Certified probability of an event for one sample (NotImplementedError without a law).

    With `tight`, by the law's costlier and narrower enclosures, where it has such.
    """
    law = law_at(variable(event.value), cell)
    threshold = enclose(event.bound, cell, PRECISION)
    return tail(law.tighter() if tight else law, event.value, event.relation, threshold)


def tail(law: ScalarLaw, value: Expr, relation: str, threshold: arb) -> Enclosure:
    """Certified probability of ``X relation threshold``, or of ``|X| relation threshold`` where `value` is Abs(X)."""
    if isinstance(value, RV):
        return law.enclose(relation, threshold)
    if relation not in (">", ">="):
        raise NotImplementedError("two-sided events are judged by their tails")
    if threshold < 0:
        return Enclosure(arb(1), arb(1))
    with workprec(PRECISION):
        right, left = law.enclose(relation, threshold), law.enclose(_MIRROR[relation], -threshold)
        return Enclosure((right.lower + left.lower).lower(), (right.upper + left.upper).upper())


def event_log(event: Event, cell: Cell) -> float:
    """log of an event's probability for one sample, in floats from the exact law (NotImplementedError without one)."""
    law = law_at(variable(event.value), cell)
    threshold = float(enclose(event.bound, cell).mid())
    if isinstance(event.value, RV):
        return law.log_probability(event.relation, threshold)
    if event.relation not in (">", ">="):
        raise NotImplementedError("two-sided events are judged by their tails")
    if threshold < 0:
        return 0.0
    mirrored = _MIRROR[event.relation]
    return float(
        np.logaddexp(law.log_probability(event.relation, threshold), law.log_probability(mirrored, -threshold))
    )


def most_likely(question: Question, cell: Cell) -> Enclosure | None:
    """The certified probability of what the claim excludes at one cell (n times one sample's); None without a law."""
    claim = question.link.excluded
    if claim is None or question.link.events:
        return None
    try:
        tails = [event_tail(event, cell) for event in claim.events]
    except NotImplementedError:
        return None
    with workprec(PRECISION):
        return Enclosure.of(sum((t.ball for t in tails), arb(0)) * claim.samples_at(cell))


def least_log(claim: Excluded, cell: Cell) -> float:
    """A lower bound on the log-probability of what the claim excludes: its likeliest event, for one sample."""
    logs = []
    for event in claim.events:
        try:
            logs.append(event_log(event, cell))
        except NotImplementedError:
            least = event_tail(event, cell).lower
            logs.append(float(least.log().mid()) if least > 0 else -math.inf)
    return max(logs)


def may_refute(question: Question, cell: Cell) -> bool:
    """False where one float evaluation of the law shows that exact laws cannot refute; a search asks this first."""
    claim = question.link.excluded
    if claim is None or question.link.events:
        return True
    bound = enclosure(claim.bound, cell, PRECISION)
    if bound.lower >= 1:
        return False
    if not bound.upper > 0:
        return True
    log_bound = float(bound.upper.log())
    try:
        return least_log(claim, cell) > log_bound - GAP * max(1.0, abs(log_bound))
    except NotImplementedError:
        return True
