"""Draws are held against the law they are said to have: a wrong law is seen, a right one never."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from flint import arb
from whp.checks.deciders.guard import compared, contradiction, limit
from whp.theory import Enclosure, ScalarLaw
from whp.theory.laws.elementary import ChiSquareLaw, DominatedLaw, NormalLaw, SignLaw

try:
    from whp.theory.laws.binomial_law import BinomialLaw
except ImportError:  # it lay elsewhere
    BinomialLaw = None

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Coin(ScalarLaw):
    """P(X = 1) = p = 1 - P(X = 0), by enclosures."""

    p: float

    def enclose(self, relation, t):
        mass = [(0, 1 - self.p), (1, self.p)]
        holds = {"<": lambda x: x < t, "<=": lambda x: x <= t, ">": lambda x: x > t, ">=": lambda x: x >= t}[relation]
        return Enclosure.of(arb(sum(w for x, w in mass if holds(arb(x)))))


@dataclass(frozen=True)
class UpperOnly(ScalarLaw):
    """A law that answers for upper tails only."""

    def log_probability(self, relation, t):
        if relation not in (">", ">="):
            raise NotImplementedError("upper tails only")
        return -max(t, 0.0)


def _said(law, values, alpha=1e-6):
    found = compared(law, np.asarray(values, dtype=float))
    return None if found is None else contradiction("X", found, alpha)


@pytest.mark.parametrize("count", [20, 250, 4000])
def test_right_laws_pass(count):
    assert _said(NormalLaw(1), RNG.standard_normal(count)) is None
    assert _said(ChiSquareLaw(7), RNG.chisquare(7, count)) is None
    assert _said(Coin(0.25), RNG.random(count) < 0.25) is None
    assert _said(UpperOnly(), RNG.exponential(size=count)) is None


def test_the_law_of_half_the_degrees_of_freedom_is_seen():
    words = _said(ChiSquareLaw(8), RNG.chisquare(16, 250))
    assert words.startswith("error: the law of X and its draws contradict each other at ")
    assert f"at most {limit(250, 1e-6):.3f} expected from 250 draws" in words


def test_wrong_masses_are_seen_at_either_side_of_an_atom():
    assert _said(Coin(0.9), np.zeros(250)) is not None
    assert _said(Coin(0.1), np.ones(250)) is not None
    assert _said(Coin(0.5), np.where(np.arange(1000) % 4 == 0, 1.0, 0.0)) is not None
    assert _said(UpperOnly(), 2 * RNG.exponential(size=4000)) is not None


def test_values_of_a_lattice_that_are_rounded_are_not_held_against_their_law():
    heads = (RNG.random(4000) < 0.5).astype(float)
    assert _said(Coin(0.5), heads * (1 + 1e-12)) is None
    assert _said(Coin(0.5), heads - 1e-13) is None


@pytest.mark.skipif(BinomialLaw is None, reason="the law is not there")
def test_a_binomial_law_passes_and_its_neighbour_does_not():
    from fractions import Fraction

    draws = RNG.binomial(20, 0.5, 4000)
    assert _said(BinomialLaw(20, Fraction(1, 2)), draws) is None
    assert _said(BinomialLaw(20, Fraction(2, 5)), draws) is not None


def test_what_a_law_leaves_open_is_never_held_against_draws():
    """A dominated law knows upper ends of two tails, a sign law nothing but the sign."""
    lighter = DominatedLaw(NormalLaw(1))
    assert _said(lighter, 0.1 * RNG.standard_normal(4000)) is None
    assert _said(lighter, 5 * RNG.standard_normal(4000)) is not None
    assert _said(SignLaw(NormalLaw(1)), RNG.standard_normal(4000) ** 3) is None
    assert compared(ScalarLaw(), np.ones(3)) is None


def test_false_alarms_are_as_rare_as_the_budget_says():
    """At alpha = 0.05 at most 37 of 400 true samples are rejected but with probability 1e-4."""
    alarms = sum(_said(NormalLaw(1), RNG.standard_normal(100), 0.05) is not None for _ in range(400))
    assert alarms <= 37
    assert math.isclose(limit(800, 1e-6), limit(200, 1e-6) / 2)
