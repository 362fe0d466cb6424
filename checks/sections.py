"""Sections of a report that a paper brings along: what was run beside its statements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tables import Table

__all__ = ["Section"]


@dataclass(frozen=True)
class Section:
    """A figure with what it says.

    Attributes
    ----------
    name : str
        A word of its own among the sections.
    title : str
    sentence : str
        What is learnt from it, computed from what was found.
    about : str
        What was run: the caption of the figure.
    figure : Path
        Its drawings are this with the suffixes .svg, .png and .pdf.
    tables : tuple of Table
    """

    name: str
    title: str
    sentence: str
    about: str
    figure: Path
    tables: tuple[Table, ...]

    @property
    def stem(self) -> str:
        """The name of its figure among all of a report."""
        return f"experiments.{self.name}"

    def to_dict(self) -> dict[str, Any]:
        """What JSON holds of it."""
        return {
            "title": self.title,
            "sentence": self.sentence,
            "about": self.about,
            "tables": {table.name: table.to_dict() for table in self.tables},
        }
