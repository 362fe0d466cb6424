"""Mutants of our statements about trained networks (S12-S16)."""

from __future__ import annotations

import math

import numpy as np
from oracles.laws import ball, margin_below, networks, radius_gap, separable_pairs, trained, witness_fails_on_pairs
from scipy import stats
from sympy import Integer, Rational, sqrt
from whp.theory import BigO, Event, Link, P, Theta
from whp.theory.zhang2023.models import trained as ntk_model
from whp.theory.zhang2023.ours import trained as ntk_sharp
from whp.theory.zhang2023.symbols import d, delta, m, n

from ._mutate import BOTH, FIXED, HALF, WIDTH, asked, event, formed, likely, mutate, to
from ._truths import trained_parts

__all__ = ["MUTANTS"]


def _flips(width: int, dim: int, trials: int = 40) -> float:
    """Least over draws of the most neurons whose h_r² add up to d/m."""
    rng = np.random.default_rng(14)
    return min(
        float(np.searchsorted(np.cumsum(np.sort(rng.standard_normal(width) ** 2)), dim / width)) for _ in range(trials)
    )


def _gradients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """∇f(x), ∇f(-x) and Wᵀa of one plain network."""
    rng = np.random.default_rng(15)
    W, a, x = rng.standard_normal((5, 3)), rng.standard_normal(5), rng.standard_normal(3)
    return W.T @ (a * (W @ x > 0)), W.T @ (a * (W @ x < 0)), W.T @ a


