"""Our own statements beyond Theorem 3.1: thresholds, the repaired route, other activations and readouts, and
adversarial examples (S6, S7, S8, S10, S11).
"""

from __future__ import annotations

from sympy import Abs, Integer, Rational, Sum, atan, betainc_regularized, binomial, exp, log, pi, sqrt

from ...calculus.functions import Phi
from ...language.events import Event
from ...language.heads import Law, P
from ...language.parameters import real, size
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..margin.rates import example_failure, sign_readout_exponent, threshold_rate
from ..margin.sharp import (
    J_curvature_expr,
    bernstein_constant_expr,
    leaky_bound_expr,
    product_rate_expr,
    threshold_curvature_expr,
    threshold_slope_expr,
)
from ..models.initial import (
    a_Dh,
    a_h,
    critical_angle,
    critical_angle_path,
    critical_angle_scalar,
    cross_D,
    margin,
    margin_leaky,
    margin_positive,
    margin_ratio,
    margin_signs,
    norm_aD2,
    output_scalar,
    product_sum,
    projected_direct,
    projected_scalar,
    readout_scalar,
    signed_example,
)
from ..printed.lemma_6_1 import SIZE_AT_32
from ..printed.lemma_6_3 import S7_BERNSTEIN
from ..symbols import d, delta, least, m, n
from .exact_laws import expected_tail, p0

__all__ = ["STATEMENTS"]

_HALF = Rational(1, 2)
_k = size("k")
_t = real("t", 0)
_s0 = real("s_0", 0)
_size = real("C", 0)
_x = real("x", 0)
_rho = real("rho", 0, _HALF, closed="right")
_leak = real("c", 0)
_eta = real("eta", 0)


def _source(part: str) -> Source:
    return Source("whp", part)


# Thresholds, the sizes they ask for, and the norm paid for once: ½(s₀−1−log s₀) = I^q_{t/s₀}(1) there.
_THRESHOLDS = (
    {_t: Rational(1, 64), _size: Rational(703, 100), _s0: Rational(211, 500)},
    {_t: Rational(1, 32), _size: SIZE_AT_32, _s0: Rational(929, 2000)},
    {_t: Rational(1, 16), _size: Rational(617, 50), _s0: Rational(533, 1000)},
)
# The law at a threshold costs a quarter of a second per cell, and seconds where samples share the norm.
_SIZES = {"m": (64, 1024), "d": (16, 64, 256), "n": (1, 100)}
_NORM = (_s0 * exp(1 - _s0)) ** (m / 2)

S6 = Statement(
    "S6",
    "sharp",
    "Failure bound at a threshold relative to ‖a‖²",
    _source("S6"),
    (Claim((Link(P(Event(margin_ratio, "<=", _t)), "<=", exp(-d * threshold_rate(_t, m / d))),)),),
    uses=("S1",),
    points=({_t: Rational(1, 32)}, {_t: Rational(1, 4)}),
    grid=_SIZES,
)

S6_SHARED = Statement(
    "S6.shared",
    "sharp",
    "All margins exceed a threshold: the norm of the readout is shared and paid for once",
    _source("S6"),
    (
        Claim(
            (
                Link(
                    P(Event(margin, ">", _t, n)),
                    ">=",
                    1 - _NORM - n * exp(-d * threshold_rate(_t / _s0, m / d)),
                ),
            )
        ),
    ),
    (Hypothesis(_s0 > 2 * _t, "s₀ > 2t"), Hypothesis(_s0 < 1, "s₀ < 1")),
    uses=("S6",),
    points=tuple({_t: p[_t], _s0: p[_s0]} for p in _THRESHOLDS),
    grid=_SIZES,
)

S6_CONSTANTS = Statement(
    "S6.constants",
    "sharp",
    "The sizes that S6.shared asks for at m = d, certified",
    _source("S6"),
    (
        Claim((Link(_size * (_s0 - 1 - log(_s0)) / 2, ">=", 1),)),
        Claim((Link(_size * threshold_rate(_t / _s0, 1), ">=", 1),)),
    ),
    uses=("S6.shared",),
    points=_THRESHOLDS,
)

