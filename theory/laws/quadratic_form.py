"""The law of a weighted sum of squared normals, of any signs, by a contour integral in balls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import acb, arb
from sympy import Add, Expr, Integer, Rational, binomial, factorial, log, oo

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .compound import CompoundLaw
from .elementary import precision
from .tails import chi2_enclose

__all__ = ["QuadraticFormLaw"]

_KEPT_BITS = 80
"""Relative accuracy of the integral."""


@dataclass(frozen=True)
class QuadraticFormLaw(CompoundLaw):
    """Q = Σ_i λ_i Z_i² for independent standard normals and exact rational λ_i of any sign.

    With M(s) = Π_i (1 - 2 λ_i s)^{-1/2}, finite for real s in an interval around 0, and x > 0,

        P(Q > x) = 1/(2πi) ∫ M(s) e^{-sx} ds/s

    along any upward path through c > 0 in that interval; through c < 0 it is -P(Q ≤ x). The singularities are real, so
    that the path may be two rays from c that lean towards the right, where e^{-sx} decays; the imaginary part of the
    upper one's integral is π times the whole. c is near the saddle point: no digits of a small probability are lost.

    Attributes
    ----------
    eigenvalues : tuple of Fraction
        Zeros are left out.

    Examples
    --------
    Z₁² + Z₂² - Z₃² - Z₄² is a difference of exponentials of mean 2, a Laplace variable:

    >>> law = QuadraticFormLaw((1, 1, -1, -1))
    >>> law.enclose(">", arb(2)).ball.overlaps(arb(-1).exp() / 2)
    True
    """

    eigenvalues: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        values = tuple(sorted(exact(value, "eigenvalue") for value in self.eigenvalues))
        if not any(values):
            raise ValueError(
                "a quadratic form needs an eigenvalue other than 0, found none; a constant has its own law"
            )
        object.__setattr__(self, "eigenvalues", tuple(value for value in values if value))

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E Q^p for whole p, by the cumulants 2^{k-1} (k - 1)! Σ λ_i^k."""
        if not (power.is_Integer and power.is_nonnegative):
            raise NotImplementedError("of a quadratic form the moments of whole order are known")
        p = int(power)
        cumulant = [2 ** (k - 1) * factorial(k - 1) * Add(*(value**k for value in parameters)) for k in range(1, p + 1)]
        found: list[Expr] = [Integer(1)]
        for k in range(1, p + 1):
            terms = (binomial(k - 1, j) * cumulant[j] * found[k - 1 - j] for j in range(k))
            found.append(Add(*terms).expand())
        return found[p]

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        """-½ Σ log(1 - 2 λ_i s), finite where every 2 λ_i s is below 1."""
        value = Add(*(-log(1 - 2 * each * s) * Rational(1, 2) for each in parameters))
        positive = [each for each in parameters if each.is_positive]
        negative = [each for each in parameters if each.is_negative]
        if len(positive) + len(negative) + sum(bool(each.is_zero) for each in parameters) < len(parameters):
            raise NotImplementedError("the generating function of a quadratic form needs eigenvalues of known sign")
        ends = [max((1 / (2 * each) for each in negative), default=-oo)]
        ends.append(min((1 / (2 * each) for each in positive), default=oo))
        return value, ends[0], ends[1]

    @cached_property
    def _groups(self) -> tuple[tuple[Fraction, int], ...]:
        """Different eigenvalues with their multiplicities."""
        return tuple((value, self.eigenvalues.count(value)) for value in sorted(set(self.eigenvalues)))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        low, high = self.eigenvalues[0], self.eigenvalues[-1]
        return Fraction(0) if low > 0 else -math.inf, Fraction(0) if high < 0 else math.inf

    def seconds(self, t: float) -> float:
        return 0.02 * (1 + len(self._groups))

    def _at(self, t: Fraction, upper: bool) -> Enclosure:
        if len(self._groups) == 1:
            ((value, count),) = self._groups
            return chi2_enclose(count, t / value, upper == (value > 0))
        if t < 0:
            return QuadraticFormLaw(tuple(-value for value in self.eigenvalues))._at(-t, not upper)
        low, high = self.support()
        if t <= low or t >= high:
            return Enclosure.of(arb(int((t <= low) == upper)))
        # The smaller tail is integrated, with the other one as its complement.
        left = t < sum(self.eigenvalues)
        with workprec(precision()):
            tail = self._contour(t, right=not left)
            found = tail if left != upper else 1 - tail
            return Enclosure(found.lower().max(arb(0)), found.upper().min(arb(1)))

    def _saddle(self, x: Fraction, *, right: bool) -> Fraction:
        """A rational c > 0 (`right`) or c < 0 near the saddle point of M(s) e^{-sx}/|s|, with M finite between."""
        end = self.eigenvalues[-1] if right else self.eigenvalues[0]
        bounded = end > 0 if right else end < 0
        scale = 1 / (2 * max(abs(self.eigenvalues[0]), abs(self.eigenvalues[-1])))

        def point(u: float) -> Fraction:
            # For a bounded side 1 - e^{-u} of the way to its end, which is exact near either of the two.
            if not bounded:
                return scale * Fraction(math.exp(u)) * (1 if right else -1)
            share = Fraction(1) / (1 + Fraction(math.exp(-u)))
            return share / (2 * end)

        def slope(c: Fraction) -> Fraction:
            # The derivative of log M(c) - cx - log |c|.
            return sum((count * value / (1 - 2 * value * c) for value, count in self._groups), -x) - 1 / c

        low, high = -300.0, 300.0
        for _ in range(60):
            middle = (low + high) / 2
            if (slope(point(middle)) > 0) == right:
                high = middle
            else:
                low = middle
        return point(round(high, 6))

    def _contour(self, x: Fraction, *, right: bool) -> arb:
        """P(Q > x) by the rays from c > 0 (`right`), or P(Q ≤ x) from c < 0, for x ≥ 0."""
        start = self._saddle(x, right=right)
        c, point = exact_ball(start), exact_ball(x)
        half, root = arb(1) / 2, arb(3).sqrt() / 2
        ray = acb(half, root)
        factors = [(exact_ball(value), count) for value, count in self._groups]
        degree = sum(count for _, count in self._groups)
        # The integrand relative to its value at c, whose size is put back at the end.
        at_start = -c * point - abs(c).log()
        for value, count in factors:
            at_start -= (1 - 2 * value * c).log() * count / 2

        def integrand(u: acb, analytic: bool) -> acb:
            r = u.exp()
            s = c + r * ray
            found = (-s * point - at_start).exp() / s * ray * r
            for value, count in factors:
                base = (1 - 2 * value * s).rsqrt(analytic=analytic)
                found *= base**count
            return found

        distances = [abs(c), *(abs(exact_ball(1 / (2 * value)) - c) for value, _ in self._groups)]
        nearest = distances[0]
        for each in distances[1:]:
            nearest = nearest.min(each)
        nearest = nearest.lower()
        # What may be left out on either side, in units of the integrand at c.
        log_spared = nearest.log() - (_KEPT_BITS + 16) * arb(2).log()
        # Within this distance every factor of the integrand keeps so near its value at c that it is below twice that.
        first = (log_spared - arb(16 + degree).log()).mid()
        # Beyond r, |1 - 2λs| ≥ 2|λ| r sin θ and |s| ≥ r sin θ.
        scale = (arb(2) / degree).log() - root.log() - c * point - at_start
        for value, count in factors:
            scale -= (2 * abs(value) * root).log() * count / 2

        def log_beyond(u: arb) -> arb:
            return scale - u * degree / 2 - u.exp() * half * point

        last = first
        while not log_beyond(last) < log_spared:
            last = (last + 1).mid()
        spared = log_beyond(last).exp() + 2 * first.exp()
        tolerance = (nearest * arb(2) ** -_KEPT_BITS).mid()
        total = acb.integral(integrand, acb(first), acb(last), rel_tol=arb(2) ** -_KEPT_BITS, abs_tol=tolerance).imag
        total = total + arb(0).union(spared) - arb(0).union(spared)
        return (total if right else -total) * at_start.exp() / arb.pi()
