"""Certified rates and bounds at a threshold (whp S6)."""

from __future__ import annotations

from fractions import Fraction

import sympy
from flint import arb
from sympy import Expr, Symbol

from ...calculus.enclosure import Enclosure, workprec
from ...calculus.evaluate import enclose
from ...calculus.exact import exact_ball, rational
from ._ball import failure_enclosure
from ._route_bounds import best_norm, threshold_minimiser
from ._sharp_forms import J_expr, threshold_cost_expr, threshold_slope_expr

__all__ = ["enclose_any_below", "enclose_threshold_rate"]

_RHO = Symbol("rho", positive=True)
_BITS = 256


def enclose_threshold_rate(t: Fraction, gamma: Fraction) -> Enclosure:
    """Enclose I^q_t(γ) = min_{t ≤ ρ ≤ ½} [c_t(ρ) + γ J(ρ)] for 0 < t < ½.

    The minimand is convex, so its value at any point bounds the minimum from above, and its tangent there from below.
    """
    point_t, ratio = rational(t), rational(gamma)
    value = threshold_cost_expr(_RHO, point_t) + ratio * J_expr(_RHO)
    slope = threshold_slope_expr(_RHO, point_t) + ratio * sympy.diff(J_expr(_RHO), _RHO)
    with workprec(_BITS):
        point = _stationary(slope, threshold_minimiser(float(t), float(gamma)))
        top, steepness = enclose(value, {"rho": point}, _BITS), abs(enclose(slope, {"rho": point}, _BITS))
        return Enclosure((top - steepness / 2).lower(), top.upper())


def _stationary(slope: Expr, start: float) -> arb:
    """A point where the slope vanishes to about the working precision, by secant steps from a float."""
    before, point = arb(start) + arb(2) ** -40, arb(start)
    at_before = enclose(slope, {"rho": before}, _BITS)
    for _ in range(6):
        at_point = enclose(slope, {"rho": point}, _BITS)
        change = at_point - at_before
        if not (abs(change) > 0 and abs(at_point) > arb(2) ** (16 - _BITS)):
            break
        before, at_before, point = point, at_point, (point - at_point * (point - before) / change).mid()
    return point


def enclose_any_below(m: int, d: int, n: int, t: Fraction, log_guess: float) -> Enclosure:
    """Certified bounds on P(some of n margins ≤ t), 0 < t < ½: from p₀(m, d) up to S6's bound at a good s₀.

    Not tight: the upper end is (s₀ e^{1−s₀})^{m/2} + n exp(−d I^q_{t/s₀}(m/d)), with the right exponent.
    """
    lower = failure_enclosure(m, d, "gaussian", log_guess).lower
    norm = Fraction(best_norm(m, d, n, float(t)))
    rate = enclose_threshold_rate(t / norm, Fraction(m, d))
    with workprec(_BITS):
        s = exact_ball(norm)
        upper = ((s.log() + 1 - s) * m / 2).exp() + n * (-d * rate.ball).exp()
        return Enclosure(lower, upper.upper().min(arb(1)))
