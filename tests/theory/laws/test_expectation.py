"""Means, variances and quantiles of laws: closed forms, quadrature and other people's numbers agree."""

import math
from dataclasses import dataclass
from fractions import Fraction

import pytest
from flint import arb
from mpmath import mp
from scipy import stats
from sympy import Integer, Rational, Symbol, gamma, harmonic, oo, pi, simplify, sqrt
from whp.theory.calculus.enclosure import Enclosure
from whp.theory.language.law_of import LawOf
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.cauchy_law import CauchyLaw
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, ConstantLaw, NegatedLaw, NormalLaw
from whp.theory.laws.expectation import (
    NoMoment,
    log_concave,
    mean,
    median,
    quantile,
    raw_moment,
    symbolic_absolute_moment,
    symbolic_log_mgf,
    symbolic_moment,
    symmetric,
    variance,
)
from whp.theory.laws.fratio_law import FRatioLaw
from whp.theory.laws.gamma_law import ExponentialLaw
from whp.theory.laws.image import AbsoluteLaw, SquareLaw
from whp.theory.laws.largest_law import LargestLaw
from whp.theory.laws.order_law import MaximumLaw, MinimumLaw, OrderLaw
from whp.theory.laws.poisson_law import PoissonLaw
from whp.theory.laws.protocol import ScalarLaw
from whp.theory.laws.singular import LargestSingularLaw
from whp.theory.laws.student_law import StudentTLaw
from whp.theory.laws.uniform_law import UniformLaw

k = Symbol("k", positive=True)


@dataclass(frozen=True)
class TailsOnly(ScalarLaw):
    """A law that shows its tails and nothing else."""

    inner: ScalarLaw
    log_concave: bool = False

    @property
    def continuous(self):
        return self.inner.continuous

    def support(self):
        return self.inner.support()

    def enclose_at(self, relation, t):
        return self.inner.enclose_at(relation, t)


def holds(found, value):
    """Whether an enclosure has a float up to the float's own rounding."""
    slack = 1e-13 * abs(value)
    return float(found.lower) <= value + slack and value - slack <= float(found.upper)


def near(found, value, share=0.02):
    """Whether an enclosure tells a number from those 2 % beside it."""
    return holds(found, value) and not any(holds(found, value * moved) for moved in (1 - share, 1 + share))


def test_closed_forms_have_parameters_for_symbols():
    square = LawOf(ChiSquareLaw, k)
    assert symbolic_moment(square, 1) == k
    assert simplify(symbolic_moment(square, 2) - k * (k + 2)) == 0
    assert (
        simplify(symbolic_moment(square, Rational(1, 2)) - sqrt(2) * gamma(k / 2 + Rational(1, 2)) / gamma(k / 2)) == 0
    )
    moved = LawOf(AffineLaw, LawOf(AffineLaw, square, 1 / k), Integer(-2), Integer(3))
    assert simplify(symbolic_moment(moved, 1) - 1) == 0
    assert simplify(symbolic_moment(moved, 2) - (9 - 12 + 4 * (k + 2) / k)) == 0
    assert symbolic_moment(LawOf(NegatedLaw, square), 3) == -symbolic_moment(square, 3)
    assert symbolic_moment(LawOf(ConstantLaw, Integer(3)), 2) == 9


def test_absolute_moments_are_those_of_the_density():
    normal, student = LawOf(NormalLaw, Integer(4)), LawOf(StudentTLaw, Integer(3))
    assert symbolic_absolute_moment(normal, 1) == 2 * sqrt(2) / sqrt(pi)
    ours = float(symbolic_absolute_moment(student, 1))
    assert ours == pytest.approx(2 * stats.t(3).expect(lambda x: x, lb=0), rel=1e-8)
    assert symbolic_absolute_moment(student, 3) == oo
    assert symbolic_moment(LawOf(AbsoluteLaw, normal), 1) == 2 * sqrt(2) / sqrt(pi)
    assert symbolic_moment(LawOf(SquareLaw, normal), 2) == 48


