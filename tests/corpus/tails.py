"""Statements about tails of laws that are known exactly."""

from __future__ import annotations

from sympy import Abs, Integer, Rational, atan, ceiling, exp, log, pi, sin, sqrt
from sympy import Min as Smaller
from whp.theory import RV, Event, LawOf, Link, Model, P, constant, real, size, sizes
from whp.theory.calculus.functions import Phi
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw
from whp.theory.laws.lattice_laws import BinomialLaw, PoissonLaw

from .entry import typed
from .laws import Cauchy, Hypergeometric, OneSidedKolmogorov, SphereCoordinate, SquaredCoordinate, normal

__all__ = ["ENTRIES"]

n, k = sizes("n k")
N, K, q, x = size("N"), size("K", 0), size("q"), size("x")
dim = size("n", 2)
two, points_ = size("k", 2), size("n", 2)
m = size("m")
C, c = real("C", 1), constant("C")
t, u, p = real("t", 0), real("u", 0), real("p", 0, 1)
half = real("p", 0, Rational(1, 2), closed="right")
eps = real("eps", 0, 1)
far = real("eps", 0)
angle = real("t", 0, pi / 2)
cap = real("eps", 0, 1 / sqrt(2))
lam, w = real("lam", 0), real("u", 0, closed="left")
v = real("v", 0)

_TENTHS = tuple(Rational(j, 10) for j in range(1, 10))


def _listed(symbol: object, *values: object) -> tuple[dict[object, object], ...]:
    return tuple({symbol: value} for value in values)


X = RV("X", Model("hypergeometric", (N, K, q), "X marked items in a sample"), "X", law=LawOf(Hypergeometric, N, K, q))
M = RV("M", Model("cauchy", (n,), "the mean of n Cauchy variables"), "M", law=LawOf(Cauchy))
G = RV("g", Model("gaussian", (), "a standard normal variable"), "g", law=LawOf(normal, Integer(1)))
Z = RV("Z", Model("sum", (n,), "a weighted sum of n normal variables, of variance v"), "Z", law=LawOf(normal, v))
S = RV("S", Model("poisson", (), "a Poisson variable"), "S", law=LawOf(PoissonLaw, lam))
D = RV("D", Model("uniforms", (n,), "n uniform variables"), "D", law=LawOf(OneSidedKolmogorov, n))
U = RV("u", Model("sphere", (n,), "a point on the sphere"), "u_1", law=LawOf(SphereCoordinate, n))
V = RV("u", Model("sphere2", (dim,), "a point on the sphere"), "u_1", law=LawOf(SphereCoordinate, dim))
B = RV("B", Model("square", (two,), "a squared coordinate"), "B", law=LawOf(SquaredCoordinate, two))


def _binomial(chance: object) -> RV:
    return RV("X", Model("binomial", (n,), "a binomial variable"), "X", law=LawOf(BinomialLaw, n, chance))


def _projected(rows: object) -> RV:
    """X/k − 1 for a chi-square variable X with k degrees of freedom."""
    law = LawOf(AffineLaw, LawOf(ChiSquareLaw, rows), 1 / rows, Integer(-1))
    return RV("Y", Model("projection", (points_,), "a chi-square variable over its k, less 1"), "Y", law=law)


_pairs = points_ * (points_ - 1) / 2
_rows_right = ceiling(4 * log(points_) / (eps**2 / 2 - eps**3 / 3))
_rows_wrong = ceiling(4 * log(points_) / eps**2)


def _serfling(less: int) -> Link:
    above = x / q - K / N
    return Link(P(Event(X, ">=", x)), "<=", exp(-2 * q * above**2 / (1 - (q - less) / N)))


_SAMPLES = {N: tuple(range(1, 9)), K: tuple(range(9)), q: tuple(range(1, 9)), x: tuple(range(1, 9))}

