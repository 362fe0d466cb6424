"""Margins of one step along the sign of the gradient (whp S17).

The noise of a one-step L∞ attack on x is −y sign(∇f(x)), so that a witness −u separates it iff ⟨u, sign ∇f(x)⟩ > 0.
With u = Wᵀa and independent variables

    ⟨Wᵀa, sign ∇f(x)⟩ = √(P/d) Σ_j |z_j| + √N Z,   z ~ N(0, I_d),  Z ~ N(0, 1),

P and N as for the gradient itself; it is 0 where no neuron is active. With u = sign(Wᵀa) it is 2K − d, K the number of
coordinates whose signs agree, and K ~ Bin(d, 1 − arccos(√(P/(P+N)))/π) given P and N.

See Also
--------
whp.kernels.zhang2023.margin_law : margins of the gradient itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..direct import input_gradients
from ..validate import Array, generator, network_at, positive_int, real_array
from .margin_law import readout_masses

_CHUNK = 2**22


def sign_margins(W: ArrayLike, a: ArrayLike, X: ArrayLike, u: ArrayLike | None = None) -> Array:
    """Margins ``⟨u, sign ∇f(x_i)⟩``, sign(0) = 0.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    u : array_like of float64, shape (d,), optional
        Minus the witness; by default ``Wᵀa``.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape.

    Examples
    --------
    >>> from whp.kernels.zhang2023 import sign_margins
    >>> sign_margins([[3.0, -4.0]], [1.0], [[1.0, 0.0], [-1.0, 0.0]])
    array([7., 0.])
    """
    W, a, X = network_at(W, a, X)
    witness = W.T @ a if u is None else real_array(u, "u", (W.shape[1],))
    margins: Array = np.sign(input_gradients(W, a, X)) @ witness
    return margins


def sample_sign_margin_law(m: int, d: int, size: int, rng: np.random.Generator) -> Array:
    """Draw ``⟨Wᵀa, sign ∇f(x)⟩`` of one fixed input from its exact law, in O(d) per draw (whp S17).

    Parameters
    ----------
    m, d : int
        Width and input dimension.
    size : int
        Number of independent draws, each of its own network.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float64, shape (size,)

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer or `rng` is not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023 import sample_sign_margin_law
    >>> draws = sample_sign_margin_law(2000, 400, 2000, np.random.default_rng(0))
    >>> bool(abs(draws.mean() / 20 - np.pi**-0.5) < 0.01)
    True
    """
    m, d, size, rng = positive_int(m, "m"), positive_int(d, "d"), positive_int(size, "size"), generator(rng)
    active, rest = readout_masses(m, size, rng, "gaussian")
    lengths = np.empty(size)
    rows = max(1, _CHUNK // d)
    for start in range(0, size, rows):
        part = lengths[start : start + rows]
        part[:] = np.abs(rng.standard_normal((len(part), d))).sum(axis=1)
    margins: Array = np.sqrt(active / d) * lengths + np.sqrt(rest) * rng.standard_normal(size)
    margins[active == 0.0] = 0.0
    return margins


def sample_sign_agreement_law(m: int, d: int, size: int, rng: np.random.Generator) -> Array:
    """Draw the number of coordinates in which ``sign(Wᵀa)`` and ``sign ∇f(x)`` agree, from its exact law (whp S17).

    Parameters, returns and errors as for `sample_sign_margin_law`; where no neuron is active none agrees.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023 import sample_sign_agreement_law
    >>> draws = sample_sign_agreement_law(4000, 100, 4000, np.random.default_rng(0))
    >>> bool(abs(draws.mean() - 75) < 0.5)
    True
    """
    m, d, size, rng = positive_int(m, "m"), positive_int(d, "d"), positive_int(size, "size"), generator(rng)
    active, rest = readout_masses(m, size, rng, "gaussian")
    chance = 1.0 - np.arctan2(np.sqrt(rest), np.sqrt(active)) / np.pi
    agreeing = rng.binomial(d, chance).astype(np.float64)
    agreeing[active == 0.0] = 0.0
    return agreeing
