"""Laws with densities against SciPy, 60-digit mpmath, quadrature of their densities and closed forms."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest
import scipy.stats as st
import sympy
from flint import arb, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as hs
from sympy import Integer, Rational, Symbol, gamma, nan, oo, sqrt
from whp.theory.calculus.enclosure import Enclosure, workprec
from whp.theory.laws.beta_law import BetaLaw
from whp.theory.laws.cauchy_law import CauchyLaw
from whp.theory.laws.elementary import ChiSquareLaw, NormalLaw
from whp.theory.laws.fratio_law import FRatioLaw
from whp.theory.laws.gamma_law import ExponentialLaw, GammaLaw
from whp.theory.laws.laplace_law import LaplaceLaw
from whp.theory.laws.noncentral_law import NoncentralChiSquareLaw
from whp.theory.laws.protocol import ScalarLaw
from whp.theory.laws.student_law import StudentTLaw
from whp.theory.laws.tails import chi2_enclose
from whp.theory.laws.uniform_law import UniformLaw

F = Fraction

# SciPy's law with the parameters of ours.
SCIPY: dict[type[ScalarLaw], Any] = {
    NormalLaw: lambda v, m=0: st.norm(float(m), math.sqrt(v)),
    ChiSquareLaw: lambda k: st.chi2(float(k)),
    GammaLaw: lambda a, s: st.gamma(float(a), scale=float(s)),
    ExponentialLaw: lambda r: st.expon(scale=1 / float(r)),
    BetaLaw: lambda a, b: st.beta(float(a), float(b)),
    StudentTLaw: lambda k: st.t(float(k)),
    FRatioLaw: lambda a, b: st.f(float(a), float(b)),
    LaplaceLaw: lambda s: st.laplace(scale=float(s)),
    UniformLaw: lambda a, b: st.uniform(float(a), float(b - a)),
    CauchyLaw: lambda: st.cauchy(),
    NoncentralChiSquareLaw: lambda k, n: st.ncx2(float(k), float(n)),
}

CASES: list[tuple[type[ScalarLaw], tuple[Any, ...]]] = [
    (NormalLaw, (F(9, 4),)),
    (NormalLaw, (F(1, 3), F(7, 5))),
    (ChiSquareLaw, (3,)),
    (ChiSquareLaw, (F(22, 7),)),
    (GammaLaw, (F(1, 3), F(5))),
    (GammaLaw, (F(9, 2), F(2, 3))),
    (ExponentialLaw, (F(3, 7),)),
    (BetaLaw, (F(1, 3), F(5, 2))),
    (BetaLaw, (F(7), F(3, 4))),
    (StudentTLaw, (F(5, 2),)),
    (StudentTLaw, (F(7),)),
    (FRatioLaw, (F(3), F(7))),
    (FRatioLaw, (F(5, 2), F(9))),
    (LaplaceLaw, (F(2, 3),)),
    (UniformLaw, (F(-1, 3), F(5, 4))),
    (UniformLaw, (F(1), F(4))),
    (CauchyLaw, ()),
    (NoncentralChiSquareLaw, (F(1), F(3))),
    (NoncentralChiSquareLaw, (F(11, 3), F(5, 2))),
]
NAMES = [f"{law.__name__}{tuple(map(str, p))}" for law, p in CASES]
SHARES = [0.001, 0.2, 0.5, 0.7, 0.999]


def mpq(value: Any) -> Any:
    return mp.mpf(F(value).numerator) / F(value).denominator


def log_of(found: Enclosure, other: Enclosure) -> float:
    """The certified log of a probability, through its complement where it is near 1."""
    return math.log1p(-float(other)) if found.lower > 0.5 else float(found.log())


def holds(found: Enclosure, truth: Any) -> bool:
    """Whether an enclosure contains a number known to 50 digits."""
    with workprec(256):
        return bool(found.ball.overlaps(arb(mp.nstr(truth, 55)) * arb(1, 1e-50)))


def oracle(law: ScalarLaw, t: Fraction, upper: bool) -> Any:
    """A tail to 60 digits, from mpmath's incomplete functions with digits to spare."""
    with mp.workdps(80):
        x = mpq(t)
        if isinstance(law, NormalLaw):
            z = (x - mpq(law.mean)) / mp.sqrt(2 * mpq(law.variance))
            return mp.erfc(z if upper else -z) / 2
        if isinstance(law, GammaLaw | ChiSquareLaw | ExponentialLaw):
            if isinstance(law, GammaLaw):
                shape, scale = mpq(law.shape), mpq(law.scale)
            else:
                chi = isinstance(law, ChiSquareLaw)
                shape, scale = (mpq(law.k) / 2, mp.mpf(2)) if chi else (mp.mpf(1), 1 / mpq(law.rate))
            ends = (x / scale, mp.inf) if upper else (0, x / scale)
            return mp.gammainc(shape, *ends, regularized=True)
        if isinstance(law, BetaLaw):
            return beta_oracle(mpq(law.a), mpq(law.b), x, 1 - x, upper)
        if isinstance(law, StudentTLaw):
            k = mpq(law.k)
            half = beta_oracle(k / 2, mp.mpf(1) / 2, k / (k + x * x), x * x / (k + x * x), False) / 2
            return half if (x > 0) == upper else 1 - half
        if isinstance(law, FRatioLaw):
            a, b = mpq(law.a), mpq(law.b)
            return beta_oracle(a / 2, b / 2, a * x / (a * x + b), b / (a * x + b), upper)
        if isinstance(law, LaplaceLaw):
            half = mp.exp(-abs(x) / mpq(law.scale)) / 2
            return half if (x > 0) == upper else 1 - half
        if isinstance(law, UniformLaw):
            inside = min(max(t, law.low), law.high)
            return mpq((law.high - inside if upper else inside - law.low) / (law.high - law.low))
        if isinstance(law, CauchyLaw):
            half = mp.atan(1 / abs(x)) / mp.pi
            return half if (x > 0) == upper else 1 - half
        assert isinstance(law, NoncentralChiSquareLaw)
        mean, a, total, j = mpq(law.lam) / 2, mpq(law.k) / 2, mp.mpf(0), 0
        weight = mp.exp(-mean)
        ends = (x / 2, mp.inf) if upper else (0, x / 2)
        while True:
            term = weight * mp.gammainc(a + j, *ends, regularized=True)
            total, j = total + term, j + 1
            weight = weight * mean / j
            if j > 2 * mean and weight < total * mp.mpf(10) ** -65:
                return total


