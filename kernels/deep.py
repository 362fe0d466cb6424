"""Deep ReLU networks ``f(x) = aᵀσ(W_L ⋯ σ(W₁x))``: outputs, exact input gradients and margins.

With h₀ = x, z_ℓ = W_ℓ h_{ℓ−1}, h_ℓ = σ(z_ℓ), D_ℓ = diag(1[z_ℓ > 0]) and σ'(0) = 0

    ∇f(x) = W₁ᵀ D₁ W₂ᵀ D₂ ⋯ W_Lᵀ D_L a,

one product forwards per layer and one backwards, but for the last, whose rows are chosen and added. The masks are those
of the float64 forward pass.

See Also
--------
whp.kernels.direct : the two-layer network, whose masks are certified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import gated
from .jit import kernel
from .masks import share
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
def _backward(G: Array, W: Array, out: Array) -> None:
    np.dot(G, W, out)


@kernel
def _masked(G: Array, mask: NDArray[np.bool_]) -> None:
    for i in range(G.shape[0]):
        g, on = G[i], mask[i]
        for r in range(len(g)):
            g[r] = g[r] if on[r] else 0.0


@kernel
def _outputs(H: Array, a: Array) -> Array:
    f: Array = np.dot(np.maximum(H, 0.0), a)
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
        return np.concatenate([_outputs(hidden[-1], self.a) for _, hidden, _ in self._passes(X)])

    def input_gradients(self, X: ArrayLike) -> Array:
        """Gradients ∇f(x_i), shape (n, d)."""
        X = inputs(X, self.d)
        out = np.empty(X.shape)
        for rows, hidden, masks in self._passes(X):
            # What a layer held on the way forwards is needed no more.
            sent = [out[rows], *hidden[:-1]]
            self._send_back(hidden[-1], sent[-1])
            for W, G, before, mask in zip(self.weights[-2::-1], sent[:0:-1], sent[-2::-1], masks[::-1], strict=True):
                _masked(G, mask)
                _backward(G, W, before)
        return out

    def _send_back(self, last: Array, out: Array) -> None:
        """W_Lᵀ D_L a from the last preactivations."""
        W = self.weights[-1]
        codes = np.empty((len(last), gated.words(len(W))), np.uint32)
        gated.pack(last, codes, 0, len(last))
        out[:] = 0.0
        add = partial(gated.add_chosen, codes, self.a, W, out)
        share(add, gated.pieces(W), last.size * W.shape[1] / gated.GAIN)

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

    def _passes(self, X: Array) -> Iterator[tuple[slice, list[Array], list[NDArray[np.bool_]]]]:
        """Hidden layers, the last one before its ReLU, and the masks of the others, over blocks of inputs.

        The arrays of a block are used again for the next.
        """
        size = min(len(X), _ROWS)
        layers = [np.empty((size, m)) for m in self.widths]
        gates = [np.empty((size, m), np.bool_) for m in self.widths[:-1]]
        for start in range(0, len(X), size):
            H = X[start : start + size]
            hidden, masks = [layer[: len(H)] for layer in layers], [gate[: len(H)] for gate in gates]
            for W, out, mask in zip(self.weights, hidden, masks, strict=False):
                _forward(H, W, out)
                _rectify(out, mask)
                H = out
            _forward(H, self.weights[-1], hidden[-1])
            yield slice(start, start + size), hidden, masks


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
