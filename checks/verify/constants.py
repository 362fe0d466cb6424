"""Claims with unnamed constants, put together: implied by a named one, refuted by a corner, or undetermined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ...theory.language.cells import cell_text
from ...theory.language.statements import Implication
from ..deciders.admitted import named_constants, unrelated
from ..deciders.corners import corner_by_draws, fitted_by_draws
from ..deciders.question import Question
from ..deciders.smallest import best_thresholds
from ..sweep.draws import Draws
from ..sweep.errors import Failed, attempt
from ..sweep.processes import Finished
from ..verdict import Evidence, LinkResult, Outcome, Result, Verdict, weakest
from .looks import Watch
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
    """Whether the implications of a statement reach one of its claims, and what breaks where they do not.

    `unchecked` says what the best of them takes for granted; empty where nothing.
    """

    held: tuple[Implication, Evidence | None] | None = None
    unchecked: str = ""
    broken: list[str] = field(default_factory=list)

    def carried_by(self, implication: Implication) -> bool:
        """Whether this implication reaches the claim and takes nothing for granted."""
        return self.held is not None and self.held[0] is implication and not self.unchecked


def existential(
    inquiry: Inquiry, finished: Finished, others: Iterable[Result], draws: Draws, watch: Watch
) -> Existential:
    """Read a statement's claims with unnamed constants.

    Parameters
    ----------
    inquiry : Inquiry
    finished : Finished
    others : iterable of Result
        Of the statements that may imply it.
    draws : Draws
        A fixed number of them.
    watch : Watch
        What kept some from being drawn.
    """
    asked = [a for a in inquiry.asked if a.domain is None]
    found, support = Existential(), {a: _Support() for a in asked}
    known = tuple(others)
    for number, implied in enumerate(inquiry.implied):
        _apply(implied, number, finished, known, support, inquiry.statement.source.cite)
        if support and all(s.carried_by(implied.implication) for s in support.values()):
            found.constants = finished[implied.admitted]
    best: list[Mapping[str, str]] = []
    for a in asked:
        question = replace(a.question, draws=draws)
        unanswered = [
            e for task in (a.corner, *(i.admitted for i in inquiry.implied)) if task and (e := finished.error(task))
        ]
        errors = [e for cell in question.cells if (e := watch.error_at(question, cell))][:1]
        cornered = None if a.corner is None or finished.error(a.corner) else finished[a.corner]
        against = None if cornered is None else cornered.outcome
        if cornered is not None:
            found.constants = _with_named(found.constants, cornered.named)
        if against is None:
            drawn = attempt(partial(_by_draws, question))
            if isinstance(drawn, Failed):
                unanswered.append(drawn.text)
            else:
                against = drawn
        named = [o for task in a.named if (answer := finished[task]) is not None for o in answer.outcomes]
        proved = next((o for o in named if o.proof is not None), None)
        if proved is not None and (against is None or against.verdict is not Verdict.REFUTED):
            idle = against is not None and against.verdict is Verdict.VACUOUS
            against = replace(against, proof=proved.proof) if against is not None and idle else proved
            unanswered = []  # nobody needs another answer
        found.results[a] = _told(_link(question, against, support[a]), [*unanswered, *errors])
        if against is not None and against.verdict is Verdict.REFUTED:
            thresholds = attempt(partial(best_thresholds, question))
            best += [_no_constants(question, against), *([] if isinstance(thresholds, Failed) else thresholds)]
    if best:
        found.constants = {**found.constants, "best": best}
    return found


def _by_draws(question: Question) -> Outcome | None:
    return corner_by_draws(question) or fitted_by_draws(question)


def _with_named(constants: dict[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    """Constants with those of one more link: where links have different ones, their reasons say which."""
    if not named:
        return constants
    known = constants.get("named", {})
    alike = {name: text for name, text in {**named, **known}.items() if named.get(name, text) == text}
    return {**constants, "named": alike}


def _told(link: LinkResult, errors: list[str]) -> LinkResult:
    """A link with the first error of what was asked of it: the reason where nothing is established, else a remark."""
    if not errors:
        return link
    if link.verdict is Verdict.UNDETERMINED:
        return replace(link, outcomes=tuple(replace(o, reason=f"{errors[0]}; {o.reason}") for o in link.outcomes))
    return replace(link, outcomes=tuple(replace(o, remark=o.remark or errors[0]) for o in link.outcomes))


def _apply(
    implied: Implied,
    number: int,
    finished: Finished,
    others: tuple[Result, ...],
    support: Mapping[Asked, _Support],
    cite: str,
) -> None:
    """Enter what one implication, by a statement of the same source where there is one, says of each claim."""
    by = implied.implication.by
    above = [r for r in others if r.statement.key == by]
    own = [r for r in above if r.statement.source.cite == cite]
    above = own or above
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
        elif found.held is None or found.unchecked:
            why = attempt(partial(unrelated, implied.implication, a.question, carried[0].statement))
            words_why = why.text if isinstance(why, Failed) else why or ""
            if found.held is None or not words_why:
                evidence = weakest([carried[0].evidence, *(o.evidence for o in outcomes)])
                found.held, found.unchecked = (implied.implication, evidence), words_why


def _link(question: Question, against: Outcome | None, support: _Support) -> LinkResult:
    if against is not None and against.verdict in (Verdict.VACUOUS, Verdict.REFUTED, Verdict.HOLDS):
        outcome = against
    elif support.held is not None:
        implication, evidence = support.held
        reason = f"implied by {implication.by} with {named_constants(implication.constants)}"
        verdict = Verdict.CONSISTENT if support.unchecked else Verdict.HOLDS
        if support.unchecked:
            reason = f"said to be {reason}; but {support.unchecked}"
        outcome = Outcome(verdict, None if support.unchecked else evidence, reason=reason)
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
    path = f"the path to {cell_text(against.cell)}" if against.cell else "a path of growing parameters"
    return {**row, "best": "none", "cell": path}
