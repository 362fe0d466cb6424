"""Theorem 3.1 and the steps of its proof in the main text, as printed.

In words: at random initialisation one vector, v = -Wᵀa, separates the adversarial noises of all n samples with
probability at least 1 - 3Cn(e^{-c₁d} + e^{-c₂m}). The proof first replaces the mask by a coin (the simplified model,
eqs. 8-9 and Chebyshev), then conditions on Wx (Lemma 3.2, eqs. 10-12) and bounds what is left (Lemmas 3.3-3.4).
"""

from __future__ import annotations

from sympy import Abs, Rational, exp, log, sqrt

from ...calculus.forms import Form
from ...language.events import Event, Joint
from ...language.heads import E, Law, Normal, P, Var
from ...language.models import RV
from ...language.statements import Claim, Constants, Hypothesis, Implication, Link, Source, Statement
from ..margin.sharp import exponent_expr, rate_expr
from ..models.initial import (
    INIT,
    MATRIX,
    a_Dh,
    a_h,
    across_x,
    along_x,
    cross,
    kappa,
    margin,
    margin_simplified,
    noise_margin,
    norm_Dh2,
    norm_h2,
)
from ..symbols import C, c1, c2, d, delta, gamma, m, n, z

_HALF = Rational(1, 2)


def _source(where: str) -> Source:
    return Source("zhang2023", where)


# I(1) = ½ log(16 φ⁻⁵), see S4.equal.
_EQUAL = log(16 * ((1 + sqrt(5)) / 2) ** -5) / 2

THM_3_1 = Statement(
    "thm3.1",
    "printed",
    "At random initialisation v = -Wᵀa separates the adversarial noises of all n samples with high probability",
    _source("Theorem 3.1, Section 3.1"),
    (
        Claim(
            (
                Link(
                    P(Event(noise_margin, ">", 0, n)),
                    ">=",
                    1 - 3 * C * n * (exp(-c1 * d) + exp(-c2 * m)),
                ),
            ),
            exists=(C, c1, c2),
        ),
    ),
    uses=(
        "thm3.1.reduction",
        "eq8",
        "eq9",
        "eq9.second-moment",
        "chebyshev",
        "chebyshev.union",
        "lem3.2",
        "eq10",
        "eq11",
        "eq12",
        "eq12.laws",
        "lem3.3",
        "lem3.4",
        "lem3.4.use",
        "S4.equal",
    ),
    implied_by=(
        Implication(
            by="S4",
            constants={C: Rational(1, 3), c1: _EQUAL, c2: _EQUAL},
            steps=(Link(exp(-exponent_expr(m, d)), "<=", exp(-_EQUAL * d) + exp(-_EQUAL * m)),),
            admitted=Constants(
                first=c1,
                second=c2,
                ratio=gamma,
                along=(m, d),
                largest=rate_expr(gamma),
                bound=exp(-c1 * d) + exp(-c2 * m),
                event=Event(margin, "<=", 0),
            ),
        ),
    ),
)

REDUCTION = Statement(
    "thm3.1.reduction",
    "printed",
    "Because 1 - s(yf) > 0 it is enough that ⟨-v, ∇f(x_i)⟩ > 0 for all i",
    _source("proof of Theorem 3.1, Section 3.1"),
    (
        Claim((Link(1 - 1 / (1 + exp(-z)), ">", 0),)),
        Claim((Link(noise_margin, "=", kappa * margin),)),
    ),
    uses=("eq5",),
)

EQ_8 = Statement(
    "eq8",
    "printed",
    "Simplified model: the expected margin is 1/2",
    _source("eq. 8, Section 3.1"),
    (Claim((Link(E(margin_simplified), "=", _HALF),)),),
    uses=("simplified-model",),
)

EQ_9 = Statement(
    "eq9",
    "printed",
    "Simplified model: the variance of the margin",
    _source("eq. 9, Section 3.1"),
    (Claim((Link(Var(margin_simplified), "=", Rational(5, 4) / m + 1 / d + 2 / (m * d)),)),),
    uses=("simplified-model",),
)

EQ_9_REPAIRED = Statement(
    "eq9",
    "repaired",
    "Simplified model: the variance of the margin",
    Source("whp", "S2 at a Gaussian readout"),
    (Claim((Link(Var(margin_simplified), "=", Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d)),)),),
    uses=("simplified-model",),
    repairs="eq9",
)

EQ_9_SECOND_MOMENT = Statement(
    "eq9.second-moment",
    "printed",
    "Simplified model: the second moment of the margin",
    _source("proof of eq. 9, Section 3.1"),
    (Claim((Link(E(margin_simplified**2), "=", Rational(1, 4) + Rational(5, 4) / m + 1 / d + 2 / (m * d)),)),),
    uses=("simplified-model", "eq8"),
)

