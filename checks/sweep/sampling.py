"""Engines read off constructions: what is drawn once is drawn once a block, and what is taken of it is computed there.

Copies are drawn one by one, whatever law their sum has, so that draws stay a check of laws.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr, S

from ...theory.calculus.evaluate import number
from ...theory.calculus.exact import exact_value
from ...theory.language.cells import Cell, cell_text
from ...theory.language.families import FAMILIES
from ...theory.language.parameters import Parameter
from ...theory.language.variables import Origin, Random, Space, atoms_of, origins_of, random_atoms
from .data import Dataset
from .engine import Engine

__all__ = ["BlockSize", "Cost", "Measured", "SpaceSampler", "engine_of"]

Array = NDArray[np.float64]

# Numbers of one block: few enough to stay in a cache; and the most that are drawn at once where one draw has more.
_BLOCK, _MOST = 2**18, 2**22


def engine_of(space: Space) -> Engine:
    """The engine of a space: its variables are drawn as they are constructed.

    Parameters
    ----------
    space : Space

    Returns
    -------
    Engine
        A block maps the names of the variables to their values; variables of one origin read the same draws.

    Raises
    ------
    ValueError
        When two of the variables have one name.

    Examples
    --------
    >>> from whp.theory.language.arrays import iid
    >>> from whp.theory.language.families import Normal
    >>> copies = iid(Normal(0, 1), 3)
    >>> engine = engine_of(Space("extremes", (), "", variables=(copies.max, copies.min)))
    >>> block = engine.sample({}, np.random.default_rng(0), 5, None)
    >>> largest, smallest = (engine.measures[v.name](block) for v in (copies.max, copies.min))
    >>> sorted(block), bool((largest > smallest).all())
    (['max(iid(Normal(0, 1), 3))', 'min(iid(Normal(0, 1), 3))'], True)
    """
    names = [v.name for v in space.variables]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two variables of a space are called {twice!r}; give one of them another name")
    return Engine(
        SpaceSampler(space), {v.name: Measured(v.name) for v in space.variables}, BlockSize(space), cost=Cost(space)
    )


@dataclass(frozen=True)
class Measured:
    """A variable of a block by its name."""

    name: str

    def __call__(self, block: Mapping[str, Array]) -> Array:
        return block[self.name]


@dataclass(frozen=True)
class _OfSpace:
    space: Space

    def __reduce__(self) -> tuple[Any, ...]:
        # What was read of cells stays behind.
        return type(self), (self.space,)

    @cached_property
    def _last(self) -> dict[tuple[Any, ...], _Scope]:
        return {}

    @cached_property
    def _read(self) -> dict[Hashable, Any]:
        return {}

    def _scope(self, cell: Cell) -> _Scope:
        key = tuple(cell.items())
        if key not in self._last:
            self._last.clear()
            self._last[key] = _Scope(dict(cell), self._read)
        return self._last[key]


class SpaceSampler(_OfSpace):
    """``sampler(cell, rng, count, data)`` draws a block: the origins in the order of the variables, each once."""

    def __call__(self, cell: Cell, rng: np.random.Generator, count: int, data: Dataset | None) -> dict[str, Array]:
        variables = self.space.variables
        block = _Block(self._scope(cell), None, variables, rng, count)
        return {v.name: block.values(v) for v in variables}


class BlockSize(_OfSpace):
    """Draws per block: 2^18 numbers, or one draw where that has more."""

    def __call__(self, cell: Cell) -> int:
        return max(1, int(_BLOCK // self._scope(cell).numbers(None, self.space.variables)))


class Cost(_OfSpace):
    """Rough multiply-adds of a draw; what hangs on a parameter without a value counts as one."""

    def __call__(self, cell: Cell) -> float:
        return self._scope(cell).cost(None, self.space.variables)


class _Scope:
    """What is read of constructions at a cell, once; what hangs on no cell is shared."""

    def __init__(self, cell: dict[str, Any], shared: dict[Hashable, Any]) -> None:
        self.cell = cell
        self._known: dict[Hashable, Any] = {}
        self._shared = shared

    def _once(self, key: Hashable, read: Callable[[], Any], known: dict[Hashable, Any] | None = None) -> Any:
        known = self._known if known is None else known
        if key not in known:
            known[key] = read()
        return known[key]

    def number(self, expr: Expr) -> float:
        """The float nearest to an expression in the cell."""
        return float(self._once(("number", expr), lambda: self._number(exact_value(expr, self.cell))))

    def _number(self, value: Expr) -> float:
        return float(Fraction(int(value.p), int(value.q))) if value.is_Rational else number(value, self.cell)

    def whole(self, expr: Expr, what: str, least: int = 1) -> int:
        """The integer that an expression is at the cell."""
        if isinstance(expr, Parameter) and isinstance(self.cell.get(expr.name), int):
            value = sympy.Integer(self.cell[expr.name])
        else:
            value = self._once(("whole", expr), lambda: exact_value(expr, self.cell))
        if not value.is_Integer or value < least:
            where = f" at {cell_text(self.cell)}" if self.cell else ""
            raise ValueError(f"{what} must be an integer from {least}, found {value}{where}")
        return int(value)

    def size(self, expr: Expr) -> int:
        """A length for estimates; 1 where it has no value."""
        try:
            return self.whole(expr, "a length")
        except (ValueError, TypeError):
            return 1

    def family(self, origin: Origin) -> tuple[float, ...]:
        """The parameters of a family as floats, admitted by its domains."""

        def read() -> tuple[float, ...]:
            exact = tuple(exact_value(p, self.cell) for p in origin.parameters)
            return tuple(self._number(p) for p in FAMILIES[origin.kind].admitted(exact))

        return self._once(("family", origin.index), read)  # type: ignore[no-any-return]

    def is_random(self, expr: Expr) -> bool:
        """Whether an expression holds a random variable."""
        return bool(self._once(("random", expr), lambda: bool(atoms_of(expr)), self._shared))

    def taken(self, key: int | None, roots: Sequence[Expr]) -> dict[Origin, tuple[Random, ...]]:
        """The origins of some expressions in the order in which they are drawn, with what is taken of each.

        `key` is the index of the origin that copies the expressions, None at the top.
        """
        return self._once(("taken", key), lambda: _taken(roots), self._shared)  # type: ignore[no-any-return]

    def numbers(self, key: int | None, roots: Sequence[Expr]) -> int:
        """How many numbers are drawn for one draw of some expressions."""
        return sum(self._numbers(origin) for origin in self.taken(key, roots)) + len(roots) - 1

    def _numbers(self, origin: Origin) -> int:
        kind, p = origin.kind, origin.parameters
        if kind in FAMILIES:
            return 1
        if kind == "quadratic_form":
            return len(p)
        copied = self.numbers(origin.index, (p[0],)) if kind in ("iid", "iid_matrix") else 1
        lengths = p[1:] if kind in ("iid", "iid_matrix") else p
        return max(1, copied * int(np.prod([self.size(length) for length in lengths], dtype=object)))

    def cost(self, key: int | None, roots: Sequence[Expr]) -> float:
        """Rough multiply-adds of one draw of some expressions."""
        return sum(self._cost(origin, taken) for origin, taken in self.taken(key, roots).items())

    def _cost(self, origin: Origin, taken: Sequence[Random]) -> float:
        kind, p = origin.kind, origin.parameters
        if kind in FAMILIES:
            return _FAMILY_COST[kind]
        if kind == "quadratic_form":
            return _FAMILY_COST["Normal"] * len(p)
        if kind in ("ecdf", "spacings"):
            return (_FAMILY_COST["Uniform"] + _SORTED) * self.size(p[0])
        if kind in ("gaussian_matrix", "iid_matrix"):
            rows, columns = (self.size(length) for length in p[-2:])
            entry = _FAMILY_COST["Normal"] if kind == "gaussian_matrix" else self.cost(origin.index, (p[0],))
            values = 16.0 * min(rows, columns) if any(v.functional in _SINGULAR for v in taken) else 0.0
            inside = float(rows * columns)
            return (entry + values + min(rows, columns)) * inside + _LAPACK
        each = self.cost(origin.index, (p[0],)) if kind == "iid" else _FAMILY_COST["Normal"]
        return (each + 1) * self.size(p[-1])


def _taken(roots: Iterable[Expr]) -> dict[Origin, tuple[Random, ...]]:
    found: dict[Origin, list[Random]] = {}
    for root in roots:
        for variable in random_atoms([root]):
            if variable.origin is None:
                for origin, more in _taken(variable.arguments).items():
                    found.setdefault(origin, []).extend(more)
                continue
            found.setdefault(variable.origin, []).append(variable)
            for argument in variable.arguments:
                for origin in origins_of(argument):
                    found.setdefault(origin, [])
    return {origin: tuple(more) for origin, more in found.items()}


# Multiply-adds that a random number is worth.
_FAMILY_COST = {
    "Normal": 40.0,
    "ChiSquare": 120.0,
    "Gamma": 120.0,
    "Exponential": 30.0,
    "Beta": 250.0,
    "StudentT": 160.0,
    "FRatio": 250.0,
    "Laplace": 80.0,
    "Uniform": 15.0,
    "Cauchy": 90.0,
    "NoncentralChiSquare": 200.0,
    "Bernoulli": 20.0,
    "Sign": 20.0,
    "Binomial": 250.0,
    "Poisson": 250.0,
    "Geometric": 100.0,
    "NegativeBinomial": 400.0,
    "Hypergeometric": 400.0,
}
_SORTED, _LAPACK = 150.0, 1e4
_SINGULAR = ("smax", "smin", "cond")


class _Block:
    """The origins of some expressions, each drawn once, and what is taken of them.

    Parameters
    ----------
    scope : _Scope
    key : int or None
        The index of the origin that copies the expressions, None at the top.
    roots : sequence of SymPy expressions
    rng : numpy.random.Generator
    count : int
        The number of draws.
    """

    def __init__(
        self, scope: _Scope, key: int | None, roots: Sequence[Expr], rng: np.random.Generator, count: int
    ) -> None:
        self.scope, self.rng, self.count = scope, rng, count
        self._vectors: dict[int, Array] = {}
        self._values: dict[tuple[Any, ...], Array] = {}
        for origin, taken in scope.taken(key, roots).items():
            if origin.kind in FAMILIES:
                self._values[origin.index, "", ()] = _FAMILY[origin.kind](rng, count, *scope.family(origin))
            elif origin.kind in _VECTORS:
                length = scope.whole(origin.parameters[0], f"{origin.kind}: d")
                self._vectors[origin.index] = _VECTORS[origin.kind](rng, count, length)
            else:
                for v, values in zip(taken, _ARRAYS[origin.kind](self, origin, taken), strict=True):
                    self._values[origin.index, v.functional, v.arguments] = values

    def values(self, expr: Expr) -> Array:
        """The values of an expression, one a draw."""
        found = self._walk(expr)
        return found if isinstance(found, np.ndarray) else np.full(self.count, found)

    def copies(self, origin: Origin, total: int) -> Array:
        """Fresh independent values of the expression that an origin copies."""
        inner = origin.parameters[0]
        most = max(1, _MOST // self.scope.numbers(origin.index, (inner,)))
        parts = [
            _Block(self.scope, origin.index, (inner,), self.rng, min(most, total - start)).values(inner)
            for start in range(0, total, most)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _of(self, variable: Random) -> Array:
        if variable.origin is None:
            return self.values(variable.arguments[0])
        key = (variable.origin.index, variable.functional, variable.arguments)
        if key not in self._values:
            self._values[key] = self._of_vector(variable.origin, variable.functional, variable.arguments)
        return self._values[key]

    def _of_vector(self, origin: Origin, functional: str, arguments: Sequence[Any]) -> Array:
        vector = self._vectors[origin.index]
        if functional == "norm2":
            return np.asarray(np.einsum("ij,ij->i", vector, vector))
        if functional == "inner":
            return np.asarray(np.einsum("ij,ij->i", vector, self._vectors[arguments[0].index]))
        i = self.scope.whole(arguments[0], "coordinate: i")
        if i > vector.shape[1]:
            raise ValueError(f"coordinate: i must be at most the length {vector.shape[1]}, found {i}")
        return np.ascontiguousarray(vector[:, i - 1])

    def _walk(self, expr: Expr) -> Any:
        if isinstance(expr, Random):
            return self._of(expr)
        if not self.scope.is_random(expr):
            return self.scope.number(expr)
        if expr.is_Pow:
            return self._power(expr)
        arguments = [self._walk(a) for a in expr.args]
        if expr.func in _FUNCTIONS:
            return _FUNCTIONS[expr.func](*arguments)
        if expr.func not in _FOLDED:
            known = ", ".join(sorted(f.__name__ for f in (*_FUNCTIONS, *_FOLDED)))
            raise ValueError(f"no draw is made of {expr.func.__name__} in {expr}; what draws go through is {known}")
        fold, total = _FOLDED[expr.func], arguments[0]
        for argument in arguments[1:]:
            total = fold(total, argument)
        return total

    def _power(self, expr: Expr) -> Any:
        base, exponent = self._walk(expr.base), expr.exp
        if exponent == 2:
            return np.square(base)
        if exponent in (S.Half, -S.Half):
            root = np.sqrt(base)
            return root if exponent == S.Half else 1 / root
        if exponent == -1:
            return 1 / base
        power = self._walk(exponent)
        return np.power(base, power)


_FOLDED: dict[Any, Any] = {
    sympy.Add: np.add,
    sympy.Mul: np.multiply,
    sympy.Max: np.maximum,
    sympy.Min: np.minimum,
}
_FUNCTIONS: dict[Any, Any] = {
    sympy.Abs: np.abs,
    sympy.sign: np.sign,
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.floor: np.floor,
    sympy.ceiling: np.ceil,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.asin: np.arcsin,
    sympy.acos: np.arccos,
    sympy.atan: np.arctan,
    sympy.sinh: np.sinh,
    sympy.cosh: np.cosh,
    sympy.tanh: np.tanh,
}


def _normal(rng: np.random.Generator, count: int, mean: float, variance: float) -> Array:
    values = rng.standard_normal(count)
    if variance != 1:
        values *= np.sqrt(variance)
    if mean:
        values += mean
    return values


def _scaled(values: Array, scale: float) -> Array:
    if scale != 1:
        values *= scale
    return values


def _uniform(rng: np.random.Generator, count: int, low: float, high: float) -> Array:
    if not low < high:
        raise ValueError(f"Uniform: low must be below high, found {low} and {high}")
    values = _scaled(rng.random(count), high - low)
    if low:
        values += low
    return values


def _signs(rng: np.random.Generator, count: int | tuple[int, ...]) -> Array:
    values = rng.integers(0, 2, count, dtype=np.int8).astype(np.float64)
    values *= 2
    values -= 1
    return values


_FAMILY: dict[str, Callable[..., Array]] = {
    "Normal": _normal,
    "ChiSquare": lambda rng, count, k: rng.chisquare(k, count),
    "Gamma": lambda rng, count, shape, scale: _scaled(rng.standard_gamma(shape, count), scale),
    "Exponential": lambda rng, count, rate: _scaled(rng.standard_exponential(count), 1 / rate),
    "Beta": lambda rng, count, a, b: rng.beta(a, b, count),
    "StudentT": lambda rng, count, k: rng.standard_t(k, count),
    "FRatio": lambda rng, count, a, b: rng.f(a, b, count),
    "Laplace": lambda rng, count, scale: rng.laplace(0, scale, count),
    "Uniform": _uniform,
    "Cauchy": lambda rng, count: rng.standard_cauchy(count),
    "NoncentralChiSquare": lambda rng, count, k, noncentrality: rng.noncentral_chisquare(k, noncentrality, count),
    "Bernoulli": lambda rng, count, p: (rng.random(count) < p).astype(np.float64),
    "Sign": _signs,
    "Binomial": lambda rng, count, n, p: rng.binomial(int(n), p, count).astype(np.float64),
    "Poisson": lambda rng, count, mean: rng.poisson(mean, count).astype(np.float64),
    "Geometric": lambda rng, count, p: rng.geometric(p, count).astype(np.float64),
    "NegativeBinomial": lambda rng, count, r, p: rng.negative_binomial(r, p, count).astype(np.float64),
    "Hypergeometric": lambda rng, count, population, marked, drawn: rng.hypergeometric(
        int(marked), int(population - marked), int(drawn), count
    ).astype(np.float64),
}


def _sphere(rng: np.random.Generator, count: int, d: int) -> Array:
    values = rng.standard_normal((count, d))
    values /= np.sqrt(np.einsum("ij,ij->i", values, values))[:, None]
    return values


_VECTORS: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "gaussian_vector": lambda rng, count, d: rng.standard_normal((count, d)),
    "sphere": _sphere,
    "rademacher": lambda rng, count, d: _signs(rng, (count, d)),
}


def _place(block: _Block, variable: Random, n: int) -> int:
    """Which smallest value an order statistic is, counted from 1."""
    k = block.scope.whole(variable.arguments[0], "order: k")
    if k > n:
        raise ValueError(f"order: k must be an integer from 1 to {n}, found {k}")
    return k


def _smallest(values: Array, k: int) -> Array:
    """The k-th smallest of each row."""
    if k == 1:
        return np.asarray(values.min(axis=1))
    if k == values.shape[1]:
        return np.asarray(values.max(axis=1))
    return np.ascontiguousarray(np.partition(values, k - 1, axis=1)[:, k - 1])


def _copies(block: _Block, origin: Origin, taken: Sequence[Random]) -> list[Array]:
    """Sums, extremes and order statistics of copies, which are drawn in parts where all are too many."""
    n = block.scope.whole(origin.parameters[1], "iid: n")
    width = min(n, max(1, _MOST // block.count))
    ks = {i: _place(block, v, n) for i, v in enumerate(taken) if v.functional == "order"}
    found: list[Any] = [None] * len(taken)
    for start in range(0, n, width):
        now = min(width, n - start)
        values = block.copies(origin, block.count * now).reshape(block.count, now)
        for i, v in enumerate(taken):
            if v.functional == "order":
                found[i] = _candidates(values, found[i], ks[i], n)
            else:
                part = getattr(values, v.functional)(axis=1)
                found[i] = part if start == 0 else _JOINED[v.functional](found[i], part)
    for i, k in ks.items():
        kept = found[i].shape[1]
        found[i] = _smallest(found[i], k if 2 * k <= n else k - (n - kept))
    return found


_JOINED: dict[str, Any] = {"sum": np.add, "max": np.maximum, "min": np.minimum}


def _candidates(values: Array, earlier: Array | None, k: int, n: int) -> Array:
    """What is left of some of n copies that may be the k-th smallest of all."""
    joined = values if earlier is None else np.concatenate([earlier, values], axis=1)
    most = k if 2 * k <= n else n - k + 1
    if joined.shape[1] <= most or joined.shape[1] == n:
        return joined
    if 2 * k <= n:
        return np.partition(joined, most - 1, axis=1)[:, :most]
    return np.partition(joined, joined.shape[1] - most, axis=1)[:, -most:]


def _matrix(block: _Block, origin: Origin, taken: Sequence[Random]) -> list[Array]:
    rows, columns = (block.scope.whole(p, f"a length of {origin.kind}") for p in origin.parameters[-2:])
    shape = (block.count, rows, columns)
    if origin.kind == "gaussian_matrix":
        entries = block.rng.standard_normal(shape)
    else:
        entries = block.copies(origin, block.count * rows * columns).reshape(shape)
    singular = _singular(entries) if any(v.functional in _SINGULAR for v in taken) else None
    return [_of_matrix(v.functional, entries, singular) for v in taken]


def _singular(entries: Array) -> Array:
    """The singular values; of singular integer matrices the ones that are rounded from 0 are 0."""
    values = np.asarray(np.linalg.svd(entries, compute_uv=False), dtype=np.float64)
    if np.array_equal(entries, np.rint(entries)):
        values[values < np.finfo(np.float64).eps * max(entries.shape[1:]) * values[:, :1]] = 0
    return values


def _of_matrix(functional: str, entries: Array, singular: Array | None) -> Array:
    if singular is not None and functional in _SINGULAR:
        if functional == "cond":
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = singular[:, 0] / singular[:, -1]
            return np.where(singular[:, -1] == 0, np.inf, ratio)
        return np.ascontiguousarray(singular[:, 0 if functional == "smax" else -1])
    if functional == "frobenius2":
        return np.asarray(np.einsum("ijk,ijk->i", entries, entries))
    return _determinants(entries)


# Beyond this product of the rows' norms the rounding of a determinant may exceed one half.
_ROUNDED = 1e12


def _determinants(entries: Array) -> Array:
    """Determinants, which are integers where the entries are and rounding is small."""
    values = np.asarray(np.linalg.det(entries))
    if np.array_equal(entries, np.rint(entries)):
        bound = np.prod(np.sqrt(np.einsum("ijk,ijk->ij", entries, entries)), axis=1)
        values = np.where(bound < _ROUNDED, np.rint(values) + 0.0, values)
    return values


def _ecdf(block: _Block, origin: Origin, taken: Sequence[Random]) -> list[Array]:
    """The largest deviation is next to a point: after it above, before it below."""
    n = block.scope.whole(origin.parameters[0], "ecdf: n")
    points = np.sort(block.rng.random((block.count, n)), axis=1)
    above = (np.arange(1, n + 1) / n - points).max(axis=1)
    if all(str(v.arguments[0]) == "upper" for v in taken):
        return [above for _ in taken]
    two_sided = np.maximum(above, (points - np.arange(n) / n).max(axis=1))
    return [above if str(v.arguments[0]) == "upper" else two_sided for v in taken]


def _spacings(block: _Block, origin: Origin, taken: Sequence[Random]) -> list[Array]:
    n = block.scope.whole(origin.parameters[0], "uniform_spacings: n")
    points = np.zeros((block.count, n + 2))
    points[:, 1:-1] = np.sort(block.rng.random((block.count, n)), axis=1)
    points[:, -1] = 1
    gaps = np.diff(points, axis=1)
    places = {"min": 1, "max": n + 1}
    return [_smallest(gaps, places.get(v.functional) or _place(block, v, n + 1)) for v in taken]


def _quadratic_form(block: _Block, origin: Origin, taken: Sequence[Random]) -> list[Array]:
    squares = np.square(block.rng.standard_normal((block.count, len(origin.parameters))))
    values = squares @ np.array([block.scope.number(p) for p in origin.parameters])
    return [values for _ in taken]


_ARRAYS: dict[str, Callable[[_Block, Origin, Sequence[Random]], list[Array]]] = {
    "iid": _copies,
    "gaussian_matrix": _matrix,
    "iid_matrix": _matrix,
    "ecdf": _ecdf,
    "spacings": _spacings,
    "quadratic_form": _quadratic_form,
}