def beta_oracle(a: Any, b: Any, x: Any, y: Any, upper: bool) -> Any:
    """I_x(a, b) by its power series, which mpmath sums to any precision."""
    if upper:
        a, b, x, y = b, a, y, x
    return x**a * y**b / (a * mp.beta(a, b)) * mp.hyp2f1(a + b, 1, a + 1, x)


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_logs_agree_with_scipy(law, parameters):
    ours, theirs = law(*parameters), SCIPY[law](*parameters)
    for share in SHARES:
        t = float(theirs.ppf(share))
        for relation, found in (("<=", theirs.logcdf(t)), ("<", theirs.logcdf(t)), (">", theirs.logsf(t))):
            assert ours.log_probability(relation, t) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_enclosures_contain_sixty_digits_and_logs_agree_with_them(law, parameters):
    ours, theirs = law(*parameters), SCIPY[law](*parameters)
    for share in SHARES:
        t = F(float(theirs.ppf(share))).limit_denominator(1000)
        if oracle_outside(ours, t):
            continue
        found = {upper: ours.enclose_at(">" if upper else "<=", t) for upper in (True, False)}
        for upper, enclosure in found.items():
            assert enclosure.relative_radius < 1e-20
            assert holds(enclosure, oracle(ours, t, upper))
            log = ours.log_probability_at(">=" if upper else "<", t)
            assert log == pytest.approx(log_of(enclosure, found[not upper]), rel=1e-10)


def oracle_outside(law: ScalarLaw, t: Fraction) -> bool:
    low, high = law.support()
    return not low < t < high or t == 0