EQ_9_SECOND_MOMENT_REPAIRED = Statement(
    "eq9.second-moment",
    "repaired",
    "Simplified model: the second moment of the margin",
    Source("whp", "S2 at a Gaussian readout"),
    (
        Claim(
            (
                Link(
                    E(margin_simplified**2),
                    "=",
                    Rational(1, 4) + Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d),
                ),
            )
        ),
    ),
    uses=("simplified-model", "eq8"),
    repairs="eq9.second-moment",
)

_WIDE = Hypothesis(m > Rational(6, 5) * d + 2, "m > 1.2 d + 2")
_DEVIATIONS = tuple({delta: Rational(1, k)} for k in (2, 4, 8))

CHEBYSHEV = Statement(
    "chebyshev",
    "printed",
    "Simplified model: the margin exceeds 1/2 - δ",
    _source("after eq. 9, Section 3.1"),
    (Claim((Link(P(Event(margin_simplified, ">", _HALF - delta)), ">=", 1 - 2 / (delta**2 * d)),)),),
    (_WIDE,),
    uses=("eq8", "eq9"),
    points=_DEVIATIONS,
)

CHEBYSHEV_UNION = Statement(
    "chebyshev.union",
    "printed",
    "Simplified model: the margins of n samples exceed 1/2 - δ",
    _source("after eq. 9, Section 3.1"),
    (Claim((Link(P(Event(margin_simplified, ">", _HALF - delta, n)), ">=", 1 - 2 * n / (delta**2 * d)),)),),
    (_WIDE,),
    uses=("chebyshev",),
    points=_DEVIATIONS,
)

_X = RV("X", MATRIX, "X", Form.parse("X_ij", free="ij"))
_AX = RV("Aone_X", MATRIX, "A_1 X", Form.parse("Aone_pi X_ij", free="pj"))
_XA = RV("X_Atwo", MATRIX, "X A_2", Form.parse("X_ij Atwo_jq", free="iq"))
_RECOMBINED = RV(
    "recombined",
    MATRIX,
    r"\Pi^\perp_{A_1} \tilde X \Pi^\perp_{A_2} + \Pi^\perp_{A_1} X \Pi_{A_2} + \Pi_{A_1} X \Pi^\perp_{A_2} "
    r"+ \Pi_{A_1} X \Pi_{A_2}",
    Form.parse("Qone_ik Xt_kl Qtwo_lj", free="ij")
    + Form.parse("Qone_ik X_kl Ptwo_lj", free="ij")
    + Form.parse("Pone_ik X_kl Qtwo_lj", free="ij")
    + Form.parse("Pone_ik X_kl Ptwo_lj", free="ij"),
)

LEM_3_2 = Statement(
    "lem3.2",
    "printed",
    "Gaussian conditioning: given linear observations, the unobserved part of X is a fresh copy",
    _source("Lemma 3.2, Section 3.1"),
    # Of every Y = h₁(A₁X, XA₂, Z₁): given Z₁, Y is a function of (A₁X, XA₂).
    (Claim((Link(Law(_X, _AX, _XA), "=_d", Law(_RECOMBINED, _AX, _XA)),)),),
)

_W = RV("W", INIT, "W", Form.parse("W_ik", free="ik"))
_H = RV("h", INIT, "W x", Form.parse("W_ik x_k", free="i"))
_ALONG = RV("W_Pi", INIT, r"W \Pi_x", Form.parse("W_il Pi_lk", free="ik"))
_ACROSS = RV("W_Pperp", INIT, r"W \Pi_x^\perp", Form.parse("W_il Pperp_lk", free="ik"))
_FRESH_ACROSS = RV("Wt_Pperp", INIT, r"\tilde W \Pi_x^\perp", Form.parse("Wt_il Pperp_lk", free="ik"))
_READOUT = RV("a", INIT, "a", Form.parse("a_i", free="i"))
_REDUCED = RV("W_U", INIT, r"W U_x", Form.parse("W_ik U_kl", free="il"))
_WBAR = RV("Wbar", INIT, r"\bar W", Form.parse("Wbar_il", free="il"))
_OUTER = RV("W_Pperp_W", INIT, r"W \Pi_x^\perp W^\top", Form.parse("W_ik Pperp_kl W_jl", free="ij"))
_OUTER_REDUCED = RV("W_U_U_W", INIT, r"(W U_x)(W U_x)^\top", Form.parse("W_ik U_kp U_lp W_jl", free="ij"))

