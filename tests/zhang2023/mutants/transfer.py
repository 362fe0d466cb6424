"""Mutants of our statements about test noises (S19)."""

from __future__ import annotations

import math

import numpy as np
from sympy import Integer, Rational, exp
from whp.theory import Event, P
from whp.theory.zhang2023.models import transfer as model
from whp.theory.zhang2023.ours import transfer as ours
from whp.theory.zhang2023.symbols import d, m

from ._mutate import likely, mutate, swapped, to

__all__ = ["MUTANTS"]


def _products(width: int, dim: int, angle: float = math.pi / 2, draws: int = 40_000) -> np.ndarray:
    """⟨∇f(x), ∇f(x')⟩ of plain networks at two inputs of an angle."""
    rng = np.random.default_rng(51)
    W, a = rng.standard_normal((draws, width, dim)) / dim**0.5, rng.standard_normal((draws, width)) / width**0.5
    masks = W[:, :, 0] > 0, math.cos(angle) * W[:, :, 0] + math.sin(angle) * W[:, :, 1] > 0
    first, second = (np.einsum("bi,bid->bd", a * mask, W) for mask in masks)
    return (first * second).sum(axis=1)


def _means(width: int, dim: int, count: int, draws: int = 40_000) -> np.ndarray:
    """The same for a mean of gradients at orthogonal inputs and a fresh one."""
    rng = np.random.default_rng(52)
    W, a = rng.standard_normal((draws, width, dim)) / dim**0.5, rng.standard_normal((draws, width)) / width**0.5
    mean = (W[:, :, 1 : count + 1] > 0).mean(axis=2)
    first, second = (np.einsum("bi,bid->bd", a * mask, W) for mask in (W[:, :, 0] > 0, mean))
    return (first * second).sum(axis=1)


def _bound(size: float) -> float:
    """The least of 1/F(r₀) and of Chernoff's constant on a grid: neither may exceed the size."""
    found = math.inf
    for share in np.linspace(0.12, 0.16, 401):
        lam = np.linspace(0.3, 0.7, 401)
        least = np.min(0.25 / np.sqrt(1 + 2 * lam * (1 - share)) + 0.5 / np.sqrt(1 - 2 * lam * share) + 0.25)
        found = min(found, max(2 / math.log(15 / 16 + 0.75 * share / (1 - share)), -1 / math.log(least)))
    return found - size


_THIRD = exp(-2 * (d - 2)) + exp(-2 * m)
MUTANTS = (
    mutate(
        "S19.moments/constant",
        "constant",
        # At a right angle the mean is 1/4.
        lambda: abs(_products(6, 4).mean() - 0.25) < 0.02,
        rhs=lambda r: 2 * r,
    ),
    mutate(
        "S19.moments/factor",
        "factor",
        # m = 6, d = 4, θ = 2: the variance, and twice its term 1/(4d).
        lambda: (
            abs(
                _products(6, 4, 2.0).var()
                - (lambda p: 5 / 6 * (1 / 16 + p**2 / 4 + math.sin(2) ** 2 / (32 * math.pi**2)) - p**2 / 6 + p * 3 / 4)(
                    (math.pi - 2) / (2 * math.pi)
                )
            )
            < 0.02
        ),
        link=1,
        rhs=lambda r: r + (1 - 1 / m) / (4 * d),
    ),
    mutate(
        "S19.moments/m for d",
        "m for d",
        # More neurons and more dimensions do not have the same effect.
        lambda: abs(_products(12, 2).var() / _products(2, 12).var() - 1) > 0.05,
        link=1,
        rhs=swapped,
    ),
    mutate(
        "S19.mean/factor",
        "factor",
        lambda: _means(6, 6, 3).var() < 0.9 * 2 * _means(6, 6, 1).var(),
        link=1,
        rhs=lambda r: 2 * r,
    ),
    mutate(
        "S19.angle/constant",
        "constant",
        # u = 1/4: 2.25 against (15/16 + 1/4)·2.
        lambda: (1 + 2 * 0.25) ** 2 < (15 / 16 + 0.25) * (1 + 4 * 0.25),
        link=1,
        rhs=to((Rational(15, 16) + ours._u) * (1 + 4 * ours._u)),
    ),
    mutate(
        "S19.pair/exponent",
        "exponent",
        # m = 16, d = 16: about a tenth of the products are not positive.
        lambda: np.mean(_products(16, 16, draws=10_000) <= 0) > math.exp(-4),
        rhs=to(exp(-Integer(4))),
        draws=True,
    ),
    mutate(
        "S19.constants/constant",
        "constant",
        lambda: _bound(35.2) > 0,
        points=tuple({**point, ours._size: Rational(352, 10)} for point in ours.S19_CONSTANTS.points),
    ),
    mutate(
        "S19.orthogonal/exponent",
        "exponent",
        lambda: np.mean(_products(96, 12, draws=2000) <= 0) > math.exp(-20),
        lhs=to(P(Event(model.orthogonal_product, "<=", 0))),
        rhs=to(_THIRD),
        draws=True,
    ),
    mutate(
        "S19/direction",
        "direction",
        # Most networks of these sizes classify all test noises.
        lambda: np.mean(_products(96, 72, draws=500) > 0) > 0.9,
        lhs=to(P(Event(model.least_orthogonal, "<=", 0))),
        draws=True,
    ),
    mutate(
        "S19.sphere/direction",
        "direction",
        lambda: np.mean(_products(64, 32, draws=2000) > 0) > 0.9,
        lhs=to(likely(model.mean_probe, "<", 1).lhs),
        draws=True,
    ),
)
