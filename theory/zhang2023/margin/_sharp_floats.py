"""J, τ, I and A in floats, arranged so that neither m ≫ d nor d ≫ m loses digits (whp S4)."""

from __future__ import annotations

import math
from typing import Any

from ...calculus.validate import real, size

__all__ = ["J", "exponent", "rate", "tau"]


def J(rho: float) -> float:
    """J(ρ) = log 2 − (3/2) log(ρ^{1/3} + (1−ρ)^{1/3}) for ρ in [0, 1], dimensionless; 0 at ½ and log 2 at 0 and 1.

    Examples
    --------
    >>> round(J(0.1), 6)
    0.157005
    """
    rho = real(rho, "rho")
    if not 0.0 <= rho <= 1.0:
        raise ValueError(f"rho must lie in [0, 1], found {rho}; pass a share of ‖a‖²")
    return math.log(2) - 1.5 * math.log(math.cbrt(rho) + math.cbrt(1.0 - rho))


def tau(gamma: float) -> float:
    """τ(γ) = (√(γ²+4γ) − γ)/2 in (0, 1), for γ = m/d > 0; τ³/(1+τ³) is the most likely ρ of a failure."""
    gamma = _ratio(gamma)
    return 2.0 * gamma / (math.sqrt(gamma * gamma + 4.0 * gamma) + gamma)


def rate(gamma: float) -> float:
    """I(γ) = −lim (1/d) log P(Q ≤ 0) at m/d → γ, dimensionless (natural logarithm).

    Raises
    ------
    ValueError
        Unless γ is positive and finite.

    Examples
    --------
    >>> round(rate(1), 6), round(2 * rate(1e9) / math.log(2), 6)
    (0.183265, 1.0)
    """
    gamma = _ratio(gamma)
    root = math.sqrt(gamma * gamma + 4.0 * gamma)
    # 4(1−τ+τ²)/(1+τ)² = 1 + 3((1−τ)/(1+τ))², and the quotient is this without cancellation.
    quotient = 4.0 * gamma / ((root + gamma) * (root + 3.0 * gamma))
    return 0.5 * math.log1p(tau(gamma) ** 3) + gamma / 2.0 * math.log1p(3.0 * quotient * quotient)


def exponent(m: int, d: int) -> float:
    """A(m, d) = d I(m/d), with P(Q ≤ 0) ≤ ½ e^{−A} + 2^{−m−1} ≤ e^{−A} for all m, d ≥ 1.

    Examples
    --------
    >>> round(exponent(1024, 64), 4)
    20.8069
    """
    m, d = size(m, "width m"), size(d, "input dimension d")
    return d * rate(m / d)


def _ratio(gamma: Any) -> float:
    number = real(gamma, "gamma")
    if not number > 0.0:
        raise ValueError(f"gamma = m/d must be positive, found {number}; pass a positive ratio")
    return number
