"""The margin's laws as the deciders see them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb
from sympy import Rational, Symbol, sqrt

from ...calculus.enclosure import Enclosure, workprec
from ...laws.elementary import PRECISION
from ...laws.mixtures import normal_tail, slices
from ...laws.protocol import ScalarLaw
from . import law as _law
from ._cdf import Margin
from ._sign_floats import log_agreement_failure
from .law import failure_probability

__all__ = ["CrossTermLaw", "MarginLaw", "MarginRatioLaw", "SignMarginLaw", "SignWitnessLaw"]

# Up to this product of width and dimension a certified sum takes well under a second; floats decide beyond it.
_CERTIFIED_SIZE = 2**22
# Up to these sizes a certified sign step takes less than a second.
_CERTIFIED_SIGN_SIZE = 256


def _log1mexp(x: float) -> float:
    """log(1 - e^x) for x <= 0."""
    if x >= 0.0:
        return -math.inf
    return math.log(-math.expm1(x)) if x > -math.log(2) else math.log1p(-math.exp(x))


@dataclass(frozen=True)
class MarginLaw(ScalarLaw):
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

    @staticmethod
    def described(m: Any, d: Any) -> dict[str, Any]:
        """The law S1 of a Gaussian readout under a ReLU, in general terms."""
        return {"family": "masked pair", "n": m, "p": Rational(1, 2), "d": d, "norm": "the readout's norm"}

    log_gap: ClassVar[float] = 1e-6

    def seconds(self, t: float) -> float:
        # At 0 a finite recurrence answers, elsewhere a quadrature.
        return 1.2 if t else 0.25 if self.readout == "rademacher" else 0.02

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
        with workprec(PRECISION):
            below = at_most.ball
            if relation in ("<", ">="):
                below = below - arb(2) ** -self.m
            value = below if relation in ("<", "<=") else 1 - below
            return Enclosure.of(value)


@dataclass(frozen=True)
class MarginRatioLaw(ScalarLaw):
    """Q/‖a‖², which is independent of ‖a‖² (whp S6); in floats."""

    m: int
    d: int

    log_gap: ClassVar[float] = 1e-6
    continuous: ClassVar[bool] = True

    def seconds(self, t: float) -> float:
        return 0.1

    def log_probability(self, relation: str, t: float) -> float:
        margin = Margin(self.m, self.d, "gaussian", 0.0, unit_scale=True)
        return float(margin.logcdf(t) if relation in ("<", "<=") else margin.logsf(t))


@dataclass(frozen=True)
class SignMarginLaw(ScalarLaw):
    """The margin of one step along the sign of the gradient, at threshold 0 (whp S17).

    Examples
    --------
    >>> from flint import arb
    >>> SignMarginLaw(3, 1).enclose("<=", arb(0)).compare("<=", arb(5) / 16)
    True
    """

    m: int
    d: int

    log_gap: ClassVar[float] = 1e-6

    def seconds(self, t: float) -> float:
        return 0.3

    def log_probability(self, relation: str, t: float) -> float:
        if t != 0.0:
            raise NotImplementedError("the margin of a sign step has a law at threshold 0 only")
        log_failure = float(failure_probability(self.m, self.d, noise="sign", log=True))
        if relation in ("<", ">="):
            # The one atom is 0, where no neuron is active.
            log_failure += _log1mexp(min(-self.m * math.log(2) - log_failure, 0.0))
        return log_failure if relation in ("<", "<=") else _log1mexp(log_failure)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0 or max(self.m, self.d) > _CERTIFIED_SIGN_SIZE:
            raise NotImplementedError("the margin of a sign step is certified at threshold 0 and moderate sizes")
        at_most = failure_probability(self.m, self.d, noise="sign", certified=True)
        with workprec(PRECISION):
            below = at_most.ball - (arb(2) ** -self.m if relation in ("<", ">=") else 0)
            return Enclosure.of(below if relation in ("<", "<=") else 1 - below)


@dataclass(frozen=True)
class SignWitnessLaw(ScalarLaw):
    """⟨sign(Wᵀa), sign ∇f(x)⟩ = 2K − d at threshold 0, K the coordinates that agree (whp S17); in floats."""

    m: int
    d: int

    log_gap: ClassVar[float] = 1e-6

    def seconds(self, t: float) -> float:
        return 0.05

    def log_probability(self, relation: str, t: float) -> float:
        if t != 0.0 or relation not in ("<=", ">"):
            raise NotImplementedError("the agreement of signs has a law at threshold 0 only")
        log_failure = log_agreement_failure(self.m, self.d)
        return log_failure if relation == "<=" else _log1mexp(log_failure)


@dataclass(frozen=True)
class CrossTermLaw(ScalarLaw):
    """T = aᵀ(I−D)WWᵀDa = (√(PN)/d) Σ_{k ≤ d} g_k h_k, P + N = ‖a‖²: tails bounded through √(PN) ≤ ‖a‖²/2."""

    m: int
    d: int

    @staticmethod
    def described(m: Any, d: Any) -> dict[str, Any]:
        """A sum of d products of independent standard normals, its scale at most ‖a‖²/(2d)."""
        norm = {"family": "affine", "of": {"family": "chi-square", "dof": m}, "scale": 1 / (2 * m * d), "shift": 0}
        products = {"family": "normal products", "n": d}
        return {"family": "dominated", "by": norm, "of": products}

    # The variables given which `described_given` is the law: the mask and the readout.
    given_names: ClassVar[tuple[str, ...]] = ("D", "a")

    @staticmethod
    def described_given(_m: Any, d: Any) -> dict[str, Any]:
        """Given the mask and the readout, its scale is ‖a_D̄‖‖a_D‖/d."""
        scale = sqrt(Symbol("norm_aoff2", positive=True)) * sqrt(Symbol("norm_aD2", positive=True)) / d
        return {"family": "affine", "of": {"family": "normal products", "n": d}, "scale": scale, "shift": 0}

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not ((relation in (">", ">=") and t > 0) or (relation in ("<", "<=") and t < 0)):
            raise NotImplementedError("a dominated law bounds its own two tails only")
        with workprec(PRECISION):
            total, inner = arb(0), slices(self.d)
            for _, end, mass in slices(self.m):
                if not end.is_finite():
                    total += mass / 2
                    continue
                y = 2 * abs(t) * self.d * self.m / end
                total += mass * sum((p * normal_tail(y, v) for _, v, p in inner), arb(0))
            return Enclosure(arb(0), total.upper())
