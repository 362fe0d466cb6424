"""``whp plot``: the figures of a run, of statements, or of a file, in the size and the style of a venue."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import PaperOption, files_and_words, paper_of_run, paper_with, target
from .terminal import progress_bar
from .verify import results_for

if TYPE_CHECKING:
    from ..figures.write import Look
    from ..paper import Paper
    from ..verdict import Result

__all__ = ["plot"]

_FORMATS = "pdf,svg,png"
# Fewer figures are not worth the start of worker processes.
_FEW = 4


def plot(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|KEY|FILE[:KEY]]...",
            help="A finished run with the keys to draw (default all, and Python files, if the run was of those); or "
            "keys or a Python file, which are checked quickly now. Default: the run in whp-run.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="margin, failure, slack, terms, frontier, density, phase or trend; default what each claims."
        ),
    ] = None,
    venue: Annotated[
        str | None, typer.Option(help="aistats2025, icml2025, neurips2025, iclr2025, colt, jmlr or tmlr.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="half or full width; default by the number of panels.")] = None,
    formats: Annotated[str, typer.Option("--format", help="Any of pdf, svg, png, pgf, with commas.")] = _FORMATS,
    style: Annotated[str | None, typer.Option(help="light or grey.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder; default RUN/figures, or figures.")] = None,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="Draw contact sheets of all figures too: contact-sheet-1.png and so on.")
    ] = False,
    paper: PaperOption = None,
) -> None:
    """Draw figures: bound beside truth, with the numbers as CSV, a LaTeX figure with its caption, and macros.

    Examples: `whp plot run1 thm3.1 --venue icml2025 --column half`, `whp plot lem6.1.E1 --kind slack -o figs`,
    `whp plot mine.py --format pdf --style grey`.
    """
    from ..figures.write import Look  # keeps --help light

    look = Look(kind, _formats(formats), _chosen(venue=venue, column=column, style=style))
    _checked(look)
    words = list(targets or ["whp-run"])
    first = words[0]
    if Path(first).is_dir() or targets is None:
        written, folder = _of_run(Path(first), words[1:], look, out, whole=len(words) == 1)
    else:
        written, folder = _of_words(words, paper, look, out)
    pages = 0
    if sheet:
        from ..figures.sheet import write_sheets  # keeps --help light

        pages = len(write_sheets(folder, [path.with_suffix("").name for path in written], grey=style == "grey"))
    print(f"{len(written)} figures in {folder}/" + (f", {pages} contact sheets" if pages else ""))


def _formats(text: str) -> tuple[str, ...]:
    from ..figures.save import FORMATS  # keeps --help light

    found = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [word for word in found if word not in FORMATS]
    if unknown or not found:
        raise ValueError(f"--format: found {text!r}; some of {', '.join(FORMATS)} are needed")
    return found


def _chosen(**options: str | None) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _checked(look: Look) -> None:
    """Refuse a kind or a style that there is not before anything is computed."""
    from ..figures import KINDS, Style  # keeps --help light

    Style(**look.style)
    if look.kind is not None and look.kind not in KINDS:
        raise ValueError(f"--kind: found {look.kind!r}; one of {', '.join(KINDS)} is needed")


def _of_run(
    folder: Path, words: Sequence[str], look: Look, out: Path | None, *, whole: bool
) -> tuple[tuple[Path, ...], Path]:
    """The figures of a finished run, from its stored cells."""
    from ..figures.write import write_figures  # keeps --help light
    from ..verify.run import open_run  # keeps --help light

    files, names = files_and_words(words)
    paper = paper_of_run("plot", folder, files)
    wanted = [paper.ledger.resolve(name) for name in names]
    run, results = open_run(folder, paper, jobs=_jobs(len(wanted)), keys=wanted or None)
    missing = [key for key in wanted if key not in {r.statement.key for r in results}]
    if missing:
        raise ValueError(f"the run in {folder} did not check {missing[0]}; `whp verify {missing[0]} --out …` does")
    with progress_bar() as progress:
        written = write_figures(run, results, progress, folder=out, look=look, added=whole)
    _some(written, results, look)
    return written, out or folder / "figures"


def _of_words(words: Sequence[str], key: str | None, look: Look, out: Path | None) -> tuple[tuple[Path, ...], Path]:
    """The figures of keys or of a file's statements, after a quick check."""
    from ..figures.write import write_figures  # keeps --help light
    from ..verify.run import Run  # keeps --help light

    folder = out or Path("figures")
    found: dict[str, tuple[Paper, list[str]]] = {}
    files, names = files_and_words(words)
    if files:
        paper, keys = target(words[0], key)
        more = [name for name in names if name not in words[0]]
        found[paper.key] = paper, [paper.ledger.resolve(name) for name in more] or list(keys)
    else:
        for name in names:
            paper = paper_with(name, key)
            found.setdefault(paper.key, (paper, []))[1].append(paper.ledger.resolve(name))
    written: tuple[Path, ...] = ()
    results: list[Result] = []
    for paper, wanted in found.values():
        checked = results_for(paper, wanted, None)
        results += checked
        run = Run(None, tuple(r.statement for r in checked), paper, _no_grid(), 1, 0, _jobs(len(checked)))
        try:
            written += write_figures(run, checked, folder=folder, look=look, added=False)
        except OSError as error:
            raise OSError(f"cannot write to {folder} ({error.strerror}); choose another --out") from None
    _some(written, results, look)
    return written, folder


def _no_grid() -> Any:
    from ..sweep.grid import Grid  # keeps --help light

    return Grid({})


def _jobs(many: int) -> int:
    return 1 if 0 < many <= _FEW else os.cpu_count() or 1


def _some(written: Sequence[Path], results: Sequence[Result], look: Look) -> None:
    """Refuse to say that figures were drawn where there are none."""
    if written:
        return
    keys = ", ".join(dict.fromkeys(r.statement.key for r in results[:3]))
    what = f"of kind {look.kind} " if look.kind else ""
    raise ValueError(
        f"there is nothing to draw {what}of {keys or 'nothing'}: a figure needs numbers for both sides at cells, which "
        "laws, formulas or draws give"
    )
