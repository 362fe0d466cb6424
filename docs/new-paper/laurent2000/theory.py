"""What the paper claims of chi-square variables, and what is often quoted instead.

Lemma 1 bounds both tails of Z = Σ a_i (g_i² - 1) for independent standard Gaussian g_i. With all weights 1 it is about
X ~ χ²_k, eqs. 4.3 and 4.4; quoted without its linear term, eq. 4.3 is false.
"""

from __future__ import annotations

from sympy import Rational, exp, sqrt
from whp.theory import RV, Claim, Event, Hypothesis, LawOf, Ledger, Link, Model, P, Source, Statement, real, size
from whp.theory.laws.elementary import ChiSquareLaw

__all__ = ["CHI2", "LEDGER", "WEIGHTED", "X", "Z", "k", "x"]

KEY = "laurent2000"
k = size("k")
x = real("x", 0)

CHI2 = Model("chi-square", (k,), r"X \sim \chi^2_k", paper=KEY)
WEIGHTED = Model("weighted-squares", (k,), r"Z = \sum_{i \le k} 2^{-i} (g_i^2 - 1)", paper=KEY)


X = RV("X", CHI2, "X", law=LawOf(ChiSquareLaw, k))
# No law is known for Z: draws decide.
Z = RV("Z", WEIGHTED, "Z")

POINTS = tuple({x: value} for value in (Rational(1, 4), Rational(1), Rational(4), Rational(8)))


def _below(event: Event, bound) -> tuple[Claim, ...]:
    return (Claim((Link(P(event), "<=", bound),)),)


LEDGER = Ledger(
    (
        Statement(
            "lem1.geometric",
            "printed",
            "The upper tail of a weighted sum, here with the weights 1/2, 1/4, 1/8, ...",
            Source(KEY, "Lemma 1, p. 1325, at a_i = 2^-i"),
            _below(Event(Z, ">=", 2 * sqrt(x * (1 - 4 ** (-k)) / 3) + x), exp(-x)),
            points=POINTS[:3],
        ),
        Statement(
            "eq4.3",
            "printed",
            "The upper tail of a chi-square variable",
            Source(KEY, "eq. 4.3, p. 1325"),
            _below(Event(X, ">=", k + 2 * sqrt(k * x) + 2 * x), exp(-x)),
            points=POINTS,
        ),
        Statement(
            "eq4.4",
            "printed",
            "The lower tail of a chi-square variable",
            Source(KEY, "eq. 4.4, p. 1325"),
            _below(Event(X, "<=", k - 2 * sqrt(k * x)), exp(-x)),
            points=POINTS,
        ),
        Statement(
            "quoted",
            "printed",
            "The upper tail quoted without its linear term",
            Source("folklore", "a misquotation of laurent2000, eq. 4.3"),
            _below(Event(X, ">=", k + 2 * sqrt(k * x)), exp(-x)),
            points=POINTS,
        ),
        Statement(
            "quoted",
            "repaired",
            "The upper tail for x up to k: no linear term, but 4 in place of 2",
            Source(KEY, "from eq. 4.3 by x ≤ √(kx)"),
            _below(Event(X, ">=", k + 4 * sqrt(k * x)), exp(-x)),
            (Hypothesis(x <= k, "x ≤ k"),),
            uses=("eq4.3",),
            points=POINTS,
            repairs="quoted",
        ),
    )
)
