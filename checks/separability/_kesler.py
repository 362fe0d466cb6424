"""Data of a separability question: validated rows and labels, and the one homogeneous system they stand for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...kernels.validate import real_array
from . import recheck as referee

Array = NDArray[np.float64]


class Samples(NamedTuple):
    """Validated data.

    Attributes
    ----------
    rows : ndarray, shape (n, d), float64
    labels : ndarray of int64, shape (n,)
        Positions in `classes`.
    classes : tuple of int
        ``(-1, 1)`` for signs, else the sorted distinct labels.
    sha256 : str
    """

    rows: Array
    labels: NDArray[np.int64]
    classes: tuple[int, ...]
    data_sha256: str

    @property
    def signs(self) -> bool:
        """Whether the labels are −1 and +1, so that one witness serves."""
        return self.classes == (-1, 1)


def read_samples(R: ArrayLike, y: ArrayLike) -> Samples:
    """Validate R (n, d) and y (n,) at the public boundary."""
    rows = real_array(R, "R", (None, None))
    data = referee.read_data(rows, y)
    position = {label: k for k, label in enumerate(data.classes)}
    return Samples(rows, np.array([position[label] for label in data.labels]), tuple(data.classes), data.data_sha256)


def kesler_rows(data: Samples, *, reference: bool = False) -> Array:
    """Rows G with: v separates the data iff G v > 0, entries being entries of R, their negatives, and zeros.

    Signs give y_i r_i, shape (n, d). K classes give, for sample i and each rival k ≠ y_i in increasing order, r_i in
    the block of y_i and −r_i in the block of k: shape (n (K − 1), K d). With `reference` the last class has v = 0,
    which loses nothing because only differences of the v_k matter, and its block is left out.
    """
    n, d = data.rows.shape
    if data.signs:
        return np.where(data.labels[:, None] == 1, data.rows, -data.rows)
    K = len(data.classes)
    G = np.zeros((n, K - 1, K, d))
    samples = np.arange(n)
    for j in range(K - 1):
        rival = j + (j >= data.labels)
        G[samples, j, data.labels] = data.rows
        G[samples, j, rival] = -data.rows
    return np.ascontiguousarray(G[:, :, : K - reference].reshape(n * (K - 1), -1))
