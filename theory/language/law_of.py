"""Laws whose parameters are expressions in the cell: objects that compare, travel to workers and print themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Basic, Expr

from ..calculus.exact import exact_number, exact_value
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
        else is handed on.

    Raises
    ------
    ValueError
        When called at a cell at which a parameter lies outside its domain or an expression is not rational.

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
    """

    __slots__ = ("law", "parameters")

    def __init__(self, law: Callable[..., ScalarLaw], *parameters: Any) -> None:
        self.law, self.parameters = law, parameters

    def __call__(self, cell: Cell) -> ScalarLaw:
        return self.law(*(_at(parameter, cell) for parameter in self.parameters))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LawOf) and (self.law, self.parameters) == (other.law, other.parameters)

    def __hash__(self) -> int:
        return hash((self.law, self.parameters))

    def __repr__(self) -> str:
        return f"{getattr(self.law, '__name__', self.law)}({', '.join(map(repr, self.parameters))})"


def _at(parameter: Any, cell: Cell) -> Any:
    if isinstance(parameter, LawOf):
        return parameter(cell)
    # A random variable names itself; only expressions in the cell have a value there.
    if not isinstance(parameter, Expr) or not parameter.free_symbols:
        return exact_number(parameter) if isinstance(parameter, Basic) and parameter.is_Rational else parameter
    if isinstance(parameter, Parameter):
        value = cell[parameter.name]
        if not parameter.admits(value):
            raise ValueError(f"{parameter} must be {parameter.domain}, found {value}")
        return value
    return exact_number(exact_value(parameter, cell))
