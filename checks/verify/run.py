"""A run of ``whp verify``: its folder, its files, and how it is found again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ...theory.language.ledger import Ledger
from ...theory.language.statements import Statement
from ...theory.proofs.standalone import referee_text
from ..deciders.stats import ALPHA
from ..paper import Paper
from ..sweep.data import Dataset
from ..sweep.grid import Grid
from ..sweep.processes import Progress
from ..sweep.store import Store, write_text
from ..verdict import SCHEMA, Result
from .check import check_all, planned_for
from .costs import Costs, costs
from .kept import erring, held_to_referee, keep, kept, of_this_referee, renew, statement_text
from .plan import Plan, base_of

__all__ = ["Run", "open_run", "paper_key", "spent_in", "verdicts_json"]

_PACKAGES = ("whp", "numpy", "scipy", "numba", "sympy", "python-flint", "scikit-learn", "joblib")

# Rough seconds until work starts, and on one core for the figure of a statement.
_START_SECONDS, _FIGURE_SECONDS = 4.0, 0.4


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".whp-probe"
        probe.write_bytes(b"\0" * 65536)
        probe.unlink()
    except OSError as error:
        raise OSError(
            f"cannot write to the output folder {folder} ({error.strerror}); choose another --out or free space"
        ) from None


def _fingerprint(paper: Paper) -> str:
    text = paper.revision + "\n".join(map(statement_text, paper.ledger.statements))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """Everything one ``whp verify`` depends on.

    Attributes
    ----------
    folder : Path or None
        Where the files go; None keeps the run in memory.
    statements : tuple of Statement
        Of the paper's ledger.
    paper : Paper
    grid : Grid
    trials, seed, jobs : int
        As for `check_all`.
    base, small : int, optional
        As for `check_all`.
    """

    folder: Path | None
    statements: tuple[Statement, ...]
    paper: Paper
    grid: Grid
    trials: int
    seed: int
    jobs: int
    base: int | None = None
    small: int | None = None

    @property
    def book(self) -> Ledger:
        """The paper's ledger."""
        return self.paper.ledger

    @property
    def at_once(self) -> int:
        """The draws of a cell for what is decided from a fixed number of them."""
        return base_of(self.trials) if self.base is None else self.base

    def planned(self) -> Plan:
        """The work that it takes."""
        return planned_for(
            self.statements,
            self.grid,
            engines=self.paper.engines,
            book=self.book,
            trials=self.trials,
            base=self.base,
            small=self.small,
            seed=self.seed,
        )

    @property
    def seconds(self) -> float:
        """Rough time that it takes, with figures."""
        figures = sum(_FIGURE_SECONDS for s in self.statements if s.form != "definition")
        return _START_SECONDS + (self.planned().seconds + figures) / self.jobs

    def config(self) -> dict[str, Any]:
        """What results depend on: a stored run is continued only under the same."""
        return {**self.options(), "ledger": _fingerprint(self.paper)}

    def options(self) -> dict[str, Any]:
        """The same without the statements."""
        return {
            "schema": SCHEMA,
            "version": version("whp"),
            "alpha": ALPHA,
            "seed": self.seed,
            "trials": self.trials,
            "base": self.at_once,
            "small": self.small,
            "paper": self.paper.key,
            "sizes": {name: list(values) for name, values in self.grid.sizes.items()},
            "inputs": self.grid.inputs.name if self.grid.inputs is not None and self.grid.on_inputs else None,
            "data": {data.name: data.sha256 for data in self.grid.datasets},
        }

    def execute(self, *, resume: bool = False, progress: Progress | None = None) -> tuple[Result, ...]:
        """Check the statements, storing every finished piece, then write verdicts, tables and the run's description.

        Raises
        ------
        OSError
            When the folder cannot be written; everything finished before stays in ``results.sqlite``.
        ValueError
            When the folder holds a run of other options, or of other statements.
        """
        started = time.time()
        if self.folder is not None:
            _prepare(self.folder)
        path = None if self.folder is None else self.folder / "results.sqlite"
        try:
            asked = sorted([s.key, s.form] for s in self.statements)
            with Store(path, {**self.config(), "statements": asked}, resume=resume) as store:
                renew(store)
                for data in self.grid.datasets:
                    if f"data/{data.name}" not in store:
                        store.put(f"data/{data.name}", {"X": data.X, "y": data.y})
                found = kept(store, self.statements, self.paper)
                if found is None or any(map(erring, found)):
                    found = self.checked(store, progress)
                    keep(store, found, self.paper)
                results = found
                spent = costs(self.book.statements, store.spent())
        except sqlite3.OperationalError as error:
            raise OSError(
                f"cannot write {path} ({error}); what was finished is kept: free space, then continue with --resume"
            ) from None
        if self.folder is not None:
            try:
                self._write(results, time.time() - started, spent)
            except OSError as error:
                raise OSError(
                    f"cannot write to {self.folder} ({error.strerror}); what was finished is kept: free space, then "
                    "continue with --resume"
                ) from None
        return results

    def checked(self, store: Store, progress: Progress | None = None) -> tuple[Result, ...]:
        """The results, put together from what the store holds and what is still to be computed."""
        return check_all(
            self.statements,
            self.grid,
            engines=self.paper.engines,
            book=self.book,
            trials=self.trials,
            base=self.base,
            small=self.small,
            seed=self.seed,
            jobs=self.jobs,
            store=store,
            progress=progress,
        )

    def _write(self, results: Sequence[Result], seconds: float, spent: Costs) -> None:
        assert self.folder is not None
        write_text(self.folder / "verdicts.json", verdicts_json(results))
        _write_proofs(self.folder / "proofs", results)
        write_text(self.folder / "cells.csv", _csv(row for r in results for row in r.rows()))
        draws = {tuple(row.items()): row for r in results for row in r.draws}
        write_text(self.folder / "draws.csv", _csv(draws.values()))
        for table in self.paper.tables(results):
            (self.folder / "tables").mkdir(exist_ok=True)
            write_text(self.folder / "tables" / f"{table.name}.csv", table.to_csv())
        description = {
            **self.config(),
            "statements": [[s.key, s.form] for s in self.statements],
            "jobs": self.jobs,
            "seconds": round(seconds, 1),
            "cpu_seconds": spent,
            "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "python": platform.python_version(),
            "packages": {name: version(name) for name in _PACKAGES},
        }
        write_text(self.folder / "run.json", json.dumps(description, indent=1) + "\n")


