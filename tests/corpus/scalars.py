"""Statements without randomness, or whose moments are known functions."""

from __future__ import annotations

from sympy import E as e
from sympy import Integer, Rational, Sum, Symbol, binomial, exp, gamma, log, pi, sqrt
from whp.theory import Link, real, size, sizes

from .entry import typed

__all__ = ["ENTRIES"]

k, N = size("k"), size("N")
n, j = sizes("n j")
m = size("m")
s, a, b, y = real("s", 0), real("a", 1, closed="left"), real("b", 0), real("y", 0, closed="left")
i = Symbol("i", integer=True)


def _norm(size_: object) -> object:
    """The mean norm of a standard Gaussian vector."""
    return sqrt(2) * gamma((size_ + 1) / 2) / gamma(size_ / 2)


def _entropy(x: object) -> object:
    return -x * log(x) / log(2) - (1 - x) * log(1 - x) / log(2)


ENTRIES = (
    typed(
        "pl01",
        True,
        "The mean norms of standard Gaussian vectors in dimensions k and k + 1 multiply to k.",
        Link(_norm(k) * _norm(k + 1), "=", k),
        reading="the mean norm is typed as its Gamma quotient",
    ),
    typed(
        "pl05",
        False,
        "A Gaussian vector in dimension N with covariance s I has mean norm s √2 Γ((N+1)/2)/Γ(N/2).",
        Link(sqrt(s) * _norm(N), "=", s * _norm(N)),
        points=({s: Integer(1)}, {s: Integer(4)}, {s: Rational(1, 4)}),
        reading="the mean norm is typed as its Gamma quotient; s at listed values",
    ),
    typed(
        "pl07",
        True,
        "For a ≥ 1, b > 0: x ≥ 4 a log(2 a) + 2 b implies x ≥ a log x + b.",
        Link(4 * a * log(2 * a) + 2 * b + y, ">=", a * log(4 * a * log(2 * a) + 2 * b + y) + b),
        points=tuple(
            {a: u, b: v, y: w}
            for u in (Integer(1), Rational(3, 2), Integer(10), Integer(1000))
            for v in (Rational(1, 1000), Integer(1), Integer(100))
            for w in (Integer(0), Rational(1, 10), Integer(50))
        ),
        reading="x = 4 a log(2 a) + 2 b + y; a, b and y at listed values",
    ),
    typed(
        "pl22",
        False,
        "binomial(n, k) ≤ √(n/(2π k (n − k))) exp(−n h(k/n)) with the binary entropy h in bits, 1 ≤ k ≤ n − 1.",
        Link(binomial(n, j), "<=", sqrt(n / (2 * pi * j * (n - j))) * exp(-n * _entropy(j / n))),
        where=(j <= n - 1,),
    ),
    typed(
        "pl24",
        False,
        "2^m ≤ (e m)^n implies m ≤ 2 n log₂(e n).",
        Link(m, "<=", 2 * n * log(e * n) / log(2)),
        where=(m * log(2) <= n * (1 + log(m)),),
        reading="the hypothesis by its logarithm",
    ),
    typed(
        "pl64",
        True,
        "For 0 < k < n/2 the sum of binomial(n, i) up to k lies in 2^{n H(k/n)} [1/√(8 k (1 − k/n)), 1].",
        Link(exp(n * _entropy(j / n) * log(2)) / sqrt(8 * j * (1 - j / n)), "<=", Sum(binomial(n, i), (i, 0, j))),
        Link(Sum(binomial(n, i), (i, 0, j)), "<=", exp(n * _entropy(j / n) * log(2))),
        where=(2 * j <= n - 1,),
        grid={n: tuple(range(3, 41)), j: tuple(range(1, 20))},
        reading="n up to 40",
    ),
)
