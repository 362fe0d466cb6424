"""Section 2: the network, its initialisation, the data, the loss and the adversarial noise. Definitions, no verdict."""

from __future__ import annotations

from sympy import Function, Rational, Symbol, exp, log, sqrt

from ...language.models import RV
from ...language.parameters import real
from ...language.statements import Claim, Link, Source, Statement
from ..models.common import model
from ..symbols import d

_SETTING = model("setting", (), "the symbols of Section 2")


def _tex(name: str, tex: str) -> RV:
    return RV(name, _SETTING, tex)


_x, _y, _eta, _z = Symbol("x"), Symbol("y"), real("eta", 0), Symbol("z", real=True)
_s = Function("s")
_f = _tex("f", "f(x)")
_grad = _tex("grad_f", r"\nabla_x f(x)")
_noise = _tex("r_x", "r_x")
_loss_gradient = _tex("grad_loss", r"\nabla_x \ell(x, y; \theta)")
_adversarial = _tex("x_adv", r"x_{\mathrm{adv}}")
_probability = _tex("p_correct", r"s(y f(x))")


def _define(key: str, where: str, title: str, *links: Link, aliases: tuple[str, ...] = ()) -> Statement:
    claims = tuple(Claim((link,)) for link in links)
    return Statement(key, "definition", title, Source("zhang2023", where), claims, aliases=aliases)


STATEMENTS = (
    _define("eq2", "eq. 2, Section 2", "One-step attack", Link(_adversarial, "=", _x + _eta * _loss_gradient)),
    _define(
        "eq3",
        "eq. 3, Section 2",
        "Two-layer ReLU network f(x; a, W) = aᵀσ(Wx)",
        Link(_f, "=", _tex("network", r"a^\top \sigma(W x),\quad \sigma(z) = \max(z, 0)")),
    ),
    _define(
        "init",
        "Section 2",
        "Random initialisation: W and a independent with iid Gaussian entries",
        Link(_tex("W_ij", "W_{ij}"), "=_d", _tex("normal_W", r"\mathcal{N}(0, 1/d)")),
        Link(_tex("a_i", "a_i"), "=_d", _tex("normal_a", r"\mathcal{N}(0, 1/m)")),
    ),
    _define(
        "data",
        "Section 2",
        "n points on the sphere of radius √d with labels ±1; the loss is averaged",
        Link(_tex("norm_x", r"\|x_i\|"), "=", sqrt(d)),
        Link(_tex("y_squared", "y_i^2"), "=", 1),
        Link(_tex("average_loss", r"L(\theta)"), "=", _tex("mean_loss", r"\tfrac{1}{n} \sum_{i=1}^n \ell_i")),
    ),
    _define(
        "eq4",
        "eq. 4, Section 2",
        "Logistic loss",
        Link(_tex("loss", r"\ell(x)"), "=", -log(_probability)),
        Link(_s(_z), "=", 1 / (1 + exp(-_z))),
    ),
    _define(
        "eq5",
        "eq. 5, Section 2",
        "Adversarial noise: the input gradient of the loss",
        Link(_noise, "=", -(1 - _probability) * _y * _grad),
    ),
    _define(
        "eq6",
        "eq. 6, Section 2",
        "Input gradient of the network",
        Link(_grad, "=", _tex("W_D_a", r"W^\top D_x a,\quad D_x = \operatorname{diag}(\sigma'(W x))")),
    ),
    _define(
        "eq7",
        "eq. 7, Section 2",
        "Adversarial example with step size η = O(1)",
        Link(_adversarial, "=", _x + _eta * _noise),
    ),
    _define(
        "def1",
        "Definition 1, Section 2",
        "Linear separability (homogeneous)",
        Link(
            _tex("separable", r"\exists v:\ \min_i \langle v, y_i x_i \rangle"),
            ">",
            0,
        ),
    ),
    _define(
        "def2",
        "Definition 2 and eq. 31, Appendix 6",
        "Sub-exponential norm",
        Link(
            _tex("psi1_norm", r"\|X\|_{\psi_1}"),
            "=",
            _tex("psi1_sup", r"\sup_{p \ge 1} p^{-1} (\mathbb{E}|X|^p)^{1/p}"),
        ),
        aliases=("eq31",),
    ),
    _define(
        "simplified-model",
        "Section 3.1",
        "Simplified model: the diagonal of D is iid Bernoulli(1/2), independent of (W, a, x)",
        Link(
            _tex("D_ii", "D_{ii}"),
            "=_d",
            _tex("bernoulli", rf"\mathrm{{Bernoulli}}({Rational(1, 2)})\ \text{{independent of}}\ (W, a, x)"),
        ),
        aliases=("simplified model",),
    ),
)
