"""The cells of a sweep: widths, input dimensions, samples, and the data they are drawn on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from sympy import Rational

from ...theory.language.cells import sizes_of
from ...theory.language.statements import Statement
from ..zhang2023.data import random_sphere
from .data import Dataset
from .seeds import seed_sequence

__all__ = ["Grid", "Place", "parse_sizes"]

_MOST_VALUES = 1000


def parse_sizes(text: str, name: str) -> tuple[int, ...]:
    """Read ``16,64,256`` or ``start:stop:xFACTOR`` or ``start:stop:+STEP`` (stop included).

    Examples
    --------
    >>> parse_sizes("16:128:x2", "--widths"), parse_sizes("1,10:30:+10", "--samples")
    ((16, 32, 64, 128), (1, 10, 20, 30))
    """
    values: list[int] = []
    for part in text.split(","):
        pieces = part.strip().split(":")
        try:
            if len(pieces) == 1:
                values.append(int(pieces[0]))
            elif len(pieces) == 3 and pieces[2][:1] in ("x", "+"):
                start, stop, step = int(pieces[0]), int(pieces[1]), int(pieces[2][1:])
                multiply = pieces[2][0] == "x"
                if start < 1 or step < (2 if multiply else 1):
                    raise ValueError
                while start <= stop and len(values) < _MOST_VALUES:
                    values.append(start)
                    start = start * step if multiply else start + step
            else:
                raise ValueError
        except ValueError:
            raise ValueError(
                f"{name}: found {part!r}; sizes are positive integers such as 64, 16,64,256, 16:4096:x2 or 10:50:+10"
            ) from None
    if not values or min(values) < 1:
        raise ValueError(f"{name}: found {text!r}; every size must be at least 1")
    return tuple(sorted(set(values)))


@dataclass(frozen=True)
class Place:
    """Sizes at which networks are drawn, and on which data."""

    m: int
    d: int
    n: int
    data: str

    @property
    def cell(self) -> dict[str, int]:
        return {"m": self.m, "d": self.d, "n": self.n}


@dataclass(frozen=True)
class Grid:
    """A sweep over (m, d, n).

    Attributes
    ----------
    widths, dims, samples : tuple of int
        Sizes; `dims` and `samples` are those of random points on the sphere.
    sphere : bool
        Whether random points of the √d-sphere are among the data.
    datasets : tuple of Dataset
        Real data, each with its own d and n.

    Examples
    --------
    >>> grid = Grid(widths=(16, 32), dims=(8,), samples=(10,))
    >>> [place.cell for place in grid.places()]
    [{'m': 16, 'd': 8, 'n': 10}, {'m': 32, 'd': 8, 'n': 10}]
    """

    widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
    dims: tuple[int, ...] = (16, 64, 256)
    samples: tuple[int, ...] = (100,)
    sphere: bool = True
    datasets: tuple[Dataset, ...] = field(default=(), hash=False)

    def __post_init__(self) -> None:
        for name, values in (("widths", self.widths), ("dims", self.dims), ("samples", self.samples)):
            if any(not isinstance(v, int) or isinstance(v, bool) or v < 1 for v in values) or not values:
                raise ValueError(f"{name} must be positive integers, found {values}")
        if not self.sphere and not self.datasets:
            raise ValueError("a grid needs data: the sphere, or at least one data set")

    def places(self) -> tuple[Place, ...]:
        """Where networks are drawn: every width on every data set."""
        found = []
        if self.sphere:
            found += [Place(m, d, n, "sphere") for d, n, m in product(self.dims, self.samples, self.widths)]
        for data in self.datasets:
            n, d = data.X.shape
            found += [Place(m, d, n, data.name) for m in self.widths]
        return tuple(found)

    def dataset(self, place: Place, seed: int) -> Dataset:
        """The data of a place: the points of a sphere are the same at every width."""
        for data in self.datasets:
            if data.name == place.data:
                return data
        rng = np.random.default_rng(seed_sequence(seed, f"sphere/{place.d}/{place.n}"))
        return random_sphere(place.n, place.d, rng)

    def cells(self, statement: Statement, places: Sequence[Place] | None = None) -> Iterator[dict[str, int | Fraction]]:
        """Cells of the sweep (or of `places`) at which `statement` applies, in its sizes and at each of its points."""
        names = [s for s in ("m", "d", "n") if s in sizes_of(statement)]
        sizes: list[dict[str, int | Fraction]]
        if statement.grid:
            sizes = [dict(zip(names, v, strict=True)) for v in product(*[statement.grid.get(s, (1,)) for s in names])]
        else:
            sizes = [{s: place.cell[s] for s in names} for place in places or self.places()]
        seen = set()
        for at in sizes:
            for listed in statement.points:
                cell: dict[str, int | Fraction] = {**at, **_exact(listed)}
                label = tuple(cell.items())
                if label not in seen and not statement.applies(cell):
                    seen.add(label)
                    yield cell


def _exact(listed: Mapping[Any, Any]) -> dict[str, int | Fraction]:
    values: dict[str, int | Fraction] = {}
    for symbol, value in listed.items():
        exact = Rational(value)
        values[symbol.name] = int(exact.p) if exact.q == 1 else Fraction(int(exact.p), int(exact.q))
    return values
