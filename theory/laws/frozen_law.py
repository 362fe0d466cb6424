"""Frozen distributions of scipy.stats as laws in floats."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .protocol import ScalarLaw

__all__ = ["FrozenLaw"]


@dataclass(frozen=True)
class FrozenLaw(ScalarLaw):
    """A frozen distribution such as ``scipy.stats.gumbel_r(0, 1)``: it answers in floats only.

    Attributes
    ----------
    frozen : scipy.stats frozen distribution
        Compared by its name and parameters.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> round(FrozenLaw(norm()).log_probability(">=", 0.0), 6)
    -0.693147
    """

    frozen: Any = field(compare=False)
    identity: str = ""

    def __post_init__(self) -> None:
        known = self.frozen
        if not all(hasattr(known, name) for name in ("dist", "args", "kwds", "logsf", "logcdf", "support")):
            raise TypeError(f"a frozen distribution such as scipy.stats.norm(0, 1) is needed, found {known!r}")
        words = [known.dist.name, *map(repr, known.args), *(f"{k}={v!r}" for k, v in sorted(known.kwds.items()))]
        object.__setattr__(self, "identity", " ".join(words))

    def __repr__(self) -> str:
        return f"scipy.stats.{self.identity}"

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return hasattr(self.frozen, "pdf") and not hasattr(self.frozen.dist, "pmf")

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = (float(end) for end in self.frozen.support())
        return (Fraction(low) if math.isfinite(low) else low), (Fraction(high) if math.isfinite(high) else high)

    def log_probability(self, relation: str, t: float) -> float:
        if math.isinf(t):
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        if not self.continuous and relation in ("<", ">="):
            # The integers below t are those up to ceil(t) - 1.
            t = math.ceil(t) - 1
        found = float(self.frozen.logcdf(t) if relation in ("<", "<=") else self.frozen.logsf(t))
        if math.isnan(found):
            raise NotImplementedError(f"{self!r} gives NaN at {t}")
        return min(0.0, found)
