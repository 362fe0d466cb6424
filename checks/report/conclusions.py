"""A paper's main theorems by name: what is printed, what is true of it, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...theory.calculus.rounding import in_short
from ..verdict import Evidence, Result, Verdict
from ..verify.explain import constant_words, counterexample_words, numbers_words, plain_counts
from .dag import CONCLUSIONS, ProofDag, statement_kind

__all__ = ["Conclusion", "conclusions", "printed_name"]

_NAME = re.compile(r"(?:Theorem|Corollary|Proposition|Lemma)\s+[A-Za-z]*[\d.]*\d", re.IGNORECASE)

_COVERS = {
    Evidence.PROVED: "proved wherever its hypotheses hold",
    Evidence.CERTIFIED: "certified at every cell asked",
    Evidence.COMPUTED: "computed at every cell asked",
    Evidence.SAMPLED: "by draws with valid limits at every cell asked",
}


def printed_name(result: Result) -> str:
    """What a statement is called where it is printed: ``Theorem 3.1``; its key where it has no number there.

    Examples
    --------
    >>> from whp.theory import Source, Statement
    >>> places = ("Theorem 3.1, Section 3.1", "Theorem A.2", "eq. 9")
    >>> [printed_name(Result(Statement("k", "definition", "", Source("me", p)), ())) for p in places]
    ['Theorem 3.1', 'Theorem A.2', 'k']
    """
    found = _NAME.match(result.statement.source.where)
    return found[0] if found else result.statement.key


@dataclass(frozen=True)
class Conclusion:
    """What the first screen says of one main theorem.

    Attributes
    ----------
    result : Result
    repairs : tuple of Result
        Its repaired forms.
    broken : tuple of str
        Keys of what its printed proof rests on and what is refuted.
    """

    result: Result
    repairs: tuple[Result, ...]
    broken: tuple[str, ...]

    @property
    def name(self) -> str:
        return printed_name(self.result)

    @property
    def truth(self) -> str:
        """One sentence: what is true of what is printed."""
        verdict, reading = self.result.verdict, self.result.reading
        read = f", read {in_short(reading)}" if reading else ""
        if verdict is Verdict.HOLDS:
            level = self.result.evidence
            how = f": {_COVERS[level]}" if level in _COVERS else ""
            by = self.result.constants.get("implied_by")
            return f"True as printed{read}{how}{f', by {by}' if by else ''}."
        if verdict is Verdict.REFUTED:
            return f"False as printed{read}: {self._refutation()}."
        words = {
            Verdict.VACUOUS: "Says nothing as printed",
            Verdict.CONSISTENT: "Not refuted and not established",
            Verdict.UNDETERMINED: "Not decided",
        }[verdict]
        return f"{words}{read}: {plain_counts(in_short(self.result.reason)).rstrip('.')}."

    def _refutation(self) -> str:
        link = next(link for link in self.result.links if link.verdict is Verdict.REFUTED)
        worst = link.counterexample
        parts = [] if worst is None else [counterexample_words(worst), numbers_words(link.link, worst)]
        which = f"{_part(self.result)}; " if len(self.result.links) > 1 else ""
        return which + (", ".join(filter(None, parts)) or plain_counts(in_short(link.reason)).rstrip("."))

    @property
    def instead(self) -> str:
        """One sentence: what to write."""
        if self.result.verdict is Verdict.HOLDS:
            named = ", ".join(self.constants)
            return f"Write the constants: {named}." if named else "Nothing has to change."
        held = [r for r in self.repairs if r.verdict is Verdict.HOLDS]
        if held:
            return " ".join(f"Write: {r.statement.title} ({r.evidence}, {r.statement.source.where})." for r in held)
        if self.repairs:
            r = self.repairs[0]
            return f"Nothing is established yet; its repaired form is {r.verdict.words}: {r.statement.title}."
        return "Nothing in the ledger replaces it."

    @property
    def constants(self) -> tuple[str, ...]:
        """The named constants of a claim that leaves its own unnamed, each rounded to the safe side."""
        return tuple(constant_words(self.result))

    @property
    def proof(self) -> str:
        """One sentence on its printed proof; empty where nothing of it is refuted."""
        if not self.broken:
            return ""
        one = len(self.broken) == 1
        words = "1 statement" if one else f"{len(self.broken)} statements"
        return f"Its printed proof rests on {words} that {'is' if one else 'are'} refuted: {', '.join(self.broken)}."

    @property
    def sentence(self) -> str:
        """All of it, for one paragraph of plain text."""
        return " ".join(part for part in (self.truth, self.instead, self.proof) if part)


def _part(result: Result) -> str:
    bad = sum(link.verdict is Verdict.REFUTED for link in result.links)
    return f"{bad} of its {len(result.links)} relations {'is' if bad == 1 else 'are'} refuted"


def conclusions(dag: ProofDag) -> tuple[Conclusion, ...]:
    """The main theorems of a ledger, as far as the run asked them, in the ledger's order.

    They are the printed theorems, corollaries and propositions; where a ledger has none, the printed statements on
    which no other rests.
    """
    return tuple(_conclusion(dag, result) for result in _main(dag))


def _main(dag: ProofDag) -> Iterator[Result]:
    printed = [r for r in dag.results.values() if r.statement.form == "printed"]
    named = [r for r in printed if statement_kind(r.statement) in CONCLUSIONS]
    yield from named or (r for r in printed if not dag.users[r.statement.key])


def _conclusion(dag: ProofDag, result: Result) -> Conclusion:
    key = result.statement.key
    below = (dag.result(used) for used in dag.dependencies(key))
    broken = tuple(r.statement.key for r in below if r is not None and r.verdict is Verdict.REFUTED)
    return Conclusion(result, dag.repairs_of(key), broken)
