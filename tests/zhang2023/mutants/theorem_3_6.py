"""Mutants of Theorem 3.6 and the steps of its proof."""

from __future__ import annotations

import math

import numpy as np
from oracles.laws import ball, networks, trained
from sympy import Rational, exp, log, sqrt
from whp.theory import BigO, Event, Link, P
from whp.theory.zhang2023.models import trained as ntk_model
from whp.theory.zhang2023.symbols import C, c1, d, m, n

from ._mutate import BOTH, HALF, WIDTH, asked, likely, mutate, to
from ._truths import trained_parts

__all__ = ["MUTANTS"]


def _most_flips(width: int, dim: int) -> float:
    """Most neurons, over 20 draws, whose h_r² add up to d/m."""
    rng = np.random.default_rng(19)
    return max(
        float(np.searchsorted(np.cumsum(np.sort(rng.standard_normal(width) ** 2)), dim / width)) for _ in range(20)
    )


MUTANTS = (
    asked(
        "thm3.6/exponent",
        "exponent",
        # C = 1: a probability is at least 1 - n ≤ 0.
        lambda: 1 - 1 * 1 <= 0,
        Link(P(Event(ntk_model.trained_margin, ">", 0, n)), ">=", 1 - C * n),
        exists=(C,),
        truth=True,
    ),
    asked(
        "thm3.6/direction",
        "direction",
        lambda: bool(np.all(trained(256, 16, 4).projected > 0)),
        Link(P(Event(ntk_model.wide_projected, "<", 0, n)), ">=", HALF),
        form="repaired",
    ),
    mutate(
        "eq17/dropped term",
        "factor",
        lambda: (
            math.isclose(trained_parts()[0], sum(trained_parts()[1]))
            and not math.isclose(trained_parts()[0], sum(trained_parts()[1][:7]))
        ),
        link=1,
        rhs=to(sum(ntk_model.TERM_FORMS[:7])),
    ),
    mutate(
        "eq17/constant",
        "constant",
        lambda: abs(trained_parts()[1][3]) > 1e-3,
        link=1,
        rhs=lambda r: r + ntk_model.TERM_FORMS[3],
    ),
    asked(
        "eq18/constant",
        "constant",
        lambda: bool(np.mean(networks(64, 64, 400)["margin"] > 3 / 4) < 0.3),
        likely(ntk_model.ball_margin, ">", Rational(3, 4)),
        BOTH,
    ),
    asked(
        "eq19.norms/constant",
        "constant",
        lambda: bool(np.mean(networks(256, 64, 400)["norm_Da2"] < 1) > 0.999),
        likely(ntk_model.norm_Da, "<", 1),
        BOTH,
        truth=True,
    ),
    asked(
        "eq19.norms/halved",
        "constant",
        lambda: bool(np.mean(networks(64, 64, 400)["norm_Wa"] > 1 / 2) > 0.999),
        likely(ntk_model.norm_Wa, "<", HALF),
        BOTH,
        form="repaired",
    ),
    asked(
        "eq19/exponent",
        "exponent",
        lambda: ball(4096, 16).term2 * 4096 > 4 * ball(64, 16).term2 * 64,
        Link(ntk_model.SUP_TERMS[2], "=", BigO(1 / m)),
        WIDTH,
    ),
    asked(
        "eq21.sparsity/direction",
        "direction",
        # Fewer than m/log² m in every draw at m = 2^18, d = 16.
        lambda: _most_flips(2**18, 16) < 2**18 / math.log(2**18) ** 2,
        Link(P(Event(ntk_model.ball_flips, ">", m / log(m) ** 2)), ">=", 1 - exp(-c1 * m / log(m) ** 2)),
        WIDTH,
        exists=(c1,),
    ),
    asked(
        "eq21.norm/constant",
        "constant",
        # No part of a readout is longer than the readout.
        lambda: bool(np.linalg.norm(np.random.default_rng(18).standard_normal(4096)) / 64 < 2),
        Link(P(Event(ntk_model.sparse_norm_a, "<=", 2)), "~", 1),
        WIDTH,
        truth=True,
    ),
    asked(
        "eq21.norm/exponent",
        "exponent",
        lambda: ball(4096, 16).flip_norm > 10 / 4096,
        likely(ntk_model.ball_flip_norm, "<=", 1 / m),
        WIDTH,
        form="repaired",
    ),
    asked(
        "eq21/exponent",
        "exponent",
        lambda: ball(4096, 16).flip_loss > 2 / math.sqrt(4096),
        likely(ntk_model.SUP_TERMS[3], "<=", 1 / sqrt(m)),
        WIDTH,
    ),
    asked(
        "eq22/exponent",
        "exponent",
        # ‖Dp‖/√m at m = 4d is near 1/√(2d).
        lambda: ball(4096, 1024).term4 * 1024 > 4 * ball(64, 16).term4 * 16,
        Link(ntk_model.SUP_TERMS[4], "=", BigO(1 / d)),
        BOTH,
    ),
    asked(
        "thm3.6.rest/exponent",
        "exponent",
        lambda: ball(2**16, 16).term5 * 2**16 > 2 * ball(64, 16).term5 * 64,
        Link(ntk_model.SUP_TERMS[5], "=", BigO(1 / m)),
        WIDTH,
    ),
)
