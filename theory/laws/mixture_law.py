"""Finite mixtures of laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .elementary import precision
from .lattice_law import OPPOSITE, log_ratio
from .lattice_sum_law import integer_atoms
from .protocol import ScalarLaw

__all__ = ["MixtureLaw"]


@dataclass(frozen=True)
class MixtureLaw(ScalarLaw):
    """A variable with law number i of `laws` with exact rational probability number i of `weights`.

    P(X ≤ t) = Σ w_i P(X_i ≤ t).

    Raises
    ------
    ValueError
        Unless there are as many weights as laws, none below 0, of sum 1.

    Examples
    --------
    One fair coin in two is a coin with two heads:

    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> half = Fraction(1, 2)
    >>> MixtureLaw((half, half), (BinomialLaw(1), BinomialLaw(1, 1))).fraction(">=", Fraction(1))
    Fraction(3, 4)
    """

    weights: tuple[Fraction, ...]
    laws: tuple[ScalarLaw, ...]

    def __post_init__(self) -> None:
        weights, laws = tuple(exact(weight, "weight") for weight in self.weights), tuple(self.laws)
        if len(weights) != len(laws):
            raise ValueError(f"a mixture needs one weight for each law, found {len(weights)} for {len(laws)} laws")
        if any(weight < 0 for weight in weights):
            raise ValueError(f"the weights of a mixture must be at least 0, found {min(weights)}")
        if sum(weights) != 1:
            raise ValueError(f"the weights of a mixture must sum to 1, found the sum {sum(weights)}")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "laws", laws)

    @property
    def _parts(self) -> list[tuple[Fraction, ScalarLaw]]:
        return [(weight, law) for weight, law in zip(self.weights, self.laws, strict=True) if weight]

    @property
    def log_gap(self) -> float:  # type: ignore[override]
        return max(law.log_gap for _, law in self._parts)

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return all(law.continuous for _, law in self._parts)

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        return all(law.monotone for law in self.laws)

    def seconds(self, t: float) -> float:
        return 2 * sum(law.seconds(t) for _, law in self._parts)

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        parts = self._parts
        return MixtureLaw(tuple(weight for weight, _ in parts), tuple(law.tighter() for _, law in parts))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        ends = [law.support() for _, law in self._parts]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def atoms(self) -> list[int]:
        """The values it takes."""
        return sorted({k for _, law in self._parts for k in integer_atoms(law)})

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        with workprec(precision()):
            total = arb(0)
            for weight, law in self._parts:
                total += exact_ball(weight) * _mass(law, k)
            return total

    def _log(self, relation: str, log_probability: Callable[[ScalarLaw, str], float]) -> float:
        found = self._log_sum(relation, log_probability)
        # A probability near 1 is known by what it leaves.
        return found if found < -0.5 else math.log1p(-math.exp(self._log_sum(OPPOSITE[relation], log_probability)))

    def _log_sum(self, relation: str, log_probability: Callable[[ScalarLaw, str], float]) -> float:
        terms = [log_ratio(w.numerator, w.denominator) + log_probability(law, relation) for w, law in self._parts]
        top = max(terms)
        return top if top == -math.inf else top + math.log(sum(math.exp(term - top) for term in terms))

    def log_probability(self, relation: str, t: float) -> float:
        return self._log(relation, lambda law, sign: law.log_probability(sign, t))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        return self._log(relation, lambda law, sign: law.log_probability_at(sign, t))

    def _sum(self, enclose: Callable[[ScalarLaw], Enclosure]) -> Enclosure:
        with workprec(precision()):
            low, high = arb(0), arb(0)
            for weight, law in self._parts:
                found = enclose(law)
                low, high = low + exact_ball(weight) * found.lower, high + exact_ball(weight) * found.upper
            return Enclosure(low.lower().max(arb(0)), high.upper().min(arb(1)))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self._sum(lambda law: law.enclose(relation, t))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        return self._sum(lambda law: law.enclose_at(relation, t))

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        return sum((weight * law.fraction(relation, t) for weight, law in self._parts), start=Fraction(0))


def _mass(law: ScalarLaw, k: int) -> arb:
    """P(X = k), of a constant too."""
    low, high = law.support()
    if not low <= k <= high:
        return arb(0)
    return arb(1) if low == high else law.mass(k)
