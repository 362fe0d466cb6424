"""Our own statements behind Section 3.2: S12 (certificate), S13 (the whole ball), S14 (gradient descent), S15 and S16.

S12 expands the trained margin and pays for flipped neurons with a knapsack. S13 makes it Theorem 3.6 over the ball.
S14 needs no smallness: descent moves W inside span X, so W Π⊥_X stays independent of everything training sees. S15 says
why the radius of Lemma 3.5 is too small, S16 where the conclusion of Theorem 3.6 fails altogether.
"""

from __future__ import annotations

from typing import Any

from sympy import Max, Rational, exp, gamma, log, pi, sqrt

from ...calculus.forms import Form
from ...language.cells import Regime
from ...language.claims import placed
from ...language.events import Event, Joint
from ...language.families import FRatio
from ...language.heads import BigO, Law, P, Theta
from ...language.models import RV
from ...language.parameters import real
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.trained import (
    PERTURBED,
    RMS_TERMS,
    SUP_TERMS,
    attacked,
    ball_flips,
    ball_knapsack,
    ball_outputs,
    certificate_slack,
    certified,
    fisher,
    fisher_ratio,
    flip_capacity,
    flip_weight,
    jensen,
    pairs_loss,
    pairs_margin,
    pairs_separable,
    perturbed_margin,
    radius_gap,
    radius_ratio,
    readout_move,
    separable,
    theorem_certificate,
    trained_projected,
    wide_cosine,
)
from ..printed.lemma_3_5 import WIDE_ENOUGH
from ..printed.theorem_3_6 import SPARSE_ENOUGH
from ..symbols import d, delta, m, n, tau
from ..symbols import gamma as ratio

__all__ = ["STATEMENTS"]

_HALF = Rational(1, 2)
_WIDTH = Regime(m, fixed=(d,))
_BOTH = Regime(d, tied={m: ratio})


def _source(part: str) -> Source:
    return Source("whp", part)


def _indexed(name: str, tex: str, *forms: str, free: str = "") -> RV:
    total = Form.parse(forms[0], free=free)
    for form in forms[1:]:
        total = total + Form.parse(form, free=free)
    return RV(name, PERTURBED, tex, total)


S12_FLIPS = Statement(
    "S12.flips",
    "sharp",
    "(i) The neurons that a change of W flips at x satisfy Σ h_r² ≤ ‖ΔW‖₂²‖x‖²",
    _source("S12"),
    (Claim((Link(flip_weight, "<=", flip_capacity),)),),
)

_START = _indexed("start", "Q", "p_i D_i a_i")
_FLIPPED = _indexed("flipped", r"\sum_r (D^* - D)_r p_r a_r", "p_i dD_i a_i")
_MOVED = _indexed(
    "moved",
    r"\sum_r D^*_r (\varepsilon_r a_r + p_r \delta_r + \varepsilon_r \delta_r)",
    "ep_i Ds_i a_i",
    "p_i Ds_i da_i",
    "ep_i Ds_i da_i",
)
S12_IDENTITY = Statement(
    "S12.identity",
    "sharp",
    "(ii) The trained margin is the initial one, what flips, and what moves, exactly",
    _source("S12"),
    (Claim((Link(perturbed_margin, "=", _START + _FLIPPED + _MOVED),)),),
)

S12 = Statement(
    "S12",
    "sharp",
    "(iii) The certificate: the trained margin is at least Q - K - ρ_W‖g‖A - ρ_a P̂ - ρ_W ρ_a‖g‖",
    _source("S12"),
    (
        Claim((Link(certificate_slack, ">=", 0),)),
        Claim((Link(certified, "<=", attacked),)),
    ),
    uses=("S12.flips", "S12.identity"),
)

S12_RATIO = Statement(
    "S12.ratio",
    "sharp",
    "The certificate misses a share of the attacked radius that fades at least like m^{-1/3} at fixed d",
    _source("measured: certificate over attack, whose ratio rises with m from about one half at m < d"),
    (
        Claim((Link(radius_gap, "=", BigO(m ** Rational(-1, 3))),), regime=_WIDTH),
        Claim((Link(P(Event(radius_ratio, ">=", Rational(9, 10))), "~", 1),), regime=_WIDTH),
    ),
    (WIDE_ENOUGH,),
    uses=("S12",),
)

S12_SPARSITY = Statement(
    "S12.sparsity",
    "sharp",
    "Within the ball of radius 1/√m fewer than m/log² m neurons flip, with an explicit probability",
    _source("S12 (i) and a binomial tail"),
    (Claim((Link(P(Event(ball_flips, ">=", m / log(m) ** 2)), "<=", exp(-m / log(m) ** 2 / 2)),)),),
    (SPARSE_ENOUGH,),
    uses=("S12.flips",),
    grid={"m": (2**15, 2**18, 2**21, 2**24), "d": (1, 4, 16)},
)

