"""Sums, products and quotients enclose closed forms, sum lattices exactly and agree with draws."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
from flint import arb
from scipy import stats
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.convolution import ProductLaw, QuotientLaw, SumLaw
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NegatedLaw, NormalLaw
from whp.theory.laws.geometric_law import GeometricLaw
from whp.theory.laws.poisson_law import PoissonLaw
from whp.theory.laws.tails import chi2_enclose, normal_enclose

CELLS = 250


def cauchy(t: float) -> mpmath.mpf:
    return 0.5 - mpmath.atan(t) / mpmath.pi


def normal_product(t: float) -> mpmath.mpf:
    tail = mpmath.quad(lambda x: mpmath.besselk(0, x), [abs(t), abs(t) + 2, abs(t) + 60]) / mpmath.pi
    return tail if t > 0 else 1 - tail


@pytest.mark.parametrize(
    ("law", "t", "truth", "width"),
    [
        *(
            (SumLaw(ChiSquareLaw(2), ChiSquareLaw(3), CELLS), t, chi2_enclose(5, t, True), 0.2)
            for t in (Fraction(1, 1000), Fraction(4), Fraction(100))
        ),
        *(
            (SumLaw(NormalLaw(1), NormalLaw(3), CELLS), t, normal_enclose(Fraction(t) / 2, True), 0.1)
            for t in (Fraction(-5), Fraction(0), Fraction(20))
        ),
        (
            SumLaw(NormalLaw(1), NegatedLaw(NormalLaw(3)), CELLS),
            Fraction(1),
            normal_enclose(Fraction(1, 2), True),
            0.01,
        ),
    ],
)
def test_sums_within_a_family_enclose_the_familys_law(law, t, truth, width):
    for relation, expected in ((">", truth.ball), ("<=", 1 - truth.ball)):
        found = law.enclose_at(relation, t)
        assert found.ball.overlaps(expected)
        assert found.lower <= expected.upper()
        assert found.upper >= expected.lower()
        assert found.relative_radius < width


@pytest.mark.parametrize("t", [-3.0, -0.25, 0.5, 1.0, 1000.0])
def test_quotients_of_normals_are_cauchy_variables(t):
    found = QuotientLaw(NormalLaw(1), NormalLaw(1), CELLS).enclose(">=", arb(t))
    assert found.lower <= float(cauchy(t)) <= found.upper
    assert found.relative_radius < 0.03
    # The scales are not exchanged: 2X/Y exceeds t as often as X/Y exceeds t/2.
    doubled = QuotientLaw(AffineLaw(NormalLaw(1), Fraction(2)), NormalLaw(1), CELLS).enclose(">=", arb(t))
    assert doubled.lower <= float(cauchy(t / 2)) <= doubled.upper
    assert not doubled.lower <= float(cauchy(2 * t)) <= doubled.upper


@pytest.mark.parametrize("t", [-1.0, 0.5, 10.0])
def test_products_of_normals_have_a_bessel_density(t):
    found = ProductLaw(NormalLaw(1), NormalLaw(1), CELLS).enclose(">", arb(t))
    truth = float(normal_product(t))
    assert found.lower <= truth <= found.upper
    assert found.relative_radius < 0.05


def test_ratios_of_chi_squares_are_beta_prime_variables():
    """P(χ²_2/χ²_4 > t) = (1 + t)^{-2}."""
    law = QuotientLaw(ChiSquareLaw(2), ChiSquareLaw(4), CELLS)
    for t in (Fraction(1, 10), Fraction(3), Fraction(50)):
        truth = (1 + t) ** -2
        found = law.enclose_at(">", t)
        assert found.compare(">=", arb(truth.numerator) / truth.denominator) is not False
        assert found.lower <= float(truth) <= found.upper
    # The degrees of freedom are not exchanged: P(χ²_4/χ²_2 > t) = 1 - (1 + 1/t)^{-2}.
    assert not found.lower <= 1 - (1 + 1 / 50) ** -2 <= found.upper
    assert law.enclose_at(">", Fraction(0)).lower == 1


def test_sums_over_a_lattice_are_exact_and_tell_strict_from_weak():
    law = SumLaw(BinomialLaw(5), BinomialLaw(7))
    whole = BinomialLaw(12)
    for k, relation in product(range(-1, 14), ("<", "<=", ">", ">=")):
        exact = whole.fraction(relation, Fraction(k))
        found = law.enclose_at(relation, Fraction(k))
        assert found.ball.overlaps(arb(exact.numerator) / exact.denominator)
        assert found.relative_radius < 1e-20
    assert not law.enclose_at(">", Fraction(6)).ball.overlaps(law.enclose_at(">=", Fraction(6)).ball)
    assert not law.continuous
    assert SumLaw(NormalLaw(1), BinomialLaw(3)).continuous


def test_a_lattice_variable_plus_or_times_a_continuous_one_is_a_finite_mixture():
    mixed = SumLaw(NormalLaw(1), BinomialLaw(1)).enclose_at(">", Fraction(1))
    expected = (normal_enclose(1, True).ball + normal_enclose(0, True).ball) / 2
    assert mixed.ball.overlaps(expected)
    assert mixed.relative_radius < 1e-20
    masked = ProductLaw(NormalLaw(1), BinomialLaw(1))
    values = [masked.enclose_at(relation, Fraction(0)).ball for relation in ("<", "<=", ">", ">=")]
    assert [float(value) for value in values] == [0.25, 0.75, 0.25, 0.75]
    assert masked.enclose_at("<", Fraction(-1)).ball.overlaps(normal_enclose(1, True).ball / 2)


def test_poisson_variables_are_sliced_with_their_atoms():
    law = SumLaw(PoissonLaw(Fraction(1)), PoissonLaw(Fraction(2)), CELLS)
    for relation, k in product(("<", ">="), (0, 2, 5)):
        truth = PoissonLaw(Fraction(3)).enclose_at(relation, Fraction(k))
        found = law.enclose_at(relation, Fraction(k))
        assert found.lower <= truth.upper
        assert found.upper >= truth.lower


@pytest.mark.parametrize(("kind", "combine"), [(SumLaw, np.add), (ProductLaw, np.multiply), (QuotientLaw, np.divide)])
def test_draws_agree(kind, combine):
    """200 000 draws, each count within six standard deviations of the enclosure: false alarms below 10^-8."""
    rng, draws = np.random.default_rng(9), 200_000
    values = combine(rng.chisquare(3, draws) - 1, 2 * rng.standard_normal(draws))
    law = kind(AffineLaw(ChiSquareLaw(3), Fraction(1), Fraction(-1)), NormalLaw(4), CELLS)
    for t in (-3.0, 0.0, 0.5):
        found = law.enclose(">", arb(t))
        slack = 6 * 0.5 / math.sqrt(draws)
        assert float(found.lower) - slack < np.mean(values > t) < float(found.upper) + slack
        assert found.upper - found.lower < 0.02


def test_tighter_laws_are_narrower_and_intervals_are_covered():
    coarse = SumLaw(ChiSquareLaw(2), ChiSquareLaw(2), 64)
    first, second = coarse.enclose(">", arb(4)), coarse.tighter().enclose(">", arb(4))
    assert second.relative_radius < first.relative_radius / 3
    assert first.ball.overlaps(second.ball)
    wide = coarse.enclose(">", arb(4, 1))
    assert wide.lower < coarse.enclose(">", arb(5)).upper
    assert wide.upper > coarse.enclose(">", arb(3)).lower


def test_supports_are_combined():
    chi, sign = ChiSquareLaw(2), BinomialLaw(3)
    assert SumLaw(chi, sign).support() == (0, math.inf)
    assert ProductLaw(NegatedLaw(chi), chi).support() == (-math.inf, 0)
    assert ProductLaw(AffineLaw(sign, Fraction(1), Fraction(-1)), NormalLaw(1)).support() == (-math.inf, math.inf)
    assert QuotientLaw(chi, chi).support() == (0, math.inf)
    assert QuotientLaw(sign, AffineLaw(chi, Fraction(1), Fraction(1))).support() == (0, 3)


def test_what_has_no_law_is_refused():
    with pytest.raises(ValueError, match="mass at 0"):
        QuotientLaw(NormalLaw(1), BinomialLaw(2))
    many = PoissonLaw(Fraction(10**9))
    with pytest.raises(NotImplementedError, match="denominator is continuous"):
        QuotientLaw(NormalLaw(1), many)
    with pytest.raises(NotImplementedError, match="one factor is continuous"):
        ProductLaw(many, many)


def test_lattices_of_infinitely_many_values_are_summed_where_they_matter() -> None:
    """Against sums of SciPy's masses; the rest that is left out is in the enclosure."""
    x = np.arange(400)
    both = np.outer(stats.poisson.pmf(x, 7), stats.geom.pmf(x, 0.25))
    first, second = PoissonLaw(Fraction(7)), AffineLaw(GeometricLaw(Fraction(1, 4)), Fraction(-3, 2), Fraction(1, 2))
    for t in (Fraction(-60), Fraction(-5), Fraction(1, 3), Fraction(7)):
        found = SumLaw(first, second).enclose_at(">=", t)
        true = both[(x[:, None] - 1.5 * x[None, :] + 0.5) >= float(t)].sum()
        assert abs(float(found.ball.mid()) - true) < 1e-12
        assert found.relative_radius < 1e-12
    many = ProductLaw(first, GeometricLaw(Fraction(1, 4))).enclose_at(">", Fraction(20))
    assert abs(float(many.ball.mid()) - both[np.outer(x, x) > 20].sum()) < 1e-12
    far = SumLaw(first, second).enclose_at(">", Fraction(100))
    assert far.lower > 0
    assert far.relative_radius < 1e-6


def test_a_quotient_by_a_lattice_with_0_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be 0"):
        QuotientLaw(NormalLaw(1), PoissonLaw(Fraction(900)))
    assert (
        QuotientLaw(NormalLaw(1), GeometricLaw(Fraction(1, 2))).enclose_at(">", Fraction(0)).ball.overlaps(arb(1) / 2)
    )
