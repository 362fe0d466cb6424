"""P links given an event: for every outcome of it, as a proof composes steps, and averaged over it.

A law that knows its conditional laws (`ScalarLaw.given`) is asked at the outcomes of the event: at all of them where
they are few, else at the extreme ones of a law that is monotone in what is given (`ScalarLaw.monotone_given`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb

from ...theory.calculus.enclosure import Enclosure, compare, workprec
from ...theory.calculus.exact import exact_ball
from ...theory.language.cells import Cell
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.laws.protocol import ScalarLaw
from ..verdict import Evidence, Outcome, Verdict
from .probability import without_law
from .question import Question, agreed_digits, outcome
from .sets import probability, threshold, values_of
from .tails import PRECISION, Undecided, certain, law_at

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
    bound = certain(claim.bound, cell)
    if (found := without_law(claim, bound, cell)) is not None:
        return found
    try:
        worst, average = asked.worst(), asked.average()
    except (NotImplementedError, Undecided):
        return None
    if worst is None:
        return outcome(Verdict.VACUOUS, Evidence.CERTIFIED, cell, "", bound, "the given event is empty")
    return _decide(claim, worst, average, bound, cell)


def worst_outcome(question: Question, cell: Cell) -> Enclosure | None:
    """The certified probability of what the claim excludes at the worst outcome of the given event, or None."""
    asked = _asked(question, cell)
    try:
        return None if asked is None else asked.worst()
    except (NotImplementedError, Undecided):
        return None


def _asked(question: Question, cell: Cell) -> _Asked | None:
    """The question as laws and thresholds; None unless it is about one event given one event, both with laws."""
    events, claim = question.link.events, question.link.excluded
    if len(events) != 1 or claim is None or len(claim.events) != 1 or claim.samples is not None:
        return None
    given, event = events[0], claim.events[0]
    rvs = event.value.atoms(RV)
    if not isinstance(given.value, RV) or len(rvs) != 1:
        return None
    rv = next(iter(rvs))
    try:
        law, marginal = law_at(rv, cell), law_at(given.value, cell)
    except NotImplementedError:
        return None
    try:
        return _Asked(law, rv, event, given, cell, marginal)
    except (NotImplementedError, Undecided):
        return None


_READING = "for every outcome of the given event"


def _decide(
    claim: Excluded, worst: Enclosure, average: Enclosure | None, bound: Enclosure, cell: Cell
) -> Outcome | None:
    verdict, why = _verdict(claim, worst, bound)
    if verdict is None:
        return None
    reading = _READING
    if average is not None:
        averaged, _ = _verdict(claim, average, bound)
        if averaged is not None and averaged is not verdict:
            word = "refuted" if averaged is Verdict.REFUTED else averaged.words
            reading += f"; averaged over it: {word}, {average.decimal(6)}"
    found = outcome(verdict, Evidence.CERTIFIED, cell, worst, bound, why)
    return replace(found, reading=reading)


def _verdict(claim: Excluded, truth: Enclosure, bound: Enclosure) -> tuple[Verdict | None, str]:
    decided = truth.compare("<" if claim.strict else "<=", bound)
    if decided is not None:
        verdict = Verdict.HOLDS if decided else Verdict.REFUTED
        return verdict, "exact law at the worst outcome of the given event"
    radius = max(truth.relative_radius, bound.relative_radius)
    if radius < _EQUAL and truth.ball.overlaps(bound.ball):
        return Verdict.CONSISTENT, (
            f"at the worst outcome of the given event the truth equals the bound to {agreed_digits(radius)} digits"
        )
    return None, ""


def _ball(x: Fraction | float | arb) -> arb:
    return x if isinstance(x, arb) else exact_ball(Fraction(x))


class _Asked:
    """One event, the law it is judged by, and the event that is given."""

    def __init__(self, law: ScalarLaw, rv: RV, event: Event, given: Event, cell: Cell, marginal: ScalarLaw) -> None:
        self.law, self.given = law, given
        self.marginal, self.edge = marginal, threshold(given.bound, cell, PRECISION)
        self.values = values_of((event,), rv, cell, PRECISION, together=True)

    def _at(self, value: Any, worst: bool) -> Enclosure:
        law = (self.law.worst_given if worst else self.law.given)(self.given.value, value)
        with workprec(PRECISION):
            return probability(law, self.values)

    def _atoms(self) -> list[int] | None:
        try:
            atoms = self.marginal.atoms()
        except NotImplementedError:
            return None
        inside = [(k, compare(arb(k), self.given.relation, _ball(self.edge))) for k in atoms]
        if any(known is None for _, known in inside):
            raise Undecided("an outcome that the precision does not tell from the edge of the given event")
        return [k for k, known in inside if known]

    @property
    def _monotone(self) -> bool:
        return self.law.monotone_given(self.given.value)

    def worst(self) -> Enclosure | None:
        """The largest probability among the outcomes of the given event; None when it has none."""
        atoms = self._atoms()
        if atoms is not None:
            if not self._monotone and len(atoms) > _MOST_ATOMS:
                raise NotImplementedError("too many outcomes, and the law is not known to be monotone in them")
            asked = atoms if not self._monotone else sorted({atoms[0], atoms[-1]}) if atoms else []
            found = [self._at(k, True) for k in asked]
            return max(found, key=lambda e: e.ball.mid(), default=None)
        if not self._monotone:
            raise NotImplementedError("the law is not known to be monotone in what is given")
        edge, inner = self._inside()
        at_edge, inside = self._at(edge, True), self._at(inner, True)
        if not inside.compare("<=", at_edge):
            raise NotImplementedError("the worst outcome is not at the edge of the given event")
        return at_edge

    def _inside(self) -> tuple[arb, arb]:
        """The edge of the given event and an outcome further in.

        Raises
        ------
        NotImplementedError
            Where the edge may be no outcome: it lies outside of the support, or no support is known to contain it.
        """
        edge, below = _ball(self.edge), self.given.relation in ("<", "<=")
        low, high = self.marginal.support()
        if not ((math.isinf(low) or edge > _ball(low)) and (math.isinf(high) or edge < _ball(high))):
            raise NotImplementedError("the edge of the given event may be no outcome")
        with workprec(PRECISION):
            end = low if below else high
            inner = (
                (edge + _ball(end)) / 2
                if math.isfinite(end)
                else edge - abs(edge) - 1
                if below
                else edge + abs(edge) + 1
            )
        return edge, inner

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
        if self.marginal.support()[0] != 0:
            return None
        with workprec(PRECISION):
            ends = [_ball(self.edge) * j / _SLICES for j in range(1, _SLICES + 1)]
            below = [self.marginal.enclose("<=", x).ball for x in ends]
            tails = [self._at(x, False) for x in ends]
            low, high, before, tail_before = arb(0), arb(0), arb(0), arb(0)
            for mass_to, end in zip(below, tails, strict=True):
                mass = (mass_to - before).nonnegative_part()
                # Tails rise towards the edge, which `worst` has checked.
                low, high = low + mass * tail_before, high + mass * end.upper
                before, tail_before = mass_to, end.lower
            return Enclosure((low / before).lower(), (high / before).upper())
