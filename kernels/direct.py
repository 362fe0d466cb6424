"""The two-layer network ``f(x) = aᵀσ(Wx)`` itself: outputs, exact input gradients and margins.

With σ the ReLU and σ'(0) = 0

    ∇f(x)     = Wᵀ D_x a,                    D_x = diag(1[Wx > 0]),
    ⟨u, ∇f(x)⟩ = Σ_r 1[h_r > 0] a_r (Wu)_r,   h = Wx,
    r_x        = −(1 − s(y f(x))) y ∇f(x),    s(z) = 1/(1 + e^{−z}),

so a margin is one masked sum over the preactivations and never needs the gradient.

See Also
--------
whp.kernels.masks : how the sign of a preactivation is certified.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import gated
from .jit import kernel
from .masks import certified_tiles, each_signed, in_range, row_norms, share
from .validate import (
    Array,
    finite_result,
    generator,
    inputs,
    network_at,
    positive_int,
    precision,
    real_array,
    sign_labels,
)


@kernel
def _product(X: Array, W: Array, H: Array) -> None:
    np.dot(X, W.T, H)


# Two passes over W that need no BLAS, whose threads would go on waiting for more beside those that share the rest.


@kernel
def _readout(W: Array, a: Array, out: Array, first: int, last: int) -> None:
    total = out[first:last]
    for r in range(len(W)):
        w, factor = W[r, first:last], a[r]
        for k in range(len(total)):
            total[k] += factor * w[k]


@kernel(reassociate=True)
def _gated_readout(W: Array, a: Array, u: Array, out: Array, first: int, last: int) -> None:
    for r in range(first, last):
        w, total = W[r], W.dtype.type(0.0)
        for k in range(len(w)):
            total += w[k] * u[k]
        out[r] = a[r] * total


def _weights_of_gates(W: Array, a: Array, u: Array | None) -> Array:
    """a ∘ (W u), where u is Wᵀa unless given."""
    if u is None:
        u = np.zeros(W.shape[1], W.dtype)
        share(partial(_readout, W, a, u), len(u), W.size)
        finite_result(u, "Wᵀa")
    out = np.empty(len(W), W.dtype)
    share(partial(_gated_readout, W, a, u, out), len(out), W.size)
    return finite_result(out, "a (Wu)")


@kernel(reassociate=True)
def _add_gated(H: Array, v: Array, out: Array, first: int, last: int) -> None:
    for i in range(first, last):
        h, total = H[i], 0.0
        for r in range(len(h)):
            total += v[r] if h[r] > 0.0 else 0.0
        out[i] += total


@kernel(reassociate=True)
def _add_outputs(X: Array, W: Array, a: Array, H: Array, out: Array) -> None:
    np.dot(X, W.T, H)
    for i in range(H.shape[0]):
        h, total = H[i], 0.0
        for r in range(len(h)):
            total += a[r] * max(h[r], 0.0)
        out[i] += total


@kernel(reassociate=True)
def _scale_to_noise(X: Array, y: Array, G: Array) -> None:
    # f is homogeneous, f(x) = ⟨x, ∇f(x)⟩, so the outputs come from the gradients without a second product.
    for i in range(G.shape[0]):
        x, g, f = X[i], G[i], 0.0
        for k in range(len(g)):
            f += x[k] * g[k]
        # e^{−|z|} never overflows, so 1 − s(z) keeps its relative accuracy at both ends.
        z = y[i] * f
        e = math.exp(-abs(z))
        scale = -y[i] * (e if z > 0.0 else 1.0) / (1.0 + e)
        for k in range(len(g)):
            g[k] *= scale


def sample_network(m: int, d: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a network at random initialisation.

    Parameters
    ----------
    m, d : int
        Width and input dimension.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    W : ndarray of float64, shape (m, d)
        Independent N(0, 1/d) entries.
    a : ndarray of float64, shape (m,)
        Independent N(0, 1/m) entries, independent of `W`.

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer or `rng` is not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import sample_network
    >>> W, a = sample_network(8, 3, np.random.default_rng(0))
    >>> W.shape, a.shape
    ((8, 3), (8,))
    """
    m, d, rng = positive_int(m, "m"), positive_int(d, "d"), generator(rng)
    W = rng.standard_normal((m, d))
    W /= math.sqrt(d)
    a = rng.standard_normal(m)
    a /= math.sqrt(m)
    return W, a


