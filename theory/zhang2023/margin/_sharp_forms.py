"""The closed forms behind the sharp bounds, as functions of SymPy expressions (whp S4, S6, S7, S8).

LaTeX, floats and enclosures of J, τ, I, A, c_t and c* all come from these, so they cannot drift apart.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr, Rational, log, pi, sqrt

__all__ = [
    "J_curvature_expr",
    "J_expr",
    "bernstein_constant_expr",
    "entropy_expr",
    "exponent_expr",
    "leaky_bound_expr",
    "mask_rate_expr",
    "prefactor_expr",
    "product_rate_expr",
    "rate_expr",
    "tau_expr",
    "threshold_cost_expr",
    "threshold_curvature_expr",
    "threshold_slope_expr",
]

_HALF = Rational(1, 2)


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
    return _log(1 + tau**3) / 2 + gamma / 2 * _log(4 * (1 - tau + tau**2) / (1 + tau) ** 2)


def exponent_expr(m: Any, d: Any) -> Expr:
    """A(m, d) = d I(m/d), with P(Q ≤ 0) ≤ e^{−A} for all m, d ≥ 1 (whp S4)."""
    m, d = sympy.sympify(m), sympy.sympify(d)
    return d * rate_expr(m / d)


def prefactor_expr(gamma: Any, d: Any) -> Expr:
    """(1−τ+τ²)/√(πdτ³(2−τ)): P(Q ≤ 0) is (1 + o(1)) times this times e^{−A} at fixed γ = m/d (whp S4)."""
    tau = tau_expr(gamma)
    return (1 - tau + tau**2) / sqrt(pi * sympy.sympify(d) * tau**3 * (2 - tau))


def threshold_cost_expr(rho: Any, t: Any) -> Expr:
    """c_t(ρ) = −(2t−x)/(2(1−ρ)) + ½ log(ρx/(2t²)) for 0 < t < ρ, the rate of Q ≤ t‖a‖² given ρ (whp S6).

    x = R − (1−ρ) with R = √((1−ρ)² + 4t²/ρ); it is written as (4t²/ρ)/(R + 1 − ρ).
    """
    rho, t = sympy.sympify(rho), sympy.sympify(t)
    x = _root(rho, t)
    return -(2 * t - x) / (2 * (1 - rho)) + log(rho * x / (2 * t**2)) / 2


def threshold_slope_expr(rho: Any, t: Any) -> Expr:
    """dc_t/dρ = (x(3ρ−1) + 2ρ(1−ρ) − 4tρ)/(4ρ(1−ρ)²) for 0 < t < ρ (whp S6)."""
    rho, t = sympy.sympify(rho), sympy.sympify(t)
    x = _root(rho, t)
    return (x * (3 * rho - 1) + 2 * rho * (1 - rho) - 4 * t * rho) / (4 * rho * (1 - rho) ** 2)


def threshold_curvature_expr(rho: Any, t: Any) -> Expr:
    """d²c_t/dρ² for 0 < t < ρ, where dx/dρ = 1 − ((1−ρ) + 2t²/ρ²)/(x + 1 − ρ) (whp S6)."""
    rho, t = sympy.sympify(rho), sympy.sympify(t)
    x = _root(rho, t)
    dx = 1 - (1 - rho + 2 * t**2 / rho**2) / sqrt((1 - rho) ** 2 + 4 * t**2 / rho)
    top = x * (3 * rho - 1) + 2 * rho * (1 - rho) - 4 * t * rho
    slope = dx * (3 * rho - 1) + 3 * x + 2 - 4 * rho - 4 * t
    return (slope * rho * (1 - rho) - top * (1 - 3 * rho)) / (4 * rho**2 * (1 - rho) ** 3)


def J_curvature_expr(rho: Any) -> Expr:
    """d²J/dρ² for 0 < ρ < 1 (whp S6)."""
    rho = sympy.sympify(rho)
    third, two_thirds, five_thirds = (Rational(k, 3) for k in (1, 2, 5))
    total = rho**third + (1 - rho) ** third
    slope = (1 - rho) ** -two_thirds - rho**-two_thirds
    return (2 * rho**-five_thirds + 2 * (1 - rho) ** -five_thirds + slope**2 / total) / (6 * total)


def product_rate_expr(epsilon: Any) -> Expr:
    """I_×(ε) = λε + ½ log(1−λ²), λ = (√(1+4ε²) − 1)/(2ε): the rate of a mean of products of normals (whp S7)."""
    epsilon = sympy.sympify(epsilon)
    lam = (sqrt(1 + 4 * epsilon**2) - 1) / (2 * epsilon)
    return lam * epsilon + _log(1 - lam**2) / 2


def bernstein_constant_expr() -> Expr:
    """c* = I_×(2/π), the constant of the Bernstein bound (zhang2023, lem6.3) for products of normals (whp S7)."""
    return product_rate_expr(2 / pi)


def mask_rate_expr(lam: Any, share: Any) -> Expr:
    """−λ·share − log(½ + ½(1+2λ)^{−1/2}), λ > 0: a Chernoff rate of ‖Da‖² ≤ share per unit of width (whp S7)."""
    lam, share = sympy.sympify(lam), sympy.sympify(share)
    return -lam * share - log(_HALF + 1 / (2 * sqrt(1 + 2 * lam)))


def entropy_expr(rho: Any) -> Expr:
    """log 2 − H(ρ), the rate of the share of active units, ρ = k/m for a readout of signs (whp S8)."""
    rho = sympy.sympify(rho)
    return log(2) + rho * log(rho) + (1 - rho) * log(1 - rho)


def leaky_bound_expr(leak: Any, d: Any) -> Expr:
    """½((1−c)/(1+c))^d, a bound on P(Q ≤ 0) at every width for a leaky ReLU of slope c (whp S8)."""
    leak = sympy.sympify(leak)
    return ((1 - leak) / (1 + leak)) ** sympy.sympify(d) / 2


def _log(x: Expr) -> Expr:
    """log x of an x that has no simpler one, which SymPy would look for long."""
    return log(x, evaluate=False)


def _root(rho: Expr, t: Expr) -> Expr:
    """x = √((1−ρ)² + 4t²/ρ) − (1−ρ), without cancellation."""
    return 4 * t**2 / rho / (sqrt((1 - rho) ** 2 + 4 * t**2 / rho) + 1 - rho)
