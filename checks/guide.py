"""What a paper knows of a random variable beside its draws, for the figures of any statement that speaks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..theory.language.cells import Cell
from ..theory.language.models import RV

__all__ = ["NOTHING_KNOWN", "Guide", "Guides", "no_guide"]


@dataclass(frozen=True, eq=False)
class Guide:
    """What is known of a random variable beside its draws; everything may be left out.

    Attributes
    ----------
    word : str
        What one of its values is called in legends and labels, such as "norm"; "value" where it is not given.
    drawn : str
        What a draw is, where it is made on no data, such as "matrices".
    series : mapping of str to str
        Names of models for legends, where draws of another model are compared with it.
    axis : str
        The size along which `guaranteed_from` and `slope` are meant.
    bound_name : str
        The statement that `log10_bound` and `guaranteed_from` are from.
    bound_label : str
        The same with its formula, for a legend.
    log10_bound : callable, optional
        ``log10_bound(cell)`` bounds log10 P(X ≤ 0).
    guaranteed_from : callable, optional
        ``guaranteed_from(cell, samples, delta)`` is the smallest value of the size `axis` from which on the bound makes
        so many samples positive with probability at least 1 − delta, or None if none does; the cell has the others.
    quantiles : callable, optional
        ``quantiles(cell, levels)`` are quantiles of the exact law, or None where they are not known well enough.
    slope : float, optional
        Predicted log10 P(X ≤ 0) per unit of the size `axis`.
    slope_label : str
        Where and what it predicts.
    frontier_label : str
        What bounds the constants of a claim on it.

    Examples
    --------
    >>> Guide("norm").word
    'norm'
    """

    word: str = ""
    drawn: str = ""
    series: Mapping[str, str] = field(default_factory=dict)
    axis: str = ""
    bound_name: str = ""
    bound_label: str = ""
    log10_bound: Callable[[Cell], float] | None = None
    guaranteed_from: Callable[[Cell, int, float], int | None] | None = None
    quantiles: Callable[[Cell, tuple[float, ...]], tuple[float, ...] | None] | None = None
    slope: float | None = None
    slope_label: str = "predicted slope"
    frontier_label: str = "frontier"

    def scope(self, samples: int, count: str) -> str:
        """What a guarantee is for: one value, or all of as many as `count` says."""
        word = self.word or "value"
        return f"all {count} {word}s" if samples > 1 else word


Guides = Callable[[RV], Guide | None]
NOTHING_KNOWN = Guide()


def no_guide(rv: RV) -> Guide | None:
    """The guide of a paper that knows nothing beside the draws."""
    return None