def test_the_generating_function_of_an_affine_image_has_its_own_interval():
    value, low, high = symbolic_log_mgf(LawOf(AffineLaw, LawOf(ChiSquareLaw, Integer(2)), Integer(-3), Integer(1)), k)
    assert (low, high) == (Rational(-1, 6), oo)
    # E e^{s(1 − 3X)} = e^s / (1 + 6s)
    assert float(value.subs(k, 1)) == pytest.approx(1 - math.log(7))


@pytest.mark.parametrize(
    ("law", "of"),
    [
        (ChiSquareLaw(3), stats.chi2(3)),
        (ExponentialLaw(Fraction(2)), stats.expon(scale=0.5)),
        (NormalLaw(Fraction(1), Fraction(5)), stats.norm(5, 1)),
        (UniformLaw(Fraction(-1), Fraction(4)), stats.uniform(-1, 5)),
    ],
)
def test_quadrature_of_log_concave_tails_meets_the_closed_form(law, of):
    assert log_concave(law)
    # Without a generating function the concavity of the log tail bounds what lies far out.
    shown = TailsOnly(law, log_concave=True)
    first, second = mean(shown, 1e-5), variance(shown, 1e-5)
    assert holds(first, of.mean())
    assert holds(second, of.var())
    assert first.relative_radius < 1e-5
    assert second.relative_radius < 1e-4
    assert holds(mean(law), of.mean())
    assert holds(variance(law), of.var())


def test_a_tail_of_which_nothing_is_known_gives_a_lower_end_only():
    found = mean(TailsOnly(ExponentialLaw(Fraction(1))))
    assert 0.99 < float(found.lower) <= 1
    assert not found.upper.is_finite()
    found = mean(TailsOnly(UniformLaw(Fraction(0), Fraction(1))), 1e-4)
    assert holds(found, 0.5)
    assert found.relative_radius < 2e-3


@pytest.mark.parametrize("n", [1, 2, 10, 1000])
def test_the_largest_of_n_exponentials_has_harmonic_mean_and_bounded_variance(n):
    # By quadrature of the tails, which knows nothing of the closed form.
    law = TailsOnly(MaximumLaw(ExponentialLaw(Fraction(1)), n), log_concave=True)
    assert near(mean(law, 1e-4), math.fsum(1 / i for i in range(1, n + 1)))
    spread = variance(law, 1e-4)
    assert near(spread, math.fsum(1 / i**2 for i in range(1, n + 1)))
    assert float(spread.upper) < math.pi**2 / 6 or n == 1000


def test_the_larger_of_two_normals_has_mean_one_over_root_pi():
    found = mean(MaximumLaw(NormalLaw(1), 2), 1e-5)
    assert near(found, 1 / math.sqrt(math.pi))
    assert found.relative_radius < 1e-5


def test_the_largest_singular_value_of_a_row_is_a_norm():
    found = mean(LargestSingularLaw(1, 3), 1e-4)
    with mp.workdps(20):
        assert near(found, float(mp.sqrt(2) * mp.gamma(2) / mp.gamma(1.5)))


def test_means_on_a_lattice_are_exact():
    law = MaximumLaw(BinomialLaw(2, Fraction(1, 2)), 2)
    # P(M = 0, 1, 2) = 1/16, 8/16, 7/16
    assert holds(mean(law), 22 / 16)
    assert mean(law).relative_radius < 1e-20
    assert mean(BinomialLaw(10, Fraction(1, 4))).lower == arb("2.5") == mean(BinomialLaw(10, Fraction(1, 4))).upper
    found = mean(MaximumLaw(PoissonLaw(Fraction(3)), 2))
    truth = math.fsum(1 - stats.poisson(3).cdf(t) ** 2 for t in range(100))
    assert near(found, truth)
    assert found.relative_radius < 1e-8


