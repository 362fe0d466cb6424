"""Exact laws of the largest deviations of an empirical distribution function, one-sided and two-sided."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq, fmpq_poly, fmpz, fmpz_poly
from sympy import Dummy, Expr, Integer, Rational, Sum, factorial

from ..calculus.enclosure import Enclosure, workprec
from ..calculus.exact import exact_ball
from ..calculus.validate import size
from .compound import CompoundLaw, binary_fraction
from .elementary import precision

__all__ = ["KolmogorovLaw", "OneSidedKolmogorovLaw"]

# Exact probabilities of more variables have too many digits.
_EXACT = 400
# The recursion takes about so many steps times coefficients in a few seconds.
_RECURSION = 3_000_000
# Slopes of more variables are not summed.
_SLOPES = 200


@dataclass(frozen=True)
class OneSidedKolmogorovLaw(CompoundLaw):
    """sup_x (F_n(x) - F(x)) for n independent variables with a continuous distribution function F.

    P(D⁺ ≥ t) = t Σ_{j ≤ n(1 - t)} C(n, j) (t + j/n)^{j-1} (1 - t - j/n)^{n-j} for 0 < t ≤ 1 (Birnbaum and Tingey
    1951); the whole sum over j ≤ n is 1 (Abel), so that the remaining terms are the other tail.

    Examples
    --------
    >>> law = OneSidedKolmogorovLaw(2)
    >>> law.fraction(">=", Fraction(1, 2)), law.enclose("<", arb("0.5")).ball.overlaps(arb("0.75"))
    (Fraction(1, 4), True)
    """

    n: int

    def __post_init__(self) -> None:
        size(self.n, "number of variables n")

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E D⁺ = n!/(2 n^{n+1}) Σ_{i<n} n^i/i! (Birnbaum and Pyke 1958)."""
        (n,) = parameters
        if power != 1:
            raise NotImplementedError("of the moments of the one-sided deviation only the mean is known")
        i = Dummy("i", integer=True)
        return factorial(n) / (2 * n ** (n + 1)) * Sum(n**i / factorial(i), (i, 0, n - 1))

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(0), Fraction(1)

    def seconds(self, t: float) -> float:
        # Of the two sums the cheaper one is taken.
        rest = self.n * min(max(t, 0.0), 1.0)
        return 1e-4 + 1e-5 * min(self.n, (1 + rest) * (1 + rest / 100))

    def slope(self, t: arb) -> arb:
        n = self.n
        t = t.max(arb(0)).min(arb(1))
        if n * t <= 1:
            # P(D⁺ < t) = t (1 + t)^{n-1}.
            return -((1 + t) ** (n - 2)) * (1 + n * t)
        if n > _SLOPES:
            raise NotImplementedError(f"slopes beyond 1/n are summed up to n = {_SLOPES}")
        total, last = arb(0), math.floor(n * (1 - binary_fraction(t.lower())))
        for j in range(min(last, n - 1) + 1):
            place, rest, power = arb(j) / n, arb(0).max(1 - t - arb(j) / n), n - j
            # With x = t + j/n: d/dt of t x^{j-1} is x^{j-2} (x + (j - 1) t).
            x = t + place
            rises = arb(0) if j == 0 else x ** (j - 2) * (x + (j - 1) * t)
            falls = arb(1) if j == 0 else t * x ** (j - 1)
            # Where a term ends with a corner, its slope takes both values.
            edge = rest ** (power - 1) if power > 1 or 1 - t - place > 0 else arb(0).union(arb(1))
            total += arb(math.comb(n, j)) * (rises * rest**power - falls * power * edge)
        return total

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        upper = relation in (">", ">=")
        if not 0 < t < 1:
            return Fraction(int((t <= 0) == upper))
        if self.n > _EXACT:
            raise NotImplementedError(f"exact probabilities are summed up to n = {_EXACT}")
        # Over the common denominator n q, with t = p/q: integers only.
        p, q, n = t.numerator, t.denominator, self.n
        total = Fraction(0)
        for j in range(self._last(t) + 1):
            start, rest = n * p + j * q, n * q - n * p - j * q
            total += Fraction(math.comb(n, j) * n * p * rest ** (n - j) * start**j, start * (n * q) ** n)
        return total if upper else 1 - total

    def _last(self, t: Fraction) -> int:
        """The last term of the upper tail."""
        return math.floor(self.n * (1 - t))

    def _short(self, t: Fraction, upper: bool) -> bool:
        """Whether to sum the terms of the lower tail, fewer near 0: they alternate, and need more digits."""
        rest = self.n - self._last(t)
        if not upper and 2 * rest <= self.n:
            return True
        return rest * (precision() + 2 * rest + int(3 * rest * t)) < precision() * (self.n - rest)

    def _bits(self, t: Fraction, upper: bool) -> int:
        if not self._short(t, upper):
            return precision()
        rest = self.n - self._last(t)
        # The complement of a lower tail: the other one is about e^{-2nt²}.
        return precision() + 2 * rest + (int(3 * rest * t) if upper else 0)

    def _tail(self, t: Fraction, upper: bool) -> arb:
        n, last, total = self.n, self._last(t), arb(0)
        lower_sum = self._short(t, upper)
        first, end = (last + 1, n) if lower_sum else (0, last)
        # t + j/n and 1 - t - j/n in units of 1/(n q), for t = p/q.
        p, q = t.numerator, t.denominator
        unit, ways = 1 / arb(fmpz(n * q)), arb(fmpz.bin_uiui(n, first))
        for j in range(first, end + 1):
            start, rest = fmpz(n * p + j * q) * unit, fmpz(n * q - n * p - j * q) * unit
            total += ways * start ** fmpz(j - 1) * rest ** fmpz(n - j)
            ways = ways * (n - j) / (j + 1)
        total *= exact_ball(t)
        return total if upper != lower_sum else 1 - total


