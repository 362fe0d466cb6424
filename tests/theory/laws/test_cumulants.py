"""Moments of sums of copies: the recursion and sums over all outcomes agree."""

from fractions import Fraction
from itertools import product

import pytest
from sympy import Rational, Symbol
from whp.theory.laws.cumulants import cumulants_of, moments_of, sum_moments

# Values and probabilities of a skewed variable.
OUTCOMES = ((-1, Fraction(1, 2)), (0, Fraction(1, 3)), (3, Fraction(1, 6)))
n = Symbol("n")


def enumerated(count, power):
    """E S^power over all outcomes of `count` copies."""
    total = Fraction(0)
    for drawn in product(OUTCOMES, repeat=count):
        chance = Fraction(1)
        for _, p in drawn:
            chance *= p
        total += chance * sum(x for x, _ in drawn) ** power
    return total


MOMENTS = [Rational(enumerated(1, p)) for p in range(1, 9)]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_moments_of_sums_are_those_of_all_outcomes(count):
    found = sum_moments(MOMENTS, n)
    for power, moment in enumerate(found, 1):
        assert moment.subs(n, count) == Rational(enumerated(count, power))
    # One count off is seen.
    assert found[3].subs(n, count + 1) != Rational(enumerated(count, 4))


def test_cumulants_and_moments_are_inverse_to_each_other():
    assert moments_of(cumulants_of(MOMENTS)) == MOMENTS
    normal = cumulants_of([Rational(x) for x in (2, 5, 14, 43)])
    assert normal == [2, 1, 0, 0]
