"""Inequalities between random variables on given events: elimination, then signs of coefficients.

On ``P > 1/8`` write P = 1/8 + t with t > 0, and likewise for every given event, solved for one of its variables. What
is to be shown becomes a polynomial in nonnegative quantities, true when no coefficient is negative and one term stays.
"""

from __future__ import annotations

from collections import Counter

import sympy
from sympy import Dummy, Expr, Min, Poly, exp

from ...theory.core import RV, Event, Link
from ...theory.evaluate import enclose
from ...theory.forms import Form
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome

__all__ = ["decide", "is_square", "smaller_exponent"]


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


def decide(question: Question) -> tuple[Outcome, ...] | None:
    """Prove an inequality link, on given events if there are any; None where the proof does not go through."""
    link = question.link
    events = [g for g in link.given if isinstance(g, Event)]
    # Without an event a square may be 0, and only what is not strict can be shown.
    if link.relation not in (("<", "<=", ">", ">=") if events else ("<=", ">=")):
        return None
    values = {rv: Dummy(rv.name, positive=True) for rv in _rvs(link, events) if is_square(rv.form)}
    small, large = (link.lhs, link.rhs) if link.relation in ("<", "<=") else (link.rhs, link.lhs)
    strict = link.relation in ("<", ">")
    small, large = (side.xreplace(values) for side in (small, large))
    facts = [
        ((e.value - e.bound) if e.relation in (">", ">=") else (e.bound - e.value)).xreplace(values) for e in events
    ]
    open_end = [e.relation in ("<", ">") for e in events]
    if any(x.atoms(RV) for x in (small, large, *facts)):
        return None
    if not all(_less(a, b, facts, open_end, strict) for a, b in _reduced(small, large)):
        return None
    source = "proved from the given events by elimination" if events else "proved for all values of the squares"
    why = f"{source}: every coefficient is nonnegative"
    return (outcome(Verdict.HOLDS, Evidence.PROVED, reason=why),)


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
    pairs = _reduced(small, large)
    symbols = small.free_symbols | large.free_symbols
    if pairs == [(small, large)] or not all(s.is_positive for s in symbols):
        return False
    return all(_less(a, b, [], [], strict=False) for a, b in pairs)


def _rvs(link: Link, events: list[Event]) -> set[RV]:
    found = link.lhs.atoms(RV) | link.rhs.atoms(RV)
    for event in events:
        found |= event.value.atoms(RV) | event.bound.atoms(RV)
    return found


def _reduced(small: Expr, large: Expr) -> list[tuple[Expr, Expr]]:
    """Strip equal positive factors and exponentials, and split minima: what remains to be compared."""
    common = [f for f in sympy.Mul.make_args(small) if f in sympy.Mul.make_args(large) and f.is_positive]
    for factor in common:
        small, large = small / factor, large / factor
    if isinstance(small, exp) and isinstance(large, exp):
        return _reduced(-large.args[0], -small.args[0])
    if isinstance(large, Min):
        return [pair for arg in large.args for pair in _reduced(small, arg)]
    return [(small, large)]


def _less(small: Expr, large: Expr, facts: list[Expr], open_end: list[bool], strict: bool) -> bool:
    """small < large (≤ unless `strict`) for positive quantities, after squaring away roots."""
    least = next((f for f in sympy.Mul.make_args(small) if isinstance(f, Min)), None)
    if least is not None:
        rest = small / least
        return rest.is_positive and any(_less(rest * arg, large, facts, open_end, strict) for arg in least.args)
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