def preactivations(W: ArrayLike, X: ArrayLike) -> Array:
    """Preactivations ``h = Wx`` of every input, one row per input.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.

    Returns
    -------
    ndarray of float64, shape (n, m)
        ``X Wᵀ``, rounded: for the certified signs use `activation_masks`.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or the result overflows.

    Examples
    --------
    >>> from whp.kernels import preactivations
    >>> preactivations([[1.0, 2.0], [0.0, -1.0]], [[3.0, 1.0]])
    array([[ 5., -1.]])
    """
    W = real_array(W, "W", (None, None))
    X = inputs(X, W.shape[1])
    H = np.empty((X.shape[0], W.shape[0]))
    _product(X, W, H)
    return finite_result(H, "a preactivation")


class Stored(NamedTuple):
    """The arrays as they are multiplied, the precision asked for, and `row_norms` of W and X."""

    W: Array
    a: Array
    X: Array
    kind: type[np.floating[Any]]
    norms: tuple[Array, Array]


def stored(W: ArrayLike, a: ArrayLike, X: ArrayLike, dtype: DTypeLike) -> Stored:
    """Validate a network and inputs and round them as asked; float32 numbers out of its range are widened."""
    kind = precision(dtype)
    W = real_array(W, "W", (None, None), kind, finite=False)
    a = real_array(a, "a", (W.shape[0],), kind)
    X = real_array(X, "X", (None, W.shape[1]), kind, finite=False)
    norms = row_norms(W, "W"), row_norms(X, "X")
    if kind is np.float64 or (in_range(W) and in_range(X) and in_range(a[:, None])):
        return Stored(W, a, X, kind, norms)
    return Stored(W.astype(np.float64), a.astype(np.float64), X.astype(np.float64), kind, norms)


def returned(out: Array, name: str, kind: Any) -> Array:
    """A finite result in the precision asked for."""
    with np.errstate(over="ignore"):
        return finite_result(out.astype(kind, copy=False), name)


def forward(W: ArrayLike, a: ArrayLike, X: ArrayLike, *, dtype: DTypeLike = np.float64) -> Array:
    """Outputs ``f(x) = aᵀσ(Wx)``.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    dtype : {np.float64, np.float32}
        Precision of what is stored, multiplied and returned: `W`, `a` and `X` are rounded to it first, and the masks
        are those of the rounded numbers.

    Returns
    -------
    ndarray of `dtype`, shape (n,)

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or the result overflows.

    Examples
    --------
    >>> from whp.kernels import forward
    >>> forward([[1.0, 2.0], [0.0, -1.0]], [0.5, 7.0], [[3.0, 1.0]])
    array([2.5])
    """
    W, a, X, kind, norms = stored(W, a, X, dtype)
    out = np.zeros(X.shape[0])
    for tile in certified_tiles(W, X, norms, keep=True):
        _, _, x, w, _, _, H = tile.operands
        _add_outputs(x, w, a[tile.columns], H, out[tile.rows])
    return returned(out, "the output", kind)


