"""Rates are read off the slope along a regime, over two decades and within an interval; a slope proves none."""

import numpy as np
import pytest
from sympy import Integer, sqrt
from whp.checks.deciders import rate
from whp.theory import RV, BigO, Link, Model, Regime, Theta, sizes

k, r = sizes("k r")
GROWING = Regime(k, fixed=(r,))
X = RV("X", Model("steps", (k, r), ""), "X_k")
LONG = tuple(4**j for j in range(2, 8))


def decided(question, drawn, power, claimed, sizes=LONG, regime=GROWING, spread=0.0):
    cells = [{"k": s, "r": 3} for s in sizes]
    values = [s**power * np.exp(spread * np.random.default_rng(s).standard_normal(101)) for s in sizes]
    draws = drawn(*((X, cell, v) for cell, v in zip(cells, values, strict=True)))
    return rate.by_draws(question(Link(X, "=", claimed), cells=cells, draws=draws, regime=regime))


@pytest.mark.parametrize(
    ("power", "claimed", "verdict"),
    [
        (0.5, BigO(sqrt(k)), "consistent"),
        (0.4, BigO(sqrt(k)), "consistent"),
        (0.6, BigO(sqrt(k)), "undetermined"),
        (0.5, Theta(sqrt(k)), "consistent"),
        (0.4, Theta(sqrt(k)), "undetermined"),
        (0.6, Theta(sqrt(k)), "undetermined"),
    ],
)
def test_the_slope_agrees_or_speaks_against(question, drawn, power, claimed, verdict):
    found = decided(question, drawn, power, claimed, spread=0.01).outcomes[0]
    assert (found.verdict, found.evidence) == (verdict, "trend" if verdict == "consistent" else None)
    assert (verdict == "consistent") != found.reason.startswith("trend: the sizes drawn speak against it")
    assert dict(found.cell) == {"r": 3, "k": LONG[-1]}


def test_a_rate_that_is_met_exactly_is_not_refuted(question, drawn):
    assert decided(question, drawn, 0.5, Theta(sqrt(k))).outcomes[0].verdict == "consistent"


def test_a_slope_that_is_not_known_well_enough_is_undetermined(question, drawn):
    found = decided(question, drawn, 0.0, BigO(Integer(1)), spread=3.0).outcomes[0]
    assert found.verdict == "undetermined"
    assert "not narrow enough" in found.reason


@pytest.mark.parametrize("sizes", [(16, 32, 64, 128), (16, 400, 4000)])
def test_too_few_decades_or_sizes_are_said(question, drawn, sizes):
    found = decided(question, drawn, 0.5, BigO(sqrt(k)), sizes).outcomes[0]
    assert found.verdict == "undetermined"
    assert "two decades in four sizes are needed" in found.reason


def test_a_claim_without_a_regime_is_told_so(question, drawn):
    found = decided(question, drawn, 0.5, BigO(sqrt(k)), regime=None).outcomes[0]
    assert found.reason.startswith("scope: the claim names no regime")


def test_each_path_is_read_by_itself_and_a_long_one_outweighs_its_short_neighbours(question, drawn):
    cells = [{"k": s, "r": 3} for s in LONG] + [{"k": 16, "r": 4}, {"k": 64, "r": 4}]
    draws = drawn(*((X, cell, [1.0] * 5) for cell in cells))
    asked = question(Link(X, "=", BigO(Integer(1))), cells=cells, draws=draws, regime=GROWING)
    assert [o.cell["r"] for o in rate.by_draws(asked).outcomes] == [3]


def test_without_draws_nothing_is_said(question):
    asked = question(Link(X, "=", BigO(sqrt(k))), cells=[{"k": 16, "r": 3}], regime=GROWING)
    assert rate.by_draws(asked) is None
