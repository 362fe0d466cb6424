"""Mutants of our statements about deeper networks (S21)."""

from __future__ import annotations

import math

import numpy as np
from sympy import Rational, exp
from whp.theory import Event, Joint, Law, P
from whp.theory.zhang2023.margin.sharp import rate
from whp.theory.zhang2023.models import angles as model
from whp.theory.zhang2023.symbols import m

from ._mutate import mutate, to

__all__ = ["MUTANTS"]


def _cosines(width: int, dim: int, depth: int, draws: int = 2000) -> np.ndarray:
    """Cosines of gradient and unmasked witness of plain networks; -1 where the gradient is 0."""
    rng, found = np.random.default_rng(71), []
    for _ in range(draws):
        h, layers = np.eye(dim)[0], []
        for before in (dim, *(width,) * (depth - 1)):
            W = rng.standard_normal((width, before))
            layers.append((W, W @ h > 0))
            h = np.maximum(W @ h, 0)
        b = u = rng.standard_normal(width)
        for W, on in reversed(layers):
            b, u = (b * on) @ W, u @ W
        size = np.linalg.norm(b) * np.linalg.norm(u)
        found.append(float(b @ u) / size if size > 0 else -1.0)
    return np.array(found)


MUTANTS = (
    mutate(
        "S21.law/factor",
        "factor",
        # One hidden layer less has another law.
        lambda: abs(_cosines(24, 16, 2).mean() - _cosines(24, 16, 1).mean()) > 0.1,
        rhs=to(Law(model.class_cosine_scalar)),
        draws=True,
    ),
    mutate(
        "S21.cosine/constant",
        "constant",
        # One layer costs √2 and not 2.
        lambda: abs(_cosines(400, 400, 1, 50).mean() - math.sqrt(0.5)) < 0.02,
        lhs=to(
            P(
                Joint(
                    Event(model.equal_cosines[0], ">", Rational(9, 20)),
                    Event(model.equal_cosines[0], "<", Rational(11, 20)),
                )
            )
        ),
        draws=True,
    ),
    mutate(
        "S21/constant",
        "constant",
        # L = 2, m = d = 8: a fifth of the size would promise a failure of 7 %.
        lambda: np.mean(_cosines(8, 8, 2) <= 0) > math.exp(-8 / 3),
        link=1,
        rhs=to(exp(-m / 3)),
        draws=True,
    ),
    mutate(
        "S21.constants/constant",
        "constant",
        # One hidden layer has the exponent of S4.
        lambda: rate(1.0) < 1 / 5.45,
        lhs=to(Rational(100, 545)),
    ),
)
