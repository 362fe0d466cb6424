"""Tails of scalars: normal, binomial, hypergeometric, Poisson, Cauchy, beta, sphere caps, empirical distributions."""

from __future__ import annotations

from sympy import Rational, oo, pi, sqrt
from whp.theory import real, size

from .entry import typed

__all__ = ["ENTRIES"]

_whole = size("n")
_eps, _t, _u = real("eps", 0, oo), real("t", 0, oo), real("u", 0, oo)
_DRAWN_WITHOUT = "P(Hypergeometric(N, K, n)/n - K/N >= eps) <= exp(-2*n*eps**2/(1 - {}/N))"

ENTRIES = (
    typed(
        "pl02",
        True,
        "1<=n<=N, 0<=K<=N integers; eps in (0,inf)",
        _DRAWN_WITHOUT.format("(n - 1)"),
        parameters=(size("K", 0), size("N"), _whole, _eps),
        where=("n <= N", "K <= N"),
        slow=True,
    ),
    typed(
        "pl30",
        False,
        "1<=n<=N, 0<=K<=N integers; eps in (0,inf)",
        _DRAWN_WITHOUT.format("n"),
        parameters=(size("K", 0), size("N"), _whole, _eps),
        where=("n < N", "K <= N"),
    ),
    typed(
        "pl10",
        True,
        "n in {1,2,...}; t in (0,inf)",
        "P(abs(mean(iid(Cauchy(), n))) >= t) = 2/pi*atan(1/t) <= 2/(pi*t)",
        parameters=(_whole, _t),
    ),
    typed(
        "pl12",
        True,
        "exists C in (0,inf); lam in (0,inf); u in [0,inf)",
        "P(Poisson(lam) >= lam*(1 + u)) <= C*exp(-lam*h(u))/sqrt(1 + lam*Min(u, u**2))",
        let=("h(x) = (1 + x)*log(1 + x) - x",),
        parameters=(real("lam", 0, oo), real("u", 0, oo, "left")),
        exists="C",
    ),
    typed(
        "pl17",
        False,
        "n in {1,2,...}; p in (0,1/2]; k integer in [np,n]",
        "P(Binomial(n, p) >= k) >= P(Normal(0, 1) >= (k - n*p)/sqrt(n*p*(1 - p)))",
        parameters=(_whole, size("k", 0), real("p", 0, Rational(1, 2), "right")),
        where=("k >= n*p", "k <= n"),
    ),
    typed(
        "pl20",
        False,
        "n in {1,2,...}; eps in (0,inf)",
        "P(ecdf(n).sup('two-sided') > eps) <= exp(-2*n*eps**2)",
        parameters=(_whole, _eps),
    ),
    typed(
        "pl46",
        True,
        "n in {1,2,...}; eps in (0,inf)",
        "P(ecdf(n).sup('upper') > eps) <= exp(-2*n*eps**2)",
        parameters=(_whole, _eps),
    ),
    typed(
        "pl21",
        True,
        "N in {1,2,...}; b in R^N minus 0; s in (0,inf); u in (0,inf)",
        "P(abs(Normal(0, s**2*B)) >= u) <= exp(-u**2/(2*s**2*B))",
        parameters=(real("B", 0, oo), real("s", 0, oo), _u),
        reading="reduced by hand: the sum of b_i e_i is N(0, s^2 B) with B = |b|^2",
    ),
    typed(
        "pl29",
        False,
        "n in {2,3,...}; t in (0,pi/2)",
        "P(sphere(n).coordinate(1) >= sin(t)) <= exp(-n*t**2/2)/2",
        parameters=(size("n", 2), real("t", 0, pi / 2)),
    ),
    typed(
        "pl40",
        True,
        "n in {1,2,...}; eps in (0,1/sqrt2)",
        "P(sphere(n).coordinate(1) >= eps) <= (1 - eps**2)**(n/2)",
        parameters=(_whole, real("eps", 0, 1 / sqrt(2))),
    ),
    typed(
        "pl31",
        False,
        "n in {1,2,...}; k in {1..n}; p in (0,1)",
        "P(Binomial(n, p) >= k) <= (n*p/k)**k*exp(-(k - n*p))",
        parameters=(_whole, size("k"), real("p", 0, 1)),
        where=("k <= n",),
    ),
    typed(
        "pl39",
        False,
        "x in [0,inf)",
        "P(abs(Normal(0, 1)) >= x) <= exp(-x**2)",
        parameters=(real("x", 0, oo, "left"),),
    ),
    typed(
        "pl50",
        True,
        "k in {2,3,...}; C in (1,inf)",
        "P(1/sphere(k).coordinate(1)**2 < C) <= 2*exp(-(k - 1)/(2*(1 + sqrt(C))**2))",
        parameters=(size("k", 2), real("C", 1, oo)),
    ),
    typed(
        "pl51",
        False,
        "t in (0,inf)",
        "P(Normal(0, 1) > t) >= (1/t - 1/t**3)*exp(-t**2/2)",
        parameters=(_t,),
    ),
    typed(
        "pl63",
        True,
        "m in {1,2,...}; eps in (0,1)",
        "P(Binomial(m, (1 - eps)/2) >= m/2) >= (1 - sqrt(1 - exp(-m*eps**2/(1 - eps**2))))/2",
        parameters=(size("m"), real("eps", 0, 1)),
    ),
    typed(
        "pl25",
        True,
        "n in {2,3,...}; eps in (0,1)",
        "n*(n - 1)/2*P(abs(ChiSquare(k(eps))/k(eps) - 1) > eps) <= 1 - 1/n",
        let=("k(x) = ceiling(4*log(n)/(x**2/2 - x**3/3))",),
        parameters=(size("n", 2), real("eps", 0, 1)),
    ),
    typed(
        "pl33",
        False,
        "n in {2,3,...}; eps in (0,1)",
        "n*(n - 1)/2*P(abs(ChiSquare(k(eps))/k(eps) - 1) > eps) < 1",
        let=("k(x) = ceiling(4*log(n)/x**2)",),
        parameters=(size("n", 2), real("eps", 0, 1)),
    ),
)
