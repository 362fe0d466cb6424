"""Input sets on the sphere of radius √d: random points, scikit-learn's digits, and a user's own file."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..kernels import on_sphere

__all__ = ["Dataset", "DigitClasses", "load_digit_classes", "load_digits", "load_npz", "random_sphere", "read_arrays"]


@dataclass(frozen=True)
class Dataset:
    """Inputs X (n, d) with ‖x‖ = √d and labels y (n,) in {-1, +1}.

    Attributes
    ----------
    name : str
        ``sphere``, ``digits`` or the file's stem.
    sha256 : str
        Digest of shapes and little-endian float64 bytes, so that a result names its data without a path.
    """

    name: str
    X: NDArray[np.float64]
    y: NDArray[np.float64]

    @property
    def sha256(self) -> str:
        digest = hashlib.sha256(repr((self.X.shape, self.y.shape)).encode())
        for array in (self.X, self.y):
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return digest.hexdigest()


def random_sphere(n: int, d: int, rng: np.random.Generator) -> Dataset:
    """n independent uniform points on the sphere of radius √d with fair random labels."""
    X = rng.standard_normal((n, d))
    return Dataset("sphere", on_sphere(X, normalize=True), rng.choice([-1.0, 1.0], size=n))


def load_digits() -> Dataset:
    """scikit-learn's 1797 digits (d = 64) scaled to ‖x‖ = √d, digits 0-4 labelled -1 and 5-9 labelled +1."""
    from sklearn.datasets import load_digits as bundled

    X, digit = bundled(return_X_y=True)
    return Dataset("digits", on_sphere(X, normalize=True), np.where(digit < 5, -1.0, 1.0))


@dataclass(frozen=True)
class DigitClasses:
    """scikit-learn's digits with their ten classes.

    Attributes
    ----------
    X : ndarray of float64, shape (1797, 64)
        Images on the sphere of radius √d.
    y : ndarray of int64, shape (1797,)
        Classes 0 to 9.
    pixel : float
        What the range of a pixel, from black to white, has become in the rescaled images, on average.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    pixel: float


def load_digit_classes() -> DigitClasses:
    """scikit-learn's 1797 digits (d = 64) scaled to ‖x‖ = √d, with their classes.

    Examples
    --------
    >>> digits = load_digit_classes()
    >>> digits.X.shape, int(digits.y.max()), round(digits.pixel, 2)
    ((1797, 64), 9, 2.08)
    """
    from sklearn.datasets import load_digits as bundled

    raw, digit = bundled(return_X_y=True)
    X = on_sphere(raw, normalize=True)
    return DigitClasses(X, digit.astype(np.int64), float(np.mean(16.0 * X.max(axis=1) / raw.max(axis=1))))


def load_npz(path: Path, *, normalize: bool = False) -> Dataset:
    """Read X (n, d) and y (n,) from an npz file; nothing in it is ever executed.

    Parameters
    ----------
    path : Path
        An ``.npz`` with arrays ``X`` and ``y``.
    normalize : bool
        Rescale every row to ‖x‖ = √d instead of demanding it.

    Raises
    ------
    ValueError
        When the file is no npz, holds pickled objects, misses a key, or an array does not fit; the message says what
        was found and what is needed.
    """
    from ..kernels._validate import real_array, sign_labels

    arrays = read_arrays(path, ("X", "y"), "X (n, d) and y (n,)")
    X = real_array(arrays["X"], "X", (None, None))
    return Dataset(path.stem, on_sphere(X, normalize=normalize), sign_labels(arrays["y"], X.shape[0]))


def read_arrays(path: Path, names: tuple[str, ...], wanted: str) -> dict[str, np.ndarray]:
    """Read the named arrays of an npz file without ever loading a pickle.

    Raises
    ------
    ValueError
        When the file is missing, no npz, lacks a name or holds pickled objects; `wanted` says what is needed.
    """
    try:
        archive = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise ValueError(f"no file {path}; an npz with arrays {wanted} is needed") from None
    except (zipfile.BadZipFile, EOFError, OSError, ValueError):
        raise ValueError(f"{path.name} is no npz file; one with arrays {wanted} is needed (numpy.savez)") from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise ValueError(f"{path.name} holds a single array; an npz with arrays {wanted} is needed")
    with archive:
        missing = [name for name in names if name not in archive]
        if missing:
            raise ValueError(f"{path.name} has no array {missing[0]!r}, only {sorted(archive.files)}; needed: {wanted}")
        try:
            return {name: archive[name] for name in names}
        except ValueError:
            raise ValueError(
                f"{path.name} holds pickled objects, which are never loaded; save {wanted} as plain float arrays"
            ) from None
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise ValueError(f"{path.name} is damaged ({error}); save {wanted} again") from None
