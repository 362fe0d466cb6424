"""Vectors and matrices: norms, angles, sphere caps, Johnson and Lindenstrauss, Davidson and Szarek, quadratic forms."""

from __future__ import annotations

from sympy import Abs, Rational, exp, oo, sqrt

from ...language.arrays import gaussian_matrix, gaussian_vector, quadratic_form, sphere
from ...language.claims import claim
from ...language.families import ChiSquare, Normal
from ...language.heads import P
from ...language.parameters import real, size, sizes

__all__ = ["STATEMENTS"]

d, k = size("d"), size("k")
m, columns = sizes("m d")
n = size("n", 2)
t, eps = real("t", 0, oo), real("eps", 0, 1)
cap = real("t", 0, 1)
rho = real("rho", -1, 1, "both")
order = size("m", 1, 8)
_FROM_TWO = (2, 3, 4, 8, 16, 32)
_DIMENSIONS = {d: (1, *_FROM_TWO)}
_PLACES = tuple({t: Rational(x)} for x in ("1/16", "1/4", "1", "2", "4"))
# The cosine of the angle between two inputs: at the ends they are one line.
_COSINES = tuple({rho: Rational(x)} for x in ("-1", "-4/5", "-1/2", "0", "1/2", "3/5", "1"))

norm = claim(
    P(gaussian_vector(d).norm ** 2 >= (sqrt(d) + t) ** 2) <= exp(-(t**2) / 2),
    key="gaussian-norm.upper",
    title="The length of a Gaussian vector exceeds √d seldom, in squares",
    source="boucheron2013, Theorem 5.6, for the norm",
)
norm_lower = claim(
    P(gaussian_vector(d).norm <= sqrt(d) - t) <= exp(-(t**2) / 2),
    key="gaussian-norm.lower",
    title="The length of a Gaussian vector seldom falls below √d by much",
    source="folklore, √d in place of the mean",
)
cap_gaussian = claim(
    P(sphere(d).coordinate(1) >= cap) <= exp(-d * cap**2 / 2),
    key="cap.gaussian",
    title="A spherical cap, exponential form",
    source="ball1997, Lemma 2.2",
    grid=_DIMENSIONS,
)
cap_power = claim(
    P(sphere(n).coordinate(1) >= cap) <= (1 - cap**2) ** (n / 2),
    where=[cap < 1 / sqrt(2)],
    key="cap.power",
    title="A spherical cap by the volume of a ball",
    source="ball1997, proof of Lemma 2.2",
    grid={n: _FROM_TWO},
)
cap_half = claim(
    P(sphere(d).coordinate(1) >= cap) <= exp(-d * cap**2 / 2) / 2,
    key="cap.half",
    title="A spherical cap with the factor 1/2, in every dimension",
    source="folklore, the dimension 1 forgotten",
)
cap_half_from_two = claim(
    P(sphere(n).coordinate(1) >= cap) <= exp(-n * cap**2 / 2) / 2,
    key="cap.half.from-two",
    title="A spherical cap with the factor 1/2, from the dimension 2 on",
    source="folklore, half of the form without it",
    grid={n: _FROM_TWO},
)
angle = claim(
    P(Abs(sphere(d).inner(sphere(d))) >= t / sqrt(d)) <= 2 * exp(-(t**2) / 2),
    key="angle",
    title="Two random directions are nearly orthogonal",
    source="ball1997, Lemma 2.2, for both signs",
    grid=_DIMENSIONS,
)
jl_norm = claim(
    P(Abs(ChiSquare(k) / k - 1) >= eps) <= 2 * exp(-k * (eps**2 / 2 - eps**3 / 3) / 2),
    key="johnson-lindenstrauss.norm",
    title="A random projection keeps a length",
    source="dasgupta2003, a common form of Lemma 2.2 with the proof of Theorem 2.1",
)
jl_pairs = claim(
    "n*(n - 1)/2*P(abs(ChiSquare(k)/k - 1) > 1/2) <= 1 - 1/n",
    where=["k >= 48*log(n)"],
    key="johnson-lindenstrauss.pairs",
    title="Distances of n points within a factor 1/2 in 48 log n dimensions",
    source="dasgupta2003, Theorem 2.1, at ε = 1/2",
    parameters=[n, k],
)
jl_short = claim(
    "n*(n - 1)/2*P(abs(ChiSquare(k)/k - 1) > 1/2) < 1",
    where=["k >= 8*log(n)"],
    key="johnson-lindenstrauss.short",
    title="The same in 8 log n dimensions",
    source="folklore, a constant too small",
    parameters=[n, k],
)
davidson_szarek = claim(
    P(gaussian_matrix(m, columns).smax >= sqrt(m) + sqrt(columns) + t) <= exp(-(t**2) / 2),
    where=[m <= 8, columns <= 8],
    key="davidson-szarek.upper",
    title="The largest singular value of a Gaussian matrix, in small sizes",
    source="davidson2001, Theorem II.13",
    points=_PLACES,
)
davidson_szarek_lower = claim(
    P(gaussian_matrix(m, columns).smin <= sqrt(m) - sqrt(columns) - t) <= exp(-(t**2) / 2),
    where=[m >= columns],
    key="davidson-szarek.lower",
    title="The smallest singular value of a tall Gaussian matrix",
    source="davidson2001, Theorem II.13",
    grid={m: (1, 2, 3, 4, 8), columns: (1, 2, 3, 4, 8)},
)
davidson_szarek_misprint = claim(
    P(gaussian_matrix(m, columns).smax >= sqrt(m) + sqrt(columns) + t) <= exp(-(t**2)),
    key="davidson-szarek.steeper",
    title="The largest singular value with twice the exponent",
    source="folklore, the 2 of the exponent lost",
)
weighted = claim(
    P(quadratic_form(1, Rational(1, 2), Rational(1, 4)) >= Rational(7, 4) + 2 * sqrt(Rational(21, 16) * t) + 2 * t)
    <= exp(-t),
    key="weighted-chi-square",
    title="Laurent and Massart's bound for Z₁² + Z₂²/2 + Z₃²/4",
    source="laurent2000, Lemma 1",
    points=_PLACES,
)
products = claim(
    P(gaussian_vector(d).inner(gaussian_vector(d)) >= eps * d) <= exp(-(eps**2) * d / 4),
    key="gaussian-products",
    title="The inner product of two Gaussian vectors is sub-exponential: its tail up to d",
    source="boucheron2013, Section 2.4, for products",
    grid={d: (1, 2, 4, 8, 16)},
)
arc_zero = claim(
    "P((X >= 0) & (rho*X + sqrt(1 - rho**2)*Y >= 0)) = (pi - acos(rho))/(2*pi)",
    key="arc-cosine.zero",
    title="Two activations agree: the arc-cosine kernel of degree 0",
    source="cho2009, Section 2, at degree 0",
    let={"X": Normal(0, 1), "Y": Normal(0, 1)},
    parameters=[rho],
    points=_COSINES[1:-1],
)
arc_one = claim(
    "E(Max(X, 0)*Max(rho*X + sqrt(1 - rho**2)*Y, 0)) = (sqrt(1 - rho**2) + (pi - acos(rho))*rho)/(2*pi)",
    key="arc-cosine.one",
    title="The product of two ReLU features: the arc-cosine kernel of degree 1",
    source="cho2009, Section 2, at degree 1",
    let={"X": Normal(0, 1), "Y": Normal(0, 1)},
    parameters=[rho],
    points=_COSINES,
)
arc_one_misprint = claim(
    "E(Max(X, 0)*Max(rho*X + sqrt(1 - rho**2)*Y, 0)) = (sqrt(1 - rho**2) + (pi - acos(rho))*rho)/pi",
    key="arc-cosine.doubled",
    title="The kernel of degree 1 with Cho and Saul's factor 2 taken for the expectation's",
    source="folklore, two normalisations mixed",
    let={"X": Normal(0, 1), "Y": Normal(0, 1)},
    parameters=[rho],
    points=_COSINES,
)
smallest = claim(
    P(gaussian_matrix(order, order).smin <= t / sqrt(order)) <= t,
    key="edelman.smallest",
    title="The smallest singular value of a square Gaussian matrix, in small sizes",
    source="edelman1988, a common form of its law of the smallest eigenvalue",
    points=_PLACES,
)
STATEMENTS = (
    norm,
    norm_lower,
    cap_gaussian,
    cap_power,
    cap_half,
    cap_half_from_two,
    angle,
    jl_norm,
    jl_pairs,
    jl_short,
    davidson_szarek,
    davidson_szarek_lower,
    davidson_szarek_misprint,
    weighted,
    products,
    arc_zero,
    arc_one,
    arc_one_misprint,
    smallest,
)
"""In the order of the topic."""
