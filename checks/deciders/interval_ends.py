"""What closes an interval of a real parameter at its ends: orders of contact and limits.

Both sides of a claim may meet at an end of its interval (both 1 as t → 0, both 0 as t → ∞), where no ball tells them
apart. There a derivative of their difference has a sign: that of P(X ≥ h(t)) is −f(h(t)) h′(t) by the law's density.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy
from flint import arb
from sympy import Dummy, Expr, Integer, Rational, Symbol, exp, log

from ...theory.calculus.enclosure import workprec
from ...theory.calculus.evaluate import enclose
from ...theory.language.events import Event
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.laws.hull import Piece
from ...theory.laws.lattice_law import LatticeLaw
from ...theory.laws.protocol import ScalarLaw

__all__ = [
    "Difference",
    "ball_at",
    "half_lines",
    "on_integers",
    "parameters_of",
    "slope_of",
    "touches",
]

_BITS = 256
# How often the difference of both sides is differentiated at most.
_ORDER = 4
# Longer expressions are not differentiated again.
_LONGEST = 2500
# Longer ones are not simplified to see whether they vanish.
_SIMPLIFIED = 60
# Functions with jumps or corners: their derivatives do not tell how they go on.
_ROUGH = (
    sympy.floor,
    sympy.ceiling,
    sympy.frac,
    sympy.Piecewise,
    sympy.sign,
    sympy.Mod,
    sympy.Max,
    sympy.Min,
    sympy.Abs,
)


def ball_at(expr: Expr, values: dict[str, Any]) -> arb | None:
    """An expression in balls; None where it has no finite value."""
    plain = {name: value.ball if isinstance(value, Piece) else value for name, value in values.items()}
    try:
        with workprec(_BITS):
            found = enclose(expr, plain, _BITS)
    except (ValueError, ArithmeticError, NotImplementedError):
        return None
    return found if found.is_finite() else None


@dataclass(frozen=True)
class Difference:
    """What must not be negative, as an expression in one parameter and symbols of probabilities.

    Attributes
    ----------
    expr : SymPy expression
    variable : Symbol
    slopes : mapping of Dummy to SymPy expression
        Derivatives of the probabilities, in the same symbols.
    """

    expr: Expr
    variable: Symbol
    slopes: dict[Dummy, Expr]

    def derivative(self) -> Difference:
        """Its derivative along the parameter."""
        found = _derivative(self.expr, self.variable, tuple(self.slopes.items()))
        return Difference(found, self.variable, self.slopes)

    @property
    def vanishes(self) -> bool:
        """Whether it is 0 everywhere."""
        if self.expr == 0:
            return True
        if self.expr.count_ops() >= _SIMPLIFIED:
            return False
        # One value tells most expressions from 0 before they are simplified.
        free = sorted(self.expr.free_symbols, key=lambda s: s.name)
        there = ball_at(self.expr, {s.name: Fraction(2 * i + 3, 7 * i + 11) for i, s in enumerate(free)})
        return (there is None or there.contains(0)) and bool(sympy.simplify(self.expr) == 0)


@lru_cache(maxsize=256)
def _derivative(expr: Expr, variable: Symbol, slopes: tuple[tuple[Dummy, Expr], ...]) -> Expr:
    total = expr.diff(variable)
    for symbol, slope in slopes:
        if slope != 0:
            total += expr.diff(symbol) * slope
    return total


def touches(
    difference: Difference,
    piece: Piece,
    at_low: bool,
    heads: dict[str, arb],
    exact: dict[Dummy, Expr] | None,
    weak: bool = False,
    most: int = _ORDER,
) -> bool:
    """Prove that a difference is positive inside a piece at one end of which it may vanish.

    Parameters
    ----------
    difference : Difference
    piece : Piece
    at_low : bool
        Whether the end is the lower one.
    heads : mapping of str to flint.arb
        The probabilities by name over the piece.
    exact : mapping of Dummy to SymPy expression, or None
        Their limits at the end, exactly.
    weak : bool
        Whether a difference that is 0 on all of the piece will do.
    most : int
        How often it is differentiated at most.
    """
    if difference.expr.has(*_ROUGH):
        return False
    end = piece.low if at_low else piece.high
    point = Rational(end.numerator, end.denominator)
    over = {difference.variable.name: piece.ball, **heads}
    now, sign = difference, 1
    for order in range(most + 1):
        if order:
            found = ball_at(now.expr, over)
            if found is not None and (found * sign > 0 or (weak and now.vanishes)):
                return True
        if exact is None or not _not_negative(now.expr, difference.variable, point, exact, sign):
            return False
        if now.expr.count_ops() > _LONGEST:
            return False
        now = now.derivative()
        sign = sign if at_low else -sign
    return False


def _not_negative(expr: Expr, variable: Symbol, point: Expr, exact: dict[Dummy, Expr], sign: int) -> bool:
    """Whether an expression, times a sign, is at least 0 at a point: in balls, or 0 exactly."""
    value = expr.xreplace(exact).subs(variable, point)
    if value.has(sympy.nan, sympy.zoo):
        return False
    ball = ball_at(value, {})
    if ball is None:
        return False
    if ball * sign > 0:
        return True
    return ball.contains(0) and bool(value == 0 or sympy.simplify(value) == 0)


Line = tuple[Expr | None, Expr | None]
"""Both ends of an interval, as expressions; None is infinite."""


def half_lines(value: Expr, relation: str, bound: Expr, rv: RV, known: Callable[[Expr], int]) -> list[Line] | None:
    """The values of a random variable at which an event happens, with ends as expressions; None where not known.

    Parameters
    ----------
    value, relation, bound
        The event.
    rv : RV
    known : callable
        The sign of an expression over the whole piece, 0 where it has none.
    """
    lines: list[Line] = [(bound, None)] if relation in (">", ">=") else [(None, bound)]
    return _inverted(value, lines, rv, known)


def _inverted(value: Expr, lines: list[Line], rv: RV, known: Callable[[Expr], int]) -> list[Line] | None:
    if value == rv:
        return lines
    if isinstance(value, sympy.Add | sympy.Mul):
        random = [a for a in value.args if a.has(rv)]
        if len(random) != 1:
            return None
        fixed = value.func(*[a for a in value.args if a is not random[0]])
        if isinstance(value, sympy.Add):
            return _inverted(random[0], _mapped(lines, lambda x: x - fixed), rv, known)
        sign = known(fixed)
        if sign == 0:
            return None
        scaled = _mapped(lines, lambda x: x / fixed)
        return _inverted(random[0], scaled if sign > 0 else [(high, low) for low, high in scaled], rv, known)
    if isinstance(value, sympy.Abs) or (isinstance(value, sympy.Pow) and value.exp.is_Integer and value.exp.is_even):
        if isinstance(value, sympy.Pow) and not value.exp > 0:
            return None
        power = Integer(1) if isinstance(value, sympy.Abs) else 1 / value.exp
        folded: list[Line] = []
        for low, high in lines:
            ends = [end for end in (low, high) if end is not None]
            if any(known(end) < 0 or (known(end) == 0 and end != 0) for end in ends):
                return None
            top = None if high is None else high**power
            if low is None:
                folded.append((None if top is None else -top, top))
                continue
            folded += [(None if top is None else -top, -(low**power)), (low**power, top)]
        return _inverted(value.args[0], folded, rv, known)
    if isinstance(value, exp):
        if any(end is not None and known(end) <= 0 for line in lines for end in line):
            return None
        return _inverted(value.args[0], _mapped(lines, log), rv, known)
    if isinstance(value, log):
        return _inverted(
            value.args[0], [(exp(lo) if lo is not None else None, hi and exp(hi)) for lo, hi in lines], rv, known
        )
    return None


def _mapped(lines: Iterable[Line], f: Callable[[Expr], Expr]) -> list[Line]:
    found: list[Line] = []
    for low, high in lines:
        found.append((None if low is None else f(low), None if high is None else f(high)))
    return found


def parameters_of(rv: RV) -> tuple[Any, tuple[Any, ...]] | None:
    """The law class of a random variable and its parameters as expressions; None for a law that hides them."""
    if not isinstance(rv.law, LawOf) or any(isinstance(p, LawOf) for p in rv.law.parameters):
        return None
    if not isinstance(rv.law.law, type):
        return None
    return rv.law.law, tuple(sympy.sympify(p) for p in rv.law.parameters)


def described_by(at: ScalarLaw) -> tuple[Any, tuple[Any, ...]] | None:
    """The class of a law and its parameters, of one whose fields are exact numbers; None for any other."""
    if not is_dataclass(at):
        return None
    values = [getattr(at, f.name) for f in fields(at)]
    values = [Piece.of(v).low if isinstance(v, arb) and v.is_exact() else v for v in values]
    if not all(isinstance(v, int | Fraction) for v in values):
        return None
    return type(at), tuple(Rational(v.numerator, v.denominator) for v in values)


def slope_of(
    event: Event, rv: RV, variable: Symbol, sizes: dict[Any, Any], over: dict[str, Any], at: ScalarLaw
) -> Expr | None:
    """The derivative of P(event) along a parameter inside a piece, as an expression; None where it is not known.

    Parameters
    ----------
    event : Event
    rv : RV
    variable : Symbol
    sizes : mapping of Symbol to SymPy number
        Values of all other symbols.
    over : mapping of str to value
        The same by name, with the piece as a ball.
    at : ScalarLaw
        The law over the piece.
    """
    described = parameters_of(rv) or described_by(at)
    if described is None:
        return None
    law, given = described[0], tuple(p.xreplace(sizes) for p in described[1])
    value, bound = event.value.xreplace(sizes), event.bound.xreplace(sizes)
    moving = any(p.has(variable) for p in given)

    def known(expr: Expr) -> int:
        if expr.is_nonnegative or expr.is_negative:
            return 1 if expr.is_nonnegative else -1
        ball = ball_at(expr, over)
        if ball is None:
            return 0
        return 1 if ball >= 0 and ball != 0 else -1 if ball < 0 else 0

    if moving:
        return (
            None
            if value.has(variable) or bound.has(variable)
            else _law_slope(law, given, value, event, bound, rv, variable, known)
        )
    if not (value.has(variable) or bound.has(variable)):
        return Integer(0)
    if not at.continuous:
        if not isinstance(at, LatticeLaw) and not on_integers(law):
            return None  # its atoms are not known to be integers
        return _constant_step(value, bound, event.relation, rv, over, known)
    lines = half_lines(value, event.relation, bound, rv, known)
    if lines is None:
        return None
    total: Expr = Integer(0)
    for low, high in lines:
        for end, sign in ((low, -1), (high, 1)):
            if end is None:
                continue
            place = _placed(end, at.support(), over)
            if place is None:
                return None
            if place:
                try:
                    total += sign * law.density(end, *given) * end.diff(variable)
                except NotImplementedError:
                    return None
    return total


def _placed(end: Expr, support: tuple[Any, Any], over: dict[str, Any]) -> bool | None:
    """Whether an end lies inside the support over the whole piece; None where it does in part."""
    if (ends := _affine_ends(end, over)) is not None:
        least, most = support
        if ends[1] <= least or ends[0] >= most:
            return False
        return True if ends[0] >= least and ends[1] <= most else None
    ball = ball_at(end, over)
    if ball is None:
        return None
    low, high = (None if isinstance(x, float) else _ball(x) for x in support)
    if (low is not None and ball <= low) or (high is not None and ball >= high):
        return False
    return True if (low is None or ball >= low) and (high is None or ball <= high) else None


def _ball(x: Fraction) -> arb:
    with workprec(_BITS):
        return arb(x.numerator) / x.denominator


def _whole_threshold(lines: list[Line] | None, over: dict[str, Any], relation: str) -> tuple[int, bool] | None:
    """The integer k of X ≥ k (True) or X ≤ k (False), where it is one over the whole piece inside."""
    if lines is None or len(lines) != 1:
        return None
    low, high = lines[0]
    upper = low is not None
    end = low if upper else high
    if end is None or (low is not None and high is not None):
        return None
    if end.is_Rational:
        value = Fraction(int(end.p), int(end.q))
        strict = relation in ("<", ">")
        whole = value.denominator == 1
        if upper:
            return (-((-value.numerator) // value.denominator) + (1 if strict and whole else 0)), True
        return value.numerator // value.denominator - (1 if strict and whole else 0), False
    if (ends := _affine_ends(end, over)) is not None:
        least = ends[0].numerator // ends[0].denominator
        return None if ends[1] > least + 1 else (least + 1, True) if upper else (least, False)
    ball = ball_at(end, over)
    if ball is None:
        return None
    first, last = ball.lower().floor().unique_fmpz(), ball.upper().ceil().unique_fmpz()
    if first is None or last is None or int(last) - int(first) != 1:
        return None
    return (int(last), True) if upper else (int(first), False)


def _affine_ends(end: Expr, over: dict[str, Any]) -> tuple[Fraction, Fraction] | None:
    """The least and the largest value over a piece of a threshold that is affine in its parameter, exactly."""
    pieces = [(s, over[s.name]) for s in end.free_symbols if isinstance(over.get(s.name), Piece)]
    if len(pieces) != 1 or end.free_symbols != {pieces[0][0]} or not end.diff(pieces[0][0]).is_Rational:
        return None
    symbol, piece = pieces[0]
    values = [end.subs(symbol, Rational(x.numerator, x.denominator)) for x in (piece.low, piece.high)]
    if not all(value.is_Rational for value in values):
        return None
    low, high = sorted(Fraction(int(value.p), int(value.q)) for value in values)
    return low, high


def _constant_step(
    value: Expr, bound: Expr, relation: str, rv: RV, over: dict[str, Any], known: Callable[[Expr], int]
) -> Expr | None:
    """0 where the threshold of a lattice law stays between two neighbouring integers inside the piece."""
    lines = half_lines(value, relation, bound, rv, known)
    if lines is None:
        return None
    for low, high in lines:
        for line in ((low, None), (None, high)):
            if line != (None, None) and _whole_threshold([line], over, relation) is None:
                return None
    return Integer(0)


def _law_slope(
    law: Any, given: tuple[Expr, ...], value: Expr, event: Event, bound: Expr, rv: RV, variable: Symbol, known: Any
) -> Expr | None:
    """The derivative along a parameter of a binomial or Poisson law, by the density at the threshold."""
    found = _whole_threshold(half_lines(value, event.relation, bound, rv, known), {}, event.relation)
    if found is None:
        return None
    k, upper = found
    first = k if upper else k + 1  # P(X ≥ first), or 1 less it
    sign = 1 if upper else -1
    name = getattr(law, "__name__", "")
    if name == "BinomialLaw" and len(given) == 2 and given[0].is_Integer:
        n, p = given
        if not 1 <= first <= n:
            return Integer(0)
        density = first * sympy.binomial(n, first) * p ** (first - 1) * (1 - p) ** (n - first)
        return sign * density * p.diff(variable)
    if name == "PoissonLaw" and len(given) == 1:
        if first < 1:
            return Integer(0)
        return sign * exp(-given[0]) * given[0] ** (first - 1) / sympy.factorial(first - 1) * given[0].diff(variable)
    return None


def on_integers(law: Any) -> bool:
    """Whether a class of laws is one of laws on integers."""
    return isinstance(law, type) and issubclass(law, LatticeLaw)
