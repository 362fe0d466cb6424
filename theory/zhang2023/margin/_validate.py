"""Validation of a readout's law and of a leaky slope."""

from __future__ import annotations

from typing import Any

from ...calculus.validate import as_float

__all__ = ["NOISES", "READOUTS", "leak_slope", "noise_name", "readout_name"]

READOUTS = ("gaussian", "rademacher")
NOISES = ("gradient", "sign")


def leak_slope(value: Any) -> float:
    """Return the leaky slope as a float in [0, 1): at slope 1 the network is linear and its margin is ‖Wᵀa‖²."""
    number = as_float(value, "leak")
    if not 0.0 <= number < 1.0:
        raise ValueError(f"leak must lie in [0, 1), found {number}; pass 0 for ReLU or a slope below 1")
    return number


def readout_name(value: Any) -> str:
    """Return `value` if it names a readout law."""
    if value not in READOUTS:
        raise ValueError(f"readout must be one of {', '.join(READOUTS)}, found {value!r}; pass one of these names")
    return str(value)


def noise_name(value: Any) -> str:
    """Return `value` if it names a noise direction."""
    if value not in NOISES:
        raise ValueError(f"noise must be one of {', '.join(NOISES)}, found {value!r}; pass one of these names")
    return str(value)
