"""Limits of products of powers, exponentials and gamma functions of one growing size, by Stirling's formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import (
    Add,
    Expr,
    Integer,
    Mul,
    Pow,
    Symbol,
    binomial,
    exp,
    factorial,
    gamma,
    harmonic,
    log,
    oo,
    pi,
    simplify,
    zeta,
)

__all__ = ["growth_limit"]

_ZERO, _HALF = Integer(0), Integer(1) / 2
# Longer sums are not written over one denominator.
_LONGEST = 60


def growth_limit(quotient: Expr, size: Symbol) -> Expr | None:
    """The limit of a positive product as an integer size grows; None for what is no such product.

    The logarithm of every factor is A n log n + B n + C log n + D log log n + F + o(1):

    * of Γ(an + b) with a > 0 by Stirling, (an + b − 1/2) log(an) − an + log(2π)/2 (what b adds to the logarithm and to
      the linear term cancels up to o(1)); factorials and binomial coefficients are made of these;
    * of a rational function of n, or of another sum with a leading term c n^C (log n)^D, by that term;
    * of a power of a rational function c n^k (1 + d/n + …) with the exponent αn + β,
      (αn + β)(log c + k log n) + αd.

    The first of A, B, C, D that is not 0 decides between 0 and infinity; without one the limit is e^F.

    Parameters
    ----------
    quotient : SymPy expression
        Of `size` alone, positive for large values of it.
    size : Symbol

    Examples
    --------
    >>> n = Symbol("n", positive=True, integer=True)
    >>> growth_limit(binomial(2 * n, n) * n**_HALF / 4**n, n)
    1/sqrt(pi)
    >>> growth_limit(2**_HALF * gamma((n + 1) / 2) / (gamma(n / 2) * n**_HALF), n), growth_limit(factorial(n) / n**n, n)
    (1, 0)
    """
    if quotient.free_symbols - {size}:
        return None
    total = _logarithm(quotient, size)
    if total is None:
        return None
    for rate in (total.loglinear, total.linear, total.power, total.slow):
        rate = _settled(rate)
        if rate == 0:
            continue
        return oo if rate.is_positive else Integer(0) if rate.is_negative else None
    return simplify(exp(total.constant))


def _settled(expr: Expr) -> Expr:
    return simplify(expr) if expr.has(log, exp) or not expr.is_Rational else expr


@dataclass(frozen=True)
class _Growth:
    """A n log n + B n + C log n + D log log n + F."""

    loglinear: Expr = _ZERO
    linear: Expr = _ZERO
    power: Expr = _ZERO
    slow: Expr = _ZERO
    constant: Expr = _ZERO

    def __add__(self, other: _Growth) -> _Growth:
        return _Growth(*(a + b for a, b in zip(self._parts, other._parts, strict=True)))

    def times(self, factor: Expr) -> _Growth:
        """The growth of a power."""
        return _Growth(*(factor * a for a in self._parts))

    @property
    def _parts(self) -> tuple[Expr, ...]:
        return self.loglinear, self.linear, self.power, self.slow, self.constant


def _logarithm(expr: Expr, n: Symbol) -> _Growth | None:
    """How log of a positive expression grows."""
    if not expr.has(n):
        return _Growth(constant=log(expr)) if expr.is_positive else None
    if isinstance(expr, Mul):
        total = _Growth()
        for factor in expr.args:
            part = _logarithm(factor, n)
            if part is None:
                return None
            total += part
        return total
    rule = _RULES.get(expr.func)
    return _of_leading(expr, n) if rule is None else rule(expr, n)


def _of_gamma(expr: Expr, n: Symbol) -> _Growth | None:
    return _log_gamma(expr.args[0], n)


def _log_gamma(argument: Expr, n: Symbol) -> _Growth | None:
    if not argument.has(n):
        return _Growth(constant=log(gamma(argument))) if argument.is_positive else None
    found = _linear(argument, n)
    if found is None or not found[0].is_positive:
        return None
    a, b = found
    return _Growth(a, a * log(a) - a, b - _HALF, Integer(0), (b - _HALF) * log(a) + log(2 * pi) / 2)


def _of_factorial(expr: Expr, n: Symbol) -> _Growth | None:
    return _log_gamma(expr.args[0] + 1, n)


def _of_binomial(expr: Expr, n: Symbol) -> _Growth | None:
    top, bottom = expr.args
    parts = [_log_gamma(x + 1, n) for x in (top, bottom, top - bottom)]
    if any(p is None for p in parts):
        return None
    first, second, third = (p for p in parts if p is not None)
    return first + second.times(Integer(-1)) + third.times(Integer(-1))


def _of_exp(expr: Expr, n: Symbol) -> _Growth | None:
    found = _linear(expr.args[0], n)
    return None if found is None else _Growth(linear=found[0], constant=found[1])


def _of_power(expr: Expr, n: Symbol) -> _Growth | None:
    base, exponent = expr.as_base_exp()
    if not exponent.has(n):
        inner = _logarithm(base, n)
        return None if inner is None else inner.times(exponent)
    found = _linear(exponent, n)
    if found is None:
        return None
    a, b = found
    if not base.has(n):
        return _Growth(linear=a * log(base), constant=b * log(base)) if base.is_positive else None
    read = _rational(base, n)
    if read is None:
        return None
    c, k, d = read
    return _Growth(a * k, a * log(c), b * k, Integer(0), b * log(c) + a * d)


def _of_leading(expr: Expr, n: Symbol) -> _Growth | None:
    found = _leading(expr, n)
    if found is None or not found[0].is_positive:
        return None
    c, k, j = found
    return _Growth(power=k, slow=j, constant=log(c))


_RULES: dict[Any, Callable[[Expr, Symbol], _Growth | None]] = {
    gamma: _of_gamma,
    factorial: _of_factorial,
    binomial: _of_binomial,
    exp: _of_exp,
    Pow: _of_power,
}


def _linear(expr: Expr, n: Symbol) -> tuple[Expr, Expr] | None:
    """a, b with expr = an + b."""
    a = expr.expand().coeff(n)
    b = (expr - a * n).expand()
    return None if a.has(n) or b.has(n) else (a, b)


def _rational(expr: Expr, n: Symbol) -> tuple[Expr, Expr, Expr] | None:
    """c, k, d of a rational function c n^k (1 + d/n + O(1/n²)) with a positive c."""
    if not expr.is_rational_function(n) or expr.count_ops() > _LONGEST:
        return None
    above, below = (part.as_poly(n) for part in expr.together().as_numer_denom())
    if above is None or below is None or above.is_zero:
        return None
    ratio = above.LC() / below.LC()
    seconds = [p.coeff_monomial(n ** (p.degree() - 1)) / p.LC() if p.degree() else Integer(0) for p in (above, below)]
    if not ratio.is_positive:
        return None
    return ratio, Integer(above.degree() - below.degree()), seconds[0] - seconds[1]


def _leading(expr: Expr, n: Symbol) -> tuple[Expr, Expr, Expr] | None:
    """c, k, j with expr / (c n^k (log n)^j) → 1."""
    if not expr.has(n):
        return expr, Integer(0), Integer(0)
    if expr == n:
        return Integer(1), Integer(1), Integer(0)
    if isinstance(expr, Add):
        return _of_sum(expr, n)
    if isinstance(expr, Mul):
        total = (Integer(1), Integer(0), Integer(0))
        for factor in expr.args:
            part = _leading(factor, n)
            if part is None:
                return None
            total = (total[0] * part[0], total[1] + part[1], total[2] + part[2])
        return total
    if isinstance(expr, Pow) and not expr.exp.has(n):
        inner = _leading(expr.base, n)
        if inner is None or not (inner[0].is_positive or expr.exp.is_Integer):
            return None
        return inner[0] ** expr.exp, inner[1] * expr.exp, inner[2] * expr.exp
    if isinstance(expr, log):
        inner = _leading(expr.args[0], n)
        # log(c n^k (log n)^j) is led by k log n.
        return (inner[1], Integer(0), Integer(1)) if inner is not None and inner[1].is_positive else None
    if isinstance(expr, harmonic) and _grows(expr.args[0], n):
        order = expr.args[1] if len(expr.args) == 2 else Integer(1)
        if order == 1:
            return Integer(1), Integer(0), Integer(1)
        return (zeta(order), Integer(0), Integer(0)) if order.is_Integer and order > 1 else None
    return None


def _grows(argument: Expr, n: Symbol) -> bool:
    found = _linear(argument, n)
    return found is not None and bool(found[0].is_positive)


def _of_sum(expr: Expr, n: Symbol) -> tuple[Expr, Expr, Expr] | None:
    """The leading term of a sum, where no terms cancel."""
    parts = [_leading(term, n) for term in expr.expand().args] if isinstance(expr.expand(), Add) else []
    if not parts or any(p is None for p in parts):
        return None
    known = [p for p in parts if p is not None]
    if not all(k.is_Rational and j.is_Rational for _, k, j in known):
        return None
    _, k, j = max(known, key=lambda p: (p[1], p[2]))
    total = simplify(Add(*(c for c, k_, j_ in known if (k_, j_) == (k, j))))
    return (total, k, j) if total.is_nonzero else None
