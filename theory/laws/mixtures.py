"""Normal laws with a random variance, enclosed by monotone sums over slices of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from flint import acb, arb

from ..calculus.enclosure import Enclosure, workprec
from .elementary import PRECISION, NormalLaw, upper_tail
from .protocol import ScalarLaw
from .tails import chi2_enclose

__all__ = ["ProductSumLaw", "ScaleMixtureLaw", "chi2_log_quantiles", "normal_tail", "slices"]

# Beyond e^16 times its mean a chi-square's tail is below e^{-10^6}.
_WIDEST = 16


@lru_cache(maxsize=64)
def slices(k: int, cells: int = 96, reach: int = 24) -> tuple[tuple[arb, arb, arb], ...]:
    """(from, to, mass) of consecutive intervals of χ²_k up to e^{reach·σ}·k, σ² = 2/k; the last end is +inf.

    They partition [0, ∞); masses are enclosures, and their sum encloses 1.

    Parameters
    ----------
    k : int
        Degrees of freedom.
    cells : int
        Number of intervals between e^{-reach·σ}·k and e^{reach·σ}·k.
    reach : int
    """
    with workprec(PRECISION):
        width = (reach * (2 / arb(k)).sqrt()).min(arb(_WIDEST))
        ends = [arb(0), *((k * (width * (2 * arb(j) / cells - 1)).exp()).mid() for j in range(cells + 1))]
        # Each tail is differenced on its own side of the mean, where it is small and its relative precision counts.
        below = [arb(0), *(chi2_enclose(k, x, upper=False).ball for x in ends[1:])]
        above = [arb(1), *(chi2_enclose(k, x, upper=True).ball for x in ends[1:])]
        found = []
        for j in range(len(ends) - 1):
            mass = below[j + 1] - below[j] if ends[j + 1] < k else above[j] - above[j + 1]
            found.append((ends[j], ends[j + 1], mass.nonnegative_part()))
        found.append((ends[-1], arb.pos_inf(), above[-1]))
        return tuple(found)


def chi2_log_quantiles(k: int, mass: arb) -> tuple[arb, arb]:
    """Logarithms of two points that leave at most `mass` of χ²_k below the first and above the second."""
    low = high = arb(k).log().mid()
    step = (2 / arb(k)).sqrt().mid()
    while not chi2_enclose(k, low.exp().mid(), upper=False).upper < mass:
        low = (low - step).mid()
    while not chi2_enclose(k, high.exp().mid(), upper=True).upper < mass:
        high = (high + step / 2).mid()
    return low, high


@dataclass(frozen=True)
class ScaleMixtureLaw(ScalarLaw):
    """aᵀh for a ~ N(0, I/m) independent of h ~ N(0, I): a centred normal with random variance χ²_m / m.

    P(X ≥ t) = ½ E erfc(t √m / √(2V)) with V ~ χ²_m is enclosed by a monotone sum over `cells` slices of V: the
    integrand increases in V, so its values at both ends of a slice bound it there.

    Attributes
    ----------
    m : int
    mixing : hashable, optional
        The variable that is V, for the law given it.
    cells : int
    """

    m: int
    mixing: Hashable = None
    cells: int = 160

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(PRECISION):
            if relation in ("<", "<="):
                return self.enclose(">", -t)
            if t < 0:
                return upper_tail(self.enclose(">", -t))
            if not t > 0:
                return Enclosure.of(arb(1) / 2)
            low, high = arb(0), arb(0)
            for start, end, mass in slices(self.m, self.cells, 40):
                low += mass * self._tail(start, t)
                high += mass * (self._tail(end, t) if end.is_finite() else arb(1) / 2)
            return Enclosure(low.lower().max(arb(0)), high.upper())

    def given(self, variable: Hashable, value: arb) -> ScalarLaw:
        """The law given m times its random variance."""
        if self.mixing is None or variable != self.mixing:
            raise NotImplementedError(f"no law of the scale mixture given {variable}")
        return NormalLaw(value / self.m)

    def monotone_given(self, variable: Hashable) -> bool:
        """A centred normal's tails grow with its variance."""
        return self.mixing is not None and variable == self.mixing

    def _tail(self, v: arb, t: arb) -> arb:
        """P(N(0, v/m) ≥ t)."""
        if not v > 0:
            return arb(0)
        return (t * (self.m / (2 * v)).sqrt()).erfc() / 2


@dataclass(frozen=True)
class ProductSumLaw(ScalarLaw):
    """Σ_{k ≤ d} g_k h_k for independent standard normals: √χ²_d Z, hence √d times a scale mixture.

    Attributes
    ----------
    d : int
    integrated : bool
        Nearly exact, at ten times the cost.
    """

    d: int
    integrated: bool = False

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures."""
        return super().tighter() if self.integrated else ProductSumLaw(self.d, True)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(PRECISION):
            coarse = ScaleMixtureLaw(self.d).enclose(relation, t / arb(self.d).sqrt())
            outer = (relation in (">", ">=") and t > 0) or (relation in ("<", "<=") and t < 0)
            return self._integral(abs(t), coarse.lower) if self.integrated and outer else coarse

    def _integral(self, t: arb, floor: arb) -> Enclosure:
        """½ E erfc(t/√(2V)) over the part of V ~ χ²_d that leaves out less than 2^-60 of a lower bound of it."""
        if not floor > 0:
            raise NotImplementedError("the coarse enclosure has no positive lower end")
        left_out = (floor * arb(2) ** -60).lower()
        low, high = chi2_log_quantiles(self.d, left_out)
        log_norm = (arb(self.d) / 2).lgamma() + arb(self.d) / 2 * arb(2).log()

        def integrand(w: acb, _analytic: bool) -> acb:
            v = w.exp()
            weight = (w * self.d / 2 - v / 2 - log_norm).exp()
            return weight * (t / (2 * v).sqrt()).erfc() / 2

        value = acb.integral(integrand, acb(low), acb(high), rel_tol=arb(2) ** -40, abs_tol=left_out).real
        return Enclosure.of(value + arb(0).union(2 * left_out))


def normal_tail(y: arb, variance: arb) -> arb:
    """P(N(0, variance) ≥ y) for y > 0."""
    return (y / (2 * variance).sqrt()).erfc() / 2 if variance.is_finite() else arb(1) / 2