@dataclass(frozen=True)
class KolmogorovLaw(CompoundLaw):
    """sup_x |F_n(x) - F(x)| for n independent variables with a continuous distribution function F.

    With U_(1) < … < U_(n) uniform, D_n ≤ t says i/n - t ≤ U_(i) ≤ (i - 1)/n + t for every i. The number of a Poisson
    process' points is followed between these 2n boundaries: the coefficients of its generating function are
    multiplied by e^{sz}, and cut where the boundaries forbid; all of them are positive (Durbin 1973, Noé 1972).
    From t = 1/2 on D_n is twice as likely to reach t as the one-sided deviation, which cannot do so on both sides.

    Where n² t exceeds some millions the answer for t < 1/2 lies between one and two one-sided tails.

    Examples
    --------
    P(D_n ≤ t) = n! (2t - 1/n)^n for 1/(2n) ≤ t ≤ 1/n:

    >>> KolmogorovLaw(3).fraction("<=", Fraction(1, 3)) == 6 * Fraction(1, 3) ** 3
    True
    """

    n: int

    def __post_init__(self) -> None:
        size(self.n, "number of variables n")

    @staticmethod
    def moment(power: Expr, *parameters: Expr) -> Expr:
        """E D_1 = 3/4: one variable's deviation is max(U, 1 - U); of more variables no closed form is known."""
        (n,) = parameters
        if n == 1 and power.is_Integer and power.is_nonnegative:
            # max(U, 1 - U) is uniform on [1/2, 1].
            return (2 - Rational(1, 2) ** power) / (power + Integer(1))
        raise NotImplementedError("no moment of the Kolmogorov statistic of several variables is known in closed form")

    def support(self) -> tuple[Fraction | float, Fraction | float]:
        return Fraction(1, 2 * self.n), Fraction(1)

    def seconds(self, t: float) -> float:
        found = self._one_sided.seconds(t)
        if t >= 0.5 or t * self.n <= 1 or self._long(t):
            return found
        return found + 4e-6 * self.n * (10 + self.n * t)

    def slope(self, t: arb) -> arb:
        n = self.n
        if 2 * t >= 1:
            return 2 * self._one_sided.slope(t)
        if not (2 * n * t >= 1 and n * t <= 1):
            raise NotImplementedError("the slope of the tail is known on [1/(2n), 1/n] and on [1/2, 1]")
        return -2 * n * arb(math.factorial(n)) * (2 * t - arb(1) / n) ** (n - 1)

    @property
    def _one_sided(self) -> OneSidedKolmogorovLaw:
        return OneSidedKolmogorovLaw(self.n)

    def _long(self, t: Fraction | float) -> bool:
        """Whether the recursion between the boundaries would take too long."""
        return 1 < self.n * t < self.n / 2 and self.n * self.n * t > _RECURSION

    def fraction(self, relation: str, t: Fraction) -> Fraction:
        upper = relation in (">", ">=")
        low, high = self.support()
        if not low < t < high:
            return Fraction(int((t <= low) == upper))
        if self.n > _EXACT:
            raise NotImplementedError(f"exact probabilities are summed up to n = {_EXACT}")
        if 2 * t >= 1:
            above = 2 * self._one_sided.fraction(">", t)
            return above if upper else 1 - above
        found = _path(self.n, t, _exact_move, fmpq_poly([1]))
        below = Fraction(int(found.p), int(found.q)) * Fraction(math.factorial(self.n), self.n**self.n)
        return 1 - below if upper else below

    def _at(self, t: Fraction, upper: bool) -> Enclosure:
        if not self._long(t):
            return super()._at(t, upper)
        one = self._one_sided.enclose_at(">", t)
        least, most = one.lower, (2 * one.upper).min(arb(1))
        return Enclosure(least, most) if upper else Enclosure(1 - most, 1 - least)

    def _bits(self, t: Fraction, upper: bool) -> int:
        # The complement of a lower tail: the other one is about e^{-2nt²}.
        return precision() + (int(3 * self.n * t * t) + 32 if upper else 0)

    def _tail(self, t: Fraction, upper: bool) -> arb:
        n = self.n
        if 2 * t >= 1:
            above = 2 * self._one_sided._tail(t, True)
            return above if upper else 1 - above
        if n * t <= 1:
            below = exact_ball(2 * n * t - 1) ** fmpz(n) * arb(math.factorial(n)) / fmpz(n) ** n
        else:
            below = _ball_path(n, t)
        return 1 - below if upper else below


