"""zhang2023 as a paper: its ledger with engines, data, figures, tables, studies and commands of its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .data import load_digits, load_npz, random_sphere
    from .paper import PAPER
    from .places import network_grid
    from .studies.failure import FailureEstimate, failure_probability_for, trained_failure_probability
    from .studies.flow import LogisticFlow, logistic_flow

# Names load on first use: its commands are listed without them.
_HOMES = {
    "PAPER": "paper",
    "load_digits": "data",
    "load_npz": "data",
    "random_sphere": "data",
    "network_grid": "places",
    "FailureEstimate": "studies.failure",
    "failure_probability_for": "studies.failure",
    "trained_failure_probability": "studies.failure",
    "LogisticFlow": "studies.flow",
    "logistic_flow": "studies.flow",
}

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


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
