"""The network linearised in its weights, its input gradients, and its gradient flow on the squared loss.

    f_lin(x) = f(x) + Δaᵀσ(Wx) + aᵀD_x ΔW x,     ∇f_lin(x) = WᵀD_x (a + Δa) + ΔWᵀD_x a,

with the masks of the initial W. Every descent from Δ = 0 on losses of the f_lin(x_i) stays in the span of the n tangent
features, Δa = Σ_i α_i σ(Wx_i) and ΔW = Σ_i α_i (D_i a) x_iᵀ, so n numbers α are the whole state and f_lin = f + Kα on
the training inputs, K the tangent kernel. On the mean squared loss (1/2n) Σ (f_lin(x_i) − y_i)² the flow is linear:

    α(t) = φ_t(K)(y − f),     φ_t(λ) = (1 − e^{−λt/n})/λ.

See Also
--------
whp.kernels.training : the network that is not linearised.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .direct import input_gradients, preactivations
from .jit import kernel
from .masks import activation_masks
from .validate import Array, inputs, network, real_array

_NULL = 1e-12


@kernel
def _cross_gram(R: Array, S: Array, B: Array, C: Array, X: Array, Y: Array, both: bool) -> Array:
    # (layer-two features) + (inputs) ∘ (layer-one features), each a BLAS product of the same size as the result.
    K: Array = np.dot(X, Y.T)
    K *= np.dot(B, C.T)
    if both:
        K += np.dot(R, S.T)
    return K


class LinearisedNetwork:
    """A two-layer network linearised in its weights around (W, a), driven by its training inputs.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Training inputs, dimensionless.
    layers : {"both", "hidden"}
        Which weights move.

    Attributes
    ----------
    W, a, X : ndarray of float64
        As given.
    gram : ndarray of float64, shape (n, n)
        Tangent kernel on the training inputs.
    initial : ndarray of float64, shape (n,)
        Outputs f(x_i) before training.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or `layers` is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import sample_network
    >>> from whp.kernels.linearised import LinearisedNetwork
    >>> W, a = sample_network(50, 4, np.random.default_rng(0))
    >>> linear = LinearisedNetwork(W, a, 2 * np.eye(4))
    >>> y = np.array([1.0, -1.0, 1.0, -1.0])
    >>> bool(np.allclose(linear.outputs(linear.squared_flow(y, np.inf)), y))
    True
    """

    __slots__ = ("W", "X", "_gated", "_hidden", "a", "gram", "initial", "layers")

    def __init__(self, W: ArrayLike, a: ArrayLike, X: ArrayLike, *, layers: str = "both") -> None:
        self.W, self.a = network(W, a)
        self.X = inputs(X, self.W.shape[1])
        if layers not in ("both", "hidden"):
            raise ValueError(f'layers must be "both" or "hidden", found {layers!r}; choose one of them')
        self.layers = layers
        self._hidden, self._gated = self._features(self.X)
        self.initial = self._hidden @ self.a
        self.gram = self._cross(self.X, self._hidden, self._gated)

    def _features(self, Y: Array) -> tuple[Array, Array]:
        masks = activation_masks(self.W, Y)
        return np.where(masks, preactivations(self.W, Y), 0.0), np.where(masks, self.a, 0.0)

    def _cross(self, Y: Array, hidden: Array, gated: Array) -> Array:
        return _cross_gram(hidden, self._hidden, gated, self._gated, Y, self.X, self.layers == "both")

    def _state(self, alpha: ArrayLike) -> Array:
        return real_array(alpha, "alpha", (len(self.X),))

    def outputs(self, alpha: ArrayLike, Y: ArrayLike | None = None) -> Array:
        """Outputs ``f_lin`` in the state α.

        Parameters
        ----------
        alpha : array_like of float64, shape (n,)
            State.
        Y : array_like of float64, shape (k, d), optional
            Inputs, by default the training inputs.

        Returns
        -------
        ndarray of float64, shape (k,)
        """
        alpha = self._state(alpha)
        if Y is None:
            return self.initial + self.gram @ alpha
        Y = inputs(Y, self.W.shape[1])
        hidden, gated = self._features(Y)
        return hidden @ self.a + self._cross(Y, hidden, gated) @ alpha

    def input_gradients(self, alpha: ArrayLike, Y: ArrayLike | None = None) -> Array:
        """Input gradients ``∇f_lin`` in the state α, shape (k, d); parameters as for `outputs`."""
        alpha = self._state(alpha)
        if Y is None:
            Y, gated = self.X, self._gated
        else:
            Y = inputs(Y, self.W.shape[1])
            gated = self._features(Y)[1]
        return (
            input_gradients(self.W, self.a + self._readout_change(alpha), Y) + (gated @ self._gated.T * alpha) @ self.X
        )

    def _readout_change(self, alpha: Array) -> Array:
        return alpha @ self._hidden if self.layers == "both" else np.zeros_like(self.a)

    def weight_changes(self, alpha: ArrayLike) -> tuple[Array, Array]:
        """(ΔW, Δa) in the state α, shapes (m, d) and (m,)."""
        alpha = self._state(alpha)
        return (self._gated.T * alpha) @ self.X, self._readout_change(alpha)

    def squared_flow(self, y: ArrayLike, t: float) -> Array:
        """State α(t) of the gradient flow on the mean squared loss ``(1/2n) Σ (f_lin(x_i) − y_i)²``, in closed form.

        Parameters
        ----------
        y : array_like of float64, shape (n,)
            Targets.
        t : float
            Time, at least 0; ``inf`` gives the interpolant of least norm (least squares where inputs are repeated).

        Returns
        -------
        ndarray of float64, shape (n,)

        Raises
        ------
        ValueError, TypeError
            If `y` is malformed or `t` is negative or nan.
        """
        y = real_array(y, "y", (len(self.X),))
        if not t >= 0.0:
            raise ValueError(f"t must be at least 0, found {t!r}; pass a time")
        values, vectors = np.linalg.eigh(self.gram)
        kept = values > _NULL * max(values[-1], 0.0)
        # expm1 keeps φ accurate for slow directions; a direction without curvature moves at constant speed.
        phi = np.zeros_like(values) if math.isinf(t) else np.full_like(values, t / len(y))
        phi[kept] = -np.expm1(-values[kept] * (t / len(y))) / values[kept]
        return vectors @ (phi * (vectors.T @ (y - self.initial)))
