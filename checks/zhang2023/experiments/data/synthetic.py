"""Points that are no images: uniform on the sphere, with random labels or those of a random teacher network."""

from __future__ import annotations

import numpy as np

from .....kernels import on_sphere
from .split import Array, Labels, Source, Split, sizes

__all__ = ["sphere", "teacher"]

DIM, CLASSES = 64, 10
_TEACHER_WIDTH = 64


def sphere(source: Source, rng: np.random.Generator) -> Split:
    """Points uniform on the sphere with labels independent of them."""
    X, n = _points(source, rng)
    return _split(source, X, rng.integers(CLASSES, size=len(X)), n)


def teacher(source: Source, rng: np.random.Generator) -> Split:
    """Points uniform on the sphere, labelled by the largest centred output of a random two-layer network."""
    # The JIT takes a second: keeps the command line light.
    from .....kernels import class_outputs, sample_class_network

    X, n = _points(source, rng)
    F = class_outputs(*sample_class_network(_TEACHER_WIDTH, X.shape[1], CLASSES, rng), X)
    return _split(source, X, np.argmax(F - F.mean(axis=0), axis=1), n)


def _points(source: Source, rng: np.random.Generator) -> tuple[Array, int]:
    place = source.place
    if place is not None and not (place.isascii() and place.isdigit() and int(place) >= 2):
        raise ValueError(f"{source.name}: found {place!r}; a dimension of at least 2 is needed, as {DIM}")
    n, k = sizes(source, 2000, 1000)
    return on_sphere(rng.standard_normal((n + k, DIM if place is None else int(place))), normalize=True), n


def _split(source: Source, X: Array, y: Labels, n: int) -> Split:
    names = tuple(map(str, range(CLASSES)))
    return Split(source.name, X[:n], y[:n], X[n:], y[n:], names, 1.0, None)
