"""Exact laws of random scalars as the deciders see them: certified enclosures and log probabilities of tails."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb, arb, fmpq

from . import law as _law
from ._margin_cdf import Margin
from .core import ScalarLaw
from .enclosure import Enclosure, compare, workprec
from .law import failure_probability
from .tails import chi2_enclose, chi2_log_cdf, chi2_log_sf, normal_enclose, normal_log_cdf, normal_log_sf

__all__ = [
    "AffineLaw",
    "ChiSquareLaw",
    "ConstantLaw",
    "CrossTermLaw",
    "DominatedLaw",
    "MarginLaw",
    "MarginRatioLaw",
    "NegatedLaw",
    "NormalLaw",
    "ProductSumLaw",
    "ScaleMixtureLaw",
    "SignLaw",
    "chi2_log_quantiles",
    "conditional",
    "slices",
    "upper_tail",
]

_PREC = 192
# Beyond e^16 times its mean a chi-square's tail is below e^{-10^6}.
_WIDEST = 16
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
# Up to this product of width and dimension a certified sum takes well under a second; floats decide beyond it.
_CERTIFIED_SIZE = 2**22


def _log1mexp(x: float) -> float:
    """log(1 - e^x) for x <= 0."""
    if x >= 0.0:
        return -math.inf
    return math.log(-math.expm1(x)) if x > -math.log(2) else math.log1p(-math.exp(x))


def upper_tail(cdf: Enclosure) -> Enclosure:
    """1 - cdf."""
    with workprec(_PREC):
        return Enclosure.of((1 - cdf.ball).nonnegative_part())


@lru_cache(maxsize=64)
def slices(k: int, cells: int = 96, reach: int = 24) -> tuple[tuple[arb, arb, arb], ...]:
    """(from, to, mass) of consecutive intervals of χ²_k up to e^{reach·σ}·k, σ² = 2/k; the last end is +inf.

    They partition [0, ∞); masses are enclosures, and their sum encloses 1.
    """
    with workprec(_PREC):
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
class MarginLaw:
    """The margin Q of one sample at width m and input dimension d (whp S1, S3, S8).

    Attributes
    ----------
    m, d : int
    readout : {"gaussian", "rademacher"}
    leak : Fraction
        Slope in [0, 1) of a leaky ReLU.

    Examples
    --------
    >>> from flint import arb
    >>> law = MarginLaw(1, 5)
    >>> law.enclose("<=", arb(0)).compare("<=", arb(1) / 2)
    True
    """

    m: int
    d: int
    readout: str = "gaussian"
    leak: Fraction = Fraction(0)

    def log_probability(self, relation: str, t: float) -> float:
        # The one atom is Q = 0 where no neuron is active; a leak removes it.
        if t == 0.0 and relation in ("<", ">=") and not self.leak:
            below = self._log_failure()
            gap = -self.m * math.log(2) - below
            strictly = below + _log1mexp(min(gap, 0.0))
            return strictly if relation == "<" else _log1mexp(strictly)
        if t == 0.0:
            return self._log_failure() if relation in ("<", "<=") else _log1mexp(self._log_failure())
        tail = _law.margin_logcdf if relation in ("<", "<=") else _law.margin_logsf
        return float(tail(self.m, self.d, t, readout=self.readout, leak=float(self.leak)))

    def _log_failure(self) -> float:
        return float(failure_probability(self.m, self.d, readout=self.readout, leak=self.leak, log=True))

    def log_any(self, relation: str, t: float, samples: int) -> float:
        """A bound on the log probability that one of several margins is at most t: all share ‖a‖ (whp S6)."""
        if relation not in ("<", "<="):
            raise NotImplementedError("the shared norm is used for lower tails")
        return float(
            failure_probability(
                self.m, self.d, threshold=t, samples=samples, readout=self.readout, leak=self.leak, log=True
            )
        )

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0 or self.leak or self.m * self.d > _CERTIFIED_SIZE:
            raise NotImplementedError("the margin is certified for ReLU at threshold 0 and moderate sizes")
        at_most = failure_probability(self.m, self.d, readout=self.readout, certified=True)
        assert isinstance(at_most, Enclosure)
        with workprec(_PREC):
            below = at_most.ball
            if relation in ("<", ">="):
                below = below - arb(2) ** -self.m
            value = below if relation in ("<", "<=") else 1 - below
            return Enclosure.of(value)


@dataclass(frozen=True)
class SignLaw:
    """A variable known to have the sign of another one: it answers at threshold 0 only."""

    base: ScalarLaw

    def log_probability(self, relation: str, t: float) -> float:
        if t != 0.0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        return self.base.log_probability(relation, 0.0)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        return self.base.enclose(relation, t)


@dataclass(frozen=True)
class AffineLaw:
    """The law of ``scale X + shift`` for an exact positive scale and an exact shift.

    Examples
    --------
    P(χ²_2 / 2 - 1 ≥ 0) = e^{-1}:

    >>> from fractions import Fraction
    >>> from flint import arb
    >>> law = AffineLaw(ChiSquareLaw(2), Fraction(1, 2), Fraction(-1))
    >>> law.enclose(">=", arb(0)).ball.overlaps(arb(-1).exp())
    True
    """

    base: ScalarLaw
    scale: Fraction
    shift: Fraction = Fraction(0)

    def log_probability(self, relation: str, t: float) -> float:
        return self.base.log_probability(relation, (t - float(self.shift)) / float(self.scale))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_PREC):
            return self.base.enclose(relation, (t - _ball(self.shift)) / _ball(self.scale))


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


@dataclass(frozen=True)
class ChiSquareLaw:
    """A chi-square variable with k degrees of freedom (continuous: strict and weak relations agree)."""

    k: int

    def log_probability(self, relation: str, t: float) -> float:
        return float((chi2_log_cdf if relation in ("<", "<=") else chi2_log_sf)(self.k, t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return chi2_enclose(self.k, t, upper=relation in (">", ">="))


@dataclass(frozen=True)
class MarginRatioLaw:
    """Q/‖a‖², which is independent of ‖a‖² (whp S6); in floats."""

    m: int
    d: int

    def log_probability(self, relation: str, t: float) -> float:
        margin = Margin(self.m, self.d, "gaussian", 0.0, unit_scale=True)
        return float(margin.logcdf(t) if relation in ("<", "<=") else margin.logsf(t))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        raise NotImplementedError("this law answers in floats")


@dataclass(frozen=True)
class NegatedLaw:
    """The law of -X."""

    base: ScalarLaw

    def log_probability(self, relation: str, t: float) -> float:
        return self.base.log_probability(_MIRROR[relation], -t)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        return self.base.enclose(_MIRROR[relation], -t)


@dataclass(frozen=True)
class ConstantLaw:
    """A variable that takes one value."""

    value: Fraction

    def log_probability(self, relation: str, t: float) -> float:
        return 0.0 if _HOLDS[relation](self.value, t) else -math.inf

    def enclose(self, relation: str, t: arb) -> Enclosure:
        decided = compare(_ball(self.value), relation, t)
        if decided is None:
            decided = "=" in relation if t == _ball(self.value) else None
        return Enclosure(arb(0), arb(1)) if decided is None else Enclosure.of(arb(int(decided)))


@dataclass(frozen=True)
class NormalLaw:
    """A centred normal variable of positive variance."""

    variance: arb

    def log_probability(self, relation: str, t: float) -> float:
        z = t / math.sqrt(float(self.variance))
        return normal_log_cdf(z) if relation in ("<", "<=") else normal_log_sf(z)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_PREC):
            return normal_enclose(t / self.variance.sqrt(), upper=relation in (">", ">="))


@dataclass(frozen=True)
class ScaleMixtureLaw:
    """aᵀh for a ~ N(0, I/m) independent of h ~ N(0, I): a centred normal with random variance χ²_m / m.

    P(X ≥ t) = ½ E erfc(t √m / √(2V)) with V ~ χ²_m is enclosed by a monotone sum over `cells` slices of V: the
    integrand increases in V, so its values at both ends of a slice bound it there.
    """

    m: int
    cells: int = 160

    def log_probability(self, relation: str, t: float) -> float:
        raise NotImplementedError("this law answers by enclosure")

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_PREC):
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

    def given(self, name: str, value: arb) -> ScalarLaw:
        """The law given ‖h‖²."""
        if name != "norm_h2":
            raise NotImplementedError(f"no law of the scale mixture given {name}")
        return NormalLaw(value / self.m)

    def _tail(self, v: arb, t: arb) -> arb:
        """P(N(0, v/m) ≥ t)."""
        if not v > 0:
            return arb(0)
        return (t * (self.m / (2 * v)).sqrt()).erfc() / 2


@dataclass(frozen=True)
class DominatedLaw:
    """A symmetric variable with lighter tails than `base`: the tail lies between 0 and the base's."""

    base: ScalarLaw

    def log_probability(self, relation: str, t: float) -> float:
        raise NotImplementedError("this law answers by enclosure")

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if (relation in (">", ">=") and t > 0) or (relation in ("<", "<=") and t < 0):
            return Enclosure(arb(0), self.base.enclose(relation, t).upper)
        raise NotImplementedError("a dominated law bounds its own two tails only")

    def given(self, name: str, value: arb) -> ScalarLaw:
        """Given the variable `name` still dominated, by the base's law given it."""
        return DominatedLaw(conditional(self.base, name, value))

    def worst_given(self, name: str, value: arb) -> ScalarLaw:
        """The heaviest tails among all outcomes with this value: the base's own, which some outcome attains."""
        return conditional(self.base, name, value)


