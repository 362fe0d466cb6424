"""Relations on the whole domain of a statement: how hypotheses cut it, and each way to a proof."""

from __future__ import annotations

import json

import pytest
from sympy import Min, Rational, exp, oo, sqrt
from whp.checks.deciders.whole import domains, proved_relation, proved_text
from whp.theory import Hypothesis, real, size
from whp.theory.calculus.functions import Phi
from whp.theory.language.statements import Claim, Link, Source, Statement
from whp.theory.proofs.referee_claims import rejection
from whp.theory.zhang2023.ledger import LEDGER

m, d, n = size("m"), size("d"), size("n")
t, u = real("t", 0), real("u", 0, 1, closed="both")


def statement(*hypotheses):
    found = tuple(Hypothesis(h, str(h)) for h in hypotheses)
    return Statement("key", "printed", "", Source("me", "p. 1"), (Claim((Link(m * d * n, ">", t - u),)),), found)


@pytest.mark.parametrize(
    ("hypotheses", "name", "ends"),
    [
        ((m > 2 * d,), m, (2 * d, oo, "")),
        ((2 * d <= m,), m, (2 * d, oo, "left")),
        ((t < 3,), t, (0, 3, "")),
        ((u >= Rational(1, 2),), u, (Rational(1, 2), 1, "both")),
        ((m >= d**2 * t,), t, (0, m / d**2, "right")),
        ((u < 2,), u, (0, 1, "both")),
    ],
)
def test_hypotheses_cut_the_domain(hypotheses, name, ends):
    cut = next(iter(domains(statement(*hypotheses), [m, d, n, t, u])))
    assert cut[name] == ends
    bounded = [p for p, (low, high, _) in cut.items() if low.free_symbols or high.free_symbols]
    assert list(cut)[: len(bounded)] == bounded


@pytest.mark.parametrize(
    ("lhs", "relation", "rhs", "rule"),
    [
        (exp(-m / 7), "<=", exp(-m / 7), "identical"),
        (exp(-Min(m, d) / 9), "<=", exp(-m / 9) + exp(-d / 9), "choice"),
        (1 - 2 * Phi(-sqrt(t * d / 2)), ">", 1 - 2 * exp(-t * d / 4), "instance"),
        (m / d + 1, "=", (m + d) / d, "sides"),
    ],
)
def test_each_way_has_its_rule(lhs, relation, rhs, rule):
    proof = proved_relation(statement(), lhs, relation, rhs)
    assert rejection(proof) is None
    assert f'": "{rule}"' in json.dumps(proof)


def test_a_symbol_without_domain_is_left_alone():
    assert proved_relation(statement(), size("m", 2), ">=", m) is None


def test_texts_are_proved_as_they_stand():
    domain = {"c": ["0", "oo", ""]}
    assert proved_text("c*2/c", "<=", "2", domain)["claim"]["left"] == "c*2/c"
    assert proved_text("c*2/c", "<", "2", domain) is None
    assert proved_text("c +", "<", "2", domain) is None


@pytest.mark.parametrize(
    ("share", "truth"), [(Rational(1, 2), True), pytest.param(Rational(499, 1000), False, marks=pytest.mark.slow)]
)
def test_the_sharp_exponent_of_a_network_is_at_most_that_of_all_its_neurons_at_rest(share, truth):
    (link,) = [link for link in LEDGER["S4"][0].links if link.kind == "scalar"]
    # Both are alike where d is much larger than m.
    proof = proved_relation(LEDGER["S4"][0], link.lhs - link.rhs / 2, "<=", share * link.rhs)
    assert (proof is not None) is truth
