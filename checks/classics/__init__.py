"""The lemmas everybody cites as a paper: their ledger with the works that they are cited from."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .paper import PAPER

__all__ = ["PAPER"]


def __getattr__(name: str) -> Any:
    if name == "PAPER":
        return import_module(".paper", __name__).PAPER
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
