"""The audit of a run: what a referee reads, as one HTML page, a LaTeX appendix and JSON.

Verdicts are read from the stored run; nothing is decided here. The proof DAG says what a refutation means for the
statements above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..tables import Table
from ..verdict import LinkResult, Outcome, Result, Verdict
from .conclusions import Conclusion, conclusions
from .dag import CONCLUSIONS, Consequence, ProofDag, statement_kind
from .words import LEVELS, OURS, TRUSTED_BASE, VERDICTS, best_words, bibtex

if TYPE_CHECKING:
    from ..paper import Reference
    from ..sections import Section
    from ..verify.run import Run

__all__ = ["Audit", "Finding"]


@dataclass(frozen=True)
class Finding:
    """A refuted (or vacuous) statement as the first screen shows it.

    Attributes
    ----------
    result : Result
    link : LinkResult
        The first link that carries the verdict.
    dependents : tuple of str
        Keys of all statements above it.
    consequences : tuple of Consequence
        What becomes of them.
    repairs : tuple of Result
        Its repaired forms.
    """

    result: Result
    link: LinkResult
    dependents: tuple[str, ...]
    consequences: tuple[Consequence, ...]
    repairs: tuple[Result, ...]

    @property
    def counterexample(self) -> Outcome | None:
        return self.link.counterexample

    @property
    def conclusions(self) -> tuple[Consequence, ...]:
        """The theorems and corollaries above it; where there are none, what nothing else rests on."""
        tops = tuple(c for c in self.consequences if statement_kind(c.statement) in CONCLUSIONS)
        return tops or self.consequences[:1]

    @property
    def best(self) -> tuple[str, ...]:
        """For each tunable constant, the best value for which the link holds at the cells asked, in words."""
        return tuple(best_words(row) for row in self.result.constants.get("best", ()))

    @property
    def verdict_above(self) -> str:
        """One sentence: does what rests on it survive?"""
        carried = next((r for r in self.repairs if r.verdict is Verdict.HOLDS), None)
        if not self.consequences:
            if carried is not None:
                return f"No statement rests on it; its repaired form holds ({carried.evidence})."
            waits = next((r for r in self.repairs if r.verdict in (Verdict.CONSISTENT, Verdict.UNDETERMINED)), None)
            if waits is not None:
                return f"No statement rests on it; its repaired form is {waits.verdict.words}."
            return "No statement rests on it, and nothing in the ledger carries it instead."
        total = len(self.consequences)
        if all(c.survives for c in self.consequences):
            return "The statement above it survives." if total == 1 else f"All {total} statements above it survive."
        fallen = [c.statement.key for c in self.consequences if c.falls_with_it]
        others = [c.statement.key for c in self.consequences if c.falls and not c.falls_with_it]
        left = [c.statement.key for c in self.consequences if c.open]
        parts = [
            _share(fallen, total, ("falls with it", "fall with it")),
            _share(others, total, ("falls on other grounds", "fall on other grounds")),
            _share(left, total, ("is open", "are open")),
        ]
        return " ".join(part for part in parts if part)


def _share(keys: Sequence[str], total: int, words: tuple[str, str]) -> str:
    return f"{len(keys)} of {total} above it {words[len(keys) != 1]}: {', '.join(keys)}." if keys else ""


class Audit:
    """Everything the three formats show, read off the results.

    Parameters
    ----------
    run : Run
    results : sequence of Result
        In the ledger's order.
    sections : sequence of Section
        On experiments beside the statements.
    """

    def __init__(self, run: Run, results: Sequence[Result], sections: Sequence[Section] = ()) -> None:
        self.run = run
        self.sections = tuple(sections)
        self.results = tuple(results)
        self.dag = ProofDag(run.book, results)
        self.main: tuple[Conclusion, ...] = conclusions(self.dag)
        self.refuted = tuple(self._finding(r) for r in self.dag.ranked(Verdict.REFUTED))
        self.vacuous = tuple(self._finding(r) for r in self.dag.ranked(Verdict.VACUOUS))
        self.consistent = self.dag.ranked(Verdict.CONSISTENT)
        self.undetermined = self.dag.ranked(Verdict.UNDETERMINED)

    def _finding(self, result: Result) -> Finding:
        key = result.statement.key
        link = next(link for link in result.links if link.verdict is result.verdict)
        return Finding(result, link, self.dag.dependents(key), self.dag.consequences(key), self.dag.repairs_of(key))

    @property
    def papers(self) -> tuple[str, ...]:
        """Citation keys of the statements, the most frequent first, ours last."""
        counts = Counter(r.statement.source.cite for r in self.results)
        return tuple(sorted(counts, key=lambda c: (c == OURS, -counts[c], c)))

    def of_form(self, *forms: str) -> tuple[Result, ...]:
        """Results whose statement has one of the forms."""
        return tuple(r for r in self.results if r.statement.form in forms)

    def counts(self, *forms: str) -> dict[str, dict[str, int]]:
        """Verdict → evidence (``none`` where there is none) → how many statements of the forms."""
        table: dict[str, dict[str, int]] = {}
        chosen = Counter((str(r.verdict), str(r.evidence or "none")) for r in self.of_form(*forms))
        for verdict in map(str, VERDICTS):
            table[verdict] = {level: chosen[verdict, level] for level in (*LEVELS, "none")}
        return table

    def by_verdict(self, *forms: str) -> dict[str, int]:
        """Verdict → how many statements of the forms."""
        return {verdict: sum(row.values()) for verdict, row in self.counts(*forms).items()}

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """What draws add up to."""
        return self.run.paper.tables(self.results)

    @property
    def studies(self) -> tuple[str, ...]:
        """The names of the figures that belong to no single statement."""
        return self.run.paper.studies

    @cached_property
    def references(self) -> dict[str, Reference]:
        """How the cited papers are cited, where that is known."""
        cites = self.run.paper.cites
        return {cite: cites[cite] for cite in self.papers if cite in cites}

    @cached_property
    def bibtex(self) -> dict[str, str]:
        """The BibTeX entries of the cited papers, where they are known, and ours."""
        known = [cite for cite, reference in self.references.items() if reference.bibtex]
        return {cite: bibtex(cite, self.references) for cite in (*known, OURS)}

    @property
    def extent(self) -> tuple[str, ...]:
        """What a reader must know of a run that asked less than it could; empty for a whole one."""
        asked, known = (
            sum(s.form != "definition" for s in statements)
            for statements in (self.run.statements, self.run.book.statements)
        )
        # Only a quick run lowers the largest of the small sizes.
        quick = [f"quick run: at most {self.run.trials} draws of a cell"] if self.run.small is not None else []
        return (*([f"{asked} of {known} statements asked"] if asked < known else []), *quick)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The values of the sizes that the run swept over, in words."""
        words = self.run.paper.words
        return tuple(
            f"{words[size]} {size} = {listed}" if size in words else f"{size} = {listed}"
            for size, values in self.run.grid.sizes.items()
            if (listed := ", ".join(map(str, values)))
        )

    @property
    def config(self) -> dict[str, Any]:
        """What a reader needs to reproduce it: version, seed, grid, α; no dates, no paths."""
        return self.run.config()

    def to_dict(self) -> dict[str, Any]:
        """The content of ``report.json``."""
        return {
            "run": self.config,
            "extent": list(self.extent),
            "counts": {form: self.counts(form) for form in ("printed", "repaired", "sharp")},
            "definitions": len(self.of_form("definition")),
            "main": [_conclusion_dict(c) for c in self.main],
            "refuted": [_finding_dict(f) for f in self.refuted],
            "vacuous": [_finding_dict(f) for f in self.vacuous],
            "consistent": [_left_open(r) for r in self.consistent],
            "undetermined": [_left_open(r) for r in self.undetermined],
            "statements": [self._statement_dict(r) for r in self.results],
            "tables": {table.name: table.to_dict() for table in self.tables},
            "experiments": {section.name: section.to_dict() for section in self.sections},
            "trusted_base": {
                level: dict(zip(("decided_by", "covers", "trust"), words, strict=True))
                for level, words in TRUSTED_BASE.items()
            },
        }

    def _statement_dict(self, result: Result) -> dict[str, Any]:
        s = result.statement
        return {
            **result.to_dict(),
            "aliases": list(s.aliases),
            "latex": [claim.latex for claim in s.claims],
            "hypotheses": [h.words for h in s.hypotheses],
            "uses": list(s.uses),
            "used_by": list(self.dag.users[s.key]),
            "implied_by": [i.by for i in s.implied_by],
        }


