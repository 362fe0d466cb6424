"""A statement about a quantity that the language has no name for: its sampler is written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from whp.checks import Engine, Grid
from whp.theory import (
    RV,
    Claim,
    Event,
    Hypothesis,
    Integer,
    Link,
    Model,
    P,
    Rational,
    Source,
    Statement,
    log,
    real,
    size,
)

from .entry import Entry

__all__ = ["ENTRIES"]

m, samples = size("m"), size("n")
delta, L = real("delta", 0, 1), real("L", 0)


def _values(block: Any) -> Any:
    return block


def _gram(cell: Any, rng: Any, count: int, data: Any) -> Any:
    """‖H − E H‖_F for n equally spaced unit vectors of the plane."""
    angles = 2 * np.pi * np.arange(int(cell["n"])) / int(cell["n"])
    inputs = np.stack([np.cos(angles), np.sin(angles)])
    inner = inputs.T @ inputs
    mean = inner * (np.pi - np.arccos(np.clip(inner, -1.0, 1.0))) / (2 * np.pi)
    found = np.empty(count)
    for row in range(count):
        active = (rng.standard_normal((int(cell["m"]), 2)) @ inputs >= 0).astype(float)
        found[row] = np.linalg.norm(inner * (active.T @ active) / int(cell["m"]) - mean)
    return found


GRAM = Model("gram", (m, samples), "the tangent Gram matrix of m half-spaces at n unit vectors")
deviation = RV("deviation", GRAM, r"\|H - H^\infty\|_F")
_GRAM = {GRAM: Engine(_gram, {"deviation": _values}, block_size=lambda cell: 64)}


_ENOUGH = m >= 8 * samples**2 * log(2 * samples**2 / delta) / L**2
_GRAM_CLOSE = Statement(
    "pl62",
    "printed",
    "",
    Source("", "corpus"),
    (Claim((Link(P(Event(deviation, ">", L / 4)), "<=", delta, scope="all unit vectors; drawn at equally spaced"),)),),
    (Hypothesis(_ENOUGH, "m >= 8 n^2 log(2 n^2/delta)/L^2"),),
    points=({L: Integer(1), delta: Rational(1, 10)}, {L: Integer(2), delta: Rational(1, 2)}),
)

ENTRIES = (
    Entry(
        "pl62",
        True,
        "n,d,m in {1,2,...}; L in (0,inf); delta in (0,1); unit x_i in R^d",
        (str(_GRAM_CLOSE.links[0]),),
        _GRAM_CLOSE,
        "drawn at equally spaced inputs; L and delta at listed values",
        12,
        _GRAM,
        {"trials": 1000, "grid": Grid({"m": (40, 160, 640), "n": (1, 2, 3)})},
        slow=True,
    ),
)
