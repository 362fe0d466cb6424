"""Events as sets of values of one random variable, and their probability by its law.

|X| ≤ t, X² > t, 1 − X/2 < t and several of them at once are unions of intervals of X: their probability is put together
from tails, atoms counted once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import sympy
from flint import arb
from sympy import Abs, Expr

from ...theory.calculus.enclosure import Enclosure, workprec
from ...theory.calculus.evaluate import enclose
from ...theory.calculus.exact import exact_ball, exact_fraction, exact_value
from ...theory.language.cells import Cell
from ...theory.language.events import Either, Event, Joint, complement
from ...theory.language.models import RV
from ...theory.laws.hull import Piece
from ...theory.laws.protocol import ScalarLaw

__all__ = [
    "EVERYTHING",
    "Interval",
    "Undecided",
    "Values",
    "as_ball",
    "common",
    "defined",
    "either",
    "fraction",
    "in_balls",
    "less",
    "log_probability",
    "others",
    "pieces_of",
    "probability",
    "range_of",
    "rounded",
    "threshold",
    "tree_values",
    "undefined_values",
    "values_of",
]

End = Fraction | arb
# Differences of probabilities in floats keep so large a share of what they are taken of.
_KEPT = 1e-3
# Seconds that one enclosure may be said to take.
_LONGEST = 60.0
# How close to an atom a threshold in floats may be that is not known exactly.
_NEAR = 1e-13


class Undecided(ArithmeticError):
    """Two numbers that the working precision does not tell apart."""


@dataclass(frozen=True)
class Interval:
    """All values between two ends; None is infinite.

    Attributes
    ----------
    low, high : Fraction, flint.arb or None
    with_low, with_high : bool
        Whether the ends belong to it.
    """

    low: End | None = None
    high: End | None = None
    with_low: bool = False
    with_high: bool = False


Values = tuple[Interval, ...]
"""Disjoint intervals."""

EVERYTHING: Values = (Interval(),)


def as_ball(x: End) -> arb:
    return x if isinstance(x, arb) else exact_ball(x)


def _sign(x: End) -> int:
    if isinstance(x, Fraction | int):
        return (x > 0) - (x < 0)
    if x == 0:
        return 0
    if x > 0:
        return 1
    if x < 0:
        return -1
    raise Undecided(f"the sign of {x} is not known")


def _difference(x: End, y: End) -> int:
    """The sign of x − y."""
    if isinstance(x, arb) and isinstance(y, arb) and x is y:
        return 0
    return _sign(x - y if isinstance(x, Fraction) and isinstance(y, Fraction) else as_ball(x) - as_ball(y))


def in_balls(cell: Cell) -> dict[str, Any]:
    """A cell with every `Piece` as the ball of its points."""
    return {name: value.ball if isinstance(value, Piece) else value for name, value in cell.items()}


def pieces_of(expr: Expr, cell: Cell) -> tuple[str, ...]:
    """The symbols of an expression that range over a `Piece` in a cell."""
    return tuple(sorted(s.name for s in expr.free_symbols if isinstance(cell.get(s.name), Piece)))


def threshold(bound: Expr, cell: Cell, prec: int) -> End:
    """The value of a bound at a cell: the exact rational where it is one, else a ball.

    Where a symbol of it ranges over a `Piece` the ball holds all of its values.
    """
    if pieces_of(bound, cell):
        with workprec(prec):
            found = enclose(bound, in_balls(cell), prec)
        if not found.is_finite():
            raise Undecided("a threshold without a bounded range")
        return found
    try:
        return _rational_value(bound, cell)
    except (TypeError, KeyError, ZeroDivisionError):
        value = exact_value(bound, cell)
    if value.has(sympy.zoo, sympy.nan, sympy.oo):
        raise NotImplementedError(f"{bound} has no finite value here")
    if value.is_Rational:
        return exact_fraction(value)
    ball = enclose(bound, cell, prec)
    if value.is_number and ball.unique_fmpz() is not None:
        # An integer in disguise, such as log 4 / log 2, may be an atom.
        simple = sympy.simplify(sympy.expand_log(value, force=True))
        if simple.is_Rational:
            return exact_fraction(simple)
    return ball


def _half_line(relation: str, t: End) -> Values:
    if relation in ("<", "<="):
        return (Interval(None, t, False, relation == "<="),)
    return (Interval(t, None, relation == ">=", False),)


def values_of(events: Iterable[Event], rv: RV, cell: Cell, prec: int, *, together: bool) -> Values:
    """The values of `rv` at which all events happen, or one of them.

    Raises
    ------
    NotImplementedError
        For an event that is no monotone image of `rv`, its square or its absolute value.
    Undecided
        Where the precision does not tell two ends apart.
    """
    found = None
    with workprec(prec):
        for event in events:
            relation = event.relation if together else complement(event.relation)
            now = _preimage(event.value, _half_line(relation, threshold(event.bound, cell, prec)), rv, cell, prec)
            found = now if found is None else common(found, now)
        if found is None:
            raise NotImplementedError("no event")
        return found if together else others(found)


Tree = Event | Joint | Either


@dataclass(frozen=True)
class Range:
    """All values of an expression over a `Piece`: between two ends, of which each is attained or not."""

    low: End | None
    high: End | None
    with_low: bool = True
    with_high: bool = True


def range_of(expr: Expr, cell: Cell, prec: int) -> Range:
    """The values of an expression at a cell with pieces among its entries; exact where it is monotone in one."""
    names = pieces_of(expr, cell)
    if not names:
        found = threshold(expr, cell, prec)
        return Range(found, found)
    if len(names) == 1 and (sign := slope_sign(expr, names[0], cell, prec)):
        piece: Any = cell[names[0]]
        ends = [_value_at(expr, {**cell, names[0]: end}, prec) for end in (piece.low, piece.high)]
        if None not in ends:
            attained = (piece.with_low, piece.with_high)
            order = (0, 1) if sign > 0 else (1, 0)
            return Range(ends[order[0]], ends[order[1]], attained[order[0]], attained[order[1]])
    ball = threshold(expr, cell, prec)
    return Range(ball, ball)


def _value_at(expr: Expr, cell: Cell, prec: int) -> End | None:
    """A value at numbers: an exact one where it takes sums, products and powers only, else a ball."""
    try:
        return _rational_value(expr, cell)
    except (TypeError, ZeroDivisionError):
        pass
    try:
        with workprec(prec):
            found = enclose(expr, cell, prec)
    except (ValueError, ArithmeticError):
        return None
    return found if found.is_finite() else None


_MOST_POWER = 64


def _rational_value(expr: Expr, cell: Cell) -> Fraction:
    """An expression at numbers as a fraction, without a detour (TypeError where it may not be rational)."""
    if expr.is_Symbol:
        return Fraction(cell[expr.name])
    if expr.is_Rational:
        return Fraction(int(expr.p), int(expr.q))
    if expr.is_Add:
        return sum((_rational_value(a, cell) for a in expr.args), Fraction(0))
    if expr.is_Mul:
        return math.prod((_rational_value(a, cell) for a in expr.args), start=Fraction(1))
    if expr.is_Pow and expr.exp.is_Integer and abs(int(expr.exp)) <= _MOST_POWER:
        return _rational_value(expr.base, cell) ** int(expr.exp)
    raise TypeError("an expression that may not be rational")


_STEPS = (sympy.floor, sympy.ceiling, sympy.frac, sympy.Piecewise, sympy.sign, sympy.Heaviside, sympy.Mod)


@lru_cache(maxsize=4096)
def _slope(expr: Expr, name: str) -> tuple[Expr, int]:
    """The derivative of an expression, and its sign where the domains of its symbols tell it, else 0."""
    (symbol,) = (s for s in expr.free_symbols if s.name == name)
    slope = expr.diff(symbol)
    return slope, 1 if slope.is_positive else -1 if slope.is_negative else 0


def slope_sign(expr: Expr, name: str, cell: Cell, prec: int) -> int:
    """1 or −1 where an expression is strictly monotone over the piece of one symbol, else 0."""
    if expr.has(*_STEPS):
        return 0
    slope, sign = _slope(expr, name)
    try:
        with workprec(prec):
            # Where the sign is that of every point of the domain, a finite range says that no pole lies between.
            found = enclose(expr if sign else slope, in_balls(cell), prec)
        if sign or not found.is_finite():
            return sign if found.is_finite() else 0
    except (ValueError, ArithmeticError):
        return 0
    return 1 if found > 0 else -1 if found < 0 else 0


def _leaf(event: Event, cell: Cell, prec: int, side: int) -> tuple[str, End]:
    """The relation and the threshold of an event at a cell, or over pieces the strictest (−1) or loosest (1) ones."""
    if not pieces_of(event.bound, cell):
        return event.relation, threshold(event.bound, cell, prec)
    found = range_of(event.bound, cell, prec)
    if found.low is None or found.high is None:
        raise Undecided("a threshold without a bounded range")
    low = found.low if isinstance(found.low, Fraction) else _short(found.low.lower())
    high = found.high if isinstance(found.high, Fraction) else _short(found.high.upper())
    # An end that was rounded outwards is beyond every threshold.
    with_low = found.with_low or not isinstance(found.low, Fraction)
    with_high = found.with_high or not isinstance(found.high, Fraction)
    if (side > 0) == (event.relation in (">", ">=")):
        return (event.relation if with_low else ">" if side > 0 else "<="), low
    return (event.relation if with_high else "<" if side > 0 else ">="), high


def _short(x: arb) -> End:
    try:
        return Piece.of(x).low
    except NotImplementedError:
        return x


def tree_values(tree: Tree, rv: RV, cell: Cell, prec: int, side: int = 0) -> Values:
    """The values of `rv` at which an event happens that is put together by and, or; `side` as in `_leaf`.

    Raises
    ------
    NotImplementedError
        For an event that is no image of `rv` which is known how to invert.
    Undecided
        Where the precision does not tell two ends apart.
    """
    with workprec(prec):
        if isinstance(tree, Event):
            relation, end = _leaf(tree, cell, prec, side)
            return _preimage(tree.value, _half_line(relation, end), rv, cell, prec)
        parts = [tree_values(part, rv, cell, prec, side) for part in tree.args]
        return reduce(common if isinstance(tree, Joint) else either, parts)


def either(first: Values, second: Values) -> Values:
    """The values in one of both."""
    return others(common(others(first), others(second)))


def undefined_values(value: Expr, rv: RV, cell: Cell, prec: int) -> Values:
    """The values of `rv` at which an expression of it is not defined, as 1/X at 0."""
    if value == rv or not value.has(rv):
        return ()
    found: Values = ()
    with workprec(prec):
        for part in value.args:
            found = either(found, undefined_values(part, rv, cell, prec))
        inner: Expr | None = None
        outside: Values = ()
        if isinstance(value, sympy.Pow) and value.exp.is_Rational:
            inner = value.base
            zero = (Interval(Fraction(0), Fraction(0), True, True),) if value.exp < 0 else ()
            negative = () if value.exp.is_Integer else (Interval(None, Fraction(0)),)
            outside = (*negative, *zero)
        elif isinstance(value, sympy.log):
            inner, outside = value.args[0], (Interval(None, Fraction(0), False, True),)
        if inner is not None and outside:
            for part in outside:
                found = either(found, _preimage(inner, (part,), rv, cell, prec))
    return found


def defined(law: ScalarLaw, values: Iterable[Expr], rv: RV, cell: Cell, prec: int) -> None:
    """Refuse expressions of a random variable that may be undefined with positive probability."""
    for value in values:
        lost = undefined_values(value, rv, cell, prec)
        if not lost or (law.continuous and all(i.low is not None and i.low == i.high for i in lost)):
            continue
        try:
            mass = probability(law, lost).upper
        except NotImplementedError:
            mass = arb(1)
        if not mass == 0:
            raise NotImplementedError(f"{value} may be undefined with positive probability")


def _preimage(value: Expr, image: Values, rv: RV, cell: Cell, prec: int) -> Values:
    """The values of `rv` that `value` takes into `image`."""
    if not value.has(rv):
        fixed = threshold(value, cell, prec)
        return EVERYTHING if common(image, (Interval(fixed, fixed, True, True),)) else ()
    if value == rv:
        return image
    constant, rest = _split(value, rv)
    if constant is not None and isinstance(value, sympy.Add):
        shift = threshold(constant, cell, prec)
        return _preimage(rest, _mapped(image, lambda x: _plus(x, shift)), rv, cell, prec)
    if constant is not None and isinstance(value, sympy.Mul):
        scale = threshold(constant, cell, prec)
        sign = _sign(scale)
        if sign == 0:
            return EVERYTHING if common(image, (Interval(Fraction(0), Fraction(0), True, True),)) else ()
        return _preimage(rest, _mapped(image, lambda x: _over(x, scale), flipped=sign < 0), rv, cell, prec)
    if isinstance(value, Abs):
        return _preimage(value.args[0], _folded(image, lambda x: x), rv, cell, prec)
    if isinstance(value, sympy.Pow) and value.exp.is_Integer and value.exp > 0:
        power = int(value.exp)
        if power % 2 == 0:
            return _preimage(value.base, _folded(image, lambda x: _root(x, power)), rv, cell, prec)
        return _preimage(value.base, _mapped(image, lambda x: _root(x, power)), rv, cell, prec)
    if isinstance(value, sympy.Pow) and value.exp.is_Rational:
        exponent = Fraction(int(value.exp.p), int(value.exp.q))
        if exponent < 0:
            return _preimage(sympy.Pow(value.base, -value.exp), _reciprocal(image), rv, cell, prec)
        # A root is of nonnegative numbers only.
        nonnegative = common(image, (Interval(Fraction(0), None, True),))
        return _preimage(value.base, _mapped(nonnegative, lambda x: _to_power(x, exponent)), rv, cell, prec)
    if isinstance(value, sympy.exp):
        positive = common(image, (Interval(Fraction(0), None),))
        logs = _mapped(positive, lambda x: _log(x))
        return _preimage(value.args[0], logs, rv, cell, prec)
    if isinstance(value, sympy.log):
        found = tuple(
            Interval(Fraction(0) if i.low is None else _exp(i.low), None if i.high is None else _exp(i.high), *_shut(i))
            for i in image
        )
        return _preimage(value.args[0], found, rv, cell, prec)
    if isinstance(value, sympy.Max | sympy.Min):
        return _extreme(value, image, rv, cell, prec)
    raise NotImplementedError(f"{value} is no monotone image, power or absolute value of {rv.name}")


def _extreme(value: Expr, image: Values, rv: RV, cell: Cell, prec: int) -> Values:
    """Where a maximum or a minimum falls into `image`: all of its parts are below an end, or above it."""
    largest = isinstance(value, sympy.Max)

    def beyond(end: End, with_end: bool) -> Values:
        line = Interval(None, end, False, with_end) if largest else Interval(end, None, with_end, False)
        parts = [_preimage(part, (line,), rv, cell, prec) for part in value.args]
        return reduce(common, parts)

    found: Values = ()
    for i in image:
        low = None if i.low is None else beyond(i.low, not i.with_low if largest else i.with_low)
        high = None if i.high is None else beyond(i.high, i.with_high if largest else not i.with_high)
        within, without = (high, low) if largest else (low, high)
        now = EVERYTHING if within is None else within
        found = either(found, now if without is None else common(now, others(without)))
    return found


def _reciprocal(image: Values) -> Values:
    """The numbers whose reciprocals lie in `image`; 0 has none."""
    found: list[Interval] = []
    for i in common(image, (Interval(Fraction(0), None),)):
        low = None if i.low is None or _sign(i.low) == 0 else _inverse(i.low)
        high = Fraction(0) if i.high is None else _inverse(i.high)
        found.append(Interval(high, low, i.high is not None and i.with_high, low is not None and i.with_low))
    for i in common(image, (Interval(None, Fraction(0)),)):
        first = None if i.high is None or _sign(i.high) == 0 else _inverse(i.high)
        last = Fraction(0) if i.low is None else _inverse(i.low)
        found.append(Interval(first, last, first is not None and i.with_high, i.low is not None and i.with_low))
    return tuple(found)


def _inverse(x: End) -> End:
    return 1 / x


def _to_power(x: End, exponent: Fraction) -> End:
    """x^(1/exponent) of a nonnegative number."""
    rooted = x if exponent.numerator == 1 else _root(x, exponent.numerator)
    return rooted**exponent.denominator


def _exp(x: End) -> End:
    return Fraction(1) if isinstance(x, Fraction) and x == 0 else as_ball(x).exp()


def _split(value: Expr, rv: RV) -> tuple[Expr | None, Expr]:
    """A sum or product as its part without random variables and the rest with one."""
    if not isinstance(value, sympy.Add | sympy.Mul):
        return None, value
    with_rv = [a for a in value.args if a.has(rv)]
    if len(with_rv) != 1 or any(a.atoms(RV) for a in value.args if a is not with_rv[0]):
        return None, value
    return value.func(*[a for a in value.args if a is not with_rv[0]]), with_rv[0]


def _plus(x: End, shift: End) -> End:
    return x - shift if isinstance(x, Fraction) and isinstance(shift, Fraction) else as_ball(x) - as_ball(shift)


def _over(x: End, scale: End) -> End:
    return x / scale if isinstance(x, Fraction) and isinstance(scale, Fraction) else as_ball(x) / as_ball(scale)


def _root(x: End, power: int) -> End:
    """The real root of a number, nonnegative for an even power."""
    if isinstance(x, Fraction):
        sign = -1 if x < 0 else 1
        parts = [sympy.integer_nthroot(abs(part), power) for part in (x.numerator, x.denominator)]
        if all(whole for _, whole in parts):
            return Fraction(sign * int(parts[0][0]), int(parts[1][0]))
        return sign * as_ball(abs(x)).root(power)
    return as_ball(x).root(power) if _sign(x) >= 0 else -(-as_ball(x)).root(power)


def _log(x: End) -> End | None:
    return None if _sign(x) == 0 else Fraction(0) if x == 1 else as_ball(x).log()


def _mapped(image: Values, f: Callable[[Any], Any], *, flipped: bool = False) -> Values:
    """The intervals with a monotone map at their ends; an end that becomes None is infinite."""
    found = []
    for i in image:
        low, high = (None if end is None else f(end) for end in (i.low, i.high))
        found.append(Interval(high, low, i.with_high, i.with_low) if flipped else Interval(low, high, *_shut(i)))
    return tuple(found)


def _shut(i: Interval) -> tuple[bool, bool]:
    return i.with_low, i.with_high


def _folded(image: Values, f: Callable[[Any], Any]) -> Values:
    """Where an even map that rises from 0 falls into `image`; `f` is its inverse on the nonnegative numbers."""
    found: list[Interval] = []
    for i in common(image, (Interval(Fraction(0), None, True),)):
        high = None if i.high is None else f(i.high)
        assert i.low is not None
        if _sign(i.low) == 0 and i.with_low:
            found.append(Interval(None if high is None else -high, high, i.with_high, i.with_high))
            continue
        low = f(i.low)
        found.append(Interval(None if high is None else -high, -low, i.with_high, i.with_low))
        found.append(Interval(low, high, i.with_low, i.with_high))
    return tuple(found)


def others(values: Values) -> Values:
    """All values but these."""
    found: Values = EVERYTHING
    for i in values:
        outside: list[Interval] = []
        if i.low is not None:
            outside.append(Interval(None, i.low, False, not i.with_low))
        if i.high is not None:
            outside.append(Interval(i.high, None, not i.with_high, False))
        found = common(found, tuple(outside))
    return found


def common(first: Values, second: Values) -> Values:
    """The values in both."""
    found = []
    for i in first:
        for j in second:
            low, with_low = _later(i.low, i.with_low, j.low, j.with_low, 1)
            high, with_high = _later(i.high, i.with_high, j.high, j.with_high, -1)
            if low is not None and high is not None:
                order = _difference(high, low)
                if order < 0 or (order == 0 and not (with_low and with_high)):
                    continue
            found.append(Interval(low, high, with_low, with_high))
    return tuple(found)


def _later(x: End | None, with_x: bool, y: End | None, with_y: bool, direction: int) -> tuple[End | None, bool]:
    """The larger of two lower ends (direction 1), or the smaller of two upper ones (−1)."""
    if x is None or y is None:
        return (y, with_y) if x is None else (x, with_x)
    order = direction * _difference(x, y)
    if order == 0:
        return x, with_x and with_y
    return (x, with_x) if order > 0 else (y, with_y)


def rounded(values: Values, side: int) -> Values:
    """Values with exact ends: fewer where `side` is −1, more where it is 1 (they may then overlap)."""
    found: list[Interval] = []
    for i in values:
        low = i.low if i.low is None else _rounded_end(i.low, -side)
        high = i.high if i.high is None else _rounded_end(i.high, side)
        if isinstance(low, Fraction) and isinstance(high, Fraction) and low > high:
            continue
        # An end that was rounded outwards is beyond every value.
        with_low = i.with_low if side < 0 or low is i.low else True
        with_high = i.with_high if side < 0 or high is i.high else True
        found.append(Interval(low, high, with_low, with_high))
    return tuple(found)


def _rounded_end(x: End, up: int) -> End:
    return x if isinstance(x, Fraction) else _short(x.upper() if up > 0 else x.lower())


@dataclass(frozen=True)
class _Balls:
    """Probabilities by a law's enclosures."""

    law: ScalarLaw

    def ray(self, relation: str, t: End) -> Enclosure:
        if self.law.seconds(float(t)) > _LONGEST:
            raise NotImplementedError("the law's enclosures take minutes")
        found = self.law.enclose_at(relation, t) if isinstance(t, Fraction) else self.law.enclose(relation, t)
        if not (found.lower.is_finite() and found.upper.is_finite()):
            return Enclosure(arb(0), arb(1))
        return Enclosure(_clipped(found.lower), _clipped(found.upper))


