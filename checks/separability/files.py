"""Tables in files: rows, labels and the names of both, without a number rounded or a label guessed.

CSV and TSV with a header (decimals are read as the fractions they write), npz with ``X`` (or ``R``) and ``y``, npy,
parquet where pandas reads it. Text columns become categories only where that is asked for.
"""

from __future__ import annotations

import csv
import difflib
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas
from numpy.typing import NDArray

from . import recheck as referee

__all__ = ["Table", "read_table"]

_MISSING = {"", "na", "nan", "null", "none", "n/a"}
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (".csv", ".tsv", ".npz", ".npy", ".parquet")


class Table(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    X : ndarray, shape (n, d)
        Numbers, of objects where no type of NumPy holds them all.
    y : ndarray, shape (n,)
        Integers or strings.
    columns, rows : tuple of str
        Names: from the header, lines of the file, else positions from 0.
    label : str
        Where the labels were.
    """

    X: NDArray[Any]
    y: NDArray[Any]
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    label: str


def read_table(path: Path, label: str | None = None, *, one_hot: bool = False, reference: bool = False) -> Table:
    """Read a file of samples and labels.

    Parameters
    ----------
    path : Path
        Its ending says what it is: .csv, .tsv, .npz, .npy or .parquet.
    label : str, optional
        The column of the labels; default ``y``.
    one_hot : bool
        Turn each column with text into one 0/1 column per category, named ``column=category``.
    reference : bool
        Leave out the first category of each, which an intercept stands for.

    Raises
    ------
    ValueError
        For what cannot be read, a missing value, text where numbers are needed, or no such column.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path.name} ends in {suffix or 'nothing'}; one of {', '.join(SUFFIXES)} is needed")
    if suffix == ".npz":
        if label is not None or one_hot:
            raise ValueError(f"{path.name} holds arrays X and y, so that --label and --one-hot have no meaning for it")
        return _archive(path)
    if suffix in _DELIMITERS:
        names, columns, rows = _text(path, _DELIMITERS[suffix])
    elif suffix == ".npy":
        names, columns, rows = _array(path)
    else:
        names, columns, rows = _parquet(path)
    chosen = _label_column(path, names, label)
    y = _labels(path, names[chosen], columns[chosen], rows)
    features: list[tuple[str, list[Any]]] = []
    for k, (name, column) in enumerate(zip(names, columns, strict=True)):
        if k != chosen:
            features += _features(path, name, column, rows, one_hot, reference)
    if not features:
        raise ValueError(f"{path.name} has no column but the labels {names[chosen]!r}; one with numbers is needed")
    X = np.empty((len(rows), len(features)), dtype=object)
    for j, (_, values) in enumerate(features):
        X[:, j] = values
    return Table(X, y, tuple(name for name, _ in features), tuple(rows), names[chosen])


def _archive(path: Path) -> Table:
    X, y = referee.load(str(path))
    with np.load(path, allow_pickle=False) as archive:
        named = {key: [str(name) for name in archive[key].tolist()] for key in ("columns", "rows") if key in archive}
    shape = X.shape if X.ndim == 2 else (len(X) if X.ndim else 0, 0)
    names = []
    for key, word, size in (("columns", "column", shape[1]), ("rows", "row", shape[0])):
        found = named.get(key, [f"{word} {k}" for k in range(size)])
        if len(found) != size:
            raise ValueError(f"{path.name} has {len(found)} names in {key!r}, but X has {size} {key}")
        names.append(tuple(found))
    return Table(X, y, names[0], names[1], "y")


def _text(path: Path, delimiter: str) -> tuple[list[str], list[list[Any]], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            lines = [(reader.line_num, line) for line in reader if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path.name} is no UTF-8 table with {delimiter!r} between its cells: {error}") from None
    if len(lines) < 2:
        raise ValueError(f"{path.name} has {len(lines)} lines; a header and at least one row are needed")
    names = [name.strip() for name in lines[0][1]]
    if len(names) == 1 and ";" in names[0]:
        raise ValueError(f"{path.name} has ';' between its cells; save it with ',' (or as .tsv with tabs)")
    for number, line in lines[1:]:
        if len(line) != len(names):
            raise ValueError(f"{path.name}, line {number}: found {len(line)} cells, but the header has {len(names)}")
    columns: list[list[Any]] = [[line[k].strip() for _, line in lines[1:]] for k in range(len(names))]
    rows = [f"line {number}" for number, _ in lines[1:]]
    if names[0] == "":
        # As R and pandas write the names of rows.
        rows = columns[0]
        names, columns = names[1:], columns[1:]
    return _distinct(path, names), columns, rows


def _array(path: Path) -> tuple[list[str], list[list[Any]], list[str]]:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} is no npy file of plain numbers: {' '.join(str(error).split())}") from None
    if array.dtype.names:
        names = list(array.dtype.names)
        columns = [array[name].tolist() for name in names]
    elif array.ndim == 2:
        names = [str(k) for k in range(array.shape[1])]
        columns = [list(column) for column in array.T]
    else:
        raise ValueError(f"{path.name} has shape {array.shape}; a table (n, d) or a structured array (n,) is needed")
    return names, columns, [f"row {i}" for i in range(len(array))]


