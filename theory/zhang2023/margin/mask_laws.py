"""Exact laws of what the mask keeps of a Gaussian readout: Tr D, ‖Da‖², ‖Da‖²/‖a‖² and ‖WᵀDa‖².

For a mask of fair coins independent of |a|, k = Tr D ~ Bin(m, 1/2) and m‖Da‖² | k ~ χ²_k. Chi-square and beta
distribution functions two degrees of freedom apart differ by one term, so a mixture over k costs O(m) ball operations.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar

from flint import acb, arb, ctx, fmpz
from sympy import Rational

from ...calculus.enclosure import Enclosure, workprec
from ...laws.elementary import AffineLaw, ChiSquareLaw, ConstantLaw, upper_tail
from ...laws.mixtures import chi2_log_quantiles, slices
from ...laws.protocol import ScalarLaw
from ...laws.tails import binomial_enclose, binomial_log_cdf, binomial_log_sf, chi2_enclose

__all__ = ["ActiveCountLaw", "ImageExcessLaw", "ImageNormLaw", "MaskedNormLaw", "MaskedShareLaw"]

_PREC = 192
# Up to this width the law of ‖WᵀDa‖² can be integrated.
_INTEGRATED = 128


@lru_cache(maxsize=256)
def _quantiles(d: int) -> tuple[arb, arb]:
    return chi2_log_quantiles(d, arb(2) ** -80)


@lru_cache(maxsize=4)
def _half_powers(m: int, bits: int) -> list[arb]:
    """C(m, k) 2^{-m} for k = 0 ... m at a working precision."""
    weights = [arb(2) ** fmpz(-m)]
    for k in range(m):
        weights.append(weights[-1] * (m - k) / (k + 1))
    return weights


def _chi2_family(m: int, y: Any) -> list[Any]:
    """P(χ²_k ≤ y) for k = 0 ... m, y > 0: F_{k+2} = F_k − (y/2)^{k/2} e^{−y/2}/Γ(k/2 + 1)."""
    half = y / 2
    found = [arb(1), half.sqrt().erf()]
    drops = [(-half).exp(), half.sqrt() * (-half).exp() * 2 / arb.pi().sqrt()]
    for k in range(m - 1):
        found.append(found[k] - drops[k])
        drops.append(drops[k] * half / (arb(k) / 2 + 1))
    return found[: m + 1]


def _beta_family(m: int, x: arb) -> list[arb]:
    """I_x(k/2, (m−k)/2) for k = 0 ... m, 0 < x < 1; 1 at k = 0 and 0 at k = m."""
    found = [arb(1)]
    steps = [arb(0)]
    for k in range(1, m):
        a, b = arb(k) / 2, arb(m - k) / 2
        if k <= 2:
            found.append(x.beta_lower(a, b, True) if k == 1 else 1 - (1 - x) ** b)
            log_beta = a.lgamma() + b.lgamma() - (a + b).lgamma()
            steps.append((a * x.log() + (b - 1) * (1 - x).log() - log_beta).exp() / a)
        else:
            found.append(found[k - 2] - steps[k - 2])
            steps.append(steps[k - 2] * x / (1 - x) * (b / a))
    return [*found, arb(0)][: m + 1]


def _mixture(m: int, values: Sequence[arb]) -> arb:
    return sum((w * v for w, v in zip(_half_powers(m, ctx.prec), values, strict=True)), arb(0))


class _Mixture(ScalarLaw):
    """A nonnegative variable with an atom 2^{-m} at 0, given by its distribution function at exact positive points."""

    m: int

    def enclose(self, relation: str, t: arb) -> Enclosure:
        strict = relation in ("<", ">=")
        below = self._at_most(t.lower(), strict)
        if not t.is_exact():
            below = Enclosure(below.lower, self._at_most(t.upper(), strict).upper)
        return below if relation in ("<", "<=") else upper_tail(below)

    def _at_most(self, t: arb, strict: bool) -> Enclosure:
        """P(X ≤ t), or P(X < t) if `strict`, at an exact point."""
        if t < 0 or (t == 0 and strict):
            return Enclosure.of(arb(0))
        bits = _PREC
        while True:
            with workprec(bits):
                below = self._below(t) if t > 0 else Enclosure.of(arb(2) ** fmpz(-self.m))
                # The atom bounds the probability from below, so this precision is enough for every point.
                if below.lower > 0 or bits > self.m + _PREC:
                    return Enclosure(below.lower.max(arb(0)), below.upper.min(arb(1)))
            bits *= 2

    def _below(self, t: arb) -> Enclosure:
        raise NotImplementedError


@dataclass(frozen=True)
class ActiveCountLaw(ScalarLaw):
    """Tr D ~ Bin(m, 1/2), the number of active neurons.

    Examples
    --------
    >>> ActiveCountLaw(3).mass(1).overlaps(arb(3) / 8)
    True
    """

    m: int

    log_gap: ClassVar[float] = 1e-6

    @staticmethod
    def described(m: Any) -> dict[str, Any]:
        """What it is in general terms."""
        return {"family": "binomial", "n": m, "p": Rational(1, 2)}

    def atoms(self) -> range:
        return range(self.m + 1)

    def mass(self, k: int) -> arb:
        """P(Tr D = k)."""
        with workprec(self.m + _PREC):
            return (arb(self.m + 1).lgamma() - arb(k + 1).lgamma() - arb(self.m - k + 1).lgamma()).exp() * arb(
                2
            ) ** fmpz(-self.m)

    def log_probability(self, relation: str, t: float) -> float:
        k = _last_below(arb(t), strict=relation in ("<", ">="))
        return binomial_log_cdf(self.m, k) if relation in ("<", "<=") else binomial_log_sf(self.m, k)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        k = _last_below(t, strict=relation in ("<", ">="))
        return binomial_enclose(self.m, k, upper=relation in (">", ">="))


def _last_below(t: arb, strict: bool) -> int:
    """The largest integer ≤ t, or < t if `strict`."""
    k = t.floor().unique_fmpz()
    if k is None:
        raise NotImplementedError(f"an integer threshold that a ball cannot tell from its neighbours: {t}")
    return int(k) - 1 if strict and t == k else int(k)


@dataclass(frozen=True)
class MaskedNormLaw(_Mixture):
    """‖Da‖²: m‖Da‖² | k ~ χ²_k, k ~ Bin(m, 1/2).

    Attributes
    ----------
    m : int
    active : hashable, optional
        The variable that counts the active neurons, for the law given it.

    Examples
    --------
    One neuron is switched off half of the time:

    >>> MaskedNormLaw(1).enclose("<=", arb("1e-30")).compare(">", arb(1) / 2)
    True
    """

    m: int
    active: Hashable = None

    @staticmethod
    def described(m: Any, active: Any = None) -> dict[str, Any]:
        """The mean of m independent squares of standard normals, each kept by a fair coin."""
        square = {"family": "masked", "p": Rational(1, 2), "of": {"family": "chi-square", "dof": 1}}
        copies = {"family": "copies", "of": square, "n": m, **({} if active is None else {"count": active})}
        return {"family": "affine", "of": copies, "scale": 1 / m, "shift": 0}

    def given(self, variable: Hashable, value: int) -> ScalarLaw:
        """The law given the number of active neurons."""
        if self.active is None or variable != self.active:
            raise NotImplementedError(f"no law of the masked norm given {variable}")
        return AffineLaw(ChiSquareLaw(value), Fraction(1, self.m)) if value else ConstantLaw(Fraction(0))

    def monotone_given(self, variable: Hashable) -> bool:
        """A chi-square grows with its degrees of freedom."""
        return self.active is not None and variable == self.active

    def _below(self, t: arb) -> Enclosure:
        return Enclosure.of(_mixture(self.m, _chi2_family(self.m, self.m * t)))


def _scaled(m: Any, d: Any, shift: Any) -> dict[str, Any]:
    mean = {"family": "affine", "of": {"family": "chi-square", "dof": d}, "scale": 1 / d, "shift": shift}
    return {"family": "scaled", "by": MaskedNormLaw.described(m), "of": mean}


@dataclass(frozen=True)
class MaskedShareLaw(_Mixture):
    """‖Da‖²/‖(I−D)a‖² = ρ/(1−ρ) with ρ | k ~ Beta(k/2, (m−k)/2), +inf where every neuron is active."""

    m: int

    @staticmethod
    def described(m: Any) -> dict[str, Any]:
        """Of m independent squares of standard normals, what a fair coin keeps over what it leaves."""
        square = {"family": "chi-square", "dof": 1}
        return {"family": "ratio", "p": Rational(1, 2), "of": square, "n": m}

    def _below(self, t: arb) -> Enclosure:
        return Enclosure.of(_mixture(self.m, _beta_family(self.m, t / (1 + t))))


@dataclass(frozen=True)
class ImageNormLaw(_Mixture):
    """‖WᵀDa‖² = ‖Da‖² χ²_d/d, enclosed by a monotone sum over slices of the chi-square, or integrated.

    Attributes
    ----------
    m, d : int
    integrated : bool
        Nearly exact, at a hundred times the cost.
    """

    m: int
    d: int
    integrated: bool = False

    @staticmethod
    def described(m: Any, d: Any) -> dict[str, Any]:
        """A mean of d squares of standard normals, times an independent masked norm."""
        return _scaled(m, d, 0)

    def tighter(self) -> ScalarLaw:
        """The same law with narrower enclosures, where it can be had in seconds."""
        if self.integrated or self.m > _INTEGRATED:
            return super().tighter()
        return ImageNormLaw(self.m, self.d, True)

    def _below(self, t: arb) -> Enclosure:
        return self._integral(t) if self.integrated else self._slices(t)

    def _integral(self, t: arb) -> Enclosure:
        """∫ P(‖Da‖² ≤ t d/y) dP(χ²_d ≤ y), in w = log y between points that leave 2^-80 on either side."""
        low, high = _quantiles(self.d)
        log_gamma = (arb(self.d) / 2).lgamma() + arb(self.d) / 2 * arb(2).log()

        def integrand(w: acb, _analytic: bool) -> acb:
            y = w.exp()
            weight = (w * self.d / 2 - y / 2 - log_gamma).exp()
            return weight * _mixture(self.m, _chi2_family(self.m, self.m * self.d * t / y))

        value = acb.integral(integrand, acb(low), acb(high), rel_tol=arb(2) ** -40).real
        return Enclosure.of(value + arb(0).union(arb(2) ** -79))

    def _slices(self, t: arb) -> Enclosure:
        low, high, above = arb(0), arb(0), arb(1)
        for _, end, mass in slices(self.d):
            # Given χ²_d in this slice the norm is at most t iff ‖Da‖² ≤ t d / χ²_d, a falling bound.
            now = self._masked(t * self.d / end) if end.is_finite() else arb(0)
            high += mass * above
            low += mass * now
            above = now
        return Enclosure(low.lower(), high.upper())

    def _masked(self, s: arb) -> arb:
        return _mixture(self.m, _chi2_family(self.m, self.m * s)).nonnegative_part().min(arb(1))


@dataclass(frozen=True)
class ImageExcessLaw(ScalarLaw):
    """‖WᵀDa‖² − ‖Da‖²/2 at threshold 0: it is 0 where D = 0, else it has the sign of χ²_d − d/2."""

    m: int
    d: int

    @staticmethod
    def described(m: Any, d: Any) -> dict[str, Any]:
        """A mean of d squares of standard normals less 1/2, times an independent masked norm."""
        return _scaled(m, d, Rational(-1, 2))

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if not t == 0:
            raise NotImplementedError("only the sign of this variable has an exact law")
        with workprec(self.m + _PREC):
            nothing = arb(2) ** fmpz(-self.m)
            negative = (1 - nothing) * chi2_enclose(self.d, Fraction(self.d, 2), upper=False).ball
            below = Enclosure.of(negative if relation in ("<", ">=") else negative + nothing)
            return below if relation in ("<", "<=") else upper_tail(below)
