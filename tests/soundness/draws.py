"""Claims that draws alone speak of: sure inequalities and equalities in law of two samples."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from sympy import Abs, Rational
from whp.checks import Engine
from whp.theory import RV, Claim, Hypothesis, Law, Link, Model, Source, Statement, size

from .cases import Case

__all__ = ["sure", "two_samples"]

m = size("m")


def _pairs(cell: Any, rng: Any, count: int, data: Any) -> Any:
    return rng.standard_normal((count, 2, int(cell["m"])))


def _statement(link: Link) -> Statement:
    small = (Hypothesis(m <= 3, "m is small"),)
    return Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), small)


def _swept(rng: Random) -> dict[str, Any]:
    """A sweep of all the sizes, or none."""
    return {"grid": {"m": (1, 2, 3)}} if rng.random() < 0.8 else {}


def sure(rng: Random, kind: str, seed: int) -> Case | None:
    """An inequality in every draw of a Gaussian vector: true, false everywhere, or false where hardly any draw is."""
    model = Model("pairs", (m,), "two Gaussian vectors")
    measures: dict[str, Callable[[Any], Any]] = {
        "A": lambda block: np.abs(block[:, 0, 0]),
        "B": lambda block: np.abs(block[:, 1, 0]),
        "S": lambda block: np.abs(block[:, 0, 0] + block[:, 1, 0]),
        "N": lambda block: (block[:, 0] ** 2).sum(axis=1),
        "X": lambda block: block[:, 0, 0],
        "O": lambda block: np.ones(len(block)),
        "T": lambda block: 3 * (block[:, 0, 0] / 3),
    }
    a, b, s, n, x, one, again = (RV(name, model, name) for name in measures)
    links: list[tuple[Link, bool]] = [
        (Link(s, "<=", a + b), True),
        (Link(s, "<", a + b), False),
        (Link(s, ">=", a - b), True),
        (Link(a**2, "<=", n), True),
        (Link(n, "<=", 60), False),
        (Link(x, "<=", 9), False),
        (Link(x**2, ">=", 0), True),
        (Link(a, ">", Rational(1, 10**9)), False),
        (Link(x, "<=", a), True),
        (Link(2 * x, "<=", a + x), True),
        (Link(s, "<=", a + b - Rational(1, 10**9)), False),
        (Link(n, ">", 10), False),
        (Link(one, ">=", 1), True),
        (Link(one, ">", 1), False),
        (Link(one, "<=", 1 - Rational(1, 10**12)), False),
        (Link(again, "<=", x), True),
        (Link(Abs(x), "<=", a), True),
        (Link(x, "=", again), True),
        (Link(a, "=", b), False),
        (Link(1 + a, ">", 1 + a / 2 + a / 2 - one / 10**18), True),
    ]
    link, truth = rng.choice(links)
    engine = Engine(_pairs, measures)
    options = {"engines": {model: engine}, "trials": rng.choice((50, 500)), "seed": seed, **_swept(rng)}
    return Case(
        kind, seed, _statement(link), (), lambda cell: True, options=options, pointwise=False, whole=truth,
        sampled=not truth,
    )  # fmt: skip


def two_samples(rng: Random, kind: str, seed: int) -> Case | None:
    """X and Y have the same law, nearly the same, or others; draws may refute and never establish it."""
    off = rng.choice((0, 0, 0, 1e-6, 0.01, 0.3, 1.0))
    how = rng.choice(("shift", "scale", "mixture"))
    model = Model("two", (m,), "two samples")

    def sample(cell: Any, numbers: Any, count: int, data: Any) -> Any:
        first, second = numbers.standard_normal((2, count)) * float(cell["m"]) ** 0.5
        if how == "shift":
            second = second + off
        elif how == "scale":
            second = second * (1 + off)
        else:
            second = np.where(numbers.random(count) < off, 3.0, second)
        return np.stack([first, second], axis=1)

    engine = Engine(sample, {"X": lambda block: block[:, 0], "Y": lambda block: block[:, 1]})
    link = Link(Law(RV("X", model, "X")), "=_d", Law(RV("Y", model, "Y")))
    options = {"engines": {model: engine}, "trials": rng.choice((100, 1000, 4000)), "seed": seed, **_swept(rng)}
    return Case(
        kind, seed, _statement(link), (), lambda cell: True, options=options, pointwise=False, whole=off == 0,
        sampled=off != 0,
    )  # fmt: skip
