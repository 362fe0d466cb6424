"""Theorem 3.6 and the steps of its proof, as printed: the noises of a trained network near its initialisation.

In words: under Lemma 3.5 the witness v = -Wᵀa of the *initial* weights separates the noises of the trained network.
The margin splits into eight terms (eq. 17); the first is Theorem 3.1's and the others are bounded through
‖ΔW‖₂, ‖Δa‖ ≤ 1/√m and the sparsity of ΔD. Each bound is asked of the whole ball, since that is all the steps use.
"""

from __future__ import annotations

from sympy import Rational, exp, log, sqrt

from ...language.cells import Regime
from ...language.events import Event, Joint
from ...language.heads import BigO, P, Tunable
from ...language.statements import Claim, Hypothesis, Implication, Link, Source, Statement
from ..models.trained import (
    SUP_TERMS,
    TERM_FORMS,
    ball_flip_norm,
    ball_flips,
    ball_margin,
    edges_norms,
    norm_Da,
    norm_Wa,
    perturbed_margin,
    retrained_cauchy,
    retrained_term4,
    sparse_norm_a,
    trained_gradient,
    trained_margin,
    wide_projected,
)
from ..symbols import C, c1, c2, d, delta, gamma, m, n, tau
from .lemma_3_5 import WIDE_ENOUGH

_HALF = Rational(1, 2)
_WIDTH = Regime(m, fixed=(d,))
_BOTH = Regime(d, tied={m: gamma})
_DELTAS = ({delta: Rational(1, 10)}, {delta: Rational(1, 5)})
# Beyond this width S12.sparsity proves the number of flips; the printed polynomial is unnamed.
SPARSE_ENOUGH = Hypothesis(m >= 17 * sqrt(d) * log(m) ** 3, "m ≥ Ω(poly(n)·d), read as m ≥ 17 √d log³ m")
_BEYOND = Hypothesis(m >= 4 * d, "m ≥ Ω(poly(n)·d), read as m ≥ 4 d")


def _source(where: str) -> Source:
    return Source("zhang2023", where)


THM_3_6 = Statement(
    "thm3.6",
    "printed",
    "Near the initialisation v = -Wᵀa separates the adversarial noises of the trained network",
    _source("Theorem 3.6, Section 3.2"),
    (
        Claim(
            (
                Link(
                    P(Event(trained_margin, ">", 0, n)),
                    ">=",
                    1 - C * n * exp(-c1 * m / log(m) ** 2 - c2 * d),
                ),
            ),
            exists=(C, c1, c2),
        ),
    ),
    (WIDE_ENOUGH,),
    uses=(
        "lem3.5",
        "thm3.1.reduction",
        "eq17",
        "eq18",
        "eq19.norms",
        "eq19",
        "eq21.sparsity",
        "eq21.norm",
        "lem3.7",
        "eq21",
        "eq22",
        "thm3.6.rest",
    ),
)

THM_3_6_REPAIRED = Statement(
    "thm3.6",
    "repaired",
    "v' = -Π⊥_X Wᵀa separates the noises that gradient descent leads to",
    Source("whp", "S14"),
    (
        Claim(
            (
                Link(
                    P(Event(wide_projected, ">", 0, n)),
                    ">=",
                    1 - n * Rational(3, 4) ** ((d - n) / 2) - 5 * n * exp(-tau),
                ),
            )
        ),
    ),
    (
        Hypothesis(m >= 14000 * tau, "m ≥ 14000 t"),
        Hypothesis(m >= 1700 * tau * (tau + log(m)), "m ≥ 1700 t (t + log m)"),
    ),
    uses=("S14", "S14.cosine"),
    repairs="thm3.6",
    points=({tau: 4},),
)

EQ_17 = Statement(
    "eq17",
    "printed",
    "The margin of a trained network is the sum of eight terms",
    _source("eq. 17, Section 3.2"),
    (Claim.chain(trained_gradient, "=", perturbed_margin, "=", sum(TERM_FORMS)),),
    uses=("eq6",),
)

EQ_18 = Statement(
    "eq18",
    "printed",
    "The first term exceeds 1/32 with high probability",
    _source("eq. 18, Section 3.2"),
    (Claim((Link(P(Event(ball_margin, ">", Rational(1, 32))), "~", 1),), regime=_BOTH),),
    points=({gamma: 1}, {gamma: 4}, {gamma: 64}),
)


def _near(value: object, centre: object, widest: object = 1) -> tuple[Event, Event]:
    return Event(value, ">", centre - delta), Event(value, "<", centre + widest * delta)


EQ_19_NORMS = Statement(
    "eq19.norms",
    "printed",
    "‖D_x a‖ is near 1/2 and ‖aᵀW‖ near 1 with high probability",
    _source("after eq. 18, Section 3.2"),
    (
        Claim((Link(P(Joint(*_near(norm_Da, _HALF, Tunable(1, "smallest")))), "~", 1),), regime=_BOTH),
        Claim((Link(P(Joint(*_near(norm_Wa, 1))), "~", 1),), regime=_BOTH),
    ),
    points=_DELTAS,
)

