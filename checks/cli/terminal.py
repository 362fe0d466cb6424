"""What a person sees on a terminal."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, Group

    from ..verdict import Result

__all__ = ["STYLE", "columns", "console", "plain", "prepare", "print_rich", "progress_bar", "verdict_table"]

_NARROW = 80  # columns of running text where nothing says how many there are
_PIPE = 200  # columns where nothing says how many there are
_WIDE = 110  # columns from which on a reason has room beside its verdict
_LEAST = 20  # columns below which no table can be laid out

# What stands for a sign that a terminal's encoding lacks; Greek letters are called by their names.
_PLAIN = {
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "∼": "~",
    "∝": "~",
    "−": "-",
    "–": "-",
    "—": "-",
    "‖": "||",
    "⟨": "<",
    "⟩": ">",
    "·": "*",
    "×": "x",
    "÷": "/",
    "±": "+-",
    "√": "sqrt",
    "∞": "oo",
    "∑": "sum",
    "Σ": "sum",
    "∏": "prod",
    "∂": "del",
    "∇": "grad",
    "∈": " in ",
    "→": "->",
    "↦": "->",
    "⇒": "=>",
    "⊥": "_|_",
    "…": "...",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "•": "*",
    "█": "#",
    "─": "-",
    "│": "|",
    "ℓ": "l",
}

STYLE = {
    "holds": "green",
    "refuted": "bold red",
    "vacuous": "yellow",
    "consistent": "cyan",
    "undetermined": "magenta",
    "definition": "dim",
}


def plain(text: str) -> str:
    """Text in ASCII: signs as they are typed, letters without accents, Greek ones by name, a ? for what is left.

    Examples
    --------
    >>> plain("θ ≤ √2 – café ∰")
    'theta <= sqrt2 - cafe ?'
    """
    return "".join(map(_plain_sign, text))


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in _PLAIN:
        return _PLAIN[sign]
    name = unicodedata.name(sign, "").split(" WITH ")[0]
    for case in ("SMALL", "CAPITAL"):
        start = f"GREEK {case} LETTER "
        if name.startswith(start):
            letter = name.removeprefix(start).removeprefix("FINAL ")
            return letter.lower() if case == "SMALL" else letter.capitalize()
    return unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode() or "?"


def _lacking(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return plain(error.object[error.start : error.end]), error.end


def _lacking_in_json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)), error.end


def prepare(as_json: bool) -> None:
    """Make the output streams and the width such that anything can be printed.

    A sign that the encoding lacks is written plainly, or escaped in JSON; a closed stream swallows what it gets.
    COLUMNS that are no width are ignored, and too few are 20.
    """
    codecs.register_error("whp.plain", _lacking)
    codecs.register_error("whp.json", _lacking_in_json)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="whp.json" if as_json and name == "stdout" else "whp.plain")
    given = os.environ.get("COLUMNS", str(_LEAST))
    if not given.isdigit() or int(given) == 0:
        del os.environ["COLUMNS"]
    elif int(given) < _LEAST:
        os.environ["COLUMNS"] = str(_LEAST)


def print_rich(renderable: Any) -> None:
    """Print text with markup, or anything else Rich knows."""
    console().print(renderable)


def console() -> Console:
    """As wide as the terminal, or as COLUMNS says; wide in a pipe, where nobody sees an edge."""
    from rich.console import Console  # keeps --help light

    found = Console()
    if found.is_terminal or "COLUMNS" in os.environ:
        return found
    return Console(width=_PIPE)


def columns() -> int:
    """Columns for running text: those of the terminal, or of COLUMNS, up to what a line is read at; 80 in a pipe."""
    from rich.console import Console  # keeps --help light

    found = Console()
    return min(found.width, _WIDE) if found.is_terminal or "COLUMNS" in os.environ else _NARROW


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


def verdict_table(results: Sequence[Result], width: int | None = None) -> Group:
    """What a person reads: key, form, verdict, evidence, why.

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
    from rich.markup import escape  # keeps --help light
    from rich.padding import Padding  # keeps --help light
    from rich.table import Table  # keeps --help light
    from rich.text import Text  # keeps --help light

    from ..verify.explain import why  # keeps --help light

    heads = ("key", "form", "verdict", "evidence")
    shown = [r for r in results if r.statement.form != "definition"]
    rows = [(r.statement.key, r.statement.form, r.verdict.words, str(r.evidence or "–")) for r in shown]
    styles = [STYLE[str(r.verdict)] for r in shown]
    reasons = [escape(_short(why(r))) for r in shown]
    if (console().width if width is None else width) >= _WIDE:
        table = Table(*heads, "why", box=None, header_style="bold", pad_edge=False)
        for column in table.columns[:-1]:
            column.no_wrap = True
        for (key, form, verdict, evidence), style, reason in zip(rows, styles, reasons, strict=True):
            table.add_row(escape(key), form, f"[{style}]{verdict}[/]", evidence, reason)
        return Group(table)
    lengths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    parts: list[Any] = [Text("  ".join(map(str.ljust, heads, lengths)).rstrip(), "bold")]
    for row, style, reason in zip(rows, styles, reasons, strict=True):
        line = Text("  ".join(map(str.ljust, row, lengths)).rstrip())
        start = lengths[0] + lengths[1] + 4
        line.stylize(style, start, start + lengths[2])
        parts += [line, Padding(reason, (0, 0, 0, 4))]
    return Group(*parts)


def _short(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
