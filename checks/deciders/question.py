"""What a decider is asked, and what it answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flint import arb

from ...theory.calculus.enclosure import Enclosure
from ...theory.language.cells import Cell
from ...theory.language.models import RV
from ...theory.language.statements import Claim, Link, Statement
from ..sweep.draws import Draws, DrawSummary
from ..sweep.engine import Engines
from ..verdict import Evidence, Outcome, Verdict

__all__ = ["BY_ALGEBRA", "Answer", "Question", "agreed_digits", "log_text", "outcome"]

BY_ALGEBRA = "by computer algebra alone: no referee re-checks it"
"""In the reason of an outcome that is proved and that no referee re-checks."""


@dataclass(frozen=True)
class Question:
    """One link of one claim, the cells at which its statement applies, and everything a decider may use.

    Attributes
    ----------
    statement : Statement
    claim : Claim
    link : Link
    cells : tuple of cells
        Those of the sweep.
    alpha : float
        The error budget per cell.
    seed : int
    engines : Engines
        Of the models the statement speaks of.
    draws : Draws
        What was drawn; nothing while work is still planned.
    """

    statement: Statement
    claim: Claim
    link: Link
    cells: tuple[Cell, ...]
    alpha: float
    seed: int
    engines: Engines = field(default_factory=Engines, repr=False)
    draws: Draws = field(default_factory=Draws, repr=False)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The statement's sizes, in the order that settles ties."""
        return self.statement.sizes

    @property
    def widening(self) -> tuple[str, ...]:
        """The sizes that do not merely count samples."""
        return tuple(s for s in self.statement.sizes if s not in self.statement.counts)

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Parameters of the link without listed values: it cannot be asked cell by cell."""
        return self.statement.unlisted(self.link)

    def draws_at(self, rv: RV, cell: Cell) -> tuple[DrawSummary, ...]:
        """Draws of `rv` at the sizes of `cell`, one summary for each data set they were made on."""
        return self.draws.at(rv, cell)


@dataclass(frozen=True)
class Answer:
    """What a decider found: outcomes at cells, or one for the whole domain."""

    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(cls, *outcomes: Outcome) -> Answer:
        return cls(outcomes)

    def to_list(self) -> list[dict[str, Any]]:
        """As JSON data."""
        return [o.to_dict() for o in self.outcomes]

    @classmethod
    def from_list(cls, data: Iterable[dict[str, Any]]) -> Answer:
        """From what `to_list` gave."""
        return cls(tuple(Outcome.from_dict(o) for o in data))


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


def agreed_digits(radius: float) -> int:
    """To how many digits two numbers agree whose enclosures of this relative radius meet.

    Examples
    --------
    >>> agreed_digits(3e-42)
    41
    """
    return max(0, math.floor(-math.log10(max(radius, 1e-300))))


def outcome(
    verdict: Verdict,
    evidence: Evidence | None,
    cell: Cell | None = None,
    value: Enclosure | float | str = "",
    bound: Enclosure | float | str = "",
    reason: str = "",
    remark: str = "",
    proof: Mapping[str, Any] | None = None,
) -> Outcome:
    """An outcome with its numbers as text and as floats (a float is a logarithm, an `Enclosure` the number itself)."""
    digits = _telling(value, bound)
    return Outcome(
        verdict,
        evidence,
        dict(cell or {}),
        _text(value, digits),
        _text(bound, digits),
        reason,
        remark,
        _float(value),
        _float(bound),
        proof=proof,
    )


_DIGITS, _MOST_DIGITS = 10, 60


def _telling(value: Enclosure | float | str, bound: Enclosure | float | str) -> int:
    """How many digits two enclosures are shown to, so that a reader sees which is larger."""
    if not isinstance(value, Enclosure) or not isinstance(bound, Enclosure):
        return _DIGITS
    largest = max(abs(bound.lower), abs(bound.upper), key=lambda x: x.log() if x > 0 else arb.neg_inf())
    gap = value.lower - bound.upper if value.lower > bound.upper else bound.lower - value.upper
    if not (gap > 0 and largest > 0):
        return _DIGITS
    return min(_MOST_DIGITS, max(_DIGITS, math.ceil(-float((gap / largest).log()) / math.log(10)) + 2))


def _text(value: Enclosure | float | str, digits: int) -> str:
    if isinstance(value, Enclosure):
        return value.decimal(digits)
    return log_text(value) if isinstance(value, float) else value


def _float(value: Enclosure | float | str) -> float:
    if isinstance(value, Enclosure):
        if value.lower > 0:
            # End point by end point: one ball around a range of hundreds of orders of magnitude would hold 0.
            return float(((value.lower.log() + value.upper.log()) / 2).mid())
        return float(value) if value.upper <= 0 else math.nan
    return value if isinstance(value, float) else math.nan
