"""The command ``whp``: parse, call, print. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from typing import Annotated, Any

import typer

from .certify import certify
from .check import check
from .diff import diff
from .new import new
from .plot import plot
from .prove import prove
from .report import cite, report
from .show import papers, show, statements
from .terminal import prepare
from .verify import explain, verify

__all__ = ["GROUP", "app", "main"]

# Commands that papers bring along: light modules, imported to list them.
GROUP = "whp.commands"

app = typer.Typer(
    name="whp",
    help="Check theory papers by running them: exact laws, certified constants, verdicts with evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Objects made before the youngest are looked through, and how often the older ones are.
_COLLECTED = 200_000, 20, 100
# A paper's own spellings of its sizes reach `verify` as words that it reads itself.
_OPEN = {"ignore_unknown_options": True}

app.command()(check)
app.command()(new)
app.command()(papers)
app.command()(statements)
app.command()(show)
app.command(context_settings=_OPEN)(verify)
app.command()(prove)
app.command()(explain)
app.command()(plot)
app.command()(certify)
app.command()(report)
app.command()(diff)
app.command()(cite)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"whp {version('whp')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself."""


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point: exit 0, 1 (`--strict` and something refuted), 2 (bad input, one line), 130 (interrupted)."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Modules and ledgers are made and kept: to look through them after every few hundred objects is a tenth of a start.
    gc.set_threshold(*_COLLECTED)
    # What is left at the end goes with the process: to look through it once more takes half a second.
    atexit.register(gc.freeze)
    prepare("--json" in words)
    # joblib renews workers that have grown, and loses nothing by it.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
    code: Any = 0
    try:
        known = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            if point.name not in known:
                try:
                    app.command(point.name)(point.load())
                except Exception as error:
                    print(f"whp: no command {point.name!r}: {type(error).__name__}: {error}", file=sys.stderr)
        code = app(words, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _leave_quietly()
    except SystemExit as stop:
        # Rich and Typer end the program themselves where the reader of a pipe has gone.
        if isinstance(stop.__context__, BrokenPipeError):
            _leave_quietly()
        raise
    except (KeyboardInterrupt, typer.Abort) as error:
        # Typer says that a file which ends too early was an interrupt.
        if isinstance(error.__cause__, EOFError):
            _fail(f"a file ends too early: {error.__cause__ or 'found its end where more was needed'}", 2)
        code = 130
    except typer.TyperException as error:
        _fail(error.format_message(), 2)
    except KeyError as error:
        _fail(str(error.args[0]), 2)
    except OSError as error:
        named = error.strerror is not None and error.filename is not None
        _fail(f"{error.filename}: {error.strerror}" if named else str(error), 2)
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as error:
        _fail(str(error), 2)
    if code == 130:
        _fail("interrupted; finished cells are kept, continue with --resume", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _leave_quietly() -> None:
    """End as a program does whose reader has gone: without a word, and with nothing left to be written at the end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except (OSError, ValueError):
            continue
    sys.exit(141)


def _fail(message: str, code: int) -> None:
    try:
        print("whp: " + " ".join(message.split()), file=sys.stderr, flush=True)
    except BrokenPipeError:
        _leave_quietly()
    sys.exit(code)
