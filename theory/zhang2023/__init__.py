"""*Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks* (Zhang, Yu, Lu, He; AISTATS 2023).

The exact law of the margin at initialisation, and the ledger of everything the paper states and we add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .margin.law import failure_probability

if TYPE_CHECKING:
    from .ledger import LEDGER

__all__ = ["LEDGER", "failure_probability"]


def __getattr__(name: str) -> Any:
    if name == "LEDGER":
        # The law alone answers without a ledger: `whp law` stays light.
        from .ledger import LEDGER

        return LEDGER
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
