"""Exact tensors of the paper's models, for identities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["INSTANCES", "exact", "matrices", "perturbed_network", "rational_network", "rationals"]

Exact = Callable[[int, int, np.random.Generator], dict[str, Any]]

# Sizes at which identities are evaluated; d is a perfect square so that √d, hence the sphere, is rational.
INSTANCES = tuple({"m": m, "d": d} for m, d in ((1, 4), (2, 4), (3, 4), (2, 9)))


def exact(draw: Exact) -> Callable[[Mapping[str, int], np.random.Generator], dict[str, Any]]:
    """Exact tensors by cell, from a function of the width and the dimension."""
    return lambda cell, rng: draw(cell["m"], cell["d"], rng)


def perturbed_network(m: int, d: int, rng: np.random.Generator) -> dict[str, Any]:
    """Exact weights before and after a change, their masks at one rational x, and p = WWᵀa, ε = ΔWWᵀa."""
    first, second = rational_network(m, d, rng), rational_network(m, d, rng)
    x, W, a = first["x"], first["W"], first["a"]
    Ws, changed = second["W"], second["a"]
    before, after = W @ x, Ws @ x
    masks = [np.array([int(h > 0) for h in hidden], dtype=object) for hidden in (before, after, -after)]
    return {
        "W": W,
        "Ws": Ws,
        "dW": Ws - W,
        "a": a,
        "as": changed,
        "da": changed - a,
        "D": masks[0],
        "Ds": masks[1],
        "dD": masks[1] - masks[0],
        "Dm": masks[2],
        "p": W @ (W.T @ a),
        "ep": (Ws - W) @ (W.T @ a),
        "x": x * Fraction(1),
    }


def rationals(rng: np.random.Generator, *shape: int) -> NDArray[np.object_]:
    """Independent uniform integers of 31 bits: the points of a Schwartz-Zippel test."""
    values = rng.integers(-(2**30), 2**30, size=shape).tolist()
    return np.array(values, dtype=object).reshape(shape)


def _projection(columns: NDArray[np.object_]) -> NDArray[np.object_]:
    """Exact orthogonal projection onto the span of one column vector."""
    projection: NDArray[np.object_] = columns @ columns.T / Fraction(int((columns.T @ columns)[0, 0]))
    return projection


def rational_network(m: int, d: int, rng: np.random.Generator) -> dict[str, Any]:
    """Exact weights with a rational point of the √d-sphere; d must be a perfect square so that √d is rational."""
    root = int(np.sqrt(d))
    if root * root != d:
        raise ValueError(f"an exact network instance needs a perfect square d, found {d}")
    v = rationals(rng, d, 1)
    eye = np.array([[Fraction(int(i == j)) for j in range(d)] for i in range(d)], dtype=object)
    reflection = eye - 2 * _projection(v)
    x = root * reflection[:, 0]
    # A second input lies in the span of two columns; the others are a basis of the complement of both inputs.
    others = reflection[:, 2:]
    W, a, Wt = rationals(rng, m, d), rationals(rng, m), rationals(rng, m, d)
    h = W @ x
    pi = np.outer(x, x) / Fraction(d)
    return {
        "W": W,
        "a": a,
        "Wt": Wt,
        "x": x,
        "h": h,
        "D": np.array([int(value > 0) for value in h], dtype=object),
        "Pi": pi,
        "Pperp": eye - pi,
        "U": reflection[:, 1:],
        "Wbar": rationals(rng, m, d - 1),
        "Dbar": np.array([int(value <= 0) for value in h], dtype=object),
        "xtwo": root * (Fraction(3, 5) * reflection[:, 0] + Fraction(4, 5) * reflection[:, 1]),
        "PerpX": others @ others.T,
        "UX": others,
        "WbarX": rationals(rng, m, d - 2),
        "eta": np.array(Fraction(int(rng.integers(1, 2**30)), 2**30), dtype=object),
        "kappa": np.array(Fraction(int(rng.integers(1, 2**30)), 2**30), dtype=object),
        "y": np.array(int(rng.choice([-1, 1])), dtype=object),
    }


def matrices(m: int, d: int, rng: np.random.Generator) -> dict[str, Any]:
    one, two = rationals(rng, 1, m), rationals(rng, d, 1)
    eyes = [np.array([[Fraction(int(i == j)) for j in range(k)] for i in range(k)], dtype=object) for k in (m, d)]
    p_one, p_two = _projection(one.T), _projection(two)
    X = rationals(rng, m, d)
    return {
        "X": X,
        "AX": one @ X,
        "Xt": rationals(rng, m, d),
        "Aone": one,
        "Atwo": two,
        "Pone": p_one,
        "Qone": eyes[0] - p_one,
        "Ptwo": p_two,
        "Qtwo": eyes[1] - p_two,
    }
