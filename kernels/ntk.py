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

from functools import partial

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from scipy.linalg.blas import dgemm, sgemm

from . import gated
from .direct import returned, stored
from .jit import kernel
from .masks import certified_tiles, each_signed, fill_gates, in_range, row_norms, share
from .validate import Array, network_at, real_array

# No more than a tile of masks.py holds, so that one tile spans every neuron of a block.
BLOCK_ENTRIES = 2**20
# A block of so many is still in the cache when its halves of products are taken; fewer neurons are too few for these.
_CACHED_ENTRIES, _FEWEST = 2**18, 512
SUM_ROWS = 512
# After a product the BLAS's threads wait for the next without sleep, and take some milliseconds from those that share.
_AFTER_PRODUCTS = 2**26
# Half of a product is taken in strips of rows, as many as the BLAS does not slow down for.
_STRIPS, _FEWEST_ROWS = 8, 48


@kernel
def _rectify(H: Array, first: int, last: int) -> None:
    for i in range(first, last):
        h = H[i]
        for r in range(len(h)):
            h[r] = max(h[r], 0.0)


def _pack_and_rectify(H: Array, codes: gated.Codes, first: int, last: int) -> None:
    gated.pack(H, codes, first, last)
    _rectify(H, first, last)


@kernel
def _add_half(A: Array, out: Array) -> None:
    # A Aᵀ where j ≤ i, and in a few entries above, in strips of rows.
    n = len(A)
    strips = max(1, min(_STRIPS, n // _FEWEST_ROWS))
    for k in range(strips):
        start, end = n * k // strips, n * (k + 1) // strips
        product = np.dot(A[start:end], A[:end].T)
        for i in range(end - start):
            for j in range(end):
                out[start + i, j] += product[i, j]


@kernel
def _add_weighted(X: Array, Y: Array, inner: Array, weights: Array, out: Array) -> None:
    np.dot(X, Y.T, inner)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += inner[i, j] * weights[i, j]


@kernel
def _join_halves(inner: Array, weights: Array, K: Array) -> None:
    for i in range(K.shape[0]):
        for j in range(i + 1):
            K[i, j] += inner[i, j] * weights[i, j]
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
    W, a, X = network_at(W, a, X)
    (m, d), n = W.shape, X.shape[0]
    out = np.empty((n, m + m * d))
    weights = out[:, m:].reshape(n, m, d)
    for tile in certified_tiles(W, X, keep=True):
        gates = np.empty(tile.shape)
        each_signed(tile, fill_gates, a[tile.columns], gates)
        np.maximum(tile.operands[-1], 0.0, out=out[tile.rows, tile.columns])
        np.multiply(gates[:, :, None], X[tile.rows, None, :], out=weights[tile.rows, tile.columns])
    return out


class _Block:
    """σ(H) of inputs and some neurons at a time, whose signs it keeps."""

    def __init__(self, X: Array, x_norms: Array, width: int, m: int) -> None:
        self._X, self._norms = X, x_norms
        self._room = np.empty(len(X) * width, X.dtype)
        self.codes = np.empty((len(X), gated.words(m)), np.uint32)

    def activations(self, W: Array, w_norms: Array, neurons: slice) -> Array:
        """σ(H) of these neurons, whose first is the first of a word; a tile spans them all."""
        w = W[neurons]
        values = self._room[: len(self._X) * len(w)].reshape(len(self._X), len(w))
        start = neurons.start // gated.NEURONS
        codes = self.codes[:, start : start + gated.words(len(w))]

        for tile in certified_tiles(w, self._X, (w_norms[neurons], self._norms), keep=True):
            each_signed(tile, _pack_and_rectify, codes[tile.rows], out=values[tile.rows])
        return values


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
    W, a, X, kind, norms = stored(W, a, X, dtype)
    if Y is None:
        return returned(_among(W, a, X, norms), "the kernel", kind)
    other = real_array(Y, "Y", (None, W.shape[1]), kind, finite=False).astype(W.dtype, copy=False)
    others = row_norms(other, "Y")
    if W.dtype == np.float32 and not in_range(other):
        W, a, X, other = (v.astype(np.float64) for v in (W, a, X, other))
    return returned(_across(W, a, X, norms, other, others), "the kernel", kind)


def _squares(a: Array) -> Array:
    # One that overflows counts only where its neuron is active for both inputs.
    with np.errstate(over="ignore"):
        return a * a


def _blocks(m: int, n: int) -> tuple[int, list[slice]]:
    """The neurons in blocks of whole words, for n inputs, and the width of the widest."""
    width = min(m, BLOCK_ENTRIES // n, max(_FEWEST, _CACHED_ENTRIES // n))
    width = gated.NEURONS * max(1, width // gated.NEURONS)
    return width, [slice(j, min(j + width, m)) for j in range(0, m, width)]


def _among(W: Array, a: Array, X: Array, norms: tuple[Array, Array]) -> Array:
    """The kernel of inputs with themselves: half of each product, twice."""
    n, m = X.shape[0], W.shape[0]
    width, blocks = _blocks(m, n)
    out, common, inner = (np.zeros((n, n), W.dtype) for _ in range(3))
    block = _Block(X, norms[1], width, m)
    for j in blocks:
        _add_half(block.activations(W, norms[0], j), out)
    weigh = partial(gated.weigh_common, block.codes, block.codes, _squares(a), common, True)
    share(weigh, gated.pieces(common), n * n * m / 2 / gated.GAIN, _AFTER_PRODUCTS)
    _add_half(X, inner)
    _join_halves(inner, common, out)
    return out


def _across(W: Array, a: Array, X: Array, norms: tuple[Array, Array], Y: Array, y_norms: Array) -> Array:
    """The kernel between two sets of inputs."""
    n, k, m = X.shape[0], Y.shape[0], W.shape[0]
    out, common = np.zeros((n, k), W.dtype), np.empty((n, k), W.dtype)
    gemm = sgemm if W.dtype == np.float32 else dgemm
    width, blocks = _blocks(m, max(n, k))
    block, other = _Block(X, norms[1], width, m), _Block(Y, y_norms, width, m)
    for j in blocks:
        A, B = block.activations(W, norms[0], j), other.activations(W, norms[0], j)
        gemm(1.0, B.T, A.T, 1.0, out.T, trans_a=1, overwrite_c=1)
    weigh = partial(gated.weigh_common, block.codes, other.codes, _squares(a), common, False)
    share(weigh, gated.pieces(common), n * k * m / gated.GAIN, _AFTER_PRODUCTS)
    step = min(n, SUM_ROWS)
    room = np.empty(step * k, W.dtype)
    for i in range(0, n, step):
        rows = slice(i, min(i + step, n))
        inner = room[: (rows.stop - i) * k].reshape(-1, k)
        _add_weighted(X[rows], Y, inner, common[rows], out[rows])
    return out
