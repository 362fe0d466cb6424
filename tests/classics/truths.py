"""What is known of the classics: which rows are misprints, and what this program is expected to find."""

from __future__ import annotations

from whp.theory.classics import LEDGER

__all__ = ["FALSE", "OPEN", "SLOW", "TRUE"]

# Rows that are not true: their titles say how they come about.
FALSE = frozenset(
    {
        "arc-cosine.doubled",
        "cap.half",
        "chernoff.wrong-side",
        "chi-square.quarter",
        "davidson-szarek.steeper",
        "dkw.single",
        "hoeffding.doubled",
        "johnson-lindenstrauss.short",
        "laurent-massart.short",
        "log.short",
        "mills.bare",
        "normal.flip.short",
        "normal.steeper",
    }
)
TRUE = frozenset(LEDGER) - FALSE

# True rows that nothing decides yet; a row that is decided must leave the list.
OPEN = frozenset(
    {
        "arc-cosine.zero",
        "dkw.one-sided.everywhere",
        "normal.polya",
    }
)

# Rows that take more than two seconds each.
SLOW = frozenset(
    {
        "binomial.coefficient",
        "chi-square.median",
        "davidson-szarek.steeper",
        "davidson-szarek.upper",
        "exponential-max.tail",
        "gaussian-max.absolute",
        "gaussian-max.mean",
        "gaussian-max.tail",
        "gaussian-norm.lower",
        "hoeffding.doubled",
        "normal.polya",
        "slud",
        "spacing.tail",
        "weighted-chi-square",
    }
)
