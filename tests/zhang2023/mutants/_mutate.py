"""What a mutant is, and the small changes that make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Rational
from whp.theory import RV, Claim, Event, Form, Link, P, Regime, Statement
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.symbols import d, gamma, m, n

__all__ = [
    "BOOK",
    "BOTH",
    "FIXED",
    "HALF",
    "KINDS",
    "WIDTH",
    "Change",
    "Mutant",
    "asked",
    "event",
    "formed",
    "likely",
    "mutate",
    "original",
    "put",
    "swapped",
    "to",
    "turned",
]

BOOK = LEDGER
KINDS = ("constant", "exponent", "direction", "m for d", "sum for product", "label", "factor")
HALF = Rational(1, 2)


@dataclass(frozen=True)
class Mutant:
    """A mutated statement.

    Attributes
    ----------
    name : str
        ``key/what`` of the statement it is made of.
    form : str
        That statement's form.
    kind : str
        One of `KINDS`.
    statement : Statement
        The mutant, under the key `name`.
    oracle : callable
        Returns True when independent evidence shows what `truth` says.
    truth : bool
        False for a mutant that is false, True for one that is true where the original is refuted or says nothing.
    slow : bool
        Whether its check takes seconds.
    draws : bool
        Whether draws of Section 3.2 decide it, which `zhang2023.test_trained` makes.
    """

    name: str
    form: str
    kind: str
    statement: Statement
    oracle: Callable[[], bool]
    truth: bool = False
    slow: bool = False
    draws: bool = False

    @property
    def key(self) -> str:
        return self.name.split("/")[0]

    @property
    def beyond(self) -> bool:
        """Whether it is of a statement beyond Section 3.2 (S17-S21), which `zhang2023.test_beyond` decides by draws."""
        return self.key.partition(".")[0] in {f"S{number}" for number in range(17, 22)}

    @property
    def original(self) -> Statement:
        return original(self.key, self.form)


def original(key: str, form: str) -> Statement:
    """The ledger's statement of this key and form, its frontier of constants (which costs seconds) left out."""
    found = next(s for s in BOOK[key] if s.form == form)
    return replace(found, implied_by=tuple(replace(i, admitted=None) for i in found.implied_by))


Change = Callable[[Any], Any]


def _edited(
    statement: Statement,
    at: int,
    lhs: Change | None,
    rel: str | None,
    rhs: Change | None,
    given: tuple[Any, ...] | None,
) -> tuple[Claim, ...]:
    """The claims of `statement` with link number `at` changed in place."""
    claims, seen = [], 0
    for claim in statement.claims:
        links = list(claim.links)
        for i, link in enumerate(links):
            if seen == at:
                links[i] = replace(
                    link,
                    lhs=link.lhs if lhs is None else lhs(link.lhs),
                    relation=rel or link.relation,
                    rhs=link.rhs if rhs is None else rhs(link.rhs),
                    given=link.given if given is None else given,
                )
            seen += 1
        claims.append(replace(claim, links=tuple(links)))
    return tuple(claims)


def mutate(
    name: str,
    kind: str,
    oracle: Callable[[], bool],
    *,
    form: str | None = None,
    link: int = 0,
    lhs: Change | None = None,
    rel: str | None = None,
    rhs: Change | None = None,
    given: tuple[Any, ...] | None = None,
    truth: bool = False,
    slow: bool = False,
    draws: bool = False,
    **changes: Any,
) -> Mutant:
    """The mutant of a statement whose link number `link` is changed; `changes` are fields of the statement."""
    key = name.split("/")[0]
    form = form or BOOK[key][0].form
    start = original(key, form)
    edited = {"claims": _edited(start, link, lhs, rel, rhs, given), **changes}
    mutant = replace(start, key=name.replace("/", "~"), **edited)
    assert kind in KINDS, kind
    assert (mutant.claims, mutant.hypotheses, mutant.points) != (start.claims, start.hypotheses, start.points), name
    return Mutant(name, form, kind, mutant, oracle, truth, slow, draws)


def to(value: Any) -> Change:
    """Replace by `value`."""
    return lambda _: value


def put(*pairs: tuple[Any, Any]) -> Change:
    """Replace subexpressions, all at once; each must occur."""

    def change(expr: Expr) -> Expr:
        for old, _ in pairs:
            assert expr.has(old), f"{old} does not occur in {expr}"
        return expr.subs(pairs, simultaneous=True)

    return change


def swapped(expr: Expr) -> Expr:
    """m for d and d for m."""
    return expr.subs({m: d, d: m}, simultaneous=True)


def turned(probability: P) -> P:
    """P of the event with its relation turned round: > for <."""
    event = probability.args[0]
    return P(
        Event(event.value, {">": "<", ">=": "<=", "<": ">", "<=": ">="}[event.relation], event.bound, event.args[3])
    )


def event(value: Any, relation: str, bound: Any, over: Any = "one sample") -> Change:
    return to(P(Event(value, relation, bound, over)))


def formed(rv: RV, name: str, text: str, **options: Any) -> RV:
    return RV(name, rv.model, name, Form.parse(text, **options))


WIDTH, BOTH, FIXED = Regime(m, fixed=(d,)), Regime(d, tied={m: gamma}), Regime(m, fixed=(d, n))


def asked(
    name: str, kind: str, oracle: Callable[[], bool], link: Link, regime: Regime | None = None, **more: Any
) -> Mutant:
    """The mutant with one link, which draws decide."""
    claims = (Claim((link,), exists=more.pop("exists", ()), regime=regime),)
    return mutate(name, kind, oracle, claims=claims, draws=True, implied_by=(), **more)


def likely(value: Any, relation: str, bound: Any) -> Link:
    return Link(P(Event(value, relation, bound)), "~", 1)
