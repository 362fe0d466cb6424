"""Paths of cells along which a claim's regime grows, such as ``m -> oo at fixed d, n`` or ``d -> oo at fixed m/d``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from .models import Cell
from .statements import Statement

__all__ = ["cell_order", "cell_text", "decades", "growing_size", "paths"]

Key = tuple[tuple[str, int | Fraction], ...]


def growing_size(regime: str | None) -> str | None:
    """The size a regime sends to infinity, or None when it names none.

    Examples
    --------
    >>> growing_size("m -> oo at fixed d, n"), growing_size(None)
    ('m', None)
    """
    found = re.match(r"\s*(\w+)\s*->\s*oo", regime or "")
    return None if found is None else found.group(1)


def paths(cells: Iterable[Cell], regime: str) -> dict[Key, list[Cell]]:
    """Cells grouped into paths of the regime and sorted along it; the key is what stays fixed.

    Examples
    --------
    >>> cells = [{"m": 8, "d": 2}, {"m": 16, "d": 4}, {"m": 16, "d": 2}]
    >>> [len(found) for found in paths(cells, "m -> oo at fixed d").values()]
    [2, 1]
    >>> sorted(paths(cells, "d -> oo at fixed m/d"))
    [(('m/d', Fraction(4, 1)),), (('m/d', Fraction(8, 1)),)]
    """
    size = growing_size(regime)
    if size is None:
        return {}
    tied = re.search(r"fixed\b.*\bm\s*/\s*d", regime) is not None
    found: dict[Key, list[Cell]] = {}
    for cell in (c for c in cells if size in c):
        rest = {k: v for k, v in cell.items() if k != size}
        if tied:
            rest = {k: v for k, v in cell.items() if k not in ("m", "d")} | {"m/d": Fraction(cell["m"]) / cell["d"]}
        found.setdefault(tuple(rest.items()), []).append(cell)
    return {key: sorted(along, key=lambda c: c[size]) for key, along in found.items()}


def decades(along: list[Cell], size: str) -> float:
    """How many decades a sorted path spans."""
    return math.log10(along[-1][size] / along[0][size])


def cell_text(cell: Mapping[str, int | Fraction]) -> str:
    """``m = 4, d = 9`` for messages."""
    return ", ".join(f"{k} = {v}" for k, v in cell.items())


def sizes_of(statement: Statement) -> set[str]:
    """Names of the sizes a statement depends on: its symbols, its models' parameters, and n when it says "all n"."""
    from .events import Event

    names = set(statement.symbols)
    for link in statement.links:
        for rv in link.rvs:
            names |= set(rv.model.params) - {"n"}
        names |= {"n" for e in link.lhs.atoms(Event) | link.rhs.atoms(Event) if e.over == "all n"}
    return names


def cell_order(cell: Cell) -> tuple[Any, ...]:
    """The order in which "smallest counterexample" is meant: max(m, d, n), then the sum, then lexicographic."""
    sizes = [cell[s] for s in ("m", "d", "n") if s in cell]
    rest = sorted((k, v) for k, v in cell.items() if k not in ("m", "d", "n"))
    return (max(sizes, default=0), sum(sizes), sizes, [v for _, v in rest])
