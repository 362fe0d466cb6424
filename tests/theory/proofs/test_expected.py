"""Means in closed form: enumeration, quadrature and other people's formulas agree."""

import math
from fractions import Fraction
from itertools import permutations, product

import pytest
from mpmath import mp
from scipy import stats
from scipy.integrate import dblquad
from sympy import Abs, Integer, Max, Min, Rational, cos, exp, gamma, harmonic, oo, pi, simplify, sin, sqrt
from whp.theory import (
    Binomial,
    ChiSquare,
    Exponential,
    Normal,
    Sign,
    StudentT,
    gaussian_matrix,
    gaussian_vector,
    iid,
    iid_matrix,
    real,
    size,
)
from whp.theory.laws.expectation import NoMoment
from whp.theory.proofs.expected import expected, expected_variance
from whp.theory.proofs.normal_means import kernel, normal_mean

n, m = size("n"), size("m")
X, Y, Z = Normal(0, 1), Normal(0, 1), Normal(0, 1)


def over_the_plane(f):
    """E f of two independent standard normal variables, by quadrature."""
    found, _ = dblquad(
        lambda r, a: f(r * math.cos(a), r * math.sin(a)) * r * math.exp(-r * r / 2) / (2 * math.pi),
        -math.pi,
        math.pi,
        0,
        9,
        epsabs=1e-7,
    )
    return found


@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi / 2, 2.5])
def test_kernels_are_the_integrals_over_the_sector(p, q, angle):
    ours = float(kernel(p, q, Rational(angle)))
    with mp.workdps(20):
        radius = mp.quad(lambda r: r ** (p + q + 1) * mp.exp(-r * r / 2), [0, 2, mp.inf])
        sector = [angle - mp.pi / 2, mp.pi / 2]
        truth = radius * mp.quad(lambda a: mp.cos(a) ** p * mp.cos(a - angle) ** q, sector) / (2 * mp.pi)
    assert ours == pytest.approx(float(truth), abs=1e-12)


def _plus(x):
    return max(x, 0.0)


@pytest.mark.parametrize(
    ("part", "function"),
    [
        (Max(X, 0) * Max(X + 2 * Y, 0), lambda x, y: _plus(x) * _plus(x + 2 * y)),
        (Max(X, 0) ** 2 * Max(Y - X, 0), lambda x, y: _plus(x) ** 2 * _plus(y - x)),
        (Abs(X) * Min(3 * X - Y, 0), lambda x, y: -abs(x) * _plus(y - 3 * x)),
        (X * Max(-X, 0) * (X + Y), lambda x, y: x * _plus(-x) * (x + y)),
        (X**2 * Abs(X + Y), lambda x, y: x**2 * abs(x + y)),
    ],
)
def test_homogeneous_functions_of_two_normals_are_those_of_the_plane(part, function):
    ours = float(normal_mean(part))
    truth = over_the_plane(function)
    assert ours == pytest.approx(truth, rel=1e-5, abs=1e-6)
    assert abs(truth) > 1e-2


def test_the_kernel_at_an_angle_is_that_of_cho_and_saul():
    th, r = real("th", 0, pi, "both"), real("r", -1, 1, "both")
    found = expected(Max(X, 0) * Max(cos(th) * X + sin(th) * Y, 0))
    assert simplify(found - (sin(th) + (pi - th) * cos(th)) / (2 * pi)) == 0
    product_ = expected(abs(X) * abs(r * X + sqrt(1 - r**2) * Y))
    # Two standard normal variables with correlation r (Nabeya 1951).
    for value in (-1, -0.5, 0, 0.25, 1):
        truth = 2 / math.pi * (value * math.asin(value) + math.sqrt(1 - value**2))
        assert float(product_.subs(r, Rational(value))) == pytest.approx(truth)


def test_what_is_not_centred_normal_or_has_three_directions_is_left():
    W = Normal(1, 1)
    for part in (
        Max(W, 0) * Max(X + W, 0),
        Max(X, 0) * Max(X + ChiSquare(3), 0),
        Max(X, 0) * Max(Y, 0) * Max(X + Y, 0),
        Max(X + 1, 0) * Max(X + Y, 0),
    ):
        with pytest.raises(NotImplementedError):
            expected(part)


def test_coordinates_are_independent_of_each_other_but_not_of_the_vector():
    g = gaussian_vector(n)
    first, second = g.coordinate(1), g.coordinate(2)
    assert expected(first**2 * second**2) == 1
    assert expected(Max(first, 0) * Max(second, 0)) == 1 / (2 * pi)
    assert expected(Max(first, 0) * Max(first, 0)) == Rational(1, 2)
    with pytest.raises(NotImplementedError):
        expected(first**2 * g.norm**2)
    # Their covariance with the norm is not passed over where powers of it cancel.
    with pytest.raises(NotImplementedError):
        expected_variance(first**2 + g.norm**2 + 1 / g.norm**2)


def test_parts_of_one_sign_have_half_of_a_symmetric_moment():
    assert expected(Max(X, 0) ** 2) == Rational(1, 2)
    assert expected(Max(-2 * X, 0) ** 4) == 24
    assert expected(Min(X, 0) ** 3) == -sqrt(2) / sqrt(pi)
    assert expected(Max(X, 0) * Min(X, 0)) == 0
    shifted = Normal(1, 1)
    truth = stats.norm(1, 1).expect(lambda x: x, lb=0)
    assert float(expected(Max(shifted, 0))) == pytest.approx(truth, rel=1e-9)
    # E max(X, 0)² = (1 + µ²) Φ(µ) + µ φ(µ) has another form.
    with pytest.raises(NotImplementedError):
        expected(Max(shifted, 0) ** 2)


