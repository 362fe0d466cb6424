"""Data of a sweep: data sets with the sizes they fix, random inputs drawn anew for each size, and files read safely."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .seeds import seed_sequence

__all__ = ["DataSources", "Dataset", "RandomInputs", "read_arrays"]


@dataclass(frozen=True)
class Dataset:
    """Inputs X with labels y.

    Attributes
    ----------
    name : str
        Its own name, or the stem of the file it was read from.
    X : ndarray of float64, two-dimensional
    y : ndarray of float64, shape (len(X),)
    axes : pair of str
        The sizes that the axes of X are.
    sha256 : str
        Digest of shapes and little-endian float64 bytes, so that a result names its data without a path.
    """

    name: str
    X: NDArray[np.float64]
    y: NDArray[np.float64]
    axes: tuple[str, str]

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes that the data fix."""
        return dict(zip(self.axes, self.X.shape, strict=True))

    @property
    def sha256(self) -> str:
        digest = hashlib.sha256(repr((self.X.shape, self.y.shape)).encode())
        for array in (self.X, self.y):
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class RandomInputs:
    """Inputs that are drawn anew for each of their sizes, and are the same at every value of the other sizes.

    Attributes
    ----------
    name : str
    axes : tuple of str
        The sizes that fix a data set.
    draw : callable
        ``draw(sizes, rng)`` gives the `Dataset`.
    """

    name: str
    axes: tuple[str, ...]
    draw: Callable[[Mapping[str, int], np.random.Generator], Dataset]

    def at(self, sizes: Mapping[str, int], seed: int) -> Dataset:
        """The data set of these sizes under a root seed."""
        label = "/".join([self.name, *(str(sizes[axis]) for axis in self.axes)])
        return self.draw(sizes, np.random.default_rng(seed_sequence(seed, label)))


@dataclass(frozen=True)
class DataSources:
    """The data a paper's sweep can be run on.

    Attributes
    ----------
    random : RandomInputs, optional
    named : mapping of str to callable
        Loaders of data sets that need no file.
    read : callable, optional
        ``read(path, normalize)`` reads a user's file.
    axes : pair of str
        The sizes that the axes of every data set are.
    default : tuple of str
        The names a sweep is run on when none is asked for.
    """

    random: RandomInputs | None = None
    named: Mapping[str, Callable[[], Dataset]] = field(default_factory=dict, hash=False)
    read: Callable[[Path, bool], Dataset] | None = None
    axes: tuple[str, str] = ("", "")
    default: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the data that need no file."""
        return (*(() if self.random is None else (self.random.name,)), *self.named)

    def _needed(self) -> str:
        if not self.names and self.read is None:
            return "there are no data to choose from, leave the option out"
        file = [] if self.read is None else ["a file ending in .npz"]
        return f"needed: {' or '.join([part for part in (', '.join(self.names), *file) if part])}"

    def chosen(self, names: Sequence[str], *, normalize: bool = False) -> tuple[bool, tuple[Dataset, ...]]:
        """Whether the random inputs are among the names, and the data sets of the others.

        Parameters
        ----------
        names : sequence of str
            Names of data, or files; empty for the default ones.
        normalize : bool
            Handed to the reader of files.

        Raises
        ------
        ValueError
            For a name that is neither known nor a file that can be read, or two data sets of one name.
        """
        random = None if self.random is None else self.random.name
        found = []
        for name in names or self.default:
            if name in self.named:
                found.append(self.named[name]())
            elif self.read is not None and name.endswith(".npz"):
                found.append(self.read(Path(name), normalize))
            elif name != random:
                raise ValueError(f"--data: found {name!r}; {self._needed()}")
        taken = [d.name for d in found] + ([] if random is None else [random])
        if len(set(taken)) != len(taken):
            raise ValueError(f"--data: two data sets have the same name in {', '.join(names)}; rename a file")
        return random in (names or self.default), tuple(found)


def read_arrays(
    path: Path, names: tuple[str, ...], wanted: str, aliases: Mapping[str, str] | None = None
) -> dict[str, np.ndarray]:
    """Read the named arrays of an npz file without ever loading a pickle; an alias serves where its name is missing.

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
        known = {name: alias for name, alias in (aliases or {}).items() if name not in archive and alias in archive}
        missing = [name for name in names if known.get(name, name) not in archive]
        if missing:
            raise ValueError(f"{path.name} has no array {missing[0]!r}, only {sorted(archive.files)}; needed: {wanted}")
        try:
            return {name: archive[known.get(name, name)] for name in names}
        except ValueError:
            raise ValueError(
                f"{path.name} holds pickled objects, which are never loaded; save {wanted} as plain float arrays"
            ) from None
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise ValueError(f"{path.name} is damaged ({error}); save {wanted} again") from None
