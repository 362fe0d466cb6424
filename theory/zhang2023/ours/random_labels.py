"""Transfer with random labels (S19): what a linear model of noises tells is the label that the attack was given.

At initialisation a noise is r = -κ y B with κ > 0, B the gradient, and B knows nothing of y. One noise of each class is
enough: ⟨r̄_1 - r̄_0, r⟩ has the sign of the label of a fresh r whenever both training gradients have positive inner
products with its gradient, whatever the data and however the labels were drawn. With two outputs A (S20) this is the
network of one output with readout A_1 - A_0.

For orthogonal inputs the bound of S19 on one product needs no factor 2. Given the masks and |a|, the pair of coordinate
j of B and B' is Gaussian with covariance (p, c; c, p')/d for every j, in the plane of both inputs too, as the signs of
a make a half-normal coordinate normal; pairs outside the plane are independent of each other and of those inside. With
c = p₁₁, Δ = pp' - c² and λ = dc/Δ one pair has E e^{-λS} = (1 + 2c²/Δ - c²/Δ)^{-1/2} = (1 - ρ²)^{1/2}, ρ² = c²/(pp').
In the plane E e^{-λ(S_1 + S_2)} ≤ (E e^{-2λS_1} E e^{-2λS_2})^{1/2} = (1 + 4c²/Δ - 4c²/Δ)^{-1/2} = 1 (Cauchy-Schwarz).
So P(⟨B, B'⟩ ≤ 0) ≤ E (1 - ρ²)^{(d-2)/2}, and 1/(1 - ρ²) = 1 + c²/(cs + xz) ≥ 1 + 4u²/(1 + 4u) ≥ 15/16 + ¾u with
x = p₁₀, z = p₀₁, s = x + z and u = c/s = r/(1 - r): at most half of S19's bound.
"""

from __future__ import annotations

from typing import Any

from flint import arb
from sympy import Min, Rational, exp, log, pi

from ...calculus.evaluate import CertifiedFunction
from ...calculus.exact import exact_integer
from ...language.events import Event
from ...language.heads import P
from ...language.parameters import real
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.random_labels import label_margin, mean_label_margin
from ..models.transfer import orthogonal_product
from ..symbols import d, delta, m, n
from .transfer import product_terms

__all__ = ["STATEMENTS", "pair_bound"]

_HALF = Rational(1, 2)
_u = real("u", 0)
_c, _x, _z = real("c", 0), real("x", 0), real("z", 0)


class pair_bound(CertifiedFunction):
    """E min(1, E[e^{−(d−2)F(r)} | j, k]) in (m, d) over the numbers j, k of neurons active at both inputs and at one.

    It is below 1 for d ≥ 3, and below half of `product_bound`.

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
        terms = product_terms(exact_integer(width, "m"), exact_integer(dimension, "d"))
        return sum((weight * mean.min(arb(1)) for weight, mean in terms), arb(0))


def _source(part: str) -> Source:
    return Source("whp", part)


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
)

S19_LABELS = Statement(
    "S19.labels",
    "sharp",
    "Labels drawn without the data: one noise of each class tells the label of a fresh noise",
    _source("S19, S20"),
    (
        Claim(
            (
                Link(
                    P(Event(label_margin, "<=", 0)),
                    "<=",
                    2 * exp(-10 * (d - 2) / 353) + 2 * exp(-10 * m / 353),
                ),
            )
        ),
    ),
    (Hypothesis(d >= 3, "d ≥ 3"),),
    uses=("S19.pair", "S19.constants", "S20.two"),
)

S19_LABELS_SIZE = Statement(
    "S19.labels.size",
    "sharp",
    "min(m, d - 2) ≥ 35.3 log(4/δ) is enough for one noise of each class to tell the random label of a fresh one",
    _source("S19, S20"),
    (Claim((Link(P(Event(label_margin, ">", 0)), ">=", 1 - delta),)),),
    (Hypothesis(Min(m, d - 2) >= Rational(353, 10) * log(4 / delta), "min(m, d - 2) ≥ 35.3 log(4/δ)"),),
    uses=("S19.labels",),
    points=({delta: _HALF}, {delta: Rational(1, 10)}),
)

_kappa = Rational(1, 4) + 1 / (8 * n)
_VARIANCE = (
    (1 - 1 / m) * (_kappa / (2 * d) + 1 / (16 * d) + 1 / (4 * pi**2 * n * d**2))
    - 1 / (16 * m)
    + 3 / m * (1 + 2 / d) * _kappa / 2
)
S19_LABELS_MEANS = Statement(
    "S19.labels.means",
    "sharp",
    "Means of n noises of each class at T = ∞: Cantelli's inequality with the exact variance of S19.mean at 2n",
    _source("S19, S20"),
    (Claim((Link(P(Event(mean_label_margin, "<=", 0)), "<=", _VARIANCE / (_VARIANCE + Rational(1, 16))),)),),
    (Hypothesis(d >= 2 * n + 1, "d ≥ 2n + 1"),),
    uses=("S19.mean",),
)

STATEMENTS = (S19_ANGLE, S19_PAIR, S19_LABELS, S19_LABELS_SIZE, S19_LABELS_MEANS)
