"""`claim`: the relation it says, its domain, and random variables that keep their identity."""

from __future__ import annotations

import pickle

import pytest
from sympy import Eq, exp, oo, sqrt
from whp.theory import (
    Binomial,
    ChiSquare,
    E,
    Normal,
    P,
    Poisson,
    Rational,
    Source,
    claim,
    constant,
    gaussian_matrix,
    gaussian_vector,
    iid,
    real,
    size,
)
from whp.theory.language.variables import Random, Space

d, n = size("d"), size("n")
t = real("t", 0, oo)


def test_a_claim_carries_its_domain_source_and_hypotheses():
    X = ChiSquare(d)
    found = claim(P(abs(X / d - 1) >= t) <= 2 * exp(-(t**2) * d / 4), where=[t < 1], source="notes, p. 3")
    assert found.parameters == (d, t)
    assert found.source == Source("notes", "p. 3")
    assert found.applies({"d": 4, "t": 2}) == ["t < 1 fails: 2 < 1 is false"]
    assert found.applies({"d": 4, "t": Rational(1, 2)}) == []


def test_unnamed_constants_are_found_wherever_they_stand():
    C, c = constant("C"), constant("c")
    found = claim(P(Binomial(n, Rational(1, 2)) >= C * n) <= exp(-c * n))
    assert found.claims[0].exists == (C, c)


def test_what_sympy_decides_is_an_error_that_suggests_the_text():
    X = Normal(0, 1)
    with pytest.raises(ValueError, match="as text"):
        claim(X >= X)
    with pytest.raises(ValueError, match="as text"):
        claim(True)
    with pytest.raises(ValueError, match="as text"):
        P(X**2 >= 0)
    assert claim("P(Normal(0, 1)**2 >= 0) = 1").links[0].relation == "="


def test_floats_are_short_decimals_or_an_error():
    X = Normal(0, 1)
    assert str(claim(P(X >= 0.5) <= 0.55).links[0]) == "P(Normal(0, 1) >= 1/2) <= 11/20"
    with pytest.raises(ValueError, match="Rational"):
        claim(P(X >= 1 / 3) <= 1)
    with pytest.raises(ValueError, match="Rational"):
        Binomial(3, 1 / 3)


def test_what_is_no_relation_is_said():
    with pytest.raises(TypeError, match="a claim is a relation"):
        claim(P(Normal(0, 1) >= 1))
    with pytest.raises(ValueError, match="given=B"):
        claim(P(Normal(0, 1) >= 1) <= 1, where=[Normal(0, 1) >= 0])


def test_variables_live_in_one_space_of_their_statement():
    X, Y = Normal(0, 1), Normal(0, 1)
    found = claim(Eq(E(X * Y), 0))
    (space,) = found.models
    assert isinstance(space, Space)
    assert [v.name for v in space.variables] == ["Normal(0, 1)", "Normal(0, 1)'"]
    assert len({rv.origin for rv in found.links[0].rvs}) == 2


def test_the_same_claim_typed_twice_is_the_same_statement():
    def typed():
        X, Y = Normal(0, 1), ChiSquare(d)
        return claim(P(X >= Y) <= t)

    assert typed() == typed()
    assert pickle.loads(pickle.dumps(typed())) == typed()


def test_the_variable_made_first_comes_first_in_any_order_of_typing():
    X, Y = Poisson(2), Poisson(2)
    first, second = claim(P(X >= 2 * Y) <= 1).models[0], claim(P(Y >= 2 * X) <= 1).models[0]
    for space, coefficient in ((first, 1), (second, -2)):
        (expr,) = space.variables[0].arguments
        named = {v.name: expr.coeff(v) for v in expr.atoms(Random)}
        assert named["Poisson(2)"] == coefficient


def test_one_object_used_twice_stays_one():
    g = gaussian_vector(d)
    W = gaussian_matrix(d, d)
    found = claim(P((g.norm >= 1) & (g.coordinate(1) >= 1)) <= 1)
    assert len({o for rv in found.links[0].rvs for o in rv.origins}) == 1
    found = claim(P((W.smax >= 1) & (W.smin <= 1)) <= 1)
    assert len({o for rv in found.links[0].rvs for o in rv.origins}) == 1
    copies = iid(Normal(0, 1), n)
    found = claim(P(copies.max - copies.min >= 1) <= 1)
    (rv,) = found.links[0].rvs
    assert rv.law is None
    assert len(rv.origins) == 1


def test_sizes_of_the_model_are_those_of_its_laws():
    k = size("k", 0)
    found = claim(P(iid(Binomial(k, t / 10), n).sum >= sqrt(d)) <= 1)
    (space,) = found.models
    assert [p.name for p in space.sizes] == ["k", "n"]
    assert [p.name for p in space.reals] == ["t"]


def test_spaces_are_told_apart_by_what_their_variables_share():
    shared = iid(Normal(0, 1), n)
    one = claim(P((shared.max >= 1) & (shared.min <= 0)) <= 1)
    two = claim(P((iid(Normal(0, 1), n).max >= 1) & (iid(Normal(0, 1), n).min <= 0)) <= 1)
    assert one.models[0].name != two.models[0].name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P(Uniform(0, a) <= t) <= t/a", ["0 < a"]),
        ("P(Hypergeometric(N, K, n) <= 0) <= 1 - K/N", ["K <= N", "n <= N"]),
        ("P(Binomial(1, 2*p) <= 0) <= 1 - 2*p", ["2*p <= 1"]),
        ("Var(Normal(0, t - 1)) >= 0", ["t - 1 > 0"]),
        ("P(chi2(k - 1) >= 1) <= 1", ["k - 1 >= 1"]),
        ("P(order(iid(Uniform(0, 1), n), k) <= t) <= 1", ["k <= n"]),
        ("P(chi2(k + 1) >= 1) <= 1", []),
        ("P(Binomial(n, p) >= k) <= 1", []),
        ("P(Normal(0, s**2*B) >= 1) <= 1", []),
    ],
)
def test_a_claim_speaks_of_parameters_at_which_its_laws_exist(text, words):
    assert [h.words for h in claim(text).hypotheses] == words


def test_a_chance_that_a_parameter_s_interval_keeps_inside_needs_no_hypothesis():
    found = claim("P(Binomial(n, (1 - eps)/2) >= 1) <= 1", parameters=[n, real("eps", 0, 1)])
    assert found.hypotheses == ()


def test_spaces_of_other_domains_have_other_names():
    def space(d):
        (model,) = claim(P(ChiSquare(d) >= 1) <= 1).models
        return model.name

    assert space(size("d")) == "ChiSquare(d)"
    names = {space(size("d")), space(size("d", 2)), space(size("d", 1, 9))}
    assert len(names) == 3
