"""Tables of numbers that a run's draws add up to."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """Rows of numbers with what they mean.

    Attributes
    ----------
    name : str
        File stem.
    title, caption : str
    columns : tuple of str
        Headings.
    names : tuple of str
        The same as ASCII words, for macros.
    rows : tuple of tuple of str
        Empty where nothing was drawn.
    """

    name: str
    title: str
    caption: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_csv(self) -> str:
        """Header and rows, comma-separated."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """What JSON holds of it."""
        return {
            "title": self.title,
            "caption": self.caption,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
        }
