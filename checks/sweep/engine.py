"""How models run: sampling, measures, exact instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.language.models import RV, Cell, Model
from ..zhang2023.engines.initial import _ENGINES
from .data import Dataset
from .grid import Grid, Place

__all__ = ["Engine", "engine", "engines_replaced", "instance", "measure", "register_model"]

Array = NDArray[np.float64]

Sampler = Callable[[Cell, np.random.Generator, int, Dataset | None], Any]

Measure = Callable[[Any], Array]


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
        ``instance(m, d, rng)`` gives exact tensors (object arrays of ints or Fractions) for identities.
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
    block_size: Callable[[Cell], int]
    on_data: bool = False
    instance: Callable[[int, int, np.random.Generator], dict[str, Any]] | None = None
    cost: Callable[[Cell], float] = field(default=lambda cell: 1.0)
    draws_per_trial: float = 1
    places: Callable[[Grid], tuple[Place, ...]] | None = None
    shown: tuple[str, ...] = ()


_BUILT_IN = frozenset(_ENGINES)


@cache
def _later() -> dict[str, Engine]:
    """The engines of trained networks and of experiments, loaded when a statement first asks for one."""
    from ..zhang2023.engines import ENGINES
    from ..zhang2023.experiments.run import engines

    return ENGINES | engines()


def register_model(model: Model, engine: Engine) -> None:
    """Make a user's model run: its sampler, its measures and, for identities, its exact instances.

    Registering a name again replaces its engine, as re-running a notebook cell does.

    Raises
    ------
    ValueError
        When the name is one of the paper's own models.
    """
    own = _BUILT_IN | _later().keys()
    if model.name in own:
        raise ValueError(f"the model name {model.name!r} is one of whp's own {sorted(own)}; choose another name")
    _ENGINES[model.name] = engine


@contextmanager
def engines_replaced(engines: Mapping[str, Engine]) -> Iterator[None]:
    """For the time of a context other engines run the models of these names: the same experiment at other sizes."""
    kept = {name: _ENGINES[name] for name in engines if name in _ENGINES}
    _ENGINES.update(engines)
    try:
        yield
    finally:
        for name in engines:
            del _ENGINES[name]
        _ENGINES.update(kept)


def engine(model: Model) -> Engine | None:
    """The engine of a model, or None for a model nothing can draw."""
    found = _ENGINES.get(model.name)
    return _later().get(model.name) if found is None else found


def measure(rv: RV) -> Measure | None:
    """The measure of a random variable, or None."""
    found = engine(rv.model)
    return None if found is None else found.measures.get(rv.name)


def instance(model: Model, m: int, d: int, rng: np.random.Generator) -> dict[str, Any] | None:
    """Exact tensors of a model for identity checks, or None where the model offers none."""
    found = engine(model)
    return None if found is None or found.instance is None else found.instance(m, d, rng)
