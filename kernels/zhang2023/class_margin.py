"""Margins of the noises of a network with several outputs, whatever the softmax says (whp S20).

With r = WᵀDAᵀ(p − e_y) and witnesses v_k = −WᵀA_k

    ⟨v_y − v_k, r⟩ = (e_y − e_k)ᵀ A W Wᵀ D Aᵀ (e_y − p),

linear in p: over all p ≠ e_y it is positive iff it is at every p = e_j, j ≠ y.

See Also
--------
whp.kernels.multiclass : the networks, their noises and their training.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..masks import activation_masks
from ..multiclass import class_network
from ..validate import Array, class_labels, inputs, real_array


def class_margins(W: ArrayLike, A: ArrayLike, X: ArrayLike, y: ArrayLike, p: ArrayLike | None = None) -> Array:
    """Least margins ``min_{k ≠ y} ⟨v_y − v_k, r_i⟩`` at given probabilities, or at the worst p = e_j.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    A : array_like of float64, shape (K, m)
        Readout weights, dimensionless, K ≥ 2.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    y : array_like of int, shape (n,)
        Classes from 0 to K − 1.
    p : array_like of float64, shape (n, K), optional
        What the softmax says; by default the least margin over all vertices e_j, j ≠ y, which is positive iff the
        margin is at every p.

    Returns
    -------
    ndarray of float64, shape (n,)
        Positive iff argmax_k ⟨v_k, r_i⟩ is y_i alone.

    Raises
    ------
    ValueError, TypeError
        If an array is malformed or a class out of range.

    Examples
    --------
    >>> from whp.kernels.zhang2023 import class_margins
    >>> W, A = [[1.0], [1.0]], [[1.0, 0.0], [0.0, 1.0]]
    >>> class_margins(W, A, [[1.0]], [0], [[0.5, 0.5]]), class_margins(W, A, [[1.0]], [0])
    (array([0.]), array([0.]))
    """
    W, A = class_network(W, A)
    X = inputs(X, W.shape[1])
    labels = class_labels(y, len(X), len(A))
    masks = activation_masks(W, X)
    if p is not None:
        p = real_array(p, "p", (len(X), len(A)))
    # A W Wᵀ, one row per output.
    back = (A @ W) @ W.T
    found = np.empty(len(X))
    for i, (mask, c) in enumerate(zip(masks, labels, strict=True)):
        products = (back[:, mask]) @ A[:, mask].T
        rises = products[c] - products
        # Row k, column j: (e_y − e_k)ᵀ A W Wᵀ D Aᵀ (e_y − e_j).
        table = np.delete(rises[:, [c]] - rises, c, axis=0)
        found[i] = np.delete(table, c, axis=1).min() if p is None else (table @ p[i]).min()
    return found
