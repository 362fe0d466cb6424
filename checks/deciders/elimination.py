"""Inequalities between random variables on given events: elimination, then signs of coefficients.

On ``P > 1/8`` write P = 1/8 + t with t > 0, and likewise for every given event, solved for one of its variables. What
is to be shown becomes a polynomial in nonnegative quantities, true when no coefficient is negative and one term stays.
"""

from __future__ import annotations

from sympy import Dummy

from ...theory.language.events import Event
from ...theory.language.models import RV
from ...theory.language.statements import Link
from ...theory.proofs.elimination import is_square, reduced, surely_less
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome

__all__ = ["decide"]


def decide(question: Question) -> Answer | None:
    """Prove an inequality link, on given events if there are any; None where the proof does not go through."""
    link = question.link
    events = link.events
    # Without an event a square may be 0, and only what is not strict can be shown.
    if link.relation not in (("<", "<=", ">", ">=") if events else ("<=", ">=")):
        return None
    values = {rv: Dummy(rv.name, positive=True) for rv in _rvs(link, events) if is_square(rv.form)}
    small, large = (link.lhs, link.rhs) if link.relation in ("<", "<=") else (link.rhs, link.lhs)
    strict = link.relation in ("<", ">")
    small, large = (side.xreplace(values) for side in (small, large))
    facts = [
        ((e.value - e.bound) if e.relation in (">", ">=") else (e.bound - e.value)).xreplace(values) for e in events
    ]
    open_end = [e.relation in ("<", ">") for e in events]
    if any(x.atoms(RV) for x in (small, large, *facts)):
        return None
    if not all(surely_less(a, b, facts, open_end, strict) for a, b in reduced(small, large)):
        return None
    source = "proved from the given events by elimination" if events else "proved for all values of the squares"
    why = f"{source}: every coefficient is nonnegative"
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why))


def _rvs(link: Link, events: tuple[Event, ...]) -> set[RV]:
    found: set[RV] = link.lhs.atoms(RV) | link.rhs.atoms(RV)
    for event in events:
        found |= event.value.atoms(RV) | event.bound.atoms(RV)
    return found
