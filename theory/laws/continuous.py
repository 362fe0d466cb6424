"""Laws with densities: one function of a point gives both tails, refined at exact points."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from flint import arb

from ..calculus.enclosure import Enclosure
from .protocol import ScalarLaw
from .tails import enclose_tail

__all__ = ["ContinuousLaw"]


class ContinuousLaw(ScalarLaw):
    """A law with a density (strict and weak relations agree) whose tails are known at the working precision.

    Examples
    --------
    >>> class Exponential(ContinuousLaw):
    ...     def tail_at(self, t, upper):
    ...         return arb(int(upper)) if t <= 0 else (-t).exp() if upper else -(-t).expm1()
    >>> print(Exponential().enclose_at(">", Fraction(1, 3)).decimal(6))
    [7.16531e-1, 7.16532e-1]
    """

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True

    def tail_at(self, t: arb, upper: bool) -> arb:
        """P(X > t) (`upper`) or P(X ≤ t) at the working precision, for a finite t known to nearly all of it."""
        raise NotImplementedError

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self._enclose(relation, t)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return self._enclose(relation, t)

    def _enclose(self, relation: str, t: arb | Fraction) -> Enclosure:
        upper = relation in (">", ">=")
        return enclose_tail(lambda point: self.tail_at(point, upper), t, upper)