FAR: list[tuple[ScalarLaw, str, Fraction]] = [
    (NormalLaw(F(1, 3), F(7, 5)), ">", F(22)),
    (NormalLaw(2), "<", F(-52)),
    (ChiSquareLaw(5), ">", F(1400)),
    (ChiSquareLaw(F(1, 3)), ">", F(1400)),
    (ChiSquareLaw(1000), "<", F(80)),
    (GammaLaw(F(5, 3), F(2, 7)), ">", F(199)),
    (GammaLaw(F(100, 3), F(4)), "<", F(1, 10**8)),
    (ExponentialLaw(F(3, 7)), ">", F(1610)),
    (ExponentialLaw(F(3, 7)), "<", F(1, 10**300)),
    (BetaLaw(F(100, 3), F(1, 7)), "<", F(1, 10**9)),
    (BetaLaw(F(1, 7), F(100, 3)), ">", 1 - F(1, 10**9)),
    (BetaLaw(F(3000), F(2001, 2)), "<", F(1, 2)),
    (BetaLaw(F(3000), F(1, 2)), "<", F(4, 5)),
    (StudentTLaw(F(7, 2)), ">", F(10) ** 85),
    (StudentTLaw(F(400)), "<", F(-65)),
    (FRatioLaw(F(3), F(7)), "<", F(1, 10**200)),
    (FRatioLaw(F(30), F(7, 2)), ">", F(10) ** 170),
    (LaplaceLaw(F(2, 3)), ">", F(460)),
    (UniformLaw(F(1, 3), F(2)), "<", F(1, 3) + F(1, 10**300)),
    (CauchyLaw(), "<", -(F(10) ** 300)),
    (NoncentralChiSquareLaw(F(3), F(50)), ">", F(2100)),
    (NoncentralChiSquareLaw(F(7, 3), F(1, 2)), ">", F(1450)),
    (NoncentralChiSquareLaw(F(70), F(300)), "<", F(1, 10**5)),
]


@pytest.mark.parametrize(("law", "relation", "t"), FAR, ids=[f"{law} {r} {float(t):.3g}" for law, r, t in FAR])
def test_far_tails_have_all_their_digits(law, relation, t):
    truth = oracle(law, t, relation == ">")
    assert mp.mpf(10) ** -420 < truth < mp.mpf(10) ** -100
    found = law.enclose_at(relation, t)
    assert found.relative_radius < 1e-20
    assert holds(found, truth)
    assert law.log_probability_at(relation, t) == pytest.approx(float(mp.log(truth)), rel=1e-10)


FARTHER: list[tuple[ScalarLaw, str, Fraction]] = [
    (NormalLaw(1, 3), ">", F(220)),
    (ChiSquareLaw(10**6), ">", F(1_400_000)),
    (ChiSquareLaw(F(10**6, 3)), "<", F(200_000)),
    (GammaLaw(F(5, 3), F(2, 7)), ">", F(7000)),
    (GammaLaw(F(200), F(3)), "<", F(1, 10**60)),
    (BetaLaw(F(10**6), F(10**6, 3)), "<", F(2, 3)),
    (BetaLaw(F(10**6), F(1, 2)), "<", F(97, 100)),
    (BetaLaw(F(1, 2), F(10**6)), ">", F(3, 100)),
    (StudentTLaw(F(100)), ">", F(10) ** 110),
    (StudentTLaw(F(10**6)), "<", F(-250)),
    (FRatioLaw(F(10**6), F(10**5)), ">", F(2)),
    (FRatioLaw(F(100), F(10**6)), "<", F(1, 10**250)),
    (LaplaceLaw(F(2)), ">", F(50_000)),
    (NoncentralChiSquareLaw(F(10**6), F(10**5)), ">", F(1_600_000)),
    (NoncentralChiSquareLaw(F(10), F(10**5)), "<", F(20_000)),
]


@pytest.mark.parametrize(("law", "relation", "t"), FARTHER, ids=[f"{x} {r} {float(t):.3g}" for x, r, t in FARTHER])
def test_floats_and_balls_agree_at_large_sizes_down_to_ten_thousand_digits(law, relation, t):
    found = law.enclose_at(relation, t)
    assert found.relative_radius < 1e-20
    log = float(found.log())
    assert log < -8000
    assert law.log_probability_at(relation, t) == pytest.approx(log, rel=1e-10)


