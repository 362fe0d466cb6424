"""Proof objects in words: one line for a table, and the whole of one as a person writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from .identities_prose import claim_words, proof_words
from .referee import facts_of_gamma
from .referee_laws import Asked, read_event, text_of
from .referee_tails import check

__all__ = ["claim_text", "in_short", "in_words"]

Node = Mapping[str, Any]

_ENDS = {"": "({}, {})", "left": "[{}, {})", "right": "({}, {}]", "both": "[{}, {}]"}
_SHORT = {
    "instance": "an instance of a relation in one variable",
    "sides": "both sides at least the other",
    "identical": "both sides are equal identically",
    "complement": "the complement",
    "union": "a union bound",
    "given": "conditioning",
    "samples": "a union bound over the samples",
    "named": "named constants",
    "vacuous": "no probability is larger",
}
_FACTS = {"shift": "Γ(x + 1) = xΓ(x)", "chord": "the convexity of log Γ", "series": "Stirling's series"}


def in_short(proof: Node) -> str:
    """What a proof does, in one line.

    Examples
    --------
    >>> in_short({"claim": {}, "proof": {"rule": "identical"}})
    'both sides are equal identically'
    """
    nodes = [*_nodes(proof["proof"])]
    words = [_SHORT[rule] for n in nodes if (rule := n.get("rule")) in _SHORT]
    steps = [n["step"] for n in nodes if "step" in n]
    rules = [n["rule"] for n in nodes if "rule" in n]
    if "logs" in steps:
        words.append("logarithms of both sides")
    if "integers" in steps:
        whole = max((n for n in nodes if n.get("step") == "integers"), key=lambda n: int(n["from"]))
        rest = "induction" if "rise" in whole else "all reals"
        words.append(f"integers below {whole['from']} one by one, {rest} from there on")
    words += [fact for key, fact in _FACTS.items() if any(n.get("fact") == key for n in nodes)]
    cases = sum(len(n.get("pieces", n.get("points", ()))) for n in nodes if n.get("step") == "cases")
    if cases > 1:
        words.append(f"{cases} cases")
    if count := rules.count("chain"):
        moved = list(dict.fromkeys(str(n.get("in")) for n in nodes if n.get("rule") == "chain"))
        plural = "s" * (count > 1)
        words.append(f"{count} derivative{plural} of known sign in {', '.join(moved)}, ends by exact series")
    elif "roots" in rules:
        words.append("polynomials without sign change")
    elif "orthant" in rules:
        words.append("polynomial coefficients of one sign")
    if "boxes" in rules:
        words.append("enclosures on pieces")
    return "; ".join(dict.fromkeys(words)) or "the sign of every term"


def in_words(proof: Node) -> list[str]:
    """The lines of a proof: its claim, and each step with what it rests on, two blanks further in.

    Examples
    --------
    >>> claim = {"left": "1/m", "relation": "<=", "right": "1/m", "domain": {"m": ["1", "oo", "left"]}}
    >>> print("\\n".join(in_words({"claim": claim, "proof": {"rule": "identical"}})))
    Claim: 1/m ≤ 1/m for m in [1, ∞)
    Both sides are the same.
    """
    about_sums = proof["claim"].get("kind") in ("identity", "moment", "law")
    steps = proof_words(proof) if about_sums else _told(proof["proof"], "", _needs(proof))
    return [f"Claim: {claim_text(proof['claim'])}", *steps]


class _Needed(Asked):
    """The relations that a rule needs, written down."""

    def __init__(self, domain: Any, node: Node, needs: dict[int, list[str]]) -> None:
        super().__init__(domain, {})
        # A proof that lies within another is checked again with it.
        self.found = needs[id(node)] = list[str]()

    def __call__(self, left: str, relation: str, right: str) -> None:
        if not self.same(left, relation, right):
            self.found.append(claim_text(self.claim(text_of(left), relation, text_of(right))))


def _needs(part: Any) -> dict[int, list[str]]:
    """For each node of the proofs of tails in a proof object, the relations that its rule needs."""
    found: dict[int, list[str]] = {}
    for node in _nodes(part):
        claim = node.get("claim")
        if isinstance(claim, Mapping) and claim.get("kind") == "tail":
            event = read_event(claim["event"], {text_of(name): law for name, law in claim["laws"].items()})
            check(
                *(event, claim["relation"], claim["bound"], dict(claim["domain"]), node["proof"]),
                lambda domain, inner: _Needed(domain, inner, found),
            )
    return found


def _sign(relation: str) -> str:
    return {"<=": "≤", ">=": "≥", "=_d": "=_d"}.get(relation, relation)


def claim_text(claim: Node) -> str:
    """A claim as a sentence.

    Examples
    --------
    >>> claim_text({"left": "x", "relation": "<=", "right": "x**2", "domain": {"x": ["1", "oo", "left"]}})
    'x ≤ x**2 for x in [1, ∞)'
    """
    kind = claim.get("kind", "relation")
    if kind in ("identity", "moment", "law"):
        return claim_words(claim)
    if kind == "limit":
        return f"P({event_text(claim['event'])}) tends to 1 as {', '.join(claim['growing'])} tend to infinity"
    if kind == "exists":
        return f"there are positive {', '.join(claim['constants'])} with {claim_text(claim['claim'])}"
    if kind == "fails":
        names = f"whatever positive numbers {', '.join(claim['constants'])} are, " if claim["constants"] else ""
        given = " and ".join(f"{a} {_sign(r)} {b}" for a, r, b in claim["if"])
        return f"{names}it is false that {claim_text(claim['claim'])}{f' where {given}' if given else ''}"
    where = ", ".join(f"{name} {_interval(ends)}" for name, ends in claim.get("domain", {}).items())
    where = f" for {where}" if where else ""
    if "event" in claim:
        return f"P({event_text(claim['event'])}) {_sign(claim['relation'])} {claim['bound']}{where}"
    if isinstance(claim.get("left"), str):
        return f"{claim['left']} {_sign(claim['relation'])} {claim['right']}{where}"
    rest = ", ".join(f"{k} {v}" for k, v in claim.items() if k not in ("kind", "domain") and isinstance(v, str))
    return f"{kind} {rest}{where}"


def event_text(event: Any) -> str:
    """An event as a formula.

    Examples
    --------
    >>> event_text(["every", "n", {"value": "X", "relation": ">=", "bound": "0"}])
    'X ≥ 0 for every one of n'
    """
    if isinstance(event, Mapping):
        if "value" not in event:
            return str(dict(event))
        return f"{event['value']} {_sign(event['relation'])} {event['bound']}"
    if isinstance(event, str):
        return event
    word, *parts = event
    if word in ("every", "some"):
        return f"{event_text(parts[1])} for {word} one of {parts[0]}"
    if word == "given":
        return f"{event_text(parts[0])} | {event_text(parts[1])}"
    return {"all": " and ", "any": " or "}.get(word, f" {word} ").join(f"({event_text(p)})" for p in parts)


def _interval(ends: Any) -> str:
    low, high, closed = ({"oo": "∞", "-oo": "-∞"}.get(e, e) for e in ends)
    return f"an integer from {low}" if closed == "integers" else "in " + _ENDS[closed].format(low, high)


def _told(node: Node, indent: str, needs: Mapping[int, list[str]]) -> Iterator[str]:
    """The lines of one node, then those of the parts it rests on."""
    if node.get("rule") in ("positive", "boxes", "orthant") and _plain(node.get("of", "")):
        return
    if node.get("step") == "sum":
        yield from _told_sum(node, indent, needs)
        return
    words = _step_words(node) if "step" in node else _rule_words(node)
    if words:
        yield f"{indent}{words}"
    inner = f"{indent}  " if words else indent
    for label, part in _parts(node, needs.get(id(node), [])):
        if "claim" in part:
            yield f"{inner}{label}{claim_text(part['claim'])}"
            yield from _told(part["proof"], f"{inner}  ", needs)
        else:
            if label:
                yield f"{inner}{label.rstrip()}"
            yield from _told(part, f"{inner}  " if label else inner, needs)


def _told_sum(node: Node, indent: str, needs: Mapping[int, list[str]]) -> Iterator[str]:
    """The parts of a sum: each fact once, whatever it is multiplied by, with the proofs of what is not plain in it."""
    yield f"{indent}The difference of the sides is a sum of the differences in these:"
    told: set[str] = set()
    for small, large, proof, *factor in node["parts"]:
        known = proof.get("step") == "gamma"
        words = (
            _fact_words(proof) if known else f"{_tidy(small)} ≤ {_tidy(large)}:" if small != "0" else "What is left:"
        )
        words = f"Times {_tidy(factor[0])}: {words}" if factor else words
        if words in told:
            continue
        told.add(words)
        yield f"{indent}  {words}"
        parts = [part for part in (*(proof["proofs"] if known else [proof]), *factor[1:]) if not known or _deep(part)]
        for part in parts:
            yield from _told(part, f"{indent}    ", needs)


def _deep(proof: Node) -> bool:
    """Whether a proof is more than numbers and terms of one sign."""
    rules = (n for n in _nodes(proof) if "rule" in n and not _plain(n.get("of", "")))
    return any(n["rule"] not in ("positive", "orthant") for n in rules)


def _fact_words(step: Node) -> str:
    """A fact of log Γ as a formula, with what it is about."""
    (small, large), fact = facts_of_gamma(dict(step))[0][0], step["fact"]
    here = f"loggamma({step['of']})"
    value = small if large.replace(" ", "") == here.replace(" ", "") else large
    v = _tidy(step.get("and", step["of"]))
    positive = "" if _plain(v) else f", where {v} > 0"
    if fact == "shift":
        words = f"= {_tidy(value)}" if value != here else "cancels"
        return f"{_tidy(here)} {words}{positive}."
    sign = "≥" if value == small else "≤"
    name = {"chord": "log Γ is convex", "series": "Stirling's series"}[fact]
    return f"{name}: {_tidy(here)} {sign} {_tidy(value)}{positive}."


def _tidy(text: str) -> str:
    """A formula of a sum as a person writes it."""
    text = re.sub(r" (\*\*|[*/]) ", r"\1", text.replace("loggamma(", "log Γ("))
    text = re.sub(r"\+ -(\d+)", r"- \1", text.replace(" + 0)", ")").replace("0 + log", "log"))
    return re.sub(r"\b1/(\d+)/(\w+|\([^()]*\))\*\*(\d+)", lambda m: f"1/({m[1]}*{m[2]}{_power(m[3])})", text)


def _power(exponent: str) -> str:
    return "" if exponent == "1" else f"**{exponent}"


def _parts(node: Node, asked: list[str]) -> Iterator[tuple[str, Node]]:
    yield from ((f"It needs {text}:", part) for text, part in zip(asked, node.get("asks", ()), strict=True))
    for key, value in node.items():
        if key == "asks":
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Mapping) and ("step" in part or "rule" in part):
                yield "", part
            elif isinstance(part, Mapping) and "claim" in part:
                label = {"of": "", "bound": "where ", "ends": "where ", "positive": "where ", "thresholds": "where "}
                yield label.get(key, ""), part
            elif key == "points" and isinstance(part, Mapping):
                yield from ((f"at {node['of']} = {n}: ", proof) for n, proof in part.items())
            elif isinstance(part, Mapping) and "proof" in part:
                at = f"at {part['at']}: " if "at" in part else ""
                at = f"between {part['from']} and {part['to']}: " if "from" in part and "to" in part else at
                yield at, part["proof"]
            elif isinstance(part, list | tuple):
                yield from (("", p) for p in part if isinstance(p, Mapping) and ("step" in p or "rule" in p))


_MULTIPLIERS = {
    "best": "λ = (t - mean)/variance",
    "plain": "λ = {w}",
    "log": "λ = log({w})",
    "tilt": "λ = (1 - 1/({w}))/2",
}
_STEPS = {
    "cases": "By cases in {of}.",
    "put": "Put {of} = ({top})/({bottom}), {new} between {ends}.",
    "power": "Put {of} = {new}^{degree}.",
    "exponential": "Put {of} = log({new})/{rate}.",
    "wider": "On a larger open interval.",
    "logs": "Take the logarithms of both sides.",
    "plain": "Write factorials and binomial coefficients with gamma functions.",
    "gamma": "A fact of log Γ.",
    "choice": "By cases of {of}.",
    "constant": "For every value of pi in an interval around it.",
    "integers": "Integers below {from} one by one; from there on all reals.",
}
_RULES = {
    "positive": "Every term of {of} has one sign.",
    "orthant": "All coefficients of {of} have one sign.",
    "boxes": "{of} is enclosed away from zero, on pieces where need be.",
    "roots": "{of} changes sign at {roots} only.",
    "product": "{of} is a product of factors of known sign.",
    "sum": "{of} is a sum of parts of one sign.",
    "conjugate": "{of} by the product with its conjugate.",
    "chain": "({of})/({multiplier}): its derivative in {in} has known sign, and so has it at the end ({end}).",
    "zero": "The sides are equal.",
    "identical": "Both sides are the same.",
    "sides": "The left side is at most and at least the right one.",
    "instance": "Put {value} for {parameter} in:",
    "same": "This is",
    "weaker": "A larger event, or a weaker bound, than in",
    "complement": "The complement of",
    "union": "A union bound over",
    "samples": "A union bound over the samples of",
    "given": "What is given may fail, or it holds and the event happens:",
    "vacuous": "No probability says otherwise.",
    "named": "With {values}:",
    "path": "It fails for all large {new} at {put}, by what the probability is at least:",
    "cell": "It fails at {put}, by the probability there:",
    "half": "One half, by symmetry.",
    "trivial": "No probability is below 0 or above 1.",
    "outside": "The threshold lies beyond the support.",
    "mills": "Mills' ratio of a normal tail.",
    "below": "Mills' ratio of a normal tail, which is above it.",
    "point": "Of what takes whole values, that it is {point}.",
    "shape": "A chi-square variable with 2({shape}) degrees of freedom, as a Poisson variable that is {point}.",
    "square": "A chi-square variable is at least the square of a normal one.",
    "pair": "{kept} are kept, nP ≤ {a}, nN ≥ {b}, χ²_d ≤ {c} and Z ≤ -({z}), all independent.",
    "image": "The event in what the variable is made of:",
    "part": "A part of the event:",
    "exact": "The tail in closed form, enclosed.",
    "fades": "The opposite is at most a sum of exponentials in what grows:",
}


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _plain(of: Any) -> bool:
    """Whether a polynomial is a number: nobody asks for its sign."""
    try:
        return bool(Fraction(str(of)))
    except ValueError:
        return False


def _atom(atom: Node) -> str:
    if "divisor" in atom:
        return f"{atom['divisor']} without a zero"
    top, bottom = (str(part) for part in atom.get("argument", ("…", "1")))
    inside = top if bottom == "1" else f"({top})/({bottom})"
    if atom["kind"] == "root":
        return f"{atom['name']} = ({inside})^(1/{atom.get('degree', 2)})"
    return f"{atom['name']} = {atom['kind']}({inside})"


def _step_words(node: Node) -> str:
    if node["step"] == "sign":
        atoms = ", ".join(map(_atom, node.get("atoms", ())))
        fraction = node["above"] if node["below"] == "1" else f"({node['above']})/({node['below']})"
        return f"The difference of the sides is {fraction}{f' with {atoms}' if atoms else ''}."
    if node["step"] == "integers" and "rise" in node:
        return f"By induction in {node['of']}: from {node['of']} to {node['of']} + 1 the difference does not fall."
    return _STEPS.get(str(node["step"]), str(node["step"])).format_map(_Blank(_texts(node)))


def _rule_words(node: Node) -> str:
    rule = node.get("rule")
    if rule is None:
        return ""
    if rule == "chernoff":
        return f"Chernoff's bound with {_MULTIPLIERS[node['multiplier']].format_map(_Blank(_texts(node)))}."
    if rule in _RULES:
        return _RULES[rule].format_map(_Blank(_texts(node)))
    data = ", ".join(f"{k} {v}" for k, v in _texts(node).items() if k != "rule")
    return f"By {rule}: {data}." if data else f"By {rule}."


def _texts(node: Node) -> dict[str, str]:
    """The entries of a node that are text or numbers, and short lists of them."""
    found: dict[str, str] = {}
    for key, value in node.items():
        if isinstance(value, str | int):
            found[key] = str(value)
        elif isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()):
            found[key] = ", ".join(f"{k} = {v}" for k, v in value.items())
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            found[key] = ", ".join(value)
        elif key == "roots":
            found[key] = ", ".join(f"[{a}, {b}]" for a, b in value) or "none"
    return found


def _nodes(part: Any) -> Iterator[Node]:
    if isinstance(part, Mapping):
        yield part
        part = list(part.values())
    for inner in part if isinstance(part, list | tuple) else ():
        yield from _nodes(inner)
