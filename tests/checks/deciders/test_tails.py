"""Tails of events by the laws of their variables, in balls and in floats."""

import math

import pytest
from flint import arb
from sympy import Abs, Rational, exp
from whp.checks.deciders import tails
from whp.theory import RV, Enclosure, Event, Joint, Link, Model, P, ScalarLaw, sizes
from whp.theory.laws.elementary import ChiSquareLaw, NormalLaw

k, count = sizes("k count")
MODEL = Model("laws", (k, count), "", samples=count)


class Ends(ScalarLaw):
    """Knows that P lies in [1/8, 1/4], and after a closer look that it is 1/5."""

    def enclose(self, relation, t):
        return Enclosure(arb(1) / 8, arb(1) / 4)

    def tighter(self):
        return Fifth()


class Fifth(ScalarLaw):
    def enclose(self, relation, t):
        return Enclosure.of(arb(1) / 5)


normal, ends, square = (
    RV(name, MODEL, name, law=law)
    for name, law in (
        ("normal", lambda cell: NormalLaw(arb(cell["k"]))),
        ("ends", lambda cell: Ends()),
        ("square", lambda cell: ChiSquareLaw(2)),
    )
)
plain = RV("plain", MODEL, "X")
CELL = {"k": 1, "count": 3}


def test_a_law_is_asked_at_the_cell():
    near, far = (tails.event_tail(Event(normal, ">", 1), {"k": v}) for v in (1, 9))
    assert float(near) == pytest.approx(0.158655, abs=1e-6)
    assert float(far) == pytest.approx(0.369441, abs=1e-6)


def test_an_absolute_value_has_both_tails_in_balls_and_in_floats():
    event = Event(Abs(normal), ">=", 1)
    assert float(tails.event_tail(event, CELL)) == pytest.approx(2 * 0.158655, abs=1e-6)
    assert tails.event_log(event, CELL) == pytest.approx(math.log(2 * 0.1586552539), abs=1e-8)
    assert tails.event_log(Event(Abs(normal), ">", -1), CELL) == 0.0
    assert tails.event_tail(Event(Abs(normal), ">", -1), CELL).lower == 1


def test_the_bulk_of_an_absolute_value_is_what_the_tails_leave():
    event = Event(Abs(normal), "<", 1)
    assert float(tails.event_tail(event, CELL)) == pytest.approx(0.682689, abs=1e-6)
    assert tails.event_log(event, CELL) == pytest.approx(math.log(0.6826894921), abs=1e-8)


@pytest.mark.parametrize("ask", [tails.event_tail, tails.event_log])
def test_a_variable_without_a_law_is_not_answered(ask):
    with pytest.raises(NotImplementedError, match="no exact law"):
        ask(Event(plain, "<", 1), CELL)


def test_what_is_no_law_is_named():
    wrong = RV("wrong", MODEL, "X", law=lambda cell: 3)
    with pytest.raises(TypeError, match=r"the law of wrong is a int; a subclass of whp\.theory\.ScalarLaw is needed"):
        tails.law_at(wrong, CELL)


def test_a_closer_look_is_taken_when_asked_for():
    event = Event(ends, ">", 0)
    assert tails.event_tail(event, CELL).relative_radius > 0.3
    assert float(tails.event_tail(event, CELL, tight=True)) == pytest.approx(0.2)
    with pytest.raises(NotImplementedError):
        tails.event_tail(Event(normal, ">", 0), CELL, tight=True)


def test_what_is_excluded_is_at_most_the_sum_over_events_and_samples(question):
    both = Joint(Event(square, "<=", 4, count), Event(normal, "<=", 2))
    asked = question(Link(P(both), ">=", 0))
    assert float(tails.most_likely(asked, CELL).upper) == pytest.approx(3 * math.exp(-2) + 0.0227501, rel=1e-5)
    assert tails.least_log(asked.link.excluded, CELL) == pytest.approx(-2)
    assert tails.most_likely(question(Link(P(Event(plain, ">", 0)), ">=", 0)), CELL) is None


def test_a_law_without_floats_bounds_from_below_by_its_end(question):
    link = Link(P(Event(ends, ">", 0)), "<=", 1)
    assert tails.least_log(link.excluded, CELL) == pytest.approx(math.log(1 / 8))


@pytest.mark.parametrize(
    ("bound", "may"), [(exp(-2) * 2, False), (exp(-2) / 2, True), (1, False), (-1, True), (exp(-2), True)]
)
def test_a_float_tells_where_a_law_cannot_refute(question, bound, may):
    assert tails.may_refute(question(Link(P(Event(square, ">", 4)), "<=", bound)), CELL) is may


def test_without_a_law_anything_may_refute(question):
    assert tails.may_refute(question(Link(P(Event(plain, ">", 0)), "<=", Rational(1, 2))), CELL)
    assert tails.may_refute(question(Link(P(Event(plain, ">", 0)), "=", Rational(1, 2))), CELL)
