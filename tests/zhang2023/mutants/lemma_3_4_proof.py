"""Mutants of the proof of Lemma 3.4."""

from __future__ import annotations

import math

from scipy import stats
from sympy import exp, sqrt
from whp.theory.calculus.functions import Phi
from whp.theory.zhang2023.models import initial as model
from whp.theory.zhang2023.symbols import c2, d, m

from ._mutate import event, mutate, to

__all__ = ["MUTANTS"]

MUTANTS = (
    mutate(
        "eq35/constant",
        "constant",
        lambda: stats.chi2.sf(16, 16) > (2 / math.e) ** 8,
        lhs=event(model.norm_h2, "<=", m),
    ),
    mutate(
        "eq35/exponent",
        "exponent",
        lambda: stats.chi2.sf(32, 16) > (2 / math.e) ** 16,
        rhs=to(1 - (2 * exp(-1)) ** m),
    ),
    mutate(
        "eq35/direction",
        "direction",
        lambda: math.log(2 / math.e) / 2 < -1 / 7,
        link=1,
        rel="<",
    ),
    mutate(
        "eq35/m for d",
        "m for d",
        lambda: (2 / math.e) ** 0.5 > math.exp(-16 / 7),
        link=1,
        rhs=to(1 - exp(-d / 7)),
    ),
    mutate(
        "eq36/constant",
        "constant",
        # At the outcome ‖h‖² = 2m the variance of aᵀh is 2.
        lambda: 2 * stats.norm.sf(4 / math.sqrt(2)) > 2 * stats.norm.sf(4),
        rhs=to(1 - 2 * Phi(-sqrt(c2 * d))),
    ),
    mutate(
        "eq36/exponent",
        "exponent",
        # c₂ = 1, d = 16.
        lambda: 2 * stats.norm.sf(math.sqrt(8)) > 2 * math.exp(-16),
        link=1,
        rhs=to(1 - 2 * exp(-c2 * d)),
    ),
    mutate(
        "eq36/m for d",
        "m for d",
        # c₂ = 1, m = 256, d = 16: the tail at √d and not at √m.
        lambda: 2 * stats.norm.sf(4 / math.sqrt(2)) > 2 * stats.norm.sf(16 / math.sqrt(2)),
        link=2,
        rhs=to(1 - 2 * Phi(-sqrt(c2 * m / 2))),
    ),
)
