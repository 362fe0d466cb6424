"""The pieces of work of a run and their execution: joblib workers compute, the parent stores.

Every piece runs under one BLAS thread and one Numba thread in blocks whose sizes depend on its cell only, so its bytes
do not depend on the number of workers, on the order, or on a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...theory.language.cells import cell_order
from ...theory.language.models import Cell
from ...theory.language.statements import Implication
from ..deciders import settle_cell, settle_domain
from ..deciders.admitted import admitted, unsupported
from ..deciders.corners import corner
from ..deciders.question import Question
from ..deciders.smallest import best_constant, counterexample
from ..verdict import Outcome, Verdict

__all__ = ["AdmittedTask", "CellTask", "CornerTask", "DomainTask", "RefutedTask", "SupportTask"]


@dataclass(frozen=True)
class DomainTask:
    """Settle a link on its whole domain, or say that it must be asked cell by cell."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    seconds: float = 2.0

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_domain(self.question)
        return None if found is None else [o.to_dict() for o in found]


@dataclass(frozen=True)
class CellTask:
    """Decide a probability link at one cell by its exact law."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    cell: Cell = field(hash=False)
    seconds: float = 0.5

    def run(self) -> dict[str, Any] | None:
        found = settle_cell(self.question, self.cell)
        return None if found is None else found.to_dict()


@dataclass(frozen=True)
class AdmittedTask:
    """Compute the constants the evidence admits."""

    name: str
    implication: Implication = field(hash=False, compare=False, repr=False)
    seconds: float = 5.0

    def run(self) -> dict[str, Any]:
        return admitted(self.implication)


@dataclass(frozen=True)
class CornerTask:
    """Look for the corner that defeats every choice of unnamed constants."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    seconds: float = 5.0

    def run(self) -> dict[str, Any] | None:
        found = corner(self.question)
        return None if found is None else found.to_dict()


@dataclass(frozen=True)
class SupportTask:
    """Look for what keeps an implication from reaching a claim with unnamed constants."""

    name: str
    implication: Implication = field(hash=False, compare=False, repr=False)
    question: Question = field(hash=False, compare=False, repr=False)
    seconds: float = 3.0

    def run(self) -> str | None:
        return unsupported(self.implication, self.question)


@dataclass(frozen=True)
class RefutedTask:
    """For a refuted link, its smallest counterexample and the best constant with which it would hold."""

    name: str
    question: Question = field(hash=False, compare=False, repr=False)
    outcomes: tuple[Outcome, ...] = field(hash=False, compare=False, repr=False)
    seconds: float = 3.0

    def run(self) -> dict[str, Any]:
        refuting = [o for o in self.outcomes if o.verdict is Verdict.REFUTED]
        known = min(refuting, key=lambda o: cell_order(o.cell))
        smallest = counterexample(self.question, known)
        return {
            "smallest": None if smallest is None else smallest.to_dict(),
            "best": best_constant(self.question, self.outcomes),
        }
