"""Sums of exponentials that tails stay below: bounds, limits, and nothing that is false."""

from __future__ import annotations

import copy

import pytest
from sympy import Rational, exp, oo
from whp.checks.deciders import falling, theorem
from whp.checks.deciders.question import Question
from whp.theory import ChiSquare, P, real, size
from whp.theory.language.cells import Regime
from whp.theory.language.statements import Claim, Link, Source, Statement
from whp.theory.proofs.referee_claims import rejection

d, n = size("d"), size("n")
X = ChiSquare(d)
RATE = Rational(1, 7)


def asked(link, regime=None):
    claim = Claim((link,), regime=regime)
    return Question(Statement("key", "printed", "", Source("me", "p. 1"), (claim,)), claim, link, (), 1e-6, 0)


@pytest.mark.parametrize(
    ("bound", "proved"),
    [(3 * exp(-d / 11), True), (2 * exp(-d / 12) + exp(-d), True), (2 * exp(-d / 6), False), (exp(-d), False)],
)
def test_a_tail_below_a_sum_of_exponentials(bound, proved):
    found = theorem.decide(asked(Link(P(2 * d <= X), "<=", bound)))
    assert (found is not None) is proved
    if found is not None:
        proof = dict(found.outcomes[0].proof)
        assert rejection(proof) is None
        proof["claim"] = {**proof["claim"], "bound": "exp(-d/9)"}
        assert rejection(proof) is not None


@pytest.mark.parametrize("proved", [True, False])
def test_a_probability_that_tends_to_one(proved):
    """A chi-square variable exceeds half its mean in high dimensions, and not twice its mean."""
    link = Link(P(d * (Rational(1, 2) if proved else 2) < X), "~", 1)
    found = falling.fading(asked(link, Regime(d)))
    assert (found is not None) is proved
    if found is None:
        return
    proof = dict(found.outcomes[0].proof)
    assert rejection(proof) is None
    for key, value in (("growing", []), ("event", {**proof["claim"]["event"], "relation": ">="})):
        wrong = copy.deepcopy(proof)
        wrong["claim"][key] = value
        assert rejection(wrong) is not None
    slower = copy.deepcopy(proof)
    slower["proof"]["terms"][0][1] = "0"
    assert rejection(slower) is not None


def test_what_stays_fixed_does_not_fade():
    t = real("t", 0, oo)
    link = Link(P(t < X), "~", 1)
    assert falling.fading(asked(link, Regime(n, fixed=(d,)))) is None
