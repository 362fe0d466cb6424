"""Mutants of Corollary 3.4.1 and Remark 1."""

from __future__ import annotations

import math

import numpy as np
from oracles.laws import networks
from sympy import Integer
from whp.theory import BigO, Hypothesis, Law
from whp.theory.zhang2023.models import initial as model
from whp.theory.zhang2023.printed import corollary_3_4_1 as corollary
from whp.theory.zhang2023.symbols import d, n

from ._mutate import HALF, event, formed, mutate, original, to, turned
from ._truths import spread

__all__ = ["MUTANTS"]


def _shift(dim: int) -> float:
    """Median of ‖x_adv - x‖/‖x‖ at η = d^{1/4}, κ = 1/2: d^{1/4} ‖∇f‖/(2√d), and ‖∇f‖² = P χ²_d/d near 1/2."""
    return dim**0.25 * math.sqrt(0.5) / 2 / math.sqrt(dim)


MUTANTS = (
    mutate(
        "cor3.4.1/label restored",
        "label",
        # y⟨v', x_adv⟩ at y = -1 is positive as often as the projected margin, more often the wider and longer.
        lambda: (
            np.mean(-networks(32, 32, 300, n=4)["example"] > 0)
            > 0.9
            > np.mean(-networks(4, 8, 300, n=4)["example"] > 0)
        ),
        lhs=event(model.signed_example, ">", 0, n),
        truth=True,
    ),
    mutate(
        "cor3.4.1/label",
        "label",
        lambda: bool(np.mean(networks(32, 32, 300, n=4)["example"] > 0) < 0.1),
        form="repaired",
        lhs=event(model.on_example, ">", 0, n),
        points=original("cor3.4.1", "printed").points,
    ),
    mutate(
        "cor3.4.1/direction",
        "direction",
        lambda: bool(np.mean(-networks(32, 32, 300, n=4)["example"] > 0) > 0.9),
        form="repaired",
        lhs=turned,
    ),
    mutate(
        "cor3.4.1.step/label restored",
        "label",
        # ⟨v', x_adv⟩ = y κ Q' at y = -1: the sign is that of -Q'.
        lambda: bool(np.mean(networks(8, 8, 400)["example"] * networks(8, 8, 400)["projected"] < 0) > 0.95),
        claims=original("cor3.4.1.step", "repaired").claims,
        truth=True,
    ),
    mutate(
        "cor3.4.1.step/label",
        "label",
        lambda: bool(np.mean(networks(8, 8, 400)["example"] * networks(8, 8, 400)["projected"] < 0) > 0.95),
        form="repaired",
        rhs=to(model.on_input + model.on_step),
    ),
    mutate(
        "cor3.4.1.step/constant",
        "constant",
        lambda: bool(np.any(networks(8, 8, 50)["example"] != 0)),
        form="repaired",
        link=1,
        rhs=lambda r: 2 * r,
    ),
    mutate(
        "eq15/direction",
        "direction",
        lambda: bool(np.mean(networks(32, 32, 300, n=4)["projected"] > 0) > 0.9),
        lhs=turned,
    ),
    mutate(
        "eq16/constant",
        "constant",
        # One column of a basis keeps the variance of an entry, twice the column has four times it.
        lambda: abs(spread(4, 4.0) - 1) < 0.1 < abs(spread(4, 4.0) - 4),
        link=1,
        lhs=to(Law(formed(model.projected_margin, "twice", "W_ik UX_kl", free="il", coefficient=Integer(2)))),
        rhs=to(Law(corollary._WBAR_X)),
    ),
    mutate(
        "rem1.exist/constant",
        "constant",
        # d = 4, n = 1: one input leaves three dimensions.
        lambda: bool(np.mean(networks(64, 4, 200)["projected"] > 0) > 0.5),
        hypotheses=(Hypothesis(d <= 4 * n, "d ≤ 4n"),),
    ),
    mutate(
        "rem1.exist/direction",
        "direction",
        lambda: bool(np.mean(networks(64, 4, 200)["projected"] > 0) > 0.5),
        hypotheses=(Hypothesis(d >= n, "d ≥ n"),),
    ),
    mutate(
        "rem1.small/exponent",
        "exponent",
        lambda: _shift(10**6) / 10**-3 > 25 * _shift(1) / 1,
        rhs=to(BigO(d**-HALF)),
    ),
    mutate(
        "rem1.signal/exponent",
        "exponent",
        # η κ Q / |aᵀWx| with Q near 1/2 and aᵀWx of order 1 grows like d^{1/4}.
        lambda: (10**6) ** 0.25 / 4 > 25 * (10**6) ** -0.5,
        rhs=to(BigO(d**-HALF)),
    ),
)
