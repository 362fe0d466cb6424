"""Noncentral chi-square laws: Poisson mixtures of central ones, summed between certified remainders."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from flint import arb, ctx
from sympy import Add, Expr, Rational, binomial, exp, gamma, hyper, log, oo, rf, sympify

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import exact
from .closed_forms import decided_positive, positive
from .continuous import ContinuousLaw
from .elementary import precision
from .lattice import log_sum
from .special import Array, entropy_term, log_complement, log_gammainc, log_gammaincc, stirling_remainder
from .tails import complement, epsilon, gamma_tail

__all__ = ["NoncentralChiSquareLaw"]

# Terms so many nats below the largest one are left out of sums in floats.
_DROP = 45.0
# Sums of more terms are left undone in floats, and bounded in balls.
_MOST_TERMS = 300_000

_HIGHEST = 1e290


class _TooManyTerms(Exception):
    pass


# Up to such powers a moment is written as a polynomial.
_WRITTEN = 64


@dataclass(frozen=True)
class NoncentralChiSquareLaw(ContinuousLaw):
    """|Z + v|² for a standard normal Z in R^k and |v|² = lam: χ²_{k+2J} for a Poisson J of mean lam/2.

    Both tails are monotone in k and in lam: χ²_{k+2j} grows with k and j, and J with lam.

    Attributes
    ----------
    k : Fraction
        Degrees of freedom, positive; an int becomes one.
    lam : Fraction
        Noncentrality, at least 0; an int becomes one.

    Raises
    ------
    ValueError
        For degrees of freedom that are not positive, or a negative noncentrality.

    Examples
    --------
    With one degree of freedom P(X ≤ 1) = P(|Z + 1| ≤ 1) = Φ(2) − 1/2 at noncentrality 1:

    >>> NoncentralChiSquareLaw(1, 1).enclose("<=", arb(1)).ball.overlaps(arb(2).sqrt().erf() / 2)
    True
    >>> from sympy import symbols
    >>> NoncentralChiSquareLaw.moment(1, *symbols("k l", positive=True))
    k + l
    """

    k: Fraction
    lam: Fraction

    monotone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", positive(self.k, "the degrees of freedom of a noncentral chi-square variable"))
        lam = exact(self.lam, "the noncentrality")
        if lam < 0:
            raise ValueError(f"the noncentrality of a chi-square variable must be at least 0, found {self.lam}")
        object.__setattr__(self, "lam", lam)

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        k, lam = map(sympify, parameters)
        power = sympify(power)
        if power.is_Integer and 0 <= power <= _WRITTEN:
            p = int(power)
            # 2^p E (k/2 + J)_p, by the binomial theorem of rising factorials: E J (J−1) ⋯ (J−j+1) = (lam/2)^j.
            terms = [binomial(p, j) * lam**j * 2 ** (p - j) * _rising(k / 2 + j, p - j) for j in range(p + 1)]
            return Add(*terms)
        if not decided_positive(k / 2 + power):
            return oo
        return 2**power * gamma(k / 2 + power) / gamma(k / 2) * hyper([-power], [k / 2], -lam / 2)

    @staticmethod
    def log_mgf(s: Expr, *parameters: Expr) -> tuple[Expr, Expr, Expr]:
        k, lam = map(sympify, parameters)
        return lam * s / (1 - 2 * s) - k / 2 * log(1 - 2 * s), -oo, Rational(1, 2)

    @staticmethod
    def density(x: Expr, *parameters: Expr) -> Expr:
        k, lam = map(sympify, parameters)
        central = x ** (k / 2 - 1) * exp(-(x + lam) / 2) / (2 ** (k / 2) * gamma(k / 2))
        return central * hyper([], [k / 2], lam * x / 4)

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), math.inf

    def seconds(self, t: float) -> float:
        """The sums have as many terms as the Poisson variable has likely values."""
        return 1e-3 + 2e-4 * math.sqrt(float(self.lam))

    def log_probability(self, relation: str, t: float) -> float:
        upper = relation in (">", ">=")
        if t <= 0 or math.isinf(t):
            return 0.0 if (t <= 0) == upper else -math.inf
        # Each tail is summed on its own side of the mean.
        above = t > self.k + self.lam
        if above and t > _HIGHEST:
            raise NotImplementedError(f"a noncentral chi-square tail in floats at {t}")
        logs = self._log_terms(t / 2, above)
        first, last = _window(logs, float(self.lam) / 2, _DROP)
        if last - first > _MOST_TERMS:
            raise NotImplementedError(f"a sum over {last - first} values of the mixing variable")
        tail = min(0.0, float(log_sum(logs(np.arange(first, last + 1, dtype=np.float64)))))
        return tail if above == upper else log_complement(tail)

    def _log_terms(self, y: float, upper: bool) -> Callable[[Array], Array]:
        """Logarithms of P(J = j) times a tail of χ²_{k+2j} at 2y, concave in j."""
        half, mean = float(self.k) / 2, float(self.lam) / 2

        def logs(j: Array) -> Array:
            tail = (log_gammaincc if upper else log_gammainc)(half + j, y)
            return tail + _log_poisson(j, mean)

        return logs

    def _enclose(self, relation: str, t: arb | Fraction) -> Enclosure:
        try:
            return super()._enclose(relation, t)
        except _TooManyTerms:
            return self._chernoff(relation in (">", ">="), t)

    def _chernoff(self, upper: bool, t: arb | Fraction) -> Enclosure:
        """The tail on the other side of the mean lies between 0 and inf_s E e^{s(X − t)}."""
        with workprec(precision()):
            point, k, lam = t if isinstance(t, arb) else exact_ball(t), exact_ball(self.k), exact_ball(self.lam)
            above = bool(point.lower() > k + lam)
            if not above and not point.upper() < k + lam:
                return Enclosure(arb(0), arb(1))
            end = point.lower() if above else point.upper()
            # At s = (1 − u)/2 the exponent has the derivative 0; any u > 0 gives a bound.
            u = ((k + (k * k + 4 * lam * end).sqrt()) / (2 * end)).mid()
            s = (1 - u) / 2
            bound = (lam * s / u - k / 2 * u.log() - s * end).exp().upper().min(arb(1))
            return Enclosure(arb(0), bound) if above == upper else Enclosure(1 - bound, arb(1))

    def tail_at(self, t: arb, upper: bool) -> arb:
        if t <= 0:
            return arb(int(upper))
        if self.lam == 0:
            return gamma_tail(self.k / 2, t / 2, upper)
        above = bool(t > exact_ball(self.k + self.lam))
        tail = self._sum(t / 2, above)
        return tail if above == upper else complement(tail)

    def _sum(self, y: arb, upper: bool) -> arb:
        """Σ_j P(J = j) T_j over the j that count, T_j the tail of χ²_{k+2j} at 2y; the rest is bounded.

        With p_j = y^{a+j} e^{−y}/Γ(a+j+1), a = k/2, upper tails grow by T_{j+1} = T_j + p_j and lower ones fall by as
        much. T_{j+1}/T_j decreases in j, since T_j/p_j = (a+j) ∫₀^∞ (1+u)^{a+j−1} e^{−yu} du increases, and of lower
        tails Σ_n y^n/(a+j+1)_n decreases. So the terms are log-concave, and what is left out at either end is less than
        a geometric series from there.
        """
        mean, a = exact_ball(self.lam / 2), exact_ball(self.k / 2)
        # Floats only say where to begin.
        at = max(float(y.mid()), 1 / _HIGHEST)
        if at > _HIGHEST:
            raise _TooManyTerms
        bits = max(ctx.prec, 192)
        first, last = _window(self._log_terms(at, upper), float(self.lam) / 2, 0.7 * bits + 10)
        if last - first > _MOST_TERMS:
            raise _TooManyTerms
        # Upper tails are summed upwards and lower ones downwards: there the recursion adds positive numbers.
        j, step = (first, 1) if upper else (last, -1)
        tail = gamma_tail(self.k / 2 + j, y, upper)
        jump = ((a + j) * y.log() - y - (a + j + 1).lgamma()).exp()
        weight = (-mean + j * mean.log() - arb(j + 1).lgamma()).exp()
        term, left_out = weight * tail, arb(0)
        if upper and j > 0:
            before = jump * (a + j) / y
            ratio = j / mean * (1 - before / tail)
            left_out = _geometric(term, ratio)
        elif not upper:
            ratio = mean / (j + 1) * (1 - jump / tail)
            left_out = _geometric(term, ratio)
        total, threshold = arb(0), epsilon()
        for _ in range(_MOST_TERMS):
            total += term
            if upper:
                tail += jump
                jump = jump * y / (a + j + 1)
                weight = weight * mean / (j + 1)
            elif j == 0:
                return total + left_out
            else:
                jump = jump * (a + j) / y
                tail += jump
                weight = weight * j / mean
            j += step
            before, term = term, weight * tail
            if term < total * threshold and term < before:
                return total + left_out + _geometric(before, term / before)
        raise _TooManyTerms


def _geometric(term: arb, ratio: arb) -> arb:
    """What a series of positive terms leaves out beyond `term`, if their ratios stay below this one."""
    if not ratio < 1:
        # At a higher precision the ratio is known, and the window is wider.
        return arb(0, 1)
    return arb(0).union(term * ratio / (1 - ratio))


def _rising(base: Expr, count: int) -> Expr:
    return rf(base, count).expand(func=True) if count else sympify(1)


def _log_poisson(j: Array, mean: float) -> Array:
    """log P(J = j) for a Poisson variable, as a relative entropy."""
    if mean == 0:
        return np.where(j == 0, 0.0, -np.inf)
    whole = np.maximum(j, 1.0)
    stirling: Array = -entropy_term(whole, mean) - stirling_remainder(whole) - 0.5 * np.log(2 * np.pi * whole)
    return np.where(j == 0, -mean, stirling)


def _window(logs: Callable[[Array], Array], start: float, drop: float) -> tuple[int, int]:
    """The integers from 0 on at which a concave function lies within `drop` of its maximum, and at most one more."""

    def at(j: int) -> float:
        return float(logs(np.array([float(j)]))[0])

    low, high = -1, max(1, math.ceil(start))
    while at(high + 1) > at(high):
        low, high = high, 2 * high
    # The largest value is taken in (low, high].
    while high - low > 1:
        middle = (low + high) // 2
        if at(middle + 1) > at(middle):
            low = middle
        else:
            high = middle
    peak, top = high, at(high)
    first = _crossing(lambda j: at(j) >= top - drop, -1, peak)
    reach = 1
    while at(peak + reach) >= top - drop:
        reach *= 2
    last = peak + reach - _crossing(lambda j: at(peak + reach - j) >= top - drop, 0, reach)
    return first, last + 1


def _crossing(inside: Callable[[int], bool], low: int, high: int) -> int:
    """The first integer in (low, high] that is inside, if those after it are too and `high` is."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if inside(middle) else (middle, high)
    return high
