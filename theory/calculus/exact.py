"""Exact numbers: the one converter between SymPy rationals, Fractions, integers and balls."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpz
from sympy import Expr, Rational

__all__ = ["Number", "exact_ball", "exact_number", "exact_value", "rational"]

Number = int | Fraction


def rational(value: Any) -> Rational:
    """An int, a Fraction or anything SymPy reads exactly, as a SymPy rational.

    Raises
    ------
    ValueError
        For a number that is not rational.

    Examples
    --------
    >>> rational(Fraction(1, 3)), rational(2), rational("1/4")
    (1/3, 2, 1/4)
    """
    if isinstance(value, Fraction | int):
        return Rational(value.numerator, value.denominator)
    try:
        found = Rational(value)
    except (TypeError, ValueError):
        found = None
    if found is None or not found.is_Rational:
        raise ValueError(
            f"an exact number must be rational, found {value!r}; pass an integer, a Fraction or a Rational"
        )
    return found


def exact_number(value: Any) -> Number:
    """A rational number as an int where it is whole, else as a Fraction.

    Examples
    --------
    >>> exact_number(Rational(4, 2)), exact_number(Rational(1, 3))
    (2, Fraction(1, 3))
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = rational(value)
    return int(found.p) if found.q == 1 else Fraction(int(found.p), int(found.q))


def exact_ball(value: Number) -> arb:
    """An int or a Fraction as a ball: exact where binary fractions hold it, else at the working precision."""
    return arb(fmpz(value)) if isinstance(value, int) else arb(fmpq(value.numerator, value.denominator))


def exact_value(expr: Expr, cell: Mapping[str, Any]) -> Expr:
    """`expr` with the values of a cell put in exactly; symbols the cell does not know stay.

    Examples
    --------
    >>> from sympy import Symbol
    >>> exact_value(Symbol("m") / 4, {"m": 2})
    1/2
    """
    return expr.subs({s: rational(cell[s.name]) for s in expr.free_symbols if s.name in cell})
