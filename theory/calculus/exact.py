"""One converter between SymPy rationals, Fractions and balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Rational

__all__ = ["exact_number"]


def exact_number(value: Any) -> int | Fraction:
    """A listed value as an int or a Fraction."""
    exact = Rational(value)
    return int(exact.p) if exact.q == 1 else Fraction(int(exact.p), int(exact.q))
