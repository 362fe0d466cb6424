"""Verdicts, sweeps, certificates, figures and reports. Names load on first use, so the command line starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .data import Dataset, load_digits, load_npz, random_sphere
    from .grid import Grid, parse_sizes
    from .plots import (
        caption,
        figure_for,
        plot_bound,
        plot_failure,
        plot_frontier,
        plot_margins,
        plot_moment,
        save_figure,
    )
    from .registry import Engine, register_model
    from .store import Store
    from .verdict import Evidence, LinkResult, Outcome, Result, Verdict
    from .verify import check, check_all

_HOMES = {
    "check": "verify",
    "check_all": "verify",
    "Dataset": "data",
    "load_digits": "data",
    "load_npz": "data",
    "random_sphere": "data",
    "caption": "plots",
    "figure_for": "plots",
    "plot_bound": "plots",
    "plot_failure": "plots",
    "plot_frontier": "plots",
    "plot_margins": "plots",
    "plot_moment": "plots",
    "save_figure": "plots",
    "Grid": "grid",
    "parse_sizes": "grid",
    "Engine": "registry",
    "register_model": "registry",
    "Store": "store",
    "Evidence": "verdict",
    "LinkResult": "verdict",
    "Outcome": "verdict",
    "Result": "verdict",
    "Verdict": "verdict",
}

__all__ = [
    "Dataset",
    "Engine",
    "Evidence",
    "Grid",
    "LinkResult",
    "Outcome",
    "Result",
    "Store",
    "Verdict",
    "caption",
    "check",
    "check_all",
    "figure_for",
    "load_digits",
    "load_npz",
    "parse_sizes",
    "plot_bound",
    "plot_failure",
    "plot_frontier",
    "plot_margins",
    "plot_moment",
    "random_sphere",
    "register_model",
    "save_figure",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
