"""A statement of another source with its truth, as a newcomer would type it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from whp.checks import Engine, Result, check
from whp.theory import Claim, Hypothesis, Link, Model, Regime, Source, Statement

__all__ = ["Entry", "typed"]


@dataclass(frozen=True)
class Entry:
    """One row of the table.

    Attributes
    ----------
    key : str
        Its id.
    truth : bool
    words : str
        What it says.
    statement : Statement
    reading : str
        How it was typed where that is less than what it says, such as "eps at listed values".
    engines : mapping
    options : mapping
        Further arguments of `check`.
    slow : bool
        Whether it takes more than a few seconds.
    """

    key: str
    truth: bool
    words: str
    statement: Statement
    reading: str = ""
    engines: Mapping[Model, Engine] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    slow: bool = False

    def check(self) -> Result:
        """What the checks say of it."""
        return check(self.statement, engines=self.engines, **self.options)


def typed(
    key: str,
    truth: bool,
    words: str,
    *links: Link,
    where: tuple[Any, ...] = (),
    points: tuple[Any, ...] = ({},),
    grid: Mapping[Any, tuple[int, ...]] | None = None,
    exists: tuple[Any, ...] = (),
    regime: Regime | None = None,
    **more: Any,
) -> Entry:
    """An entry of one claim; `where` are relations that restrict its domain."""
    hypotheses = tuple(Hypothesis(relation, str(relation)) for relation in where)
    claim = Claim(links, exists=exists, regime=regime)
    statement = Statement(
        key, "printed", words, Source("corpus", key), (claim,), hypotheses, points=points, grid=grid or {}
    )
    return Entry(key, truth, words, statement, **more)
