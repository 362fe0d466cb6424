"""One walk gives numbers and enclosures; what it does not know, it refuses."""

import mpmath
import pytest
import sympy
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from sympy import GoldenRatio, Integer, Min, Rational, Sum, Symbol, binomial, erfc, exp, log, pi, sqrt
from whp.theory import enclose, number
from whp.theory.calculus.evaluate import CertifiedFunction, enclosure
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.margin.sharp import exponent_expr, rate_expr
from whp.theory.zhang2023.symbols import d, m

_k = Symbol("k", integer=True)


@pytest.mark.parametrize(
    "expr",
    [
        exponent_expr(m, d),
        rate_expr(m / d),
        log(16 * GoldenRatio**-5) / 2,
        erfc(sqrt(m)) / pi,
        Sum(binomial(m, _k) * Rational(1, 2) ** m, (_k, 0, m - 1)),
        Min(m, d) * Rational(11, 2),
        exp(-1000 * m),
    ],
)
def test_enclosures_hold_the_value_at_fifty_digits(expr):
    cell = {"m": 12, "d": 7}
    ball = enclosure(expr, cell, 256)
    with mpmath.workdps(60):
        value = mpmath.mpf(str(sympy.N(expr.subs({m: 12, d: 7}).doit(), 60)))
    wide = arb(mpmath.nstr(value, 55)) * (1 + arb(0, arb("1e-50")))
    assert ball.ball.overlaps(wide)
    assert ball.relative_radius < 1e-50


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_number_is_the_middle_of_the_enclosure(width, dimension):
    cell = {"m": width, "d": dimension}
    found = enclosure(exponent_expr(m, d), cell)
    assert float(found.lower) <= number(exponent_expr(m, d), cell) <= float(found.upper)


def test_floats_unknown_functions_and_missing_values_are_refused():
    with pytest.raises(ValueError, match="floating-point atom"):
        enclose(m * sympy.Float(0.1), {"m": 3})
    with pytest.raises(ValueError, match="does not know zeta"):
        enclose(sympy.zeta(m), {"m": 3})
    with pytest.raises(ValueError, match="no value for the symbol d"):
        enclose(m + d, {"m": 3})
    with pytest.raises(ValueError, match="exact numbers"):
        enclose(m, {"m": 0.5})


def test_a_function_that_knows_its_balls_is_evaluated():
    class doubled(CertifiedFunction):
        @staticmethod
        def in_balls(x):
            return 2 * x

    assert enclose(1 + doubled(Integer(3))) == 7
    with pytest.raises(ValueError, match="make it a CertifiedFunction"):
        enclose(sympy.Function("tripled")(Integer(3)))


def test_every_scalar_side_of_the_ledger_can_be_enclosed():
    book = LEDGER
    for s in book.statements:
        for link in s.links:
            if link.kind != "scalar" or s.form == "definition":
                continue
            points = {k.name: v for k, v in s.points[0].items()}
            names = {x.name for x in link.lhs.free_symbols | link.rhs.free_symbols}
            cell = {**dict.fromkeys(names, 1), "m": 5, "d": 4, "n": 3, **points}
            assert enclose(link.lhs, cell).is_finite()
            assert enclose(link.rhs, cell).is_finite()
