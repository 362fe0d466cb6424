"""What the commands have in common: options, and the ledger they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .main import MAIN_JOB

if TYPE_CHECKING:
    from ...theory.language.ledger import Ledger
    from ...theory.language.statements import Statement

JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]

KeysArgument = Annotated[list[str] | None, typer.Argument(help="Statement keys, or a Python file with your own.")]


def _book(files: Sequence[str] = ()) -> Ledger:
    """The paper's ledger, or the one that a user's Python files register."""
    from ...theory.language.ledger import Ledger, ledger

    if not files:
        return ledger()
    from ..paper import load_statements

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
