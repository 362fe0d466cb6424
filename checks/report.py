"""The audit of a run: what a referee reads, as one HTML page, a LaTeX appendix and JSON.

Verdicts are read from the stored run; nothing is decided here. The proof DAG says what a refutation means for the
statements above it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..theory.core import Statement
from .ntk_tables import Table, study_tables
from .report_dag import Consequence, ProofDag, statement_kind
from .run import Run, write_text
from .verdict import LinkResult, Outcome, Result, Verdict

__all__ = ["TRUSTED_BASE", "Audit", "bibtex", "short_number", "write_report"]

VERDICTS = (Verdict.HOLDS, Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNDETERMINED)
LEVELS = ("proved", "certified", "exact", "sampled")

TRUSTED_BASE: Mapping[str, tuple[str, str, str]] = {
    "proved": (
        "a symbolic computation",
        "every value the hypotheses allow",
        "SymPy's algebra; this package's formula for the moments; that the ledger says what the paper says",
    ),
    "certified": (
        "ball arithmetic, or exact integers and rationals",
        "the listed cells, or random exact instances",
        "Arb through python-flint; the exact law the numbers come from; for identities the Schwartz–Zippel error that "
        "the reason states",
    ),
    "exact": (
        "the exact law in floating point, or a fitted slope for asymptotics",
        "the listed cells",
        "in addition float64 quadrature, whose error is tested and not proved",
    ),
    "sampled": (
        "Monte Carlo with exact Clopper–Pearson limits, or a two-sample test",
        "the listed cells, up to the error budget",
        "in addition NumPy's generator, the kernels, and luck: each statement may err with probability 10⁻⁶",
    ),
}
"""Evidence level → (decided by, covers, you trust)."""

MEANING: Mapping[str, tuple[str, str]] = {
    "holds": ("every link was decided in its favour, with the evidence named", "more than that evidence"),
    "refuted": (
        "a link is false at a named cell within the hypotheses; value and bound are given",
        "that the theorem's idea is wrong: look for the repaired form and for what carries the conclusion",
    ),
    "vacuous": (
        "the claim says nothing in any cell: a probability of at least something negative, or hypotheses no cell meets",
        "that it is false",
    ),
    "undetermined": ("nobody could decide, with the reason", "that there is any doubt, or none"),
}
"""Verdict → (it says, it does not say)."""

REFERENCES = {
    "zhang2023": "H. Zhang, D. Yu, Y. Lu, D. He: Adversarial Noises Are Linearly Separable for (Nearly) Random Neural "
    "Networks. AISTATS 2023."
}
"""Citation key → the paper in one line."""

_BIBTEX = {
    "zhang2023": """@inproceedings{zhang2023,
  title     = {Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks},
  author    = {Zhang, Huishuai and Yu, Da and Lu, Yiping and He, Di},
  booktitle = {Proceedings of the 26th International Conference on Artificial Intelligence and Statistics},
  series    = {Proceedings of Machine Learning Research},
  volume    = {206},
  pages     = {2792--2804},
  year      = {2023},
  note      = {arXiv:2206.04316}
}""",
    "whp": """@software{whp,
  title   = {whp: theory papers, checked by running them},
  author  = {{The whp developers}},
  version = {%s}
}""",
}


def bibtex(cite: str) -> str:
    """The BibTeX entry of ``zhang2023`` or of ``whp`` itself, in the version installed.

    Raises
    ------
    KeyError
        For another citation key: a user's own paper is cited by its author.
    """
    if cite not in _BIBTEX:
        raise KeyError(f"no BibTeX for {cite!r}; there are entries for {' and '.join(_BIBTEX)}")
    entry = _BIBTEX[cite]
    return entry % version("whp") if cite == "whp" else entry


def short_number(text: str, digits: int = 4) -> str:
    """A deciding number as a reader wants it: enclosures to their common digits, long fractions in decimal.

    Examples
    --------
    >>> short_number("[9.832707078e-3, 9.832707079e-3]"), short_number("21/8"), short_number("[1.2e-9, 3.4e-7]")
    ('0.009833', '21/8', '[1.2e-9, 3.4e-7]')
    """
    parts = text[1:-1].split(", ") if text.startswith("[") and text.endswith("]") else [text]
    try:
        rounded = [_rounded(part, digits) for part in parts]
    except (InvalidOperation, ValueError, ZeroDivisionError):
        return text
    if len(parts) == 1:
        return text if len(text) <= 12 else rounded[0]
    if rounded[0] == rounded[1] or _close(parts[0], parts[1], digits):
        return rounded[0]
    return f"[{rounded[0]}, {rounded[1]}]"


def _decimal(text: str) -> Decimal:
    if "/" in text:
        value = Fraction(text)
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(text)


def _close(low: str, high: str, digits: int) -> bool:
    a, b = _decimal(low), _decimal(high)
    return abs(b - a) < abs(b).scaleb(-digits)


def _rounded(text: str, digits: int) -> str:
    value = _decimal(text)
    if not value.is_finite():
        return text
    if value == 0:
        return "0"
    power = value.adjusted()
    if -4 <= power < 6:
        plain = f"{value:.{max(0, digits - 1 - power)}f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    mantissa = f"{value.scaleb(-power):.{digits - 1}f}".rstrip("0").rstrip(".")
    if mantissa.lstrip("-") == "10":
        mantissa, power = mantissa.replace("10", "1"), power + 1
    return f"{mantissa}e{power}"


def best_words(row: Mapping[str, str]) -> str:
    """A row of ``constants["best"]`` (`whp.checks.deciders.smallest`) as a sentence."""
    cells = f"among {row['cells']} cells" if "cells" in row else ""
    if row["best"] == "none":
        return f"no value in place of {row['printed']} makes it hold: {row['cell']} forbids each, {cells}".strip(", ")
    value = short_number(row["best"], 6)
    return f"{row['sense']} value in place of {row['printed']}: {value}, attained at {row['cell']} {cells}".strip()


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
        tops = tuple(c for c in self.consequences if statement_kind(c.statement) in ("theorem", "corollary"))
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
            return "No statement rests on it, and nothing in the ledger carries it instead."
        total = len(self.consequences)
        if all(c.survives for c in self.consequences):
            return "The statement above it survives." if total == 1 else f"All {total} statements above it survive."
        fallen = [c.statement.key for c in self.consequences if c.falls_with_it]
        others = [c.statement.key for c in self.consequences if not c.survives and not c.falls_with_it]
        parts = [_fallen(fallen, total, "with it")] if fallen else []
        parts += [_fallen(others, total, "on other grounds")] if others else []
        return " ".join(parts)


def _fallen(keys: Sequence[str], total: int, why: str) -> str:
    return f"{len(keys)} of {total} above it fall{'s' if len(keys) == 1 else ''} {why}: {', '.join(keys)}."


class Audit:
    """Everything the three formats show, read off the results.

    Parameters
    ----------
    run : Run
    results : sequence of Result
        In the ledger's order.
    """

    def __init__(self, run: Run, results: Sequence[Result]) -> None:
        self.run = run
        self.results = tuple(results)
        self.dag = ProofDag(run.book, results)
        self.refuted = tuple(self._finding(r) for r in self.dag.ranked(Verdict.REFUTED))
        self.vacuous = tuple(self._finding(r) for r in self.dag.ranked(Verdict.VACUOUS))
        self.undetermined = self.dag.ranked(Verdict.UNDETERMINED)

    def _finding(self, result: Result) -> Finding:
        key = result.statement.key
        link = next(link for link in result.links if link.verdict is result.verdict)
        return Finding(result, link, self.dag.dependents(key), self.dag.consequences(key), self.dag.repairs_of(key))

    @property
    def papers(self) -> tuple[str, ...]:
        """Citation keys of the statements, the most frequent first, ours last."""
        counts = Counter(r.statement.source.cite for r in self.results)
        return tuple(sorted(counts, key=lambda c: (c == "whp", -counts[c], c)))

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
        """What the draws of trained networks and of radii add up to."""
        return study_tables(self.results)

    @property
    def config(self) -> dict[str, Any]:
        """What a reader needs to reproduce it: version, seed, grid, α; no dates, no paths."""
        return self.run.config()

    def to_dict(self) -> dict[str, Any]:
        """The content of ``report.json``."""
        return {
            "run": self.config,
            "counts": {form: self.counts(form) for form in ("printed", "repaired", "sharp")},
            "definitions": len(self.of_form("definition")),
            "refuted": [_finding_dict(f) for f in self.refuted],
            "vacuous": [_finding_dict(f) for f in self.vacuous],
            "undetermined": [
                {"key": r.statement.key, "form": r.statement.form, "reason": r.reason} for r in self.undetermined
            ],
            "statements": [self._statement_dict(r) for r in self.results],
            "tables": {table.name: table.to_dict() for table in self.tables},
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
        else {"cell": {k: str(v) for k, v in worst.cell.items()}, "value": worst.value, "bound": worst.bound},
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


def write_report(run: Run, results: Sequence[Result]) -> tuple[Path, ...]:
    """Write ``report/`` into the run's folder: ``index.html``, ``report.tex`` with its parts, ``report.json``.

    Each file is written beside the old one and then put in its place, so a reader never sees half a file.

    Parameters
    ----------
    run : Run
        With a folder; the figures that ``whp verify`` left there are put into the page.
    results : sequence of Result

    Returns
    -------
    tuple of Path

    Raises
    ------
    ValueError
        When the run has no folder.
    OSError
        When the folder cannot be written.
    """
    from .report_html import page
    from .report_latex import appendix

    if run.folder is None:
        raise ValueError("a report needs a run with an output folder")
    audit = Audit(run, results)
    files = {
        "index.html": page(audit, run.folder / "figures"),
        **appendix(audit),
        "report.json": json.dumps(audit.to_dict(), indent=1, ensure_ascii=False) + "\n",
    }
    folder = run.folder / "report"
    try:
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            write_text(folder / name, text)
    except OSError as error:
        raise OSError(f"cannot write {folder} ({error.strerror}); free space or make the folder writable") from None
    return tuple(folder / name for name in files)


STUDY_FIGURES = ("ntk.displacement", "ntk.terms", "ntk.witnesses")
"""Names of the figures of Section 3.2 that belong to no single statement."""


def figure_stems(statement: Statement) -> tuple[str, ...]:
    """Names (without ending) of the figures `whp.checks.figures.write_figures` may have left for a statement."""
    stem = statement.key if statement.form in ("printed", "sharp") else f"{statement.key}.{statement.form}"
    return (stem, f"{stem}.constants")
