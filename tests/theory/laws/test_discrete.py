"""Laws on the integers against enumeration in exact fractions, SciPy and mpmath; planted errors are seen."""

from __future__ import annotations

import itertools
import math
import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import scipy.stats
import sympy
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from whp.theory.calculus.enclosure import workprec
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ConstantLaw
from whp.theory.laws.geometric_law import GeometricLaw
from whp.theory.laws.hypergeometric_law import HypergeometricLaw
from whp.theory.laws.irwin_hall_law import IrwinHallLaw
from whp.theory.laws.lattice_law import LatticeLaw
from whp.theory.laws.lattice_sum_law import LatticeSumLaw
from whp.theory.laws.mixture_law import MixtureLaw
from whp.theory.laws.negative_binomial_law import NegativeBinomialLaw
from whp.theory.laws.poisson_law import PoissonLaw
from whp.theory.laws.protocol import ScalarLaw
from whp.theory.laws.sign_sum_law import SignSumLaw

F = Fraction
HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
Masses = Mapping[int, Fraction]

# Standard deviations from the mean.
FAR = (-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100, 300)


def named(case: Any) -> str:
    return repr(case) if isinstance(case, ScalarLaw) else ""


def binomial_masses(n: int, p: Fraction) -> Masses:
    """Over all sequences of successes and failures."""
    found: Counter[int] = Counter()
    for trials in itertools.product((0, 1), repeat=n):
        found[sum(trials)] += math.prod((p if success else 1 - p for success in trials), start=F(1))
    return found


def sign_masses(n: int) -> Masses:
    found: Counter[int] = Counter()
    for signs in itertools.product((-1, 1), repeat=n):
        found[sum(signs)] += F(1, 2**n)
    return found


def hypergeometric_masses(population: int, marked: int, drawn: int) -> Masses:
    """Over all subsets that may be drawn."""
    subsets = list(itertools.combinations(range(population), drawn))
    found: Counter[int] = Counter()
    for subset in subsets:
        found[sum(thing < marked for thing in subset)] += F(1, len(subsets))
    return found


def geometric_masses(p: Fraction, most: int = 30) -> Masses:
    """Its first values: what lies beyond has the rest."""
    return {k: (1 - p) ** (k - 1) * p for k in range(1, most)}


def negative_binomial_masses(r: int, p: Fraction, most: int = 12) -> Masses:
    """A sum of r waiting times for one success, less the successes."""
    waits = {0: F(1)}
    for _ in range(r):
        longer: Counter[int] = Counter()
        for k, mass in waits.items():
            for j in range(most - k):
                longer[k + j] += mass * p * (1 - p) ** j
        waits = longer
    return waits


def disagreements(law: ScalarLaw, masses: Masses) -> list[tuple[Any, ...]]:
    """Events below the largest value at which the law does not answer as these masses: exactly, in balls, in floats."""
    found = []
    top = max(masses)
    points = [point for k in sorted(masses) for point in (k - F(1, 2), F(k), k + F(1, 3)) if point < top]
    points.append(F(min(masses) - 1))
    for t, relation in itertools.product(points, HOLDS):
        # The complement of what lies below: for a law cut off at its largest value the rest lies above.
        below = sum((mass for k, mass in masses.items() if HOLDS["<" if relation in ("<", ">=") else "<="](k, t)), F(0))
        true = below if relation in ("<", "<=") else 1 - below
        exact, enclosure = law.fraction(relation, t), law.enclose_at(relation, t)
        ball = arb(fmpq(true.numerator, true.denominator))
        held = enclosure.ball.overlaps(ball) and enclosure.relative_radius < 1e-20
        near = log_error(law.log_probability_at(relation, t), true) < 1e-10
        if exact != true or not held or not near:
            found.append((relation, t, exact, true))
    return found


def log_error(log_probability: float, true: Fraction) -> float:
    """Error of a log probability, relative to itself."""
    with mpmath.workdps(200):
        if true == 0:
            return 0.0 if log_probability == -math.inf else math.inf
        log = mpmath.log(mpmath.mpf(true.numerator) / true.denominator)
        return float(abs(log_probability - log) / abs(log)) if log else abs(log_probability)