def conditional(law: Any, name: str, value: Any, *, worst: bool = False) -> ScalarLaw:
    """The law given that the variable `name` has this value (``NotImplementedError`` where none is known).

    With `worst`, the heaviest one among the outcomes that share the value.
    """
    for method in ("worst_given", "given") if worst else ("given",):
        if hasattr(law, method):
            found: ScalarLaw = getattr(law, method)(name, value)
            return found
    raise NotImplementedError(f"no conditional law given {name}")


@dataclass(frozen=True)
class ProductSumLaw:
    """Σ_{k ≤ d} g_k h_k for independent standard normals: √χ²_d Z, hence √d times a scale mixture.

    Attributes
    ----------
    d : int
    integrated : bool
        Nearly exact, at ten times the cost.
    """

    d: int
    integrated: bool = False

    def log_probability(self, relation: str, t: float) -> float:
        raise NotImplementedError("this law answers by enclosure")

    def tighter(self) -> ScalarLaw | None:
        """The same law with narrower enclosures."""
        return None if self.integrated else ProductSumLaw(self.d, True)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        with workprec(_PREC):
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


@dataclass(frozen=True)
class CrossTermLaw:
    """T = aᵀ(I−D)WWᵀDa = (√(PN)/d) Σ_{k ≤ d} g_k h_k, P + N = ‖a‖²: tails bounded through √(PN) ≤ ‖a‖²/2."""

    m: int
    d: int

    def log_probability(self, relation: str, t: float) -> float:
        raise NotImplementedError("this law answers by enclosure")

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not ((relation in (">", ">=") and t > 0) or (relation in ("<", "<=") and t < 0)):
            raise NotImplementedError("a dominated law bounds its own two tails only")
        with workprec(_PREC):
            total, inner = arb(0), slices(self.d)
            for _, end, mass in slices(self.m):
                if not end.is_finite():
                    total += mass / 2
                    continue
                y = 2 * abs(t) * self.d * self.m / end
                total += mass * sum((p * _normal_tail(y, v) for _, v, p in inner), arb(0))
            return Enclosure(arb(0), total.upper())


def _normal_tail(y: arb, variance: arb) -> arb:
    """P(N(0, variance) ≥ y) for y > 0."""
    return (y / (2 * variance).sqrt()).erfc() / 2 if variance.is_finite() else arb(1) / 2
