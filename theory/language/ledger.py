"""A ledger: every statement of a paper by key and form."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping

from .statements import Statement

__all__ = ["Ledger", "nearest", "plain_key"]

_FORMS = {"definition": 0, "printed": 0, "repaired": 1, "sharp": 2}
# What a paper calls its statements, and how a key begins that stands for one.
_KINDS = {
    "theorem": "thm",
    "theo": "thm",
    "th": "thm",
    "lemma": "lem",
    "corollary": "cor",
    "coro": "cor",
    "proposition": "prop",
    "equation": "eq",
    "eqn": "eq",
    "remark": "rem",
    "definition": "def",
    "figure": "fig",
}
_NUMBERED = re.compile(r"([^\W\d_]+)[.\s~_-]*\(?(?=\d)(.*)", re.DOTALL)


def plain_key(text: str) -> str:
    """A key regardless of case, spaces and of how the kind of a numbered statement is written.

    Examples
    --------
    >>> [plain_key(text) for text in ("Theorem 3.1", "thm 3.1", "eq. (9)", "Lem6.1.E1", "Simplified model")]
    ['thm3.1', 'thm3.1', 'eq9', 'lem6.1.e1', 'simplified-model']
    """
    plain = " ".join(text.casefold().split())
    found = _NUMBERED.fullmatch(plain)
    if found:
        word, rest = found.groups()
        plain = _KINDS.get(word, word) + re.sub(r"(?<=\d)\)", "", rest)
    return re.sub(r"[\s_~-]+", "-", plain)


def nearest(key: str, names: Iterable[str]) -> str:
    """The name most like a key; empty where there are no names.

    Examples
    --------
    >>> nearest("Theorem 31", ["lem3.1", "thm3.1"])
    'thm3.1'
    """
    plain = {plain_key(name): name for name in names}
    near = difflib.get_close_matches(plain_key(key), plain, n=1, cutoff=0.0)
    return plain[near[0]] if near else ""


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
        self._plain: dict[str, set[str]] = {}
        for name, key in (*((key, key) for key in self._by_key), *self._alias.items()):
            self._plain.setdefault(plain_key(name), set()).add(key)
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
        return isinstance(key, str) and (self.has(key) or len(self._plain.get(plain_key(key), ())) == 1)

    def has(self, key: str) -> bool:
        """Whether a key or alias is there as it is written."""
        return key in self._by_key or key in self._alias

    def resolve(self, key: str) -> str:
        """The key that a key or an alias stands for, as it is written or else by `plain_key`.

        Raises
        ------
        KeyError
            For an unknown one, with the nearest; or where only case or spaces tell two statements apart.

        Examples
        --------
        >>> from whp.theory import Claim, Link, Source, Statement, size
        >>> k = size("k")
        >>> even = Statement("lem2.1", "printed", "", Source("me", "p. 1"), (Claim((Link(2 * k, ">=", k),)),))
        >>> Ledger([even]).resolve("Lemma 2.1")
        'lem2.1'
        """
        if key in self._by_key:
            return key
        if key in self._alias:
            return self._alias[key]
        found = sorted(self._plain.get(plain_key(key), ()))
        if len(found) == 1:
            return found[0]
        if found:
            raise KeyError(f"{key!r} may be {' or '.join(map(repr, found))}; write one of them")
        near = nearest(key, [*self._by_key, *self._alias])
        raise KeyError(f"no statement {key!r}; the nearest key is {near!r} (`whp statements` lists all)")

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