SMALL: list[tuple[LatticeLaw, Masses]] = [
    *((BinomialLaw(n, p), binomial_masses(n, p)) for n in (0, 1, 2, 5) for p in (F(0), F(1, 3), F(1, 2), F(1))),
    *((SignSumLaw(n), sign_masses(n)) for n in (0, 1, 2, 5, 6)),
    *(
        (HypergeometricLaw(*numbers), hypergeometric_masses(*numbers))
        for numbers in ((0, 0, 0), (1, 1, 0), (5, 0, 3), (5, 5, 3), (7, 3, 7), (8, 3, 4), (8, 6, 5), (9, 2, 6))
    ),
    *((GeometricLaw(p), geometric_masses(p)) for p in (F(1, 5), F(2, 3), F(99, 100))),
    *(
        (NegativeBinomialLaw(r, p), negative_binomial_masses(r, p))
        for r, p in ((1, F(1, 3)), (2, F(1, 2)), (3, F(6, 7)), (5, F(1, 9)))
    ),
]


@pytest.mark.parametrize(("law", "masses"), SMALL, ids=named)
def test_tails_are_those_of_enumeration(law, masses):
    assert disagreements(law, masses) == []


@pytest.mark.parametrize(("law", "masses"), SMALL, ids=named)
def test_atoms_and_masses_are_those_of_enumeration(law, masses):
    for k, mass in masses.items():
        if k < max(masses) or isinstance(law, (BinomialLaw, SignSumLaw, HypergeometricLaw)):
            assert law.mass(k).overlaps(arb(fmpq(mass.numerator, mass.denominator)))
    assert law.mass(min(masses) - 1) == 0
    low, high = law.support()
    assert low == min(k for k, mass in masses.items() if mass)
    if isinstance(law, (BinomialLaw, SignSumLaw, HypergeometricLaw)):
        assert high == max(k for k, mass in masses.items() if mass)
        assert {k for k, mass in masses.items() if mass} <= set(law.atoms())
        assert sum((law.mass(k) for k in law.atoms()), arb(0)).overlaps(arb(1))


@pytest.mark.parametrize(
    ("law", "masses"),
    [
        (BinomialLaw(6, F(1, 3)), binomial_masses(5, F(1, 3))),
        (BinomialLaw(5, F(2, 3)), binomial_masses(5, F(1, 3))),
        (SignSumLaw(4), sign_masses(6)),
        (HypergeometricLaw(8, 4, 4), hypergeometric_masses(8, 3, 4)),
        (HypergeometricLaw(9, 3, 4), hypergeometric_masses(8, 3, 4)),
        (HypergeometricLaw(8, 3, 5), hypergeometric_masses(8, 3, 4)),
        (GeometricLaw(F(1, 5)), {k - 1: mass for k, mass in geometric_masses(F(1, 5)).items()}),
        (NegativeBinomialLaw(3, F(1, 2)), negative_binomial_masses(2, F(1, 2))),
        (NegativeBinomialLaw(2, F(1, 2)), {k + 2: mass for k, mass in negative_binomial_masses(2, F(1, 2)).items()}),
    ],
    ids=repr,
)
def test_a_wrong_parameter_or_one_atom_is_seen(law, masses):
    assert disagreements(law, masses)


class WeakForStrict(LatticeLaw):
    """A binomial law that takes every event for its closure."""

    def __init__(self, base: BinomialLaw) -> None:
        self.base = base

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        return self.base.fraction(relation[0] + "=", t)

    def at_most(self, k: int) -> Any:
        return self.base.at_most(k)

    def above(self, k: int) -> Any:
        return self.base.above(k)


def test_a_strict_relation_taken_for_a_weak_one_is_seen():
    found = disagreements(WeakForStrict(BinomialLaw(5, F(1, 3))), binomial_masses(5, F(1, 3)))
    assert {relation for relation, *_ in found} == {"<", ">"}
    assert all(t.denominator == 1 for _, t, *_ in found)


def test_one_atom_moved_is_seen():
    masses = dict(binomial_masses(5, F(1, 3)))
    masses[2], masses[3] = masses[2] + F(1, 10**12), masses[3] - F(1, 10**12)
    assert disagreements(BinomialLaw(5, F(1, 3)), masses)


