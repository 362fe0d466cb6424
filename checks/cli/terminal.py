"""What a person sees on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from ..verdict import Result

__all__ = ["STYLE", "print_rich", "progress_bar", "verdict_table"]

STYLE = {
    "holds": "green",
    "refuted": "bold red",
    "vacuous": "yellow",
    "consistent": "cyan",
    "undetermined": "magenta",
    "definition": "dim",
}


def print_rich(renderable: Any) -> None:
    """Print text with markup, or anything else Rich knows."""
    from rich.console import Console  # keeps --help light

    Console().print(renderable)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None] | None]:
    """A progress bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # keeps --help light
    from rich.progress import (  # keeps --help light
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("planning", total=None)
        yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name[:40].ljust(40))


def verdict_table(results: Sequence[Result]) -> Table:
    """The table a person reads: key, form, verdict, evidence, why."""
    from rich.markup import escape  # keeps --help light
    from rich.table import Table  # keeps --help light

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
            numbers = f"{found.value} against {found.bound}" if found.value else why
            why = f"at {where}: {numbers}" if where else numbers
        verdict = f"[{STYLE[str(r.verdict)]}]{r.verdict}[/]"
        table.add_row(r.statement.key, r.statement.form, verdict, str(r.evidence or "–"), escape(_short(why)))
    return table


def _short(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
