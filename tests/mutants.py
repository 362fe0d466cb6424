"""Mutated claims of the ledger, each with an oracle that shows by other means that the mutation made it false or true.

A mutant changes one thing of one statement: a constant, an exponent, a direction, m for d, a sum of exponentials for
their product, a label y_i, or a factor. Its oracle (`tests.oracles`, SciPy, NumPy, exact rationals) shows at concrete
cells that the mutant is false or, where it mends a statement that fails, true; it never asks whp.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from oracles import (
    ball,
    excess_below,
    exponent,
    image_below,
    margin_below,
    margin_failure,
    margin_moment,
    margin_variance,
    masked_below,
    networks,
    product_rate,
    products_beyond,
    radius_gap,
    readout_beyond,
    separable_pairs,
    share_below,
    sign_readout_rate,
    surely,
    trained,
    witness_fails_on_pairs,
)
from scipy import stats
from sympy import Abs, Expr, Integer, Max, Min, Rational, Sum, Symbol, atan, binomial, exp, log, loggamma, pi, sqrt
from whp.theory import BigO, Claim, Event, Form, Hypothesis, Law, Link, Normal, P, Theta, ledger
from whp.theory.core import RV, Binomial, ChiSquare, Statement
from whp.theory.rates import Phi, sign_readout_exponent, threshold_rate
from whp.theory.sharp import bernstein_constant_expr, leaky_bound_expr, rate_expr
from whp.theory.symbols import C, c1, c2, c_d, c_m, d, delta, m, n, z
from whp.theory.zhang2023 import corollary_3_4_1 as corollary
from whp.theory.zhang2023 import exact_laws, lemma_6_1, model, ntk_model, ntk_sharp, sharp_bounds, theorem_3_1
from whp.theory.zhang2023.lemma_6_2 import Z_HIGH, Z_LOW

__all__ = ["BOOK", "KINDS", "MUTANTS", "Mutant"]

BOOK = ledger()
KINDS = ("constant", "exponent", "direction", "m for d", "sum for product", "label", "factor")
HALF = Rational(1, 2)


@dataclass(frozen=True)
class Mutant:
    """A mutated statement.

    Attributes
    ----------
    name : str
        ``key/what`` of the statement it is made of.
    form : str
        That statement's form.
    kind : str
        One of `KINDS`.
    statement : Statement
        The mutant, under the key `name`.
    oracle : callable
        Returns True when independent evidence shows what `truth` says.
    truth : bool
        False for a mutant that is false, True for one that is true where the original is refuted or says nothing.
    slow : bool
        Whether its check takes seconds.
    draws : bool
        Whether draws of Section 3.2 decide it, which `tests.test_ntk_ledger` makes.
    """

    name: str
    form: str
    kind: str
    statement: Statement
    oracle: Callable[[], bool]
    truth: bool = False
    slow: bool = False
    draws: bool = False

    @property
    def key(self) -> str:
        return self.name.split("/")[0]

    @property
    def original(self) -> Statement:
        return original(self.key, self.form)


def original(key: str, form: str) -> Statement:
    """The ledger's statement of this key and form, its frontier of constants (which costs seconds) left out."""
    found = next(s for s in BOOK[key] if s.form == form)
    return replace(found, implied_by=tuple(replace(i, admitted=None) for i in found.implied_by))


MUTANTS: list[Mutant] = []
Change = Callable[[Any], Any]


def _edited(
    statement: Statement,
    at: int,
    lhs: Change | None,
    rel: str | None,
    rhs: Change | None,
    given: tuple[Any, ...] | None,
) -> Statement:
    """`statement` with link number `at` changed in place."""
    claims, seen = [], 0
    for claim in statement.claims:
        links = list(claim.links)
        for i, link in enumerate(links):
            if seen == at:
                links[i] = replace(
                    link,
                    lhs=link.lhs if lhs is None else lhs(link.lhs),
                    relation=rel or link.relation,
                    rhs=link.rhs if rhs is None else rhs(link.rhs),
                    given=link.given if given is None else given,
                )
            seen += 1
        claims.append(replace(claim, links=tuple(links)))
    return replace(statement, claims=tuple(claims))


def mutate(
    name: str,
    kind: str,
    oracle: Callable[[], bool],
    *,
    form: str | None = None,
    link: int = 0,
    lhs: Change | None = None,
    rel: str | None = None,
    rhs: Change | None = None,
    given: tuple[Any, ...] | None = None,
    truth: bool = False,
    slow: bool = False,
    draws: bool = False,
    **changes: Any,
) -> None:
    """Add the mutant of a statement whose link number `link` is changed; `changes` are fields of the statement."""
    key = name.split("/")[0]
    form = form or BOOK[key][0].form
    start = original(key, form)
    edited = _edited(start, link, lhs, rel, rhs, given)
    mutant = replace(edited, key=name.replace("/", "~"), **changes)
    assert kind in KINDS, kind
    assert (mutant.claims, mutant.hypotheses, mutant.points) != (start.claims, start.hypotheses, start.points), name
    MUTANTS.append(Mutant(name, form, kind, mutant, oracle, truth, slow, draws))


def _to(value: Any) -> Change:
    return lambda _: value


def _put(*pairs: tuple[Any, Any]) -> Change:
    """Replace subexpressions, all at once; each must occur."""

    def change(expr: Expr) -> Expr:
        for old, _ in pairs:
            assert expr.has(old), f"{old} does not occur in {expr}"
        return expr.subs(pairs, simultaneous=True)

    return change


def _swapped(expr: Expr) -> Expr:
    return expr.subs({m: d, d: m}, simultaneous=True)


def _turned(probability: P) -> P:
    """P of the event with its relation turned round: > for <."""
    event = probability.args[0]
    return P(Event(event.value, {">": "<", ">=": "<=", "<": ">", "<=": ">="}[event.relation], event.bound, event.over))


def _event(value: Any, relation: str, bound: Any, over: str = "one sample") -> Change:
    return _to(P(Event(value, relation, bound, over)))


def _form(rv: RV, name: str, text: str, **options: Any) -> RV:
    return RV(name, rv.model, name, Form.parse(text, **options))


def _kl(p: float, q: float) -> float:
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def _wrong(
    claimed: Callable[[int, int], Fraction], truth: Callable[[int, int], Fraction], *cells: tuple[int, int]
) -> Callable[[], bool]:
    """Whether a claimed moment is wrong at one of the cells."""
    return lambda: any(claimed(a, b) != truth(a, b) for a, b in cells)


def _right(claimed: Callable[[int, int], Fraction], truth: Callable[[int, int], Fraction]) -> Callable[[], bool]:
    """Whether a claimed moment is right at nine cells: a polynomial of degree two in 1/m and in 1/d is then."""
    return lambda: all(claimed(a, b) == truth(a, b) for a in (1, 2, 3) for b in (1, 2, 3))


def _second(a: int, b: int) -> Fraction:
    return margin_moment(a, b, 2)


# Theorem 3.1 and the steps of its proof.

# The steps of the implication are asked on this grid and not on its 4000 cells.
_THM_GRID = {"m": (16, 64), "d": (16, 64), "n": (5,)}
mutate(
    "thm3.1/direction",
    "direction",
    # At m = d = 64 nearly every margin is positive, so that the mutant asks for a probability that is nearly 0.
    lambda: all(np.mean(networks(k, k, 400)["margin"] > 0) > share for k, share in ((16, 0.9), (64, 0.98))),
    lhs=_turned,
    grid=_THM_GRID,
)
mutate(
    "thm3.1/product",
    "sum for product",
    # D = 0 has probability 2^-m whatever d is, and 2^-4 exceeds C n e^{-c₁d} for d large, whatever C and c₁ > 0.
    lambda: all(constant * math.exp(-rate * 1e9) < 2.0**-4 for constant in (1, 1e6) for rate in (1, 1e-6)),
    rhs=_to(1 - 3 * C * n * exp(-c1 * d - c2 * m)),
    grid=_THM_GRID,
)
mutate(
    "thm3.1/exponent",
    "exponent",
    # At m = d the failure is at least P(D = 0) = 2^-m, which no e^{-c m²} stays above.
    lambda: all(2.0**-m_ > 1e6 * math.exp(-rate * m_**2) for rate, m_ in ((1, 10), (1e-1, 100), (1e-2, 1000))),
    rhs=_to(1 - 3 * C * n * (exp(-c1 * d**2) + exp(-c2 * m**2))),
    grid=_THM_GRID,
)
mutate(
    "thm3.1.reduction/label",
    "label",
    # With y = -1 one factor of y is left over: y κ Q and not κ Q.
    lambda: bool(-0.5 * networks(4, 4, 1)["margin"][0, 0] != 0.5 * networks(4, 4, 1)["margin"][0, 0]),
    link=1,
    lhs=_to(_form(model.noise_margin, "unlabelled", "kappa y " + model.WITNESS_MARGIN)),
)
mutate("eq8/constant", "constant", lambda: margin_moment(1, 1, 1) == Fraction(1, 2), rhs=_to(Rational(1, 4)))
mutate("eq8/exponent", "exponent", lambda: margin_moment(2, 1, 1) != Fraction(1, 4), rhs=lambda r: r / m)
mutate(
    "eq9/mended",
    "constant",
    _right(lambda a, b: Fraction(5, 4 * a) + Fraction(3, 4 * b) + Fraction(9, 4 * a * b), margin_variance),
    rhs=_to(Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d)),
    truth=True,
)
mutate(
    "eq9/m for d",
    "m for d",
    _wrong(lambda a, b: Fraction(5, 4 * b) + Fraction(1, a) + Fraction(2, a * b), margin_variance, (1, 2)),
    rhs=_swapped,
)
mutate(
    "eq9/constant",
    "constant",
    _wrong(lambda a, b: Fraction(5, 4 * a) + Fraction(1, 2 * b) + Fraction(9, 4 * a * b), margin_variance, (2, 1)),
    form="repaired",
    rhs=_put((Rational(3, 4) / d, HALF / d)),
)
mutate(
    "eq9/repaired m for d",
    "m for d",
    _wrong(lambda a, b: Fraction(5, 4 * b) + Fraction(3, 4 * a) + Fraction(9, 4 * a * b), margin_variance, (1, 2)),
    form="repaired",
    rhs=_swapped,
)
mutate(
    "eq9.second-moment/mended",
    "constant",
    _right(lambda a, b: Fraction(1, 4) + Fraction(5, 4 * a) + Fraction(3, 4 * b) + Fraction(9, 4 * a * b), _second),
    rhs=_to(Rational(1, 4) + Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d)),
    truth=True,
)
mutate(
    "eq9.second-moment/exponent",
    "exponent",
    _wrong(
        lambda a, b: Fraction(1, 4) + Fraction(5, 4 * a) + Fraction(3, 4 * b) + Fraction(9, 4 * a * b * b),
        _second,
        (1, 2),
    ),
    form="repaired",
    rhs=_put((Rational(9, 4) / (m * d), Rational(9, 4) / (m * d**2))),
)
mutate(
    "chebyshev/exponent",
    "exponent",
    # δ = 1/8, m = 256, d = 64: the bound becomes 2·64/64².
    lambda: surely(float(np.mean(networks(256, 64, 2000)["margin"] <= 3 / 8)), 2000, 2 * 64 / 64**2),
    rhs=_put((d, d**2)),
    grid={"m": (256,), "d": (64,)},
    slow=True,
)
mutate(
    "chebyshev/constant",
    "constant",
    lambda: surely(float(np.mean(networks(256, 64, 2000)["margin"] <= 3 / 8)), 2000, 64 / 100 / 64),
    rhs=_to(1 - 1 / (100 * delta**2 * d)),
    grid={"m": (256,), "d": (64,)},
)
mutate(
    "chebyshev/direction",
    "direction",
    # δ = 1/2: hardly any margin is negative, the mutant says 1 - 8/64 are.
    lambda: bool(np.mean(networks(256, 64, 2000)["margin"] < 0) < 0.05),
    lhs=_turned,
    grid={"m": (256,), "d": (64,)},
    points=({delta: HALF},),
)
mutate(
    "chebyshev/m for d",
    "m for d",
    # With d > 1.2 m + 2 instead, m = 4 and d = 256: at δ = 1/4 the bound is 2·16/256.
    lambda: surely(float(np.mean(networks(4, 256, 2000)["margin"] <= 1 / 4)), 2000, 32 / 256),
    hypotheses=(Hypothesis(d > Rational(6, 5) * m + 2, "d > 1.2 m + 2"),),
    grid={"m": (4,), "d": (256,)},
)
mutate(
    "chebyshev.union/constant",
    "constant",
    # δ = 1/8, m = 256, d = 64, n = 5: already one sample fails more often.
    lambda: surely(float(np.mean(networks(256, 64, 2000)["margin"] <= 3 / 8)), 2000, 5 * 64 / (500 * 64)),
    rhs=_to(1 - n / (500 * delta**2 * d)),
    grid={"m": (256,), "d": (64,), "n": (5,)},
    points=({delta: Rational(1, 8)},),
)

