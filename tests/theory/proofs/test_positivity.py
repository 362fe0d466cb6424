"""Proofs of nonnegativity: what is proved is true, and what is false is never proved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, binomial, exp, factorial, gamma
from whp.theory.language.parameters import size
from whp.theory.proofs import positivity
from whp.theory.proofs.positivity import beyond_poles, prove_nonnegative, shifted_domain
from whp.theory.zhang2023.symbols import d, delta, m, z

n = size("n", 0)


def test_known_inequalities_are_proved():
    assert prove_nonnegative(m * d - m - d + 1) is not None
    assert prove_nonnegative(1 - 1 / (1 + exp(-z))).strict
    assert prove_nonnegative((m - d) / delta**2, [m > d]).strict
    assert prove_nonnegative((m + d) ** 2 - m**2 - d**2 - 2 * m * d).zero


def test_equality_at_the_corner_is_not_strict():
    proof = prove_nonnegative(m - 1)
    assert proof is not None
    assert not proof.strict
    weak, open_end = prove_nonnegative(m - d, [m >= d]), prove_nonnegative(m - d, [m > d])
    assert (weak.strict, open_end.strict) == (False, True)


@pytest.mark.parametrize("expr", [m - 2, m - d, 1 / m - 1 / d, z, -(m**2)])
def test_false_inequalities_are_not_proved(expr):
    assert prove_nonnegative(expr) is None


def test_what_a_shift_starts_from_is_a_domain_of_a_claim():
    assert shifted_domain([d, m], [m > d**2]) == {"m": ["d**2", "oo", ""], "d": ["1", "oo", "left"]}
    assert shifted_domain([m], [m >= d]) == {"m": ["d", "oo", "left"], "d": ["1", "oo", "left"]}
    assert shifted_domain([z], []) == {"z": ["-oo", "oo", ""]}
    assert shifted_domain([m, d], [m > d, d > m]) is None


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4), st.integers(1, 12), st.integers(1, 12))
def test_a_proof_is_never_wrong(coefficients, width, dimension):
    a, b, c, e = coefficients
    expr = (a * m * d + b * m + c * d + e) / (m + d)
    if prove_nonnegative(expr) is not None:
        assert expr.subs({m: width, d: dimension}) >= Rational(0)


def test_what_is_negative_at_an_admitted_point_is_not_simplified(monkeypatch):
    asked = []
    monkeypatch.setattr(positivity, "_simplified", lambda expr: asked.append(expr) or expr)
    assert prove_nonnegative(3 * exp(-m / 8) + 2 * exp(-d / 5) - 1) is None
    assert asked == []
    # It is negative only where the hypothesis does not hold.
    prove_nonnegative(m - d, [m > d])
    assert asked == [m - d]


@pytest.mark.parametrize("expr", [-binomial(n - 1, n), binomial(n - 2, n), factorial(n) - n * gamma(n)])
def test_identities_of_gamma_functions_are_not_used_across_their_poles(expr):
    """C(-1, 0) = 1, C(-1, 1) = -1, and Γ(0) has no value, while for larger n all three are 0."""
    assert not beyond_poles(expr)
    assert prove_nonnegative(expr) is None
    assert prove_nonnegative(expr.subs(n, m + 1)) is not None
