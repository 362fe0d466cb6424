"""Validation of sizes, thresholds and probabilities: what was wrong, what was found, what is needed."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

from flint import fmpq

from .exact import exact_fraction

__all__ = ["as_float", "exact", "nonnegative_int", "probability", "real", "size"]

_LARGEST_SIZE = 2**53


def size(value: Any, name: str, *, least: int = 1) -> int:
    """Return `value` as an int in [least, 2**53].

    Raises
    ------
    TypeError
        If it is not an integer (a boolean or a float is not).
    ValueError
        If it is out of range: beyond 2**53 a float no longer tells neighbouring sizes apart.

    Examples
    --------
    >>> size(64, "width m")
    64
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, found {value!r}; pass an integer of at least {least}") from None
    if not least <= number <= _LARGEST_SIZE:
        raise ValueError(f"{name} must lie in [{least}, 2**53], found {number}; pass an integer in that range")
    return number


def nonnegative_int(value: Any, name: str) -> int:
    """`size` with 0 allowed."""
    return size(value, name, least=0)


def real(value: Any, name: str, *, infinite: bool = False) -> float:
    """Return `value` as a float; NaN is refused, and so is infinity unless `infinite` is true."""
    number = as_float(value, name)
    if math.isnan(number) or (not infinite and math.isinf(number)):
        needed = "a real number" if infinite else "a finite number"
        raise ValueError(f"{name} must be {needed}, found {number}; pass {needed}")
    return number


def exact(value: Any, name: str) -> Fraction:
    """Return `value` as an exact rational (a float means the binary fraction it stores).

    Raises
    ------
    TypeError, ValueError
        For what is no number, and for NaN and infinities.

    Examples
    --------
    >>> exact(0.25, "t"), exact(Fraction(1, 3), "t")
    (Fraction(1, 4), Fraction(1, 3))
    """
    if isinstance(value, Rational | fmpq):
        return exact_fraction(value)
    return Fraction(real(value, name))


def probability(value: Any, name: str) -> float:
    """Return `value` as a float strictly between 0 and 1."""
    number = as_float(value, name)
    if not 0.0 < number < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1, found {number}; pass a probability such as 0.01")
    return number


def as_float(value: Any, name: str) -> float:
    if isinstance(value, (str, bytes, bool)) or not (isinstance(value, Real) or hasattr(value, "__float__")):
        raise TypeError(f"{name} must be a real number, found {value!r}; pass a float or a rational")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be a real number, found {value!r}; pass a float or a rational") from None