def test_the_larger_of_two_normals_is_by_the_law_of_their_difference():
    assert expected(Max(X, Y)) == 1 / sqrt(pi)
    ours = float(expected(Max(X, 2 * Y + 1)))
    assert ours == pytest.approx(over_the_plane(lambda x, y: max(x, 2 * y + 1)), rel=1e-5)
    assert float(expected(Min(X, 2 * Y + 1))) == pytest.approx(1 - ours)


def test_laws_of_combined_variables_give_their_moments():
    assert (
        simplify(
            expected(sqrt(ChiSquare(n) + ChiSquare(3))) - sqrt(2) * gamma(n / 2 + 2) / gamma(n / 2 + Rational(3, 2))
        )
        == 0
    )
    assert expected(abs(X + Y)) == 2 / sqrt(pi)
    t = real("t", 0, Rational(1, 4))
    assert simplify(expected(exp(t * X**2)) - 1 / sqrt(1 - 2 * t)) == 0
    assert expected(exp(10 * X**2)) == oo
    # Up to 1/2, which is where the mean is infinite, and no further.
    for high, closed in ((Rational(1, 2), "both"), (1, "")):
        with pytest.raises(NotImplementedError):
            expected(exp(real("s", 0, high, closed) * X**2))
    half = real("s", 0, Rational(1, 2))
    assert simplify(expected(exp(half * X**2)) - 1 / sqrt(1 - 2 * half)) == 0
    # One variable twice is no sum of two.
    assert expected(abs(X + X)) == 2 * sqrt(2) / sqrt(pi)


@pytest.mark.parametrize("power", range(1, 9))
def test_powers_of_sums_of_copies_are_multinomial(power):
    copy = Sign() * Max(X, 0)
    total = iid(copy, m).sum
    found = expected(total**power)
    moments = {j: Rational(0) if j % 2 else expected(Max(X, 0) ** j) for j in range(1, 9)}
    for count in (1, 2, 3):
        truth = Integer(0)
        for powers in product(range(power + 1), repeat=count):
            if sum(powers) == power:
                ways = math.factorial(power)
                term = Integer(1)
                for j in powers:
                    ways //= math.factorial(j)
                    term *= moments[j] if j else 1
                truth += ways * term
        assert simplify(found.subs(m, count) - truth) == 0 if power % 2 == 0 else found == 0


def test_means_of_copies_and_infinite_moments():
    copies = iid(Sign() * Max(X, 0), m)
    assert simplify(expected((copies.sum / sqrt(m)) ** 4) - Rational(3, 4) * (1 + 1 / m)) == 0
    assert simplify(expected(copies.mean**2) - 1 / (2 * m)) == 0
    heavy = iid(Sign() * StudentT(3), m).sum
    assert expected(heavy**2) == 3 * m
    assert expected(heavy**4) == oo


def _determinants(outcomes, rows, power):
    total = Fraction(0)
    signs = {
        s: (-1) ** sum(s[i] > s[j] for i in range(rows) for j in range(i + 1, rows)) for s in permutations(range(rows))
    }
    for drawn in product(outcomes, repeat=rows * rows):
        chance = Fraction(1)
        for _, p in drawn:
            chance *= p
        det = sum(sign * math.prod(drawn[rows * i + s[i]][0] for i in range(rows)) for s, sign in signs.items())
        total += chance * det**power
    return total


@pytest.mark.parametrize(
    ("entry", "outcomes"),
    [
        (Sign(), ((1, Fraction(1, 2)), (-1, Fraction(1, 2)))),
        (Binomial(1, Rational(1, 3)), ((1, Fraction(1, 3)), (0, Fraction(2, 3)))),
        (2 * Sign() - 1, ((1, Fraction(1, 2)), (-3, Fraction(1, 2)))),
    ],
)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_determinants_have_the_moments_of_all_matrices(entry, outcomes, rows):
    det = iid_matrix(entry, n, n).det
    for power in (1, 2):
        assert expected(det**power).subs(n, rows) == Rational(_determinants(outcomes, rows, power))
        assert expected(iid_matrix(entry, rows, rows).det ** power) == Rational(_determinants(outcomes, rows, power))


def test_determinants_of_normal_matrices_are_products_of_chi_variables():
    det = gaussian_matrix(n, n).det
    assert expected(det) == expected(det**3) == 0
    # E (ad − bc)⁴ = 9 + 6 + 9
    assert expected(det**4).subs(n, 2) == 24
    for rows in (1, 2, 5):
        chi = math.prod(stats.chi(j).mean() for j in range(1, rows + 1))
        assert float(expected(abs(det)).subs(n, rows)) == pytest.approx(chi)
        third = math.prod(stats.chi(j).moment(3) for j in range(1, rows + 1))
        assert float(expected(abs(det) ** 3).subs(n, rows)) == pytest.approx(third)
    with pytest.raises(NotImplementedError, match="two moments are known"):
        expected(iid_matrix(Sign(), n, n).det ** 4)


def test_frobenius_norms_of_any_entries():
    entry = Sign() * Max(X, 0)
    assert simplify(expected(iid_matrix(entry, n, m).frobenius ** 2) - n * m / 2) == 0
    assert expected_variance(iid_matrix(entry, n, m).frobenius ** 2) == n * m * Rational(5, 4)


def test_order_statistics_of_exponentials_have_no_cross_terms_in_their_variance():
    copies = iid(Exponential(2), n)
    assert expected(copies.max) == harmonic(n) / 2
    assert expected_variance(copies.max) == harmonic(n, 2) / 4
    assert simplify(expected_variance(iid(Exponential(1), 5).order(2)) - Rational(1, 25) - Rational(1, 16)) == 0


def test_a_mean_that_does_not_exist_is_said_not_to():
    with pytest.raises(NoMoment):
        expected(StudentT(1))