def far_points(law: LatticeLaw, mean: float, deviation: float) -> Iterator[int]:
    low, high = law.support()
    for steps in FAR:
        k = int(mean + steps * deviation)
        if low <= k < high:
            yield k


def binomial_case(n: int, p: Fraction) -> tuple[LatticeLaw, float, float]:
    return BinomialLaw(n, p), float(n * p), math.sqrt(n * p * (1 - p))


def poisson_case(mean: Fraction) -> tuple[LatticeLaw, float, float]:
    return PoissonLaw(mean), float(mean), math.sqrt(mean)


def negative_binomial_case(r: Fraction, p: Fraction) -> tuple[LatticeLaw, float, float]:
    return NegativeBinomialLaw(r, p), float(r * (1 - p) / p), math.sqrt(r * (1 - p)) / p


def hypergeometric_case(population: int, marked: int, drawn: int) -> tuple[LatticeLaw, float, float]:
    share = marked / population
    deviation = math.sqrt(drawn * share * (1 - share) * (population - drawn) / (population - 1))
    return HypergeometricLaw(population, marked, drawn), drawn * share, deviation


LARGE = [
    *(binomial_case(n, p) for n in (1, 30, 10**3, 10**6) for p in (F(1, 2), F(1, 7), F(1, 10**5), F(999, 1000))),
    *(poisson_case(mean) for mean in (F(1, 1000), F(7, 2), F(999), F(1001), F(10**6))),
    *(
        negative_binomial_case(r, p)
        for r in (F(1, 3), F(1), F(7, 2), F(100), F(10**6))
        for p in (F(1, 2), F(1, 10**6), F(99, 100))
    ),
    *(negative_binomial_case(F(2 * 10**4 + 1, 2), p) for p in (F(1, 1000), F(1, 20), F(1, 2))),
    *(
        hypergeometric_case(*numbers)
        for numbers in (
            (50, 20, 10),
            (1000, 400, 30),
            (10**6, 5 * 10**5, 10**5),
            (10**6, 1000, 10**5),
            (10**6, 10, 999_990),
            (10**6, 500_000, 500_000),
        )
    ),
]


