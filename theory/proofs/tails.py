"""Proofs of tails for all sizes: which rule, with which multiplier; `referee_tails` says what a rule needs.

A rule is tried by following it as the referee does, with the search of `intervals` in the place of proofs at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy
from flint import ctx
from sympy import Add, Rational

from . import referee_laws, referee_tails
from .expressions import Effort
from .tails_choices import (
    edges,
    free_name,
    multipliers,
    ratios,
    splits,
    substitutions,
    terms_of,
)
from .tails_goals import FAILED, Goal, Nothing, Proved, Proving, at_least_0, shown, union
from .tails_masked import MaskedPairs

__all__ = ["TailProof", "prove_tail"]

Node = dict[str, Any]
Domain = dict[str, list[str]]

EFFORT = 20_000_000
ONE = 1_300_000
DEEPEST = 12
PRECISION = 53
EXACT = {"normal", "absolute", "exponential", "uniform", "spacing", "sphere coordinate"}
COUNTS = {"binomial", "poisson"}
IMAGES = {"affine", "sign", "gamma", "signs", "square", "root", "reciprocal", "ratio", "squares' ratio"}
SCALED = {"scaled", "dominated"}
GENERATING = {"normal", "chi-square", "poisson", "binomial", "normal products", "copies", "sum", "masked"}
WORDS = {
    "chernoff": "Chernoff's bound",
    "exact": "the exact tail",
    "chebyshev": "Chebyshev's inequality with the mean and the variance",
    "union": "a union bound",
    "outside": "nothing beyond the support",
    "complement": "the complement",
    "put": "a change of variable",
    "cases": "cases",
    "trivial": "a bound of at least 1",
    "count": "the law given a count",
    "symmetric": "symmetry",
    "tangent": "a tangent of the cost of a ratio, and the generating function of its parts",
    "pieces": "four events of which one happens",
    "transfer": "the tail given a ratio, and the generating function of its parts",
    "weaker": "a part of the bound",
}


@dataclass(frozen=True)
class TailProof:
    """A proof that a probability is bounded for all values of its parameters.

    Attributes
    ----------
    method : str
        The proof in one line.
    claim, proof : dict
        The claim and its tree of rules; `referee_tails.rejection` reads both.
    """

    method: str
    claim: Node
    proof: Node

    def to_json(self) -> Node:
        """The proof object."""
        return {"claim": self.claim, "proof": self.proof}


def prove_tail(
    event: Any,
    relation: str,
    bound: str,
    domain: Mapping[str, Any],
    laws: Mapping[str, Node],
    moments: Iterable[Node] = (),
    effort: int = EFFORT,
) -> TailProof | None:
    """Prove ``P(event) relation bound`` for all values of a domain, or return None.

    Parameters
    ----------
    event : dict or list
        As in `objects.event_json`.
    relation : {"<", "<=", ">", ">="}
    bound : str
    domain : mapping of str to (low, high, closed)
    laws : mapping of str to dict
        The laws of the random variables in the event, as in `referee_tails`.
    moments : iterable of dict
        What `tails_laws.moments_of` says of those of which no law is known.
    effort : int
        The search gives up after so many steps.

    Examples
    --------
    >>> laws = {"X": {"family": "chi-square", "dof": "d"}}
    >>> domain = {"d": ["1", "oo", "left"]}
    >>> twice = {"value": "X", "relation": ">=", "bound": "2*d"}
    >>> prove_tail(twice, "<=", "exp(-3*d/20)", domain, laws).method
    "Chernoff's bound"
    >>> prove_tail(twice, "<=", "exp(-16*d/100)", domain, laws) is None
    True
    """
    precision, ctx.prec = ctx.prec, PRECISION
    try:
        plain = {name: [str(part) for part in ends] for name, ends in domain.items()}
        read = referee_laws.read_event(event, {referee_laws.text_of(name): law for name, law in laws.items()})
        node = _Finder(Effort(effort), moments).find(Goal(read, relation, bound, plain))
        if node is None:
            return None
        claim = {"kind": "tail", "event": event, "relation": relation, "bound": bound}
        claim |= {"domain": plain, "laws": {**laws}}
        if referee_tails.rejection({"claim": claim, "proof": node}) is not None:
            return None
        return TailProof(_in_words(node), claim, node)
    except FAILED:
        return None
    finally:
        ctx.prec = precision


class _Finder(MaskedPairs):
    def __init__(self, effort: Effort, moments: Iterable[Node]) -> None:
        self.effort, self.moments = effort, list(moments)
        self.known: dict[str, Node | None] = {}

    def asked(self, domain: Domain, node: Node) -> referee_laws.Asked:
        """The relations of a node: at hand where they were proved, else to be proved now."""
        return Proved(domain, node) if "asks" in node else Proving(domain, node, self.effort)

    def find(self, goal: Goal) -> Node | None:
        """A node that proves a goal, or None."""
        if goal.depth == 0:
            return None
        key = repr((goal.event, goal.relation, goal.bound, goal.domain, goal.puts, goal.cuts))
        if key not in self.known:
            self.known[key] = self._found(goal)
        return self.known[key]

    def _found(self, goal: Goal) -> Node | None:
        for node in self.candidates(goal):
            if self.effort.over:
                return None
            try:
                referee_tails.check(goal.event, goal.relation, goal.bound, goal.domain, node, self.asked)
            except FAILED:
                continue
            return node
        return None

    def candidates(self, goal: Goal) -> Iterator[Node]:
        """Nodes that may prove a goal, with what lies below them proved."""
        event = goal.event
        if goal.relation in (">", ">=") and "law" not in event:
            yield from self._complement(goal)
            return
        if "law" not in event:
            yield from self._unions(goal)
            return
        family, upper = event["law"]["family"], event["relation"] in (">", ">=")
        if goal.relation in (">", ">="):
            if family in EXACT | COUNTS:
                yield {"rule": "exact"}
            yield {"rule": "symmetric"}
            yield from self._complement(goal)
        elif family in SCALED:
            yield from self._splits(goal)
        if goal.relation in ("<", "<="):
            if family == "masked pair":
                if goal.read(event["at"]) == 0:
                    yield from self.pairs(goal)
                else:
                    yield from self.pieces(goal)
                    yield from self.thresholds(goal)
                return
            if family == "pair ratio":
                yield from ratios(goal)
                return
            if family == "normal products" and "Min(" in goal.bound:
                yield from self._minimum(goal)
                return
            if family == "sign":
                yield from self._images(goal)
                return
            if family in GENERATING:
                yield from self._chernoff(goal)
            if family == "absolute" and upper and referee_tails.symmetric(event["law"]["of"]):
                half = shown(goal.read(goal.bound) / 2)
                inner = self.find(goal.but(event={**event, "law": event["law"]["of"]}, bound=half))
                if inner is not None:
                    yield union([(goal.relation, half, inner)])
            elif family == "absolute" and upper:
                yield from self._images(goal)
            if family in EXACT | COUNTS or (family in ("maximum", "copies") and not upper):
                yield {"rule": "exact"}
            for known in self.moments if family == "moments" else ():
                if known["law"] == event["law"]:
                    yield {"rule": "chebyshev", **{k: known[k] for k in ("mean", "variance", "moments")}}
            yield {"rule": "outside"}
            yield from self.weaker(goal)
        if family in IMAGES or (family in ("maximum", "largest") and upper):
            yield from self._images(goal)
        if family in GENERATING | EXACT | {"root", "square", "maximum"}:
            yield from self._moved(goal)

    def _complement(self, goal: Goal) -> Iterator[Node]:
        other, turned = referee_laws.opposite(goal.event), referee_laws.MIRROR[goal.relation]
        inner = self.find(goal.but(event=other, relation=turned, bound=referee_laws.less(goal.bound)))
        if inner is not None:
            yield {"rule": "complement", "proof": inner}

    def _images(self, goal: Goal) -> Iterator[Node]:
        law = goal.event["law"]
        sign = 1
        if law["family"] == "affine" and goal.read(law["scale"]).is_negative:
            sign = -1
        node: Node = {"rule": "image", "sign": sign}
        event = referee_tails.image(goal.event, node, Nothing())
        inner = self.find(goal.but(event=event))
        if inner is not None:
            yield {**node, "proof": inner}

    def _chernoff(self, goal: Goal) -> Iterator[Node]:
        if goal.event["law"]["family"] == "normal":
            yield {"rule": "chernoff", "multiplier": "best", "strict": goal.relation == "<"}
        for multiplier, w, by in multipliers(goal):
            node = {"rule": "chernoff", "multiplier": multiplier, "w": shown(w), "by": by}
            yield {**node, "strict": goal.relation == "<"}
            if goal.relation == "<":
                yield {**node, "strict": False}

    def _unions(self, goal: Goal) -> Iterator[Node]:
        event = goal.event
        if "given" in event:
            yield from self._counts(goal)
            yield from self._splits(goal)
            return
        if "some" in event:
            pair = event["some"].get("law", {}).get("family") == "masked pair"
            threshold = pair and goal.read(event["some"]["at"]) != 0
            if threshold:
                yield from self.pieces(goal)
            yield from self._per_sample(goal)
            share = sympy.expand_mul(goal.read(goal.bound) / goal.read(event["of"]))
            inner = self.find(goal.but(event=event["some"], bound=shown(share)))
            if inner is not None:
                yield union([(goal.relation, shown(share), inner)])
            if threshold:
                yield from self.thresholds(goal)
            return
        if all("law" in e and e["law"]["family"] in SCALED for e in event["any"]):
            yield from self._splits(goal)
        yield from self._shared(goal, event["any"], {})

    def _per_sample(self, goal: Goal) -> Iterator[Node]:
        """The terms of a bound that grow with the number of samples, without the others."""
        terms, count = terms_of(goal.bound), goal.read(goal.event["of"])
        kept = [text for _, text in terms if not sympy.expand_mul(goal.read(text) / count).has(*count.free_symbols)]
        if 0 < len(kept) < len(terms) and all(sign > 0 and at_least_0(goal.read(text)) for sign, text in terms):
            bound = " + ".join(kept)
            inner = self.find(goal.but(bound=bound))
            if inner is not None:
                yield {**union([(goal.relation, bound, inner)]), "rule": "weaker"}

    def _counts(self, goal: Goal) -> Iterator[Node]:
        node: Node = {"rule": "count", "new": free_name("k", goal.domain), "proof": None}
        try:
            event, domain = referee_tails.counted(goal.event, node, goal.domain)
        except FAILED:
            return
        node["proof"] = self.find(goal.but(event=event, domain=domain))
        if node["proof"] is not None:
            yield node

    def _splits(self, goal: Goal) -> Iterator[Node]:
        for scale in splits(goal):
            node = {"scale": shown(scale)}
            try:
                parts = referee_tails.parts(goal.event, node, Nothing())[0]
            except FAILED:
                continue
            yield from self._shared(goal, parts, node)

    def _shared(self, goal: Goal, parts: list[Node], node: Node) -> Iterator[Node]:
        """Every way to give each part one of the terms of the bound, a term being shared by those that have it."""
        whole = goal.read(goal.bound)
        terms = Add.make_args(sympy.expand_mul(whole))
        terms = terms if all(map(at_least_0, terms)) else (whole,)
        found: dict[Any, Node | None] = {}

        def proved(part: int, term: int, count: int) -> Node | None:
            key = part, term, count
            if key not in found:
                bound = shown(terms[term] / count)
                relation = "<=" if "given" in goal.event else goal.relation
                found[key] = self.find(goal.but(event=parts[part], bound=bound, relation=relation))
            return found[key]

        for choice in product(range(len(terms)), repeat=len(parts)):
            if len(set(choice)) < min(len(terms), len(parts)):
                continue
            inner = []
            for i, term in enumerate(choice):
                one = proved(i, term, choice.count(term))
                if one is None:
                    break
                inner.append(
                    ("<=" if "given" in goal.event else goal.relation, shown(terms[term] / choice.count(term)), one)
                )
            else:
                yield {**node, **union(inner)}
                if goal.relation == "<" and "given" in goal.event:
                    weak = [("<=", b, p) for _, b, p in inner]
                    yield {**node, **union(weak), "strict": True}

    def _moved(self, goal: Goal) -> Iterator[Node]:
        """The goal in another variable, or in parts of its domain."""
        if goal.cuts:
            for name, at in edges(goal):
                yield from self.cut(goal, name, at)
        if goal.puts:
            for step in substitutions(goal):
                yield from self.put(goal, step)

    def _minimum(self, goal: Goal) -> Iterator[Node]:
        """A bound with a minimum in it, in the variable in which it is one of powers, on either side of 1."""
        bound, at = goal.read(goal.bound), goal.read(goal.event["at"])
        if not bound.atoms(sympy.Min):
            yield from self.without(goal, bound, at)
            return
        least = min(bound.atoms(sympy.Min), key=lambda e: (sympy.count_ops(e), str(e)))
        arguments = [sympy.simplify(a) for a in least.args]
        if all(a.is_number for a in arguments):
            yield from self.without(goal, bound.xreplace({least: min(arguments)}), at)
            return
        for name, (low, high, _) in goal.domain.items():
            t = goal.symbol(name)
            if not at.has(t) or not all(a.has(t) for a in arguments) or low not in ("0", "1"):
                continue
            if any(a.free_symbols != {t} for a in arguments):
                factor = sympy.simplify(2 * goal.read(goal.event["law"]["n"]) / (sympy.pi * at.diff(t)))
                if goal.puts and low == "0" and not factor.has(t):
                    step = {"of": name, "new": free_name(name, goal.domain), "factor": shown(factor), "power": "1"}
                    yield from self.put(goal, step)
            elif (low, high) == ("0", "oo"):
                yield from self.cut(goal, name, sympy.Integer(1))
            else:
                inside = 2 if low == "1" else Rational(1, 2)
                order = [(a.subs(t, inside), i) for i, a in enumerate(arguments)]
                smaller = arguments[min(order)[1]]
                yield from self.without(goal, bound.xreplace({least: smaller}), at)


def _in_words(node: Node) -> str:
    """One line for a reader: which rules, in the order in which they are used."""
    rules = [n["rule"] for n in _nodes(node) if n.get("rule") in WORDS]
    return ", ".join(dict.fromkeys(WORDS[rule] for rule in rules))


def _nodes(part: Any) -> Iterator[Node]:
    if isinstance(part, dict):
        yield part
        part = [v for k, v in part.items() if k != "asks"]
    for inner in part if isinstance(part, list) else ():
        yield from _nodes(inner)
