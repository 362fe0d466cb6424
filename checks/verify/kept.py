"""Results in the store of a run: put together once, read back, and their proofs held to the referee of today."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...theory import proofs
from ...theory.language.statements import Statement
from ...theory.proofs.objects import stored
from ...theory.proofs.referee_claims import rejection
from ..paper import Paper
from ..sweep.errors import ERROR
from ..sweep.store import Store
from ..verdict import LinkResult, Outcome, Result, Verdict

__all__ = [
    "drawn",
    "erring",
    "held_to_referee",
    "keep",
    "kept",
    "no_longer_accepted",
    "note_drawn",
    "of_this_referee",
    "renew",
    "statement_text",
]

_RESULTS, _REFEREE, _FIGURES = "result/", "referee", "figures"
_LOST = f"{ERROR}the proof that is stored is no longer accepted"
_INSTEAD = "`whp verify --resume` looks for another"


def statement_text(s: Statement) -> str:
    """What a result of a statement depends on, of the statement."""
    return (
        f"{s.key}|{s.form}|{s.claims}|{s.hypotheses}|{s.points}|{[p.domain for p in s.parameters]}|{dict(s.grid)}"
        f"|{s.implied_by}"
    )


def keep(store: Store, results: Iterable[Result], paper: Paper) -> None:
    """Put results into the store of their run, which has no figures of them yet."""
    store.forget([_FIGURES])
    for result in results:
        store.put(
            _name(result.statement),
            {
                "of": _digest(result.statement, paper),
                "links": [[o.to_dict() for o in link.outcomes] for link in result.links],
                "constants": dict(result.constants),
                "draws": [dict(row) for row in result.draws],
            },
        )


def kept(store: Store, statements: Sequence[Statement], paper: Paper) -> tuple[Result, ...] | None:
    """The results of some statements as they were kept; None where one was not, or is of another statement.

    Proofs are read as they stand: `held_to_referee` says which of them still count.
    """
    found = []
    for s in statements:
        if _name(s) not in store:
            return None
        known = store.get(_name(s))
        if known["of"] != _digest(s, paper):
            return None
        links = zip(s.links if known["links"] else (), known["links"], strict=True)
        made = tuple(LinkResult(link, tuple(map(Outcome.from_dict, some)), s.sizes) for link, some in links)
        found.append(Result(s, made, known["constants"], tuple(known["draws"])))
    return tuple(found)


def drawn(folder: Path) -> bool:
    """Whether all figures of the results that a run keeps are still in its folder."""
    with Store(folder / "results.sqlite", {}, resume=True) as store:
        names = store.get(_FIGURES) if _FIGURES in store else None
    return names is not None and all((folder / "figures" / name).is_file() for name in names)


def note_drawn(folder: Path) -> None:
    """Say in the store of a run which figures were drawn of its results: all that are there."""
    with Store(folder / "results.sqlite", {}, resume=True) as store:
        store.put(_FIGURES, sorted(path.name for path in (folder / "figures").iterdir()))


def renew(store: Store) -> None:
    """Drop what is to be looked for again: what raised an error, and what rests on a proof that is not accepted now."""
    again = store.forget_errors()
    if not of_this_referee(store):
        rejected = [name for name, value in store.values('"proof": {') if _rejects(value)]
        store.forget(rejected)
        again = again or bool(rejected)
        store.put(_REFEREE, _referee())
    if again:
        store.forget([name for name in store.names() if name.startswith(_RESULTS)])


def of_this_referee(store: Store) -> bool:
    """Whether the referee that accepted the proofs in a store is the one of today."""
    return _REFEREE in store and bool(store.get(_REFEREE) == _referee())


def erring(result: Result) -> bool:
    """Whether something raised an error when a result was put together."""
    return any(ERROR in text for link in result.links for o in link.outcomes for text in (o.reason, o.remark))


def held_to_referee(results: Sequence[Result]) -> tuple[Result, ...]:
    """Results in which no verdict rests on a proof that the referee does not accept now.

    A link whose proof is rejected is undetermined, and so is a claim that nothing carries but a statement which was
    proved with one. The reason says so.
    """
    found = [_held(result) for result in results]
    while True:
        fallen = {r.statement.key for r, was in zip(found, results, strict=True) if was.verdict is not r.verdict}
        fallen -= {r.statement.key for r in found if r.verdict is Verdict.HOLDS}
        after = [_carried(result, fallen) for result in found]
        if after == found:
            return tuple(found)
        found = after


def no_longer_accepted(results: Iterable[Result]) -> Iterator[tuple[Statement, int, str]]:
    """The links that `held_to_referee` left without their proof: statement, number of the link, and why."""
    for result in results:
        for number, link in enumerate(result.links, start=1):
            for o in link.outcomes:
                if o.reason.startswith(_LOST):
                    yield result.statement, number, o.reason.removeprefix(ERROR)


def _held(result: Result) -> Result:
    s = result.statement
    links = []
    for number, link in enumerate(result.links, start=1):
        outcomes = []
        for o in link.outcomes:
            why = None if o.proof is None else rejection(stored(s, link.link, o.proof, number))
            outcomes.append(o if why is None else _open(o, f"{_LOST} ({why}); {_INSTEAD}"))
        links.append(replace(link, outcomes=tuple(outcomes)))
    return replace(result, links=tuple(links))


def _carried(result: Result, fallen: Iterable[str]) -> Result:
    """A result without what only statements that have fallen carried."""
    by = next((i.by for i in result.statement.implied_by if i.by in fallen), None)
    if by is None:
        return result
    why = f"constants: the statement {by} that implies it is no longer proved; {_INSTEAD}"
    links = []
    for link in result.links:
        outcomes = tuple(_open(o, why) if _rests_on_another(o) else o for o in link.outcomes)
        links.append(replace(link, outcomes=outcomes))
    return replace(result, links=tuple(links))


def _rests_on_another(outcome: Outcome) -> bool:
    """Whether an outcome is carried by the statement that implies it, and by no proof of its own."""
    return outcome.verdict is Verdict.HOLDS and outcome.proof is None and outcome.reason.startswith("implied by ")


def _open(outcome: Outcome, reason: str) -> Outcome:
    return Outcome(Verdict.UNDETERMINED, None, outcome.cell, reason=reason)


def _rejects(piece: Any) -> bool:
    """Whether a stored piece of work has a proof that the referee does not accept."""
    if isinstance(piece, Mapping):
        proof = piece.get("proof")
        if isinstance(proof, Mapping) and "claim" in proof:
            return rejection(proof) is not None
        return any(map(_rejects, piece.values()))
    return isinstance(piece, list) and any(map(_rejects, piece))


def _referee() -> str:
    """The hash of the referee's modules."""
    sources = sorted((f for f in files(proofs).iterdir() if f.name.startswith("referee")), key=lambda f: f.name)
    return hashlib.sha256(b"\n".join(f.read_bytes() for f in sources if f.name.endswith(".py"))).hexdigest()


def _name(s: Statement) -> str:
    return f"{_RESULTS}{s.source.cite}/{s.key}/{s.form}"


def _digest(s: Statement, paper: Paper) -> str:
    return hashlib.sha256(f"{paper.key}|{paper.revision}|{statement_text(s)}".encode()).hexdigest()
