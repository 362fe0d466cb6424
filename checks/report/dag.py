"""The proof DAG of a ledger: what uses what, what a refutation brings down, and what carries a conclusion instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ...theory.language.ledger import Ledger
from ...theory.language.statements import Statement
from ..verdict import Evidence, Result, Verdict

__all__ = ["CONCLUSIONS", "Consequence", "ProofDag", "Route", "reachable", "statement_kind"]

_KINDS = ("theorem", "corollary", "proposition", "lemma", "remark", "equation", "step")

CONCLUSIONS = ("theorem", "corollary", "proposition")

_WORDS = re.compile(r"(theorem|corollary|proposition|lemma|remark|eq)\b", re.IGNORECASE)


def statement_kind(statement: Statement) -> str:
    """theorem, corollary, proposition, lemma, remark, equation or step, from where the statement is printed.

    Examples
    --------
    >>> from whp.theory import Source
    >>> places = ("Theorem 2 and its corollary", "proof of Theorem 2", "eq. 5, Section 2")
    >>> [statement_kind(Statement(f"k{i}", "definition", "", Source("me", p))) for i, p in enumerate(places)]
    ['theorem', 'step', 'equation']
    """
    found = _WORDS.match(statement.source.where)
    word = found.group(1).lower() if found else "step"
    return "equation" if word == "eq" else word


@dataclass(frozen=True)
class Route:
    """One way a statement stands.

    Attributes
    ----------
    how : {"implied", "checked", "repaired", "proof"}
        By another statement, by its own check, in its repaired form, or by its printed proof with every step carried.
    by : tuple of str
        The keys that carry it.
    evidence : Evidence or None
        None for a proof: the links between its steps are the paper's, not checked here.
    """

    how: str
    by: tuple[str, ...]
    evidence: Evidence | None

    @property
    def words(self) -> str:
        """The route for a reader."""
        level = f" ({self.evidence})" if self.evidence else ""
        if self.how == "implied":
            return f"implied by {', '.join(self.by)}{level}"
        if self.how == "checked":
            return f"its own check holds{level}"
        if self.how == "repaired":
            return f"in its repaired form{level}"
        return f"its proof goes through {', '.join(self.by)}"


@dataclass(frozen=True)
class Consequence:
    """What becomes of one statement above a refuted one.

    Attributes
    ----------
    statement : Statement
        The user of the refuted statement, directly or through others.
    verdict : Verdict or None
        Of the user itself; None when the run did not check it.
    routes : tuple of Route
        All that carries it without the refuted form; empty when it falls.
    missing : tuple of str
        The steps of its printed proof that are refuted, or rest on such a step, and that nothing carries.
    with_it : bool
        Whether one of them is the refuted statement or rests on it; else the user falls on other grounds.
    open_steps : tuple of (str, str)
        The steps that nothing carries and nothing brings down, each with what is known of it.
    mended : tuple of (str, str)
        The steps among `missing` that have a repaired form, with what is known of that.
    pending : tuple of (str, str)
        What would carry it and is not decided, such as its repaired form, each with what is known of it.
    """

    statement: Statement
    verdict: Verdict | None
    routes: tuple[Route, ...]
    missing: tuple[str, ...] = ()
    with_it: bool = False
    open_steps: tuple[tuple[str, str], ...] = ()
    mended: tuple[tuple[str, str], ...] = ()
    pending: tuple[tuple[str, str], ...] = ()

    @property
    def survives(self) -> bool:
        return bool(self.routes)

    @property
    def falls_with_it(self) -> bool:
        """Whether it falls and the refuted statement is among the reasons."""
        return self.falls and self.with_it

    @property
    def falls(self) -> bool:
        """Whether it, or a step of its proof, is refuted, and nothing that is left to decide could carry that."""
        return not self.routes and not self.pending and (self.verdict is Verdict.REFUTED or bool(self.missing))

    @property
    def open(self) -> bool:
        """Whether nothing carries it and nothing brings it down: more trials, or more statements, may do either."""
        return not self.routes and not self.falls

    @property
    def wrong(self) -> bool:
        """Whether its own check says so."""
        return self.verdict in (Verdict.REFUTED, Verdict.VACUOUS)

    @property
    def words(self) -> str:
        """Why it survives, or why it does not."""
        if self.routes:
            prefix = f"{self.verdict} as printed, survives " if self.wrong else "survives: "
            return prefix + "; ".join(r.words for r in self.routes)
        if self.falls and self.verdict is Verdict.REFUTED:
            return f"falls: {self.verdict} itself and nothing carries it"
        if self.falls:
            known = ", ".join(f"{key} repaired is {state}" for key, state in self.mended)
            note = f" ({known})" if known else ""
            return f"falls: it rests on {', '.join(self.missing)} and nothing in the ledger carries that{note}"
        parts = [f"{self.verdict} as printed"] if self.wrong else []
        parts += [f"it rests on {', '.join(self.missing)}, which nothing carries"] if self.missing else []
        states = dict.fromkeys(state for _, state in self.open_steps)
        steps = [
            f"{', '.join(keys)}, which {'is' if len(keys) == 1 else 'are'} {state}"
            for state in states
            if (keys := [key for key, found in self.open_steps if found == state])
        ]
        parts += [f"it rests on {', and on '.join(steps)}"] if steps else []
        parts += [f"{what} is {state}" for what, state in self.pending]
        return "open: " + "; ".join(parts or ["nothing carries it"])


class ProofDag:
    """The `uses` relation of a ledger joined with the verdicts of a run.

    Parameters
    ----------
    book : Ledger
    results : iterable of Result
        Statements without a result count as unchecked and carry nothing.
    """

    def __init__(self, book: Ledger, results: Iterable[Result]) -> None:
        self.book = book
        self.results: Mapping[tuple[str, str], Result] = {(r.statement.key, r.statement.form): r for r in results}
        self.keys = tuple(book)
        self._order = {key: i for i, key in enumerate(self.keys)}
        self._routes: dict[str, tuple[Route, ...]] = {}
        self._falls: dict[str, bool] = {}

    @cached_property
    def uses(self) -> Mapping[str, tuple[str, ...]]:
        """Direct dependencies by key, of the form the paper prints (a repaired form has its own)."""
        return {key: tuple(dict.fromkeys(self.book.resolve(u) for u in self.main(key).uses)) for key in self.keys}

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """Direct users by key, in the ledger's order, among the statements of the run."""
        found: dict[str, list[str]] = {key: [] for key in self.keys}
        checked = {key for key, _ in self.results}
        for key in (k for k in self.keys if k in checked):
            for used in self.uses[key]:
                found[used].append(key)
        return {key: tuple(above) for key, above in found.items()}

    def implied_by(self, key: str) -> tuple[str, ...]:
        """Keys of the statements said to imply `key` with named constants."""
        return tuple(dict.fromkeys(self.book.resolve(i.by) for i in self.main(key).implied_by))

    def main(self, key: str) -> Statement:
        """The printed, defined or sharp form of a key."""
        forms = self.book[key]
        return next((s for s in forms if s.form != "repaired"), forms[0])

    def result(self, key: str) -> Result | None:
        """The result of the main form, or None."""
        return self.results.get((key, self.main(key).form))

    def repaired(self, key: str) -> Result | None:
        """The result of the repaired form of a key, or None."""
        return self.results.get((key, "repaired"))

    def repairs_of(self, key: str) -> tuple[Result, ...]:
        """Results of all repaired statements that name `key`, under its own key or another."""
        return tuple(r for r in self.results.values() if r.statement.repairs == key)

    def dependents(self, key: str) -> tuple[str, ...]:
        """All users, direct and through others, in the ledger's order."""
        return self._in_order(reachable(self.users, key) - {key})

    def dependencies(self, key: str) -> tuple[str, ...]:
        """All that a statement uses, directly and through others, in the ledger's order."""
        return self._in_order(reachable(self.uses, key) - {key})

    def _in_order(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(keys, key=self._order.__getitem__))

    def routes(self, key: str) -> tuple[Route, ...]:
        """Every way the statement `key` stands, strongest idea first; empty when nothing carries it."""
        if key not in self._routes:
            self._routes[key] = ()  # a cycle in `uses` carries nothing
            self._routes[key] = tuple(self._find_routes(key))
        return self._routes[key]

    def _find_routes(self, key: str) -> Iterable[Route]:
        statement, result = self.main(key), self.result(key)
        if statement.form == "definition":
            yield Route("checked", (key,), None)
            return
        if result is not None and result.verdict is Verdict.HOLDS:
            by = result.constants.get("implied_by")
            if by:
                yield Route("implied", (str(by),), result.evidence)
            else:
                yield Route("checked", (key,), result.evidence)
        for repaired in self.repairs_of(key):
            if repaired.verdict is Verdict.HOLDS:
                yield Route("repaired", (repaired.statement.key,), repaired.evidence)
        undecided = result is None or result.verdict in (Verdict.UNDETERMINED, Verdict.CONSISTENT)
        if undecided and self.uses[key] and all(self.routes(u) for u in self.uses[key]):
            yield Route("proof", self.uses[key], None)

    def falls(self, key: str) -> bool:
        """Whether a statement, or a step below it, is refuted, and nothing that is left to decide could carry it."""
        if key not in self._falls:
            self._falls[key] = False  # a cycle in `uses` brings nothing down
            result = self.result(key)
            refuted = result is not None and result.verdict is Verdict.REFUTED
            stands = self.routes(key) or self.pending(key)
            self._falls[key] = not stands and (refuted or any(self.falls(u) for u in self.uses[key]))
        return self._falls[key]

    def pending(self, key: str) -> tuple[tuple[str, str], ...]:
        """What would carry a statement and is not decided, each with what is known of it."""
        result, found = self.result(key), []
        for s in self.book.statements:
            state = self._undecided(self.results.get((s.key, s.form))) if s.repairs == key else None
            if state is not None:
                found.append(("its repaired form" if s.key == key else f"{s.key}, which repairs it,", state))
        if result is None or result.verdict is not Verdict.REFUTED:
            for by in self.implied_by(key):
                state = self._undecided(self.result(by))
                if state is not None:
                    found.append((f"{by}, which would imply it,", state))
        return tuple(found)

    @staticmethod
    def _undecided(result: Result | None) -> str | None:
        """What is known of something that is not decided; None where it is."""
        if result is None:
            return "not checked"
        return result.verdict.words if result.verdict in (Verdict.UNDETERMINED, Verdict.CONSISTENT) else None

    def state(self, key: str) -> str:
        """What is known of the main form of a key, in words, and of what would repair it."""
        result = self.result(key)
        if result is None:
            return "not checked"
        left = self.pending(key) if result.verdict in (Verdict.REFUTED, Verdict.VACUOUS) else ()
        return f"{result.verdict.words} as printed and {left[0][1]} as repaired" if left else result.verdict.words

    def consequences(self, key: str) -> tuple[Consequence, ...]:
        """What becomes of every statement above `key`, the conclusions first.

        A user survives when something carries it besides the refuted form: a statement that implies it, its own
        check, a repaired form of itself, or its printed proof with a repaired form at every broken step below it.
        """
        above = self.dependents(key)
        shaken = {key, *above}
        found = []
        for user in above:
            result = self.result(user)
            verdict = None if result is None else result.verdict
            routes = [r for r in self.routes(user) if r.how != "proof"]
            standing = verdict not in (Verdict.REFUTED, Verdict.VACUOUS)
            if standing and all(self.routes(u) for u in self.uses[user]):
                steps = tuple(self._step_words(u) for u in self.uses[user] if u in shaken)
                routes.append(Route("proof", steps, None))
            bare = [u for u in self.uses[user] if not self.routes(u)]
            missing = tuple(u for u in bare if self.falls(u))
            with_it = any(u in shaken for u in missing)
            open_steps = tuple((u, self.state(u)) for u in bare if u not in missing)
            mended = tuple((u, r.verdict.words) for u in missing for r in self.repairs_of(u))
            left = self.pending(user)
            found.append(
                Consequence(self.main(user), verdict, tuple(routes), missing, with_it, open_steps, mended, left)
            )
        return tuple(sorted(found, key=lambda c: (self._rank_kind(c.statement), self._order[c.statement.key])))

    def _step_words(self, key: str) -> str:
        result = self.result(key)
        broken = result is not None and result.verdict in (Verdict.REFUTED, Verdict.VACUOUS)
        return f"{key} repaired" if broken else key

    @staticmethod
    def _rank_kind(statement: Statement) -> int:
        return _KINDS.index(statement_kind(statement))

    def ranked(self, verdict: Verdict) -> tuple[Result, ...]:
        """Main forms with a verdict, those that matter most first.

        A theorem, corollary or proposition comes before the steps of proofs; then what brings something above it
        down; then by the number of statements that depend on it; then lemmas before equations; then in the paper's
        order.
        """
        chosen = [r for r in self.results.values() if r.verdict is verdict and r.statement.form != "repaired"]

        def weight(r: Result) -> tuple[bool, bool, int, int, int]:
            key = r.statement.key
            return (
                statement_kind(r.statement) not in CONCLUSIONS,
                not any(c.falls_with_it for c in self.consequences(key)),
                -len(self.dependents(key)),
                self._rank_kind(r.statement),
                self._order[key],
            )

        return tuple(sorted(chosen, key=weight))

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Where the trees start: a paper's theorems and corollaries, and what no other statement of it uses."""
        printed = {k for k in self.keys if self.main(k).form == "printed"}
        checked = {key for key, _ in self.results}
        with_proof = (k for k in self.keys if k in printed & checked and self.uses[k])
        return tuple(
            k for k in with_proof if statement_kind(self.main(k)) in CONCLUSIONS or not printed & {*self.users[k]}
        )


def reachable(below: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Everything below a key, directly or through others."""
    found: set[str] = set()
    stack = list(below[start])
    while stack:
        at = stack.pop()
        if at not in found:
            found.add(at)
            stack += below[at]
    return found
