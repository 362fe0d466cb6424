"""Inequalities between random variables are proved on given events, and squares are nonnegative."""

import pytest
from sympy import Min, Rational, exp
from whp.checks.deciders import elimination
from whp.theory import RV, Event, Form, Link, Model, Tensor, real, size
from whp.theory.proofs.referee_claims import rejection

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
    assert rejection(found.proof) is None
    assert found.proof["claim"]["domain"] == {"norm_a": ["1/2", "oo", ""], "norm_b": ["1/2", "oo", ""]}


def test_events_about_several_squares_bound_one_after_the_other(question):
    given = (Event(first, ">", Rational(1, 8)), Event(first + second, "<", 2))
    found = decided(question, second / first, "<", 15, given=given).outcomes[0]
    assert (found.verdict, found.evidence, found.remark) == ("holds", "proved", "where norm_a is 0 a side has no value")
    assert decided(question, second / first, "<", 14, given=given) is None
    assert decided(question, second / first, "<", 15, given=given[:1]) is None
    assert decided(question, second / first, "<", 15, given=(Event(first, "<", 8), given[1])) is None


def test_what_divides_by_a_square_is_claimed_where_that_is_not_zero(question):
    given = (Event(first, ">=", second / 16),)
    found = decided(question, first / second, ">=", Rational(1, 16), given=given).outcomes[0]
    assert (found.evidence, found.remark) == ("proved", "where norm_b is 0 a side has no value")
    assert decided(question, first / second, ">", Rational(1, 16), given=given) is None
    assert decided(question, first, ">=", second / 15, given=given) is None


def test_a_minimum_with_exponentials_is_proved_by_both_of_its_arguments(question):
    c = real("c", 0)
    given = (Event(first, ">", HALF), Event(second, "<", 1))
    least = Min(first / second, (first / second) ** 2)
    assert decided(question, exp(-c * least), "<", exp(-c / 4), given=given).outcomes[0].evidence == "proved"
    assert decided(question, exp(-c * least), "<", exp(-c / 2), given=given) is None


def test_events_that_exclude_one_another_or_are_not_affine_prove_nothing(question):
    apart = (Event(first, ">", 2), Event(first, "<", 1))
    assert decided(question, second, "<", 1, given=apart) is None
    assert decided(question, second, "<", 1, given=(Event(first * second, "<", 1),)) is None


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
