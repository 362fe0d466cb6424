"""The ledger's vocabulary: links know their kind, hypotheses explain themselves, keys resolve."""

import pytest
from sympy import Rational, Symbol, exp, latex
from whp.theory import (
    RV,
    Claim,
    E,
    Event,
    Hypothesis,
    Law,
    Link,
    Model,
    P,
    Source,
    Statement,
    Theta,
    Var,
    constant,
    real,
    size,
    sizes,
)
from whp.theory.zhang2023.symbols import d, m, n

COIN = Model("coin", (m,), "a fair coin")
X = RV("X", COIN, "X")


def _statement(**changes):
    given = {
        "key": "s",
        "form": "sharp",
        "title": "t",
        "source": Source("test", "here"),
        "claims": (Claim((Link(m, ">", 0),)),),
    }
    return Statement(**(given | changes))


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        (Link(P(Event(X, ">", 0)), ">=", 1 - exp(-m)), "probability"),
        (Link(E(X), "=", Rational(1, 2)), "moment"),
        (Link(Var(X), "<=", 1 / m), "moment"),
        (Link(Law(X), "=_d", Law(X)), "law"),
        (Link(X, "=", 2 * X), "identity"),
        (Link(m, ">", d), "scalar"),
        (Link(m, "~", d), "asymptotic"),
        (Link(X, "=", Theta(m)), "rate"),
    ],
)
def test_the_kind_of_a_link_is_read_off_its_head(link, kind):
    assert link.kind == kind


def test_a_chain_has_one_link_per_relation():
    claim = Claim.chain(P(Event(X, ">", 0)), ">=", 1 - exp(-m), ">", 0)
    assert [(str(link.lhs), link.relation) for link in claim.links] == [("P(X > 0)", ">="), ("1 - exp(-m)", ">")]
    with pytest.raises(ValueError, match="alternates"):
        Claim.chain(m, ">=")


def test_substitution_reaches_inside_events():
    delta = real("delta", 0)
    assert P(Event(X, ">", delta)).subs(delta, 3) == P(Event(X, ">", 3))


def test_latex_comes_from_the_expression_in_printed_order():
    claim = Claim((Link(P(Event(X, ">", 0, n)), ">=", 1 - n * exp(-m / 7)),), exists=(constant("C"),))
    assert claim.latex.startswith(r"\exists\, C:")
    assert r"1 - n e^{- \frac{m}{7}}" in claim.latex
    assert r"\text{for all } i \in [n]" in latex(P(Event(X, ">", 0, n)))


@pytest.mark.parametrize(("relation", "over"), [("=", "one sample"), (">", "most n")])
def test_an_event_refuses_what_it_cannot_mean(relation, over):
    with pytest.raises(ValueError, match="must be"):
        Event(X, relation, 0, over)


def test_hypotheses_are_exact_and_say_what_failed():
    wide = Hypothesis(m >= Rational(6, 5) * d, "m ≥ 1.2 d")
    assert wide.failure({"m": 6, "d": 5}) is None
    assert wide.failure({"m": 5, "d": 5}) == "m ≥ 1.2 d fails: 5 >= 6 is false"
    assert "no value for d" in wide.failure({"m": 5})


def test_forms_are_consistent():
    with pytest.raises(ValueError, match="definition"):
        _statement(form="definition", claims=(Claim((Link(P(Event(X, ">", 0)), ">", 0),)),))
    with pytest.raises(ValueError, match="at least one claim"):
        _statement(claims=())
    with pytest.raises(ValueError, match="names the printed one"):
        _statement(form="repaired")
    with pytest.raises(ValueError, match="names the printed one"):
        _statement(repairs="eq9")


def test_every_symbol_has_a_domain_or_listed_values():
    bare = Symbol("t", positive=True)
    with pytest.raises(ValueError, match=r"t has no domain; declare it with size\('t'\) or real\('t', low, high\)"):
        _statement(claims=(Claim((Link(bare, ">", 0),)),))
    assert _statement(claims=(Claim((Link(bare, ">", 0),)),), points=({bare: 1},)).symbols == {"t"}


def test_one_name_means_one_parameter():
    k, other = size("k"), size("k", 2)
    with pytest.raises(ValueError, match="two different symbols are called k"):
        _statement(claims=(Claim((Link(k, "<=", other),)),))


def test_a_listed_value_outside_the_domain_is_refused():
    t = real("t", 0, 1)
    with pytest.raises(ValueError, match=r"t = 1 is not in \(0, 1\)"):
        _statement(claims=(Claim((Link(t, ">", 0),)),), points=({t: 1},))


def test_a_statement_has_the_sizes_of_its_models_but_for_those_that_only_count():
    k, r, count = sizes("k r count")
    walks = Model("walks", (k, r, count), "walks", samples=count)
    end = RV("end", walks, "X_k")
    one = _statement(claims=(Claim((Link(P(Event(end, ">", 0)), ">=", 0),)),))
    every = _statement(claims=(Claim((Link(P(Event(end, ">", 0, count)), ">=", 0),)),))
    assert one.sizes == ("k", "r")
    assert every.links[0].excluded.samples == count
    assert every.counts == {"count"}


def test_a_statement_says_which_domain_a_cell_leaves():
    k = size("k", 2)
    assert _statement(claims=(Claim((Link(k, ">", 0),)),)).applies({"k": 1}) == ["k must be an integer from 2, found 1"]


def test_a_hypothesis_that_the_domain_implies_or_excludes_is_no_crash():
    k = size("k")
    assert Hypothesis(k >= 1, "k ≥ 1").failure({"k": 1}) is None
    assert "k < 1 fails" in Hypothesis(k < 1, "k < 1").failure({"k": 1})