def _write_proofs(folder: Path, results: Iterable[Result]) -> None:
    """One file for each statement with a proof object, and the referee that re-checks them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        if result.proofs:
            found.setdefault(result.statement.key, []).extend(result.proofs)
    if not found:
        return
    folder.mkdir(exist_ok=True)
    for key, proofs in found.items():
        write_text(folder / f"{key}.json", json.dumps(proofs, ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "recheck_proof.py", referee_text())


def verdicts_json(results: Iterable[Result]) -> str:
    """The text of ``verdicts.json``: one entry per statement and form, in the ledger's order."""
    return json.dumps([r.to_dict() for r in results], indent=1, ensure_ascii=False) + "\n"


def _csv(rows: Iterable[Mapping[Any, Any]]) -> str:
    table = list(rows)
    columns = list(dict.fromkeys(k for row in table for k in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if v != v else v for k, v in row.items()} for row in table)
    return text.getvalue()


def _description(folder: Path) -> dict[str, Any]:
    """What ``run.json`` says of a finished run."""
    description = folder / "run.json"
    if not description.is_file() or not (folder / "results.sqlite").is_file():
        raise ValueError(f"{folder} holds no finished run; `whp verify --out {folder}` makes one")
    try:
        stored = json.loads(description.read_text(encoding="utf-8"))
        needed = ("paper", "statements", "sizes", "inputs", "data", "trials", "base", "small", "seed")
        return {key: stored[key] for key in needed}
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{description} is no description of a run; `whp verify --resume` writes it anew") from None


def spent_in(folder: Path) -> Costs:
    """The seconds of a processor that a finished run took, by statement and part of the work."""
    found: Costs = json.loads((folder / "run.json").read_text(encoding="utf-8"))["cpu_seconds"]
    return found


def paper_key(folder: Path) -> str:
    """The key of the paper a finished run is of.

    Raises
    ------
    ValueError
        When the folder holds no finished run.
    """
    return str(_description(folder)["paper"])


def open_run(
    folder: Path, paper: Paper, jobs: int = 1, keys: Iterable[str] | None = None
) -> tuple[Run, tuple[Result, ...]]:
    """Reload a finished run, or the statements of some of its keys, from its folder without computing anything again.

    Raises
    ------
    ValueError
        When the folder holds no finished run, or one of another paper.
    """
    stored = _description(folder)
    if stored["paper"] != paper.key:
        raise ValueError(f"the run in {folder} is of {stored['paper']}, not of {paper.key}")
    known = {(s.key, s.form): s for s in paper.ledger.statements}
    asked = None if keys is None else set(keys)
    wanted = [(key, form) for key, form in stored["statements"] if asked is None or key in asked]
    missing = [key for key, form in wanted if (key, form) not in known]
    if missing:
        raise ValueError(f"the run in {folder} has statement {missing[0]!r}, which the ledger of {paper.key} lacks")
    datasets = []
    with Store(folder / "results.sqlite", {}, resume=True) as store:
        for name in stored["data"]:
            if f"data/{name}" not in store:
                raise ValueError(f"{folder} misses the data set {name!r}; run `whp verify` again")
            arrays = store.get(f"data/{name}")
            datasets.append(Dataset(name, np.asarray(arrays["X"]), np.asarray(arrays["y"]), paper.data.axes))
    sizes = {name: tuple(values) for name, values in stored["sizes"].items()}
    on_inputs = stored["inputs"] is not None or paper.data.random is None
    grid = Grid(sizes, paper.data.random, tuple(datasets), on_inputs)
    statements = tuple(known[k] for k in wanted)
    run = Run(folder, statements, paper, grid, stored["trials"], stored["seed"], jobs, stored["base"], stored["small"])
    every = [known[k] for k in map(tuple, stored["statements"]) if k in known]
    return run, _results(run, folder / "results.sqlite", every)


def _results(run: Run, path: Path, every: Sequence[Statement]) -> tuple[Result, ...]:
    """The results of a run as its store keeps them, or put together again from its pieces."""
    implying = {i.by for s in run.statements for i in s.implied_by}
    needed = (*run.statements, *(s for s in every if s.key in implying and s not in run.statements))
    with Store(path, run.options(), resume=True) as store:
        found, accepted = kept(store, needed, run.paper), of_this_referee(store)
    if found is None:
        with Store(path, run.config(), resume=True) as store:
            found = run.checked(store)
    found = found if accepted else held_to_referee(found)
    return found[: len(run.statements)]
