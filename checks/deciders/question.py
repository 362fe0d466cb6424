"""What a decider is asked, and the words it answers in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...theory.calculus.enclosure import Enclosure
from ...theory.language.models import RV, Cell
from ...theory.language.statements import Claim, Link, Statement
from ..verdict import Evidence, Outcome, Verdict

__all__ = ["DrawSummary", "Question", "log_text", "outcome"]


@dataclass(frozen=True)
class DrawSummary:
    """Draws of one random variable at one cell: the first sample, and the extremes over the n samples, per draw."""

    first: NDArray[np.float64]
    least: NDArray[np.float64]
    largest: NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """One link of one claim, the cells of the sweep at which its statement applies, and the error budget per cell."""

    statement: Statement
    claim: Claim
    link: Link
    cells: tuple[Cell, ...]
    alpha: float
    seed: int
    draws: Mapping[tuple[str, str], tuple[tuple[Mapping[str, int], DrawSummary], ...]] = field(
        default_factory=dict, hash=False
    )

    def draws_at(self, rv: RV, cell: Cell) -> tuple[DrawSummary, ...]:
        """Draws of `rv` at the sizes of `cell`, one summary for each data set they were made on."""
        drawn = self.draws.get((rv.model.name, rv.name), ())
        return tuple(summary for at, summary in drawn if all(cell.get(k, v) == v for k, v in at.items()))


def log_text(log_value: float) -> str:
    """exp(log_value) in decimal, over any exponent range.

    Examples
    --------
    >>> log_text(-10000.0), log_text(float("-inf"))
    ('1.135484e-4343', '0')
    """
    if log_value == -math.inf:
        return "0"
    if math.isnan(log_value):
        return "nan"
    power = math.floor(log_value / math.log(10))
    mantissa = f"{math.exp(log_value - power * math.log(10)):.6f}"
    if mantissa.startswith("10."):
        mantissa, power = "1.000000", power + 1
    return f"{mantissa}e{power:+d}" if power else mantissa


def outcome(
    verdict: Verdict,
    evidence: Evidence | None,
    cell: Cell | None = None,
    value: Enclosure | float | str = "",
    bound: Enclosure | float | str = "",
    reason: str = "",
    remark: str = "",
) -> Outcome:
    """An outcome with its numbers as text and as floats (a float is a logarithm, an `Enclosure` the number itself)."""
    return Outcome(
        verdict,
        evidence,
        dict(cell or {}),
        _text(value),
        _text(bound),
        reason,
        remark,
        _float(value),
        _float(bound),
    )


def _text(value: Enclosure | float | str) -> str:
    if isinstance(value, Enclosure):
        return value.decimal(10)
    return log_text(value) if isinstance(value, float) else value


def _float(value: Enclosure | float | str) -> float:
    if isinstance(value, Enclosure):
        if value.lower > 0:
            # End point by end point: one ball around a range of hundreds of orders of magnitude would hold 0.
            return float(((value.lower.log() + value.upper.log()) / 2).mid())
        return float(value) if value.upper <= 0 else math.nan
    return value if isinstance(value, float) else math.nan
