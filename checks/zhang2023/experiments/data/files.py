"""A user's own files: CIFAR-10 in its binary version, npz archives of points and classes. Pickles are never read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....sweep.data import read_arrays
from .split import Labels, Source, Split, chosen, on_spheres, sizes

__all__ = ["archive", "cifar10"]

Pixels = NDArray[np.uint8]

CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_RECORD = 1 + 3 * 32 * 32
_WANTED = "the binary version of CIFAR-10 (data_batch_1.bin to data_batch_5.bin, test_batch.bin) is needed"


def cifar10(source: Source, rng: np.random.Generator) -> Split:
    """Training points from data_batch_*.bin, test points from test_batch.bin, in a folder of the user's."""
    if not source.place:
        raise ValueError(f"{source.name}: found no folder; cifar10:DIR with {_WANTED}")
    folder = Path(source.place).expanduser()
    if not folder.is_dir():
        raise ValueError(f"{source.name}: no folder {folder}; {_WANTED}")
    batches = tuple(p for i in range(1, 6) if (p := folder / f"data_batch_{i}.bin").is_file())
    last = folder / "test_batch.bin"
    if not batches or not last.is_file():
        found = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
        raise ValueError(f"{source.name}: found {found} in {folder}; {_WANTED}")
    (X, y), (X_test, y_test) = _records(batches), _records((last,))
    n, k = sizes(source, 5000, 1000)
    parts = []
    for raw, labels, count, what in ((X, y, n, "training"), (X_test, y_test, k, "test")):
        if count > len(labels):
            raise ValueError(f"{source.name} has {len(labels)} {what} points, but {count} are asked for")
        taken, _ = chosen(rng, len(labels), count, 0)
        # Planes of one colour each become pixels of three.
        parts.append((raw[taken].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).reshape(count, -1), labels[taken]))
    return on_spheres(source, *parts, classes=CIFAR_CLASSES, span=255.0, shape=(32, 32, 3), centred=True)


@lru_cache(maxsize=2)
def _records(paths: tuple[Path, ...]) -> tuple[Pixels, Labels]:
    """Pixels (n, 3072), one plane per colour, and classes (n,)."""
    tables = [_table(path) for path in paths]
    table = np.concatenate(tables)
    return table[:, 1:], table[:, 0].astype(np.int64)


def _table(path: Path) -> Pixels:
    stored = np.fromfile(path, dtype=np.uint8)
    if not stored.size or stored.size % _RECORD:
        raise ValueError(
            f"{path}: found {stored.size} bytes, which are no whole number of records of {_RECORD} bytes (a label and "
            f"32×32 pixels in three colours); {_WANTED}"
        )
    table = stored.reshape(-1, _RECORD)
    bad = np.flatnonzero(table[:, 0] >= len(CIFAR_CLASSES))
    if bad.size:
        raise ValueError(f"{path}: found label {table[bad[0], 0]} in record {bad[0]}, but labels are 0 to 9; {_WANTED}")
    return table


def archive(source: Source, rng: np.random.Generator) -> Split:
    """A split of the arrays X and y of an npz file: points as they are, scaled to norm √d, and classes from 0."""
    path = Path(source.name).expanduser()
    stored = read_arrays(path, ("X", "y"), "X (n, d) or (n, height, width, channels) and y (n,)")
    X, y = _points(path, stored["X"]), _classes(path, stored["y"], len(stored["X"]))
    n, k = sizes(source, len(X) - len(X) // 4, len(X) // 4, available=len(X))
    train, test = chosen(rng, len(X), n, k)
    names = tuple(map(str, range(int(y.max()) + 1)))
    return on_spheres(
        source,
        (X[train], y[train]),
        (X[test], y[test]),
        classes=names,
        span=float(X.max()) - float(X.min()),
        shape=X.shape[1:] if X.ndim == 4 else None,
    )


def _points(path: Path, X: NDArray[np.generic]) -> NDArray[np.float64]:
    if X.dtype.kind not in "biuf" or X.ndim not in (2, 4) or not X.size:
        raise ValueError(
            f"{path.name}: X holds {X.dtype} of shape {X.shape}; real numbers of shape (n, d) or (n, height, width, "
            "channels) are needed"
        )
    points = X.astype(np.float64)
    bad = np.argwhere(~np.isfinite(points))
    if len(bad):
        where = tuple(map(int, bad[0]))
        raise ValueError(f"{path.name}: X holds {points[where]} at index {where}; finite numbers are needed")
    zero = np.flatnonzero(~points.reshape(len(points), -1).any(axis=1))
    if zero.size:
        raise ValueError(f"{path.name}: point {zero[0]} of X is zero and has no direction; remove it")
    return points


def _classes(path: Path, y: NDArray[np.generic], n: int) -> Labels:
    if y.ndim != 1 or len(y) != n:
        raise ValueError(f"{path.name}: y has shape {y.shape}, but X has {n} points; one class for each is needed")
    if y.dtype.kind not in "biuf":
        raise ValueError(f"{path.name}: y holds {y.dtype}; classes 0, 1, 2, … are needed")
    labels = y.astype(np.float64)
    bad = np.flatnonzero(~((labels >= 0) & (labels < n) & (labels == np.floor(labels))))
    if bad.size:
        raise ValueError(f"{path.name}: y holds {y[bad[0]]} at index {bad[0]}; classes 0, 1, 2, … are needed")
    counts = np.bincount(labels.astype(np.int64))
    if len(counts) < 2 or np.count_nonzero(counts) < 2:
        raise ValueError(f"{path.name}: y holds the class {int(labels[0])} only; at least 2 classes are needed")
    if not counts.all():
        raise ValueError(
            f"{path.name}: y has classes up to {len(counts) - 1} but no point of class {int(np.argmin(counts))}; "
            "number the classes from 0 without gaps"
        )
    return labels.astype(np.int64)