S6_COROLLARY = Statement(
    "S6.corollary",
    "sharp",
    "min(m, d) ≥ C log((n+1)/δ) makes all margins exceed t: C = 7.03, 8.66, 12.34 at t = 1/64, 1/32, 1/16",
    _source("S6"),
    (
        Claim(
            (Link(P(Event(margin, ">", _t, n)), ">=", 1 - (n + 1) * exp(-least(m, d) / _size)),),
        ),
    ),
    uses=("S6.shared", "S6.constants"),
    points=tuple({_t: p[_t], _size: p[_size]} for p in _THRESHOLDS),
    grid=_SIZES,
)

S6_CONVEX = Statement(
    "S6.convex",
    "sharp",
    "The slope of the cost c_t is positive and grows with ρ, and J is convex: their least sum is found by trisection",
    _source("S6"),
    (
        Claim((Link(threshold_slope_expr(_rho, _t), ">", 0),)),
        Claim((Link(threshold_curvature_expr(_rho, _t), ">", 0),)),
        Claim((Link(J_curvature_expr(_rho), ">", 0),)),
    ),
    (Hypothesis(_rho > _t, "ρ > t"),),
    points=tuple({_t: p[_t], _rho: p[_t] + Rational(j, 32)} for p in _THRESHOLDS for j in range(1, 14)),
)

_C_STAR = bernstein_constant_expr()

S7_PRODUCT = Statement(
    "S7.product",
    "sharp",
    "Bernstein's inequality for d products of two independent normals, with the constant c* = I_×(2/π)",
    _source("S7"),
    (
        Claim(
            (
                Link(
                    P(Event(Abs(product_sum), ">=", 2 / pi * _x * d)),
                    "<=",
                    2 * exp(-_C_STAR * least(_x**2, _x) * d),
                ),
            )
        ),
    ),
    points=tuple({_x: v} for v in (Rational(1, 8), _HALF, Integer(1), Integer(2), Integer(8))),
    grid={"d": (1, 2, 3, 4, 8, 16, 64, 256, 1024)},
)

S7_PRODUCT_SHARP = Statement(
    "S7.product-sharp",
    "sharp",
    "No larger constant will do: I_×(2x/π) ≥ c* min(x², x), with equality at x = 1",
    _source("S7"),
    (
        Claim((Link(product_rate_expr(2 * _x / pi), ">=", _C_STAR * least(_x**2, _x)),)),
        Claim((Link(product_rate_expr(2 / pi), "=", _C_STAR),)),
    ),
    uses=("S7.product",),
    points=tuple({_x: Rational(j, 16)} for j in (1, 2, 4, 8, 12, 15, 16, 17, 20, 24, 32, 64, 256, 4096)),
)

_CROSS_RATE = product_rate_expr(Rational(1, 32))

S7_CROSS = Statement(
    "S7.cross",
    "sharp",
    "The cross term is at most 1/32: ‖a‖² < 2 but for e^{-m/7}, and then it is below a mean of products of normals",
    _source("S7"),
    (
        Claim(
            (
                Link(
                    P(Event(Abs(cross_D), "<=", Rational(1, 32))),
                    ">=",
                    1 - exp(-m / 7) - 2 * exp(-d * _CROSS_RATE),
                ),
            )
        ),
    ),
    uses=("S7.product", "lem6.1.E3"),
)

S7_MASKED = Statement(
    "S7.masked",
    "sharp",
    "The active part of the readout has squared norm above 1/8, directly by Chernoff",
    _source("S7"),
    (Claim((Link(P(Event(norm_aD2, "<=", Rational(1, 8))), "<=", exp(-m / 9)),)),),
)

