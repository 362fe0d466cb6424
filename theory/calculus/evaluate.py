"""Numbers and certified enclosures of SymPy expressions: one walk, one meaning.

`enclose` evaluates an expression in ball arithmetic (python-flint) at a cell and raises on any atom or function it
does not know, so nothing is silently turned into a float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from flint import arb, fmpz
from sympy import Expr, S

from .enclosure import Enclosure, workprec
from .exact import exact_ball, rational_ball

__all__ = ["CertifiedFunction", "enclose", "enclosure", "enclosures", "number"]

_FUNCTIONS: dict[Any, Callable[..., arb]] = {
    sympy.exp: lambda x: x.exp(),
    sympy.log: lambda x: x.log(),
    sympy.Abs: abs,
    sympy.gamma: lambda x: x.gamma(),
    sympy.loggamma: lambda x: x.lgamma(),
    sympy.erf: lambda x: x.erf(),
    sympy.erfc: lambda x: x.erfc(),
    sympy.sin: lambda x: x.sin(),
    sympy.cos: lambda x: x.cos(),
    sympy.atan: lambda x: x.atan(),
    sympy.acos: lambda x: x.acos(),
    sympy.beta: lambda x, y: (x.lgamma() + y.lgamma() - (x + y).lgamma()).exp(),
    sympy.binomial: lambda x, y: _binomial(x, y),
    sympy.factorial: lambda x: (x + 1).gamma(),
    sympy.harmonic: lambda x, order=None: _harmonic(x, order),
    sympy.polygamma: lambda order, x: _digamma(order, x),
    sympy.floor: lambda x: x.floor(),
    sympy.ceiling: lambda x: x.ceil(),
    sympy.betainc_regularized: lambda a, b, low, high: (
        high.beta_lower(a, b, True) - (arb(0) if low == 0 else low.beta_lower(a, b, True))
    ),
}


def _binomial(x: arb, y: arb) -> arb:
    n, k = x.unique_fmpz(), y.unique_fmpz()
    if n is not None and k is not None and x.is_exact() and y.is_exact() and n >= 0 and (k < 0 or k > n):
        return arb(0)
    return ((x + 1).lgamma() - (y + 1).lgamma() - (x - y + 1).lgamma()).exp()


def _harmonic(x: arb, order: arb | None) -> arb:
    if order is None or order == 1:
        return (x + 1).digamma() + arb.const_euler()
    return order.zeta() - order.zeta(x + 1)


def _digamma(order: arb, x: arb) -> arb:
    if order == 0:
        return x.digamma()
    raise ValueError(f"of the derivatives of log Γ the evaluator knows the first, found number {order + 1}")


_CONSTANTS: dict[Any, Callable[[], arb]] = {
    S.Pi: arb.pi,
    S.Exp1: arb.const_e,
    S.EulerGamma: arb.const_euler,
    S.Catalan: arb.const_catalan,
    S.GoldenRatio: lambda: (1 + arb(5).sqrt()) / 2,
}


class CertifiedFunction(sympy.Function):
    """A SymPy function that knows its value in ball arithmetic.

    Examples
    --------
    >>> class square(CertifiedFunction):
    ...     @staticmethod
    ...     def in_balls(x):
    ...         return x * x
    >>> number(square(3))
    9.0
    """

    @staticmethod
    def in_balls(*args: Any, **kwargs: Any) -> arb:
        """A ball of the value from balls of the arguments, at the working precision."""
        raise NotImplementedError

    def closed_form(self) -> sympy.Expr:
        """What it is short for; itself where it is not short for anything."""
        return self


def enclose(expr: Any, values: Mapping[str, Any] | None = None, prec: int = 128) -> arb:
    """Enclose `expr` at `values` in a ball.

    Parameters
    ----------
    expr : SymPy expression
    values : mapping of symbol name to int, Fraction, arb or SymPy number
    prec : int
        Working precision in bits.

    Returns
    -------
    flint.arb

    Raises
    ------
    ValueError
        For a symbol without a value, a float atom or a function the evaluator does not know.

    Examples
    --------
    >>> from sympy import exp, Rational
    >>> from whp.theory import size
    >>> m = size("m")
    >>> enclose(exp(-m / 7), {"m": 7}) < enclose(Rational(3679, 10000))
    True
    """
    with workprec(prec):
        return _walk(sympy.sympify(expr), values or {}, {})


def enclosure(expr: Any, values: Mapping[str, Any] | None = None, prec: int = 128) -> Enclosure:
    """`enclose` as an `Enclosure` (``ValueError`` when the ball is not finite)."""
    return enclosures([expr], values, prec)[0]


def enclosures(exprs: Sequence[Any], values: Mapping[str, Any] | None = None, prec: int = 128) -> list[Enclosure]:
    """The `enclosure` of several expressions at the same values, their common parts evaluated once.

    Examples
    --------
    >>> m = sympy.Symbol("m")
    >>> [float(found) for found in enclosures([m / 3, m / 3 + 1], {"m": 3})]
    [1.0, 2.0]
    """
    known: dict[Expr, arb] = {}
    with workprec(prec):
        return [Enclosure.of(_walk(sympy.sympify(expr), values or {}, known)) for expr in exprs]


def number(expr: Any, values: Mapping[str, Any] | None = None) -> float:
    """The float nearest to `expr` at `values`, from the same walk as the enclosure.

    Examples
    --------
    >>> number(sympy.sqrt(2) / 2)
    0.7071067811865476
    """
    return float(enclose(expr, values).mid())


def _ball(value: Any) -> arb:
    if isinstance(value, arb):
        return value
    if isinstance(value, int | Fraction):
        return exact_ball(value)
    if isinstance(value, Expr):
        return _walk(value, {}, {})
    raise ValueError(f"a cell holds exact numbers, found {value!r} of type {type(value).__name__}")


def _walk(expr: Expr, values: Mapping[str, Any], known: dict[Expr, arb]) -> arb:
    """The ball of an expression; `known` are those of the parts met so far, at the same values and precision."""
    if not expr.args:
        return _atom(expr, values)
    if expr not in known:
        known[expr] = _composed(expr, values, known)
    return known[expr]


def _atom(expr: Expr, values: Mapping[str, Any]) -> arb:
    if expr.is_Symbol:
        if expr.name not in values:
            raise ValueError(f"no value for the symbol {expr.name}; the cell has {sorted(values)}")
        return _ball(values[expr.name])
    if expr.is_Rational:
        return rational_ball(expr)
    if expr in _CONSTANTS:
        return _CONSTANTS[expr]()
    if expr.is_Float:
        raise ValueError(f"{expr} is a floating-point atom; write an exact Rational")
    if isinstance(expr, CertifiedFunction):
        return expr.in_balls()
    raise _unknown(expr)


def _unknown(expr: Expr) -> ValueError:
    return ValueError(f"the evaluator does not know {expr.func.__name__} in {expr}; make it a CertifiedFunction")


def _composed(expr: Expr, values: Mapping[str, Any], known: dict[Expr, arb]) -> arb:
    if isinstance(expr, sympy.Sum):
        return _sum(expr, values)
    args = [_walk(a, values, known) for a in expr.args]
    if expr.is_Add:
        return sum(args, arb(0))
    if expr.is_Mul:
        product = arb(1)
        for a in args:
            product = product * a
        return product
    if expr.is_Pow:
        return _power(expr, args)
    if isinstance(expr, sympy.Min | sympy.Max):
        best = args[0]
        for a in args[1:]:
            best = best.min(a) if isinstance(expr, sympy.Min) else best.max(a)
        return best
    if expr.func in _FUNCTIONS:
        return _FUNCTIONS[expr.func](*args)
    if isinstance(expr, CertifiedFunction):
        return expr.in_balls(*args)
    raise _unknown(expr)


def _power(expr: Expr, args: list[arb]) -> arb:
    base, exponent = args
    if expr.exp.is_Integer:
        return base ** fmpz(int(expr.exp))
    if expr.exp == S.Half:
        return base.sqrt()
    if expr.exp == -S.Half:
        return base.rsqrt()
    if base == 0 and exponent > 0:
        return arb(0)
    whole = exponent.unique_fmpz() if exponent.is_exact() else None
    return base**exponent if whole is None or not exponent.is_integer() else base**whole


def _sum(expr: sympy.Sum, values: Mapping[str, Any]) -> arb:
    if len(expr.limits) != 1:
        raise ValueError(f"the evaluator sums over one index, found {len(expr.limits)} in {expr}")
    index, low, high = expr.limits[0]
    first, last = (_walk(limit, values, {}).unique_fmpz() for limit in (low, high))
    if first is None or last is None:
        raise ValueError(f"a sum needs integer limits, found {low}..{high} at {dict(values)}")
    total = arb(0)
    for k in range(int(first), int(last) + 1):
        total += _walk(expr.function, {**values, index.name: k}, {})
    return total
