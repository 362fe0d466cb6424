"""Random variables of sign steps and of projected gradient descent (whp S17)."""

from __future__ import annotations

from ...language.law_of import LawOf
from ...language.models import RV
from ..margin.scalar_laws import SignMarginLaw, SignWitnessLaw
from ..symbols import d, m
from .common import model
from .initial import INIT

__all__ = [
    "PGD",
    "SIGN_LAW",
    "SIGN_NETWORKS",
    "agreement",
    "agreement_scalar",
    "pgd_margin",
    "sign_margin",
    "sign_margin_direct",
    "sign_margin_scalar",
    "sign_witness_margin",
]

# One step along the sign of the gradient of an untrained network, sign(0) = 0.
sign_margin = RV(
    "sign_margin",
    INIT,
    r"\langle W^\top a, \operatorname{sign} \nabla f(x) \rangle",
    None,
    LawOf(SignMarginLaw, m, d),
)
sign_witness_margin = RV(
    "sign_witness_margin",
    INIT,
    r"\langle \operatorname{sign}(W^\top a), \operatorname{sign} \nabla f(x) \rangle",
    None,
    LawOf(SignWitnessLaw, m, d),
)

# The same of one input, drawn often at a few sizes.
SIGN_NETWORKS = model("sign-networks", (m, d), r"W, a \text{ at initialisation, one } x")
sign_margin_direct = RV("sign_margin", SIGN_NETWORKS, sign_margin.tex)
agreement = RV("agreement", SIGN_NETWORKS, r"\#\{j: (W^\top a)_j\, \partial_j f(x) > 0\}")
SIGN_LAW = model(
    "sign-law",
    (m, d),
    r"mP \sim \chi^2_k,\ mN \sim \chi^2_{m-k},\ k \sim \mathrm{Bin}(m, 1/2),\ z_j, Z \sim \mathcal{N}(0, 1)",
)
sign_margin_scalar = RV("sign_margin", SIGN_LAW, r"\sqrt{P/d}\, \|z\|_1 + \sqrt{N}\, Z\ [P > 0]")
agreement_scalar = RV("agreement", SIGN_LAW, r"\mathrm{Bin}\left(d, 1 - \arccos(\sqrt{P/(P+N)})/\pi\right) [P > 0]")

PGD = model(
    "pgd-noise",
    (m, d),
    r"W, a \text{ at initialisation, one } x \text{ with } Q > 0;\ \text{10 L2 steps in the ball of radius } "
    r"\Delta,\ K(\|W\|_2^2 \Delta^2) < Q",
)
pgd_margin = RV("pgd_margin", PGD, r"\langle -W^\top a, y (x^{\mathrm{adv}} - x) \rangle")