@pytest.mark.parametrize(("law", "mean", "deviation"), LARGE, ids=named)
def test_floats_agree_with_enclosures_at_all_sizes(law, mean, deviation):
    for k in far_points(law, mean, deviation):
        enclosures = law.at_most(k), law.above(k)
        assert all(enclosure.relative_radius < 1e-20 for enclosure in enclosures)
        assert (enclosures[0].ball + enclosures[1].ball).overlaps(arb(1))
        for found, enclosure, other in (
            (law.log_at_most(k), *enclosures),
            (law.log_above(k), *reversed(enclosures)),
        ):
            # Near 1 a logarithm is known by the other tail.
            log = float(enclosure.log()) if enclosure.upper < 0.5 else float((-other.ball).log1p())
            assert found == pytest.approx(log, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize(
    ("law", "term", "first"),
    [
        (PoissonLaw(F(7, 2)), lambda k: mpmath.exp(-3.5) * mpmath.mpf("3.5") ** k / mpmath.factorial(k), 0),
        (
            NegativeBinomialLaw(F(7, 2), F(1, 4)),
            lambda k: mpmath.rf(mpmath.mpf("3.5"), k) / mpmath.factorial(k) / 128 * mpmath.mpf("0.75") ** k,
            0,
        ),
        (
            NegativeBinomialLaw(F(1, 4), F(1, 16)),
            lambda k: (
                mpmath.rf(mpmath.mpf("0.25"), k)
                / mpmath.factorial(k)
                * mpmath.mpf(2) ** -1
                * mpmath.mpf(15) ** k
                / 16**k
            ),
            0,
        ),
        (GeometricLaw(F(1, 4)), lambda k: mpmath.mpf("0.25") * mpmath.mpf("0.75") ** (k - 1), 1),
    ],
    ids=["Poisson", "negative binomial", "heavy negative binomial", "geometric"],
)
def test_infinite_laws_are_sums_of_their_terms(law, term, first):
    with mpmath.workdps(50):
        below = mpmath.mpf(0)
        for k in range(first, 60):
            below += term(k)
            assert law.mass(k).overlaps(_near(term(k)))
            assert law.at_most(k).ball.overlaps(_near(below))
            assert law.above(k).ball.overlaps(_near(1 - below))
        assert not law.at_most(first).ball.overlaps(_near(below))


def _near(value: Any) -> arb:
    """A value of mpmath with 40 digits of it."""
    with workprec(256):
        return arb(mpmath.nstr(value, 48)) * (1 + arb(0, 1e-40)) + arb(0, 1e-40)


@pytest.mark.parametrize(
    ("law", "reference"),
    [
        (BinomialLaw(40, F(1, 8)), scipy.stats.binom(40, 0.125)),
        (PoissonLaw(F(25, 2)), scipy.stats.poisson(12.5)),
        (GeometricLaw(F(1, 8)), scipy.stats.geom(0.125)),
        (NegativeBinomialLaw(F(5, 2), F(1, 8)), scipy.stats.nbinom(2.5, 0.125)),
        (HypergeometricLaw(60, 25, 18), scipy.stats.hypergeom(60, 25, 18)),
    ],
    ids=named,
)
def test_tails_agree_with_scipy(law, reference):
    for k in range(0, 45):
        assert law.log_probability("<=", float(k)) == pytest.approx(reference.logcdf(k), rel=1e-8, abs=1e-9)
        if (law.support()[1]) > k:
            assert law.log_probability(">", float(k)) == pytest.approx(reference.logsf(k), rel=1e-8, abs=1e-9)
        assert float(law.mass(k).mid()) == pytest.approx(reference.pmf(k), rel=1e-8, abs=1e-300)


def test_far_tails_have_logarithms():
    assert GeometricLaw(F(1, 2)).log_above(10**6) == pytest.approx(-(10**6) * math.log(2), rel=1e-14)
    assert GeometricLaw(F(1, 10**400)).log_at_most(1) == pytest.approx(-400 * math.log(10), rel=1e-14)
    assert BinomialLaw(10, F(1, 10**400)).log_above(0) == pytest.approx(math.log(10) - 400 * math.log(10), rel=1e-14)
    assert PoissonLaw(F(1, 10**400)).log_above(0) == pytest.approx(-400 * math.log(10), rel=1e-14)
    exact = HypergeometricLaw(20_000, 10_000, 10_000).fraction(">=", F(10_000))
    assert exact == F(1, math.comb(20_000, 10_000))
    assert log_error(HypergeometricLaw(20_000, 10_000, 10_000).log_above(9_999), exact) < 1e-10


@pytest.mark.parametrize(
    ("law", "k"),
    [
        (BinomialLaw(120, F(4839, 4840)), 34),
        (BinomialLaw(117, F(1174, 1175)), 11),
        (NegativeBinomialLaw(4, F(126, 127)), 147),
        (NegativeBinomialLaw(37, F(7788, 7789)), 83),
    ],
    ids=named,
)
def test_a_probability_within_the_least_floats_of_1_has_its_logarithm(law, k):
    for relation in ("<=", ">"):
        true = law.fraction(relation, F(k))
        found = law.log_probability(relation, float(k))
        with mpmath.workdps(400):
            log = mpmath.log(mpmath.mpf(true.numerator) / true.denominator)
            assert abs(found - log) <= 1e-10 * abs(log) + 1e-320
            assert found < 0


@given(st.fractions(-3, 9, max_denominator=4), st.fractions(0, 2, max_denominator=8), st.sampled_from(list(HOLDS)))
@settings(deadline=None, max_examples=100)
def test_the_enclosure_over_an_interval_holds_its_points(middle, radius, relation):
    law = BinomialLaw(6, F(1, 3))
    ball = arb(fmpq(middle.numerator, middle.denominator)) + arb(0, float(radius))
    wide = law.enclose(relation, ball)
    for point in (middle - radius, middle, middle + radius):
        narrow = law.enclose_at(relation, point)
        assert wide.lower <= narrow.upper
        assert narrow.lower <= wide.upper


def test_unknown_and_infinite_thresholds():
    law = PoissonLaw(F(2))
    unknown = law.enclose("<", arb("nan"))
    assert unknown.lower == 0
    assert unknown.upper == 1
    everything = law.enclose(">=", arb("0 +/- inf"))
    assert everything.lower == 0
    assert everything.upper == 1
    assert law.log_probability("<", math.inf) == 0.0
    assert law.enclose(">", -(arb(10**9).exp() ** -1)).lower == 1
    assert law.enclose(">", arb(-(10**9)).exp()).upper < 1
    with pytest.raises(NotImplementedError, match="binary digits"):
        law.enclose(">", arb(10**9).exp())


MOMENTS: list[tuple[ScalarLaw, tuple[Any, ...], Masses]] = [
    (BinomialLaw(5, F(1, 3)), (5, F(1, 3)), binomial_masses(5, F(1, 3))),
    (SignSumLaw(5), (5,), sign_masses(5)),
    (HypergeometricLaw(8, 3, 4), (8, 3, 4), hypergeometric_masses(8, 3, 4)),
    (HypergeometricLaw(3, 3, 2), (3, 3, 2), hypergeometric_masses(3, 3, 2)),
    (GeometricLaw(F(2, 3)), (F(2, 3),), geometric_masses(F(2, 3), 200)),
    (NegativeBinomialLaw(2, F(2, 3)), (2, F(2, 3)), {k: (k + 1) * F(4, 9) * F(1, 3) ** k for k in range(200)}),
]


@pytest.mark.parametrize(
    ("law", "numbers", "masses"), MOMENTS, ids=lambda case: repr(case) if isinstance(case, LatticeLaw) else ""
)
def test_moments_generating_functions_and_densities_are_sums_over_the_masses(law, numbers, masses):
    parameters = [sympy.Rational(x.numerator, x.denominator) for x in map(F, numbers)]
    for power in range(7):
        true = sum((mass * k**power for k, mass in masses.items()), F(0))
        found = law.moment(sympy.Integer(power), *parameters)
        assert found.is_Rational
        assert abs(F(int(found.p), int(found.q)) / true - 1 if true else found) < F(1, 10**60)
    s = sympy.Symbol("s")
    expr, low, high = law.log_mgf(s, *parameters)
    assert low < 0 < high
    for point in (-2.5, -0.1, 0.3, 0.8):
        if low < point < high:
            true = math.log(sum(float(mass) * math.exp(point * k) for k, mass in masses.items()))
            assert float(expr.subs(s, point)) == pytest.approx(true, rel=1e-9)
    for k, mass in list(masses.items())[:20]:
        assert law.density(sympy.Integer(k), *parameters) == sympy.Rational(mass.numerator, mass.denominator)


def test_moments_of_symbols_become_those_of_numbers():
    n, p, r, mean = sympy.symbols("n p r mean", positive=True)
    assert sympy.expand(BinomialLaw.moment(2, n, p) - (n * p * (1 - p) + n**2 * p**2)) == 0
    assert sympy.expand(SignSumLaw.moment(4, n) - (3 * n**2 - 2 * n)) == 0
    assert sympy.expand(PoissonLaw.moment(3, mean) - (mean**3 + 3 * mean**2 + mean)) == 0
    assert sympy.simplify(GeometricLaw.moment(2, p) - (2 - p) / p**2) == 0
    assert sympy.simplify(NegativeBinomialLaw.moment(1, r, p) - r * (1 - p) / p) == 0
    assert (
        sympy.simplify(
            NegativeBinomialLaw.moment(2, r, p) - NegativeBinomialLaw.moment(1, r, p) ** 2 - r * (1 - p) / p**2
        )
        == 0
    )
    population, marked, drawn = sympy.symbols("N K n", positive=True)
    assert HypergeometricLaw.moment(1, population, marked, drawn) == marked * drawn / population
    for law, parameters in ((BinomialLaw, (n, p)), (PoissonLaw, (mean,)), (NegativeBinomialLaw, (r, p))):
        with pytest.raises(NotImplementedError, match="whole orders"):
            law.moment(sympy.Rational(1, 2), *parameters)
    with pytest.raises(NotImplementedError, match="for numbers only"):
        HypergeometricLaw.log_mgf(sympy.Symbol("s"), population, marked, drawn)


@pytest.mark.parametrize("k", [0, 1, 4, 9])
def test_tails_are_monotone_in_the_parameters(k):
    chances = [F(j, 20) for j in range(1, 21)]
    for make in (
        lambda p: BinomialLaw(9, p),
        lambda p: GeometricLaw(p),
        lambda p: NegativeBinomialLaw(3, p),
        lambda p: NegativeBinomialLaw(F(2, 3), p),
        lambda p: NegativeBinomialLaw(10 * p, F(1, 3)),
        lambda p: PoissonLaw(10 * p),
    ):
        laws = [make(p) for p in chances]
        assert all(law.monotone for law in laws)
        tails = [law.log_above(k) for law in laws]
        assert tails in (sorted(tails), sorted(tails, reverse=True))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BinomialLaw(3, F(3, 2)), "success probability p must lie in \\[0, 1\\], found 3/2"),
        (lambda: SignSumLaw(-1), "number of signs n must lie in"),
        (lambda: PoissonLaw(F(-1)), "must be at least 0, found -1"),
        (lambda: GeometricLaw(F(0)), "success probability p must lie in \\(0, 1\\], found 0"),
        (lambda: NegativeBinomialLaw(F(0), F(1, 2)), "number of successes r must be positive, found 0"),
        (lambda: NegativeBinomialLaw(F(1), F(2)), "success probability p must lie in \\(0, 1\\], found 2"),
        (lambda: HypergeometricLaw(5, 6, 1), "marked must lie in \\[0, population\\] = \\[0, 5\\], found 6"),
        (lambda: HypergeometricLaw(5, 1, 6), "drawn must lie in \\[0, population\\] = \\[0, 5\\], found 6"),
        (lambda: LatticeSumLaw(BinomialLaw(1), -1), "number of copies n must lie in"),
        (lambda: IrwinHallLaw(0), "number of uniform variables n must lie in"),
    ],
)
def test_parameters_outside_their_domain_are_one_clear_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def sum_masses(masses: Masses, n: int) -> Masses:
    """Over all outcomes of n copies."""
    found: Counter[int] = Counter()
    for values in itertools.product(masses, repeat=n):
        found[sum(values)] += math.prod((masses[k] for k in values), start=F(1))
    return found


