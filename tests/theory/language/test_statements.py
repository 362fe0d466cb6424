"""The ledger's vocabulary: links know their kind, hypotheses explain themselves, keys resolve."""

import pytest
from sympy import Rational, Symbol, exp, latex
from whp.theory import RV, Claim, E, Event, Hypothesis, Law, Link, Model, P, Source, Statement, Theta, Var
from whp.theory.zhang2023.symbols import d, m, n

COIN = Model("coin", ("m",), "a fair coin")
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
    delta = Symbol("delta")
    assert P(Event(X, ">", delta)).subs(delta, 3) == P(Event(X, ">", 3))


def test_latex_comes_from_the_expression_in_printed_order():
    claim = Claim((Link(P(Event(X, ">", 0, "all n")), ">=", 1 - n * exp(-m / 7)),), exists=(Symbol("C"),))
    assert claim.latex.startswith(r"\exists\, C:")
    assert r"1 - n e^{- \frac{m}{7}}" in claim.latex
    assert r"\text{for all } i \in [n]" in latex(P(Event(X, ">", 0, "all n")))


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
