"""Laws of |X| and X² of a variable with a known law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from flint import arb

from ..calculus.enclosure import Enclosure, workprec
from .elementary import precision
from .protocol import ScalarLaw

__all__ = ["AbsoluteLaw", "SquareLaw"]

_OUTSIDE = {">": ("<", ">"), ">=": ("<=", ">=")}
_COMPLEMENT = {"<": ">=", "<=": ">"}


class _Even(ScalarLaw):
    base: ScalarLaw

    @property
    def log_gap(self) -> float:  # type: ignore[override]
        return self.base.log_gap

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return self.base.continuous

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        return False

    def seconds(self, t: float) -> float:
        return 2 * self.base.seconds(t)


@dataclass(frozen=True)
class AbsoluteLaw(_Even):
    """The law of |X|: its upper tail is the sum of two tails of X.

    Examples
    --------
    >>> from .elementary import NormalLaw
    >>> AbsoluteLaw(NormalLaw(1)).enclose(">=", arb(0)).lower == 1
    True
    """

    base: ScalarLaw

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = self.base.support()
        least = low if low > 0 else -high if high < 0 else Fraction(0)
        return least, max(-low, high)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self._enclosed(relation, t, lambda rel, at: self.base.enclose(rel, at))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return self._enclosed(relation, t, lambda rel, at: self.base.enclose_at(rel, at))

    def _enclosed(self, relation: str, t: arb | Fraction, tail: object) -> Enclosure:
        ask = tail  # a tail of X at an exact point or a ball
        if t < 0 or (t == 0 and relation in ("<", ">=")):
            return Enclosure.of(arb(1 if relation in (">", ">=") else 0))
        if isinstance(t, arb) and not t >= 0:
            # A ball around 0 may lie on either side of it: from nothing at all up to what its upper end has.
            outer = t.abs_upper()
            if relation in (">", ">="):
                return Enclosure(self._enclosed(relation, outer, tail).lower, arb(1))
            return Enclosure(arb(0), self._enclosed(relation, outer, tail).upper)
        with workprec(precision()):
            upper = _OUTSIDE[_COMPLEMENT.get(relation, relation)]
            below, above = ask(upper[0], -t), ask(upper[1], t)  # type: ignore[operator]
            outside = Enclosure((below.lower + above.lower).lower(), (below.upper + above.upper).upper())
            if relation in (">", ">="):
                return Enclosure(outside.lower, outside.upper.min(arb(1)))
            found = Enclosure((1 - outside.upper).lower().max(arb(0)), (1 - outside.lower).upper())
            inner_low = ask("<=" if relation == "<=" else "<", t)  # type: ignore[operator]
            # Where both tails are nearly 1 the difference of two lower tails keeps more digits.
            inner_less = ask("<" if relation == "<=" else "<=", -t)  # type: ignore[operator]
            other = Enclosure(
                (inner_low.lower - inner_less.upper).lower().max(arb(0)),
                (inner_low.upper - inner_less.lower).upper().max(arb(0)),
            )
            return Enclosure(found.lower.max(other.lower), found.upper.min(other.upper))

    def log_probability(self, relation: str, t: float) -> float:
        if t < 0 or (t == 0 and relation in ("<", ">=")):
            return 0.0 if relation in (">", ">=") else -math.inf
        upper = _OUTSIDE[_COMPLEMENT.get(relation, relation)]
        below, above = self.base.log_probability(upper[0], -t), self.base.log_probability(upper[1], t)
        top = max(below, above)
        outside = top if top == -math.inf else top + math.log(math.exp(below - top) + math.exp(above - top))
        if relation in (">", ">="):
            return min(0.0, outside)
        if outside > math.log(0.999):
            raise NotImplementedError("the difference of two tails loses its digits in floats")
        return math.log1p(-math.exp(outside))

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if t < 0 or (t == 0 and relation in ("<", ">=")):
            return Fraction(int(relation in (">", ">=")))
        upper = _OUTSIDE[_COMPLEMENT.get(relation, relation)]
        outside = self.base.fraction(upper[0], -t) + self.base.fraction(upper[1], t)
        return outside if relation in (">", ">=") else 1 - outside


@dataclass(frozen=True)
class SquareLaw(_Even):
    """The law of X²: |X| at the root of a threshold.

    Examples
    --------
    >>> from .elementary import NormalLaw
    >>> SquareLaw(NormalLaw(1)).enclose("<", arb(0)).upper == 0
    True
    """

    base: ScalarLaw

    @property
    def _absolute(self) -> AbsoluteLaw:
        return AbsoluteLaw(self.base)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = self._absolute.support()
        return low**2, high**2

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if t < 0:
            return Enclosure.of(arb(1 if relation in (">", ">=") else 0))
        with workprec(precision()):
            return self._absolute.enclose(relation, t.max(arb(0)).sqrt() if t >= 0 else _root_around(t))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        if t < 0:
            return self.enclose(relation, arb(-1))
        root = _exact_root(t)
        if root is not None:
            return self._absolute.enclose_at(relation, root)
        with workprec(precision()):
            return self._absolute.enclose(relation, (arb(t.numerator) / t.denominator).sqrt())

    def log_probability(self, relation: str, t: float) -> float:
        if t < 0:
            return 0.0 if relation in (">", ">=") else -math.inf
        return self._absolute.log_probability(relation, math.sqrt(t))

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        root = _exact_root(t) if t >= 0 else None
        if t >= 0 and root is None:
            raise NotImplementedError("the root of the threshold is not rational")
        return Fraction(int(relation in (">", ">="))) if root is None else self._absolute.fraction(relation, root)


def _exact_root(t: Fraction) -> Fraction | None:
    above, below = isqrt(t.numerator), isqrt(t.denominator)
    return Fraction(above, below) if above**2 == t.numerator and below**2 == t.denominator else None


def _root_around(t: arb) -> arb:
    """Roots of the nonnegative numbers of a ball around 0, and some negative ones that stand for those below it."""
    top = t.abs_upper().sqrt()
    return arb(0).union(top).union(-top)
