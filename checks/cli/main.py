"""The command ``whp``: parse, call, print. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from typing import Annotated, Any

import typer

from .certify import certify
from .check import check
from .new import new
from .prove import prove
from .plot import plot
from .report import cite, report
from .show import papers, show, statements
from .verify import explain, verify

__all__ = ["GROUP", "app", "main"]

# Commands that papers bring along: light modules, imported to list them.
GROUP = "whp.commands"

app = typer.Typer(
    name="whp",
    help="Check theory papers by running them: exact laws, certified constants, verdicts with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
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
    code: Any = 0
    try:
        known = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            if point.name not in known:
                try:
                    app.command(point.name)(point.load())
                except Exception as error:
                    print(f"whp: no command {point.name!r}: {type(error).__name__}: {error}", file=sys.stderr)
        code = app(list(argv) if argv is not None else None, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except typer.TyperException as error:
        _fail(error.format_message(), 2)
    except KeyError as error:
        _fail(str(error.args[0]), 2)
    except (ValueError, TypeError, OSError, ArithmeticError, RuntimeError) as error:
        _fail(str(error), 2)
    if code == 130:
        _fail("interrupted; finished cells are kept, continue with --resume", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    print("whp: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(code)
