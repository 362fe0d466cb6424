"""Where theory meets kernels: how each model is drawn, how each random variable is measured, and who decides.

A model is known here by its name, a random variable by its name within the model. `register_model` adds a user's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ..kernels import input_gradients, noises_of_gradients, sample_margin_law, sample_network
from ..theory.core import RV, Cell, Model
from .data import Dataset
from .grid import Grid, Place

__all__ = [
    "Engine",
    "NetworkBlock",
    "engine",
    "engines_replaced",
    "instance",
    "measure",
    "rational_network",
    "register_model",
]

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


@dataclass
class NetworkBlock:
    """One random network on one data set; what several measures need is computed once."""

    W: Array
    a: Array
    data: Dataset

    @cached_property
    def witness(self) -> Array:
        """Wᵀa, minus the paper's witness."""
        return self.W.T @ self.a

    @cached_property
    def gradients(self) -> Array:
        """∇f(x_i), shape (n, d)."""
        return input_gradients(self.W, self.a, self.data.X)

    @cached_property
    def margin(self) -> Array:
        return self.gradients @ self.witness

    @cached_property
    def noise_margin(self) -> Array:
        """⟨v, y_i r_i⟩ with the paper's witness v = -Wᵀa, from the noises themselves."""
        noises = noises_of_gradients(self.data.X, self.data.y, self.gradients)
        return self.data.y * (noises @ -self.witness)

    @cached_property
    def a_h(self) -> Array:
        return self.data.X @ self.witness

    @cached_property
    def norm_h2(self) -> Array:
        """‖W x_i‖²."""
        return np.vecdot(self.data.X @ (self.W.T @ self.W), self.data.X)

    @cached_property
    def critical_angle(self) -> Array:
        """Steps η with arctan η above it separate x + ηr by -Wᵀa: arctan2(y aᵀWx, κ(yf) Q), π where Q ≤ 0."""
        kappa = expit(-self.data.y * self.a_Dh)
        return _critical_angle(self.data.y * self.a_h, kappa, self.margin)

    @cached_property
    def projected(self) -> Array:
        """Margins with the witness projected onto the complement of all inputs."""
        basis = np.linalg.qr(self.data.X.T)[0]
        return self.gradients @ (self.witness - basis @ (basis.T @ self.witness))

    @cached_property
    def a_Dh(self) -> Array:
        """f(x_i) = ⟨x_i, ∇f(x_i)⟩."""
        return np.vecdot(self.data.X, self.gradients)


