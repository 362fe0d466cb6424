"""What a kernel predicts from labelled inputs: kernel regression, its variance, and ensembles of trained networks.

With K the kernel among the training inputs, k that between new inputs and these, k₀ its diagonal at the new ones and
noise variance s²

    mean = k (K + s²)⁻¹ y,     variance = k₀ − diag k (K + s²)⁻¹ kᵀ.

With the NNGP kernel this is the posterior of an infinitely wide network all of whose layers are Bayesian. With the
tangent kernel Θ the mean is that of networks trained to the end by gradient flow on the squared loss, started at
random; their variance needs both kernels, with A = θ Θ⁻¹ (θ the tangent kernel between new and training inputs),

    variance = k₀ − 2 diag A kᵀ + diag A K Aᵀ.

See Also
--------
whp.kernels.limits : both kernels of infinitely wide networks.
whp.kernels.ntk : the tangent kernel of a given network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .validate import Array, real_array

__all__ = ["KernelRegression", "kernel_regression"]

_SLACK = 8.0


@dataclass(frozen=True, eq=False)
class KernelRegression:
    """What kernel regression predicts at new inputs.

    Attributes
    ----------
    mean : ndarray of float64, shape (k,) or (k, c)
        As `y` has c columns or is a vector.
    variance : ndarray of float64, shape (k,)
        Posterior variance of a noiseless value, in units of the kernel, the same for every column; at least 0.
    rank : int
        Of the training kernel, up to rounding; below n only without noise: inputs repeated or more than the features.
    """

    mean: Array
    variance: Array
    rank: int


def kernel_regression(
    gram: ArrayLike,
    y: ArrayLike,
    cross: ArrayLike,
    diagonal: ArrayLike,
    *,
    noise: float = 0.0,
    prior: tuple[ArrayLike, ArrayLike] | None = None,
) -> KernelRegression:
    """Mean and variance of kernel regression.

    Parameters
    ----------
    gram : array_like of float64, shape (n, n)
        Kernel among the training inputs: symmetric, positive semidefinite.
    y : array_like of float64, shape (n,) or (n, c)
        Targets.
    cross : array_like of float64, shape (k, n)
        Kernel between new and training inputs.
    diagonal : array_like of float64, shape (k,)
        Kernel of each new input with itself.
    noise : float
        Variance s² ≥ 0 of the noise on the targets. Without noise a kernel of lower rank is inverted on its range.
    prior : pair of array_like, optional
        ``(gram, cross)`` of the outputs' covariance (NNGP) where the kernel given is the tangent kernel; `diagonal` is
        then of that covariance, and the variance is that over networks trained from random starts.

    Returns
    -------
    KernelRegression

    Raises
    ------
    ValueError, TypeError
        If an array is malformed, `gram` is not symmetric or has an eigenvalue below 0 by more than rounding, or `noise`
        is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.limits import limit_diagonals, limit_kernels
    >>> from whp.kernels.regression import kernel_regression
    >>> X, new = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> gram, cross = limit_kernels(X).nngp, limit_kernels(new, X).nngp
    >>> found = kernel_regression(gram, [1.0, -1.0], cross, limit_diagonals(new).nngp)
    >>> found.mean.round(6) + 0.0, found.variance.round(6)
    (array([1., 0.]), array([0.     , 0.06714]))
    """
    gram = real_array(gram, "gram", (None, None))
    n = len(gram)
    gram = real_array(gram, "gram", (n, n))
    targets = real_array(y, "y", (n, None) if np.ndim(y) == 2 else (n,))
    cross = real_array(cross, "cross", (None, n))
    diagonal = real_array(diagonal, "diagonal", (len(cross),))
    _require_symmetric(gram, "gram")
    if not 0.0 <= noise < np.inf:
        raise ValueError(f"noise must be a variance, at least 0 and finite, found {noise!r}")
    values, vectors = np.linalg.eigh(gram)
    rounding = _SLACK * max(n, 16) * float(np.finfo(float).eps) * max(float(values[-1]), 0.0)
    if values[0] < -rounding:
        raise ValueError(
            f"gram must be positive semidefinite, found the eigenvalue {values[0]:.6g} where rounding explains at most "
            f"-{rounding:.2g}; pass the kernel among the training inputs"
        )
    kept = values > rounding if noise == 0.0 else np.ones(n, dtype=bool)
    basis, spectrum = vectors[:, kept], np.maximum(values[kept], 0.0) + noise
    seen = cross @ basis
    mean: Array = (seen / spectrum) @ (basis.T @ targets)
    if prior is None:
        variance = diagonal - ((seen * seen) / spectrum).sum(axis=1)
    else:
        K, k = real_array(prior[0], "prior gram", (n, n)), real_array(prior[1], "prior cross", (len(cross), n))
        _require_symmetric(K, "prior gram")
        weights = (seen / spectrum) @ basis.T
        variance = diagonal - 2.0 * np.vecdot(weights, k) + np.vecdot(weights @ K, weights)
    return KernelRegression(mean, np.maximum(variance, 0.0), int(np.count_nonzero(kept)))


def _require_symmetric(gram: Array, name: str) -> None:
    asymmetry = float(np.abs(gram - gram.T).max())
    if asymmetry > 1e-12 * float(np.abs(gram).max()):
        raise ValueError(f"{name} must be symmetric, found entries that differ by {asymmetry:.3g}")