@given(
    hs.sampled_from([GammaLaw, BetaLaw, FRatioLaw, NoncentralChiSquareLaw, StudentTLaw]),
    hs.fractions(F(1, 100), 300, max_denominator=100),
    hs.fractions(F(1, 100), 300, max_denominator=100),
    hs.fractions(F(1, 50), 6, max_denominator=50),
)
@settings(deadline=None, max_examples=60)
@example(BetaLaw, F(300), F(1, 12), F(59, 60))
@example(BetaLaw, F(1, 12), F(300), F(1, 10**6))
@example(StudentTLaw, F(300), F(1), F(1, 10**12))
def test_enclosures_contain_the_truth_at_any_parameters(law, first, second, ratio):
    ours = law(first) if law is StudentTLaw else law(first, second)
    center = {
        GammaLaw: first * second,
        BetaLaw: first / (first + second),
        NoncentralChiSquareLaw: first + second,
    }.get(law, F(1))
    t = center * ratio
    if oracle_outside(ours, t):
        return
    found = {upper: ours.enclose_at(">" if upper else "<=", t) for upper in (True, False)}
    for upper, enclosure in found.items():
        assert holds(enclosure, oracle(ours, t, upper))
        assert enclosure.relative_radius < 1e-20
        log = ours.log_probability_at(">" if upper else "<=", t)
        assert log == pytest.approx(log_of(enclosure, found[not upper]), rel=1e-10, abs=1e-290)


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_a_raised_precision_narrows_the_enclosure(law, parameters):
    ours = law(*parameters)
    t = F(7, 10) if law is BetaLaw else F(9, 7)
    with workprec(600):
        found = ours.enclose_at(">", t)
        assert found.relative_radius < 1e-80
    assert holds(found, oracle(ours, t, True))


CLOSED: list[tuple[ScalarLaw, str, Fraction, Any]] = [
    (ChiSquareLaw(4), ">", F(6), lambda: 4 * arb(-3).exp()),
    (GammaLaw(2, F(1, 2)), ">", F(3), lambda: 7 * arb(-6).exp()),
    (ExponentialLaw(2), "<=", F(3), lambda: 1 - arb(-6).exp()),
    (BetaLaw(2, 3), "<", F(1, 3), lambda: arb(fmpq(11, 27))),
    (BetaLaw(F(1, 2), F(1, 2)), "<", F(1, 4), lambda: arb(1) / 3),
    (StudentTLaw(1), ">", F(1), lambda: arb(1) / 4),
    (StudentTLaw(2), "<", F(-1), lambda: (1 - 1 / arb(3).sqrt()) / 2),
    (FRatioLaw(2, 6), ">", F(3), lambda: arb(1) / 8),
    (FRatioLaw(1, 1), "<=", F(3), lambda: arb(2) / 3),
    (LaplaceLaw(3), "<=", F(-6), lambda: arb(-2).exp() / 2),
    (UniformLaw(F(1, 3), F(4, 3)), ">=", F(1, 2), lambda: arb(fmpq(5, 6))),
    (CauchyLaw(), ">", F(-1), lambda: arb(3) / 4),
    (NoncentralChiSquareLaw(1, 4), "<=", F(4), lambda: (arb(8)).sqrt().erf() / 2),
    (NormalLaw(2, 1), ">", F(3), lambda: arb(1).erfc() / 2),
]


@pytest.mark.parametrize(("law", "relation", "t", "truth"), CLOSED, ids=[str(c[0]) for c in CLOSED])
def test_closed_forms(law, relation, t, truth):
    with workprec(256):
        value = truth()
    assert law.enclose_at(relation, t).ball.overlaps(value)
    assert law.enclose(relation, arb(fmpq(t.numerator, t.denominator))).ball.overlaps(value)
    assert law.log_probability_at(relation, t) == pytest.approx(float(value.log()), rel=1e-12)


PLANTED: list[tuple[ScalarLaw, list[ScalarLaw], Fraction]] = [
    (NormalLaw(2, 1), [NormalLaw(4, 1), NormalLaw(2), NormalLaw(2, -1), NormalLaw(1, 2)], F(2)),
    (ChiSquareLaw(F(7, 2)), [ChiSquareLaw(F(9, 2)), ChiSquareLaw(3), ChiSquareLaw(7)], F(4)),
    (GammaLaw(2, 3), [GammaLaw(3, 2), GammaLaw(2, F(1, 3)), GammaLaw(2, 6), GammaLaw(1, 3)], F(4)),
    (ExponentialLaw(2), [ExponentialLaw(F(1, 2)), ExponentialLaw(4)], F(1)),
    (BetaLaw(2, 3), [BetaLaw(3, 2), BetaLaw(1, 3), BetaLaw(2, 4)], F(2, 5)),
    (StudentTLaw(3), [StudentTLaw(2), StudentTLaw(4), StudentTLaw(6)], F(2)),
    (FRatioLaw(3, 5), [FRatioLaw(5, 3), FRatioLaw(3, 6), FRatioLaw(2, 5)], F(2)),
    (LaplaceLaw(2), [LaplaceLaw(F(1, 2)), LaplaceLaw(4)], F(1)),
    (UniformLaw(0, 3), [UniformLaw(0, 4), UniformLaw(1, 3), UniformLaw(-3, 3)], F(1)),
    (NoncentralChiSquareLaw(3, 2), [NoncentralChiSquareLaw(3, 4), NoncentralChiSquareLaw(3, 1)], F(5)),
    (NoncentralChiSquareLaw(3, 2), [NoncentralChiSquareLaw(4, 2), NoncentralChiSquareLaw(2, 3)], F(5)),
]


