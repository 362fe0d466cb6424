"""Given an event: the worst outcome decides, and the average is told where it says otherwise."""

import math
from fractions import Fraction

import pytest
from flint import arb
from sympy import Rational, exp, log
from whp.checks.deciders import conditional
from whp.theory import RV, Enclosure, Event, Link, Model, P, ScalarLaw, size

k = size("k")
MODEL = Model("two stages", (k,), "")


class Die(ScalarLaw):
    """A fair die."""

    def atoms(self):
        return range(1, 7)

    def mass(self, k):
        return arb(1) / 6


class Exponential(ScalarLaw):
    """Of the given rate."""

    def __init__(self, rate):
        self.rate = rate

    def support(self):
        return Fraction(0), math.inf

    def enclose(self, relation, t):
        beyond = (-self.rate * t).exp() if t > 0 else arb(1)
        return Enclosure.of(beyond if relation in (">", ">=") else 1 - beyond)


class Second(ScalarLaw):
    """The second stage: exponential, of rate one over what is given."""

    def monotone_given(self, variable):
        return True

    def given(self, variable, value):
        if variable.name not in ("die", "length"):
            raise NotImplementedError("no law given that")
        return Exponential(1 / arb(value))


die = RV("die", MODEL, "K", law=lambda cell: Die())
length = RV("length", MODEL, "L", law=lambda cell: Exponential(arb(1)))
waiting = RV("waiting", MODEL, "T", law=lambda cell: Second())
plain = RV("plain", MODEL, "X")
CELL = {"k": 6}


def decided(question, bound, given, event=None, relation="<="):
    return conditional.at_cell(question(Link(P(event or Event(waiting, ">", k)), relation, bound, given=given)), CELL)


def test_the_worst_of_finitely_many_outcomes_decides(question):
    # P(T > 6 | K) = e^{-6/K}: e^-1 at K = 6, e^-2 at K = 3.
    assert decided(question, exp(-2) * 2, (Event(die, "<=", 3),)).verdict == "holds"
    found = decided(question, exp(-2) * Rational(9, 10), (Event(die, "<=", 3),))
    assert (found.verdict, found.evidence) == ("refuted", "certified")
    assert decided(question, exp(-2) * 2, (Event(die, "<=", 6),)).verdict == "refuted"


def test_the_average_is_told_where_it_says_otherwise(question):
    # The mean of e^{-6/K} over K = 1, 2, 3 is (e^-6 + e^-3 + e^-2)/3 = 0.0625.
    found = decided(question, Rational(1, 10), (Event(die, "<=", 3),))
    assert found.verdict == "refuted"
    assert found.reading.startswith("for every outcome of the given event; averaged over it: holds, [6.25337e-2")
    agreed = decided(question, Rational(1, 20), (Event(die, "<=", 3),))
    assert (agreed.verdict, agreed.reading) == ("refuted", "for every outcome of the given event")


def test_an_interval_has_its_worst_outcome_at_its_edge(question):
    # Given L <= 1 the worst is e^-6.
    assert decided(question, exp(-6) * Rational(11, 10), (Event(length, "<=", 1),)).verdict == "holds"
    found = decided(question, exp(-6) * Rational(9, 10), (Event(length, "<=", 1),))
    assert found.verdict == "refuted"
    assert "averaged over it: holds" in found.reading


class Bathtub(Second):
    """Best in the middle, and nobody vouches that an extreme outcome is the worst."""

    def monotone_given(self, variable):
        return False

    def given(self, variable, value):
        return Exponential(1 + (arb(value) - 3) ** 2 / 10 if value != 3 else arb(1) / 100)


bathtub = RV("bathtub", MODEL, "B", law=lambda cell: Bathtub())


def test_the_worst_outcome_of_a_law_that_is_not_monotone_may_lie_inside(question):
    found = decided(question, Rational(1, 2), (Event(die, "<=", 6),), Event(bathtub, ">", k))
    assert (found.verdict, float(found.value_float)) == ("refuted", pytest.approx(-0.06))
    assert decided(question, Rational(1, 2), (Event(length, "<=", 1),), Event(bathtub, ">", k)) is None


class Backwards(ScalarLaw):
    """Minus an exponential variable: its outcomes are negative."""

    def support(self):
        return -math.inf, Fraction(0)

    def enclose(self, relation, t):
        beyond = t.exp() if t < 0 else arb(1)
        return Enclosure.of(beyond if relation in ("<", "<=") else 1 - beyond)


class Spread(Second):
    def given(self, variable, value):
        return Exponential(1 / abs(arb(value)))


minus = RV("minus", MODEL, "M", law=lambda cell: Backwards())
spread = RV("spread", MODEL, "D", law=lambda cell: Spread())


def test_a_negative_edge_and_one_beyond_the_support_are_not_taken_for_the_worst(question):
    # Given M <= -1 the tails have no end: the worst is not at the edge.
    assert decided(question, exp(-3), (Event(minus, "<=", -1),), Event(spread, ">", k)) is None
    # Given M >= -2 the worst is there.
    assert decided(question, exp(-3) * 2, (Event(minus, ">=", -2),), Event(spread, ">", k)).verdict == "holds"
    assert decided(question, exp(-3) / 2, (Event(minus, ">=", -2),), Event(spread, ">", k)).verdict == "refuted"
    assert decided(question, exp(-3), (Event(minus, "<=", 4),), Event(spread, ">", k)) is None


def test_an_outcome_at_an_edge_in_disguise_is_not_left_out(question):
    disguised = (Event(die, "<=", 3 * log(4) / log(16) * 2),)
    assert decided(question, exp(-2) * Rational(9, 10), disguised).verdict == "refuted"


def test_where_outcomes_get_worse_inside_nothing_is_said(question):
    assert decided(question, Rational(1, 2), (Event(length, ">=", 1),)) is None


def test_a_bound_of_one_or_an_empty_event_says_nothing(question):
    assert decided(question, 1, (Event(die, "<=", 3),)).reason == "the bound is at least 1"
    empty = decided(question, exp(-2), (Event(die, "<=", 0),))
    assert (empty.verdict, empty.reason) == ("vacuous", "the given event is empty")


def test_the_worst_outcome_is_offered_to_others(question):
    asked = question(Link(P(Event(waiting, ">", k)), "<=", 1, given=(Event(die, "<=", 3),)))
    assert float(conditional.worst_outcome(asked, CELL)) == pytest.approx(0.1353353, rel=1e-6)
    bare = question(Link(P(Event(waiting, ">", k)), "<=", 1))
    assert conditional.worst_outcome(bare, CELL) is None


def test_what_has_no_law_or_two_conditions_is_left_open(question):
    assert decided(question, exp(-2), (Event(plain, "<=", 3),)) is None
    assert decided(question, exp(-2), (Event(die, "<=", 3),), Event(plain, ">", k)) is None
    assert decided(question, exp(-2), (Event(die, "<=", 3), Event(length, "<=", 1))) is None
    # The die says nothing of the die given the waiting time.
    assert decided(question, exp(-2), (Event(die, "<=", 3),), Event(length, ">", k)) is None


def test_a_lower_bound_is_one_on_the_complement(question):
    # P(T <= 6 | K) >= 1 - e^-2 for K <= 3.
    assert decided(question, 1 - exp(-2) * 2, (Event(die, "<=", 3),), Event(waiting, "<=", k), ">=").verdict == "holds"
    assert decided(question, 1 - exp(-3), (Event(die, "<=", 3),), Event(waiting, "<=", k), ">=").verdict == "refuted"
