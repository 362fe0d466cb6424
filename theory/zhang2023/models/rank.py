"""Noises that are separable by algebra: interpolating witnesses, orthogonal inputs, shuffled labels (whp S18)."""

from __future__ import annotations

from ...calculus.forms import Form
from ...language.law_of import LawOf
from ...language.models import RV, Tensor
from ..margin.mask_laws import MaskedNormLaw
from ..symbols import d, m, n
from .common import counted, model

__all__ = [
    "CONTROL",
    "FEW",
    "INTERPOLATED",
    "NARROW",
    "NARROW_TRAINED",
    "few_separable",
    "inside",
    "masked_norm",
    "narrow_separable",
    "pinv_error",
    "pinv_margin",
    "shuffled_separable",
    "trained_error",
]

# Any v with Wv = a: W⁺a where W has full row rank.
INTERPOLATED = model(
    "interpolated",
    (m, d),
    r"W, v \text{ arbitrary},\ a = W v,\ D = \operatorname{diag}(1[Wx > 0])",
    (Tensor("W", (m, d)), Tensor("v", (d,)), Tensor("a", (m,)), Tensor("D", (m,))),
)
inside = RV("interpolated_margin", INTERPOLATED, r"\langle v, \nabla f(x) \rangle", Form.parse("v_k W_ik D_i a_i"))
masked_norm = RV("masked_norm", INTERPOLATED, r"\|D_x a\|^2", Form.parse("a_i D_i D_i a_i"))

NARROW = model("narrow", (m, d), r"W, a \text{ at initialisation},\ m \le d,\ \text{one } x")
pinv_margin = RV("pinv_margin", NARROW, r"\langle W^+ a, \nabla f(x) \rangle", None, LawOf(MaskedNormLaw, m))
pinv_error = RV("pinv_error", NARROW, r"\left| \langle W^+ a, \nabla f(x) \rangle - \|D_x a\|^2 \right| / \|a\|^2")

NARROW_TRAINED = counted(
    "narrow-trained",
    (m, d, n),
    r"m \le d,\ (W^*, a^*) \text{ found by gradient descent on both layers}",
)
trained_error = RV(
    "trained_error",
    NARROW_TRAINED,
    r"\max_i \left| \langle W^{*+} a^*, \nabla f(x_i; W^*, a^*) \rangle - \|D^*_i a^*\|^2 \right| / \|a^*\|^2",
)
narrow_separable = RV(
    "separable", NARROW_TRAINED, r"1[\exists v:\ \langle v, y_i r_i \rangle > 0\ \forall i \text{ with } r_i \ne 0]"
)

FEW = counted("few-orthogonal", (m, d, n), r"W, a \text{ at initialisation},\ n \le d \text{ orthogonal inputs}")
few_separable = RV("separable", FEW, r"1[\exists v:\ \langle v, y_i r_i \rangle > 0\ \forall i]")

CONTROL = counted(
    "shuffled",
    (m, d, n),
    r"W, a \text{ at initialisation},\ m > d,\ n \text{ random inputs, fair random labels independent of the noises}",
)
shuffled_separable = RV("separable", CONTROL, r"1[\exists v:\ y'_i \langle v, r_i \rangle > 0\ \forall i]")