@pytest.mark.parametrize(("law", "wrong", "t"), PLANTED, ids=[str(p[0]) for p in PLANTED])
def test_a_planted_error_is_seen(law, wrong, t):
    truth = oracle(law, t, True)
    assert holds(law.enclose_at(">", t), truth)
    assert not holds(law.enclose_at("<=", t), truth)
    for other in wrong:
        assert not holds(other.enclose_at(">", t), truth)
        assert other.log_probability_at(">", t) != pytest.approx(float(mp.log(truth)), rel=1e-3)


def test_points_at_and_beyond_the_ends_of_the_support():
    for law in (ChiSquareLaw(3), GammaLaw(F(1, 2)), ExponentialLaw(2), FRatioLaw(2, 3), NoncentralChiSquareLaw(2, 1)):
        for t in (F(0), F(-1)):
            assert law.enclose_at("<=", t).upper == 0
            assert law.enclose_at(">", t).lower == 1
            assert (law.log_probability("<", float(t)), law.log_probability(">", float(t))) == (-math.inf, 0.0)
    for law, low, high in ((BetaLaw(2, 3), F(0), F(1)), (UniformLaw(F(1, 3), F(5, 3)), F(1, 3), F(5, 3))):
        assert law.support() == (low, high)
        for t in (low, low - 1):
            assert law.enclose_at("<=", t).upper == 0
            assert law.log_probability_at("<=", t) == -math.inf
        for t in (high, high + 1):
            assert law.enclose_at(">=", t).upper == 0
            assert law.enclose_at("<", t).lower == 1
            assert law.log_probability_at(">", t) == -math.inf
    for law in (StudentTLaw(3), CauchyLaw(), LaplaceLaw(1), NormalLaw(5)):
        assert law.enclose(">", arb(0)).ball.overlaps(arb(1) / 2)
        assert law.enclose("<=", arb(0)).relative_radius < 1e-20
        assert law.log_probability("<", 0.0) == pytest.approx(-math.log(2))


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_an_interval_of_points_has_the_hull_of_its_ends(law, parameters):
    ours = law(*parameters)
    wide = arb(0.25, 0.75)
    for relation in ("<=", ">"):
        found = ours.enclose(relation, wide)
        ends = [ours.enclose_at(relation, t) for t in (F(-1, 2), F(1))]
        assert found.lower <= min(e.lower for e in ends) + arb(2) ** -25
        assert found.lower <= min(e.lower for e in ends)
        assert found.upper >= max(e.upper for e in ends)
        assert float(found.upper - found.lower) == pytest.approx(abs(float(ends[0]) - float(ends[1])), abs=1e-6)
    assert ours.enclose("<", arb.pos_inf()).lower == 1
    assert ours.enclose("<", arb.neg_inf()).upper == 0
    assert ours.enclose(">", arb(0, math.inf)).upper >= 1
    for t, below in ((math.inf, 0.0), (-math.inf, -math.inf)):
        assert ours.log_probability("<=", t) == below
    with pytest.raises(ValueError, match="must be a number, found nan"):
        ours.enclose("<", arb.nan())


MONOTONE: list[tuple[type[ScalarLaw], list[list[Fraction]], list[Fraction]]] = [
    (NormalLaw, [[F(1, 3), F(1), F(5)], [F(-2), F(0), F(3)]], [F(-3), F(1, 2), F(4)]),
    (ChiSquareLaw, [[F(1, 9), F(1), F(5, 2), F(40)]], [F(1, 50), F(1), F(20)]),
    (GammaLaw, [[F(1, 9), F(1), F(30)], [F(1, 9), F(2), F(7)]], [F(1, 50), F(1), F(40)]),
    (ExponentialLaw, [[F(1, 9), F(1), F(30)]], [F(1, 50), F(3)]),
    (BetaLaw, [[F(1, 9), F(1), F(30)], [F(1, 9), F(2), F(40)]], [F(1, 50), F(1, 2), F(49, 50)]),
    (StudentTLaw, [[F(1, 9), F(1), F(3), F(30), F(1000)]], [F(-8), F(-1, 9), F(1, 50), F(1), F(11, 10), F(5)]),
    (LaplaceLaw, [[F(1, 9), F(1), F(30)]], [F(-4), F(1, 50), F(3)]),
    (UniformLaw, [[F(-4), F(0), F(1)], [F(2), F(3), F(9)]], [F(-2), F(1, 2), F(5, 2), F(4)]),
    (NoncentralChiSquareLaw, [[F(1, 9), F(3), F(30)], [F(0), F(1, 9), F(2), F(70)]], [F(1, 50), F(3), F(60)]),
]


