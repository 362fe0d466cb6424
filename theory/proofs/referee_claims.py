"""Re-check proof objects of any kind: which referee reads a claim, and rules that join claims that are proved.

A probability claim is ``{"kind": "tail" or "statement", "event", "relation", "bound", "domain", "laws"}``: the event's
probability stands in the relation to the bound, everywhere in the domain (as for relations; "integers" marks a size).
An event is ``{"value": "Abs(X)", "relation": "<", "bound": "sqrt(d)"}``, ``["any" or "all", event, ...]``,
``["every" or "some", "n", event]`` for n samples, or ``["given", event, event]``; "laws" says of each random variable
what it is. The proof of a claim of kind "statement" is one of these rules; "of" holds the proof objects it rests on.

same: the same event with a bound that is at least as large. samples: of one sample, times their number. instance: an
expression in the place of a parameter. vacuous: every probability is in [0, 1]. named, of kind "exists": constants
exist, with values of theirs. fades, of kind "limit": the probability tends to 1 as all that is "growing" tends to
infinity and the rest is fixed. Of relations: identical: two sides of one text. sides: an equality by ≤ and ≥; and
instance.
A bound that is not the text that a rule gives comes with a relation between the two, "bound"; ends of the domain that
differ with relations, "ends". What is given has a positive probability.
"""

from __future__ import annotations

import ast
import json
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from .referee import RESERVED, _fractions, _number, known, leaves, names_of, put_in
from .referee import rejection as relation_rejection
from .referee_ends import judged, need
from .referee_identities import rejection as identity_rejection
from .referee_laws import apart, put
from .referee_limits import rejection as failure_rejection
from .referee_tails import rejection as tail_rejection

__all__ = ["digest", "rejection"]

Node = dict[str, Any]
PROBABLE = {"kind", "event", "relation", "bound", "domain", "laws"}
KEYS = {
    "relation": {"left", "relation", "right", "domain"},
    "statement": PROBABLE,
    "exists": {"kind", "constants", "claim", "domain"},
    "limit": {"kind", "event", "growing", "domain", "laws"},
}
KEYS["tail"] = KEYS["statement"]
JUDGES = {"relation": relation_rejection, "tail": tail_rejection, "fails": failure_rejection}
JUDGES |= dict.fromkeys(("identity", "moment", "law"), identity_rejection)
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "any": "all", "all": "any", "every": "some", "some": "every"}


