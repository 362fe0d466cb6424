"""When separability is algebra and not probability (S18).

Any v with Wv = a has ⟨v, ∇f(x)⟩ = (Wv)ᵀD_x a = ‖D_x a‖², which is positive wherever an active neuron has a_i ≠ 0: so
all noises of a network of width m ≤ d with independent rows are separated, trained or not. The same v exists for few
samples, where the D_i a and the inputs span no more than d dimensions. Labels independent of the noises have no such
help: vectors in general position are separable for Cover's share of the labellings.
"""

from __future__ import annotations

from sympy import Integer, Rational, Sum, binomial

from ...language.events import Event
from ...language.heads import P
from ...language.parameters import size
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.rank import (
    few_separable,
    inside,
    masked_norm,
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
    "Where Wv = a the witness v has the margin ‖D_x a‖² at every x, exactly",
    _source("S18"),
    (Claim((Link(inside, "=", masked_norm),)),),
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

S18_FEW = Statement(
    "S18.few",
    "sharp",
    "n ≤ d orthogonal inputs are separable iff each activates a neuron: with probability (1 - 2^-m)^n",
    _source("S18"),
    (Claim((Link(P(Event(few_separable, ">=", 1)), "=", (1 - Integer(2) ** (-m)) ** n),)),),
    (Hypothesis(n <= d, "n ≤ d"),),
)

S18_COVER = Statement(
    "S18.cover",
    "sharp",
    "Shuffled labels, the control: for m > d the noises are separable for Cover's share of all labellings",
    _source("S18 and Cover's function counting theorem"),
    (
        Claim(
            (
                Link(
                    P(Event(shuffled_separable, ">=", 1)),
                    "=",
                    2 * _HALF**n * Sum(binomial(n - 1, _k), (_k, 0, d - 1)),
                ),
            )
        ),
    ),
    (Hypothesis(m > d, "m > d"),),
)

STATEMENTS = (S18_IDENTITY, S18_PINV, S18_FAILURE, S18_TRAINED, S18_FEW, S18_COVER)
