"""Verdicts with evidence: outcomes per cell, links, and the result of a statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sympy import sstr

from ..theory.language.cells import cell_order, cell_text
from ..theory.language.statements import Link, Statement
from ..theory.proofs.objects import stored

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCHEMA", "Evidence", "LinkResult", "Outcome", "Result", "Verdict", "weakest"]

SCHEMA = 3


class Verdict(StrEnum):
    """What was established; the worst link wins: refuted > undetermined > consistent > holds.

    ``consistent`` says that nothing found speaks against a claim which what was tried cannot establish.
    """

    REFUTED = "refuted"
    UNDETERMINED = "undetermined"
    CONSISTENT = "consistent"
    VACUOUS = "vacuous"
    HOLDS = "holds"
    DEFINITION = "definition"

    @property
    def words(self) -> str:
        """The verdict as a person reads it.

        Examples
        --------
        >>> Verdict.CONSISTENT.words, Verdict.HOLDS.words
        ('not refuted', 'holds')
        """
        return "not refuted" if self is Verdict.CONSISTENT else str(self)


class Evidence(StrEnum):
    """How it was found: proved > certified > computed > sampled > trend.

    On the whole domain; in balls or exact numbers at listed cells; by an exact law in floats beyond the gap; by draws
    with valid limits; by numbers along a path of sizes.
    """

    PROVED = "proved"
    CERTIFIED = "certified"
    COMPUTED = "computed"
    SAMPLED = "sampled"
    TREND = "trend"


_SEVERITY = [Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.CONSISTENT, Verdict.HOLDS]

# Columns of a table of outcomes beside the cell's.
_COLUMNS = ("key", "form", "link", "lhs", "rel", "rhs", "verdict", "evidence", "value", "bound", "reason")

_STRENGTH = [Evidence.TREND, Evidence.SAMPLED, Evidence.COMPUTED, Evidence.CERTIFIED, Evidence.PROVED]


@dataclass(frozen=True)
class Outcome:
    """One link at one cell (or on its whole domain, when `cell` is empty).

    Attributes
    ----------
    value, bound : str
        The deciding numbers, exact or enclosing, as text; for a probability link the probability of what the claim
        excludes and the claim's bound on it.
    value_float, bound_float : float
        The same for plots (log-probabilities for probability links, NaN where there is none).
    reason : str
        For undetermined: trials, scope, gap, numerics, constants, trend or error, with what is missing. Else how it was
        decided.
    reading : str
        Which of two readings of the claim was decided, and what the other one comes to; empty where there is one.
    smallest : bool
        Of a counterexample, whether every cell of smaller sizes was asked.
    proof : mapping, optional
        Of a proof on the whole domain, the proof object: what is claimed, and the steps (`theory.proofs`).
    """

    verdict: Verdict
    evidence: Evidence | None
    cell: Mapping[str, int | Fraction] = field(default_factory=dict, hash=False)
    value: str = ""
    bound: str = ""
    reason: str = ""
    remark: str = ""
    value_float: float = float("nan")
    bound_float: float = float("nan")
    reading: str = ""
    smallest: bool = False
    proof: Mapping[str, Any] | None = field(default=None, hash=False, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "evidence": None if self.evidence is None else str(self.evidence),
            "cell": {k: str(v) for k, v in self.cell.items()},
            "value": self.value,
            "bound": self.bound,
            "reason": self.reason,
            "remark": self.remark,
            "value_float": self.value_float.hex(),
            "bound_float": self.bound_float.hex(),
            "reading": self.reading,
            "smallest": self.smallest,
            "proof": self.proof,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        return cls(
            Verdict(data["verdict"]),
            None if data["evidence"] is None else Evidence(data["evidence"]),
            {k: _number(v) for k, v in data["cell"].items()},
            data["value"],
            data["bound"],
            data["reason"],
            data["remark"],
            float.fromhex(data["value_float"]),
            float.fromhex(data["bound_float"]),
            data["reading"],
            data["smallest"],
            data["proof"],
        )


def _number(text: str) -> int | Fraction:
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value


def weakest(evidence: Iterable[Evidence | None]) -> Evidence | None:
    """The weakest evidence among those given."""
    return min((e for e in evidence if e is not None), key=_STRENGTH.index, default=None)


@dataclass(frozen=True)
class LinkResult:
    """A link with its outcomes and the verdict they add up to.

    Attributes
    ----------
    link : Link
    outcomes : tuple of Outcome
    sizes : tuple of str
        The sizes of its statement, in the order that settles which counterexample is the smallest.
    """

    link: Link
    outcomes: tuple[Outcome, ...]
    sizes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst cell's: refuted > undetermined > consistent > holds; vacuous where that is proved of the domain."""
        found = {o.verdict for o in self.outcomes}
        worst = next((verdict for verdict in _SEVERITY if verdict in found), None)
        if worst is not None:
            return worst
        proved = any(o.evidence is Evidence.PROVED or not o.cell for o in self.outcomes)
        return Verdict.VACUOUS if proved else Verdict.UNDETERMINED

    @property
    def deciding(self) -> tuple[Outcome, ...]:
        """The outcomes that carry the verdict."""
        return tuple(o for o in self.outcomes if o.verdict == self.verdict)

    @property
    def evidence(self) -> Evidence | None:
        if self.verdict is Verdict.REFUTED and self.counterexample is not None:
            return self.counterexample.evidence
        whole = [o.evidence for o in self.deciding if not o.cell]
        if whole and all(evidence is Evidence.PROVED for evidence in whole):
            return Evidence.PROVED  # cells beside a proof illustrate it
        return weakest(o.evidence for o in self.deciding)

    @property
    def counterexample(self) -> Outcome | None:
        """The smallest refuting cell that was found, in `cell_order`."""
        refuting = [o for o in self.outcomes if o.verdict is Verdict.REFUTED]
        return min(refuting, key=lambda o: (cell_order(o.cell, self.sizes), not o.smallest), default=None)

    @property
    def proof(self) -> Mapping[str, Any] | None:
        """The proof object, where the link is proved on its whole domain, or proved to fail."""
        told = (Verdict.HOLDS, Verdict.VACUOUS, Verdict.REFUTED)
        established = self.verdict in told and self.evidence is Evidence.PROVED
        return next((o.proof for o in self.deciding if o.proof is not None), None) if established else None

    @property
    def reading(self) -> str:
        """Which of two readings was decided, and what the other one comes to; empty where there is one."""
        chosen = self.counterexample
        return chosen.reading if chosen is not None else next((o.reading for o in self.deciding if o.reading), "")

    @property
    def reason(self) -> str:
        """One sentence: why the verdict is what it is."""
        deciding = self.deciding
        if not deciding and self.outcomes:
            last = max((o.cell for o in self.outcomes), key=lambda cell: cell_order(cell, self.sizes))
            return f"scope: says nothing up to {cell_text(last)}, the largest cell asked, and that is no proof for all"
        if not deciding:
            return "scope: no cell that was asked meets the hypotheses"
        chosen = self.counterexample or deciding[-1]
        remarks = list(dict.fromkeys(o.remark for o in deciding if o.remark))
        return "; ".join([r for r in (chosen.reason, *remarks[:1]) if r])

    def to_dict(self) -> dict[str, Any]:
        worst = self.counterexample
        return {
            "lhs": sstr(self.link.lhs, order="none"),
            "rel": self.link.relation,
            "rhs": sstr(self.link.rhs, order="none"),
            "kind": self.link.kind,
            "verdict": str(self.verdict),
            "evidence": None if self.evidence is None else str(self.evidence),
            "counterexample": None
            if worst is None
            else {
                "cell": {k: str(v) for k, v in worst.cell.items()},
                "value": worst.value,
                "bound": worst.bound,
                "smallest": worst.smallest,
            },
            "reading": self.reading,
            "reason": self.reason,
            "cells": [
                {
                    "cell": {k: str(v) for k, v in o.cell.items()},
                    "verdict": str(o.verdict),
                    "evidence": None if o.evidence is None else str(o.evidence),
                    "value": o.value,
                    "bound": o.bound,
                }
                for o in self.outcomes
            ],
        }