def _clipped(x: arb) -> arb:
    """An exact end of an enclosure of a probability; one that lies in [0, 1] is not rounded."""
    return arb(0) if x < 0 else arb(1) if x > 1 else x


def probability(law: ScalarLaw, values: Values) -> Enclosure:
    """The certified probability that a variable of this law takes one of some values.

    Raises
    ------
    NotImplementedError
        Where the law does not enclose a tail that is needed.
    """
    asked = _Balls(law)
    total = Enclosure(arb(0), arb(0))
    for i in values:
        total = _sum(total, _of_interval(asked, i))
    return Enclosure(_clipped(total.lower), _clipped(total.upper))


def _of_interval(asked: _Balls, i: Interval) -> Enclosure:
    if i.low is None and i.high is None:
        return Enclosure(arb(1), arb(1))
    if i.low is None:
        assert i.high is not None
        return asked.ray("<=" if i.with_high else "<", i.high)
    if i.high is None:
        return asked.ray(">=" if i.with_low else ">", i.low)
    if asked.law.continuous and _difference(i.low, i.high) == 0:
        return Enclosure(arb(0), arb(0))
    return _between(asked, i, i.low, i.high)


def _between(asked: _Balls, i: Interval, low: End, high: End) -> Enclosure:
    """An interval with two ends, as the narrowest of three differences of tails."""
    found: list[Enclosure] = []
    below, above = ("<" if i.with_low else "<="), (">" if i.with_high else ">=")
    rays: dict[str, Enclosure] = {}
    for name, relation, end in (
        ("below", below, low),
        ("above", above, high),
        ("from", complement(below), low),
        ("to", complement(above), high),
    ):
        try:
            rays[name] = asked.ray(relation, end)
        except NotImplementedError:
            continue
    if {"below", "above"} <= rays.keys():
        one = Enclosure(arb(1), arb(1))
        found.append(less(one, _sum(rays["below"], rays["above"])))
    if {"from", "above"} <= rays.keys():
        found.append(less(rays["from"], rays["above"]))
    if {"to", "below"} <= rays.keys():
        found.append(less(rays["to"], rays["below"]))
    if not found:
        raise NotImplementedError("the law encloses too few tails for an interval")
    lowest, highest = found[0].lower, found[0].upper
    for other in found[1:]:
        lowest = other.lower if other.lower > lowest else lowest
        highest = other.upper if other.upper < highest else highest
    return Enclosure(_clipped(lowest), _clipped(highest))