S7_ROUTE = Statement(
    "S7",
    "sharp",
    "The paper's own route with every step repaired",
    _source("S7"),
    (
        Claim(
            (
                Link(
                    P(Event(margin, ">", 0, n)),
                    ">=",
                    1
                    - exp(-m / 7)
                    - n
                    * (
                        exp(-m / 8)
                        + exp(-m / 42)
                        + exp(-m / 7)
                        + exp(-(d - 1) / 11)
                        + 2 * exp(-(d - 1) / 557)
                        + 4 * exp(-d / 256)
                    ),
                ),
            )
        ),
    ),
    (Hypothesis(d >= 2, "d ≥ 2"),),
    uses=("lem6.1.E1", "lem6.1.E2", "lem6.1.E3", "eq27", "lem6.1.eps", "lem3.4", "S7.product"),
)

S7_DIRECT = Statement(
    "S7.direct",
    "sharp",
    "The paper's route through S1 instead of conditioning: all margins exceed 1/32",
    _source("S7"),
    (
        Claim(
            (
                Link(
                    P(Event(margin, ">", Rational(1, 32), n)),
                    ">=",
                    1 - exp(-m / 7) - n * (exp(-m / 9) + exp(-d / 11) + 2 * exp(-d / 557)),
                ),
            )
        ),
    ),
    uses=("S1", "S7.masked", "S7.product", "lem6.1.E3"),
)

_SMALL = {"m": (1, 2, 3, 5, 8), "d": (1, 2, 3, 4, 7, 12)}

S8_SIGNS = Statement(
    "S8.signs",
    "sharp",
    "A readout of signs: exact failure probability",
    _source("S8"),
    (
        Claim(
            (
                Link(
                    P(Event(margin_signs, "<=", 0)),
                    "=",
                    _HALF**m
                    + Sum(
                        binomial(m, _k) * _HALF ** (m + 1) * betainc_regularized(d / 2, _HALF, 0, 1 - _k / m),
                        (_k, 1, m - 1),
                    ),
                ),
            )
        ),
    ),
    grid=_SMALL,
)

S8_SIGNS_RATE = Statement(
    "S8.signs-rate",
    "sharp",
    "A readout of signs: failure bound",
    _source("S8"),
    (Claim((Link(P(Event(margin_signs, "<=", 0)), "<=", exp(-sign_readout_exponent(m, d))),)),),
    uses=("S8.signs",),
)

S8_SIGNS_BETTER = Statement(
    "S8.signs-better",
    "sharp",
    "A readout of signs fails less often than a Gaussian one for d ≥ 2",
    _source("S8"),
    (Claim((Link(P(Event(margin_signs, "<=", 0)), "<=", p0(m, d)),)),),
    (Hypothesis(d >= 2, "d ≥ 2"),),
    uses=("S8.signs", "S3"),
    grid={"m": (1, 2, 3, 5, 8, 32, 256), "d": (2, 3, 4, 7, 12, 64, 256)},
)

S8_LEAKY = Statement(
    "S8.leaky",
    "sharp",
    "Leaky ReLU of slope c: a failure bound at every width",
    _source("S8"),
    (Claim((Link(P(Event(margin_leaky, "<=", 0)), "<=", leaky_bound_expr(_leak, d)),)),),
    points=tuple({_leak: v} for v in (Rational(1, 100), Rational(1, 10), _HALF)),
)

S8_POSITIVE = Statement(
    "S8.positive",
    "sharp",
    "Without sign symmetry Theorem 3.1 fails: at a_i = 1/√m and m ≥ 100 d² the margin fails a third of the time",
    _source("S8"),
    (Claim((Link(P(Event(margin_positive, "<=", 0)), ">=", Rational(1, 3)),)),),
    (Hypothesis(m >= 100 * d**2, "m ≥ 100 d²"),),
)

S10 = Statement(
    "S10",
    "sharp",
    "The projected margin is a margin in dimension d - rank X, rescaled: the law, hence every threshold",
    _source("S10"),
    (Claim((Link(Law(projected_direct), "=_d", Law(projected_scalar)),)),),
    uses=("S1", "eq16"),
)

