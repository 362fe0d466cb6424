"""Why a linear model of training noises classifies test noises (S19).

Noises of one network are -κy times its gradients, and gradients at different inputs have positive inner products with
high probability: every combination of training noises with weights of the sign of -y, even a single one, then has the
right sign at every test noise.

At orthogonal inputs, given the masks and |a|, the pair of coordinate j of B and B' is Gaussian with covariance
(p, c; c, p')/d for every j, in the plane of both inputs too, as the signs of a make a half-normal coordinate normal;
pairs outside the plane are independent of each other and of those inside. With c = p₁₁, Δ = pp' - c² and λ = dc/Δ one
pair has E e^{-λS} = (1 + 2c²/Δ - c²/Δ)^{-1/2} = (1 - ρ²)^{1/2}, ρ² = c²/(pp'). In the plane
E e^{-λ(S_1 + S_2)} ≤ (E e^{-2λS_1} E e^{-2λS_2})^{1/2} = (1 + 4c²/Δ - 4c²/Δ)^{-1/2} = 1 (Cauchy-Schwarz). So
P(⟨B, B'⟩ ≤ 0) ≤ E (1 - ρ²)^{(d-2)/2}, and 1/(1 - ρ²) = 1 + c²/(cs + xz) ≥ 1 + 4u²/(1 + 4u) ≥ 15/16 + ¾u with
x = p₁₀, z = p₀₁, s = x + z and u = c/s = r/(1 - r).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from flint import arb, fmpz
from sympy import Integer, Rational, exp, log, pi, sin, sqrt

from ...calculus.evaluate import CertifiedFunction
from ...calculus.exact import exact_integer
from ...language.cells import Regime
from ...language.events import Event
from ...language.heads import E, P, Var
from ...language.parameters import real
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.transfer import (
    gradient_product,
    least_orthogonal,
    least_product,
    mean_probe,
    mean_product,
    orthogonal_product,
    theta,
    wide_product,
)
from ..symbols import d, gamma, m, n

__all__ = ["STATEMENTS", "pair_bound"]

_QUARTER = Rational(1, 4)
_r0 = real("r_0", 0)
_lam = real("lambda", 0)
_u = real("u", 0)
_c, _x, _z = real("c", 0), real("x", 0), real("z", 0)
_size = real("C", 0)


class pair_bound(CertifiedFunction):
    """E min(1, E[e^{−(d−2)F(r)} | j, k]) in (m, d) over the numbers j, k of neurons active at both inputs and at one.

    It is below 1 for d ≥ 3. Given j and k, r ~ Beta(j/2, k/2) and with q = (d−2)/2 the mean is
    (16/15)^q B(j/2, k/2+q)/B(j/2, k/2) ₂F₁(q, j/2; (j+k)/2+q; 1/5).

    Examples
    --------
    >>> from ...calculus.evaluate import number
    >>> round(number(pair_bound(32, 16)), 6), round(number(pair_bound(1, 3)), 6)
    (0.274393, 0.75)
    """

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m_, d_ = (printer._print(x) for x in self.args)
        return rf"\mathbb{{E}}_{{{m_}}} \min(1, \mathbb{{E}}[e^{{-({d_} - 2) F(r)}} \mid j, k])"

    @staticmethod
    def in_balls(width: arb, dimension: arb) -> arb:
        terms = _terms(exact_integer(width, "m"), exact_integer(dimension, "d"))
        return sum((weight * mean.min(arb(1)) for weight, mean in terms), arb(0))


def _terms(m_: int, d_: int) -> Iterator[tuple[arb, arb]]:
    """The probability of j neurons active at both inputs and k at one, and E e^{−(d−2)F(r)} given both, where not 0."""
    q = arb(d_ - 2) / 2
    factor = (arb(16) / 15) ** q
    for j in range(m_ + 1):
        first = arb(j) / 2
        for k in range(m_ - j + 1):
            weight = math.comb(m_, j) * math.comb(m_ - j, k) * arb(2) ** fmpz(k - 2 * m_)
            if j == 0:
                yield weight, factor
            elif k:
                second = arb(k) / 2
                ratio = ((second + q).lgamma() - (first + second + q).lgamma()).exp()
                ratio *= ((first + second).lgamma() - second.lgamma()).exp()
                yield weight, factor * ratio * (arb(1) / 5).hypgeom_2f1(q, first, first + second + q)


def _source(part: str) -> Source:
    return Source("whp", part)


_p = (pi - theta) / (2 * pi)
_PLANE = (Hypothesis(d >= 2, "d ≥ 2"), Hypothesis(theta <= pi, "θ ≤ π"))
_ANGLES = tuple({theta: v} for v in (Rational(1, 10), Integer(1), Rational(3, 2), Integer(3)))

S19_MOMENTS = Statement(
    "S19.moments",
    "sharp",
    "Exact mean and variance of the inner product of the gradients at two inputs of angle θ",
    _source("S19"),
    (
        Claim((Link(E(gradient_product), "=", _p),)),
        Claim(
            (
                Link(
                    Var(gradient_product),
                    "=",
                    (1 - 1 / m) * (1 / (4 * d) + _p**2 / d + sin(theta) ** 2 / (2 * pi**2 * d**2))
                    - _p**2 / m
                    + 3 * _p * (1 + 2 / d) / m,
                ),
            )
        ),
    ),
    _PLANE,
    points=_ANGLES,
)

_kappa = _QUARTER + 1 / (4 * n)
S19_MEAN = Statement(
    "S19.mean",
    "sharp",
    "Exact mean and variance of a mean of n orthogonal gradients against a fresh orthogonal one",
    _source("S19"),
    (
        Claim((Link(E(mean_product), "=", _QUARTER),)),
        Claim(
            (
                Link(
                    Var(mean_product),
                    "=",
                    (1 - 1 / m) * (_kappa / (2 * d) + 1 / (16 * d) + 1 / (2 * pi**2 * n * d**2))
                    - 1 / (16 * m)
                    + 3 / m * (1 + 2 / d) * _kappa / 2,
                ),
            )
        ),
    ),
    (Hypothesis(d >= n + 1, "d ≥ n + 1"),),
)

S19_ANGLE = Statement(
    "S19.angle",
    "sharp",
    "The correlation of two gradients given their masks: 1/(1 - ρ²) ≥ 15/16 + ¾u at u = p₁₁/(p₁₀ + p₀₁)",
    _source("S19"),
    (
        Claim((Link((_c + _x) * (_c + _z) - _c**2, "<=", _c * (_x + _z) + (_x + _z) ** 2 / 4),)),
        Claim((Link((1 + 2 * _u) ** 2, ">=", (Rational(15, 16) + Rational(3, 4) * _u) * (1 + 4 * _u)),)),
    ),
)

S19_PAIR = Statement(
    "S19.pair",
    "sharp",
    "Orthogonal inputs: two gradients have no positive inner product with probability at most E min(1, e^{-(d-2)F(r)})",
    _source("S19"),
    (Claim((Link(P(Event(orthogonal_product, "<=", 0)), "<=", pair_bound(m, d)),)),),
    (Hypothesis(d >= 3, "d ≥ 3"),),
    uses=("S19.angle",),
    # Weaker: 2E e^{-(d-2)F(r)}, as E min(1, X) ≤ 2E X.
    aliases=("S19.bound",),
)

_F = log(Rational(15, 16) + Rational(3, 4) * _r0 / (1 - _r0)) / 2
_MASK = _QUARTER / sqrt(1 + 2 * _lam * (1 - _r0)) + 1 / (2 * sqrt(1 - 2 * _lam * _r0)) + _QUARTER
S19_CONSTANTS = Statement(
    "S19.constants",
    "sharp",
    "35.3 is enough, and so is 35.25: F(r₀) ≥ 1/C, and r ≤ r₀ has probability at most e^{-m/C} by Chernoff",
    _source("S19"),
    (
        Claim((Link(_size * _F, ">=", 1),)),
        Claim((Link(-_size * log(_MASK), ">=", 1),)),
    ),
    points=(
        {_size: Rational(353, 10), _r0: Rational(1388, 10**4), _lam: Rational(4875, 10**4)},
        {_size: Rational(3525, 100), _r0: Rational(13881, 10**5), _lam: Rational(4873, 10**4)},
    ),
)

_EACH = 2 * exp(-10 * (d - 2) / 353) + exp(-10 * m / 353)
S19_ORTHOGONAL = Statement(
    "S19.orthogonal",
    "sharp",
    "Orthogonal inputs: the same with constants",
    _source("S19"),
    (Claim((Link(P(Event(wide_product, "<=", 0)), "<=", _EACH),)),),
    (Hypothesis(d >= 2, "d ≥ 2"),),
    uses=("S19.pair", "S19.constants"),
)

S19 = Statement(
    "S19",
    "sharp",
    "Orthogonal inputs: with the union over pairs every single training noise classifies all n test noises",
    _source("S19"),
    (Claim((Link(P(Event(least_orthogonal, ">", 0)), ">=", 1 - n**2 * _EACH),)),),
    (Hypothesis(d >= 2 * n, "d ≥ 2n"),),
    uses=("S19.orthogonal",),
)

S19_SPHERE = Statement(
    "S19.sphere",
    "sharp",
    "A linear model of the training noises classifies all test noises as m and d grow, as the abstract says",
    _source("S19"),
    (
        Claim((Link(P(Event(mean_probe, ">=", 1)), "~", 1),), regime=Regime(d, fixed=(n,), tied={m: gamma})),
        Claim((Link(P(Event(least_product, ">", 0)), "~", 1),), regime=Regime(d, fixed=(n,), tied={m: gamma})),
    ),
    uses=("S19.moments",),
)

STATEMENTS = (
    S19_MOMENTS,
    S19_MEAN,
    S19_ANGLE,
    S19_PAIR,
    S19_CONSTANTS,
    S19_ORTHOGONAL,
    S19,
    S19_SPHERE,
)
