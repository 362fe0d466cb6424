"""Normal tails, Mills ratios, maxima of Gaussians and activation flips."""

from __future__ import annotations

from sympy import Abs, Eq, Rational, exp, log, oo, pi, sqrt

from ...language.arrays import iid
from ...language.claims import claim
from ...language.families import Normal
from ...language.heads import E, P
from ...language.parameters import real, size

__all__ = ["STATEMENTS"]

t, R = real("t", 0, oo), real("R", 0, oo)
s = real("t", 0, oo, "left")
n = size("n")
moderate = real("t", 0, 30)
Z = Normal(0, 1)
_DENSITY = exp(-(t**2) / 2) / sqrt(2 * pi)

half = claim(
    P(Z >= s) <= exp(-(s**2) / 2) / 2,
    key="normal.half",
    title="The tail of a normal variable with the factor 1/2",
    source="boucheron2013, Section 2.2, a common form",
)
two_sided = claim(
    P(Abs(Z) >= t) <= exp(-(t**2) / 2),
    key="normal.two-sided",
    title="The two-sided tail of a normal variable needs no factor 2",
    source="folklore, twice the tail with the factor 1/2",
)
steeper = claim(
    P(Abs(Z) >= s) <= exp(-(s**2)),
    key="normal.steeper",
    title="The two-sided tail with twice the exponent",
    source="folklore, the 2 of the exponent lost",
)
mills_upper = claim(
    P(Z > t) <= _DENSITY / t,
    key="mills.upper",
    title="Mills ratio from above",
    source="feller1968, Section VII.1, Lemma 2",
)
mills_lower = claim(
    P(Z > t) >= (1 / t - 1 / t**3) * _DENSITY,
    key="mills.lower",
    title="Mills ratio from below",
    source="feller1968, Section VII.1, Lemma 2",
)
mills_bare = claim(
    P(Z > t) >= (1 / t - 1 / t**3) * exp(-(t**2) / 2),
    key="mills.bare",
    title="Mills ratio from below without 1/√(2π)",
    source="folklore, the normalisation lost",
)
mills_gordon = claim(
    P(Z > t) >= t / (1 + t**2) * _DENSITY,
    key="mills.gordon",
    title="Gordon's lower bound of the Mills ratio",
    source="gordon1941, the lower bound",
)
mills_birnbaum = claim(
    P(Z > t) >= (sqrt(4 + t**2) - t) / 2 * _DENSITY,
    key="mills.birnbaum",
    title="Birnbaum's lower bound of the Mills ratio",
    source="birnbaum1942, the inequality of its title",
)
polya = claim(
    P(Z <= t) <= (1 + sqrt(1 - exp(-2 * t**2 / pi))) / 2,
    key="normal.polya",
    title="Pólya's bound of the normal distribution function",
    source="polya1949, a common form",
)
flip = claim(
    P(Abs(Z) <= R) <= 2 * R / sqrt(2 * pi),
    key="normal.flip",
    title="A normal variable is seldom near 0: the activation flip bound",
    source="du2019, proof of Lemma 3.2",
)
flip_short = claim(
    P(Abs(Z) <= R) <= R / sqrt(2 * pi),
    key="normal.flip.short",
    title="The activation flip bound without its factor 2",
    source="folklore, one side of two",
)
flip_lower = claim(
    P(Abs(Z) <= R) >= 2 * R / 3,
    where=[R <= 1],
    key="normal.flip.lower",
    title="A normal variable is near 0 as often as 2R/3",
    source="folklore, beside the upper bound in papers on wide networks",
)
max_mean = claim(
    E(iid(Z, n).max) <= sqrt(2 * log(n)),
    key="gaussian-max.mean",
    title="The mean of the largest of n normal variables",
    source="boucheron2013, Theorem 2.5",
)
max_abs = claim(
    P(iid(Abs(Z), n).max >= sqrt(2 * log(2 * n)) + moderate) <= exp(-(moderate**2) / 2),
    key="gaussian-max.absolute",
    title="The largest of n absolute values, for t up to 30",
    source="folklore, a union bound",
)
max_tail = claim(
    P(iid(Z, n).max >= sqrt(2 * log(n)) + moderate) <= exp(-(moderate**2) / 2),
    key="gaussian-max.tail",
    title="The largest of n normal variables exceeds √(2 log n) seldom, for t up to 30",
    source="folklore, a union bound",
)
max_small = claim(
    P(iid(Z, n).max <= sqrt(log(n)) / 2) <= exp(-sqrt(n) / 8),
    where=[n >= 2],
    key="gaussian-max.lower",
    title="The largest of n normal variables is seldom far below √(log n)",
    source="folklore, a lower bound with explicit constants",
)
absolute_mean = claim(
    Eq(E(Abs(Z)), sqrt(2 / pi)),
    key="normal.absolute-mean",
    title="The mean of |Z|",
    source="johnson1994, Chapter 13",
)
fourth = claim(
    Eq(E(Z**4), 3),
    Eq(E(Z**6), 15),
    key="normal.moments",
    title="The fourth and the sixth moment",
    source="johnson1994, Chapter 13",
)
small_ball = claim(
    P(Abs(Z) <= Rational(1, 4)) <= Rational(1, 5),
    key="normal.small-ball",
    title="A normal variable within 1/4 of 0",
    source="folklore, tables of the normal law",
)

STATEMENTS = (
    half,
    two_sided,
    steeper,
    mills_upper,
    mills_lower,
    mills_bare,
    mills_gordon,
    mills_birnbaum,
    polya,
    flip,
    flip_short,
    flip_lower,
    max_mean,
    max_tail,
    max_abs,
    max_small,
    absolute_mean,
    fourth,
    small_ball,
)
"""In the order of the topic."""
