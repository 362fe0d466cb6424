"""*Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks* (Zhang, Yu, Lu, He; AISTATS 2023).

One file per theorem with its proof steps, in the paper's order; our exact laws follow.
"""

from __future__ import annotations

from . import definitions, exact_laws, theorem_3_1

STATEMENTS = (*definitions.STATEMENTS, *theorem_3_1.STATEMENTS, *exact_laws.STATEMENTS)