def _parquet(path: Path) -> tuple[list[str], list[list[Any]], list[str]]:
    try:
        frame = pandas.read_parquet(path)
    except ImportError:
        raise ValueError(f"{path.name}: pandas reads parquet files with pyarrow, which is not installed") from None
    except (ValueError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path.name} is no parquet file: {' '.join(str(error).split())}") from None
    names = [str(name) for name in frame.columns]
    columns = [frame.iloc[:, k].to_numpy(dtype=object).tolist() for k in range(len(names))]
    return _distinct(path, names), columns, [f"row {i}" for i in range(len(frame))]


def _distinct(path: Path, names: list[str]) -> list[str]:
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise ValueError(f"{path.name} has two columns {twice!r}; every column needs a name of its own")
    return names


def _label_column(path: Path, names: Sequence[str], label: str | None) -> int:
    wanted = "y" if label is None else label
    if wanted in names:
        return list(names).index(wanted)
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    say = "name the labels with --label COLUMN" if label is None else f"there is no column {wanted!r}{hint}"
    raise ValueError(f"{path.name} has the columns {shown}: {say}")


def _number(value: Any) -> Any:
    """A number as it is, text as the number it writes, None for other text."""
    if not isinstance(value, str):
        return value
    try:
        found = referee.exact_number(value)
    except ValueError:
        return None
    return int(found) if found.denominator == 1 else found


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _MISSING
    # Neither NaN nor pandas' NA equals itself.
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)


def _refuse_missing(path: Path, name: str, column: Sequence[Any], rows: Sequence[str]) -> None:
    for value, row in zip(column, rows, strict=True):
        if _is_missing(value):
            raise ValueError(f"{path.name}, {row}, column {name!r}: the value is missing; fill it in or drop the row")


def _labels(path: Path, name: str, column: Sequence[Any], rows: Sequence[str]) -> NDArray[Any]:
    _refuse_missing(path, name, column, rows)
    numbers = [_number(value) for value in column]
    if all(number is not None and number == int(number) for number in numbers):
        return np.array([int(number) for number in numbers], dtype=object)
    if all(isinstance(value, str) for value in column):
        return np.array([str(value) for value in column])
    raise ValueError(f"{path.name}, column {name!r}: labels are integers or text, found {column[0]!r} among others")


def _features(
    path: Path, name: str, column: Sequence[Any], rows: Sequence[str], one_hot: bool, reference: bool
) -> list[tuple[str, list[Any]]]:
    """One column of numbers, or one for each category."""
    _refuse_missing(path, name, column, rows)
    numbers = [_number(value) for value in column]
    text = next((i for i, number in enumerate(numbers) if number is None), None)
    if text is None:
        return [(name, numbers)]
    if not one_hot:
        raise ValueError(
            f"{path.name}, {rows[text]}, column {name!r}: found the text {column[text]!r}, numbers are needed; "
            "--one-hot makes one column for each category"
        )
    words = [str(value) for value in column]
    categories = sorted(set(words))
    return [(f"{name}={c}", [int(word == c) for word in words]) for c in categories[int(reference) :]]


def save_npz(path: Path, table: Table) -> None:
    """Write the numbers as read, which the referee takes alone: float64 where that is exact, else as text."""
    exact = [[Fraction(*value.as_integer_ratio()) for value in line] for line in table.X.tolist()]
    floats = np.array([[float(x) for x in line] for line in exact])
    kept = all(
        Fraction(a) == b
        for line, row in zip(floats.tolist(), exact, strict=True)
        for a, b in zip(line, row, strict=True)
    )
    X = floats if kept else np.array([[str(x) for x in line] for line in exact])
    y = table.y if table.y.dtype.kind != "O" else np.array(table.y.tolist(), dtype=np.int64)
    np.savez_compressed(path, X=X, y=y, columns=np.array(table.columns), rows=np.array(table.rows))
