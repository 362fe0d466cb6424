"""Certified bounds of the margins of one class against the rest, for thousands of vectors of thousands of dimensions.

The maximum margin max_v min_i s_i⟨v, r_i⟩/‖v‖ of signs s is the distance of 0 from conv{s_i r_i}: any v bounds it from
below, any weights λ of the simplex from above, by ‖Σ λ_i s_i r_i‖. Floating point proposes λ for all classes at once
(accelerated projected gradients on the Gram matrix) and v = Σ λ_i s_i r_i; both bounds are then rounded outwards by
what their sums can have lost.

See Also
--------
whp.checks.separability.maximum_margin : the same in exact arithmetic, for data of moderate size.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARGIN_ROWS", "MarginBounds", "one_against_rest"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

# Beyond, the Gram matrix and the products with it take more than a few hundred MB and a minute.
MARGIN_ROWS = 4096
_STEPS = 1000
# A relative gap of the bounds that is small enough to stop.
_GAP = 0.01
_UNIT = 2.0**-53


class MarginBounds(NamedTuple):
    """Bounds of a maximum margin relative to the norm √d of the vectors, 0 where they are not separable."""

    low: float
    high: float


def one_against_rest(R: Array, y: Labels, classes: int) -> list[MarginBounds]:
    """Bound the maximum margin of each class against the rest; of two classes there is one margin.

    Parameters
    ----------
    R : ndarray of float64, shape (n, d)
        Vectors of norm √d, or 0; n ≤ MARGIN_ROWS.
    y : ndarray of int64, shape (n,)
    classes : int

    Returns
    -------
    list of MarginBounds

    Examples
    --------
    >>> import numpy as np
    >>> bounds = one_against_rest(np.sqrt(2) * np.eye(2), np.array([0, 1]), 2)
    >>> round(bounds[0].low, 4), round(bounds[0].high, 4)
    (0.7071, 0.7071)
    """
    if len(R) > MARGIN_ROWS:
        raise ValueError(f"found {len(R)} vectors; margins are bounded of at most {MARGIN_ROWS}")
    signs = np.where(y[:, None] == np.arange(classes if classes > 2 else 1), 1.0, -1.0)
    weights = _nearest(R @ R.T, signs)
    return [_bounds(R, signs[:, k], weights[:, k]) for k in range(signs.shape[1])]


def _nearest(gram: Array, signs: Array) -> Array:
    """Weights (n, K) of points of the hulls close to 0."""
    n, tasks = signs.shape
    step = 1.0 / float(np.linalg.norm(gram, 2)) if n < 3 else 1.0 / _largest(gram)
    weights = np.full((n, tasks), 1.0 / n)
    ahead, momentum = weights, np.ones(tasks)
    for count in range(_STEPS):
        slopes = signs * (gram @ (signs * ahead))
        moved = _on_simplex(ahead - step * slopes)
        # A step against the direction of the last one restarts its momentum.
        momentum = np.where(np.sum((ahead - moved) * (moved - weights), axis=0) > 0.0, 1.0, momentum)
        following = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
        ahead = moved + (momentum - 1.0) / following * (moved - weights)
        weights, momentum = moved, following
        if count % 20 == 19:
            slopes = signs * (gram @ (signs * weights))
            squares = np.sum(weights * slopes, axis=0)
            if (slopes.min(axis=0) >= (1.0 - _GAP) * squares).all():
                break
    return weights


def _largest(gram: Array) -> float:
    """An upper estimate of the largest eigenvalue."""
    v = np.ones(len(gram))
    for _ in range(30):
        v = gram @ (v / np.linalg.norm(v))
    return 1.05 * float(np.linalg.norm(v))


def _on_simplex(points: Array) -> Array:
    """The nearest points of the simplex, column by column."""
    n = len(points)
    ordered = -np.sort(-points, axis=0)
    excess = (np.cumsum(ordered, axis=0) - 1.0) / np.arange(1, n + 1)[:, None]
    last = n - 1 - np.argmax((ordered > excess)[::-1], axis=0)
    found: Array = np.maximum(points - np.take_along_axis(excess, last[None], axis=0), 0.0)
    return found


def _bounds(R: Array, sign: Array, weights: Array) -> MarginBounds:
    """Both bounds, rounded outwards: a sum of n products is off by at most γ_n times the sum of their sizes."""
    n, d = R.shape
    room = 1.0 + 4.0 * (n + d + 8.0) * _UNIT
    v = (sign * weights) @ R
    lost = (1.1 * n + 8.0) * _UNIT * float(np.linalg.norm(weights @ np.abs(R)))
    total = float(weights.sum())
    high = (float(np.linalg.norm(v)) * room + lost * room) / total * room / math.sqrt(d)
    products = sign * (R @ v) - (1.1 * d + 8.0) * _UNIT * (np.abs(R) @ np.abs(v))
    length = float(np.linalg.norm(v))
    least = float(products.min())
    low = least / (length * room) / math.sqrt(d) / room if length > 0.0 and least > 0.0 else 0.0
    return MarginBounds(low, high)
