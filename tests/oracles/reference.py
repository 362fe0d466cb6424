"""The paper's formulas in plain NumPy, one line each, as oracles for the kernels (zhang2023, Section 2)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mask(W: Array, x: Array) -> Array:
    """Diagonal of D_x = diag(σ'(Wx)), σ'(0) = 0 (eq. 6)."""
    return np.array([1.0 if h > 0 else 0.0 for h in W @ x])


def output(W: Array, a: Array, x: Array) -> float:
    """f(x) = aᵀσ(Wx) (eq. 3)."""
    return float(a @ np.maximum(W @ x, 0.0))


def gradient(W: Array, a: Array, x: Array) -> Array:
    """∇f(x) = Wᵀ D_x a (eq. 6)."""
    return W.T @ np.diag(mask(W, x)) @ a


def margin(W: Array, a: Array, x: Array, u: Array | None = None) -> float:
    """⟨u, ∇f(x)⟩; by default aᵀWWᵀD_x a, the margin of v = −Wᵀa (Section 3.1)."""
    return float((W.T @ a if u is None else u) @ gradient(W, a, x))


def noise(W: Array, a: Array, x: Array, y: float) -> Array:
    """r_x = −(1 − s(y f(x))) y ∇f(x), s(z) = 1/(1 + e^{−z}) (eq. 5)."""
    return -(1.0 - 1.0 / (1.0 + np.exp(-y * output(W, a, x)))) * y * gradient(W, a, x)


def tangent_features(W: Array, a: Array, x: Array) -> Array:
    """Gradient of f(x) with respect to a, then to W row by row."""
    h = W @ x
    return np.concatenate([np.maximum(h, 0.0), np.outer(mask(W, x) * a, x).ravel()])


def exact_dot(w: Array, x: Array) -> Fraction:
    """⟨w, x⟩ in rational arithmetic."""
    return sum((Fraction(p) * Fraction(q) for p, q in zip(w.tolist(), x.tolist(), strict=True)), Fraction(0))


def exact_masks(W: Array, X: Array) -> NDArray[np.bool_]:
    """Masks of every input in rational arithmetic, shape (n, m)."""
    return np.array([[exact_dot(w, x) > 0 for w in W] for x in X])


def class_noise(W: Array, A: Array, x: Array, y: int, temperature: float = 1.0) -> Array:
    """r_x = Wᵀ D_x Aᵀ (p − e_y)/T with p = softmax(Aσ(Wx)/T) (whp S20)."""
    f = A @ np.maximum(W @ x, 0.0) / temperature
    p = np.exp(f) / np.sum(np.exp(f))
    p[y] -= 1.0
    return W.T @ np.diag(mask(W, x)) @ A.T @ p / temperature
