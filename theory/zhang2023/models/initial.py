"""The paper's models and random variables: Section 2 and the simplified model of Section 3.1.

With v = -Wᵀa the witness and margin = ⟨-v, ∇f(x)⟩ = aᵀ W Wᵀ D a, every form below is one index sum over the tensors of
its model; exact laws are attached where one is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Integer, Rational, Symbol, sqrt

from ...calculus.forms import Form
from ...language.cells import Cell
from ...language.heads import Binomial, ChiSquare, Normal
from ...language.law_of import LawOf
from ...language.models import RV, Tensor
from ...language.parameters import real, sizes
from ...laws.elementary import AffineLaw, ChiSquareLaw, ConstantLaw, DominatedLaw, NegatedLaw, SignLaw
from ...laws.mixtures import ProductSumLaw, ScaleMixtureLaw
from ...laws.moments import bernoulli_moment, gaussian_moment, half_space_moment, symmetric_moment
from ...laws.protocol import ScalarLaw
from ..margin.mask_laws import ActiveCountLaw, ImageExcessLaw, ImageNormLaw, MaskedNormLaw, MaskedShareLaw
from ..margin.scalar_laws import CrossTermLaw, MarginLaw, MarginRatioLaw
from ..symbols import d, m, mu4, n
from .common import counted, model, whole

WITNESS_MARGIN = "a_i W_ik W_jk D_j a_j"


_MARGIN = LawOf(MarginLaw, m, d)


_gauss_w = gaussian_moment(1 / d)
_gauss_a = gaussian_moment(1 / m)

# Of a masked Gaussian readout: the number of active neurons, the two parts of ‖a‖², and a normal vector's norm.
_k, _P, _N, _R = (Symbol(name, nonnegative=True) for name in ("k", "P", "N", "R"))
_Z = Symbol("Z", real=True)


def _scalars(dimension: Expr) -> tuple[tuple[Symbol, Expr], ...]:
    half = Rational(1, 2)
    parts = ((_k, Binomial(m, half)), (_P, ChiSquare(1 / m, _k)), (_N, ChiSquare(1 / m, m - _k)))
    return (*parts, (_R, ChiSquare(1, dimension)), (_Z, Normal(0, 1)))


INIT = counted(
    "init",
    (m, d, n),
    r"W_{ij} \sim \mathcal{N}(0, 1/d),\ a_i \sim \mathcal{N}(0, 1/m),\ D_x = \operatorname{diag}(1[Wx > 0]),\ "
    r"\|x\| = \sqrt{d}",
    (
        Tensor("W", (m, d), _gauss_w, variance=1 / d),
        Tensor("a", (m,), _gauss_a, variance=1 / m),
        Tensor("x", (d,), of=()),
        Tensor("h", (m,), of=("W", "x")),
        Tensor("D", (m,), marks="h"),
        Tensor("Pi", (d, d), of=()),
        Tensor("Pperp", (d, d), of=()),
        Tensor("U", (d, d - 1), of=()),
        Tensor("Wt", (m, d), _gauss_w, variance=1 / d),
        Tensor("Wbar", (m, d - 1), _gauss_w, variance=1 / d),
        # All inputs: the projection onto the complement of their span, and an orthonormal basis of it.
        Tensor("xtwo", (d,), of=()),
        Tensor("PerpX", (d, d), of=()),
        Tensor("UX", (d, d - n), of=()),
        Tensor("WbarX", (m, d - n), _gauss_w, variance=1 / d),
        Tensor("kappa", (), of=("W", "a", "x", "y")),
        Tensor("eta", (), of=()),
        Tensor("y", (), values=(1, -1), of=()),
    ),
    identities=(
        "h_i = W_ik*x_k",
        "D_i*D_i = D_i",
        "x_k*x_k = d",
        "Pi_kl = x_k*x_l/d",
        "Pperp_kl = I_kl - x_k*x_l/d",
        "U_kp*U_lp = I_kl - x_k*x_l/d",
        "U_kp*U_kq = I_pq",
        "x_k*U_kp = 0",
        "PerpX_kl = PerpX_lk",
        "PerpX_kl*PerpX_lj = PerpX_kj",
        "PerpX_kk = d - n",
        "PerpX_kl*x_l = 0",
        "PerpX_kl*xtwo_l = 0",
        "UX_kp*UX_lp = PerpX_kl",
        "UX_kp*UX_kq = I_pq",
        "UX_kp*x_k = 0",
        "UX_kp*xtwo_k = 0",
        "y*y = 1",
    ),
)
SIMPLIFIED = model(
    "simplified",
    (m, d),
    r"W_{ij} \sim \mathcal{N}(0, 1/d),\ a_i \sim \mathcal{N}(0, 1/m),\ D_{ii} \sim \mathrm{Bernoulli}(1/2),\ "
    r"\text{all independent}",
    (
        Tensor("W", (m, d), _gauss_w, variance=1 / d),
        Tensor("Wt", (m, d), _gauss_w, variance=1 / d),
        Tensor("a", (m,), _gauss_a, variance=1 / m),
        Tensor("D", (m,), bernoulli_moment(Rational(1, 2))),
        # I - D; no moment is asked of it, because it depends on D.
        Tensor("Dbar", (m,), of=("D",)),
    ),
    identities=("Dbar_i = I_i - D_i", "D_i*D_i = D_i"),
)
# The margin at initialisation split along x (eq. 11): h = Wx and its mask are dependent, W̄ is not.
SYMMETRIC = model(
    "symmetric",
    (m, d),
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
SCALAR = model(
    "scalar-law",
    (m, d),
    r"k \sim \mathrm{Bin}(m, 1/2),\ mP \sim \chi^2_k,\ mN \sim \chi^2_{m-k},\ \text{given } k \text{ independent}",
    scalars=_scalars(d),
    values={"margin": _P * _R / d + sqrt(_P * _N * _R) * _Z / d},
)
_rows, _columns = sizes("r s")
MATRIX = model(
    "gaussian-matrix",
    (m, d),
    r"X, \tilde X \in \mathbb{R}^{m \times d} \text{ independent with iid } \mathcal{N}(0, 1) \text{ entries},\ "
    r"A_2 = h_2(A_1 X, Z_2);\ A_1, Z_1, Z_2 \text{ independent of } X, \text{ and given}",
    (
        Tensor("X", (m, d), gaussian_moment(Integer(1)), variance=Integer(1)),
        Tensor("Xt", (m, d), gaussian_moment(Integer(1)), variance=Integer(1)),
        # Given are A₁, Z₁ and Z₂, independent of X; the projections are onto the rows of A₁ and the columns of A₂.
        Tensor("Aone", (_rows, m), of=()),
        Tensor("AX", (_rows, d), of=("Aone", "X")),
        Tensor("Atwo", (d, _columns), of=("AX",)),
        Tensor("Pone", (m, m), of=()),
        Tensor("Qone", (m, m), of=()),
        Tensor("Ptwo", (d, d), of=("Atwo",)),
        Tensor("Qtwo", (d, d), of=("Atwo",)),
    ),
    identities=(
        "AX_pj = Aone_pi*X_ij",
        "Pone_ij = Pone_ji",
        "Qone_ij = Qone_ji",
        "Ptwo_ij = Ptwo_ji",
        "Qtwo_ij = Qtwo_ji",
        "Pone_ij*Pone_jk = Pone_ik",
        "Qone_ij*Qone_jk = Qone_ik",
        "Pone_ij*Qone_jk = 0",
        "Ptwo_ij*Ptwo_jk = Ptwo_ik",
        "Qtwo_ij*Qtwo_jk = Qtwo_ik",
        "Ptwo_ij*Qtwo_jk = 0",
        "Aone_pi*Pone_ij = Aone_pj",
        "Aone_pi*Qone_ij = 0",
        "Ptwo_ij*Atwo_jq = Atwo_iq",
        "Qone_ij = I_ij - Pone_ij",
        "Qtwo_ij = I_ij - Ptwo_ij",
    ),
)

margin = RV("margin", INIT, "a^\\top W W^\\top D_x a", Form.parse(WITNESS_MARGIN), _MARGIN)
noise_margin = RV(
    "noise_margin",
    INIT,
    r"\langle v, y\, r_x \rangle",
    Form.parse("kappa y y " + WITNESS_MARGIN),
    LawOf(SignLaw, _MARGIN),
)
margin_simplified = RV("margin", SIMPLIFIED, "a^\\top W W^\\top D a", Form.parse(WITNESS_MARGIN), _MARGIN)
margin_symmetric = RV(
    "margin",
    SYMMETRIC,
    "a^\\top W W^\\top D_x a",
    Form.parse("a_i h_i h_j D_j a_j", coefficient=1 / d) + Form.parse("a_i Wbar_ik Wbar_jk D_j a_j"),
)
margin_scalar = RV("margin", SCALAR, r"\tfrac{P}{d}\chi^2_d + \tfrac{\sqrt{PN}}{d}\,\chi_d Z", None, _MARGIN)

kappa = RV("kappa", INIT, r"(1 - s(y f))", Form.parse("kappa"))
norm_h2 = RV("norm_h2", INIT, r"\|h\|^2", Form.parse("h_i h_i"), LawOf(ChiSquareLaw, m))
norm_Dh2 = RV("norm_Dh2", INIT, r"\|D_x h\|^2", Form.parse("h_i D_i D_i h_i"))
a_h = RV("a_h", INIT, r"a^\top h", Form.parse("a_i h_i"), LawOf(ScaleMixtureLaw, m, norm_h2))
# ‖D_x h‖ ≤ ‖h‖, so the tail of aᵀD_x h lies below that of aᵀh.
a_Dh = RV(
    "a_Dh",
    INIT,
    r"a^\top D_x h",
    Form.parse("h_i D_i a_i"),
    LawOf(DominatedLaw, LawOf(ScaleMixtureLaw, m, norm_h2)),
)
along_x = RV("along_x", INIT, r"a^\top W x\, x^\top W^\top D_x a", Form.parse("a_i W_ik x_k x_l W_jl D_j a_j"))
# (aᵀh)(hᵀD_x a) is the margin of a network with d = 1: the same (P, N, Z) with χ²_1.
cross = RV(
    "cross",
    INIT,
    r"\tfrac{1}{d} a^\top W x\, x^\top W^\top D_x a",
    Form.parse("a_i W_ik x_k x_l W_jl D_j a_j", coefficient=1 / d),
    LawOf(AffineLaw, LawOf(MarginLaw, m, 1), 1 / d),
)
across_x = RV(
    "across_x",
    INIT,
    r"a^\top W \Pi_x^\perp W^\top D_x a",
    Form.parse("a_i W_ik Pperp_kl W_jl D_j a_j"),
)

# Appendix 6: the simplified model's pieces. D̄ = I − D, a_D = Da, w_k the k-th column of W.
mask = RV("D", SIMPLIFIED, "D", Form.parse("D_i", free="i"))
readout = RV("a", SIMPLIFIED, "a", Form.parse("a_i", free="i"))
trace_D = RV("trace_D", SIMPLIFIED, r"\operatorname{Tr} D", Form.parse("D_i"), LawOf(ActiveCountLaw, m))
norm_a2 = RV(
    "norm_a2",
    SIMPLIFIED,
    r"\|a\|^2",
    Form.parse("a_i a_i"),
    LawOf(AffineLaw, LawOf(ChiSquareLaw, m), 1 / m),
)
norm_aD2 = RV("norm_aD2", SIMPLIFIED, r"\|Da\|^2", Form.parse("a_i D_i D_i a_i"), LawOf(MaskedNormLaw, m, trace_D))
norm_aoff2 = RV(
    "norm_aoff2",
    SIMPLIFIED,
    r"\|\bar D a\|^2",
    Form.parse("a_i Dbar_i Dbar_i a_i"),
    LawOf(MaskedNormLaw, m, trace_D),
)
share = RV("share", SIMPLIFIED, r"\|a_D\|^2/\|a_{\bar D}\|^2", None, LawOf(MaskedShareLaw, m))
image_norm2 = RV(
    "image_norm2",
    SIMPLIFIED,
    r"a^\top D W W^\top D a",
    Form.parse("a_i D_i W_ik W_jk D_j a_j"),
    LawOf(ImageNormLaw, m, d),
)
image_excess = RV(
    "image_excess",
    SIMPLIFIED,
    r"\left(\|W^\top Da\|^2 - \tfrac{\|Da\|^2}{d} \cdot \tfrac{d}{2}\right)",
    Form.parse("a_i D_i W_ik W_jk D_j a_j") + Form.parse("a_i D_i D_i a_i", coefficient=Rational(-1, 2)),
    LawOf(ImageExcessLaw, m, d),
)
cross_D = RV(
    "cross_D",
    SIMPLIFIED,
    r"a^\top (I - D) W W^\top D a",
    Form.parse("a_i Dbar_i W_ik W_jk D_j a_j"),
    LawOf(CrossTermLaw, m, d),
)
cross_columns = RV(
    "cross_columns",
    SIMPLIFIED,
    r"\sum_{k=1}^d (w_{k,\bar D}^\top a_{\bar D})(w_{k,D}^\top a_D)",
    Form.parse("W_ik Dbar_i Dbar_i a_i W_jk D_j D_j a_j"),
    LawOf(CrossTermLaw, m, d),
)
off_k = RV("off_k", SIMPLIFIED, r"w_{k,\bar D}^\top a_{\bar D}", Form.parse("W_ik Dbar_i a_i", free="k"))
on_k = RV("on_k", SIMPLIFIED, r"w_{k,D}^\top a_D", Form.parse("W_ik D_i a_i", free="k"))
on_k_copy = RV("on_k_copy", SIMPLIFIED, r"\tilde w_{k,D}^\top a_D", Form.parse("Wt_ik D_i a_i", free="k"))

CHI2 = model("chi-square", (d,), r"X \sim \chi^2_d")
chi2 = RV("X", CHI2, "X", None, LawOf(ChiSquareLaw, d))

# Corollary 3.4.1: v' = -Π⊥_X Wᵀa, Π⊥_X the projection onto the complement of the span of all n inputs.
PROJECTED_MARGIN = "a_i W_ik PerpX_kl W_jl D_j a_j"


@dataclass(frozen=True)
class _Projected:
    """The margin in dimension d - n, rescaled; inputs in general position, so that rank X = min(n, d)."""

    def __call__(self, cell: Cell) -> ScalarLaw:
        width, dimension, rank = whole(cell, "m"), whole(cell, "d"), whole(cell, "n")
        if rank >= dimension:
            return ConstantLaw(Fraction(0))
        return AffineLaw(MarginLaw(width, dimension - rank), Fraction(dimension - rank, dimension))

    def __repr__(self) -> str:
        return "the margin in dimension d - n, rescaled"

    def described(self) -> dict[str, Any]:
        """The same in general terms, for d > n."""
        return {"family": "affine", "of": MarginLaw.described(m, d - n), "scale": (d - n) / d, "shift": Integer(0)}


_projected_law = _Projected()


def _signed_law(cell: Cell) -> ScalarLaw:
    base = _projected_law(cell)
    return SignLaw(base if cell["y"] > 0 else NegatedLaw(base))


def _sign_of_projected(cell: Cell) -> ScalarLaw:
    return SignLaw(_projected_law(cell))


projected_margin = RV(
    "projected_margin", INIT, r"a^\top W \Pi_X^\perp W^\top D_x a", Form.parse(PROJECTED_MARGIN), _projected_law
)
on_input = RV("on_input", INIT, r"\langle v', x \rangle", Form.parse("a_i W_ik PerpX_kl x_l", coefficient=Integer(-1)))
on_step = RV(
    "on_step",
    INIT,
    r"\langle v', -\eta (1 - p) \nabla f(x) \rangle",
    Form.parse("eta kappa " + PROJECTED_MARGIN),
)
signed_step = RV(
    "signed_step",
    INIT,
    r"\langle v', -\eta (1 - p) y \nabla f(x) \rangle",
    Form.parse("eta kappa y " + PROJECTED_MARGIN),
)
on_example = RV(
    "on_example",
    INIT,
    r"\langle v', x^{\mathrm{adv}} \rangle",
    Form.parse("a_i W_ik PerpX_kl x_l", coefficient=Integer(-1)) + Form.parse("eta kappa y " + PROJECTED_MARGIN),
    _signed_law,
)
signed_example = RV(
    "signed_example",
    INIT,
    r"y \langle v', x^{\mathrm{adv}} \rangle",
    Form.parse("y a_i W_ik PerpX_kl x_l", coefficient=Integer(-1)) + Form.parse("eta kappa y y " + PROJECTED_MARGIN),
    _sign_of_projected,
)

# What S6-S11 speak of beyond the paper's own variables.
margin_ratio = RV("margin_ratio", INIT, r"Q / \|a\|^2", None, LawOf(MarginRatioLaw, m, d))
# The angle above whose tangent the step size η separates x + ηr by v = -Wᵀa: arctan2(y aᵀWx, κ(yf) Q), π where Q ≤ 0.
_ANGLE = r"\arctan\frac{y\, a^\top W x}{\kappa(y f)\, Q}"
critical_angle = RV("critical_angle", INIT, _ANGLE)

_EXAMPLE = (
    r"f = \sqrt{P} g_1,\ a^\top W x = \sqrt{P} g_1 + \sqrt{N} g_2,\ "
    r"Q = \tfrac{P}{d}(R_2 + g_1^2) + \tfrac{\sqrt{PN}}{d}(\sqrt{R_2} Z + g_1 g_2)"
)
EXAMPLE = model("example", (m, d), _EXAMPLE)
output_scalar = RV("f", EXAMPLE, r"\sqrt{P} g_1")
readout_scalar = RV("a_h", EXAMPLE, r"\sqrt{P} g_1 + \sqrt{N} g_2")
critical_angle_scalar = RV("critical_angle", EXAMPLE, _ANGLE)
# The same law along wide and long networks, where it is drawn far beyond the sweep.
EXAMPLE_PATH = model("example-path", (m, d), _EXAMPLE)
critical_angle_path = RV("critical_angle", EXAMPLE_PATH, _ANGLE)

PRODUCTS = model("normal-products", (d,), r"g_k, h_k \text{ iid } \mathcal{N}(0, 1)")
product_sum = RV("product_sum", PRODUCTS, r"\textstyle\sum_{k=1}^d g_k h_k", None, LawOf(ProductSumLaw, d))

SIGNS = model("sign-readout", (m, d), r"a_i = \pm 1/\sqrt{m} \text{ iid fair signs, the rest as at initialisation}")
margin_signs = RV("margin", SIGNS, "a^\\top W W^\\top D_x a", None, LawOf(MarginLaw, m, d, "rademacher"))
# The slope of a leaky ReLU.
LEAK = real("c", 0)
LEAKY = model("leaky", (m, d), r"\text{leaky ReLU of slope } c, \text{ the rest as at initialisation}")
margin_leaky = RV(
    "margin",
    LEAKY,
    r"\langle W^\top a, \nabla f(x) \rangle",
    None,
    LawOf(MarginLaw, m, d, "gaussian", LEAK),
)
POSITIVE = model("positive-readout", (m, d), r"a_i = 1/\sqrt{m}, \text{ the rest as at initialisation}")
margin_positive = RV("margin", POSITIVE, "a^\\top W W^\\top D_x a")

PROJECTED = counted(
    "projected",
    (m, d, n),
    r"\text{networks and inputs as at initialisation, } \operatorname{rank} X = n",
    INIT.tensors,
    identities=INIT.identities,
)
projected_direct = RV("margin", PROJECTED, projected_margin.tex, projected_margin.form)
PROJECTED_SCALAR = counted(
    "projected-law",
    (m, d, n),
    r"\text{the margin at width } m \text{ and dimension } d - n, \text{ times } (d-n)/d",
    scalars=_scalars(d - n),
    values={"margin": _P * _R / d + sqrt(_P * _N * _R) * _Z / d},
)
projected_scalar = RV("margin", PROJECTED_SCALAR, r"\tfrac{d-n}{d}\, Q_{m, d-n}")
