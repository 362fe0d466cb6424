"""Lemma 6.2: tails of a chi-square variable, as printed.

In words: a chi-square variable with d degrees of freedom is below zd (z < 1) or above zd (z > 1) with probability at
most (z e^{1-z})^{d/2}; the first is eq. 25, the second eq. 26.
"""

from __future__ import annotations

from sympy import Rational, exp

from ...language.events import Event
from ...language.heads import P
from ...language.parameters import real
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.initial import chi2
from ..symbols import d

# The printed statement calls both z.
Z_LOW = real("z_1", 0)
Z_HIGH = real("z_2", 0)
ONE_SIDED = (Hypothesis(Z_LOW < 1, "z < 1 below"), Hypothesis(Z_HIGH > 1, "z > 1 above"))
Z_POINTS = (
    {Z_LOW: Rational(1, 100), Z_HIGH: Rational(10)},
    {Z_LOW: Rational(1, 2), Z_HIGH: Rational(2)},
    {Z_LOW: Rational(99, 100), Z_HIGH: Rational(101, 100)},
)

LEM_6_2 = Statement(
    "lem6.2",
    "printed",
    "Tails of a chi-square variable",
    Source("zhang2023", "Lemma 6.2, eqs. 25 and 26, Appendix 6"),
    (
        Claim((Link(P(Event(chi2, "<", Z_LOW * d)), "<=", (Z_LOW * exp(1 - Z_LOW)) ** (d / 2)),)),
        Claim((Link(P(Event(chi2, ">", Z_HIGH * d)), "<=", (Z_HIGH * exp(1 - Z_HIGH)) ** (d / 2)),)),
    ),
    ONE_SIDED,
    aliases=("eq25", "eq26"),
    points=Z_POINTS,
    grid={"d": (1, 2, 3, 4, 8, 16, 64, 256, 1024, 4096)},
)

STATEMENTS = (LEM_6_2,)
