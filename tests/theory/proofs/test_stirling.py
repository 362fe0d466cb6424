"""Limits by Stirling's formula: those of other people, and of the numbers far out."""

import pytest
from mpmath import mp
from sympy import E, Rational, Symbol, binomial, exp, factorial, gamma, harmonic, lambdify, log, oo, pi, sqrt
from whp.theory import size
from whp.theory.proofs.stirling import growth_limit

n = size("n")


@pytest.mark.parametrize(
    "quotient",
    [
        sqrt(2) * gamma((n + 1) / 2) / (gamma(n / 2) * sqrt(n)),
        binomial(2 * n, n) * sqrt(n) / 4**n,
        binomial(3 * n, n) * sqrt(n) / Rational(27, 4) ** n,
        factorial(n) / (sqrt(n) * (n / E) ** n),
        gamma(n + Rational(1, 3)) / (gamma(n) * n ** Rational(1, 3)),
        ((n + 1) / (n - 2)) ** (2 * n + 5),
        (n**2 + 3 * n) / (2 * n**2 + 1),
        (n + sqrt(n)) / n,
        binomial(n, 2) / n**2,
    ],
)
def test_limits_are_those_of_the_numbers_far_out(quotient):
    found = growth_limit(quotient, n)
    with mp.workdps(40):
        far = lambdify(n, quotient, "mpmath")(mp.mpf(10) ** 8)
    assert float(found) == pytest.approx(float(far), rel=2e-4)


def test_logarithms_lead_by_their_powers():
    assert growth_limit(harmonic(n) / log(n), n) == 1
    assert growth_limit(harmonic(n, 2), n) == pi**2 / 6
    assert growth_limit(log(3 * n**2 + 1) / log(n), n) == 2
    assert growth_limit(sqrt(log(n)) / n, n) == 0
    assert growth_limit(n / log(n) ** 5, n) == oo


def test_growth_of_another_order_is_0_or_infinite():
    assert growth_limit(factorial(n) / n**n, n) == 0
    assert growth_limit(exp(n) / n**7, n) == oo
    assert growth_limit(binomial(2 * n, n) / 4**n, n) == 0
    assert growth_limit(factorial(2 * n) / factorial(n) ** 2 / 3**n, n) == oo


def test_what_is_no_positive_product_is_left():
    assert growth_limit(sqrt(n**2 + n) - n, n) is None
    assert growth_limit(-n, n) is None
    assert growth_limit(n * Symbol("x"), n) is None
    assert growth_limit(factorial(n) + factorial(n + 1), n) is None