def margins(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, u: ArrayLike | None = None, *, dtype: DTypeLike = np.float64
) -> Array:
    """Margins ``⟨u, ∇f(x_i)⟩ = Σ_r 1[h_ir > 0] a_r (Wu)_r``, the gradients never formed.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    u : array_like of float64, shape (d,), optional
        Direction; by default ``Wᵀa``, the gradient of the network without its ReLUs.
    dtype : {np.float64, np.float32}
        Precision of what is stored, multiplied and returned: `W`, `a` and `X` are rounded to it first, and the masks
        are those of the rounded numbers.

    Returns
    -------
    ndarray of `dtype`, shape (n,)
        Rounded sums over sign-certified masks.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or the result overflows.

    Examples
    --------
    >>> from whp.kernels import margins
    >>> margins([[1.0, 2.0], [0.0, -1.0]], [0.5, 2.0], [[3.0, 1.0], [1.0, -1.0]])
    array([-0.75,  2.  ])
    """
    W, a, X, kind, norms = stored(W, a, X, dtype)
    p = _weights_of_gates(W, a, None if u is None else real_array(u, "u", (W.shape[1],), W.dtype.type))
    out = np.zeros(X.shape[0])
    for tile in certified_tiles(W, X, norms):
        each_signed(tile, _add_gated, p[tile.columns], out[tile.rows])
    return returned(out, "the margin", kind)


def input_gradients(W: ArrayLike, a: ArrayLike, X: ArrayLike, *, dtype: DTypeLike = np.float64) -> Array:
    """Input gradients ``∇f(x) = Wᵀ D_x a`` with certified masks.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    dtype : {np.float64, np.float32}
        Precision of what is stored, multiplied and returned: `W`, `a` and `X` are rounded to it first, and the masks
        are those of the rounded numbers.

    Returns
    -------
    ndarray of `dtype`, shape (n, d)
        One gradient per row.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or the result overflows.

    Examples
    --------
    >>> from whp.kernels import input_gradients
    >>> input_gradients([[1.0, 2.0], [0.0, -1.0]], [0.5, 7.0], [[3.0, 1.0]])
    array([[0.5, 1. ]])
    """
    W, a, X, kind, norms = stored(W, a, X, dtype)
    out = np.zeros_like(X)
    for tile in certified_tiles(W, X, norms):
        n, m = tile.shape
        codes = np.empty((n, gated.words(m)), np.uint32)
        each_signed(tile, gated.pack, codes)
        add = partial(gated.add_chosen, codes, a[tile.columns], W[tile.columns], out[tile.rows])
        share(add, gated.pieces(W), n * m * W.shape[1] / gated.GAIN)
    return returned(out, "the gradient", kind)


def adversarial_noises(W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike) -> Array:
    """One-step adversarial noises ``r = −(1 − s(y f)) y ∇f`` of the logistic loss.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    y : array_like of float64, shape (n,)
        Labels, each −1 or +1.

    Returns
    -------
    ndarray of float64, shape (n, d)
        One noise per row; it underflows to 0 where ``y f`` exceeds about 745.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, a label is not ±1, or the result overflows.

    Examples
    --------
    >>> from whp.kernels import adversarial_noises
    >>> adversarial_noises([[1.0, 0.0]], [1.0], [[0.0, 2.0], [1e-300, 2.0]], [1, -1])
    array([[-0. , -0. ],
           [ 0.5,  0. ]])
    """
    W, a, X = network_at(W, a, X)
    y = sign_labels(y, X.shape[0])
    out = input_gradients(W, a, X)
    _scale_to_noise(X, y, out)
    return finite_result(out, "the output")


def noises_of_gradients(X: ArrayLike, y: ArrayLike, G: ArrayLike) -> Array:
    """The noises of `adversarial_noises` from input gradients that are already there.

    Parameters
    ----------
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    y : array_like of float64, shape (n,)
        Labels, each −1 or +1.
    G : array_like of float64, shape (n, d)
        Their input gradients, from `input_gradients`; the outputs are ``f(x) = ⟨x, ∇f(x)⟩``.

    Returns
    -------
    ndarray of float64, shape (n, d)

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, a label is not ±1, or the result overflows.

    Examples
    --------
    >>> from whp.kernels import noises_of_gradients
    >>> noises_of_gradients([[0.0, 2.0]], [-1], [[1.0, 0.0]])
    array([[0.5, 0. ]])
    """
    X = real_array(X, "X", (None, None))
    y = sign_labels(y, X.shape[0])
    out = np.array(real_array(G, "G", X.shape))
    _scale_to_noise(X, y, out)
    return finite_result(out, "the output")
