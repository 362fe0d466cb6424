"""``whp report`` and ``whp cite``: the audit of a finished run, and how to cite what it rests on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from .options import all_papers, paper_of_run, paper_with

__all__ = ["cite", "report"]


def report(
    folder: Annotated[Path, typer.Argument(help="A finished run.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Python files with your own statements, if the run was of those.")
    ] = None,
    experiments: Annotated[
        Path | None, typer.Option(help="Folder of the paper's experiments; FOLDER/experiments if it is there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Write the audit of a finished run: one HTML page, a LaTeX appendix and JSON, from its stored cells.

    Examples: `whp report run1`, `whp report run1 --experiments paper`, `whp report run2 my_paper.py`,
    `whp report run1 --json`.
    """
    from ..figures.write import write_figures  # keeps --help light
    from ..report.write import write_report  # keeps --help light
    from ..verify.kept import no_longer_accepted  # keeps --help light
    from ..verify.run import open_run  # keeps --help light

    run, results = open_run(folder, paper_of_run("report", folder, files or ()), jobs=os.cpu_count() or 1)
    if not (folder / "figures").is_dir():
        write_figures(run, results)
    sections = run.paper.sections(experiments or folder / "experiments")
    if experiments is not None and not sections:
        raise ValueError(f"found --experiments {experiments}, in which {run.paper.key} finds no experiments of its own")
    written = write_report(run, results, sections)
    if as_json:
        print((folder / "report" / "report.json").read_text(encoding="utf-8"), end="")
        return
    for s, number, why in no_longer_accepted(results):
        print(f"{s.key} ({s.form}), link {number}: not proved: {why}")
    names = ", ".join(str(path.relative_to(folder / "report")) for path in written)
    print(f"written to {folder / 'report'}/: {names}")


def cite(
    key: Annotated[
        str | None, typer.Argument(help="A paper's key, whp, or a statement's key; default all entries.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Print BibTeX for the installed papers and for whp, or for the source of one statement with its place.

    Examples: `whp cite`, `whp cite whp >> references.bib`, `whp cite eq14`.
    """
    from ..report.words import OURS, bibtex  # keeps --help light

    papers = all_papers()
    known = {cite: reference for paper in papers for cite, reference in paper.cites.items()}
    own = {paper.key: [name for name in paper.cites if name == paper.key or key] for paper in papers}
    wanted, place = own.get(key, [key]) if key else [*(name for names in own.values() for name in names), OURS], None
    wanted = [name for name in wanted if name not in known or known[name].bibtex]
    if key is not None and key not in (*known, *own, OURS):
        source = paper_with(key, papers=papers).ledger[key][0].source
        wanted, place = [source.cite], source.where
    entries = {name: bibtex(name, known) for name in wanted}
    if as_json:
        print(json.dumps({"place": place, "bibtex": entries}, indent=1, ensure_ascii=False))
        return
    if place is not None:
        print(f"% {key}: \\cite[{place}]{{{wanted[0]}}}")
    print("\n\n".join(entries.values()))
