"""Mutants of our bounds (S6-S11)."""

from __future__ import annotations

import math

import numpy as np
from oracles.laws import (
    margin_below,
    margin_failure,
    masked_below,
    networks,
    product_rate,
    products_beyond,
    sign_readout_rate,
    surely,
)
from scipy import stats
from sympy import Integer, Max, Min, Rational, atan, exp, log
from whp.theory import Hypothesis, Law
from whp.theory.zhang2023.margin.rates import sign_readout_exponent, threshold_rate
from whp.theory.zhang2023.margin.sharp import bernstein_constant_expr, leaky_bound_expr
from whp.theory.zhang2023.models import initial as model
from whp.theory.zhang2023.ours import bounds as sharp_bounds
from whp.theory.zhang2023.printed import corollary_3_4_1 as corollary
from whp.theory.zhang2023.symbols import d, delta, m, n

from ._mutate import HALF, event, mutate, put, swapped, to
from ._truths import cross_beyond

__all__ = ["MUTANTS"]

_Y = corollary.Y


def _threshold(t: float, ratio: float) -> float:
    """min over t ≤ ρ ≤ 1/2 of c_t(ρ) + (m/d) J(ρ) on a grid."""
    rho = np.linspace(t * 1.0001, 0.5, 100_001)
    x = np.sqrt((1 - rho) ** 2 + 4 * t**2 / rho) - (1 - rho)
    cost = -(2 * t - x) / (2 * (1 - rho)) + np.log(rho * x / (2 * t**2)) / 2
    mask = math.log(2) - 1.5 * np.log(np.cbrt(rho) + np.cbrt(1 - rho))
    return float(np.min(cost + ratio * mask))


_T, _S0, _SIZE = sharp_bounds._t, sharp_bounds._s0, sharp_bounds._size


def _mask_rate(rho: float) -> float:
    return math.log(2) - 1.5 * math.log(rho ** (1 / 3) + (1 - rho) ** (1 / 3))


_X = sharp_bounds._x


def _step_failure(step: float) -> float:
    """P((g₁+g₂)/√2 > (η/2)/(1 + e^{g₁/√2})), by plain draws."""
    g = np.random.default_rng(10).standard_normal((2, 200_000))
    return float(np.mean((g[0] + g[1]) / math.sqrt(2) > step / 2 / (1 + np.exp(g[0] / math.sqrt(2)))))


def _positive_failure(width: int, dim: int, trials: int = 2000) -> float:
    """Frequency of margins that are not positive with all readouts at 1/√m."""
    rng, count = np.random.default_rng(17), 0
    x = np.eye(dim)[0]
    for _ in range(trials):
        W = rng.standard_normal((width, dim))
        count += W.sum(axis=0) @ W[W @ x > 0].sum(axis=0) <= 0
    return count / trials


