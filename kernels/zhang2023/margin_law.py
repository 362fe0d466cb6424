"""Draws of the margin ``Q = ⟨∇f(x), Wᵀa⟩`` from its exact law, in O(1) per draw at any width and dimension.

With P = Σ D_i a_i², N = Σ (1 − D_i) a_i² and independent variables (whp S1)

    Q = (P/d) χ²_d + (√(PN)/d) χ_d Z,   mP | k ~ χ²_k,   mN | k ~ χ²_{m−k},   k ~ Bin(m, 1/2).

See Also
--------
whp.kernels.direct : the network whose margins these are.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from ..validate import Array, generator, positive_int

Readout = Literal["gaussian", "rademacher"]


def _chi_square(degrees: Array | int, size: int, rng: np.random.Generator) -> Array:
    # Unlike `chisquare`, `standard_gamma` accepts 0 degrees of freedom, where the draw is exactly 0.
    draws = rng.standard_gamma(np.divide(degrees, 2.0), size)
    draws *= 2.0
    return draws


def readout_masses(m: int, size: int, rng: np.random.Generator, readout: Readout) -> tuple[Array, Array]:
    active = rng.binomial(m, 0.5, size).astype(np.float64)
    if readout == "rademacher":
        active /= m
        return active, 1.0 - active
    return _chi_square(active, size, rng) / m, _chi_square(m - active, size, rng) / m


def sample_margin_law(
    m: int,
    d: int,
    size: int,
    rng: np.random.Generator,
    *,
    readout: Readout = "gaussian",
    leak: float = 0.0,
) -> Array:
    """Draw margins ``⟨∇f(x), Wᵀa⟩`` of one fixed input from their exact law (whp S1, S8).

    Parameters
    ----------
    m, d : int
        Width and input dimension.
    size : int
        Number of independent draws, each of its own network.
    rng : numpy.random.Generator
        Source of randomness.
    readout : {"gaussian", "rademacher"}
        Law of √m a_i: N(0, 1), or a fair sign.
    leak : float
        Slope c ∈ [0, 1) of the leaky ReLU on the negative side. Then, with R ~ χ²_d, R' ~ χ²_{d−1},
        ``Q = (P/d) R + (1 + c)(√(PN)/d) √R Z + c (N/d)(Z² + R')``.

    Returns
    -------
    ndarray of float64, shape (size,)
        Exactly 0 when no neuron is active and `leak` is 0.

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer, `rng` not a Generator, `readout` unknown or `leak` outside [0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023 import sample_margin_law
    >>> draws = sample_margin_law(64, 10**9, 10**5, np.random.default_rng(0))
    >>> bool(abs(draws.mean() - 0.5) < 0.003)
    True
    """
    m, d, size, rng = positive_int(m, "m"), positive_int(d, "d"), positive_int(size, "size"), generator(rng)
    if readout not in get_args(Readout):
        raise ValueError(f"readout must be one of {', '.join(get_args(Readout))}, found {readout!r}; pass one of these")
    if not 0.0 <= leak < 1.0:
        raise ValueError(f"leak must lie in [0, 1), found {leak!r}; 0 is the ReLU")
    active, rest = readout_masses(m, size, rng, readout)
    square = _chi_square(d, size, rng)
    normal = rng.standard_normal(size)
    margin = (1.0 + leak) * np.sqrt(active * rest * square) * normal
    margin += active * square
    if leak:
        margin += leak * rest * (normal**2 + _chi_square(d - 1, size, rng))
    margin /= d
    return margin


def sample_joint_law(m: int, d: int, size: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Draw the margin jointly with ``f(x)`` and ``aᵀWx`` for one fixed input, ‖x‖ = √d (whp S11).

    With g₁, g₂, Z iid N(0, 1), R₂ ~ χ²_{d−1} and P, N as in `sample_margin_law`,

        f = √P g₁,   aᵀWx = √P g₁ + √N g₂,   Q = (P/d)(R₂ + g₁²) + (√(PN)/d)(√R₂ Z + g₁ g₂).

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
    Q, f, aWx : ndarray of float64, shape (size,)
        The margin, the output and the output of the network with every neuron active.

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer or `rng` is not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023 import sample_joint_law
    >>> Q, f, linear = sample_joint_law(64, 32, 10**5, np.random.default_rng(0))
    >>> bool(abs((f * linear).mean() - 0.5) < 0.02)
    True
    """
    m, d, size, rng = positive_int(m, "m"), positive_int(d, "d"), positive_int(size, "size"), generator(rng)
    active, rest = readout_masses(m, size, rng, "gaussian")
    square = _chi_square(d - 1, size, rng)
    along_x, rest_along_x, across_x = rng.standard_normal((3, size))
    f = np.sqrt(active) * along_x
    linear = f + np.sqrt(rest) * rest_along_x
    margin = active * (square + along_x**2)
    margin += np.sqrt(active * rest) * (np.sqrt(square) * across_x + along_x * rest_along_x)
    margin /= d
    return margin, f, linear
