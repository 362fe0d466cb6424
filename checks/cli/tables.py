"""Tables on a terminal: as wide as it is, and in a pipe one line a row, whatever its length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .terminal import STYLE, console, in_a_pipe

if TYPE_CHECKING:
    from rich.console import Group

    from ..verdict import Result

__all__ = ["print_table", "print_verdicts", "totals", "verdict_table"]

_WIDE = 110  # columns from which on a reason has room beside its verdict
_SHORT = 200  # letters of a reason on a terminal


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of words; on a terminal the last column wraps."""
    if in_a_pipe():
        print("\n".join(aligned([heads, *rows])))
        return
    from rich.table import Table  # keeps --help light
    from rich.text import Text  # keeps --help light

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, head in enumerate(heads):
        table.add_column(head, no_wrap=number < 2)
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with their columns below each other, and no blanks at an end.

    Examples
    --------
    >>> aligned([("key", "why"), ("lem1", "")])
    ['key   why', 'lem1']
    """
    lengths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, lengths)).rstrip() for row in rows]


def print_verdicts(results: Sequence[Result]) -> None:
    """Print a line for each statement, and how many have each verdict."""
    if in_a_pipe():
        heads, rows = _rows(results)
        print("\n".join([*aligned([heads, *rows]), totals(results)]))
    else:
        console().print(verdict_table(results))


def totals(results: Sequence[Result]) -> str:
    """How many statements have each verdict; definitions are left out.

    Examples
    --------
    >>> totals([])
    '0 statements'
    """
    shown = [r.verdict for r in results if r.statement.form != "definition"]
    counts = Counter(verdict.words for verdict in shown)
    parts = [f"{n} {'hold' if words == 'holds' and n != 1 else words}" for words, n in counts.most_common()]
    return f"{len(shown)} statement{'s' * (len(shown) != 1)}" + (f": {', '.join(parts)}" if parts else "")


def _rows(results: Sequence[Result]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from ..verify.explain import why  # keeps --help light

    rows: list[tuple[str, ...]] = [
        (r.statement.key, r.statement.form, r.verdict.words, str(r.evidence or "–"), " ".join(why(r).split()))
        for r in results
        if r.statement.form != "definition"
    ]
    return ("key", "form", "verdict", "evidence", "why"), rows


def verdict_table(results: Sequence[Result], width: int | None = None) -> Group:
    """What a person reads: key, form, verdict, evidence, why; then how many have each verdict.

    Parameters
    ----------
    results : sequence of Result
        Definitions are left out.
    width : int, optional
        Columns to fill, those of the terminal unless given. Where there are few, the reason goes on lines of its own.

    Returns
    -------
    rich.console.Group
    """
    from rich.console import Group  # keeps --help light
    from rich.padding import Padding  # keeps --help light
    from rich.table import Table  # keeps --help light
    from rich.text import Text  # keeps --help light

    heads, rows = _rows(results)
    styles = [STYLE[str(r.verdict)] for r in results if r.statement.form != "definition"]
    reasons = [_short(row[-1]) for row in rows]
    closing = Text(totals(results), "bold")
    if (console().width if width is None else width) >= _WIDE:
        table = Table(*heads, box=None, header_style="bold", pad_edge=False)
        for column in table.columns[:-1]:
            column.no_wrap = True
        for (key, form, verdict, evidence, _), style, reason in zip(rows, styles, reasons, strict=True):
            table.add_row(Text(key), form, Text(verdict, style), evidence, Text(reason))
        return Group(table, closing)
    lengths = [max(map(len, column)) for column in zip(heads[:-1], *(row[:-1] for row in rows), strict=True)]
    parts: list[Any] = [Text("  ".join(map(str.ljust, heads[:-1], lengths)).rstrip(), "bold")]
    for row, style, reason in zip(rows, styles, reasons, strict=True):
        line = Text("  ".join(map(str.ljust, row[:-1], lengths)).rstrip())
        start = lengths[0] + lengths[1] + 4
        line.stylize(style, start, start + lengths[2])
        parts += [line, Padding(Text(reason), (0, 0, 0, 4))]
    return Group(*parts, closing)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