@pytest.mark.parametrize(("law", "axes", "points"), MONOTONE, ids=[m[0].__name__ for m in MONOTONE])
def test_tails_are_monotone_in_each_parameter_where_a_law_says_so(law, axes, points):
    assert law.monotone
    for axis, values in enumerate(axes):
        for others in zip(*(a[:3] for i, a in enumerate(axes) if i != axis), strict=False) if len(axes) > 1 else [()]:
            cells = [(*others[:axis], value, *others[axis:]) for value in values]
            for t in points:
                assert not turns([law(*cell).enclose_at(">", t) for cell in cells])


def test_the_tails_of_a_ratio_of_mean_squares_are_not_monotone():
    assert not FRatioLaw.monotone
    assert turns([FRatioLaw(a, 1000).enclose_at(">", F(21, 20)) for a in (1, 100, 10**5)])


def turns(tails: list[Enclosure]) -> bool:
    """Whether a sequence certainly rises somewhere and certainly falls somewhere."""
    pairs = list(itertools.pairwise(tails))
    return any(a.upper < b.lower for a, b in pairs) and any(a.lower > b.upper for a, b in pairs)


def integral(law: type[ScalarLaw], parameters: tuple[Any, ...], factor: Any) -> Any:
    """∫ factor(x) density(x) dx over the support; from a finite end in x = low + u²⁰, without a singularity."""
    x = Symbol("x")
    density = sympy.lambdify(x, law.density(x, *(Rational(p.numerator, p.denominator) for p in parameters)), "mpmath")
    low, high = law(*parameters).support()
    with mp.workdps(20):
        inner = [t for t in (-20, -3, -1, 0, F(1, 2), 1, 3, 20) if low < t < high]
        ends = [(mp.inf if end > 0 else -mp.inf) if isinstance(end, float) else mpq(end) for end in (low, high)]
        if ends[0] == -mp.inf:
            return mp.quad(lambda t: factor(t) * density(t), [ends[0], *map(mpq, inner), ends[1]])
        places = [(t - ends[0]) ** (mp.mpf(1) / 20) for t in (ends[0], *map(mpq, inner), ends[1])]
        return mp.quad(lambda u: factor(ends[0] + u**20) * density(ends[0] + u**20) * 20 * u**19, places)


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_densities_integrate_to_one_and_are_derivatives_of_the_law(law, parameters):
    assert integral(law, parameters, lambda t: 1) == pytest.approx(1, abs=1e-9)
    ours, t, step = law(*parameters), F(4, 5) if law is BetaLaw else F(6, 5), F(1, 10**12)
    change = ours.enclose_at("<", t + step).ball - ours.enclose_at("<", t - step).ball
    density = law.density(
        Rational(t.numerator, t.denominator), *(Rational(p.numerator, p.denominator) for p in parameters)
    )
    assert float(change) * 10**12 / 2 == pytest.approx(float(density.evalf(20)), rel=1e-9)


POSITIVE = (ChiSquareLaw, GammaLaw, ExponentialLaw, BetaLaw, FRatioLaw, NoncentralChiSquareLaw)


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_moments_are_integrals_against_the_density(law, parameters):
    exact = [Rational(p.numerator, p.denominator) for p in parameters]
    powers = [Integer(p) for p in (1, 2, 3)]
    if law in POSITIVE or parameters == (1, 4):
        powers += [Rational(1, 2), Rational(7, 3), Rational(-1, 4)]
    for power in powers:
        found = law.moment(power, *exact)
        if found not in (oo, nan):
            truth = integral(law, parameters, lambda t, p=power: t ** mpq(F(int(p.p), int(p.q))))
            assert float(found.evalf(20)) == pytest.approx(float(truth), rel=1e-7, abs=1e-9)
        else:
            assert law in (StudentTLaw, CauchyLaw, FRatioLaw)


