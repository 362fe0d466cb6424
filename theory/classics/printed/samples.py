"""Samples and their order: empirical distribution functions, order statistics, spacings, the largest of n."""

from __future__ import annotations

from sympy import Rational, exp, log, oo, pi, sqrt

from ...language.arrays import ecdf, iid, uniform_spacings
from ...language.claims import claim
from ...language.families import Exponential, Uniform
from ...language.heads import P, Var
from ...language.parameters import real, size

__all__ = ["STATEMENTS"]

n = size("n")
eps, t = real("eps", 0, 1), real("t", 0, oo)
_SIZES = {n: (1, 2, 3, 4, 5, 6, 8, 10, 16, 20, 32)}
_PLACES = tuple({t: Rational(x)} for x in ("1/4", "1", "2", "4", "16", "64"))

dkw = claim(
    P(ecdf(n).sup("two-sided") > eps) <= 2 * exp(-2 * n * eps**2),
    key="dkw",
    title="The Dvoretzky-Kiefer-Wolfowitz inequality with Massart's constant",
    source="massart1990, Corollary 1",
    grid=_SIZES,
)
dkw_one_sided = claim(
    P(ecdf(n).sup("upper") > eps) <= exp(-2 * n * eps**2),
    where=[eps >= sqrt(log(2) / (2 * n))],
    key="dkw.one-sided",
    title="The one-sided inequality where it claims at most 1/2",
    source="massart1990, Theorem 1",
    grid=_SIZES,
)
dkw_everywhere = claim(
    P(ecdf(n).sup("upper") > eps) <= exp(-2 * n * eps**2),
    key="dkw.one-sided.everywhere",
    title="The one-sided inequality for every ε",
    source="reeve2024, its one-sided bound",
    grid=_SIZES,
)
dkw_misprint = claim(
    P(ecdf(n).sup("two-sided") > eps) <= exp(-2 * n * eps**2),
    key="dkw.single",
    title="The two-sided inequality with the one-sided constant",
    source="folklore, the factor 2 lost",
    grid=_SIZES,
)
exponential_max = claim(
    "E(max(iid(Exponential(1), n))) = harmonic(n)",
    key="exponential-max.mean",
    title="The mean of the largest of n exponential variables",
    source="david2003, Chapter 3",
    parameters=[n],
)
exponential_max_variance = claim(
    Var(iid(Exponential(1), n).max) < pi**2 / 6,
    key="exponential-max.variance",
    title="The variance of the largest of n exponential variables",
    source="david2003, Chapter 3",
)
exponential_max_tail = claim(
    "P(max(iid(Exponential(1), n)) >= log(n) + t) <= exp(-t)",
    key="exponential-max.tail",
    title="The largest of n exponential variables exceeds log n seldom",
    source="folklore, a union bound",
    where=["n >= 2"],
    parameters=[n, t],
    points=_PLACES,
)
uniform_order = claim(
    "E(order(iid(Uniform(0, 1), n), k)) = k/(n + 1)",
    where=["k <= n"],
    key="uniform-order.mean",
    title="The mean of the k-th smallest of n uniform variables",
    source="david2003, Chapter 3",
    parameters=[n, size("k")],
)
uniform_max = claim(
    P(iid(Uniform(0, 1), n).max <= 1 - t / n) <= exp(-t),
    key="uniform-max",
    title="The largest of n uniform variables",
    source="david2003, Chapter 2",
)
spacing_mean = claim(
    "E(uniform_spacings(n).max) = harmonic(n + 1)/(n + 1)",
    key="spacing.mean",
    title="The mean of the largest gap of n uniform points",
    source="david2003, Section 6.4",
    parameters=[n],
)
spacing_tail = claim(
    P(uniform_spacings(n).max > t) <= (n + 1) * exp(-n * t),
    key="spacing.tail",
    title="The largest gap of n uniform points, by a union bound",
    source="david2003, Section 6.4",
)

STATEMENTS = (
    dkw,
    dkw_one_sided,
    dkw_everywhere,
    dkw_misprint,
    exponential_max,
    exponential_max_variance,
    exponential_max_tail,
    uniform_order,
    uniform_max,
    spacing_mean,
    spacing_tail,
)
"""In the order of the topic."""
