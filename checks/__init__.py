"""Verdicts, sweeps, certificates, figures and reports. Names load on first use, so the command line starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .verify import check, check_all
    from .data import Dataset, load_digits, load_npz, random_sphere
    from .grid import Grid, parse_sizes
    from .registry import Engine, register_model
    from .store import Store
    from .verdict import Evidence, LinkResult, Outcome, Result, Verdict

_HOMES = {
    "check": "verify",
    "check_all": "verify",
    "Dataset": "data",
    "load_digits": "data",
    "load_npz": "data",
    "random_sphere": "data",
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
    "check",
    "check_all",
    "load_digits",
    "load_npz",
    "parse_sizes",
    "random_sphere",
    "register_model",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
