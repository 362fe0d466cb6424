"""Lemma 3.7: sparse directions see little of WWᵀa, as printed.

In words: for all u with ‖u‖₀ ≤ O(m/log² m), |aᵀWWᵀu| ≤ 2‖u‖ with probability at least 1 - e^{-Ω(m)}. The supremum over
unit u is the ℓ2 norm of the s largest |p_r|, p = WWᵀa, so it is computed and no u is sampled; s is ⌈m/log² m⌉ and an
eighth of it, since the constant is unnamed.
"""

from __future__ import annotations

from sympy import exp, log, sqrt

from ...language.cells import Regime
from ...language.events import Event
from ...language.heads import BigO, P, Tunable
from ...language.statements import Claim, Link, Source, Statement
from ..models.trained import sparse_p, sparse_p_small
from ..symbols import c1, d, m

_SOURCE = Source("zhang2023", "Lemma 3.7 and eq. 20, Section 3.2")

LEM_3_7 = Statement(
    "lem3.7",
    "printed",
    "|aᵀWWᵀu| ≤ 2‖u‖ for all u with at most m/log² m nonzero entries (and with an eighth as many)",
    _SOURCE,
    tuple(
        Claim((Link(P(Event(value, "<=", Tunable(2, "smallest"), "sup u")), ">=", 1 - exp(-c1 * m)),), exists=(c1,))
        for value in (sparse_p, sparse_p_small)
    ),
    aliases=("eq20",),
)

LEM_3_7_REPAIRED = Statement(
    "lem3.7",
    "repaired",
    "The supremum over u with at most m/log² m nonzero entries is O(√m log(log m) / log m) at fixed d",
    Source("whp", "the s largest of m nearly independent N(0, 1/d) entries"),
    (Claim((Link(sparse_p, "=", BigO(sqrt(m * log(log(m))) / log(m))),), regime=Regime(m, fixed=(d,))),),
    repairs="lem3.7",
)

STATEMENTS = (LEM_3_7, LEM_3_7_REPAIRED)
