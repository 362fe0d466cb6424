"""Weighted chi-square tails agree with sums of exponentials, with Ruben's series, with draws and with each other."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, diff, oo
from whp.theory.laws.elementary import ChiSquareLaw
from whp.theory.laws.quadratic_form import QuadraticFormLaw


def exponentials(means: list[Fraction], t: Fraction) -> mpmath.mpf:
    """P(Σ of independent exponentials with these different means, negative ones of opposite sign, > t), t ≥ 0."""
    with mpmath.workdps(60):
        total = mpmath.mpf(0)
        for a in means:
            if a > 0:
                weight = math.prod((a / (a - b) for b in means if b != a), start=Fraction(1))
                total += (
                    mpmath.mpf(weight.numerator)
                    / weight.denominator
                    * mpmath.exp(mpmath.mpf(-(t / a).numerator) / (t / a).denominator)
                )
        return total


def ruben(eigenvalues: list[Fraction], x: float, terms: int = 400) -> float:
    """P(Q ≤ x) of a positive form as a mixture of chi-square laws (Ruben 1962)."""
    least, n = float(min(eigenvalues)), len(eigenvalues)
    ratios = np.array([1 - least / float(value) for value in eigenvalues])
    weights = [math.prod(math.sqrt(least / float(value)) for value in eigenvalues)]
    sums = [float(np.sum(ratios**k)) / 2 for k in range(1, terms)]
    for k in range(1, terms):
        weights.append(sum(sums[j] * weights[k - 1 - j] for j in range(k)) / k)
    assert sum(weights) == pytest.approx(1, abs=1e-12)
    return sum(w * math.exp(ChiSquareLaw(n + 2 * k).log_probability("<=", x / least)) for k, w in enumerate(weights))


@given(
    st.lists(st.fractions(-3, 3, max_denominator=6).filter(bool), min_size=2, max_size=4, unique=True),
    st.fractions(0, 40, max_denominator=10),
)
@settings(deadline=None, max_examples=25)
@example([Fraction(1), Fraction(-1)], Fraction(0))
@example([Fraction(1), Fraction(2)], Fraction(1, 10**9))
@example([Fraction(1), Fraction(1, 2)], Fraction(5000))
def test_pairs_of_eigenvalues_are_sums_of_exponentials(values, t):
    law = QuadraticFormLaw(tuple(value for value in values for _ in range(2)))
    with mpmath.workdps(60):
        expected = exponentials([2 * value for value in values], t)
        for relation, truth in ((">", expected), ("<=", 1 - expected)):
            found = law.enclose_at(relation, t)
            if not 0 < found.lower < 1:
                assert float(truth) == pytest.approx(float(found), abs=1e-50)
                continue
            assert found.relative_radius < 1e-20
            ratio = truth / mpmath.mpf(found.ball.mid().str(50, radius=False))
            assert abs(ratio - 1) < 1e-20


@pytest.mark.parametrize("values", [(1, 2), (1, 1, Fraction(3, 2)), (Fraction(1, 2), 1, Fraction(4, 3), 2, 2)])
def test_positive_forms_have_rubens_series(values):
    law, mean = QuadraticFormLaw(values), float(sum(values))
    for share in (0.02, 0.5, 1.0, 2.5):
        expected = ruben([Fraction(value) for value in values], share * mean)
        assert math.exp(law.log_probability("<=", share * mean)) == pytest.approx(expected, rel=1e-10)
        # One degree of freedom more is seen.
        more = QuadraticFormLaw((*values, values[0]))
        assert abs(math.exp(more.log_probability("<=", share * mean)) / expected - 1) > 1e-3


@pytest.mark.parametrize("values", [(3, -1, -1, -2), (1, -2, 5), (-1, -1, -4), (1, 1, 1, -3)])
def test_draws_agree(values):
    """200 000 draws, each count within six standard deviations: a false alarm has probability below 10^-7."""
    rng, draws = np.random.default_rng(abs(sum(values)) + len(values)), 200_000
    forms = rng.standard_normal((draws, len(values))) ** 2 @ np.array(values, dtype=float)
    law = QuadraticFormLaw(values)
    for t in np.quantile(forms[:5000], [0.02, 0.3, 0.7, 0.98]):
        p = math.exp(law.log_probability(">", float(t)))
        assert abs(np.mean(forms > t) - p) < 6 * math.sqrt(p * (1 - p) / draws)


def test_equal_eigenvalues_are_a_scaled_chi_square():
    for scale in (Fraction(2, 3), Fraction(-2, 3)):
        law = QuadraticFormLaw((scale,) * 5)
        chi = ChiSquareLaw(5)
        relation = ">" if scale > 0 else "<"
        assert law.enclose_at(relation, scale * 4).ball.overlaps(chi.enclose(">", arb(4)).ball)
        assert law.enclose_at("<=", -scale).lower == (0 if scale > 0 else 1)
    nearly = QuadraticFormLaw((1, 1, 1, 1 + Fraction(1, 10**15))).enclose(">", arb(3))
    assert float(nearly) == pytest.approx(math.exp(ChiSquareLaw(4).log_probability(">", 3.0)), rel=1e-13)


def test_far_tails_keep_relative_precision():
    law = QuadraticFormLaw((1, 2, -1))
    found = law.enclose(">", arb(100_000))
    assert found.relative_radius < 1e-20
    # Near the end 1/4 of the generating function's interval: P ~ (1/√((1 - 1/2)(1 + 1/2))) P(2χ²_1 > x).
    chi = ChiSquareLaw(1).enclose(">", arb(50_000))
    assert float(found.ball / chi.ball) == pytest.approx(1 / math.sqrt(0.75), rel=1e-4)


def test_an_interval_of_points_is_covered():
    law = QuadraticFormLaw((1, 2, -1))
    wide = law.enclose("<", arb(1, 0.25))
    for end in (0.75, 1.25):
        inner = law.enclose("<", arb(end))
        assert wide.lower <= inner.lower
        assert inner.upper <= wide.upper


def test_moments_are_derivatives_of_the_generating_function():
    s, values = Symbol("s"), (Integer(1), Rational(1, 2), Integer(-3))
    logarithm, low, high = QuadraticFormLaw.log_mgf(s, *values)
    assert (low, high) == (-Rational(1, 6), Rational(1, 2))
    assert QuadraticFormLaw.log_mgf(s, Integer(2))[1:] == (-oo, Rational(1, 4))
    first, second = diff(logarithm, s).subs(s, 0), diff(logarithm, s, 2).subs(s, 0)
    assert QuadraticFormLaw.moment(Integer(1), *values) == first
    assert QuadraticFormLaw.moment(Integer(2), *values) == second + first**2
    assert QuadraticFormLaw.moment(Integer(3), Integer(1)) == 15


def test_bad_input_is_one_clear_error():
    with pytest.raises(ValueError, match="an eigenvalue other than 0"):
        QuadraticFormLaw((0, 0))
    assert QuadraticFormLaw((0, 2)).eigenvalues == (2,)
