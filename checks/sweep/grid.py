"""The cells of a sweep: values of the sizes, and the data on which models are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Any

from ...theory.language.cells import Number, staggered
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Statement
from .data import Dataset, RandomInputs

__all__ = ["NO_DATA", "Grid", "Place", "parse_sizes"]

_MOST_VALUES = 1000
# The data of a model that is drawn on none.
NO_DATA = "-"


def parse_sizes(text: str, name: str, least: int = 1) -> tuple[int, ...]:
    """Read ``16,64,256`` or ``start:stop:xFACTOR`` or ``start:stop:+STEP`` (stop included), from `least` upwards.

    Examples
    --------
    >>> parse_sizes("16:128:x2", "--size k"), parse_sizes("1,10:30:+10", "--size k")
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
                if start < (1 if multiply else least) or step < (2 if multiply else 1):
                    raise ValueError
                while start <= stop and len(values) <= _MOST_VALUES:
                    values.append(start)
                    start = start * step if multiply else start + step
            else:
                raise ValueError
        except ValueError:
            raise ValueError(
                f"{name}: found {part!r}; sizes are positive integers such as 64, 16,64,256, 16:4096:x2 or 10:50:+10"
            ) from None
    if not values or min(values) < least:
        raise ValueError(f"{name}: found {text!r}; every size must be at least {least}")
    if len(values) > _MOST_VALUES:
        raise ValueError(f"{name}: found {text!r}, more than {_MOST_VALUES} values; take a larger step")
    return tuple(sorted(set(values)))


@dataclass(frozen=True)
class Place:
    """Sizes at which models are drawn, and on which data.

    Attributes
    ----------
    sizes : mapping of str to int
    data : str
        The name of the data, `NO_DATA` where there is none.
    """

    sizes: Mapping[str, int] = field(hash=False)
    data: str = NO_DATA

    @property
    def cell(self) -> dict[str, int]:
        return dict(self.sizes)


@dataclass(frozen=True)
class Grid:
    """A sweep over sizes, of any names and number.

    Attributes
    ----------
    sizes : mapping of str (or of Parameter) to a sequence of int
        The values of each size, in the order in which cells name them; sizes that a statement needs and the grid does
        not have take values of their own.
    inputs : RandomInputs, optional
        Random data, drawn anew for each value of their sizes.
    datasets : tuple of Dataset
        Given data, each with the sizes it fixes.
    on_inputs : bool
        Whether the sweep itself is made on the random inputs; engines that name places of their own may be drawn on
        them all the same.

    Examples
    --------
    >>> grid = Grid({"k": (16, 32), "r": (2,)})
    >>> [place.cell for place in grid.places()]
    [{'k': 16, 'r': 2}, {'k': 32, 'r': 2}]
    """

    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    inputs: RandomInputs | None = None
    datasets: tuple[Dataset, ...] = field(default=(), hash=False)
    on_inputs: bool = True

    def __post_init__(self) -> None:
        named: dict[str, tuple[int, ...]] = {}
        for size, values in dict(self.sizes).items():
            name = size.name if isinstance(size, Parameter) else size
            chosen = (values,) if isinstance(values, int) else tuple(values)
            if any(not isinstance(v, int) or isinstance(v, bool) or v < 0 for v in chosen) or not chosen:
                raise ValueError(f"the values of {name} must be integers of at least 0, found {values}")
            named[name] = chosen
        object.__setattr__(self, "sizes", MappingProxyType(named))
        if self.inputs is not None and not self.on_inputs and not self.datasets:
            raise ValueError(f"a grid needs data: {self.inputs.name}, or at least one data set")

    def __reduce__(self) -> tuple[type[Grid], tuple[Any, ...]]:
        return Grid, (dict(self.sizes), self.inputs, self.datasets, self.on_inputs)

    def covering(self, parameters: Iterable[Parameter]) -> Grid:
        """This grid with values for the sizes among `parameters` that it lacks."""
        fixed = {axis for data in self.datasets for axis in data.axes}
        missing = {p.name: int(p.low) for p in parameters if p.is_size and p.name not in {*self.sizes, *fixed}}
        if not missing:
            return self
        return Grid({**self.sizes, **staggered(missing)}, self.inputs, self.datasets, self.on_inputs)

    def places(self) -> tuple[Place, ...]:
        """Where models are drawn: all values of the sizes, those that data fix together with the data."""
        found: list[Place] = []
        if self.inputs is not None and self.on_inputs:
            found += self._spread(self.inputs.axes, {}, self.inputs.name)
        elif not self.datasets:
            found += self._spread((), {}, NO_DATA)
        for data in self.datasets:
            found += self._spread((), data.sizes, data.name)
        return tuple(found)

    def _spread(self, first: Sequence[str], fixed: Mapping[str, int], data: str) -> list[Place]:
        """Places at all values of the sizes that are not fixed; the sizes in `first` vary most slowly."""
        order = [s for s in first if s not in fixed] + [s for s in self.sizes if s not in fixed and s not in first]
        names = [*self.sizes, *(s for s in (*first, *fixed) if s not in self.sizes)]
        found = []
        for values in product(*(self.sizes[s] for s in order)):
            chosen = {**fixed, **dict(zip(order, values, strict=True))}
            found.append(Place({s: chosen[s] for s in names}, data))
        return found

    def dataset(self, place: Place, seed: int) -> Dataset:
        """The data of a place.

        Raises
        ------
        ValueError
            When the grid has no data of that name.
        """
        for data in self.datasets:
            if data.name == place.data:
                return data
        if self.inputs is None or self.inputs.name != place.data:
            raise ValueError(f"the model is drawn on data and the grid has none called {place.data!r}; give it inputs")
        return self.inputs.at(place.sizes, seed)

    def cells(self, statement: Statement, places: Sequence[Place] | None = None) -> Iterator[dict[str, Number]]:
        """Cells of the sweep (or of `places`) at which `statement` applies, in its sizes and at each of its points."""
        names = statement.sizes
        at: list[dict[str, Number]]
        if statement.grid:
            at = [
                dict(zip(names, v, strict=True))
                for v in product(*[statement.grid.get(s, (statement.least[s],)) for s in names])
            ]
        else:
            at = [{s: place.sizes[s] for s in names if s in place.sizes} for place in places or self.places()]
        seen = set()
        for sizes in at:
            for listed in statement.exact_points:
                cell = {**sizes, **listed}
                label = tuple(cell.items())
                if label not in seen and not statement.applies(cell):
                    seen.add(label)
                    yield cell
