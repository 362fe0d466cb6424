"""The base of laws on the integers, and the sums and logarithms they share."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from flint import arb, ctx, fmpz
from sympy import Add, Expr, Integer, sympify
from sympy.functions.combinatorial.numbers import stirling

from ..calculus.enclosure import Enclosure, workprec
from .elementary import PRECISION
from .protocol import ScalarLaw
from .special import log_beta_power

__all__ = [
    "EXACT",
    "OPPOSITE",
    "LatticeLaw",
    "complement",
    "falling_sum",
    "last",
    "log_binomial_term",
    "log_by_either",
    "log_falling_sum",
    "log_of",
    "log_one_minus_exp",
    "log_ratio",
    "power_moment",
    "refined",
    "whole_order",
]

EXACT = 20_000
"""Up to so many trials probabilities are summed as exact rationals."""

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
"""The relation that holds where the first does not."""

_CHUNK = 4096
_LONG = 1 << 20


class LatticeLaw(ScalarLaw):
    """A law on the integers, given by P(X ≤ k) and P(X > k) at every integer k."""

    log_gap: ClassVar[float] = 1e-6

    def at_most(self, k: int) -> Enclosure:
        """P(X ≤ k), with small relative radius."""
        raise NotImplementedError

    def above(self, k: int) -> Enclosure:
        """P(X > k), with small relative radius."""
        raise NotImplementedError

    def log_at_most(self, k: int) -> float:
        """log P(X ≤ k) in floats."""
        return log_of(self.at_most(k))

    def log_above(self, k: int) -> float:
        """log P(X > k) in floats."""
        return log_of(self.above(k))

    def enclose_at(self, relation: str, t: Fraction) -> Enclosure:
        k = last(Fraction(t), relation)
        return self.at_most(k) if relation in ("<", "<=") else self.above(k)

    def enclose(self, relation: str, t: arb) -> Enclosure:
        if t.is_nan():
            return Enclosure(arb(0), arb(1))
        ends = [self._at_end(relation, end) for end in (t.lower(), t.upper())]
        first, second = ends if relation in ("<", "<=") else reversed(ends)
        return Enclosure(first.lower, second.upper)

    def _at_end(self, relation: str, end: arb) -> Enclosure:
        if not end.is_finite():
            return Enclosure.of(arb(int((end > 0) == (relation in ("<", "<=")))))
        return self.enclose_at(relation, _fraction(end))

    def log_probability(self, relation: str, t: float) -> float:
        if math.isinf(t):
            return 0.0 if (t > 0) == (relation in ("<", "<=")) else -math.inf
        return self.log_probability_at(relation, Fraction(t))

    def log_probability_at(self, relation: str, t: Fraction) -> float:
        k = last(Fraction(t), relation)
        return self.log_at_most(k) if relation in ("<", "<=") else self.log_above(k)


def last(t: Fraction, relation: str) -> int:
    """The largest integer k such that "X relation t" is X ≤ k, or is X > k.

    Examples
    --------
    >>> [last(Fraction(3), relation) for relation in ("<", "<=", ">", ">=")]
    [2, 3, 3, 2]
    """
    whole = math.floor(t)
    return whole - 1 if relation in ("<", ">=") and whole == t else whole


def _fraction(ball: arb) -> Fraction:
    """An exact ball as a Fraction on the same side of every integer."""
    if abs(ball) < 1:
        return Fraction(0) if ball == 0 else Fraction(1 if ball > 0 else -1, 2)
    man, power = (int(part) for part in ball.mid().man_exp())
    if power > _LONG:
        raise NotImplementedError(f"thresholds of a law on the integers have at most {_LONG} binary digits")
    return Fraction(man) * Fraction(2) ** power


def falling_sum(term: arb, ratio: Callable[[int], arb], steps: int | None = None) -> arb:
    """Σ of positive terms, each the one before times ``ratio(j)``, j = 0, 1, …: an enclosure.

    Parameters
    ----------
    term : arb
        The first one.
    ratio : callable
        It does not grow with j, so that once it is below 1 the rest is at most a geometric series.
    steps : int, optional
        The number of terms after the first one; without it there is no end, and the ratios must fall below 1.

    Examples
    --------
    >>> falling_sum(arb(1), lambda j: arb(1) / 2).overlaps(arb(2))
    True
    """
    total, j, small = term, 0, arb(2) ** fmpz(-ctx.prec)
    while steps is None or j < steps:
        step = ratio(j)
        if step < 1 and term < total * small:
            return total + arb(0).union(term * step / (1 - step))
        term = term * step
        total = total + term
        j += 1
    return total


def log_falling_sum(ratios: Callable[[Any], Any], steps: float = math.inf) -> float:
    """log of 1 plus the running products of ``ratios(j)``, j = 0, 1, … below `steps`, in floats.

    Examples
    --------
    >>> abs(log_falling_sum(lambda j: 1 / (j + 1), 100) - 1) < 1e-15
    True
    """
    total = weight = 1.0
    start = 0
    while start < steps and not weight < 1e-18 * total:
        terms = weight * np.cumprod(ratios(np.arange(start, min(start + _CHUNK, steps), dtype=np.float64)))
        total += float(terms.sum())
        weight = float(terms[-1])
        start += _CHUNK
    return math.log(total)


def refined(evaluate: Callable[[], arb], what: str) -> Enclosure:
    """`evaluate` at rising precision until half of the laws' working precision is accurate."""
    bits = max(PRECISION, int(ctx.prec))
    wanted = bits // 2
    while bits < 1 << 22:
        with workprec(bits):
            ball = evaluate()
            if ball == 0 or (ball.is_finite() and ball.rel_accuracy_bits() >= wanted):
                return Enclosure.of(ball)
        bits *= 2
    raise ValueError(f"no enclosure of {what} below {bits} bits; pass a less extreme point")