def _sample_network(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> NetworkBlock:
    if size != 1 or data is None:
        raise ValueError("a network block is one network on one data set")
    return NetworkBlock(*sample_network(int(cell["m"]), int(cell["d"]), rng), data)


def _critical_angle(along: Array, kappa: Array, margin: Array) -> Array:
    return np.where(margin > 0, np.arctan2(along, kappa * margin), np.pi)


def _sample_example(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> dict[str, Array]:
    """f(x), aᵀWx and the margin from their exact joint law (whp S11), the label being 1, and η = d^{1/4}."""
    m, d = int(cell["m"]), int(cell["d"])
    active = rng.binomial(m, 0.5, size)
    on, off = (2.0 * rng.standard_gamma(k / 2.0) / m for k in (active, m - active))
    first, second, third = rng.standard_normal((3, size))
    across = 2.0 * rng.standard_gamma((d - 1) / 2.0, size)
    output = np.sqrt(on) * first
    along = output + np.sqrt(off) * second
    margin = on / d * (across + first**2) + np.sqrt(on * off) / d * (np.sqrt(across) * third + first * second)
    kappa = expit(-output)
    eta = d**0.25
    return {
        "f": output,
        "a_h": along,
        "critical_angle": _critical_angle(along, kappa, margin),
        "shift": eta * kappa * np.sqrt(on * (across + first**2) / d) / np.sqrt(d),
        "signal": eta * kappa * np.abs(margin) / np.abs(along),
    }


def _entry(name: str) -> Measure:
    return lambda block: block[name]


def _example_path(grid: Grid) -> tuple[Place, ...]:
    """Wide networks on dimensions over more than three decades."""
    return tuple(Place(2**14, 4**j, 1, "-") for j in range(4, 11))


def _projected_places(grid: Grid) -> tuple[Place, ...]:
    return (Place(16, 8, 3, "sphere"), Place(64, 12, 5, "sphere"))


def _sample_positive(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> NetworkBlock:
    block = _sample_network(cell, rng, size, data)
    return NetworkBlock(block.W, np.full_like(block.a, block.a.size**-0.5), block.data)


def _sample_projected_law(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    left = int(cell["d"]) - int(cell["n"])
    return left / int(cell["d"]) * sample_margin_law(int(cell["m"]), left, size, rng)


def _sample_simplified(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Array:
    m, d = int(cell["m"]), int(cell["d"])
    W, a = sample_network(m, d, rng)
    return np.array([(W.T @ a) @ (W.T @ (a * rng.integers(0, 2, size=m)))])


def _row(name: str) -> Measure:
    return lambda block: getattr(block, name)[None, :]


def _rationals(rng: np.random.Generator, *shape: int) -> NDArray[np.object_]:
    """Independent uniform integers of 31 bits: the points of a Schwartz-Zippel test."""
    values = rng.integers(-(2**30), 2**30, size=shape).tolist()
    return np.array(values, dtype=object).reshape(shape)


def _projection(columns: NDArray[np.object_]) -> NDArray[np.object_]:
    """Exact orthogonal projection onto the span of one column vector."""
    return columns @ columns.T / Fraction(int((columns.T @ columns)[0, 0]))


def rational_network(m: int, d: int, rng: np.random.Generator) -> dict[str, Any]:
    """Exact weights with a rational point of the √d-sphere; d must be a perfect square so that √d is rational."""
    root = int(np.sqrt(d))
    if root * root != d:
        raise ValueError(f"an exact network instance needs a perfect square d, found {d}")
    v = _rationals(rng, d, 1)
    eye = np.array([[Fraction(int(i == j)) for j in range(d)] for i in range(d)], dtype=object)
    reflection = eye - 2 * _projection(v)
    x = root * reflection[:, 0]
    # A second input lies in the span of two columns; the others are a basis of the complement of both inputs.
    others = reflection[:, 2:]
    W, a, Wt = _rationals(rng, m, d), _rationals(rng, m), _rationals(rng, m, d)
    h = W @ x
    pi = np.outer(x, x) / Fraction(d)
    return {
        "W": W,
        "a": a,
        "Wt": Wt,
        "x": x,
        "h": h,
        "D": np.array([int(value > 0) for value in h], dtype=object),
        "Pi": pi,
        "Pperp": eye - pi,
        "U": reflection[:, 1:],
        "Wbar": _rationals(rng, m, d - 1),
        "Dbar": np.array([int(value <= 0) for value in h], dtype=object),
        "xtwo": root * (Fraction(3, 5) * reflection[:, 0] + Fraction(4, 5) * reflection[:, 1]),
        "PerpX": others @ others.T,
        "UX": others,
        "WbarX": _rationals(rng, m, d - 2),
        "eta": np.array(Fraction(int(rng.integers(1, 2**30)), 2**30), dtype=object),
        "kappa": np.array(Fraction(int(rng.integers(1, 2**30)), 2**30), dtype=object),
        "y": np.array(int(rng.choice([-1, 1])), dtype=object),
    }


def _matrix_instance(m: int, d: int, rng: np.random.Generator) -> dict[str, Any]:
    one, two = _rationals(rng, 1, m), _rationals(rng, d, 1)
    eyes = [np.array([[Fraction(int(i == j)) for j in range(k)] for i in range(k)], dtype=object) for k in (m, d)]
    p_one, p_two = _projection(one.T), _projection(two)
    return {
        "X": _rationals(rng, m, d),
        "Xt": _rationals(rng, m, d),
        "Aone": one,
        "Atwo": two,
        "Pone": p_one,
        "Qone": eyes[0] - p_one,
        "Ptwo": p_two,
        "Qtwo": eyes[1] - p_two,
    }


_ENGINES: dict[str, Engine] = {
    "init": Engine(
        _sample_network,
        {
            "margin": _row("margin"),
            "noise_margin": _row("noise_margin"),
            "norm_h2": _row("norm_h2"),
            "a_h": _row("a_h"),
            "a_Dh": _row("a_Dh"),
            "cross": lambda b: (b.a_h * b.a_Dh / b.data.X.shape[1])[None, :],
            "critical_angle": _row("critical_angle"),
        },
        block_size=lambda cell: 1,
        on_data=True,
        instance=rational_network,
        cost=lambda cell: float(cell["m"] * cell["d"] * (cell["n"] + 4)),
    ),
    "simplified": Engine(
        _sample_simplified,
        {"margin": lambda block: block},
        block_size=lambda cell: 1,
        instance=rational_network,
        cost=lambda cell: float(4 * cell["m"] * cell["d"]),
    ),
    "scalar-law": Engine(
        lambda cell, rng, size, data: sample_margin_law(int(cell["m"]), int(cell["d"]), size, rng),
        {"margin": lambda block: block},
        block_size=lambda cell: 2**16,
        draws_per_trial=1000,
    ),
    "example": Engine(
        _sample_example,
        {name: _entry(name) for name in ("f", "a_h", "critical_angle")},
        block_size=lambda cell: 2**14,
        draws_per_trial=16,
    ),
    "example-path": Engine(
        _sample_example,
        {name: _entry(name) for name in ("critical_angle", "shift", "signal")},
        block_size=lambda cell: 2**14,
        draws_per_trial=16,
        places=_example_path,
    ),
    "positive-readout": Engine(
        _sample_positive,
        {"margin": _row("margin")},
        block_size=lambda cell: 1,
        on_data=True,
        cost=lambda cell: float(cell["m"] * cell["d"] * 5),
        draws_per_trial=2,
        places=lambda grid: tuple(Place(100 * k * d * d, d, 1, "sphere") for d in (1, 2, 4) for k in (1, 4)),
    ),
    "projected": Engine(
        _sample_network,
        {"margin": _row("projected")},
        block_size=lambda cell: 1,
        on_data=True,
        cost=lambda cell: float(cell["m"] * cell["d"] * (cell["n"] + 4)),
        places=_projected_places,
    ),
    "projected-law": Engine(
        _sample_projected_law,
        {"margin": lambda block: block},
        block_size=lambda cell: 2**14,
        draws_per_trial=16,
        places=_projected_places,
    ),
    "gaussian-matrix": Engine(
        lambda cell, rng, size, data: None, {}, block_size=lambda cell: 1, instance=_matrix_instance
    ),
}


_BUILT_IN = frozenset(_ENGINES)


@cache
def _later() -> dict[str, Engine]:
    """The engines of trained networks and of experiments, loaded when a statement first asks for one."""
    from .experiments import engines
    from .ntk_engines import ENGINES

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
