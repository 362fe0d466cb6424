"""What a person sees on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .main import _STYLE

if TYPE_CHECKING:
    from ..verdict import Result


def _print(renderable: Any) -> None:
    from rich.console import Console

    Console().print(renderable)


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


_STYLE = {"holds": "green", "refuted": "bold red", "vacuous": "yellow", "undetermined": "magenta", "definition": "dim"}
