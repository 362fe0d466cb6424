"""Transfer with random labels (S19): what a linear model of noises tells is the label that the attack was given.

At initialisation a noise is r = -κ y B with κ > 0, B the gradient, and B knows nothing of y. One noise of each class is
enough: ⟨r̄_1 - r̄_0, r⟩ has the sign of the label of a fresh r whenever both training gradients have positive inner
products with its gradient, whatever the data and however the labels were drawn. With two outputs A (S20) this is the
network of one output with readout A_1 - A_0.
"""

from __future__ import annotations

from sympy import Rational, exp, log, pi

from ...language.events import Event
from ...language.heads import P
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.random_labels import label_margin, mean_label_margin
from ..symbols import d, delta, least, m, n

__all__ = ["STATEMENTS"]

_HALF = Rational(1, 2)


def _source(part: str) -> Source:
    return Source("whp", part)


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
    (Hypothesis(least(m, d - 2) >= Rational(353, 10) * log(4 / delta), "min(m, d - 2) ≥ 35.3 log(4/δ)"),),
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

STATEMENTS = (S19_LABELS, S19_LABELS_SIZE, S19_LABELS_MEANS)
