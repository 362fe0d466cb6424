"""The largest and the smallest of independent variables with different laws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from ..calculus.enclosure import Enclosure, workprec
from .elementary import precision
from .lattice_law import OPPOSITE, complement, log_one_minus_exp
from .lattice_sum_law import integer_atoms
from .order_law import atom_between
from .protocol import ScalarLaw

__all__ = ["LargestLaw", "SmallestLaw"]

# Below e^-650 a float probability keeps no digits, and the one of some event is the sum of theirs.
_UNDERFLOW = -650.0


class _Extreme(ScalarLaw):
    """A variable that is on one side of a point when all of several independent ones are."""

    laws: tuple[ScalarLaw, ...]

    def _all(self, relation: str) -> bool:
        """Whether all of the variables must be so, not only one of them."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        object.__setattr__(self, "laws", tuple(self.laws))
        if not self.laws:
            raise ValueError("the largest or smallest of no variables is not defined; pass at least one law")

    @property
    def log_gap(self) -> float:  # type: ignore[override]
        return max(law.log_gap for law in self.laws)

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return all(law.continuous for law in self.laws)

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        return all(law.monotone for law in self.laws)

    def seconds(self, t: float) -> float:
        return 2 * sum(law.seconds(t) for law in self.laws)

    def mass(self, k: int) -> arb:
        """P(X = k)."""
        return atom_between(self, k)

    def _log(self, relation: str, pairs: Sequence[tuple[float, float]]) -> float:
        """From log p and log(1 - p) of each variable."""
        if self._all(relation):
            return sum(chance for chance, _ in pairs)
        top = max(chance for chance, _ in pairs)
        if _UNDERFLOW > top > -math.inf:
            return top + math.log(sum(math.exp(chance - top) for chance, _ in pairs))
        return log_one_minus_exp(sum(against for _, against in pairs))

    def log_probability(self, relation: str, t: float) -> float:
        signs = relation, OPPOSITE[relation]
        pairs = [(law.log_probability(signs[0], t), law.log_probability(signs[1], t)) for law in self.laws]
        return self._log(relation, pairs)

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        signs = relation, OPPOSITE[relation]
        pairs = [(law.log_probability_at(signs[0], t), law.log_probability_at(signs[1], t)) for law in self.laws]
        return self._log(relation, pairs)

    def _enclosure(self, relation: str, pairs: Sequence[tuple[Enclosure, Enclosure]]) -> Enclosure:
        with workprec(precision()):
            low, high = arb(1), arb(1)
            if self._all(relation):
                for chance, _ in pairs:
                    low, high = low * chance.lower, high * chance.upper
                return Enclosure(low.lower().max(arb(0)), high.upper().min(arb(1)))
            # p₁ + q₁ p₂ + q₁ q₂ p₃ + …: no term is negative.
            found = []
            for ends in (
                [(chance.lower, against.upper) for chance, against in pairs],
                [(chance.upper, against.lower) for chance, against in pairs],
            ):
                total, none = arb(0), arb(1)
                for p, q in ends:
                    p, q = p.max(arb(0)).min(arb(1)), q.max(arb(0)).min(arb(1))
                    p, q = (p, complement(p)) if p < q else (complement(q), q)
                    total, none = total + none * p, none * q
                found.append(total)
            return Enclosure(found[0].lower().max(arb(0)), found[1].upper().min(arb(1)))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        signs = relation, OPPOSITE[relation]
        return self._enclosure(relation, [(law.enclose(signs[0], t), law.enclose(signs[1], t)) for law in self.laws])

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        signs = relation, OPPOSITE[relation]
        return self._enclosure(
            relation, [(law.enclose_at(signs[0], t), law.enclose_at(signs[1], t)) for law in self.laws]
        )

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        if self._all(relation):
            return math.prod((law.fraction(relation, t) for law in self.laws), start=Fraction(1))
        return 1 - self.fraction(OPPOSITE[relation], t)


@dataclass(frozen=True)
class LargestLaw(_Extreme):
    """The largest of independent variables: P(max ≤ t) = Π P(X_i ≤ t).

    Raises
    ------
    ValueError
        For no variables.

    Examples
    --------
    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> LargestLaw((BinomialLaw(1), BinomialLaw(2))).fraction("<=", Fraction(1))
    Fraction(3, 4)
    """

    laws: tuple[ScalarLaw, ...]

    def _all(self, relation: str) -> bool:
        return relation in ("<", "<=")

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        ends = [law.support() for law in self.laws]
        return max(low for low, _ in ends), max(high for _, high in ends)

    def atoms(self) -> list[int]:
        """The values it takes."""
        values = [integer_atoms(law) for law in self.laws]
        least = max(min(found) for found in values)
        return sorted({k for found in values for k in found if k >= least})

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        return LargestLaw(tuple(law.tighter() for law in self.laws))


@dataclass(frozen=True)
class SmallestLaw(_Extreme):
    """The smallest of independent variables: P(min ≥ t) = Π P(X_i ≥ t).

    Raises
    ------
    ValueError
        For no variables.

    Examples
    --------
    >>> from whp.theory.laws.binomial_law import BinomialLaw
    >>> SmallestLaw((BinomialLaw(1), BinomialLaw(2))).fraction(">=", Fraction(1))
    Fraction(3, 8)
    """

    laws: tuple[ScalarLaw, ...]

    def _all(self, relation: str) -> bool:
        return relation in (">", ">=")

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        ends = [law.support() for law in self.laws]
        return min(low for low, _ in ends), min(high for _, high in ends)

    def atoms(self) -> list[int]:
        """The values it takes."""
        values = [integer_atoms(law) for law in self.laws]
        most = min(max(found) for found in values)
        return sorted({k for found in values for k in found if k <= most})

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        return SmallestLaw(tuple(law.tighter() for law in self.laws))
