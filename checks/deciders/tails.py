"""Tail probabilities of events by the exact laws of their random variables."""

from __future__ import annotations

import math

import numpy as np
from flint import arb
from sympy import Expr

from ...theory.calculus.enclosure import Enclosure, workprec
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.language.events import two_sided
from ...theory.language.excluded import Excluded, _on_event, excluded
from ...theory.language.models import RV, Cell
from ...theory.laws.protocol import ScalarLaw
from .question import Question

__all__ = ["least_log", "log_probability", "may_refute", "most_likely", "tail"]

_PREC = 192

_GAP = 1e-6


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
