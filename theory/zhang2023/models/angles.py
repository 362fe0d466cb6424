"""Networks with several outputs and deep networks, seen through the angle of gradient and witness (whp S20, S21)."""

from __future__ import annotations

from ...language.models import RV
from ...language.parameters import size
from ..symbols import d, m, n
from .common import counted, model

__all__ = [
    "CLASSES",
    "CLASS_LAW",
    "CLASS_NETWORKS",
    "DEEP",
    "DEEP_LAW",
    "DEPTHS",
    "K",
    "L",
    "class_cosine",
    "class_cosine_scalar",
    "deep_cosine",
    "deep_cosine_scalar",
    "equal_cosines",
    "narrow_cosines",
    "two_class_margin",
    "uniform_margin",
    "vertex_cosine",
    "worst_margin",
]

K, L = size("K_c", 2), size("L_h")

_OUTPUTS = r"A \in \mathbb{R}^{K_c \times m} \text{ iid } \mathcal{N}(0, 1/m),\ r = W^\top D_x A^\top (p - e_y)"
CLASSES = counted("class-outputs", (m, d, n, K), _OUTPUTS + r",\ n \text{ random inputs}")
# Linear in p: the least over all p is at some p = e_j.
worst_margin = RV("worst_margin", CLASSES, r"\min_{p,\, k \ne y} \langle v_y - v_k, r \rangle / \|e_y - p\|_1")
uniform_margin = RV("uniform_margin", CLASSES, r"\min_{k \ne y} \langle v_y - v_k, r \rangle\big|_{T = \infty}")

CLASS_NETWORKS = model("class-networks", (m, d, K), _OUTPUTS + r",\ \text{one } x")
class_cosine = RV("cosine", CLASS_NETWORKS, r"\cos\angle(v_y - v_k, r)\big|_{p = 1/K_c}")
two_class_margin = RV("two_class_margin", CLASS_NETWORKS, r"\langle v_y - v_k, r \rangle\big|_{p = e_k}")
CLASS_LAW = model(
    "class-law",
    (m, d, K),
    r"k \sim \mathrm{Bin}(m, 1/2),\ c = \sqrt{K_c/(2(K_c-1))},\ s^2 = 1 - c^2",
)
_STEP = r"T/\sqrt{T^2 + (1 - \rho^2) \chi^2_{d-1}},\ T = \rho \chi_d + \sqrt{1 - \rho^2} Z,\ "
class_cosine_scalar = RV(
    "cosine",
    CLASS_LAW,
    _STEP + r"\rho = t/\sqrt{t^2 + s^2 \chi^2_{k-1} + \chi^2_{m-k}},\ t = c \chi_k + s Z'",
)
# The worst angle there is, 60 degrees.
vertex_cosine = RV("vertex_cosine", CLASS_LAW, r"\text{the same at } c = \tfrac12")

_LAYERS = r"W_\ell \in \mathbb{R}^{m \times m_{\ell-1}},\ m_0 = d,\ L_h \text{ hidden layers of width } m"
DEEP = model("deep", (m, d, L), _LAYERS + r",\ \text{one } x")
_COSINE = r"\cos\angle(W_1^\top \cdots W_L^\top a, \nabla f(x))"
deep_cosine = RV("cosine", DEEP, _COSINE)
DEEP_LAW = model(
    "deep-law",
    (m, d, L),
    r"\rho_L = 1,\ \rho_{\ell-1} = T/\sqrt{T^2 + (1 - \rho_\ell^2) \chi^2_{k-1} + \chi^2_{m-k}},\ "
    r"T = \rho_\ell \chi_k + \sqrt{1 - \rho_\ell^2}\, Z,\ k \sim \mathrm{Bin}(m, 1/2)",
)
deep_cosine_scalar = RV("cosine", DEEP_LAW, _STEP + r"\rho = \rho_0")

# One law per depth, the input dimension being the width.
DEPTHS = (1, 2, 3)


def _at_depth(name: str, depth: int) -> RV:
    return RV("cosine", model(f"{name}-{depth}", (m,), rf"m_1 = \cdots = m_L = d = m,\ L = {depth}"), _COSINE)


equal_cosines = tuple(_at_depth("deep-law", depth) for depth in DEPTHS)
# The same where failures are still drawn.
narrow_cosines = tuple(_at_depth("narrow-deep-law", depth) for depth in DEPTHS)
