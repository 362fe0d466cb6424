"""Lemma 6.1 and the steps of its proof in Appendix 6, as printed.

In words: in the simplified model the margin exceeds 1/32 for all n samples with high probability. The margin is split
into ‖WᵀDa‖² and a cross term (eq. 24). The first is a chi-square times ‖Da‖² (eqs. 25-29, events E₁, E₂); the second a
sum of products of independent normals (eqs. 30-34, event E₃). D̄ = I - D and a_D = Da throughout.
"""

from __future__ import annotations

from sympy import Abs, Rational, exp, log, pi, sqrt

from ...language.events import Event
from ...language.heads import Binomial, ChiSquare, Law, Normal, P, Psi1, Tunable
from ...language.parameters import real
from ...language.statements import Claim, Hypothesis, Implication, Link, Source, Statement
from ..margin.sharp import bernstein_constant_expr, product_rate_expr
from ..models.initial import (
    cross_columns,
    cross_D,
    image_excess,
    image_norm2,
    margin_simplified,
    mask,
    norm_a2,
    norm_aD2,
    norm_aoff2,
    off_k,
    on_k,
    on_k_copy,
    readout,
    share,
    trace_D,
)
from ..symbols import C, c1, c2, d, least, m, n, z
from . import lemma_6_2, lemma_6_3
from .lemma_6_2 import ONE_SIDED, Z_HIGH, Z_LOW, Z_POINTS
from .lemma_6_3 import C_BERNSTEIN, EPS

_HALF = Rational(1, 2)
_GIVEN = (mask, readout)
# log √2 - 1/4 and 1/2 - log √2: the exponents of χ² tails at half and at twice the mean.
_LOWER = log(sqrt(2)) - Rational(1, 4)
_UPPER = _HALF - log(sqrt(2))
_E1 = Event(trace_D, ">", m / 4)
_E2 = Event(norm_aD2, ">", Rational(1, 8))
_E3 = Event(norm_a2, "<", 2)


def _source(where: str) -> Source:
    return Source("zhang2023", where)


# min(m, d)/8.66 is the exponent of S6 at threshold 1/32.
SIZE_AT_32 = Rational(433, 50)

LEM_6_1 = Statement(
    "lem6.1",
    "printed",
    "Simplified model: the margins of all n samples exceed 1/32 with high probability",
    _source("Lemma 6.1 and eq. 23, Appendix 6"),
    (
        Claim(
            (
                Link(
                    P(Event(margin_simplified, ">", Rational(1, 32), n)),
                    ">=",
                    1 - 3 * C * n * (exp(-c1 * d) + exp(-c2 * m)),
                ),
            ),
            exists=(C, c1, c2),
        ),
    ),
    uses=("simplified-model", "eq24", "eq29", "eq34", "lem6.1.total"),
    aliases=("eq23",),
    implied_by=(
        Implication(
            by="S6.corollary",
            constants={C: Rational(2, 3), c1: 1 / SIZE_AT_32, c2: 1 / SIZE_AT_32},
            steps=(
                Link(
                    (n + 1) * exp(-least(m, d) / SIZE_AT_32),
                    "<=",
                    2 * n * (exp(-d / SIZE_AT_32) + exp(-m / SIZE_AT_32)),
                ),
            ),
        ),
    ),
)

EQ_24 = Statement(
    "eq24",
    "printed",
    "The margin is ‖WᵀDa‖² plus a cross term",
    _source("eq. 24, Appendix 6"),
    (Claim((Link(margin_simplified, "=", image_norm2 + cross_D),)),),
)

EQ_24_LAW = Statement(
    "eq24.law",
    "printed",
    "Given Da, ‖WᵀDa‖² is ‖Da‖²/d times a chi-square variable with d degrees of freedom",
    _source("after eq. 24, Appendix 6"),
    (Claim((Link(Law(image_norm2), "=_d", ChiSquare(norm_aD2 / d, d), given=_GIVEN),)),),
    uses=("simplified-model",),
)

EQ_27 = Statement(
    "eq27",
    "printed",
    "‖WᵀDa‖² exceeds half its conditional mean",
    _source("eq. 27, Appendix 6"),
    (
        Claim.chain(
            P(Event(image_excess, ">", 0)),
            ">=",
            1 - (exp(_HALF) / 2) ** (d * Tunable(_HALF, "largest")),
            ">",
            1 - exp(-m * Tunable(Rational(1, 11), "largest")),
        ),
    ),
    uses=("eq24.law", "lem6.2"),
)

