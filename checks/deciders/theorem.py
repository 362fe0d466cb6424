"""Probability links proved for all values of their parameters, with a proof object that a referee re-checks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from sympy import oo

from ...theory.language.events import Event, Joint
from ...theory.language.heads import P
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link, Statement
from ...theory.proofs.objects import event_json, in_text
from ...theory.proofs.referee_claims import rejection
from ...theory.proofs.tails import TailProof, prove_tail
from ...theory.proofs.tails_laws import law_json, moments_of, names_of
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome
from .whole import domains, written_out

__all__ = ["decide", "proved_tail", "stated"]

_EFFORT = 12_000_000


def decide(question: Question) -> Answer | None:
    """Prove a probability link on the whole domain of its statement, whatever values are listed; else None."""
    if question.claim.exists:
        return None
    found = proved_tail(question.statement, question.link)
    if found is None or rejection(found.to_json()) is not None:
        return None
    where = ", ".join(_range(name, *ends) for name, ends in found.claim["domain"].items())
    reason = f"for all {where}: {found.method}" if where else found.method
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason, proof=found.to_json()))


def proved_tail(statement: Statement, link: Link, effort: int = _EFFORT) -> TailProof | None:
    """A proof of a probability link for all values that a statement's domains and hypotheses admit, or None.

    Parameters
    ----------
    statement : Statement
    link : Link
    effort : int
        As in `prove_tail`, for each reading of the hypotheses.

    Examples
    --------
    >>> from sympy import exp
    >>> from whp.theory import ChiSquare, P, claim, size
    >>> d = size("d")
    >>> twice = claim(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7), key="twice", source="me")
    >>> proved_tail(twice, twice.links[0]).method
    "Chernoff's bound"
    """
    sides = stated(link)
    fixed = bool(link.given) and not link.events
    if sides is None or (link.events and len(link.events) < len(link.given)):
        return None
    event, relation, bound = sides
    parts = (link.lhs, *(() if fixed else link.given))
    rvs = {rv.name: rv for part in parts for rv in sorted(part.atoms(RV), key=str)}
    # Given random variables, others in the bound are functions of them: any positive numbers.
    numbers = [] if not fixed else [Parameter(rv.name, "real", 0, oo) for rv in sorted(link.rhs.atoms(RV), key=str)]
    if link.rhs.atoms(RV) and not fixed:
        return None
    if link.events:
        known = link.given[0] if len(link.given) == 1 else Joint(*link.given)
        event = ["given", event, event_json(known)]
    given = tuple(sorted(rv.name for rv in link.given)) if fixed else ()
    for laws, moments in _laws(rvs, given):
        found = _found(statement, link, (event, relation, bound), laws, moments, numbers, effort)
        if found is not None:
            return found
    return None


def _found(
    statement: Statement,
    link: Link,
    stated: tuple[Any, str, str],
    laws: dict[str, Any],
    moments: list[dict[str, Any]],
    numbers: list[Parameter],
    effort: int,
) -> TailProof | None:
    event, relation, bound = stated
    parameters = {p.name: p for p in (*statement.parameters, *link.symbols, *numbers) if isinstance(p, Parameter)}
    used = _names([event, laws, bound]) & parameters.keys()
    for ends in domains(statement, [parameters[name] for name in used]):
        domain = {p.name: [in_text(low), in_text(high), closed] for p, (low, high, closed) in ends.items()}
        found = prove_tail(event, relation, bound, domain, laws, moments, effort)
        if found is not None:
            return found
    return None


def _laws(rvs: Mapping[str, RV], given: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The laws of random variables as trees; then what moments say of them, with their proofs."""
    try:
        laws = {name: law_json(rv, given) for name, rv in rvs.items()}
        named = {name for law in laws.values() for name in names_of(law)}
        yield {name: {**law, "name": name} if name in named else law for name, law in laws.items()}, []
    except NotImplementedError:
        pass
    moments = {} if given else {name: moments_of(rv) for name, rv in rvs.items()}
    known = {name: found for name, found in moments.items() if found is not None}
    if known and len(known) == len(rvs):
        yield {name: found["law"] for name, found in known.items()}, list(known.values())


def stated(link: Link) -> tuple[Any, str, str] | None:
    """The event of a link, the relation and the bound: as they stand, else as what the link excludes."""
    if link.relation not in ("<", "<=", ">", ">="):
        return None
    if isinstance(link.lhs, P) and not link.rhs.atoms(P):
        head = link.lhs
        if head.given is not None or any(e.everywhere for e in head.atoms(Event)):
            return None
        return event_json(head.event), link.relation, in_text(written_out(link.rhs))
    claim = link.excluded
    if claim is None or claim.together or any(e.everywhere for e in claim.events):
        return None
    atoms = [event_json(Event(e.value, e.relation, e.bound)) for e in claim.events]
    event = atoms[0] if len(atoms) == 1 else ["any", *atoms]
    if claim.samples is not None:
        event = ["some", claim.samples.name, event]
    return event, "<" if claim.strict else "<=", in_text(written_out(claim.bound))


def _names(part: Any) -> set[str]:
    """Whatever may be a name in texts."""
    if isinstance(part, dict):
        return {n for k, v in part.items() for n in _names(v)}
    if isinstance(part, list):
        return {n for inner in part for n in _names(inner)}
    try:
        return {n.id for n in ast.walk(ast.parse(part, mode="eval")) if isinstance(n, ast.Name)}
    except SyntaxError:
        return set()


def _range(name: str, low: str, high: str, closed: str) -> str:
    left, right = "[" if closed in ("left", "both") else "(", "]" if closed in ("right", "both") else ")"
    return f"{name} ≥ {low}" if left == "[" and high == "oo" else f"{name} in {left}{low}, {high}{right}"
