"""The ledger: every statement of a paper by key and form, and the register for a user's own.

Examples
--------
>>> from whp.theory import ledger
>>> [s.form for s in ledger("zhang2023")["eq9"]]
['printed', 'repaired']
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from .statements import Statement

__all__ = ["Ledger", "ledger", "register"]

_FORMS = {"definition": 0, "printed": 0, "repaired": 1, "sharp": 2}
_REGISTERED: dict[str, list[Statement]] = {}


class Ledger(Mapping[str, tuple[Statement, ...]]):
    """Statements in the paper's order; ``ledger[key]`` is the tuple of forms, printed first.

    Parameters
    ----------
    statements : iterable of Statement

    Raises
    ------
    ValueError
        When two statements have the same key and form, or one refers to a key that does not exist.
    """

    def __init__(self, statements: Iterable[Statement]) -> None:
        self.statements = tuple(statements)
        self._by_key: dict[str, tuple[Statement, ...]] = {}
        self._alias: dict[str, str] = {}
        for s in self.statements:
            forms = self._by_key.get(s.key, ())
            if any(t.form == s.form for t in forms):
                raise ValueError(f"the ledger already has {s.key} in form {s.form!r}; give the statement another key")
            self._by_key[s.key] = tuple(sorted((*forms, s), key=lambda t: _FORMS[t.form]))
            self._alias |= dict.fromkeys(s.aliases, s.key)
        for s in self.statements:
            for key in (*s.uses, *(i.by for i in s.implied_by), *((s.repairs,) if s.repairs else ())):
                if key not in self._by_key:
                    raise ValueError(f"{s.key} refers to {key!r}, which is not in the ledger")

    def __getitem__(self, key: str) -> tuple[Statement, ...]:
        return self._by_key[self.resolve(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key or key in self._alias

    def resolve(self, key: str) -> str:
        """The key an alias stands for; ``KeyError`` with the nearest key for an unknown one."""
        if key in self._by_key:
            return key
        if key in self._alias:
            return self._alias[key]
        near = difflib.get_close_matches(key, [*self._by_key, *self._alias], n=1, cutoff=0.0)
        raise KeyError(f"no statement {key!r}; the nearest key is {near[0]!r} (`whp statements` lists all)")

    def with_dependencies(self, keys: Iterable[str]) -> tuple[str, ...]:
        """`keys` and everything they use or are implied by, in the ledger's order."""
        wanted: set[str] = set()
        stack = [self.resolve(k) for k in keys]
        while stack:
            key = stack.pop()
            if key in wanted:
                continue
            wanted.add(key)
            for s in self._by_key[key]:
                stack += [*s.uses, *(i.by for i in s.implied_by)]
        return tuple(k for k in self._by_key if k in wanted)


def register(*statements: Statement, paper: str = "user") -> Ledger:
    """Add a user's own statements to a ledger of its own and return it.

    Parameters
    ----------
    *statements : Statement
    paper : str
        The citation key the ledger is asked for with ``ledger(paper)``.
    """
    merged = {(s.key, s.form): s for s in (*_REGISTERED.get(paper, ()), *statements)}
    book = Ledger(merged.values())
    _REGISTERED[paper] = list(book.statements)
    return book


def ledger(paper: str = "zhang2023") -> Ledger:
    """The ledger of a paper, `zhang2023` or one filled with `register`."""
    if paper == "zhang2023":
        from ..zhang2023 import STATEMENTS

        return Ledger(STATEMENTS)
    if paper in _REGISTERED:
        return Ledger(_REGISTERED[paper])
    raise KeyError(f"no ledger {paper!r}; there are {sorted(['zhang2023', *_REGISTERED])}")
