"""A coordinate on the sphere agrees with the beta law, with closed forms and with its moments."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, integrate
from whp.theory.laws.sphere import SphereCoordinateLaw


def beta_tail(d: int, t: float) -> mpmath.mpf:
    """½ I_{1-t²}((d - 1)/2, 1/2) by mpmath, for t ≥ 0."""
    with mpmath.workdps(60):
        x = 1 - mpmath.mpf(t) ** 2
        return mpmath.betainc(mpmath.mpf(d - 1) / 2, 0.5, 0, x, regularized=True) / 2


@given(st.integers(2, 400), st.floats(0, 0.999))
@settings(deadline=None, max_examples=60)
@example(2, 0.999)
@example(5, 0.001)
@example(400, 0.9)
def test_tails_are_halves_of_a_beta_tail(d, t):
    law, cap = SphereCoordinateLaw(d), beta_tail(d, t)
    expected = float(mpmath.log(cap))
    for relation, point in ((">", t), (">=", t), ("<", -t), ("<=", -t)):
        found = law.enclose(relation, arb(point))
        assert found.relative_radius < 1e-20
        assert float(found.log()) == pytest.approx(expected, rel=1e-12)
        assert law.log_probability(relation, point) == pytest.approx(expected, rel=1e-10)
        assert (law.enclose(relation, arb(-point)).ball + found.ball).overlaps(arb(1))


def test_a_planted_error_would_be_seen():
    """One dimension more, or both caps for one, is outside the enclosure."""
    found = SphereCoordinateLaw(7).enclose(">", arb("0.25")).ball
    assert not found.overlaps(SphereCoordinateLaw(8).enclose(">", arb("0.25")).ball)
    assert float(2 * found) == pytest.approx(float(2 * beta_tail(7, 0.25)), rel=1e-14)
    assert not (2 * found).overlaps(arb(str(mpmath.nstr(beta_tail(7, 0.25), 40))))


def test_circle_and_sphere_have_closed_forms():
    for t in (0.1, 0.5, 0.95, -0.3):
        cap = (arb(t).acos() / arb.pi()).mid()
        assert float(SphereCoordinateLaw(2).enclose(">", arb(t)).ball.mid()) == pytest.approx(float(cap), rel=1e-14)
    t = Fraction(-2, 7)
    exact = SphereCoordinateLaw(3).fraction("<", t)
    assert exact == Fraction(5, 14)
    assert SphereCoordinateLaw(3).enclose_at("<", t).ball.overlaps(arb(5) / 14)


def test_one_dimension_is_a_fair_sign_with_atoms():
    law = SphereCoordinateLaw(1)
    assert not law.continuous
    assert [law.fraction(r, Fraction(1)) for r in ("<", "<=", ">", ">=")] == [Fraction(1, 2), 1, 0, Fraction(1, 2)]
    assert [law.fraction(r, Fraction(-1)) for r in ("<", "<=", ">", ">=")] == [0, Fraction(1, 2), Fraction(1, 2), 1]
    assert law.enclose_at(">=", Fraction(1)).lower == arb(1) / 2
    wide = law.enclose(">=", arb(1, 0.1))
    assert (wide.lower, wide.upper) == (0, arb(1) / 2)
    assert law.log_probability(">", 1.0) == -math.inf
    assert sum(law.mass(k) for k in law.atoms()) == 1


def test_a_million_dimensions():
    law = SphereCoordinateLaw(10**6)
    near = law.enclose_at(">", Fraction(1, 10_000))
    assert near.relative_radius < 1e-20
    far = law.enclose_at(">", Fraction(1, 10))
    assert law.log_probability(">", 0.1) == pytest.approx(float(far.log()), rel=1e-10)


@pytest.mark.parametrize("d", [3, 4, 5, 8])
@pytest.mark.parametrize("p", [0, 1, 2, 4, 6])
def test_moments_are_integrals_of_the_density(d, p):
    x = Symbol("x", real=True)
    density = SphereCoordinateLaw.density(x, Integer(d))
    found = float(integrate(density * x**p, (x, -1, 1))) if d % 2 else None
    moment = SphereCoordinateLaw.moment(Integer(p), Integer(d))
    if found is not None:
        assert float(moment) == pytest.approx(found, rel=1e-12)
    grid = [Fraction(2 * j + 1, 400) for j in range(200)]
    law = SphereCoordinateLaw(d)
    by_tails = sum(2 * p * float(t) ** (p - 1) * float(law.enclose_at(">", t)) / 200 for t in grid) if p else 1.0
    assert float(moment) == pytest.approx(0.0 if p % 2 else by_tails, rel=1e-3)
    assert SphereCoordinateLaw.moment(Integer(2), Symbol("d")) == 1 / Symbol("d")
    assert SphereCoordinateLaw.moment(Integer(4), Integer(3)) == Rational(1, 5)
