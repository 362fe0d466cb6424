"""The classics as one object: a ledger of statements about laws that need no engine, and its references."""

from __future__ import annotations

from ...theory.classics.ledger import LEDGER
from ..paper import Paper, Reference
from .references import REFERENCES

__all__ = ["PAPER"]

PAPER = Paper(
    "classics",
    Reference(
        "The lemmas everybody cites: tails, maxima, counts, samples, norms and steps of proofs, each with its source."
    ),
    LEDGER,
    references=REFERENCES,
)
