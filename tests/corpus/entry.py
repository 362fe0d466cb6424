"""A statement of another source with its truth, typed as a newcomer would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from whp.checks import Engine, Result, check
from whp.theory import Model, Regime, Statement, claim
from whp.theory.language.domains import read_constants
from whp.theory.language.parameters import Parameter
from whp.theory.language.text import Reader

from .moved import MOVED

__all__ = ["Entry", "typed"]


@dataclass(frozen=True)
class Entry:
    """One row of the table.

    Attributes
    ----------
    key : str
        Its id.
    truth : bool
    quantifier : str
        What its parameters range over, as the source's list has it.
    texts : tuple of str
        What was typed.
    statement : Statement
    reading : str
        What of it was reduced by hand, or typed narrower than it says.
    lines : int
        How many lines were typed.
    engines : mapping
        A hand-written sampler, where there is one.
    options : mapping
        Further arguments of `check`.
    slow : bool
        Whether it takes more than a few seconds.
    moved : tuple of (str, bool)
        The claim with its constant moved by 2 %, and whether that is true.
    let : mapping of str
        What names stand for in the texts.
    """

    key: str
    truth: bool
    quantifier: str
    texts: tuple[str, ...]
    statement: Statement
    reading: str = ""
    lines: int = 1
    engines: Mapping[Model, Engine] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    slow: bool = False
    moved: tuple[tuple[str, bool], ...] = ()
    let: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> Result:
        """What the checks say of it."""
        return check(self.statement, **self.more)

    @property
    def more(self) -> dict[str, Any]:
        """Further arguments of `check`."""
        return {**({"engines": self.engines} if self.engines else {}), **self.options}


def typed(
    key: str,
    truth: bool,
    quantifier: str,
    *texts: str,
    parameters: Iterable[Parameter] = (),
    let: Iterable[str] = (),
    where: Iterable[str] = (),
    exists: str = "",
    regime: Regime | None = None,
    **more: Any,
) -> Entry:
    """An entry from what one types: claims, names that are let, domains and hypotheses."""
    declared = {p.name: p for p in parameters}
    declared |= {c.name: c for c in read_constants(exists, declared)} if exists else {}
    reader = Reader(declared, {})
    let, where = tuple(let), tuple(where)
    for text in let:
        reader.define(text)
    statement = claim(
        *texts, where=where, let=reader.let, parameters=declared.values(), regime=regime, key=key, source="corpus"
    )
    lines = len(texts) + len(let) + bool(declared) + bool(where) + bool(exists)
    return Entry(
        key, truth, quantifier, texts, statement, lines=lines, let=reader.let, moved=MOVED.get(key, ()), **more
    )
