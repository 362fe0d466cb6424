"""Exact probabilities and comparisons from mpmath, Fractions and SymPy: nothing here comes from the package's laws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import mpmath
import sympy
from mpmath import mp, mpf
from sympy import Expr, Integer, Rational, S

__all__ = [
    "Binomial",
    "ChiSquare",
    "Distribution",
    "Interval",
    "Normal",
    "Poisson",
    "Probability",
    "Signs",
    "Undecided",
    "at",
    "compare",
    "digits_of",
    "event_set",
    "relation_holds",
    "sign_of",
    "truth_of",
]

DIGITS = (60, 300, 1500)


class Undecided(Exception):
    """The oracle cannot tell two numbers apart and does not know them to be equal."""


class Interval(NamedTuple):
    """A real interval; None is an infinite end."""

    low: Expr | None
    low_closed: bool
    high: Expr | None
    high_closed: bool


EVERYTHING = Interval(None, False, None, False)


@dataclass(frozen=True)
class Probability:
    """A probability at any number of digits, with its absolute error, and exactly where it is known.

    Attributes
    ----------
    value : callable
        ``value(digits)`` is a pair (number, absolute error).
    exact : SymPy expression or None
    """

    value: Callable[[int], tuple[mpf, mpf]]
    exact: Expr | None = None


def at(expr: Any, cell: dict[str, Any]) -> Expr:
    """An expression with exact values put in for its symbols."""
    expr = sympy.sympify(expr)
    values = {s: _rational(cell[s.name]) for s in expr.free_symbols if s.name in cell}
    return expr.subs(values) if values else expr


def _rational(value: Any) -> Rational:
    return Rational(value.numerator, value.denominator) if isinstance(value, int | Fraction) else sympy.sympify(value)


def digits_of(expr: Expr, digits: int) -> mpf:
    """A real number without free symbols, to so many digits."""
    with mp.workdps(digits + 10):
        if expr.is_Rational:
            return mpf(int(expr.p)) / int(expr.q)
        found = sympy.N(expr, digits + 10, maxn=20 * digits + 4000)
        return mpf(int(found.p)) / int(found.q) if found.is_Rational else mpf(found._mpf_)


def _order(first: Rational, second: Rational) -> int:
    """The sign of the difference of two rationals."""
    return bool(first > second) - bool(first < second)


def sign_of(expr: Expr) -> int:
    """The sign of a real number without free symbols."""
    if expr.is_Rational:
        return _order(expr, S.Zero)
    for digits in DIGITS:
        value = digits_of(expr, digits)
        if abs(value) > mpf(10) ** (20 - digits):
            return 1 if value > 0 else -1
    if sympy.simplify(expr) == 0:
        return 0
    raise Undecided(str(expr))


class Distribution:
    """A law on the line: tails at any number of digits, or finitely many atoms."""

    def below(self, t: Expr, closed: bool, digits: int) -> mpf:
        """P(X < t), or P(X <= t)."""
        raise NotImplementedError

    def above(self, t: Expr, closed: bool, digits: int) -> mpf:
        """P(X > t), or P(X >= t)."""
        raise NotImplementedError

    def exactly(self, interval: Interval) -> Expr | None:
        """The probability of an interval as an exact expression, where there is one."""
        return None

    def of(self, intervals: Iterable[Interval]) -> Probability:
        """The probability of disjoint intervals."""
        parts = [i for i in intervals if not _empty(i)]
        exact: Any = S.Zero
        for part in parts:
            found = self.exactly(part)
            exact = None if exact is None or found is None else exact + found

        @cache
        def value(digits: int) -> tuple[mpf, mpf]:
            with mp.workdps(digits + 15):
                if exact is not None:
                    known = digits_of(exact, digits)
                    return known, abs(known) * mpf(10) ** (-digits)
                total, error = mpf(0), mpf(0)
                for part in parts:
                    if part.low is None and part.high is None:
                        found, wrong = mpf(1), mpf(0)
                    elif part.high is None:
                        found = self.above(part.low, part.low_closed, digits)
                        wrong = found * mpf(10) ** (-digits)
                    elif part.low is None:
                        found = self.below(part.high, part.high_closed, digits)
                        wrong = found * mpf(10) ** (-digits)
                    else:
                        left = self.below(part.low, not part.low_closed, digits)
                        found = 1 - left - self.above(part.high, not part.high_closed, digits)
                        wrong = mpf(10) ** (-digits)
                    total, error = total + found, error + wrong
                return total, error

        return Probability(value, exact)


def _empty(i: Interval) -> bool:
    if i.low is None or i.high is None:
        return False
    sign = sign_of(i.high - i.low)
    return sign < 0 or (sign == 0 and not (i.low_closed and i.high_closed))


@dataclass(frozen=True)
class ChiSquare(Distribution):
    """Chi-square with k degrees of freedom, by its finite sums and its series."""

    k: int

    def above(self, t: Expr, closed: bool, digits: int) -> mpf:
        if sign_of(t) <= 0:
            return mpf(1)
        with mp.workdps(digits + 15):
            x = digits_of(t, digits + 10) / 2
            if self.k % 2 == 0:
                total = term = mpf(1)
                for i in range(1, self.k // 2):
                    term = term * x / i
                    total += term
                return total * mpmath.exp(-x)
            total = mpmath.erfc(mpmath.sqrt(x))
            term = mpmath.exp(-x) * mpmath.sqrt(x) / mpmath.gamma(mpf(3) / 2)
            for i in range(1, (self.k - 1) // 2 + 1):
                total += term
                term = term * x / (i + mpf(1) / 2)
            return total

    def below(self, t: Expr, closed: bool, digits: int) -> mpf:
        if sign_of(t) <= 0:
            return mpf(0)
        with mp.workdps(digits + 15):
            x, a = digits_of(t, digits + 10) / 2, mpf(self.k) / 2
            term = mpmath.exp(-x) * x**a / mpmath.gamma(a + 1)
            total, n = mpf(0), 0
            while n < x or term > total * mpf(10) ** (-digits - 12):
                total += term
                n += 1
                term = term * x / (a + n)
            return total

    def exactly(self, interval: Interval) -> Expr | None:
        if interval == EVERYTHING:
            return S.One
        ends = [e for e in (interval.low, interval.high) if e is not None]
        if self.k % 2 or any(not e.is_Rational for e in ends):
            return None
        low, high = (S.One if e is None else self._tail(e) for e in (interval.low, interval.high))
        return low - (S.Zero if interval.high is None else high)

    def _tail(self, t: Rational) -> Expr:
        if t <= 0:
            return S.One
        return sympy.exp(-t / 2) * sum((t / 2) ** i / sympy.factorial(i) for i in range(self.k // 2))


@dataclass(frozen=True)
class Normal(Distribution):
    """A centred normal of rational variance."""

    variance: Fraction

    def above(self, t: Expr, closed: bool, digits: int) -> mpf:
        with mp.workdps(digits + 15):
            return (
                mpmath.erfc(
                    digits_of(t, digits + 10)
                    / mpmath.sqrt(2 * mpf(self.variance.numerator) / self.variance.denominator)
                )
                / 2
            )

    def below(self, t: Expr, closed: bool, digits: int) -> mpf:
        return self.above(-t, closed, digits)

    def exactly(self, interval: Interval) -> Expr | None:
        if interval == EVERYTHING:
            return S.One
        return (
            S.Half
            if interval in (Interval(None, i, S.Zero, j) for i in (0, 1) for j in (0, 1))
            or (interval.high is None and interval.low == 0)
            else None
        )


class Lattice(Distribution):
    """A law on finitely many integers, in Fractions."""

    def masses(self) -> dict[int, Fraction]:
        raise NotImplementedError

    def exactly(self, interval: Interval) -> Expr | None:
        total = sum((mass for k, mass in self.masses().items() if contains(interval, Integer(k))), Fraction(0))
        return Rational(total.numerator, total.denominator)


@dataclass(frozen=True)
class Binomial(Lattice):
    """Bin(n, p) with rational p."""

    n: int
    p: Fraction

    def masses(self) -> dict[int, Fraction]:
        return {k: math.comb(self.n, k) * self.p**k * (1 - self.p) ** (self.n - k) for k in range(self.n + 1)}


@dataclass(frozen=True)
class Signs(Lattice):
    """The sum of n fair signs."""

    n: int

    def masses(self) -> dict[int, Fraction]:
        return {2 * k - self.n: Fraction(math.comb(self.n, k), 2**self.n) for k in range(self.n + 1)}


@dataclass(frozen=True)
class Poisson(Distribution):
    """Poisson with rational mean, by exact finite sums times exp(-mean)."""

    mean: Fraction

    def _up_to(self, k: int) -> Expr:
        mean = _rational(self.mean)
        return sympy.exp(-mean) * sum((mean**i / sympy.factorial(i) for i in range(k + 1)), S.Zero)

    def exactly(self, interval: Interval) -> Expr | None:
        high = None if interval.high is None else _last(interval.high, interval.high_closed)
        before = -1 if interval.low is None else _last(interval.low, not interval.low_closed)
        top = S.One if high is None else self._up_to(high)
        return top - self._up_to(before)


def _last(t: Expr, closed: bool) -> int:
    """The largest integer up to t, or below it."""
    if t.is_Rational:
        floor = int(t.p) // int(t.q)
        return floor - 1 if not closed and t == floor else floor
    floor = int(sympy.floor(sympy.N(t, 60)))
    for k in (floor + 1, floor, floor - 1):
        sign = sign_of(t - k)
        if sign > 0 or (sign == 0 and closed):
            return k
    raise Undecided(str(t))


def event_set(relation: str, t: Expr, *, absolute: bool = False) -> list[Interval]:
    """The reals y with ``y relation t``, or ``|y| relation t``."""
    closed = "=" in relation
    if not absolute:
        return [Interval(None, False, t, closed) if "<" in relation else Interval(t, closed, None, False)]
    sign = sign_of(t)
    if "<" in relation:
        return [Interval(-t, closed, t, closed)] if sign > 0 or (sign == 0 and closed) else []
    if sign < 0 or (sign == 0 and closed):
        return [EVERYTHING]
    return [Interval(None, False, -t, closed), Interval(t, closed, None, False)]


def pulled_back(intervals: Iterable[Interval], scale: Fraction, shift: Fraction) -> list[Interval]:
    """The reals x with ``scale x + shift`` in the intervals."""
    s, c = _rational(scale), _rational(shift)
    found = []
    if scale == 0:
        return [EVERYTHING] if any(contains(i, c) for i in intervals) else []
    for i in intervals:
        low, high = (None if e is None else (e - c) / s for e in (i.low, i.high))
        found.append(
            Interval(low, i.low_closed, high, i.high_closed)
            if scale > 0
            else Interval(high, i.high_closed, low, i.low_closed)
        )
    return found


def contains(i: Interval, value: Expr) -> bool:
    """Whether an interval has a value."""
    low = 1 if i.low is None else sign_of(value - i.low)
    high = 1 if i.high is None else sign_of(i.high - value)
    return (low > 0 or (low == 0 and i.low_closed)) and (high > 0 or (high == 0 and i.high_closed))


def intersection(first: Interval, second: Interval) -> Interval:
    """Both intervals at once."""
    low, low_closed, high, high_closed = first
    if second.low is not None:
        sign = 1 if low is None else sign_of(second.low - low)
        if sign > 0:
            low, low_closed = second.low, second.low_closed
        elif sign == 0:
            low_closed = low_closed and second.low_closed
    if second.high is not None:
        sign = -1 if high is None else sign_of(second.high - high)
        if sign < 0:
            high, high_closed = second.high, second.high_closed
        elif sign == 0:
            high_closed = high_closed and second.high_closed
    return Interval(low, low_closed, high, high_closed)


def compare(truth: Probability, bound: Expr) -> int:
    """The sign of truth − bound; ``Undecided`` where neither digits nor exact forms tell."""
    if truth.exact is not None and truth.exact.is_Rational and bound.is_Rational:
        return _order(truth.exact, bound)
    for digits in DIGITS:
        value, error = truth.value(digits)
        with mp.workdps(digits + 10):
            other = digits_of(bound, digits)
            slack = 10 * error + abs(other) * mpf(10) ** (-digits) + mpf(10) ** (-100000)
            if abs(value - other) > slack:
                return 1 if value > other else -1
    if truth.exact is not None and sympy.simplify(truth.exact - bound) == 0:
        return 0
    raise Undecided(f"{truth.exact} against {bound}")


def relation_holds(relation: str, sign: int) -> bool:
    """Whether ``a relation b`` is true where a − b has this sign."""
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0}[relation]


def truth_of(left: Expr, relation: str, right: Expr) -> bool:
    """Whether a relation between two exact real numbers is true."""
    return relation_holds(relation, sign_of(sympy.sympify(left) - sympy.sympify(right)))
