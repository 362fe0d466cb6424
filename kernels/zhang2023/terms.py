"""The eight terms of zhang2023, eq. 17, at a trained network.

See Also
--------
whp.kernels.trained : the trained networks, whose margins the terms add up to.
"""

from __future__ import annotations

import numpy as np

from ..conditioned import gated_sums
from ..trained import Trained
from ..validate import Array

_TERM_COUNT = 8


def eight_terms(H0: Array, H: Array, a0: Array, a: Array, p: Array, q: Array) -> Array:
    """Expand ``(p + q)ᵀ D* a*`` with D* = D + ΔD and a* = a + Δa (zhang2023, eq. 17).

    Parameters
    ----------
    H0, H : ndarray of float64, shape (n, m)
        Preactivations before and after training.
    a0, a : ndarray of float64, shape (m,)
        Readout before and after training.
    p, q : ndarray of float64, shape (m,)
        ``W Wᵀ a`` and ``ΔW Wᵀ a``.

    Returns
    -------
    ndarray of float64, shape (n, 8)
        Terms in the order printed: (p, D, a), (q, D, a), (p, ΔD, a), (p, D, Δa), (q, ΔD, a), (q, D, Δa), (p, ΔD, Δa),
        (q, ΔD, Δa).
    """
    delta = a - a0
    order = [(p, 0, a0), (q, 0, a0), (p, 1, a0), (p, 0, delta), (q, 1, a0), (q, 0, delta), (p, 1, delta), (q, 1, delta)]
    out = np.empty((len(H0), _TERM_COUNT))
    for k, (vector, change, readout) in enumerate(order):
        products = vector * readout
        out[:, k] = gated_sums(H, products) - gated_sums(H0, products) if change else gated_sums(H0, products)
    return out


def terms(trained: Trained) -> Array:
    """The eight terms of zhang2023, eq. 17, at a trained network; their sum is ``trained.margins``.

    Parameters
    ----------
    trained : Trained
        What `whp.kernels.train` or `whp.kernels.train_conditioned` returned.

    Returns
    -------
    ndarray of float64, shape (n, 8)
        Terms in the order printed, as for `eight_terms`.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import ConditionedNetwork, train_conditioned
    >>> from whp.kernels.zhang2023.terms import terms
    >>> draw = ConditionedNetwork.from_gram(np.eye(4), m=50, d=10**6).draw(np.random.default_rng(0))
    >>> trained = train_conditioned(draw, [1, -1, 1, -1], loss=0.1)
    >>> bool(np.allclose(terms(trained).sum(axis=1), trained.margins))
    True
    """
    before, after, a0, a = trained.states()
    p, q, _ = trained.products()
    return eight_terms(before, after, a0, a, p, q)
