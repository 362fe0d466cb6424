"""Inequalities between random variables are proved on given events, and squares are nonnegative."""

import pytest
from sympy import Rational
from whp.checks.deciders import elimination
from whp.theory import RV, Event, Form, Link, Model, Tensor, size

k = size("k")
VECTORS = Model("vectors", (k,), "", (Tensor("a", (k,)), Tensor("b", (k,))))
first, second = (RV(f"norm_{x}", VECTORS, x, Form.parse(f"{x}_i {x}_i")) for x in "ab")
inner = RV("inner", VECTORS, "ab", Form.parse("a_i b_i"))
HALF = Rational(1, 2)
BOTH_LARGE = (Event(first, ">", HALF), Event(second, ">", HALF))


def decided(question, *link, given=()):
    return elimination.decide(question(Link(*link, given=given)))


def test_what_follows_from_the_given_events_is_proved(question):
    found = decided(question, first * second, ">", Rational(1, 4), given=BOTH_LARGE).outcomes[0]
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert found.reason.startswith("proved from the given events")


@pytest.mark.parametrize(
    ("bound", "given"), [(Rational(1, 3), BOTH_LARGE), (Rational(1, 4), BOTH_LARGE[:1]), (Rational(1, 4), ())]
)
def test_what_does_not_follow_is_left_open(question, bound, given):
    assert decided(question, first * second, ">", bound, given=given) is None


def test_a_strict_claim_needs_a_strict_event(question):
    closed = tuple(Event(e.value, ">=", e.bound) for e in BOTH_LARGE)
    assert decided(question, first * second, ">", Rational(1, 4), given=closed) is None
    assert decided(question, first * second, ">=", Rational(1, 4), given=closed) is not None


def test_sums_of_squares_are_nonnegative_without_any_event(question):
    assert decided(question, first + second, ">=", first).outcomes[0].evidence == "proved"
    assert decided(question, first, ">=", first + second) is None
    assert decided(question, first + second, ">", first) is None


def test_what_is_no_square_has_no_sign(question):
    assert decided(question, first + inner, ">=", first) is None


def test_an_equality_is_another_deciders(question):
    assert decided(question, first, "=", first, given=BOTH_LARGE) is None
