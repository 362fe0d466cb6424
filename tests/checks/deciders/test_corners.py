"""Unnamed rate constants: cells that defeat every choice, corners that speak against all, choices that fit."""

import math
from fractions import Fraction

import numpy as np
import pytest
from sympy import Rational, exp
from whp.checks.deciders import corners
from whp.theory import RV, Event, Link, Model, P, ScalarLaw, constant, real, sizes
from whp.theory.laws.elementary import ConstantLaw

k, r, count = sizes("k r count")
c, C = constant("c"), constant("C")
t = real("t", 0)
MODEL = Model("walks", (k, r, count), "", samples=count)


class Rate(ScalarLaw):
    """-log P(X <= 0) is a number of one's own."""

    def __init__(self, rate):
        self.rate = rate

    def log_probability(self, relation, t):
        return -self.rate if relation in ("<", "<=") else math.log(-math.expm1(-self.rate))


def rv(rate):
    return RV("X", MODEL, "X", law=lambda cell: Rate(rate(float(cell["k"]), float(cell["r"]))))


def cornered(question, rate, bound, over=(), exists=(c,), **fields):
    link = Link(P(Event(rv(rate), ">", 0, *over)), ">=", 1 - bound)
    return corners.corner(question(link, exists=exists, **fields))


@pytest.mark.parametrize(
    ("rate", "bound", "name"),
    [
        (lambda k, r: min(k, r), exp(-c * k), "k -> oo at r = 4"),
        (lambda k, r: min(k, r), exp(-c * r), "r -> oo at k = 4"),
        (lambda k, r: math.sqrt(k), exp(-c * k), "k = r"),
        (lambda k, r: 0.0, exp(-c * k), "k = r"),
    ],
)
def test_a_path_along_which_too_much_is_asked_speaks_against_every_constant(question, rate, bound, name):
    # Both sizes are in the claim, so that both are sizes of the statement.
    found = cornered(question, rate, C * bound, exists=(c, C))
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert found.reason.startswith(f"trend: along the corner {name} ")


def test_a_cell_at_which_the_truth_is_the_supremum_of_the_bounds_refutes(question):
    found = cornered(question, lambda k, r: 0.0, exp(-c * k))
    assert found is None or found.verdict != "refuted"  # a law in floats eliminates nothing
    sure = RV("S", MODEL, "S", law=lambda cell: ConstantLaw(Fraction(0)))
    link = Link(P(Event(sure, "<=", 0)), "<=", exp(-c * k))
    found = corners.corner(question(link, exists=(c,)))
    assert (found.verdict, found.evidence, dict(found.cell)) == ("refuted", "certified", {"k": 1, "r": 1})
    mended = Link(P(Event(sure, "<=", 0)), "<=", C * exp(-c * k))
    assert corners.corner(question(mended, exists=(c, C))).verdict != "refuted"


@pytest.mark.parametrize(
    ("rate", "bound"),
    [
        (lambda k, r: 0.01 * k, exp(-c * k)),
        (lambda k, r: min(k, r) / 9, exp(-c * k) + exp(-C * r)),
        (lambda k, r: k * r, exp(-c * k)),
    ],
)
def test_a_rate_that_is_there_is_fitted(question, rate, bound):
    found = cornered(question, rate, bound, exists=(c, C))
    assert (found.verdict, found.evidence) == ("consistent", "trend")
    assert "fit all" in found.reason


def test_a_bound_of_at_least_one_for_all_constants_is_vacuous(question):
    found = cornered(question, lambda k, r: k, exp(c * k))
    assert (found.verdict, found.evidence) == ("vacuous", "proved")


def test_samples_are_counted_once(question):
    found = cornered(question, lambda k, r: min(k, r), count * exp(-c * k), over=(count,))
    assert found.reason.startswith("trend: along the corner")
    assert found.cell["count"] == 1


def test_an_open_real_parameter_is_asked_at_simple_values(question):
    found = cornered(question, lambda k, r: 0.0, C * exp(-c * k * t), exists=(c, C))
    assert found.reason.startswith("trend: along the corner k = r, t = 1 ")
    found = cornered(question, lambda k, r: k, C * exp(-c * k * t), exists=(c, C))
    assert found.reason.startswith("trend: along the corner t -> oo")
    found = cornered(question, lambda k, r: k, C * exp(-constant("c", of=t) * k * t), exists=(constant("c", of=t), C))
    assert found is None or found.verdict != "undetermined"  # what c may depend on stays fixed


def test_a_missing_law_and_another_claim_are_left_open(question):
    plain = RV("X", MODEL, "X")
    assert corners.corner(question(Link(P(Event(plain, ">", 0)), ">=", 1 - exp(-c * k)), exists=(c,))) is None
    assert corners.corner(question(Link(P(Event(plain, ">", 0)), "~", 1), exists=(c,))) is None


