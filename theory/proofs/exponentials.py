"""Sums of terms c n^k e^{an} for all integers from some on: a dominant term beyond a bound, values below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Add, Expr, Rational, Symbol, exp, sstr

__all__ = ["Term", "dominated", "terms_of"]

FARTHEST = 20000
SLACK = Rational(1, 1000)


@dataclass(frozen=True)
class Term:
    """c n^k e^{an}."""

    c: Expr
    k: int
    a: Rational

    def of(self, n: Symbol, scale: Expr) -> str:
        """The term without its sign, times a positive number, as text."""
        return str(sstr(scale * sympy.Abs(self.c) * n**self.k * exp(self.a * n)))


def terms_of(f: Expr, n: Symbol) -> list[Term] | None:
    """The terms of a sum, the leading one first, or None for what is no such sum.

    Examples
    --------
    >>> n = Symbol("n", positive=True, integer=True)
    >>> terms_of(2 * n**2 * exp(-n / 7) - exp(1 - n / 8), n)
    [Term(c=-E, k=0, a=-1/8), Term(c=2, k=2, a=-1/7)]
    """
    found: dict[tuple[int, Rational], Expr] = {}
    for part in Add.make_args(sympy.expand(f, power_exp=False)):
        exponent, rest = sympy.Integer(0), sympy.Integer(1)
        for factor in sympy.Mul.make_args(part):
            if isinstance(factor, exp):
                exponent += factor.args[0]
            else:
                rest *= factor
        exponent = sympy.expand(exponent)
        a = exponent.coeff(n)
        constant = sympy.expand(exponent - a * n)
        k = sympy.degree(rest, n) if rest.is_polynomial(n) and rest.has(n) else 0
        c = sympy.simplify(rest / n**k)
        if not a.is_Rational or constant.has(n) or c.has(n) or not (c.is_real and c.is_nonzero):
            return None
        found[int(k), a] = found.get((int(k), a), sympy.Integer(0)) + c * exp(constant)
    return [Term(c, k, a) for (k, a), c in sorted(found.items(), key=lambda item: (-item[0][1], -item[0][0])) if c != 0]


def dominated(
    f: Expr, n: Symbol, least: int, prove: Callable[[str, str, int], dict[str, Any] | None]
) -> tuple[int, dict[str, Any]] | None:
    """A bound from which on the leading term exceeds all negative ones, and the step that says so; else None.

    Parameters
    ----------
    f : SymPy expression
    n : Symbol
    least : int
    prove : callable
        The proof that one text is less than another for all n from an integer on, or None.
    """
    terms = terms_of(f, n)
    if not terms:
        return None
    first = terms[0]
    if not first.c.is_positive:
        return None
    negative = [t for t in terms if t.c.is_negative]
    if len(negative) + sum(bool(t.c.is_positive) for t in terms) < len(terms):
        return None
    start = max(int(least), 1)
    while start <= FARTHEST:
        shares = [_share(t, first, start) for t in negative]
        if None not in shares and sum(s for s in shares if s is not None) < 1:
            step = _step(terms, first, negative, shares, n, start, prove)
            if step is not None:
                return start, step
        start = start + max(1, start // 4)
    return None


def _share(term: Term, first: Term, start: int) -> Rational | None:
    """A little more than what a term is of the first at a bound, or None while that still grows."""
    k, a = term.k - first.k, term.a - first.a
    if k + a * start > 0:
        return None
    value = sympy.N(-term.c / first.c * Rational(start) ** k * exp(a * start), 30)
    return Rational(int(value * 10**9) + 1, 10**9) * (1 + SLACK) if value > Rational(1, 10**8) else Rational(1, 10**7)


def _step(
    terms: list[Term],
    first: Term,
    negative: list[Term],
    shares: list[Any],
    n: Symbol,
    start: int,
    prove: Callable[[str, str, int], dict[str, Any] | None],
) -> dict[str, Any] | None:
    pairs = [(t.of(n, sympy.Integer(1)), first.of(n, s)) for t, s in zip(negative, shares, strict=True)]
    pairs.append(("0", first.of(n, 1 - sum(shares))))
    pairs += [("0", t.of(n, sympy.Integer(1))) for t in terms if t.c.is_positive and t != first]
    parts = []
    for small, large in pairs:
        proof = prove(small, large, start)
        if proof is None:
            return None
        parts.append([small, large, proof])
    return {"step": "sum", "parts": parts}
