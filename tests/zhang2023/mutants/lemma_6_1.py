"""Mutants of Lemma 6.1 and the steps of its proof."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from oracles.laws import excess_below, image_below, masked_below, networks, product_rate, products_beyond, share_below
from scipy import stats
from sympy import Abs, Max, Min, Rational, exp, pi, sqrt
from whp.theory import Event, Law
from whp.theory.language.heads import Binomial, ChiSquare, Normal
from whp.theory.zhang2023.models import initial as model
from whp.theory.zhang2023.printed import lemma_6_1
from whp.theory.zhang2023.printed.lemma_6_2 import Z_HIGH
from whp.theory.zhang2023.symbols import C, c1, c2, d, m, n, z

from ._mutate import HALF, event, formed, mutate, original, to, turned
from ._truths import cross_beyond, defeats, spread

__all__ = ["MUTANTS"]

_HALF_CROSS = formed(model.cross_D, "half_cross", "a_i Dbar_i W_ik W_jk D_j a_j", coefficient=HALF)


def _pieces() -> tuple[float, float]:
    """‖WᵀDa‖² and aᵀ(I-D)WWᵀDa of one plain network."""
    rng = np.random.default_rng(4)
    W, a, D = rng.standard_normal((4, 3)), rng.standard_normal(4), np.array([1.0, 0, 1, 0])
    return float(np.sum((W.T @ (D * a)) ** 2)), float((W.T @ ((1 - D) * a)) @ (W.T @ (D * a)))


def _image_mean(width: int, dim: int, norm2: float) -> float:
    """Mean of ‖WᵀDa‖² over 20000 draws of W, all neurons active, ‖a‖² = norm2."""
    W = np.random.default_rng(5).standard_normal((20_000, width, dim)) / math.sqrt(dim)
    image = np.einsum("tij,i->tj", W, np.full(width, math.sqrt(norm2 / width)))
    return float(np.mean(np.sum(image**2, axis=1)))


_Q = math.exp(0.5) / 2
_Q_POWER = (exp(HALF) / 2) ** (d / 2)
_RATE = math.log(math.sqrt(2)) - 0.25


def _given_more_than(share: float, width: int) -> float:
    """P(‖Da‖² ≤ 1/8) given the fewest active neurons above `share` of them."""
    return float(stats.chi2.cdf(width / 8, math.floor(share * width) + 1))


def _columns() -> tuple[float, float]:
    """aᵀ(I-D)WWᵀDa and the sum over columns without the mask of the first factor."""
    rng = np.random.default_rng(7)
    W, a, D = rng.standard_normal((4, 3)), rng.standard_normal(4), np.array([1.0, 0, 1, 0])
    on = W.T @ (D * a)
    return float((W.T @ ((1 - D) * a)) @ on), float((W.T @ a) @ on)


_NORMS = sqrt(model.norm_aoff2) * sqrt(model.norm_aD2)


def _first_moment() -> float:
    """E|gh| of two independent standard normals, which is 2/π."""
    return float(np.mean(np.abs(np.prod(np.random.default_rng(8).standard_normal((2, 100_000)), axis=0))))


def _three(k: float) -> float:
    return math.exp(-k / 8) + math.exp(-k / 11) + math.exp(-k / 7)


def _least_exponent(on: float, off: float) -> float:
    """min(ε²/K², ε/K) at ε = ‖a_D‖²/(4d), K = 2‖a_D̄‖‖a_D‖/(πd)."""
    x = math.pi * math.sqrt(on / off) / 8
    return min(x * x, x)


MUTANTS = (
    mutate(
        "lem6.1/direction",
        "direction",
        lambda: bool(np.mean(networks(64, 64, 400)["margin"] > 1 / 32) > 0.95),
        lhs=turned,
        slow=True,
    ),
    mutate(
        "lem6.1/product",
        "sum for product",
        lambda: all(constant * math.exp(-rate * 1e9) < 2.0**-4 for constant in (1, 1e6) for rate in (1, 1e-6)),
        rhs=to(1 - 3 * C * n * exp(-c1 * d - c2 * m)),
        slow=True,
    ),
    mutate(
        "lem6.1/constant",
        "constant",
        # Half of all margins lie below about 1/2, however large m and d are: no constants will do.
        lambda: all(np.mean(networks(k, k, 400)["margin"] <= 0.5) > 0.4 for k in (16, 64)),
        lhs=event(model.margin_simplified, ">", HALF, n),
        slow=True,
    ),
    mutate(
        "eq24/constant",
        "constant",
        lambda: abs(_pieces()[1]) > 1e-3,
        rhs=to(model.image_norm2 + _HALF_CROSS),
    ),
    mutate(
        "eq24.law/freedom",
        "m for d",
        # m = 2, d = 4: the mean of ‖WᵀDa‖² given Da is ‖Da‖² and not m/d of it.
        lambda: _image_mean(2, 4, 2.0) > 1.9 > 2 / 4 * 2.0,
        rhs=to(ChiSquare(model.norm_aD2 / d, m)),
    ),
    mutate(
        "eq24.law/scale",
        "m for d",
        lambda: _image_mean(2, 4, 2.0) < 2.1 < 4 / 2 * 2.0,
        rhs=to(ChiSquare(model.norm_aD2 / m, d)),
    ),
    mutate(
        "eq27/mended",
        "m for d",
        # P(excess ≤ 0) = 2^-m + (1 - 2^-m) P(χ²_d ≤ d/2), and √e/2 < e^{-2/11}.
        lambda: (
            all(excess_below(a, b) <= 2.0**-a + _Q ** (b / 2) for a in range(1, 40) for b in range(1, 200))
            and math.log(_Q) / 2 < -1 / 11
        ),
        claims=original("eq27", "repaired").claims,
        truth=True,
    ),
    mutate(
        "eq27/constant",
        "constant",
        lambda: excess_below(16, 64) > math.exp(-64 / 5),
        rhs=to(1 - exp(-d / 5)),
    ),
    mutate(
        "eq27/dropped 2^-m",
        "factor",
        lambda: excess_below(1, 6) > _Q**3,
        form="repaired",
        rhs=to(1 - _Q_POWER),
        grid={"m": (1, 16), "d": (6, 16)},
    ),
    mutate(
        "eq27/steeper",
        "constant",
        lambda: math.log(_Q) / 2 > -1 / 10,
        form="repaired",
        link=1,
        rhs=to(1 - HALF**m - exp(-d / 10)),
    ),
    mutate(
        "eq27/m for d",
        "m for d",
        lambda: math.exp(-16 / 11) < _Q**0.5,
        form="repaired",
        link=1,
        rhs=to(1 - HALF**m - exp(-m / 11)),
    ),
    mutate(
        "a-norm/m for d",
        "m for d",
        # E ‖a‖² = 1 and not m/d.
        lambda: (
            abs(float(np.mean(np.sum(np.random.default_rng(6).standard_normal((9999, 2)) ** 2, axis=1) / 2)) - 1) < 0.1
        ),
        rhs=to(ChiSquare(1 / d, m)),
    ),
    mutate(
        "a-norm/exponent",
        "exponent",
        lambda: stats.chi2.sf(2 * 16, 16) > (2 * math.exp(-1)) ** 16,
        link=2,
        rhs=to((Z_HIGH * exp(1 - Z_HIGH)) ** m),
    ),
    mutate(
        "a-norm/direction",
        "direction",
        lambda: stats.chi2.sf(0.5 * 16, 16) > (0.5 * math.exp(0.5)) ** 8,
        link=1,
        lhs=turned,
    ),
    mutate(
        "eq28/constant",
        "constant",
        lambda: stats.binom.mean(3, 0.5) != stats.binom.mean(3, 1 / 3),
        rhs=to(Binomial(m, Rational(1, 3))),
    ),
    mutate("eq28/m for d", "m for d", lambda: 2 * HALF != 3 * HALF, rhs=to(Binomial(d, HALF))),
    mutate(
        "eq28/exponent",
        "exponent",
        # z = 2/5, m = 64: fewer than 25.6 active.
        lambda: stats.binom.cdf(25, 64, 0.5) > math.exp(-2 * 64 * 0.1),
        link=1,
        rhs=to(exp(-2 * m * (HALF - z))),
    ),
    mutate(
        "eq28/doubled",
        "constant",
        # z = 1/4, m = 64: fewer than 16 active.
        lambda: stats.binom.cdf(15, 64, 0.5) > math.exp(-4 * 64 / 16),
        link=1,
        rhs=to(exp(-4 * m * (HALF - z) ** 2)),
    ),
    mutate(
        "eq28/direction",
        "direction",
        lambda: stats.binom.sf(25, 64, 0.5) > math.exp(-2 * 64 * 0.1**2),
        link=1,
        lhs=turned,
    ),
    mutate(
        "lem6.1.E1/constant",
        "constant",
        lambda: stats.binom.cdf(16, 64, 0.5) > math.exp(-64 / 4),
        rhs=to(1 - exp(-m / 4)),
    ),
    mutate(
        "lem6.1.E1/event",
        "constant",
        lambda: stats.binom.cdf(64 // 3, 64, 0.5) > math.exp(-64 / 8),
        lhs=event(model.trace_D, ">", m / 3),
    ),
    mutate("lem6.1.E1/m for d", "m for d", lambda: math.exp(-64 / 4) < 2.0**-16, rhs=to(1 - exp(-d / 4))),
    mutate(
        "lem6.1.E2/mended",
        "exponent",
        lambda: (
            all(_given_more_than(1 / 4, k) < math.exp(-_RATE * k / 4) for k in range(1, 2000))
            and all(masked_below(k, 1 / 8) <= math.exp(-k / 9) for k in range(1, 500))
            and _RATE / 4 > 1 / 42
        ),
        claims=original("lem6.1.E2", "repaired").claims,
        truth=True,
    ),
    mutate(
        "lem6.1.E2/half of them",
        "constant",
        lambda: all(_given_more_than(1 / 2, k) < math.exp(-_RATE * k) for k in range(1, 2000)),
        given=(Event(model.trace_D, ">", m / 2),),
        truth=True,
    ),
    mutate(
        "lem6.1.E2/constant",
        "constant",
        lambda: masked_below(256, 1 / 8) > math.exp(-256 / 7),
        form="repaired",
        link=2,
        rhs=to(1 - exp(-m / 7)),
    ),
    mutate(
        "lem6.1.E2/product",
        "sum for product",
        lambda: masked_below(64, 1 / 8) > math.exp(-64 / 8 - 64 / 11),
        link=2,
        rhs=to(1 - exp(-m / 8 - m / 11)),
    ),
    mutate(
        "lem6.1.E2/direction",
        "direction",
        lambda: 1 - masked_below(64, 1 / 8) > 0.99,
        form="repaired",
        link=2,
        lhs=turned,
    ),
    mutate(
        "eq29/mended",
        "m for d",
        lambda: all(
            image_below(a, b, 1 / 16) <= math.exp(-a / 9) + math.exp(-b / 11) for a in (16, 64) for b in (1, 4, 16, 64)
        ),
        rhs=to(1 - exp(-m / 9) - exp(-d / 11)),
        truth=True,
    ),
    mutate(
        "eq29/constant",
        "constant",
        # ‖WᵀDa‖² is near 1/2.
        lambda: image_below(64, 64, 1 / 2) > 0.3 > math.exp(-64 / 9) + math.exp(-64 / 11),
        form="repaired",
        lhs=event(model.image_norm2, ">", HALF),
    ),
    mutate(
        "eq29/m for d",
        "m for d",
        # m = 1024, d = 16: a chi-square of 16 below 2.
        lambda: stats.chi2.cdf(2, 16) * (1 - masked_below(1024, 0.4)) > math.exp(-1024 / 9) + math.exp(-1024 / 11),
        form="repaired",
        rhs=to(1 - exp(-m / 9) - exp(-m / 11)),
    ),
    mutate(
        "eq29/product",
        "sum for product",
        # P(D = 0) = 2^-16 at m = 16, d = 256.
        lambda: math.exp(-16 / 9 - 256 / 11) < 2.0**-16,
        form="repaired",
        rhs=to(1 - exp(-m / 9 - d / 11)),
    ),
    mutate(
        "eq30/unmasked",
        "factor",
        lambda: abs(_columns()[0] - _columns()[1]) > 1e-6,
        rhs=to(formed(model.cross_columns, "unmasked", "W_ik a_i W_jk D_j D_j a_j")),
    ),
    mutate("eq30/constant", "constant", lambda: abs(_columns()[0]) > 1e-3, rhs=lambda r: 2 * r),
    mutate(
        "eq30.laws/m for d",
        "m for d",
        # One column of W at m = 2, d = 4 and ‖a_D̄‖² = 8: the variance is 2 and not 4.
        lambda: abs(spread(4, 8.0) - 2) < 0.2 < abs(spread(4, 8.0) - 4),
        rhs=to(Normal(0, model.norm_aoff2 / m)),
    ),
    mutate(
        "eq30.laws/dependent",
        "factor",
        # a_k and a_k are dependent, a_k and b_k are not.
        lambda: abs(np.corrcoef(np.random.default_rng(12).standard_normal((2, 9999)))[0, 1]) < 0.1,
        link=2,
        lhs=to(Law(model.off_k, model.off_k)),
        rhs=to(Law(model.off_k, model.on_k)),
    ),
    mutate(
        "eq30.norm/constant",
        "constant",
        # The norm is at least the first moment.
        lambda: _first_moment() > 1.5 / math.pi,
        rhs=to(_NORMS / (pi * d)),
    ),
    mutate(
        "eq30.norm/m for d",
        "m for d",
        # m = 1 and d = 4: at least the first moment over d is claimed away, four times it claimed.
        lambda: _first_moment() < 3 / math.pi,
        rhs=to(2 * _NORMS / (pi * m)),
    ),
    mutate(
        "eq30.norm/exponent",
        "exponent",
        lambda: _first_moment() > 1.5 / math.pi,
        rhs=to(2 * _NORMS / (pi * d**2)),
    ),
    mutate(
        "eq33/exponent",
        "exponent",
        lambda: defeats(lambda x: max(x * x, x)),
        rhs=lambda r: r.replace(Min, Max),
    ),
    mutate(
        "eq33/m for d",
        "m for d",
        # d = 1: a probability above 0 for every ε, and a bound that fades as m grows.
        lambda: all(products_beyond(1, 1.0) > 2 * math.exp(-c * 1e9) for c in (1, 1e-6)),
        rhs=lambda r: 2 * exp(r.args[1].args[0] * m / d),
    ),
    mutate(
        "lem6.1.E3/constant",
        "constant",
        lambda: stats.chi2.sf(128, 64) > math.exp(-64 / 3),
        rhs=to(1 - exp(-m / 3)),
    ),
    mutate(
        "lem6.1.E3/link",
        "constant",
        lambda: 0.5 - math.log(math.sqrt(2)) < 1 / 6,
        link=1,
        rhs=to(1 - exp(-m / 6)),
    ),
    mutate("lem6.1.E3/direction", "direction", lambda: stats.chi2.sf(32, 16) < 0.5, lhs=turned),
    mutate(
        "lem6.1.ratio/constant",
        "constant",
        # On E₂ ∩ E₃: ‖a_D‖² = 0.13, ‖a_D̄‖² = 1.8.
        lambda: 0.13 > 1 / 8 and 0.13 + 1.8 < 2 and 0.13 < (0.13 + 1.8) / 8,
        rhs=to(model.norm_a2 / 8),
    ),
    mutate(
        "lem6.1.ratio/step",
        "constant",
        # ‖a_D‖² = 1/16 of ‖a‖² = 1: the ratio is 1/15 and not 1/14.
        lambda: Fraction(1, 16) / (1 - Fraction(1, 16)) < Fraction(1, 14),
        link=1,
        rhs=to(Rational(1, 14)),
    ),
    mutate(
        "lem6.1.ratio/probability",
        "constant",
        lambda: share_below(64, 1 / 15) > math.exp(-64 / 2),
        link=2,
        rhs=to(1 - exp(-m / 2)),
    ),
    mutate(
        "lem6.1.ratio/product",
        "sum for product",
        lambda: share_below(16, 1 / 15) > math.exp(-16 / 8 - 16 / 11 - 16 / 7 - 5) and share_below(64, 1 / 15) > 0,
        link=2,
        rhs=to(1 - exp(-5 * (m / 8 + m / 11 + m / 7))),
    ),
    mutate(
        "lem6.1.sum/mended",
        "constant",
        lambda: 1 / 8 > 1 / 11 and 1 / 7 > 1 / 11,
        rhs=to(1 - 3 * exp(-m / 11)),
        truth=True,
    ),
    mutate(
        "lem6.1.sum/product",
        "sum for product",
        lambda: 1 / 8 + 1 / 11 + 1 / 7 > 1 / 7,
        lhs=to(1 - exp(-m / 8 - m / 11 - m / 7)),
        truth=True,
    ),
    mutate(
        "lem6.1.sum/constant",
        "constant",
        lambda: _three(1000) > 3 * math.exp(-1000 / 10),
        form="repaired",
        rhs=to(1 - 3 * exp(-m / 10)),
    ),
    mutate(
        "lem6.1.sum/direction",
        "direction",
        lambda: _three(10) < 3 * math.exp(-10 / 11),
        form="repaired",
        rel="<",
    ),
    mutate(
        "lem6.1.sum/dropped 3",
        "factor",
        lambda: _three(10) > math.exp(-10 / 11),
        form="repaired",
        rhs=to(1 - exp(-m / 11)),
    ),
    mutate(
        "lem6.1.eps/constant",
        "constant",
        # On E₂ ∩ E₃, at ‖a_D‖² just above 1/8 and ‖a‖² just below 2.
        lambda: _least_exponent(0.12501, 1.87498) < math.pi**2 / 900,
        rhs=to(2 * exp(-lemma_6_1.C_BERNSTEIN * pi**2 * d / 900)),
    ),
    mutate(
        "lem6.1.eps/direction",
        "direction",
        lambda: _least_exponent(1.0, 0.5) > math.pi**2 / 960,
        rel=">",
    ),
    mutate(
        "eq34/event",
        "constant",
        # |cross| > 0 almost surely, whatever c is.
        lambda: cross_beyond(64, 64, 0.0) > 0.99,
        lhs=event(Abs(model.cross_D), "<=", 0),
    ),
    mutate(
        "eq34/exponent",
        "exponent",
        # -log P grows like d at most (0.002 d: the mean of d products of normals, over 1/16), so no e^{-c d²} will do.
        lambda: product_rate(1 / 16) < 0.0021,
        rhs=lambda r: r.subs(d, d**2),
        slow=True,
    ),
    mutate(
        "eq34/product",
        "sum for product",
        # d = 1, m → ∞: P(|gh|/2 > 1/32) is above 0.8, and no e^{-cm} stays above it.
        lambda: products_beyond(1, 1 / 16) > 0.8,
        rhs=to(1 - 6 * exp(-m / 7 - lemma_6_1.C_BERNSTEIN * pi**2 * d / 960)),
        slow=True,
    ),
    mutate(
        "lem6.1.total/event",
        "constant",
        lambda: all(np.mean(networks(k, k, 400)["margin"] <= 0.5) > 0.4 for k in (16, 64)),
        lhs=event(model.margin_simplified, ">=", HALF),
        slow=True,
    ),
    mutate(
        "lem6.1.total/product",
        "sum for product",
        lambda: all(6 * math.exp(-c * 1e9) < 2.0**-4 for c in (1, 1e-6)),
        rhs=to(1 - 6 * exp(-m / 8 - m / 11 - m / 7 - lemma_6_1.C_BERNSTEIN * pi**2 * d / 960)),
        slow=True,
    ),
)
