"""What training did to a network: displacement, flips and margins.

With g = W_0ᵀa_0, p = W_0 g, q = (W_t − W_0) g and b_i = D_{t,i} a_t the margin along the initial g is

    ⟨g, ∇f_t(x_i)⟩ = (p + q)ᵀ b_i,

and everything here is a masked sum over (p, q) and the two readouts, whether W is stored in full or known through its
inputs only.

See Also
--------
whp.kernels.training : where these results come from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .conditioned import ConditionedDraw, gated_sums, relu_sums
from .factor import span_basis
from .jit import kernel
from .validate import Array


@kernel
def _project(W: Array, v: Array) -> Array:
    p: Array = np.dot(W, v)
    return p


def spectral_norm(A: Array) -> float:
    """Largest singular value of `A` (m, k), from the smaller of its two Gram matrices."""
    gram = A.T @ A if A.shape[0] >= A.shape[1] else A @ A.T
    return math.sqrt(max(float(np.linalg.eigvalsh(gram)[-1]), 0.0))


class Trained:
    """What both kinds of trained network answer; they differ in how they know W."""

    y: Array

    def states(self) -> tuple[Array, Array, Array, Array]:
        """What the inputs see of the network, before and after.

        Returns
        -------
        before, after : ndarray of float64, shape (n, m)
            Preactivations ``X W_0ᵀ`` and ``X W_tᵀ``.
        a_before, a_after : ndarray of float64, shape (m,)
            Readout weights.
        """
        raise NotImplementedError

    def products(self) -> tuple[Array, Array, Array]:
        """What the hidden weights make of the direction ``g = W_0ᵀ a_0``.

        Returns
        -------
        p, q, outside : ndarray of float64, shape (m,)
            ``W_0 g``, ``(W_t − W_0) g`` and ``W_t Π⊥_X g``.
        """
        raise NotImplementedError

    @property
    def readout_displacement(self) -> float:
        """``‖a_t − a_0‖``, dimensionless."""
        _, _, before, after = self.states()
        return float(np.linalg.norm(after - before))

    @property
    def flips(self) -> NDArray[np.int64]:
        """Number of neurons whose mask changed, per input, shape (n,): ``‖ΔD_i‖₀``."""
        before, after, _, _ = self.states()
        count: NDArray[np.int64] = np.count_nonzero((before > 0.0) != (after > 0.0), axis=1)
        return count

    @property
    def outputs(self) -> Array:
        """``f_t(x_i)``, shape (n,)."""
        _, H, _, a = self.states()
        return relu_sums(H, a)

    @property
    def loss(self) -> float:
        """Mean logistic loss after training, in nats."""
        _, H, _, a = self.states()
        return float(np.logaddexp(0.0, -self.y * relu_sums(H, a)).mean())

    @property
    def margins(self) -> Array:
        """``⟨W_0ᵀa_0, ∇f_t(x_i)⟩``, shape (n,): the direction is the one before training."""
        _, H, _, a = self.states()
        p, q, _ = self.products()
        return gated_sums(H, a * (p + q))

    @property
    def projected_margins(self) -> Array:
        """``⟨Π⊥_X W_0ᵀa_0, ∇f_t(x_i)⟩``, shape (n,): only the part of the direction outside span X."""
        _, H, _, a = self.states()
        return gated_sums(H, a * self.products()[2])

    @property
    def readout_cosines(self) -> Array:
        """``cos∠(a_0, D_{t,i} a_t)``, shape (n,), nan where the input has no active neuron."""
        _, H, before, after = self.states()
        overlap = gated_sums(H, before * after)
        norms = np.sqrt(gated_sums(H, after * after)) * float(np.linalg.norm(before))
        cosines = np.full(len(overlap), np.nan)
        np.divide(overlap, norms, out=cosines, where=norms > 0.0)
        return cosines


@dataclass(frozen=True, eq=False)
class TrainedNetwork(Trained):
    """A trained network, with what it started from.

    Attributes
    ----------
    W0, W : ndarray of float64, shape (m, d)
        Hidden weights before and after.
    a0, a : ndarray of float64, shape (m,)
        Readout weights before and after.
    X, y : ndarray of float64, shapes (n, d) and (n,)
        Training inputs and labels.
    scale : float
        ``c_t``, the product of (1 − ηλ) over the steps: 1 without weight decay.
    steps : int
        Number of updates made.
    losses : ndarray of float64, shape (k,)
        Mean logistic loss in nats, before every step (with batches: every epoch) and at the end.
    stopped : str
        What ended it: "loss", "displacement" or "steps".
    snapshots : dict of int to (ndarray, ndarray)
        (W, a) after the requested numbers of steps.
    """

    W0: Array
    a0: Array
    W: Array
    a: Array
    X: Array
    y: Array
    scale: float
    steps: int
    losses: Array
    stopped: str
    snapshots: dict[int, tuple[Array, Array]]

    @cached_property
    def _basis(self) -> Array | None:
        return span_basis(self.X)

    @property
    def displacement(self) -> float:
        """``‖W_t − c_t W_0‖₂``, dimensionless."""
        return spectral_norm(self.W - self.scale * self.W0)

    def states(self) -> tuple[Array, Array, Array, Array]:
        return (*self._preactivations, self.a0, self.a)

    @cached_property
    def _preactivations(self) -> tuple[Array, Array]:
        return np.dot(self.X, self.W0.T), np.dot(self.X, self.W.T)

    def products(self) -> tuple[Array, Array, Array]:
        g = _project(np.ascontiguousarray(self.W0.T), self.a0)
        outside = np.zeros_like(g) if self._basis is None else g - self._basis.T @ (self._basis @ g)
        return _project(self.W0, g), _project(self.W - self.W0, g), _project(self.W, outside)


@dataclass(frozen=True, eq=False)
class ConditionedTraining(Trained):
    """A trained conditioned network: ``W_t = c_t W_0 + C_t X``.

    Attributes
    ----------
    draw : ConditionedDraw
        The network before training.
    change : ndarray of float64, shape (m, rank)
        ``W_t − c_t W_0`` in orthonormal coordinates of span X, that is √d C_t L.
    a : ndarray of float64, shape (m,)
        Readout weights after.
    y : ndarray of float64, shape (n,)
        Labels.
    scale : float
        ``c_t``, the product of (1 − ηλ) over the steps: 1 without weight decay.
    steps : int
        Number of updates made.
    losses : ndarray of float64, shape (k,)
        Mean logistic loss in nats, before every step (with batches: every epoch) and at the end.
    stopped : str
        What ended it: "loss", "displacement" or "steps".
    snapshots : dict of int to (ndarray, ndarray)
        (change, a) after the requested numbers of steps.
    """

    draw: ConditionedDraw
    change: Array
    a: Array
    y: Array
    scale: float
    steps: int
    losses: Array
    stopped: str
    snapshots: dict[int, tuple[Array, Array]]

    @property
    def displacement(self) -> float:
        """``‖W_t − c_t W_0‖₂ = √d ‖C_t L‖₂``, dimensionless."""
        return spectral_norm(self.change)

    @property
    def coefficients(self) -> Array:
        """C_t, shape (m, n): the one of least norm where dependent inputs leave a choice."""
        L = self.draw.network.factor
        solution = np.linalg.lstsq(L.T, self.change.T / math.sqrt(self.draw.network.d), rcond=None)[0]
        return np.ascontiguousarray(solution.T, dtype=np.float64)

    @cached_property
    def preactivations(self) -> Array:
        """``H_t = X W_tᵀ = c_t H_0 + d G C_tᵀ``, shape (n, m)."""
        network = self.draw.network
        moved: Array = np.dot(network.factor, self.change.T)
        return self.scale * self.draw.preactivations + math.sqrt(network.d) * moved

    def states(self) -> tuple[Array, Array, Array, Array]:
        return self.draw.preactivations, self.preactivations, self.draw.a, self.a

    def products(self) -> tuple[Array, Array, Array]:
        draw = self.draw
        inside = _project(np.ascontiguousarray(draw.Z.T), draw.a) / math.sqrt(draw.network.d)
        q = (self.scale - 1.0) * draw.p + _project(self.change, inside)
        return draw.p, q, self.scale * draw.p_outside

    def gradient_coordinates(self, rng: np.random.Generator) -> Array:
        """Coordinates of ``W_0ᵀa_0, ∇f_t(x_1), …, ∇f_t(x_n)`` in an orthonormal basis of R^d, exact in law.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the part of W_0 that the draw has not fixed; see `ConditionedDraw.coordinates`.

        Returns
        -------
        ndarray of float64, shape (1 + n, k)
            One vector per row; `margins` are the inner products of the first with the others.
        """
        B = np.where(self.preactivations > 0.0, self.a, 0.0).T
        out = self.draw.coordinates(np.column_stack([self.draw.a, B]), rng)
        out[1:] *= self.scale
        out[1:, : self.change.shape[1]] += B.T @ self.change
        return out
