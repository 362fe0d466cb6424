"""What all models of the paper share: its key, and how sizes are read from a cell."""

from __future__ import annotations

from functools import partial

from ...language.cells import Cell
from ...language.models import Model
from ..symbols import n

__all__ = ["PAPER", "counted", "model", "whole"]

PAPER = "zhang2023"

# A model of this paper, and one whose draws have n samples each.
model = partial(Model, paper=PAPER)
counted = partial(Model, paper=PAPER, samples=n)


def whole(cell: Cell, name: str) -> int:
    """A size of a cell as an int (``ValueError`` for anything but a positive integer)."""
    value = cell[name]
    if value.denominator != 1 or value < 1:
        raise ValueError(f"{name} must be a positive integer, found {value}")
    return int(value)