def _conclusion_dict(conclusion: Conclusion) -> dict[str, Any]:
    result = conclusion.result
    return {
        "key": result.statement.key,
        "name": conclusion.name,
        "title": result.statement.title,
        "verdict": str(result.verdict),
        "evidence": None if result.evidence is None else str(result.evidence),
        "true": conclusion.truth,
        "instead": conclusion.instead,
        "proof": conclusion.proof,
    }


def _left_open(result: Result) -> dict[str, Any]:
    s = result.statement
    level = None if result.evidence is None else str(result.evidence)
    return {"key": s.key, "form": s.form, "evidence": level, "reading": result.reading, "reason": result.reason}


def _finding_dict(finding: Finding) -> dict[str, Any]:
    s = finding.result.statement
    worst = finding.counterexample
    return {
        "key": s.key,
        "form": s.form,
        "kind": statement_kind(s),
        "link": str(finding.link.link),
        "latex": finding.link.link.latex,
        "evidence": None if finding.result.evidence is None else str(finding.result.evidence),
        "counterexample": None
        if worst is None
        else {
            "cell": {k: str(v) for k, v in worst.cell.items()},
            "value": worst.value,
            "bound": worst.bound,
            "smallest": worst.smallest,
        },
        "reading": finding.link.reading,
        "reason": finding.link.reason,
        "best": list(finding.best),
        "constants": dict(finding.result.constants),
        "dependents": list(finding.dependents),
        "above": finding.verdict_above,
        "consequences": [
            {
                "key": c.statement.key,
                "verdict": None if c.verdict is None else str(c.verdict),
                "survives": c.survives,
                "missing": list(c.missing),
                "falls_with_it": c.falls_with_it,
                "open": c.open,
                "open_steps": [{"key": key, "state": state} for key, state in c.open_steps],
                "pending": [{"what": what, "state": state} for what, state in c.pending],
                "routes": [
                    {"how": r.how, "by": list(r.by), "evidence": None if r.evidence is None else str(r.evidence)}
                    for r in c.routes
                ],
            }
            for c in finding.consequences
        ],
        "repaired": [
            {
                "key": r.statement.key,
                "latex": [claim.latex for claim in r.statement.claims],
                "verdict": str(r.verdict),
                "evidence": None if r.evidence is None else str(r.evidence),
            }
            for r in finding.repairs
        ],
    }
