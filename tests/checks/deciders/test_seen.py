"""A bound that is seen to fail has no proof looked for; the verdict and its counterexample stay what they were."""

from __future__ import annotations

import pytest
from sympy import Rational, exp
from whp.checks import Evidence, Verdict, check
from whp.checks.deciders import seen, settle_domain, settle_proof, theorem
from whp.checks.deciders.question import Question
from whp.checks.deciders.seen import seen_to_fail
from whp.theory import Binomial, ChiSquare, P, claim, real, size
from whp.theory.language.statements import Statement
from whp.theory.zhang2023.ledger import LEDGER

d, n = size("d"), size("n")
t = real("t", 0, 1)


def _twice(rate: Rational) -> Statement:
    return claim(P(ChiSquare(d) >= 2 * d) <= exp(-rate * d), key="twice", source="me")


def _asked(statement: Statement) -> Question:
    return Question(statement, statement.claims[0], statement.links[0], (), 1e-6, 0)


def _refused(question: Question) -> None:
    raise AssertionError(f"a proof of {question.link} was looked for")


def test_no_proof_is_looked_for_of_what_is_seen_to_fail(monkeypatch):
    # P(χ²_1 ≥ 2) = 0.157 > e^{-2}; and e^{-0.16 d} < P(χ²_d ≥ 2d) = e^{-0.1534… d + o(d)} fails far out only.
    monkeypatch.setattr(theorem, "decide", _refused)
    for rate in (Rational(2), Rational(16, 100)):
        question = _asked(_twice(rate))
        assert seen_to_fail(question)
        assert settle_proof(question) is None
        assert settle_domain(question) is None


def test_a_true_bound_is_proved_as_before():
    question = _asked(_twice(Rational(1, 7)))
    assert not seen_to_fail(question)
    found = settle_proof(question)
    assert found is not None
    assert found.outcomes[0].evidence is Evidence.PROVED


@pytest.mark.parametrize(("rate", "smallest"), [(Rational(2), 1), (Rational(16, 100), None)])
def test_the_verdict_does_not_hang_on_the_look(monkeypatch, rate, smallest):
    looked = check(_twice(rate))
    monkeypatch.setattr(seen, "_MOST", 0)
    assert not seen_to_fail(_asked(_twice(rate)))
    unlooked = check(_twice(rate))
    assert looked.verdict is unlooked.verdict is Verdict.REFUTED
    assert looked.to_json() == unlooked.to_json()
    cell = looked.links[0].counterexample.cell
    assert smallest is None or cell == {"d": smallest}


def test_open_real_parameters_are_tried_at_simple_values():
    tail = P(Binomial(n, Rational(1, 2)) >= (1 + t) * n / 2)
    # Hoeffding's exponent is n t²/2; twice that fails at t = 1, where the probability is 2^{-n}.
    true, false = (claim(tail <= exp(-rate * n * t**2), key="tail", source="me") for rate in (Rational(1, 2), 1))
    assert seen_to_fail(_asked(false))
    assert not seen_to_fail(_asked(true))


def test_what_is_given_or_has_no_names_is_not_looked_at():
    x = ChiSquare(d)
    given = claim(P(x >= 2 * d, given=x <= 3 * d) <= exp(-2 * d), key="given", source="me")
    unnamed = LEDGER["thm3.1"][0]
    assert unnamed.claims[0].exists
    assert not any(seen_to_fail(_asked(s)) for s in (given, unnamed))
