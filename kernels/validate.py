"""Validation of arrays at the public boundary: what was wrong, what was found, what is needed."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
_LARGEST_SIZE = 2**53
_FINITE_CHECK_ENTRIES = 2**16
_SPHERE_TOLERANCE = 1e-9


def positive_int(value: Any, name: str) -> int:
    """Return `value` as an int of at least 1 and at most 2**53, else raise ``ValueError`` or ``TypeError``."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer, found the boolean {value}; pass a positive integer")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, found {value!r}; pass a positive integer") from None
    if not 1 <= number <= _LARGEST_SIZE:
        raise ValueError(f"{name} must lie in [1, 2**53], found {number}; pass a positive integer")
    return number


def positive_number(value: Any, name: str) -> float:
    """Return `value` as a positive finite float, else raise ``ValueError`` or ``TypeError``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a real number, found {value!r}; pass a float")
    if not 0.0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, found {value}; pass a positive number")
    return float(value)


def per_sample(value: Any, name: str, n: int, *, zero: bool = False) -> Array:
    """Return a positive finite number, or one per sample, as shape (n,); with `zero` 0 is allowed."""
    if np.ndim(value) == 0:
        value = value.item() if isinstance(value, np.ndarray) else value
        if not (zero and not isinstance(value, (bool, np.bool_)) and value == 0):
            value = positive_number(value, name)
        return np.full(n, float(value))
    numbers = real_array(value, name, (n,))
    bad = np.flatnonzero(numbers < 0.0 if zero else numbers <= 0.0)
    if bad.size:
        needed = "at least 0" if zero else "positive"
        raise ValueError(f"{name} must be {needed}, found {numbers[bad[0]]} at index {bad[0]}")
    return numbers


def _first_unbounded(array: Array) -> tuple[int, ...] | None:
    """Where the first entry is that is not finite, looked for in pieces that stay in a cache."""
    flat = array.reshape(-1)
    for start in range(0, flat.size, _FINITE_CHECK_ENTRIES):
        piece = flat[start : start + _FINITE_CHECK_ENTRIES]
        # A NaN is the largest and the smallest.
        with np.errstate(invalid="ignore"):
            ends = float(piece.max()), float(piece.min())
        if not (math.isfinite(ends[0]) and math.isfinite(ends[1])):
            where = np.unravel_index(start + int(np.argmin(np.isfinite(piece))), array.shape)
            return tuple(int(i) for i in where)
    return None


def finite_result(result: Array, name: str) -> Array:
    """Return `result` if it is finite, else raise ``ValueError``: the numbers given overflow on the way to it."""
    where = _first_unbounded(result)
    if where is not None:
        raise ValueError(f"{name} overflows float64 at index {where}; scale the weights or the inputs down")
    return result


def precision(dtype: DTypeLike) -> type[np.floating[Any]]:
    """float64 or float32, or ``ValueError`` for another type of numbers."""
    for known in (np.float64, np.float32):
        if np.dtype(dtype) == known:
            return known
    raise ValueError(f"dtype must be float64 or float32, found {np.dtype(dtype)}; choose one of them")


def real_array(
    value: ArrayLike,
    name: str,
    shape: tuple[int | None, ...],
    dtype: type[np.floating[Any]] = np.float64,
    *,
    finite: bool = True,
) -> Array:
    """Return `value` as a C-contiguous array of float64, or `dtype`, and the shape (None: any length from 1).

    Every entry is `finite`, unless the caller sees to that.
    """
    try:
        array = np.asarray(value)
        if array.dtype == object or array.dtype.kind not in "biuf":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a real array, found {type(value).__name__}; pass float64 numbers") from None
    wanted = "(" + ", ".join("·" if s is None else str(s) for s in shape) + ("," if len(shape) == 1 else "") + ")"
    if array.ndim != len(shape) or any(s is not None and s != t for s, t in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{name} has shape {array.shape}, but shape {wanted} is needed")
    if array.size == 0:
        raise ValueError(f"{name} is empty with shape {array.shape}, but every length must be at least 1")
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, dtype=dtype)
    return require_finite(array, name) if finite else array


def require_finite(array: Array, name: str) -> Array:
    """Return `array` if it is finite, else raise ``ValueError``."""
    where = _first_unbounded(array)
    if where is not None:
        raise ValueError(f"{name} must be finite, found {array[where]} at index {where}; remove or replace it")
    return array


def network(W: ArrayLike, a: ArrayLike, dtype: type[np.floating[Any]] = np.float64) -> tuple[Array, Array]:
    """Validate hidden weights `W` (m, d) and readout `a` (m,) together."""
    W = real_array(W, "W", (None, None), dtype)
    return W, real_array(a, "a", (W.shape[0],), dtype)


def inputs(X: ArrayLike, d: int, dtype: type[np.floating[Any]] = np.float64) -> Array:
    """Validate inputs `X` (n, d) against the network's input dimension."""
    return real_array(X, "X", (None, d), dtype)


