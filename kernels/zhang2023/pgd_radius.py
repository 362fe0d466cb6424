"""How far projected gradient descent may go before the paper's witness can fail on its noise (whp S17).

Within ‖x' − x‖ ≤ Δ the preactivations move by at most ‖W‖₂Δ in norm, so that the neurons that flip satisfy
Σ h_r² ≤ ‖W‖₂²Δ² and ⟨Wᵀa, ∇f(x')⟩ ≥ Q(x) − K(‖W‖₂²Δ²), K the fractional knapsack of whp S12. The noise that any number
of L2 steps leaves is a combination of such gradients with weights of one sign, projections included.

See Also
--------
whp.kernels.zhang2023.radius : the same for changes of the weights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..trained import spectral_norm
from ..validate import Array, network_at
from .radius import largest_radius, scaled, seen_directly

# The largest singular value comes from a Gram matrix, whose rounding this covers.
_SLACK = 1e-7


def separation_radius(W: ArrayLike, a: ArrayLike, X: ArrayLike) -> Array:
    """Radius Δ within which every L2 noise of projected gradient descent at x_i is separated by −Wᵀa.

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
    ndarray of float64, shape (n,)
        In the units of `X`; 0 where the margin is not positive, infinite where no flip can take it.

    Raises
    ------
    ValueError, TypeError
        If an array is malformed.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import sample_network
    >>> from whp.kernels.zhang2023 import separation_radius
    >>> W, a = sample_network(400, 16, np.random.default_rng(0))
    >>> bool(0.1 < separation_radius(W, a, np.ones((1, 16)))[0] < 4.0)
    True
    """
    W, a, X = network_at(W, a, X)
    size = np.abs(X).max()
    W, a, X, _, _ = scaled(W, a, X)
    unit = float(size / np.abs(X).max()) if size > 0.0 else 1.0
    reach = spectral_norm(W) * (1.0 + _SLACK)
    if reach == 0.0:
        return np.zeros(len(X))
    # No weight moves here: a unit of length per unit of radius, and no loss along the gradient.
    seen = [s._replace(gradient=0.0, length=1.0) for s in seen_directly(W, a, X, False)]
    return unit * np.array([largest_radius(s, "sort", 0.0) for s in seen]) / reach
