"""The finite-n laws of Kolmogorov's statistics agree with determinants, with SciPy, with draws and with each other."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq, fmpq_mat
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from sympy import Integer
from whp.theory.calculus.exact import exact_ball
from whp.theory.laws.kolmogorov import KolmogorovLaw, OneSidedKolmogorovLaw


def steck(n: int, low: list[Fraction], high: list[Fraction]) -> Fraction:
    """P(low_i ≤ U_(i) ≤ high_i for all i) by Steck's determinant."""

    def entry(i: int, j: int) -> fmpq:
        k = j - i + 1
        if k < 0:
            return fmpq(0)
        base = max(high[i] - low[j], Fraction(0)) if k else Fraction(1)
        value = base**k / math.factorial(k)
        return fmpq(value.numerator, value.denominator)

    found = fmpq_mat(n, n, [entry(i, j) for i in range(n) for j in range(n)]).det()
    return math.factorial(n) * Fraction(int(found.p), int(found.q))


def clipped(values: list[Fraction]) -> list[Fraction]:
    return [min(max(v, Fraction(0)), Fraction(1)) for v in values]


@given(st.integers(1, 12), st.fractions(0, 1, max_denominator=60))
@settings(deadline=None, max_examples=80)
@example(1, Fraction(1, 2))
@example(4, Fraction(1, 8))
@example(4, Fraction(1, 4))
@example(5, Fraction(3, 10))
@example(6, Fraction(1, 2))
def test_both_laws_are_stecks_determinants(n, t):
    early = clipped([Fraction(i, n) - t for i in range(1, n + 1)])
    late = clipped([Fraction(i - 1, n) + t for i in range(1, n + 1)])
    one = steck(n, early, [Fraction(1)] * n)
    two = steck(n, early, late)
    assert OneSidedKolmogorovLaw(n).fraction("<=", t) == one
    assert KolmogorovLaw(n).fraction("<", t) == two
    for law, below in ((OneSidedKolmogorovLaw(n), one), (KolmogorovLaw(n), two)):
        assert law.fraction(">=", t) == 1 - below
        assert law.enclose_at("<=", t).ball.overlaps(arb(fmpq(below.numerator, below.denominator)))
        assert law.enclose_at(">", t).relative_radius < 1e-20


def test_a_planted_error_would_be_seen():
    """One more variable, one term less, or n + 1 for n moves the tails by more than the enclosures are wide."""
    t = Fraction(3, 10)
    for law in (OneSidedKolmogorovLaw, KolmogorovLaw):
        assert not law(6).enclose_at(">", t).ball.overlaps(law(5).enclose_at(">", t).ball)
        exact = law(5).fraction(">", t)
        assert law(5).enclose_at(">", t).compare("<", arb(fmpq(exact.numerator, exact.denominator)) * 1.000001)


@pytest.mark.parametrize("n", [1, 2, 7, 40, 100])
@pytest.mark.parametrize("z", [0.4, 0.8, 1.36, 2.5])
def test_floats_agree_with_scipy(n, z):
    t = z / math.sqrt(n)
    for law, reference in ((OneSidedKolmogorovLaw(n), stats.ksone), (KolmogorovLaw(n), stats.kstwo)):
        args = (t, n)
        for relation, tail in ((">", reference.sf), ("<", reference.cdf)):
            expected = float(tail(*args))
            found = law.log_probability(relation, t)
            if expected == 0.0:
                assert found == -math.inf or found < -600
            elif 0.01 < expected < 0.99:
                assert found == pytest.approx(math.log(expected), rel=1e-10)
            else:
                assert math.exp(found) == pytest.approx(expected, rel=1e-7)


@given(st.integers(2, 64), st.fractions(0, 1, max_denominator=200))
@settings(deadline=None, max_examples=25)
@example(64, Fraction(1, 8))
def test_balls_hold_the_exact_value(n, t):
    for law in (OneSidedKolmogorovLaw(n), KolmogorovLaw(n)):
        for relation in ("<", ">"):
            exact = law.fraction(relation, t)
            assert law.enclose_at(relation, t).ball.overlaps(arb(fmpq(exact.numerator, exact.denominator)))
            if 0 < exact < 1:
                low = law.log_probability(relation, float(t))
                high = float(arb(fmpq(exact.numerator, exact.denominator)).log())
                # The float next to t is another point, and probabilities near 0 are steep there.
                assert low == pytest.approx(high, rel=1e-6, abs=1e-15)


