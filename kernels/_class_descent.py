"""The descent that networks with several classes share: batches, momentum, snapshots and what a trained one holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from .training import heavy_ball
from .validate import Array, Labels, positive_int, positive_number

Perturb = Callable[[Array, Array, Array, Labels], Array]
Gradients = Callable[[Array, Array, Array, Labels, Array, Array], float]
"""``gradients(W, A, X, y, GW, GA)`` fills the gradients of the mean loss and returns it."""

_DIVERGENCE = 100.0


@dataclass(frozen=True, eq=False)
class ClassTraining:
    """A trained network with several classes, with what it started from.

    Attributes
    ----------
    W0, W : ndarray of float64, shape (m, d)
        Hidden weights before and after; of a convolutional network its filters, shape (k, s, s, C).
    A0, A : ndarray of float64, shape (K, m)
        Readout weights before and after; of a convolutional network shape (K, height, width, k).
    losses : ndarray of float64, shape (epochs,)
        Mean over each epoch's batches of the loss before their updates, in nats.
    snapshots : dict of int to (ndarray, ndarray)
        (W, A) after the requested numbers of epochs.
    """

    W0: Array
    A0: Array
    W: Array
    A: Array
    losses: Array
    snapshots: dict[int, tuple[Array, Array]]


def descend(
    W: Array,
    A: Array,
    X: Array,
    y: Labels,
    gradients: Gradients,
    *,
    learning_rate: float,
    epochs: int,
    momentum: float,
    batch_size: int | None,
    rng: np.random.Generator | None,
    snapshots: Collection[int],
    perturb: Perturb | None,
    progress: Callable[[int, float], object] | None,
) -> ClassTraining:
    """Descent on both layers from W and A, which stay as they are: V ← μV + ∂ℓ, W ← W − ηV."""
    rate, epochs = positive_number(learning_rate, "learning_rate"), positive_int(epochs, "epochs")
    size = len(X) if batch_size is None else positive_int(batch_size, "batch_size")
    if size > len(X):
        raise ValueError(f"batch_size must be at most n = {len(X)}, found {size}; lower it or pass None")
    if batch_size is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator to draw batches, found {rng!r}; pass one")
    if not 0.0 <= momentum < 1.0:
        raise ValueError(f"momentum must lie in [0.0, 1.0), found {momentum}; pass such a number")
    late = [e for e in snapshots if not 0 <= e <= epochs]
    if late:
        raise ValueError(f"snapshots must lie in [0, {epochs}], the epochs trained, found {late[0]}; raise epochs")
    weights = W.copy(), A.copy()
    slopes = np.empty_like(W), np.empty_like(A)
    speeds = np.zeros(W.size), np.zeros(A.size)
    losses = np.empty(epochs)
    kept = {0: (W.copy(), A.copy())} if 0 in snapshots else {}
    for epoch in range(1, epochs + 1):
        order = np.arange(len(X)) if batch_size is None or rng is None else rng.permutation(len(X))
        total = 0.0
        for start in range(0, len(X), size):
            batch = order[start : start + size]
            x = X[batch] if perturb is None else perturb(*weights, X[batch], y[batch])
            total += gradients(*weights, x, y[batch], *slopes) * len(batch)
            for weight, slope, speed in zip(weights, slopes, speeds, strict=True):
                heavy_ball(weight.reshape(-1), slope.reshape(-1), speed, rate, momentum, 1.0)
        losses[epoch - 1] = total / len(X)
        if not losses[epoch - 1] <= _DIVERGENCE * max(losses[0], math.log(len(A))):
            raise ValueError(
                f"training diverged: the loss went from {losses[0]:.6g} to {losses[epoch - 1]:.6g} in {epoch} epochs "
                f"at learning_rate = {rate:.6g}; lower it"
            )
        if epoch in snapshots:
            kept[epoch] = weights[0].copy(), weights[1].copy()
        if progress is not None:
            progress(epoch, float(losses[epoch - 1]))
    return ClassTraining(W, A, *weights, losses, kept)
