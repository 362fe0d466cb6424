"""Statements of other sources with known truth, typed as a newcomer would."""

from . import drawn, moments, scalars, tails
from .entry import Entry

__all__ = ["ENTRIES", "Entry"]

ENTRIES = tuple(sorted((*drawn.ENTRIES, *moments.ENTRIES, *scalars.ENTRIES, *tails.ENTRIES), key=lambda e: e.key))
"""Every statement, by its id."""