def test_a_thousand_variables_take_a_second_and_keep_relative_precision():
    law = KolmogorovLaw(1000)
    far = law.enclose_at(">", Fraction(1, 5))
    assert far.relative_radius < 1e-20
    # From n t² = 40 on the chance of both deviations is far below that of one.
    one = OneSidedKolmogorovLaw(1000).enclose_at(">", Fraction(1, 5))
    assert far.compare("<=", 2 * one.upper) is not False
    assert float(far.ball / one.ball) == pytest.approx(2, rel=1e-12)


def test_too_many_variables_are_enclosed_between_one_and_two_one_sided_tails():
    t = Fraction(1, 100)
    wide = KolmogorovLaw(20_000).enclose_at(">", t)
    one = OneSidedKolmogorovLaw(20_000).enclose_at(">", t)
    assert wide.compare(">=", one.lower) is not False
    assert wide.lower <= arb(stats.kstwo.sf(0.01, 20_000)) <= wide.upper
    with pytest.raises(NotImplementedError, match="too wide"):
        KolmogorovLaw(20_000).log_probability(">", 0.01)


@pytest.mark.parametrize("t", [Fraction(1, 40), Fraction(1, 10), Fraction(2, 5)])
def test_the_two_halves_of_abels_identity_agree(t):
    """The terms up to n(1 - t) and the others are summed in different ways."""
    n = 500
    law = OneSidedKolmogorovLaw(n)
    last = math.floor(n * (1 - t))
    share = [t + Fraction(j, n) for j in range(n + 1)]
    above = sum(math.comb(n, j) * t * share[j] ** (j - 1) * (1 - share[j]) ** (n - j) for j in range(last + 1))
    found = law.enclose_at(">", t)
    assert found.ball.overlaps(arb(fmpq(above.numerator, above.denominator)))
    assert found.relative_radius < 1e-20
    assert (found.ball + law.enclose_at("<=", t).ball).overlaps(arb(1))


def test_an_interval_of_points_is_covered():
    law = KolmogorovLaw(10)
    wide = law.enclose(">=", arb(0.3, 0.05))
    for end in (0.25, 0.3, 0.35):
        inner = law.enclose(">=", arb(end))
        assert wide.lower <= inner.lower
        assert inner.upper <= wide.upper


def test_draws_agree():
    """200 000 draws, each count within six standard deviations: a false alarm has probability below 10^-8."""
    rng, n, draws = np.random.default_rng(5), 3, 200_000
    u = np.sort(rng.random((draws, n)), axis=1)
    plus = (np.arange(1, n + 1) / n - u).max(axis=1)
    both = np.maximum(plus, (u - np.arange(n) / n).max(axis=1))
    for law, values in ((OneSidedKolmogorovLaw(n), plus), (KolmogorovLaw(n), both)):
        for t in (Fraction(1, 5), Fraction(2, 5), Fraction(7, 10)):
            p = float(law.fraction(">", t))
            assert abs(np.mean(values > float(t)) - p) < 6 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_means_are_integrals_of_tails(n):
    law, cells = OneSidedKolmogorovLaw(n), 2000
    mean = np.mean([float(law.fraction(">", Fraction(2 * j + 1, 2 * cells))) for j in range(cells)])
    assert float(law.moment(Integer(1), Integer(n)).doit()) == pytest.approx(mean, rel=1e-6)
    assert KolmogorovLaw.moment(Integer(1), Integer(1)) == Fraction(3, 4)


@pytest.mark.parametrize("law", [OneSidedKolmogorovLaw, KolmogorovLaw])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 12])
def test_slopes_of_tails_are_difference_quotients_of_exact_tails(law, n):
    step, asked = Fraction(1, 10**9), 0
    for t in (Fraction(1, 100), Fraction(1, 13), Fraction(13, 24), Fraction(72, 99), Fraction(9, 10)):
        try:
            found = law(n).slope(exact_ball(t))
        except NotImplementedError:
            continue
        asked += 1
        quotient = (law(n).fraction(">", t + step) - law(n).fraction(">", t - step)) / (2 * step)
        assert abs(float(found.mid()) - float(quotient)) < 1e-6
        # A wider ball holds the slopes of all of its points.
        wide = law(n).slope(exact_ball(t - Fraction(1, 2000)).union(exact_ball(t)))
        assert wide.contains(found) or wide.overlaps(found)
    assert asked
