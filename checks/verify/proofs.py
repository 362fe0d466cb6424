"""Proofs of statements on their whole domains: looked for without asking any cell, and joined from other proofs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...theory.language.ledger import Ledger
from ...theory.language.statements import Claim, Link, Statement
from ...theory.proofs.objects import stored
from ..deciders.question import Question
from ..deciders.reduction import Known, reduced
from ..deciders.stats import ALPHA
from ..sweep.processes import Progress, run_tasks
from ..sweep.store import Store
from ..verdict import Outcome, Verdict
from .tasks import NamedTask, ProofTask

__all__ = ["Proven", "needed_by", "proofs_by_key", "prove_all", "prove_links"]

_Key = tuple[str, str, str]
# Rounds in which what was proved in the ones before may be used.
_ROUNDS = 4


@dataclass(frozen=True)
class Proven:
    """A link of a statement with its proof object as it is stored, or why there is none.

    Attributes
    ----------
    statement : Statement
    number : int
        Of the link, from 1.
    proof : dict or None
    why : str
        How it was proved, or why not.
    """

    statement: Statement
    number: int
    proof: dict[str, Any] | None
    why: str

    @property
    def link(self) -> Link:
        """The link itself."""
        return self.statement.links[self.number - 1]


def needed_by(statements: Iterable[Statement], book: Ledger) -> tuple[Statement, ...]:
    """Statements with all that they use and are implied by, each once."""
    found: dict[_Key, Statement] = {}
    open_ones = list(statements)
    while open_ones:
        s = open_ones.pop(0)
        if found.setdefault(_key(s), s) is s:
            keys = (*s.uses, *(i.by for i in s.implied_by))
            open_ones += [other for key in keys if key in book for other in book[key] if _key(other) not in found]
    return tuple(found.values())


def prove_all(
    statements: Sequence[Statement],
    book: Ledger,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[Proven, ...]:
    """Look for proofs of all links of some statements, from proofs of what they use where need be.

    Parameters
    ----------
    statements : sequence of Statement
    book : Ledger
        Where the statements are looked up that others use or are implied by.
    jobs : int
    progress : callable, optional
        ``progress(done, total, name)``.

    Returns
    -------
    tuple of Proven
        For every link of every statement that has a verdict, in order.

    Examples
    --------
    >>> from whp.theory import Claim, Link, Source, Statement, size
    >>> m = size("m")
    >>> square = Statement("square", "printed", "", Source("me", "p. 1"), (Claim((Link(m, "<=", m**2),)),))
    >>> (found,) = prove_all([square], Ledger([square]))
    >>> found.proof["claim"]["right"], found.proof["statement"]["key"]
    ('m**2', 'square')
    """
    every = [s for s in needed_by(statements, book) if s.form != "definition"]
    tasks: dict[tuple[_Key, int], ProofTask] = {}
    named: dict[tuple[_Key, int, int], NamedTask] = {}
    for s in every:
        name = "/".join(_key(s))
        for number, (claim, link) in enumerate(_links(s), start=1):
            question = _question(s, claim, link)
            if not claim.exists:
                tasks[_key(s), number] = ProofTask(f"{name}/{number}", question)
            for i, implication in enumerate([*s.implied_by, None] if claim.exists else []):
                named[_key(s), number, i] = NamedTask(f"{name}/{number}/{i}", question, implication=implication)
    with Store(None, {}) as store:
        finished = run_tasks([*tasks.values(), *named.values()], store, jobs=jobs, progress=progress)
    answers: dict[tuple[_Key, int], Outcome] = {}
    for at, task in (*tasks.items(), *((at[:2], task) for at, task in named.items())):
        found = finished[task]
        if found is not None and (at not in answers or answers[at].proof is None):
            answers[at] = found.outcomes[0]
    prove_links(every, answers)
    wanted = {_key(s) for s in statements}
    return tuple(
        _proven(s, number, claim, answers.get((_key(s), number)))
        for s in every
        if _key(s) in wanted
        for number, (claim, _) in enumerate(_links(s), start=1)
    )


def prove_links(
    statements: Sequence[Statement],
    answers: dict[tuple[_Key, int], Outcome],
) -> None:
    """Add to what was found of links what follows from links of statements that theirs use or are implied by.

    Parameters
    ----------
    statements : sequence of Statement
    answers : dict
        By statement and number of a link; grows.
    """
    for _ in range(_ROUNDS):
        before = len(_proved(answers))
        for s in statements:
            for number, (claim, link) in enumerate(_links(s), start=1):
                at = _key(s), number
                if at in answers and answers[at].verdict is not Verdict.UNDETERMINED:
                    continue
                known = _known(statements, answers, (*s.uses, *(i.by for i in s.implied_by)), s)
                found = reduced(_question(s, claim, link), known)
                if found is not None:
                    answers[at] = found
        if len(_proved(answers)) == before:
            return


def _known(
    statements: Sequence[Statement], answers: Mapping[tuple[_Key, int], Outcome], keys: Iterable[str], own: Statement
) -> tuple[Known, ...]:
    """What is proved of some statements of one source, and of the statement itself."""
    wanted = {*keys, own.key}
    found = []
    for s in statements:
        if not ({s.key, *s.aliases} & wanted):
            continue
        for number, link in enumerate(s.links, start=1):
            o = answers.get((_key(s), number))
            if o is not None and o.proof is not None:
                found.append(Known(s, link, dict(o.proof)))
    return tuple(found)


def _proved(answers: Mapping[Any, Outcome]) -> list[Any]:
    return [at for at, o in answers.items() if o.proof is not None]


def _proven(s: Statement, number: int, claim: Claim, found: Outcome | None) -> Proven:
    if found is None:
        why = "no statement with named constants is proved to imply it" if claim.exists else "no prover settles it"
        return Proven(s, number, None, why)
    if found.proof is None:
        why = found.reason if found.verdict is Verdict.UNDETERMINED else f"without a proof object: {found.reason}"
        return Proven(s, number, None, why)
    return Proven(s, number, stored(s, s.links[number - 1], found.proof, number), found.reason)


def proofs_by_key(proven: Iterable[Proven]) -> dict[str, list[dict[str, Any]]]:
    """The proof objects by the key of their statements, in the order of forms and links; keys without one left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for p in proven:
        if p.proof is not None:
            found.setdefault(p.statement.key, []).append(p.proof)
    return found


def _key(s: Statement) -> _Key:
    return s.source.cite, s.key, s.form


def _links(s: Statement) -> list[tuple[Claim, Link]]:
    return [(claim, link) for claim in s.claims for link in claim.links]


def _question(s: Statement, claim: Claim, link: Link) -> Question:
    return Question(s, claim, link, (), ALPHA, 0)
