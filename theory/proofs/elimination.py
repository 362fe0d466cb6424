"""Signs of polynomials in nonnegative quantities, after elimination of given events."""

from __future__ import annotations

from collections import Counter

import sympy
from sympy import Dummy, Expr, Min, Poly, exp

from ..calculus.evaluate import enclose
from ..calculus.forms import Form

__all__ = ["is_square", "reduced", "smaller_exponent", "surely_less"]


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
    return all(surely_less(a, b, [], [], strict=False) for a, b in pairs)


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


def surely_less(small: Expr, large: Expr, facts: list[Expr], open_end: list[bool], strict: bool) -> bool:
    """small < large (≤ unless `strict`) for positive quantities, after squaring away roots.

    Parameters
    ----------
    small, large : SymPy expression
        Positive quantities.
    facts : list of SymPy expression
        Quantities that are known to be at least 0, each linear in one of its symbols, which it eliminates.
    open_end : list of bool
        Whether the fact at the same place is strict.
    strict : bool

    Examples
    --------
    >>> from sympy import Symbol
    >>> x, y = Symbol("x", positive=True), Symbol("y", positive=True)
    >>> surely_less(x, y, [y - 2 * x], [True], strict=True), surely_less(x, y, [], [], strict=True)
    (True, False)
    """
    least = next((f for f in sympy.Mul.make_args(small) if isinstance(f, Min)), None)
    if least is not None:
        rest = small / least
        return rest.is_positive and any(surely_less(rest * arg, large, facts, open_end, strict) for arg in least.args)
    if any(p.exp.is_Rational and p.exp.q == 2 for p in large.atoms(sympy.Pow) if p.base.free_symbols):
        if not (small.is_positive and large.is_positive):
            return False
        small, large = small**2, large**2
    top, bottom = sympy.fraction(sympy.together(large - small))
    if not bottom.is_positive:
        return False
    for i, is_open in enumerate(open_end):
        fact = facts[i]
        variable = next((v for v in sorted(fact.free_symbols, key=str) if fact.diff(v).is_Number), None)
        if variable is None:
            return False
        t = Dummy("t", positive=True) if is_open else Dummy("t", nonnegative=True)
        solved = sympy.solve(fact - t, variable)[0]
        top = sympy.expand(top.subs(variable, solved))
        facts = [f.subs(variable, solved) for f in facts]
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
