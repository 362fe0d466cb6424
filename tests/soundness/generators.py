"""Cases by kind and seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from . import chains, conditional, draws, forms, growth, intervals, products, scalars, tails
from .cases import Case
from .oracle import Undecided

__all__ = ["KINDS", "cases", "make"]

Generator = Callable[[Random, str, int], Case | None]

KINDS: dict[str, tuple[Generator, int]] = {
    "tails": (tails.claim, 2000),
    "floats": (tails.claim, 200),
    "drawn": (tails.claim, 200),
    "chain": (chains.chain, 300),
    "deviation": (chains.deviation, 200),
    "interval": (intervals.claim, 300),
    "quadrant": (products.quadrant, 300),
    "scalar": (scalars.relation, 400),
    "moment": (forms.moment, 200),
    "identity": (forms.identity, 200),
    "law": (forms.equality_in_law, 200),
    "samples": (draws.two_samples, 200),
    "sure": (draws.sure, 200),
    "rate": (growth.rate, 200),
    "limit": (growth.limit, 200),
    "equivalence": (growth.equivalence, 200),
    "constants": (growth.constants, 200),
    "given": (conditional.given_an_event, 200),
}
"""What makes a case of each kind, and how many are in the full run."""

_TRIES = 200


def make(kind: str, seed: int) -> Case:
    """The case of a kind and seed; what the oracle cannot judge is skipped."""
    rng = Random(f"{kind} {seed}")
    for _ in range(_TRIES):
        try:
            case = KINDS[kind][0](rng, kind, seed)
            if case is not None:
                for cell in case.domain:
                    case.true_at(cell), case.excludes_at(cell)
                return case
        except Undecided:
            continue
    raise RuntimeError(f"no case of kind {kind} and seed {seed}")


def cases(kind: str, count: int, first: int = 0) -> Iterator[Case]:
    """So many cases of a kind, from a seed on."""
    for seed in range(first, first + count):
        yield make(kind, seed)
