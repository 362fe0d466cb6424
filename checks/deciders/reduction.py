"""Links that follow from proved links of other statements: unions, complements, conditioning, instances, constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...theory.language.statements import Implication, Link, Statement
from ..verdict import Outcome
from .question import Question

__all__ = ["Known", "implied", "reduced"]

Proof = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """A proved link of a statement."""

    statement: Statement
    link: Link
    proof: Proof


def reduced(question: Question, known: Sequence[Known]) -> Outcome | None:
    """A proof of a link from proofs of others, or None."""
    return None


def implied(
    question: Question, implication: Implication, known: Sequence[Known], steps: Sequence[Proof]
) -> Outcome | None:
    """A proof that constants exist, from a statement with named ones and the steps from it, or None."""
    return None
