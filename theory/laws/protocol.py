"""What every exact law of a random scalar answers."""

from __future__ import annotations

from typing import Protocol

from flint import arb

from ..calculus.enclosure import Enclosure

__all__ = ["ScalarLaw"]


class ScalarLaw(Protocol):
    """The exact law of a random scalar at one cell; ``NotImplementedError`` from a method means it has no answer."""

    def log_probability(self, relation: str, t: float) -> float:
        """log P(X relation t) in floats."""
        ...

    def enclose(self, relation: str, t: arb) -> Enclosure:
        """Certified enclosure of P(X relation t); it may be wide, never wrong."""
        ...
