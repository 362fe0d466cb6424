"""What every exact law of a random scalar answers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb
from sympy import Expr

from ..calculus.enclosure import Enclosure
from ..calculus.exact import exact_ball

__all__ = ["ScalarLaw"]


class ScalarLaw:
    """The exact law of a random scalar at one cell.

    A law answers what it can: every method may raise ``NotImplementedError``, and the ones a law does not define do.

    Attributes
    ----------
    log_gap : float
        Floats decide only where logarithms of probabilities differ by more, relative to the larger of 1 and themselves.
    continuous : bool
        Whether no point is known to have positive probability because none has.
    monotone : bool
        Whether every tail is monotone in each real parameter while the others stay: over a box of parameters it lies
        between its values at the corners.

    Examples
    --------
    A uniform variable on [0, 1], certified at its thresholds:

    >>> class Uniform(ScalarLaw):
    ...     def enclose(self, relation, t):
    ...         below = t.max(arb(0)).min(arb(1))
    ...         return Enclosure.of(below if relation in ("<", "<=") else 1 - below)
    >>> Uniform().enclose(">=", arb(1) / 4).compare(">=", arb(1) / 2)
    True
    """

    log_gap: ClassVar[float] = 1e-3
    continuous: ClassVar[bool] = False
    monotone: ClassVar[bool] = False

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E X^power as an expression in the law's parameters; `oo` where it is infinite, `nan` where there is none."""
        raise NotImplementedError("no moment of this law is known in closed form")

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        """log E e^{sX} as an expression, and the ends of the open interval around 0 on which it is finite."""
        raise NotImplementedError("the generating function of this law is not known in closed form")

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        """The density at a point inside the support, of a law on integers P(X = x), as an expression."""
        raise NotImplementedError("the density of this law is not known in closed form")

    def log_probability(self, relation: str, t: float) -> float:
        """log P(X relation t) in floats."""
        raise NotImplementedError("this law answers by enclosure")

    def enclose(self, relation: str, t: arb) -> Enclosure:
        """Certified enclosure of P(X relation t); it may be wide, never wrong."""
        raise NotImplementedError("this law answers in floats")

    def slope(self, t: arb) -> arb:
        """The derivative of P(X > t) at all points of a ball inside the support; all values between where it jumps."""
        raise NotImplementedError("the slope of this law's tails is not known")

    def seconds(self, t: float) -> float:
        """Rough time of an answer at `t`: of a costly law fewer small cells are asked."""
        return 1e-3

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        """`enclose` at an exact rational point: a law with atoms at rationals tells them from their neighbours."""
        return self.enclose(relation, exact_ball(t))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        """`log_probability` at an exact rational point.

        Raises
        ------
        NotImplementedError
            Where the float nearest to the point may lie on the other side of an atom.
        """
        point = float(t)
        found = self.log_probability(relation, point)
        if self.continuous or point == t:
            return found
        sides = [self.log_probability(relation, math.nextafter(point, end)) for end in (-math.inf, math.inf)]
        if max(sides) - min(sides) > self.log_gap / 10 * max(1.0, abs(found)):
            raise NotImplementedError("floats do not tell the point from an atom")
        return found

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        """P(X relation t) as an exact rational number."""
        raise NotImplementedError("this law has no exact probabilities")

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        """Ends of an interval outside which it has no mass, infinite floats where there is none."""
        raise NotImplementedError("this law states no support")

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures, at a higher cost."""
        raise NotImplementedError("this law has no narrower enclosures")

    def log_any(self, relation: str, t: float, samples: int) -> float:
        """A bound on the log probability that one of several variables of this law is so, by what they share."""
        raise NotImplementedError("nothing is known of several variables of this law at once")

    def atoms(self) -> Sequence[int]:
        """The values it takes, of a law on finitely many integers."""
        raise NotImplementedError("this law is not known to be one on finitely many integers")

    def mass(self, k: int) -> arb:
        """P(X = k) for one of the `atoms`."""
        raise NotImplementedError("this law is not known to be one on finitely many integers")

    def given(self, variable: Hashable, value: Any) -> ScalarLaw:
        """The law given that `variable` has this value."""
        raise NotImplementedError(f"no conditional law given {variable}")

    def monotone_given(self, variable: Hashable) -> bool:
        """Whether every tail given `variable` is monotone in its value: then its worst outcome is an extreme one."""
        return False

    def worst_given(self, variable: Hashable, value: Any) -> ScalarLaw:
        """The heaviest-tailed law among the outcomes that share this value of `variable`."""
        return self.given(variable, value)
