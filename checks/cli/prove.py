"""``whp prove``: proofs for all sizes, written with the referee that re-checks them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import JsonOption, KeysArgument, PaperOption, chosen, files_and_words
from .terminal import print_rich, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..verify.proofs import Proven

__all__ = ["prove"]


def prove(
    keys: KeysArgument = None,
    paper: PaperOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Prove whole ledgers: of --paper, or of all.")] = False,
    jobs: Annotated[int, typer.Option(help="Worker processes; 0 means one per core.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder for KEY.json and recheck_proof.py.")] = Path("whp-proofs"),
    as_json: JsonOption = False,
) -> None:
    """Prove statements on their whole domains and write the proofs, with a referee in one file.

    `python recheck_proof.py KEY.json` in that folder re-checks them without whp; it needs python-flint. Of one
    statement it holds the rules that its proofs need, and refuses to judge others; of several, all rules. Where a
    bound's sharp constant is proved, the file has its two proofs, too: the bound holds with it, and fails with the
    next. Exit code 1: some link of a statement that was named has no proof, or is proved to fail.

    Examples: `whp prove eq9 --out proofs`, `whp prove mine.py`, `whp prove --all --jobs 2`.
    """
    from ...theory.proofs.standalone import referee_text  # keeps --help light
    from ..sweep.store import write_text  # keeps --help light
    from ..verify.proofs import proofs_by_key, prove_all  # keeps --help light

    if jobs < 0:
        raise ValueError(f"found --jobs {jobs}; jobs >= 0 needed")
    if not (keys or paper or everything):
        raise ValueError("nothing to prove; name statements, a file, or --paper KEY --all")
    found: list[Proven] = []
    selected = chosen(keys or (), paper, everything)
    _, names = files_and_words(keys or ())
    for item in selected:
        book = item.paper.ledger
        wanted = {book.resolve(name) for name in names if name in book}
        statements = [s for s in item.statements if not wanted or s.key in wanted]
        with progress_bar() as progress:
            proven = prove_all(statements, jobs=jobs or os.cpu_count() or 1, progress=progress)
        folder = out if len(selected) == 1 else out / item.paper.key
        folder.mkdir(parents=True, exist_ok=True)
        written = proofs_by_key(proven)
        for key, proofs in written.items():
            write_text(folder / f"{key}.json", json.dumps(proofs, ensure_ascii=False, indent=1) + "\n")
        # What lies in the folder from before is for this referee, too.
        alone = {p.stem for p in folder.glob("*.json")} == {*written} and len(written) == 1
        write_text(folder / "recheck_proof.py", referee_text(*written.values()) if alone else referee_text())
        found += proven
    if as_json:
        print(json.dumps([_row(p) for p in found], indent=1, ensure_ascii=False))
    else:
        _show(found, out)
    if not everything and not all(map(_holds, found)):
        raise typer.Exit(1)


def _holds(p: Proven) -> bool:
    return p.proof is not None and not p.fails


def _row(p: Proven) -> dict[str, object]:
    s = p.statement
    refuted = {"refuted": True} if p.fails else {}
    sharp = {"sharp": dict(zip(("holds", "fails"), _constants(p), strict=True))} if p.constants else {}
    return {"key": s.key, "form": s.form, "link": p.number, "proved": _holds(p), **refuted, "why": p.why, **sharp}


def _constants(p: Proven) -> list[str]:
    """With which constant it is proved to hold, and with which to fail."""
    return [proof["statement"]["constant"] for proof in p.constants]


def _show(found: Sequence[Proven], out: Path) -> None:
    from rich.markup import escape  # keeps --help light

    statements = list({id(p.statement): p.statement for p in found}.values())
    for s in statements:
        links = [p for p in found if p.statement is s]
        left = [p for p in links if not _holds(p)]
        refuted = any(p.fails for p in links)
        word = "[green]proved[/]" if not left else "[red]refuted[/]" if refuted else "[magenta]not proved[/]"
        print_rich(f"[bold]{escape(s.key)}[/bold] ({s.form}): {word}")
        for p in links if len(left) < len(links) or left else ():
            mark = "proved" if _holds(p) else "refuted" if p.fails else "not proved"
            print_rich(f"  link {p.number} {mark}: {escape(p.why)}")
            if p.constants:
                holds, fails = _constants(p)
                print_rich(f"  sharp: holds with {escape(holds)}, fails with {escape(fails)}")
    scoped = [s for s in statements if all(link.scope is not None for link in s.links)]
    for form in dict.fromkeys(s.form for s in statements):
        of = [s for s in statements if s.form == form and s not in scoped]
        proved = [s for s in of if all(_holds(p) for p in found if p.statement is s)]
        aside = sum(s.form == form for s in scoped)
        more = f"; {aside} more quantify over what no proof here reaches" if aside else ""
        print(f"{len(proved)} of {len(of)} {form} statements proved{more}")
    print(f"written to {out}/: KEY.json, recheck_proof.py")
