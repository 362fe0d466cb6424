"""The paper as one object, which the entry point names."""

from __future__ import annotations

from whp.checks import Grid, Paper, Reference

from .engines import ENGINES
from .theory import KEY, LEDGER

__all__ = ["PAPER"]

REFERENCE = Reference(
    "B. Laurent, P. Massart, Adaptive estimation of a quadratic functional by model selection, Annals of Statistics "
    "28(5):1302-1338, 2000",
    """@article{laurent2000,
  author = {Laurent, B. and Massart, P.},
  title = {Adaptive estimation of a quadratic functional by model selection},
  journal = {The Annals of Statistics},
  volume = {28},
  number = {5},
  pages = {1302--1338},
  year = {2000}
}""",
)

PAPER = Paper(
    KEY,
    REFERENCE,
    LEDGER,
    ENGINES,
    grid=Grid({"k": (1, 4, 16, 64, 256)}),
    spellings={"dofs": "k"},
    words={"k": "degrees of freedom"},
)
