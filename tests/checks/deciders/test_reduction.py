"""Constants that exist: named ones with a proof, simple ones near them, and bounds that say nothing."""

from __future__ import annotations

import pytest
from sympy import Rational, exp, log, pi
from whp.checks.deciders import settle_proof
from whp.checks.deciders.question import Question
from whp.checks.deciders.reduction import choices, named_link, vacuous_constants, with_constants
from whp.theory import ChiSquare, P, constant, size
from whp.theory.language.statements import Claim, Implication, Link, Source, Statement
from whp.theory.proofs.referee_claims import rejection

d = size("d")
C, c = constant("C"), constant("c")
X = ChiSquare(d)


def asked(bound, relation="<="):
    link = Link(P(2 * d <= X), relation, bound)
    claim = Claim((link,), exists=tuple(s for s in (C, c) if link.rhs.has(s)))
    return Question(Statement("key", "printed", "", Source("me", "p. 1"), (claim,)), claim, link, (), 1e-6, 0)


def test_simple_constants_stand_in_for_irrational_ones():
    implication = Implication(by="other", constants={C: Rational(2), c: 1 / pi}, steps=())
    found = choices(asked(C * exp(-c * d)), implication)
    assert [dict(i.constants) for i in found] == [
        {C: 2, c: Rational(7, 25)},
        {C: 2, c: 1 / pi},
        {C: 2, c: Rational(21, 25000)},
    ]


@pytest.mark.parametrize(("value", "proved"), [(Rational(1, 7), True), (Rational(1, 6), False)])
def test_constants_exist_with_a_proof_of_named_ones(value, proved):
    question = asked(C * exp(-c * d))
    implication = Implication(by="other", constants={C: Rational(1), c: value}, steps=())
    found = settle_proof(named_link(question, implication))
    assert (found is not None) is proved
    if found is not None:
        named = with_constants(question, implication, dict(found.outcomes[0].proof))
        assert rejection(named.proof) is None
        other = Implication(by="other", constants={C: Rational(1), c: value * 2}, steps=())
        assert with_constants(question, other, dict(found.outcomes[0].proof)) is None


@pytest.mark.parametrize(
    ("bound", "relation", "vacuous"),
    [
        (C + exp(-d), "<=", True),
        (1 - exp(c * log(d) ** 2), ">=", True),
        (1 - exp(-c * log(d) ** 2), ">=", False),
        (C * exp(-c * d), "<=", False),
    ],
)
def test_bounds_that_say_nothing(bound, relation, vacuous):
    found = vacuous_constants(asked(bound, relation))
    assert (found is not None) is vacuous
    if found is not None:
        assert (str(found.verdict), rejection(found.proof)) == ("vacuous", None)
