"""*Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks* (Zhang, Yu, Lu, He; AISTATS 2023).

One file per theorem with its proof steps, in the paper's order, then its figures; our exact laws follow.
"""

from __future__ import annotations

from . import (
    corollary_3_4_1,
    definitions,
    exact_laws,
    experiments,
    lemma_3_4_proof,
    lemma_3_5,
    lemma_3_7,
    lemma_6_1,
    ntk_sharp,
    sharp_bounds,
    theorem_3_1,
    theorem_3_6,
)

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
    *experiments.STATEMENTS,
    *exact_laws.STATEMENTS,
    *sharp_bounds.STATEMENTS,
    *ntk_sharp.STATEMENTS,
)
