"""Proofs of statements on their whole domains, looked for without asking any cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...theory.language.statements import Claim, Link, Statement
from ...theory.proofs.objects import stored
from ..deciders.existence import existence
from ..deciders.question import Answer, Question
from ..deciders.sharp import movable
from ..deciders.stats import ALPHA
from ..sweep.processes import Progress, run_tasks
from ..sweep.store import Store
from ..verdict import Outcome, Verdict
from .tasks import ConstantTask, DomainTask, NamedTask, ProofTask

__all__ = ["Proven", "proofs_by_key", "prove_all"]

_Key = tuple[str, str, str]


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
    fails : bool
        Whether what is proved is that the link fails.
    constants : tuple of dict
        The proof objects of its sharp constant: that the link holds with one number, and fails with the next.
    """

    statement: Statement
    number: int
    proof: dict[str, Any] | None
    why: str
    fails: bool = False
    constants: tuple[dict[str, Any], ...] = ()

    @property
    def link(self) -> Link:
        """The link itself."""
        return self.statement.links[self.number - 1]


@dataclass(frozen=True, eq=False)
class _ExistenceTask(DomainTask):
    """Look for constants that are proved, or for the proof that there are none."""

    seconds: float = 2.0

    def run(self) -> list[dict[str, Any]] | None:
        found = existence(self.question)
        return None if found is None or found.outcome.proof is None else Answer.of(found.outcome).to_list()


def prove_all(
    statements: Sequence[Statement], *, jobs: int = 1, progress: Progress | None = None
) -> tuple[Proven, ...]:
    """Look for proofs of all links of some statements, or that constants do not exist, and of sharp constants.

    Parameters
    ----------
    statements : sequence of Statement
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
    >>> (found,) = prove_all([square])
    >>> found.proof["claim"]["right"], found.proof["statement"]["key"]
    ('m**2', 'square')
    """
    every = [s for s in statements if s.form != "definition"]
    tasks: dict[tuple[_Key, int], ProofTask] = {}
    named: dict[tuple[_Key, int, int], DomainTask] = {}
    sharp: dict[tuple[_Key, int], ConstantTask] = {}
    for s in every:
        name = "/".join(_key(s))
        for number, (claim, link) in enumerate(_links(s), start=1):
            question = _question(s, claim, link)
            if not claim.exists:
                tasks[_key(s), number] = ProofTask(f"{name}/{number}", question)
            if not claim.exists and movable(link):
                sharp[_key(s), number] = ConstantTask(f"{name}/{number}/constant", question, number)
            for i, implication in enumerate([*s.implied_by, None] if claim.exists else []):
                named[_key(s), number, i] = NamedTask(f"{name}/{number}/{i}", question, implication=implication)
            if claim.exists:
                named[_key(s), number, -1] = _ExistenceTask(f"{name}/{number}/none", question)
    with Store(None, {}) as store:
        finished = run_tasks([*tasks.values(), *named.values(), *sharp.values()], store, jobs=jobs, progress=progress)
    answers: dict[tuple[_Key, int], Outcome] = {}
    for at, task in (*tasks.items(), *((at[:2], task) for at, task in named.items())):
        found = finished[task]
        if found is not None and (at not in answers or answers[at].proof is None):
            answers[at] = found.outcomes[0]
    constants = {at: tuple(finished[task]) for at, task in sharp.items()}
    return tuple(
        replace(_proven(s, number, claim, answers.get(at)), constants=constants.get(at, ()))
        for s in every
        for number, (claim, _) in enumerate(_links(s), start=1)
        for at in [(_key(s), number)]
    )


def _proven(s: Statement, number: int, claim: Claim, found: Outcome | None) -> Proven:
    if found is None:
        why = "no statement with named constants is proved to imply it" if claim.exists else "no prover settles it"
        return Proven(s, number, None, why)
    if found.proof is None:
        why = found.reason if found.verdict is Verdict.UNDETERMINED else f"without a proof object: {found.reason}"
        return Proven(s, number, None, why)
    fails = found.verdict is Verdict.REFUTED
    return Proven(s, number, stored(s, s.links[number - 1], found.proof, number), found.reason, fails)


def proofs_by_key(proven: Iterable[Proven]) -> dict[str, list[dict[str, Any]]]:
    """The proof objects by the key of their statements, in the order of forms and links; keys without one left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for p in proven:
        if objects := [*([] if p.proof is None else [p.proof]), *p.constants]:
            found.setdefault(p.statement.key, []).extend(objects)
    return found


def _key(s: Statement) -> _Key:
    return s.source.cite, s.key, s.form


def _links(s: Statement) -> list[tuple[Claim, Link]]:
    return [(claim, link) for claim in s.claims for link in claim.links]


def _question(s: Statement, claim: Claim, link: Link) -> Question:
    return Question(s, claim, link, (), ALPHA, 0)
