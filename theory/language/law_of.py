"""Laws whose parameters are expressions in the cell: objects that compare, travel to workers and print themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import ctx
from sympy import Basic, Expr, ceiling, floor, frac

from ..calculus.enclosure import workprec
from ..calculus.evaluate import enclose
from ..calculus.exact import exact_fraction, exact_number, exact_value
from ..laws.hull import Piece, over_box
from ..laws.protocol import ScalarLaw
from .cells import Cell
from .parameters import Parameter

__all__ = ["LawOf"]


class LawOf:
    """The law of a random variable as a function of the cell.

    Parameters
    ----------
    law : callable
        A `ScalarLaw` class.
    *parameters : object
        Its arguments: SymPy expressions are evaluated exactly at the cell, other `LawOf` become laws there, anything
        else is handed on. An expression that is not rational there, or that takes the values of a `Piece` of a real
        parameter, becomes a `Hull` of the law over an interval that contains it.

    Raises
    ------
    ValueError
        When called at a cell at which a parameter lies outside its domain.
    NotImplementedError
        When an expression is not rational there, and the law not known to be monotone in it.

    Examples
    --------
    >>> from whp.theory import size
    >>> from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw
    >>> k = size("k")
    >>> mean_square = LawOf(AffineLaw, LawOf(ChiSquareLaw, k), 1 / k)
    >>> mean_square({"k": 4})
    AffineLaw(base=ChiSquareLaw(k=4), scale=Fraction(1, 4), shift=Fraction(0, 1))
    >>> mean_square == LawOf(AffineLaw, LawOf(ChiSquareLaw, k), 1 / k)
    True
    >>> from fractions import Fraction
    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> LawOf(BinomialLaw, 2, 1 / k)({"k": 3}).fraction(">=", Fraction(1))
    Fraction(5, 9)
    """

    __slots__ = ("law", "parameters")

    def __init__(self, law: Callable[..., ScalarLaw], *parameters: Any) -> None:
        self.law, self.parameters = law, parameters

    def __call__(self, cell: Cell) -> ScalarLaw:
        return over_box(self.law, [_at(parameter, cell) for parameter in self.parameters])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LawOf) and (self.law, self.parameters) == (other.law, other.parameters)

    def __hash__(self) -> int:
        return hash((self.law, self.parameters))

    def __repr__(self) -> str:
        return f"{getattr(self.law, '__name__', self.law)}({', '.join(map(repr, self.parameters))})"


# Bits to which a parameter that is not rational is enclosed, at least.
_BITS = 192


def _at(parameter: Any, cell: Cell) -> Any:
    if isinstance(parameter, LawOf):
        return parameter(cell)
    # A random variable names itself; only expressions in the cell have a value there.
    if not isinstance(parameter, Expr):
        return exact_number(parameter) if isinstance(parameter, Basic) and parameter.is_Rational else parameter
    if parameter.is_Rational:
        return exact_number(parameter)
    if isinstance(parameter, Parameter):
        value = cell[parameter.name]
        if not isinstance(value, Piece) and not parameter.admits(value):
            raise ValueError(f"{parameter} must be {parameter.domain}, found {value}")
        return value
    if not parameter.free_symbols and not parameter.is_number:
        return parameter
    ranged = [s for s in parameter.free_symbols if isinstance(cell.get(s.name), Piece)]
    if not ranged:
        value = exact_value(parameter, cell)
        if value.is_Rational or not value.is_number:
            return exact_number(value)
    with workprec(max(_BITS, int(ctx.prec))):
        return _range(parameter, cell, ranged)


def _range(parameter: Expr, cell: Mapping[str, Any], ranged: list[Any]) -> Piece:
    """All values of an expression in a cell of which some values are pieces."""
    balls = {**cell, **{s.name: cell[s.name].ball for s in ranged}}
    if len(ranged) == 1 and not parameter.has(floor, ceiling, frac):
        # In one variable the ends of the range are at its ends, where the derivative has a sign.
        (symbol,) = ranged
        slope = enclose(parameter.diff(symbol), balls, ctx.prec)
        if slope.is_finite() and (slope >= 0 or slope <= 0):
            piece = cell[symbol.name]
            first, last = (_at_end(parameter, {**cell, symbol.name: end}) for end in (piece.low, piece.high))
            return Piece(min(first.low, last.low), max(first.high, last.high))
    return Piece.of(enclose(parameter, balls, ctx.prec))


def _at_end(parameter: Expr, cell: Mapping[str, Any]) -> Piece:
    """An expression at exact values, exactly where it is rational."""
    value = exact_value(parameter, cell)
    if value.is_Rational:
        exact = exact_fraction(value)
        return Piece(exact, exact)
    return Piece.of(enclose(parameter, cell, ctx.prec))
