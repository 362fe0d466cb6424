"""All statements by topic."""

from __future__ import annotations

from ..language.ledger import Ledger
from ..language.statements import Statement
from .printed import chi_square, counts, geometry, normal, samples, scalars

__all__ = ["LEDGER", "TOPICS"]

TOPICS: dict[str, tuple[Statement, ...]] = {
    "chi-square and gamma tails": chi_square.STATEMENTS,
    "normal tails and maxima": normal.STATEMENTS,
    "sums of bounded variables and counts": counts.STATEMENTS,
    "samples and order statistics": samples.STATEMENTS,
    "vectors and matrices": geometry.STATEMENTS,
    "inequalities of proofs": scalars.STATEMENTS,
}
"""Statements by topic, in the order of the pages."""

LEDGER = Ledger(s for topic in TOPICS.values() for s in topic)