EQ_27_REPAIRED = Statement(
    "eq27",
    "repaired",
    "‖WᵀDa‖² exceeds half its conditional mean: the exponent is d's, and D = 0 has probability 2^{-m}",
    Source("whp", "eq. 27 with d for m and the event D = 0"),
    (
        Claim.chain(
            P(Event(image_excess, ">", 0)),
            ">=",
            1 - _HALF**m - (exp(_HALF) / 2) ** (d / 2),
            ">",
            1 - _HALF**m - exp(-d / 11),
        ),
    ),
    uses=("eq24.law", "lem6.2"),
    repairs="eq27",
)

A_NORM = Statement(
    "a-norm",
    "printed",
    "‖a‖² is a chi-square variable over m, with the tails of Lemma 6.2",
    _source("after eq. 27, Appendix 6"),
    (
        Claim((Link(Law(norm_a2), "=_d", ChiSquare(1 / m, m)),)),
        Claim((Link(P(Event(norm_a2, "<", Z_LOW)), "<=", (Z_LOW * exp(1 - Z_LOW)) ** (m / 2)),)),
        Claim((Link(P(Event(norm_a2, ">", Z_HIGH)), "<=", (Z_HIGH * exp(1 - Z_HIGH)) ** (m / 2)),)),
    ),
    ONE_SIDED,
    uses=("init", "lem6.2"),
    points=Z_POINTS,
)

EQ_28 = Statement(
    "eq28",
    "printed",
    "The number of active neurons is binomial, with Hoeffding's lower tail",
    _source("eq. 28, Appendix 6"),
    (
        Claim((Link(Law(trace_D), "=_d", Binomial(m, _HALF)),)),
        Claim((Link(P(Event(trace_D, "<", z * m)), "<", exp(-2 * m * (_HALF - z) ** 2)),)),
    ),
    (Hypothesis(z < _HALF, "z < 1/2"),),
    uses=("simplified-model",),
    points=tuple({z: v} for v in (Rational(1, 10), Rational(1, 4), Rational(2, 5), Rational(49, 100))),
)

LEM_6_1_E1 = Statement(
    "lem6.1.E1",
    "printed",
    "E₁: more than a quarter of the neurons is active",
    _source("event E1, proof of Lemma 6.1, Appendix 6"),
    (Claim((Link(P(_E1), ">=", 1 - exp(-m / 8)),)),),
    uses=("eq28",),
)

LEM_6_1_E2 = Statement(
    "lem6.1.E2",
    "printed",
    "E₂: on E₁ the active part of the readout has squared norm above 1/8",
    _source("event E2, proof of Lemma 6.1, Appendix 6"),
    (
        Claim(
            (
                Link(P(_E2), ">", 1 - exp(-Tunable(_LOWER, "largest") * m), given=(_E1,)),
                Link(1 - exp(-_LOWER * m), ">", 1 - exp(-m / 11)),
            )
        ),
        Claim((Link(P(_E2), ">=", 1 - exp(-m / 8) - exp(-m / 11)),)),
    ),
    uses=("lem6.1.E1", "a-norm"),
)

LEM_6_1_E2_REPAIRED = Statement(
    "lem6.1.E2",
    "repaired",
    "E₂: on E₁ only a quarter of the neurons counts; without E₁ the exponent 1/9 is reached directly",
    Source("whp", "S7"),
    (
        Claim(
            (
                Link(P(_E2), ">", 1 - exp(-_LOWER * m / 4), given=(_E1,)),
                Link(1 - exp(-_LOWER * m / 4), ">", 1 - exp(-m / 42)),
            )
        ),
        Claim((Link(P(_E2), ">=", 1 - exp(-m / 9)),)),
    ),
    uses=("lem6.1.E1", "a-norm"),
    repairs="lem6.1.E2",
)

# Certified enclosures of ‖WᵀDa‖² cost seconds at larger widths.
_PRODUCT_GRID = {"m": (16, 64, 256, 1024), "d": (16, 64, 256)}

EQ_29 = Statement(
    "eq29",
    "printed",
    "‖WᵀDa‖² exceeds 1/16",
    _source("eq. 29, Appendix 6"),
    (
        Claim(
            (
                Link(
                    P(Event(image_norm2, ">", Rational(1, 16))),
                    ">=",
                    1 - exp(-m / 8) - 2 * exp(-m * Tunable(Rational(1, 11), "largest")),
                ),
            )
        ),
    ),
    uses=("eq27", "lem6.1.E2"),
    grid=_PRODUCT_GRID,
)

