"""A ledger: every statement of a paper by key and form."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from .statements import Statement

__all__ = ["Ledger"]

_FORMS = {"definition": 0, "printed": 0, "repaired": 1, "sharp": 2}


class Ledger(Mapping[str, tuple[Statement, ...]]):
    """Statements in the paper's order; ``ledger[key]`` is the tuple of forms, printed first.

    Parameters
    ----------
    statements : iterable of Statement

    Raises
    ------
    ValueError
        When two statements have the same key and form, or one refers to a key that does not exist.

    Examples
    --------
    >>> from whp.theory import Claim, Link, Source, Statement, size
    >>> k = size("k")
    >>> even = Statement("even", "printed", "2k is at least k", Source("me", "p. 1"), (Claim((Link(2 * k, ">=", k),)),))
    >>> [s.form for s in Ledger([even])["even"]]
    ['printed']
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