MIXED = MixtureLaw((F(1, 6), F(1, 3), F(1, 2)), (ConstantLaw(F(-4)), SignSumLaw(2), ConstantLaw(F(6))))
MIXED_MASSES = {-4: F(1, 6), -2: F(1, 12), 0: F(1, 6), 2: F(1, 12), 6: F(1, 2)}


@pytest.mark.parametrize("n", [0, 1, 2, 4])
@pytest.mark.parametrize(
    ("base", "masses"),
    [
        (BinomialLaw(2, F(1, 3)), binomial_masses(2, F(1, 3))),
        (SignSumLaw(1), sign_masses(1)),
        (HypergeometricLaw(6, 3, 2), hypergeometric_masses(6, 3, 2)),
        (BinomialLaw(3, F(1)), binomial_masses(3, F(1))),
        (MIXED, MIXED_MASSES),
    ],
    ids=["binomial", "sign", "hypergeometric", "constant", "mixture"],
)
def test_lattice_sums_are_exact(base, masses, n):
    law, true = LatticeSumLaw(base, n), sum_masses(masses, n)
    assert disagreements(law, true) == []
    assert law.atoms() == sorted(k for k, mass in true.items() if mass)
    assert law.support() == (law.atoms()[0], law.atoms()[-1])
    for k in range(-20, 30):
        mass = true.get(k, F(0))
        assert law.mass(k).overlaps(arb(fmpq(mass.numerator, mass.denominator)))
    if n and len(law.atoms()) > 1:
        assert disagreements(LatticeSumLaw(base, n + 1), true)


