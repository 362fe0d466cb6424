"""Where theory meets arrays: how each model is drawn, how each random variable is measured, and exact instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.language.cells import Cell
from ...theory.language.models import RV, Model
from .data import Dataset
from .grid import Grid, Place

__all__ = ["Engine", "Engines", "Measure", "Sampler"]

Array = NDArray[np.float64]
Sampler = Callable[[Cell, np.random.Generator, int, Dataset | None], Any]
Measure = Callable[[Any], Array]


def _unit_cost(cell: Cell) -> float:
    return 1.0


def _thousand(cell: Cell) -> int:
    return 1024


@dataclass(frozen=True)
class Engine:
    """How a model runs.

    Attributes
    ----------
    sample : callable
        ``sample(cell, rng, size, data)`` draws a block of `size` independent draws.
    measures : mapping of str to callable
        ``measures[rv.name](block)`` gives values of shape (size,), or (size, n) when there are n samples per draw.
    block_size : callable
        Draws per block as a function of the cell only, so that bytes do not depend on the number of workers.
    on_data : bool
        Whether a draw is made on a data set.
    instance : callable, optional
        ``instance(cell, rng)`` gives exact tensors (object arrays of ints or Fractions) for identities.
    instances : tuple of mappings of str to int
        The sizes at which `instance` is asked.
    cost : callable
        Rough multiply-adds of one draw, for trial budgets and dry runs.
    draws_per_trial : float
        More than 1 for a law so cheap to draw that a sweep takes this many draws for every trial it was asked for, less
        than 1 for a costly one.
    places : callable, optional
        ``places(grid)`` are the places at which the model is drawn, instead of every place of the sweep.
    shown : tuple of str
        Measures that no claim speaks of but the figure of every statement about the model shows.
    """

    sample: Sampler
    measures: Mapping[str, Measure]
    block_size: Callable[[Cell], int] = _thousand
    on_data: bool = False
    instance: Callable[[Mapping[str, int], np.random.Generator], dict[str, Any]] | None = None
    instances: tuple[Mapping[str, int], ...] = ()
    cost: Callable[[Cell], float] = field(default=_unit_cost)
    draws_per_trial: float = 1
    places: Callable[[Grid], tuple[Place, ...]] | None = None
    shown: tuple[str, ...] = ()


class Engines(Mapping[Model, Engine]):
    """An immutable mapping from models to their engines.

    Parameters
    ----------
    engines : mapping of Model to Engine

    Examples
    --------
    >>> coin = Model("coin", (), "a fair coin")
    >>> toss = Engine(lambda cell, rng, size, data: rng.integers(0, 2, size), {"heads": lambda block: block})
    >>> len(Engines({coin: toss})), len(Engines())
    (1, 0)
    """

    def __init__(self, engines: Mapping[Model, Engine] | None = None) -> None:
        for model, engine in (engines or {}).items():
            if not isinstance(model, Model) or not isinstance(engine, Engine):
                raise TypeError(
                    f"engines map a whp.theory.Model to a whp.checks.Engine, found {type(model).__name__} and "
                    f"{type(engine).__name__}"
                )
        self._load: Callable[[], Engines] | None = None
        self._known: Mapping[Model, Engine] | None = MappingProxyType(dict(engines or {}))

    @classmethod
    def later(cls, load: Callable[[], Engines]) -> Engines:
        """Engines that are loaded when the first of them is asked for: who reads a finished run needs none.

        Examples
        --------
        >>> engines = Engines.later(lambda: print("loading") or Engines())
        >>> len(engines), len(engines)
        loading
        (0, 0)
        """
        made = cls()
        made._load, made._known = load, None
        return made

    def checked(self, check: Callable[[Engines], None]) -> Engines:
        """These engines, which a check is to pass that raises an error: now, or when they are loaded."""
        load = self._load
        if load is None:
            check(self)
            return self

        def loaded() -> Engines:
            check(found := load())
            return found

        return Engines.later(loaded)

    @property
    def _engines(self) -> Mapping[Model, Engine]:
        if self._known is None:
            assert self._load is not None
            try:
                self._known = self._load()._engines
            except ImportError as error:
                raise ValueError(f"the engines cannot be loaded: {error}") from error
        return self._known

    def __reduce__(self) -> tuple[type[Engines], tuple[dict[Model, Engine]]]:
        return Engines, (dict(self._engines),)

    def __getitem__(self, model: Model) -> Engine:
        return self._engines[model]

    def __iter__(self) -> Iterator[Model]:
        return iter(self._engines)

    def __len__(self) -> int:
        return len(self._engines)

    def replaced(self, engines: Mapping[Model, Engine]) -> Engines:
        """These engines with others in the place of some, or beside them."""
        return Engines({**self._engines, **engines})

    def of(self, models: Iterable[Model]) -> Engines:
        """The engines of some models only: what a piece of work takes along."""
        return Engines({model: self._engines[model] for model in models if model in self._engines})

    def measure(self, rv: RV) -> Measure | None:
        """The measure of a random variable, or None."""
        found = self.get(rv.model)
        return None if found is None else found.measures.get(rv.name)
