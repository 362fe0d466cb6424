"""The lemmas everybody cites, as a ledger: each with its source, and common misprints as rows of their own."""

from .ledger import LEDGER, TOPICS

__all__ = ["LEDGER", "TOPICS"]