def test_a_sum_of_trials_is_binomial():
    law, true = LatticeSumLaw(BinomialLaw(1, F(1, 3)), 400), BinomialLaw(400, F(1, 3))
    for k in (0, 10, 133, 300, 399, 400):
        assert law.fraction("<=", F(k)) == true.fraction("<=", F(k))
        assert law.log_above(k) == pytest.approx(true.log_above(k), rel=1e-12)
        assert law.log_at_most(k) == pytest.approx(true.log_at_most(k), rel=1e-12)


def test_a_sum_that_is_too_long_names_the_limit():
    with pytest.raises(NotImplementedError, match="400000000 bits"):
        LatticeSumLaw(BinomialLaw(6, F(1, 7)), 10**5).at_most(3)
    with pytest.raises(NotImplementedError):
        LatticeSumLaw(PoissonLaw(F(1)), 2).at_most(3)


def eulerian(n: int) -> list[int]:
    """Permutations of n by their number of descents."""
    row = [1]
    for m in range(2, n + 1):
        row = [(k + 1) * (row[k] if k < len(row) else 0) + (m - k) * (row[k - 1] if k else 0) for k in range(m)]
    return row


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_sums_of_uniforms_between_integers_count_descents(n):
    law, counts = IrwinHallLaw(n), eulerian(n)
    for k in range(n):
        assert law.fraction("<=", F(k + 1)) - law.fraction("<", F(k)) == F(counts[k], math.factorial(n))
    assert law.fraction("<=", F(1, 2)) == F(1, 2**n * math.factorial(n))


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
@pytest.mark.parametrize("share", [F(1, 50), F(1, 7), F(1, 2), F(4, 7), F(99, 100), F(-1), F(2)])
def test_sums_of_uniforms_agree_with_their_fractions(n, share):
    law, x = IrwinHallLaw(n), share * n
    for relation in HOLDS:
        true = law.fraction(relation, x)
        assert law.enclose_at(relation, x).ball.overlaps(arb(fmpq(true.numerator, true.denominator)))
        assert law.enclose_at(relation, x).relative_radius < 1e-20
        assert log_error(law.log_probability_at(relation, x), true) < 1e-10
        assert law.fraction(relation, x) == law.fraction({"<": ">", ">": "<"}[relation[0]] + relation[1:], n - x)
    assert math.exp(law.log_probability("<=", float(x))) == pytest.approx(
        scipy.stats.irwinhall(n).cdf(float(x)), abs=1e-8
    )