def test_infinite_and_missing_means_are_told_apart():
    for law in (FRatioLaw(1, 2), SquareLaw(StudentTLaw(1))):
        found = mean(law)
        assert not found.lower.is_finite()
        assert found.lower > 0
    for law in (CauchyLaw(), StudentTLaw(1)):
        with pytest.raises(NoMoment, match="does not exist"):
            mean(law)
    with pytest.raises(NoMoment, match="the mean is infinite"):
        variance(FRatioLaw(1, 2))
    assert not variance(StudentTLaw(2)).upper.is_finite()


def test_the_tail_of_an_infinite_mean_is_not_closed():
    found = mean(TailsOnly(FRatioLaw(1, 2)))
    assert not found.upper.is_finite()
    assert found.lower > 5


def test_medians_and_quantiles_of_continuous_laws_are_enclosed():
    found = median(ExponentialLaw(Fraction(1)))
    assert found.ball.overlaps(arb(2).log())
    assert found.relative_radius < 1e-25
    assert near(found, math.log(2))
    assert median(NormalLaw(1)).ball.contains(arb(0))
    assert near(quantile(NormalLaw(1), Fraction(1, 1000)), stats.norm.ppf(0.001))
    assert near(
        quantile(AffineLaw(ChiSquareLaw(5), Fraction(-2), Fraction(1)), Fraction(1, 4)), 1 - 2 * stats.chi2(5).isf(0.25)
    )
    with pytest.raises(ValueError, match="between 0 and 1, found 1"):
        quantile(NormalLaw(1), Fraction(1))


@pytest.mark.parametrize("n", [1, 2, 7, 9, 30])
@pytest.mark.parametrize("q", [Fraction(1, 2), Fraction(1, 10), Fraction(9, 10), Fraction(1, 4)])
def test_quantiles_of_binomials_are_atoms(n, q):
    law = BinomialLaw(n, Fraction(1, 2))
    least = next(j for j in range(n + 1) if sum(math.comb(n, i) for i in range(j + 1)) >= q * 2**n)
    for shown, value in (
        (law, least),
        (AffineLaw(law, Fraction(1, 3), Fraction(1, 7)), Fraction(least, 3) + Fraction(1, 7)),
    ):
        found = quantile(shown, q)
        assert found.ball.overlaps(arb(value.numerator) / value.denominator)
        assert found.relative_radius < 1e-40


def test_the_median_of_a_reflected_lattice_is_its_own_least_one():
    # P(−X ≤ t) for a fair coin: the least median of −X is −1, that of X is 0.
    coin = BinomialLaw(1, Fraction(1, 2))
    assert median(coin).upper == 0 == median(coin).lower
    assert median(AffineLaw(coin, Fraction(-1))).upper == -1 == median(AffineLaw(coin, Fraction(-1))).lower


def test_moments_of_whole_powers_on_the_line_and_of_roots_on_the_half_line():
    cube = raw_moment(TailsOnly(NormalLaw(1, 1), log_concave=True), 3, 1e-4)
    assert near(cube, 4.0)
    root = raw_moment(TailsOnly(UniformLaw(Fraction(0), Fraction(1))), Fraction(1, 2), 1e-3)
    assert near(root, 2 / 3)
    with pytest.raises(NotImplementedError, match="both signs"):
        raw_moment(TailsOnly(UniformLaw(Fraction(-1), Fraction(1))), Fraction(1, 2), 1e-3)


def test_two_humps_are_not_taken_for_one():
    @dataclass(frozen=True)
    class Humps(ScalarLaw):
        log_concave = False
        continuous = True

        def support(self):
            return Fraction(0), Fraction(3)

        def enclose(self, relation, t):
            below = (t.max(arb(0)).min(arb(1)) + (t - 2).max(arb(0)).min(arb(1))) / 2
            return Enclosure.of(below if relation in ("<", "<=") else 1 - below)

    assert near(mean(Humps(), 1e-3), 1.5)


def by_density(n, place, cdf, density, power, ends=(0, mp.inf)):
    """A moment of an order statistic by its density."""
    with mp.workdps(25):
        chance = mp.mpf(n) * mp.binomial(n - 1, place - 1)
        middle = [x for x in (1, 3) if ends[0] < x < ends[1]]
        return float(
            mp.quad(
                lambda x: x**power * chance * cdf(x) ** (place - 1) * (1 - cdf(x)) ** (n - place) * density(x),
                [ends[0], *middle, ends[1]],
            )
        )


