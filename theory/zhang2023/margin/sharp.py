"""Sharp rates and bounds of the failure probability, and what they ask of the width and the dimension (whp S4-S8).

For all m, d ≥ 1, P(Q ≤ 0) ≤ ½ e^{−A(m,d)} + 2^{−m−1} ≤ e^{−A(m,d)} with A(m, d) = d I(m/d), the right exponent
without a prefactor; P(Q ≤ 0) ≤ C(e^{−c₁d} + e^{−c₂m}) holds for some C iff c₁ ≤ I(c₁/c₂), and then C = 1 will do.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal, overload

import scipy
import sympy
from sympy import Symbol

from ...calculus.enclosure import Enclosure, workprec
from ...calculus.evaluate import enclosure
from ...calculus.exact import rational
from ...calculus.validate import exact, real
from ._required_size import BOUNDS, SIGN_BOUNDS, RequiredSize, required_size, required_sizes
from ._route_bounds import chernoff_threshold, log_threshold_bound, sign_exponent, threshold_rate_float
from ._sharp_floats import J, exponent, rate, tau
from ._sharp_forms import (
    J_curvature_expr,
    J_expr,
    bernstein_constant_expr,
    entropy_expr,
    exponent_expr,
    leaky_bound_expr,
    mask_rate_expr,
    prefactor_expr,
    product_rate_expr,
    rate_expr,
    tau_expr,
    threshold_cost_expr,
    threshold_curvature_expr,
    threshold_slope_expr,
)
from ._sign_floats import log_agreement_failure, sign_noise_exponent, sign_noise_rate
from ._threshold_ball import enclose_threshold_rate

__all__ = [
    "BOUNDS",
    "SIGN_BOUNDS",
    "J",
    "J_curvature_expr",
    "J_expr",
    "RequiredSize",
    "admits",
    "bernstein_constant_expr",
    "entropy_expr",
    "exponent",
    "exponent_expr",
    "frontier",
    "leaky_bound_expr",
    "log_agreement_failure",
    "log_threshold_bound",
    "mask_rate_expr",
    "prefactor_expr",
    "product_rate_expr",
    "rate",
    "rate_expr",
    "required_size",
    "required_sizes",
    "sign_exponent",
    "sign_noise_exponent",
    "sign_noise_rate",
    "tau",
    "tau_expr",
    "threshold_constant",
    "threshold_cost_expr",
    "threshold_curvature_expr",
    "threshold_rate",
    "threshold_slope_expr",
]

_NORM = Symbol("s_0", positive=True)
_BITS = 256


@overload
def frontier(gamma: Any, *, certified: Literal[False] = ...) -> tuple[float, float]: ...
@overload
def frontier(gamma: Any, *, certified: Literal[True]) -> tuple[Enclosure, Enclosure]: ...
def frontier(gamma: Any, *, certified: bool = False) -> tuple[float, float] | tuple[Enclosure, Enclosure]:
    """Best constants (c₁, c₂) = (I(γ), I(γ)/γ) of P(Q ≤ 0) ≤ C(e^{−c₁d} + e^{−c₂m}) with c₁/c₂ = γ (whp S4).

    Parameters
    ----------
    gamma : float or rational
        Ratio c₁/c₂ > 0.
    certified : bool
        Return enclosures (a float γ means the binary fraction it stores).

    Examples
    --------
    >>> [round(c, 6) for c in frontier(1)]
    [0.183265, 0.183265]
    """
    if not certified:
        return rate(gamma), rate(gamma) / real(gamma, "gamma")
    ratio = _positive(gamma, "gamma")
    value = rate_expr(rational(ratio))
    return enclosure(value, prec=_BITS), enclosure(value / rational(ratio), prec=_BITS)


def admits(c1: Any, c2: Any) -> bool | None:
    """Whether P(Q ≤ 0) ≤ C(e^{−c₁d} + e^{−c₂m}) for all m, d with some C (then C = 1): iff c₁ ≤ I(c₁/c₂) (whp S4).

    Parameters
    ----------
    c1, c2 : int, Fraction or float
        Positive constants, taken exactly.

    Returns
    -------
    bool or None
        Decided in ball arithmetic; None when the two sides agree to 250 bits.

    Examples
    --------
    >>> admits(0.18, 0.18), admits(Fraction(1, 5), Fraction(1, 5))
    (True, False)
    """
    first, second = _positive(c1, "c1"), _positive(c2, "c2")
    left, right = enclosure(rational(first), prec=_BITS), enclosure(rate_expr(rational(first / second)), prec=_BITS)
    return left.compare("<=", right)


@overload
def threshold_rate(t: Any, gamma: Any, *, certified: Literal[False] = ...) -> float: ...
@overload
def threshold_rate(t: Any, gamma: Any, *, certified: Literal[True]) -> Enclosure: ...
def threshold_rate(t: Any, gamma: Any, *, certified: bool = False) -> float | Enclosure:
    """I^q_t(γ) = min_{t ≤ ρ ≤ ½} [c_t(ρ) + γ J(ρ)], with P(Q ≤ t‖a‖²) ≤ exp(−d I^q_t(m/d)) (whp S6).

    Parameters
    ----------
    t : float or rational
        Threshold in (0, ½).
    gamma : float or rational
        m/d > 0.
    certified : bool
        Return an enclosure: the minimand is convex, so its tangent at one point bounds it from below.

    Raises
    ------
    ValueError
        Unless 0 < t < ½ and γ > 0.

    Examples
    --------
    >>> round(threshold_rate(1 / 32, 1), 8)
    0.14816626
    >>> threshold_rate(Fraction(1, 32), 1, certified=True).relative_radius < 1e-20
    True
    """
    chernoff_threshold(t)
    point, ratio = exact(t, "threshold t"), _positive(gamma, "gamma")
    if not certified:
        return threshold_rate_float(float(point), float(ratio))
    return enclose_threshold_rate(point, ratio)


@overload
def threshold_constant(t: Any, *, certified: Literal[False] = ...) -> float: ...
@overload
def threshold_constant(t: Any, *, certified: Literal[True]) -> Enclosure: ...
def threshold_constant(t: Any, *, certified: bool = False) -> float | Enclosure:
    """Best C of S6's corollary: min(m, d) ≥ C log((n+1)/δ) makes all n margins exceed t with probability ≥ 1 − δ.

    C = min over s₀ of max(2/(s₀ − 1 − log s₀), 1/I^q_{t/s₀}(1)): the first falls short of nothing but the norm, the
    second of the margins given it; the first rises in s₀ and the second falls (whp S6).

    Examples
    --------
    >>> round(threshold_constant(1 / 64), 3)
    7.022
    >>> bool(threshold_constant(Fraction(1, 64), certified=True).upper < 7.1)
    True
    """
    chernoff_threshold(t)
    point = exact(t, "threshold t")
    low, high = 2.0 * float(point), 1.0

    def gap(s: float) -> float:
        return 2.0 / (s - 1.0 - math.log(s)) - 1.0 / threshold_rate_float(float(point) / s, 1.0)

    crossing = float(scipy.optimize.brentq(gap, low + 1e-6 * (high - low), high - 1e-6 * (high - low), xtol=1e-15))
    if not certified:
        return 2.0 / (crossing - 1.0 - math.log(crossing))
    norm = Fraction(crossing)
    of_norm = enclosure(2 / (_NORM - 1 - sympy.log(_NORM)), {"s_0": norm}, _BITS)
    of_margins = threshold_rate(point / norm, 1, certified=True)
    with workprec(_BITS):
        inverse = Enclosure.of(1 / of_margins.ball)
        # At any s₀ the smaller of the two bounds the best constant from below, the larger from above.
        return Enclosure(of_norm.lower.min(inverse.lower), of_norm.upper.max(inverse.upper))


def _positive(value: Any, name: str) -> Fraction:
    number = exact(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be positive, found {value}; pass a positive number")
    return number
