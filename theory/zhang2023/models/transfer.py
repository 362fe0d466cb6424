"""Gradients at two inputs of one network, and at training and test inputs (whp S19).

Two inputs of norm √d at angle θ span a plane: with g and h the coordinates of √d w in it and W̄ the others, the masks
are D = 1[g > 0] and D' = 1[g cos θ + h sin θ > 0]. n + 1 orthogonal inputs have independent coordinates instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Rational, cos, expand, gamma, pi, sin

from ...calculus.forms import Form
from ...language.models import RV, Tensor
from ...language.parameters import real
from ...laws.moments import gaussian_moment, half_space_moment
from ..symbols import d, m, n
from .common import counted, model

__all__ = [
    "HALVES",
    "ORTHOGONAL",
    "PAIR",
    "SPHERES",
    "TWO",
    "WIDE_PAIR",
    "cone_moment",
    "fitted_probe",
    "gradient_product",
    "least_orthogonal",
    "least_product",
    "mean_probe",
    "mean_product",
    "orthogonal_product",
    "theta",
    "wide_product",
]

theta = real("theta", 0)


@dataclass(frozen=True)
class cone_moment:
    """Joint moments of g, h iid N(0, 1), D = 1[g > 0] and D' = 1[g cos θ + h sin θ > 0], 0 ≤ θ ≤ π.

    Attributes
    ----------
    angle : SymPy expression

    Examples
    --------
    >>> moment = cone_moment(pi / 2)
    >>> moment({"D": 1, "Dp": 1}), moment({"g": 1, "h": 1, "D": 1, "Dp": 1}), moment({"g": 2, "h": 2})
    (1/4, 1/(2*pi), 1)
    """

    angle: Any

    def __call__(self, powers: Mapping[str, int]) -> Expr:
        p, q = powers.get("g", 0), powers.get("h", 0)
        one, two = bool(powers.get("D", 0)), bool(powers.get("Dp", 0))
        if not (one or two):
            normal = gaussian_moment(Integer(1))
            return normal(p) * normal(q)
        # In polar coordinates the first mask keeps (−π/2, π/2) and the second (θ − π/2, θ + π/2).
        start = (sin(self.angle), -cos(self.angle), self.angle - pi / 2) if two else (Integer(0), Integer(-1), -pi / 2)
        end = (Integer(0), Integer(1), pi / 2) if one else (-sin(self.angle), cos(self.angle), self.angle + pi / 2)
        radial = 2 ** Rational(p + q, 2) * gamma(Rational(p + q, 2) + 1)
        return radial * expand(_powers(p, q, *end) - _powers(p, q, *start)) / (2 * pi)


def _powers(p: int, q: int, c: Expr, s: Expr, angle: Expr) -> Expr:
    """An antiderivative of cos^p sin^q at an angle of that cosine and sine."""
    if q >= 2:
        return _powers(p, q - 2, c, s, angle) - _powers(p + 2, q - 2, c, s, angle)
    if q == 1:
        return -(c ** (p + 1)) / (p + 1)
    if p == 0:
        return angle
    before = Integer(0) if p == 1 else Rational(p - 1, p) * _powers(p - 2, 0, c, s, angle)
    return c ** (p - 1) * s / p + before


_unit = gaussian_moment(Integer(1))
_readout = gaussian_moment(1 / m)

TWO = model(
    "two-inputs",
    (m, d),
    r"W, a \text{ at initialisation},\ \angle(x, x') = \theta",
    (
        Tensor("Wbar", (m, d - 2), _unit),
        Tensor("a", (m,), _readout),
        *(Tensor(name, (m,), group="plane") for name in ("g", "h", "D", "Dp")),
    ),
    joint={"plane": cone_moment(theta)},
)
_PRODUCT = r"\langle \nabla f(x), \nabla f(x') \rangle"
gradient_product = RV(
    "gradient_product",
    TWO,
    _PRODUCT,
    Form.parse("a_i D_i g_i g_j Dp_j a_j", coefficient=1 / d)
    + Form.parse("a_i D_i h_i h_j Dp_j a_j", coefficient=1 / d)
    + Form.parse("a_i D_i Wbar_ik Wbar_jk Dp_j a_j", coefficient=1 / d),
)

ORTHOGONAL = counted(
    "orthogonal-inputs",
    (m, d, n),
    r"W, a \text{ at initialisation},\ n + 1 \le d \text{ orthogonal inputs}",
    (
        Tensor("Wbar", (m, d - n - 1), _unit),
        Tensor("a", (m,), _readout),
        *(Tensor(name, (m,), group="fresh") for name in ("g", "D")),
        *(Tensor(name, (m, n), group="seen") for name in ("h", "E")),
    ),
    joint={"fresh": half_space_moment("g", "D"), "seen": half_space_moment("h", "E")},
)
mean_product = RV(
    "mean_product",
    ORTHOGONAL,
    r"\left\langle \tfrac1n \textstyle\sum_k \nabla f(x_k), \nabla f(x_0) \right\rangle",
    Form.parse("a_i D_i g_i g_j E_jk a_j", coefficient=1 / (n * d))
    + Form.parse("a_i D_i h_il h_jl E_jk a_j", coefficient=1 / (n * d))
    + Form.parse("a_i D_i Wbar_il Wbar_jl E_jk a_j", coefficient=1 / (n * d)),
)

PAIR = model("orthogonal-pair", (m, d), r"W, a \text{ at initialisation, two orthogonal inputs}")
orthogonal_product = RV("orthogonal_product", PAIR, _PRODUCT)
# The same at sizes at which the bound with constants says something.
WIDE_PAIR = model("wide-orthogonal-pair", (m, d), PAIR.tex)
wide_product = RV("orthogonal_product", WIDE_PAIR, _PRODUCT)

HALVES = counted(
    "orthogonal-halves",
    (m, d, n),
    r"W, a \text{ at initialisation},\ n \text{ training and } n \text{ test inputs, all orthogonal}",
)
_LEAST = r"\min_{i, j} \langle \nabla f(x_i), \nabla f(x'_j) \rangle"
least_orthogonal = RV("least_product", HALVES, _LEAST)

SPHERES = counted(
    "test-noises",
    (m, d, n),
    r"W, a \text{ at initialisation},\ n \text{ training and } n \text{ test inputs, uniform on the sphere}",
)
least_product = RV("least_product", SPHERES, _LEAST)
mean_probe = RV("mean_probe", SPHERES, r"\text{test accuracy of } \textstyle\sum_i y_i r_i")
fitted_probe = RV("fitted_probe", SPHERES, r"\text{test accuracy of 50 L-BFGS steps}")
