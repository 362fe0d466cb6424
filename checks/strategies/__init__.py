"""Hypothesis strategies for property tests: networks, inputs, labels, cells of statements, random variables and claims.

They are for tests: Hypothesis chooses and shrinks examples, it does not sample a law, so no probability is estimated
from them. Weights are dyadic rationals with few bits, so that sums and products of a few of them are exact in float64
and algebraic identities may be tested with ``==``.
"""

from .arrays import KINDS, READOUTS, Inputs, Network, dyadics, inputs, labels, networks, signed_permutations
from .cells import cells
from .claims import VECTORS, claim_texts, claims, random_variables

__all__ = [
    "KINDS",
    "READOUTS",
    "VECTORS",
    "Inputs",
    "Network",
    "cells",
    "claim_texts",
    "claims",
    "dyadics",
    "inputs",
    "labels",
    "networks",
    "random_variables",
    "signed_permutations",
]
