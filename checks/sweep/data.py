"""Input sets on the sphere of radius √d: random points, scikit-learn's digits, and a user's own file."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dataset", "read_arrays"]


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