def complement(tail: arb) -> arb:
    """1 - tail; a tail below every kept digit is widened: its exact end points would have billions of bits."""
    small = arb(2) ** fmpz(-ctx.prec)
    return 1 - (arb(0).union(small) if tail < small else tail)


def log_binomial_term(n: int, k: int, p: float, q: float) -> float:
    """log(C(n, k) p^k q^{n-k}) for p + q = 1 in floats, by relative entropies.

    Examples
    --------
    >>> abs(log_binomial_term(4, 1, 0.5, 0.5) - math.log(1 / 4)) < 1e-15
    True
    """
    if k == 0:
        return n * math.log1p(-p) if p < 0.5 else n * math.log(q)
    if k == n:
        return n * math.log1p(-q) if q < 0.5 else n * math.log(p)
    return float(log_beta_power(k, n - k, p, q)) + math.log(n / k) - math.log(n - k)


def log_of(enclosure: Enclosure) -> float:
    """The logarithm of an enclosed probability in floats.

    Examples
    --------
    >>> log_of(Enclosure.of(arb(-10000).exp()))
    -10000.0
    """
    if enclosure.upper == 0:
        return -math.inf
    with workprec(max(PRECISION, int(ctx.prec))):
        return min(0.0, float(enclosure.ball.log().mid()))


def log_ratio(part: int, whole: int) -> float:
    """log(part / whole) of integers 0 ≤ part ≤ whole of any size, without cancellation at either end.

    Examples
    --------
    >>> log_ratio(1, 2**5000) == -5000 * math.log(2), log_ratio(10**30 - 1, 10**30)
    (True, -1e-30)
    """
    if part == 0:
        return -math.inf
    if 2 * part > whole:
        return math.log1p(-((whole - part) / whole))
    shift = whole.bit_length() - part.bit_length()
    return math.log((part << shift) / whole) - shift * math.log(2)


def log_one_minus_exp(x: float) -> float:
    """log(1 - e^x) for x ≤ 0.

    Examples
    --------
    >>> log_one_minus_exp(-50.0) == -math.exp(-50), log_one_minus_exp(0.0)
    (True, -inf)
    """
    if x >= 0:
        return -math.inf
    return math.log(-math.expm1(x)) if x > -math.log(2) else math.log1p(-math.exp(x))


def log_by_either(log_tail: Callable[[bool], float], upper: bool) -> float:
    """log of one of two complementary tails in floats, by the other where that one is near the least float.

    SciPy's incomplete beta and gamma functions lose the digits of such a complement; its logarithm keeps them.

    Examples
    --------
    >>> log_by_either(lambda upper: -700.0 if upper else 0.0, False) == -math.exp(-700)
    True
    """
    found = log_tail(upper)
    return -math.exp(log_tail(not upper)) if found > -1e-250 else found


def whole_order(power: Any) -> int:
    """The order of a moment, where it is a whole number from 0."""
    order = sympify(power)
    if not (order.is_Integer and order >= 0):
        raise NotImplementedError(f"moments of a law on the integers are known for whole orders from 0, found {power}")
    return int(order)


def power_moment(power: Any, factorial_moment: Callable[[int], Expr]) -> Expr:
    """E X^k from the factorial moments E X(X-1)…(X-j+1): Σ_j S(k, j) times those, S of the second kind.

    Examples
    --------
    >>> from sympy import Symbol
    >>> power_moment(2, lambda j: Symbol("t") ** j)
    t**2 + t
    """
    order = whole_order(power)
    if order == 0:
        return Integer(1)
    return Add(*(stirling(order, j) * factorial_moment(j) for j in range(1, order + 1)))
