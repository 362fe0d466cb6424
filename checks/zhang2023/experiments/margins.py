"""Certified bounds of the margins of one class against the rest, for thousands of vectors of thousands of dimensions.

The maximum margin max_v min_i s_i⟨v, r_i⟩/‖v‖ of signs s is the distance of 0 from conv{s_i r_i}: any v bounds it from
below, any weights λ of the simplex from above, by ‖Σ λ_i s_i r_i‖. Floating point proposes λ (coordinate descent on
the Gram matrix, which all classes share) and v = Σ λ_i s_i r_i; both bounds are then rounded outwards by what their
sums can have lost. A gap that is left after the last sweep stays between them, and of a margin below 10⁻⁴ the lower
bound may be 0.

See Also
--------
whp.checks.separability.maximum_margin : the same in exact arithmetic, for data of moderate size.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....kernels.jit import kernel

__all__ = ["MARGIN_ROWS", "MarginBounds", "one_against_rest"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

# Beyond, the Gram matrix takes more than 128 MB, and inseparable data minutes.
MARGIN_ROWS = 4096
# Products in all, and sweeps, most of which change few weights.
_PRODUCTS, _SWEEPS = 10**9, 2000
_LOOK = 5
# A relative gap of the bounds that is small enough to stop.
_GAP = 0.01
# An upper bound at which the search for a lower one ends.
_HOPELESS = 1e-4
_UNIT = 2.0**-53


class MarginBounds(NamedTuple):
    """Bounds of a maximum margin relative to the norm √d of the vectors, 0 where they are not separable."""

    low: float
    high: float


def one_against_rest(R: Array, y: Labels, classes: int, *, rng: np.random.Generator) -> list[MarginBounds]:
    """Bound the maximum margin of each class against the rest; of two classes there is one margin.

    Parameters
    ----------
    R : ndarray of float64, shape (n, d)
        Vectors of norm √d, or 0; n ≤ MARGIN_ROWS.
    y : ndarray of int64, shape (n,)
    classes : int
    rng : numpy.random.Generator
        Orders the vectors anew for each sweep.

    Returns
    -------
    list of MarginBounds

    Raises
    ------
    ValueError
        More vectors than MARGIN_ROWS.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> bounds = one_against_rest(np.sqrt(2) * np.eye(2), np.array([0, 1]), 2, rng=rng)
    >>> round(bounds[0].low, 4), round(bounds[0].high, 4)
    (0.7071, 0.7071)
    """
    if len(R) > MARGIN_ROWS:
        raise ValueError(f"found {len(R)} vectors; margins are bounded of at most {MARGIN_ROWS}")
    gram = R @ R.T / R.shape[1]
    signs = [np.where(y == k, 1.0, -1.0) for k in range(classes if classes > 2 else 1)]
    return [_bounds(R, sign, _nearest(gram, sign, rng)) for sign in signs]


def _nearest(gram: Array, sign: Array, rng: np.random.Generator) -> Array:
    """Weights (n,) of a point of the hull close to the nearest one, of sum 1."""
    weights, slopes = np.zeros(len(sign)), np.zeros(len(sign))
    spent = 0
    for count in range(_SWEEPS):
        spent += _sweep(gram, sign, weights, slopes, rng.permutation(len(sign)))
        if count % _LOOK == 0:
            # The point v of the hull has ⟨v, s_i r_i⟩ = slopes/total and ‖v‖² = square/total².
            total, square = float(weights.sum()), float(weights @ slopes)
            if float(slopes.min()) * total >= (1.0 - _GAP) * square or square <= (_HOPELESS * total) ** 2:
                break
        if spent * len(sign) > _PRODUCTS:
            break
    total = float(weights.sum())
    return weights / total if total > 0.0 else np.full(len(sign), 1.0 / len(sign))


@kernel
def _sweep(gram: Array, sign: Array, weights: Array, slopes: Array, order: Labels) -> int:
    # Minimises ½‖Σ α_i s_i r_i‖² − Σ α_i over α ≥ 0, one α_i after the other; slopes are ⟨Σ α_j s_j r_j, s_i r_i⟩.
    changed = 0
    for i in order:
        if gram[i, i] > 0.0:
            moved = max(0.0, weights[i] + (1.0 - slopes[i]) / gram[i, i])
            change = (moved - weights[i]) * sign[i]
            if change != 0.0:
                weights[i] = moved
                changed += 1
                for j in range(sign.shape[0]):
                    slopes[j] += change * sign[j] * gram[i, j]
    return changed


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
