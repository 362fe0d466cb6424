"""Corollary 3.4.1 and Remark 1: adversarial examples, as printed.

In words: the witness v' = -Π⊥_X Wᵀa, orthogonal to all inputs, sees of an adversarial example x + ηr only the noise, so
it separates the examples too. The printed statement drops the label: it is decided for y = 1 and for y = -1. Inputs are
in general position, as the printed d - n says; the law depends on X through its rank alone (whp S10).
"""

from __future__ import annotations

from sympy import Integer, Rational, Symbol

from ...calculus.forms import Form
from ...language.cells import Regime
from ...language.events import Event
from ...language.heads import BigO, Law, P
from ...language.models import RV
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.initial import (
    EXAMPLE_PATH,
    INIT,
    on_example,
    on_input,
    on_step,
    projected_margin,
    signed_example,
    signed_step,
)
from ..symbols import d, gamma, m, n

Y = Symbol("y", integer=True)
_SAMPLES = 4
_REGIME = Regime(d, fixed=(n,), tied={m: gamma})
_PATHS = tuple({gamma: g, n: Integer(_SAMPLES)} for g in (Rational(1, 2), Integer(1), Integer(4)))
_LABELLED = tuple({**p, Y: Integer(y)} for p in _PATHS for y in (1, -1))
_LABELS = ({Y: Integer(1)}, {Y: Integer(-1)})


def _source(where: str) -> Source:
    return Source("zhang2023", where)


COR_3_4_1 = Statement(
    "cor3.4.1",
    "printed",
    "The projected witness has a positive product with every adversarial example (d > poly(n), with high probability)",
    _source("Corollary 3.4.1, Section 3.1"),
    (Claim((Link(P(Event(on_example, ">", 0, n)), "~", 1),), regime=_REGIME),),
    uses=("cor3.4.1.step", "eq15", "eq16"),
    points=_LABELLED,
)

COR_3_4_1_REPAIRED = Statement(
    "cor3.4.1",
    "repaired",
    "The projected witness separates the adversarial examples by label, with high probability for d > poly(n)",
    Source("whp", "S10, with the label restored"),
    (Claim((Link(P(Event(signed_example, ">", 0, n)), "~", 1),), regime=_REGIME),),
    uses=("cor3.4.1.step", "eq15", "eq16"),
    repairs="cor3.4.1",
    points=_PATHS,
)

STEP = Statement(
    "cor3.4.1.step",
    "printed",
    "The projected witness sees only the noise of an adversarial example",
    _source("proof of Corollary 3.4.1, Section 3.1"),
    (
        Claim((Link(on_example, "=", on_input + on_step),)),
        Claim((Link(on_input + on_step, "=", on_step),)),
    ),
    uses=("eq5", "eq7"),
    points=_LABELS,
)

STEP_REPAIRED = Statement(
    "cor3.4.1.step",
    "repaired",
    "The projected witness sees only the noise of an adversarial example, which carries the label",
    Source("whp", "S10, with the label restored"),
    (
        Claim((Link(on_example, "=", on_input + signed_step),)),
        Claim((Link(on_input + signed_step, "=", signed_step),)),
    ),
    uses=("eq5", "eq7"),
    repairs="cor3.4.1.step",
    points=_LABELS,
)

EQ_15 = Statement(
    "eq15",
    "printed",
    "The projected margin is positive with high probability",
    _source("eq. 15, Section 3.1"),
    (Claim((Link(P(Event(projected_margin, ">", 0, n)), "~", 1),), regime=_REGIME),),
    uses=("eq16", "thm3.1"),
    points=_PATHS,
)

_PROJECTED_OUTER = RV("W_PerpX_W", INIT, r"W \Pi_X^\perp W^\top", Form.parse("W_ik PerpX_kl W_jl", free="ij"))
_REDUCED_OUTER = RV("W_UX_UX_W", INIT, r"(W U_X)(W U_X)^\top", Form.parse("W_ik UX_kp UX_lp W_jl", free="ij"))
_REDUCED = RV("W_UX", INIT, r"W U_X", Form.parse("W_ik UX_kl", free="il"))
_WBAR_X = RV("WbarX", INIT, r"\bar W", Form.parse("WbarX_il", free="il"))
_H = RV("h", INIT, "W x", Form.parse("W_ik x_k", free="i"))
_H_TWO = RV("h_two", INIT, "W x_2", Form.parse("W_ik xtwo_k", free="i"))
_READOUT = RV("a", INIT, "a", Form.parse("a_i", free="i"))

EQ_16 = Statement(
    "eq16",
    "printed",
    "The projected margin is a margin in dimension d - n with weights independent of the masks",
    _source("eq. 16, Section 3.1"),
    (
        # W̄ = W U_X with U_X an orthonormal basis of the complement of the inputs' span.
        Claim((Link(_PROJECTED_OUTER, "=", _REDUCED_OUTER),)),
        Claim((Link(Law(_REDUCED, _H, _H_TWO, _READOUT), "=_d", Law(_WBAR_X, _H, _H_TWO, _READOUT)),)),
    ),
    uses=("lem3.2",),
)

REM_1_EXIST = Statement(
    "rem1.exist",
    "printed",
    "If d ≤ n a witness of this form may not exist: for inputs in general position it is 0",
    _source("Remark 1, Section 3.1"),
    (Claim((Link(P(Event(projected_margin, "<=", 0)), "=", 1),)),),
    (Hypothesis(d <= n, "d ≤ n"),),
    uses=("eq16",),
    grid={"m": (1, 4, 64), "d": (1, 4, 16), "n": (1, 4, 16, 64)},
)

shift = RV("shift", EXAMPLE_PATH, r"\|x^{\mathrm{adv}} - x\| / \|x\|")
signal = RV(
    "signal", EXAMPLE_PATH, r"|\langle -W^\top a, x^{\mathrm{adv}} - x \rangle| / |\langle -W^\top a, x \rangle|"
)

REM_1_SMALL = Statement(
    "rem1.small",
    "printed",
    "With η = d^{1/4} an adversarial example is relatively close to its input (median over networks)",
    _source("Remark 1, Section 3.1"),
    (Claim((Link(shift, "=", BigO(d ** Rational(-1, 4))),), regime=Regime(d, fixed=(m,))),),
    uses=("eq7",),
)

REM_1_SIGNAL = Statement(
    "rem1.signal",
    "printed",
    "With η = d^{1/4} the noise's part of ⟨-Wᵀa, x_adv⟩ is O(d^{1/4}) times the input's (median over networks)",
    _source("Remark 1, Section 3.1"),
    (Claim((Link(signal, "=", BigO(d ** Rational(1, 4))),), regime=Regime(d, fixed=(m,))),),
    uses=("eq7",),
)

STATEMENTS = (
    COR_3_4_1,
    COR_3_4_1_REPAIRED,
    STEP,
    STEP_REPAIRED,
    EQ_15,
    EQ_16,
    REM_1_EXIST,
    REM_1_SMALL,
    REM_1_SIGNAL,
)
