"""What a person sees on a terminal."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "STYLE",
    "columns",
    "console",
    "in_a_pipe",
    "plain",
    "prepare",
    "print_rich",
    "progress_bar",
    "task_words",
]

_NARROW = 80  # columns of running text where nothing says how many there are
_PIPE = 200  # columns where nothing says how many there are
_WIDE = 110  # columns that running text fills at most
_TASK = 32  # columns of what is being done
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

# The last word of a task's name, and what it is called.
_KINDS = {"": "all sizes", "small": "small sizes", "corner": "constants", "named": "constants", "admitted": "constants"}

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


class _Trimmed:
    """A stream of lines without blanks at their ends: what pads them to the width of a screen helps no other reader."""

    def __init__(self, stream: Any) -> None:
        self.stream, self._held = stream, ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write text, and hold back blanks until something follows them in their line."""
        lines = (self._held + text).split("\n")
        kept = [line.rstrip(" ") for line in lines]
        self._held = lines[-1][len(kept[-1]) :]
        self.stream.write("\n".join(kept))
        return len(text)


def prepare(as_json: bool) -> None:
    """Make the output streams and the width such that anything can be printed.

    A sign that the encoding lacks is written plainly, or escaped in JSON; a closed stream swallows what it gets, and
    one that is no terminal gets lines without blanks at their ends. COLUMNS that are no width are ignored, and too few
    are 20.
    """
    codecs.register_error("whp.plain", _lacking)
    codecs.register_error("whp.json", _lacking_in_json)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
            continue
        if isinstance(stream, _Trimmed):
            stream = stream.stream
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="whp.json" if as_json and name == "stdout" else "whp.plain")
        setattr(sys, name, stream if stream.isatty() else _Trimmed(stream))
    given = os.environ.get("COLUMNS", str(_LEAST))
    if not given.isdigit() or int(given) == 0:
        del os.environ["COLUMNS"]
    elif int(given) < _LEAST:
        os.environ["COLUMNS"] = str(_LEAST)


def print_rich(renderable: Any) -> None:
    """Print text with markup, or anything else Rich knows."""
    console().print(renderable)


def in_a_pipe() -> bool:
    """Whether what is printed goes to a program or a file, and nobody said how wide that is."""
    from rich.console import Console  # keeps --help light

    return not Console().is_terminal and "COLUMNS" not in os.environ


def console() -> Console:
    """As wide as the terminal, or as COLUMNS says; wide in a pipe, where nobody sees an edge."""
    from rich.console import Console  # keeps --help light

    return Console(width=_PIPE) if in_a_pipe() else Console()


def columns() -> int:
    """Columns for running text: those of the terminal, or of COLUMNS, up to what a line is read at; 80 in a pipe."""
    from rich.console import Console  # keeps --help light

    return _NARROW if in_a_pipe() else min(Console().width, _WIDE)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None] | None]:
    """A progress bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # keeps --help light
    from rich.progress import (  # keeps --help light
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=600) as bar:
        task = bar.add_task("planning".ljust(_TASK), total=None)

        def told(done: int, total: int, name: str) -> None:
            words = task_words(name)
            shown = words if len(words) <= _TASK else words[: _TASK - 1] + "…"
            bar.update(task, completed=done, total=total, description=shown.ljust(_TASK))

        yield told


def task_words(name: str) -> str:
    """What a piece of work does, from its name.

    Examples
    --------
    >>> task_words("author2024/draws/vector/-/m=16/d=4/draws 0-1000"), task_words("author2024/lem1/printed/0/m=16,d=4")
    ('drawing vector at m = 16, d = 4', 'lem1 at m = 16, d = 4')
    >>> task_words("author2024/lem1/repaired/0"), task_words("author2024/lem1/printed/0/law of X/m = 4/50 draws")
    ('lem1 repaired for all sizes', 'lem1: the law of X against draws')
    >>> task_words("figure lem1")
    'figure lem1'
    """
    parts = name.split("/")
    if len(parts) > 3 and parts[1] == "draws":
        cell = ", ".join(part.replace("=", " = ") for part in parts[3:-1] if part != "-")
        return f"drawing {parts[2]}" + (f" at {cell}" if cell else "")
    if len(parts) < 4 or parts[2] not in ("printed", "repaired", "sharp"):
        return name
    what = f"{parts[1]} repaired" if parts[2] == "repaired" else parts[1]
    rest = "/".join(parts[4:])
    kind = rest.partition("/")[0]
    if kind in _KINDS:
        return f"{what} for {_KINDS[kind]}"
    if "law of " in rest:
        return f"{what}: the {rest[rest.index('law of ') :].partition('/')[0]} against draws"
    return f"{what} at {rest.replace('=', ' = ').replace(',', ', ')}" if "=" in rest else what
