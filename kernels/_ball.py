"""Balls around inputs, in L∞ or L2: steps, projections and starts of the attacks that stay in them.

A displaced input is rounded towards the input, so that |x' − x| ≤ |e| holds entry by entry in exact arithmetic: a
displacement inside a ball never leaves it by rounding. An L2 ball is shrunk by the rounding of a norm first, so that
‖x' − x‖ ≤ r holds in rationals and however float64 sums the squares.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .validate import Array, generator, per_sample, positive_int, real_array

# Squares of entries of such displacements are subnormal: their absolute rounding counts.
_SUBNORMAL_SQUARES = (1e-162, 1e-140)
_LEAST_RADIUS = 1e-300
Look = Callable[[Array], tuple[Array, Array]]
"""Directions of ascent (n, d) and the scores (n,) that they raise."""


def unit_rows(G: Array) -> Array:
    """Rows of `G` scaled to norm 1 without over- or underflow; a zero row stays zero."""
    largest = np.abs(G).max(axis=1, keepdims=True)
    scaled: Array = np.divide(G, largest, out=np.zeros_like(G), where=largest > 0.0)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    np.divide(scaled, norms, out=scaled, where=norms > 0.0)
    return scaled


def inner_radii(radii: Array, d: int) -> Array:
    """Radii (n,) less the rounding of a norm of d entries; 0 where such a ball is lost among subnormal numbers."""
    slack = np.full(radii.shape, (d + 8) * 2.0**-52)
    least, most = _SUBNORMAL_SQUARES
    rough = (radii >= least) & (radii < most)
    slack[rough] += d * 2.0**-1074 / radii[rough] ** 2
    return np.where(radii < _LEAST_RADIUS, 0.0, radii * (1.0 - np.minimum(slack, 1.0)))


def project(E: Array, radii: Array, norm: str) -> Array:
    """Nearest points of the balls ("linf" or "l2") of radii (n,) to the rows of `E`."""
    if norm == "linf":
        return np.clip(E, -radii[:, np.newaxis], radii[:, np.newaxis])
    inner = inner_radii(radii, E.shape[1])[:, np.newaxis]
    largest = np.abs(E).max(axis=1, keepdims=True)
    scaled = np.divide(E, largest, out=np.zeros_like(E), where=largest > 0.0)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    # A zero row divides by nothing; inner/largest may overflow only where the row is inside.
    outside = norms > np.divide(inner, largest, out=np.full_like(largest, np.inf), where=largest > inner / E.shape[1])
    projected: Array = np.divide(scaled, norms, out=scaled, where=outside) * inner
    return np.where(outside, projected, E)


def displaced(X: Array, E: Array) -> Array:
    """X + E rounded towards X, so that no entry moves further than `E` says, in exact arithmetic."""
    total: Array = X + E
    back = total - X
    # The two-sum: X + E is total + error exactly.
    error = (X - (total - back)) + (E - back)
    beyond = np.sign(error) * np.sign(E) < 0.0
    total[beyond] = np.nextafter(total[beyond], X[beyond])
    return total


def random_start(shape: tuple[int, int], radii: Array, norm: str, rng: np.random.Generator) -> Array:
    """Rows uniform in the balls ("linf" or "l2") of radii (n,)."""
    if norm == "linf":
        return radii[:, np.newaxis] * rng.uniform(-1.0, 1.0, shape)
    lengths = radii[:, np.newaxis] * rng.random((shape[0], 1)) ** (1.0 / shape[1])
    return lengths * unit_rows(rng.standard_normal(shape))


def _box(bounds: tuple[ArrayLike, ArrayLike] | None, X: Array) -> tuple[Array, Array] | None:
    if bounds is None:
        return None
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        raise ValueError(f"bounds must be (low, high), found {bounds!r}; pass two numbers or two arrays")
    ends = []
    for name, end in zip(("low", "high"), bounds, strict=True):
        shape = np.shape(end)
        if shape not in ((), X.shape, X.shape[1:]):
            raise ValueError(f"bounds: {name} has shape {shape}; a number, shape {X.shape[1:]} or {X.shape} is needed")
        ends.append(
            np.broadcast_to(real_array(np.atleast_1d(end), f"bounds: {name}", (None,) * max(len(shape), 1)), X.shape)
        )
    outside = np.argwhere((ends[0] > X) | (ends[1] < X))
    if len(outside):
        i, k = map(int, outside[0])
        raise ValueError(
            f"X must lie within bounds, found {X[i, k]} at index ({i}, {k}) where [{ends[0][i, k]}, {ends[1][i, k]}] "
            "is needed; clip the inputs first"
        )
    return ends[0], ends[1]


def climb(
    look: Look,
    X: Array,
    *,
    radius: ArrayLike,
    step: ArrayLike,
    steps: int,
    norm: str,
    bounds: tuple[ArrayLike, ArrayLike] | None,
    rng: np.random.Generator | None,
    restarts: int,
) -> Array:
    """The points of highest score that projected ascent met in the balls around `X`, the centres among them."""
    radii, lengths = per_sample(radius, "radius", len(X), zero=True), per_sample(step, "step", len(X))
    steps, restarts = positive_int(steps, "steps"), positive_int(restarts, "restarts")
    if norm not in ("linf", "l2"):
        raise ValueError(f'norm must be "linf" or "l2", found {norm!r}; choose one of them')
    if rng is None and restarts > 1:
        raise ValueError(f"restarts = {restarts} need random starts, found no rng; pass numpy.random.default_rng(seed)")
    box = _box(bounds, X)

    def moved(E: Array) -> tuple[Array, Array]:
        with np.errstate(over="ignore", invalid="ignore"):
            E = project(E, radii, norm)
            at = displaced(X, E)
            if box is not None:
                at = np.clip(at, *box)
                E = at - X
            return E, at

    G, best = look(X)
    found = X.copy()
    for _ in range(restarts):
        E = np.zeros_like(X)
        if rng is not None:
            E, at = moved(random_start((X.shape[0], X.shape[1]), radii, norm, generator(rng)))
            G, score = look(at)
            _keep(at, score, found, best)
        for _ in range(steps):
            with np.errstate(over="ignore"):
                E = E + lengths[:, np.newaxis] * (np.sign(G) if norm == "linf" else unit_rows(G))
            E, at = moved(E)
            G, score = look(at)
            _keep(at, score, found, best)
    return found


def _keep(at: Array, score: Array, found: Array, best: Array) -> None:
    better = score > best
    found[better], best[better] = at[better], score[better]
