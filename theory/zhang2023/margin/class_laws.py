"""The exact law of a margin that rank leaves to several outputs (whp S18): whether uᵀDb is positive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flint import arb, fmpz

from ...calculus.enclosure import Enclosure, workprec
from ...laws.elementary import upper_tail
from ...laws.protocol import ScalarLaw

__all__ = ["MaskedProductLaw"]

_PREC = 192
_LARGEST = 4096


@dataclass(frozen=True)
class MaskedProductLaw(ScalarLaw):
    """uᵀDb at threshold 0, (u_i, b_i) iid Gaussian pairs of correlation ½ and D a mask of m fair coins.

    Given k active neurons it has the sign of F_{k,k} − 1/3, so that it is negative with probability ½ I_{3/4}(k/2, ½),
    which falls by (3/4)^{k/2}/(2k B(k/2, ½)) from k to k + 2.

    Examples
    --------
    One neuron is off half of the time, and else the signs differ with probability 1/3:

    >>> MaskedProductLaw(1).enclose("<=", arb(0)).ball.overlaps(arb(2) / 3)
    True
    """

    m: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        if self.m > _LARGEST:
            raise NotImplementedError(f"this law is exact up to width {_LARGEST}, found {self.m}")
        with workprec(self.m + _PREC):
            nothing = arb(2) ** fmpz(-self.m)
            negative = _negative(self.m)
            below = Enclosure.of(negative if relation in ("<", ">=") else negative + nothing)
            return below if relation in ("<", "<=") else upper_tail(below)


@lru_cache(maxsize=256)
def _negative(m: int) -> arb:
    """P(uᵀDb < 0) at the working precision of its width."""
    # At k and k + 1, then two further: the tail and what it falls by.
    tails = [arb(1) / 3, arb(1) / 4]
    falls = [arb(3).sqrt() / (4 * arb.pi()), arb(3) / 32]
    weight, total = arb(2) ** fmpz(-m), arb(0)
    for k in range(1, m + 1):
        weight *= arb(m - k + 1) / k
        total += weight * tails[0]
        tails = [tails[1], tails[0] - falls[0]]
        falls = [falls[1], falls[0] * 3 * (k + 1) / (4 * (k + 2))]
    return total