_RECOMBINED = original("lem3.2", "printed").links[0].rhs.args


def _conditioning(*kept: int) -> Change:
    form = Form(tuple(_RECOMBINED[0].form.terms[i] for i in kept))
    return _to(Law(RV("recombined", _RECOMBINED[0].model, "broken", form), *_RECOMBINED[1:]))


def _recombined_identity(*kept: int) -> bool:
    """Whether the covariance of the recombined entries, at one pair of projections, is that of X (the identity)."""
    rng = np.random.default_rng(1)
    one, two = rng.standard_normal(3), rng.standard_normal(4)
    p1, p2 = (np.outer(v, v) / (v @ v) for v in (one, two))
    q1, q2 = np.eye(3) - p1, np.eye(4) - p2
    maps = [np.kron(q1, q2), np.kron(q1, p2), np.kron(p1, q2), np.kron(p1, p2)]
    fresh = sum((maps[i] for i in kept if i == 0), np.zeros((12, 12)))
    old = sum((maps[i] for i in kept if i > 0), np.zeros((12, 12)))
    return bool(np.allclose(fresh @ fresh.T + old @ old.T, np.eye(12)))


mutate(
    "lem3.2/dropped projection",
    "factor",
    lambda: _recombined_identity(0, 1, 2, 3) and not _recombined_identity(0, 1, 2),
    rhs=_conditioning(0, 1, 2),
)
mutate(
    "lem3.2/no fresh copy",
    "factor",
    lambda: not _recombined_identity(1, 2, 3),
    rhs=_conditioning(1, 2, 3),
)


def _parts() -> tuple[float, float]:
    """Of one plain network at m = 3, d = 4: the margin and its part aᵀWx xᵀWᵀDa."""
    rng = np.random.default_rng(2)
    W, a, x = rng.standard_normal((3, 4)), rng.standard_normal(3), rng.standard_normal(4)
    x *= 2 / np.linalg.norm(x)
    h = W @ x
    masked = (h > 0) * a
    return float((W.T @ a) @ (W.T @ masked)), float((a @ h) * (h @ masked))


mutate(
    "eq10/constant",
    "constant",
    # Applied to x the right side is 2Wx: W Π⊥x = 0 and W Πx = Wx.
    lambda: float(np.ones(4) @ np.ones(4)) / 4 * 2 != 1,
    rhs=_to(theorem_3_1._ACROSS + 2 * theorem_3_1._ALONG),
)
mutate(
    "eq11/m for d",
    "m for d",
    lambda: _parts()[1] / 3 + (_parts()[0] - _parts()[1] / 4) != _parts()[0],
    rhs=_put((1 / d, 1 / m)),
)
mutate("eq12/m for d", "m for d", lambda: abs(_parts()[1]) / 4 != abs(_parts()[1]) / 3, rhs=_put((1 / d, 1 / m)))
mutate("eq12/constant", "constant", lambda: abs(_parts()[1]) > 0, rhs=lambda r: 2 * r)


def _spread(width: int, share: float) -> float:
    """Sample variance of aᵀh over 40000 readouts at h with ‖h‖² = share."""
    draws = np.random.default_rng(3).standard_normal((40_000, width)) / math.sqrt(width)
    return float(np.var(draws @ np.full(width, math.sqrt(share / width))))


mutate(
    "eq12.laws/m for d",
    "m for d",
    # m = 2, d = 4, ‖h‖² = 8: the variance is 4 and not 2.
    lambda: abs(_spread(2, 8.0) - 4) < 0.2 < abs(_spread(2, 8.0) - 2),
    rhs=_put((1 / m, 1 / d)),
)
mutate(
    "eq12.laws/exponent",
    "exponent",
    lambda: abs(_spread(2, 8.0) - 4) < 0.2 < abs(_spread(2, 8.0) - 32),
    link=1,
    rhs=_to(Normal(0, model.norm_Dh2**2 / m)),
)
mutate(
    "eq12.laws/constant",
    "constant",
    lambda: abs(_spread(2, 8.0) - 4) < 0.2 < abs(_spread(2, 8.0) - 8),
    rhs=_to(Normal(0, 2 * model.norm_h2 / m)),
)
mutate(
    "lem3.3/mended",
    "exponent",
    lambda: all(stats.chi2.logsf(2 * k, k) < -k / 7 for k in range(1, 4097)),
    rhs=_to(1 - exp(-m / 7)),
    truth=True,
)
mutate(
    "lem3.3/direction",
    "direction",
    lambda: stats.chi2.sf(32, 16) < 1 - math.exp(-16 / 7),
    form="repaired",
    lhs=_turned,
)
mutate(
    "lem3.3/constant",
    "constant",
    lambda: stats.chi2.logsf(512, 256) > -256 / 4,
    form="repaired",
    rhs=_to(1 - exp(-m / 4)),
)
mutate(
    "lem3.3/m for d",
    "m for d",
    lambda: stats.chi2.logsf(32, 16) > -64 / 7,
    form="repaired",
    rhs=_to(1 - exp(-d / 7)),
)
mutate(
    "lem3.4/exponent",
    "exponent",
    # c₂ = 1/8, m = 256, d = 16.
    lambda: readout_beyond(256, math.sqrt(2)) > math.exp(-256 / 7) + 4 * math.exp(-8),
    rhs=_to(1 - exp(-m / 7) - 4 * exp(-4 * c2 * d)),
)
mutate(
    "lem3.4/m for d",
    "m for d",
    # c₂ = 1/8, m = 256, d = 16.
    lambda: readout_beyond(256, math.sqrt(2)) > math.exp(-16 / 7) + 4 * math.exp(-8),
    rhs=_swapped,
    slow=True,
)
mutate(
    "lem3.4/product",
    "sum for product",
    # c₂ = 1/8, m = 256, d = 64.
    lambda: readout_beyond(256, math.sqrt(8)) > 4 * math.exp(-256 / 7 - 2),
    rhs=_to(1 - 4 * exp(-m / 7 - c2 * d / 4)),
)


def _cross(width: int, dim: int) -> np.ndarray:
    drawn = networks(width, dim, 2000)
    return np.abs(drawn["a_h"] * drawn["a_Dh"]) / dim


mutate(
    "lem3.4.use/product",
    "sum for product",
    # m = 64, d = 16 and n = 5.
    lambda: surely(float(np.mean(_cross(64, 16) >= 1 / 64)), 2000, 5 * math.exp(-64 / 7 - 1 / 16)),
    rhs=_to(1 - n * exp(-m / 7 - d / 256)),
    grid={"m": (64,), "d": (16,), "n": (5,)},
)
mutate(
    "lem3.4.use/constant",
    "constant",
    # m = 64, d = 16, n = 5: already one sample fails more often.
    lambda: surely(float(np.mean(_cross(64, 16) >= 1 / 64)), 2000, 5 * (math.exp(-64 / 7) + math.exp(-2 * 16))),
    rhs=_to(1 - n * (exp(-m / 7) + exp(-2 * d))),
    grid={"m": (64,), "d": (16,), "n": (5,)},
)

# Appendix 6.

