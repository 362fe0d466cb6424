"""Probability links are proved on the whole domain of a statement, and false ones by a little are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sympy import Abs, Max, Min, Rational, exp, log, oo, sqrt
from whp.checks import check
from whp.checks.deciders.theorem import proved_tail
from whp.theory import P, claim, real, size
from whp.theory.language.arrays import iid
from whp.theory.language.families import Binomial, ChiSquare, Normal, Sign
from whp.theory.language.statements import Statement
from whp.theory.proofs.referee_claims import rejection
from whp.theory.zhang2023.ledger import LEDGER
from whp.theory.zhang2023.symbols import d as DIMENSION
from whp.theory.zhang2023.symbols import m as WIDTH
from whp.theory.zhang2023.symbols import n as SAMPLES

d, k, n = size("d"), size("k"), size("n", 2)
t, eps = real("t", 0, oo), real("eps", 0, 1)


def _proof(statement: Statement, link: int = 0) -> dict[str, Any] | None:
    found = proved_tail(statement, statement.links[link])
    return None if found is None else found.to_json()


def _claimed(relation: Any, **more: Any) -> Statement:
    return claim(relation, key="one", source="me", **more)


@pytest.mark.parametrize(
    ("relation", "truth"),
    [
        (P(ChiSquare(d) >= 2 * d) <= exp(-Rational(153, 1000) * d), True),
        (P(ChiSquare(d) >= 2 * d) <= exp(-Rational(154, 1000) * d), False),
        (P(Abs(Binomial(d, Rational(1, 2)) / d - Rational(1, 2)) >= eps) <= 2 * exp(-2 * d * eps**2), True),
        (P(Abs(Binomial(d, Rational(1, 2)) / d - Rational(1, 2)) >= eps) <= 2 * exp(-3 * d * eps**2), False),
        (P(Abs(iid(Sign(), d).sum) >= t) <= 2 * exp(-(t**2) / (2 * d)), True),
        (P(Abs(iid(Sign(), d).sum) >= t) <= exp(-(t**2) / (2 * d)), False),
        (P(iid(Normal(0, 1), n).max >= sqrt(2 * log(n)) + t) <= exp(-(t**2) / 2), True),
        (P(iid(Normal(0, 1), n).max >= sqrt(log(n)) + t) <= exp(-(t**2) / 2), False),
    ],
)
def test_a_typed_tail_is_proved_if_it_is_true(relation: Any, truth: bool) -> None:
    proof = _proof(_claimed(relation))
    assert (proof is not None) == truth
    assert proof is None or rejection(proof) is None


def test_an_outcome_carries_its_proof_object() -> None:
    result = check(_claimed(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7)))
    assert (str(result.verdict), str(result.evidence)) == ("holds", "proved")
    outcome = result.links[0].outcomes[-1]
    assert not outcome.cell
    assert outcome.proof is not None
    assert outcome.proof["claim"]["domain"] == {"d": ["1", "oo", "left"]}


def test_hypotheses_cut_the_domain() -> None:
    half = _claimed(P(ChiSquare(d) <= (1 - eps) * d) <= exp(-d / 14), where=[eps >= Rational(1, 2)])
    assert _proof(half) is not None
    assert _proof(_claimed(P(ChiSquare(d) <= (1 - eps) * d) <= exp(-d / 14))) is None


@pytest.mark.parametrize(
    ("key", "form", "link"),
    [
        ("lem6.2", "printed", 0),
        ("lem6.2", "printed", 1),
        ("lem6.1.E1", "printed", 0),
        ("eq28", "printed", 1),
        ("lem6.1.ratio", "printed", 2),
        ("chebyshev", "printed", 0),
        ("chebyshev.union", "printed", 0),
        ("eq27", "repaired", 0),
        ("eq29", "repaired", 0),
        ("S7.cross", "sharp", 0),
        ("S4", "sharp", 0),
        pytest.param("S7", "sharp", 0, marks=pytest.mark.slow),
        ("S14.bound", "sharp", 0),
        pytest.param("S7.product", "sharp", 0, marks=pytest.mark.slow),
    ],
)
def test_statements_of_the_paper_are_proved_for_all_sizes(key: str, form: str, link: int) -> None:
    (statement,) = [s for s in LEDGER[key] if s.form == form]
    proof = _proof(statement, link)
    assert proof is not None
    assert rejection(proof) is None


@pytest.mark.parametrize(("key", "form"), [("eq27", "printed"), ("eq29", "printed")])
def test_false_statements_of_the_paper_are_not_proved(key: str, form: str) -> None:
    (statement,) = [s for s in LEDGER[key] if s.form == form]
    assert _proof(statement) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "worse"),
    [
        # The rate is c* at x = 1, and of order x² below.
        ("S7.product", lambda bound: 2 * (bound / 2) ** Rational(1001, 1000)),
        ("S7.product", lambda bound: bound.replace(Min, Max)),
        # What fades with d alone is needed, and what fades with m alone.
        ("S7", lambda bound: bound.subs(DIMENSION, 10**9)),
        ("S7", lambda bound: bound.subs(WIDTH, 10**9)),
        ("S14.bound", lambda bound: bound * Rational(999, 1000)),
    ],
)
def test_a_little_less_than_a_statement_of_the_paper_allows_is_not_proved(key: str, worse: Any) -> None:
    statement = LEDGER[key][0]
    (link,) = statement.links
    assert proved_tail(statement, replace(link, rhs=worse(link.rhs))) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "dimension", "truth"),
    [
        (81, 3, True),
        (Rational(806, 10), 3, True),
        (Rational(804, 10), 3, False),
        (11, Rational(389, 100), True),
        (11, Rational(388, 100), False),
        (2, 39, True),
        (39, 2, False),
    ],
)
def test_two_sizes_are_enough_together_or_not(width: Any, dimension: Any, truth: bool) -> None:
    (statement,) = LEDGER["S5.pairs"]
    bound = 1 - SAMPLES * exp(-Min(WIDTH / width, DIMENSION / dimension))
    found = proved_tail(statement, replace(statement.links[0], rhs=bound))
    assert (found is not None) is truth
    assert found is None or rejection(found.to_json()) is None
