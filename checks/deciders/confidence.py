"""Probability links whose bound is a parameter that hypotheses bound, as 1 − δ where min(m, d) ≥ c log(n/δ)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import sympy
from sympy import Add, Expr, Min, log

from ...theory.language.heads import P
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Claim, Hypothesis, Link, Statement
from ...theory.proofs.objects import in_text
from ...theory.proofs.referee_claims import rejection
from ...theory.proofs.tails import TailProof
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome
from .theorem import proved_tail
from .whole import proved_text

__all__ = ["decide", "proved_with_hypotheses"]

Proof = dict[str, Any]


def decide(question: Question) -> Answer | None:
    """Prove a probability link from the bound that hypotheses give a parameter of its bound; else None."""
    found = None if question.claim.exists else proved_with_hypotheses(question.statement, question.link)
    if found is None:
        return None
    proof, tail, least = found
    reason = f"{least} by the hypotheses, and for all such values: {tail.method}"
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason, proof=proof))


def proved_with_hypotheses(statement: Statement, link: Link) -> tuple[Proof, TailProof, str] | None:
    """A proof of a probability link in whose bound a parameter stands that hypotheses bound, or None.

    The probability is proved to be within the bound that has the parameter's least value in its place.

    Parameters
    ----------
    statement : Statement
    link : Link

    Returns
    -------
    (dict, TailProof, str) or None
        What the referee accepts; the proof of the tail; what is used of the hypotheses.

    Examples
    --------
    >>> from sympy import log
    >>> from whp.theory import ChiSquare, P, claim, real, size
    >>> d, delta = size("d"), real("delta", 0, 1)
    >>> s = claim(P(ChiSquare(d) >= 2 * d) <= delta, key="s", source="me", where=[d >= 7 * log(1 / delta)])
    >>> proved_with_hypotheses(s, s.links[0])[2]
    'delta ≥ exp(-d/7)'
    """
    if not isinstance(link.lhs, P) or link.rhs.atoms(P) or link.given:
        return None
    free = link.rhs.free_symbols - link.lhs.free_symbols
    for p in sorted((p for p in free if isinstance(p, Parameter) and p.is_positive and not p.is_size), key=str):
        slope = link.rhs.diff(p)
        if not (slope.is_positive if link.relation in ("<", "<=") else slope.is_negative):
            continue
        least, strict, used = _least(statement.hypotheses, p)
        if used:
            found = _with(statement, link, p, (least, strict), used)
            if found is not None:
                return found
    return None


def _with(
    statement: Statement, link: Link, p: Parameter, end: tuple[Expr, bool], used: list[Hypothesis]
) -> tuple[Proof, TailProof, str] | None:
    least, strict = end
    easier = replace(link, rhs=link.rhs.subs(p, least))
    rest = tuple(h for h in statement.hypotheses if h not in used)
    about = replace(statement, claims=(Claim((easier,)),), hypotheses=rest, points=({},), implied_by=(), grid={})
    tail = proved_tail(about, easier)
    if tail is None:
        return None
    part, bound = tail.to_json(), in_text(link.rhs)
    others = part["claim"]["domain"]
    # How the two bounds compare does not depend on how large the other parameters are.
    wide = {p.name: [in_text(least), "oo", "" if strict else "left"], **{k: _open(v) for k, v in others.items()}}
    sides = (part["claim"]["bound"], bound)[:: 1 if link.relation[0] == "<" else -1]
    between = proved_text(sides[0], "<=", sides[1], wide)
    if between is None:
        return None
    closed = {(True, True): "both", (True, False): "left", (False, True): "right"}
    side = closed.get((not strict, p.closed in ("right", "both")), "")
    domain = {p.name: [in_text(least), in_text(p.high), side], **others}
    claim = {**part["claim"], "kind": "statement", "bound": bound, "domain": domain}
    proof = {"claim": claim, "proof": {"rule": "same", "of": [part], "bound": [between]}}
    if rejection(proof) is not None:
        return None
    return proof, tail, f"{p.name} {'>' if strict else '≥'} {in_text(least)}"


def _open(ends: list[str]) -> list[str]:
    """All positive numbers, where an interval lies among them."""
    return ["0", "oo", ""] if ends[0].isdigit() else ends


def _least(hypotheses: Iterable[Hypothesis], p: Parameter) -> tuple[Expr, bool, list[Hypothesis]]:
    """The least value that hypotheses leave a parameter, whether it is left out, and which of them are used."""
    found = [(h, *end) for h in hypotheses for end in _ends(h.relation, p)]
    if not found:
        return sympy.S.Zero, True, []
    logs = [at for _, at, _ in found]
    shared = Add(*[t for t in Add.make_args(logs[0]) if all(t in Add.make_args(other) for other in logs)])
    least = logs[0] if len(logs) == 1 else shared - Min(*[shared - other for other in logs])
    return sympy.exp(least), all(strict for *_, strict in found), [h for h, *_ in found]


def _ends(relation: Any, p: Parameter) -> Iterator[tuple[Expr, bool]]:
    """The logarithm of a lower end, and whether it is left out, of a relation that is affine in log p."""
    if getattr(relation, "rel_op", "") not in (">=", ">", "<=", "<"):
        return
    difference = (relation.lhs - relation.rhs) * (1 if relation.rel_op[0] == ">" else -1)
    difference = sympy.expand(sympy.expand_log(difference, force=True))
    slope = difference.coeff(log(p), 1)
    rest = sympy.expand(difference - slope * log(p))
    if slope.is_positive and not rest.has(p) and not slope.has(p):
        yield sympy.expand(-rest / slope), "=" not in relation.rel_op
