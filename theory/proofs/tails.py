"""Proofs of tails for all sizes: which rule, with which multiplier; `referee_tails` says what a rule needs.

A rule is tried by following it as the referee does, with the search of `intervals` in the place of proofs at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import sympy
from flint import ctx
from sympy import Add, Expr, Mul, Rational, Symbol

from . import referee_laws, referee_tails
from .claims import Claim
from .expressions import Effort, NotProved
from .referee import leaves, names_of
from .referee import rejection as relation_rejection
from .referee_ends import Rejected
from .search import Search
from .tails_choices import (
    balance,
    edges,
    false_somewhere,
    free_name,
    largest_first,
    multipliers,
    pieces,
    rates_of,
    ratios,
    rest_of_sum,
    splits,
    substitutions,
    terms_of,
    transfers,
    value_of,
)
from .tails_pairs import norm_below

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
FAILED = (Rejected, NotProved, ArithmeticError, RecursionError, SyntaxError, ValueError, KeyError, TypeError)


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
        node = _Finder(Effort(effort), moments).find(_Goal(read, relation, bound, plain))
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


class _Proving(referee_laws.Asked):
    """Relations of a node, proved as they are asked for and kept in it."""

    def __init__(self, domain: Domain, node: Node, effort: Effort) -> None:
        super().__init__(domain, node)
        self.effort, self.kept = effort, node.setdefault("asks", [])

    def __call__(self, left: str, relation: str, right: str) -> None:
        if self.same(left, relation, right):
            return
        asked = self.claim(left, relation, right)
        if false_somewhere(asked):
            raise NotProved("false at a point")
        ends = {name: (low, high, closed) for name, (low, high, closed) in asked["domain"].items()}
        rest = rest_of_sum(left, right) if relation[0] == "<" else None
        by_terms = rest is not None and (relation == "<=" or len(rest) > 0)
        proof = (
            self._by_terms(left, relation, rest or [], ends)
            if by_terms
            else self._steps(Claim(left, relation, right, ends))
        )
        if (why := relation_rejection({"claim": asked, "proof": proof})) is not None:
            raise NotProved(f"rejected: {why}")
        self.kept.append(proof)

    def _by_terms(self, left: str, relation: str, rest: list[str], ends: Any) -> Node:
        """A sum with further terms: those are not negative, and whatever both sides have is at most itself."""
        shared = sorted(leaves(left) | (names_of(left) & ends.keys()))
        more = f" + ({rest[0]})/{len(shared)}" if relation == "<" and shared else ""
        pairs = [*((part, part + more) for part in shared), *(("0", term) for term in rest[bool(more) :])]
        parts = [[small, large, self._steps(Claim(small, relation, large, ends))] for small, large in pairs]
        return {"step": "sum", "parts": parts}

    def _steps(self, claim: Claim) -> Node:
        # With pi in it a relation is tried as it stands, and then for all numbers near pi.
        most = 2 * ONE if "pi" in claim.difference else ONE
        attempt = Effort(min(most, max(0, self.effort.most - self.effort.spent)))
        try:
            return Search(attempt).proof(claim)
        finally:
            self.effort.spent += attempt.spent


class _Nothing(referee_laws.Asked):
    """No relations: what a rule leads to, without what it needs."""

    def __init__(self) -> None:
        super().__init__({}, {})

    def __call__(self, left: str, relation: str, right: str) -> None:
        pass


class _Proved(referee_laws.Asked):
    """Relations that are proved already."""

    def __call__(self, left: str, relation: str, right: str) -> None:
        if not self.same(left, relation, right):
            next(self.proofs)


@dataclass(frozen=True)
class _Goal:
    """What is to be proved, and how often the domain may still be changed."""

    event: Node
    relation: str
    bound: str
    domain: Domain
    depth: int = DEEPEST
    puts: int = 1
    cuts: int = 2

    def but(self, **changes: Any) -> _Goal:
        """Another goal below this one."""
        return replace(self, depth=self.depth - 1, **changes)

    def read(self, text: str) -> Expr:
        """An expression in the variables of the domain."""
        return sympy.sympify(text, locals={name: self.symbol(name) for name in self.domain})

    def symbol(self, name: str) -> Symbol:
        """A variable, with the sign that its domain gives it."""
        low, _, closed = self.domain[name]
        known = low not in ("-oo",) and not low.startswith("-")
        least = low == "0"
        positive = known and not (least and closed in ("left", "both"))
        return Symbol(name, positive=True) if positive else Symbol(name, nonnegative=True if known else None, real=True)


class _Finder:
    def __init__(self, effort: Effort, moments: Iterable[Node]) -> None:
        self.effort, self.moments = effort, list(moments)
        self.known: dict[str, Node | None] = {}

    def asked(self, domain: Domain, node: Node) -> referee_laws.Asked:
        """The relations of a node: at hand where they were proved, else to be proved now."""
        return _Proved(domain, node) if "asks" in node else _Proving(domain, node, self.effort)

    def find(self, goal: _Goal) -> Node | None:
        """A node that proves a goal, or None."""
        if goal.depth == 0:
            return None
        key = repr((goal.event, goal.relation, goal.bound, goal.domain, goal.puts, goal.cuts))
        if key not in self.known:
            self.known[key] = self._found(goal)
        return self.known[key]

    def _found(self, goal: _Goal) -> Node | None:
        for node in self.candidates(goal):
            if self.effort.over:
                return None
            try:
                referee_tails.check(goal.event, goal.relation, goal.bound, goal.domain, node, self.asked)
            except FAILED:
                continue
            return node
        return None

    def candidates(self, goal: _Goal) -> Iterator[Node]:
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
                    yield from self._pairs(goal)
                else:
                    yield from self._pieces(goal)
                    yield from self._thresholds(goal)
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
                half = _text(goal.read(goal.bound) / 2)
                inner = self.find(goal.but(event={**event, "law": event["law"]["of"]}, bound=half))
                if inner is not None:
                    yield _union([(goal.relation, half, inner)])
            elif family == "absolute" and upper:
                yield from self._images(goal)
            if family in EXACT | COUNTS or (family in ("maximum", "copies") and not upper):
                yield {"rule": "exact"}
            for known in self.moments if family == "moments" else ():
                if known["law"] == event["law"]:
                    yield {"rule": "chebyshev", **{k: known[k] for k in ("mean", "variance", "moments")}}
            yield {"rule": "outside"}
            yield from self._weaker(goal)
        if family in IMAGES or (family in ("maximum", "largest") and upper):
            yield from self._images(goal)
        if family in GENERATING | EXACT | {"root", "square", "maximum"}:
            yield from self._moved(goal)

    def _complement(self, goal: _Goal) -> Iterator[Node]:
        other, turned = referee_laws.opposite(goal.event), referee_laws.MIRROR[goal.relation]
        inner = self.find(goal.but(event=other, relation=turned, bound=referee_laws.less(goal.bound)))
        if inner is not None:
            yield {"rule": "complement", "proof": inner}

    def _weaker(self, goal: _Goal) -> Iterator[Node]:
        """One of the terms of a bound that has several, the largest ones first."""
        terms = terms_of(goal.bound)
        if len(terms) < 2 or not all(sign > 0 and _at_least_0(goal.read(text)) for sign, text in terms):
            return
        for term in largest_first([text for _, text in terms], goal.domain):
            inner = self.find(goal.but(bound=term))
            if inner is not None:
                yield {**_union([(goal.relation, term, inner)]), "rule": "weaker"}

    def _images(self, goal: _Goal) -> Iterator[Node]:
        law = goal.event["law"]
        sign = 1
        if law["family"] == "affine" and goal.read(law["scale"]).is_negative:
            sign = -1
        node: Node = {"rule": "image", "sign": sign}
        event = referee_tails.image(goal.event, node, _Nothing())
        inner = self.find(goal.but(event=event))
        if inner is not None:
            yield {**node, "proof": inner}

    def _chernoff(self, goal: _Goal) -> Iterator[Node]:
        if goal.event["law"]["family"] == "normal":
            yield {"rule": "chernoff", "multiplier": "best", "strict": goal.relation == "<"}
        for multiplier, w, by in multipliers(goal):
            node = {"rule": "chernoff", "multiplier": multiplier, "w": _text(w), "by": by}
            yield {**node, "strict": goal.relation == "<"}
            if goal.relation == "<":
                yield {**node, "strict": False}

    def _unions(self, goal: _Goal) -> Iterator[Node]:
        event = goal.event
        if "given" in event:
            yield from self._counts(goal)
            yield from self._splits(goal)
            return
        if "some" in event:
            pair = event["some"].get("law", {}).get("family") == "masked pair"
            threshold = pair and goal.read(event["some"]["at"]) != 0
            if threshold:
                yield from self._pieces(goal)
            yield from self._per_sample(goal)
            share = sympy.expand_mul(goal.read(goal.bound) / goal.read(event["of"]))
            inner = self.find(goal.but(event=event["some"], bound=_text(share)))
            if inner is not None:
                yield _union([(goal.relation, _text(share), inner)])
            if threshold:
                yield from self._thresholds(goal)
            return
        if all("law" in e and e["law"]["family"] in SCALED for e in event["any"]):
            yield from self._splits(goal)
        yield from self._shared(goal, event["any"], {})

    def _per_sample(self, goal: _Goal) -> Iterator[Node]:
        """The terms of a bound that grow with the number of samples, without the others."""
        terms, count = terms_of(goal.bound), goal.read(goal.event["of"])
        kept = [text for _, text in terms if not sympy.expand_mul(goal.read(text) / count).has(*count.free_symbols)]
        if 0 < len(kept) < len(terms) and all(sign > 0 and _at_least_0(goal.read(text)) for sign, text in terms):
            bound = " + ".join(kept)
            inner = self.find(goal.but(bound=bound))
            if inner is not None:
                yield {**_union([(goal.relation, bound, inner)]), "rule": "weaker"}

    def _counts(self, goal: _Goal) -> Iterator[Node]:
        node: Node = {"rule": "count", "new": free_name("k", goal.domain), "proof": None}
        try:
            event, domain = referee_tails.counted(goal.event, node, goal.domain)
        except FAILED:
            return
        node["proof"] = self.find(goal.but(event=event, domain=domain))
        if node["proof"] is not None:
            yield node

    def _splits(self, goal: _Goal) -> Iterator[Node]:
        for scale in splits(goal):
            node = {"scale": _text(scale)}
            try:
                parts = referee_tails.parts(goal.event, node, _Nothing())[0]
            except FAILED:
                continue
            yield from self._shared(goal, parts, node)

    def _shared(self, goal: _Goal, parts: list[Node], node: Node) -> Iterator[Node]:
        """Every way to give each part one of the terms of the bound, a term being shared by those that have it."""
        whole = goal.read(goal.bound)
        terms = Add.make_args(sympy.expand_mul(whole))
        terms = terms if all(map(_at_least_0, terms)) else (whole,)
        found: dict[Any, Node | None] = {}

        def proved(part: int, term: int, count: int) -> Node | None:
            key = part, term, count
            if key not in found:
                bound = _text(terms[term] / count)
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
                    ("<=" if "given" in goal.event else goal.relation, _text(terms[term] / choice.count(term)), one)
                )
            else:
                yield {**node, **_union(inner)}
                if goal.relation == "<" and "given" in goal.event:
                    weak = [("<=", b, p) for _, b, p in inner]
                    yield {**node, **_union(weak), "strict": True}

    def _moved(self, goal: _Goal) -> Iterator[Node]:
        """The goal in another variable, or in parts of its domain."""
        if goal.cuts:
            for name, at in edges(goal):
                yield from self._cut(goal, name, at)
        if goal.puts:
            for step in substitutions(goal):
                yield from self._put(goal, step)

    def _minimum(self, goal: _Goal) -> Iterator[Node]:
        """A bound with a minimum in it, in the variable in which it is one of powers, on either side of 1."""
        bound, at = goal.read(goal.bound), goal.read(goal.event["at"])
        if not bound.atoms(sympy.Min):
            yield from self._without(goal, bound, at)
            return
        least = min(bound.atoms(sympy.Min), key=lambda e: (sympy.count_ops(e), str(e)))
        arguments = [sympy.simplify(a) for a in least.args]
        if all(a.is_number for a in arguments):
            yield from self._without(goal, bound.xreplace({least: min(arguments)}), at)
            return
        for name, (low, high, _) in goal.domain.items():
            t = goal.symbol(name)
            if not at.has(t) or not all(a.has(t) for a in arguments) or low not in ("0", "1"):
                continue
            if any(a.free_symbols != {t} for a in arguments):
                factor = sympy.simplify(2 * goal.read(goal.event["law"]["n"]) / (sympy.pi * at.diff(t)))
                if goal.puts and low == "0" and not factor.has(t):
                    step = {"of": name, "new": free_name(name, goal.domain), "factor": _text(factor), "power": "1"}
                    yield from self._put(goal, step)
            elif (low, high) == ("0", "oo"):
                yield from self._cut(goal, name, sympy.Integer(1))
            else:
                inside = 2 if low == "1" else Rational(1, 2)
                order = [(a.subs(t, inside), i) for i, a in enumerate(arguments)]
                smaller = arguments[min(order)[1]]
                yield from self._without(goal, bound.xreplace({least: smaller}), at)

    def _without(self, goal: _Goal, bound: Expr, at: Expr) -> Iterator[Node]:
        """The goal with a simpler bound and threshold."""
        put, short = _text(bound), _text(sympy.simplify(at))
        inner = self.find(goal.but(event={**goal.event, "at": short}, bound=put))
        if inner is not None:
            closer = {"rule": "closer", "at": short, "proof": inner}
            yield {**_union([(goal.relation, put, closer)]), "rule": "weaker"}

    def _pairs(self, goal: _Goal) -> Iterator[Node]:
        """A masked pair: with the best tilt where its sizes are in the bound, else below and above equal sizes."""
        n, d = goal.event["law"]["n"], goal.event["law"]["d"]
        ends = {name: goal.domain.get(name, ["", "", ""]) for name in (n, d)}
        smaller = d if ends[n][0] == d else n if ends[d][0] == n else ""
        least = f"Min({min(n, d)}, {max(n, d)})"
        bound = goal.read(goal.bound)
        multiples = [e for e in bound.atoms(sympy.Min) if str(e) != least]
        if "Min(" in goal.bound and not bound.atoms(sympy.Min):
            yield from self._without(goal, bound, goal.read(goal.event["at"]))
            return
        if multiples and d in goal.domain:
            yield from self._of_multiples(goal, multiples[0])
        elif n != d and smaller and least in goal.bound:
            yield from self._without(goal, goal.read(goal.bound.replace(least, smaller)), goal.read(goal.event["at"]))
        elif n == d or n not in goal.domain or d not in goal.domain or ends[d][0] == n:
            yield from transfers(goal)
            yield from self._weaker(goal)
        elif ends[d][1] == n:
            yield from self._turned(goal, n, d)
        elif ends[n][0] == d:
            step = {"of": n, "new": free_name("tau", goal.domain), "factor": d, "power": "2", "over": True}
            yield from self._put(goal, {**step, "from": "144/233"})
            yield from self._weaker(goal)
        elif goal.read(goal.bound).has(sympy.log):
            step = {"of": n, "new": free_name("tau", goal.domain), "factor": d, "power": "2", "over": True}
            yield from self._put(goal, step)
        elif goal.cuts:
            yield from self._cut(goal, d, goal.symbol(n))

    def _of_multiples(self, goal: _Goal, least: Expr) -> Iterator[Node]:
        """A minimum of multiples of both sizes: below and above a tilt, the argument that is smaller there."""
        n, d = goal.event["law"]["n"], goal.event["law"]["d"]
        if n in goal.domain:
            step = {"of": n, "new": free_name("tau", goal.domain), "factor": d, "power": "2", "over": True}
            yield from self._put(goal, step) if goal.puts else ()
            return
        names = [name for name in goal.domain if name != d and least.has(goal.symbol(name))]
        low, high, _ = goal.domain[names[0]] if names else ("1", "1", "")
        ends = balance([_text(a) for a in least.args], goal.domain, names[0]) if names else None
        if ends is not None and high == "1" and low in ("0", str(ends[0])):
            if goal.cuts:
                yield from self._cut(goal, names[0], ends[low != "0"])
            return
        inside = {**dict.fromkeys(goal.domain, 1.0), **{name: float(Fraction(low)) + 1e-9 for name in names}}
        smaller = min(least.args, key=lambda a: value_of(_text(a), inside) or 0.0)
        if ends is not None and (low, high) == tuple(map(str, ends)):
            # Between two numbers: what grows, at the upper one, is at least both.
            smaller = smaller.subs(goal.symbol(names[0]), ends[1])
        bound = goal.read(goal.bound).xreplace({least: smaller})
        yield from self._without(goal, bound, goal.read(goal.event["at"]))

    def _turned(self, goal: _Goal, n: str, d: str) -> Iterator[Node]:
        low, _, closed = goal.domain[d]
        rest = {name: ends for name, ends in goal.domain.items() if name != n}
        inner = self.find(goal.but(domain={n: [d, "oo", ""], **rest, d: [low, "oo", closed]}))
        if inner is not None:
            yield {"rule": "turned", "of": d, "proof": inner}

    def _thresholds(self, goal: _Goal) -> Iterator[Node]:
        """A masked pair at a positive threshold: its norm, once for all samples, and its ratio; equal sizes divide."""
        pair = goal.event.get("some", goal.event)
        n, d = pair["law"]["n"], pair["law"]["d"]
        if n not in goal.domain or d not in goal.domain:
            return
        if n != d and goal.domain[d][1] == n:
            yield from self._turned(goal, n, d)
        elif n != d and goal.domain[d][0] != n and goal.domain[n][0] != d:
            yield from self._cut(goal, d, goal.symbol(n))
        else:
            yield from self._of_norm(goal, pair, n, n if n == d or goal.domain[d][0] == n else d)

    def _of_norm(self, goal: _Goal, pair: Node, n: str, least: str) -> Iterator[Node]:
        rates = rates_of(goal, (n, least))
        scale = None if rates is None else norm_below(float(rates[0]))
        if scale is None or rates is None:
            return
        node: Node = {"scale": str(scale)}
        event = referee_tails.image(goal.event, {}, _Nothing())
        of_norm, of_ratio = referee_tails.parts(event, node, _Nothing())[0]
        count = f"{goal.event['of']}*" if "some" in goal.event else ""
        bounds = [f"exp(-({rates[0]})*{n})", f"{count}exp(-({rates[1]})*{least})"]
        inner = [self.find(goal.but(event=e, bound=b)) for e, b in zip((of_norm, of_ratio), bounds, strict=True)]
        if inner[0] is not None and inner[1] is not None:
            union = {**node, **_union([("<=", b, p) for b, p in zip(bounds, inner, strict=True) if p])}
            yield {"rule": "image", "sign": 1, "proof": union}

    def _pieces(self, goal: _Goal) -> Iterator[Node]:
        """A masked pair by its norm, what its mask keeps, and two sums over inputs: a part of the bound for each."""
        if goal.cuts < _Goal.cuts:
            return
        for numbers, bounds in pieces(goal, goal.event.get("some", goal.event)):
            node: Node = {"rule": "pieces", **numbers}
            events = referee_tails.pieces(goal.event, node, _Nothing())["any"]
            parts = []
            for event, bound in zip(events, bounds, strict=True):
                inner = self.find(goal.but(event=event, bound=bound))
                if inner is None:
                    break
                parts.append(("<=", bound, inner))
            else:
                yield {**node, "proof": _union(parts)}

    def _put(self, goal: _Goal, step: Node) -> Iterator[Node]:
        asks = _Proving(goal.domain, dict(step), self.effort)
        try:
            domain = referee_tails.bijection(step, goal.domain, asks)
        except FAILED:
            return
        value = referee_tails.value_of(step)
        event = referee_laws.put(goal.event, step["of"], value)
        bound = referee_laws.put(goal.bound, step["of"], value)
        inner = self.find(goal.but(event=event, bound=bound, domain=domain, puts=goal.puts - 1))
        if inner is not None:
            yield {**step, "rule": "put", "proof": inner}

    def _cut(self, goal: _Goal, name: str, at: Expr) -> Iterator[Node]:
        node: Node = {"rule": "cases", "of": name, "at": _text(at)}
        for part, here, key in referee_tails.cases(node, goal.domain):
            event, bound = goal.event, goal.bound
            if here is not None:
                event, bound = referee_laws.put(event, name, here), referee_laws.put(bound, name, here)
            inner = self.find(goal.but(event=event, bound=bound, domain=part, cuts=goal.cuts - 1))
            if inner is None:
                return
            node[key] = inner
        yield node


def _union(parts: list[tuple[str, str, Node]]) -> Node:
    return {"rule": "union", "parts": [{"relation": r, "bound": b, "proof": p} for r, b, p in parts]}


def _at_least_0(term: Expr) -> bool:
    return all(f.is_nonnegative or isinstance(f, sympy.exp) for f in Mul.make_args(term))


def _text(expr: Any) -> str:
    return str(sympy.sstr(expr))


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