# E|N|^{3/2} = 2^{3/4} Γ(5/4)/√π enters twice: p_r and a_r are independent in the limit.
_MOMENT = (2 ** Rational(3, 4) * gamma(Rational(5, 4)) / sqrt(pi)) ** 2
_FLIP_LIMIT = (3 * (2 / pi)) ** Rational(1, 3) * (d * m) ** Rational(1, 3)
_KNAPSACK_LIMIT = (_MOMENT / sqrt(2 * pi)) ** Rational(2, 3) * 3 ** Rational(1, 3) * (d * m) ** Rational(-1, 6)


def _within(value: RV, limit: Any, share: Rational) -> Joint:
    return Joint(Event(value, ">", (1 - share) * limit), Event(value, "<", (1 + share) * limit))


S12_SCALING = Statement(
    "S12.scaling",
    "sharp",
    "At ρ_W = 1/√m and m ≫ d: |S| ~ 1.241 (dm)^{1/3} and K/‖aᵀW‖ ~ 0.639 (dm)^{-1/6}, ‖aᵀW‖ → 1 with d",
    _source("S12"),
    (
        Claim((Link(ball_flips, "=", Theta((d * m) ** Rational(1, 3))),), regime=_WIDTH),
        Claim((Link(ball_knapsack, "=", BigO((d * m) ** Rational(-1, 6))),), regime=_WIDTH),
        Claim((Link(P(_within(ball_flips, _FLIP_LIMIT, Rational(1, 5))), "~", 1),), regime=_BOTH),
        Claim((Link(P(_within(ball_knapsack, _KNAPSACK_LIMIT, Rational(1, 5))), "~", 1),), regime=_BOTH),
    ),
    (Hypothesis(m >= 16 * d, "m ≫ d, read as m ≥ 16 d"),),
)

EQ_17_TRAINED = Statement(
    "eq17.trained",
    "sharp",
    "At trained networks all terms of eq. 17 but the first and the fourth fade at least like 1/√m",
    _source("measured: root mean squares of the terms over the samples"),
    tuple(
        Claim((Link(RMS_TERMS[k], "=", BigO(1 / sqrt(m))),), regime=Regime(m, fixed=(d, n))) for k in (2, 3, 5, 6, 7, 8)
    ),
    (WIDE_ENOUGH,),
    uses=("eq17",),
)

_T13 = log(27 * n / delta)
S13 = Statement(
    "S13",
    "sharp",
    "Theorem 3.6 over the whole ball of radius 1/√m: all margins stay at least 1/32 with probability 1 - δ",
    _source("S13"),
    (Claim((Link(P(Event(theorem_certificate, ">=", Rational(1, 32), n)), ">=", 1 - delta),)),),
    (
        Hypothesis(d >= Max(22 * _T13, 64), "d ≥ max(22t, 64C²), C = 1"),
        Hypothesis(m >= 1000 * d, "m ≥ 1000 d"),
        Hypothesis(d * m >= 2 * 10**7, "dm ≥ 2·10⁷C⁴, C = 1"),
        Hypothesis(sqrt(d * m) >= 400 * _T13 * (_T13 + log(m)), "√(dm) ≥ 400t(t + log m)"),
    ),
    uses=("S12",),
    points=({delta: _HALF},),
)

S13_NECESSARY = Statement(
    "S13.necessary",
    "sharp",
    "Moving the readout alone loses C/√(2d) of a margin near 1/2, which does not fade with m: d ≥ 2C² is necessary",
    _source("S13"),
    (Claim((Link(P(Event(SUP_TERMS[4], ">=", Rational(9, 10) / sqrt(2 * d))), "~", 1),), regime=_BOTH),),
)

S14 = Statement(
    "S14",
    "sharp",
    "After gradient descent the projected margin of one sample has the sign of an F_{ν,ν} variable, ν = d - rank X",
    _source("S14"),
    (Claim((Link(Law(fisher_ratio), "=_d", Law(fisher)),)),),
)

_nu, _r = real("nu", 0), real("r", 0, 1)
S14_BOUND = Statement(
    "S14.bound",
    "sharp",
    "P(F_{ν,ν} ≤ (1-r)/(1+r)) ≤ ½(1 - r²)^{ν/2} for 0 < r < 1",
    _source("S14"),
    (Claim(placed((Link(P(FRatio(_nu, _nu) <= (1 - _r) / (1 + _r)), "<=", (1 - _r**2) ** (_nu / 2) / 2),))),),
    points=tuple({_nu: k, _r: Rational(j, 100)} for k in (1, 2, 3, 5, 8, 21, 100, 1000) for j in (1, 25, 50, 75, 99)),
)

