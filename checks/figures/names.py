"""File names of figures."""

from __future__ import annotations

from ...theory.language.statements import Statement

__all__ = ["figure_name", "figure_names"]


def figure_name(statement: Statement) -> str:
    """The name (without ending) of a statement's figure."""
    form = statement.form
    # A slash would be a folder.
    return statement.key.replace("/", "-") + (f".{form}" if form not in ("printed", "sharp") else "")


def figure_names(statement: Statement) -> tuple[str, str]:
    """Names (without ending) of the figures there may be of a statement: its own, and that of its constants."""
    name = figure_name(statement)
    return name, f"{name}.constants"