PLAIN = RV("X", MODEL, "X")
SIZES = (16, 32, 64, 128, 256)


def drawn_corner(question, drawn, chance, bound=C * exp(-c * k), sizes=SIZES, trials=2000):  # noqa: B008
    cells = [{"k": s, "r": 4} for s in sizes]
    values = [np.where(np.arange(trials) < trials * chance(s), -1.0, 1.0) for s in sizes]
    draws = drawn(*((PLAIN, cell, v) for cell, v in zip(cells, values, strict=True)))
    link = Link(P(Event(PLAIN, ">", 0)), ">=", 1 - bound)
    return corners.corner_by_draws(question(link, cells=cells, draws=draws, exists=(C, c)))


@pytest.mark.parametrize("chance", [lambda s: 0.4, lambda s: 1.0, lambda s: 0.5 + 10 / s**2])
def test_failures_that_stay_speak_against_a_rate(question, drawn, chance):
    found = drawn_corner(question, drawn, chance)
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert found.reason.startswith("trend: along the corner k -> oo at r = 4: from k = 16 to 256")


def test_failures_that_fade_do_not(question, drawn):
    assert drawn_corner(question, drawn, lambda s: 0.55 * math.exp(-0.01 * s)) is None


def test_a_bound_that_does_not_grow_asks_for_nothing(question, drawn):
    assert drawn_corner(question, drawn, lambda s: 0.4, bound=C * exp(-c)) is None


@pytest.mark.parametrize(("sizes", "trials"), [((16, 32, 64), 2000), ((16, 20, 24, 28, 32), 2000)])
def test_a_short_path_shows_nothing(question, drawn, sizes, trials):
    assert drawn_corner(question, drawn, lambda s: 0.4, sizes=sizes, trials=trials) is None


def test_a_path_is_cut_where_nothing_failed(question, drawn):
    assert drawn_corner(question, drawn, lambda s: 0.0 if s == 64 else 0.4) is None


def test_without_draws_there_is_no_corner(question):
    link = Link(P(Event(PLAIN, ">", 0)), ">=", 1 - C * exp(-c * Rational(1, 2) * k))
    assert corners.corner_by_draws(question(link, cells=[{"k": 16, "r": 4}], exists=(C, c))) is None


def fitted(question, drawn, chance, bound=C * exp(-c * k), sizes=SIZES, trials=2000):  # noqa: B008
    cells = [{"k": s, "r": 4} for s in sizes]
    values = [np.where(np.arange(trials) < trials * chance(s), -1.0, 1.0) for s in sizes]
    draws = drawn(*((PLAIN, cell, v) for cell, v in zip(cells, values, strict=True)))
    link = Link(P(Event(PLAIN, ">", 0)), ">=", 1 - bound)
    return corners.fitted_by_draws(question(link, cells=cells, draws=draws, exists=(C, c)))


def test_failures_that_fade_are_fitted_by_draws(question, drawn):
    found = fitted(question, drawn, lambda s: 0.55 * math.exp(-0.01 * s))
    assert (found.verdict, found.evidence) == ("consistent", "trend")
    assert "fit all 5 upper limits of failure frequencies drawn" in found.reason
    text = found.reason.split(" fit ")[0]
    C_, c_ = (float(Fraction(part.split(" = ")[1])) for part in text.split(", "))
    assert all(C_ * math.exp(-c_ * s) >= 0.55 * math.exp(-0.01 * s) for s in SIZES)
    assert C_ * math.exp(-c_ * SIZES[-1]) < 1


@pytest.mark.parametrize("chance", [lambda s: 0.0, lambda s: 0.9])
def test_draws_without_a_failure_or_with_little_else_show_no_rate(question, drawn, chance):
    assert fitted(question, drawn, chance) is None


@pytest.mark.parametrize(("slope", "verdict"), [(0.01, "consistent"), (0.0, "undetermined")])
def test_a_law_of_ones_own_is_fitted_where_it_has_a_rate_and_spoken_against_where_not(question, slope, verdict):
    found = cornered(question, lambda k, r: 0.7 + slope * k, C * exp(-c * k), exists=(c, C))
    assert found.verdict == verdict


def test_constants_that_fit_must_say_something(question):
    """Constants so large that the bound is at least 1 everywhere fit whatever is true."""
    found = corners.fit(
        question(Link(P(Event(PLAIN, ">", 0)), ">=", 1 - C * exp(-c * k)), exists=(C, c)).link.excluded,
        (C, c),
        [({"k": s, "r": 4}, 0.0) for s in SIZES],
        "cells asked",
    )
    assert found is None