EQ_29_REPAIRED = Statement(
    "eq29",
    "repaired",
    "‖WᵀDa‖² exceeds 1/16: the chi-square of dimension d pays in d",
    Source("whp", "S7"),
    (
        Claim(
            (
                Link(
                    P(Event(image_norm2, ">", Rational(1, 16))),
                    ">=",
                    1 - exp(-m / 9) - exp(-d / 11),
                ),
            )
        ),
    ),
    uses=("eq27", "lem6.1.E2"),
    repairs="eq29",
    grid=_PRODUCT_GRID,
)

EQ_30 = Statement(
    "eq30",
    "printed",
    "The cross term is a sum over the d columns of W",
    _source("eq. 30, Appendix 6"),
    (Claim((Link(cross_D, "=", cross_columns),)),),
)

EQ_30_LAWS = Statement(
    "eq30.laws",
    "printed",
    "Given (D, a), the two factors of each column are independent centred normals",
    _source("after eq. 30, Appendix 6"),
    (
        Claim((Link(Law(off_k), "=_d", Normal(0, norm_aoff2 / d), given=_GIVEN),)),
        Claim((Link(Law(on_k), "=_d", Normal(0, norm_aD2 / d), given=_GIVEN),)),
        # Jointly Gaussian, they are independent iff a fresh copy of one may take its place.
        Claim((Link(Law(off_k, on_k), "=_d", Law(off_k, on_k_copy), given=_GIVEN),)),
    ),
    uses=("eq30",),
)

_K = 2 * sqrt(norm_aoff2) * sqrt(norm_aD2) / (pi * d)

EQ_30_NORM = Statement(
    "eq30.norm",
    "printed",
    "The sub-exponential norm of each summand",
    _source("after eq. 30, Appendix 6"),
    (Claim((Link(Psi1(off_k * on_k), "=", _K, given=_GIVEN),)),),
    uses=("eq30.laws", "def2"),
)

_s = real("s", 0)

EQ_33 = Statement(
    "eq33",
    "printed",
    "Bernstein's inequality for the d summands of the cross term, given (D, a)",
    _source("eq. 33, Appendix 6"),
    (
        Claim(
            (
                Link(
                    P(Event(Abs(cross_columns), ">=", EPS * d)),
                    "<=",
                    2 * exp(-C_BERNSTEIN * least(EPS**2 / _K**2, EPS / _K) * d),
                    given=_GIVEN,
                ),
            ),
            exists=(C_BERNSTEIN,),
        ),
    ),
    uses=("eq30", "eq30.norm", "lem6.3"),
    implied_by=(
        Implication(
            by="S7.product",
            constants={C_BERNSTEIN: bernstein_constant_expr()},
            # Divided by s/d = ‖a_D̄‖‖a_D‖/d the sum is one of products of standard normals; x = ε/K, K = 2s/(πd).
            steps=(
                Link(2 / pi * (EPS / (2 * _s / (pi * d))) * d, "=", EPS * d / (_s / d)),
                Link(
                    2 * exp(-bernstein_constant_expr() * least((EPS / _K) ** 2, EPS / _K) * d),
                    "<=",
                    2 * exp(-bernstein_constant_expr() * least(EPS**2 / _K**2, EPS / _K) * d),
                ),
            ),
        ),
    ),
)

LEM_6_1_E3 = Statement(
    "lem6.1.E3",
    "printed",
    "E₃: the readout has squared norm below 2",
    _source("event E3, proof of Lemma 6.1, Appendix 6"),
    (Claim.chain(P(_E3), ">=", 1 - exp(-_UPPER * m), ">", 1 - exp(-m / 7)),),
    uses=("a-norm",),
)

LEM_6_1_RATIO = Statement(
    "lem6.1.ratio",
    "printed",
    "On E₂ ∩ E₃ the active part of the readout is a sixteenth of it at least",
    _source("proof of Lemma 6.1, Appendix 6"),
    (
        Claim((Link(norm_aD2, ">=", norm_a2 / 16, given=(_E2, _E3)),)),
        Claim(
            (
                Link(
                    norm_aD2 / norm_aoff2,
                    ">=",
                    Rational(1, 15),
                    given=(Event(norm_aD2, ">=", (norm_aD2 + norm_aoff2) / 16),),
                ),
            )
        ),
        Claim((Link(P(Event(share, ">=", Rational(1, 15))), ">=", 1 - exp(-m / 8) - exp(-m / 11) - exp(-m / 7)),)),
    ),
    uses=("lem6.1.E2", "lem6.1.E3"),
)

LEM_6_1_SUM = Statement(
    "lem6.1.sum",
    "printed",
    "The three failure probabilities are added up",
    _source("proof of Lemma 6.1, Appendix 6"),
    (
        Claim(
            (
                Link(
                    1 - exp(-m / 8) - exp(-m / 11) - exp(-m / 7),
                    ">",
                    1 - 3 * exp(-m * Tunable(Rational(1, 7), "largest")),
                ),
            )
        ),
    ),
)

