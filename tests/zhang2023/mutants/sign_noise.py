"""Mutants of our statements about sign steps (S17)."""

from __future__ import annotations

import math

import numpy as np
from scipy import special
from sympy import Min, Rational, Sum, binomial, exp, log
from whp.checks.zhang2023.engines.beyond import pgd_draw
from whp.theory import Hypothesis, Law
from whp.theory.zhang2023.margin.sign_rates import agreement_rate, expected_sign_tail, share_exponent, sign_noise_rate
from whp.theory.zhang2023.models import sign_noise as model
from whp.theory.zhang2023.ours import sign_noise as ours
from whp.theory.zhang2023.symbols import d, delta, m, n

from ._mutate import HALF, mutate, swapped, to

__all__ = ["MUTANTS"]


def _failure(width: int, dim: int, draws: int = 200_000, witness: bool = False) -> float:
    """Frequency of failures of one sign step, from the law's plain variables."""
    rng = np.random.default_rng(31)
    k = rng.binomial(width, 0.5, draws)
    on, off = (2 * rng.standard_gamma(j / 2) / width for j in (k, width - k))
    if witness:
        agree = rng.binomial(dim, 1 - np.arctan2(np.sqrt(off), np.sqrt(on)) / np.pi)
        return float(np.mean((k == 0) | (2 * agree <= dim)))
    lengths = np.abs(rng.standard_normal((draws, dim))).sum(axis=1)
    return float(np.mean((k == 0) | (np.sqrt(on / dim) * lengths + np.sqrt(off) * rng.standard_normal(draws) <= 0)))


def _cost(u: float) -> float:
    return -float(special.log_ndtr(-u)) - math.log(2) - u * _hazard(u) / 2


def _hazard(u: float) -> float:
    return math.sqrt(2 / math.pi) / float(special.erfcx(u / math.sqrt(2)))


def _rate(ratio: float) -> float:
    """min of c_∞ + γJ on a grid of u."""
    found = math.inf
    for u in np.linspace(1e-4, 0.612, 4000):
        rho = u / _hazard(u)
        found = min(found, _cost(u) + ratio * (math.log(2) - 1.5 * math.log(rho ** (1 / 3) + (1 - rho) ** (1 / 3))))
    return found


def _transform(width: int, s: float, draws: int = 100_000) -> float:
    """E e^{-sρ} by draws."""
    rng = np.random.default_rng(32)
    k = rng.binomial(width, 0.5, draws)
    on, off = (rng.standard_gamma(j / 2) for j in (k, width - k))
    return float(np.mean(np.exp(-s * on / (on + off))))


def _pgd_fails() -> bool:
    """Whether descent within the certified radius leaves a noise that is not orthogonal to the witness."""
    return pgd_draw(64, 16, np.random.default_rng(33)) > 0


