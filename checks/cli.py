"""The command ``whp``: parse, call, print. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..theory.core import Statement
    from ..theory.ledger import Ledger
    from .data import Dataset
    from .grid import Grid
    from .verdict import Result

app = typer.Typer(
    name="whp",
    help="Check theory papers by running them: exact laws, certified constants, verdicts with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
KeysArgument = Annotated[list[str] | None, typer.Argument(help="Statement keys, or a Python file with your own.")]

MAIN_JOB = "thm3.1"
_STYLE = {"holds": "green", "refuted": "bold red", "vacuous": "yellow", "undetermined": "magenta", "definition": "dim"}


def _print(renderable: Any) -> None:
    from rich.console import Console

    Console().print(renderable)


def _book(files: Sequence[str] = ()) -> Ledger:
    """The paper's ledger, or the one that a user's Python files register."""
    from ..theory.ledger import Ledger, ledger

    if not files:
        return ledger()
    from .user import load_statements

    return Ledger(s for file in files for s in load_statements(Path(file)))


def _chosen(keys: Sequence[str] | None, everything: bool) -> tuple[Ledger, tuple[Statement, ...]]:
    """The ledger and the statements to check: keys with all they use, a user's files, or the main job."""
    files = [k for k in keys or () if k.endswith(".py")]
    names = [k for k in keys or () if not k.endswith(".py")]
    if files and names:
        raise ValueError(f"found the file {files[0]} next to the key {names[0]}; check one or the other")
    book = _book(files)
    if files or everything:
        return book, book.statements
    wanted = book.with_dependencies(names or [MAIN_JOB])
    return book, tuple(s for s in book.statements if s.key in wanted)