LEM_6_1_SUM_REPAIRED = Statement(
    "lem6.1.sum",
    "repaired",
    "The three failure probabilities are added up: the slowest exponential bounds the sum",
    Source("whp", "the smallest exponent in place of the largest"),
    (Claim((Link(1 - exp(-m / 8) - exp(-m / 11) - exp(-m / 7), ">", 1 - 3 * exp(-m / 11)),)),),
    repairs="lem6.1.sum",
)

_STEP = norm_aD2 / (4 * d)

LEM_6_1_EPS = Statement(
    "lem6.1.eps",
    "printed",
    "On E₂ ∩ E₃, with ε = ‖Da‖²/(4d), the right side of eq. 33 is below 2 exp(-cπ²d/960)",
    _source("proof of Lemma 6.1, Appendix 6"),
    (
        Claim(
            (
                Link(
                    2 * exp(-C_BERNSTEIN * least(_STEP**2 / _K**2, _STEP / _K) * d),
                    "<",
                    2 * exp(-C_BERNSTEIN * pi**2 * d / 960),
                    given=(_E2, Event(norm_aD2 + norm_aoff2, "<", 2)),
                ),
            )
        ),
    ),
    uses=("eq33", "lem6.1.ratio"),
)

EQ_34 = Statement(
    "eq34",
    "printed",
    "The cross term is at most 1/32",
    _source("eq. 34, Appendix 6"),
    (
        Claim(
            (
                Link(
                    P(Event(Abs(cross_D), "<=", Rational(1, 32))),
                    ">=",
                    1 - 3 * exp(-m / 7) - 2 * exp(-C_BERNSTEIN * pi**2 * d / 960),
                ),
            ),
            exists=(C_BERNSTEIN,),
        ),
    ),
    uses=("eq33", "lem6.1.sum", "lem6.1.eps"),
    implied_by=(
        Implication(
            by="S7.cross",
            constants={C_BERNSTEIN: 960 * product_rate_expr(Rational(1, 32)) / pi**2},
            steps=(
                Link(
                    exp(-m / 7) + 2 * exp(-product_rate_expr(Rational(1, 32)) * d),
                    "<=",
                    3 * exp(-m / 7) + 2 * exp(-product_rate_expr(Rational(1, 32)) * d),
                ),
            ),
        ),
    ),
)

_TOTAL = exp(-m / 8) + 2 * exp(-m / 11) + 3 * exp(-m / 7) + 2 * exp(-C_BERNSTEIN * pi**2 * d / 960)
_TOTAL_NAMED = _TOTAL.subs(C_BERNSTEIN, bernstein_constant_expr())

LEM_6_1_TOTAL = Statement(
    "lem6.1.total",
    "printed",
    "The margin is at least 1/32; a union bound covers n samples",
    _source("end of the proof of Lemma 6.1, Appendix 6"),
    (
        Claim((Link(P(Event(margin_simplified, ">=", Rational(1, 32))), ">=", 1 - _TOTAL),), exists=(C_BERNSTEIN,)),
        Claim(
            (Link(P(Event(margin_simplified, ">=", Rational(1, 32), n)), ">=", 1 - n * _TOTAL),),
            exists=(C_BERNSTEIN,),
        ),
    ),
    uses=("eq24", "eq29", "eq34"),
    implied_by=(
        Implication(
            by="S6.corollary",
            constants={C_BERNSTEIN: bernstein_constant_expr()},
            steps=(
                Link(2 * exp(-least(m, d) / SIZE_AT_32), "<=", _TOTAL_NAMED),
                Link((n + 1) * exp(-least(m, d) / SIZE_AT_32), "<=", n * _TOTAL_NAMED),
            ),
        ),
    ),
)

STATEMENTS = (
    LEM_6_1,
    EQ_24,
    EQ_24_LAW,
    *lemma_6_2.STATEMENTS,
    EQ_27,
    EQ_27_REPAIRED,
    A_NORM,
    EQ_28,
    LEM_6_1_E1,
    LEM_6_1_E2,
    LEM_6_1_E2_REPAIRED,
    EQ_29,
    EQ_29_REPAIRED,
    EQ_30,
    EQ_30_LAWS,
    EQ_30_NORM,
    *lemma_6_3.STATEMENTS,
    EQ_33,
    LEM_6_1_E3,
    LEM_6_1_RATIO,
    LEM_6_1_SUM,
    LEM_6_1_SUM_REPAIRED,
    LEM_6_1_EPS,
    EQ_34,
    LEM_6_1_TOTAL,
)