EQ_19_NORMS_REPAIRED = Statement(
    "eq19.norms",
    "repaired",
    "‖D_x a‖ is near 1/√2 and ‖aᵀW‖ near 1 with high probability",
    Source("whp", "E ‖D_x a‖² = 1/2"),
    (
        Claim((Link(P(Joint(*_near(norm_Da, 1 / sqrt(2)))), "~", 1),), regime=_BOTH),
        Claim((Link(P(Joint(*_near(norm_Wa, 1))), "~", 1),), regime=_BOTH),
    ),
    points=_DELTAS,
    repairs="eq19.norms",
)

EQ_19 = Statement(
    "eq19",
    "printed",
    "The second term is O(1/√m) over the ball",
    _source("eq. 19, Section 3.2"),
    (Claim((Link(SUP_TERMS[2], "=", BigO(1 / sqrt(m))),), regime=_WIDTH),),
    (_BEYOND,),
    uses=("eq19.norms",),
)

EQ_21_SPARSITY = Statement(
    "eq21.sparsity",
    "printed",
    "Fewer than m/log² m neurons flip",
    _source("before eq. 20, Section 3.2"),
    (
        Claim(
            (Link(P(Event(ball_flips, "<", m / log(m) ** 2)), ">=", 1 - exp(-c1 * m / log(m) ** 2)),),
            exists=(c1,),
            regime=_WIDTH,
        ),
    ),
    (SPARSE_ENOUGH,),
    implied_by=(
        Implication(
            by="S12.sparsity",
            constants={c1: _HALF},
            steps=(Link(exp(-m / log(m) ** 2 / 2), "<=", exp(-c1 * m / log(m) ** 2).subs(c1, _HALF)),),
        ),
    ),
)

EQ_21_NORM = Statement(
    "eq21.norm",
    "printed",
    "Hence ‖ΔD_x a‖ ≤ 1/log m with high probability: asked of every mask change that sparse",
    _source("before eq. 20, Section 3.2"),
    (
        Claim(
            (Link(P(Event(sparse_norm_a, "<=", Tunable(1, "smallest") / log(m), "sup u")), "~", 1),),
            regime=_WIDTH,
        ),
    ),
    (_BEYOND,),
    uses=("eq21.sparsity",),
)

EQ_21_NORM_REPAIRED = Statement(
    "eq21.norm",
    "repaired",
    "‖ΔD_x a‖ ≤ 1/log m with high probability for every mask change within the ball",
    Source("whp", "S12 (i): the flipped neurons are those with small |h|"),
    (Claim((Link(P(Event(ball_flip_norm, "<=", 1 / log(m))), "~", 1),), regime=_WIDTH),),
    (_BEYOND,),
    uses=("S12.flips",),
    repairs="eq21.norm",
)

EQ_21 = Statement(
    "eq21",
    "printed",
    "The third term is at most 1/log m",
    _source("eq. 21, Section 3.2"),
    (Claim((Link(P(Event(SUP_TERMS[3], "<=", 1 / log(m))), "~", 1),), regime=_WIDTH),),
    (_BEYOND,),
    uses=("lem3.7", "eq21.norm"),
)

EQ_22 = Statement(
    "eq22",
    "printed",
    "The fourth term is O(1/√d)",
    _source("eq. 22, Section 3.2"),
    (
        Claim((Link(retrained_term4, "<=", retrained_cauchy),)),
        Claim((Link(P(Event(edges_norms, "<=", 2 * sqrt(m / d) / sqrt(m))), "~", 1),), regime=_BOTH),
        Claim((Link(2 * sqrt(m / d) / sqrt(m), "=", 2 / sqrt(d)),)),
        Claim((Link(SUP_TERMS[4], "=", BigO(1 / sqrt(d))),), regime=_BOTH),
    ),
)

REST = Statement(
    "thm3.6.rest",
    "printed",
    "The remaining four terms are bounded the same way: by the rates of the second and the fourth",
    _source("after eq. 22, Section 3.2"),
    tuple(
        Claim((Link(SUP_TERMS[k], "=", BigO(rate)),), regime=_WIDTH)
        for k, rate in ((5, 1 / sqrt(m)), (6, 1 / sqrt(m)), (7, 1 / sqrt(d)), (8, 1 / sqrt(m)))
    ),
    (_BEYOND,),
    uses=("eq19", "eq22"),
)

BEFORE_LEMMA_3_7 = (
    THM_3_6,
    THM_3_6_REPAIRED,
    EQ_17,
    EQ_18,
    EQ_19_NORMS,
    EQ_19_NORMS_REPAIRED,
    EQ_19,
    EQ_21_SPARSITY,
    EQ_21_NORM,
    EQ_21_NORM_REPAIRED,
)
AFTER_LEMMA_3_7 = (EQ_21, EQ_22, REST)
