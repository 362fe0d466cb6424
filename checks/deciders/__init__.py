"""Who decides a link, strongest first; a decider that cannot answer passes."""

from __future__ import annotations

from dataclasses import replace

from ...theory.language.cells import Cell
from ..verdict import Evidence, Verdict
from . import (
    asymptotic,
    confidence,
    elimination,
    falling,
    formula,
    identity,
    interval,
    law,
    means,
    moment,
    norm,
    pathwise,
    probability,
    rate,
    reduction,
    scalar,
    theorem,
    whp,
)
from .question import BY_ALGEBRA, Answer, Question
from .seen import seen_to_fail

__all__ = ["settle_cell", "settle_domain", "settle_draws", "settle_path", "settle_proof"]


def _vacuous(question: Question) -> Answer | None:
    """A claim that excludes nothing anywhere, with the proof object that it holds where there is one."""
    found = probability.vacuous(question)
    if found is None:
        return None
    proved = theorem.decide(question)
    proof = reduction.nothing_excluded(question, {}) if proved is None else proved.outcomes[0].proof
    without = "" if proof is not None else f"; {BY_ALGEBRA}"
    return Answer(tuple(replace(o, proof=proof, reason=o.reason + without) for o in found.outcomes))


def _proved(question: Question) -> Answer | None:
    """A bound proved on the whole domain; one that is seen to fail somewhere has no proof, and none is looked for."""
    return None if seen_to_fail(question) else theorem.decide(question)


_OF_PROBABILITIES = (_vacuous, confidence.decide, _proved, probability.chebyshev, falling.fading)
_DOMAIN = {
    "scalar": (scalar.decide,),
    "moment": (moment.decide,),
    "identity": (identity.decide, elimination.decide),
    "law": (law.decide,),
    "probability": (*_OF_PROBABILITIES, whp.by_law, interval.decide),
    "norm": (norm.decide,),
    "asymptotic": (asymptotic.decide,),
}
# Those that prove a link for all cells or pass, without asking any.
_PROOFS = {**_DOMAIN, "scalar": (scalar.proved,), "probability": _OF_PROBABILITIES}
_CELL = {"probability": (formula.by_laws,)}
_DRAWS = {
    "probability": (probability.by_draws,),
    "moment": (means.by_draws,),
    "law": (law.by_draws,),
    "identity": (pathwise.by_draws,),
}


def settle_domain(question: Question) -> Answer | None:
    """Outcomes that settle the link for all cells at once, or None."""
    for decider in _DOMAIN.get(question.link.kind, ()):
        found = decider(question)
        if found is not None:
            return _scoped(question, found)
    return None


def settle_proof(question: Question) -> Answer | None:
    """A proof of the link for all cells at once, or None."""
    for decider in _PROOFS.get(question.link.kind, ()) if question.link.scope is None else ():
        found = decider(question)
        if found is not None and all(o.evidence is Evidence.PROVED and not o.cell for o in found.outcomes):
            return found
    return None


def settle_cell(question: Question, cell: Cell) -> Answer | None:
    """The outcome at one cell from exact laws, or None."""
    for decider in _CELL.get(question.link.kind, ()):
        found = decider(question, cell)
        if found is not None:
            return _scoped(question, Answer.of(found))
    return None


def settle_draws(question: Question, cell: Cell) -> Answer | None:
    """The outcome at one cell from draws, or None when nothing was drawn there."""
    for decider in _DRAWS.get(question.link.kind, ()):
        found = decider(question, cell)
        if found is not None:
            return _scoped(question, Answer.of(found))
    return None


def settle_path(question: Question) -> Answer | None:
    """Outcomes of a link about growth, decided from all cells of the sweep together, or None."""
    kind = question.link.kind
    found = rate.by_draws(question) if kind == "rate" else whp.by_draws(question) if kind == "probability" else None
    return None if found is None else _scoped(question, found)


def _scoped(question: Question, answer: Answer) -> Answer:
    """An answer about a link that quantifies over more than its engine draws or its form says: it can refute only."""
    scope = question.link.scope
    if scope is None:
        return answer
    narrower = (Verdict.HOLDS, Verdict.CONSISTENT, Verdict.VACUOUS)
    return Answer(
        tuple(
            replace(
                o, verdict=Verdict.UNDETERMINED, evidence=None, reason=f"scope: {scope}; there {o.reason}", proof=None
            )
            if o.verdict in narrower
            else o
            for o in answer.outcomes
        )
    )
