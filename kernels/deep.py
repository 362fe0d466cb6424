"""Deep ReLU networks ``f(x) = aᵀσ(W_L ⋯ σ(W₁x))``: outputs, exact input gradients and margins.

With h₀ = x, z_ℓ = W_ℓ h_{ℓ−1}, h_ℓ = σ(z_ℓ), D_ℓ = diag(1[z_ℓ > 0]) and σ'(0) = 0

    ∇f(x) = W₁ᵀ D₁ W₂ᵀ D₂ ⋯ W_Lᵀ D_L a,

one product forwards and one backwards per layer. The masks are those of the float64 forward pass.

See Also
--------
whp.kernels.direct : the two-layer network, whose masks are certified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .jit import kernel
from .validate import Array, generator, inputs, positive_int, real_array

_ROWS = 1024


@kernel
def _forward(X: Array, W: Array, H: Array) -> None:
    np.dot(X, W.T, H)


@kernel
def _rectify(H: Array, mask: NDArray[np.bool_]) -> None:
    for i in range(H.shape[0]):
        h, on = H[i], mask[i]
        for r in range(len(h)):
            on[r] = h[r] > 0.0
            h[r] = h[r] if on[r] else 0.0


@kernel
def _backward(G: Array, mask: NDArray[np.bool_], W: Array, out: Array) -> None:
    for i in range(G.shape[0]):
        g, on = G[i], mask[i]
        for r in range(len(g)):
            g[r] = g[r] if on[r] else 0.0
    np.dot(G, W, out)


@kernel
def _outputs(H: Array, a: Array) -> Array:
    f: Array = np.dot(H, a)
    return f


@dataclass(frozen=True)
class DeepNetwork:
    """A dense ReLU network of any depth with one output.

    Attributes
    ----------
    weights : tuple of ndarray of float64
        W_1 (m_1, d), W_2 (m_2, m_1), …, W_L (m_L, m_{L−1}), dimensionless.
    a : ndarray of float64, shape (m_L,)
        Readout weights, dimensionless.

    Raises
    ------
    ValueError, TypeError
        If there is no layer, or an array is empty, not real, not finite or of a shape that does not fit the others.

    Examples
    --------
    >>> network = DeepNetwork(([[1.0, 2.0], [-1.0, 0.0]], [[1.0, 1.0]]), [3.0])
    >>> network.input_gradients([[1.0, 1.0], [-1.0, 0.0]])
    array([[ 3.,  6.],
           [-3.,  0.]])
    """

    weights: tuple[Array, ...]
    a: Array

    def __post_init__(self) -> None:
        if not len(self.weights):
            raise ValueError("a deep network needs at least one hidden layer, found none; pass one weight matrix")
        layers: list[Array] = []
        for number, W in enumerate(self.weights, start=1):
            columns = layers[-1].shape[0] if layers else None
            layers.append(np.ascontiguousarray(real_array(W, f"W_{number}", (None, columns))))
        object.__setattr__(self, "weights", tuple(layers))
        object.__setattr__(self, "a", np.ascontiguousarray(real_array(self.a, "a", (layers[-1].shape[0],))))

    @property
    def d(self) -> int:
        """Input dimension."""
        return int(self.weights[0].shape[1])

    @property
    def widths(self) -> tuple[int, ...]:
        """m_1, …, m_L."""
        return tuple(int(W.shape[0]) for W in self.weights)

    def forward(self, X: ArrayLike) -> Array:
        """Outputs f(x_i), shape (n,), of inputs of shape (n, d).

        Examples
        --------
        >>> DeepNetwork(([[1.0, 2.0], [-1.0, 0.0]], [[1.0, 1.0]]), [3.0]).forward([[1.0, 1.0]])
        array([9.])
        """
        X = inputs(X, self.d)
        return np.concatenate([_outputs(H, self.a) for H, _ in self._passes(X)])

    def input_gradients(self, X: ArrayLike) -> Array:
        """Gradients ∇f(x_i), shape (n, d)."""
        X = inputs(X, self.d)
        out = np.empty(X.shape)
        row = 0
        for H, masks in self._passes(X):
            rows = len(H)
            G = np.broadcast_to(self.a, H.shape).copy()
            for layer in range(len(self.weights) - 1, -1, -1):
                W = self.weights[layer]
                before = np.empty((rows, W.shape[1])) if layer else out[row : row + rows]
                _backward(G, masks[layer], W, before)
                G = before
            row += rows
        return out

    def witness(self) -> Array:
        """W₁ᵀ ⋯ W_Lᵀ a, minus the witness of whp S21, shape (d,)."""
        u = self.a
        for W in reversed(self.weights):
            u = W.T @ u
        return u

    def margins(self, X: ArrayLike, u: ArrayLike | None = None) -> Array:
        """Margins ⟨u, ∇f(x_i)⟩, shape (n,); u is `witness` by default."""
        direction = self.witness() if u is None else real_array(u, "u", (self.d,))
        found: Array = self.input_gradients(X) @ direction
        return found

    def mean_gradient(self) -> Array:
        """2^{−L} W₁ᵀ ⋯ W_Lᵀ a: the gradient with every mask at its mean ½, a positive multiple of `witness`."""
        found: Array = self.witness() / 2.0 ** len(self.weights)
        return found

    def _passes(self, X: Array) -> Iterator[tuple[Array, list[NDArray[np.bool_]]]]:
        """Last hidden layer and all masks, over blocks of inputs."""
        for start in range(0, len(X), _ROWS):
            H, masks = np.ascontiguousarray(X[start : start + _ROWS]), []
            for W in self.weights:
                out = np.empty((len(H), W.shape[0]))
                _forward(H, W, out)
                mask = np.empty(out.shape, np.bool_)
                _rectify(out, mask)
                masks.append(mask)
                H = out
            yield H, masks


def sample_deep_network(widths: Sequence[int], d: int, rng: np.random.Generator) -> DeepNetwork:
    """Draw a deep network: entries of W_ℓ iid N(0, 1/m_{ℓ−1}), m_0 = d, and of a iid N(0, 1/m_L).

    Parameters
    ----------
    widths : sequence of int
        m_1, …, m_L.
    d : int
        Input dimension.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    DeepNetwork

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer, there is no width, or `rng` is not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> sample_deep_network((8, 6), 4, np.random.default_rng(0)).widths
    (8, 6)
    """
    sizes = [positive_int(d, "d"), *(positive_int(m, "widths") for m in widths)]
    rng = generator(rng)
    if len(sizes) == 1:
        raise ValueError("widths must name at least one hidden layer, found none; pass (m,) for a two-layer network")
    weights = tuple(rng.standard_normal((after, before)) / before**0.5 for before, after in pairwise(sizes))
    return DeepNetwork(weights, rng.standard_normal(sizes[-1]) / sizes[-1] ** 0.5)
