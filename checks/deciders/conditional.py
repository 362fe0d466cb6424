"""P links given an event: for every outcome of it, as a proof composes steps, and averaged over it.

A law that knows its conditional laws (`ScalarLaw.given`) is asked at the outcomes of the event. The
conditional laws are stochastically monotone in what is given, which is checked, so the worst outcome is an extreme one.
"""

from __future__ import annotations

from typing import Any

from flint import arb

from ...theory.calculus.enclosure import Enclosure, compare, workprec
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.language.cells import Cell
from ...theory.language.events import Event, variable
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.laws.protocol import ScalarLaw
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome
from .tails import PRECISION, law_at, tail

__all__ = ["at_cell", "worst_outcome"]

# Outcomes the average is taken over: more would cost minutes and change nothing.
_MOST_ATOMS = 600
_SLICES = 64
_EQUAL = 1e-30


def at_cell(question: Question, cell: Cell) -> Outcome | None:
    """Decide by the worst outcome of the given event; the remark tells when the average says otherwise."""
    asked, claim = _asked(question, cell), question.link.excluded
    if asked is None or claim is None:
        return None
    bound = enclosure(claim.bound, cell, PRECISION)
    if bound.lower >= 1:
        return outcome(Verdict.VACUOUS, Evidence.CERTIFIED, cell, "", bound, "the bound is at least 1")
    try:
        worst, average = asked.worst(), asked.average()
    except NotImplementedError:
        return None
    if worst is None:
        return outcome(Verdict.VACUOUS, Evidence.CERTIFIED, cell, "", bound, "the given event is empty")
    return _decide(claim, worst, average, bound, cell)


def worst_outcome(question: Question, cell: Cell) -> Enclosure | None:
    """The certified probability of what the claim excludes at the worst outcome of the given event, or None."""
    asked = _asked(question, cell)
    try:
        return None if asked is None else asked.worst()
    except NotImplementedError:
        return None


def _asked(question: Question, cell: Cell) -> _Asked | None:
    """The question as laws and thresholds; None unless it is about one event given one event, both with laws."""
    events, claim = question.link.events, question.link.excluded
    if len(events) != 1 or claim is None or len(claim.events) != 1 or claim.samples is not None:
        return None
    given, event = events[0], claim.events[0]
    if not isinstance(given.value, RV):
        return None
    try:
        law, marginal = law_at(variable(event.value), cell), law_at(given.value, cell)
    except NotImplementedError:
        return None
    threshold, edge = enclose(event.bound, cell, PRECISION), enclose(given.bound, cell, PRECISION)
    return _Asked(law, given, event, threshold, marginal, edge)


def _decide(
    claim: Excluded, worst: Enclosure, average: Enclosure | None, bound: Enclosure, cell: Cell
) -> Outcome | None:
    verdict, remark = _verdict(claim, worst, bound)
    if verdict is None:
        return None
    if average is not None:
        averaged, _ = _verdict(claim, average, bound)
        if averaged is not None and averaged is not verdict:
            remark = f"averaged over the given event it {averaged}: {average.decimal(6)}"
    evidence = Evidence.COMPUTED if remark.startswith("≥") else Evidence.CERTIFIED
    return outcome(verdict, evidence, cell, worst, bound, "exact law at the worst outcome of the given event", remark)


def _verdict(claim: Excluded, truth: Enclosure, bound: Enclosure) -> tuple[Verdict | None, str]:
    decided = truth.compare("<" if claim.strict else "<=", bound)
    if decided is not None:
        return (Verdict.HOLDS if decided else Verdict.REFUTED), ""
    radius = max(truth.relative_radius, bound.relative_radius)
    if radius < _EQUAL and truth.ball.overlaps(bound.ball):
        return (
            Verdict.HOLDS,
            f"≥ for >: equal within enclosures of relative radius {radius:.0e}" if claim.strict else "",
        )
    return None, ""


class _Asked:
    """One event, the law it is judged by, and the event that is given."""

    def __init__(
        self, law: ScalarLaw, given: Event, event: Event, threshold: arb, marginal: ScalarLaw, edge: arb
    ) -> None:
        self.law, self.given, self.event, self.threshold = law, given, event, threshold
        self.marginal, self.edge = marginal, edge

    def _at(self, value: Any, worst: bool) -> Enclosure:
        law = (self.law.worst_given if worst else self.law.given)(self.given.value, value)
        return tail(law, self.event.value, self.event.relation, self.threshold)

    def _atoms(self) -> list[int] | None:
        try:
            atoms = self.marginal.atoms()
        except NotImplementedError:
            return None
        return [k for k in atoms if compare(arb(k), self.given.relation, self.edge)]

    def worst(self) -> Enclosure | None:
        """The largest probability among the outcomes of the given event; None when it has none."""
        atoms = self._atoms()
        if atoms is not None:
            ends = [self._at(k, True) for k in sorted({atoms[0], atoms[-1]})] if atoms else []
            return max(ends, key=lambda e: e.ball.mid(), default=None)
        inner = self.edge / 2 if self.given.relation in ("<", "<=") else self.edge * 2
        at_edge, inside = self._at(self.edge, True), self._at(inner, True)
        if not inside.compare("<=", at_edge):
            raise NotImplementedError("the worst outcome is not at the edge of the given event")
        return at_edge

    def average(self) -> Enclosure | None:
        """P(event | given event); None where it would cost too much."""
        atoms = self._atoms()
        if atoms is not None:
            if not 0 < len(atoms) <= _MOST_ATOMS:
                return None
            parts = [(self.marginal.mass(k), self._at(k, False).ball) for k in atoms]
            with workprec(PRECISION):
                total = sum((mass * p for mass, p in parts), arb(0)) / sum((mass for mass, _ in parts), arb(0))
                return Enclosure.of(total)
        if self.given.relation not in ("<", "<="):
            return None
        with workprec(PRECISION):
            ends = [self.edge * j / _SLICES for j in range(1, _SLICES + 1)]
            below = [self.marginal.enclose("<=", x).ball for x in ends]
            tails = [self._at(x, False) for x in ends]
            low, high, before, tail_before = arb(0), arb(0), arb(0), arb(0)
            for mass_to, end in zip(below, tails, strict=True):
                mass = (mass_to - before).nonnegative_part()
                # Tails rise towards the edge, which `worst` has checked.
                low, high = low + mass * tail_before, high + mass * end.upper
                before, tail_before = mass_to, end.lower
            return Enclosure((low / before).lower(), (high / before).upper())
