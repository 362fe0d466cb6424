"""Extreme singular values agree with Edelman's law, with integrals, with chi laws and with draws."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from sympy import Integer, Symbol, oo
from whp.theory.laws.elementary import ChiSquareLaw
from whp.theory.laws.singular import ConditionNumberLaw, LargestSingularLaw, SmallestSingularLaw


def edelman(n: int, t: float) -> mpmath.mpf:
    """P(σ_min ≤ t) of a square matrix: the density of σ² is a confluent hypergeometric function (Edelman 1988)."""
    with mpmath.workdps(30):
        front = n / mpmath.mpf(2) ** (n - 0.5) * mpmath.gamma(n) / mpmath.gamma(mpmath.mpf(n) / 2)

        def density(s: mpmath.mpf) -> mpmath.mpf:
            square = s * s
            factor = mpmath.hyperu(mpmath.mpf(n - 1) / 2, -0.5, square / 2) if n > 1 else 1
            return 2 * front * mpmath.exp(-square * n / 2) * factor

        return mpmath.quad(density, [0, t / 2, t])


@pytest.mark.parametrize("n", [1, 2, 3, 6, 11, 12])
@pytest.mark.parametrize("scaled", [0.01, 0.7, 2.5])
def test_the_smallest_one_of_a_square_matrix_has_edelmans_law(n, scaled):
    t = scaled / math.sqrt(n)
    found = SmallestSingularLaw(n, n).enclose("<=", arb(t))
    assert found.relative_radius < 1e-20
    assert float(found) == pytest.approx(float(edelman(n, t)), rel=1e-12)
    # A size off by one is seen.
    assert abs(float(found) / float(edelman(n + 1, t)) - 1) > 1e-3


@pytest.mark.parametrize("larger", [2, 3, 6])
@pytest.mark.parametrize("t", [0.8, 2.0, 4.0])
def test_two_singular_values_are_integrals_of_their_joint_density(larger, t):
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def mass(low: float, high: float) -> float:
        # In y = σ the density of the pair is proportional to (a² - b²) (ab)^{N - 2} e^{-(a² + b²)/2} on a > b.
        a = low + (high - low) * (nodes + 1) / 2
        b = low + (a[:, None] - low) * (nodes + 1) / 2
        inner = (a[:, None] ** 2 - b**2) * (a[:, None] * b) ** (larger - 2) * np.exp(-(a[:, None] ** 2 + b**2) / 2)
        return float(weights @ ((inner @ weights) * (a - low) / 2)) * (high - low) / 2

    whole = mass(0, 14)
    below, above = mass(0, t) / whole, mass(t, 14) / whole
    assert math.exp(LargestSingularLaw(2, larger).log_probability("<=", t)) == pytest.approx(float(below), rel=1e-9)
    assert math.exp(SmallestSingularLaw(larger, 2).log_probability(">", t)) == pytest.approx(float(above), rel=1e-9)


@pytest.mark.parametrize("d", [1, 2, 17, 1000])
def test_a_vector_has_one_singular_value_its_norm(d):
    for t in (Fraction(d, d + 2), Fraction(7, 2), Fraction(35)):
        for relation in ("<=", ">"):
            norm = ChiSquareLaw(d).enclose_at(relation, t * t).ball
            for law in (LargestSingularLaw(1, d), SmallestSingularLaw(d, 1)):
                found = law.enclose_at(relation, t)
                assert found.ball.overlaps(norm)
                assert found.relative_radius < 1e-20


@pytest.mark.parametrize(("m", "d"), [(3, 3), (3, 5), (4, 4), (7, 4), (5, 9)])
@pytest.mark.parametrize("draws", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_draws_agree(m, d, draws):
    """Each count lies within six standard deviations: a false alarm has probability below 10^-7."""
    rng = np.random.default_rng(m * 100 + d)
    blocks = (rng.standard_normal((50_000, m, d)) for _ in range(draws // 50_000))
    values = np.concatenate([np.linalg.svd(block, compute_uv=False) for block in blocks])
    for law, found in ((LargestSingularLaw(m, d), values[:, 0]), (SmallestSingularLaw(m, d), values[:, -1])):
        for t in np.quantile(found[:5000], [0.05, 0.5, 0.95]):
            p = math.exp(law.log_probability(">", float(t)))
            assert abs(np.mean(found > t) - p) < 6 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(("m", "d"), [(12, 1000), (11, 1000), (12, 12), (1, 1000)])
def test_far_tails_keep_relative_precision(m, d):
    top, gap = math.sqrt(m) + math.sqrt(d), math.sqrt(d) - math.sqrt(m)
    far, near = LargestSingularLaw(m, d), SmallestSingularLaw(d, m)
    for law, relation, t in (
        (far, ">", top + 40),
        (far, "<", top / 20),
        (near, ">", gap + 40),
        (near, "<", gap / 2 + 1e-9),
    ):
        found = law.enclose(relation, arb(t))
        assert found.relative_radius < 1e-20
        assert found.lower > 0
        log_p = law.log_probability(relation, t)
        assert log_p == pytest.approx(float(found.log()), rel=1e-10)
        # Davidson and Szarek: the singular values leave [√d - √m, √d + √m] by s with probability below e^{-s²/2}.
        if (law, relation) == (far, ">"):
            assert log_p < -(40.0**2) / 2


def test_tails_beyond_reach_are_bounded_by_chi_square_tails():
    law = LargestSingularLaw(3, 4)
    far = law.enclose(">", arb(1000))
    assert far.lower > 0
    assert far.compare("<=", arb(-((1000 - math.sqrt(3) - 2) ** 2) / 2).exp() * arb(2) ** 40) is True
    # The same bounds hold where the exact law is within reach.
    for t in (Fraction(5), Fraction(20)):
        exact = law.enclose_at(">", t)
        assert ChiSquareLaw(4).enclose_at(">", t * t).lower < exact.lower
        assert exact.upper < ChiSquareLaw(12).enclose_at(">", t * t).upper


def test_tails_decrease_and_add_to_one():
    law = LargestSingularLaw(3, 4)
    above, below = law.enclose(">", arb(3)), law.enclose("<=", arb(3))
    assert (above.ball + below.ball).overlaps(arb(1))
    assert law.enclose(">", arb(3.5)).compare("<", above)
    wide = law.enclose(">", arb(3, 0.5))
    assert wide.compare("<=", above) is None
    assert law.enclose(">", arb(0)).lower == 1


@pytest.mark.parametrize("larger", [2, 3, 5])
def test_the_condition_number_of_two_columns(larger):
    """100 000 draws within six standard deviations; and the square case is 2x/(x² + 1) (Edelman 1988)."""
    rng, draws = np.random.default_rng(larger), 100_000
    values = np.linalg.svd(rng.standard_normal((draws, larger, 2)), compute_uv=False)
    kappa, law = values[:, 0] / values[:, 1], ConditionNumberLaw(2, larger)
    for x in (Fraction(3, 2), Fraction(3), Fraction(12)):
        p = float(law.fraction(">", x))
        assert abs(np.mean(kappa > float(x)) - p) < 6 * math.sqrt(p * (1 - p) / draws)
        assert law.enclose_at(">", x).ball.overlaps(
            arb(law.fraction(">", x).numerator) / law.fraction(">", x).denominator
        )
    assert ConditionNumberLaw(2, 2).fraction(">=", Fraction(12)) == Fraction(24, 145)
    assert law.fraction("<=", Fraction(1)) == 0


def test_means_of_condition_numbers_of_square_matrices_are_infinite():
    n = Symbol("n", integer=True, positive=True)
    assert ConditionNumberLaw.moment(Integer(1), Integer(2), Integer(2)) == oo
    assert ConditionNumberLaw.moment(Integer(1), Integer(7), Integer(7)) == oo
    assert ConditionNumberLaw.moment(Integer(1), n + 1, n + 1) == oo
    assert ConditionNumberLaw.moment(Integer(2), Integer(3), Integer(2)) == oo
    assert ConditionNumberLaw.moment(Integer(1), Integer(1), Integer(5)) == 1
    with pytest.raises(NotImplementedError, match="no finite moment"):
        ConditionNumberLaw.moment(Integer(1), Integer(3), Integer(2))


def test_sizes_beyond_the_exact_laws_are_refused():
    with pytest.raises(NotImplementedError, match="13 x 13 Gaussian matrix"):
        LargestSingularLaw(13, 13)
    with pytest.raises(NotImplementedError, match="smaller size is 2 only"):
        ConditionNumberLaw(3, 3)
    with pytest.raises(ValueError, match="rows m must lie in"):
        SmallestSingularLaw(0, 3)
