"""Moments of the entries of tensors, as functions of the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Rational, factorial2, gamma, pi, sqrt

__all__ = ["bernoulli_moment", "gaussian_moment", "half_space_moment", "symmetric_moment"]


@dataclass(frozen=True)
class gaussian_moment:
    """Moments of N(0, variance): σ^p (p-1)!! for even p, else 0.

    Examples
    --------
    >>> [gaussian_moment(1)(p) for p in range(7)]
    [1, 0, 1, 0, 3, 0, 15]
    """

    variance: Any

    def __call__(self, p: int) -> Expr:
        return Integer(0) if p % 2 else self.variance ** Rational(p, 2) * (factorial2(p - 1) if p else 1)


@dataclass(frozen=True)
class bernoulli_moment:
    """Moments of a Bernoulli variable: `probability` for every p ≥ 1.

    Examples
    --------
    >>> [bernoulli_moment(Rational(1, 2))(p) for p in range(3)]
    [1, 1/2, 1/2]
    """

    probability: Any

    def __call__(self, p: int) -> Expr:
        return Integer(1) if p == 0 else self.probability


@dataclass(frozen=True)
class symmetric_moment:
    """Moments up to order 4 of a symmetric variable with E X² = variance and E X⁴ = kurtosis variance².

    Examples
    --------
    >>> [symmetric_moment(2, 3)(p) for p in range(5)]
    [1, 0, 2, 0, 12]
    """

    variance: Any
    kurtosis: Any

    def __call__(self, p: int) -> Expr:
        known = {0: Integer(1), 2: self.variance, 4: self.kurtosis * self.variance**2}
        if p % 2:
            return Integer(0)
        if p not in known:
            raise ValueError(f"a symmetric variable given by two moments has no known moment of order {p}")
        return known[p]


@dataclass(frozen=True)
class half_space_moment:
    """Joint moments of h ~ N(0, 1) and 1[h > 0]: E h^p, or ½ E|h|^p once the mask appears.

    Attributes
    ----------
    value, mask : str
        Names of the tensors that hold h and 1[h > 0].

    Examples
    --------
    >>> moment = half_space_moment("h", "D")
    >>> moment({"h": 2}), moment({"h": 2, "D": 1}), moment({"D": 3})
    (1, 1/2, 1/2)
    """

    value: str
    mask: str

    def __call__(self, powers: Mapping[str, int]) -> Expr:
        p = powers.get(self.value, 0)
        if not powers.get(self.mask, 0):
            return gaussian_moment(Integer(1))(p)
        return sqrt(2) ** p * gamma(Rational(p + 1, 2)) / (2 * sqrt(pi))
