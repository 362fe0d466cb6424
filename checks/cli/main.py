"""The command ``whp``: parse, call, print. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer

app = typer.Typer(
    name="whp",
    help="Check theory papers by running them: exact laws, certified constants, verdicts with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MAIN_JOB = "thm3.1"

_STYLE = {"holds": "green", "refuted": "bold red", "vacuous": "yellow", "undetermined": "magenta", "definition": "dim"}

# Commands that live in modules of their own: name -> module.
_COMMANDS = {
    "law": "law_cli",
    "certify": "certify_cli",
    "radius": "radius_cli",
    "experiment": "experiment_cli",
    "report": "report_cli",
    "cite": "report_cli",
}


def _register() -> None:
    from importlib import import_module

    for name, module in _COMMANDS.items():
        app.command(name)(getattr(import_module(f".{module}", __package__), name))


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point: exit 0, 1 (`--strict` and something refuted), 2 (bad input, one line), 130 (interrupted)."""
    _register()
    code: Any = 0
    try:
        code = app(list(argv) if argv is not None else None, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except typer.TyperException as error:
        _fail(error.format_message(), 2)
    except KeyError as error:
        _fail(str(error.args[0]), 2)
    except (ValueError, TypeError, OSError) as error:
        _fail(str(error), 2)
    if code == 130:
        _fail("interrupted; finished cells are kept, continue with --resume", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    print("whp: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(code)