S14_COSINE = Statement(
    "S14.cosine",
    "sharp",
    "Where ρ_a ≤ 1/16 and ρ_W ≤ 0.01√(m/d), all cosines between a_0 and D_{t,i}a_t are at least ½",
    _source("S14"),
    (Claim((Link(P(Event(wide_cosine, ">=", _HALF, n)), ">=", 1 - 5 * n * exp(-tau)),)),),
    (
        Hypothesis(m >= 14000 * tau, "m ≥ 14000 t"),
        Hypothesis(m >= 1700 * tau * (tau + log(m)), "m ≥ 1700 t (t + log m)"),
    ),
    points=({tau: 4},),
)

S15 = Statement(
    "S15",
    "sharp",
    "A loss L forces the readout to move: ρ_a is at least what Jensen's inequality asks",
    _source("S15"),
    (Claim((Link(readout_move, ">=", jensen),)),),
)

S15_OUTPUT = Statement(
    "S15.output",
    "sharp",
    "Within the ball of radius 1/√m the output moves by at most 1/√2 + o(1)",
    _source("S15"),
    (Claim((Link(P(Event(ball_outputs, "<=", 1 / sqrt(2) + Rational(1, 20))), "~", 1),), regime=_WIDTH),),
)

_SIDES = (
    _indexed("two_gradients", r"\nabla f(x) + \nabla f(-x)", "Ws_ik Ds_i as_i", "Ws_ik Dm_i as_i", free="k"),
    _indexed("witness", r"W^{*\top} a^*", "Ws_ik as_i", free="k"),
)
S16 = Statement(
    "S16",
    "sharp",
    "The gradients at x and -x add up to W*ᵀa* whatever x is, unless a neuron is at a tie",
    _source("S16"),
    (Claim((Link(_SIDES[0], "=", _SIDES[1]),)),),
)

S16_PAIRS = Statement(
    "S16.pairs",
    "sharp",
    "Stress test: at 3d antipodal pairs or more, trained to L ≤ 1/10, no witness whatever separates the noises",
    _source("S16"),
    (
        Claim(
            (
                Link(
                    P(Joint(Event(pairs_separable, "<=", 0), Event(pairs_loss, "<=", Rational(1, 10)))),
                    ">=",
                    Rational(3, 4),
                ),
            )
        ),
    ),
    (Hypothesis(n >= 6 * d, "at least 3d pairs"),),
    uses=("S16",),
)

S16_WITNESS = Statement(
    "S16.witness",
    "sharp",
    "At d antipodal pairs or fewer, trained to L ≤ 1/10, some witness separates the noises, but -Wᵀa does not",
    _source("S16 and S18c"),
    (
        Claim((Link(P(Event(pairs_separable, ">=", 1)), ">=", _HALF),)),
        Claim((Link(P(Event(pairs_margin, "<=", 0)), ">=", _HALF),)),
    ),
    (Hypothesis(n <= 2 * d, "at most d pairs"),),
    uses=("S16",),
)

S16_FEW = Statement(
    "S16.few",
    "sharp",
    "With n ≤ d random inputs some witness separates the noises of a trained network, n = d included",
    _source("S16 and S18c"),
    (Claim((Link(P(Event(separable, ">=", 1)), "~", 1),), regime=Regime(m, fixed=(d, n))),),
    (WIDE_ENOUGH,),
)

S16_FULL = Statement(
    "S16.full",
    "sharp",
    "At n = d random inputs the projected witness of S14 is 0 and separates nothing, whatever else does",
    _source("S14 at ν = 0"),
    (Claim((Link(P(Event(trained_projected, "<=", 0)), "~", 1),), regime=Regime(m, fixed=(d, n))),),
    (Hypothesis(d <= n, "d ≤ n"),),
    uses=("S16.few",),
)

STATEMENTS = (
    S12,
    S12_FLIPS,
    S12_IDENTITY,
    S12_RATIO,
    S12_SPARSITY,
    S12_SCALING,
    EQ_17_TRAINED,
    S13,
    S13_NECESSARY,
    S14,
    S14_BOUND,
    S14_COSINE,
    S15,
    S15_OUTPUT,
    S16,
    S16_PAIRS,
    S16_WITNESS,
    S16_FEW,
    S16_FULL,
)
