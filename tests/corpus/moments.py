"""Statements about moments of index sums."""

from __future__ import annotations

from sympy import Integer, Rational, sqrt
from whp.theory import RV, E, Form, Link, Model, Tensor, size
from whp.theory.laws.moments import half_space_moment

from .entry import typed

__all__ = ["ENTRIES"]

m = size("m")


def _fair_sign(p: int) -> Integer:
    return Integer(1 - p % 2)


RELU = Model(
    "relu",
    (m,),
    r"f(x) = m^{-1/2} \sum_r a_r \max(h_r, 0),\ h_r \sim \mathcal{N}(0, 1)",
    (Tensor("a", (m,), _fair_sign), Tensor("h", (m,), group="half"), Tensor("D", (m,), group="half")),
    joint={"half": half_space_moment("h", "D")},
)
f = RV("f", RELU, "f(x)", form=Form.parse("a_i h_i D_i", coefficient=1 / sqrt(m)))

ENTRIES = (
    typed(
        "pl06",
        False,
        "A ReLU network with m fair readout signs and Gaussian weights at a unit input: E f⁴ = 3 (E f²)² = 3/4.",
        Link(E(f**4), "=", 3 * E(f**2) ** 2),
        Link(3 * E(f**2) ** 2, "=", Rational(3, 4)),
        reading="⟨w, x⟩ is typed as a standard normal variable",
    ),
)
