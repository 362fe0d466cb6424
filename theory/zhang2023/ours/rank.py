"""When separability is algebra and not probability (S18).

Any v with Wv = a has ⟨v, ∇f(x)⟩ = (Wv)ᵀD_x a = ‖D_x a‖², which is positive wherever an active neuron has a_i ≠ 0: so
all noises of a network of width m ≤ d with independent rows are separated, trained or not. The same v exists for few
samples, where the D_i a and the inputs span no more than d dimensions. Labels independent of the noises have no such
help: vectors in general position are separable for Cover's share of the labellings, and any others for no larger one.

Descent moves W within the span of X, so that W Π⊥_X stays as it was drawn, independent of the D_i a at every step: on
their span it is injective where no more than d - rank X dimensions are needed, and the same v exists within X⊥.

Several outputs have u = A_y - A_k and b = Aᵀ(e_y - p) in place of a: v = W⁺u has the margin uᵀD_x b, which no rank
keeps positive. At the worst softmax u and b are Gaussian at 60 degrees, so that given k active neurons it is negative
with probability P(F_{k,k} ≤ 1/3) ≤ ½ (3/4)^{k/2}. What is left of rank is a bound: for m ≤ d the noises span at most
m dimensions, and n hyperplanes divide r dimensions into at most 2 Σ_{j<r} C(n-1, j) parts.
"""

from __future__ import annotations

from typing import Any

from sympy import Integer, Rational, Sum, binomial, sqrt

from ...language.events import Event
from ...language.heads import P
from ...language.parameters import size
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.rank import (
    class_excess,
    class_separable,
    descent_separable,
    few_separable,
    inside,
    inside_classes,
    masked_norm,
    masked_product,
    narrow_class_margin,
    narrow_separable,
    pinv_error,
    pinv_margin,
    shuffled_separable,
    trained_error,
)
from ..symbols import d, m, n

__all__ = ["STATEMENTS"]

_HALF = Rational(1, 2)
_k = size("k")
_TINY = Rational(1, 10**6)
_NARROW = Hypothesis(m <= d, "m ≤ d")


def _source(part: str) -> Source:
    return Source("whp", part)


S18_IDENTITY = Statement(
    "S18.identity",
    "sharp",
    "Where Wv = a the witness v has the margin ‖D_x a‖² at every x, and aᵀD_x b against WᵀD_x b of other outputs",
    _source("S18"),
    (Claim((Link(inside, "=", masked_norm),)), Claim((Link(inside_classes, "=", masked_product),))),
)

S18_PINV = Statement(
    "S18.pinv",
    "sharp",
    "At width m ≤ d the weights have such a v, W⁺a: to rounding at initialisation and after training of both layers",
    _source("S18"),
    (Claim((Link(pinv_error, "<", _TINY),)), Claim((Link(trained_error, "<", _TINY),))),
    (_NARROW,),
    uses=("S18.identity",),
)

S18_FAILURE = Statement(
    "S18.failure",
    "sharp",
    "At width m ≤ d one sample at initialisation fails with W⁺a iff no neuron is active: with probability 2^-m",
    _source("S18"),
    (Claim((Link(P(Event(pinv_margin, "<=", 0)), "=", _HALF**m),)),),
    (_NARROW,),
    uses=("S18.identity",),
)

S18_TRAINED = Statement(
    "S18.trained",
    "sharp",
    "At width m ≤ d the nonzero noises of a trained network are separable at every step, for reasons of rank",
    _source("S18"),
    (Claim((Link(narrow_separable, ">=", 1),)),),
    (_NARROW,),
    uses=("S18.pinv",),
)

S18_DESCENT = Statement(
    "S18.descent",
    "sharp",
    "Few samples at any width, above d too: where rank{D_i a} + rank X ≤ d, as for 2n ≤ d, the nonzero noises are "
    "separable at every step of gradient descent, by a witness orthogonal to all inputs",
    _source("S18 and the setting of S14"),
    (Claim((Link(descent_separable, ">=", 1),)),),
    (Hypothesis(2 * n <= d, "2n ≤ d"),),
)

S18_FEW = Statement(
    "S18.few",
    "sharp",
    "n ≤ d orthogonal inputs are separable iff each activates a neuron: with probability (1 - 2^-m)^n",
    _source("S18"),
    (Claim((Link(P(Event(few_separable, ">=", 1)), "=", (1 - Integer(2) ** (-m)) ** n),)),),
    (Hypothesis(n <= d, "n ≤ d"),),
)


def _cover(dimension: Any) -> Any:
    """Cover's share of the labellings of n vectors that are separable."""
    return 2 * _HALF**n * Sum(binomial(n - 1, _k), (_k, 0, dimension - 1))


S18_COVER = Statement(
    "S18.cover",
    "sharp",
    "Shuffled labels, the control: for m > d the noises are separable for Cover's share of all labellings",
    _source("S18 and Cover's function counting theorem"),
    (Claim((Link(P(Event(shuffled_separable, ">=", 1)), "=", _cover(d)),)),),
    (Hypothesis(m > d, "m > d"),),
)

S18_CLASSES = Statement(
    "S18.classes",
    "sharp",
    "Three outputs or more, m ≤ d: at the worst softmax W⁺A fails against one rival more often than no neuron is "
    "active, whatever d is: what rank explains for one output it does not for ten",
    _source("S18, S20"),
    (
        Claim.chain(
            _HALF**m,
            "<",
            P(Event(narrow_class_margin, "<=", 0)),
            "<=",
            ((2 + sqrt(3)) / 4) ** m / 2 + _HALF ** (m + 1),
        ),
    ),
    (_NARROW,),
    uses=("S18.identity",),
)

S18_CONTROL = Statement(
    "S18.control",
    "sharp",
    "Shuffled labels of ten outputs, the control: for m ≤ d at most Cover's share in m dimensions is separable",
    _source("S18 and Cover's function counting theorem"),
    (Claim((Link(P(Event(class_separable, ">=", 1)), "<=", _cover(m)),)),),
    (_NARROW,),
)

S18_DIGITS = Statement(
    "S18.digits",
    "sharp",
    "Figure 3's networks on digits: the noises of ten outputs span at most min(m, d) dimensions",
    _source("S18"),
    (Claim((Link(class_excess, "<=", 0),)),),
    uses=("S18.identity",),
)

STATEMENTS = (
    S18_IDENTITY,
    S18_PINV,
    S18_FAILURE,
    S18_TRAINED,
    S18_DESCENT,
    S18_FEW,
    S18_COVER,
    S18_CLASSES,
    S18_CONTROL,
    S18_DIGITS,
)
