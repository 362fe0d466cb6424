"""Inequalities between random variables on given events, and between squares on none.

What is given is affine in some squares. Solved for one after the other it bounds each by those before it, as in
``N < 2 - P`` and ``1/8 < P < 2`` for P > 1/8 and P + N < 2; between them the claim is a relation of real variables.
"""

from __future__ import annotations

from itertools import permutations

from sympy import Expr, Pow, Symbol

from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link
from ...theory.proofs.elimination import bounded, is_square
from ...theory.proofs.identities import named
from ..verdict import Evidence, Verdict
from .question import Answer, Question, outcome
from .whole import proved_relation

__all__ = ["decide"]

_MOST = 4


def decide(question: Question) -> Answer | None:
    """Prove an inequality link, on given events if there are any; None where the proof does not go through."""
    link = question.link
    events = link.events
    # Without an event a square may be 0, and only what is not strict can be shown.
    if link.relation not in (("<", "<=", ">", ">=") if events else ("<=", ">=")) or len(events) < len(link.given):
        return None
    squares = sorted(_rvs(link), key=lambda rv: rv.name)
    if not 0 < len(squares) <= _MOST or not all(is_square(rv.form) for rv in squares) or _several(squares):
        return None
    names = named(squares, squares[0].model)
    values = {rv: Symbol(names[rv], nonnegative=True) for rv in squares}
    facts = []
    for e in events:
        difference = (e.value - e.bound) * (1 if e.relation[0] == ">" else -1)
        facts.append((difference.xreplace(values), len(e.relation) == 1))
    # Where a side divides by a square that square is not 0: nothing is claimed where a side has no value.
    divisors = {v for v in values.values() if _divides(v, link.lhs.xreplace(values), link.rhs.xreplace(values))}
    facts += [(v, v in divisors) for v in values.values()]
    ends = _domain(list(values.values()), facts)
    if ends is None:
        return None
    put = {rv: ends[symbol] for rv, symbol in values.items()}
    proof = proved_relation(question.statement, link.lhs.xreplace(put), link.relation, link.rhs.xreplace(put))
    if proof is None:
        return None
    where = ", ".join(f"{p.name} {p.domain}" for p in ends.values())
    why = f"proved {'from the given events by elimination' if events else 'for all values of the squares'}: {where}"
    remark = f"where {', '.join(sorted(map(str, divisors)))} is 0 a side has no value" if divisors else ""
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why, remark=remark, proof=proof))


def _several(squares: list[RV]) -> bool:
    return len({rv.model for rv in squares}) > 1


def _divides(v: Symbol, *sides: Expr) -> bool:
    return any(power.exp.is_negative and power.base.has(v) for side in sides for power in side.atoms(Pow))


def _domain(symbols: list[Symbol], facts: list[tuple[Expr, bool]]) -> dict[Symbol, Parameter] | None:
    """Parameters between the ends that some facts give, in the first order in which they can be solved."""
    for order in permutations(symbols):
        found = bounded(facts, order)
        if found is not None:
            made: dict[Symbol, Parameter] = {}
            for symbol, (low, high, closed) in found.items():
                made[symbol] = Parameter(symbol.name, "real", low.xreplace(made), high.xreplace(made), closed)
            return made
    return None


def _rvs(link: Link) -> set[RV]:
    found: set[RV] = link.lhs.atoms(RV) | link.rhs.atoms(RV)
    for event in link.events:
        found |= event.value.atoms(RV) | event.bound.atoms(RV)
    return found