mutate(
    "lem6.1/direction",
    "direction",
    lambda: bool(np.mean(networks(64, 64, 400)["margin"] > 1 / 32) > 0.95),
    lhs=_turned,
    slow=True,
)
mutate(
    "lem6.1/product",
    "sum for product",
    lambda: all(constant * math.exp(-rate * 1e9) < 2.0**-4 for constant in (1, 1e6) for rate in (1, 1e-6)),
    rhs=_to(1 - 3 * C * n * exp(-c1 * d - c2 * m)),
    slow=True,
)
mutate(
    "lem6.1/constant",
    "constant",
    # Half of all margins lie below about 1/2, however large m and d are: no constants will do.
    lambda: all(np.mean(networks(k, k, 400)["margin"] <= 0.5) > 0.4 for k in (16, 64)),
    lhs=_event(model.margin_simplified, ">", HALF, "all n"),
    slow=True,
)
_HALF_CROSS = _form(model.cross_D, "half_cross", "a_i Dbar_i W_ik W_jk D_j a_j", coefficient=HALF)


def _pieces() -> tuple[float, float]:
    """‖WᵀDa‖² and aᵀ(I-D)WWᵀDa of one plain network."""
    rng = np.random.default_rng(4)
    W, a, D = rng.standard_normal((4, 3)), rng.standard_normal(4), np.array([1.0, 0, 1, 0])
    return float(np.sum((W.T @ (D * a)) ** 2)), float((W.T @ ((1 - D) * a)) @ (W.T @ (D * a)))


mutate(
    "eq24/constant",
    "constant",
    lambda: abs(_pieces()[1]) > 1e-3,
    rhs=_to(model.image_norm2 + _HALF_CROSS),
)
mutate(
    "eq24.law/freedom",
    "m for d",
    # m = 2, d = 4: the mean of ‖WᵀDa‖² given Da is ‖Da‖² and not m/d of it.
    lambda: _image_mean(2, 4, 2.0) > 1.9 > 2 / 4 * 2.0,
    rhs=_to(ChiSquare(model.norm_aD2 / d, m)),
)
mutate(
    "eq24.law/scale",
    "m for d",
    lambda: _image_mean(2, 4, 2.0) < 2.1 < 4 / 2 * 2.0,
    rhs=_to(ChiSquare(model.norm_aD2 / m, d)),
)


def _image_mean(width: int, dim: int, norm2: float) -> float:
    """Mean of ‖WᵀDa‖² over 20000 draws of W, all neurons active, ‖a‖² = norm2."""
    W = np.random.default_rng(5).standard_normal((20_000, width, dim)) / math.sqrt(dim)
    image = np.einsum("tij,i->tj", W, np.full(width, math.sqrt(norm2 / width)))
    return float(np.mean(np.sum(image**2, axis=1)))


