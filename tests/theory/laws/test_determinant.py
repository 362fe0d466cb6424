"""Squared determinants agree with permutations counted by hand, with draws and with their moments."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from sympy import Integer, Rational, Symbol, oo
from whp.theory.laws.determinant import DeterminantSquaredLaw
from whp.theory.laws.tails import chi2_log_sf


def test_two_by_two_determinants_are_laplace_variables():
    """200 000 draws, each count within six standard deviations: a false alarm has probability below 10^-8."""
    rng, draws = np.random.default_rng(1), 200_000
    squares = np.linalg.det(rng.standard_normal((draws, 2, 2))) ** 2
    law = DeterminantSquaredLaw(2)
    for t in (0.01, 0.5, 4.0, 20.0):
        p = float(law.enclose(">", arb(t)))
        assert p == pytest.approx(math.exp(-math.sqrt(t)), rel=1e-12)
        assert abs(np.mean(squares > t) - p) < 6 * math.sqrt(p * (1 - p) / draws)
        assert law.log_probability(">", t) == pytest.approx(math.log(p), rel=1e-12)
        assert law.log_probability("<", t) == pytest.approx(math.log1p(-p), rel=1e-10)
    assert DeterminantSquaredLaw(1).log_probability(">", 3.0) == pytest.approx(chi2_log_sf(1, 3.0), rel=1e-12)


def test_moments_are_products_of_chi_square_moments():
    n = Symbol("n", integer=True, positive=True)
    for size in (1, 2, 3, 6):
        for p in (1, 2, 3):
            whole = DeterminantSquaredLaw.moment(Integer(p), Integer(size))
            by_factors = math.prod(math.prod(k + 2 * i for i in range(p)) for k in range(1, size + 1))
            assert whole == by_factors
            assert DeterminantSquaredLaw.moment(Integer(p), n).subs(n, size) == by_factors
    # E |det| of a Laplace variable is 1; of one entry it is √(2/π).
    assert DeterminantSquaredLaw.moment(Rational(1, 2), Integer(2)) == 1
    assert float(DeterminantSquaredLaw.moment(Rational(1, 2), Integer(1))) == pytest.approx(math.sqrt(2 / math.pi))
    assert DeterminantSquaredLaw.moment(Rational(-1, 2), Integer(3)) == oo


def test_larger_determinants_say_what_is_missing():
    with pytest.raises(NotImplementedError, match="3 x 3 Gaussian matrix"):
        DeterminantSquaredLaw(3).enclose_at(">", Fraction(1))
    assert DeterminantSquaredLaw(3).enclose_at(">", Fraction(0)).lower == 1
