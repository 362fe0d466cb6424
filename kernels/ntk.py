"""The tangent kernel of a given two-layer network in closed form.

With h = Wx and D_x = diag(1[h > 0]) the gradient of ``f(x) = aᵀσ(Wx)`` is σ(h) in a and (D_x a)_r x in row r of W, so

    ⟨∇_θ f(x), ∇_θ f(x')⟩ = σ(h)ᵀσ(h') + ⟨x, x'⟩ (D_x a)ᵀ(D_x' a),

and no vector of length m + m·d is ever needed.

See Also
--------
whp.kernels.masks : how the sign of a preactivation is certified.
whp.kernels.limits : the kernel in expectation, and its limits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from scipy.linalg.blas import get_blas_funcs

from .direct import returned, stored
from .jit import kernel
from .masks import certified_tiles, each_signed, norms_in_range
from .validate import Array, inputs, network, real_array

# No more than a tile of masks.py holds, so that one tile spans every neuron of a block.
BLOCK_ENTRIES = 2**20
SUM_ROWS = 512


@kernel
def _gate_and_rectify(H: Array, v: Array, M: Array, first: int, last: int) -> None:
    for i in range(first, last):
        h, gates = H[i], M[i]
        for r in range(len(h)):
            gates[r] = v[r] if h[r] > 0.0 else 0.0
        for r in range(len(h)):
            h[r] = h[r] if h[r] > 0.0 else 0.0


@kernel
def _add_product(A: Array, B: Array, partial: Array, out: Array) -> None:
    np.dot(A, B.T, partial)
    for i in range(out.shape[0]):
        row, more = out[i], partial[i]
        for j in range(len(row)):
            row[j] += more[j]


@kernel
def _add_weighted(X: Array, Y: Array, partial: Array, weights: Array, out: Array) -> None:
    np.dot(X, Y.T, partial)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += partial[i, j] * weights[i, j]


@kernel
def _join_halves(inner: Array, gated: Array, K: Array) -> None:
    for i in range(K.shape[0]):
        for j in range(i + 1):
            K[i, j] += inner[i, j] * gated[i, j]
            K[j, i] = K[i, j]


def ntk_features(W: ArrayLike, a: ArrayLike, X: ArrayLike) -> Array:
    """Gradients of ``f(x)`` in the parameters ``(a, W)``, one row per input.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.

    Returns
    -------
    ndarray of float64, shape (n, m + m·d)
        First σ(h), then (D_x a)_r x for r = 1, …, m.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape.

    Examples
    --------
    >>> from whp.kernels import ntk_features
    >>> ntk_features([[1.0, 2.0], [0.0, -1.0]], [0.5, 7.0], [[3.0, 1.0]])
    array([[5. , 0. , 1.5, 0.5, 0. , 0. ]])
    """
    W, a = network(W, a)
    X = inputs(X, W.shape[1])
    (m, d), n = W.shape, X.shape[0]
    out = np.empty((n, m + m * d))
    weights = out[:, m:].reshape(n, m, d)
    for tile in certified_tiles(W, X, keep=True):
        gates = np.empty(tile.shape)
        each_signed(tile, _gate_and_rectify, a[tile.columns], gates)
        out[tile.rows, tile.columns] = tile.operands[-1]
        np.multiply(gates[:, :, None], X[tile.rows, None, :], out=weights[tile.rows, tile.columns])
    return out


def _activations(W: Array, a: Array, X: Array, buffers: Array) -> tuple[Array, Array]:
    # σ(H) and D ∘ a for all inputs; a tile spans all these neurons, so its blocks are contiguous rows of both.
    n, m = X.shape[0], W.shape[0]
    S, G = buffers[:, : n * m].reshape(2, n, m)
    for tile in certified_tiles(W, X, keep=True):
        each_signed(tile, _gate_and_rectify, a, G[tile.rows], out=S[tile.rows])
    return S, G


def ntk_gram(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, Y: ArrayLike | None = None, *, dtype: DTypeLike = np.float64
) -> Array:
    """Tangent kernel ``σ(H)σ(H')ᵀ + (XYᵀ) ∘ ((D∘a)(D'∘a)ᵀ)``, the features never formed.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    Y : array_like of float64, shape (n', d), optional
        Second inputs; by default `X`.
    dtype : {np.float64, np.float32}
        Precision of what is stored, multiplied and returned: `W`, `a` and the inputs are rounded to it first, and the
        masks are those of the rounded numbers.

    Returns
    -------
    ndarray of `dtype`, shape (n, n')
        Inner products of the rows of `ntk_features`, over sign-certified masks.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape.

    Examples
    --------
    >>> from whp.kernels import ntk_gram
    >>> ntk_gram([[1.0, 2.0], [0.0, -1.0]], [0.5, 7.0], [[3.0, 1.0]])
    array([[27.5]])
    """
    W, a, X, kind, _ = stored(W, a, X, dtype)
    other = None if Y is None else real_array(Y, "Y", (None, W.shape[1]), kind).astype(W.dtype, copy=False)
    if other is not None and W.dtype == np.float32 and norms_in_range(other) is None:
        W, a, X, other = (v.astype(np.float64) for v in (W, a, X, other))
    out = _among(W, a, X) if other is None else _across(W, a, X, other)
    return returned(out, "the kernel", kind)


def _among(W: Array, a: Array, X: Array) -> Array:
    """The kernel of inputs with themselves: half of each product, twice."""
    n, m = X.shape[0], W.shape[0]
    out, gated = np.zeros((n, n), W.dtype), np.zeros((n, n), W.dtype)
    # Of SciPy's BLAS, as the products inside the JIT are.
    syrk = get_blas_funcs("syrk", dtype=W.dtype)

    def add(half: Array, A: Array) -> None:
        syrk(1.0, A.T, 1.0, half.T, trans=1, overwrite_c=1)

    width = max(1, min(m, BLOCK_ENTRIES // n))
    buffers = np.empty((2, n * width), W.dtype)
    for j in range(0, m, width):
        S, G = _activations(W[j : j + width], a[j : j + width], X, buffers)
        add(out, S)
        add(gated, G)
    inner = np.zeros((n, n), W.dtype)
    add(inner, X)
    _join_halves(inner, gated, out)
    return out


def _across(W: Array, a: Array, X: Array, Y: Array) -> Array:
    """The kernel between two sets of inputs."""
    n, k, m = X.shape[0], Y.shape[0], W.shape[0]
    out, gated = np.zeros((n, k), W.dtype), np.zeros((n, k), W.dtype)
    step = min(n, SUM_ROWS)
    partial = np.empty(step * k, W.dtype)
    width = max(1, min(m, BLOCK_ENTRIES // max(n, k)))
    buffers, more = np.empty((2, n * width), W.dtype), np.empty((2, k * width), W.dtype)
    parts = [slice(i, min(i + step, n)) for i in range(0, n, step)]
    rooms = [partial[: (rows.stop - rows.start) * k].reshape(-1, k) for rows in parts]
    for j in range(0, m, width):
        w, b = W[j : j + width], a[j : j + width]
        S, G = _activations(w, b, X, buffers)
        T, F = _activations(w, b, Y, more)
        for rows, room in zip(parts, rooms, strict=True):
            _add_product(S[rows], T, room, out[rows])
            _add_product(G[rows], F, room, gated[rows])
    for rows, room in zip(parts, rooms, strict=True):
        _add_weighted(X[rows], Y, room, gated[rows], out[rows])
    return out
