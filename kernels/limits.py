"""Kernels of wide ReLU networks at random initialisation: of the outputs (NNGP) and of the gradients (tangent kernel).

Layers are z = (σ_w/√fan_in) V σ(z') + σ_b β with independent N(0, 1) entries of V and β, the parameterisation of
neural-tangents. With θ the angle between what two inputs have become, r and r' its lengths, and σ the ReLU

    E σ(z)σ(z') = (r r'/2π) (sin θ + (π − θ) cos θ),     E 1[z > 0] 1[z' > 0] = (π − θ)/2π,
    K ← σ_w² K + σ_b²,                                    Θ ← K + σ_w² Θ,

layer by layer from K = ⟨x, x'⟩/d. Here the recursion runs on unit vectors: a bias appends a coordinate c = σ_b/s to
p = σ_w r/s times the vector, s² = σ_w² r² + σ_b², so 1 − cos θ and 1 + cos θ are sums of positive terms in every layer
and lose nothing between nearly parallel or antipodal inputs.

See Also
--------
whp.kernels.ntk : the tangent kernel of a given network.
whp.kernels.regression : what the kernels predict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .jit import kernel
from .validate import Array, finite_result, positive_int, real_array

__all__ = ["LimitKernels", "limit_diagonals", "limit_kernels", "limit_ntk_gram"]

# Beyond this cosine the angle is taken from the sum and the difference of the unit vectors, which lose nothing there.
_NEARLY_PARALLEL = 0.9


class LimitKernels(NamedTuple):
    """Both kernels of infinitely wide networks.

    Attributes
    ----------
    nngp : ndarray of float64, shape (n, n') or (n,)
        Covariance of the outputs at initialisation.
    ntk : ndarray of float64, shape (n, n') or (n,)
        Tangent kernel.
    """

    nngp: Array
    ntk: Array


@kernel
def _unit_rows(A: Array, units: Array, norms: Array) -> None:
    # Scaled by the largest entry first, so that no square over- or underflows.
    for i in range(A.shape[0]):
        largest = 0.0
        for k in range(A.shape[1]):
            largest = max(largest, abs(A[i, k]))
        if largest == 0.0:
            norms[i] = 0.0
            units[i] = 0.0
            continue
        square = 0.0
        for k in range(A.shape[1]):
            units[i, k] = A[i, k] / largest
            square += units[i, k] ** 2
        root = math.sqrt(square)
        norms[i] = largest * root
        for k in range(A.shape[1]):
            units[i, k] /= root


@kernel
def _lune(angle: float) -> float:
    # sin θ − θ cos θ, to relative accuracy down to θ = 0.
    if angle > 0.5:
        return math.sin(angle) - angle * math.cos(angle)
    square, term, total, k = angle * angle, angle * angle * angle, 0.0, 1
    while k < 10:
        # Σ (−1)^{k+1} 2k/(2k+1)! θ^{2k+1}, with term = θ^{2k+1} (−1)^{k+1} 6/(2k+1)!
        total += term * (2 * k) / 6.0
        term *= -square / ((2 * k + 2) * (2 * k + 3))
        k += 1
    return total


@kernel
def _recursion(
    U: Array, V: Array, P: Array, Q: Array, B: Array, C: Array, s: Array, t: Array, same: bool, K: Array, T: Array
) -> None:
    # K becomes the NNGP and T what the tangent kernel has beyond it. Row l of P and B (and of Q and C for the second
    # inputs) holds the factors p and c of the layer l.
    np.dot(U, V.T, K)
    layers, d = P.shape[0], U.shape[1]
    for i in range(K.shape[0]):
        for j in range(i + 1 if same else K.shape[1]):
            cosine = K[i, j]
            less, more = 1.0 - cosine, 1.0 + cosine
            if abs(cosine) > _NEARLY_PARALLEL:
                apart, together = 0.0, 0.0
                for k in range(d):
                    apart += (U[i, k] - V[j, k]) ** 2
                    together += (U[i, k] + V[j, k]) ** 2
                less, more = 2.0 * apart / (together + apart), 2.0 * together / (together + apart)
            rest = 0.0
            for layer in range(layers):
                p, q, b, c = P[layer, i], Q[layer, j], B[layer, i], C[layer, j]
                if layer > 0:
                    angle = 2.0 * math.atan2(math.sqrt(less), math.sqrt(more))
                    gates = 2.0 * math.atan2(math.sqrt(more), math.sqrt(less))
                    # `rest` and the cosine before the gates; both shrink with π − θ.
                    rest = p * q * (rest + 0.5 * (more - less)) * gates / math.pi
                    hidden = _lune(gates) / math.pi
                    less, more = less - _lune(angle) / math.pi, 1.0 + hidden
                    cosine = p * q * hidden + b * c
                else:
                    cosine = p * q * 0.5 * (more - less) + b * c
                gap = (p - q) ** 2
                less, more = p * q * less + 0.5 * (gap + (b - c) ** 2), p * q * more + 0.5 * (gap + (b + c) ** 2)
            scale = s[i] * t[j]
            K[i, j] = scale * cosine
            T[i, j] = scale * rest
    if same:
        for i in range(K.shape[0]):
            for j in range(i + 1, K.shape[1]):
                K[i, j], T[i, j] = K[j, i], T[j, i]


def _scales(value: float | Sequence[float], name: str, layers: int, *, positive: bool = False) -> list[float]:
    """One scale per layer, from one number or from as many."""
    numbers: list[float] = real_array(np.atleast_1d(value), name, (None,)).tolist()
    if len(numbers) not in (1, layers):
        raise ValueError(f"{name} has {len(numbers)} values, but 1 or one per layer, {layers}, is needed")
    for number in numbers:
        if number < 0.0 or (positive and number == 0.0):
            raise ValueError(f"{name} must be {'positive' if positive else 'at least 0'}, found {number}")
    return numbers * (layers if len(numbers) == 1 else 1)


def _lengths(r: Array, weights: Sequence[float], biases: Sequence[float]) -> tuple[Array, Array, Array]:
    """The factors p and c of every layer, shape (layers, n), and the lengths after the last."""
    P, B = np.empty((len(weights), len(r))), np.empty((len(weights), len(r)))
    s = r
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        with np.errstate(over="ignore"):
            moved = w * (s if k == 0 else s / math.sqrt(2.0))
            s = np.hypot(moved, b)
        # Where nothing is left, at a zero input without biases, any direction will do.
        P[k] = np.divide(moved, s, out=np.ones_like(s), where=(s > 0.0) & (s < np.inf))
        B[k] = np.divide(b, s, out=np.zeros_like(s), where=s > 0.0)
    return P, B, s


def _limits(X: Array, Y: Array | None, weights: Sequence[float], biases: Sequence[float]) -> tuple[Array, Array]:
    """The NNGP and what the tangent kernel has beyond it."""
    same = Y is None or (Y.shape == X.shape and bool((X == Y).all()))
    U, norms = np.empty_like(X), np.empty(len(X))
    _unit_rows(X, U, norms)
    P, B, s = _lengths(norms / math.sqrt(X.shape[1]), weights, biases)
    V, Q, C, t = U, P, B, s
    if Y is not None and not same:
        V, norms = np.empty_like(Y), np.empty(len(Y))
        _unit_rows(Y, V, norms)
        Q, C, t = _lengths(norms / math.sqrt(X.shape[1]), weights, biases)
    K, T = np.empty((len(X), len(V))), np.empty((len(X), len(V)))
    _recursion(U, V, P, Q, B, C, s, t, same, K, T)
    return K, T


def limit_ntk_gram(X: ArrayLike, Y: ArrayLike | None = None, *, m: int) -> Array:
    """Expected tangent kernel of the two-layer network at random initialisation, exact at every width.

    With θ the angle between x and x', and weights as `sample_network` draws them,

        E⟨∇_θ f(x), ∇_θ f(x')⟩ = (‖x‖‖x'‖/d) [m (sin θ + (π − θ) cos θ) + d (π − θ) cos θ] / (2π),

    so that divided by m it tends to the arc-cosine kernel of degree 1 as m → ∞.

    Parameters
    ----------
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    Y : array_like of float64, shape (n', d), optional
        Second inputs; by default `X`.
    m : int
        Width.

    Returns
    -------
    ndarray of float64, shape (n, n')
        Symmetric to the bit among the same inputs. Rows and columns of zero inputs are zero.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, `m` is not a positive integer, or the result
        overflows.

    Examples
    --------
    >>> from whp.kernels import limit_ntk_gram
    >>> limit_ntk_gram([[1.0, 1.0], [-1.0, -1.0]], m=10)
    array([[6., 0.],
           [0., 6.]])
    """
    X = real_array(X, "X", (None, None))
    m = positive_int(m, "m")
    other = None if Y is None else real_array(Y, "Y", (None, X.shape[1]))
    outer, inner = _limits(X, other, (1.0, 1.0), (0.0, 0.0))
    with np.errstate(over="ignore", invalid="ignore"):
        return finite_result(m * outer + X.shape[1] * inner, "the kernel")


def limit_kernels(
    X: ArrayLike,
    Y: ArrayLike | None = None,
    *,
    hidden: int = 1,
    weight_scale: float | Sequence[float] = 1.0,
    bias_scale: float | Sequence[float] = 0.0,
) -> LimitKernels:
    """NNGP and tangent kernel of infinitely wide ReLU networks, in the parameterisation of neural-tangents.

    Parameters
    ----------
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    Y : array_like of float64, shape (n', d), optional
        Second inputs; by default `X`.
    hidden : int
        Number of hidden layers; a linear layer follows them.
    weight_scale : float or sequence of float
        σ_w (``W_std``), for all layers or for each of the ``hidden + 1``.
    bias_scale : float or sequence of float
        σ_b (``b_std``), likewise.

    Returns
    -------
    LimitKernels
        Two arrays of shape (n, n'), symmetric to the bit among the same inputs.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, a scale is negative, `hidden` is not a
        positive integer, or the result overflows.

    Examples
    --------
    >>> from whp.kernels.limits import limit_kernels
    >>> nngp, ntk = limit_kernels([[1.0, 0.0], [0.0, 1.0]], weight_scale=2**0.5)
    >>> nngp.round(6)
    array([[1.     , 0.31831],
           [0.31831, 1.     ]])
    >>> ntk.round(6)
    array([[2.     , 0.31831],
           [0.31831, 2.     ]])
    """
    X = real_array(X, "X", (None, None))
    layers = positive_int(hidden, "hidden") + 1
    other = None if Y is None else real_array(Y, "Y", (None, X.shape[1]))
    weights = _scales(weight_scale, "weight_scale", layers, positive=True)
    nngp, rest = _limits(X, other, weights, _scales(bias_scale, "bias_scale", layers))
    with np.errstate(over="ignore", invalid="ignore"):
        return LimitKernels(finite_result(nngp, "the kernel"), finite_result(nngp + rest, "the kernel"))


def limit_diagonals(
    X: ArrayLike,
    *,
    hidden: int = 1,
    weight_scale: float | Sequence[float] = 1.0,
    bias_scale: float | Sequence[float] = 0.0,
) -> LimitKernels:
    """The diagonals of `limit_kernels` alone, at a cost linear in the number of inputs.

    Parameters
    ----------
    X, hidden, weight_scale, bias_scale
        As for `limit_kernels`.

    Returns
    -------
    LimitKernels
        Two arrays of shape (n,).

    Raises
    ------
    ValueError, TypeError
        As for `limit_kernels`.

    Examples
    --------
    >>> from whp.kernels.limits import limit_diagonals
    >>> limit_diagonals([[1.0, 0.0], [3.0, 4.0]], weight_scale=2**0.5).ntk.round(6)
    array([ 2., 50.])
    """
    X = real_array(X, "X", (None, None))
    layers = positive_int(hidden, "hidden") + 1
    units, norms = np.empty_like(X), np.empty(len(X))
    _unit_rows(X, units, norms)
    weights = _scales(weight_scale, "weight_scale", layers, positive=True)
    P, _, s = _lengths(norms / math.sqrt(X.shape[1]), weights, _scales(bias_scale, "bias_scale", layers))
    total = np.ones(len(X))
    for p in P[1:]:
        total = 1.0 + p * p * total
    with np.errstate(over="ignore", invalid="ignore"):
        return LimitKernels(finite_result(s * s, "the kernel"), finite_result(s * s * total, "the kernel"))
