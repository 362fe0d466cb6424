"""What a probability link excludes, its bound and its direction, read once."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, expand

from .events import Event, Joint, complement
from .heads import P
from .statements import Link

__all__ = ["Excluded", "excluded"]


@dataclass(frozen=True)
class Excluded:
    """The events of which at least one must happen for the claim to fail, and the claim's bound on that."""

    events: tuple[Event, ...]
    bound: Expr
    strict: bool
    some_sample: bool


def excluded(link: Link) -> Excluded | None:
    """Read a probability link; None for a shape no decider knows."""
    if not isinstance(link.lhs, P) or link.relation not in ("<", "<=", ">", ">="):
        return None
    body = link.lhs.args[0]
    events = body.args if isinstance(body, Joint) else (body,)
    if link.relation in (">", ">="):
        turned = tuple(Event(e.value, complement(e.relation), e.bound, e.over) for e in events)
        return Excluded(turned, expand(1 - link.rhs), link.relation == ">", any(e.over == "all n" for e in events))
    if len(events) != 1 or events[0].over != "one sample":
        return None
    return Excluded((events[0],), link.rhs, link.relation == "<", False)


def _on_event(link: Link) -> bool:
    """Whether an event is given: then the unconditional law does not answer."""
    return any(isinstance(g, Event) for g in link.given)