def _exact_move(step: Fraction, terms: int) -> Callable[[Any], Any]:
    """Multiplication by the first coefficients of e^{step z}, exactly."""
    found = [fmpq(1)]
    for k in range(1, terms):
        found.append(found[-1] * fmpq(step.numerator, step.denominator) / k)
    factor = fmpq_poly(found)
    return lambda paths: paths * factor


def _ball_path(n: int, t: Fraction) -> arb:
    """P(D_n ≤ t) by `_path` in integer multiples of 2^-bits, all rounded down.

    The coefficients are probabilities of a Poisson process of rate 1, whose sum never exceeds 1: what a step loses is
    at most the rounding of its factor's coefficients, the mass of those left out, and the rounding of the product's.
    """
    bits, lost = int(ctx.prec), 0

    def move(step: Fraction, terms: int) -> Callable[[Any], Any]:
        with workprec(bits + 32):
            length = exact_ball(step)
            weight = (-length).exp() * arb(2) ** bits
            found: list[fmpz] = []
            while len(found) < terms and not weight < 1:
                found.append(fmpz(math.floor(binary_fraction(weight.lower()))))
                weight = weight * length / len(found)
        # Of a Poisson variable of mean at most 1, what lies beyond a weight below 2^-bits is at most twice as much.
        factor, one = fmpz_poly(found), fmpz(1) << bits

        def multiply(paths: Any) -> Any:
            nonlocal lost
            product = paths * factor
            lost += 2 * len(found) + 2 + product.length()
            return product // one

        return multiply

    kept = int(_path(n, t, move, fmpz_poly([fmpz(1) << bits])))
    # Given n points on [0, n], they are uniform.
    mass = (n * arb(n).log() - n - arb(n + 1).lgamma()).exp()
    return arb(kept).union(arb(kept + lost)) / arb(2) ** bits / mass


def _path(n: int, t: Fraction, move: Callable[[Fraction, int], Callable[[Any], Any]], start: Any) -> Any:
    """The coefficient of z^n of the paths N on [0, n] with |N(x) - x| ≤ nt throughout, where `move` lets s pass.

    Point number i must not come before i - nt and must have come by i - 1 + nt. The coefficients are those of the
    generating function of N, of which only so many are kept as the boundaries allow.
    """
    reach = n * t
    opens = [(i - reach, 0) for i in range(1, n + 1) if i > reach]
    closes = [(i - 1 + reach, 1) for i in range(1, n + 1) if i - 1 + reach < n]
    most, least, now = math.floor(reach), 0, Fraction(0)
    terms = math.floor(2 * reach) + 2
    known: dict[Fraction, Any] = {}
    paths = start
    for time, closing in [*sorted(opens + closes), (Fraction(n), 2)]:
        if time > now:
            step = time - now
            if step not in known:
                known[step] = move(step, terms)
            paths = known[step](paths).truncate(most - least + 1)
            now = time
        if closing == 0:
            most += 1
        elif closing == 1:
            # Paths that have too few points by now are dropped.
            paths, least = paths.right_shift(1), least + 1
    return paths[n - least]
