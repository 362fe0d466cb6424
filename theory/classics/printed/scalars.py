"""Inequalities that proofs use: logarithms and exponentials, Stirling, gamma ratios, binomial coefficients."""

from __future__ import annotations

from sympy import exp, log, oo

from ...language.claims import claim
from ...language.parameters import real, size

__all__ = ["STATEMENTS"]

n, k = size("n"), size("k")
x, s = real("x"), real("x", 0, oo)
above = real("x", -1, oo)
unit = real("x", 0, 1)
eps = real("eps", 0, 1)

one_plus = claim(
    1 + x <= exp(x),
    key="exp.tangent",
    title="1 + x ≤ e^x",
    source="mitrinovic1970, Section 3.6",
)
log_lower = claim(
    log(1 + s) >= s / (1 + s / 2),
    key="log.lower",
    title="log(1 + x) ≥ 2x/(2 + x)",
    source="mitrinovic1970, Section 3.6",
)
log_cubic = claim(
    log(1 + s) <= s - s**2 / 2 + s**3 / 3,
    key="log.cubic",
    title="log(1 + x) ≤ x - x²/2 + x³/3",
    source="mitrinovic1970, Section 3.6",
)
log_short = claim(
    log(1 + s) <= s - s**2 / 2,
    key="log.short",
    title="log(1 + x) ≤ x - x²/2, one term too early",
    source="folklore, the series cut at the wrong sign",
)
bennett_bernstein = claim(
    (1 + s) * log(1 + s) - s >= s**2 / (2 + 2 * s / 3),
    key="bennett-to-bernstein",
    title="Bernstein's exponent is below Bennett's",
    source="boucheron2013, Section 2.7",
)
entropy = claim(
    -eps - log(1 - eps) >= eps**2 / 2,
    key="log.entropy",
    title="-ε - log(1 - ε) ≥ ε²/2",
    source="dasgupta2003, proof of Theorem 2.1",
)
cubic = claim(
    eps - log(1 + eps) >= eps**2 / 2 - eps**3 / 3,
    key="log.cubic-entropy",
    title="ε - log(1 + ε) ≥ ε²/2 - ε³/3",
    source="dasgupta2003, proof of Theorem 2.1",
)
cosh = claim(
    (exp(x) + exp(-x)) / 2 <= exp(x**2 / 2),
    key="cosh.gaussian",
    title="cosh x ≤ exp(x²/2)",
    source="wainwright2019, Section 2.1, for a fair sign",
)
euler = claim(
    "(1 - 1/n)**n <= exp(-1)",
    key="euler.upper",
    title="(1 - 1/n)^n ≤ 1/e",
    source="mitrinovic1970, Section 3.6, a common form",
    parameters=[n],
)
stirling = claim(
    "sqrt(2*pi*n)*(n/exp(1))**n <= factorial(n) <= sqrt(2*pi*n)*(n/exp(1))**n*exp(1/(12*n))",
    key="stirling",
    title="Stirling's formula with Robbins' remainder",
    source="robbins1955, eq. 1 and 2",
    parameters=[n],
)
coefficient = claim(
    "(n/k)**k <= binomial(n, k) <= (exp(1)*n/k)**k",
    where=["k <= n"],
    key="binomial.coefficient",
    title="A binomial coefficient between (n/k)^k and (en/k)^k",
    source="cormen2009, Appendix C.1",
    parameters=[n, k],
)
central = claim(
    "4**n/(2*sqrt(n)) <= binomial(2*n, n) <= 4**n/sqrt(2*n)",
    key="binomial.central",
    title="The central binomial coefficient",
    source="mitrinovic1970, Section 3.1",
    parameters=[n],
)
gautschi = claim(
    "gamma((k + 1)/2 + 1/2)/gamma((k + 1)/2) >= sqrt(k/2)",
    key="gamma.gautschi",
    title="Gautschi's lower bound of a ratio of gamma functions, at half-integers",
    source="gautschi1959, at s = 1/2",
    parameters=[k],
)
wendel = claim(
    "gamma((k + 1)/2 + 1/2)/gamma((k + 1)/2) <= sqrt((k + 1)/2)",
    key="gamma.wendel",
    title="Wendel's upper bound of a ratio of gamma functions, at half-integers",
    source="wendel1948, at a = 1/2",
    parameters=[k],
)
sum_of_coefficients = claim(
    "Sum(binomial(n, i), (i, 0, k)) <= (exp(1)*n/k)**k",
    where=["k <= n"],
    key="binomial.sum",
    title="Sauer's sum of binomial coefficients",
    source="shalev2014, Lemma A.5",
    parameters=[n, k],
    grid={n: (1, 2, 3, 4, 8, 16, 32), k: (1, 2, 3, 4, 8, 16, 32)},
)
quadratic = claim(
    exp(-unit) <= 1 - unit + unit**2 / 2,
    key="exp.quadratic",
    title="e^{-x} ≤ 1 - x + x²/2 on [0, 1]",
    source="mitrinovic1970, Section 3.6",
)
bernoulli = claim(
    (1 + above) ** 3 >= 1 + 3 * above,
    key="bernoulli",
    title="Bernoulli's inequality at the exponent 3",
    source="mitrinovic1970, Section 2.4",
)

STATEMENTS = (
    one_plus,
    log_lower,
    log_cubic,
    log_short,
    bennett_bernstein,
    entropy,
    cubic,
    cosh,
    euler,
    stirling,
    coefficient,
    central,
    gautschi,
    wendel,
    sum_of_coefficients,
    quadratic,
    bernoulli,
)
"""In the order of the topic."""
