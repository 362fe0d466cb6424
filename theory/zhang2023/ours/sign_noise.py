"""One-step L∞ attacks and projected gradient descent (S17), which the paper leaves open.

Given (|a|, D) the vectors B = WᵀDa = ∇f(x) and C = Wᵀ(I−D)a are independent and C is Gaussian. For a noise direction Φ
that is a function of B alone ⟨Wᵀa, Φ⟩ = ⟨B, Φ⟩ + √(N/d) ‖Φ‖ Z, which fails least often where Φ is along B. For
Φ = sign(B) the first term is √(P/d) ‖z‖₁, and P(Z ≥ s‖z‖₁) ≤ ½e^{−dc} follows from Chernoff's inequality in λ for
λ²/2 + d log E e^{−λs|z|}. The rest is S4's proof: c is at least its tangent at ρ*, and E e^{−sρ} ≤ e^{−min(sρ + mJ)}.
"""

from __future__ import annotations

from typing import Any

from flint import arb
from sympy import Integer, Rational, Sum, binomial, exp, log

from ...calculus.evaluate import CertifiedFunction
from ...calculus.exact import exact_integer
from ...language.cells import Regime
from ...language.events import Event
from ...language.heads import Law, P
from ...language.parameters import real, size
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..margin.law import failure_probability
from ..margin.sign_rates import (
    agreement_rate,
    expected_sign_tail,
    hazard_expr,
    share_exponent,
    share_transform,
    sign_cost_expr,
    sign_noise_rate,
)
from ..models.sign_noise import (
    agreement,
    agreement_scalar,
    pgd_margin,
    sign_margin,
    sign_margin_direct,
    sign_margin_scalar,
    sign_witness_margin,
)
from ..symbols import d, delta, gamma, least, m, n
from .exact_laws import p0

__all__ = ["STATEMENTS", "sign_failure"]

_HALF = Rational(1, 2)
_k = size("k")
_u = real("u", 0)
_s = real("s", 0)


class sign_failure(CertifiedFunction):
    """p_∞(m, d) = P(Q_∞ ≤ 0), the exact failure probability of one sign step, as a SymPy function.

    Examples
    --------
    >>> from ...calculus.evaluate import number
    >>> number(sign_failure(1, 7))
    0.5
    """

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        body = rf"p_\infty({printer._print(self.args[0])}, {printer._print(self.args[1])})"
        return body if exp is None else f"{body}^{{{exp}}}"

    @staticmethod
    def in_balls(width: arb, dimension: arb) -> arb:
        sizes = exact_integer(width, "m"), exact_integer(dimension, "d")
        return failure_probability(*sizes, noise="sign", certified=True).ball


def _source(part: str) -> Source:
    return Source("whp", part)


S17_LAW = Statement(
    "S17.law",
    "sharp",
    "Exact law of the margin of one step along the sign of the gradient",
    _source("S17"),
    (Claim((Link(Law(sign_margin_direct), "=_d", Law(sign_margin_scalar)),)),),
    uses=("S1",),
)

S17_EXACT = Statement(
    "S17.exact",
    "sharp",
    "Exact failure probability of one sign step",
    _source("S17"),
    (
        Claim(
            (
                Link(
                    P(Event(sign_margin, "<=", 0)),
                    "=",
                    _HALF**m + Sum(binomial(m, _k) * _HALF ** (m + 1) * expected_sign_tail(m, d, _k), (_k, 1, m - 1)),
                ),
            )
        ),
    ),
    uses=("S17.law",),
    grid={"m": (1, 2, 3), "d": (2, 5)},
)

S17_ORDER = Statement(
    "S17.order",
    "sharp",
    "No one-step noise fails less often than the gradient itself: the sign step fails more often for m, d ≥ 2",
    _source("S17"),
    (Claim((Link(P(Event(sign_margin, "<=", 0)), ">", p0(m, d)),)),),
    # With one neuron or one dimension the sign of the gradient is along it.
    (Hypothesis(m >= 2, "m ≥ 2"), Hypothesis(d >= 2, "d ≥ 2")),
    uses=("S17.law", "S3"),
    grid={"m": (2, 3, 8, 64, 256), "d": (2, 3, 64, 256)},
)

_A = d * sign_noise_rate(m / d)
S17 = Statement(
    "S17",
    "sharp",
    "Failure bound of the sign step with the right exponent A_∞(m, d) = d I_∞(m/d), for all m and d",
    _source("S17"),
    (Claim.chain(P(Event(sign_margin, "<=", 0)), "<=", exp(-_A) / 2 + _HALF ** (m + 1), "<=", exp(-_A)),),
    uses=("S17.law", "S17.transfer", "S17.convex"),
    grid={"m": (1, 2, 3, 8, 64, 1024), "d": (1, 2, 3, 8, 64, 1024)},
)

S17_TRANSFER = Statement(
    "S17.transfer",
    "sharp",
    "Transfer: E e^{-sρ} ≤ exp(-min[sρ + mJ(ρ)]), hence E e^{-dc(ρ)} ≤ exp(-min[dc + mJ]) for convex c with a tangent",
    _source("S17 and the proof of S4"),
    (Claim((Link(share_transform(m, _s), "<=", exp(-share_exponent(m, _s))),)),),
    points=tuple({_s: v} for v in (Rational(1, 8), Integer(1), Integer(8), Integer(64))),
    grid={"m": (1, 2, 3, 8, 64)},
)

