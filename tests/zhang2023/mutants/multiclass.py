"""Mutants of our statements about networks with several outputs (S20)."""

from __future__ import annotations

import math

import numpy as np
from oracles.laws import margin_failure
from sympy import Rational
from whp.theory import Event, Law, P
from whp.theory.zhang2023.models import angles as model
from whp.theory.zhang2023.symbols import n

from ._mutate import mutate, to

__all__ = ["MUTANTS"]


def _right(width: int, dim: int, classes: int, worst: bool, draws: int = 300) -> float:
    """Share of plain networks of which the witnesses classify one noise, at every vertex or at p = 1/K."""
    rng, right = np.random.default_rng(61), 0
    for _ in range(draws):
        W, A = rng.standard_normal((width, dim)), rng.standard_normal((classes, width))
        on = W[:, 0] > 0
        centres = A[1:] if worst else A.mean(axis=0, keepdims=True)
        table = (A[0] - A[1:]) @ W @ (W.T @ (on * (A[0] - centres)).T)
        right += bool((table > 0).all())
    return right / draws


def _cost_at_60_degrees(k: float, x: float, y: float, w: float, z: float) -> float:
    """What a failure costs in which k of all are active, χ_k² = x, χ²_{k−1} = y, χ²_{m−k} = w and Z = z, over m."""
    along = math.sqrt(x) / 2 + math.sqrt(0.75) * z
    cosine = along / math.sqrt(along**2 + 0.75 * y + w)
    squares = sum((v - n - n * math.log(v / n)) / 2 for v, n in ((x, k), (y, k), (w, 1 - k)))
    coins = math.log(2) + k * math.log(k) + (1 - k) * math.log(1 - k)
    return coins + squares + z**2 / 2 - math.log1p(-(cosine**2)) / 2


MUTANTS = (
    mutate(
        "S20.law/factor",
        "factor",
        # At the angle of 60 degrees the cosine is smaller than at p = 1/K.
        lambda: math.sqrt(3 / 4) > 0.5,
        rhs=to(Law(model.vertex_cosine)),
        draws=True,
    ),
    mutate(
        "S20.two/constant",
        "constant",
        lambda: margin_failure(4, 3) > 0.1,
        rhs=lambda r: r / 2,
        draws=True,
    ),
    mutate(
        "S20.angle/constant",
        "constant",
        # s = 1, q → 0, t = 1: a cosine of 1/2.
        lambda: 1 / math.sqrt(4) < 0.6,
        rhs=to(Rational(3, 5)),
    ),
    mutate(
        "S20/direction",
        "direction",
        lambda: _right(128, 128, 3, True) > 0.9,
        lhs=to(P(Event(model.worst_margin, "<=", 0, n))),
        draws=True,
    ),
    mutate(
        "S20.warm/direction",
        "direction",
        lambda: _right(128, 128, 3, False) > 0.9,
        lhs=to(P(Event(model.uniform_margin, "<=", 0, n))),
        draws=True,
    ),
    mutate(
        "S20.constants/constant",
        "constant",
        lambda: _cost_at_60_degrees(0.4816, 0.4196, 0.4957, 0.5389, -0.1657) < 1 / 29,
        lhs=to(Rational(1, 29)),
    ),
)
