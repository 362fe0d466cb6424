"""Mutated claims of the ledger, each with an oracle that shows by other means that the mutation made it false or true.

A mutant changes one thing of one statement: a constant, an exponent, a direction, m for d, a sum of exponentials for
their product, a label y_i, or a factor. Its oracle (`oracles.laws`, SciPy, NumPy, exact rationals) shows at concrete
cells that the mutant is false or, where it mends a statement that fails, true; it never asks whp.
One file per file of the ledger: a mutant stands where the statement is defined.
"""

from . import (
    bounds,
    corollary_3_4_1,
    depth,
    exact_laws,
    lemma_3_4_proof,
    lemma_3_5,
    lemma_3_7,
    lemma_6_1,
    lemma_6_2,
    lemma_6_3,
    multiclass,
    random_labels,
    rank,
    sign_noise,
    theorem_3_1,
    theorem_3_6,
    trained,
    transfer,
)
from ._mutate import BOOK, KINDS, Mutant

__all__ = ["BOOK", "KINDS", "MUTANTS", "Mutant"]

_PLACE = {key: place for place, key in enumerate(BOOK)}
_FILES = (
    theorem_3_1,
    lemma_6_1,
    lemma_6_2,
    lemma_6_3,
    lemma_3_4_proof,
    corollary_3_4_1,
    lemma_3_5,
    theorem_3_6,
    lemma_3_7,
    exact_laws,
    bounds,
    trained,
    sign_noise,
    rank,
    transfer,
    multiclass,
    random_labels,
    depth,
)
# In the order of the ledger.
MUTANTS = tuple(sorted((mutant for file in _FILES for mutant in file.MUTANTS), key=lambda mutant: _PLACE[mutant.key]))
