"""Signs of polynomials in nonnegative quantities, after elimination of given events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import sympy
from sympy import Expr, Min, Poly, Symbol, exp

from ..calculus.evaluate import enclose
from ..calculus.forms import Form

__all__ = ["bounded", "is_square", "reduced", "smaller_exponent", "surely_less"]

Closed = Literal["", "left", "right", "both"]


def bounded(
    facts: Sequence[tuple[Expr, bool]], order: Sequence[Symbol]
) -> dict[Symbol, tuple[Expr, Expr, Closed]] | None:
    """The domain that facts about real symbols cut out: ends of each in those before it; None where it has several.

    Parameters
    ----------
    facts : sequence of (expression, bool)
        What is at least 0, or more than 0 where the second is true; affine in the symbols, with numbers as slopes.
    order : sequence of Symbol

    Examples
    --------
    >>> p, q = sympy.symbols("p q")
    >>> bounded([(p - 1, True), (2 - p - q, False), (q, False)], [p, q])
    {p: (1, 2, 'right'), q: (0, 2 - p, 'both')}
    """
    known, found = [(sympy.expand(f), strict) for f, strict in facts], {}
    for symbol in reversed(order):
        lows: list[tuple[Expr, bool]] = []
        highs: list[tuple[Expr, bool]] = []
        rest = []
        for fact, strict in known:
            slope = fact.coeff(symbol, 1)
            others = sympy.expand(fact - slope * symbol)
            if not slope.is_Rational or others.has(symbol):
                return None
            if slope == 0:
                rest.append((fact, strict))
            else:
                (lows if slope > 0 else highs).append((sympy.expand(-others / slope), strict))
        ends = [_one_end(lows, 1), _one_end(highs, -1)]
        if any(end is None for end in ends):
            return None
        (low, open_low), (high, open_high) = (end for end in ends if end is not None)
        if sympy.oo not in (-low, high):
            rest.append((sympy.expand(high - low), open_low or open_high))
        closed: Closed = ("" if open_high else "right") if open_low else ("left" if open_high else "both")
        found[symbol] = (low, high, closed)
        known = rest
    # What is left has no symbols.
    if not all(fact > 0 if strict else fact >= 0 for fact, strict in known):
        return None
    return {symbol: found[symbol] for symbol in order}


def _one_end(ends: list[tuple[Expr, bool]], side: int) -> tuple[Expr, bool] | None:
    """The largest of lower ends (or the least of upper ones), where it is known which it is."""
    if not ends:
        return -side * sympy.oo, True
    for end, strict in ends:
        others = [(side * (end - e), s) for e, s in ends if (e, s) != (end, strict)]
        if all(gap.is_number and (gap > 0 or (gap == 0 and strict >= s)) for gap, s in others):
            return end, strict
    return None


def is_square(form: Form | None) -> bool:
    """Whether every term of a form is a sum of squares: a nonnegative multiple of factors that occur twice each.

    Examples
    --------
    >>> is_square(Form.parse("a_i D_i D_i a_i")), is_square(Form.parse("a_i h_i"))
    (True, False)
    """
    if form is None:
        return False
    return all(
        t.coefficient.is_nonnegative and all(c % 2 == 0 for c in Counter(t.factors).values()) for t in form.terms
    )


def smaller_exponent(small: Expr, large: Expr) -> bool:
    """Whether two exponentials with minima in their exponents are proved to be in this order, by their exponents.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x, c = Symbol("x", positive=True), sympy.Rational(1, 4)
    >>> smaller_exponent(exp(-Min(x**2, x / 2)), exp(-c * Min(x**2, x)))
    True
    >>> smaller_exponent(exp(-Min(x**2, x / 2)), exp(-Min(x**2, x)))
    False
    """
    pairs = reduced(small, large)
    symbols = small.free_symbols | large.free_symbols
    if pairs == [(small, large)] or not all(s.is_positive for s in symbols):
        return False
    return all(surely_less(a, b, strict=False) for a, b in pairs)


def reduced(small: Expr, large: Expr) -> list[tuple[Expr, Expr]]:
    """Strip equal positive factors and exponentials, and split minima: what remains to be compared.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x = Symbol("x", positive=True)
    >>> reduced(2 * x, x * Min(3, 2 + x))
    [(2, 3), (2, x + 2)]
    """
    common = [f for f in sympy.Mul.make_args(small) if f in sympy.Mul.make_args(large) and f.is_positive]
    for factor in common:
        small, large = small / factor, large / factor
    if isinstance(small, exp) and isinstance(large, exp):
        return reduced(-large.args[0], -small.args[0])
    if isinstance(large, Min):
        return [pair for arg in large.args for pair in reduced(small, arg)]
    return [(small, large)]


def surely_less(small: Expr, large: Expr, strict: bool) -> bool:
    """small < large (≤ unless `strict`) for positive quantities, after squaring away roots.

    Parameters
    ----------
    small, large : SymPy expression
        Positive quantities.
    strict : bool

    Examples
    --------
    >>> from sympy import Symbol
    >>> x, y = Symbol("x", positive=True), Symbol("y", positive=True)
    >>> surely_less(x, x + y, strict=True), surely_less(x, y, strict=True)
    (True, False)
    """
    least = next((f for f in sympy.Mul.make_args(small) if isinstance(f, Min)), None)
    if least is not None:
        rest = small / least
        return rest.is_positive and any(surely_less(rest * arg, large, strict) for arg in least.args)
    if any(p.exp.is_Rational and p.exp.q == 2 for p in large.atoms(sympy.Pow) if p.base.free_symbols):
        if not (small.is_positive and large.is_positive):
            return False
        small, large = small**2, large**2
    top, bottom = sympy.fraction(sympy.together(large - small))
    if not bottom.is_positive:
        return False
    if top == 0:
        return not strict
    variables = sorted(top.free_symbols, key=str)
    if not variables:
        return bool(enclose(top) > 0)
    if not top.is_polynomial(*variables):
        return False
    polynomial = Poly(top, *variables)
    signs = [(enclose(c), monomial) for monomial, c in polynomial.terms()]
    if not all(c >= 0 for c, _ in signs):
        return False
    positive = any(
        bool(c > 0) and all(v.is_positive for v, power in zip(variables, monomial, strict=True) if power)
        for c, monomial in signs
    )
    return positive or not strict
