"""Spacings agree with exact volumes, with draws, with each other and with their moments."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, harmonic
from whp.theory.laws.spacings import MaximumSpacingLaw, MinimumSpacingLaw, OrderedSpacingLaw


def all_at_most(n: int, count: int, t: Fraction) -> Fraction:
    """n! times the volume of the part of the simplex where the first `count` of n + 1 gaps are at most t.

    The other gaps fill a smaller simplex, of which the cube [0, t]^count integrates the volume: one term per corner.
    """
    free = n + 1 - count
    power = free - 1 + count
    total = Fraction(0)
    for corner in range(1 << count):
        j = corner.bit_count()
        if 1 - j * t > 0:
            total += (-1) ** j * (1 - j * t) ** power / Fraction(math.factorial(power))
    return total * math.factorial(n)


@given(st.integers(1, 8), st.data())
@settings(deadline=None, max_examples=60)
def test_the_largest_gap_is_a_volume(n, data):
    count = data.draw(st.integers(1, n))
    t = data.draw(st.fractions(Fraction(1, 50), 1, max_denominator=50))
    law = MaximumSpacingLaw(n, count)
    assert law.fraction("<=", t) == all_at_most(n, count, t)
    assert law.fraction(">", t) == 1 - all_at_most(n, count, t)


@given(st.integers(1, 40), st.data())
@settings(deadline=None, max_examples=80)
@example(3, None)
def test_balls_hold_exact_values(n, data):
    count, t = n + 1, Fraction(1, n + 1) + Fraction(1, 100)
    if data is not None:
        count = data.draw(st.integers(1, n + 1))
        t = data.draw(st.fractions(0, 1, max_denominator=300))
    for rank in {1, (count + 1) // 2, count}:
        law = OrderedSpacingLaw(n, rank, count)
        for relation in ("<", ">="):
            exact = law.fraction(relation, t)
            assert 0 <= exact <= 1
            found = law.enclose_at(relation, t)
            assert found.ball.overlaps(arb(fmpq(exact.numerator, exact.denominator)))
            assert found.relative_radius < 1e-20
            if 0 < exact < 1 and Fraction(float(t)) == t:
                assert law.log_probability(relation, float(t)) == pytest.approx(math.log(exact), rel=1e-10)


def test_two_gaps_by_hand():
    """One point leaves gaps U and 1 - U."""
    t = Fraction(1, 3)
    assert MinimumSpacingLaw(1).fraction(">", t) == Fraction(1, 3)
    assert MaximumSpacingLaw(1).fraction(">", 1 - t) == Fraction(2, 3)
    assert MaximumSpacingLaw(1, 1).fraction(">", t) == Fraction(2, 3)
    assert MaximumSpacingLaw(1).fraction("<=", Fraction(1, 2)) == 0
    assert MaximumSpacingLaw(1, 1).fraction("<=", Fraction(1, 2)) == Fraction(1, 2)


def test_the_ends_of_the_support_are_reached():
    assert MaximumSpacingLaw(4).support() == (Fraction(1, 5), 1)
    assert MaximumSpacingLaw(4, 4).support() == (0, 1)
    assert MinimumSpacingLaw(4).support() == (0, Fraction(1, 5))
    assert OrderedSpacingLaw(4, 3).support() == (0, Fraction(1, 3))
    for law in (MaximumSpacingLaw(4), MinimumSpacingLaw(4), OrderedSpacingLaw(4, 3), OrderedSpacingLaw(4, 3, 4)):
        low, high = law.support()
        step = (high - low) / 1000
        assert law.fraction("<=", low) == 0
        assert law.fraction("<=", low + step) > 0
        assert law.fraction(">=", high) == 0
        assert law.fraction(">=", high - step) > 0


def test_draws_agree():
    """200 000 draws; each count within six standard deviations: a false alarm has probability below 10^-7."""
    rng, n, draws = np.random.default_rng(3), 5, 200_000
    points = np.sort(rng.random((draws, n)), axis=1)
    gaps = np.diff(points, axis=1, prepend=0.0, append=1.0)
    for count in (n + 1, n, 3):
        ordered = np.sort(gaps[:, :count], axis=1)
        for rank in range(1, count + 1):
            law = OrderedSpacingLaw(n, rank, count)
            for t in np.quantile(ordered[:2000, rank - 1], [0.2, 0.5, 0.9]):
                p = float(law.fraction(">", Fraction(float(t))))
                assert abs(np.mean(ordered[:, rank - 1] > t) - p) < 6 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(("n", "rank", "count"), [(1, 2, 2), (4, 5, 5), (4, 4, 4), (4, 1, 5), (6, 3, 5)])
def test_moments_are_integrals_of_tails(n, rank, count):
    law, cells = OrderedSpacingLaw(n, rank, count), 4000
    points = [Fraction(2 * j + 1, 2 * cells) for j in range(cells)]
    tails = np.array([float(law.fraction(">", t)) for t in points])
    mean = law.moment(Integer(1), *map(Integer, (n, rank, count)))
    square = law.moment(Integer(2), *map(Integer, (n, rank, count)))
    assert float(mean) == pytest.approx(tails.mean(), rel=1e-5)
    assert float(square) == pytest.approx((2 * np.array(points, float) * tails).mean(), rel=1e-5)


def test_means_are_harmonic_numbers():
    n = Symbol("n", integer=True, positive=True)
    assert MaximumSpacingLaw.moment(Integer(1), n) == harmonic(n + 1) / (n + 1)
    assert MaximumSpacingLaw.moment(Integer(1), n, n) == harmonic(n) / (n + 1)
    assert MaximumSpacingLaw.moment(Integer(1), Integer(2), Integer(2)) == Rational(1, 2)
    assert MinimumSpacingLaw.moment(Integer(1), Integer(3)) == Rational(1, 16)


def test_a_thousand_points():
    law = MaximumSpacingLaw(1000)
    near = law.enclose_at("<=", Fraction(11, 10_000))
    assert near.upper < arb(10) ** -100
    assert near.relative_radius < 1e-20
    median = law.log_probability("<=", math.log(1001 / math.log(2)) / 1001)
    # The limit law is Gumbel's, at which this is exactly 1/2.
    assert math.exp(median) == pytest.approx(0.5, abs=0.02)


def test_bad_input_is_one_clear_error():
    with pytest.raises(ValueError, match="3 points leave 4 spacings, found 5"):
        MaximumSpacingLaw(3, 5)
    with pytest.raises(ValueError, match="rank k of a spacing"):
        OrderedSpacingLaw(3, 5)
