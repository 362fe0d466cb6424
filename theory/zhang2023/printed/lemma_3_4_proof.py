"""The proofs of Lemmas 3.3 and 3.4 in Appendix 6, as printed.

In words: ‖h‖² is a chi-square variable with m degrees of freedom, at most 2m but for e^{-m/7} (eq. 35); on that event
aᵀh and aᵀD_x h are normals of variance at most 2, below √(c₂d) but for 2e^{-c₂d/4} (eq. 36).
"""

from __future__ import annotations

from sympy import Abs, Rational, exp, sqrt

from ...calculus.functions import Phi
from ...language.events import Event
from ...language.heads import P
from ...language.statements import Claim, Link, Source, Statement
from ..models.initial import a_Dh, a_h, norm_h2
from ..symbols import c2, d, m

_SHORT = Event(norm_h2, "<=", 2 * m)
_TAIL = 1 - 2 * Phi(-sqrt(c2 * d / 2))
_BOUND = 1 - 2 * exp(-c2 * d / 4)

EQ_35 = Statement(
    "eq35",
    "printed",
    "The hidden preactivations have norm at most √(2m)",
    Source("zhang2023", "eq. 35, Appendix 6"),
    (Claim.chain(P(_SHORT), ">", 1 - (2 * exp(-1)) ** (m / 2), ">", 1 - exp(-m / 7)),),
    uses=("lem6.2",),
)

EQ_36 = Statement(
    "eq36",
    "printed",
    "On that event both factors of the term along x are below √(c₂ d)",
    Source("zhang2023", "eq. 36, Appendix 6"),
    (
        Claim((Link(P(Event(Abs(a_h), "<", sqrt(c2 * d))), ">", _TAIL, given=(_SHORT,)), Link(_TAIL, ">", _BOUND))),
        Claim((Link(P(Event(Abs(a_Dh), "<", sqrt(c2 * d))), ">", _TAIL, given=(_SHORT,)), Link(_TAIL, ">", _BOUND))),
    ),
    uses=("eq12.laws", "eq35"),
    points=tuple({c2: Rational(1, k)} for k in (1, 8, 64)),
)

STATEMENTS = (EQ_35, EQ_36)
