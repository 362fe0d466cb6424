"""One split of labelled points into training and test points on the sphere, and how it is made of raw ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .....kernels import on_sphere
from .....kernels.validate import positive_int

__all__ = ["Source", "Split", "chosen", "on_spheres", "sizes"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Labelled points on the sphere of radius √d, some to train on and others to test.

    Attributes
    ----------
    name : str
        What was asked for, as ``"patches"``.
    X, X_test : ndarray of float64, shapes (n, d) and (n', d)
        Points with ‖x‖ = √d.
    y, y_test : ndarray of int64, shapes (n,) and (n',)
        Classes from 0 to K − 1.
    classes : tuple of str
        Names of the K classes.
    pixel : float
        What the range of a pixel has become in the rescaled training points, on average.
    shape : tuple of int or None
        (height, width, channels) where the points are images, flattened in this order.
    """

    name: str
    X: Array
    y: Labels
    X_test: Array
    y_test: Labels
    classes: tuple[str, ...]
    pixel: float
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Source:
    """What a reader of one kind of data is asked for.

    Attributes
    ----------
    name : str
        The name as typed, for the split and for errors.
    place : str or None
        What follows the colon: a folder, a file or a dimension.
    training, test : int or None
        Numbers of points; None leaves them to the reader.
    """

    name: str
    place: str | None
    training: int | None
    test: int | None


def sizes(source: Source, training: int, test: int, available: int | None = None) -> tuple[int, int]:
    """Numbers of training and test points: those asked for, or these; together at most what there is."""
    n = training if source.training is None else positive_int(source.training, "training")
    k = test if source.test is None else positive_int(source.test, "test")
    if available is not None and n + k > available:
        raise ValueError(f"{source.name} has {available} points, but {n} to train on and {k} to test are asked for")
    return n, k


def chosen(rng: np.random.Generator, available: int, n: int, k: int) -> tuple[Labels, Labels]:
    """Indices of n training points and k others, drawn without replacement."""
    order = rng.permutation(available)
    return order[:n], order[n : n + k]


def on_spheres(
    source: Source,
    train: tuple[NDArray[np.generic], Labels],
    test: tuple[NDArray[np.generic], Labels],
    *,
    classes: Sequence[str],
    span: float,
    shape: tuple[int, ...] | None,
    centred: bool = False,
) -> Split:
    """A split of raw points with pixels in a range of `span`; `centred` takes off the training points' mean colour."""
    raw, raw_test = (points.reshape(len(points), -1).astype(np.float64) for points, _ in (train, test))
    if centred and shape is not None:
        colour = np.tile(raw.reshape(-1, shape[-1]).mean(axis=0), raw.shape[1] // shape[-1])
        raw -= colour
        raw_test -= colour
    X, X_test = on_sphere(raw, normalize=True), on_sphere(raw_test, normalize=True)
    largest = np.abs(raw).max(axis=1)
    pixel = span * float(np.mean(np.abs(X).max(axis=1) / largest))
    return Split(source.name, X, train[1], X_test, test[1], tuple(classes), pixel, shape)