@pytest.mark.parametrize(("n", "place"), [(1, 1), (3, 3), (5, 2), (6, 5), (7, 1)])
@pytest.mark.parametrize("power", [1, 2, 3])
def test_order_statistics_of_exponentials_and_uniforms_have_the_moments_of_their_densities(n, place, power):
    rate = Fraction(3, 2)
    law = OrderLaw(ExponentialLaw(rate), n, place)
    truth = by_density(n, place, lambda x: 1 - mp.exp(-1.5 * x), lambda x: 1.5 * mp.exp(-1.5 * x), power)
    assert near(raw_moment(law, power), truth)
    assert not n > 1 or not holds(raw_moment(OrderLaw(ExponentialLaw(rate), n, place % n + 1), power), truth)
    law = OrderLaw(UniformLaw(Fraction(-1), Fraction(3)), n, place)
    truth = by_density(n, place, lambda x: (x + 1) / 4, lambda x: mp.mpf(1) / 4, power, (-1, 3))
    assert holds(raw_moment(law, power), truth)


def test_extremes_of_affine_images_are_affine_images_of_extremes():
    n = Symbol("n", positive=True, integer=True)
    turned = LawOf(AffineLaw, LawOf(ExponentialLaw, Integer(2)), Integer(-3), Integer(1))
    assert symbolic_moment(LawOf(MaximumLaw, turned, n), 1) == 1 - 3 / (2 * n)
    assert simplify(symbolic_moment(LawOf(MinimumLaw, turned, n), 1) - 1 + Rational(3, 2) * harmonic(n)) == 0
    assert symbolic_moment(LawOf(MaximumLaw, LawOf(ChiSquareLaw, Integer(2)), n), 1) == 2 * harmonic(n)
    assert symbolic_moment(LawOf(MinimumLaw, LawOf(ExponentialLaw, Integer(1)), n), Rational(1, 2)) == sqrt(pi / n) / 2


@pytest.mark.parametrize("n", [2, 3])
def test_closed_forms_of_the_largest_of_few_normals_meet_the_quadrature(n):
    for base in (NormalLaw(1), NormalLaw(Fraction(4), Fraction(1))):
        for law in (MaximumLaw(base, n), MinimumLaw(base, n), LargestLaw((base,) * n)):
            shown = TailsOnly(law, log_concave=True)
            assert holds(mean(shown, 1e-3), float(mean(law)))
            assert holds(raw_moment(shown, 2, 1e-3), float(raw_moment(law, 2)))
            assert mean(law).relative_radius < 1e-20
    assert log_concave(LargestLaw((NormalLaw(1),) * 4))
    assert not log_concave(LargestLaw((NormalLaw(1), NormalLaw(2))))


@pytest.mark.parametrize(("spread", "centre"), [(1, 0), (4, 3), (Fraction(1, 4), -2)])
def test_folded_normal_means_are_those_of_scipy(spread, centre):
    ours = float(symbolic_absolute_moment(LawOf(NormalLaw, Rational(spread), Rational(centre)), 1))
    scale = math.sqrt(spread)
    assert ours == pytest.approx(stats.foldnorm(abs(centre) / scale, scale=scale).mean(), rel=1e-12)


def test_symmetry_is_said_of_symmetric_laws_only():
    square = LawOf(ChiSquareLaw, k)
    for law in (LawOf(NormalLaw, k), LawOf(StudentTLaw, k), LawOf(UniformLaw, Integer(-2), Integer(2))):
        assert symmetric(law)
        assert symmetric(LawOf(AffineLaw, law, Integer(-3)))
        assert not symmetric(LawOf(AffineLaw, law, Integer(1), Integer(1)))
    assert not symmetric(square)
    assert not symmetric(LawOf(UniformLaw, Integer(-2), Integer(3)))
    assert not symmetric(LawOf(NormalLaw, Integer(1), k))