def network_at(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, dtype: type[np.floating[Any]] = np.float64
) -> tuple[Array, Array, Array]:
    """Validate a network and the inputs `X` (n, d) that it is asked at."""
    W, a = network(W, a, dtype)
    return W, a, inputs(X, W.shape[1], dtype)


def sign_labels(y: ArrayLike, n: int) -> Array:
    """Validate labels `y` (n,), each exactly -1 or +1."""
    y = real_array(y, "y", (n,))
    bad = np.flatnonzero(np.abs(y) != 1.0)
    if bad.size:
        raise ValueError(f"labels must be -1 or +1, found {y[bad[0]]} at index {bad[0]}; map the classes to ±1")
    return y


def class_labels(y: ArrayLike, n: int, classes: int, name: str = "y") -> Labels:
    """Validate labels `y` (n,), integers from 0 to `classes` − 1."""
    labels = real_array(y, name, (n,))
    bad = np.flatnonzero((labels != np.floor(labels)) | (labels < 0) | (labels >= classes))
    if bad.size:
        raise ValueError(
            f"{name} must hold classes 0 to {classes - 1}, found {labels[bad[0]]:g} at index {bad[0]}; number the "
            "classes from 0"
        )
    return labels.astype(np.int64)


def generator(rng: Any) -> np.random.Generator:
    """Return `rng` if it is a NumPy Generator, else raise ``TypeError``."""
    if not isinstance(rng, np.random.Generator):
        found = type(rng).__name__
        raise TypeError(f"rng must be a numpy Generator, found {found}; pass numpy.random.default_rng(seed)")
    return rng


def on_sphere(X: ArrayLike, normalize: bool = False) -> Array:
    """Validate that every input lies on the sphere ``‖x‖ = √d``, or put it there.

    Parameters
    ----------
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    normalize : bool
        Rescale every row to norm √d instead of raising.

    Returns
    -------
    ndarray of float64, shape (n, d)
        `X` itself where it is already a C-contiguous float64 array, a rescaled copy with `normalize`.

    Raises
    ------
    ValueError
        If a norm differs from √d by more than 1e-9 relative, or a zero row is to be rescaled.

    Examples
    --------
    >>> from whp.kernels import on_sphere
    >>> on_sphere([[3.0, 4.0]], normalize=True).round(3)
    array([[0.849, 1.131]])
    """
    X = real_array(X, "X", (None, None))
    root = X.shape[1] ** 0.5
    # Dividing by the largest entry first keeps the squares of huge and tiny rows in range.
    largest = np.maximum(X.max(axis=1), -X.min(axis=1))
    zero = np.flatnonzero(largest == 0.0)
    if normalize and zero.size:
        raise ValueError(f"row {zero[0]} of X is zero and has no direction to rescale to norm √d; remove it")
    if normalize:
        scaled: Array = X / largest[:, None]
        scaled *= (root / np.sqrt(np.vecdot(scaled, scaled)))[:, None]
        return scaled
    with np.errstate(over="ignore", under="ignore"):
        norms = np.sqrt(np.vecdot(X, X))
    error = np.abs(norms / root - 1.0)
    worst = int(np.argmax(error))
    if error[worst] > _SPHERE_TOLERANCE:
        raise ValueError(
            f"every row of X must have norm √d = {root:.12g} within {_SPHERE_TOLERANCE:g} relative, found "
            f"{norms[worst]:.12g} in row {worst}, off by {error[worst]:.3g} relative; rescale with normalize"
        )
    return X
