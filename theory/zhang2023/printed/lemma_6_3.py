"""Lemma 6.3: Bernstein's inequality for sub-exponential variables, as printed, and the constant our proof gives.

In words: a sum of N independent centred variables whose sub-exponential norms are at most K reaches εN with probability
at most 2 exp(-c min(ε²/K², ε/K) N), c an absolute constant. Our proof: E|X|^p ≤ (Kp)^p and p^p ≤ e^p p! give
E e^{λX} ≤ 1 + x²/(1-x) at x = eλK < 1, which is at most e^{2x²} for x ≤ 1/2; then λ = ε/(4e²K²) or 1/(2eK).
"""

from __future__ import annotations

from sympy import Abs, Rational, exp, log, loggamma

from ...language.events import Event
from ...language.heads import P
from ...language.models import RV
from ...language.parameters import real, size
from ...language.statements import Claim, Implication, Link, Source, Statement
from ..models.common import model
from ..symbols import least, m

EPS = real("epsilon", 0)
C_BERNSTEIN = real("c", 0)
_K = real("K", 0)
_N = size("N")
_s = real("s", 0, closed="left")

_SUBEXPONENTIAL = model(
    "sub-exponential", (), r"X_1, \dots, X_N \text{ independent, centred, } K = \max_i \|X_i\|_{\psi_1}"
)
_SUM = RV("sum_X", _SUBEXPONENTIAL, r"\textstyle\sum_{i=1}^N X_i")

_E = exp(1)
BERNSTEIN_CONSTANT = 1 / (8 * _E**2)

LEM_6_3 = Statement(
    "lem6.3",
    "printed",
    "Bernstein's inequality for independent centred sub-exponential variables",
    Source("zhang2023", "Lemma 6.3 and eq. 32, Appendix 6"),
    (
        Claim(
            (
                Link(
                    P(Event(Abs(_SUM), ">=", EPS * _N)),
                    "<=",
                    2 * exp(-C_BERNSTEIN * least(EPS**2 / _K**2, EPS / _K) * _N),
                ),
            ),
            exists=(C_BERNSTEIN,),
        ),
    ),
    uses=("def2",),
    aliases=("eq32",),
    implied_by=(
        Implication(
            by="S7.bernstein",
            constants={C_BERNSTEIN: BERNSTEIN_CONSTANT},
            steps=(
                # The bound of the proof in its two cases, whose exponents are at least c min(ε²/K², ε/K).
                Link(
                    2 * exp(-least(EPS**2 / (8 * _E**2 * _K**2), EPS / (4 * _E * _K)) * _N),
                    "<=",
                    2 * exp(-BERNSTEIN_CONSTANT * least(EPS**2 / _K**2, EPS / _K) * _N),
                ),
            ),
        ),
    ),
)

S7_BERNSTEIN = Statement(
    "S7.bernstein",
    "sharp",
    "The steps of Bernstein's inequality with c = 1/(8e²), for every class of sub-exponential variables",
    Source("whp", "S7"),
    (
        # p^p ≤ e^p p! for the p-th term of the exponential series, in logarithms (m stands for p).
        Claim((Link(m * log(m), "<=", m + loggamma(m + 1)),)),
        # 1 + x²/(1−x) ≤ e^{2x²} follows from 1/(1−x) ≤ 2 at x = 1/(2+s), s ≥ 0.
        Claim((Link((2 + _s) / (1 + _s), "<=", 2),)),
        # ε ≤ 2eK: the exponent −λε + 2e²λ²K² at λ = ε/(4e²K²).
        Claim(
            (
                Link(
                    -EPS / (4 * _E**2 * _K**2) * EPS + 2 * _E**2 * _K**2 * (EPS / (4 * _E**2 * _K**2)) ** 2,
                    "=",
                    -(EPS**2) / (8 * _E**2 * _K**2),
                ),
            )
        ),
        # ε = 2eK(1+s): at λ = 1/(2eK) the exponent is −(1+s) + ½, at most −ε/(4eK) = −(1+s)/2.
        Claim((Link(-(1 + _s) + Rational(1, 2), "<=", -(1 + _s) / 2),)),
    ),
)

STATEMENTS = (LEM_6_3,)
