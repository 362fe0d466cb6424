"""Sizes that are large enough for a confidence 1 - δ: a claim is proved if its sizes are enough, and else it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sympy import Abs, Min, Rational, log
from whp.checks.deciders.confidence import proved_with_hypotheses
from whp.theory import P, claim, real, size, sizes
from whp.theory.language.families import Binomial, ChiSquare
from whp.theory.language.statements import Hypothesis, Statement
from whp.theory.proofs.referee_claims import rejection
from whp.theory.zhang2023.ledger import LEDGER
from whp.theory.zhang2023.symbols import d as dimension
from whp.theory.zhang2023.symbols import delta as failure
from whp.theory.zhang2023.symbols import m as width
from whp.theory.zhang2023.symbols import n as samples

d, n = sizes("d n")
k = size("k")
delta, eps = real("delta", 0, 1), real("eps", 0, 1)
HALF = Rational(1, 2)
SHARP, BELOW = Rational(5457, 1000), Rational(5456, 1000)


def _proof(statement: Statement) -> dict[str, Any] | None:
    found = proved_with_hypotheses(statement, statement.links[0])
    return None if found is None else found[0]


def _claimed(relation: Any, *where: Any) -> Statement:
    return claim(relation, key="one", source="me", where=list(where))


FEW = Abs(Binomial(n, HALF) / n - HALF) >= eps


@pytest.mark.parametrize(
    ("statement", "truth"),
    [
        (_claimed(P(ChiSquare(d) >= 2 * d) <= delta, d >= Rational(652, 100) * log(1 / delta)), True),
        (_claimed(P(ChiSquare(d) >= 2 * d) <= delta, d >= Rational(651, 100) * log(1 / delta)), False),
        (_claimed(P(ChiSquare(d) < 2 * d) >= 1 - delta, d >= 7 * log(1 / delta)), True),
        (_claimed(P(ChiSquare(d) >= 2 * d) >= 1 - delta, d >= 7 * log(1 / delta)), False),
        (_claimed(P(ChiSquare(d) >= 2 * d) <= delta, k >= 7 * log(1 / delta)), False),
        (_claimed(P(ChiSquare(d) >= 2 * d) <= delta, d <= 7 * log(1 / delta)), False),
        (_claimed(P(FEW) <= delta, n >= log(2 / delta) / (2 * eps**2)), True),
        pytest.param(_claimed(P(FEW) <= delta, n >= log(1 / delta) / (2 * eps**2)), False, marks=pytest.mark.slow),
        (_claimed(P(FEW) <= delta / 2, n >= log(2 / delta) / (2 * eps**2)), False),
    ],
)
def test_sizes_are_enough_for_a_confidence(statement: Statement, truth: bool) -> None:
    proof = _proof(statement)
    assert (proof is not None) is truth
    if proof is not None:
        assert rejection(proof) is None
        assert proof["claim"]["domain"]["delta"][0] != "0"
        # The same proof does not show more.
        wider = {**proof["claim"], "domain": {**proof["claim"]["domain"], "delta": ["0", "1", ""]}}
        assert rejection({**proof, "claim": wider}) is not None


@pytest.mark.parametrize(
    ("hypothesis", "truth"),
    [
        (Min(width, dimension) >= Rational(11, 2) * log(samples / failure), True),
        pytest.param(Min(width, dimension) >= SHARP * log(samples / failure), True, marks=pytest.mark.slow),
        pytest.param(Min(width, dimension) >= BELOW * log(samples / failure), False, marks=pytest.mark.slow),
        pytest.param(width >= Rational(11, 2) * log(samples / failure), False, marks=pytest.mark.slow),
    ],
)
def test_both_sizes_of_a_network_are_enough_for_all_its_samples(hypothesis: Any, truth: bool) -> None:
    statement = replace(LEDGER["S5"][0], hypotheses=(Hypothesis(hypothesis, "sizes"),))
    assert (_proof(statement) is not None) is truth
