"""Cells: values of a statement's parameters, their order, and the paths along which they grow.

This is the one place that knows the order of sizes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from sympy import Symbol

from ..calculus.exact import Number
from .parameters import Parameter

__all__ = [
    "Cell",
    "Number",
    "Regime",
    "cell_order",
    "cell_text",
    "corner_paths",
    "decades",
    "doublings",
    "exhaustive",
    "largest_size",
    "layered",
    "paths",
    "smallest_cells",
    "staggered",
]

Cell = Mapping[str, Number]
_Key = tuple[tuple[str, Number], ...]

# Cells whose largest size is at most this are all asked, by the number of sizes.
_EXHAUSTIVE = {0: 0, 1: 64, 2: 64, 3: 16}
_EXHAUSTIVE_MORE = 6
_FIRST = 3
_DOUBLINGS = tuple(2**j for j in range(7, 21))
_CORNER_DOUBLINGS = tuple(2**j for j in range(4, 13))
_CORNER_FURTHER = tuple(2**j for j in range(13, 23))
_CORNER = 4


def cell_order(cell: Cell, sizes: Sequence[str]) -> tuple[Any, ...]:
    """The order in which "smallest" is meant: the largest size first, then their sum, then lexicographic.

    Parameters
    ----------
    cell : mapping of str to int or Fraction
    sizes : sequence of str
        Which entries are sizes, in the order that settles ties; the other entries settle what is left by name.

    Examples
    --------
    >>> cells = [{"m": 2, "d": 1}, {"m": 1, "d": 2}, {"m": 1, "d": 1}]
    >>> sorted(cells, key=lambda c: cell_order(c, ("m", "d")))
    [{'m': 1, 'd': 1}, {'m': 1, 'd': 2}, {'m': 2, 'd': 1}]
    """
    values = [cell[s] for s in sizes if s in cell]
    rest = sorted((k, v) for k, v in cell.items() if k not in sizes)
    return (max(values, default=0), sum(values), values, [v for _, v in rest])


def cell_text(cell: Cell) -> str:
    """``m = 4, d = 9`` for messages.

    Examples
    --------
    >>> cell_text({"m": 4, "d": 9})
    'm = 4, d = 9'
    """
    return ", ".join(f"{k} = {v}" for k, v in cell.items())


def largest_size(cell: Cell, sizes: Sequence[str]) -> int:
    """The largest size of a cell; 0 without one."""
    return max((int(cell[s]) for s in sizes if s in cell), default=0)


def layered(least: Mapping[str, int], largest: int) -> Iterator[dict[str, Number]]:
    """All cells up to `largest` in every size, in `cell_order`.

    Parameters
    ----------
    least : mapping of str to int
        The smallest value of each size, in the order that settles ties.
    largest : int

    Examples
    --------
    >>> [tuple(cell.values()) for cell in layered({"m": 1, "d": 1}, 2)]
    [(1, 1), (1, 2), (2, 1), (2, 2)]
    """
    if not least:
        yield {}
    for most in range(min(least.values()), largest + 1) if least else ():
        ranges = [range(low, most + 1) for low in least.values()]
        layer = (values for values in product(*ranges) if max(values) == most)
        for values in sorted(layer, key=lambda v: (sum(v), v)):
            yield dict(zip(least, values, strict=True))


def exhaustive(sizes: Sequence[str] | Mapping[str, int]) -> int:
    """Up to which largest size `smallest_cells` leaves out no cell, by the number of sizes.

    Examples
    --------
    >>> exhaustive(("m", "d")), exhaustive(("m", "d", "n"))
    (64, 16)
    """
    return _EXHAUSTIVE.get(len(sizes), _EXHAUSTIVE_MORE)


def smallest_cells(least: Mapping[str, int], ends: Mapping[str, int] | None = None) -> Iterator[dict[str, Number]]:
    """Every small cell, then products of doublings, each in `cell_order`; one empty cell where there is no size.

    Parameters
    ----------
    least : mapping of str to int
        The smallest value of each size, in the order that settles ties.
    ends : mapping of str to int, optional
        The largest value of sizes that have one: it is among the doublings, and none lies beyond it.

    Examples
    --------
    >>> [cell["n"] for cell in smallest_cells({"n": 1}, {"n": 300})][-3:]
    [128, 256, 300]
    """
    sizes = tuple(least)
    small = exhaustive(sizes)
    wide = _DOUBLINGS if len(sizes) <= 3 else _DOUBLINGS[:: 2 * len(sizes)]
    # A size that starts beyond the small ones takes its first few values.
    near = [range(low, max(small, low + _FIRST) + 1) for low in least.values()]
    groups: list[Iterable[tuple[int, ...]]] = [product(*near)]
    if sizes:
        far = [[v for v in wide if v >= low] or [low] for low in least.values()]
        for values, size in zip(far, sizes, strict=True):
            if ends is not None and size in ends:
                values[:] = sorted({least[size], *(v for v in values if v <= ends[size]), ends[size]})
        groups.append(product(*far))
    for group in groups:
        cells: list[dict[str, Number]] = [dict(zip(sizes, values, strict=True)) for values in group]
        yield from sorted(cells, key=lambda c: cell_order(c, sizes))


def doublings(sizes: Sequence[str]) -> Iterator[dict[str, Number]]:
    """Cells far out: the first size 2^4 ... 2^22, each further one a quarter of the one before it.

    Examples
    --------
    >>> next(doublings(("m", "d")))
    {'m': 16, 'd': 4}
    """
    for j in range(4, 23):
        yield {name: 2 ** max(0, j - 2 * i) for i, name in enumerate(sizes)}


def corner_paths(
    sizes: Sequence[str], *, longer: bool = False
) -> tuple[tuple[str, tuple[dict[str, Number], ...]], ...]:
    """Paths into the corners of the sizes, with their names: all equal, then each alone with the others at 4.

    They go from 16 to 4096, or to 4 194 304 where `longer`.

    Examples
    --------
    >>> [name for name, _ in corner_paths(("m", "d"))]
    ['m = d', 'd -> oo at m = 4', 'm -> oo at d = 4']
    """
    steps = (*_CORNER_DOUBLINGS, *_CORNER_FURTHER) if longer else _CORNER_DOUBLINGS
    diagonal: tuple[dict[str, Number], ...] = tuple(dict.fromkeys(sizes, k) for k in steps)
    if len(sizes) == 1:
        return ((f"{sizes[0]} -> oo", diagonal),)
    found: list[tuple[str, tuple[dict[str, Number], ...]]] = [(" = ".join(sizes), diagonal)]
    for size in reversed(sizes):
        held = " = ".join([*(s for s in sizes if s != size), str(_CORNER)])
        along = tuple({s: k if s == size else _CORNER for s in sizes} for k in steps)
        found.append((f"{size} -> oo at {held}", along))
    return tuple(found)


def staggered(least: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Values of sizes nobody gave: the more of them, the fewer each.

    Parameters
    ----------
    least : mapping of str to int
        The smallest value of each size without values.

    Examples
    --------
    >>> staggered({"k": 1})
    {'k': (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)}
    """
    chosen = {1: tuple(2**j for j in range(4, 13)), 2: (16, 64, 256, 1024), 3: (4, 16, 64)}.get(len(least), (4, 16))
    return {name: tuple(dict.fromkeys(max(v, low) for v in chosen)) for name, low in least.items()}


