"""Our own statements behind Theorem 3.1: the exact law of the margin and its sharp consequences (S1-S5).

Given (|a|, D), write B = WᵀDa and C = Wᵀ(I-D)a: they are independent Gaussian vectors, because a fair sign times a
Gaussian restricted to a half space is a Gaussian again. Everything below follows from that one sentence.
"""

from __future__ import annotations

from typing import Any

from flint import acb, arb, ctx
from sympy import Expr, Integer, Rational, Sum, binomial, log, pi, sqrt
from sympy import exp as e_to

from ...calculus.evaluate import CertifiedFunction, enclose
from ...calculus.exact import exact_integer
from ...language.cells import Regime
from ...language.events import Event
from ...language.heads import E, Law, P, Var
from ...language.parameters import size
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..margin.law import failure_probability
from ..margin.sharp import exponent_expr, rate_expr, tau_expr
from ..models.initial import margin, margin_scalar, margin_symmetric
from ..symbols import d, delta, gamma, least, m, mu4, n

__all__ = ["STATEMENTS", "expected_tail", "p0"]


class p0(CertifiedFunction):
    """p₀(m, d) = P(Q ≤ 0), the exact failure probability of one sample, as a SymPy function.

    Examples
    --------
    >>> from ...calculus.evaluate import number
    >>> number(p0(1, 7))
    0.5
    """

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        body = f"p_0({printer._print(self.args[0])}, {printer._print(self.args[1])})"
        return body if exp is None else f"{body}^{{{exp}}}"

    @staticmethod
    def in_balls(width: arb, dimension: arb) -> arb:
        return failure_probability(exact_integer(width, "m"), exact_integer(dimension, "d"), certified=True).ball


class expected_tail(CertifiedFunction):
    """E I_{1-ρ}(d/2, 1/2) for ρ ~ Beta(k/2, (m-k)/2), by rigorous integration (not by the recurrence of S3)."""

    nargs = 3

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m_, d_, k_ = (printer._print(x) for x in self.args)
        body = rf"\mathbb{{E}}\, I_{{1-\rho}}\left(\tfrac{{{d_}}}{{2}}, \tfrac12\right)"
        return body + rf"\Big|_{{\rho \sim \mathrm{{Beta}}({k_}/2,\, ({m_}-{k_})/2)}}"

    @staticmethod
    def in_balls(width: arb, dimension: arb, active: arb) -> arb:
        return _expected_tail(width, dimension, active)


class A(CertifiedFunction):
    """A(m, d) = d I(m/d), the sharp exponent of S4, as a SymPy function."""

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        body = f"A({printer._print(self.args[0])}, {printer._print(self.args[1])})"
        return body if exp is None else f"{body}^{{{exp}}}"

    def closed_form(self) -> Expr:
        """What it is short for."""
        found: Expr = exponent_expr(*self.args)
        return found

    @staticmethod
    def in_balls(width: arb, dimension: arb) -> arb:
        return enclose(exponent_expr(m, d), {"m": width, "d": dimension}, ctx.prec)


def _expected_tail(width: arb, dimension: arb, active: arb) -> arb:
    m_, d_, k_ = exact_integer(width, "m"), exact_integer(dimension, "d"), exact_integer(active, "k")

    def cosine_integral(angle: acb) -> acb:
        # ∫ from angle to π/2 of cos^{d-1}: I_{cos²(angle)}(d/2, 1/2) up to its value at 0.
        sine, cosine = angle.sin(), angle.cos()
        value = acb.pi() / 2 - angle if (d_ - 1) % 2 == 0 else 1 - sine
        for j in range(2 + (d_ - 1) % 2, d_, 2):
            value = value * (j - 1) / j - cosine ** (j - 1) * sine / j
        return value

    def integrand(angle: acb, _analytic: bool) -> acb:
        return angle.sin() ** (k_ - 1) * angle.cos() ** (m_ - k_ - 1) * cosine_integral(angle)

    integral = acb.integral(integrand, acb(0), acb.pi() / 2).real
    log_beta = (arb(k_) / 2).lgamma() + (arb(m_ - k_) / 2).lgamma() - (arb(m_) / 2).lgamma()
    return 2 * integral / log_beta.exp() / cosine_integral(acb(0)).real


_HALF = Rational(1, 2)
_k = size("k")
_A = A(m, d)
_SMALL = {"m": (1, 2, 3, 5, 8), "d": (1, 2, 3, 4, 7, 12)}


def _source(part: str) -> Source:
    return Source("whp", part)


S1 = Statement(
    "S1",
    "sharp",
    "Exact law of the margin of one sample at initialisation: the law with a mask independent of W",
    _source("S1"),
    (Claim((Link(Law(margin), "=_d", Law(margin_scalar)),)),),
)