S10_EXACT = Statement(
    "S10.exact",
    "sharp",
    "The failure probability of an adversarial example is p₀(m, d - rank X) at any step size",
    _source("S10"),
    (
        Claim(
            (
                Link(
                    P(Event(signed_example, "<=", 0)),
                    "=",
                    _HALF**m + Sum(binomial(m, _k) * _HALF ** (m + 1) * expected_tail(m, d - n, _k), (_k, 1, m - 1)),
                ),
            )
        ),
    ),
    (Hypothesis(d > n, "d > n"),),
    uses=("S10", "S3"),
    grid={"m": (1, 2, 3, 5, 8), "d": (2, 5, 8), "n": (1, 4, 7)},
)

S10_SIZES = Statement(
    "S10.sizes",
    "sharp",
    "m ≥ 5.5 log(n/δ) and d ≥ n + 5.5 log(n/δ) separate all adversarial examples with probability at least 1 - δ",
    _source("S10"),
    (Claim((Link(P(Event(signed_example, ">", 0, n)), ">=", 1 - delta),)),),
    (Hypothesis(least(m, d - n) >= Rational(11, 2) * log(n / delta), "min(m, d - n) ≥ 5.5 log(n/δ)"),),
    uses=("S10.exact", "S5"),
    points=({delta: _HALF}, {delta: Rational(1, 100)}, {delta: Rational(1, 10**6)}),
)

S11 = Statement(
    "S11",
    "sharp",
    "Joint law of f(x), aᵀWx and the margin: the step size at which x + ηr is separated by v = -Wᵀa",
    _source("S11"),
    (
        Claim((Link(Law(a_Dh), "=_d", Law(output_scalar)),)),
        Claim((Link(Law(a_h), "=_d", Law(readout_scalar)),)),
        Claim((Link(Law(critical_angle), "=_d", Law(critical_angle_scalar)),)),
    ),
    uses=("S1",),
)

_L = log((3 * n + 1) / delta)

S11_SUFFICIENT = Statement(
    "S11.sufficient",
    "sharp",
    "A step size with which v = -Wᵀa separates all adversarial examples",
    _source("S11"),
    (
        Claim(
            (
                Link(
                    P(Event(critical_angle, "<", atan(48 * sqrt(_L) * (1 + exp(sqrt(Rational(13, 10) * _L)))), n)),
                    ">=",
                    1 - delta,
                ),
            )
        ),
    ),
    (Hypothesis(least(m, d) >= 9 * _L, "min(m, d) ≥ 9 log((3n+1)/δ)"),),
    uses=("S11", "S6.corollary"),
    points=({delta: _HALF},),
)

_STEPS = tuple({_eta: Integer(v)} for v in (2, 4, 16))
_FLOOR = Phi(-sqrt(2) * log(_eta)) / 2

S11_LIMIT = Statement(
    "S11.limit",
    "sharp",
    "As m and d grow a fixed step size η ≥ √e fails with probability at least ½Φ(-√2 log η)",
    _source("S11"),
    (Claim((Link(example_failure(_eta), ">=", _FLOOR),)),),
    (Hypothesis(_eta >= exp(_HALF), "η ≥ √e"),),
    uses=("S11",),
    points=(*_STEPS, {_eta: Integer(100)}, {_eta: Integer(10**4)}),
)

S11_FIXED = Statement(
    "S11.fixed-step",
    "sharp",
    "A fixed step size is not enough, however large m and d are",
    _source("S11"),
    (Claim((Link(P(Event(critical_angle_path, ">=", atan(_eta))), ">=", _FLOOR),)),),
    uses=("S11.limit",),
    points=_STEPS,
)

STATEMENTS = (
    S6,
    S6_SHARED,
    S6_CONSTANTS,
    S6_COROLLARY,
    S6_CONVEX,
    S7_ROUTE,
    S7_DIRECT,
    S7_BERNSTEIN,
    S7_PRODUCT,
    S7_PRODUCT_SHARP,
    S7_CROSS,
    S7_MASKED,
    S8_SIGNS,
    S8_SIGNS_RATE,
    S8_SIGNS_BETTER,
    S8_LEAKY,
    S8_POSITIVE,
    S10,
    S10_EXACT,
    S10_SIZES,
    S11,
    S11_SUFFICIENT,
    S11_LIMIT,
    S11_FIXED,
)