mutate(
    "lem6.2/exponent",
    "exponent",
    lambda: stats.chi2.cdf(0.5 * 16, 16) > (0.5 * math.exp(0.5)) ** 16,
    rhs=_to((Z_LOW * exp(1 - Z_LOW)) ** d),
)
mutate(
    "lem6.2/constant",
    "constant",
    lambda: stats.chi2.cdf(0.5 * 2, 2) > 0.5 * math.exp(-0.5),
    rhs=_to((Z_LOW * exp(-Z_LOW)) ** (d / 2)),
)
mutate(
    "lem6.2/direction",
    "direction",
    lambda: stats.chi2.sf(0.5 * 16, 16) > (0.5 * math.exp(0.5)) ** 8,
    lhs=_turned,
)
mutate(
    "lem6.2/upper exponent",
    "exponent",
    lambda: stats.chi2.sf(2 * 16, 16) > (2 * math.exp(-1)) ** 16,
    link=1,
    rhs=_to((Z_HIGH * exp(1 - Z_HIGH)) ** d),
)
_Q = math.exp(0.5) / 2
_Q_POWER = (exp(HALF) / 2) ** (d / 2)
mutate(
    "eq27/mended",
    "m for d",
    # P(excess ≤ 0) = 2^-m + (1 - 2^-m) P(χ²_d ≤ d/2), and √e/2 < e^{-2/11}.
    lambda: (
        all(excess_below(a, b) <= 2.0**-a + _Q ** (b / 2) for a in range(1, 40) for b in range(1, 200))
        and math.log(_Q) / 2 < -1 / 11
    ),
    claims=original("eq27", "repaired").claims,
    truth=True,
)
mutate(
    "eq27/constant",
    "constant",
    lambda: excess_below(16, 64) > math.exp(-64 / 5),
    rhs=_to(1 - exp(-d / 5)),
)
mutate(
    "eq27/dropped 2^-m",
    "factor",
    lambda: excess_below(1, 6) > _Q**3,
    form="repaired",
    rhs=_to(1 - _Q_POWER),
    grid={"m": (1, 16), "d": (6, 16)},
)
mutate(
    "eq27/steeper",
    "constant",
    lambda: math.log(_Q) / 2 > -1 / 10,
    form="repaired",
    link=1,
    rhs=_to(1 - HALF**m - exp(-d / 10)),
)
mutate(
    "eq27/m for d",
    "m for d",
    lambda: math.exp(-16 / 11) < _Q**0.5,
    form="repaired",
    link=1,
    rhs=_to(1 - HALF**m - exp(-m / 11)),
)
mutate(
    "a-norm/m for d",
    "m for d",
    # E ‖a‖² = 1 and not m/d.
    lambda: abs(float(np.mean(np.sum(np.random.default_rng(6).standard_normal((9999, 2)) ** 2, axis=1) / 2)) - 1) < 0.1,
    rhs=_to(ChiSquare(1 / d, m)),
)
mutate(
    "a-norm/exponent",
    "exponent",
    lambda: stats.chi2.sf(2 * 16, 16) > (2 * math.exp(-1)) ** 16,
    link=2,
    rhs=_to((Z_HIGH * exp(1 - Z_HIGH)) ** m),
)
mutate(
    "a-norm/direction",
    "direction",
    lambda: stats.chi2.sf(0.5 * 16, 16) > (0.5 * math.exp(0.5)) ** 8,
    link=1,
    lhs=_turned,
)
mutate(
    "eq28/constant",
    "constant",
    lambda: stats.binom.mean(3, 0.5) != stats.binom.mean(3, 1 / 3),
    rhs=_to(Binomial(m, Rational(1, 3))),
)
mutate("eq28/m for d", "m for d", lambda: 2 * HALF != 3 * HALF, rhs=_to(Binomial(d, HALF)))
mutate(
    "eq28/exponent",
    "exponent",
    # z = 2/5, m = 64: fewer than 25.6 active.
    lambda: stats.binom.cdf(25, 64, 0.5) > math.exp(-2 * 64 * 0.1),
    link=1,
    rhs=_to(exp(-2 * m * (HALF - z))),
)
mutate(
    "eq28/doubled",
    "constant",
    # z = 1/4, m = 64: fewer than 16 active.
    lambda: stats.binom.cdf(15, 64, 0.5) > math.exp(-4 * 64 / 16),
    link=1,
    rhs=_to(exp(-4 * m * (HALF - z) ** 2)),
)
mutate(
    "eq28/direction",
    "direction",
    lambda: stats.binom.sf(25, 64, 0.5) > math.exp(-2 * 64 * 0.1**2),
    link=1,
    lhs=_turned,
)
mutate(
    "lem6.1.E1/constant",
    "constant",
    lambda: stats.binom.cdf(16, 64, 0.5) > math.exp(-64 / 4),
    rhs=_to(1 - exp(-m / 4)),
)
mutate(
    "lem6.1.E1/event",
    "constant",
    lambda: stats.binom.cdf(64 // 3, 64, 0.5) > math.exp(-64 / 8),
    lhs=_event(model.trace_D, ">", m / 3),
)
mutate("lem6.1.E1/m for d", "m for d", lambda: math.exp(-64 / 4) < 2.0**-16, rhs=_to(1 - exp(-d / 4)))
_RATE = math.log(math.sqrt(2)) - 0.25


def _given_more_than(share: float, width: int) -> float:
    """P(‖Da‖² ≤ 1/8) given the fewest active neurons above `share` of them."""
    return float(stats.chi2.cdf(width / 8, math.floor(share * width) + 1))


_E1, _E2, _E3 = lemma_6_1._E1, lemma_6_1._E2, lemma_6_1._E3
mutate(
    "lem6.1.E2/mended",
    "exponent",
    lambda: (
        all(_given_more_than(1 / 4, k) < math.exp(-_RATE * k / 4) for k in range(1, 2000))
        and all(masked_below(k, 1 / 8) <= math.exp(-k / 9) for k in range(1, 500))
        and _RATE / 4 > 1 / 42
    ),
    claims=original("lem6.1.E2", "repaired").claims,
    truth=True,
)
mutate(
    "lem6.1.E2/half of them",
    "constant",
    lambda: all(_given_more_than(1 / 2, k) < math.exp(-_RATE * k) for k in range(1, 2000)),
    given=(Event(model.trace_D, ">", m / 2),),
    truth=True,
)
mutate(
    "lem6.1.E2/constant",
    "constant",
    lambda: masked_below(256, 1 / 8) > math.exp(-256 / 7),
    form="repaired",
    link=2,
    rhs=_to(1 - exp(-m / 7)),
)
mutate(
    "lem6.1.E2/product",
    "sum for product",
    lambda: masked_below(64, 1 / 8) > math.exp(-64 / 8 - 64 / 11),
    link=2,
    rhs=_to(1 - exp(-m / 8 - m / 11)),
)
mutate(
    "lem6.1.E2/direction",
    "direction",
    lambda: 1 - masked_below(64, 1 / 8) > 0.99,
    form="repaired",
    link=2,
    lhs=_turned,
)
mutate(
    "eq29/mended",
    "m for d",
    lambda: all(
        image_below(a, b, 1 / 16) <= math.exp(-a / 9) + math.exp(-b / 11) for a in (16, 64) for b in (1, 4, 16, 64)
    ),
    rhs=_to(1 - exp(-m / 9) - exp(-d / 11)),
    truth=True,
)
mutate(
    "eq29/constant",
    "constant",
    # ‖WᵀDa‖² is near 1/2.
    lambda: image_below(64, 64, 1 / 2) > 0.3 > math.exp(-64 / 9) + math.exp(-64 / 11),
    form="repaired",
    lhs=_event(model.image_norm2, ">", HALF),
)
mutate(
    "eq29/m for d",
    "m for d",
    # m = 1024, d = 16: a chi-square of 16 below 2.
    lambda: stats.chi2.cdf(2, 16) * (1 - masked_below(1024, 0.4)) > math.exp(-1024 / 9) + math.exp(-1024 / 11),
    form="repaired",
    rhs=_to(1 - exp(-m / 9) - exp(-m / 11)),
)
mutate(
    "eq29/product",
    "sum for product",
    # P(D = 0) = 2^-16 at m = 16, d = 256.
    lambda: math.exp(-16 / 9 - 256 / 11) < 2.0**-16,
    form="repaired",
    rhs=_to(1 - exp(-m / 9 - d / 11)),
)


def _columns() -> tuple[float, float]:
    """aᵀ(I-D)WWᵀDa and the sum over columns without the mask of the first factor."""
    rng = np.random.default_rng(7)
    W, a, D = rng.standard_normal((4, 3)), rng.standard_normal(4), np.array([1.0, 0, 1, 0])
    on = W.T @ (D * a)
    return float((W.T @ ((1 - D) * a)) @ on), float((W.T @ a) @ on)


mutate(
    "eq30/unmasked",
    "factor",
    lambda: abs(_columns()[0] - _columns()[1]) > 1e-6,
    rhs=_to(_form(model.cross_columns, "unmasked", "W_ik a_i W_jk D_j D_j a_j")),
)
mutate("eq30/constant", "constant", lambda: abs(_columns()[0]) > 1e-3, rhs=lambda r: 2 * r)
mutate(
    "eq30.laws/m for d",
    "m for d",
    # One column of W at m = 2, d = 4 and ‖a_D̄‖² = 8: the variance is 2 and not 4.
    lambda: abs(_spread(4, 8.0) - 2) < 0.2 < abs(_spread(4, 8.0) - 4),
    rhs=_to(Normal(0, model.norm_aoff2 / m)),
)
mutate(
    "eq30.laws/dependent",
    "factor",
    # a_k and a_k are dependent, a_k and b_k are not.
    lambda: abs(np.corrcoef(np.random.default_rng(12).standard_normal((2, 9999)))[0, 1]) < 0.1,
    link=2,
    lhs=_to(Law(model.off_k, model.off_k)),
    rhs=_to(Law(model.off_k, model.on_k)),
)
_NORMS = sqrt(model.norm_aoff2) * sqrt(model.norm_aD2)


def _first_moment() -> float:
    """E|gh| of two independent standard normals, which is 2/π."""
    return float(np.mean(np.abs(np.prod(np.random.default_rng(8).standard_normal((2, 100_000)), axis=0))))


mutate(
    "eq30.norm/constant",
    "constant",
    # The norm is at least the first moment.
    lambda: _first_moment() > 1.5 / math.pi,
    rhs=_to(_NORMS / (pi * d)),
)
mutate(
    "eq30.norm/m for d",
    "m for d",
    # m = 1 and d = 4: at least the first moment over d is claimed away, four times it claimed.
    lambda: _first_moment() < 3 / math.pi,
    rhs=_to(2 * _NORMS / (pi * m)),
)
mutate(
    "eq30.norm/exponent",
    "exponent",
    lambda: _first_moment() > 1.5 / math.pi,
    rhs=_to(2 * _NORMS / (pi * d**2)),
)
_K, _N = Symbol("K", positive=True), Symbol("N", integer=True, positive=True)


def _defeats(exponent_of: Callable[[float], float]) -> bool:
    """Whether products of normals, at ε = xK and N large, defeat 2e^{-c·exponent(x)N} for each of six constants c."""
    return all(
        any(product_rate(2 * x / math.pi) < 0.9 * c * exponent_of(x) for x in (10.0**j for j in range(-6, 8)))
        for c in (1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5)
    )


mutate(
    "lem6.3/exponent",
    "exponent",
    lambda: _defeats(lambda x: max(x * x, x)) and not _defeats(lambda x: min(x * x, x)),
    rhs=lambda r: r.replace(Min, Max),
)
mutate(
    "lem6.3/direction",
    "direction",
    # At ε = K the sum of ten products is below 10K more often than not.
    lambda: 1 - products_beyond(10, 10 * 2 / math.pi) > 0.9 and products_beyond(400, 400 * 2 / math.pi) < 1e-6,
    rel=">=",
)
mutate(
    "eq33/exponent",
    "exponent",
    lambda: _defeats(lambda x: max(x * x, x)),
    rhs=lambda r: r.replace(Min, Max),
)
mutate(
    "eq33/m for d",
    "m for d",
    # d = 1: a probability above 0 for every ε, and a bound that fades as m grows.
    lambda: all(products_beyond(1, 1.0) > 2 * math.exp(-c * 1e9) for c in (1, 1e-6)),
    rhs=lambda r: 2 * exp(r.args[1].args[0] * m / d),
)
mutate(
    "lem6.1.E3/constant",
    "constant",
    lambda: stats.chi2.sf(128, 64) > math.exp(-64 / 3),
    rhs=_to(1 - exp(-m / 3)),
)
mutate(
    "lem6.1.E3/link",
    "constant",
    lambda: 0.5 - math.log(math.sqrt(2)) < 1 / 6,
    link=1,
    rhs=_to(1 - exp(-m / 6)),
)
mutate("lem6.1.E3/direction", "direction", lambda: stats.chi2.sf(32, 16) < 0.5, lhs=_turned)
mutate(
    "lem6.1.ratio/constant",
    "constant",
    # On E₂ ∩ E₃: ‖a_D‖² = 0.13, ‖a_D̄‖² = 1.8.
    lambda: 0.13 > 1 / 8 and 0.13 + 1.8 < 2 and 0.13 < (0.13 + 1.8) / 8,
    rhs=_to(model.norm_a2 / 8),
)
mutate(
    "lem6.1.ratio/step",
    "constant",
    # ‖a_D‖² = 1/16 of ‖a‖² = 1: the ratio is 1/15 and not 1/14.
    lambda: Fraction(1, 16) / (1 - Fraction(1, 16)) < Fraction(1, 14),
    link=1,
    rhs=_to(Rational(1, 14)),
)
mutate(
    "lem6.1.ratio/probability",
    "constant",
    lambda: share_below(64, 1 / 15) > math.exp(-64 / 2),
    link=2,
    rhs=_to(1 - exp(-m / 2)),
)
mutate(
    "lem6.1.ratio/product",
    "sum for product",
    lambda: share_below(16, 1 / 15) > math.exp(-16 / 8 - 16 / 11 - 16 / 7 - 5) and share_below(64, 1 / 15) > 0,
    link=2,
    rhs=_to(1 - exp(-5 * (m / 8 + m / 11 + m / 7))),
)


def _three(k: float) -> float:
    return math.exp(-k / 8) + math.exp(-k / 11) + math.exp(-k / 7)


mutate(
    "lem6.1.sum/mended",
    "constant",
    lambda: 1 / 8 > 1 / 11 and 1 / 7 > 1 / 11,
    rhs=_to(1 - 3 * exp(-m / 11)),
    truth=True,
)
mutate(
    "lem6.1.sum/product",
    "sum for product",
    lambda: 1 / 8 + 1 / 11 + 1 / 7 > 1 / 7,
    lhs=_to(1 - exp(-m / 8 - m / 11 - m / 7)),
    truth=True,
)
mutate(
    "lem6.1.sum/constant",
    "constant",
    lambda: _three(1000) > 3 * math.exp(-1000 / 10),
    form="repaired",
    rhs=_to(1 - 3 * exp(-m / 10)),
)
mutate(
    "lem6.1.sum/direction",
    "direction",
    lambda: _three(10) < 3 * math.exp(-10 / 11),
    form="repaired",
    rel="<",
)
mutate(
    "lem6.1.sum/dropped 3",
    "factor",
    lambda: _three(10) > math.exp(-10 / 11),
    form="repaired",
    rhs=_to(1 - exp(-m / 11)),
)


def _least_exponent(on: float, off: float) -> float:
    """min(ε²/K², ε/K) at ε = ‖a_D‖²/(4d), K = 2‖a_D̄‖‖a_D‖/(πd)."""
    x = math.pi * math.sqrt(on / off) / 8
    return min(x * x, x)


mutate(
    "lem6.1.eps/constant",
    "constant",
    # On E₂ ∩ E₃, at ‖a_D‖² just above 1/8 and ‖a‖² just below 2.
    lambda: _least_exponent(0.12501, 1.87498) < math.pi**2 / 900,
    rhs=_to(2 * exp(-lemma_6_1.C_BERNSTEIN * pi**2 * d / 900)),
)
mutate(
    "lem6.1.eps/direction",
    "direction",
    lambda: _least_exponent(1.0, 0.5) > math.pi**2 / 960,
    rel=">",
)


def _cross_beyond(width: int, dim: int, t: float, trials: int = 2000) -> float:
    """Frequency of |aᵀ(I-D)WWᵀDa| > t, by √(PN)/d times a sum of d products of normals."""
    rng = np.random.default_rng(9)
    active = rng.binomial(width, 0.5, trials)
    on, off = (rng.chisquare(np.maximum(k, 1)) * (k > 0) / width for k in (active, width - active))
    sums = np.einsum("td,td->t", rng.standard_normal((trials, dim)), rng.standard_normal((trials, dim)))
    return float(np.mean(np.sqrt(on * off) * np.abs(sums) / dim > t))


mutate(
    "eq34/event",
    "constant",
    # |cross| > 0 almost surely, whatever c is.
    lambda: _cross_beyond(64, 64, 0.0) > 0.99,
    lhs=_event(Abs(model.cross_D), "<=", 0),
)
mutate(
    "eq34/exponent",
    "exponent",
    # -log P grows like d at most (0.002 d: the mean of d products of normals, over 1/16), so no e^{-c d²} will do.
    lambda: product_rate(1 / 16) < 0.0021,
    rhs=lambda r: r.subs(d, d**2),
    slow=True,
)
mutate(
    "eq34/product",
    "sum for product",
    # d = 1, m → ∞: P(|gh|/2 > 1/32) is above 0.8, and no e^{-cm} stays above it.
    lambda: products_beyond(1, 1 / 16) > 0.8,
    rhs=_to(1 - 6 * exp(-m / 7 - lemma_6_1.C_BERNSTEIN * pi**2 * d / 960)),
    slow=True,
)
mutate(
    "lem6.1.total/event",
    "constant",
    lambda: all(np.mean(networks(k, k, 400)["margin"] <= 0.5) > 0.4 for k in (16, 64)),
    lhs=_event(model.margin_simplified, ">=", HALF),
    slow=True,
)
mutate(
    "lem6.1.total/product",
    "sum for product",
    lambda: all(6 * math.exp(-c * 1e9) < 2.0**-4 for c in (1, 1e-6)),
    rhs=_to(1 - 6 * exp(-m / 8 - m / 11 - m / 7 - lemma_6_1.C_BERNSTEIN * pi**2 * d / 960)),
    slow=True,
)
mutate(
    "eq35/constant",
    "constant",
    lambda: stats.chi2.sf(16, 16) > (2 / math.e) ** 8,
    lhs=_event(model.norm_h2, "<=", m),
)
mutate(
    "eq35/exponent",
    "exponent",
    lambda: stats.chi2.sf(32, 16) > (2 / math.e) ** 16,
    rhs=_to(1 - (2 * exp(-1)) ** m),
)
mutate(
    "eq35/direction",
    "direction",
    lambda: math.log(2 / math.e) / 2 < -1 / 7,
    link=1,
    rel="<",
)
mutate(
    "eq35/m for d",
    "m for d",
    lambda: (2 / math.e) ** 0.5 > math.exp(-16 / 7),
    link=1,
    rhs=_to(1 - exp(-d / 7)),
)
mutate(
    "eq36/constant",
    "constant",
    # At the outcome ‖h‖² = 2m the variance of aᵀh is 2.
    lambda: 2 * stats.norm.sf(4 / math.sqrt(2)) > 2 * stats.norm.sf(4),
    rhs=_to(1 - 2 * Phi(-sqrt(c2 * d))),
)
mutate(
    "eq36/exponent",
    "exponent",
    # c₂ = 1, d = 16.
    lambda: 2 * stats.norm.sf(math.sqrt(8)) > 2 * math.exp(-16),
    link=1,
    rhs=_to(1 - 2 * exp(-c2 * d)),
)
mutate(
    "eq36/m for d",
    "m for d",
    # c₂ = 1, m = 256, d = 16: the tail at √d and not at √m.
    lambda: 2 * stats.norm.sf(4 / math.sqrt(2)) > 2 * stats.norm.sf(16 / math.sqrt(2)),
    link=2,
    rhs=_to(1 - 2 * Phi(-sqrt(c2 * m / 2))),
)

# Corollary 3.4.1 and Remark 1.


def _separated(label: int, width: int = 32, dim: int = 32) -> float:
    """Frequency of ⟨v', x_adv⟩ > 0 at four inputs of one label, by plain networks."""
    drawn = networks(width, dim, 300, n=4)
    return float(np.mean(drawn["example"] > 0) if label < 0 else np.mean(-drawn["example"] > 0))


_Y = corollary.Y
mutate(
    "cor3.4.1/label restored",
    "label",
    # y⟨v', x_adv⟩ at y = -1 is positive as often as the projected margin, more often the wider and longer.
    lambda: (
        np.mean(-networks(32, 32, 300, n=4)["example"] > 0) > 0.9 > np.mean(-networks(4, 8, 300, n=4)["example"] > 0)
    ),
    lhs=_event(model.signed_example, ">", 0, "all n"),
    truth=True,
)
mutate(
    "cor3.4.1/label",
    "label",
    lambda: bool(np.mean(networks(32, 32, 300, n=4)["example"] > 0) < 0.1),
    form="repaired",
    lhs=_event(model.on_example, ">", 0, "all n"),
    points=original("cor3.4.1", "printed").points,
)
mutate(
    "cor3.4.1/direction",
    "direction",
    lambda: bool(np.mean(-networks(32, 32, 300, n=4)["example"] > 0) > 0.9),
    form="repaired",
    lhs=_turned,
)
mutate(
    "cor3.4.1.step/label restored",
    "label",
    # ⟨v', x_adv⟩ = y κ Q' at y = -1: the sign is that of -Q'.
    lambda: bool(np.mean(networks(8, 8, 400)["example"] * networks(8, 8, 400)["projected"] < 0) > 0.95),
    claims=original("cor3.4.1.step", "repaired").claims,
    truth=True,
)
mutate(
    "cor3.4.1.step/label",
    "label",
    lambda: bool(np.mean(networks(8, 8, 400)["example"] * networks(8, 8, 400)["projected"] < 0) > 0.95),
    form="repaired",
    rhs=_to(model.on_input + model.on_step),
)
mutate(
    "cor3.4.1.step/constant",
    "constant",
    lambda: bool(np.any(networks(8, 8, 50)["example"] != 0)),
    form="repaired",
    link=1,
    rhs=lambda r: 2 * r,
)
mutate(
    "S10.exact/label",
    "label",
    # y = -1: ⟨v', x_adv⟩ ≤ 0 where the margin is positive.
    lambda: 1 - margin_failure(8, 1) > margin_failure(8, 1) + 0.1,
    lhs=_event(model.on_example, "<=", 0),
    points=({_Y: Integer(1)}, {_Y: Integer(-1)}),
)
mutate(
    "S10.exact/constant",
    "constant",
    # d = 8, n = 7: the truth is that of dimension 1 and not of dimension 8.
    lambda: margin_failure(3, 1) > margin_failure(3, 8) + 0.05,
    rhs=_put((d - n, d)),
)
mutate(
    "S10.sizes/label",
    "label",
    lambda: bool(np.mean(networks(32, 32, 300, n=4)["example"] > 0) < 0.1),
    lhs=_event(model.on_example, ">", 0, "all n"),
    points=tuple({delta: HALF, _Y: Integer(y)} for y in (1, -1)),
)
mutate(
    "S10.sizes/constant",
    "constant",
    # m = 16, d = 16, n = 5, δ = 10^-6: dimension 11 is left, and log(n/δ)/2 < 8.
    lambda: 2.0**-16 > 1e-6 and math.log(5e6) / 2 < 16,
    hypotheses=(Hypothesis(Min(m, d) >= HALF * log(n / delta), "min(m, d) ≥ log(n/δ)/2"),),
)
mutate(
    "eq15/direction",
    "direction",
    lambda: bool(np.mean(networks(32, 32, 300, n=4)["projected"] > 0) > 0.9),
    lhs=_turned,
)
mutate(
    "eq16/constant",
    "constant",
    # One column of a basis keeps the variance of an entry, twice the column has four times it.
    lambda: abs(_spread(4, 4.0) - 1) < 0.1 < abs(_spread(4, 4.0) - 4),
    link=1,
    lhs=_to(Law(_form(model.projected_margin, "twice", "W_ik UX_kl", free="il", coefficient=Integer(2)))),
    rhs=_to(Law(corollary._WBAR_X)),
)
mutate(
    "rem1.exist/constant",
    "constant",
    # d = 4, n = 1: one input leaves three dimensions.
    lambda: bool(np.mean(networks(64, 4, 200)["projected"] > 0) > 0.5),
    hypotheses=(Hypothesis(d <= 4 * n, "d ≤ 4n"),),
)
mutate(
    "rem1.exist/direction",
    "direction",
    lambda: bool(np.mean(networks(64, 4, 200)["projected"] > 0) > 0.5),
    hypotheses=(Hypothesis(d >= n, "d ≥ n"),),
)


def _shift(dim: int) -> float:
    """Median of ‖x_adv - x‖/‖x‖ at η = d^{1/4}, κ = 1/2: d^{1/4} ‖∇f‖/(2√d), and ‖∇f‖² = P χ²_d/d near 1/2."""
    return dim**0.25 * math.sqrt(0.5) / 2 / math.sqrt(dim)


mutate(
    "rem1.small/exponent",
    "exponent",
    lambda: _shift(10**6) / 10**-3 > 25 * _shift(1) / 1,
    rhs=_to(BigO(d**-HALF)),
)
mutate(
    "rem1.signal/exponent",
    "exponent",
    # η κ Q / |aᵀWx| with Q near 1/2 and aᵀWx of order 1 grows like d^{1/4}.
    lambda: (10**6) ** 0.25 / 4 > 25 * (10**6) ** -0.5,
    rhs=_to(BigO(d**-HALF)),
)

# Our own statements.

mutate(
    "S1/factor",
    "factor",
    # The margin has mean 1/2, and aᵀh has mean 0.
    lambda: margin_moment(2, 2, 1) == Fraction(1, 2) and abs(np.mean(networks(16, 16, 2000)["a_h"])) < 0.2,
    rhs=_to(Law(model.a_h)),
    slow=True,
)


def _symmetric(a: int, b: int, mu: int, first: Fraction, swap: bool = False) -> Fraction:
    p, q = (b, a) if swap else (a, b)
    return Fraction(2 * mu - 1, 4 * p) + first / q + Fraction(4 * mu - 3, 4 * a * b)


mutate(
    "S2/constant",
    "constant",
    # Signs (μ₄ = 1) and normals (μ₄ = 3).
    lambda: (
        _symmetric(2, 2, 1, Fraction(3, 4)) == margin_variance(2, 2, Fraction(1))
        and _symmetric(2, 2, 1, Fraction(1)) != margin_variance(2, 2, Fraction(1))
    ),
    link=1,
    rhs=_put((Rational(3, 4) / d, 1 / d)),
)
mutate(
    "S2/m for d",
    "m for d",
    lambda: _symmetric(1, 2, 1, Fraction(3, 4), swap=True) != margin_variance(1, 2, Fraction(1)),
    link=1,
    rhs=_swapped,
)
mutate(
    "S3/constant",
    "constant",
    # Twice the sum over k ≥ 1, which is more than nothing.
    lambda: margin_failure(3, 2) > 2.0**-3 + 0.01,
    rhs=lambda r: 2 * r - HALF**m,
)
mutate(
    "S3/m for d",
    "m for d",
    # m = 2, d = 3: a tail in dimension 2 is larger than one in dimension 3.
    lambda: margin_failure(2, 2) > margin_failure(2, 3) + 0.01,
    rhs=_to(
        HALF**m
        + Sum(
            binomial(m, exact_laws._k) * HALF ** (m + 1) * exact_laws.expected_tail(m, m, exact_laws._k),
            (exact_laws._k, 1, m - 1),
        )
    ),
)
mutate("S3.in-d/direction", "direction", lambda: margin_failure(3, 4) < margin_failure(3, 3), rel=">")
mutate("S3.in-m/direction", "direction", lambda: margin_failure(4, 3) < margin_failure(3, 3), rel=">")
mutate(
    "S3.in-d/m for d",
    "m for d",
    # At m = 2, d = 7 one more dimension buys less than one more neuron.
    lambda: margin_failure(2, 8) > margin_failure(3, 7),
    rhs=_to(exact_laws.p0(m + 1, d)),
)
mutate(
    "S4/m for d",
    "m for d",
    # m = 256, d = 16: half of e^{-A(m, d)} is above e^{-A(d, m)}.
    lambda: math.exp(-exponent(256, 16)) / 2 > math.exp(-exponent(16, 256)),
    link=1,
    rhs=_to(exp(-exact_laws.A(d, m))),
    grid={"m": (16, 256), "d": (16,)},
)
mutate(
    "S4/exponent",
    "exponent",
    lambda: margin_failure(16, 16) > math.exp(-2 * exponent(16, 16)),
    claims=(Claim((Link(P(Event(model.margin, "<=", 0)), "<=", exp(-2 * exact_laws._A)),)),),
    grid={"m": (2, 8, 16), "d": (8, 16)},
)
mutate(
    "S4/direction",
    "direction",
    lambda: margin_failure(8, 8) < math.exp(-exponent(8, 8)) / 2 + 2.0**-9,
    rel=">=",
    grid={"m": (2, 8, 16), "d": (8, 16)},
)
mutate(
    "S4/product",
    "sum for product",
    # P(D = 0) alone is 2^-m.
    lambda: math.exp(-exponent(8, 8)) / 2 * 2.0**-9 < 2.0**-8,
    rhs=_to(exp(-exact_laws._A) / 2 * HALF ** (m + 1)),
    grid={"m": (2, 8, 16), "d": (8, 16)},
)
_GOLDEN = (math.sqrt(5) - 1) / 2
_PREFACTOR = (1 - _GOLDEN + _GOLDEN**2) / math.sqrt(math.pi * _GOLDEN**3 * (2 - _GOLDEN))
mutate(
    "S4.equal/constant",
    "constant",
    lambda: math.isclose(exponent(1, 1), math.log(16 * ((1 + math.sqrt(5)) / 2) ** -5) / 2, rel_tol=1e-6),
    rhs=_to(log(15 * ((1 + sqrt(5)) / 2) ** -5) / 2),
)
mutate(
    "S4.limit/exponent",
    "exponent",
    # At m = d the ratio of p₀(m, d) e^{A} at d = 8 and d = 32 is near 2 = √4 and not near 4.
    lambda: 1.6 < margin_failure(8, 8) * math.exp(exponent(8, 8) - exponent(32, 32)) / margin_failure(32, 32) < 2.6,
    rhs=lambda r: r / sqrt(d),
)
mutate(
    "S4.limit/constant",
    "constant",
    # m = d: p₀ e^A √d comes near the printed prefactor and not 6/5 of it.
    lambda: abs(margin_failure(64, 64) * math.exp(exponent(64, 64)) * 8 / _PREFACTOR - 1) < 0.05,
    rhs=lambda r: r * Rational(6, 5),
)
mutate(
    "S5/constant",
    "constant",
    # m = d = 40, n = 1, δ = 10^-6.
    lambda: margin_failure(40, 40) > 1e-6 and 2.75 * math.log(1e6) <= 40,
    hypotheses=(Hypothesis(Min(m, d) >= Rational(11, 4) * log(n / delta), "min(m, d) ≥ 2.75 log(n/δ)"),),
    grid={"m": (40,), "d": (40,), "n": (1,)},
)
mutate(
    "S5.pairs/halved",
    "constant",
    lambda: exponent(81 / 2, 3 / 2) < 1,
    points=tuple({c_m: a / Integer(2), c_d: b / Integer(2)} for a, b in exact_laws._PAIRS),
)
mutate(
    "S5.pairs/m for d",
    "m for d",
    lambda: exponent(2, 39) > 1 > exponent(39, 2),
    lhs=_to(c_m * rate_expr(c_d / c_m)),
)
mutate("S5.pairs/constant", "constant", lambda: 3 / math.log(2) > 3, link=1, rhs=_to(3 / log(2)))


def _threshold(t: float, ratio: float) -> float:
    """min over t ≤ ρ ≤ 1/2 of c_t(ρ) + (m/d) J(ρ) on a grid."""
    rho = np.linspace(t * 1.0001, 0.5, 100_001)
    x = np.sqrt((1 - rho) ** 2 + 4 * t**2 / rho) - (1 - rho)
    cost = -(2 * t - x) / (2 * (1 - rho)) + np.log(rho * x / (2 * t**2)) / 2
    mask = math.log(2) - 1.5 * np.log(np.cbrt(rho) + np.cbrt(1 - rho))
    return float(np.min(cost + ratio * mask))


_T, _S0, _SIZE = sharp_bounds._t, sharp_bounds._s0, sharp_bounds._size
mutate(
    "S6/exponent",
    "exponent",
    # t = 1/32, m = 64, d = 16.
    lambda: margin_below(64, 16, 1 / 32, relative=True) > 3 * math.exp(-2 * 16 * _threshold(1 / 32, 4)),
    rhs=_to(exp(-2 * d * threshold_rate(_T, m / d))),
    slow=True,
)
mutate(
    "S6.corollary/constant",
    "constant",
    # t = 1/16, m = d = 64, one sample.
    lambda: margin_below(64, 64, 1 / 16) > 20 * 2 * math.exp(-3 * 64 / 12.34),
    rhs=_to(1 - (n + 1) * exp(-3 * Min(m, d) / _SIZE)),
    slow=True,
)
mutate(
    "S6.constants/constant",
    "constant",
    lambda: all(float(p[_SIZE]) * (float(p[_S0]) - 1 - math.log(p[_S0])) / 2 < 1.01 for p in sharp_bounds._THRESHOLDS),
    rhs=_to(Rational(101, 100)),
)


def _mask_rate(rho: float) -> float:
    return math.log(2) - 1.5 * math.log(rho ** (1 / 3) + (1 - rho) ** (1 / 3))


mutate(
    "S6.convex/direction",
    "direction",
    # J at the ends and at the middle of [0.1, 0.3].
    lambda: 2 * _mask_rate(0.2) < _mask_rate(0.1) + _mask_rate(0.3) - 1e-3,
    link=1,
    rel=">=",
)
mutate(
    "S7/constant",
    "constant",
    # m = d = 64, n = 5.
    lambda: margin_failure(32, 32) > math.exp(-32 / 2) * 6,
    rhs=_to(1 - exp(-m / 2) - n * exp(-d / 2)),
)
mutate(
    "S7/product",
    "sum for product",
    # m = 16, d = 64, n = 5.
    lambda: margin_failure(16, 64) > 40 * math.exp(-16 - 64),
    rhs=_to(1 - 8 * n * exp(-m - d)),
)
mutate(
    "S7.direct/dropped d",
    "factor",
    # m = 16, d = 1, one sample.
    lambda: margin_failure(16, 1) > math.exp(-16),
    rhs=_to(1 - n * exp(-m)),
    grid={"m": (16,), "d": (16,), "n": (5,)},
)
mutate(
    "S7.bernstein/exponent",
    "exponent",
    # log Γ(m) for log Γ(m + 1), at m = 7.
    lambda: 7 * math.log(7) > 7 + math.lgamma(7),
    rhs=_to(m + loggamma(m)),
)
mutate(
    "S7.bernstein/constant",
    "constant",
    lambda: -1 + 0.5 > -1,
    link=3,
    rhs=_to(-(1 + Symbol("s", nonnegative=True))),
)
_X = sharp_bounds._x
mutate(
    "S7.product/constant",
    "constant",
    # x = 1, d = 1024: the rate is c* and not 1.2 c*.
    lambda: products_beyond(1024, 2 / math.pi * 1024) > 2 * math.exp(-1.2 * product_rate(2 / math.pi) * 1024),
    rhs=_to(2 * exp(-Rational(6, 5) * bernstein_constant_expr() * Min(_X**2, _X) * d)),
    grid={"d": (1, 4, 64, 1024)},
)
mutate(
    "S7.product/exponent",
    "exponent",
    # x = 1/8: the exponent is of order x² and not x.
    lambda: products_beyond(1024, 128 * 2 / math.pi) > 2 * math.exp(-product_rate(2 / math.pi) * 128),
    rhs=_to(2 * exp(-bernstein_constant_expr() * Max(_X**2, _X) * d)),
    grid={"d": (1, 4, 64, 1024)},
)
mutate(
    "S7.product-sharp/constant",
    "constant",
    lambda: product_rate(2 / math.pi) < 1.01 * product_rate(2 / math.pi),
    rhs=lambda r: Rational(101, 100) * r,
)
mutate(
    "S7.product-sharp/direction",
    "direction",
    lambda: product_rate(32 / math.pi) > product_rate(2 / math.pi) * 16,
    rel="<=",
)
mutate(
    "S7.cross/constant",
    "constant",
    lambda: surely(_cross_beyond(256, 64, 1 / 32), 2000, math.exp(-256 / 7) + 2 * math.exp(-6.4)),
    rhs=_to(1 - exp(-m / 7) - 2 * exp(-d / 10)),
)
mutate(
    "S7.masked/constant",
    "constant",
    lambda: masked_below(256, 1 / 8) > math.exp(-256 / 7),
    rhs=_to(exp(-m / 7)),
)
mutate("S7.masked/m for d", "m for d", lambda: masked_below(16, 1 / 8) > math.exp(-64 / 9), rhs=_to(exp(-d / 9)))
mutate("S8.signs/constant", "constant", lambda: margin_failure(3, 2, "signs") > 2.0**-3 + 0.01, rhs=_to(HALF**m))
mutate(
    "S8.signs-rate/exponent",
    "exponent",
    lambda: margin_failure(16, 16, "signs") > math.exp(-2 * sign_readout_rate(16, 16)),
    rhs=_to(exp(-2 * sign_readout_exponent(m, d))),
)
mutate(
    "S8.signs-rate/m for d",
    "m for d",
    # m = 64, d = 16.
    lambda: margin_failure(64, 16, "signs") > math.exp(-sign_readout_rate(16, 64)),
    rhs=_swapped,
    slow=True,
)
mutate(
    "S8.signs-better/direction",
    "direction",
    lambda: margin_failure(5, 4, "signs") < margin_failure(5, 4) - 1e-3,
    rel=">=",
)
mutate(
    "S8.leaky/exponent",
    "exponent",
    # c = 1/2, m = 16, d = 1.
    lambda: surely(float(np.mean(networks(16, 1, 10_000, leak=0.5)["margin"] <= 0)), 10_000, 0.5 / 9),
    rhs=_to(leaky_bound_expr(sharp_bounds._leak, 2 * d)),
)
mutate(
    "S11.limit/constant",
    "constant",
    # η = 2.
    lambda: _step_failure(2.0) < 4 * stats.norm.cdf(-math.sqrt(2) * math.log(2)),
    rhs=lambda r: 8 * r,
)
mutate(
    "S11.limit/direction",
    "direction",
    lambda: _step_failure(4.0) > 0.5 * stats.norm.cdf(-math.sqrt(2) * math.log(4)),
    rel="<=",
)
mutate(
    "S11.fixed-step/direction",
    "direction",
    lambda: _step_failure(2.0) > 0.1,
    rel="<=",
    rhs=_to(Rational(1, 10**4)),
)


def _step_failure(step: float) -> float:
    """P((g₁+g₂)/√2 > (η/2)/(1 + e^{g₁/√2})), by plain draws."""
    g = np.random.default_rng(10).standard_normal((2, 200_000))
    return float(np.mean((g[0] + g[1]) / math.sqrt(2) > step / 2 / (1 + np.exp(g[0] / math.sqrt(2)))))


mutate(
    "S6.shared/exponent",
    "exponent",
    # t = 1/16, m = d = 64, one sample, s₀ = 0.533; the norm's part is e^{-32(s₀ - 1 - log s₀)}.
    lambda: (
        margin_below(64, 64, 1 / 16)
        > math.exp(-128 * (0.533 - 1 - math.log(0.533))) + math.exp(-256 * _threshold(1 / 16 / 0.533, 1))
    ),
    rhs=_to(1 - sharp_bounds._NORM**4 - n * exp(-4 * d * threshold_rate(_T / _S0, m / d))),
    slow=True,
)
mutate(
    "S8.positive/direction",
    "direction",
    # m = 100 d² at d = 2: all readouts are 1/√m.
    lambda: _positive_failure(400, 2) > 0.25 + 0.05,
    rel="<=",
    rhs=_to(Rational(1, 4)),
    slow=True,
)
mutate(
    "S10/constant",
    "constant",
    # d = 8, n = 3: the mean is that of 5 dimensions out of 8.
    lambda: abs(float(np.mean(networks(16, 8, 4000, n=3)["projected"])) - 5 / 16) < 0.03,
    rhs=_to(Law(model.margin_scalar)),
    slow=True,
)
mutate(
    "S11/factor",
    "factor",
    # f has variance about 1/2, aᵀWx about 1.
    lambda: np.var(networks(16, 16, 4000)["a_Dh"]) < 0.7 < 0.85 < np.var(networks(16, 16, 4000)["a_h"]),
    rhs=_to(Law(model.readout_scalar)),
    slow=True,
)
mutate(
    "S11.sufficient/constant",
    "constant",
    # A step of 1/100 moves hardly any input across: half of all aᵀWx are on the wrong side.
    lambda: abs(np.mean(networks(64, 64, 400)["a_h"] > 0.1) - 0.46) < 0.1,
    lhs=_event(model.critical_angle, "<", atan(Rational(1, 100)), "all n"),
    slow=True,
)


def _positive_failure(width: int, dim: int, trials: int = 2000) -> float:
    """Frequency of margins that are not positive with all readouts at 1/√m."""
    rng, count = np.random.default_rng(17), 0
    x = np.eye(dim)[0]
    for _ in range(trials):
        W = rng.standard_normal((width, dim))
        count += W.sum(axis=0) @ W[W @ x > 0].sum(axis=0) <= 0
    return count / trials


# Section 3.2: what needs no draws.


def _trained_parts() -> tuple[float, list[float]]:
    """aᵀWW*ᵀD*a* of plain arrays and the eight terms of eq. 17."""
    rng = np.random.default_rng(11)
    W, V, a, b = rng.standard_normal((5, 3)), rng.standard_normal((5, 3)), *rng.standard_normal((2, 5))
    D, E = np.array([1.0, 0, 1, 1, 0]), np.array([1.0, 1, 0, 1, 0])
    left = a @ W
    terms = [
        float(left @ (X.T @ (mask * c)))
        for X, mask, c in (
            (W, D, a),
            (V - W, D, a),
            (W, E - D, a),
            (W, D, b - a),
            (V - W, E - D, a),
            (V - W, D, b - a),
            (W, E - D, b - a),
            (V - W, E - D, b - a),
        )
    ]
    return float(left @ (V.T @ (E * b))), terms


mutate(
    "eq17/dropped term",
    "factor",
    lambda: (
        math.isclose(_trained_parts()[0], sum(_trained_parts()[1]))
        and not math.isclose(_trained_parts()[0], sum(_trained_parts()[1][:7]))
    ),
    link=1,
    rhs=_to(sum(ntk_model.TERM_FORMS[:7])),
)
mutate(
    "eq17/constant",
    "constant",
    lambda: abs(_trained_parts()[1][3]) > 1e-3,
    link=1,
    rhs=lambda r: r + ntk_model.TERM_FORMS[3],
)
mutate(
    "S12.identity/constant",
    "constant",
    lambda: abs(_trained_parts()[0]) > 1e-3,
    lhs=lambda left: 2 * left,
)
mutate(
    "S12.identity/dropped flips",
    "factor",
    # Σ (D* - D) p a is the third term of eq. 17.
    lambda: abs(_trained_parts()[1][2]) > 1e-3,
    rhs=_to(ntk_sharp._START + ntk_sharp._MOVED),
)


def _flips(width: int, dim: int, trials: int = 40) -> float:
    """Least over draws of the most neurons whose h_r² add up to d/m."""
    rng = np.random.default_rng(14)
    return min(
        float(np.searchsorted(np.cumsum(np.sort(rng.standard_normal(width) ** 2)), dim / width)) for _ in range(trials)
    )


mutate(
    "S12.sparsity/exponent",
    "exponent",
    # In every draw more than √(dm)/2 neurons may flip, and the mutant says hardly ever more than a hundredth of that.
    lambda: _flips(2**15, 16) > 50,
    lhs=_event(ntk_model.ball_flips, ">=", sqrt(m) / 10),
)
_NU, _R = ntk_sharp._nu, ntk_sharp._r
mutate(
    "S14.bound/exponent",
    "exponent",
    # ν = 8, r = 1/2: P(F ≤ 1/3).
    lambda: stats.f(8, 8).cdf(1 / 3) > (0.75**4 / 2) ** 2,
    rhs=lambda r: r**2,
)
mutate(
    "S14.bound/constant",
    "constant",
    # r = 1/100: the probability is nearly ½.
    lambda: stats.f(1, 1).cdf(0.99 / 1.01) > (1 - 1e-4) ** 0.5 / 4,
    rhs=lambda r: r / 2,
)
mutate(
    "S14.bound/direction",
    "direction",
    lambda: stats.f(8, 8).cdf(1 / 3) < 0.75**4 / 2,
    rel=">=",
)


def _gradients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """∇f(x), ∇f(-x) and Wᵀa of one plain network."""
    rng = np.random.default_rng(15)
    W, a, x = rng.standard_normal((5, 3)), rng.standard_normal(5), rng.standard_normal(3)
    return W.T @ (a * (W @ x > 0)), W.T @ (a * (W @ x < 0)), W.T @ a


mutate(
    "S16/constant",
    "constant",
    lambda: np.allclose(_gradients()[0] + _gradients()[1], _gradients()[2]) and bool(np.any(_gradients()[2] != 0)),
    rhs=_to(_form(ntk_sharp._SIDES[1], "twice", "Ws_ik as_i", free="k", coefficient=Integer(2))),
)
mutate(
    "S16/dropped gradient",
    "factor",
    lambda: not np.allclose(_gradients()[0], _gradients()[2]),
    lhs=_to(_form(ntk_sharp._SIDES[0], "one_gradient", "Ws_ik Ds_i as_i", free="k")),
)

# Section 3.2: decided by draws.

_WIDTH, _BOTH, _FIXED = "m -> oo at fixed d", "d -> oo at fixed m/d", "m -> oo at fixed d, n"


def _asked(
    name: str, kind: str, oracle: Callable[[], bool], link: Link, regime: str | None = None, **more: Any
) -> None:
    """Add a mutant of one link that draws decide."""
    claims = (Claim((link,), exists=more.pop("exists", ()), regime=regime),)
    mutate(name, kind, oracle, claims=claims, draws=True, implied_by=(), **more)


def _whp(value: Any, relation: str, bound: Any) -> Link:
    return Link(P(Event(value, relation, bound)), "~", 1)


def _moved() -> float:
    """√m ‖a* - a‖ after plain gradient descent to L ≤ 1/10 at m = 256, d = 16, n = 4."""
    found = trained(256, 16, 4)
    return 16 * float(np.linalg.norm(found.a - found.a0))


_FOUND = original("lem3.5", "printed").links[0].lhs.args[0]
_asked(
    "lem3.5/exponent",
    "exponent",
    # The sign of the exponent restored: the readout moves by more than 1/√m.
    lambda: _moved() > 1,
    Link(P(_FOUND), ">=", 1 - exp(-c1 * log(m) ** 2)),
    _FIXED,
    exists=(c1,),
)
_asked(
    "lem3.5/constant",
    "constant",
    lambda: _moved() > 1,
    _whp(ntk_model.root_m_da, "<=", 1),
    _FIXED,
    form="repaired",
)
_asked(
    "lem3.5.radius/constant",
    "constant",
    lambda: _moved() < 1000,
    _whp(ntk_model.root_m_da, "<=", 1000),
    _FIXED,
    truth=True,
)
_asked(
    "lem3.5.rate/direction",
    "direction",
    # Twice the reciprocal of the largest eigenvalue of the tangent kernel falls as m grows: O(d) and not Θ(d).
    lambda: _stable(64) > 4 * _stable(1024),
    Link(ntk_model.stable_rate, "=", BigO(d)),
    _FIXED,
    truth=True,
)
_asked(
    "thm3.6/exponent",
    "exponent",
    # C = 1: a probability is at least 1 - n ≤ 0.
    lambda: 1 - 1 * 1 <= 0,
    Link(P(Event(ntk_model.trained_margin, ">", 0, "all n")), ">=", 1 - C * n),
    exists=(C,),
    truth=True,
)
_asked(
    "thm3.6/direction",
    "direction",
    lambda: bool(np.all(trained(256, 16, 4).projected > 0)),
    Link(P(Event(ntk_model.wide_projected, "<", 0, "all n")), ">=", HALF),
    form="repaired",
)
_asked(
    "eq18/constant",
    "constant",
    lambda: bool(np.mean(networks(64, 64, 400)["margin"] > 3 / 4) < 0.3),
    _whp(ntk_model.ball_margin, ">", Rational(3, 4)),
    _BOTH,
)
_asked(
    "eq19/exponent",
    "exponent",
    lambda: ball(4096, 16).term2 * 4096 > 4 * ball(64, 16).term2 * 64,
    Link(ntk_model.SUP_TERMS[2], "=", BigO(1 / m)),
    _WIDTH,
)
_asked(
    "eq19.norms/constant",
    "constant",
    lambda: bool(np.mean(networks(256, 64, 400)["norm_Da2"] < 1) > 0.999),
    _whp(ntk_model.norm_Da, "<", 1),
    _BOTH,
    truth=True,
)
_asked(
    "eq19.norms/halved",
    "constant",
    lambda: bool(np.mean(networks(64, 64, 400)["norm_Wa"] > 1 / 2) > 0.999),
    _whp(ntk_model.norm_Wa, "<", HALF),
    _BOTH,
    form="repaired",
)
_asked(
    "eq21.sparsity/direction",
    "direction",
    # Fewer than m/log² m in every draw at m = 2^18, d = 16.
    lambda: _most_flips(2**18, 16) < 2**18 / math.log(2**18) ** 2,
    Link(P(Event(ntk_model.ball_flips, ">", m / log(m) ** 2)), ">=", 1 - exp(-c1 * m / log(m) ** 2)),
    _WIDTH,
    exists=(c1,),
)
_asked(
    "eq21.norm/constant",
    "constant",
    # No part of a readout is longer than the readout.
    lambda: bool(np.linalg.norm(np.random.default_rng(18).standard_normal(4096)) / 64 < 2),
    Link(P(Event(ntk_model.sparse_norm_a, "<=", 2)), "~", 1),
    _WIDTH,
    truth=True,
)
_asked(
    "eq21.norm/exponent",
    "exponent",
    lambda: ball(4096, 16).flip_norm > 10 / 4096,
    _whp(ntk_model.ball_flip_norm, "<=", 1 / m),
    _WIDTH,
    form="repaired",
)
_asked(
    "lem3.7/exponent",
    "exponent",
    # ‖WWᵀa‖ is an upper limit.
    lambda: ball(4096, 16).norm_p < 1000 * 4096,
    Link(P(Event(ntk_model.sparse_p, "<=", 1000 * m, "sup u")), ">=", 1 - exp(-c1 * m)),
    exists=(c1,),
    truth=True,
)
_asked(
    "eq21/exponent",
    "exponent",
    lambda: ball(4096, 16).flip_loss > 2 / math.sqrt(4096),
    _whp(ntk_model.SUP_TERMS[3], "<=", 1 / sqrt(m)),
    _WIDTH,
)
_asked(
    "eq22/exponent",
    "exponent",
    # ‖Dp‖/√m at m = 4d is near 1/√(2d).
    lambda: ball(4096, 1024).term4 * 1024 > 4 * ball(64, 16).term4 * 16,
    Link(ntk_model.SUP_TERMS[4], "=", BigO(1 / d)),
    _BOTH,
)
_asked(
    "thm3.6.rest/exponent",
    "exponent",
    lambda: ball(2**16, 16).term5 * 2**16 > 2 * ball(64, 16).term5 * 64,
    Link(ntk_model.SUP_TERMS[5], "=", BigO(1 / m)),
    _WIDTH,
)
_asked(
    "S12/direction",
    "direction",
    # The certificate is at most Q - ρ_W‖g‖‖Da‖ - ρ_a‖Dp‖, and the trained margin is above it.
    lambda: trained(256, 16, 4).slack > 0,
    Link(ntk_model.certificate_slack, "<=", 0),
)
_asked(
    "S12/certified",
    "direction",
    # The certificate stops short of the first margin that is lost.
    lambda: radius_gap(256, 8) > 0,
    Link(ntk_model.certified, ">=", ntk_model.attacked),
)
_asked(
    "S12.ratio/direction",
    "direction",
    lambda: 0 < radius_gap(2**16, 8) < 1 / 10,
    _whp(ntk_model.radius_gap, ">=", Rational(1, 10)),
    _WIDTH,
)
_asked(
    "S12.flips/constant",
    "constant",
    lambda: trained(256, 16, 4).flip_weight > trained(256, 16, 4).capacity / 1e6,
    Link(ntk_model.flip_weight, "<=", ntk_model.flip_capacity / 10**6),
)
_asked(
    "S12.scaling/exponent",
    "exponent",
    lambda: ball(2**16, 16).flip_loss * 2**8 > 4 * ball(64, 16).flip_loss * 8,
    Link(ntk_model.ball_knapsack, "=", BigO(1 / sqrt(m))),
    _WIDTH,
)
_asked(
    "eq17.trained/exponent",
    "exponent",
    # The second term between m = 64 and m = 256 falls by less than 4³.
    lambda: trained(64, 16, 4).term2 < 16 * trained(256, 16, 4).term2,
    Link(ntk_model.RMS_TERMS[2], "=", BigO(m**-3)),
    _FIXED,
    hypotheses=(),
)
_asked(
    "eq17.trained/direction",
    "direction",
    # The fifth term fades.
    lambda: trained(64, 16, 4).term5 > 1.2 * trained(1024, 16, 4).term5,
    Link(ntk_model.RMS_TERMS[5], "=", Theta(1)),
    _FIXED,
    hypotheses=(),
)
_asked(
    "S13/constant",
    "constant",
    # The certificate is below the margin, which is hardly ever 9/10 at the smallest cell it is claimed at.
    lambda: margin_below(893_000, 893, 0.9, trials=8) > 0.99,
    Link(P(Event(ntk_model.theorem_certificate, ">=", Rational(9, 10), "all n")), ">=", 1 - delta),
)
_asked(
    "S13.necessary/constant",
    "constant",
    lambda: ball(4096, 64).term4 < 2 / math.sqrt(128),
    _whp(ntk_model.SUP_TERMS[4], ">=", 2 / sqrt(2 * d)),
    _BOTH,
)
_asked(
    "S14.cosine/constant",
    "constant",
    # Before any training the cosine is ‖Da‖/‖a‖, near 1/√2.
    lambda: bool(np.mean(networks(256, 64, 400)["norm_Da2"] < 0.81) > 0.99),
    Link(P(Event(ntk_model.wide_cosine, ">=", Rational(9, 10), "all n")), ">=", Rational(4, 5)),
)
_asked(
    "S15/constant",
    "constant",
    lambda: 0 < trained(256, 16, 4).moved < 10 * trained(256, 16, 4).jensen,
    Link(ntk_model.readout_move, ">=", 10 * ntk_model.jensen),
)
_asked(
    "S15.output/constant",
    "constant",
    # (‖σ(h)‖ + ‖a‖√d)/√m comes near 1/√2.
    lambda: ball(4096, 16).output > 0.6,
    _whp(ntk_model.ball_outputs, "<=", HALF),
    _WIDTH,
)
_asked(
    "S16.pairs/direction",
    "direction",
    lambda: not separable_pairs(),
    Link(P(Event(ntk_model.pairs_separable, ">=", 1)), ">=", Rational(3, 4)),
)
_asked(
    "S16.witness/direction",
    "direction",
    lambda: witness_fails_on_pairs() > 0.7,
    Link(P(Event(ntk_model.pairs_margin, ">", 0)), ">=", HALF),
)
_asked(
    "S16.full/direction",
    "direction",
    # Sixteen inputs in dimension 16 leave nothing across.
    lambda: int(np.linalg.matrix_rank(np.random.default_rng(23).standard_normal((16, 16)))) == 16,
    _whp(ntk_model.trained_projected, ">", 0),
    _FIXED,
)
_asked(
    "S16.few/direction",
    "direction",
    # Four gradients in dimension 16 are linearly independent, hence separable whatever the labels.
    lambda: int(np.linalg.matrix_rank(trained(256, 16, 4).gradients)) == 4,
    _whp(ntk_model.separable, "<", 1),
    _FIXED,
)


def _stable(width: int) -> float:
    """2/λ, λ the largest eigenvalue of the tangent kernel over n, of one plain network at d = 16, n = 4."""
    found = trained(width, 16, 4, steps=0)
    hidden = found.W0 @ found.X.T
    masked = (hidden > 0) * found.a0[:, None]
    active = np.maximum(hidden, 0)
    kernel = active.T @ active + (masked.T @ masked) * (found.X @ found.X.T)
    return 2 * 4 / float(np.linalg.eigvalsh(kernel)[-1])


def _most_flips(width: int, dim: int) -> float:
    """Most neurons, over 20 draws, whose h_r² add up to d/m."""
    rng = np.random.default_rng(19)
    return max(
        float(np.searchsorted(np.cumsum(np.sort(rng.standard_normal(width) ** 2)), dim / width)) for _ in range(20)
    )
