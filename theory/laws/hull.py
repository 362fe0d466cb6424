"""Real intervals of parameters, and the hull of a law over a box of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from flint import arb

from ..calculus.enclosure import Enclosure
from ..calculus.exact import exact_ball
from .protocol import ScalarLaw

__all__ = ["Hull", "Piece", "over_box", "union"]

# An end with more bits than this stays a ball: its exact fraction would have as many digits.
_LONG = 1 << 13


@dataclass(frozen=True)
class Piece:
    """An interval of a real parameter with exact rational ends, of which each belongs to it or not.

    Attributes
    ----------
    low, high : Fraction
    with_low, with_high : bool

    Examples
    --------
    >>> Piece(Fraction(0), Fraction(1), False)
    (0, 1]
    """

    low: Fraction
    high: Fraction
    with_low: bool = True
    with_high: bool = True

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"a piece needs low <= high, found {self.low} and {self.high}; swap them")

    @property
    def ball(self) -> arb:
        """All of its points, its ends included."""
        return exact_ball(self.low).union(exact_ball(self.high))

    def has(self, value: Fraction) -> bool:
        """Whether a number lies in it.

        Examples
        --------
        >>> Piece(Fraction(0), Fraction(1), False).has(Fraction(0))
        False
        """
        above = value > self.low or (value == self.low and self.with_low)
        return above and (value < self.high or (value == self.high and self.with_high))

    def __repr__(self) -> str:
        return f"{'[' if self.with_low else '('}{self.low}, {self.high}{']' if self.with_high else ')'}"

    @classmethod
    def of(cls, ball: arb) -> Piece:
        """The two ends of a ball, exactly.

        Raises
        ------
        NotImplementedError
            For a ball that is not finite, or whose ends have more bits than are worth writing out.
        """
        return cls(_fraction(ball.lower()), _fraction(ball.upper()))


def _fraction(x: arb) -> Fraction:
    if not x.is_finite():
        raise NotImplementedError("an infinite end of a parameter")
    man, power = (int(part) for part in x.man_exp())
    if abs(power) > _LONG:
        raise NotImplementedError("an end of a parameter with too many bits")
    return Fraction(man << power) if power >= 0 else Fraction(man, 1 << -power)


def union(enclosures: Iterable[Enclosure]) -> Enclosure:
    """The smallest interval that contains all of some enclosures.

    Examples
    --------
    >>> union([Enclosure.of(arb(1)), Enclosure.of(arb(3)), Enclosure.of(arb(2))]).decimal(1)
    '[1, 3]'
    """
    found = list(enclosures)
    low = high = found[0]
    for other in found[1:]:
        # The ends are exact: `arb.min` would round them to the working precision.
        low = other if other.lower < low.lower else low
        high = other if other.upper > high.upper else high
    return Enclosure(low.lower, high.upper)


@dataclass(frozen=True)
class Hull(ScalarLaw):
    """A law with parameters anywhere in a box, between its laws at the corners: every tail is monotone in each.

    It encloses the tails of all of them at once, and answers neither in floats nor in fractions.

    Attributes
    ----------
    corners : tuple of ScalarLaw

    Examples
    --------
    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> hull = Hull((BinomialLaw(1, Fraction(1, 4)), BinomialLaw(1, Fraction(1, 2))))
    >>> found = hull.enclose_at(">=", Fraction(1))
    >>> found.lower <= arb(0.25) and arb(0.5) <= found.upper and found.upper < arb(0.51)
    True
    """

    corners: tuple[ScalarLaw, ...]

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return all(law.continuous for law in self.corners)

    def seconds(self, t: float) -> float:
        return sum(law.seconds(t) for law in self.corners)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return union(law.enclose(relation, t) for law in self.corners)

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return union(law.enclose_at(relation, t) for law in self.corners)

    def tighter(self) -> ScalarLaw:
        return Hull(tuple(law.tighter() for law in self.corners))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        ends = [law.support() for law in self.corners]
        return min(low for low, _ in ends), max(high for _, high in ends)


def over_box(law: Any, parameters: Iterable[Any]) -> ScalarLaw:
    """A law of parameters of which some are pieces: the hull of its corners.

    Raises
    ------
    NotImplementedError
        For a law whose tails are not known to be monotone in its parameters, or one that is not defined at a corner.
    """
    given = tuple(parameters)
    if not any(isinstance(p, Piece) for p in given):
        made: ScalarLaw = law(*given)
        return made
    name = getattr(law, "__name__", str(law))
    if not _monotone(law, given):
        raise NotImplementedError(f"the tails of {name} are not known to be monotone in its parameters")
    ends = [dict.fromkeys((p.low, p.high)) if isinstance(p, Piece) else (p,) for p in given]
    try:
        corners = tuple(law(*corner) for corner in product(*ends))
    except ValueError as error:
        raise NotImplementedError(f"{name} is not defined on all of the box: {error}") from error
    return corners[0] if len(corners) == 1 else Hull(corners)


def _monotone(law: Any, given: tuple[Any, ...]) -> bool:
    """Whether every tail is monotone in each parameter that is a piece."""
    if getattr(law, "__name__", "") == "AffineLaw":
        scale = given[1]
        return not isinstance(scale, Piece) or scale.low > 0 or scale.high < 0
    return bool(getattr(law, "monotone", False))