S2 = Statement(
    "S2",
    "sharp",
    "Exact mean and variance of the margin for every symmetric readout of kurtosis μ₄",
    _source("S2"),
    (
        Claim((Link(E(margin_symmetric), "=", _HALF),)),
        Claim(
            (
                Link(
                    Var(margin_symmetric),
                    "=",
                    (2 * mu4 - 1) / (4 * m) + Rational(3, 4) / d + (4 * mu4 - 3) / (4 * m * d),
                ),
            )
        ),
    ),
    uses=("eq11",),
    points=({mu4: 1}, {mu4: 3}),
)

S3 = Statement(
    "S3",
    "sharp",
    "Exact failure probability of one sample",
    _source("S3"),
    (
        Claim(
            (
                Link(
                    P(Event(margin, "<=", 0)),
                    "=",
                    Rational(1, 2) ** m
                    + Sum(binomial(m, _k) * Rational(1, 2) ** (m + 1) * expected_tail(m, d, _k), (_k, 1, m - 1)),
                ),
            )
        ),
    ),
    uses=("S1",),
    grid=_SMALL,
)

S3_IN_D = Statement(
    "S3.in-d",
    "sharp",
    "The failure probability decreases in d for m ≥ 2",
    _source("S3"),
    (Claim((Link(p0(m, d + 1), "<", p0(m, d)),)),),
    (Hypothesis(m >= 2, "m ≥ 2"),),
    uses=("S3",),
    grid=_SMALL,
)

S3_IN_M = Statement(
    "S3.in-m",
    "sharp",
    "The failure probability decreases in m for every d",
    _source("S3"),
    (Claim((Link(p0(m + 1, d), "<", p0(m, d)),)),),
    uses=("S3",),
    grid=_SMALL,
)

S4_DEFINITION = Statement(
    "S4.exponent",
    "definition",
    "The sharp exponent A(m, d) = d I(m/d) in closed form",
    _source("S4"),
    (Claim((Link(_A, "=", exponent_expr(m, d)),)),),
)

S4 = Statement(
    "S4",
    "sharp",
    "Failure bound with the right exponent A(m, d) = d I(m/d) and no prefactor, for all m and d",
    _source("S4"),
    (Claim.chain(P(Event(margin, "<=", 0)), "<=", e_to(-_A) / 2 + _HALF ** (m + 1), "<=", e_to(-_A)),),
    uses=("S1", "S3", "S4.exponent"),
)

S4_EQUAL = Statement(
    "S4.equal",
    "sharp",
    "The exponent at m = d in closed form",
    _source("S4"),
    (Claim((Link(rate_expr(1), "=", log(16 * ((1 + sqrt(5)) / 2) ** -5) / 2),)),),
)

_TAU = tau_expr(gamma)
S4_LIMIT = Statement(
    "S4.limit",
    "sharp",
    "The exponent and prefactor are those of the truth as m and d grow together",
    _source("S4"),
    (
        Claim(
            (
                Link(
                    p0(gamma * d, d),
                    "~",
                    (1 - _TAU + _TAU**2) / sqrt(pi * d * _TAU**3 * (2 - _TAU)) * e_to(-d * rate_expr(gamma)),
                ),
            ),
            regime=Regime(d, tied={m: gamma}),
        ),
    ),
    uses=("S3",),
    points=({gamma: _HALF}, {gamma: 1}, {gamma: 4}),
)

_EACH = Rational(11, 2)
S5 = Statement(
    "S5",
    "sharp",
    "min(m, d) ≥ 5.5 log(n/δ) makes all n margins positive with probability at least 1 - δ",
    _source("S5"),
    (Claim((Link(P(Event(margin, ">", 0, n)), ">=", 1 - delta),)),),
    (Hypothesis(least(m, d) >= _EACH * log(n / delta), "min(m, d) ≥ 5.5 log(n/δ)"),),
    uses=("S4",),
    points=({delta: Rational(1, 2)}, {delta: Rational(1, 100)}, {delta: Rational(1, 10**6)}),
)

# Of the first pair both sizes are alike; the others trade width for dimension.
_PAIRS = ((_EACH, _EACH), (81, 3), (11, 4), (7, 5), (5, 6), (4, 8), (3, 12), (2, 39))
S5_PAIRS = Statement(
    "S5.pairs",
    "sharp",
    "m ≥ c_m log(n/δ) and d ≥ c_d log(n/δ) are enough for eight pairs (c_m, c_d): failure ≤ n e^{-min(m/c_m, d/c_d)}",
    _source("S5"),
    (
        *(Claim((Link(P(Event(margin, ">", 0, n)), ">=", 1 - n * e_to(-least(m / a, d / b))),)) for a, b in _PAIRS),
        # Below 2/log 2 and 1/log 2 no pair is enough, whatever the other size is.
        Claim((Link(Integer(3), ">", 2 / log(2)), Link(Integer(2), ">", 1 / log(2)))),
    ),
    uses=("S4",),
)

STATEMENTS = (S1, S2, S3, S3_IN_D, S3_IN_M, S4_DEFINITION, S4, S4_EQUAL, S4_LIMIT, S5, S5_PAIRS)
