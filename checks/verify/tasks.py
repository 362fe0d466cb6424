"""The pieces of work of a check; each reads back what it found as the objects it computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.language.cells import Cell, cell_order
from ...theory.language.models import RV
from ...theory.language.statements import Hypothesis, Implication
from ...theory.proofs.objects import stored
from ..deciders import interval, settle_cell, settle_domain, settle_proof
from ..deciders.admitted import admitted, unsupported
from ..deciders.corners import corner
from ..deciders.existence import Existence, existence
from ..deciders.guard import Compared, compared
from ..deciders.question import Answer, Question
from ..deciders.reduction import choices, named_link, vacuous_constants, with_constants
from ..deciders.refuted import refuted_for_all_constants
from ..deciders.sharp import sharp
from ..deciders.smallest import best_constant, counterexample, small_cells
from ..deciders.tails import law_at
from ..sweep.errors import ERROR
from ..verdict import Outcome, Verdict

__all__ = [
    "AdmittedTask",
    "CellTask",
    "CompareTask",
    "ConstantTask",
    "CornerTask",
    "DomainTask",
    "FarTask",
    "NamedTask",
    "ProofTask",
    "RefutedTask",
    "SharpTask",
    "SmallTask",
    "SupportTask",
    "erred",
    "error_at",
]


def error_at(error: str, cell: Cell | None = None) -> Outcome:
    """The outcome at a cell, or of a whole domain, of work that raised an error."""
    return Outcome(Verdict.UNDETERMINED, None, dict(cell or {}), reason=error)


def erred(outcome: Outcome) -> bool:
    """Whether an outcome stands for an error."""
    return outcome.verdict is Verdict.UNDETERMINED and outcome.reason.startswith(ERROR)


@dataclass(frozen=True, eq=False)
class DomainTask:
    """Settle a link on its whole domain, or say that it must be asked cell by cell."""

    name: str
    question: Question = field(repr=False)
    seconds: float = 0.15

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_domain(self.question)
        return None if found is None else found.to_list()

    def read(self, stored: Any) -> Answer | None:
        return None if stored is None else Answer.from_list(stored)

    def failed(self, error: str) -> Answer | None:
        return Answer.of(error_at(error))


@dataclass(frozen=True, eq=False)
class ProofTask(DomainTask):
    """Look for a proof of a link on its whole domain, and ask no cell."""

    seconds: float = 0.5

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_proof(self.question)
        return None if found is None else found.to_list()


@dataclass(frozen=True, eq=False)
class FarTask(DomainTask):
    """Of a link that held wherever it was asked, look for a path of sizes on which it is proved to fail far out."""

    def run(self) -> list[dict[str, Any]] | None:
        found = refuted_for_all_constants(self.question, simple=True)
        return None if found is None else Answer.of(found).to_list()

    def failed(self, error: str) -> Answer | None:
        return None


@dataclass(frozen=True, eq=False)
class NamedTask(DomainTask):
    """Look for a proof that unnamed constants exist: those of an implication, simple ones near them, or any at all."""

    implication: Implication | None = None
    seconds: float = 1.0

    def run(self) -> list[dict[str, Any]] | None:
        if self.implication is None:
            trivial = vacuous_constants(self.question)
            return None if trivial is None else Answer.of(trivial).to_list()
        if not {*self.question.claim.exists} <= self.implication.constants.keys():
            return None
        for choice in choices(self.question, self.implication):
            found = settle_proof(named_link(self.question, choice))
            proof = None if found is None else found.outcomes[0].proof
            if proof is not None and (named := with_constants(self.question, choice, dict(proof))) is not None:
                return Answer.of(named).to_list()
        return None


@dataclass(frozen=True, eq=False)
class CellTask:
    """Decide a probability link at one cell by its exact law."""

    name: str
    question: Question = field(repr=False)
    cell: Cell
    seconds: float = 0.035

    def run(self) -> list[dict[str, Any]] | None:
        found = settle_cell(self.question, self.cell)
        return None if found is None else found.to_list()

    def read(self, stored: Any) -> Answer | None:
        return None if stored is None else Answer.from_list(stored)

    def failed(self, error: str) -> Answer | None:
        return Answer.of(error_at(error, self.cell))


@dataclass(frozen=True, eq=False)
class SmallTask:
    """Ask a probability link at every cell of small sizes by its exact law.

    Attributes
    ----------
    name : str
    question : Question
    largest : int, optional
        The largest size that is asked, where that is less than usual; a size that starts later takes its first values.
    """

    name: str
    question: Question = field(repr=False)
    largest: int | None = None

    @property
    def seconds(self) -> float:
        """Rough cost on one core."""
        return 2.0 if self.largest is None else 0.35

    def run(self) -> list[dict[str, Any]] | None:
        found = small_cells(self._asked())
        return None if found is None else found.to_list()

    def _asked(self) -> Question:
        if self.largest is None:
            return self.question
        s = self.question.statement
        limits = tuple(
            Hypothesis(p <= (most := max(self.largest, s.least[p.name] + 1)), f"{p.name} ≤ {most}")
            for p in s.parameters
            if p.is_size and p.name not in s.counts
        )
        return replace(self.question, statement=replace(s, hypotheses=(*s.hypotheses, *limits)))

    def read(self, stored: Any) -> Answer | None:
        return None if stored is None else Answer.from_list(stored)

    def failed(self, error: str) -> Answer | None:
        return Answer.of(error_at(error))


@dataclass(frozen=True, eq=False)
class CompareTask:
    """Hold the law of a random variable at a cell against its draws there."""

    name: str
    rv: RV = field(repr=False)
    cell: Cell
    values: NDArray[np.float64] = field(repr=False)
    seconds: float = 0.1

    def run(self) -> list[float] | None:
        found = compared(law_at(self.rv, self.cell), self.values)
        return None if found is None else [found.distance, found.at, found.draws]

    def read(self, stored: Any) -> Compared | None:
        return None if stored is None else Compared(float(stored[0]), float(stored[1]), int(stored[2]))

    def failed(self, error: str) -> Compared | None:
        """A law that raises an error does so where it decides, too."""
        return None


@dataclass(frozen=True, eq=False)
class AdmittedTask:
    """Compute the constants the evidence admits."""

    name: str
    implication: Implication = field(repr=False)
    seconds: float = 0.4

    def run(self) -> dict[str, Any]:
        return admitted(self.implication)

    def read(self, stored: Any) -> dict[str, Any]:
        return dict(stored)

    def failed(self, error: str) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, eq=False)
class CornerTask:
    """Look for unnamed constants that are proved, else for the corner that defeats every choice or one that fits."""

    name: str
    question: Question = field(repr=False)
    seconds: float = 0.2

    def run(self) -> dict[str, Any] | None:
        found = existence(self.question)
        if found is None:
            by_cells = corner(self.question)
            found = None if by_cells is None else Existence(by_cells)
        return None if found is None else {"outcome": found.outcome.to_dict(), "named": found.named}

    def read(self, stored: Any) -> Existence | None:
        return None if stored is None else Existence(Outcome.from_dict(stored["outcome"]), dict(stored["named"]))

    def failed(self, error: str) -> Existence | None:
        return Existence(error_at(error))


@dataclass(frozen=True, eq=False)
class SupportTask:
    """Look for what keeps an implication from reaching a claim with unnamed constants."""

    name: str
    implication: Implication = field(repr=False)
    question: Question = field(repr=False)
    seconds: float = 0.3

    def run(self) -> str | None:
        return unsupported(self.implication, self.question)

    def read(self, stored: Any) -> str | None:
        return None if stored is None else str(stored)

    def failed(self, error: str) -> str | None:
        return error


@dataclass(frozen=True)
class Refuted:
    """What a refutation was followed up to.

    Attributes
    ----------
    smallest : Outcome or None
        A smaller counterexample than the one known, or the same one, known to be the smallest.
    best : mapping or None
        The row of the best constant with which the link would hold.
    """

    smallest: Outcome | None = None
    best: Mapping[str, str] | None = None


@dataclass(frozen=True, eq=False)
class RefutedTask:
    """For a refuted link, its smallest counterexample and the best constant with which it would hold."""

    name: str
    question: Question = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(repr=False)
    seconds: float = 0.3

    def run(self) -> dict[str, Any]:
        refuting = [o for o in self.outcomes if o.verdict is Verdict.REFUTED]
        known = min(refuting, key=lambda o: (cell_order(o.cell, self.question.sizes), not o.smallest))
        smallest = counterexample(self.question, known)
        return {
            "smallest": None if smallest is None else smallest.to_dict(),
            "best": best_constant(self.question, self.outcomes),
        }

    def read(self, stored: Any) -> Refuted:
        smallest = stored["smallest"]
        return Refuted(None if smallest is None else Outcome.from_dict(smallest), stored["best"])

    def failed(self, error: str) -> Refuted:
        return Refuted()


@dataclass(frozen=True, eq=False)
class SharpTask:
    """For a bound on a probability by law, how far its constant may be moved."""

    name: str
    question: Question = field(repr=False)
    seconds: float = 2.0

    def run(self) -> dict[str, str] | None:
        found = sharp(self.question, interval.decide)
        return None if found is None else found.row(self.question.link)

    def read(self, stored: Any) -> dict[str, str] | None:
        return None if stored is None else dict(stored)

    def failed(self, error: str) -> dict[str, str] | None:
        """A constant that was not found is not shown."""
        return None


@dataclass(frozen=True, eq=False)
class ConstantTask:
    """For a bound with a constant, the best one with its two proofs, as they are stored; none where one is missing."""

    name: str
    question: Question = field(repr=False)
    number: int
    seconds: float = 2.0

    def run(self) -> list[dict[str, Any]]:
        found = sharp(self.question, None)
        if found is None or found.proved is None:
            return []
        known, s = found.proved, self.question.statement
        sides = ((known.holds, known.proof), (known.fails, known.refutation))
        return [
            stored(s, link, proof, self.number, found.named(constant))
            for (constant, proof), link in zip(sides, known.links, strict=True)
        ]

    def read(self, stored: Any) -> list[dict[str, Any]]:
        return list(stored)

    def failed(self, error: str) -> list[dict[str, Any]]:
        """A constant that was not found is not shown."""
        return []