_HAZARD = hazard_expr(_u)
S17_DERIVATIVE = Statement(
    "S17.derivative",
    "sharp",
    "c_∞' = h²/2: along u the rate grows by h²/2 for each unit of ρ = u/h(u)",
    _source("S17"),
    (Claim((Link(sign_cost_expr(_u).diff(_u), "=", _HAZARD**2 / 2 * (_u / _HAZARD).diff(_u)),)),),
    points=tuple({_u: Rational(j, 4)} for j in range(1, 17)),
)

S17_CONVEX = Statement(
    "S17.convex",
    "sharp",
    "The hazard rate h lies above u and u(h - u) below 1: h and u/h grow with u, so that c_∞ is convex in ρ",
    _source("S17"),
    (
        Claim((Link(_HAZARD, ">", _u),)),
        Claim((Link(_u * (_HAZARD - _u), "<", 1),)),
    ),
    points=tuple({_u: Rational(j, 4)} for j in range(1, 33)),
)

_SIZE = Rational(141, 20)
S17_CONSTANTS = Statement(
    "S17.constants",
    "sharp",
    "I_∞(1) = 0.14188…, c_∞(½) = 0.24064… is the limit of I_∞, and 7.05 I_∞(1) ≥ 1",
    _source("S17"),
    (
        Claim.chain(Rational(14188, 10**5), "<", sign_noise_rate(1), "<", Rational(14189, 10**5)),
        Claim.chain(Rational(24064, 10**5), "<", sign_noise_rate(10**8), "<", Rational(24065, 10**5)),
        Claim((Link(_SIZE * sign_noise_rate(1), ">=", 1),)),
        Claim((Link(Rational(982, 100) * agreement_rate(1), ">=", 1),)),
    ),
)

S17_LIMIT = Statement(
    "S17.limit",
    "sharp",
    "The exponent of the sign step is that of the truth as m and d grow together",
    _source("S17"),
    (
        Claim(
            (Link(-log(sign_failure(gamma * d, d)), "~", d * sign_noise_rate(gamma)),),
            regime=Regime(d, tied={m: gamma}),
        ),
    ),
    uses=("S17.exact",),
    points=({gamma: 1},),
)

S17_SIZES = Statement(
    "S17.sizes",
    "sharp",
    "min(m, d) ≥ 7.05 log(n/δ) makes all n margins of sign steps positive with probability at least 1 - δ",
    _source("S17"),
    (Claim((Link(P(Event(sign_margin, ">", 0, n)), ">=", 1 - delta),)),),
    (Hypothesis(least(m, d) >= _SIZE * log(n / delta), "min(m, d) ≥ 7.05 log(n/δ)"),),
    uses=("S17", "S17.constants"),
    points=({delta: _HALF}, {delta: Rational(1, 100)}, {delta: Rational(1, 10**6)}),
)

S17_AGREEMENT = Statement(
    "S17.agreement",
    "sharp",
    "With the witness sign(Wᵀa) the coordinates that agree are Bin(d, 1 - arccos(√ρ)/π), exactly",
    _source("S17"),
    (Claim((Link(Law(agreement), "=_d", Law(agreement_scalar)),)),),
    uses=("S1",),
)

S17_AGREEMENT_SIZES = Statement(
    "S17.agreement-sizes",
    "sharp",
    "With the witness sign(Wᵀa) min(m, d) ≥ 9.82 log(n/δ) is enough",
    _source("S17"),
    (Claim((Link(P(Event(sign_witness_margin, ">", 0, n)), ">=", 1 - delta),)),),
    (Hypothesis(least(m, d) >= Rational(982, 100) * log(n / delta), "min(m, d) ≥ 9.82 log(n/δ)"),),
    uses=("S17.agreement-bound", "S17.constants"),
    points=({delta: _HALF},),
)

S17_AGREEMENT_BOUND = Statement(
    "S17.agreement-bound",
    "sharp",
    "Failure bound with the witness sign(Wᵀa): Chernoff's inequality for the binomial, and the transfer of S17",
    _source("S17"),
    (Claim((Link(P(Event(sign_witness_margin, "<=", 0)), "<=", exp(-d * agreement_rate(m / d))),)),),
    uses=("S17.agreement", "S17.transfer"),
    grid={"m": (1, 2, 3, 8, 64, 1024), "d": (1, 2, 3, 8, 64, 1024)},
)

S17_WITNESSES = Statement(
    "S17.witnesses",
    "sharp",
    "Of the two witnesses Wᵀa fails less often than sign(Wᵀa) for m, d ≥ 2",
    _source("measured: the exact laws of S17"),
    (Claim((Link(P(Event(sign_witness_margin, "<=", 0)), ">", sign_failure(m, d)),)),),
    (Hypothesis(m >= 2, "m ≥ 2"), Hypothesis(d >= 2, "d ≥ 2")),
    uses=("S17.agreement", "S17.exact"),
    grid={"m": (2, 3, 8, 64, 256), "d": (2, 3, 64, 256)},
)

S17_PGD = Statement(
    "S17.pgd",
    "sharp",
    "L2-projected gradient descent of any number of steps stays separated while Q > K(‖W‖₂²Δ²)",
    _source("S17"),
    (Claim((Link(pgd_margin, ">", 0),)),),
    uses=("S12.flips",),
)

STATEMENTS = (
    S17_LAW,
    S17_EXACT,
    S17_ORDER,
    S17,
    S17_TRANSFER,
    S17_DERIVATIVE,
    S17_CONVEX,
    S17_CONSTANTS,
    S17_LIMIT,
    S17_SIZES,
    S17_AGREEMENT,
    S17_AGREEMENT_BOUND,
    S17_AGREEMENT_SIZES,
    S17_WITNESSES,
    S17_PGD,
)
