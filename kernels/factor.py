"""Rank-revealing factors of inputs and of their Gram matrices, with repeated and antipodal inputs treated as such."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .validate import Array

# Singular values of inputs and eigenvalues of a Gram matrix are known to this multiple of the rounding unit.
_RANK_SLACK = 8.0
_SYMMETRY_SLACK = 1e-12
_DIAGONAL_SLACK = 1e-8
_SPREAD = 1e3
_LARGE = 1e100


def _noise(n: int, largest: float) -> float:
    return _RANK_SLACK * max(n, 16) * float(np.finfo(float).eps) * largest


def _copy_parallel_rows(L: Array, pairs: list[tuple[int, int, float]]) -> None:
    # A repeated or antipodal input must switch on exactly the same, or exactly the opposite, neurons.
    for first, second, sign in pairs:
        L[second] = sign * L[first]


def _parallel(candidates: NDArray[np.bool_], sign_of: Callable[[int, int], float]) -> list[tuple[int, int, float]]:
    pairs = []
    taken = np.zeros(len(candidates), dtype=bool)
    for first, second in np.argwhere(np.triu(candidates, 1)):
        if not taken[second] and not taken[first]:
            sign = sign_of(first, second)
            if sign:
                pairs.append((int(first), int(second), sign))
                taken[second] = True
    return pairs


def factor_inputs(X: Array) -> Array:
    """L (n, rank) with ``LLᵀ = XXᵀ/d``, most determined directions first; raises if an input is zero."""
    n, d = X.shape
    sizes = np.maximum(X.max(axis=1), -X.min(axis=1))
    zero = np.flatnonzero(sizes == 0.0)
    if zero.size:
        raise ValueError(
            f"input {zero[0]} is zero: its gradient is 0 and nothing separates it; remove it or pass nonzero inputs"
        )
    # A short input has as much of a direction as a long one, so it must not drown in the rounding of the long one.
    spread = sizes.max() > _SPREAD * sizes.min() or sizes.max() > _LARGE or sizes.min() < 1.0 / _LARGE
    scaled = X / sizes[:, np.newaxis] if spread else X
    reduced = np.transpose(np.linalg.qr(scaled.T, mode="r")) if d > n else scaled
    U, S, _ = np.linalg.svd(reduced / math.sqrt(d), full_matrices=False)
    rank = int(np.count_nonzero(_noise(n, S[0]) < S))
    L = np.ascontiguousarray(U[:, :rank] * S[:rank])
    norms = np.linalg.norm(L, axis=1)
    cosines = (L @ L.T) / np.outer(norms, norms)

    def sign_of(i: int, j: int) -> float:
        return 1.0 if np.array_equal(X[i], X[j]) else (-1.0 if np.array_equal(X[i], -X[j]) else 0.0)

    _copy_parallel_rows(L, _parallel(np.abs(cosines) > 1.0 - 1e-8, sign_of))
    return L * sizes[:, np.newaxis] if spread else L


def factor_gram(gram: Array) -> Array:
    """L (n, rank) with ``LLᵀ = gram``; raises unless `gram` is a Gram matrix with unit diagonal."""
    n = len(gram)
    asymmetry = float(np.abs(gram - gram.T).max())
    if asymmetry > _SYMMETRY_SLACK * float(np.abs(gram).max()):
        raise ValueError(f"gram must be symmetric, found entries that differ by {asymmetry:.3g}; pass XXᵀ/d")
    diagonal = np.diag(gram)
    if (diagonal == 0.0).any():
        raise ValueError(
            f"input {int(np.argmin(diagonal != 0.0))} is zero: its gradient is 0 and no direction separates it; "
            "remove its row and column"
        )
    worst = int(np.argmax(np.abs(diagonal - 1.0)))
    if abs(diagonal[worst] - 1.0) > _DIAGONAL_SLACK:
        raise ValueError(
            f"gram must be XXᵀ/d with unit diagonal (‖x‖ = √d), found {diagonal[worst]:.6g} at index "
            f"{worst}; divide by d"
        )
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    noise = _noise(n, values[-1])
    if values[0] < -noise:
        raise ValueError(
            f"gram must be positive semidefinite, found the eigenvalue {values[0]:.6g} where rounding explains at most "
            f"-{noise:.2g}; pass XXᵀ/d of real inputs"
        )
    kept = values > noise
    L = np.ascontiguousarray(vectors[:, kept] * np.sqrt(values[kept]))
    same = np.abs(np.abs(gram) - 1.0) <= 4 * np.finfo(float).eps
    _copy_parallel_rows(L, _parallel(same, lambda i, j: math.copysign(1.0, gram[i, j])))
    return L


def span_basis(X: Array) -> Array | None:
    """Orthonormal rows spanning the inputs `X` (n, d), or None where they span everything."""
    sizes = np.abs(X).max(axis=1, keepdims=True)
    values, rows = np.linalg.svd(X / np.where(sizes > 0.0, sizes, 1.0), full_matrices=False)[1:]
    rank = int(np.count_nonzero(values > _noise(len(X), values[0])))
    return None if rank == X.shape[1] else rows[:rank]
