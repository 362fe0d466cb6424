"""The law of a construction is the law of what is constructed, by another route each."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, exp

import pytest
from scipy import stats
from sympy import Abs, Integer, Max, Min, Rational
from whp.theory import (
    Bernoulli,
    Binomial,
    Cauchy,
    ChiSquare,
    Exponential,
    Gamma,
    Geometric,
    Normal,
    Poisson,
    Sign,
    Uniform,
    gaussian_matrix,
    gaussian_vector,
    iid,
    iid_matrix,
    quadratic_form,
    rademacher,
    real,
    size,
    sphere,
)
from whp.theory.language.closure import combined, law_of

n = size("n")
HALF = Rational(1, 2)


def upper(expr, t, **cell):
    """P(expr > t) from its law."""
    return float(law_of(expr)(cell).enclose_at(">", Fraction(t)))


@pytest.mark.parametrize(
    ("expr", "reference", "t"),
    [
        (lambda: Normal(1, 2) + 2 * Normal(0, 3) - 1, stats.norm(0, 14**0.5), 2),
        (lambda: Normal(1, 2) - Normal(1, 2), stats.norm(0, 2), 1),
        (lambda: ChiSquare(2) + ChiSquare(3), stats.chi2(5), 4),
        (lambda: 3 * ChiSquare(2) + 3 * ChiSquare(3), stats.chi2(5, scale=3), 9),
        (lambda: Gamma(HALF, 3) + Gamma(2, 3), stats.gamma(2.5, scale=3), 7),
        (lambda: Exponential(2) + Exponential(2), stats.gamma(2, scale=0.5), 1),
        (lambda: Normal(0, 1) ** 2 + Normal(0, 1) ** 2, stats.chi2(2), 3),
        (lambda: 2 * Normal(0, 4) ** 2 - 1, stats.chi2(1, loc=-1, scale=8), 3),
        (lambda: Poisson(2) + Poisson(HALF), stats.poisson(2.5), 4),
        (lambda: Binomial(3, HALF) + Binomial(4, HALF), stats.binom(7, 0.5), 3),
        (lambda: Cauchy() + 2 * Cauchy() + 1, stats.cauchy(1, 3), 2),
        (lambda: Abs(Normal(0, 1) - Normal(0, 3)), stats.foldnorm(0, scale=2), 1),
        (lambda: Max(Exponential(1), Exponential(2)), None, 1),
        (lambda: Min(Exponential(1), Exponential(2)), stats.expon(scale=1 / 3), 1),
        (lambda: iid(Normal(1, 4), 9).mean, stats.norm(1, 2 / 3), 1.5),
        (lambda: iid(2 * Exponential(1) - 1, 5).sum, stats.gamma(5, loc=-5, scale=2), 6),
        (lambda: iid(Bernoulli(Rational(1, 4)), 8).sum, stats.binom(8, 0.25), 3),
        (lambda: iid(Geometric(Rational(1, 4)), 3).sum, stats.nbinom(3, 0.25, loc=3), 15),
        (lambda: iid(Normal(0, 1) ** 2, 6).sum, stats.chi2(6), 5),
        (lambda: iid(-Exponential(1), 4).max, None, -HALF),
        (lambda: gaussian_vector(7).norm ** 2, stats.chi2(7), 5),
        (lambda: gaussian_vector(7).inner(sphere(7)), stats.norm(0, 1), 1),
        (lambda: gaussian_vector(7).inner(rademacher(7)), stats.norm(0, 7**0.5), 1),
        (lambda: gaussian_matrix(2, 3).frobenius ** 2, stats.chi2(6), 5),
        (lambda: iid_matrix(Normal(0, 4), 2, 3).frobenius ** 2, stats.chi2(6, scale=4), 5),
        (lambda: quadratic_form(1, 1, 1), stats.chi2(3), 2),
    ],
)
def test_a_closed_family_is_that_family(expr, reference, t):
    built = expr()
    if reference is None:
        below = (1 - exp(-1)) * (1 - exp(-2))
        # Of four negated exponentials the largest exceeds -1/2 where the smallest exponential lies below 1/2.
        known = 1 - below if t == 1 else 1 - exp(-2)
    else:
        known = float(reference.sf(float(t)))
    assert upper(built, t) == pytest.approx(known, rel=1e-9)


def test_signs_add_up_exactly():
    law = law_of(iid(Sign(), n).sum)({"n": 10})
    assert law.fraction(">=", Fraction(4)) == Fraction(sum(comb(10, k) for k in range(7, 11)), 1024)


def test_lattice_sums_are_convolutions():
    law = law_of(iid(Binomial(2, Rational(1, 3)), 3).sum)
    weights = {k: comb(2, k) * Fraction(1, 3) ** k * Fraction(2, 3) ** (2 - k) for k in range(3)}
    exact = sum(weights[a] * weights[b] * weights[c] for a, b, c in product(weights, repeat=3) if a + b + c >= 4)
    assert law({}).fraction(">=", Fraction(4)) == exact


def test_dependent_parts_have_no_law():
    X = Normal(0, 1)
    copies = iid(Uniform(0, 1), n)
    assert combined(X + Abs(X)).law is None
    assert combined(copies.max - copies.min).law is None
    g = gaussian_vector(n)
    assert combined(g.norm + g.coordinate(1)).law is None


def test_a_random_scale_is_not_taken_for_a_constant():
    s = real("s")
    copies = iid(s * Exponential(1), n)
    # The sign of s is not known: the copies keep their scale, and their largest is not s times the largest.
    assert copies.max.origin.parameters[0].has(s)
    assert upper(iid(-2 * Exponential(1), 3).max, -1) == pytest.approx(1 - (exp(-0.5)) ** 3)


def test_a_planted_degree_of_freedom_would_be_seen():
    right = upper(ChiSquare(2) + ChiSquare(3), 4)
    for wrong in (4, 6):
        assert abs(right - float(stats.chi2(wrong).sf(4))) > 0.05
    assert Integer(5) == law_of(ChiSquare(2) + ChiSquare(3)).parameters[0]


@pytest.mark.parametrize(
    "made",
    [
        lambda X, Y: Max(X, X + Y),
        lambda X, Y: Min(X, X + Y),
        lambda X, Y: Max(X, -Y, Y),
        lambda X, Y: (X + Y) * X,
        lambda X, Y: (X + Y) / X,
        lambda X, Y: X / (X**2 + Y**2),
        lambda X, Y: X * Y + X,
        lambda X, Y: (X + Y) ** 2 + X,
        lambda X, Y: Abs(Max(X, X + Y)),
    ],
)
def test_parts_that_share_a_variable_are_not_taken_for_independent(made):
    for family in (lambda: Normal(0, 1), lambda: Binomial(2, HALF), lambda: Exponential(1)):
        assert law_of(made(family(), family())) is None
