"""Equality in law: covariances, conditional normals, quadratic forms, counts, and the two-sample test that is left."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer, Rational
from whp.checks import Engine
from whp.checks.deciders import law
from whp.theory import RV, Form, Law, Link, Model, Tensor, size
from whp.theory.language.heads import Binomial, ChiSquare, Normal
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment
from whp.theory.proofs.referee_identities import rejection

k = size("k")
MODEL = Model(
    "normals and coins",
    (k,),
    "",
    (
        Tensor("g", (k,), gaussian_moment(Integer(1)), variance=Integer(1)),
        Tensor("h", (k,), gaussian_moment(Integer(4)), variance=Integer(4)),
        Tensor("v", (k,)),
        Tensor("Q", (k, k)),
        Tensor("b", (k,), bernoulli_moment(Rational(1, 3))),
    ),
)


def rv(name, text, **options):
    return RV(name, MODEL, name, Form.parse(text, **options))


g, h = rv("g", "g_i", free="i"), rv("h", "h_i", free="i")
doubled, v = rv("doubled", "g_i", free="i", coefficient=2), rv("v", "v_i", free="i")
inner, norm_v2 = rv("inner", "v_i g_i"), rv("norm_v2", "v_i v_i")
squares, projected = rv("squares", "g_i g_i"), rv("projected", "g_i Q_ij g_j")
heads = rv("heads", "b_i")


def _instance(cell, rng):
    n = cell["k"]
    found = {x: np.array([int(i) for i in rng.integers(1, 99, n)], dtype=object) for x in "ghvb"}
    # The projection onto a random line.
    line = found["v"]
    return {**found, "Q": np.outer(line, line) * Fraction(1, int(line.dot(line)))}


ENGINES = {MODEL: Engine(lambda *_: None, {}, instance=_instance, instances=({"k": 2}, {"k": 3}))}


def decided(question, left, right, given=(), **more):
    found = law.decide(question(Link(Law(left), "=_d", right, given=given, **more), engines=ENGINES))
    return None if found is None else found.outcomes[0]


def test_gaussian_vectors_agree_exactly_where_their_covariances_do(question):
    found = decided(question, doubled, Law(h))
    assert (found.verdict, found.evidence, dict(found.cell)) == ("holds", "proved", {})
    assert rejection(found.proof) is None
    # Of Q nothing is declared; on every instance it is a projection.
    found = decided(question, rv("Qg", "Q_ij g_j", free="i"), Law(rv("QQg", "Q_ij Q_jk g_k", free="i")))
    assert (found.verdict, found.evidence, dict(found.cell)) == ("holds", "certified", {"k": 3})
    broken = decided(question, g, Law(h))
    assert (broken.verdict, dict(broken.cell)) == ("refuted", {"k": 2})


def test_a_scope_keeps_agreement_from_being_a_verdict_and_not_a_difference(question):
    assert decided(question, doubled, Law(h), scope="all of R^k").verdict == "undetermined"
    assert decided(question, g, Law(h), scope="all of R^k").verdict == "refuted"


def test_a_side_that_is_not_linear_in_the_gaussians_is_left_open(question):
    assert decided(question, squares, Law(inner)) is None


def test_a_form_linear_in_a_gaussian_is_normal_given_the_rest(question):
    found = decided(question, inner, Normal(0, norm_v2), given=(v,))
    assert (found.verdict, found.evidence) == ("holds", "certified")
    assert "linear in the Gaussian g" in found.reason
    assert decided(question, inner, Normal(0, 2 * norm_v2), given=(v,)).verdict == "refuted"
    assert decided(question, inner, Normal(1, norm_v2), given=(v,)).verdict == "refuted"


def test_a_projection_of_a_gaussian_is_chi_square_of_its_rank(question):
    assert decided(question, squares, ChiSquare(1, k)).verdict == "holds"
    assert decided(question, projected, ChiSquare(1, 1)).verdict == "holds"
    wrong = decided(question, projected, ChiSquare(1, k))
    assert (wrong.verdict, wrong.value, wrong.bound) == ("refuted", "mean 1", "mean 2")
    # The mean alone would not tell: twice half as many.
    assert decided(question, squares, ChiSquare(k, 1)).verdict == "refuted"


def test_entries_that_are_their_own_square_are_counted_by_a_binomial(question):
    found = decided(question, heads, Binomial(k, Rational(1, 3)))
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert decided(question, heads, Binomial(k, Rational(1, 2))).verdict == "refuted"
    assert decided(question, rv("sum", "g_i"), Binomial(k, Rational(1, 2))) is None


def test_fixed_tensors_are_those_of_given_variables_made_of_one():
    assert law.fixed_tensors((v, inner)) == {"v"}


LEFT, RIGHT = (RV(name, Model(name, (k,), ""), name) for name in ("left", "right"))


def by_draws(question, drawn, x, *others):
    asked = question(
        Link(Law(LEFT), "=_d", Law(RIGHT)), draws=drawn((LEFT, {"k": 2}, x), *((RIGHT, {"k": 2}, y) for y in others))
    )
    return law.by_draws(asked, {"k": 2})


@pytest.mark.parametrize(
    ("count", "shift", "verdict"), [(5000, 0.0, "consistent"), (5000, 1.0, "refuted"), (100, 0.0, "undetermined")]
)
def test_two_samples_are_compared_and_few_decide_nothing(question, drawn, count, shift, verdict):
    rng = np.random.default_rng(0)
    found = by_draws(question, drawn, rng.standard_normal(count), rng.standard_normal(count) + shift)
    assert found.verdict == verdict
    if verdict == "undetermined":
        assert "draws on each side would see a distance of 0.2" in found.reason
    else:
        assert found.evidence == "sampled"


def test_a_side_without_draws_is_left_open(question, drawn):
    assert by_draws(question, drawn, np.zeros(10)) is None
