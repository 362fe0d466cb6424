"""The pieces of work of a check; each reads back what it found as the objects it computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...theory.language.cells import Cell, cell_order
from ...theory.language.statements import Implication
from ..deciders import settle_cell, settle_domain
from ..deciders.admitted import admitted, unsupported
from ..deciders.corners import corner
from ..deciders.question import Answer, Question
from ..deciders.smallest import best_constant, counterexample
from ..verdict import Outcome, Verdict

__all__ = ["AdmittedTask", "CellTask", "CornerTask", "DomainTask", "Refuted", "RefutedTask", "SupportTask"]


@dataclass(frozen=True, eq=False)
class DomainTask:
    """Settle a link on its whole domain, or say that it must be asked cell by cell."""

    name: str
    question: Question = field(repr=False)
    seconds: float = 2.0

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_domain(self.question)
        return None if found is None else found.to_list()

    def read(self, stored: Any) -> Answer | None:
        return None if stored is None else Answer.from_list(stored)


@dataclass(frozen=True, eq=False)
class CellTask:
    """Decide a probability link at one cell by its exact law."""

    name: str
    question: Question = field(repr=False)
    cell: Cell
    seconds: float = 0.5

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_cell(self.question, self.cell)
        return None if found is None else found.to_list()

    def read(self, stored: Any) -> Answer | None:
        return None if stored is None else Answer.from_list(stored)


@dataclass(frozen=True, eq=False)
class AdmittedTask:
    """Compute the constants the evidence admits."""

    name: str
    implication: Implication = field(repr=False)
    seconds: float = 5.0

    def run(self) -> dict[str, Any]:
        return admitted(self.implication)

    def read(self, stored: Any) -> dict[str, Any]:
        return dict(stored)


@dataclass(frozen=True, eq=False)
class CornerTask:
    """Look for the corner that defeats every choice of unnamed constants."""

    name: str
    question: Question = field(repr=False)
    seconds: float = 5.0

    def run(self) -> dict[str, Any] | None:
        found = corner(self.question)
        return None if found is None else found.to_dict()

    def read(self, stored: Any) -> Outcome | None:
        return None if stored is None else Outcome.from_dict(stored)


@dataclass(frozen=True, eq=False)
class SupportTask:
    """Look for what keeps an implication from reaching a claim with unnamed constants."""

    name: str
    implication: Implication = field(repr=False)
    question: Question = field(repr=False)
    seconds: float = 3.0

    def run(self) -> str | None:
        return unsupported(self.implication, self.question)

    def read(self, stored: Any) -> str | None:
        return None if stored is None else str(stored)


@dataclass(frozen=True)
class Refuted:
    """What a refutation was followed up to.

    Attributes
    ----------
    smallest : Outcome or None
        A smaller counterexample than the one known.
    best : mapping or None
        The row of the best constant with which the link would hold.
    """

    smallest: Outcome | None
    best: Mapping[str, str] | None


@dataclass(frozen=True, eq=False)
class RefutedTask:
    """For a refuted link, its smallest counterexample and the best constant with which it would hold."""

    name: str
    question: Question = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(repr=False)
    seconds: float = 3.0

    def run(self) -> dict[str, Any]:
        refuting = [o for o in self.outcomes if o.verdict is Verdict.REFUTED]
        known = min(refuting, key=lambda o: cell_order(o.cell, self.question.sizes))
        smallest = counterexample(self.question, known)
        return {
            "smallest": None if smallest is None else smallest.to_dict(),
            "best": best_constant(self.question, self.outcomes),
        }

    def read(self, stored: Any) -> Refuted:
        smallest = stored["smallest"]
        return Refuted(None if smallest is None else Outcome.from_dict(smallest), stored["best"])