EQ_10 = Statement(
    "eq10",
    "printed",
    "W splits into its part along x and a fresh copy across x, independent of the mask",
    _source("eq. 10, Section 3.1"),
    (
        Claim((Link(_W, "=", _ACROSS + _ALONG),)),
        # The mask is a function of Wx, so independence of Wx is independence of the mask.
        Claim((Link(Law(_ACROSS, _H), "=_d", Law(_FRESH_ACROSS, _H)),)),
    ),
    uses=("lem3.2",),
)

EQ_11 = Statement(
    "eq11",
    "printed",
    "The margin is a term along x plus a margin in dimension d - 1 whose weights are independent of the mask",
    _source("eq. 11, Section 3.1"),
    (
        Claim((Link(margin, "=", along_x / d + across_x),)),
        Claim((Link(_OUTER, "=", _OUTER_REDUCED),)),
        Claim((Link(Law(_REDUCED, _H, _READOUT), "=_d", Law(_WBAR, _H, _READOUT)),)),
    ),
    uses=("eq10",),
)

EQ_12 = Statement(
    "eq12",
    "printed",
    "The term along x factorises",
    _source("eq. 12, Section 3.1"),
    (Claim((Link(Abs(along_x) / d, "=", Abs(a_h) * Abs(a_Dh) / d),)),),
    uses=("eq11",),
)

EQ_12_LAWS = Statement(
    "eq12.laws",
    "printed",
    "Given h = Wx both factors are centred normals",
    _source("after eq. 12, Section 3.1"),
    (
        Claim((Link(Law(a_h), "=_d", Normal(0, norm_h2 / m), given=(_H,)),)),
        Claim((Link(Law(a_Dh), "=_d", Normal(0, norm_Dh2 / m), given=(_H,)),)),
    ),
    uses=("eq12",),
)

LEM_3_3 = Statement(
    "lem3.3",
    "printed",
    "The hidden preactivations have norm below √(2m)",
    _source("Lemma 3.3 and eq. 13, Section 3.1"),
    (Claim((Link(P(Event(norm_h2, "<", 2 * m)), ">", 1 - exp(m / 7)),)),),
    aliases=("eq13",),
)

LEM_3_3_REPAIRED = Statement(
    "lem3.3",
    "repaired",
    "The hidden preactivations have norm below √(2m)",
    Source("whp", "Lemma 3.3 with the sign of the exponent restored"),
    (Claim((Link(P(Event(norm_h2, "<", 2 * m)), ">", 1 - exp(-m / 7)),)),),
    repairs="lem3.3",
)

_C2_POINTS = tuple({c2: Rational(1, k)} for k in (1, 8, 64))

LEM_3_4 = Statement(
    "lem3.4",
    "printed",
    "Both factors of the term along x are below √(c₂ d)",
    _source("Lemma 3.4 and eq. 14, Section 3.1"),
    (
        Claim(
            (
                Link(
                    P(Joint(Event(Abs(a_h), "<", sqrt(c2 * d)), Event(Abs(a_Dh), "<", sqrt(c2 * d)))),
                    ">=",
                    1 - exp(-m / 7) - 4 * exp(-c2 * d / 4),
                ),
            )
        ),
    ),
    uses=("eq12.laws", "lem3.3"),
    aliases=("eq14",),
    points=_C2_POINTS,
)

LEM_3_4_USE = Statement(
    "lem3.4.use",
    "printed",
    "The term along x is below 1/64 for all n samples",
    _source("after Lemma 3.4, Section 3.1"),
    (
        Claim(
            (
                Link(
                    P(Event(Abs(cross), "<", Rational(1, 64), n)),
                    ">=",
                    1 - n * (exp(-m / 7) + exp(-d / 256)),
                ),
            )
        ),
    ),
    (Hypothesis(c2 < Rational(1, 64), "c₂ < 1/64"),),
    uses=("lem3.4",),
    points=({c2: Rational(1, 65)},),
)

STATEMENTS = (
    THM_3_1,
    REDUCTION,
    EQ_8,
    EQ_9,
    EQ_9_REPAIRED,
    EQ_9_SECOND_MOMENT,
    EQ_9_SECOND_MOMENT_REPAIRED,
    CHEBYSHEV,
    CHEBYSHEV_UNION,
    LEM_3_2,
    EQ_10,
    EQ_11,
    EQ_12,
    EQ_12_LAWS,
    LEM_3_3,
    LEM_3_3_REPAIRED,
    LEM_3_4,
    LEM_3_4_USE,
)
