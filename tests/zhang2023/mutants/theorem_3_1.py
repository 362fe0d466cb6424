"""Mutants of Theorem 3.1 and the steps of its proof."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from oracles.laws import margin_moment, margin_variance, networks, readout_beyond, surely
from scipy import stats
from sympy import Rational, exp
from whp.theory import RV, Form, Hypothesis, Law
from whp.theory.language.heads import Normal
from whp.theory.zhang2023.models import initial as model
from whp.theory.zhang2023.printed import theorem_3_1
from whp.theory.zhang2023.symbols import C, c1, c2, d, delta, m, n

from ._mutate import HALF, Change, formed, mutate, original, put, swapped, to, turned
from ._truths import spread

__all__ = ["MUTANTS"]


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


# The steps of the implication are asked on this grid and not on its 4000 cells.
_THM_GRID = {"m": (16, 64), "d": (16, 64), "n": (5,)}
_RECOMBINED = original("lem3.2", "printed").links[0].rhs.args


def _conditioning(*kept: int) -> Change:
    form = Form(tuple(_RECOMBINED[0].form.terms[i] for i in kept))
    return to(Law(RV("recombined", _RECOMBINED[0].model, "broken", form), *_RECOMBINED[1:]))


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


def _parts() -> tuple[float, float]:
    """Of one plain network at m = 3, d = 4: the margin and its part aᵀWx xᵀWᵀDa."""
    rng = np.random.default_rng(2)
    W, a, x = rng.standard_normal((3, 4)), rng.standard_normal(3), rng.standard_normal(4)
    x *= 2 / np.linalg.norm(x)
    h = W @ x
    masked = (h > 0) * a
    return float((W.T @ a) @ (W.T @ masked)), float((a @ h) * (h @ masked))


def _cross(width: int, dim: int) -> np.ndarray:
    drawn = networks(width, dim, 2000)
    return np.abs(drawn["a_h"] * drawn["a_Dh"]) / dim


MUTANTS = (
    mutate(
        "thm3.1/direction",
        "direction",
        # At m = d = 64 nearly every margin is positive, so that the mutant asks for a probability that is nearly 0.
        lambda: all(np.mean(networks(k, k, 400)["margin"] > 0) > share for k, share in ((16, 0.9), (64, 0.98))),
        lhs=turned,
        grid=_THM_GRID,
    ),
    mutate(
        "thm3.1/product",
        "sum for product",
        # D = 0 has probability 2^-m whatever d is, and 2^-4 exceeds C n e^{-c₁d} for d large, whatever C and c₁ > 0.
        lambda: all(constant * math.exp(-rate * 1e9) < 2.0**-4 for constant in (1, 1e6) for rate in (1, 1e-6)),
        rhs=to(1 - 3 * C * n * exp(-c1 * d - c2 * m)),
        grid=_THM_GRID,
    ),
    mutate(
        "thm3.1/exponent",
        "exponent",
        # At m = d the failure is at least P(D = 0) = 2^-m, which no e^{-c m²} stays above.
        lambda: all(2.0**-m_ > 1e6 * math.exp(-rate * m_**2) for rate, m_ in ((1, 10), (1e-1, 100), (1e-2, 1000))),
        rhs=to(1 - 3 * C * n * (exp(-c1 * d**2) + exp(-c2 * m**2))),
        grid=_THM_GRID,
    ),
    mutate(
        "thm3.1.reduction/label",
        "label",
        # With y = -1 one factor of y is left over: y κ Q and not κ Q.
        lambda: bool(-0.5 * networks(4, 4, 1)["margin"][0, 0] != 0.5 * networks(4, 4, 1)["margin"][0, 0]),
        link=1,
        lhs=to(formed(model.noise_margin, "unlabelled", "kappa y " + model.WITNESS_MARGIN)),
    ),
    mutate("eq8/constant", "constant", lambda: margin_moment(1, 1, 1) == Fraction(1, 2), rhs=to(Rational(1, 4))),
    mutate("eq8/exponent", "exponent", lambda: margin_moment(2, 1, 1) != Fraction(1, 4), rhs=lambda r: r / m),
    mutate(
        "eq9/mended",
        "constant",
        _right(lambda a, b: Fraction(5, 4 * a) + Fraction(3, 4 * b) + Fraction(9, 4 * a * b), margin_variance),
        rhs=to(Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d)),
        truth=True,
    ),
    mutate(
        "eq9/m for d",
        "m for d",
        _wrong(lambda a, b: Fraction(5, 4 * b) + Fraction(1, a) + Fraction(2, a * b), margin_variance, (1, 2)),
        rhs=swapped,
    ),
    mutate(
        "eq9/constant",
        "constant",
        _wrong(lambda a, b: Fraction(5, 4 * a) + Fraction(1, 2 * b) + Fraction(9, 4 * a * b), margin_variance, (2, 1)),
        form="repaired",
        rhs=put((Rational(3, 4) / d, HALF / d)),
    ),
    mutate(
        "eq9/repaired m for d",
        "m for d",
        _wrong(lambda a, b: Fraction(5, 4 * b) + Fraction(3, 4 * a) + Fraction(9, 4 * a * b), margin_variance, (1, 2)),
        form="repaired",
        rhs=swapped,
    ),
    mutate(
        "eq9.second-moment/mended",
        "constant",
        _right(lambda a, b: Fraction(1, 4) + Fraction(5, 4 * a) + Fraction(3, 4 * b) + Fraction(9, 4 * a * b), _second),
        rhs=to(Rational(1, 4) + Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d)),
        truth=True,
    ),
    mutate(
        "eq9.second-moment/exponent",
        "exponent",
        _wrong(
            lambda a, b: Fraction(1, 4) + Fraction(5, 4 * a) + Fraction(3, 4 * b) + Fraction(9, 4 * a * b * b),
            _second,
            (1, 2),
        ),
        form="repaired",
        rhs=put((Rational(9, 4) / (m * d), Rational(9, 4) / (m * d**2))),
    ),
    mutate(
        "chebyshev/exponent",
        "exponent",
        # δ = 1/8, m = 256, d = 64: the bound becomes 2·64/64².
        lambda: surely(float(np.mean(networks(256, 64, 2000)["margin"] <= 3 / 8)), 2000, 2 * 64 / 64**2),
        rhs=put((d, d**2)),
        grid={"m": (256,), "d": (64,)},
        slow=True,
    ),
    mutate(
        "chebyshev/constant",
        "constant",
        lambda: surely(float(np.mean(networks(256, 64, 2000)["margin"] <= 3 / 8)), 2000, 64 / 100 / 64),
        rhs=to(1 - 1 / (100 * delta**2 * d)),
        grid={"m": (256,), "d": (64,)},
    ),
    mutate(
        "chebyshev/direction",
        "direction",
        # δ = 1/2: hardly any margin is negative, the mutant says 1 - 8/64 are.
        lambda: bool(np.mean(networks(256, 64, 2000)["margin"] < 0) < 0.05),
        lhs=turned,
        grid={"m": (256,), "d": (64,)},
        points=({delta: HALF},),
    ),
    mutate(
        "chebyshev/m for d",
        "m for d",
        # With d > 1.2 m + 2 instead, m = 4 and d = 256: at δ = 1/4 the bound is 2·16/256.
        lambda: surely(float(np.mean(networks(4, 256, 2000)["margin"] <= 1 / 4)), 2000, 32 / 256),
        hypotheses=(Hypothesis(d > Rational(6, 5) * m + 2, "d > 1.2 m + 2"),),
        grid={"m": (4,), "d": (256,)},
    ),
    mutate(
        "chebyshev.union/constant",
        "constant",
        # δ = 1/8, m = 256, d = 64, n = 5: already one sample fails more often.
        lambda: surely(float(np.mean(networks(256, 64, 2000)["margin"] <= 3 / 8)), 2000, 5 * 64 / (500 * 64)),
        rhs=to(1 - n / (500 * delta**2 * d)),
        grid={"m": (256,), "d": (64,), "n": (5,)},
        points=({delta: Rational(1, 8)},),
    ),
    mutate(
        "lem3.2/dropped projection",
        "factor",
        lambda: _recombined_identity(0, 1, 2, 3) and not _recombined_identity(0, 1, 2),
        rhs=_conditioning(0, 1, 2),
    ),
    mutate(
        "lem3.2/no fresh copy",
        "factor",
        lambda: not _recombined_identity(1, 2, 3),
        rhs=_conditioning(1, 2, 3),
    ),
    mutate(
        "eq10/constant",
        "constant",
        # Applied to x the right side is 2Wx: W Π⊥x = 0 and W Πx = Wx.
        lambda: float(np.ones(4) @ np.ones(4)) / 4 * 2 != 1,
        rhs=to(theorem_3_1._ACROSS + 2 * theorem_3_1._ALONG),
    ),
    mutate(
        "eq11/m for d",
        "m for d",
        lambda: _parts()[1] / 3 + (_parts()[0] - _parts()[1] / 4) != _parts()[0],
        rhs=put((1 / d, 1 / m)),
    ),
    mutate("eq12/m for d", "m for d", lambda: abs(_parts()[1]) / 4 != abs(_parts()[1]) / 3, rhs=put((1 / d, 1 / m))),
    mutate("eq12/constant", "constant", lambda: abs(_parts()[1]) > 0, rhs=lambda r: 2 * r),
    mutate(
        "eq12.laws/m for d",
        "m for d",
        # m = 2, d = 4, ‖h‖² = 8: the variance is 4 and not 2.
        lambda: abs(spread(2, 8.0) - 4) < 0.2 < abs(spread(2, 8.0) - 2),
        rhs=put((1 / m, 1 / d)),
    ),
    mutate(
        "eq12.laws/exponent",
        "exponent",
        lambda: abs(spread(2, 8.0) - 4) < 0.2 < abs(spread(2, 8.0) - 32),
        link=1,
        rhs=to(Normal(0, model.norm_Dh2**2 / m)),
    ),
    mutate(
        "eq12.laws/constant",
        "constant",
        lambda: abs(spread(2, 8.0) - 4) < 0.2 < abs(spread(2, 8.0) - 8),
        rhs=to(Normal(0, 2 * model.norm_h2 / m)),
    ),
    mutate(
        "lem3.3/mended",
        "exponent",
        lambda: all(stats.chi2.logsf(2 * k, k) < -k / 7 for k in range(1, 4097)),
        rhs=to(1 - exp(-m / 7)),
        truth=True,
    ),
    mutate(
        "lem3.3/direction",
        "direction",
        lambda: stats.chi2.sf(32, 16) < 1 - math.exp(-16 / 7),
        form="repaired",
        lhs=turned,
    ),
    mutate(
        "lem3.3/constant",
        "constant",
        lambda: stats.chi2.logsf(512, 256) > -256 / 4,
        form="repaired",
        rhs=to(1 - exp(-m / 4)),
    ),
    mutate(
        "lem3.3/m for d",
        "m for d",
        lambda: stats.chi2.logsf(32, 16) > -64 / 7,
        form="repaired",
        rhs=to(1 - exp(-d / 7)),
    ),
    mutate(
        "lem3.4/exponent",
        "exponent",
        # c₂ = 1/8, m = 256, d = 16.
        lambda: readout_beyond(256, math.sqrt(2)) > math.exp(-256 / 7) + 4 * math.exp(-8),
        rhs=to(1 - exp(-m / 7) - 4 * exp(-4 * c2 * d)),
    ),
    mutate(
        "lem3.4/m for d",
        "m for d",
        # c₂ = 1/8, m = 256, d = 16.
        lambda: readout_beyond(256, math.sqrt(2)) > math.exp(-16 / 7) + 4 * math.exp(-8),
        rhs=swapped,
        slow=True,
    ),
    mutate(
        "lem3.4/product",
        "sum for product",
        # c₂ = 1/8, m = 256, d = 64.
        lambda: readout_beyond(256, math.sqrt(8)) > 4 * math.exp(-256 / 7 - 2),
        rhs=to(1 - 4 * exp(-m / 7 - c2 * d / 4)),
    ),
    mutate(
        "lem3.4.use/product",
        "sum for product",
        # m = 64, d = 16 and n = 5.
        lambda: surely(float(np.mean(_cross(64, 16) >= 1 / 64)), 2000, 5 * math.exp(-64 / 7 - 1 / 16)),
        rhs=to(1 - n * exp(-m / 7 - d / 256)),
        grid={"m": (64,), "d": (16,), "n": (5,)},
    ),
    mutate(
        "lem3.4.use/constant",
        "constant",
        # m = 64, d = 16, n = 5: already one sample fails more often.
        lambda: surely(float(np.mean(_cross(64, 16) >= 1 / 64)), 2000, 5 * (math.exp(-64 / 7) + math.exp(-2 * 16))),
        rhs=to(1 - n * (exp(-m / 7) + exp(-2 * d))),
        grid={"m": (64,), "d": (16,), "n": (5,)},
    ),
)
