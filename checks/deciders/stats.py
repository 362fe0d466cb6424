"""Exact limits and test statistics behind sampled evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainccinv, betaincinv, stdtrit

__all__ = [
    "ALPHA",
    "KolmogorovSmirnov",
    "at_look",
    "clopper_pearson",
    "frequency_text",
    "ks_two_sample",
    "slope_interval",
    "trials_needed",
]


def slope_interval(x: list[float], y: list[float], level: float = 0.999) -> tuple[float, float]:
    """Confidence interval of the slope of a least-squares line y ~ x at `level` (Student's t).

    Examples
    --------
    >>> low, high = slope_interval([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, -1.0, -2.0])
    >>> round(low, 6), round(high, 6)
    (-1.0, -1.0)
    """
    if max(y) == min(y):
        return 0.0, 0.0
    spread, shared, _, height = np.cov(np.asarray(x), np.asarray(y), bias=True).flat
    slope, correlation = shared / spread, float(np.clip(shared / np.sqrt(spread * height), -1, 1))
    error = np.sqrt((1 - correlation**2) * height / spread / (len(x) - 2))
    margin = -float(stdtrit(len(x) - 2, (1 - level) / 2)) * float(error)
    return float(slope) - margin, float(slope) + margin


def clopper_pearson(failures: int, trials: int, alpha: float) -> tuple[float, float]:
    """Exact two-sided Clopper-Pearson limits of a probability at error `alpha`.

    Examples
    --------
    >>> low, high = clopper_pearson(0, 1000, 1e-6)
    >>> low, round(high, 4)
    (0.0, 0.0144)
    """
    if not 0 <= failures <= trials or trials < 1:
        raise ValueError(
            f"found {failures} failures in {trials} trials; 0 <= failures <= trials and trials >= 1 needed"
        )
    low = 0.0 if failures == 0 else float(betaincinv(failures, trials - failures + 1, alpha / 2))
    high = 1.0 if failures == trials else float(betainccinv(failures + 1, trials - failures, alpha / 2))
    return low, high


def at_look(alpha: float, look: int) -> float:
    """The share of an error budget that the limits of one of many looks may spend: α·6/(π²k²) at the k-th.

    Examples
    --------
    >>> round(sum(at_look(1.0, k) for k in range(1, 100_000)), 4)
    1.0
    """
    return alpha * 6 / (math.pi * look) ** 2


def frequency_text(failures: int, trials: int, alpha: float) -> str:
    """A frequency with its Clopper-Pearson limits, as verdicts show it.

    Examples
    --------
    >>> frequency_text(3, 10, 0.05)
    '3/10, limits [6.673951e-02, 6.524529e-01]'
    """
    low, high = clopper_pearson(failures, trials, alpha)
    # To nearest a limit would be shown up to half a digit inside of itself.
    ways = ((ROUND_FLOOR, low), (ROUND_CEILING, high))
    below, above = (float(Context(prec=7, rounding=way).create_decimal_from_float(x)) for way, x in ways)
    return f"{failures}/{trials}, limits [{below:.6e}, {above:.6e}]"


def trials_needed(bound: float, alpha: float) -> int | None:
    """Trials without a failure after which the upper limit is `bound`; None when no number is enough."""
    if not 0.0 < bound < 1.0:
        return None
    return math.ceil(math.log(alpha / 2) / math.log1p(-bound))


@dataclass(frozen=True)
class KolmogorovSmirnov:
    """A two-sample test: the distance, its rejection limit, and the distance it would have missed.

    Attributes
    ----------
    distance : float
        sup |F1 - F2| of the empirical distribution functions.
    limit : float
        Distances above it are rejected with false-alarm probability at most alpha (Massart's form of DKW on each
        sample).
    missed : float
        A true distance above this is missed with probability at most 5 %.
    """

    distance: float
    limit: float
    missed: float

    @property
    def rejected(self) -> bool:
        return self.distance > self.limit


def ks_two_sample(x: NDArray[np.float64], y: NDArray[np.float64], alpha: float) -> KolmogorovSmirnov:
    """Compare two samples at false-alarm level `alpha`, valid at every sample size.

    Each empirical distribution function is within sqrt(log(4/alpha) / (2 N)) of the truth with probability
    1 - alpha/2 (Massart 1990), so under equal laws the distance exceeds the sum of both with probability at most
    alpha.

    Examples
    --------
    >>> import numpy as np
    >>> grid = np.linspace(0, 1, 1000)
    >>> ks_two_sample(grid, grid, 1e-6).rejected, ks_two_sample(grid, grid + 0.5, 1e-6).rejected
    (False, True)
    """
    x, y = np.sort(x), np.sort(y)
    both = np.concatenate([x, y])
    distance = np.abs(
        np.searchsorted(x, both, side="right") / x.size - np.searchsorted(y, both, side="right") / y.size
    ).max()

    def radius(level: float) -> float:
        return math.sqrt(math.log(4 / level) / 2) * (1 / math.sqrt(x.size) + 1 / math.sqrt(y.size))

    limit = radius(alpha)
    return KolmogorovSmirnov(float(distance), limit, limit + radius(0.05))


ALPHA = 1e-6
