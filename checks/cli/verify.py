"""``whp verify``, ``whp explain`` and ``whp plot``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .main import _STYLE, app
from .options import JsonOption, KeysArgument, _book, _chosen
from .terminal import _print, _progress, verdict_table

if TYPE_CHECKING:
    from ...theory.language.ledger import Ledger
    from ..sweep.data import Dataset
    from ..sweep.grid import Grid
    from ..verdict import Result


@app.command()
def verify(
    keys: KeysArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Check the whole ledger.")] = False,
    widths: Annotated[str, typer.Option(help="Widths m: 16,64 or 16:4096:x2 or 10:50:+10.")] = "16:4096:x2",
    dims: Annotated[str, typer.Option(help="Input dimensions d of random points.")] = "16,64,256",
    samples: Annotated[str, typer.Option(help="Samples n of random points.")] = "100",
    trials: Annotated[int, typer.Option(help="Networks per cell, fewer where a cell is expensive.")] = 1000,
    data: Annotated[
        list[str] | None, typer.Option(help="sphere, digits or FILE.npz with X (n, d) and y (n,); repeatable.")
    ] = None,
    normalize: Annotated[bool, typer.Option("--normalize", help="Rescale a file's inputs to norm sqrt(d).")] = False,
    seed: Annotated[int, typer.Option(help="Root of every random stream.")] = 0,
    jobs: Annotated[int, typer.Option(help="Worker processes; 0 means one per core.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder for verdicts, tables and figures.")] = Path("whp-run"),
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in --out.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and how long.")] = False,
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when something is refuted.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A twentieth of the trials, three widths.")] = False,
) -> None:
    """Check statements across widths and write verdicts, tables and figures.

    Without keys: Theorem 3.1 and all it uses, on random points of the sphere and on scikit-learn's digits.
    """
    from ..sweep.grid import Grid, parse_sizes
    from ..verify.run import Run, verdicts_json

    if seed < 0 or jobs < 0 or trials < 1:
        raise ValueError(
            f"found --seed {seed}, --jobs {jobs}, --trials {trials}; seed >= 0, jobs >= 0, trials >= 1 needed"
        )
    book, chosen = _chosen(keys, everything)
    sizes = parse_sizes(widths, "--widths")
    if quick:
        sizes = tuple(sorted({sizes[0], sizes[len(sizes) // 2], sizes[-1]}))
        trials = max(1, trials // 20)
    names = data or ["sphere", "digits"]
    grid = Grid(
        sizes,
        parse_sizes(dims, "--dims"),
        parse_sizes(samples, "--samples"),
        "sphere" in names,
        _datasets(names, normalize),
    )
    run = Run(None if dry_run else out, chosen, book, grid, trials, seed, jobs or os.cpu_count() or 1)
    if dry_run:
        _dry_run(run, as_json)
        return
    with _progress() as progress:
        results = run.execute(resume=resume, progress=progress)
        from ..figures.write import write_figures

        write_figures(run, results, progress)
    if as_json:
        print(verdicts_json(results), end="")
    else:
        _print(verdict_table(results))
        _print(f"written to {out}/: verdicts.json, cells.csv, draws.csv, results.sqlite, figures/")
    if strict and any(r.verdict == "refuted" for r in results):
        raise typer.Exit(1)


def _datasets(names: Sequence[str], normalize: bool) -> tuple[Dataset, ...]:
    from ..zhang2023.data import load_digits, load_npz

    found = []
    for name in names:
        if name == "digits":
            found.append(load_digits())
        elif name.endswith(".npz"):
            found.append(load_npz(Path(name), normalize=normalize))
        elif name != "sphere":
            raise ValueError(f"--data: found {name!r}; sphere, digits or a file ending in .npz is needed")
    if len({d.name for d in found} | {"sphere"}) != len(found) + 1:
        raise ValueError(f"--data: two data sets have the same name in {', '.join(names)}; rename a file")
    return tuple(found)


def _dry_run(run: Any, as_json: bool) -> None:
    from ..verify.plan import plan

    planned = plan(run.statements, run.grid, trials=run.trials, seed=run.seed)
    minutes = planned.seconds / run.jobs / 60
    facts = {
        "statements": len(planned.statements),
        "cells": planned.cells,
        "trials": planned.trials,
        "minutes": round(minutes, 2),
    }
    if as_json:
        print(json.dumps(facts))
    else:
        _print(
            f"{facts['statements']} statements, {facts['cells']} cells, {facts['trials']} draws, "
            f"about {minutes:.1f} minutes on {run.jobs} workers"
        )


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="Statement key.")],
    out: Annotated[Path | None, typer.Option(help="A finished run to read; default: a quick check now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which link and which cell decide a statement, and how far each bound is from the truth."""
    from ..verify.explain import explanation

    book = _book()
    rows = [explanation(r) for r in _results_for(book, key, out)]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.markup import escape

    for row in rows:
        style = _STYLE[row["verdict"]]
        _print(f"[bold]{row['key']}[/bold] ({row['form']}): [{style}]{row['verdict']}[/] {row['evidence'] or ''}")
        for i, link in enumerate(row["links"], start=1):
            _print(f"  link {i}: {escape(link['link'])}")
            _print(f"    {link['verdict']}: {escape(link['reason'])}")
            for name in ("decided at", "tightest", "loosest"):
                if link.get(name):
                    _print(f"    {name}: {escape(link[name])}")
        if row["constants"]:
            _print(f"  constants: {escape(json.dumps(row['constants'], indent=1, ensure_ascii=False))}")


def _results_for(book: Ledger, key: str, out: Path | None) -> list[Result]:
    from ..sweep.grid import Grid
    from ..verify.check import check_all
    from ..verify.run import open_run

    resolved = book.resolve(key)
    if out is not None:
        found = [r for r in open_run(out, book)[1] if r.statement.key == resolved]
        if not found:
            raise ValueError(f"the run in {out} did not check {resolved}; `whp verify {resolved} --out …` does")
        return found
    grid: Grid = Grid(widths=(16, 256, 4096), dims=(16, 64, 256), samples=(100,))
    return list(check_all(book[resolved], grid, book=book, trials=50))


@app.command()
def plot(
    folder: Annotated[Path, typer.Argument(help="A finished run.")],
    keys: Annotated[
        list[str] | None, typer.Argument(help="Statement keys; default all with something to draw.")
    ] = None,
) -> None:
    """Draw the figures of a finished run again, from its stored cells."""
    from ..figures.write import write_figures
    from ..verify.run import open_run

    book = _book()
    run, results = open_run(folder, book, jobs=os.cpu_count() or 1)
    wanted = {book.resolve(k) for k in keys or ()}
    with _progress() as progress:
        written = write_figures(run, [r for r in results if not wanted or r.statement.key in wanted], progress)
    _print(f"{len(written)} figures in {folder}/figures/")