_k, _u = ours._k, ours._u
MUTANTS = (
    mutate(
        "S17.law/factor",
        "factor",
        # The count of agreeing coordinates is no margin.
        lambda: _failure(8, 6) < 0.2,
        rhs=to(Law(model.agreement_scalar)),
        slow=True,
    ),
    mutate(
        "S17.agreement/factor",
        "factor",
        lambda: _failure(8, 6, witness=True) < 0.4,
        rhs=to(Law(model.sign_margin_scalar)),
        slow=True,
    ),
    mutate(
        "S17.exact/constant",
        "constant",
        # Twice the sum over k.
        lambda: _failure(3, 2) > 2.0**-3 + 0.02,
        rhs=lambda r: 2 * r - HALF**m,
        slow=True,
    ),
    mutate(
        "S17.exact/m for d",
        "m for d",
        # m = 3: a tail in dimension 3 is larger than one in dimension 5.
        lambda: _failure(3, 3) > _failure(3, 5) + 0.01,
        rhs=to(HALF**m + Sum(binomial(m, _k) * HALF ** (m + 1) * expected_sign_tail(m, m + 1, _k), (_k, 1, m - 1))),
        slow=True,
    ),
    mutate(
        "S17.order/direction",
        "direction",
        # m = d = 8: the gradient fails 4.6 % of the time, its sign 7.4 %.
        lambda: _failure(8, 8) > 0.06,
        rel="<",
        grid={"m": (8,), "d": (8,)},
        slow=True,
    ),
    mutate(
        "S17/exponent",
        "exponent",
        lambda: _failure(10, 10) > math.exp(-40 * _rate(1)),
        link=0,
        rhs=to(exp(-4 * ours._A)),
        grid={"m": (10,), "d": (10,)},
        slow=True,
    ),
    mutate(
        "S17/m for d",
        "m for d",
        # m = 64, d = 4: half of e^{-A(64, 4)} is above e^{-A(4, 64)}.
        lambda: math.exp(-4 * _rate(16)) / 2 > math.exp(-64 * _rate(1 / 16)),
        link=1,
        rhs=lambda r: swapped(r),
        grid={"m": (4, 64), "d": (4, 64)},
        slow=True,
    ),
    mutate(
        "S17.transfer/factor",
        "factor",
        # m = 8, s = 8: 2 log E is above minus the least of sρ + mJ.
        lambda: _transform(8, 8.0) > 0.01,
        rhs=to(exp(-2 * share_exponent(m, ours._s))),
    ),
    mutate(
        "S17.derivative/factor",
        "factor",
        lambda: (
            abs((_cost(0.501) - _cost(0.5)) / (0.501 / _hazard(0.501) - 0.5 / _hazard(0.5)) - _hazard(0.5) ** 2) > 0.1
        ),
        rhs=lambda r: 2 * r,
    ),
    mutate(
        "S17.convex/constant",
        "constant",
        lambda: 4 * (_hazard(4.0) - 4) > Rational(4, 5),
        link=1,
        rhs=to(Rational(4, 5)),
    ),
    mutate(
        "S17.constants/constant",
        "constant",
        lambda: 7.04 * _rate(1) < 1,
        link=4,
        lhs=to(Rational(704, 100) * sign_noise_rate(1)),
    ),
    mutate(
        "S17.limit/exponent",
        "exponent",
        # At m = d the exponents of d = 16 and d = 64 differ by about 48 I_∞(1).
        lambda: _failure(16, 16) > math.exp(-64 * _rate(1)),
        rhs=lambda r: r * 2,
    ),
    mutate(
        "S17.sizes/constant",
        "constant",
        # m = d = 8, n = 1, δ = 1/100: 1.7 log 100 is below 8, and the failure above 1/100.
        lambda: _failure(8, 8) > 0.05 and 1.7 * math.log(100) <= 8,
        hypotheses=(Hypothesis(Min(m, d) >= Rational(17, 10) * log(n / delta), "min(m, d) ≥ 1.7 log(n/δ)"),),
        grid={"m": (8,), "d": (8,), "n": (1,)},
        slow=True,
    ),
    mutate(
        "S17.agreement-bound/constant",
        "constant",
        lambda: _failure(10, 10, witness=True) > math.exp(-40 / 9.82),
        rhs=to(exp(-4 * d * agreement_rate(m / d))),
        grid={"m": (10,), "d": (10,)},
        slow=True,
    ),
    mutate(
        "S17.agreement-sizes/constant",
        "constant",
        lambda: _failure(8, 8, witness=True) > 0.1 and 1.7 * math.log(10) <= 8,
        hypotheses=(Hypothesis(Min(m, d) >= Rational(17, 10) * log(n / delta), "min(m, d) ≥ 1.7 log(n/δ)"),),
        points=({delta: Rational(1, 10)},),
        grid={"m": (8,), "d": (8,), "n": (1,)},
        slow=True,
    ),
    mutate(
        "S17.witnesses/direction",
        "direction",
        lambda: _failure(8, 8, witness=True) > _failure(8, 8) + 0.02,
        rel="<",
        grid={"m": (8,), "d": (8,)},
        slow=True,
    ),
    mutate(
        "S17.pgd/direction",
        "direction",
        _pgd_fails,
        rel="<",
        draws=True,
    ),
)
