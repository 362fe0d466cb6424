"""The paper's inputs: random points of the sphere of radius √d, scikit-learn's digits, a user's own file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...kernels import on_sphere
from ...kernels.validate import real_array, sign_labels
from ..sweep.data import Dataset, DataSources, RandomInputs, read_arrays

__all__ = ["DATA", "SPHERE", "load_digits", "load_npz", "random_sphere"]

_AXES = ("n", "d")


def random_sphere(n: int, d: int, rng: np.random.Generator) -> Dataset:
    """n independent uniform points on the sphere of radius √d with fair random labels."""
    X = rng.standard_normal((n, d))
    return Dataset("sphere", on_sphere(X, normalize=True), rng.choice([-1.0, 1.0], size=n), _AXES)


def load_digits() -> Dataset:
    """scikit-learn's 1797 digits (d = 64) scaled to ‖x‖ = √d, digits 0-4 labelled -1 and 5-9 labelled +1."""
    from sklearn.datasets import load_digits as bundled  # scikit-learn takes a second: keeps the command line light

    X, digit = bundled(return_X_y=True)
    return Dataset("digits", on_sphere(X, normalize=True), np.where(digit < 5, -1.0, 1.0), _AXES)


def load_npz(path: Path, *, normalize: bool = False) -> Dataset:
    """Read X (n, d) and y (n,) from an npz file; nothing in it is ever executed.

    Parameters
    ----------
    path : Path
        An ``.npz`` with arrays ``X``, or ``R``, and ``y``.
    normalize : bool
        Rescale every row to ‖x‖ = √d instead of demanding it.

    Raises
    ------
    ValueError
        When the file is no npz, holds pickled objects, misses a key, or an array does not fit; the message says what
        was found and what is needed.
    """
    arrays = read_arrays(path, ("X", "y"), "X (n, d) and y (n,)", {"X": "R"})
    X = real_array(arrays["X"], "X", (None, None))
    return Dataset(path.stem, on_sphere(X, normalize=normalize), sign_labels(arrays["y"], X.shape[0]), _AXES)


def _draw_sphere(sizes: Mapping[str, int], rng: np.random.Generator) -> Dataset:
    return random_sphere(sizes["n"], sizes["d"], rng)


def _read(path: Path, normalize: bool) -> Dataset:
    return load_npz(path, normalize=normalize)


# Random points are the same at every width.
SPHERE = RandomInputs("sphere", ("d", "n"), _draw_sphere)
DATA = DataSources(SPHERE, {"digits": load_digits}, _read, _AXES, default=("sphere", "digits"))