ENTRIES = (
    typed(
        "pl02",
        True,
        "Sampling n of N without replacement: P(X/n − K/N ≥ ε) ≤ exp(−2 n ε²/(1 − (n − 1)/N)).",
        _serfling(1),
        where=(q <= N, K <= N, x * N > K * q),
        grid=_SAMPLES,
        reading="ε at the values x/n − K/N where it is tight; N up to 8",
        slow=True,
    ),
    typed(
        "pl30",
        False,
        "The same with 1 − n/N, for n < N.",
        _serfling(0),
        where=(q + 1 <= N, K <= N, x * N > K * q),
        grid=_SAMPLES,
        reading="ε at the values x/n − K/N where it is tight; N up to 8",
        slow=True,
    ),
    typed(
        "pl10",
        True,
        "The mean M of n standard Cauchy variables has P(|M| ≥ t) = (2/π) arctan(1/t) ≤ 2/(π t).",
        Link(P(Event(Abs(M), ">=", t)), "=", 2 / pi * atan(1 / t)),
        Link(P(Event(Abs(M), ">=", t)), "<=", 2 / (pi * t)),
        points=_listed(t, Rational(1, 100), Rational(1, 2), Integer(1), Integer(10), Integer(1000)),
        reading="the law of the mean is given; t at listed values",
    ),
    typed(
        "pl12",
        True,
        "P(Poisson(λ) ≥ λ (1 + u)) ≤ C exp(−λ h(u))/√(1 + λ min(u, u²)) for some C; h(u) = (1 + u) log(1 + u) − u.",
        Link(
            P(Event(S, ">=", lam * (1 + w))),
            "<=",
            c * exp(-lam * ((1 + w) * log(1 + w) - w)) / sqrt(1 + lam * Smaller(w, w**2)),
        ),
        exists=(c,),
        points=tuple({lam: a, w: b} for a in (Rational(1, 2), 1, 10) for b in (0, Rational(1, 2), 1, 4)),
        reading="λ and u at listed values",
    ),
    typed(
        "pl17",
        False,
        "P(Bin(n, p) ≥ k) ≥ P(Z ≥ (k − n p)/√(n p (1 − p))) for p ≤ 1/2 and n p ≤ k ≤ n.",
        Link(P(Event(_binomial(half), ">=", k)), ">=", Phi(-(k - n * half) / sqrt(n * half * (1 - half)))),
        where=(n * half <= k, k <= n),
        points=_listed(half, Rational(1, 4), Rational(3, 10), Rational(1, 2)),
        reading="p at listed values",
        slow=True,
    ),
    typed(
        "pl21",
        True,
        "For normal Z with mean 0 and variance v: P(|Z| ≥ u) ≤ exp(−u²/(2 v)).",
        Link(P(Event(Abs(Z), ">=", u)), "<=", exp(-(u**2) / (2 * v))),
        points=tuple(
            {u: a, v: b}
            for a in (Rational(1, 100), Rational(1, 2), Integer(1), Integer(5), Integer(40))
            for b in (Integer(1), Rational(1, 9), Integer(7))
        ),
        reading="v stands for s² |b|²; u and v at listed values",
    ),
    typed(
        "pl25",
        True,
        "With k = ⌈4 log n/(ε²/2 − ε³/3)⌉: binomial(n, 2) P(|χ²_k/k − 1| > ε) ≤ 1 − 1/n.",
        Link(_pairs * P(Event(Abs(_projected(_rows_right)), ">", eps)), "<=", 1 - 1 / points_),
        points=_listed(eps, Rational(1, 10), Rational(1, 2), Rational(9, 10)),
        reading="ε at listed values",
        slow=True,
    ),
    typed(
        "pl33",
        False,
        "With k = ⌈4 log n/ε²⌉: binomial(n, 2) P(|χ²_k/k − 1| > ε) < 1.",
        Link(_pairs * P(Event(Abs(_projected(_rows_wrong)), ">", eps)), "<", 1),
        points=_listed(eps, Rational(1, 2), Rational(1, 10)),
        reading="ε at listed values",
        slow=True,
    ),
    typed(
        "pl29",
        False,
        "A uniform point u of the unit sphere of R^n, n ≥ 2: P(u₁ ≥ sin t) ≤ exp(−n t²/2)/2 for t in (0, π/2).",
        Link(P(Event(V, ">=", sin(angle))), "<=", exp(-dim * angle**2 / 2) / 2),
        points=_listed(angle, Rational(1, 10), Rational(1, 2), Rational(11, 10), Rational(3, 2)),
        reading="t at listed values",
    ),
    typed(
        "pl40",
        True,
        "A uniform point u of the unit sphere of R^n: P(u₁ ≥ ε) ≤ (1 − ε²)^{n/2} for ε below 1/√2.",
        Link(P(Event(U, ">=", cap)), "<=", (1 - cap**2) ** (n / 2)),
        points=_listed(cap, Rational(1, 100), Rational(1, 4), Rational(1, 2), Rational(7, 10)),
        reading="ε at listed values",
    ),
    typed(
        "pl31",
        False,
        "P(Bin(n, p) ≥ k) ≤ (n p/k)^k exp(−(k − n p)).",
        Link(P(Event(_binomial(p), ">=", k)), "<=", (n * p / k) ** k * exp(-(k - n * p))),
        where=(k <= n,),
        points=_listed(p, Rational(1, 10), Rational(1, 2)),
        reading="p at listed values",
    ),
    typed(
        "pl39",
        False,
        "For a standard normal g: P(|g| ≥ x) ≤ exp(−x²).",
        Link(P(Event(Abs(G), ">=", t)), "<=", exp(-(t**2))),
        points=_listed(t, Rational(1, 2), Integer(1), Rational(5, 4), Integer(2)),
        reading="x at listed values",
    ),
    typed(
        "pl51",
        False,
        "For a standard normal g: P(g > t) ≥ (1/t − 1/t³) exp(−t²/2).",
        Link(P(Event(G, ">", t)), ">=", (1 / t - 1 / t**3) * exp(-(t**2) / 2)),
        points=_listed(t, Rational(1, 2), Integer(1), Rational(6, 5), Integer(2)),
        reading="t at listed values",
    ),
    typed(
        "pl46",
        True,
        "The empirical distribution function of n uniform variables: P(sup (F_n − F) > ε) ≤ exp(−2 n ε²).",
        Link(P(Event(D, ">", far)), "<=", exp(-2 * n * far**2)),
        points=_listed(far, Rational(1, 100), Rational(1, 10), Rational(3, 10), Rational(7, 10), Integer(1)),
        reading="ε at listed values",
        slow=True,
    ),
    typed(
        "pl50",
        True,
        "A squared coordinate B of a uniform point of the sphere of R^k: P(B > 1/C) ≤ 2 exp(−(k − 1)/(2 (1 + √C)²)).",
        Link(P(Event(B, ">", 1 / C)), "<=", 2 * exp(-(two - 1) / (2 * (1 + sqrt(C)) ** 2))),
        points=_listed(C, Rational(101, 100), Rational(3, 2), Integer(4), Integer(100)),
        reading="C at listed values",
    ),
    typed(
        "pl63",
        True,
        "X ~ Bin(n, (1 − ε)/2): P(X ≥ n/2) ≥ (1 − √(1 − exp(−n ε²/(1 − ε²))))/2.",
        Link(
            P(Event(_binomial((1 - eps) / 2), ">=", n / 2)),
            ">=",
            (1 - sqrt(1 - exp(-n * eps**2 / (1 - eps**2)))) / 2,
        ),
        points=_listed(eps, Rational(1, 100), *_TENTHS[::4]),
        reading="ε at listed values",
    ),
)
