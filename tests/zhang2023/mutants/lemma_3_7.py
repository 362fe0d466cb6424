"""Mutants of Lemma 3.7."""

from __future__ import annotations

from oracles.laws import ball
from sympy import exp
from whp.theory import Event, Link, P
from whp.theory.zhang2023.models import trained as ntk_model
from whp.theory.zhang2023.symbols import c1, m

from ._mutate import asked

__all__ = ["MUTANTS"]

MUTANTS = (
    asked(
        "lem3.7/exponent",
        "exponent",
        # ‖WWᵀa‖ is an upper limit.
        lambda: ball(4096, 16).norm_p < 1000 * 4096,
        Link(P(Event(ntk_model.sparse_p, "<=", 1000 * m, "sup u")), ">=", 1 - exp(-c1 * m)),
        exists=(c1,),
        truth=True,
    ),
)
