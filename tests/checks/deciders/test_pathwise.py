"""Inequalities between random variables, draw by draw."""

import numpy as np
import pytest
from whp.checks.deciders import pathwise
from whp.theory import RV, Link, Model, size

k = size("k")
PATHS = Model("paths", (k,), "")
low, high = RV("low", PATHS, "l"), RV("high", PATHS, "h")
CELL = {"k": 3}


def decided(question, drawn, left, relation, right, values, **more):
    rng = np.random.default_rng(0)
    base = rng.standard_normal(50)
    draws = drawn((low, CELL, base), (high, CELL, base + values))
    return pathwise.by_draws(question(Link(left, relation, right, **more), draws=draws), CELL)


def test_what_is_true_in_every_draw_is_not_refuted(question, drawn):
    found = decided(question, drawn, high, ">", low, np.full(50, 0.5))
    assert (found.verdict, found.evidence) == ("consistent", "sampled")
    assert "in each of 50 draws" in found.reason


@pytest.mark.parametrize("relation", [">", ">="])
def test_one_violation_refutes(question, drawn, relation):
    values = np.full(50, 0.5)
    values[17] = -1e-3
    found = decided(question, drawn, high, relation, low, values)
    assert (found.verdict, found.evidence) == ("refuted", "sampled")
    assert decided(question, drawn, low, relation.replace(">", "<"), high, values).verdict == "refuted"


def test_rounding_is_no_violation_and_equality_is_remarked(question, drawn):
    values = np.full(50, 0.5)
    values[3] = -1e-14
    assert decided(question, drawn, high, ">=", low, values).verdict == "consistent"
    assert decided(question, drawn, high, ">", low, values).remark == "≥ for >: equal in a draw"


def test_sizes_are_put_in(question, drawn):
    assert decided(question, drawn, high, "<=", low + k, np.full(50, 2.9)).verdict == "consistent"
    assert decided(question, drawn, high, "<=", low + k, np.full(50, 3.1)).verdict == "refuted"


def test_a_scope_is_never_confirmed_and_can_be_refuted(question, drawn):
    scope = "all networks"
    held = decided(question, drawn, high, ">", low, np.full(50, 0.5), scope=scope)
    assert held.verdict == "undetermined"
    assert held.reason.startswith("scope: all networks; it was true")
    assert "(all networks)" in decided(question, drawn, high, "<", low, np.full(50, 0.5), scope=scope).reason


def test_equalities_missing_draws_and_two_models_are_left_open(question, drawn):
    assert decided(question, drawn, high, "=", low, np.zeros(50)) is None
    other = RV("low", Model("others", (k,), ""), "l")
    assert decided(question, drawn, high, ">", other, np.ones(50)) is None
    assert pathwise.by_draws(question(Link(high, ">", low)), CELL) is None
