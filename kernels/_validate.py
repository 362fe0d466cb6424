"""Validation of arrays at the public boundary: what was wrong, what was found, what is needed."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
_LARGEST_SIZE = 2**53


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


def real_array(value: ArrayLike, name: str, shape: tuple[int | None, ...]) -> Array:
    """Return `value` as a finite C-contiguous float64 array of the given shape (None: any positive length)."""
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
    array = np.ascontiguousarray(array, dtype=np.float64)
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(f"{name} must be finite, found {array[where]} at index {where}; remove or replace it")
    return array


def network(W: ArrayLike, a: ArrayLike) -> tuple[Array, Array]:
    """Validate hidden weights `W` (m, d) and readout `a` (m,) together."""
    W = real_array(W, "W", (None, None))
    return W, real_array(a, "a", (W.shape[0],))


def inputs(X: ArrayLike, d: int) -> Array:
    """Validate inputs `X` (n, d) against the network's input dimension."""
    return real_array(X, "X", (None, d))


def sign_labels(y: ArrayLike, n: int) -> Array:
    """Validate labels `y` (n,), each exactly -1 or +1."""
    y = real_array(y, "y", (n,))
    bad = np.flatnonzero(np.abs(y) != 1.0)
    if bad.size:
        raise ValueError(f"labels must be -1 or +1, found {y[bad[0]]} at index {bad[0]}; map the classes to ±1")
    return y
