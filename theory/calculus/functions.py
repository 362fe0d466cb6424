"""Functions the evaluator knows beyond SymPy's elementary ones, and certified minima."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from .enclosure import workprec
from .evaluate import CertifiedFunction

__all__ = ["PRECISION", "Phi", "convex_minimum"]

PRECISION = 256
"""Working precision of a certified minimum, in bits."""

_REACH = 45

_TRISECTIONS = 200


class Phi(CertifiedFunction):
    """The standard normal distribution function.

    Examples
    --------
    >>> from .evaluate import number
    >>> number(Phi(0))
    0.5
    """

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return rf"\Phi\left({printer._print(self.args[0])}\right)"

    @staticmethod
    def in_balls(x: arb) -> arb:
        return (-x / arb(2).sqrt()).erfc() / 2


def convex_minimum(value: Callable[[arb], arb], low: arb, high: arb) -> arb:
    """Enclose the minimum of a convex function on [low, high], attained inside.

    Trisection proposes a point c; the chords through (c − r, c) and (c, c + r), falling and rising, bound a convex
    function from below on all of [low, high].

    Parameters
    ----------
    value : callable
        Takes a point as a ball and returns a ball of the function there.
    low, high : flint.arb
        Ends of the interval.

    Raises
    ------
    ValueError
        When no minimum inside the interval is found.

    Examples
    --------
    >>> convex_minimum(lambda x: (x - 1) ** 2 + 2, arb(0), arb(3)).overlaps(arb(2))
    True
    """
    with workprec(PRECISION):
        left, right = low.mid(), high.mid()
        for _ in range(_TRISECTIONS):
            third = (right - left) / 3
            first, second = (left + third).mid(), (right - third).mid()
            if value(first) < value(second):
                right = second
            else:
                left = first
        centre = ((left + right) / 2).mid()
        # Small against the interval and against the distance to its lower end, where curvature may be large.
        reach = ((high - low).mid() * arb(2) ** -_REACH).min((centre - low.mid()) / 2**10).mid()
        before, at, after = (value(x) for x in (centre - reach, centre, centre + reach))
        falling, rising = (at - before) / reach, (after - at) / reach
        if not (low < centre - reach and centre + reach < high and falling <= 0 and rising >= 0):
            raise ValueError(f"no minimum inside the interval was found: trisection stopped at {float(centre)}")
        drop = (reach * (falling.abs_upper() + rising.abs_upper())).upper()
        return (at - drop).union(at)
