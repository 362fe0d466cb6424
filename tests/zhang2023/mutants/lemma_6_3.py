"""Mutants of Lemma 6.3: Bernstein's inequality."""

from __future__ import annotations

import math

from oracles.laws import products_beyond
from sympy import Max, Min, loggamma
from whp.theory import real
from whp.theory.zhang2023.symbols import m

from ._mutate import mutate, to
from ._truths import defeats

__all__ = ["MUTANTS"]

MUTANTS = (
    mutate(
        "lem6.3/exponent",
        "exponent",
        lambda: defeats(lambda x: max(x * x, x)) and not defeats(lambda x: min(x * x, x)),
        rhs=lambda r: r.replace(Min, Max),
    ),
    mutate(
        "lem6.3/direction",
        "direction",
        # At ε = K the sum of ten products is below 10K more often than not.
        lambda: 1 - products_beyond(10, 10 * 2 / math.pi) > 0.9 and products_beyond(400, 400 * 2 / math.pi) < 1e-6,
        rel=">=",
    ),
    mutate(
        "S7.bernstein/exponent",
        "exponent",
        # log Γ(m) for log Γ(m + 1), at m = 7.
        lambda: 7 * math.log(7) > 7 + math.lgamma(7),
        rhs=to(m + loggamma(m)),
    ),
    mutate(
        "S7.bernstein/constant",
        "constant",
        lambda: -1 + 0.5 > -1,
        link=3,
        rhs=to(-(1 + real("s", 0, closed="left"))),
    ),
)