@pytest.mark.parametrize(("law", "parameters"), CASES, ids=NAMES)
def test_generating_functions_are_integrals_against_the_density(law, parameters):
    exact = [Rational(p.numerator, p.denominator) for p in parameters]
    s = Symbol("s")
    if law in (StudentTLaw, CauchyLaw, FRatioLaw):
        with pytest.raises(NotImplementedError, match="generating function"):
            law.log_mgf(s, *exact)
        return
    log_mgf, low, high = law.log_mgf(s, *exact)
    assert low < 0 < high
    for at in (Rational(-2, 3) if low < -1 else low / 2, high / 2 if high.is_finite else Rational(3, 4)):
        truth = integral(law, parameters, lambda t, r=at: mp.exp(mpq(F(int(r.p), int(r.q))) * t))
        assert float(log_mgf.subs(s, at).evalf(20)) == pytest.approx(float(mp.log(truth)), rel=1e-8)


def test_generating_functions_end_where_they_are_infinite():
    k, a, r = (Symbol(name, positive=True) for name in "kar")
    assert ChiSquareLaw.log_mgf(Symbol("s"), k)[1:] == (-oo, Rational(1, 2))
    assert GammaLaw.log_mgf(Symbol("s"), k, a)[1:] == (-oo, 1 / a)
    assert ExponentialLaw.log_mgf(Symbol("s"), r)[1:] == (-oo, r)
    assert LaplaceLaw.log_mgf(Symbol("s"), r)[1:] == (-1 / r, 1 / r)
    assert NoncentralChiSquareLaw.log_mgf(Symbol("s"), k, a)[1:] == (-oo, Rational(1, 2))
    assert UniformLaw.log_mgf(Integer(0), Integer(1), Integer(2))[0] == 0


def test_symbolic_moments():
    k, n = Symbol("k", positive=True), Symbol("n", integer=True, positive=True)
    half = Rational(1, 2)
    assert ChiSquareLaw.moment(half, k) == sqrt(2) * gamma(k / 2 + half) / gamma(k / 2)
    assert ChiSquareLaw.moment(Integer(1), k) == k
    assert sympy.expand(ChiSquareLaw.moment(Integer(2), n) - n**2 - 2 * n) == 0
    assert sympy.simplify(BetaLaw.moment(Integer(1), k, n) - k / (k + n)) == 0
    assert GammaLaw.moment(Integer(1), k, n) == k * n
    assert ExponentialLaw.moment(Integer(3), k) == 6 / k**3
    assert LaplaceLaw.moment(Integer(2), k) == 2 * k**2
    assert sympy.expand(NormalLaw.moment(Integer(4), k, n) - (n**4 + 6 * n**2 * k + 3 * k**2)) == 0
    mean, second = (NoncentralChiSquareLaw.moment(Integer(p), k, n) for p in (1, 2))
    assert sympy.expand(second - mean**2 - 2 * k - 4 * n) == 0
    low, high = Symbol("a"), Symbol("b")
    mean, second = (UniformLaw.moment(Integer(p), low, high) for p in (1, 2))
    assert sympy.expand(second - mean**2 - (high - low) ** 2 / 12) == 0


def test_moments_that_are_infinite_or_do_not_exist_or_are_not_decided():
    one = Integer(1)
    assert [StudentTLaw.moment(Integer(p), Integer(2)) for p in (0, 1, 2, 3, 4)] == [1, 0, oo, nan, oo]
    assert [CauchyLaw.moment(Integer(p)) for p in (0, 1, 2, 3)] == [1, nan, oo, nan]
    assert FRatioLaw.moment(one, Integer(3), Integer(2)) == oo
    assert ChiSquareLaw.moment(Integer(-1), Integer(2)) == oo
    assert ChiSquareLaw.moment(Integer(-1), Integer(3)) == 1
    assert GammaLaw.moment(Integer(-2), Integer(2), one) == oo
    assert ExponentialLaw.moment(Integer(-1), one) == oo
    assert NoncentralChiSquareLaw.moment(Integer(-1), Integer(2), one) == oo
    assert [NormalLaw.moment(Integer(p), one, one) for p in (-1, -2)] == [nan, oo]
    assert [UniformLaw.moment(Integer(p), -one, one) for p in (-1, -2)] == [nan, oo]
    assert UniformLaw.moment(Integer(-1), Integer(0), one) == oo
    n = Symbol("n", integer=True, positive=True)
    for undecided in (
        lambda: StudentTLaw.moment(Integer(2), n),
        lambda: FRatioLaw.moment(one, n, n),
        lambda: ChiSquareLaw.moment(Integer(-1), n),
    ):
        with pytest.raises(NotImplementedError, match="is positive is not decided"):
            undecided()
    for law, parameters in ((NormalLaw, (one, one)), (CauchyLaw, ()), (LaplaceLaw, (one,)), (StudentTLaw, (one,))):
        with pytest.raises(NotImplementedError, match="both signs"):
            law.moment(Rational(1, 2), *parameters)