MUTANTS = (
    asked(
        "S12/direction",
        "direction",
        # The certificate is at most Q - ρ_W‖g‖‖Da‖ - ρ_a‖Dp‖, and the trained margin is above it.
        lambda: trained(256, 16, 4).slack > 0,
        Link(ntk_model.certificate_slack, "<=", 0),
    ),
    asked(
        "S12/certified",
        "direction",
        # The certificate stops short of the first margin that is lost.
        lambda: radius_gap(256, 8) > 0,
        Link(ntk_model.certified, ">=", ntk_model.attacked),
    ),
    asked(
        "S12.flips/constant",
        "constant",
        lambda: trained(256, 16, 4).flip_weight > trained(256, 16, 4).capacity / 1e6,
        Link(ntk_model.flip_weight, "<=", ntk_model.flip_capacity / 10**6),
    ),
    mutate(
        "S12.identity/constant",
        "constant",
        lambda: abs(trained_parts()[0]) > 1e-3,
        lhs=lambda left: 2 * left,
    ),
    mutate(
        "S12.identity/dropped flips",
        "factor",
        # Σ (D* - D) p a is the third term of eq. 17.
        lambda: abs(trained_parts()[1][2]) > 1e-3,
        rhs=to(ntk_sharp._START + ntk_sharp._MOVED),
    ),
    asked(
        "S12.ratio/direction",
        "direction",
        lambda: 0 < radius_gap(2**16, 8) < 1 / 10,
        likely(ntk_model.radius_gap, ">=", Rational(1, 10)),
        WIDTH,
    ),
    mutate(
        "S12.sparsity/exponent",
        "exponent",
        # In every draw more than √(dm)/2 neurons may flip; the mutant says hardly ever more than a hundredth of that.
        lambda: _flips(2**15, 16) > 50,
        lhs=event(ntk_model.ball_flips, ">=", sqrt(m) / 10),
    ),
    asked(
        "S12.scaling/exponent",
        "exponent",
        lambda: ball(2**16, 16).flip_loss * 2**8 > 4 * ball(64, 16).flip_loss * 8,
        Link(ntk_model.ball_knapsack, "=", BigO(1 / sqrt(m))),
        WIDTH,
    ),
    asked(
        "eq17.trained/exponent",
        "exponent",
        # The second term between m = 64 and m = 256 falls by less than 4³.
        lambda: trained(64, 16, 4).term2 < 16 * trained(256, 16, 4).term2,
        Link(ntk_model.RMS_TERMS[2], "=", BigO(m**-3)),
        FIXED,
        hypotheses=(),
    ),
    asked(
        "eq17.trained/direction",
        "direction",
        # The fifth term fades.
        lambda: trained(64, 16, 4).term5 > 1.2 * trained(1024, 16, 4).term5,
        Link(ntk_model.RMS_TERMS[5], "=", Theta(1)),
        FIXED,
        hypotheses=(),
    ),
    asked(
        "S13/constant",
        "constant",
        # The certificate is below the margin, which is hardly ever 9/10 at the smallest cell it is claimed at.
        lambda: margin_below(893_000, 893, 0.9, trials=8) > 0.99,
        Link(P(Event(ntk_model.theorem_certificate, ">=", Rational(9, 10), n)), ">=", 1 - delta),
    ),
    asked(
        "S13.necessary/constant",
        "constant",
        lambda: ball(4096, 64).term4 < 2 / math.sqrt(128),
        likely(ntk_model.SUP_TERMS[4], ">=", 2 / sqrt(2 * d)),
        BOTH,
    ),
    mutate(
        "S14.bound/exponent",
        "exponent",
        # ν = 8, r = 1/2: P(F ≤ 1/3).
        lambda: stats.f(8, 8).cdf(1 / 3) > (0.75**4 / 2) ** 2,
        rhs=lambda r: r**2,
    ),
    mutate(
        "S14.bound/constant",
        "constant",
        # r = 1/100: the probability is nearly ½.
        lambda: stats.f(1, 1).cdf(0.99 / 1.01) > (1 - 1e-4) ** 0.5 / 4,
        rhs=lambda r: r / 2,
    ),
    mutate(
        "S14.bound/direction",
        "direction",
        lambda: stats.f(8, 8).cdf(1 / 3) < 0.75**4 / 2,
        rel=">=",
    ),
    asked(
        "S14.cosine/constant",
        "constant",
        # Before any training the cosine is ‖Da‖/‖a‖, near 1/√2.
        lambda: bool(np.mean(networks(256, 64, 400)["norm_Da2"] < 0.81) > 0.99),
        Link(P(Event(ntk_model.wide_cosine, ">=", Rational(9, 10), n)), ">=", Rational(4, 5)),
    ),
    asked(
        "S15/constant",
        "constant",
        lambda: 0 < trained(256, 16, 4).moved < 10 * trained(256, 16, 4).jensen,
        Link(ntk_model.readout_move, ">=", 10 * ntk_model.jensen),
    ),
    asked(
        "S15.output/constant",
        "constant",
        # (‖σ(h)‖ + ‖a‖√d)/√m comes near 1/√2.
        lambda: ball(4096, 16).output > 0.6,
        likely(ntk_model.ball_outputs, "<=", HALF),
        WIDTH,
    ),
    mutate(
        "S16/constant",
        "constant",
        lambda: np.allclose(_gradients()[0] + _gradients()[1], _gradients()[2]) and bool(np.any(_gradients()[2] != 0)),
        rhs=to(formed(ntk_sharp._SIDES[1], "twice", "Ws_ik as_i", free="k", coefficient=Integer(2))),
    ),
    mutate(
        "S16/dropped gradient",
        "factor",
        lambda: not np.allclose(_gradients()[0], _gradients()[2]),
        lhs=to(formed(ntk_sharp._SIDES[0], "one_gradient", "Ws_ik Ds_i as_i", free="k")),
    ),
    asked(
        "S16.pairs/direction",
        "direction",
        lambda: not separable_pairs(),
        Link(P(Event(ntk_model.pairs_separable, ">=", 1)), ">=", Rational(3, 4)),
    ),
    asked(
        "S16.witness/direction",
        "direction",
        lambda: witness_fails_on_pairs() > 0.7,
        Link(P(Event(ntk_model.pairs_margin, ">", 0)), ">=", HALF),
    ),
    asked(
        "S16.few/direction",
        "direction",
        # Four gradients in dimension 16 are linearly independent, hence separable whatever the labels.
        lambda: int(np.linalg.matrix_rank(trained(256, 16, 4).gradients)) == 4,
        likely(ntk_model.separable, "<", 1),
        FIXED,
    ),
    asked(
        "S16.full/direction",
        "direction",
        # Sixteen inputs in dimension 16 leave nothing across.
        lambda: int(np.linalg.matrix_rank(np.random.default_rng(23).standard_normal((16, 16)))) == 16,
        likely(ntk_model.trained_projected, ">", 0),
        FIXED,
    ),
)
