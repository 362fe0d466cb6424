"""The ledger: a file per theorem with its proof steps, in the paper's order, then its figures; our laws follow."""

from __future__ import annotations

from ..language.ledger import Ledger
from .ours import bounds, depth, exact_laws, multiclass, random_labels, rank, sign_noise, transfer
from .ours import trained as ours_trained
from .printed import (
    corollary_3_4_1,
    definitions,
    figures,
    lemma_3_4_proof,
    lemma_3_5,
    lemma_3_7,
    lemma_6_1,
    theorem_3_1,
    theorem_3_6,
)

__all__ = ["LEDGER", "STATEMENTS"]

STATEMENTS = (
    *definitions.STATEMENTS,
    *theorem_3_1.STATEMENTS,
    *lemma_6_1.STATEMENTS,
    *lemma_3_4_proof.STATEMENTS,
    *corollary_3_4_1.STATEMENTS,
    *lemma_3_5.STATEMENTS,
    *theorem_3_6.BEFORE_LEMMA_3_7,
    *lemma_3_7.STATEMENTS,
    *theorem_3_6.AFTER_LEMMA_3_7,
    *figures.STATEMENTS,
    *exact_laws.STATEMENTS,
    *bounds.STATEMENTS,
    *ours_trained.STATEMENTS,
    *sign_noise.STATEMENTS,
    *rank.STATEMENTS,
    *transfer.STATEMENTS,
    *multiclass.STATEMENTS,
    *random_labels.STATEMENTS,
    *depth.STATEMENTS,
)

LEDGER = Ledger(STATEMENTS)
