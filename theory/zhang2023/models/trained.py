"""Models and random variables of Section 3.2: one network and the ball around it, trained networks, stress tests.

ΔW = W* − W, Δa = a* − a, ΔD = D* − D and g = Wᵀa, p = Wg, h = Wx. A claim about all (W*, a*) of a ball is about a
supremum, which is a random variable of the initial network (model "ball") and not of any trained one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb

from ...calculus.enclosure import Enclosure, workprec
from ...calculus.forms import Form
from ...language.cells import Cell
from ...language.law_of import LawOf
from ...language.models import RV, Tensor
from ...laws.protocol import ScalarLaw
from ..margin.scalar_laws import MarginLaw
from ..symbols import d, m, n
from .common import counted, model

_SPARSITY = r"\lceil m/\log^2 m \rceil"


@dataclass(frozen=True)
class FlipsLaw(ScalarLaw):
    """Most neurons that ‖ΔW‖₂ ≤ 1/√m can flip at one x, bounded from above (whp S12).

    The flipped ones satisfy Σ h_r² ≤ d/m, so if there are t of them more than t/2 have h_r² ≤ 2d/(mt): a binomial tail,
    bounded by Chernoff's inequality with the Kullback-Leibler divergence.

    Examples
    --------
    >>> from flint import arb
    >>> FlipsLaw(2**18, 16).enclose(">=", arb(2000)).upper < arb("1e-30")
    True
    """

    m: int
    d: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if relation not in (">", ">=") or not t > 0:
            raise NotImplementedError("the number of flips is bounded from above only")
        with workprec(192):
            q = (arb(self.d) / (self.m * t)).sqrt().erf()
            share = t / (2 * self.m)
            if not q < share or not share < 1:
                return Enclosure(arb(0), arb(1))
            divergence = share * (share / q).log() + (1 - share) * ((1 - share) / (1 - q)).log()
            return Enclosure(arb(0), (-self.m * divergence).exp().upper())


PERTURBED = model(
    "perturbed",
    (m, d),
    r"W, a, \Delta W, \Delta a \text{ arbitrary},\ D = \operatorname{diag}(1[Wx > 0]),\ "
    r"D^* = \operatorname{diag}(1[W^* x > 0])",
    tuple(Tensor(name, (m, d)) for name in ("W", "dW", "Ws"))
    + tuple(Tensor(name, (m,)) for name in ("a", "da", "as", "D", "dD", "Ds", "Dm", "p", "ep")),
    identities=(
        "Ws_ik = W_ik + dW_ik",
        "as_i = a_i + da_i",
        "Ds_i = D_i + dD_i",
        "p_i = W_ik*W_jk*a_j",
        "ep_i = dW_ik*W_jk*a_j",
        "Dm_i = I_i - Ds_i",
    ),
)
BALL = model(
    "ball",
    (m, d),
    r"W, a \text{ at initialisation, one } x;\ \text{suprema over } \|\Delta W\|_2, \|\Delta a\| \le 1/\sqrt{m}",
)
EDGES = counted("edges", (m, d), r"W, a \text{ at initialisation}")
TRAINED = counted(
    "trained",
    (m, d, n),
    r"(W^*, a^*) \text{ found by gradient descent on both layers from the random initialisation, } L \le 1/10",
)
RETRAINED = counted(
    "retrained",
    (m, d, n),
    r"(W^*, a^*) \text{ found by gradient descent, every weight stored, } L \le 1/10",
)
FISHER = counted("fisher", (m, d, n), r"F_{\nu, \nu},\ \nu = d - n")
WIDE = counted("wide", (m, d, n), TRAINED.tex + r", m \gg d")
PAIRS = counted(
    "antipodal",
    (m, d, n),
    r"n/2 \text{ pairs } \pm x \text{ with one random label each, both layers trained to } L \le 1/10",
)
RADII = model("radii", (m, d), r"W, a \text{ at initialisation, one } x \text{ with } Q > 0")
THEOREM_BALL = counted("theorem-ball", (m, d, n), BALL.tex)

# eq. 17: the eight terms in the printed order, each with its index sum.
_PRINTED_TERMS = (
    ("a^\\top W W^\\top D_x a", "a_i W_ik W_jk D_j a_j"),
    ("a^\\top W \\Delta W^\\top D_x a", "a_i W_ik dW_jk D_j a_j"),
    ("a^\\top W W^\\top \\Delta D_x a", "a_i W_ik W_jk dD_j a_j"),
    ("a^\\top W W^\\top D_x \\Delta a", "a_i W_ik W_jk D_j da_j"),
    ("a^\\top W \\Delta W^\\top \\Delta D_x a", "a_i W_ik dW_jk dD_j a_j"),
    ("a^\\top W \\Delta W^\\top D_x \\Delta a", "a_i W_ik dW_jk D_j da_j"),
    ("a^\\top W W^\\top \\Delta D_x \\Delta a", "a_i W_ik W_jk dD_j da_j"),
    ("a^\\top W \\Delta W^\\top \\Delta D_x \\Delta a", "a_i W_ik dW_jk dD_j da_j"),
)
TERM_TEX = tuple(tex for tex, _ in _PRINTED_TERMS)
TERM_FORMS = tuple(
    RV(f"term{k}", PERTURBED, tex, Form.parse(form)) for k, (tex, form) in enumerate(_PRINTED_TERMS, start=1)
)
trained_gradient = RV(
    "witness_gradient",
    PERTURBED,
    r"\langle W^\top a, \nabla_x f(x; W^*, a^*) \rangle",
    Form.parse("a_i W_ik Ws_jk Ds_j as_j"),
)
perturbed_margin = RV(
    "perturbed_margin",
    PERTURBED,
    r"a^\top W W^{*\top} D^* a^*",
    Form.parse("a_i W_ik Ws_jk Ds_j as_j"),
)


def _ball(name: str, tex: str, law: Callable[[Cell], ScalarLaw] | None = None) -> RV:
    return RV(name, BALL, tex, None, law)


def _sup(tex: str) -> str:
    return rf"\sup \left|{tex}\right|"


ball_margin = _ball("margin", TERM_TEX[0], LawOf(MarginLaw, m, d))
norm_Da = _ball("norm_Da", r"\|D_x a\|")
norm_Wa = _ball("norm_Wa", r"\|a^\top W\|")
# One random variable per term after the first: a bound on its supremum over the ball, attained for terms 2, 3 and 4.
SUP_TERMS = {k: _ball(f"sup_term{k}", _sup(TERM_TEX[k - 1])) for k in range(2, 9)}
ball_flips = _ball("flips", r"\sup \|\Delta D_x\|_0", LawOf(FlipsLaw, m, d))
ball_flip_norm = _ball("flip_norm_a", r"\sup \|\Delta D_x a\|")
sparse_norm_a = _ball("sparse_norm_a", r"\sup_{\|\Delta D\|_0 < m/\log^2 m} \|\Delta D\, a\|")
sparse_p = _ball("sparse_p", rf"\sup_{{\|u\| = 1, \|u\|_0 \le {_SPARSITY}}} |a^\top W W^\top u|")
sparse_p_small = _ball(
    "sparse_p_small", r"\sup_{\|u\| = 1, \|u\|_0 \le \lceil m/(8\log^2 m) \rceil} |a^\top W W^\top u|"
)
ball_outputs = _ball("output_change", r"\sup |f^*(x) - f(x)|")
ball_knapsack = _ball("knapsack_share", r"K(d/m) / \|a^\top W\|")

edges_norms = RV("norm_product", EDGES, r"\sup \|a^\top W\| \, \|W^\top\|_2 \, \|D_x \Delta a\|")

trained_margin = RV("margin", TRAINED, r"\langle W^\top a, \nabla_x f(x; W^*, a^*) \rangle")
trained_projected = RV("projected_margin", TRAINED, r"\langle \Pi_X^\perp W^\top a, \nabla_x f(x; W^*, a^*) \rangle")
trained_loss = RV("loss", TRAINED, r"L(W^*, a^*)")
root_m_dW = RV("root_m_dW", TRAINED, r"\sqrt{m}\, \|W^* - W\|_2")
root_m_da = RV("root_m_da", TRAINED, r"\sqrt{m}\, \|a^* - a\|")
stable_rate = RV("stable_rate", TRAINED, r"\eta")
jensen = RV(
    "jensen",
    TRAINED,
    r"\frac{n [\log(1/(e^{L} - 1)) - \overline{y f_0}] - n (\|a\| + \rho_a) \rho_W \sqrt{d}}"
    r"{\|\sum_i y_i \sigma(W x_i)\|}",
)
readout_move = RV("readout_move", TRAINED, r"\rho_a")
flip_weight = RV("flip_weight", TRAINED, r"\max_i \sum_{r \in S_i} h_{ir}^2")
flip_capacity = RV("flip_capacity", TRAINED, r"\rho_W^2 d")
certificate_slack = RV(
    "certificate_slack", TRAINED, r"\min_i (Q_i^* - [Q_i - K - \rho_W\|g\|A - \rho_a \hat P - \cdots])"
)
separable = RV("separable", TRAINED, r"1[\exists v:\ \langle v, y_i r_i \rangle > 0\ \forall i]")
# Sizes of the eight terms at a trained network: root mean square over the samples.
RMS_TERMS = {k: RV(f"rms_term{k}", TRAINED, rf"\mathrm{{rms}}_i\, {TERM_TEX[k - 1]}") for k in range(1, 9)}

fisher_ratio = RV(
    "fisher_ratio",
    RETRAINED,
    r"\tfrac{\|\hat g_\perp + \hat b_\perp\|^2}{\|\hat g_\perp - \hat b_\perp\|^2} \cdot \tfrac{1 - r}{1 + r}",
)
fisher = RV("fisher", FISHER, r"F_{\nu, \nu}")
certified = RV("certified", RADII, r"\rho_{\mathrm{certified}}(x)")
attacked = RV("attacked", RADII, r"\rho_{\mathrm{attacked}}(x)")
radius_gap = RV("radius_gap", RADII, r"1 - \rho_{\mathrm{certified}}(x) / \rho_{\mathrm{attacked}}(x)")
radius_ratio = RV("radius_ratio", RADII, r"\rho_{\mathrm{certified}}(x) / \rho_{\mathrm{attacked}}(x)")
retrained_term4 = RV("term4", RETRAINED, rf"\left|{TERM_TEX[3]}\right|")
retrained_cauchy = RV("cauchy4", RETRAINED, r"\|a^\top W\| \, \|W^\top\|_2 \, \|D_x \Delta a\|")

wide_cosine = RV(
    "cosine_in_radius", WIDE, r"\min_i \cos\angle(a_0, D_{t,i} a_t)\ \text{where}\ \rho_a, \rho_W \text{ allow}"
)
wide_projected = RV("projected_margin", WIDE, trained_projected.tex)

pairs_separable = RV("separable", PAIRS, separable.tex)
pairs_loss = RV("loss", PAIRS, trained_loss.tex)
pairs_margin = RV("least_margin", PAIRS, rf"\min_i {trained_margin.tex}")

theorem_certificate = RV("certificate", THEOREM_BALL, r"\inf_{W^*, a^*} Q^*")
