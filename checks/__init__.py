"""Verdicts, sweeps, certificates, figures and reports. Names load on first use, so the command line starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conditioned import FailureEstimate, failure_probability_for, trained_failure_probability
    from .data import Dataset, load_digits, load_npz, random_sphere
    from .grid import Grid, parse_sizes
    from .linearised import LogisticFlow, logistic_flow
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
    from .separability import Certificate, MaximumMargin, WitnessMargin, margin_of, maximum_margin, separate
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
    "FailureEstimate": "conditioned",
    "failure_probability_for": "conditioned",
    "trained_failure_probability": "conditioned",
    "LogisticFlow": "linearised",
    "logistic_flow": "linearised",
    "Certificate": "separability",
    "MaximumMargin": "separability",
    "WitnessMargin": "separability",
    "margin_of": "separability",
    "maximum_margin": "separability",
    "separate": "separability",
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
    "Certificate",
    "Dataset",
    "Engine",
    "Evidence",
    "FailureEstimate",
    "Grid",
    "LinkResult",
    "LogisticFlow",
    "MaximumMargin",
    "Outcome",
    "Result",
    "Store",
    "Verdict",
    "WitnessMargin",
    "caption",
    "check",
    "check_all",
    "failure_probability_for",
    "figure_for",
    "load_digits",
    "load_npz",
    "logistic_flow",
    "margin_of",
    "maximum_margin",
    "parse_sizes",
    "plot_bound",
    "plot_failure",
    "plot_frontier",
    "plot_margins",
    "plot_moment",
    "random_sphere",
    "register_model",
    "save_figure",
    "separate",
    "trained_failure_probability",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