def test_parameters_outside_their_range_are_one_clear_error():
    for build, message in (
        (lambda: GammaLaw(-1, 1), "the shape of a gamma variable must be positive, found -1"),
        (lambda: GammaLaw(1, 0), "the scale of a gamma variable must be positive, found 0"),
        (lambda: ExponentialLaw(0), "the rate of an exponential variable must be positive, found 0"),
        (lambda: BetaLaw(0, 1), "the first parameter of a beta variable must be positive, found 0"),
        (lambda: BetaLaw(1, F(-1, 2)), "the second parameter of a beta variable must be positive, found -1/2"),
        (lambda: StudentTLaw(0), "the degrees of freedom of a Student variable must be positive, found 0"),
        (lambda: FRatioLaw(0, 1), "the degrees of freedom a of an F ratio must be positive, found 0"),
        (lambda: FRatioLaw(1, -2), "the degrees of freedom b of an F ratio must be positive, found -2"),
        (lambda: LaplaceLaw(0), "the scale of a Laplace variable must be positive, found 0"),
        (lambda: UniformLaw(1, 1), "the ends of a uniform law must be in increasing order, found 1 and 1"),
        (lambda: NormalLaw(0), "the variance of a normal variable must be positive, found 0"),
        (lambda: ChiSquareLaw(F(-1, 2)), "degrees of freedom k must be positive, found -1/2"),
        (lambda: NoncentralChiSquareLaw(0, 1), "noncentral chi-square variable must be positive, found 0"),
        (
            lambda: NoncentralChiSquareLaw(1, -1),
            "the noncentrality of a chi-square variable must be at least 0, found -1",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            build()


def test_a_normal_law_takes_balls_and_keeps_rationals_exact():
    with workprec(192):
        ball = arb(2).sqrt()
    found = NormalLaw(ball, ball).enclose(">", arb(3))
    with workprec(256):
        truth = ((3 - arb(2).sqrt()) / (2 * arb(2).sqrt()).sqrt()).erfc() / 2
    assert found.ball.overlaps(truth)
    assert found.relative_radius < 1e-20
    assert NormalLaw(F(1, 3), F(1, 7)) == NormalLaw(F(2, 6), F(1, 7))
    assert NormalLaw(F(1, 3)).enclose_at(">", F(1, 7)).relative_radius < 1e-20
    # At a large mean a float point still has its distance to it.
    assert NormalLaw(1, 10**9).log_probability(">", 1e9 + 30) == pytest.approx(st.norm.logsf(30), rel=1e-12)


def test_a_noncentral_law_without_noncentrality_is_central():
    for t in (F(1, 9), F(3), F(40)):
        for relation in ("<", ">"):
            central = chi2_enclose(5, t, upper=relation == ">")
            ours = NoncentralChiSquareLaw(5, 0)
            assert ours.enclose_at(relation, t).ball.overlaps(central.ball)
            assert ours.log_probability_at(relation, t) == pytest.approx(float(central.log()), rel=1e-10)


def test_a_noncentral_tail_of_too_many_terms_is_bounded():
    law = NoncentralChiSquareLaw(1, 10**4)
    t = F(10) ** 22
    found, other = law.enclose_at(">", t), law.enclose_at("<=", t)
    # P(|Z + 100| > 10^11), bounded by Chernoff within a polynomial factor of the truth.
    root = F(10**11 - 100)
    truth = NormalLaw(1).enclose_at(">", root)
    assert found.lower == 0
    assert found.upper > truth.upper
    assert float(arb(found.upper).log() / truth.ball.log()) == pytest.approx(1, rel=1e-10)
    assert other.upper == 1
    assert other.lower > 1 - arb(2) ** -50
    with pytest.raises(NotImplementedError, match="values of the mixing variable"):
        law.log_probability(">", 1e22)
