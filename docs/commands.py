"""The page of the command `whp`: every command with every option, its default and an example, from the code itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from typer import TyperException
from typer.main import get_command
from whp.checks.cli.main import GROUP, app

__all__ = ["commands", "commands_page", "refused", "uses"]

_FENCED = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`(whp [^`]+)`")
# A comment, a pipe, a file that takes the output or another command.
_AFTER = re.compile(r"\s+(?:#|\||>>|&&)\s")
_OPTION = re.compile(r"(?<!\S)--?[a-zA-Z][\w-]*")


def commands() -> Mapping[str, Any]:
    """Every command of the project in the order of `whp --help`: the engine's, then those that its papers bring."""
    known = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if point.name not in known and point.value.split(".")[0] == "whp":
            app.command(point.name)(point.load())
    found: Mapping[str, Any] = get_command(app).commands
    return found


def uses(text: str) -> list[str]:
    """The command lines that a page or a docstring shows, in its order.

    Examples
    --------
    >>> uses("Say `whp check TEXT` or\\n```console\\n$ whp show eq9  # one of them\\n```\\n")
    ['whp show eq9', 'whp check TEXT']
    """
    lines = [line.removeprefix("$ ") for body in _FENCED.findall(text) for line in body.splitlines()]
    shell = [line for line in lines if line.startswith("whp ")]
    quoted = [" ".join(found.split()) for found in _QUOTED.findall(text)]
    return [_AFTER.split(line)[0].strip() for line in (*shell, *quoted)]


def refused(line: str, command: Any) -> str:
    """Why a command cannot read a line; empty where it can."""
    name, *words = shlex.split(line)[1:]
    try:
        command.make_context(name, words)
    except TyperException as error:
        return f"{line}: {error.format_message()}"
    return ""


def commands_page(pages: Iterable[Path]) -> str:
    """The page, whose examples are those of the commands' own help and of these other pages."""
    shown = [line for page in pages for line in uses(page.read_text(encoding="utf-8"))]
    found = commands()
    lines = [
        "# The command whp",
        "",
        "This page is written from the commands themselves. `whp COMMAND --help` prints the same. Every command ends "
        "with 0; with 1 where `--strict` asks for it and something is refuted or went wrong; with 2 and one line for "
        "input that cannot be used; with 130 when interrupted.",
        "",
        "| command | |",
        "|---|---|",
        *(f"| [`whp {name}`](#whp-{name}) | {_sentence(command.help)} |" for name, command in found.items()),
        "",
    ]
    for name, command in found.items():
        lines += _command_lines(name, command, shown)
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def _command_lines(name: str, command: Any, shown: list[str]) -> list[str]:
    words, _, own = command.help.partition("\n\nExamples: ")
    named = [*uses(own), *(line for line in shown if line.split()[1:2] == [name])]
    # A mere mention of a command leaves out what it needs.
    examples = [line for line in dict.fromkeys(named) if not refused(line, command)]
    lines = [f"## whp {name}", "", words, ""]
    if examples:
        lines += ["```sh", *examples[:4], "```", ""]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    if arguments:
        lines += ["| argument | |", "|---|---|"]
        lines += [f"| `{_cell(p.metavar or p.name)}` | {_cell(p.help or '')} |" for p in arguments]
        lines.append("")
    lines += ["| option | | default | example |", "|---|---|---|---|"]
    lines += [_option_row(p, examples) for p in command.params if p.param_type_name == "option"]
    return [*lines, ""]


def _option_row(option: Any, examples: Iterable[str]) -> str:
    names = [*option.opts, *option.secondary_opts]
    default = "off" if option.is_flag else "" if option.default in (None, "") else f"`{option.default}`"
    using = sorted((line for line in examples if set(_OPTION.findall(line)) & set(names)), key=len)
    cells = (
        ", ".join(f"`{o}`" for o in names),
        _cell(option.help or ""),
        default,
        f"`{_cell(using[0])}`" if using else "",
    )
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
