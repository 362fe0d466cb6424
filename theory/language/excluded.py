"""What a probability link excludes, and the claim's bound on that: read once, for every decider and figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Dummy, Expr, Integer, expand

from .cells import Cell
from .events import Either, Event, Joint
from .heads import P
from .parameters import Parameter

__all__ = ["Excluded", "read_equal", "read_excluded", "read_failure"]

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True)
class Excluded:
    """Events that a claim says are rare together, and its bound on their probability.

    Attributes
    ----------
    events : tuple of Event
    bound : SymPy expression
        What the claim says their probability is at most.
    strict : bool
        Whether it says less than that.
    samples : Parameter or None
        The size that counts the samples, where the claim speaks of all of them: some sample fails.
    together : bool
        Whether the claim fails only if all events happen, for all samples; else one of them is enough.
    rest : SymPy expression, optional
        1 − `bound`, as it was typed where the claim is a lower bound: no digit is lost to a difference.
    """

    events: tuple[Event, ...]
    bound: Expr
    strict: bool
    samples: Parameter | None = None
    together: bool = False
    rest: Any = None

    def __post_init__(self) -> None:
        if self.rest is None:
            object.__setattr__(self, "rest", expand(1 - self.bound))

    def samples_at(self, cell: Cell) -> int:
        """How many samples the claim speaks of at a cell."""
        return 1 if self.samples is None else int(cell[self.samples.name])


def _events(body: Event | Joint | Either) -> tuple[tuple[Event, ...], bool] | None:
    """The events of a body that has no others inside, and whether all of them must happen."""
    events = (body,) if isinstance(body, Event) else body.args
    return (events, isinstance(body, Joint)) if all(isinstance(e, Event) for e in events) else None


def _samples(events: tuple[Event, ...]) -> Parameter | None:
    """The size that counts the samples of one of them."""
    return next((e.samples for e in events if e.samples is not None), None)


def _solved(lhs: Expr, relation: str, rhs: Expr) -> tuple[P, str, Expr] | None:
    """``P(...) relation bound`` from a relation that has one probability, scaled, complemented or on either side."""
    if isinstance(lhs, P) and not rhs.atoms(P):
        return lhs, relation, rhs
    found = lhs.atoms(P) | rhs.atoms(P)
    if relation not in _MIRROR or len(found) != 1:
        return None
    (head,) = found
    if isinstance(rhs, P) and not lhs.atoms(P):
        return head, _MIRROR[relation], lhs
    difference = expand(lhs - rhs)
    scale = difference.coeff(head, 1)
    rest = expand(difference - scale * head)
    if scale.atoms(P) or rest.atoms(P):
        return None
    sign = _sign(scale)
    if sign == 0:
        return None
    return head, relation if sign > 0 else _MIRROR[relation], expand(-rest / scale)


def _sign(scale: Expr) -> int:
    """1 or −1 where an expression has that sign at all admitted sizes, else 0."""
    from_least = {
        s: s.low + Dummy(s.name, integer=True, nonnegative=True)
        for s in scale.free_symbols
        if isinstance(s, Parameter) and s.is_size
    }
    for known in (scale, expand(scale.subs(from_least))):
        if known.is_positive or known.is_negative:
            return 1 if known.is_positive else -1
    return 0


def read_excluded(lhs: Expr, relation: str, rhs: Expr) -> Excluded | None:
    """Read a relation with one probability in it as a bound on what it excludes; None for a shape no decider knows.

    Parameters
    ----------
    lhs, rhs : SymPy expression
        Both sides of a link.
    relation : str

    Examples
    --------
    >>> from .models import RV, Model
    >>> coin = RV("X", Model("coin", (), "a fair coin"), "X")
    >>> found = read_excluded(P(Event(coin, ">", 0)), ">=", Integer(1) / 2)
    >>> found.events, found.bound, found.strict
    ((X <= 0,), 1/2, False)
    >>> read_excluded(1 - 2 * P(Event(coin, ">", 0)), ">=", Integer(0)).bound
    1/2
    """
    if relation not in ("<", "<=", ">", ">="):
        return None
    solved = _solved(lhs, relation, rhs)
    if solved is None:
        return None
    head, relation, bound = solved
    read = None if head.given is not None else _events(head.event)
    if read is None:
        return None
    events, every = read
    samples = _samples(events)
    if relation in (">", ">="):
        complements = tuple(e.complement for e in events)
        together = not every and len(events) > 1
        return Excluded(complements, expand(1 - bound), relation == ">", samples, together, rest=bound)
    if any(e.everywhere for e in events):
        return None
    return Excluded(events, bound, relation == "<", samples, every or samples is not None)


def read_equal(lhs: Expr, relation: str, rhs: Expr) -> tuple[tuple[Event, ...], Expr] | None:
    """The events that all happen, and their probability, where a relation says what that is; None for anything else.

    Examples
    --------
    >>> from .models import RV, Model
    >>> coin = RV("X", Model("coin", (), "a fair coin"), "X")
    >>> read_equal(2 * P(Event(coin, ">", 0)), "=", Integer(1))
    ((X > 0,), 1/2)
    """
    solved = _solved(lhs, relation, rhs) if relation == "=" else None
    if solved is None or solved[0].given is not None or isinstance(solved[0].event, Either):
        return None
    read = _events(solved[0].event)
    if read is None or any(e.everywhere or e.samples is not None for e in read[0]):
        return None
    return read[0], solved[2]


def read_failure(lhs: Expr, relation: str, rhs: Expr) -> Excluded | None:
    """Read ``P(...) ~ 1``, which excludes that a failure's probability stays away from 0; None for anything else."""
    if not isinstance(lhs, P) or relation != "~" or rhs != 1:
        return None
    read = None if lhs.given is not None else _events(lhs.event)
    if read is None:
        return None
    events, every = read
    together = not every and len(events) > 1
    return Excluded(tuple(e.complement for e in events), Integer(1), False, _samples(events), together)