def test_sums_of_uniforms_at_large_sizes_and_over_intervals():
    law = IrwinHallLaw(1000)
    found = law.log_probability(">=", 700.0)
    # The exponent of large deviations and its prefactor, right up to O(1/n).
    s = mpmath.findroot(lambda s: mpmath.exp(s) / mpmath.expm1(s) - 1 / s - 0.7, 2.5)
    rate = s * 0.7 - mpmath.log(mpmath.expm1(s) / s)
    spread = 1 / s**2 - mpmath.exp(s) / mpmath.expm1(s) ** 2
    sharp = -1000 * rate - mpmath.log(s * mpmath.sqrt(2 * mpmath.pi * 1000 * spread))
    assert found == pytest.approx(float(sharp), abs=1e-2)
    wide = IrwinHallLaw(5).enclose("<=", arb(2) + arb(0, 0.25))
    for t in (F(7, 4), F(2), F(9, 4)):
        narrow = IrwinHallLaw(5).enclose_at("<=", t)
        assert wide.lower <= narrow.lower
        assert narrow.upper <= wide.upper
    with pytest.raises(NotImplementedError, match="up to 2000"):
        IrwinHallLaw(2001)


def test_moments_and_density_of_sums_of_uniforms():
    n, x = sympy.symbols("n x", positive=True)
    assert IrwinHallLaw.moment(1, n) == n / 2
    assert sympy.expand(IrwinHallLaw.moment(2, n) - n / 12 - n**2 / 4) == 0
    density = IrwinHallLaw.density(x, sympy.Integer(3))
    pieces = [density.subs(x, k + x).rewrite(sympy.Piecewise) for k in range(3)]
    for power in range(5):
        weighted = [_on_unit(piece, x) * (k + x) ** power for k, piece in enumerate(pieces)]
        total = sum(sympy.integrate(piece, (x, 0, 1)) for piece in weighted)
        assert total == IrwinHallLaw.moment(power, sympy.Integer(3))
    s = sympy.Symbol("s")
    expr, *_ = IrwinHallLaw.log_mgf(s, n)
    assert sympy.simplify(sympy.limit(sympy.diff(expr, s), s, 0) - n / 2) == 0


def _on_unit(expr: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    """An expression in steps at integers as the polynomial it is on (0, 1), through its values."""
    nodes = [sympy.Rational(j, 8) for j in range(1, 6)]
    return sympy.interpolate([(node, expr.subs(x, node)) for node in nodes], x)
