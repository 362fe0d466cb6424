"""The paper's models and random variables: Section 2 and the simplified model of Section 3.1.

With v = -Wᵀa the witness and margin = ⟨-v, ∇f(x)⟩ = aᵀ W Wᵀ D a, every form below is one index sum over the tensors of
its model; exact laws are attached where one is known.
"""

from __future__ import annotations

from fractions import Fraction

from sympy import Integer, Rational

from ..core import RV, Cell, Model, Tensor
from ..forms import Form
from ..scalar_laws import (
    AffineLaw,
    ChiSquareLaw,
    DominatedLaw,
    MarginLaw,
    ScaleMixtureLaw,
    SignLaw,
)
from ..symbols import d, m, mu4
from ..wick import bernoulli_moment, gaussian_moment, half_space_moment, symmetric_moment

WITNESS_MARGIN = "a_i W_ik W_jk D_j a_j"


def _size(cell: Cell, name: str) -> int:
    value = cell[name]
    if value.denominator != 1 or value < 1:
        raise ValueError(f"{name} must be a positive integer, found {value}")
    return int(value)


def _margin_law(cell: Cell) -> MarginLaw:
    return MarginLaw(_size(cell, "m"), _size(cell, "d"))


_gauss_w = gaussian_moment(1 / d)
_gauss_a = gaussian_moment(1 / m)

INIT = Model(
    "init",
    ("m", "d", "n"),
    r"W_{ij} \sim \mathcal{N}(0, 1/d),\ a_i \sim \mathcal{N}(0, 1/m),\ D_x = \operatorname{diag}(1[Wx > 0]),\ "
    r"\|x\| = \sqrt{d}",
    (
        Tensor("W", (m, d), _gauss_w, variance=1 / d),
        Tensor("a", (m,), _gauss_a, variance=1 / m),
        Tensor("x", (d,)),
        Tensor("h", (m,)),
        Tensor("D", (m,)),
        Tensor("Pi", (d, d)),
        Tensor("Pperp", (d, d)),
        Tensor("U", (d, d - 1)),
        Tensor("Wt", (m, d), _gauss_w, variance=1 / d),
        Tensor("Wbar", (m, d - 1), _gauss_w, variance=1 / d),
        Tensor("kappa", ()),
        Tensor("y", ()),
    ),
)
SIMPLIFIED = Model(
    "simplified",
    ("m", "d"),
    r"W_{ij} \sim \mathcal{N}(0, 1/d),\ a_i \sim \mathcal{N}(0, 1/m),\ D_{ii} \sim \mathrm{Bernoulli}(1/2),\ "
    r"\text{all independent}",
    (
        Tensor("W", (m, d), _gauss_w, variance=1 / d),
        Tensor("a", (m,), _gauss_a, variance=1 / m),
        Tensor("D", (m,), bernoulli_moment(Rational(1, 2))),
    ),
)
# The margin at initialisation split along x (eq. 11): h = Wx and its mask are dependent, W̄ is not.
SYMMETRIC = Model(
    "symmetric",
    ("m", "d"),
    r"W_{ij} \sim \mathcal{N}(0, 1/d),\ a_i \text{ iid symmetric},\ \mathbb{E}a_i^2 = 1/m,\ "
    r"\mathbb{E}a_i^4 = \mu_4/m^2,\ D_x = \operatorname{diag}(1[Wx > 0])",
    (
        Tensor("Wbar", (m, d - 1), _gauss_w),
        Tensor("a", (m,), symmetric_moment(1 / m, mu4)),
        Tensor("h", (m,), group="half-space"),
        Tensor("D", (m,), group="half-space"),
    ),
    joint={"half-space": half_space_moment("h", "D")},
)
SCALAR = Model(
    "scalar-law",
    ("m", "d"),
    r"k \sim \mathrm{Bin}(m, 1/2),\ mP \sim \chi^2_k,\ mN \sim \chi^2_{m-k},\ \text{given } k \text{ independent}",
)
MATRIX = Model(
    "gaussian-matrix",
    ("m", "d"),
    r"X, \tilde X \in \mathbb{R}^{m \times d} \text{ independent with iid } \mathcal{N}(0, 1) \text{ entries}",
    (
        Tensor("X", (m, d), gaussian_moment(Integer(1)), variance=Integer(1)),
        Tensor("Xt", (m, d), gaussian_moment(Integer(1)), variance=Integer(1)),
        Tensor("Aone", (Integer(1), m)),
        Tensor("Atwo", (d, Integer(1))),
        Tensor("Pone", (m, m)),
        Tensor("Qone", (m, m)),
        Tensor("Ptwo", (d, d)),
        Tensor("Qtwo", (d, d)),
    ),
)

margin = RV("margin", INIT, "a^\\top W W^\\top D_x a", Form.parse(WITNESS_MARGIN), _margin_law)
noise_margin = RV(
    "noise_margin",
    INIT,
    r"\langle v, y\, r_x \rangle",
    Form.parse("kappa y y " + WITNESS_MARGIN),
    lambda cell: SignLaw(_margin_law(cell)),
)
margin_simplified = RV("margin", SIMPLIFIED, "a^\\top W W^\\top D a", Form.parse(WITNESS_MARGIN), _margin_law)
margin_symmetric = RV(
    "margin",
    SYMMETRIC,
    "a^\\top W W^\\top D_x a",
    Form.parse("a_i h_i h_j D_j a_j", coefficient=1 / d) + Form.parse("a_i Wbar_ik Wbar_jk D_j a_j"),
)
margin_scalar = RV("margin", SCALAR, r"\tfrac{P}{d}\chi^2_d + \tfrac{\sqrt{PN}}{d}\,\chi_d Z", None, _margin_law)

kappa = RV("kappa", INIT, r"(1 - s(y f))", Form.parse("kappa"))
norm_h2 = RV("norm_h2", INIT, r"\|h\|^2", Form.parse("h_i h_i"), lambda c: ChiSquareLaw(_size(c, "m")))
norm_Dh2 = RV("norm_Dh2", INIT, r"\|D_x h\|^2", Form.parse("h_i D_i D_i h_i"))
a_h = RV("a_h", INIT, r"a^\top h", Form.parse("a_i h_i"), lambda c: ScaleMixtureLaw(_size(c, "m")))
# ‖D_x h‖ ≤ ‖h‖, so the tail of aᵀD_x h lies below that of aᵀh.
a_Dh = RV(
    "a_Dh", INIT, r"a^\top D_x h", Form.parse("h_i D_i a_i"), lambda c: DominatedLaw(ScaleMixtureLaw(_size(c, "m")))
)
along_x = RV("along_x", INIT, r"a^\top W x\, x^\top W^\top D_x a", Form.parse("a_i W_ik x_k x_l W_jl D_j a_j"))
# (aᵀh)(hᵀD_x a) is the margin of a network with d = 1: the same (P, N, Z) with χ²_1.
cross = RV(
    "cross",
    INIT,
    r"\tfrac{1}{d} a^\top W x\, x^\top W^\top D_x a",
    Form.parse("a_i W_ik x_k x_l W_jl D_j a_j", coefficient=1 / d),
    lambda c: AffineLaw(MarginLaw(_size(c, "m"), 1), Fraction(1, _size(c, "d"))),
)
across_x = RV(
    "across_x",
    INIT,
    r"a^\top W \Pi_x^\perp W^\top D_x a",
    Form.parse("a_i W_ik Pperp_kl W_jl D_j a_j"),
)
