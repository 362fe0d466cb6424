"""What the closed forms of the continuous laws share: checked parameters, decided conditions, ratios of gammas."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Expr, Mul, gamma, oo, sympify

from ..calculus.validate import exact

__all__ = ["decided_positive", "gamma_ratio", "positive", "real_line_power"]

# Up to such powers a ratio of gammas is written as a product.
_WRITTEN = 64


def positive(value: Any, name: str) -> Fraction:
    """A law's parameter as an exact positive number.

    Raises
    ------
    TypeError, ValueError
        For what is no number, and for one that is not positive.

    Examples
    --------
    >>> positive(2, "the shape of a gamma variable")
    Fraction(2, 1)
    """
    found = exact(value, name)
    if found <= 0:
        raise ValueError(f"{name} must be positive, found {value}")
    return found


def decided_positive(condition: Any) -> bool:
    """Whether an expression is positive.

    Raises
    ------
    NotImplementedError
        Where the assumptions on its symbols do not decide it.

    Examples
    --------
    >>> from sympy import Symbol
    >>> decided_positive(Symbol("k", positive=True) + 1)
    True
    """
    found = sympify(condition).is_positive
    if found is None:
        raise NotImplementedError(f"whether {condition} is positive is not decided by what is known of its symbols")
    return bool(found)


def gamma_ratio(base: Any, power: Any, step: int = 1) -> Expr:
    """E G^power = Γ(base + power) / Γ(base) for a gamma variable G of this shape and scale 1; `oo` where infinite.

    Parameters
    ----------
    base, power : Expr
    step : int
        A product for a whole power has factors ``step base + step i``, divided by their common denominator.

    Examples
    --------
    >>> from sympy import Rational, Symbol
    >>> k = Symbol("k", positive=True)
    >>> gamma_ratio(k, 2), gamma_ratio(k, Rational(1, 2)), gamma_ratio(k, -k)
    (k*(k + 1), gamma(k + 1/2)/gamma(k), oo)
    """
    base, power = sympify(base), sympify(power)
    if not decided_positive(base + power):
        return oo
    if power.is_Integer and abs(power) <= _WRITTEN:
        count = abs(int(power))
        start = base if power >= 0 else base + power
        product = Mul(*((step * (start + i)) for i in range(count))) / step**count
        return product if power >= 0 else 1 / product
    return gamma(base + power) / gamma(base)


def real_line_power(power: Any) -> int | None:
    """The whole power of a variable with density around 0, or None where a negative one leaves no finite moment.

    Raises
    ------
    NotImplementedError
        For a power that is no whole number: of a negative value it is no real number.

    Examples
    --------
    >>> real_line_power(4), real_line_power(-1)
    (4, None)
    """
    power = sympify(power)
    if not power.is_Integer:
        raise NotImplementedError(f"the moment of power {power} of a variable with both signs; pass an integer")
    return int(power) if power >= 0 else None
