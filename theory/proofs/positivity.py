"""Symbolic proofs that an expression is nonnegative on a whole domain.

Two deciders, both complete proofs when they answer: SymPy's own assumptions, and Pólya-style shifting. A linear
hypothesis ``m > L(d)`` becomes ``m = L(d) + t`` with t > 0, an integer symbol that starts at k becomes ``k + t`` with
t ≥ 0; if numerator and denominator of the shifted rational function have only nonnegative coefficients, the
expression is nonnegative everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, product

import sympy
from sympy import Dummy, Expr, Integer, Poly, Rational, Symbol
from sympy.core.relational import GreaterThan, LessThan, Relational, StrictGreaterThan, StrictLessThan

from ..calculus.evaluate import CertifiedFunction, enclose
from ..language.parameters import Parameter

__all__ = ["Proof", "beyond_poles", "prove_nonnegative", "shifted_domain"]

# Points at which an expression is looked at before anything is simplified.
_MOST_POINTS = 32


@dataclass(frozen=True)
class Proof:
    """A proof that an expression is ≥ 0 on its domain; `strict` when it is > 0, `zero` when it vanishes identically.

    Attributes
    ----------
    method : str
        The proof in words.
    strict, zero : bool
    """

    method: str
    strict: bool
    zero: bool = False


def prove_nonnegative(expr: Expr, hypotheses: Iterable[Relational] = ()) -> Proof | None:
    """Prove ``expr >= 0`` for all values of its symbols that the hypotheses allow, or return None.

    Parameters
    ----------
    expr : SymPy expression
    hypotheses : iterable of relationals
        Those that read ``symbol > polynomial`` or ``symbol >= polynomial`` are used; the others only shrink the
        domain and may be ignored soundly.

    Examples
    --------
    >>> from whp.theory import sizes
    >>> m, d = sizes("m d")
    >>> prove_nonnegative(2 / d - 5 / (4 * m), [m > d])
    Proof(method='nonnegative coefficients after m = d + t, d = 1 + t', strict=True, zero=False)
    >>> prove_nonnegative(1 / d - 2 / m, [m > d]) is None
    True
    """
    known = list(hypotheses)
    if not beyond_poles(expr) or _negative_somewhere(expr, known):
        return None
    difference = _simplified(expr)
    if difference == 0:
        return Proof("identically zero", strict=False, zero=True)
    if difference.is_positive:
        return Proof("sign of every term", strict=True)
    if difference.is_nonnegative:
        return Proof("sign of every term", strict=False)
    if not difference.free_symbols:
        return None
    return _shifted(difference, known)


def beyond_poles(*expressions: Expr) -> bool:
    """Whether the gamma functions of expressions are seen to have values, as their identities ask.

    Examples
    --------
    >>> n = Symbol("n", integer=True, nonnegative=True)
    >>> sympy.simplify(sympy.binomial(n - 1, n)), sympy.binomial(-1, 0), beyond_poles(sympy.binomial(n - 1, n))
    (0, 1, False)
    """
    found = set().union(*(e.atoms(sympy.factorial, sympy.binomial, sympy.gamma, sympy.loggamma) for e in expressions))
    shifts = {f: int(isinstance(f, sympy.factorial | sympy.binomial)) for f in found}
    return all((f.args[0] + shift).is_positive for f, shift in shifts.items())


def _negative_somewhere(expr: Expr, hypotheses: list[Relational]) -> bool:
    """Whether an expression is seen to be negative at a point that its symbols and the hypotheses admit."""
    symbols = sorted(expr.free_symbols.union(*(h.free_symbols for h in hypotheses)), key=lambda s: s.name)
    costly = expr.has(CertifiedFunction, sympy.Sum, sympy.Product)
    if costly or len({s.name for s in symbols}) < len(symbols):
        return False
    for values in islice(product(*map(_tried, symbols)), _MOST_POINTS):
        at = dict(zip(symbols, values, strict=True))
        if not all(h.xreplace(at) == sympy.true for h in hypotheses):
            continue
        try:
            if enclose(expr, {s.name: v for s, v in at.items()}) < 0:
                return True
        except (ValueError, TypeError, ArithmeticError, NotImplementedError):
            return False
    return False


def _tried(symbol: Symbol) -> list[Expr]:
    """A small and a large value of a symbol."""
    if symbol.is_integer:
        least = Integer(symbol.low) if isinstance(symbol, Parameter) and symbol.is_size else Integer(1)
        found = [least, least + 10**4]
    else:
        found = [Rational(1, 3), Integer(100), Rational(2, 3), Rational(1, 100)]
    return [v for v in found if not isinstance(symbol, Parameter) or symbol.admits(v)][:2]


def shifted_domain(symbols: Iterable[Symbol], hypotheses: Iterable[Relational]) -> dict[str, list[str]] | None:
    """The ends that the shifts start from, as claims of proof objects have them; None where two bound each other.

    Examples
    --------
    >>> from whp.theory import sizes
    >>> m, d = sizes("m d")
    >>> shifted_domain([m, d], [m > d**2])
    {'m': ['d**2', 'oo', ''], 'd': ['1', 'oo', 'left']}
    """
    known, ends, left = list(hypotheses), dict[Symbol, tuple[Expr, str]](), list(symbols)
    while left:
        symbol = left.pop()
        if symbol not in ends:
            bound, closed = ends[symbol] = _start(symbol, known)
            left += bound.free_symbols
    domain: dict[str, list[str]] = {}
    while ends:
        # An end may name what stands later.
        free = [s for s in ends if not any(low.has(s) for other, (low, _) in ends.items() if other != s)]
        if not free or len({s.name for s in ends}) < len(ends):
            return None
        first = min(free, key=lambda s: s.name)
        low, closed = ends.pop(first)
        domain[first.name] = [sympy.sstr(low), "oo", closed]
    return domain


def _start(symbol: Symbol, hypotheses: list[Relational]) -> tuple[Expr, str]:
    found = _lower_bound(symbol, hypotheses)
    if found is not None:
        return found[0], "" if found[1] else "left"
    if symbol.is_integer and symbol.is_positive:
        return sympy.sympify(symbol.low if isinstance(symbol, Parameter) else 1), "left"
    return (sympy.S.Zero, "" if symbol.is_positive else "left") if symbol.is_nonnegative else (-sympy.oo, "")


def _simplified(expr: Expr) -> Expr:
    # A rational function is put in lowest terms; `simplify` fails on some that are constant in disguise.
    combined = sympy.together(expr)
    return sympy.cancel(combined) if combined.is_rational_function() else sympy.simplify(expr)


def _shifted(expr: Expr, hypotheses: list[Relational]) -> Proof | None:
    steps: list[str] = []
    fresh: list[Dummy] = []
    for symbol in sorted(expr.free_symbols, key=lambda s: s.name):
        found = _lower_bound(symbol, hypotheses)
        if found is None:
            continue
        bound, open_end = found
        t = Dummy("t", positive=True) if open_end else Dummy("t", nonnegative=True)
        fresh.append(t)
        expr = expr.subs(symbol, bound + t)
        steps.append(f"{symbol} = {bound} + t")
    for symbol in sorted(expr.free_symbols - set(fresh), key=lambda s: s.name):
        if symbol.is_integer and symbol.is_positive:
            start = symbol.low if isinstance(symbol, Parameter) else 1
            t = Dummy("t", nonnegative=True)
            expr = expr.subs(symbol, start + t)
            fresh.append(t)
            steps.append(f"{symbol} = {start} + t")
        elif symbol.is_positive:
            fresh.append(symbol)
        else:
            return None
    numerator, denominator = sympy.fraction(sympy.together(expr))
    try:
        top, bottom = Poly(numerator, *fresh), Poly(denominator, *fresh)
    except sympy.PolynomialError:
        return None
    if not all(c.is_Rational for c in top.coeffs() + bottom.coeffs()):
        return None
    if all(c <= 0 for c in bottom.coeffs()):
        top, bottom = -top, -bottom
    if not (all(c >= 0 for c in bottom.coeffs()) and all(c >= 0 for c in top.coeffs())):
        return None
    positive = [t for t in fresh if t.is_positive]
    strict = any(all(not e or g in positive for e, g in zip(mono, fresh, strict=True)) for mono in top.monoms())
    return Proof("nonnegative coefficients after " + ", ".join(steps), strict=strict)


def _lower_bound(symbol: Symbol, hypotheses: list[Relational]) -> tuple[Expr, bool] | None:
    """(L, strict) when a hypothesis reads symbol > L or symbol >= L with L a polynomial in the other symbols."""
    for relation in hypotheses:
        if isinstance(relation, StrictLessThan | LessThan):
            low, high = relation.lhs, relation.rhs
        elif isinstance(relation, StrictGreaterThan | GreaterThan):
            low, high = relation.rhs, relation.lhs
        else:
            continue
        if high == symbol and symbol not in low.free_symbols and low.is_polynomial():
            return low, isinstance(relation, StrictLessThan | StrictGreaterThan)
    return None