@app.command()
def statements(as_json: JsonOption = False) -> None:
    """List every statement of the ledger: key, form, kinds of claims, source."""
    book = _book()
    if as_json:
        rows = [
            {
                "key": s.key,
                "aliases": list(s.aliases),
                "form": s.form,
                "kinds": list(s.kinds),
                "source": str(s.source),
                "latex": s.latex,
            }
            for s in book.statements
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    wide = Console().width >= 120
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("key", "form", "statement", *(("claims", "source") if wide else ())):
        table.add_column(column, no_wrap=column in ("key", "form"))
    for s in book.statements:
        kinds = "" if s.form == "definition" else ", ".join(s.kinds)
        title = s.title + (f" ({', '.join(s.aliases)})" if s.aliases else "")
        table.add_row(s.key, s.form, title, *((kinds, str(s.source)) if wide else ()))
    Console().print(table)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Statement key.")],
    tree: Annotated[bool, typer.Option("--tree", help="Print what the statement uses, as a tree.")] = False,
    out: Annotated[Path | None, typer.Option(help="With --tree: a finished run whose verdicts to print.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one statement in all its forms: claims, hypotheses, LaTeX, what it uses."""
    book = _book()
    forms = book[key]
    if as_json:
        rows = [
            {
                "key": s.key,
                "form": s.form,
                "title": s.title,
                "source": str(s.source),
                "hypotheses": [h.words for h in s.hypotheses],
                "claims": [str(link) for link in s.links],
                "latex": s.latex,
                "uses": list(s.uses),
                "repairs": s.repairs,
                "implied_by": [i.by for i in s.implied_by],
            }
            for s in forms
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.console import Group
    from rich.markup import escape
    from rich.panel import Panel

    if tree:
        from .report_dag import tree_with_verdicts
        from .run import open_run

        results = open_run(out, book)[1] if out is not None else ()
        _print(tree_with_verdicts(book, key, results))
        return
    for s in forms:
        lines = [f"[bold]{escape(s.title)}[/bold]", f"[dim]{escape(str(s.source))}[/dim]", ""]
        lines += [f"if    {escape(h.words)}" for h in s.hypotheses]
        for claim in s.claims:
            exists = f"   (exists {', '.join(map(str, claim.exists))})" if claim.exists else ""
            regime = f"   as {claim.regime}" if claim.regime else ""
            lines += [f"claim {escape(str(link))}{exists}{regime}" for link in claim.links]
        lines += ["", f"LaTeX {escape(s.latex)}"]
        if s.uses:
            lines.append(f"uses  {', '.join(s.uses)}")
        if s.implied_by:
            lines.append(f"implied by {', '.join(i.by for i in s.implied_by)}")
        _print(Panel(Group(*lines), title=f"{s.key} · {s.form}", title_align="left"))


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
    from .grid import Grid, parse_sizes
    from .run import Run, verdicts_json

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
        from .figures import write_figures

        write_figures(run, results, progress)
    if as_json:
        print(verdicts_json(results), end="")
    else:
        _print(verdict_table(results))
        _print(f"written to {out}/: verdicts.json, cells.csv, draws.csv, results.sqlite, figures/")
    if strict and any(r.verdict == "refuted" for r in results):
        raise typer.Exit(1)


def _datasets(names: Sequence[str], normalize: bool) -> tuple[Dataset, ...]:
    from .data import load_digits, load_npz

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
    from .verify import plan

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


class _progress:
    """A progress bar on a terminal, nothing in a pipe."""

    def __enter__(self) -> Callable[[int, int, str], None] | None:
        self._bar: Any = None
        if not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        task = self._bar.add_task("planning", total=None)

        def report(done: int, total: int, name: str) -> None:
            self._bar.update(task, completed=done, total=total, description=name[:40].ljust(40))

        return report

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def verdict_table(results: Sequence[Result]) -> Any:
    """The table a person reads: key, form, verdict, evidence, why."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("key", "form", "verdict", "evidence"):
        table.add_column(column, no_wrap=True)
    table.add_column("why")
    for r in results:
        if r.statement.form == "definition":
            continue
        found = next((link.counterexample for link in r.links if link.counterexample), None)
        why = r.reason
        if found is not None:
            where = ", ".join(f"{k} = {v}" for k, v in found.cell.items())
            why = f"at {where}: {found.value} against {found.bound}" if found.value else f"at {where}: {why}"
        style = _STYLE[str(r.verdict)]
        table.add_row(
            r.statement.key, r.statement.form, f"[{style}]{r.verdict}[/]", str(r.evidence or "–"), escape(_short(why))
        )
    return table


def _short(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="Statement key.")],
    out: Annotated[Path | None, typer.Option(help="A finished run to read; default: a quick check now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which link and which cell decide a statement, and how far each bound is from the truth."""
    from .explain import explanation

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
    from .grid import Grid
    from .run import open_run
    from .verify import check_all

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
    from .figures import write_figures
    from .run import open_run

    book = _book()
    run, results = open_run(folder, book, jobs=os.cpu_count() or 1)
    wanted = {book.resolve(k) for k in keys or ()}
    with _progress() as progress:
        written = write_figures(run, [r for r in results if not wanted or r.statement.key in wanted], progress)
    _print(f"{len(written)} figures in {folder}/figures/")


# Commands that live in modules of their own: name -> module.
_COMMANDS = {
    "law": "law_cli",
    "certify": "certify_cli",
    "radius": "radius_cli",
    "experiment": "experiment_cli",
    "report": "report_cli",
    "cite": "report_cli",
}


def _register() -> None:
    from importlib import import_module

    for name, module in _COMMANDS.items():
        app.command(name)(getattr(import_module(f".{module}", __package__), name))


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point: exit 0, 1 (`--strict` and something refuted), 2 (bad input, one line), 130 (interrupted)."""
    _register()
    code: Any = 0
    try:
        code = app(list(argv) if argv is not None else None, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except typer.TyperException as error:
        _fail(error.format_message(), 2)
    except KeyError as error:
        _fail(str(error.args[0]), 2)
    except (ValueError, TypeError, OSError) as error:
        _fail(str(error), 2)
    if code == 130:
        _fail("interrupted; finished cells are kept, continue with --resume", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    print("whp: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(code)
