"""Tails of chi-square and gamma variables: Laurent and Massart, Chernoff, Dasgupta and Gupta, and misprints."""

from __future__ import annotations

from sympy import Abs, Eq, Rational, exp, log, oo, sqrt

from ...language.arrays import iid
from ...language.claims import claim
from ...language.families import ChiSquare, Exponential, Gamma
from ...language.heads import E, Median, P, Var
from ...language.parameters import real, size

__all__ = ["STATEMENTS"]

d, n = size("d"), size("n")
t, eps = real("t", 0, oo), real("eps", 0, 1)
a, u = real("a", 0, oo), real("u", 0, oo)
X = ChiSquare(d)

laurent_massart_upper = claim(
    P(X >= d + 2 * sqrt(d * t) + 2 * t) <= exp(-t),
    key="laurent-massart.upper",
    title="Upper tail of chi-square",
    source="laurent2000, Lemma 1, eq. 4.3",
)
laurent_massart_lower = claim(
    P(X <= d - 2 * sqrt(d * t)) <= exp(-t),
    key="laurent-massart.lower",
    title="Lower tail of chi-square",
    source="laurent2000, Lemma 1, eq. 4.4",
)
laurent_massart_misprint = claim(
    P(X >= d + 2 * sqrt(d * t)) <= exp(-t),
    key="laurent-massart.short",
    title="The upper tail without its linear term, as it is often quoted",
    source="folklore, the term 2t left out",
)
chernoff = claim(
    P(X >= (1 + u) * d) <= exp(-d * (u - log(1 + u)) / 2),
    key="chi-square.chernoff",
    title="Chernoff's bound for the upper tail of chi-square",
    source="dasgupta2003, a common form of Lemma 2.2",
)
chernoff_lower = claim(
    P(X <= (1 - eps) * d) <= exp(-d * (-eps - log(1 - eps)) / 2),
    key="chi-square.chernoff.lower",
    title="Chernoff's bound for the lower tail of chi-square",
    source="dasgupta2003, a common form of Lemma 2.2",
)
dasgupta_gupta_upper = claim(
    P(X >= (1 + eps) * d) <= exp(-d * (eps**2 / 2 - eps**3 / 3) / 2),
    key="dasgupta-gupta.upper",
    title="Upper tail of a squared norm, with the cubic correction",
    source="dasgupta2003, a common form of Lemma 2.2 with the proof of Theorem 2.1",
)
dasgupta_gupta_lower = claim(
    P(X <= (1 - eps) * d) <= exp(-d * eps**2 / 4),
    key="dasgupta-gupta.lower",
    title="Lower tail of a squared norm",
    source="dasgupta2003, a common form of Lemma 2.2 with the proof of Theorem 2.1",
)
eighth = claim(
    P(Abs(X / d - 1) >= eps) <= 2 * exp(-d * eps**2 / 8),
    key="chi-square.eighth",
    title="Two-sided concentration of chi-square with the constant 1/8",
    source="wainwright2019, Example 2.11",
)
quarter = claim(
    P(Abs(X / d - 1) >= eps) <= 2 * exp(-d * eps**2 / 4),
    key="chi-square.quarter",
    title="Two-sided concentration with the constant 1/4, which only the lower tail has",
    source="folklore, the lower tail's constant for both tails",
)
twice = claim(
    P(X >= 2 * d) <= exp(-Rational(3, 20) * d),
    key="chi-square.twice",
    title="A squared norm twice its mean",
    source="folklore, (1 - log 2)/2 rounded down",
)
mean = claim(
    Eq(E(X), d),
    Eq(Var(X), 2 * d),
    key="chi-square.moments",
    title="Mean and variance",
    source="johnson1994, Chapter 18",
)
median = claim(
    Median(X) <= d,
    key="chi-square.median",
    title="The median of chi-square is at most its mean",
    source="folklore, mode, median and mean of a skewed law",
)
sub_gamma = claim(
    P(Gamma(a, 1) >= a + sqrt(2 * a * t) + t) <= exp(-t),
    key="gamma.sub-gamma",
    title="A gamma variable is sub-gamma",
    source="boucheron2013, Section 2.4",
)
exponential = claim(
    P(iid(Exponential(1), n).mean >= 1 + u) <= exp(-n * (u - log(1 + u))),
    key="exponential.mean",
    title="Chernoff's bound for a mean of exponential variables",
    source="boucheron2013, Section 2.4, for the gamma law of the sum",
)
norm_mean = claim(
    "d/sqrt(d + 1) <= E(gaussian_vector(d).norm) <= sqrt(d)",
    key="gaussian-norm.mean",
    title="The mean length of a Gaussian vector lies between d/√(d+1) and √d",
    source="chandrasekaran2012, Section 3",
    parameters=[d],
)

STATEMENTS = (
    laurent_massart_upper,
    laurent_massart_lower,
    laurent_massart_misprint,
    chernoff,
    chernoff_lower,
    dasgupta_gupta_upper,
    dasgupta_gupta_lower,
    eighth,
    quarter,
    twice,
    mean,
    median,
    sub_gamma,
    exponential,
    norm_mean,
)
"""In the order of the topic."""
