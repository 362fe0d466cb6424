"""What is asked of (vector, class) pairs: linear models of 50 L-BFGS steps, exact separation, neighbours of one class.

A linear model here is v_1, …, v_K without bias, as in zhang2023, Definition 1; it classifies r by argmax_k ⟨v_k, r⟩,
and a tie at the top counts as an error. It is fitted to the mean softmax cross-entropy without a penalty.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from flint import fmpz_mat
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...separability.exact import decompose, dyadic_integers

__all__ = [
    "STEPS",
    "Fitted",
    "accuracy",
    "fit",
    "fit_linear",
    "neighbour_purity",
    "on_common_sphere",
    "separates_exactly",
]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
STEPS = 50
# Products of entries within these neither overflow nor underflow.
_SAFE = (1e-150, 1e150)


def on_common_sphere(R: Array) -> Array:
    """Rows scaled to norm √d, zero rows left alone: positive factors change nothing in Definition 1."""
    largest = np.abs(R).max(axis=1, keepdims=True)
    scaled = np.divide(R, largest, out=np.zeros_like(R), where=largest > 0.0)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    rescaled: Array = np.divide(scaled, norms / math.sqrt(R.shape[1]), out=scaled, where=norms > 0.0)
    return rescaled


class Fitted(NamedTuple):
    """A linear model and how soon it was right.

    Attributes
    ----------
    V : ndarray of float64, shape (K, d)
    steps : int or None
        The L-BFGS step after which it first classified all vectors right, None if none did.
    """

    V: Array
    steps: int | None


def fit_linear(R: Array, y: Labels, classes: int, *, steps: int = STEPS) -> Array:
    """`fit` without its steps.

    Examples
    --------
    >>> import numpy as np
    >>> R, y = np.eye(3), np.arange(3)
    >>> V = fit_linear(R, y, 3)
    >>> accuracy(V, R, y), separates_exactly(V, R, y)
    (1.0, True)
    """
    return fit(R, y, classes, steps=steps).V


def fit(R: Array, y: Labels, classes: int, *, steps: int = STEPS) -> Fitted:
    """Fit v_1, …, v_K to vectors and their classes by L-BFGS from 0.

    Parameters
    ----------
    R : ndarray of float64, shape (n, d)
    y : ndarray of int64, shape (n,)
        Classes from 0 to `classes` − 1.
    classes : int
    steps : int
        L-BFGS iterations.

    Returns
    -------
    Fitted

    Examples
    --------
    >>> import numpy as np
    >>> fit(np.eye(3), np.arange(3), 3).steps
    1
    """
    n, d = R.shape
    samples = np.arange(n)
    looked = 0
    first: int | None = None
    outputs = np.empty((n, classes))

    def loss(flat: Array) -> tuple[float, Array]:
        F = R @ flat.reshape(classes, d).T
        outputs[:] = F
        F -= logsumexp(F, axis=1, keepdims=True)
        value = -float(F[samples, y].mean())
        slope = np.exp(F)
        slope[samples, y] -= 1.0
        return value, (slope.T @ R).ravel() / n

    def look(flat: Array) -> None:
        # The point that a step ends at is the last one that its line search has tried.
        nonlocal looked, first
        looked += 1
        if first is None and _right(outputs, y).all():
            first = looked

    found = scipy.optimize.minimize(
        loss, np.zeros(classes * d), jac=True, method="L-BFGS-B", callback=look, options={"maxiter": steps}
    )
    return Fitted(np.asarray(found.x).reshape(classes, d), first)


def accuracy(V: Array, R: Array, y: Labels) -> float:
    """Share of the vectors of which ⟨v_y, r⟩ exceeds every ⟨v_k, r⟩, k ≠ y."""
    return float(np.mean(_right(R @ V.T, y)))


def _right(F: Array, y: Labels) -> NDArray[np.bool_]:
    """Which rows have their largest entry at their class, and there alone."""
    samples = np.arange(len(y))
    own = F[samples, y]
    rivals = F.copy()
    rivals[samples, y] = -np.inf
    return np.asarray(own > rivals.max(axis=1))


def gap(V: Array, R: Array, y: Labels) -> float:
    """The least ⟨v_y − v_k, r⟩/(‖v_y − v_k‖ ‖r‖), in floats: a sine, negative where V is wrong, 0 for a zero vector.

    Examples
    --------
    >>> import numpy as np
    >>> round(gap(np.eye(2), np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([0, 1])), 4)
    0.7071
    """
    F = R @ V.T
    samples = np.arange(len(y))
    products = V @ V.T
    squares = np.diag(products)
    lengths = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * products, 0.0))[y]
    lengths = lengths * np.linalg.norm(R, axis=1, keepdims=True)
    differences = F[samples, y][:, None] - F
    shares = np.divide(differences, lengths, out=np.zeros_like(F), where=lengths > 0.0)
    shares[samples, y] = np.inf
    return float(shares.min())


def separates_exactly(V: Array, R: Array, y: Labels) -> bool:
    """Whether V classifies every stored vector right in exact arithmetic: then R is linearly separable, proved.

    A vector whose float products differ by more than their rounding errors can add up to is settled by that bound, the
    others in integers.

    Examples
    --------
    >>> import numpy as np
    >>> V, y = np.array([[1.0], [-1.0]]), np.array([0, 0])
    >>> separates_exactly(V, np.array([[1.0], [5e-324]]), y), separates_exactly(V, np.array([[1.0], [0.0]]), y)
    (True, False)
    """
    left = np.flatnonzero(~_surely_right(V, R, y))
    if not left.size:
        return True
    rows, witness = (fmpz_mat(len(A), A.shape[1], dyadic_integers(*decompose(A))[0]) for A in (R[left], V))
    products = (rows * witness.transpose()).table()
    return all(
        all(row[k] < row[c] for k in range(len(row)) if k != c) for row, c in zip(products, y[left], strict=True)
    )


def _surely_right(V: Array, R: Array, y: Labels) -> NDArray[np.bool_]:
    """Which vectors are certainly classified right, by |fl(⟨v, r⟩) − ⟨v, r⟩| ≤ γ_d Σ|v_j r_j|."""
    for A in (V, R):
        sizes = np.abs(A[A != 0.0])
        if sizes.size and not (_SAFE[0] < sizes.min() and sizes.max() < _SAFE[1]):
            return np.zeros(len(R), dtype=np.bool_)
    samples = np.arange(len(y))
    F = R @ V.T
    # γ_d = du/(1 − du), with room for the roundings of the bound and of the gaps.
    errors = (1.1 * R.shape[1] + 8.0) * 2.0**-53 * (np.abs(R) @ np.abs(V).T)
    gaps = F[samples, y][:, None] - F - errors - errors[samples, y][:, None]
    gaps[samples, y] = np.inf
    return np.asarray((gaps > 0.0).all(axis=1))


def neighbour_purity(R: Array, y: Labels) -> float:
    """Share of the points whose nearest other point has their class.

    Examples
    --------
    >>> import numpy as np
    >>> neighbour_purity(np.array([[0.0], [1.0], [5.0], [7.0]]), np.array([0, 0, 1, 0]))
    0.5
    """
    squares = np.vecdot(R, R)
    distances = squares[:, None] + squares[None, :] - 2.0 * (R @ R.T)
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(y[np.argmin(distances, axis=1)] == y))
