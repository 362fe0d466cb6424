"""The smallest width and dimension from which a bound guarantees the claim: a table to paste into a paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...calculus.validate import real, size
from ._floats import log_failure
from ._route_bounds import (
    chernoff_threshold,
    log_chebyshev,
    log_printed,
    log_repaired,
    log_repaired_direct,
    log_sharp,
    log_sizes,
    log_threshold_bound,
)
from ._sign_floats import log_sign_failure, sign_noise_exponent
from ._validate import noise_name
from .law import failure_probability

__all__ = ["BOUNDS", "SIGN_BOUNDS", "RequiredSize", "required_size", "required_sizes"]

_LARGEST = 2**53
_SIGN_SIZE = 7.05


@dataclass(frozen=True)
class RequiredSize:
    """The smallest size at which a bound on P(some margin ≤ t) is at most δ (below 1 for δ = 1).

    Attributes
    ----------
    bound : str
        A key of `BOUNDS`.
    m, d : int or None
        Width and input dimension; None where no size up to 2**53 will do.
    log_failure : float
        Natural logarithm of the bound there (NaN where there is no size).
    """

    bound: str
    m: int | None
    d: int | None
    log_failure: float


def _exact(m: int, d: int, n: int, t: float) -> float:
    if t == 0.0:
        return log_failure(m, d) + math.log(n)
    return failure_probability(m, d, samples=n, threshold=t, log=True)


def _free_of_threshold(bound: Callable[[int, int, int], float]) -> Callable[[int, int, int, float], float]:
    return lambda m, d, n, t: bound(m, d, n)


def _sign_exact(m: int, d: int, n: int, t: float) -> float:
    return log_sign_failure(m, d) + math.log(n)


def _sign_bound(m: int, d: int, n: int, t: float) -> float:
    """log of n(½ e^{−A_∞} + 2^{−m−1}) (whp S17)."""
    parts = -sign_noise_exponent(m, d) - math.log(2), -(m + 1) * math.log(2)
    return math.log(n) + max(parts) + math.log1p(math.exp(min(parts) - max(parts)))


def _sign_sizes(m: int, d: int, n: int, t: float) -> float:
    """log of the smallest δ with min(m, d) ≥ 7.05 log(n/δ)."""
    return math.log(n) - min(m, d) / _SIGN_SIZE


@dataclass(frozen=True)
class Bound:
    """A bound: its words, its logarithm at (m, d, n, t), and the thresholds it covers."""

    words: str
    log_bound: Callable[[int, int, int, float], float]
    covers: Callable[[float], bool]
    least_width: Callable[[int], int] = lambda d: 1


BOUNDS: dict[str, Bound] = {
    "exact": Bound("exact law, union over samples", _exact, lambda t: True),
    "S4": Bound("sharp exponent A(m, d)", _free_of_threshold(log_sharp), lambda t: t == 0.0),
    "S5": Bound("pairs of constants", _free_of_threshold(log_sizes), lambda t: t == 0.0),
    "S6": Bound("thresholded exponent", log_threshold_bound, lambda t: t > 0.0),
    "S7": Bound("the paper's route, repaired", _free_of_threshold(log_repaired), lambda t: t == 0.0),
    "S7.direct": Bound(
        "the same through the exact law of S1", _free_of_threshold(log_repaired_direct), lambda t: t <= 1 / 32
    ),
    "printed": Bound("the printed route (no guarantee)", _free_of_threshold(log_printed), lambda t: t <= 1 / 32),
    "printed.chebyshev": Bound(
        "the printed Chebyshev bound (no guarantee)",
        _free_of_threshold(log_chebyshev),
        lambda t: t == 0.0,
        lambda d: 6 * d // 5 + 3,
    ),
}
"""The bounds on margins of the gradient that `required_size` knows, sharpest first."""

SIGN_BOUNDS: dict[str, Bound] = {
    "exact.sign": Bound("exact law of the sign step, union over samples", _sign_exact, lambda t: t == 0.0),
    "S17": Bound("sharp exponent A_∞(m, d) of the sign step", _sign_bound, lambda t: t == 0.0),
    "S17.sizes": Bound("7.05 log(n/δ) for the sign step", _sign_sizes, lambda t: t == 0.0),
}
"""Those on margins of its sign."""

_ALL = {**BOUNDS, **SIGN_BOUNDS}


def required_size(
    n: int,
    delta: float,
    *,
    bound: str = "exact",
    m: int | None = None,
    d: int | None = None,
    threshold: float = 0.0,
) -> RequiredSize:
    """Smallest m = d (or m at a given d, or d at a given m) at which `bound` gives P(some margin ≤ t) ≤ δ.

    Parameters
    ----------
    n : int
        Number of samples.
    delta : float
        Failure probability allowed, in (0, 1]; 1 asks from where the bound says anything at all (is below 1).
    bound : str
        A key of `BOUNDS` or of `SIGN_BOUNDS`.
    m, d : int, optional
        Fix one of the two; with neither, m = d.
    threshold : float
        t ≥ 0, below ½; "S4", "S5" and "S7" speak of t = 0 only, "S6" of t > 0.

    Raises
    ------
    ValueError, TypeError
        For sizes, δ, thresholds or names out of range, or with both m and d given.

    Examples
    --------
    >>> required_size(50_000, 0.01).m, required_size(50_000, 0.01, bound="S4").m
    (71, 81)
    """
    n, delta = size(n, "samples n"), real(delta, "delta")
    if not 0.0 < delta <= 1.0:
        raise ValueError(f"delta must lie in (0, 1], found {delta}; pass a failure probability such as 0.01")
    if bound not in _ALL:
        raise ValueError(f"bound must be one of {', '.join(_ALL)}, found {bound!r}; pass one of these names")
    if m is not None and d is not None:
        raise ValueError(f"at most one of m and d can be given, found m = {m} and d = {d}; leave one out")
    t = 0.0 if threshold == 0 else chernoff_threshold(threshold)
    chosen = _ALL[bound]
    if not chosen.covers(t):
        raise ValueError(f"the bound {bound} does not cover the threshold {t}; use one of {', '.join(_covering(t))}")
    if m is not None:
        width = size(m, "width m")
        sizes: Callable[[int], tuple[int, int]] = lambda k: (width, k)  # noqa: E731
        least = 1
    elif d is not None:
        dimension = size(d, "input dimension d")
        sizes = lambda k: (k, dimension)  # noqa: E731
        least = chosen.least_width(dimension)
    else:
        sizes, least = (lambda k: (k, k)), 1

    def enough(k: int) -> bool:
        value = chosen.log_bound(*sizes(k), n, t)
        return value < 0.0 if delta == 1.0 else value <= math.log(delta)

    found = _smallest(enough, least)
    if found is None or chosen.least_width(sizes(found)[1]) > sizes(found)[0]:
        return RequiredSize(bound, None, None, math.nan)
    return RequiredSize(bound, *sizes(found), chosen.log_bound(*sizes(found), n, t))


def required_sizes(
    n: int, delta: float, *, bounds: Sequence[str] = (), noise: str = "gradient", **where: Any
) -> tuple[RequiredSize, ...]:
    """`required_size` for every bound of a noise ("gradient" or "sign") that covers the threshold, or for named ones.

    Examples
    --------
    >>> [(row.bound, row.m) for row in required_sizes(1, 1, bounds=("exact", "S4", "S7", "printed"))]
    [('exact', 1), ('S4', 1), ('S7', 626), ('printed', 480)]
    >>> [(row.bound, row.m) for row in required_sizes(50_000, 0.01, noise="sign")]
    [('exact.sign', 91), ('S17', 104), ('S17.sizes', 109)]
    """
    threshold = real(where.get("threshold", 0.0), "threshold t")
    return tuple(required_size(n, delta, bound=b, **where) for b in bounds or _covering(threshold, noise_name(noise)))


def _covering(t: float, noise: str = "gradient") -> list[str]:
    return [name for name, bound in (SIGN_BOUNDS if noise == "sign" else BOUNDS).items() if bound.covers(t)]


def _smallest(enough: Callable[[int], bool], least: int) -> int | None:
    """Smallest k ≥ least with enough(k), for a property that stays true once it is true."""
    high = least
    while not enough(high):
        if high >= _LARGEST:
            return None
        high = min(2 * high, _LARGEST)
    low = max(least, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high
