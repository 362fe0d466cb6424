"""Noises that are separable by algebra: interpolating witnesses, orthogonal inputs, shuffled labels (whp S18).

Several outputs: u = A_y − A_k and b = Aᵀ(e_y − p) take the place of a. For one output, and for two, they are parallel.
"""

from __future__ import annotations

from ...calculus.forms import Form
from ...language.law_of import LawOf
from ...language.models import RV, Tensor
from ..margin.class_laws import MaskedProductLaw
from ..margin.mask_laws import MaskedNormLaw
from ..symbols import d, m, n
from .common import counted, model

__all__ = [
    "CLASS_CONTROL",
    "CONTROL",
    "DESCENT",
    "DIGITS",
    "FEW",
    "INTERPOLATED",
    "NARROW",
    "NARROW_CLASSES",
    "NARROW_TRAINED",
    "class_excess",
    "class_separable",
    "descent_separable",
    "few_separable",
    "inside",
    "inside_classes",
    "masked_norm",
    "masked_product",
    "narrow_class_margin",
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
    r"W, v, b \text{ arbitrary},\ a = W v,\ D = \operatorname{diag}(1[Wx > 0])",
    (Tensor("W", (m, d)), Tensor("v", (d,)), Tensor("a", (m,)), Tensor("b", (m,)), Tensor("D", (m,))),
)
inside = RV("interpolated_margin", INTERPOLATED, r"\langle v, \nabla f(x) \rangle", Form.parse("v_k W_ik D_i a_i"))
masked_norm = RV("masked_norm", INTERPOLATED, r"\|D_x a\|^2", Form.parse("a_i D_i D_i a_i"))
inside_classes = RV(
    "interpolated_class_margin", INTERPOLATED, r"\langle v, W^\top D_x b \rangle", Form.parse("v_k W_ik D_i b_i")
)
masked_product = RV("masked_product", INTERPOLATED, r"a^\top D_x b", Form.parse("a_i D_i b_i"))

NARROW = model("narrow", (m, d), r"W, a \text{ at initialisation},\ m \le d,\ \text{one } x")
pinv_margin = RV("pinv_margin", NARROW, r"\langle W^+ a, \nabla f(x) \rangle", None, LawOf(MaskedNormLaw, m))
pinv_error = RV("pinv_error", NARROW, r"\left| \langle W^+ a, \nabla f(x) \rangle - \|D_x a\|^2 \right| / \|a\|^2")

NARROW_CLASSES = model(
    "narrow-classes",
    (m, d),
    r"W, A \text{ at initialisation},\ K_c \ge 3 \text{ outputs},\ m \le d,\ p = e_j,\ j \ne k,\ \text{one } x",
)
narrow_class_margin = RV(
    "narrow_class_margin",
    NARROW_CLASSES,
    r"\langle W^+ (A_y - A_k), W^\top D_x A^\top (e_y - p) \rangle",
    None,
    LawOf(MaskedProductLaw, m),
)

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

DESCENT = counted(
    "descent-trained",
    (m, d, n),
    r"(W^*, a^*) \text{ found by gradient descent on both layers},\ 2n \le d",
)
descent_separable = RV(
    "separable_across",
    DESCENT,
    r"1[\exists v \perp x_1, \dots, x_n:\ \langle v, y_i r_i \rangle > 0\ \forall i \text{ with } r_i \ne 0]",
)

FEW = counted("few-orthogonal", (m, d, n), r"W, a \text{ at initialisation},\ n \le d \text{ orthogonal inputs}")
few_separable = RV("separable", FEW, r"1[\exists v:\ \langle v, y_i r_i \rangle > 0\ \forall i]")

CONTROL = counted(
    "shuffled",
    (m, d, n),
    r"W, a \text{ at initialisation},\ m > d,\ n \text{ random inputs, fair random labels independent of the noises}",
)
shuffled_separable = RV("separable", CONTROL, r"1[\exists v:\ y'_i \langle v, r_i \rangle > 0\ \forall i]")

CLASS_CONTROL = counted(
    "shuffled-classes",
    (m, d, n),
    r"W, A \text{ at initialisation},\ 10 \text{ outputs},\ n \text{ random inputs}, "
    r"\text{fair random labels independent of the noises}",
)
class_separable = RV("separable", CLASS_CONTROL, r"1[\exists v:\ y'_i \langle v, r_i \rangle > 0\ \forall i]")

DIGITS = counted(
    "digits-classes",
    (m, d, n),
    r"W, A \text{ of Figure 3's networks after training on digits},\ n \text{ of its training points}",
)
class_excess = RV("excess_rank", DIGITS, r"\operatorname{rank}\{r_1, \dots, r_n\} - \min(m, d)")
