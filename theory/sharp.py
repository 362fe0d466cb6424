"""Sharp rates and sizes: J, τ, I, A and what follows from them (whp S4–S8)."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr, Rational, log, sqrt

__all__ = ["J_expr", "exponent_expr", "rate_expr", "tau_expr"]


def J_expr(rho: Any) -> Expr:
    """J(ρ) = log 2 − (3/2) log(ρ^{1/3} + (1−ρ)^{1/3}), the rate of ρ = ‖Da‖²/‖a‖² per unit of width (whp S4)."""
    rho = sympy.sympify(rho)
    third = Rational(1, 3)
    return log(2) - Rational(3, 2) * log(rho**third + (1 - rho) ** third)


def tau_expr(gamma: Any) -> Expr:
    """τ(γ) = (√(γ² + 4γ) − γ)/2, where τ³/(1+τ³) is the ratio ρ a failure most likely has (whp S4)."""
    gamma = sympy.sympify(gamma)
    return (sqrt(gamma**2 + 4 * gamma) - gamma) / 2


def rate_expr(gamma: Any) -> Expr:
    """I(γ) = ½ log(1+τ³) + (γ/2) log(4(1−τ+τ²)/(1+τ)²), the exponent of P(Q ≤ 0) per dimension (whp S4)."""
    gamma = sympy.sympify(gamma)
    tau = tau_expr(gamma)
    return log(1 + tau**3) / 2 + gamma / 2 * log(4 * (1 - tau + tau**2) / (1 + tau) ** 2)


def exponent_expr(m: Any, d: Any) -> Expr:
    """A(m, d) = d I(m/d), with P(Q ≤ 0) ≤ e^{−A} for all m, d ≥ 1 (whp S4)."""
    m, d = sympy.sympify(m), sympy.sympify(d)
    return d * rate_expr(m / d)
