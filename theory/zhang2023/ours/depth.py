"""Deeper networks (S21): the witness W₁ᵀ⋯W_Lᵀa of all layers without their masks.

Below layer ℓ the vectors with and without masks are Gaussian, independent of everything the lower layers see, and their
cosine follows a recursion of chi variables: at each layer the argument of S1 applies to (b_i, u_i) jointly. The last
step, in the input dimension, has no mask, and its failure is a tail of a Student variable.
"""

from __future__ import annotations

from sympy import Rational, exp

from ...language.cells import Regime
from ...language.events import Event, Joint
from ...language.heads import Law, P
from ...language.statements import Claim, Link, Source, Statement
from ..margin.angle_rates import angle_exponent
from ..models.angles import DEPTHS, deep_cosine, deep_cosine_scalar, equal_cosines, narrow_cosines
from ..symbols import m

__all__ = ["STATEMENTS"]

_SIZES = (Rational(273, 50), Rational(77, 5), Rational(367, 10))
_NEAR = Rational(1, 20)


def _source(part: str) -> Source:
    return Source("whp", part)


S21_LAW = Statement(
    "S21.law",
    "sharp",
    "Exact law of the cosine of gradient and unmasked witness at every depth: a recursion of chi variables",
    _source("S21"),
    (Claim((Link(Law(deep_cosine), "=_d", Law(deep_cosine_scalar)),)),),
    uses=("S1",),
)

S21_COSINE = Statement(
    "S21.cosine",
    "sharp",
    "The cosine tends to 2^{-L/2}: every layer costs a factor √2, here L = 1, 2, 3 at m = d",
    _source("S21"),
    tuple(
        Claim(
            (
                Link(
                    P(
                        Joint(
                            Event(cosine, ">", Rational(1, 2) ** Rational(depth, 2) - _NEAR),
                            Event(cosine, "<", Rational(1, 2) ** Rational(depth, 2) + _NEAR),
                        )
                    ),
                    "~",
                    1,
                ),
            ),
            regime=Regime(m),
        )
        for depth, cosine in zip(DEPTHS, equal_cosines, strict=True)
    ),
    uses=("S21.law",),
)

S21 = Statement(
    "S21",
    "sharp",
    "At m = d one sample fails with probability at most e^{-m/C}, C = 5.46, 15.4, 36.7 for L = 1, 2, 3 hidden layers",
    _source("S21"),
    tuple(
        Claim((Link(P(Event(cosine, "<=", 0)), "<=", exp(-m / constant)),))
        for constant, cosine in zip(_SIZES, narrow_cosines, strict=True)
    ),
    uses=("S21.law",),
)

S21_CONSTANTS = Statement(
    "S21.constants",
    "sharp",
    "At m = d the exponents of a failure are 1/5.456… for one hidden layer and 1/15.37… for two",
    _source("S21"),
    (
        Claim.chain(Rational(1000, 5458), "<", angle_exponent(1, 1), "<", Rational(1000, 5456)),
        Claim.chain(Rational(100, 1538), "<", angle_exponent(2, 1), "<", Rational(100, 1537)),
    ),
)

STATEMENTS = (S21_LAW, S21_COSINE, S21, S21_CONSTANTS)