def _bits(*ends: arb) -> int:
    return max(int(x.man_exp()[0]).bit_length() if x != 0 else 1 for x in ends)


def _sum(x: Enclosure, y: Enclosure) -> Enclosure:
    """The sum of two enclosures, rounded outwards far beyond their own digits."""
    if x.lower == 0 == x.upper:
        return y
    if y.lower == 0 == y.upper:
        return x
    with workprec(_bits(x.lower, x.upper, y.lower, y.upper) + 64):
        return Enclosure((x.lower + y.lower).lower(), (x.upper + y.upper).upper())


def less(x: Enclosure, y: Enclosure) -> Enclosure:
    """x − y, rounded outwards far beyond their own digits."""
    with workprec(_bits(x.lower, x.upper, y.lower, y.upper) + 64):
        return Enclosure((x.lower - y.upper).lower(), (x.upper - y.lower).upper())


def fraction(law: ScalarLaw, values: Values) -> Fraction:
    """The exact probability, by a law whose probabilities are rational (NotImplementedError for any other)."""
    total = Fraction(0)
    for i in values:
        below = Fraction(0) if i.low is None else law.fraction("<" if i.with_low else "<=", _rational(i.low))
        upto = Fraction(1) if i.high is None else law.fraction("<=" if i.with_high else "<", _rational(i.high))
        total += upto - below
    return total


