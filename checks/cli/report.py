"""``whp report`` and ``whp cite``: the audit of a finished run, and how to cite what it rests on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["cite", "report"]


def report(
    folder: Annotated[Path, typer.Argument(help="A finished run.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Python files with your own statements, if the run was of those.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Write the audit of a finished run: one HTML page, a LaTeX appendix and JSON, from its stored cells."""
    from ...theory.language.ledger import Ledger, ledger
    from ..paper import load_statements
    from ..report.write import write_report
    from ..verify.run import open_run

    book = Ledger(s for file in files for s in load_statements(file)) if files else ledger()
    try:
        run, results = open_run(folder, book, jobs=os.cpu_count() or 1)
    except ValueError as error:
        if files or "which the ledger does not know" not in str(error):
            raise
        raise ValueError(f"{error}; name the file it came from: whp report {folder} FILE.py") from None
    if not (folder / "figures").is_dir():
        from ..figures.write import write_figures

        write_figures(run, results)
    written = write_report(run, results)
    if as_json:
        print((folder / "report" / "report.json").read_text(encoding="utf-8"), end="")
        return
    print(f"written to {written[0].parent}/: {', '.join(path.name for path in written)}")


def cite(
    key: Annotated[
        str | None, typer.Argument(help="zhang2023, whp, or a statement's key; default both entries.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Print BibTeX for the paper and for whp, or for the source of one statement with its place."""
    from ..report.audit import bibtex

    wanted, place = ([key] if key else ["zhang2023", "whp"]), None
    if key is not None and key not in ("zhang2023", "whp"):
        from ...theory.language.ledger import ledger

        source = ledger()[key][0].source
        wanted, place = [source.cite], source.where
    entries = {name: bibtex(name) for name in wanted}
    if as_json:
        print(json.dumps({"place": place, "bibtex": entries}, indent=1, ensure_ascii=False))
        return
    if place is not None:
        print(f"% {key}: \\cite[{place}]{{{wanted[0]}}}")
    print("\n\n".join(entries.values()))
