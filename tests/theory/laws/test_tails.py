"""Tails of the elementary laws agree with their enclosures; bad input is one clear error."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from whp.theory.laws.tails import (
    binomial_enclose,
    binomial_log_cdf,
    binomial_log_sf,
    chi2_enclose,
    chi2_log_cdf,
    chi2_log_sf,
    normal_enclose,
    normal_log_cdf,
    normal_log_sf,
)


@given(st.integers(1, 10**5), st.fractions(Fraction(1, 100), 20))
@settings(deadline=None, max_examples=40)
@example(1, Fraction(1))
@example(10**6, Fraction(9, 10))
@example(2, Fraction(2000))
def test_chi_square_tails_agree_with_their_enclosures(k, ratio):
    x = ratio * k
    for upper, log_tail in ((True, chi2_log_sf), (False, chi2_log_cdf)):
        enclosure = chi2_enclose(k, x, upper)
        assert enclosure.relative_radius < 1e-20
        agree(log_tail(k, float(x)), enclosure)


@pytest.mark.parametrize("x", [0, Fraction(1, 3), -2, 40, 10**5])
def test_normal_tails_agree_with_their_enclosures(x):
    agree(normal_log_sf(float(x)), normal_enclose(x, upper=True))
    agree(normal_log_cdf(float(x)), normal_enclose(x, upper=False))


@given(st.integers(1, 10**5), st.fractions(0, 1), st.sampled_from([Fraction(1, 2), Fraction(1, 7)]))
@settings(deadline=None, max_examples=40)
@example(1, Fraction(0), Fraction(1, 2))
def test_binomial_tails_agree_with_their_enclosures(n, share, p):
    k = int(share * n)
    agree(binomial_log_sf(n, k, p), binomial_enclose(n, k, upper=True, p=p))
    agree(binomial_log_cdf(n, k, p), binomial_enclose(n, k, upper=False, p=p))


def agree(log_tail: float, enclosure: Any) -> None:
    """The float log must lie within 1e-10 of the enclosure's, relative where it is large."""
    if enclosure.upper == 0:
        assert log_tail == -math.inf
        return
    exact = float(enclosure.log())
    assert log_tail == pytest.approx(exact, rel=1e-10, abs=1e-10)


def test_tails_of_an_interval_hold_both_ends():
    wide = arb(fmpq(3)) + arb(0, 0.5)
    for end in (Fraction(5, 2), Fraction(7, 2)):
        assert chi2_enclose(4, wide, True).lower <= chi2_enclose(4, end, True).upper
        assert chi2_enclose(4, wide, True).upper >= chi2_enclose(4, end, True).lower


def test_small_binomial_tail_is_exact():
    total = sum(math.comb(9, j) * 3**j * 4 ** (9 - j) for j in range(5, 10))
    exact = arb(fmpq(total, 7**9))
    assert binomial_enclose(9, 4, upper=True, p=Fraction(3, 7)).ball.overlaps(exact)


def test_bad_input_is_one_clear_error():
    with pytest.raises(ValueError, match="degrees of freedom k must lie in"):
        chi2_log_cdf(0, 1.0)
    with pytest.raises(ValueError, match="success probability p"):
        binomial_enclose(3, 1, True, p=1)
