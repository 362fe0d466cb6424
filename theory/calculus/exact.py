"""Exact numbers: the one converter between SymPy rationals, Fractions, integers and balls."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpz
from sympy import Expr, Rational

__all__ = [
    "Number",
    "exact_ball",
    "exact_fraction",
    "exact_integer",
    "exact_number",
    "exact_value",
    "rational",
    "rational_ball",
]

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


def exact_fraction(value: Any) -> Fraction:
    """A rational number as a Fraction, whole or not; ``ValueError`` as for `rational`.

    Examples
    --------
    >>> exact_fraction(Rational(4, 2)), exact_fraction(3)
    (Fraction(2, 1), Fraction(3, 1))
    """
    # NumPy's integers and SymPy's rationals are of this kind too; python-flint's rationals have only p and q.
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    found = value if isinstance(value, fmpq) else rational(value)
    return Fraction(int(found.p), int(found.q))


def exact_number(value: Any) -> Number:
    """A rational number as an int where it is whole, else as a Fraction.

    Examples
    --------
    >>> exact_number(Rational(4, 2)), exact_number(Rational(1, 3))
    (2, Fraction(1, 3))
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = exact_fraction(value)
    return found.numerator if found.denominator == 1 else found


def rational_ball(value: Rational) -> arb:
    """A SymPy rational as a ball, without a detour: an evaluation meets millions of them.

    Examples
    --------
    >>> rational_ball(Rational(1, 4)) == arb(1) / 4
    True
    """
    return arb(fmpq(int(value.p), int(value.q)))


def exact_ball(value: Number) -> arb:
    """An int or a Fraction as a ball: an int exactly, a Fraction rounded to the working precision.

    Examples
    --------
    >>> exact_ball(7) == 7, exact_ball(Fraction(1, 4)) == arb("0.25"), exact_ball(Fraction(1, 3)).is_exact()
    (True, True, False)
    """
    return arb(fmpz(value)) if isinstance(value, int) else arb(fmpq(value.numerator, value.denominator))


def exact_integer(ball: arb, name: str) -> int:
    """The integer a ball is; `name` says in the message whose value it was.

    Raises
    ------
    ValueError
        For a ball with a radius, or one that is no integer.

    Examples
    --------
    >>> exact_integer(arb(3), "m")
    3
    """
    value = ball.unique_fmpz()
    if value is None or not ball.is_exact():
        raise ValueError(f"{name} must be an integer, found {ball}")
    return int(value)


def exact_value(expr: Expr, cell: Mapping[str, Any]) -> Expr:
    """`expr` with the values of a cell put in exactly; symbols the cell does not know stay.

    Examples
    --------
    >>> from sympy import Symbol
    >>> exact_value(Symbol("m") / 4, {"m": 2})
    1/2
    """
    return expr.subs({s: rational(cell[s.name]) for s in expr.free_symbols if s.name in cell})
