"""Claims that constants exist, from proofs with named ones or because nothing is excluded, with proof objects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational, Symbol, exp, sympify

from ...theory.language.heads import P
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Claim, Implication, Link
from ...theory.proofs.objects import event_json, in_text, with_values
from ...theory.proofs.referee_claims import rejection, same_text
from ..verdict import Evidence, Outcome, Verdict
from .admitted import named_constants
from .question import Question, outcome
from .whole import proved_relation, proved_text

__all__ = ["choices", "named_link", "nothing_excluded", "vacuous_constants", "with_constants"]

Proof = dict[str, Any]
# By how much rates are made smaller where a bound with the constants of an implication has no proof.
_SMALLER = 300
# The bound of a probability that says nothing.
_TRIVIAL = {">=": 0, "<=": 1}


def named_link(question: Question, implication: Implication) -> Question:
    """The question of a link with named values in the place of its unnamed constants."""
    values = {s: sympify(v) for s, v in implication.constants.items()}
    link = question.link
    named = replace(link, lhs=link.lhs.subs(values), rhs=link.rhs.subs(values))
    return replace(question, claim=Claim((named,)), link=named)


def choices(question: Question, implication: Implication) -> tuple[Implication, ...]:
    """An implication with simple rationals a little below irrational constants, as it stands, and with small rates."""
    values = {s: sympify(v) for s, v in implication.constants.items()}
    if not all(v.is_number and v.is_positive for v in values.values()):
        return (implication,)
    rounded = {s: v if v.is_Rational else _below(v) for s, v in values.items()}
    exponents = (e.args[0] for side in (question.link.lhs, question.link.rhs) for e in side.atoms(exp))
    rates = {s for e in exponents for s in e.free_symbols}
    small = {s: _below(v / _SMALLER) if s in rates else v for s, v in rounded.items()}
    found = [rounded, values, small] if rounded != values else [values, small]
    return tuple(replace(implication, constants=constants) for constants in found)


def _below(value: Expr) -> Rational:
    """Two digits of nine tenths of a positive number."""
    number = float(value) * 0.9
    unit = Fraction(10) ** (math.floor(math.log10(number)) - 1)
    found = math.floor(Fraction(number) / unit) * unit
    return Rational(found.numerator, found.denominator)


def with_constants(question: Question, implication: Implication, proof: Proof) -> Outcome | None:
    """That constants exist, from a proof of the link with named ones in their place; None where it is not accepted."""
    constants = question.claim.exists
    values = {c.name: in_text(implication.constants[c]) for c in constants}
    part = proof["claim"]
    inner = _unnamed(question.link, part, {c: implication.constants[c] for c in constants})
    if inner is None:
        return None
    if "bound" in part:
        put = with_values(inner["bound"], values)
        if not same_text(put, part["bound"]):
            proof_of = _rewritten(proof, put)
            if proof_of is None:
                return None
            proof = proof_of
    positive = [p for value in values.values() if (p := proved_text("0", "<", value, part["domain"])) is not None]
    allowed = {c.name: [p.name for p in c.of] if isinstance(c, Parameter) else [] for c in constants}
    claim = {"kind": "exists", "constants": allowed, "claim": inner, "domain": part["domain"]}
    node = {"rule": "named", "values": values, "positive": positive, "of": [proof]}
    found = {"claim": claim, "proof": node}
    if rejection(found) is not None:
        return None
    reason = f"with {named_constants(implication.constants)}"
    return outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason, proof=found)


def vacuous_constants(question: Question) -> Outcome | None:
    """That constants exist because with all of them at 1 nothing is excluded; None where that has no proof."""
    link, constants = question.link, question.claim.exists
    named = nothing_excluded(question, dict.fromkeys(constants, 1))
    if named is None:
        return None
    allowed = {c.name: [p.name for p in c.of] if isinstance(c, Parameter) else [] for c in constants}
    inner = {**named["claim"], "bound": in_text(link.rhs)}
    claim = {"kind": "exists", "constants": allowed, "claim": inner, "domain": inner["domain"]}
    found = {"claim": claim, "proof": {"rule": "named", "values": dict.fromkeys(allowed, "1"), "of": [named]}}
    if rejection(found) is not None:
        return None
    reason = f"with {', '.join(f'{name} = 1' for name in allowed)} nothing is excluded"
    return outcome(Verdict.VACUOUS, Evidence.PROVED, reason=reason, proof=found)


def nothing_excluded(question: Question, values: Mapping[Symbol, Any]) -> Proof | None:
    """The proof object of a bound that every probability meets, with constants at some values; None without one."""
    link = question.link
    if not isinstance(link.lhs, P) or link.lhs.given is not None or link.given or link.relation not in _TRIVIAL:
        return None
    bound, end = link.rhs.subs(values), sympify(_TRIVIAL[link.relation])
    between = proved_relation(question.statement, *((bound, "<=", end) if end == 0 else (end, "<=", bound)))
    if between is None:
        return None
    about = {"kind": "statement", "event": event_json(link.lhs.event), "relation": link.relation, "laws": {}}
    claim = {**about, "domain": between["claim"]["domain"], "bound": in_text(bound)}
    found = {"claim": claim, "proof": {"rule": "vacuous", "bound": [between]}}
    return found if rejection(found) is None else None


def _unnamed(link: Link, part: Proof, values: Mapping[Symbol, Any]) -> Proof | None:
    """The claim of a proof with the link's own sides, in which the constants are not named."""
    if "bound" in part:
        named = {s: sympify(v) for s, v in values.items()}
        for bound, other in ((link.rhs, link.lhs), (link.lhs, link.rhs)):
            if not bound.has(P) and not any(other.has(s) for s in named):
                return {**part, "kind": "statement", "bound": in_text(bound)}
        return None
    return {**part, "left": in_text(link.lhs), "right": in_text(link.rhs)}


def _rewritten(proof: Proof, bound: str) -> Proof | None:
    """A proved probability claim with its bound written in another way."""
    part = proof["claim"]
    claim = {**part, "kind": "statement", "bound": bound}
    left, right = (part["bound"], bound)[:: 1 if part["relation"][0] == "<" else -1]
    between = proved_text(left, "<=", right, part["domain"])
    if between is None:
        return None
    found = {"claim": claim, "proof": {"rule": "same", "of": [proof], "bound": [between]}}
    return found if rejection(found) is None else None
