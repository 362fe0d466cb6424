"""Data of a separability question: exact rows, labels, and the one homogeneous system they stand for."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from . import recheck as referee
from .exact import Dyadics, ScaledRows

_EXACT_FLOATS = 2**53


class Samples(NamedTuple):
    """Validated data.

    Attributes
    ----------
    table : Dyadics, shape (n, columns)
        Each row times its factor; with an intercept the last column stands for 1.
    factors : list of int
        Odd and positive, so that fractions become dyadic.
    labels : ndarray of int64, shape (n,)
        Positions in `classes`.
    classes : tuple of int or str
        ``(-1, 1)`` for signs, else the sorted distinct labels.
    d : int
        Columns without the intercept.
    intercept : bool
    data_sha256 : str
    """

    table: Dyadics
    factors: list[int]
    labels: NDArray[np.int64]
    classes: tuple[int | str, ...]
    d: int
    intercept: bool
    data_sha256: str

    @property
    def n(self) -> int:
        return len(self.labels)

    @property
    def two(self) -> bool:
        """Whether there are two classes, −1 and +1 in this order, so that one witness serves."""
        return len(self.classes) == 2

    @property
    def signs(self) -> NDArray[np.int64]:
        """−1 and +1 of two classes."""
        return 2 * self.labels - 1


def read_samples(R: Any, y: Any, intercept: bool) -> Samples:
    """Validate R (n, d) and y (n,) at the public boundary; the referee says what is wrong, its numbers are not used."""
    data = referee.read_data(R, y)
    table, factors = _exact_table(R, intercept)
    labels = np.array(data.labels, dtype=np.int64)
    return Samples(table, factors, labels, tuple(data.classes), data.d, bool(intercept), data.data_sha256)


def _exact_table(R: Any, intercept: bool) -> tuple[Dyadics, list[int]]:
    floats = _as_floats(R)
    if floats is not None:
        if intercept:
            floats = np.column_stack([floats, np.ones(len(floats))])
        return Dyadics.of_floats(np.ascontiguousarray(floats)), [1] * len(floats)
    rows, shifts, factors = [], [], []
    for line in _objects(R).tolist():
        numbers = [_fraction(value) for value in line] + [Fraction(1)] * intercept
        common = math.lcm(*(x.denominator for x in numbers))
        down = (common & -common).bit_length() - 1
        rows.append([x.numerator * (common // x.denominator) for x in numbers])
        shifts.append(down)
        factors.append(common >> down)
    whole = Dyadics.of_integers(rows)
    shift = np.where(whole.fraction == 0, 0, np.array(shifts, dtype=np.int64)[:, None])
    return whole._replace(exponent=whole.exponent - shift, size=whole.size - shift), factors


def _objects(R: Any) -> NDArray[Any]:
    if hasattr(R, "to_numpy"):
        return np.asarray(R.to_numpy(dtype=object))
    return np.asarray(R) if hasattr(R, "__array__") else np.asarray(R, dtype=object)


def _as_floats(R: Any) -> NDArray[np.float64] | None:
    """The numbers as float64 where that loses nothing, else None."""
    array = _objects(R)
    if array.dtype == object:
        kept = {float: True, bool: True, np.float64: True}
        for value in array.ravel().tolist():
            if not kept.get(type(value)) and not (type(value) is int and abs(value) <= _EXACT_FLOATS):
                return None
        return array.astype(np.float64)
    if array.dtype.kind in "iu" and not (array.min() >= -_EXACT_FLOATS and array.max() <= _EXACT_FLOATS):
        return None
    return None if array.dtype.itemsize > 8 else array.astype(np.float64)


def _fraction(value: Any) -> Fraction:
    """The number itself; NumPy's integers have no numerator of type int."""
    if isinstance(value, (int, np.integer, np.bool_)):
        return Fraction(int(value))
    if isinstance(value, Fraction):
        return value
    if hasattr(value, "as_integer_ratio"):
        return Fraction(*map(int, value.as_integer_ratio()))
    return Fraction(int(value.numerator), int(value.denominator))


def kesler_rows(table: Dyadics, labels: NDArray[np.int64], K: int, chosen: NDArray[np.int64], blocks: int) -> Dyadics:
    """Some of the rows G of K classes with: v separates the data iff G v > 0.

    Row i (K − 1) + j belongs to sample i and its j-th rival k ≠ y_i in increasing order: r_i in the block of y_i and
    −r_i in the block of k. With K − 1 blocks the last class has v = 0, which loses nothing because only differences
    of the v_k matter.
    """
    d = table.size.shape[1]
    samples, rival, own = _places(labels, K, chosen)
    parts = []
    for part, signed in zip(table, (True, False, True, False), strict=True):
        block = np.zeros((len(chosen), blocks, d), dtype=part.dtype)
        for where, sign in ((own, 1), (rival, -1)):
            here = np.flatnonzero(where < blocks)
            block[here, where[here]] = sign * part[samples[here]] if signed else part[samples[here]]
        parts.append(block.reshape(len(chosen), -1))
    return Dyadics(*parts)


def scaled_kesler_rows(
    scaled: ScaledRows, labels: NDArray[np.int64], K: int, chosen: NDArray[np.int64]
) -> tuple[ScaledRows, NDArray[np.int64]]:
    """The chosen rows of K − 1 blocks with the scaling of the samples, and the sample of each."""
    samples, rival, own = _places(labels, K, chosen)
    d, blocks = len(scaled.column), K - 1
    floats = np.zeros((len(chosen), blocks, d))
    for where, sign in ((own, 1), (rival, -1)):
        here = np.flatnonzero(where < blocks)
        floats[here, where[here]] = sign * scaled.floats[samples[here]]
    table = scaled.integers.table()
    lines = []
    for i, k, c in zip(samples.tolist(), rival.tolist(), own.tolist(), strict=True):
        line: list[Any] = [0] * (blocks * d)
        if c < blocks:
            line[c * d : (c + 1) * d] = table[i]
        if k < blocks:
            line[k * d : (k + 1) * d] = [-x for x in table[i]]
        lines.append(line)
    rows = ScaledRows(
        fmpz_mat(lines),
        floats.reshape(len(chosen), -1),
        scaled.row[samples],
        scaled.float_row[samples],
        np.tile(scaled.column, blocks),
    )
    return rows, samples


def _places(
    labels: NDArray[np.int64], K: int, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sample, rival and own class of some rows of Kesler's construction."""
    samples, j = np.divmod(chosen, K - 1)
    own = labels[samples]
    return samples, j + (j >= own), own
