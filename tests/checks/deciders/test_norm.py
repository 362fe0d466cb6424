"""The sub-exponential norm of a product of independent normals is the mean of its absolute value."""

import numpy as np
import pytest
from sympy import Rational, pi
from whp.checks import Engine
from whp.checks.deciders import norm
from whp.theory import RV, Form, Link, Model, Psi1, Tensor, size
from whp.theory.proofs.referee_identities import rejection

k = size("k")
TWO = Model(
    "two normals",
    (k,),
    "",
    (Tensor("g", (k,), variance=Rational(1)), Tensor("h", (k,), variance=1 / k), Tensor("c", (k,))),
)
g, h, c = (RV(name, TWO, name, Form.parse(f"{name}_i", free="i")) for name in "ghc")
scaled = RV("scaled", TWO, "3h", Form.parse("h_i", free="i", coefficient=3))


def _instance(cell, rng):
    return {name: np.array([int(x) for x in rng.integers(1, 2**20, cell["k"])], dtype=object) for name in "ghc"}


# At square sizes every standard deviation is rational.
ENGINES = {TWO: Engine(lambda *_: None, {}, instance=_instance, instances=({"k": 4}, {"k": 9}))}


def decided(question, left, right, relation="=", engines=ENGINES):
    return norm.decide(question(Link(left, relation, right), engines=engines))


def test_the_first_moment_is_certified_to_be_the_largest():
    assert norm.first_moment_dominates()


@pytest.mark.parametrize(("factor", "scale"), [(h, 1), (scaled, 3)])
def test_the_norm_is_two_over_pi_times_the_deviations(question, factor, scale):
    found = decided(question, Psi1(g * factor), 2 * scale / (pi * k ** Rational(1, 2))).outcomes[0]
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "p = 1" in found.reason
    assert rejection(found.proof) is None


def test_a_norm_with_a_constant_that_is_off_or_m_for_d_is_not_proved(question):
    claimed = 2 / (pi * k ** Rational(1, 2))
    for wrong in (2 * claimed, claimed * Rational(1001, 1000), -claimed, 2 / (pi * k), 2 / pi):
        assert decided(question, Psi1(g * h), wrong).outcomes[0].verdict == "refuted"


def test_another_constant_is_refuted_at_the_first_size(question):
    found = decided(question, Psi1(g * h), 1 / k ** Rational(1, 2)).outcomes[0]
    assert (found.verdict, dict(found.cell)) == ("refuted", {"k": 4})


def test_dependent_or_fixed_factors_single_variables_and_bounds_are_left_open(question):
    assert decided(question, Psi1(h * scaled), 2 / pi) is None
    assert decided(question, Psi1(g * c), 2 / pi) is None
    assert decided(question, Psi1(g), 2 / pi) is None
    assert decided(question, Psi1(g * h), 1, "<=") is None
    assert decided(question, Psi1(g * h), 1, engines={}) is None


def test_the_factors_may_be_scalars(question):
    one = Model("two numbers", (k,), "", (Tensor("g", (), variance=Rational(1)), Tensor("h", (), variance=Rational(4))))
    x, y = (RV(name, one, name, Form.parse(name)) for name in "gh")
    engine = Engine(
        lambda *_: None,
        {},
        instance=lambda cell, rng: {name: np.array(int(rng.integers(1, 99)), dtype=object) for name in "gh"},
        instances=({"k": 1},),
    )
    assert decided(question, Psi1(x * y), 4 / pi, engines={one: engine}).outcomes[0].verdict == "holds"
    assert decided(question, Psi1(x * y), 2 / pi, engines={one: engine}).outcomes[0].verdict == "refuted"
