"""The sharp constant of a bound: known ones are found, on both sides."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from whp.checks.deciders import interval
from whp.checks.deciders.question import Question
from whp.checks.deciders.sharp import sharp
from whp.theory import claim, real, size
from whp.theory.language.parameters import oo


def found(text, *parameters):
    s = claim(text, parameters=parameters)
    question = Question(s, s.claims[0], s.links[0], (), 1e-9, 0)
    return sharp(question, interval.decide)


@pytest.mark.parametrize("printed", ["x**2", "x**2/2", "x**2/10"])
def test_the_exponent_of_a_normal_tail_is_one_half(printed):
    known = found(f"P(abs(Normal(0, 1)) >= x) <= exp(-{printed})", real("x", 0, oo, "left"))
    factor = {"x**2": Fraction(1, 2), "x**2/2": 1, "x**2/10": 5}[printed]
    assert known.holds == factor
    assert factor < known.fails <= factor * Fraction(101, 100)


def test_the_factor_of_a_lower_bound_of_mills_ratio():
    known = found("P(Normal(0, 1) > t) >= (1/t - 1/t**3)*exp(-t**2/2)", real("t", 0, oo))
    assert known.what == "factor"
    assert float(known.holds) <= 0.3989422804 < float(known.fails) <= 0.4


def test_a_bound_in_sizes_alone_is_compared_at_every_size_asked():
    known = found("P(Uniform(0, 1) >= 1/d) <= exp(-1/d**2)", size("d"))
    assert known.proved is None
    assert (known.what, known.sense) == ("exponent", "largest")
    assert known.fails > 0


def test_a_row_says_what_holds_and_what_fails():
    s = claim("P(abs(Normal(0, 1)) >= x) <= exp(-x**2)", parameters=[real("x", 0, oo)])
    known = found("P(abs(Normal(0, 1)) >= x) <= exp(-x**2)", real("x", 0, oo))
    words = replace(known, proved=None, cell={"x": 2}).row(s.links[0])["words"]
    assert words == "with the exponent times 0.5 it holds where it was asked, times 0.5 it fails at x = 2"
    words = known.row(s.links[0])["words"]
    assert words == (
        "constant c = 1/2 times the exponent (proved for all sizes: holds with 1/2, fails with 0.5000005 "
        "along x = s for all large s)"
    )


@pytest.mark.parametrize("text", ["P(Normal(0, 1) >= 1) <= P(Normal(0, 1) >= 0)", "E(Normal(0, 1)**2) <= 1"])
def test_other_claims_have_none(text):
    assert found(text) is None
