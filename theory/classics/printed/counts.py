"""Sums of bounded variables: Hoeffding, Chernoff in all usual forms, Bernstein, Bennett, signs, Poisson variables."""

from __future__ import annotations

from sympy import Abs, Eq, Rational, exp, log, oo, sqrt

from ...language.arrays import iid
from ...language.claims import claim
from ...language.families import Binomial, Poisson, Sign
from ...language.heads import E, P, Var
from ...language.parameters import real, size

__all__ = ["STATEMENTS"]

m, n = size("m"), size("n")
p = real("p", 0, 1)
t, u = real("t", 0, oo), real("u", 0, oo)
eps = real("eps", 0, oo)
delta, one = real("delta", 0, oo), real("delta", 0, 1)
closed = real("delta", 0, 1, "right")
lam = real("lam", 0, oo)
half = Rational(1, 2)
X, fair = Binomial(n, p), Binomial(n, half)
S = iid(Sign(), n).sum
Y = Poisson(lam)

hoeffding = claim(
    P(X / n - p >= eps) <= exp(-2 * n * eps**2),
    key="hoeffding",
    title="Hoeffding's inequality for a mean of 0 and 1",
    source="hoeffding1963, Theorem 1",
)
hoeffding_fair = claim(
    P(fair >= n / 2 + t) <= exp(-2 * t**2 / n),
    key="hoeffding.fair",
    title="Hoeffding's inequality for fair coins, in counts",
    source="hoeffding1963, Theorem 1",
)
hoeffding_misprint = claim(
    P(fair >= n / 2 + t) <= exp(-4 * t**2 / n),
    key="hoeffding.doubled",
    title="Hoeffding's inequality with its exponent doubled",
    source="folklore, the range of a coin taken for 1/2",
)
hoeffding_two_sided = claim(
    P(Abs(fair / n - half) >= t) <= 2 * exp(-2 * n * t**2),
    key="hoeffding.two-sided",
    title="Hoeffding's inequality, both tails",
    source="hoeffding1963, Theorem 1",
)
chernoff_upper = claim(
    P(X >= (1 + delta) * n * p) <= (exp(delta) / (1 + delta) ** (1 + delta)) ** (n * p),
    key="chernoff.upper",
    title="Chernoff's upper tail, full form",
    source="mitzenmacher2005, Theorem 4.4",
)
chernoff_lower = claim(
    P(X <= (1 - one) * n * p) <= (exp(-one) / (1 - one) ** (1 - one)) ** (n * p),
    key="chernoff.lower",
    title="Chernoff's lower tail, full form",
    source="mitzenmacher2005, Theorem 4.5",
)
chernoff_third = claim(
    P(fair >= (1 + closed) * n / 2) <= exp(-(closed**2) * n / 6),
    key="chernoff.third",
    title="Chernoff's upper tail with δ²μ/3, for δ up to 1, for fair coins",
    source="mitzenmacher2005, Theorem 4.4",
)
chernoff_half = claim(
    P(X <= (1 - one) * n * p) <= exp(-(one**2) * n * p / 2),
    key="chernoff.half",
    title="Chernoff's lower tail with δ²μ/2",
    source="mitzenmacher2005, Theorem 4.5",
)
chernoff_wrong_side = claim(
    P(Poisson(100) >= (1 + closed) * 100) <= exp(-(closed**2) * 50),
    key="chernoff.wrong-side",
    title="The lower tail's δ²μ/2 used for the upper tail of a Poisson variable of mean 100",
    source="folklore, the constant of the other tail",
)
chernoff_two_plus = claim(
    P(X >= (1 + delta) * n * p) <= exp(-(delta**2) * n * p / (2 + delta)),
    key="chernoff.two-plus",
    title="Chernoff's upper tail with δ²μ/(2 + δ), for every δ",
    source="mcdiarmid1998, a common form, weaker than Theorem 2.3",
)
bernstein = claim(
    P(fair / n - half >= t) <= exp(-n * t**2 / (half + 2 * t / 3)),
    key="bernstein",
    title="Bernstein's inequality for fair coins",
    source="boucheron2013, Corollary 2.11, with 1 for the bound of a term",
)
bennett = claim(
    P(fair >= n / 2 + t) <= exp(-n / 4 * ((1 + 4 * t / n) * log(1 + 4 * t / n) - 4 * t / n)),
    key="bennett",
    title="Bennett's inequality for fair coins",
    source="boucheron2013, Theorem 2.9, with 1 for the bound of a term",
)
signs = claim(
    P(S >= t) <= exp(-(t**2) / (2 * n)),
    key="signs.upper",
    title="The sum of n fair signs",
    source="hoeffding1963, Theorem 2",
)
signs_two_sided = claim(
    P(Abs(S) >= t) <= 2 * exp(-(t**2) / (2 * n)),
    key="signs.two-sided",
    title="The sum of n fair signs, both tails",
    source="hoeffding1963, Theorem 2",
)
khintchine = claim(
    E(S**4) <= 3 * n**2,
    key="khintchine.four",
    title="Khintchine's inequality at p = 4",
    source="haagerup1981, at p = 4",
)
paley_zygmund = claim(
    P(S**2 >= n / 4) >= Rational(9, 16) / 3,
    key="paley-zygmund",
    title="Paley and Zygmund's inequality for the square of a sum of signs, at 1/4",
    source="paley1932, Lemma 19",
)
anti = claim(
    P(Abs(S) >= sqrt(n) / 2) >= Rational(3, 16),
    key="signs.anti-concentration",
    title="A sum of signs is not near 0",
    source="paley1932, Lemma 19, for the square of a sum of signs",
)
poisson_chernoff = claim(
    P(Y >= lam * (1 + u)) <= exp(-lam * ((1 + u) * log(1 + u) - u)),
    key="poisson.chernoff",
    title="Chernoff's upper tail of a Poisson variable",
    source="boucheron2013, Section 2.2",
)
poisson_lower = claim(
    P(Y <= lam * (1 - one)) <= exp(-lam * one**2 / 2),
    key="poisson.lower",
    title="The lower tail of a Poisson variable",
    source="boucheron2013, Section 2.2",
)
poisson_bernstein = claim(
    P(Y >= lam + t) <= exp(-(t**2) / (2 * (lam + t / 3))),
    key="poisson.bernstein",
    title="Bernstein's upper tail of a Poisson variable",
    source="boucheron2013, Section 2.7",
)
poisson_hundred = claim(
    P(Poisson(100) >= 100 + t) <= exp(-(t**2) / (2 * (100 + t / 3))),
    key="poisson.hundred",
    title="Bernstein's upper tail of a Poisson variable of mean 100",
    source="boucheron2013, Section 2.7",
)
binomial_moments = claim(
    Eq(E(X), n * p),
    Eq(Var(X), n * p * (1 - p)),
    key="binomial.moments",
    title="Mean and variance of a binomial variable",
    source="johnson2005, Chapter 3",
)
median = claim(
    "P(Binomial(n, 1/2) >= n/2) >= 1/2",
    key="binomial.median",
    title="Half of the fair coins or more show heads at least every second time",
    source="johnson2005, Chapter 3",
    parameters=[n],
)
slud = claim(
    "P(Binomial(m, (1 - eps)/2) >= m/2) >= (1 - sqrt(1 - exp(-m*eps**2/(1 - eps**2))))/2",
    key="slud",
    title="A lower bound of the tail of a biased coin",
    source="shalev2014, Lemma B.11",
    parameters=[m, real("eps", 0, 1)],
    grid={m: (1, 2, 3, 4, 8, 16, 32, 64)},
)
hypergeometric = claim(
    "P(Hypergeometric(2*n, n, n)/n - 1/2 >= eps) <= exp(-2*n*eps**2/(1 - (n - 1)/(2*n)))",
    key="serfling",
    title="Serfling's bound for drawing half of a balanced population",
    source="serfling1974, Corollary 1.1",
    parameters=[n, real("eps", 0, half, "right")],
    grid={n: (1, 2, 3, 4, 8, 16, 32, 64)},
)

STATEMENTS = (
    hoeffding,
    hoeffding_fair,
    hoeffding_misprint,
    hoeffding_two_sided,
    chernoff_upper,
    chernoff_lower,
    chernoff_third,
    chernoff_half,
    chernoff_wrong_side,
    chernoff_two_plus,
    bernstein,
    bennett,
    signs,
    signs_two_sided,
    khintchine,
    paley_zygmund,
    anti,
    poisson_chernoff,
    poisson_lower,
    poisson_bernstein,
    poisson_hundred,
    binomial_moments,
    median,
    slud,
    hypergeometric,
)
"""In the order of the topic."""
