"""Order statistics, extremes of different variables and mixtures against enumeration and known laws."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import mpmath
import pytest
import scipy.stats
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from whp.theory.calculus.enclosure import Enclosure, workprec
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw, ConstantLaw, DominatedLaw, NormalLaw
from whp.theory.laws.geometric_law import GeometricLaw
from whp.theory.laws.irwin_hall_law import IrwinHallLaw
from whp.theory.laws.largest_law import LargestLaw, SmallestLaw
from whp.theory.laws.mixture_law import MixtureLaw
from whp.theory.laws.order_law import MaximumLaw, MinimumLaw, OrderLaw
from whp.theory.laws.poisson_law import PoissonLaw
from whp.theory.laws.protocol import ScalarLaw
from whp.theory.laws.sign_sum_law import SignSumLaw

from .test_discrete import HOLDS, MIXED, MIXED_MASSES, binomial_masses, disagreements, sign_masses

F = Fraction
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
UNIFORM = IrwinHallLaw(1)


def order_masses(masses, n, k):
    """Over all outcomes of n copies, sorted."""
    found: Counter[int] = Counter()
    for values in itertools.product(masses, repeat=n):
        found[sorted(values)[k - 1]] += math.prod((masses[v] for v in values), start=F(1))
    return found


@pytest.mark.parametrize(
    ("base", "masses"),
    [(BinomialLaw(2, F(1, 3)), binomial_masses(2, F(1, 3))), (SignSumLaw(2), sign_masses(2)), (MIXED, MIXED_MASSES)],
    ids=["binomial", "signs", "mixture"],
)
@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (2, 2), (4, 2), (5, 3), (5, 5)])
def test_order_statistics_are_those_of_enumeration(base, masses, n, k):
    law, true = OrderLaw(base, n, k), order_masses(masses, n, k)
    assert disagreements(law, true) == []
    for value, mass in true.items():
        assert law.mass(value).overlaps(arb(fmpq(mass.numerator, mass.denominator)))
    assert set(law.atoms()) == set(true)
    assert law.support() == (min(true), max(true))
    if k == n:
        assert disagreements(MaximumLaw(base, n), true) == []
    if k == 1:
        assert disagreements(MinimumLaw(base, n), true) == []
    # One rank or one copy off is seen, and so is the other end.
    assert disagreements(OrderLaw(base, n + 1, k), true)
    assert disagreements(OrderLaw(base, n + 1, k + 1), true)
    if n > 1:
        assert disagreements((MinimumLaw if k == n else MaximumLaw)(base, n), true)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (7, 1), (7, 4), (7, 7), (200, 3), (200, 100), (200, 198)])
def test_order_statistics_of_uniforms_have_beta_laws(n, k):
    law, beta = OrderLaw(UNIFORM, n, k), scipy.stats.beta(k, n - k + 1)
    for x in (0.001, 0.1, 0.4, 0.5, 0.9, 0.999):
        with mpmath.workdps(40):
            true = mpmath.betainc(k, n - k + 1, 0, mpmath.mpf(x), regularized=True)
            assert law.log_probability("<=", x) == pytest.approx(float(mpmath.log(true)), rel=1e-10)
            assert float(law.enclose("<", arb(x)).ball.mid()) == pytest.approx(float(true), rel=1e-14)
        assert math.exp(law.log_probability(">", x)) == pytest.approx(beta.sf(x), rel=1e-8, abs=1e-300)
    middle = (k - 0.5) / n
    for wrong in (OrderLaw(UNIFORM, n + 1, k), OrderLaw(UNIFORM, n + 1, k + 1)):
        assert not math.isclose(math.exp(wrong.log_probability(">", middle)), beta.sf(middle), rel_tol=1e-4)
    assert law.continuous
    assert law.monotone


@pytest.mark.parametrize("n", [1, 2, 10, 10**6])
@pytest.mark.parametrize("t", [-40.0, -3.0, 0.0, 1.0, 4.75, 10.0, 100.0])
def test_floats_of_extremes_agree_with_enclosures(n, t):
    for law in (MaximumLaw(NormalLaw(1), n), MinimumLaw(ChiSquareLaw(3), n), OrderLaw(NormalLaw(1), n, (n + 1) // 2)):
        for relation in ("<=", ">="):
            enclosure, other = law.enclose(relation, arb(t)), law.enclose(OPPOSITE[relation], arb(t))
            assert enclosure.upper == 0 or enclosure.relative_radius < 1e-20
            found = law.log_probability(relation, t)
            if enclosure.upper == 0:
                assert found == -math.inf
                continue
            log = float(enclosure.log()) if enclosure.upper < 0.5 else float((-other.ball).log1p())
            assert found == pytest.approx(log, rel=1e-10, abs=1e-300)


def test_far_tails_of_extremes_have_logarithms():
    one = NormalLaw(1).log_probability(">", 200.0)
    assert MaximumLaw(NormalLaw(1), 10**6).log_probability(">", 200.0) == pytest.approx(
        one + math.log(10**6), rel=1e-14
    )
    assert OrderLaw(NormalLaw(1), 100, 98).log_probability(">", 200.0) == pytest.approx(
        3 * one + math.log(math.comb(100, 3)), rel=1e-14
    )
    # P(X ≤ 200) is 1 in floats, and yet the minimum of many is above as often as all are.
    assert MinimumLaw(NormalLaw(1), 10**6).log_probability(">", 200.0) == pytest.approx(10**6 * one, rel=1e-14)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 9), st.integers(1, 9))
@settings(deadline=None, max_examples=100)
def test_a_wide_base_gives_the_hull(first, second, n, k):
    low, high = sorted((F(first), F(second)))

    class Wide(ScalarLaw):
        def enclose(self, relation: str, t: arb) -> Enclosure:
            ends = (low, high) if relation in ("<", "<=") else (1 - high, 1 - low)
            return Enclosure(*(arb(fmpq(*end.as_integer_ratio())) for end in ends))

    n, k = max(n, k), min(n, k)
    for relation, needed in (("<", k), (">=", n - k + 1)):
        found = OrderLaw(Wide(), n, k).enclose(relation, arb(0))
        ends = (low, high) if relation == "<" else (1 - high, 1 - low)
        for end, side in zip(ends, (found.lower, found.upper), strict=True):
            true = BinomialLaw(n, end).fraction(">=", F(needed))
            with workprec(500):
                assert abs(side - arb(fmpq(*true.as_integer_ratio()))) < 1e-40
        with workprec(2000):
            low_true, high_true = (BinomialLaw(n, end).fraction(">=", F(needed)) for end in ends)
            assert found.lower <= arb(fmpq(*low_true.as_integer_ratio())).upper()
            assert found.upper >= arb(fmpq(*high_true.as_integer_ratio())).lower()


def extreme_masses(parts, pick):
    found: Counter[int] = Counter()
    for values in itertools.product(*parts):
        found[pick(values)] += math.prod((masses[v] for masses, v in zip(parts, values, strict=True)), start=F(1))
    return {k: mass for k, mass in found.items() if mass}


def test_extremes_of_different_variables_are_those_of_enumeration():
    laws = (BinomialLaw(3, F(1, 3)), SignSumLaw(2), BinomialLaw(1, F(4, 5)))
    parts = [binomial_masses(3, F(1, 3)), sign_masses(2), binomial_masses(1, F(4, 5))]
    for make, pick in ((LargestLaw, max), (SmallestLaw, min)):
        law, true = make(laws), extreme_masses(parts, pick)
        assert disagreements(law, true) == []
        assert law.atoms() == sorted(true)
        assert law.support() == (min(true), max(true))
        for value, mass in true.items():
            assert law.mass(value).overlaps(arb(fmpq(mass.numerator, mass.denominator)))
        assert disagreements(make(laws[:2]), true)
        assert disagreements(make((BinomialLaw(3, F(2, 3)), *laws[1:])), true)
    assert disagreements(LargestLaw(laws), extreme_masses(parts, min))


def test_extremes_of_equal_variables_are_order_statistics():
    for base, t in ((NormalLaw(1), 3.0), (PoissonLaw(F(3)), 7.0), (GeometricLaw(F(1, 3)), 4.0), (NormalLaw(1), 60.0)):
        for relation in HOLDS:
            for several, copies in ((LargestLaw, MaximumLaw), (SmallestLaw, MinimumLaw)):
                one, other = several((base,) * 5), copies(base, 5)
                assert one.log_probability(relation, t) == pytest.approx(other.log_probability(relation, t), rel=1e-12)
                assert one.enclose(relation, arb(t)).ball.overlaps(other.enclose(relation, arb(t)).ball)
                assert one.enclose(relation, arb(t)).relative_radius < 1e-20


def test_mixtures_are_convex_combinations():
    assert disagreements(MIXED, MIXED_MASSES) == []
    assert MIXED.atoms() == sorted(MIXED_MASSES)
    assert MIXED.support() == (-4, 6)
    for k in range(-6, 8):
        mass = MIXED_MASSES.get(k, F(0))
        assert MIXED.mass(k).overlaps(arb(fmpq(mass.numerator, mass.denominator)))
    moved = {**MIXED_MASSES, -4: F(1, 6) + F(1, 10**9), 6: F(1, 2) - F(1, 10**9)}
    assert disagreements(MIXED, moved)
    normal = MixtureLaw((F(1, 4), F(3, 4)), (NormalLaw(1), NormalLaw(9)))
    for t in (-50.0, -1.0, 0.5, 4.0, 100.0):
        with mpmath.workdps(40):
            true = (mpmath.erfc(t / mpmath.sqrt(2)) + 3 * mpmath.erfc(t / mpmath.sqrt(18))) / 8
            assert normal.log_probability(">", t) == pytest.approx(float(mpmath.log(true)), rel=1e-10)
        assert normal.enclose(">", arb(t)).relative_radius < 1e-20
    assert normal.continuous
    assert not MIXED.continuous


def test_a_law_of_weight_0_takes_no_part():
    law = MixtureLaw((F(0), F(1)), (DominatedLaw(NormalLaw(1)), BinomialLaw(2)))
    assert law.fraction("<=", F(0)) == F(1, 4)
    assert law.support() == (0, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaximumLaw(UNIFORM, 0), "number of copies n must lie in"),
        (lambda: MinimumLaw(UNIFORM, 0), "number of copies n must lie in"),
        (lambda: OrderLaw(UNIFORM, 3, 4), "rank k must lie in \\[1, n\\] = \\[1, 3\\], found 4"),
        (lambda: OrderLaw(UNIFORM, 3, 0), "rank k must lie in"),
        (lambda: LargestLaw(()), "pass at least one law"),
        (lambda: SmallestLaw(()), "pass at least one law"),
        (lambda: MixtureLaw((F(1),), ()), "one weight for each law, found 1 for 0 laws"),
        (lambda: MixtureLaw((F(1, 2),), (UNIFORM,)), "must sum to 1, found the sum 1/2"),
        (lambda: MixtureLaw((F(3, 2), F(-1, 2)), (UNIFORM, UNIFORM)), "must be at least 0, found -1/2"),
    ],
)
def test_parameters_outside_their_domain_are_one_clear_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_the_base_cannot_answer_is_not_made_up():
    for law in (MaximumLaw(PoissonLaw(F(2)), 3), LargestLaw((PoissonLaw(F(2)), ConstantLaw(F(1))))):
        with pytest.raises(NotImplementedError):
            law.fraction("<=", F(1))
        with pytest.raises(NotImplementedError):
            law.atoms()
