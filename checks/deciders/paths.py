"""Paths of cells along which a claim's regime grows, such as ``m -> oo at fixed d, n`` or ``d -> oo at fixed m/d``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction

from ...theory.core import Cell

__all__ = ["decades", "growing_size", "paths"]

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
