"""Mutants of our exact laws (S1-S5)."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from oracles.laws import exponent, margin_failure, margin_moment, margin_variance, networks
from sympy import Min, Rational, Sum, binomial, exp, log, sqrt
from whp.theory import Claim, Event, Hypothesis, Law, Link, P
from whp.theory.zhang2023.models import initial as model
from whp.theory.zhang2023.ours import exact_laws
from whp.theory.zhang2023.symbols import d, delta, m, n

from ._mutate import HALF, mutate, put, swapped, to

__all__ = ["MUTANTS"]


def _symmetric(a: int, b: int, mu: int, first: Fraction, swap: bool = False) -> Fraction:
    p, q = (b, a) if swap else (a, b)
    return Fraction(2 * mu - 1, 4 * p) + first / q + Fraction(4 * mu - 3, 4 * a * b)


_GOLDEN = (math.sqrt(5) - 1) / 2
_PREFACTOR = (1 - _GOLDEN + _GOLDEN**2) / math.sqrt(math.pi * _GOLDEN**3 * (2 - _GOLDEN))

MUTANTS = (
    mutate(
        "S1/factor",
        "factor",
        # The margin has mean 1/2, and aᵀh has mean 0.
        lambda: margin_moment(2, 2, 1) == Fraction(1, 2) and abs(np.mean(networks(16, 16, 2000)["a_h"])) < 0.2,
        rhs=to(Law(model.a_h)),
        slow=True,
    ),
    mutate(
        "S2/constant",
        "constant",
        # Signs (μ₄ = 1) and normals (μ₄ = 3).
        lambda: (
            _symmetric(2, 2, 1, Fraction(3, 4)) == margin_variance(2, 2, Fraction(1))
            and _symmetric(2, 2, 1, Fraction(1)) != margin_variance(2, 2, Fraction(1))
        ),
        link=1,
        rhs=put((Rational(3, 4) / d, 1 / d)),
    ),
    mutate(
        "S2/m for d",
        "m for d",
        lambda: _symmetric(1, 2, 1, Fraction(3, 4), swap=True) != margin_variance(1, 2, Fraction(1)),
        link=1,
        rhs=swapped,
    ),
    mutate(
        "S3/constant",
        "constant",
        # Twice the sum over k ≥ 1, which is more than nothing.
        lambda: margin_failure(3, 2) > 2.0**-3 + 0.01,
        rhs=lambda r: 2 * r - HALF**m,
    ),
    mutate(
        "S3/m for d",
        "m for d",
        # m = 2, d = 3: a tail in dimension 2 is larger than one in dimension 3.
        lambda: margin_failure(2, 2) > margin_failure(2, 3) + 0.01,
        rhs=to(
            HALF**m
            + Sum(
                binomial(m, exact_laws._k) * HALF ** (m + 1) * exact_laws.expected_tail(m, m, exact_laws._k),
                (exact_laws._k, 1, m - 1),
            )
        ),
    ),
    mutate("S3.in-d/direction", "direction", lambda: margin_failure(3, 4) < margin_failure(3, 3), rel=">"),
    mutate(
        "S3.in-d/m for d",
        "m for d",
        # At m = 2, d = 7 one more dimension buys less than one more neuron.
        lambda: margin_failure(2, 8) > margin_failure(3, 7),
        rhs=to(exact_laws.p0(m + 1, d)),
    ),
    mutate("S3.in-m/direction", "direction", lambda: margin_failure(4, 3) < margin_failure(3, 3), rel=">"),
    mutate(
        "S4/m for d",
        "m for d",
        # m = 256, d = 16: half of e^{-A(m, d)} is above e^{-A(d, m)}.
        lambda: math.exp(-exponent(256, 16)) / 2 > math.exp(-exponent(16, 256)),
        link=1,
        rhs=to(exp(-exact_laws.A(d, m))),
        grid={"m": (16, 256), "d": (16,)},
    ),
    mutate(
        "S4/exponent",
        "exponent",
        lambda: margin_failure(16, 16) > math.exp(-2 * exponent(16, 16)),
        claims=(Claim((Link(P(Event(model.margin, "<=", 0)), "<=", exp(-2 * exact_laws._A)),)),),
        grid={"m": (2, 8, 16), "d": (8, 16)},
    ),
    mutate(
        "S4/direction",
        "direction",
        lambda: margin_failure(8, 8) < math.exp(-exponent(8, 8)) / 2 + 2.0**-9,
        rel=">=",
        grid={"m": (2, 8, 16), "d": (8, 16)},
    ),
    mutate(
        "S4/product",
        "sum for product",
        # P(D = 0) alone is 2^-m.
        lambda: math.exp(-exponent(8, 8)) / 2 * 2.0**-9 < 2.0**-8,
        rhs=to(exp(-exact_laws._A) / 2 * HALF ** (m + 1)),
        grid={"m": (2, 8, 16), "d": (8, 16)},
    ),
    mutate(
        "S4.equal/constant",
        "constant",
        lambda: math.isclose(exponent(1, 1), math.log(16 * ((1 + math.sqrt(5)) / 2) ** -5) / 2, rel_tol=1e-6),
        rhs=to(log(15 * ((1 + sqrt(5)) / 2) ** -5) / 2),
    ),
    mutate(
        "S4.limit/exponent",
        "exponent",
        # At m = d the ratio of p₀(m, d) e^{A} at d = 8 and d = 32 is near 2 = √4 and not near 4.
        lambda: 1.6 < margin_failure(8, 8) * math.exp(exponent(8, 8) - exponent(32, 32)) / margin_failure(32, 32) < 2.6,
        rhs=lambda r: r / sqrt(d),
    ),
    mutate(
        "S4.limit/constant",
        "constant",
        # m = d: p₀ e^A √d comes near the printed prefactor and not 6/5 of it.
        lambda: abs(margin_failure(64, 64) * math.exp(exponent(64, 64)) * 8 / _PREFACTOR - 1) < 0.05,
        rhs=lambda r: r * Rational(6, 5),
    ),
    mutate(
        "S5/constant",
        "constant",
        # m = d = 40, n = 1, δ = 10^-6.
        lambda: margin_failure(40, 40) > 1e-6 and 2.75 * math.log(1e6) <= 40,
        hypotheses=(Hypothesis(Min(m, d) >= Rational(11, 4) * log(n / delta), "min(m, d) ≥ 2.75 log(n/δ)"),),
        grid={"m": (40,), "d": (40,), "n": (1,)},
    ),
    mutate(
        "S5.pairs/halved",
        "constant",
        # m = d = 40, one sample.
        lambda: margin_failure(40, 40) > math.exp(-40 / 2.75),
        rhs=to(1 - n * exp(-Min(m, d) / Rational(11, 4))),
        grid={"m": (40,), "d": (40,), "n": (1,)},
    ),
    mutate(
        "S5.pairs/m for d",
        "m for d",
        # m = 400, d = 20, one sample: (2, 39) the wrong way round.
        lambda: margin_failure(400, 20) > math.exp(-10),
        link=7,
        rhs=to(1 - n * exp(-Min(d / 2, m / 39))),
        grid={"m": (400,), "d": (20,), "n": (1,)},
    ),
    mutate("S5.pairs/constant", "constant", lambda: 3 / math.log(2) > 3, link=8, rhs=to(3 / log(2))),
)
