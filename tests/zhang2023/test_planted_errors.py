"""Break a witness, a sampler, a model or an implication, and see the verdict turn (claims: `test_mutations`)."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer, Min, Rational, exp, log
from whp.checks import Engine, Grid, Verdict, check, check_all
from whp.checks.sweep import engine as registry
from whp.checks.zhang2023.engines.initial import NetworkBlock
from whp.kernels import sample_network
from whp.theory import RV, Claim, E, Event, Form, Hypothesis, Law, Link, Model, P, Tensor
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.margin.sharp import exponent_expr
from whp.theory.zhang2023.models.initial import INIT, WITNESS_MARGIN, margin
from whp.theory.zhang2023.symbols import C, c1, c2, d, delta, m, n

GRID = Grid(widths=(16, 64, 256), dims=(16, 64), samples=(1,))
BOOK = LEDGER


def _printed(key):
    return BOOK[key][0]


def _with(statement, *links, **changes):
    return replace(statement, claims=(Claim(links),), implied_by=(), **changes)


def _verdict(statement, grid=GRID, **options):
    return check(statement, grid, book=BOOK, trials=20, **options).verdict


@pytest.mark.parametrize("key", ["eq8", "chebyshev", "eq10", "eq11", "eq12.laws"])
def test_the_unbroken_statement_holds(key):
    assert _verdict(_printed(key)) is Verdict.HOLDS


def test_a_halved_constant_is_refuted_where_it_asks_most():
    halved = Hypothesis(Min(m, d) >= Rational(11, 4) * log(n / delta), "min(m, d) ≥ 2.75 log(n/δ)")
    square = Grid(widths=(40,), dims=(40,), samples=(1,))
    assert check(_printed("S5"), square, book=BOOK, trials=20).verdict is Verdict.HOLDS
    found = check(replace(_printed("S5"), hypotheses=(halved,)), square, book=BOOK, trials=20)
    assert found.verdict is Verdict.REFUTED
    assert found.links[0].counterexample.cell["delta"] == Fraction(1, 10**6)


class _Negated:
    """The law of -X."""

    def __init__(self, base):
        self.base = base

    def log_probability(self, relation, t):
        return self.base.log_probability({"<": ">", "<=": ">=", ">": "<", ">=": "<="}[relation], -t)

    def enclose(self, relation, t):
        return self.base.enclose({"<": ">", "<=": ">=", ">": "<", ">=": "<="}[relation], -t)


def test_a_witness_of_the_wrong_sign_defeats_every_constant():
    wrong = RV("margin_of_plus", INIT, "-Q", None, lambda cell: _Negated(margin.law(cell)))
    claim = Claim(
        (Link(P(Event(wrong, ">", 0, "all n")), ">=", 1 - 3 * C * n * (exp(-c1 * d) + exp(-c2 * m))),),
        exists=(C, c1, c2),
    )
    found = check(replace(_printed("thm3.1"), claims=(claim,), implied_by=()), GRID, book=BOOK, trials=20)
    assert found.verdict is Verdict.REFUTED
    assert "corner" in found.reason


def test_a_witness_of_the_wrong_sign_is_refuted_by_draws_alone(monkeypatch):
    network = registry._ENGINES["init"]
    measures = {**network.measures, "margin_of_plus": lambda block: -block.margin[None, :]}
    monkeypatch.setitem(registry._ENGINES, "init", replace(network, measures=measures))
    wrong = RV("margin_of_plus", INIT, "-Q")
    link = Link(P(Event(wrong, ">", 0)), ">=", 1 - Rational(1, 4))
    result = check(_with(_printed("S4"), link), Grid(widths=(64,), dims=(64,), samples=(3,)), book=BOOK, trials=200)
    assert (result.verdict, result.evidence) == ("refuted", "sampled")


def test_too_few_draws_are_undetermined_and_say_how_many_are_needed(monkeypatch):
    lawless = RV("margin", INIT, "Q")
    link = Link(P(Event(lawless, "<=", 0)), "<=", exp(-exponent_expr(m, d)))
    result = check(_with(_printed("S4"), link), Grid(widths=(64,), dims=(64,), samples=(3,)), book=BOOK, trials=20)
    assert result.verdict is Verdict.UNDETERMINED
    assert "trials without a failure" in result.reason


def test_weights_of_variance_one_over_m_change_the_moments():
    model = Model(
        "wide-weights",
        ("m", "d"),
        "",
        (
            Tensor("W", (m, d), gaussian_moment(1 / m)),
            Tensor("a", (m,), gaussian_moment(1 / m)),
            Tensor("D", (m,), bernoulli_moment(Rational(1, 2))),
        ),
    )
    wrong = RV("margin", model, "Q", Form.parse(WITNESS_MARGIN))
    assert _verdict(_with(_printed("eq8"), Link(E(wrong), "=", Rational(1, 2)))) is Verdict.REFUTED


def test_weights_of_variance_one_over_m_change_the_law(monkeypatch):
    def sample(cell, rng, size, data):
        W, a = sample_network(cell["m"], cell["d"], rng)
        return NetworkBlock(W * np.sqrt(cell["d"] / cell["m"]), a, data)

    grid = Grid(widths=(64,), dims=(16,), samples=(2,))
    assert check(_printed("S1"), grid, book=BOOK, trials=2000).verdict is Verdict.HOLDS
    monkeypatch.setitem(registry._ENGINES, "init", replace(registry._ENGINES["init"], sample=sample))
    assert check(_printed("S1"), grid, book=BOOK, trials=2000).verdict is Verdict.REFUTED


def test_a_broken_implication_leaves_the_theorem_undetermined():
    theorem = _printed("thm3.1")
    strong = {c1: Integer(1), c2: Integer(1), C: Rational(1, 3)}
    step = Link(exp(-exponent_expr(m, d)), "<=", exp(-d) + exp(-m))
    broken = replace(theorem.implied_by[0], constants=strong, steps=(step,), admitted=None)
    result = check(replace(theorem, implied_by=(broken,)), GRID, book=BOOK, trials=20)
    assert result.verdict is Verdict.UNDETERMINED
    assert "does not imply it" in result.reason


def test_a_false_law_of_a_user_is_caught_by_the_draws():
    model = Model("shifted", ("m",), "")
    registry.register_model(
        model,
        Engine(lambda cell, rng, size, data: rng.standard_normal(size) + 1.0, {"x": lambda b: b}, lambda cell: 256),
    )
    other = Model("centred", ("m",), "")
    registry.register_model(
        other, Engine(lambda cell, rng, size, data: rng.standard_normal(size), {"x": lambda b: b}, lambda cell: 256)
    )
    statement = _with(_printed("S1"), Link(Law(RV("x", model, "x")), "=_d", Law(RV("x", other, "y"))))
    assert check_all([statement], Grid(widths=(4,), dims=(4,)), book=BOOK, trials=2000)[0].verdict is Verdict.REFUTED


def _failing_with(name, chance):
    """P(x > 0) ≥ 1 − C e^{−c₁ m} for a model that fails with probability `chance(m)` and has no known law."""
    model = Model(name, ("m",), "")
    draw = Engine(
        lambda cell, rng, size, data: np.where(rng.random(size) < chance(cell["m"]), -1.0, 1.0),
        {"x": lambda block: block},
        lambda cell: 256,
    )
    registry.register_model(model, draw)
    claim = Claim((Link(P(Event(RV("x", model, "x"), ">", 0)), ">=", 1 - C * exp(-c1 * m)),), exists=(C, c1))
    return replace(_printed("S1"), claims=(claim,), implied_by=(), hypotheses=())


def test_draws_refute_a_rate_where_failures_stay_and_not_where_they_fade():
    sweep = Grid(widths=(16, 32, 64, 128, 256), dims=(4,), samples=(1,))
    for name, chance in (("failures-stay", 0.4), ("failures-certain", 1.0)):
        stays = check(_failing_with(name, lambda m, chance=chance: chance), sweep, book=BOOK, trials=500)
        assert stays.verdict is Verdict.REFUTED
        assert "corner m -> oo" in stays.reason
    # -log P = 0.6 + 0.01 m: slow, but of the claimed rate.
    fades = check(_failing_with("failures-fade", lambda m: 0.55 * np.exp(-0.01 * m)), sweep, book=BOOK, trials=500)
    assert fades.verdict is Verdict.UNDETERMINED
