"""Moments are computed symbolically; the relation is then a scalar one."""

from sympy import Rational
from whp.checks.deciders import moment
from whp.theory import RV, E, Form, Link, Model, Tensor, Var, size
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment

k = size("k")
COINS = Model(
    "weighted coins",
    (k,),
    "k independent coins with normal weights",
    (Tensor("b", (k,), bernoulli_moment(Rational(1, 3))), Tensor("w", (k,), gaussian_moment(1 / k))),
)
heads = RV("heads", COINS, "H", Form.parse("b_i"))
weight = RV("weight", COINS, "W", Form.parse("b_i w_i w_i"))
nameless = RV("nameless", COINS, "N")


def test_a_mean_is_computed_and_proved(question):
    found = moment.decide(question(Link(E(heads), "=", k / 3))).outcomes[0]
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "computed symbolically is k/3" in found.reason


def test_a_wrong_mean_is_refuted_at_the_smallest_size_with_both_values(question):
    found = moment.decide(question(Link(E(heads), "=", k / 2))).outcomes[0]
    assert (found.verdict, dict(found.cell), found.value, found.bound) == ("refuted", {"k": 1}, "1/3", "1/2")
    assert "claimed k/2" in found.reason


def test_a_variance_is_computed_and_bounded(question):
    # E b w² = 1/(3k), E b w⁴ = 1/k²: Var = k (1/k² - 1/(9k²)).
    right, low = (moment.decide(question(Link(Var(weight), "<=", c / k))).outcomes[0] for c in (1, Rational(7, 9)))
    assert (right.verdict, right.evidence) == ("holds", "proved")
    assert (low.verdict, low.value, low.bound) == ("refuted", "8/9", "7/9")


def test_moments_on_both_sides_are_computed(question):
    assert moment.decide(question(Link(E(weight), "=", E(heads) / k))).outcomes[0].evidence == "proved"
    assert moment.decide(question(Link(E(weight), "=", E(heads)))).outcomes[0].verdict == "refuted"


def test_without_an_index_form_nothing_is_said(question):
    assert moment.decide(question(Link(E(nameless), "=", k))) is None
