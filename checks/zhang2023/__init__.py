"""zhang2023 as a paper: its ledger with engines, data, figures, tables and commands of its own."""

from __future__ import annotations

from ...theory.zhang2023.ledger import LEDGER
from ..paper import Paper
from .data import DATA, load_digits, load_npz, random_sphere
from .engines import ENGINES
from .figures import drawings, guides
from .places import network_grid
from .references import REFERENCE, STUDIES
from .studies.failure import FailureEstimate, failure_probability_for, trained_failure_probability
from .studies.flow import LogisticFlow, logistic_flow
from .tables import study_tables

__all__ = [
    "PAPER",
    "FailureEstimate",
    "LogisticFlow",
    "failure_probability_for",
    "load_digits",
    "load_npz",
    "logistic_flow",
    "network_grid",
    "random_sphere",
    "trained_failure_probability",
]

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
    main=("thm3.1",),
)
