"""Where the time of a run went: seconds of a processor by statement and by part of the work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ...theory.language.statements import Statement
from ..sweep.draws import DrawTask
from ..sweep.store import Spent
from .plan import name_of
from .tasks import (
    AdmittedTask,
    CellTask,
    CompareTask,
    ConstantTask,
    CornerTask,
    DomainTask,
    FarTask,
    NamedTask,
    ProofTask,
    RefutedTask,
    SharpTask,
    SmallTask,
    SupportTask,
)

__all__ = ["DRAWS", "Costs", "cost_rows", "costs"]

DRAWS = "draws"
_PARTS: Mapping[str, str] = {
    DomainTask.__name__: "whole domain",
    NamedTask.__name__: "constants",
    CornerTask.__name__: "constants",
    AdmittedTask.__name__: "constants",
    SupportTask.__name__: "constants",
    ProofTask.__name__: "proofs",
    CellTask.__name__: "listed cells",
    SmallTask.__name__: "small cells",
    CompareTask.__name__: "law beside draws",
    RefutedTask.__name__: "counterexample",
    FarTask.__name__: "far out",
    SharpTask.__name__: "sharp constant",
    ConstantTask.__name__: "sharp constant",
    DrawTask.__name__: DRAWS,
}

Costs = Mapping[str, Mapping[str, float]]
"""Seconds by statement (key and form; `DRAWS` for what statements share) and by part."""


def costs(statements: Iterable[Statement], spent: Iterable[tuple[str, Spent]]) -> Costs:
    """Add up what finished pieces of work took.

    Parameters
    ----------
    statements : iterable of Statement
    spent : iterable of (str, Spent)
        As a store has it, by the names of the pieces.
    """
    known = {name_of(s): f"{s.key} {s.form}" for s in statements}
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name, piece in spent:
        part = _PARTS.get(piece.kind, piece.kind)
        owner = DRAWS if part == DRAWS else next((key for at, key in known.items() if name.startswith(f"{at}/")), name)
        found[owner][part] += piece.seconds
    return {owner: {part: round(seconds, 3) for part, seconds in parts.items()} for owner, parts in found.items()}


def cost_rows(found: Costs, least: float = 0.1) -> Sequence[tuple[str, str, str]]:
    """Rows of a table, the most expensive first: statement, seconds, and which of them went into what.

    Parameters
    ----------
    found : mapping
        As `costs` returns it.
    least : float
        Rows of fewer seconds, and parts of fewer, are left out.

    Examples
    --------
    >>> for row in cost_rows({"lem1 printed": {"whole domain": 2.0, "small cells": 0.5}, "draws": {"draws": 4.0}}):
    ...     print(*row)
    draws 4.0 draws 4.0
    lem1 printed 2.5 whole domain 2.0, small cells 0.5
    all 6.5 draws 4.0, whole domain 2.0, small cells 0.5
    """
    total: dict[str, float] = defaultdict(float)
    for parts in found.values():
        for part, seconds in parts.items():
            total[part] += seconds
    dear = sorted(found.items(), key=lambda item: -sum(item[1].values()))
    return [_row(owner, parts, least) for owner, parts in dear if sum(parts.values()) >= least] + [
        _row("all", total, least)
    ]


def _row(owner: str, parts: Mapping[str, float], least: float) -> tuple[str, str, str]:
    told = [f"{part} {seconds:.1f}" for part, seconds in sorted(parts.items(), key=lambda item: -item[1])]
    shown = [words for words in told if float(words.rpartition(" ")[2]) >= least]
    return owner, f"{sum(parts.values()):.1f}", ", ".join(shown)
