"""Mutants of Lemma 6.2: tails of a chi-square."""

from __future__ import annotations

import math

from scipy import stats
from sympy import exp
from whp.theory.zhang2023.printed.lemma_6_2 import Z_HIGH, Z_LOW
from whp.theory.zhang2023.symbols import d

from ._mutate import mutate, to, turned

__all__ = ["MUTANTS"]

MUTANTS = (
    mutate(
        "lem6.2/exponent",
        "exponent",
        lambda: stats.chi2.cdf(0.5 * 16, 16) > (0.5 * math.exp(0.5)) ** 16,
        rhs=to((Z_LOW * exp(1 - Z_LOW)) ** d),
    ),
    mutate(
        "lem6.2/constant",
        "constant",
        lambda: stats.chi2.cdf(0.5 * 2, 2) > 0.5 * math.exp(-0.5),
        rhs=to((Z_LOW * exp(-Z_LOW)) ** (d / 2)),
    ),
    mutate(
        "lem6.2/direction",
        "direction",
        lambda: stats.chi2.sf(0.5 * 16, 16) > (0.5 * math.exp(0.5)) ** 8,
        lhs=turned,
    ),
    mutate(
        "lem6.2/upper exponent",
        "exponent",
        lambda: stats.chi2.sf(2 * 16, 16) > (2 * math.exp(-1)) ** 16,
        link=1,
        rhs=to((Z_HIGH * exp(1 - Z_HIGH)) ** d),
    ),
)
