"""Axes of figures: sizes as whole numbers, probabilities by their log10, and numbers as a reader wants them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as DrawnAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from .picture import Axis, Scale

__all__ = ["plain", "scale_axis", "scaled"]

# Probabilities an axis may be labelled with, as log10.
_PROBABILITIES = (0.0, -0.30103, *(-float(a * 10**b) for b in range(8) for a in (1, 2, 5)))
_MOST_TICKS, _MOST_SIZES = 7, 5.5


def scaled(scale: Scale) -> Callable[[Any], Any]:
    """How a scale places values, up to a factor and a shift.

    Examples
    --------
    >>> scaled("exponent")([-9.0, 0.0, 1.0]).round(2).tolist()
    [-1.0, 0.0, 0.3]
    """
    if scale == "exponent":
        return _forward
    if scale in ("log", "size"):
        return lambda v: np.log10(np.maximum(np.asarray(v, dtype=float), 1e-300))
    if scale == "steps":
        return lambda v: np.arcsinh(np.asarray(v, dtype=float) * 2)
    return lambda v: np.asarray(v, dtype=float)


def _forward(v: Any) -> Any:
    v = np.asarray(v, dtype=float)
    return np.sign(v) * np.log10(1 + np.abs(v))


def _backward(s: Any) -> Any:
    s = np.asarray(s, dtype=float)
    return np.sign(s) * (np.power(10.0, np.minimum(np.abs(s), 300)) - 1)


def plain(value: float, _: Any = None) -> str:
    """A number on an axis: powers of two and ten as such where they are long.

    Examples
    --------
    >>> plain(2**21), plain(4096), plain(0.25), plain(3e-7), plain(1e6)
    ('$2^{21}$', '4096', '0.25', '$3\\\\cdot 10^{-7}$', '$10^{6}$')
    """
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.6g}".replace("-", "−")
    if value > 0 and math.log2(value) == round(math.log2(value)):
        return f"$2^{{{round(math.log2(value))}}}$"
    power = math.floor(math.log10(abs(value)) + 1e-9)
    mantissa = f"{value / 10.0**power:.3g}"
    return f"$10^{{{power}}}$" if mantissa == "1" else f"${mantissa}\\cdot 10^{{{power}}}$"


def _probability(exponent: float, _: Any = None) -> str:
    if -1 < exponent <= 0:
        return f"{10**exponent:.2g}"
    power = f"{exponent:.0f}" if abs(exponent - round(exponent)) < 1e-9 else f"{exponent:.1f}"
    return f"$10^{{{power}}}$"


def _ratio(exponent: float, _: Any = None) -> str:
    return plain(10**exponent) if -3 <= exponent < 4 else _probability(exponent)


def scale_axis(ax: Axes, which: str, axis: Axis, values: Iterable[float]) -> None:
    """Scale, limits, ticks and label of one axis of a panel, for what is drawn along it."""
    found = sorted({float(v) for v in values if math.isfinite(v)})
    drawn = ax.xaxis if which == "x" else ax.yaxis
    if which == "x":
        ax.set_xlabel(axis.label)
    else:
        ax.set_ylabel(axis.label)
    if not found:
        return
    low, high = found[0], found[-1]
    if axis.scale == "exponent":
        _set_scale(ax, which, "function", functions=(_forward, _backward))
    elif axis.scale == "steps":
        _set_scale(ax, which, "symlog", linthresh=1, linscale=0.5)
    elif axis.scale in ("log", "size") and low > 0:
        _set_scale(ax, which, "log", base=2 if axis.scale == "size" else 10)
    low, high = _room(axis.scale, low, high, 0.04 if which == "x" else 0.08)
    if which == "x":
        ax.set_xlim(low, high)
    else:
        ax.set_ylim(low, high)
    _ticks(drawn, axis, found, low, high)


def _set_scale(ax: Axes, which: str, name: Any, **options: Any) -> None:
    if which == "x":
        ax.set_xscale(name, **options)
    else:
        ax.set_yscale(name, **options)


def _room(scale: Scale, low: float, high: float, share: float) -> tuple[float, float]:
    """The limits with some room at both ends."""
    if scale == "exponent":
        a, b = float(_forward(low)), float(_forward(high))
        room = share * max(b - a, 0.5)
        return float(_backward(a - room)), float(_backward(b + room if b > 0.15 else min(b + room, max(b, 0.15))))
    if scale in ("log", "size") and low > 0:
        factor = (high / low) ** share if high > low else 2.0
        factor = max(factor, 1.05)
        return low / factor, high * factor
    if scale == "steps":
        return low - 0.1, high * 1.1 + 0.1
    if scale == "probability":
        # The nearest decade below 1 is always in sight where probabilities are large.
        low, high = min(low, high - 1), 0.0 if -1 < high < 0 else high
    span = high - low or max(abs(high), 1.0)
    return low - share * span, high + share * span


def _ticks(drawn: DrawnAxis, axis: Axis, found: Sequence[float], low: float, high: float) -> None:
    drawn.set_minor_locator(NullLocator())
    drawn.set_minor_formatter(NullFormatter())
    if not axis.label and len(found) == 1:  # nothing varies: one place, without a number
        drawn.set_major_locator(NullLocator())
        return
    if axis.scale == "linear":
        drawn.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        drawn.set_major_formatter(FuncFormatter(plain))
        return
    format_tick: Callable[..., str] = plain
    if axis.scale in ("size", "steps"):
        places = found if all(v == round(v) for v in found) else _doublings(low, high)
        ticks = _apart(places, scaled(axis.scale), low, high, _MOST_SIZES)
        drawn.set_minor_locator(FixedLocator(places if len(places) <= 12 else []))
    elif axis.scale == "log":
        ticks = _log_ticks(low, high)
    elif axis.scale == "exponent":
        ticks, format_tick = _apart(_exponents(low, high), _forward, low, high), _probability
    else:
        ticks, format_tick = _powers(low, high), _ratio if axis.scale == "ratio" else _probability
    drawn.set_major_locator(FixedLocator(ticks))
    drawn.set_major_formatter(FuncFormatter(format_tick))


def _exponents(low: float, high: float) -> list[float]:
    """Exponents that an axis may be labelled with, from the top."""
    above = [-p for p in reversed(_PROBABILITIES) if p < -0.9]
    return [p for p in (*above, *_PROBABILITIES) if low <= p <= high]


def _doublings(low: float, high: float) -> list[float]:
    return [2.0**p for p in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 times them where there are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, -(-(last - first) // _MOST_TICKS))
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    found = [f * 10.0**p for p in range(first, last + 1, step) for f in factors]
    inside = [v for v in found if low <= v <= high]
    if len(inside) >= 2:
        return inside
    spread = [float(f"{v:.2g}") for v in np.geomspace(low, high, 5)[1:-1]]
    return [v for v in spread if low <= v <= high]


def _powers(low: float, high: float) -> list[float]:
    """Round exponents, at most seven; below one decade some multiples too."""
    span = high - low
    if span < 1.2:
        spread = [math.log10(f * 10.0**p) for p in range(math.floor(low), math.ceil(high) + 1) for f in (1, 2, 3, 5)]
        inside = [v for v in spread if low <= v <= high]
        if len(inside) >= 2:
            return inside
        return [math.log10(float(f"{10**v:.2g}")) for v in np.linspace(low, high, 4)[1:-1]]
    power = 10 ** math.floor(math.log10(span / _MOST_TICKS)) if span > _MOST_TICKS else 1
    step = next(s * power for s in (1, 2, 5, 10) if span / (s * power) <= _MOST_TICKS)
    return [float(t) for t in np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step]


def _apart(
    ticks: Sequence[float], place: Callable[[Any], Any], low: float, high: float, most: float = _MOST_TICKS
) -> list[float]:
    """Those of some ticks that are far enough from each other to be read, from the first."""
    gap = (float(place(high)) - float(place(low))) / most
    kept: list[float] = []
    for tick in ticks:
        if not kept or abs(float(place(kept[-1])) - float(place(tick))) >= gap:
            kept.append(tick)
    if len(kept) < 2 and place is _forward:
        ends = float(place(low)), float(place(high))
        spread = [_backward(s) for s in np.linspace(*ends, 5)[1:-1]]
        return [float(f"{v:.1g}") for v in spread if low <= float(f"{v:.1g}") <= high]
    return kept
