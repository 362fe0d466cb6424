"""What the laws of compound statistics share: two tails in balls at exact points, refined until they are accurate."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import ClassVar

from flint import arb, ctx

from ..calculus.enclosure import Enclosure, workprec
from .elementary import PRECISION
from .protocol import ScalarLaw

__all__ = ["CompoundLaw", "binary_fraction", "log_of_enclosures", "refined"]

_MOST_BITS = 1 << 18


def binary_fraction(ball: arb) -> Fraction:
    """The number that an exact ball is.

    Examples
    --------
    >>> binary_fraction(arb("0.75"))
    Fraction(3, 4)
    """
    man, power = (int(part) for part in ball.mid().man_exp())
    return Fraction(man) * Fraction(2) ** power


def refined(evaluate: Callable[[], arb], bits: int = PRECISION) -> Enclosure:
    """A probability evaluated at doubling precision until half of the working precision is accurate.

    Parameters
    ----------
    evaluate : callable
        The probability as a ball at the working precision in force.
    bits : int
        Where the doubling starts; the accuracy asked for does not depend on it.

    Raises
    ------
    ValueError
        Where some 250 000 bits do not suffice.

    Examples
    --------
    >>> refined(lambda: 1 - (1 - arb(2) ** -500)).ball.overlaps(arb(2) ** -500)
    True
    """
    wanted = max(PRECISION, int(ctx.prec)) // 2
    bits = max(bits, 2 * wanted)
    while bits <= _MOST_BITS:
        with workprec(bits):
            ball = evaluate()
            if ball.is_finite() and (ball == 0 or ball.rel_accuracy_bits() >= wanted):
                # The ends need no more digits than are accurate, however many it took.
                with workprec(2 * wanted):
                    return Enclosure(ball.lower().max(arb(0)), ball.upper().min(arb(1)))
        bits *= 2
    raise ValueError(f"no enclosure of a probability below {_MOST_BITS} bits; pass a less extreme point")


def log_of_enclosures(enclose: Callable[[bool], Enclosure], upper: bool) -> float:
    """log of the tail `upper`, read off enclosures of that tail or, near 1, of the other one."""
    tail = enclose(upper)
    if tail.upper == 0:
        return -math.inf
    near_one = bool(tail.lower > 0.5)
    if near_one:
        tail = enclose(not upper)
    if not tail.relative_radius < 1e-11:
        raise NotImplementedError("the enclosure of this probability is too wide for a float")
    with workprec(PRECISION):
        return float(((-tail.ball).log1p() if near_one else tail.ball.log()).mid()) + 0.0


class CompoundLaw(ScalarLaw):
    """A continuous law given by its two tails at exact points.

    A law defines `_tail` and `support`; points outside the support, intervals of points, complements and the precision
    are seen to here. Strict and weak relations agree.
    """

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True

    def _tail(self, t: Fraction, upper: bool) -> arb:
        """P(X > t) (`upper`) or P(X ≤ t) at a point inside the support, as a ball at the working precision."""
        raise NotImplementedError

    def _bits(self, t: Fraction, upper: bool) -> int:
        """The precision at which the evaluation starts."""
        return PRECISION

    def _at(self, t: Fraction, upper: bool) -> Enclosure:
        low, high = self.support()
        if t <= low or t >= high:
            return Enclosure.of(arb(int((t <= low) == upper)))
        return refined(lambda: self._tail(t, upper), self._bits(t, upper))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return self._at(Fraction(t), relation in (">", ">="))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        upper = relation in (">", ">=")
        if t.is_exact():
            return self._at(binary_fraction(t), upper)
        first, last = (self._at(binary_fraction(end), upper) for end in (t.lower(), t.upper()))
        low, high = (last, first) if upper else (first, last)
        return Enclosure(low.lower, high.upper)

    def log_probability(self, relation: str, t: float) -> float:
        if math.isinf(t):
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        point = Fraction(t)
        return log_of_enclosures(lambda upper: self._at(point, upper), relation in (">", ">="))