MUTANTS = (
    mutate(
        "S6/exponent",
        "exponent",
        # t = 1/32, m = 64, d = 16.
        lambda: margin_below(64, 16, 1 / 32, relative=True) > 3 * math.exp(-2 * 16 * _threshold(1 / 32, 4)),
        rhs=to(exp(-2 * d * threshold_rate(_T, m / d))),
        slow=True,
    ),
    mutate(
        "S6.shared/exponent",
        "exponent",
        # t = 1/16, m = d = 64, one sample, s₀ = 0.533; the norm's part is e^{-32(s₀ - 1 - log s₀)}.
        lambda: (
            margin_below(64, 64, 1 / 16)
            > math.exp(-128 * (0.533 - 1 - math.log(0.533))) + math.exp(-256 * _threshold(1 / 16 / 0.533, 1))
        ),
        rhs=to(1 - sharp_bounds._NORM**4 - n * exp(-4 * d * threshold_rate(_T / _S0, m / d))),
        slow=True,
    ),
    mutate(
        "S6.constants/constant",
        "constant",
        lambda: all(
            float(p[_SIZE]) * (float(p[_S0]) - 1 - math.log(p[_S0])) / 2 < 1.01 for p in sharp_bounds._THRESHOLDS
        ),
        rhs=to(Rational(101, 100)),
    ),
    mutate(
        "S6.corollary/constant",
        "constant",
        # t = 1/16, m = d = 64, one sample.
        lambda: margin_below(64, 64, 1 / 16) > 20 * 2 * math.exp(-3 * 64 / 12.34),
        rhs=to(1 - (n + 1) * exp(-3 * Min(m, d) / _SIZE)),
        slow=True,
    ),
    mutate(
        "S6.convex/direction",
        "direction",
        # J at the ends and at the middle of [0.1, 0.3].
        lambda: 2 * _mask_rate(0.2) < _mask_rate(0.1) + _mask_rate(0.3) - 1e-3,
        link=2,
        rel="<=",
    ),
    mutate(
        "S7/constant",
        "constant",
        # m = d = 64, n = 5.
        lambda: margin_failure(32, 32) > math.exp(-32 / 2) * 6,
        rhs=to(1 - exp(-m / 2) - n * exp(-d / 2)),
    ),
    mutate(
        "S7/product",
        "sum for product",
        # m = 16, d = 64, n = 5.
        lambda: margin_failure(16, 64) > 40 * math.exp(-16 - 64),
        rhs=to(1 - 8 * n * exp(-m - d)),
    ),
    mutate(
        "S7.direct/dropped d",
        "factor",
        # m = 16, d = 1, one sample.
        lambda: margin_failure(16, 1) > math.exp(-16),
        rhs=to(1 - n * exp(-m)),
        grid={"m": (16,), "d": (16,), "n": (5,)},
    ),
    mutate(
        "S7.product/constant",
        "constant",
        # x = 1, d = 1024: the rate is c* and not 1.2 c*.
        lambda: products_beyond(1024, 2 / math.pi * 1024) > 2 * math.exp(-1.2 * product_rate(2 / math.pi) * 1024),
        rhs=to(2 * exp(-Rational(6, 5) * bernstein_constant_expr() * Min(_X**2, _X) * d)),
        grid={"d": (1, 4, 64, 1024)},
    ),
    mutate(
        "S7.product/exponent",
        "exponent",
        # x = 1/8: the exponent is of order x² and not x.
        lambda: products_beyond(1024, 128 * 2 / math.pi) > 2 * math.exp(-product_rate(2 / math.pi) * 128),
        rhs=to(2 * exp(-bernstein_constant_expr() * Max(_X**2, _X) * d)),
        grid={"d": (1, 4, 64, 1024)},
    ),
    mutate(
        "S7.product-sharp/constant",
        "constant",
        lambda: product_rate(2 / math.pi) < 1.01 * product_rate(2 / math.pi),
        rhs=lambda r: Rational(101, 100) * r,
    ),
    mutate(
        "S7.product-sharp/direction",
        "direction",
        lambda: product_rate(32 / math.pi) > product_rate(2 / math.pi) * 16,
        rel="<=",
    ),
    mutate(
        "S7.cross/constant",
        "constant",
        lambda: surely(cross_beyond(256, 64, 1 / 32), 2000, math.exp(-256 / 7) + 2 * math.exp(-6.4)),
        rhs=to(1 - exp(-m / 7) - 2 * exp(-d / 10)),
    ),
    mutate(
        "S7.masked/constant",
        "constant",
        lambda: masked_below(256, 1 / 8) > math.exp(-256 / 7),
        rhs=to(exp(-m / 7)),
    ),
    mutate("S7.masked/m for d", "m for d", lambda: masked_below(16, 1 / 8) > math.exp(-64 / 9), rhs=to(exp(-d / 9))),
    mutate("S8.signs/constant", "constant", lambda: margin_failure(3, 2, "signs") > 2.0**-3 + 0.01, rhs=to(HALF**m)),
    mutate(
        "S8.signs-rate/exponent",
        "exponent",
        lambda: margin_failure(16, 16, "signs") > math.exp(-2 * sign_readout_rate(16, 16)),
        rhs=to(exp(-2 * sign_readout_exponent(m, d))),
    ),
    mutate(
        "S8.signs-rate/m for d",
        "m for d",
        # m = 64, d = 16.
        lambda: margin_failure(64, 16, "signs") > math.exp(-sign_readout_rate(16, 64)),
        rhs=swapped,
        slow=True,
    ),
    mutate(
        "S8.signs-better/direction",
        "direction",
        lambda: margin_failure(5, 4, "signs") < margin_failure(5, 4) - 1e-3,
        rel=">=",
    ),
    mutate(
        "S8.leaky/exponent",
        "exponent",
        # c = 1/2, m = 16, d = 1.
        lambda: surely(float(np.mean(networks(16, 1, 10_000, leak=0.5)["margin"] <= 0)), 10_000, 0.5 / 9),
        rhs=to(leaky_bound_expr(sharp_bounds._leak, 2 * d)),
    ),
    mutate(
        "S8.positive/direction",
        "direction",
        # m = 100 d² at d = 2: all readouts are 1/√m.
        lambda: _positive_failure(400, 2) > 0.25 + 0.05,
        rel="<=",
        rhs=to(Rational(1, 4)),
        slow=True,
    ),
    mutate(
        "S10/constant",
        "constant",
        # d = 8, n = 3: the mean is that of 5 dimensions out of 8.
        lambda: abs(float(np.mean(networks(16, 8, 4000, n=3)["projected"])) - 5 / 16) < 0.03,
        rhs=to(Law(model.margin_scalar)),
        slow=True,
    ),
    mutate(
        "S10.exact/label",
        "label",
        # y = -1: ⟨v', x_adv⟩ ≤ 0 where the margin is positive.
        lambda: 1 - margin_failure(8, 1) > margin_failure(8, 1) + 0.1,
        lhs=event(model.on_example, "<=", 0),
        points=({_Y: Integer(1)}, {_Y: Integer(-1)}),
    ),
    mutate(
        "S10.exact/constant",
        "constant",
        # d = 8, n = 7: the truth is that of dimension 1 and not of dimension 8.
        lambda: margin_failure(3, 1) > margin_failure(3, 8) + 0.05,
        rhs=put((d - n, d)),
    ),
    mutate(
        "S10.sizes/label",
        "label",
        lambda: bool(np.mean(networks(32, 32, 300, n=4)["example"] > 0) < 0.1),
        lhs=event(model.on_example, ">", 0, n),
        points=tuple({delta: HALF, _Y: Integer(y)} for y in (1, -1)),
    ),
    mutate(
        "S10.sizes/constant",
        "constant",
        # m = 16, d = 16, n = 5, δ = 10^-6: dimension 11 is left, and log(n/δ)/2 < 8.
        lambda: 2.0**-16 > 1e-6 and math.log(5e6) / 2 < 16,
        hypotheses=(Hypothesis(Min(m, d) >= HALF * log(n / delta), "min(m, d) ≥ log(n/δ)/2"),),
    ),
    mutate(
        "S11/factor",
        "factor",
        # f has variance about 1/2, aᵀWx about 1.
        lambda: np.var(networks(16, 16, 4000)["a_Dh"]) < 0.7 < 0.85 < np.var(networks(16, 16, 4000)["a_h"]),
        rhs=to(Law(model.readout_scalar)),
        slow=True,
    ),
    mutate(
        "S11.sufficient/constant",
        "constant",
        # A step of 1/100 moves hardly any input across: half of all aᵀWx are on the wrong side.
        lambda: abs(np.mean(networks(64, 64, 400)["a_h"] > 0.1) - 0.46) < 0.1,
        lhs=event(model.critical_angle, "<", atan(Rational(1, 100)), n),
        slow=True,
    ),
    mutate(
        "S11.limit/constant",
        "constant",
        # η = 2.
        lambda: _step_failure(2.0) < 4 * stats.norm.cdf(-math.sqrt(2) * math.log(2)),
        rhs=lambda r: 8 * r,
    ),
    mutate(
        "S11.limit/direction",
        "direction",
        lambda: _step_failure(4.0) > 0.5 * stats.norm.cdf(-math.sqrt(2) * math.log(4)),
        rel="<=",
    ),
    mutate(
        "S11.fixed-step/direction",
        "direction",
        lambda: _step_failure(2.0) > 0.1,
        rel="<=",
        rhs=to(Rational(1, 10**4)),
    ),
)