def _rational(end: End) -> Fraction:
    if not isinstance(end, Fraction):
        raise NotImplementedError("a threshold that is not rational")
    return end


def log_probability(law: ScalarLaw, values: Values) -> float:
    """log of the probability in floats, where no difference of tails loses the digits that decide."""
    logs = []
    for i in values:
        if i.low is None and i.high is None:
            return 0.0
        if i.low is None or i.high is None:
            end = i.high if i.low is None else i.low
            relation = ("<=" if i.with_high else "<") if i.low is None else (">=" if i.with_low else ">")
            logs.append(_log_ray(law, relation, end))
            continue
        if law.continuous and _difference(i.low, i.high) == 0:
            continue
        logs.append(_log_between(law, i))
    if not logs:
        return -math.inf
    top = max(logs)
    return top if top == -math.inf else top + math.log(math.fsum(math.exp(x - top) for x in logs))


def _log_ray(law: ScalarLaw, relation: str, end: End | None) -> float:
    assert end is not None
    if isinstance(end, Fraction):
        found = _log_at(law, relation, end)
    else:
        point = float(end.mid())
        found = float(law.log_probability(relation, point))
        if not law.continuous:
            # An irrational threshold is no atom; a rational one in disguise may be, and floats do not tell.
            sides = [float(law.log_probability(relation, x)) for x in (point * (1 - _NEAR), point * (1 + _NEAR))]
            if max(sides) - min(sides) > law.log_gap / 10 * max(1.0, abs(found)):
                raise NotImplementedError("floats do not tell the threshold from an atom")
    if math.isnan(found):
        raise ValueError(f"the law {law} gives nan for P(X {relation} {float(as_ball(end).mid()):g})")
    return min(found, 0.0)


def _log_at(law: ScalarLaw, relation: str, end: Fraction) -> float:
    """One tail in floats, asked again by a search at cells that differ in the number of samples alone."""
    try:
        return _remembered_log(law, relation, end)
    except TypeError:
        return float(law.log_probability_at(relation, end))  # a law that has no hash


@lru_cache(maxsize=4096)
def _remembered_log(law: ScalarLaw, relation: str, end: Fraction) -> float:
    return float(law.log_probability_at(relation, end))


def _log_between(law: ScalarLaw, i: Interval) -> float:
    below, above = ("<" if i.with_low else "<="), (">" if i.with_high else ">=")
    pairs = (
        (complement(below), i.low, above, i.high),
        (complement(above), i.high, below, i.low),
    )
    best, kept = -math.inf, 0.0
    for relation, end, minus, other in pairs:
        more, less = _log_ray(law, relation, end), _log_ray(law, minus, other)
        if more == -math.inf:
            return -math.inf
        share = -math.expm1(min(0.0, less - more))
        if share > kept:
            best, kept = more + math.log(share), share
    if kept < _KEPT:
        raise NotImplementedError("a difference of tails that floats do not carry")
    return best
