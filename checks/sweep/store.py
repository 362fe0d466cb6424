"""Finished work in SQLite: written by the parent alone, one transaction per piece, read back on resume."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .errors import Failed

__all__ = ["Spent", "Store", "write_text"]


# Statements that are named where two runs have others.
_NAMED = 3


@dataclass(frozen=True)
class Spent:
    """What a piece of work took.

    Attributes
    ----------
    kind : str
        The name of its class.
    seconds : float
        Of a processor.
    """

    kind: str
    seconds: float


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing: to a neighbour first, then renamed over the target."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _difference(name: str, stored: str, wanted: str) -> str:
    """In what a stored run differs from one that would continue it; of statements, what is not in both."""
    if name != "statements":
        return f"the stored run has {name} = {stored}, this one {wanted}; resume with the same options"
    old, new = (list(map(" ".join, json.loads(text))) for text in (stored, wanted))
    parts = [
        f"{', '.join(rest[:_NAMED])}{f' and {len(rest) - _NAMED} more' if len(rest) > _NAMED else ''} {where}"
        for rest, where in (
            ([name for name in old if name not in new], "only in the stored run"),
            ([name for name in new if name not in old], "only in this one"),
        )
        if rest
    ]
    return f"the stored run is of other statements ({'; '.join(parts)}); resume with the same statements"


class Store:
    """A key-value table of finished pieces of one run.

    Parameters
    ----------
    path : Path or None
        The SQLite file, or None for memory only.
    config : mapping
        Everything the results depend on; a stored run of another config is refused.
    resume : bool
        Continue a stored run. Without it an existing file is refused.

    Raises
    ------
    ValueError
        When the file exists and `resume` is False, is no database of ours, or belongs to another config.
    """

    def __init__(self, path: Path | None, config: Mapping[str, Any], *, resume: bool = False) -> None:
        if path is not None and path.exists() and not resume:
            raise ValueError(f"{path.parent} already holds a run; continue it with --resume or choose another --out")
        self._path = path
        self._db = sqlite3.connect(":memory:" if path is None else path)
        try:
            self._db.execute("CREATE TABLE IF NOT EXISTS config (name TEXT PRIMARY KEY, value TEXT)")
            self._db.execute("CREATE TABLE IF NOT EXISTS finished (name TEXT PRIMARY KEY, kind TEXT, payload BLOB)")
            self._db.execute("CREATE TABLE IF NOT EXISTS spent (name TEXT PRIMARY KEY, kind TEXT, seconds REAL)")
            stored = dict(self._db.execute("SELECT name, value FROM config").fetchall())
        except sqlite3.DatabaseError as error:
            self._db.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ValueError(f"{path} is no results file of whp ({error}); choose another --out") from None
        wanted = {k: json.dumps(v, sort_keys=True) for k, v in config.items()}
        for name in sorted(wanted.keys() & stored.keys()):
            if stored[name] != wanted[name]:
                self._db.close()
                raise ValueError(f"{_difference(name, stored[name], wanted[name])} or choose another --out")
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO config VALUES (?, ?)", wanted.items())

    def __contains__(self, name: str) -> bool:
        return self._row(name) is not None

    def _row(self, name: str) -> tuple[str, bytes] | None:
        row: tuple[str, bytes] | None = self._db.execute(
            "SELECT kind, payload FROM finished WHERE name = ?", (name,)
        ).fetchone()
        return row

    def get(self, name: str) -> Any:
        """The stored JSON value, dict of arrays or `Failed` (``KeyError`` where there is none)."""
        row = self._row(name)
        if row is None:
            raise KeyError(f"nothing called {name!r} is stored")
        kind, payload = row
        if kind == "json":
            return json.loads(payload)
        if kind == "error":
            return Failed(payload.decode())
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}

    def put(self, name: str, value: Any, spent: Spent | None = None) -> None:
        """Store a JSON value, a dict of arrays, or what failed, and what it took, in one transaction."""
        if isinstance(value, Failed):
            row = (name, "error", value.text.encode())
        elif isinstance(value, dict) and value and all(isinstance(v, np.ndarray) for v in value.values()):
            buffer = io.BytesIO()
            np.savez(buffer, **value)  # random digits do not compress
            row = (name, "npz", buffer.getvalue())
        else:
            row = (name, "json", json.dumps(value).encode())
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO finished VALUES (?, ?, ?)", row)
            if spent is not None:
                self._db.execute("INSERT OR REPLACE INTO spent VALUES (?, ?, ?)", (name, spent.kind, spent.seconds))

    def spent(self) -> Iterator[tuple[str, Spent]]:
        """What each stored piece of work took, by its name."""
        for name, kind, seconds in self._db.execute("SELECT name, kind, seconds FROM spent ORDER BY name"):
            yield name, Spent(kind, seconds)

    def names(self) -> tuple[str, ...]:
        """What is stored."""
        return tuple(name for (name,) in self._db.execute("SELECT name FROM finished ORDER BY name"))

    def values(self, containing: str) -> Iterator[tuple[str, Any]]:
        """The JSON values in whose text something stands, by name."""
        rows = self._db.execute(
            "SELECT name, payload FROM finished WHERE kind = 'json' AND instr(payload, CAST(? AS BLOB)) ORDER BY name",
            (containing,),
        )
        for name, payload in rows.fetchall():
            yield name, json.loads(payload)

    def forget(self, names: Iterable[str]) -> None:
        """Drop some pieces, so that they are made again."""
        with self._db:
            self._db.executemany("DELETE FROM finished WHERE name = ?", [(name,) for name in names])

    def forget_errors(self) -> bool:
        """Drop what failed, so that it is tried again; whether anything had."""
        with self._db:
            return self._db.execute("DELETE FROM finished WHERE kind = 'error'").rowcount > 0

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
