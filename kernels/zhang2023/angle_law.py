"""Draws of the angle between a gradient and its witness, layer by layer, in O(1) per layer (whp S20, S21).

Let (b, u) be two Gaussian vectors of length m whose coordinates are independent pairs of correlation ρ, and D a mask of
fair coins with k ones. Then, with independent variables,

    cos∠(Db, u) = T/√(T² + (1−ρ²) χ²_{k−1} + χ²_{m−k}),   T = ρ χ_k + √(1−ρ²) Z,

and (Wᵀ Db, Wᵀ u) is again such a pair, of that correlation: the law of a deep network's cosine is this recursion, from
ρ = 1 at the readout. In the input dimension no mask is left, k = d.

See Also
--------
whp.kernels.deep : the networks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..validate import Array, generator, positive_int


def _chi_square(degrees: NDArray[np.int64], rng: np.random.Generator) -> Array:
    draws: Array = 2.0 * rng.standard_gamma(degrees / 2.0)
    return draws


def _next_cosine(rho: Array, k: NDArray[np.int64], m: int, rng: np.random.Generator) -> Array:
    """The cosine after a mask with k ones among m; NaN where k = 0 or where there was none before."""
    across = 1.0 - rho**2
    along = rho * np.sqrt(_chi_square(k, rng)) + np.sqrt(across) * rng.standard_normal(len(k))
    rest = across * _chi_square(np.maximum(k - 1, 0), rng) + _chi_square(m - k, rng)
    size = np.sqrt(along**2 + rest)
    # Where nothing is off and ρ = 1 the vectors are parallel.
    found: Array = np.divide(along, size, out=np.ones_like(along), where=size != 0.0)
    return np.where(k > 0, found, np.nan)


def sample_masked_cosines(widths: Sequence[int], size: int, rng: np.random.Generator, *, start: float = 1.0) -> Array:
    """Draw the cosine between masked and unmasked backward vector below the first layer (whp S20, S21).

    Parameters
    ----------
    widths : sequence of int
        m_1, …, m_L: the layers nearest to the input first.
    size : int
        Number of independent draws, each of its own network.
    rng : numpy.random.Generator
        Source of randomness.
    start : float
        Cosine at the readout: 1 for one output, that of the angle of e_y − e_k and e_y − p for several (whp S20).

    Returns
    -------
    ndarray of float64, shape (size,)
        NaN where some layer has no active neuron: the gradient is 0.

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer, there is no width, `start` lies outside [−1, 1] or `rng` is no Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023 import sample_masked_cosines
    >>> cosines = sample_masked_cosines((4000, 4000), 100, np.random.default_rng(0))
    >>> bool(abs(cosines.mean() - 0.5) < 0.01)
    True
    """
    layers, size, rng = [positive_int(m, "widths") for m in widths], positive_int(size, "size"), generator(rng)
    if not layers:
        raise ValueError("widths must name at least one hidden layer, found none; pass (m,) for a two-layer network")
    if not -1.0 <= start <= 1.0:
        raise ValueError(f"start must be a cosine in [-1, 1], found {start!r}")
    rho = np.full(size, float(start))
    for m in reversed(layers):
        rho = _next_cosine(rho, rng.binomial(m, 0.5, size), m, rng)
    return rho


def sample_gradient_cosines(
    widths: Sequence[int], d: int, size: int, rng: np.random.Generator, *, start: float = 1.0
) -> Array:
    """Draw cos∠(W₁ᵀ⋯W_Lᵀa, ∇f(x)) of one fixed input from its exact law; NaN where ∇f(x) = 0 (whp S20, S21).

    Parameters and errors as for `sample_masked_cosines`, `d` being the input dimension.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023 import sample_gradient_cosines
    >>> cosines = sample_gradient_cosines((4000,), 4000, 100, np.random.default_rng(0))
    >>> bool(abs(cosines.mean() - 0.5**0.5) < 0.01)
    True
    """
    d = positive_int(d, "d")
    rho = sample_masked_cosines(widths, size, rng, start=start)
    return _next_cosine(rho, np.full(len(rho), d), d, rng)
