"""The paper as one object: ledger, engines, data, figures and tables.

What brings compiled kernels along loads when it is asked for: who reads a ledger or a finished run needs none.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ...theory.zhang2023.ledger import LEDGER
from ..paper import Paper
from ..sections import Section
from ..sweep.engine import Engines
from .data import DATA
from .figures import drawings, guides
from .places import network_grid
from .references import REFERENCE, STUDIES
from .tables import study_tables

__all__ = ["PAPER"]


def _engines() -> Engines:
    """Its engines, with the compiled kernels that they run."""
    found: Engines = import_module(".engines", __package__).ENGINES
    return found


def _sections(folder: Path) -> tuple[Section, ...]:
    """The sections of a report on its experiments."""
    found: tuple[Section, ...] = import_module(".experiments.sections", __package__).sections(folder)
    return found


PAPER = Paper(
    "zhang2023",
    REFERENCE,
    LEDGER,
    Engines.later(_engines),
    DATA,
    network_grid(),
    spellings={"widths": "m", "dims": "d", "samples": "n"},
    words={"m": "width", "d": "dimension", "n": "samples"},
    guides=guides,
    drawings=drawings,
    tables=study_tables,
    studies=STUDIES,
    sections=_sections,
    main=("thm3.1",),
)
