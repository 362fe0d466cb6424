"""Tails that a sum of exponentials in sizes stays above, which is proved first, and that fade with it."""

from __future__ import annotations

import re
from typing import Any

from sympy import Abs

from ...theory.language.events import Event
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link
from ...theory.proofs.objects import event_json, in_text
from ...theory.proofs.referee_claims import rejection
from ...theory.proofs.tails import prove_tail
from ...theory.proofs.tails_laws import law_json
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome
from .whole import proved_text

__all__ = ["fading"]

Proof = dict[str, Any]
# One over the rates at which a tail is asked to fall in every size, and how often each exponential is taken.
_SLOWER = (9, 100, 3000)
_TIMES = 2


def fading(question: Question) -> Answer | None:
    """Prove that a probability tends to 1, where the opposite is at most a sum of exponentials in sizes that grow."""
    failure, regime = question.link.failure, question.claim.regime
    if failure is None or len(failure.events) != 1 or regime is None or question.link.given:
        return None
    growing = regime.size.name, *(p.name for p in regime.tied)
    found = _falling(failure.events[0], growing)
    if found is None:
        return None
    proof, terms = found if failure.samples is None else _some(found, failure.samples.name)
    part = proof["claim"]
    domain = {k: v for k, v in part["domain"].items() if k not in growing}
    claim = {"kind": "limit", "event": event_json(_body(question.link)), "growing": list(growing)}
    claim |= {"domain": domain, "laws": part["laws"]}
    final = _accepted({"claim": claim, "proof": {"rule": "fades", "terms": terms, "of": [proof]}})
    if final is None:
        return None
    reason = f"the opposite has probability at most {part['bound']}"
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason, proof=final))


_Bounded = tuple[Proof, list[list[str]]]


def _body(link: Link) -> Any:
    return link.lhs.event


def _falling(event: Event, growing: tuple[str, ...]) -> _Bounded | None:
    """A tail of one variable at most a sum of exponentials, in all its sizes that grow."""
    rv = event.value.args[0] if isinstance(event.value, Abs) else event.value
    if not isinstance(rv, RV):
        return None
    try:
        laws = {rv.name: law_json(rv)}
    except NotImplementedError:
        return None
    free = {p for p in event.bound.free_symbols if isinstance(p, Parameter)}
    known = sorted({*rv.model.sizes, *(p for p in free if p.is_size)}, key=lambda p: p.name)
    sizes = [p for p in known if p in free or re.search(rf"\b{p.name}\b", str(laws))]
    names = [p.name for p in sizes if p.name in growing]
    reals = free - {*sizes}
    domain = {p.name: [in_text(p.low), in_text(p.high), p.closed] for p in reals}
    domain |= {p.name: [in_text(p.low), "oo", "left"] for p in sizes}
    atom = {"value": in_text(event.value), "relation": event.relation, "bound": in_text(event.bound)}
    law = laws[rv.name]
    pair = law.get("of", {}) if law.get("family") == "affine" else {}
    parts = str(pair.get("d", "")).split(" - ")
    if pair.get("family") == "masked pair" and len(parts) == 2 and {*parts} <= {p.name for p in sizes}:
        return _in_smaller_dimension(atom, law, str(pair["n"]), parts[0], parts[1])
    for slower in _SLOWER if names else ():
        bound = " + ".join(f"{_TIMES}*exp(-{s}/{slower})" for s in names)
        found = prove_tail(atom, "<=", bound, domain, laws)
        if found is not None:
            return found.to_json(), [["1", f"1/{slower}", s] for s in names for _ in range(_TIMES)]
    return None


def _in_smaller_dimension(atom: Proof, law: Proof, width: str, size: str, less: str) -> _Bounded | None:
    """A scaled masked pair in dimension size − less, first in a dimension and with a scale of their own."""
    k, r, name = "k_0", "r_0", atom["value"]
    alike = {**law, "of": {**law["of"], "d": k}, "scale": r}
    domain = {r: ["0", "oo", ""], k: ["1", "oo", "left"], width: ["1", "oo", "left"]}
    final = {size: [f"{less} + 1", "oo", "left"], width: domain[width], less: ["1", "oo", "left"]}
    for slower in _SLOWER:
        found = prove_tail(atom, "<=", f"exp(-{width}/{slower}) + exp(-{k}/{slower})", domain, {name: alike})
        if found is None:
            continue
        half = {name: {**alike, "scale": law["scale"]}}
        claim = {**found.claim, "kind": "statement", "laws": half, "domain": {k: domain[k], **final}}
        proof = _put_in(found.to_json(), claim, r, law["scale"], "0", "<")
        terms = [["1", f"1/{slower}", width], [f"exp({less}/{slower})", f"1/{slower}", size]]
        bound = f"exp(-{width}/{slower}) + exp(-({size} - {less})/{slower})"
        if proof is not None:
            claim = {**claim, "laws": {name: law}, "domain": final, "bound": bound}
            proof = _put_in(proof, claim, k, f"{size} - {less}", "1", "<=")
        plain = " + ".join(f"({k})*exp(-({c})*{s})" for k, c, s in terms)
        between = None if proof is None else proved_text(bound, "<=", plain, final)
        if proof is None or between is None:
            return None
        node = {"rule": "same", "of": [proof], "bound": [between]}
        last = _accepted({"claim": {**claim, "bound": plain}, "proof": node})
        return None if last is None else (last, terms)
    return None


def _put_in(proof: Proof, claim: Proof, name: str, value: str, low: str, sign: str) -> Proof | None:
    """A claim that has an expression in the place of a parameter that is at least, or more than, a number."""
    end = proved_text(low, sign, value, claim["domain"])
    if end is None:
        return None
    of = {**proof, "claim": {**proof["claim"]}}
    node = {"rule": "instance", "parameter": name, "value": value, "of": [of], "ends": [end]}
    return _accepted({"claim": claim, "proof": node})


def _some(found: _Bounded, count: str) -> _Bounded:
    """The same of some of n samples."""
    proof, terms = found
    part = proof["claim"]
    claim = {**part, "kind": "statement", "event": ["some", count, part["event"]]}
    claim |= {"bound": f"{count}*({part['bound']})", "domain": {count: ["1", "oo", "left"], **part["domain"]}}
    new = {"claim": claim, "proof": {"rule": "samples", "of": [proof]}}
    return new, [[f"{count}*({k})", c, s] for k, c, s in terms]


def _accepted(proof: Proof) -> Proof | None:
    return proof if rejection(proof) is None else None
