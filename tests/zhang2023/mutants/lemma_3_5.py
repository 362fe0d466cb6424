"""Mutants of Lemma 3.5: how far training moves."""

from __future__ import annotations

import numpy as np
from oracles.laws import trained
from sympy import exp, log
from whp.theory import BigO, Link, P
from whp.theory.zhang2023.models import trained as ntk_model
from whp.theory.zhang2023.symbols import c1, d, m

from ._mutate import FIXED, asked, likely, original

__all__ = ["MUTANTS"]


def _moved() -> float:
    """√m ‖a* - a‖ after plain gradient descent to L ≤ 1/10 at m = 256, d = 16, n = 4."""
    found = trained(256, 16, 4)
    return 16 * float(np.linalg.norm(found.a - found.a0))


_FOUND = original("lem3.5", "printed").links[0].lhs.args[0]


def _stable(width: int) -> float:
    """2/λ, λ the largest eigenvalue of the tangent kernel over n, of one plain network at d = 16, n = 4."""
    found = trained(width, 16, 4, steps=0)
    hidden = found.W0 @ found.X.T
    masked = (hidden > 0) * found.a0[:, None]
    active = np.maximum(hidden, 0)
    kernel = active.T @ active + (masked.T @ masked) * (found.X @ found.X.T)
    return 2 * 4 / float(np.linalg.eigvalsh(kernel)[-1])


MUTANTS = (
    asked(
        "lem3.5/exponent",
        "exponent",
        # The sign of the exponent restored: the readout moves by more than 1/√m.
        lambda: _moved() > 1,
        Link(P(_FOUND), ">=", 1 - exp(-c1 * log(m) ** 2)),
        FIXED,
        exists=(c1,),
    ),
    asked(
        "lem3.5/constant",
        "constant",
        lambda: _moved() > 1,
        likely(ntk_model.root_m_da, "<=", 1),
        FIXED,
        form="repaired",
    ),
    asked(
        "lem3.5.radius/constant",
        "constant",
        lambda: _moved() < 1000,
        likely(ntk_model.root_m_da, "<=", 1000),
        FIXED,
        truth=True,
    ),
    asked(
        "lem3.5.rate/direction",
        "direction",
        # Twice the reciprocal of the largest eigenvalue of the tangent kernel falls as m grows: O(d) and not Θ(d).
        lambda: _stable(64) > 4 * _stable(1024),
        Link(ntk_model.stable_rate, "=", BigO(d)),
        FIXED,
        truth=True,
    ),
)
