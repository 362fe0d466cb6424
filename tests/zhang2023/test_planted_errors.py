"""Break a witness, a sampler, a model or an implication, and see the verdict turn (claims: `test_mutations`)."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer, Min, Rational, exp, log
from whp.checks import Engine, Evidence, Grid, Verdict, check, deciders
from whp.checks.zhang2023 import PAPER, network_grid
from whp.checks.zhang2023.engines.initial import NetworkBlock
from whp.kernels import sample_network
from whp.theory import RV, Claim, E, Event, Form, Hypothesis, Law, Link, Model, P, Tensor
from whp.theory.laws.elementary import NegatedLaw
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.margin.law import failure_probability
from whp.theory.zhang2023.margin.sharp import exponent_expr
from whp.theory.zhang2023.models.initial import INIT, WITNESS_MARGIN, margin
from whp.theory.zhang2023.symbols import C, c1, c2, d, delta, m, n

GRID = network_grid(widths=(16, 64, 256), dims=(16, 64), samples=(1,))
BOOK = LEDGER


def _printed(key):
    return BOOK[key][0]


def _with(statement, *links, **changes):
    return replace(statement, claims=(Claim(links),), implied_by=(), **changes)


def _verdict(statement, grid=GRID, **options):
    return check(statement, grid, engines=PAPER.engines, book=BOOK, trials=20, **options).verdict


@pytest.mark.parametrize("key", ["eq8", "chebyshev", "eq10", "eq11", "eq12.laws"])
def test_the_unbroken_statement_holds(key):
    assert _verdict(_printed(key)) is Verdict.HOLDS


def test_a_halved_constant_is_refuted_where_it_asks_most():
    halved = Hypothesis(Min(m, d) >= Rational(11, 4) * log(n / delta), "min(m, d) ≥ 2.75 log(n/δ)")
    square = network_grid(widths=(40,), dims=(40,), samples=(1,))
    assert check(_printed("S5"), square, engines=PAPER.engines, book=BOOK, trials=20).verdict is Verdict.HOLDS
    found = check(replace(_printed("S5"), hypotheses=(halved,)), square, engines=PAPER.engines, book=BOOK, trials=20)
    assert found.verdict is Verdict.REFUTED
    listed = {o.cell["delta"]: o.verdict for o in found.links[0].outcomes if o.cell["m"] == 40}
    assert listed == {Fraction(1, 2): "holds", Fraction(1, 100): "holds", Fraction(1, 10**6): "refuted"}
    # The search goes below the sweep, to a cell within the halved hypothesis and not within the printed one.
    worst = found.links[0].counterexample.cell
    assert dict(worst) == {"m": 13, "d": 13, "n": 1, "delta": Fraction(1, 100)}
    assert failure_probability(13, 13) > 0.01
    assert 2.75 * np.log(100) <= 13 < 5.5 * np.log(100)


def test_a_witness_of_the_wrong_sign_speaks_against_every_constant():
    wrong = RV("margin_of_plus", INIT, "-Q", None, lambda cell: NegatedLaw(margin.law(cell)))
    claim = Claim(
        (Link(P(Event(wrong, ">", 0, n)), ">=", 1 - 3 * C * n * (exp(-c1 * d) + exp(-c2 * m))),),
        exists=(C, c1, c2),
    )
    found = check(
        replace(_printed("thm3.1"), claims=(claim,), implied_by=()), GRID, engines=PAPER.engines, book=BOOK, trials=20
    )
    # Its failures are all but certain; at any one size large constants excuse them, so no cell refutes it.
    assert found.verdict is Verdict.UNDETERMINED
    assert found.reason.startswith("trend: along the corner m = d ")
    assert "no positive rate constants seem to exist" in found.reason


def test_a_witness_of_the_wrong_sign_is_refuted_by_draws_alone():
    network = PAPER.engines[INIT]
    measures = {**network.measures, "margin_of_plus": lambda block: -block.margin[None, :]}
    engines = PAPER.engines.replaced({INIT: replace(network, measures=measures)})
    wrong = RV("margin_of_plus", INIT, "-Q")
    link = Link(P(Event(wrong, ">", 0)), ">=", 1 - Rational(1, 4))
    grid = network_grid(widths=(64,), dims=(64,), samples=(3,))
    result = check(_with(_printed("S4"), link), grid, engines=engines, book=BOOK, trials=200)
    assert (result.verdict, result.evidence) == ("refuted", "sampled")


def test_too_few_draws_are_undetermined_and_say_how_many_are_needed():
    lawless = RV("margin", INIT, "Q")
    link = Link(P(Event(lawless, "<=", 0)), "<=", exp(-exponent_expr(m, d)))
    grid = network_grid(widths=(64,), dims=(64,), samples=(3,))
    result = check(_with(_printed("S4"), link), grid, engines=PAPER.engines, book=BOOK, trials=20)
    assert result.verdict is Verdict.UNDETERMINED
    assert "trials without a failure" in result.reason


def test_weights_of_variance_one_over_m_change_the_moments():
    model = Model(
        "wide-weights",
        (m, d),
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

    grid = network_grid(widths=(64,), dims=(16,), samples=(2,))
    # The law is proved of the model; without the proof the draws decide, and see what the engine draws.
    assert check(_printed("S1"), grid, engines=PAPER.engines, book=BOOK, trials=20).evidence is Evidence.PROVED
    for proofs in (deciders._DOMAIN, deciders._PROOFS):
        monkeypatch.setitem(proofs, "law", ())
    assert check(_printed("S1"), grid, engines=PAPER.engines, book=BOOK, trials=2000).verdict is Verdict.CONSISTENT
    engines = PAPER.engines.replaced({INIT: replace(PAPER.engines[INIT], sample=sample)})
    assert check(_printed("S1"), grid, engines=engines, book=BOOK, trials=2000).verdict is Verdict.REFUTED


def _broken(theorem, constants):
    step = Link(exp(-exponent_expr(m, d)), "<=", exp(-d) + exp(-m))
    broken = replace(theorem.implied_by[0], constants=constants, steps=(step,), admitted=None)
    return check(replace(theorem, implied_by=(broken,)), GRID, engines=PAPER.engines, book=BOOK, trials=20)


def test_a_false_theorem_is_refuted_by_a_proof_whatever_its_constants():
    theorem, strong = _printed("thm3.1"), {c1: Integer(1), c2: Integer(1)}
    (claim,) = theorem.claims
    # D = 0 has probability 2^-m, which exceeds C n (e^-d + e^-m) for m = d large, whatever C is.
    links = tuple(replace(link, rhs=link.rhs.subs(strong)) for link in claim.links)
    result = _broken(replace(theorem, claims=(replace(claim, links=links, exists=(C,)),)), {C: Rational(1, 3)})
    assert (result.verdict, result.evidence) == (Verdict.REFUTED, Evidence.PROVED)


@pytest.mark.slow
def test_beside_a_broken_implication_the_theorem_is_proved_with_constants_of_our_own():
    result = _broken(_printed("thm3.1"), {c1: Integer(1), c2: Integer(1), C: Rational(1, 3)})
    assert (result.verdict, result.evidence) == (Verdict.HOLDS, Evidence.PROVED)
    assert "implied by" not in result.reason
    assert "implied_by" not in result.constants


def _drawn(sample):
    return Engine(lambda cell, rng, size, data: sample(cell, rng, size), {"x": lambda block: block}, lambda cell: 256)


def test_a_false_law_of_a_user_is_caught_by_the_draws():
    shifted, centred = (RV("x", Model(name, (m,), ""), name[0]) for name in ("shifted", "centred"))
    engines = {
        shifted.model: _drawn(lambda cell, rng, size: rng.standard_normal(size) + 1.0),
        centred.model: _drawn(lambda cell, rng, size: rng.standard_normal(size)),
    }
    found = check(
        _with(_printed("S1"), Link(Law(shifted), "=_d", Law(centred))), Grid({"m": 4}), engines=engines, trials=2000
    )
    assert found.verdict is Verdict.REFUTED


def _failing_with(name, chance, trials=500):
    """P(x > 0) ≥ 1 − C e^{−c₁ m} for a model that fails with probability `chance(m)` and has no known law."""
    model = Model(name, (m,), "")
    engine = _drawn(lambda cell, rng, size: np.where(rng.random(size) < chance(cell["m"]), -1.0, 1.0))
    claim = Claim((Link(P(Event(RV("x", model, "x"), ">", 0)), ">=", 1 - C * exp(-c1 * m)),), exists=(C, c1))
    statement = replace(_printed("S1"), claims=(claim,), implied_by=(), hypotheses=())
    return check(statement, Grid({"m": (16, 32, 64, 128, 256)}), engines={model: engine}, trials=trials)


def test_draws_speak_against_a_rate_where_failures_stay_and_not_where_they_fade():
    for name, chance in (("failures-stay", 0.4), ("failures-certain", 1.0)):
        stays = _failing_with(name, lambda m, chance=chance: chance)
        assert stays.verdict is Verdict.UNDETERMINED
        assert stays.reason.startswith("trend: along the corner m -> oo ")
    # -log P = 0.6 + 0.01 m: slow, but of the claimed rate.
    fades = _failing_with("failures-fade", lambda m: 0.55 * np.exp(-0.01 * m))
    assert fades.verdict not in (Verdict.HOLDS, Verdict.REFUTED)
    assert not fades.reason.startswith("trend: ")
