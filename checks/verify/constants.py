"""Claims with unnamed constants, put together: implied by a named one, refuted by a corner, or undetermined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...theory.language.cells import cell_text
from ...theory.language.statements import Implication
from ..deciders.admitted import named_constants
from ..deciders.corners import corner_by_draws
from ..deciders.question import Question
from ..deciders.smallest import best_thresholds
from ..sweep.draws import Draws
from ..sweep.processes import Finished
from ..verdict import Evidence, LinkResult, Outcome, Result, Verdict, weakest
from .plan import Asked, Implied, Inquiry

__all__ = ["Existential", "existential"]


@dataclass
class Existential:
    """What was found of a statement's claims with unnamed constants.

    Attributes
    ----------
    results : mapping of Asked to LinkResult
    constants : mapping
        What the evidence admits, and the best that draws allow.
    """

    results: dict[Asked, LinkResult] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Support:
    """Whether the implications of a statement reach one of its claims, and what breaks where they do not."""

    held: tuple[Implication, Evidence | None] | None = None
    broken: list[str] = field(default_factory=list)


def existential(inquiry: Inquiry, finished: Finished, others: Iterable[Result], draws: Draws) -> Existential:
    """Read a statement's claims with unnamed constants.

    Parameters
    ----------
    inquiry : Inquiry
    finished : Finished
    others : iterable of Result
        Of the statements that may imply it.
    draws : Draws
    """
    asked = [a for a in inquiry.asked if a.domain is None]
    found, support = Existential(), {a: _Support() for a in asked}
    known = tuple(others)
    for number, implied in enumerate(inquiry.implied):
        _apply(implied, number, finished, known, support)
        if support and all(s.held is not None and s.held[0] is implied.implication for s in support.values()):
            found.constants = finished[implied.admitted]
    best: list[Mapping[str, str]] = []
    for a in asked:
        question = replace(a.question, draws=draws)
        stored = None if a.corner is None else finished[a.corner]
        against = corner_by_draws(question) if stored is None else stored
        found.results[a] = _link(question, against, support[a])
        if against is not None and against.verdict is Verdict.REFUTED:
            best += [_no_constants(question, against), *best_thresholds(question)]
    if best:
        found.constants = {**found.constants, "best": best}
    return found


def _apply(
    implied: Implied, number: int, finished: Finished, others: tuple[Result, ...], support: Mapping[Asked, _Support]
) -> None:
    """Enter what one implication says of each claim."""
    by = implied.implication.by
    above = [r for r in others if r.statement.key == by]
    answers = [answer for step in implied.steps if (answer := finished[step]) is not None]
    outcomes = [o for answer in answers for o in answer.outcomes]
    carried = [r for r in above if r.verdict is Verdict.HOLDS]
    proved = bool(carried and outcomes and all(o.verdict is Verdict.HOLDS for o in outcomes))
    words = ", ".join(str(r.verdict) for r in above) or "unchecked"
    for a, found in support.items():
        against = finished[a.supported[number]]
        if not proved:
            found.broken.append(f"{by} ({words}) does not imply it")
        elif against is not None:
            found.broken.append(against)
        elif found.held is None:
            found.held = implied.implication, weakest([carried[0].evidence, *(o.evidence for o in outcomes)])


def _link(question: Question, against: Outcome | None, support: _Support) -> LinkResult:
    if against is not None and against.verdict in (Verdict.VACUOUS, Verdict.REFUTED):
        outcome = against
    elif support.held is not None:
        implication, evidence = support.held
        reason = f"implied by {implication.by} with {named_constants(implication.constants)}"
        outcome = Outcome(Verdict.HOLDS, evidence, reason=reason)
    elif against is not None:
        outcome = replace(against, reason="; ".join([against.reason, *support.broken]))
    else:
        found = "".join(f"; {why}" for why in support.broken)
        reason = f"constants: no statement with named constants implies it{found}"
        outcome = Outcome(Verdict.UNDETERMINED, None, reason=reason)
    return LinkResult(question.link, (outcome,), question.sizes)


def _no_constants(question: Question, against: Outcome) -> dict[str, str]:
    """The row that says that no choice of a claim's unnamed constants makes it hold."""
    names = ", ".join(str(c) for c in question.claim.exists)
    row = {"link": str(question.link), "printed": names, "sense": "positive"}
    return {**row, "best": "none", "cell": f"the path to {cell_text(against.cell)}"}