def digest(statement: Any, claim: Any) -> str:
    """The hash that ties a claim to the text of a statement.

    Examples
    --------
    >>> digest({"text": "1 < 2"}, {"left": "1"})[:8]
    '83b547e7'
    """
    text = json.dumps([statement, claim], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


@judged
def rejection(obj: Any) -> None:
    """Why a proof object is not accepted, or None when it proves its claim.

    Examples
    --------
    >>> event = {"value": "X", "relation": "<", "bound": "t"}
    >>> claim = {"kind": "statement", "event": event, "relation": "<=", "bound": "1", "laws": {}}
    >>> claim |= {"domain": {"t": ["0", "oo", ""]}}
    >>> rejection({"claim": claim, "proof": {"rule": "vacuous"}})
    >>> rejection({"claim": {**claim, "relation": "<"}, "proof": {"rule": "vacuous"}})
    'a bound between 0 and 1'
    """
    if "sha256" in obj:
        need(isinstance(obj["statement"]["text"], str), "the text of a statement")
        need(obj["sha256"] == digest(obj["statement"], obj["claim"]), "the hash of the statement and its claim")
    # Python reads other forms of a letter as that letter.
    text = json.dumps([obj["claim"], obj["proof"]], ensure_ascii=False)
    need(text.isascii() or normalize("NFKC", text) == text, "letters in another form")
    kind, proof = obj["claim"].get("kind", "relation"), obj["proof"]
    if kind in JUDGES and not (kind == "relation" and "rule" in proof):
        why = JUDGES[kind](obj)
        return need(why is None, f"{why}")
    shaped(obj["claim"])
    rules = RELATIONS if kind == "relation" else {"statement": EVENTS, "exists": EXISTS, "limit": LIMIT}[kind]
    need(proof["rule"] in rules, f"the rule {proof['rule']!r} of a claim of kind {kind!r}")
    rules[proof["rule"]](obj["claim"], proof)


def shaped(claim: Node, constants: Any = ()) -> None:
    """Demand that a claim has what its kind has, and names nothing but its parameters, constants and variables."""
    need(claim.keys() - {"kind"} == KEYS[claim.get("kind", "relation")] - {"kind"}, "what a claim has")
    more = {name: ["0", "oo", ""] for name in [*constants, *claim.get("growing", ())]}
    domain = {**more, **claim["domain"], **{name: more[name] for name in constants}}
    if "constants" in claim:
        need(not claim["constants"].keys() & domain.keys(), "a constant that is a parameter")
        return shaped(claim["claim"], claim["constants"])
    apart({**claim, "domain": domain}) if "event" in claim else known(domain, [claim["left"], claim["right"]])


def accepted(obj: Node) -> Node:
    """The claim of a proof object that is accepted."""
    why = rejection(obj)
    need(why is None, f"in a part: {why}")
    return obj["claim"]  # type: ignore[no-any-return]


def same_text(left: str, right: str, positive: Any = ()) -> bool:
    """Whether two texts are one fraction up to the order of terms and factors; nothing is cancelled.

    Examples
    --------
    >>> same_text("-n*exp(-m/8)*2", "-2*exp(-m*1/8)*n"), same_text("x/x", "1")
    (True, False)
    """
    parts: tuple[set[str], set[str]] = (set(), set())
    one, two = (canonical(text, positive, found) for text, found in zip((left, right), parts, strict=True))
    return one == two and parts[0] == parts[1]


def canonical(text: str, positive: Any, found: set[str]) -> str:
    """One text for a fraction; roots of products of what is positive are taken apart. `found` are all its leaves."""

    def leaf(node: ast.expr) -> ast.expr:
        found.add(ast.unparse(node))
        return node

    class Canonical(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            argument: Any = node.args[0]
            name = node.func.id  # type: ignore[attr-defined]
            product = isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Mult)
            if (
                name == "sqrt"
                and product
                and all(
                    isinstance(n, ast.Mult | ast.BinOp | ast.Load) or (isinstance(n, ast.Name) and n.id in positive)
                    for n in ast.walk(argument)
                )
                and all(isinstance(n.op, ast.Mult) for n in ast.walk(argument) if isinstance(n, ast.BinOp))
            ):
                roots = [ast.Call(node.func, [side], []) for side in (argument.left, argument.right)]
                return self.visit_BinOp(ast.BinOp(roots[0], ast.Mult(), roots[1]))
            return leaf(
                ast.Call(node.func, [_parsed(canonical(ast.unparse(a), positive, found)) for a in node.args], [])
            )

        def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
            if isinstance(node.op, ast.Pow) and not isinstance(node.right, ast.Constant):
                sides = (_parsed(canonical(ast.unparse(side), positive, found)) for side in (node.left, node.right))
                return leaf(ast.BinOp(next(sides), node.op, next(sides)))
            return self.generic_visit(node)  # type: ignore[return-value]

    ((top, bottom),) = _fractions(ast.unparse(Canonical().visit(_parsed(text))))
    scale = bottom.leading_coefficient()
    return f"({top / scale})/({bottom / scale})".replace("^", "**")


def _parsed(text: str) -> Any:
    return ast.parse(text, mode="eval").body


def within(domain: Node, wider: Node, ends: list[Node]) -> None:
    """The domain lies in a wider one, end by end."""
    for name, (low, high, closed) in wider.items():
        need(name in domain, f"the domain of {name}")
        mine = domain[name]
        if list(mine) == [low, high, closed]:
            continue
        need(closed != "integers", f"{name} may be no integer")
        for old, new, side, far in ((mine[0], low, "left", "-oo"), (mine[1], high, "right", "oo")):
            here, there = mine[2] in (side, "both", "integers"), closed in (side, "both")
            if new != far and not (old == new and (there or not here)):
                _ordered((new, "<" if here and not there else "<=", old)[:: 1 if side == "left" else -1], domain, ends)


def _ordered(relation: tuple[str, ...], domain: Node, proofs: list[Node]) -> None:
    """A relation a < b, a ≤ b between texts: of numbers, of equal texts, or by one of some proofs."""
    left, sign, right = relation
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        need(a < b or (a == b and sign == "<="), f"{left} {sign} {right}")
    elif sign == "<" or not same_text(left, right):
        for claim in map(accepted, proofs):
            known = claim.get("kind", "relation") == "relation" and claim["relation"] in ("<", sign)
            if known and same_text(claim["left"], left) and same_text(claim["right"], right):
                return within(domain, claim["domain"], [])
        need(False, f"{left} {sign} {right}")


def opposite(event: Any) -> Any:
    if isinstance(event, dict):
        return {**event, "relation": OPPOSITE[event["relation"]]}
    if event[0] in ("every", "some"):
        return [OPPOSITE[event[0]], event[1], opposite(event[2])]
    return [OPPOSITE[event[0]], *map(opposite, event[1:])]


def _parts(claim: Node, node: Node) -> list[Node]:
    """The claims that a rule rests on, about the same laws and on a domain as wide."""
    found = [accepted(part) for part in node["of"]]
    for part in found:
        need(_related(claim, part), "a part of another kind")
        within(claim["domain"], part["domain"], node.get("ends", []))
        laws = claim.get("laws", {})
        need(all(laws.get(name) == law for name, law in part.get("laws", {}).items()), "the laws of a part")
    return found


def _related(claim: Node, part: Node) -> bool:
    """Whether both are relations, or both about probabilities."""
    kinds = [c.get("kind", "relation") for c in (claim, part)]
    return kinds == ["relation", "relation"] or {*kinds} <= {"statement", "tail"}


def _bounded(claim: Node, text: str, strict: bool, node: Node) -> None:
    """The bound of a claim follows from the one a rule gives."""
    need(claim["relation"] in ("<", "<=", ">", ">="), "the relation")
    upper = claim["relation"][0] == "<"
    sign = "<" if claim["relation"] in ("<", ">") and not strict else "<="
    pair = (text, sign, claim["bound"])
    _ordered(pair[:: 1 if upper else -1], claim["domain"], node.get("bound", []))


def _one(claim: Node, node: Node, of: int = 1) -> list[Node]:
    parts = _parts(claim, node)
    need(len(parts) == of, "the number of parts")
    return parts


def _same(claim: Node, node: Node) -> None:
    (part,) = _one(claim, node)
    need(part["event"] == claim["event"] and part["relation"][0] == claim["relation"][0], "the same event")
    _bounded(claim, part["bound"], len(part["relation"]) == 1, node)


def _samples(claim: Node, node: Node) -> None:
    (part,) = _one(claim, node)
    word, count, event = claim["event"]
    need(word == "some" and event == part["event"] and (_number(claim["domain"][count][0]) or 0) >= 1, "some samples")
    need(claim["relation"][0] == part["relation"][0] == "<", "upper bounds")
    _bounded(claim, f"({count})*({part['bound']})", part["relation"] == "<", node)


def _fades(claim: Node, node: Node) -> None:
    """The opposite is at most a sum of K·exp(−c·s), c > 0, with s among what grows and K free of all that does."""
    part, growing = accepted(node["of"][0]), {*claim["growing"]}
    sizes = {name: ["1", "oo", "integers"] for name in growing} | claim["domain"]
    need(isinstance(claim["growing"], list) and all(sizes[name][1] == "oo" for name in growing), "what grows")
    need(part["kind"] in ("statement", "tail"), "a probability")
    need(part["event"] == opposite(claim["event"]) and part["relation"][0] == "<", "the opposite event")
    need(all(claim["laws"].get(name) == law for name, law in part["laws"].items()), "the laws of a part")
    for factor, rate, size in node["terms"]:
        need(size in growing and not names_of(factor) & growing and (_number(rate) or 0) > 0, "what fades")
    need(same_text(part["bound"], " + ".join(f"({k})*exp(-({c})*{s})" for k, c, s in node["terms"])), "what fades")
    for name, (low, high, closed) in part["domain"].items():
        if name in growing:
            need(closed != "integers" or sizes[name][2] == closed, f"{name} may be no integer")
            need(high == "oo" and not (names_of(low) & growing), "sizes that grow")
        else:
            within(claim["domain"], {name: part["domain"][name]}, node.get("ends", []))


def _instance(claim: Node, node: Node) -> None:
    """The part holds for every value of a parameter in its domain; the value lies there."""
    part, name, value = accepted(node["of"][0]), node["parameter"], node["value"]
    low, high, closed = part["domain"][name]
    number = _number(value) if value not in ("oo", "-oo") else None
    size = claim["domain"].get(value, [""])[-1] == "integers" if number is None else number.denominator == 1
    need(closed != "integers" or size, "an integer")
    need("oo" not in names_of(value) <= claim["domain"].keys() | RESERVED, "a finite value")
    if {low, high} <= {"oo", "-oo"}:
        need(not leaves(value) and _fractions(value)[0][1].is_constant(), "a value that is surely a number")
    need(not names_of(value) & {n for text in claim.get("laws", {}) for n in names_of(text)}, "a random value")
    need(_related(claim, part) and name not in part.get("laws", {}), "a claim of the same kind")
    rest = {k: v for k, v in part["domain"].items() if k != name}
    need(all(name not in names_of(end) for v in rest.values() for end in v[:2]), "ends that depend on the parameter")
    within(claim["domain"], rest, node.get("ends", []))
    for pair, side in (((low, value), "left"), ((value, high), "right")):
        if pair[0] != "-oo" and pair[1] != "oo":
            sign = "<=" if closed in (side, "both", "integers") else "<"
            _ordered((pair[0], sign, pair[1]), claim["domain"], node.get("ends", []))
    positive = {k for k, (low, _, _) in claim["domain"].items() if (_number(low) or -1) >= 0 or low == "0"}
    for key in ("left", "right", "bound"):
        if key in part:
            here = put_in(part[key], name, value)
            need(same_text(claim[key], here, positive), "the value in the place of the parameter")
    need(claim["relation"] == part["relation"], "the relation")
    if "event" in part:
        need(_alike(_in_event(part["event"], name, value), claim["event"]), "the event's instance")
        for key, law in part["laws"].items():
            here = put(key, name, value) if name in names_of(key) else key
            need(_alike(put(law, name, value), claim["laws"][here]), "the laws")


def _in_event(event: Any, name: str, value: str) -> Any:
    if isinstance(event, dict):
        return put(event, name, value)
    need(event[0] not in ("every", "some") or name not in names_of(event[1]), "a parameter in a number of samples")
    return [_in_event(e, name, value) if isinstance(e, dict | list) else e for e in event]


def _alike(law: Any, other: Any) -> bool:
    """Whether two events or laws are one, up to the order of terms and factors."""
    if isinstance(law, dict) and isinstance(other, dict):
        return law.keys() == other.keys() and all(_alike(law[k], other[k]) for k in law)
    if isinstance(law, list) and isinstance(other, list):
        return len(law) == len(other) and all(map(_alike, law, other))
    return law == other or (isinstance(law, str) and isinstance(other, str) and same_text(law, other))


def _vacuous(claim: Node, node: Node) -> None:
    upper, value = claim["relation"][0] == "<", _number(claim["bound"])
    if value is not None:
        trivial = value > 1 or (value == 1 and len(claim["relation"]) == 2)
        least = value < 0 or (value == 0 and len(claim["relation"]) == 2)
        need(trivial if upper else least, "a bound between 0 and 1")
        return
    _bounded(claim, "1" if upper else "0", False, node)


def _identical(claim: Node, node: Node) -> None:
    need(claim["relation"] in ("<=", ">=", "=") and same_text(claim["left"], claim["right"]), "one text")


def _sides(claim: Node, node: Node) -> None:
    need(claim["relation"] == "=", "an equality")
    parts = _one(claim, node, 2)
    need(all(same_text(p[k], claim[k]) for p in parts for k in ("left", "right")), "both sides")
    need([p["relation"] for p in parts] == ["<=", ">="], "≤ and ≥")


def _named(claim: Node, node: Node) -> None:
    """Constants exist: here are some, positive and free of what they may not depend on, and the claim with them."""
    inner, part = claim["claim"], accepted(node["of"][0])
    values, domain = node["values"], claim["domain"]
    need(_related(inner, part) and inner["domain"] == domain, "a claim of the same kind")
    need(set(values) == set(claim["constants"]), "a value of each constant")
    for name, value in values.items():
        need("oo" not in names_of(value), "a finite value")
        need(names_of(value) - RESERVED <= {*claim["constants"][name]} & domain.keys(), "a constant that depends")
        _ordered(("0", "<", value), claim["domain"], node.get("positive", []))
        inner = {**inner, **{k: put_in(inner[k], name, value) for k in ("left", "right", "bound") if k in inner}}
        if "event" in inner:
            inner["event"] = _in_event(inner["event"], name, value)
    for key in ("left", "right", "bound"):
        need(key not in inner or same_text(part[key], inner[key]), "the claim with its constants")
    need(all(part.get(k) == inner.get(k) for k in ("relation", "laws")), "the claim with its constants")
    need(_alike(part.get("event"), inner.get("event")), "the claim with its constants")
    within(claim["domain"], part["domain"], [])


EVENTS = {
    "same": _same,
    "samples": _samples,
    "instance": _instance,
    "vacuous": _vacuous,
}
RELATIONS = {
    "identical": _identical,
    "sides": _sides,
    "instance": _instance,
}
EXISTS, LIMIT = {"named": _named}, {"fades": _fades}
