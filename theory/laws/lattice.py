"""Integrals of positive smooth functions on a lattice that follows the mass, in logarithms.

On a uniform lattice the trapezoidal rule converges geometrically for integrands analytic around the real axes. The
lattice is halved until it agrees with every other point of itself; at each level only the points near the mass are
kept, so that a ridge which is narrow, curved, or far from the start costs no more than its own length.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

__all__ = ["DROP", "log_lattice_integral", "log_row_integrals", "log_sum", "unit_of"]

DROP = 42.0
"""Points this far (in nats) below the largest one weigh less than 1e-16 together."""
_AGREE = 1e-8
"""Halving the step squares a geometric error, so a lattice this close to every other point of itself leaves 1e-15."""
_NEAR = 18.0
"""Points within so many nats of the largest one decide whether the lattice is fine enough: the others weigh 1e-8."""
_RESOLVED = 5.0
"""Largest change of a log between neighbours in the mass once a lattice is fine enough to be compared with the next."""
_LAST_DIGITS = 1e-12
"""A log beyond 1e12 is known to so many relative digits only: its mass and its roughness are measured in those."""
_MOST_POINTS = 6_000_000


def log_sum(logs: Array, axis: int | None = None) -> Array:
    """log Σ exp(logs); −inf for a sum of nothing but zeros.

    Examples
    --------
    >>> bool(abs(log_sum(np.array([-1000.0, -1000.0])) - (math.log(2) - 1000)) < 1e-12)
    True
    """
    if logs.size == 0:
        return np.array(-math.inf)
    top = np.max(logs, axis=axis, keepdims=True)
    base = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total: Array = np.log(np.sum(np.exp(logs - base), axis=axis, keepdims=True)) + base
    return np.squeeze(total, axis=axis) if axis is not None else np.squeeze(total)


def log_lattice_integral(
    log_integrand: Callable[..., Array],
    box: Sequence[tuple[float, float]],
    step: float = 0.5,
    agree: float = _AGREE,
) -> float:
    """log ∫ exp(log_integrand) over a box of dimension 1 or 2 outside which the integrand is negligible.

    Parameters
    ----------
    log_integrand : callable
        Takes one array of coordinates per dimension, all of one length, and returns the logs.
    box : sequence of (low, high)
    step : float
        First lattice step. At that scale the log of the integrand must look smooth, however steep it is.

    agree : float
        Two steps this close end the refinement; the error left is far smaller.

    Raises
    ------
    ValueError
        If the levels do not settle.
    """
    dimension = len(box)
    steps = np.full(dimension, step)
    ranges = [np.arange(math.floor(low / step), math.ceil(high / step) + 1) for low, high in box]
    index = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, dimension)
    for _ in range(200):
        logs = log_integrand(*(index * steps).T)
        logs = np.where(np.isnan(logs), -np.inf, logs)
        top = float(np.max(logs))
        if top == -math.inf:
            return -math.inf
        unit = unit_of(top)
        heavy = logs > top - _NEAR * unit
        variation = _variation(index, logs)
        roughness = np.max(variation[:, heavy], axis=1) / unit
        # While the mass is a few points wide along some axis, only the roughest axes are refined.
        resolved = bool(np.all(roughness < _RESOLVED)) and int(np.count_nonzero(heavy)) >= 6**dimension
        refined = np.full(dimension, True)
        if resolved:
            total = float(log_sum(logs)) + float(np.log(steps).sum())
            # Every other point along each axis is the lattice of twice the step.
            coarser = float(log_sum(logs[np.all(index % 2 == 0, axis=1)])) + float(np.log(2.0 * steps).sum())
            if abs(total - coarser) < agree * max(1.0, 1e-4 * abs(total)):
                return total
        elif np.any(roughness >= _RESOLVED):
            refined = roughness >= 0.4 * np.max(roughness)
        # A point stays if it, or what its neighbours suggest may lie within one step of it, reaches the mass.
        index = index[logs + variation.sum(axis=0) > top - DROP * unit]
        children = np.array(list(itertools.product(*[(-1, 0, 1) if r else (0,) for r in refined])))
        if len(index) * len(children) > _MOST_POINTS:
            break
        doubled = np.where(refined, 2, 1) * index
        index = _unique_rows((doubled[:, None, :] + children[None, :, :]).reshape(-1, dimension))
        steps = np.where(refined, steps / 2.0, steps)
    raise ValueError(
        f"the integral of the margin's law did not settle ({len(index)} lattice points at steps {steps}); "
        "use a less extreme threshold"
    )


def unit_of(top: Any) -> Any:
    """Nats that count as one: more where a log is so large that its last digits are."""
    return np.maximum(1.0, _LAST_DIGITS * np.abs(np.where(np.isfinite(top), top, 0.0)))


def _keys(index: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One integer per lattice point, in lexicographic order, and what a step along each axis adds to it."""
    shifted = index - index.min(axis=0)
    if index.shape[1] == 1:
        return shifted[:, 0], np.array([1])
    # The margin keeps a step off the end of a row from meeting the next row.
    span = int(np.max(shifted[:, 1])) + 2
    return shifted[:, 0] * span + shifted[:, 1], np.array([span, 1])


def _unique_rows(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """The distinct points in lexicographic order."""
    _, first = np.unique(_keys(index)[0], return_index=True)
    return index[first]


def _variation(index: NDArray[np.int64], logs: Array) -> Array:
    """Largest finite change of `logs` from each point to its two neighbours along each axis, shape (axes, points)."""
    keys, strides = _keys(index)
    change = np.zeros((len(strides), len(logs)))
    for axis, stride in enumerate(strides):
        place = np.minimum(np.searchsorted(keys, keys + stride), len(keys) - 1)
        here = np.flatnonzero((keys[place] == keys + stride) & np.isfinite(logs) & np.isfinite(logs[place]))
        there = place[here]
        difference = np.abs(logs[there] - logs[here])
        change[axis, here] = difference
        # Each point is the upper neighbour of at most one other.
        change[axis, there] = np.maximum(change[axis, there], difference)
    return change


def log_row_integrals(log_integrand: Callable[[Array], Array], low: Array, high: Array, step: float) -> Array:
    """log ∫ exp(log_integrand) over [low, high], for many log-concave integrands at once.

    Parameters
    ----------
    log_integrand : callable
        Maps nodes of shape (rows, K) to logs of that shape, row by row.
    low, high : ndarray of shape (rows,)
        Ends beyond which the integrand is negligible.
    step : float
        A step at which the trapezoidal rule is exact however wide the mass.
    """
    every, count = np.arange(len(low)), 160
    grid = np.linspace(0.0, 1.0, count + 1)
    for _ in range(60):
        nodes = low[:, None] + (high - low)[:, None] * grid
        logs = log_integrand(nodes)
        top = np.max(logs, axis=1, keepdims=True)
        inside = logs > top - DROP * unit_of(top)
        first, last = np.argmax(inside, axis=1), count - np.argmax(inside[:, ::-1], axis=1)
        if np.min(last - first) >= count // 2:
            break
        low, high = nodes[every, np.maximum(first - 1, 0)], nodes[every, np.minimum(last + 1, count)]
    if np.max(high - low) > step * count:
        count = math.ceil(np.max(high - low) / step)
        logs = log_integrand(low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, count + 1))
    return log_sum(logs, axis=1) + np.log((high - low) / count)
