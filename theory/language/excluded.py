"""What a probability link excludes, and the claim's bound on that: read once, for every decider and figure."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, expand

from .cells import Cell
from .events import Event, Joint
from .heads import P
from .parameters import Parameter

__all__ = ["Excluded", "read_excluded", "read_failure"]


@dataclass(frozen=True)
class Excluded:
    """The events of which at least one must happen for the claim to fail, and the claim's bound on that.

    Attributes
    ----------
    events : tuple of Event
    bound : SymPy expression
        What the claim says their probability is at most.
    strict : bool
        Whether it says less than that.
    samples : Parameter or None
        The size that counts the samples, where the claim speaks of all of them: some sample fails.
    """

    events: tuple[Event, ...]
    bound: Expr
    strict: bool
    samples: Parameter | None = None

    def samples_at(self, cell: Cell) -> int:
        """How many samples the claim speaks of at a cell."""
        return 1 if self.samples is None else int(cell[self.samples.name])


def _complements(body: Event | Joint) -> tuple[tuple[Event, ...], Parameter | None]:
    """The complements of the events of P's argument, and the size that counts the samples of one of them."""
    events = body.args if isinstance(body, Joint) else (body,)
    return tuple(e.complement for e in events), next((e.samples for e in events if e.samples is not None), None)


def read_excluded(lhs: Expr, relation: str, rhs: Expr) -> Excluded | None:
    """Read ``P(...) relation bound``; None for a shape no decider knows.

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
    """
    if not isinstance(lhs, P) or relation not in ("<", "<=", ">", ">="):
        return None
    if relation in (">", ">="):
        events, samples = _complements(lhs.args[0])
        return Excluded(events, expand(1 - rhs), relation == ">", samples)
    event = lhs.args[0]
    if not isinstance(event, Event) or event.samples is not None or event.everywhere:
        return None
    return Excluded((event,), rhs, relation == "<")


def read_failure(lhs: Expr, relation: str, rhs: Expr) -> Excluded | None:
    """Read ``P(...) ~ 1``, which excludes that a failure's probability stays away from 0; None for anything else."""
    if not isinstance(lhs, P) or relation != "~" or rhs != 1:
        return None
    events, samples = _complements(lhs.args[0])
    return Excluded(events, Integer(1), False, samples)
