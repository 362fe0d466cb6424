"""What a search for proofs of tails asks and wants: relations proved as they are asked for, and goals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Mul, Symbol

from . import referee_laws, referee_tails
from .claims import Claim
from .expressions import Effort, NotProved
from .referee import leaves, names_of
from .referee import rejection as relation_rejection
from .referee_ends import Rejected
from .search import Search
from .tails_choices import false_somewhere, largest_first, rest_of_sum, terms_of

__all__ = ["FAILED", "Goal", "Moves", "Nothing", "Proved", "Proving", "at_least_0", "shown", "union"]

Node = dict[str, Any]
Domain = dict[str, list[str]]

ONE = 1_300_000
DEEPEST = 12
FAILED = (Rejected, NotProved, ArithmeticError, RecursionError, SyntaxError, ValueError, KeyError, TypeError)


class Proving(referee_laws.Asked):
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


class Nothing(referee_laws.Asked):
    """No relations: what a rule leads to, without what it needs."""

    def __init__(self) -> None:
        super().__init__({}, {})

    def __call__(self, left: str, relation: str, right: str) -> None:
        pass


class Proved(referee_laws.Asked):
    """Relations that are proved already."""

    def __call__(self, left: str, relation: str, right: str) -> None:
        if not self.same(left, relation, right):
            next(self.proofs)


@dataclass(frozen=True)
class Goal:
    """What is to be proved, and how often the domain may still be changed."""

    event: Node
    relation: str
    bound: str
    domain: Domain
    depth: int = DEEPEST
    puts: int = 1
    cuts: int = 2

    def but(self, **changes: Any) -> Goal:
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


class Moves:
    """What leads from a goal to another: a part of the bound, another variable, parts of the domain."""

    effort: Effort

    def find(self, goal: Goal) -> Node | None:
        """A node that proves a goal, or None."""
        raise NotImplementedError

    def weaker(self, goal: Goal) -> Iterator[Node]:
        """One of the terms of a bound that has several, the largest ones first."""
        terms = terms_of(goal.bound)
        if len(terms) < 2 or not all(sign > 0 and at_least_0(goal.read(text)) for sign, text in terms):
            return
        for term in largest_first([text for _, text in terms], goal.domain):
            inner = self.find(goal.but(bound=term))
            if inner is not None:
                yield {**union([(goal.relation, term, inner)]), "rule": "weaker"}

    def without(self, goal: Goal, bound: Expr, at: Expr) -> Iterator[Node]:
        """The goal with a simpler bound and threshold."""
        put, short = shown(bound), shown(sympy.simplify(at))
        inner = self.find(goal.but(event={**goal.event, "at": short}, bound=put))
        if inner is not None:
            closer = {"rule": "closer", "at": short, "proof": inner}
            yield {**union([(goal.relation, put, closer)]), "rule": "weaker"}

    def put(self, goal: Goal, step: Node) -> Iterator[Node]:
        asks = Proving(goal.domain, dict(step), self.effort)
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

    def cut(self, goal: Goal, name: str, at: Expr) -> Iterator[Node]:
        node: Node = {"rule": "cases", "of": name, "at": shown(at)}
        for part, here, key in referee_tails.cases(node, goal.domain):
            event, bound = goal.event, goal.bound
            if here is not None:
                event, bound = referee_laws.put(event, name, here), referee_laws.put(bound, name, here)
            inner = self.find(goal.but(event=event, bound=bound, domain=part, cuts=goal.cuts - 1))
            if inner is None:
                return
            node[key] = inner
        yield node


def union(parts: list[tuple[str, str, Node]]) -> Node:
    return {"rule": "union", "parts": [{"relation": r, "bound": b, "proof": p} for r, b, p in parts]}


def shown(expr: Any) -> str:
    return str(sympy.sstr(expr))


def at_least_0(term: Expr) -> bool:
    return all(f.is_nonnegative or isinstance(f, sympy.exp) for f in Mul.make_args(term))