@dataclass(frozen=True)
class Regime:
    """What grows, and what stays fixed while it does.

    Attributes
    ----------
    size : Parameter
        The size that goes to infinity.
    fixed : tuple of Parameter
        Sizes that stay as they are.
    tied : mapping of Parameter to Symbol
        Sizes that grow in proportion: ``{m: gamma}`` with `size` d keeps m/d = gamma.

    Examples
    --------
    >>> from .parameters import real, sizes
    >>> m, d, n = sizes("m d n")
    >>> print(Regime(m, fixed=(d, n)))
    m -> oo at fixed d, n
    >>> print(Regime(d, fixed=(n,), tied={m: real("gamma", 0)}))
    d -> oo at fixed m/d, n
    """

    size: Parameter
    fixed: tuple[Parameter, ...] = ()
    tied: Mapping[Parameter, Symbol] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        held = [*(f"{s}/{self.size}" for s in self.tied), *map(str, self.fixed)]
        return f"{self.size} -> oo" + (f" at fixed {', '.join(held)}" if held else "")

    def cell(self, size: int, rates: Mapping[str, Number]) -> dict[str, Number]:
        """The cell of the regime at one value of its size; `rates` are the values of the tied sizes' symbols."""
        found: dict[str, Number] = {s.name: max(1, int(rates[rate.name] * size)) for s, rate in self.tied.items()}
        return {**found, self.size.name: size}


def paths(cells: Iterable[Cell], regime: Regime) -> dict[_Key, list[Cell]]:
    """Cells grouped into paths of the regime and sorted along it; the key is what stays fixed.

    Examples
    --------
    >>> from .parameters import real, sizes
    >>> m, d = sizes("m d")
    >>> cells = [{"m": 8, "d": 2}, {"m": 16, "d": 4}, {"m": 16, "d": 2}]
    >>> [len(found) for found in paths(cells, Regime(m, fixed=(d,))).values()]
    [2, 1]
    >>> sorted(paths(cells, Regime(d, tied={m: real("gamma", 0)})))
    [(('m/d', Fraction(4, 1)),), (('m/d', Fraction(8, 1)),)]
    """
    size, tied = regime.size.name, [s.name for s in regime.tied]
    found: dict[_Key, list[Cell]] = {}
    for cell in (c for c in cells if c.get(size, 0) > 0):  # what starts at 0 grows from 1 on
        rest = {k: v for k, v in cell.items() if k != size and k not in tied}
        rest |= {f"{s}/{size}": Fraction(cell[s]) / cell[size] for s in tied if s in cell}
        found.setdefault(tuple(rest.items()), []).append(cell)
    return {key: sorted(along, key=lambda c: c[size]) for key, along in found.items()}


def decades(along: Sequence[Cell], size: str) -> float:
    """How many decades a sorted path spans."""
    return math.log10(along[-1][size] / along[0][size])
