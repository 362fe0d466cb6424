"""Networks with several outputs (S20): the noise and every difference of witnesses have an angle below 60 degrees.

⟨v_y - v_k, r⟩ = uᵀWWᵀDb with u = Aᵀ(e_y - e_k) and b = Aᵀ(e_y - p), Gaussian vectors of correlation c, the cosine of
e_y - e_k and e_y - p. Given the mask the angle of Db and u is that of the recursion of S21 from ρ = c. With two classes
c = 1 for every p, and at least 1/2 always; over all p the worst are the vertices p = e_j, which a union bound covers.
"""

from __future__ import annotations

from sympy import Rational, log, sqrt

from ...language.events import Event
from ...language.heads import Law, P
from ...language.parameters import real
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..margin.angle_rates import angle_exponent
from ..models.angles import (
    K,
    class_cosine,
    class_cosine_scalar,
    two_class_margin,
    uniform_margin,
    worst_margin,
)
from ..symbols import d, delta, least, m, n
from .exact_laws import p0

__all__ = ["STATEMENTS"]

_HALF = Rational(1, 2)
_s, _q, _t = real("s", 0), real("q", 0), real("t", 0)


def _source(part: str) -> Source:
    return Source("whp", part)


S20_LAW = Statement(
    "S20.law",
    "sharp",
    "Exact law of the angle of a noise and a difference of witnesses at fixed p, here p = 1/K",
    _source("S20"),
    (Claim((Link(Law(class_cosine), "=_d", Law(class_cosine_scalar)),)),),
    uses=("S1",),
)

S20_TWO = Statement(
    "S20.two",
    "sharp",
    "With two classes the failure probability of one sample is p₀(m, d), whatever p is",
    _source("S20"),
    (Claim((Link(P(Event(two_class_margin, "<=", 0)), "=", p0(m, d)),)),),
    (Hypothesis(K <= 2, "K = 2"),),
    uses=("S3",),
)

S20_ANGLE = Statement(
    "S20.angle",
    "sharp",
    "The angle never exceeds 60 degrees: with s = 1 - p_y, q = p_k and t = Σ p_j² over j ≠ y its cosine is at least ½",
    _source("S20"),
    (Claim((Link((_s + _q) / (sqrt(2) * sqrt(_s**2 + _t)), ">=", _HALF),)),),
    (Hypothesis(_t <= _s**2, "Σ p_j² ≤ (Σ p_j)²"),),
    points=tuple(
        {_s: s, _q: q * s, _t: t * s**2}
        for s in (Rational(1, 1000), Rational(1, 3), Rational(1))
        for q in (Rational(1, 10**6), Rational(1, 9))
        for t in (Rational(1, 9), Rational(1, 2), Rational(1))
    ),
)

S20 = Statement(
    "S20",
    "sharp",
    "min(m, d) ≥ 50 log(n(K-1)²/δ) is enough: the witnesses classify all n noises at every p, hence at any temperature",
    _source("S20"),
    (Claim((Link(P(Event(worst_margin, ">", 0, n)), ">=", 1 - delta),)),),
    (Hypothesis(least(m, d) >= 50 * log(n * (K - 1) ** 2 / delta), "min(m, d) ≥ 50 log(n(K-1)²/δ)"),),
    uses=("S20.law", "S20.angle"),
    points=({delta: _HALF}, {delta: Rational(1, 10)}),
)

S20_WARM = Statement(
    "S20.warm",
    "sharp",
    "At T = ∞ half of it is enough, 25 log(n(K-1)/δ): a higher temperature provably helps at initialisation",
    _source("S20"),
    (Claim((Link(P(Event(uniform_margin, ">", 0, n)), ">=", 1 - delta),)),),
    (Hypothesis(least(m, d) >= 25 * log(n * (K - 1) / delta), "min(m, d) ≥ 25 log(n(K-1)/δ)"),),
    uses=("S20.law",),
    points=({delta: _HALF}, {delta: Rational(1, 10)}),
)

S20_CONSTANTS = Statement(
    "S20.constants",
    "sharp",
    "At m = d the exponents of a failure are 1/29.03… at the worst p, 60 degrees, and 1/13.10… at 45 degrees",
    _source("S20"),
    (
        Claim.chain(Rational(100, 2904), "<", angle_exponent(1, _HALF), "<", Rational(100, 2903)),
        Claim.chain(Rational(100, 1311), "<", angle_exponent(1, 1 / sqrt(2)), "<", Rational(100, 1310)),
    ),
)

STATEMENTS = (S20_LAW, S20_TWO, S20_ANGLE, S20, S20_WARM, S20_CONSTANTS)