@dataclass(frozen=True)
class Result:
    """The verdict on a statement with everything it rests on.

    Attributes
    ----------
    statement : Statement
    links : tuple of LinkResult
    constants : mapping
        What the evidence says of unnamed constants; empty when the statement names all of its own.
    draws : DataFrame-ready rows
        Empirical summaries per cell for the figure.
    """

    statement: Statement
    links: tuple[LinkResult, ...]
    constants: Mapping[str, Any] = field(default_factory=dict, hash=False)
    draws: tuple[Mapping[str, Any], ...] = field(default=(), hash=False, repr=False)

    @property
    def verdict(self) -> Verdict:
        if self.statement.form == "definition":
            return Verdict.DEFINITION
        found = {link.verdict for link in self.links}
        return next((verdict for verdict in _SEVERITY if verdict in found), Verdict.VACUOUS)

    @property
    def evidence(self) -> Evidence | None:
        """The weakest evidence among the links that decide."""
        if self.statement.form == "definition":
            return None
        return weakest(link.evidence for link in self.links if link.verdict == self.verdict)

    @property
    def reading(self) -> str:
        """The reading of the first link that carries the verdict and has two."""
        return next((link.reading for link in self.links if link.verdict == self.verdict and link.reading), "")

    @property
    def reason(self) -> str:
        """Why, from the first link that carries the verdict; a remark tells of links that claim nothing."""
        why = next((link.reason for link in self.links if link.verdict == self.verdict), "")
        idle = [i for i, link in enumerate(self.links, 1) if link.verdict is Verdict.VACUOUS]
        if not idle or self.verdict is Verdict.VACUOUS:
            return why
        return f"{why}; link {', '.join(map(str, idle))} of {len(self.links)} excludes nothing"

    @property
    def proofs(self) -> tuple[dict[str, Any], ...]:
        """The proof objects of links that are proved on their whole domain, as they are stored."""
        found = [(i, link.proof) for i, link in enumerate(self.links, start=1)]
        return tuple(stored(self.statement, self.links[i - 1].link, proof, i) for i, proof in found if proof)

    def to_dict(self) -> dict[str, Any]:
        """The entry of ``verdicts.json``: no dates, paths or timings."""
        s = self.statement
        return {
            "schema": SCHEMA,
            "key": s.key,
            "form": s.form,
            "title": s.title,
            "verdict": str(self.verdict),
            "evidence": None if self.evidence is None else str(self.evidence),
            "reading": self.reading,
            "reason": self.reason,
            "source": str(s.source),
            "repairs": s.repairs,
            **({"assumed": [f"{p} is {p.domain}" for p in s.assumed]} if s.assumed else {}),
            "links": [] if s.form == "definition" else [link.to_dict() for link in self.links],
            "constants": dict(self.constants),
        }

    def to_json(self, *, indent: int | None = 1) -> str:
        """JSON text with sorted structure and every deciding number as a string."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def to_dataframe(self) -> pd.DataFrame:
        """One row per link and cell; a parameter called as a column, such as "value", is "size value"."""
        # Loaded here: it costs the command line a fifth of a second and only tables need it.
        frame: pd.DataFrame = import_module("pandas").DataFrame(self.rows())
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """The rows of `to_dataframe`, each with its own cell only."""
        return [
            {
                "key": self.statement.key,
                "form": self.statement.form,
                "link": i,
                "lhs": str(link.link.lhs),
                "rel": link.link.relation,
                "rhs": str(link.link.rhs),
                **{f"size {k}" if k in _COLUMNS else k: str(v) for k, v in o.cell.items()},
                "verdict": str(o.verdict),
                "evidence": "" if o.evidence is None else str(o.evidence),
                "value": o.value,
                "bound": o.bound,
                "reason": o.reason,
            }
            for i, link in enumerate(self.links)
            for o in link.outcomes
        ]

    def to_latex(self) -> str:
        """A booktabs table of the links: statement, verdict, evidence, counterexample."""
        lines = [r"\begin{tabular}{llll}", r"\toprule", r"Link & Verdict & Evidence & Counterexample \\", r"\midrule"]
        for link in self.links:
            worst = link.counterexample
            where = "--" if worst is None else ", ".join(f"${k} = {v}$" for k, v in worst.cell.items())
            lines.append(f"${link.link.latex}$ & {link.verdict.words} & {link.evidence or '--'} & {where} \\\\")
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(str(link.link))}</td><td>{link.verdict.words}</td><td>{link.evidence or ''}</td>"
            f"<td>{escape(link.reason)}</td></tr>"
            for link in self.links
        )
        head = f"<caption>{escape(self.statement.key)} ({self.statement.form}): <b>{self.verdict.words}</b>"
        head += f"{escape(f', {self.reading}') if self.reading else ''}</caption>"
        return f"<table>{head}<tr><th>link</th><th>verdict</th><th>evidence</th><th>why</th></tr>{rows}</table>"
