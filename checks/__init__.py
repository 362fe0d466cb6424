"""Verdicts with evidence: check statements, sweep sizes, and say how a paper's models run.

Figures are in `whp.checks.figures`, certificates in `whp.checks.separability`; each paper has a package of its own.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cli.notebook import check
    from .paper import Paper, Reference
    from .sweep.engine import Engine, Engines
    from .sweep.grid import Grid
    from .verdict import Evidence, LinkResult, Outcome, Result, Verdict
    from .verify.check import check_all

# Names load on first use, so that the command line starts fast.
_HOMES = {
    "check": "cli.notebook",
    "check_all": "verify.check",
    "Paper": "paper",
    "Reference": "paper",
    "Grid": "sweep.grid",
    "Engine": "sweep.engine",
    "Engines": "sweep.engine",
    "Evidence": "verdict",
    "LinkResult": "verdict",
    "Outcome": "verdict",
    "Result": "verdict",
    "Verdict": "verdict",
}

__all__ = [
    "Engine",
    "Engines",
    "Evidence",
    "Grid",
    "LinkResult",
    "Outcome",
    "Paper",
    "Reference",
    "Result",
    "Verdict",
    "check",
    "check_all",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name == "__version__":
        return version("whp")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(["__version__", *__all__])
