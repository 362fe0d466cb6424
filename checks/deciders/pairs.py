"""Thresholds above 0 of a masked pair, by its two parts; probabilities that tend to 1 because the opposite fades."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Add, Expr, Rational, S, exp, expand, sympify

from ...theory.language.cells import Regime
from ...theory.language.events import Event
from ...theory.language.models import RV
from ...theory.language.statements import Link
from ...theory.proofs.objects import event_json, in_text
from ...theory.proofs.referee_claims import rejection
from ...theory.proofs.tails import prove_tail
from ...theory.proofs.tails_laws import law_json
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome
from .whole import proved_relation

__all__ = ["decide", "fading"]

Proof = dict[str, Any]
# Rates at which the two parts of a pair may fail, the largest that is proved.
_NORM = tuple(Fraction(1, k) for k in (9, 11, 20, 50))
_MEAN = tuple(Fraction(1, k) for k in (11, 20, 50))
_CROSS = Fraction(2, 5)
_READOUT = Fraction(1, 7)
_MOST_COPIES = 8


def decide(question: Question) -> Answer | None:
    """Prove a bound on a masked pair at a threshold above 0, for one sample or for all; None for any other link."""
    excluded = question.link.excluded
    if excluded is None or len(excluded.events) != 1 or excluded.strict or question.link.given:
        return None
    event = excluded.events[0]
    found = _below(event)
    if found is None:
        return None
    bound = excluded.bound
    if excluded.samples is not None:
        found = _some(found, excluded.samples.name)
    final = _with_bound(question, found, bound)
    if final is not None and question.link.relation in (">", ">="):
        stated = event_json(_body(question.link))
        claim = {**final["claim"], "event": stated, "relation": ">=", "bound": in_text(question.link.rhs)}
        final = _accepted({"claim": claim, "proof": {"rule": "complement", "of": [final]}})
    if final is None:
        return None
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason="both parts of the pair fail rarely", proof=final))


def fading(question: Question) -> Answer | None:
    """Prove that a probability tends to 1, where the opposite is at most a sum of exponentials in sizes that grow."""
    failure, regime = question.link.failure, question.claim.regime
    if failure is None or len(failure.events) != 1 or regime is None or question.link.given:
        return None
    growing = _growing(regime)
    found = _below(failure.events[0]) or _tail_of(question, failure.events[0], growing)
    if found is None:
        return None
    terms = found[1]
    proof = found[0]
    if failure.samples is not None:
        some = _some(found, failure.samples.name)
        proof, terms = some
    if not {size for _, _, size in terms} <= {*growing}:
        return None
    part = proof["claim"]
    domain = {k: v for k, v in part["domain"].items() if k not in growing}
    claim = {"kind": "limit", "event": event_json(_body(question.link)), "growing": list(growing)}
    claim |= {"domain": domain, "laws": part["laws"]}
    final = _accepted({"claim": claim, "proof": {"rule": "fades", "terms": terms, "of": [proof]}})
    if final is None:
        return None
    rates = ", ".join(f"{k}·exp(-{c}·{s})" for k, c, s in terms)
    reason = f"the opposite has probability at most the sum of {rates}"
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason, proof=final))


_Bounded = tuple[Proof, list[list[str]]]


def _growing(regime: Regime) -> tuple[str, ...]:
    """The names of the sizes that tend to infinity."""
    return (regime.size.name, *(p.name for p in regime.tied))


def _body(link: Link) -> Any:
    return link.lhs.event


def _below(event: Event) -> _Bounded | None:
    """P(pair ≤ t) at most a sum of exponentials, for a number t > 0."""
    rv, t = event.value, sympify(event.bound)
    if not isinstance(rv, RV) or event.relation not in ("<", "<=") or not (t.is_Rational and t > 0):
        return None
    try:
        law = law_json(rv)
    except NotImplementedError:
        return None
    if law.get("family") != "masked pair":
        return None
    n, d = str(law["n"]), str(law["d"])
    if not (n.isidentifier() and d.isidentifier()):
        return None
    domain = {n: ["1", "oo", "left"], d: ["1", "oo", "left"]}
    first = _first(n, d, 2 * t, domain)
    rest = _rest(n, d, t, domain)
    if first is None or rest is None:
        return None
    terms = first[1] + rest[1]
    claim = {
        "kind": "statement",
        "event": {**event_json(event), "relation": "<="} if event.samples is None else event_json(event)[2],
        "relation": "<=",
        "bound": " + ".join(f"exp(-({c})*{s})" for _, c, s in terms),
        "domain": domain,
        "laws": {rv.name: law},
    }
    claim["event"] = {"value": in_text(rv), "relation": event.relation, "bound": in_text(t)}
    proof = _accepted({"claim": claim, "proof": {"rule": "pair", "of": [first[0], rest[0]]}})
    return None if proof is None else (proof, terms)


def _first(n: str, d: str, s: Expr, domain: Any) -> _Bounded | None:
    square = {"family": "masked", "p": "1/2", "of": {"family": "chi-square", "dof": "1"}}
    norm = {"family": "affine", "of": {"family": "copies", "of": square, "n": n}, "scale": f"1/{n}", "shift": "0"}
    mean = {"family": "affine", "of": {"family": "chi-square", "dof": d}, "scale": f"1/{d}", "shift": "0"}
    laws = {"main": {"family": "scaled", "by": norm, "of": mean}}
    event = {"value": "main", "relation": "<=", "bound": in_text(s)}
    for a, b in ((a, b) for a in _NORM for b in _MEAN):
        terms = [["1", str(a), n], ["1", str(b), d]]
        bound = f"exp(-{n}*{a}) + exp(-{d}*{b})"
        found = prove_tail(event, "<=", bound, domain, laws)
        if found is not None:
            return found.to_json(), terms
    return None


def _rest(n: str, d: str, r: Expr, domain: Any) -> _Bounded | None:
    half = {"family": "affine", "of": {"family": "chi-square", "dof": n}, "scale": f"1/(2*{n}*{d})", "shift": "0"}
    laws = {"rest": {"family": "dominated", "by": half, "of": {"family": "normal products", "n": d}}}
    rate = Fraction(int(r.p), int(r.q)) ** 2 * _CROSS
    rate = Fraction(1, -(-rate.denominator // rate.numerator))
    event = {"value": "rest", "relation": ">", "bound": in_text(r)}
    bound = f"exp(-{n}*{_READOUT}) + exp(-{d}*{rate})"
    found = prove_tail(event, "<=", bound, domain, laws)
    return None if found is None else (found.to_json(), [["1", str(_READOUT), n], ["1", str(rate), d]])


def _some(found: _Bounded, count: str) -> _Bounded:
    """The same of some of n samples."""
    proof, terms = found
    part = proof["claim"]
    claim = {**part, "kind": "statement", "event": ["some", count, part["event"]]}
    claim |= {"bound": f"{count}*({part['bound']})", "domain": {**part["domain"], count: ["1", "oo", "left"]}}
    new = {"claim": claim, "proof": {"rule": "samples", "of": [proof]}}
    return new, [[f"{count}*({k})", c, s] for k, c, s in terms]


def _with_bound(question: Question, found: _Bounded, bound: Expr) -> Proof | None:
    """The bound in the place of the sum of exponentials, each of which is at most one of its own."""
    proof, terms = found
    names = {s.name: s for s in question.statement.parameters}
    wanted = [one for term in Add.make_args(expand(bound)) for one in _copies(term)]
    parts: list[Proof] = []
    for k, c, size in sorted(terms, key=lambda term: Fraction(term[1])):
        known = sympify(k, locals=names) * exp(-Rational(c) * names[size])
        for one in sorted(wanted, key=lambda term: -len(term.free_symbols & known.free_symbols)):
            part = proved_relation(question.statement, known, "<=", one) if one.has(names[size]) else None
            if part is not None:
                wanted.remove(one)
                parts.append(part)
                break
        else:
            return None
    part = proof["claim"]
    positive = [proved_relation(question.statement, S.Zero, "<", one) for one in wanted]
    domain = {
        **part["domain"],
        **{k: v for p in (*parts, *filter(None, positive)) for k, v in p["claim"]["domain"].items()},
    }
    sides = {"left": part["bound"], "relation": "<=", "right": in_text(bound), "domain": domain}
    node = {"rule": "terms", "of": parts, "rest": [in_text(one) for one in wanted], "positive": positive}
    between = None if None in positive else _accepted({"claim": sides, "proof": node})
    if between is None:
        return None
    claim = {**part, "bound": in_text(bound), "domain": domain}
    return _accepted({"claim": claim, "proof": {"rule": "same", "of": [proof], "bound": [between]}})


def _copies(term: Expr) -> list[Expr]:
    """A term with a whole factor as so many equal ones."""
    number, rest = term.as_coeff_Mul()
    return [rest] * int(number) if number.is_Integer and 0 < number <= _MOST_COPIES else [term]


def _tail_of(question: Question, event: Event, growing: tuple[str, ...]) -> _Bounded | None:
    """Any event whose tail the provers bound by exponentials of simple rates in what grows."""
    return None


def _accepted(proof: Proof) -> Proof | None:
    return proof if rejection(proof) is None else None
