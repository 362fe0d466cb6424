"""The paper as one object: ledger, engines, data, figures and tables."""

from __future__ import annotations

from ...theory.zhang2023.ledger import LEDGER
from ..paper import Paper
from .data import DATA
from .engines import ENGINES
from .experiments.sections import sections
from .figures import drawings, guides
from .places import network_grid
from .references import REFERENCE, STUDIES
from .tables import study_tables

__all__ = ["PAPER"]

PAPER = Paper(
    "zhang2023",
    REFERENCE,
    LEDGER,
    ENGINES,
    DATA,
    network_grid(),
    spellings={"widths": "m", "dims": "d", "samples": "n"},
    words={"m": "width", "d": "dimension", "n": "samples"},
    guides=guides,
    drawings=drawings,
    tables=study_tables,
    studies=STUDIES,
    sections=sections,
    main=("thm3.1",),
)
