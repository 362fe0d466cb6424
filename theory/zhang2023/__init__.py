"""*Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks* (Zhang, Yu, Lu, He; AISTATS 2023).

One file per theorem with its proof steps, in the paper's order, then its figures; our exact laws follow.
"""

from __future__ import annotations

from .ours import bounds as sharp_bounds
from .ours import exact_laws
from .ours import trained as ntk_sharp
from .printed import (
    corollary_3_4_1,
    definitions,
    lemma_3_4_proof,
    lemma_3_5,
    lemma_3_7,
    lemma_6_1,
    theorem_3_1,
    theorem_3_6,
)
from .printed import figures as experiments

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
