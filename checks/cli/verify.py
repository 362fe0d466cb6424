"""``whp verify`` and ``whp explain``."""

from __future__ import annotations

import json
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import (
    Chosen,
    JsonOption,
    KeysArgument,
    PaperOption,
    TargetArgument,
    asked_sizes,
    chosen,
    paper_of_run,
    sweep_of,
    target,
)
from .tables import print_table, print_verdicts
from .terminal import STYLE, in_a_pipe, print_rich, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..paper import Paper
    from ..verdict import Result
    from ..verify.run import Run

__all__ = ["explain", "results_for", "verify"]

# The most draws of a cell, what --quick divides them by, and the largest of the small sizes that it asks.
_TRIALS, _QUICK, _QUICK_SMALL = 20_000, 20, 3
# What a run may write, in the order in which it is told.
_WRITTEN = ("verdicts.json", "cells.csv", "draws.csv", "run.json", "results.sqlite", "proofs", "tables", "figures")


def verify(
    keys: KeysArgument = None,
    paper: PaperOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Check whole ledgers: of --paper, or of all.")] = False,
    statement: Annotated[
        list[str] | None, typer.Option(help="Key of a statement to check, where a file has several; repeatable.")
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(help="Values of a size, NAME=16,64 or NAME=16:4096:x2 or NAME=10:50:+10; repeatable."),
    ] = None,
    trials: Annotated[int, typer.Option(help="The most draws of a cell, fewer where they are costly.")] = _TRIALS,
    data: Annotated[
        list[str] | None, typer.Option(help="A name of the paper's data, or FILE.npz with X and y; repeatable.")
    ] = None,
    normalize: Annotated[bool, typer.Option("--normalize", help="Rescale a file's inputs as the paper's are.")] = False,
    seed: Annotated[int, typer.Option(help="Root of every random stream.")] = 0,
    jobs: Annotated[int, typer.Option(help="Worker processes; 0 means one per core.")] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Compute on the workers of a Dask scheduler, such as tcp://HOST:8786."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for verdicts, tables and figures.")] = Path("whp-run"),
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in --out.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and how long.")] = False,
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when something is refuted or an error.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A twentieth of the trials, three values of the first size, few small ones.")
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Say where the time went: by statement and part of the work.")
    ] = False,
) -> None:
    """Check statements across sizes and write verdicts, tables and figures.

    A file's statement may also be picked as FILE.py:KEY. Without keys: the main job of the only paper that has one. A
    paper's own options for its sizes (`whp papers` lists them) may stand for --size. Where several papers are checked,
    each has a folder of its key in --out.

    Examples: `whp verify --dry-run`, `whp verify "Theorem 3.1" --out run1 --seed 0`,
    `whp verify mine.py --size n=16:1024:x2 --jobs 4`, `whp verify --all --quick`; after an interruption the same
    command with `--resume`.
    """
    from ..verify.plan import base_of  # keeps --help light
    from ..verify.run import Run, verdicts_json  # keeps --help light
    from ..verify.tasks import erred  # keeps --help light

    if seed < 0 or jobs < 0 or trials < 1:
        raise ValueError(
            f"found --seed {seed}, --jobs {jobs}, --trials {trials}; seed >= 0, jobs >= 0, trials >= 1 needed"
        )
    sizes, words = asked_sizes(size or (), keys or (), paper)
    selected = chosen(words, paper, everything, statement or ())
    if not (words or paper or everything or statement or as_json):
        _say_which(selected[0].paper.key)
    results: list[Result] = []
    for item in selected:
        run = Run(
            folder=None if dry_run else out if len(selected) == 1 else out / item.paper.key,
            statements=item.statements,
            paper=item.paper,
            grid=sweep_of(item, sizes, data or (), normalize=normalize, quick=quick),
            trials=max(1, trials // _QUICK) if quick else trials,
            seed=seed,
            jobs=jobs or os.cpu_count() or 1,
            base=max(1, base_of(trials) // _QUICK) if quick else None,
            small=_QUICK_SMALL if quick else None,
        )
        if dry_run:
            _dry_run(run, as_json)
        else:
            results += _executed(run, resume, as_json, scheduler, profile)
    if as_json and not dry_run:
        print(verdicts_json(results), end="")
    wrong = any(o.verdict == "refuted" or erred(o) for r in results for link in r.links for o in link.outcomes)
    if strict and wrong:
        raise typer.Exit(1)


def _say_which(key: str) -> None:
    """The paper whose main job is done where none is named, and the others."""
    from ..paper import installed_papers  # keeps --help light

    others = [f"--paper {other}" for other in installed_papers() if other != key]
    if others:
        print_rich(f"the main job of {key}; other papers: {', '.join(others)}")


def _executed(run: Run, resume: bool, as_json: bool, scheduler: str | None, profile: bool) -> tuple[Result, ...]:
    """Check, write everything down, and show it."""
    from ..figures.write import write_figures  # keeps --help light
    from ..verify.costs import cost_rows  # keeps --help light
    from ..verify.kept import drawn, note_drawn  # keeps --help light
    from ..verify.run import spent_in  # keeps --help light

    with progress_bar() as progress, _computed_by(scheduler):
        results = run.execute(resume=resume, progress=progress)
    try:
        # Figures are drawn here: their files belong to this machine.
        if run.folder is not None and not drawn(run.folder):
            with progress_bar() as progress:
                write_figures(run, results, progress)
            note_drawn(run.folder)
    finally:
        if not as_json:
            print_verdicts(results)
            if profile and run.folder is not None:
                print_table(("statement", "CPU seconds", "of which"), cost_rows(spent_in(run.folder)))
            _print_line(f"written to {run.folder}/: {', '.join(_found(run.folder))}")
    return results


def _print_line(text: str) -> None:
    """Print a line that a terminal breaks between words, and a pipe nowhere."""
    if in_a_pipe():
        print(text)
        return
    from rich.text import Text  # keeps --help light

    print_rich(Text(text))


def _found(folder: Path | None) -> list[str]:
    """Which files and folders of a run there are."""
    names = [name for name in _WRITTEN if folder is not None and (folder / name).exists()]
    return [f"{name}/" if folder is not None and (folder / name).is_dir() else name for name in names]


def _computed_by(scheduler: str | None) -> AbstractContextManager[None]:
    """The machines that compute: those of a scheduler, or this one."""
    if scheduler is None:
        return nullcontext()
    from ..sweep.cluster import on_cluster  # keeps --help light

    return on_cluster(scheduler)


def _dry_run(run: Run, as_json: bool) -> None:
    planned, minutes = run.planned(), run.seconds / 60
    facts = {
        "statements": len(planned.inquiries),
        "cells": planned.cells,
        "trials": planned.trials,
        "minutes": round(minutes, 2),
    }
    if as_json:
        print(json.dumps(facts))
    else:
        print_rich(
            f"{facts['statements']} statements, {facts['cells']} cells, {facts['trials']} draws, "
            f"about {minutes:.1f} minutes on {run.jobs} workers"
        )


def explain(
    key: TargetArgument,
    paper: PaperOption = None,
    out: Annotated[Path | None, typer.Option(help="A finished run to read; default: a quick check now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which link and which cell decide a statement, and how far each bound is from the truth.

    Examples: `whp explain eq9`, `whp explain thm3.1 --out run1`, `whp explain mine.py:lem1 --json`.
    """
    from ..verify.explain import explanation  # keeps --help light

    if out is not None and not key.partition(":")[0].endswith(".py"):
        paper_of_run("explain", out)
    known, keys = target(key, paper)
    found = results_for(known, keys, out)
    rows = [explanation(r) for r in found]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.markup import escape  # keeps --help light

    from .lines import constant_lines  # keeps --help light

    for row, result in zip(rows, found, strict=True):
        style = STYLE[row["verdict"]]
        print_rich(f"[bold]{escape(row['key'])}[/bold] ({row['form']}): [{style}]{escape(row['headline'])}[/]")
        for i, link in enumerate(row["links"], start=1):
            print_rich(f"  link {i}: {escape(link['link'])}")
            print_rich(f"    {escape(link['words'])}: {escape(link['reason'])}")
            for name in ("counterexample", "decided at", "tightest", "loosest"):
                if link.get(name):
                    words = link[name] if name == "counterexample" else f"{name}: {link[name]}"
                    print_rich(f"    {escape(words)}")
        for words in constant_lines(result):
            print_rich(f"  {escape(words)}")


def results_for(paper: Paper, keys: Sequence[str], out: Path | None) -> list[Result]:
    """The results of some keys: those of a finished run, or of a quick check now."""
    from ..verify.check import check_all  # keeps --help light
    from ..verify.plan import base_of  # keeps --help light
    from ..verify.run import open_run  # keeps --help light

    if out is not None:
        found = [r for r in open_run(out, paper)[1] if r.statement.key in keys]
        if not found:
            raise ValueError(f"the run in {out} did not check {keys[0]}; `whp verify {keys[0]} --out …` does")
        return found
    data = [] if paper.data.random is None else [paper.data.random.name]
    grid = sweep_of(Chosen(paper, ()), {}, data, normalize=False, quick=True)
    return list(
        check_all(
            [s for key in keys for s in paper.ledger[key]],
            grid,
            engines=paper.engines,
            book=paper.ledger,
            trials=_TRIALS // _QUICK,
            base=base_of(_TRIALS) // _QUICK,
            small=_QUICK_SMALL,
        )
    )
