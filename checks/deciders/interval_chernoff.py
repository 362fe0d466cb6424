"""Chernoff's bound of a tail, proved between two ends of a real parameter."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol, log

from ...theory.language.events import Event
from ...theory.language.models import RV
from .interval_ends import Line, half_lines, parameters_of

__all__ = ["chernoff", "rate_of"]


@lru_cache(maxsize=64)
def rate_of(law: Any, given: tuple[Expr, ...], x: Expr) -> tuple[Expr, Expr] | None:
    """The least exponent of Chernoff's bound of P(X ≥ x), or P(X ≤ x), and the mean; None where it is not known.

    It is min over s of log E e^{sX} − s x, at the s for which the derivative of the first is x.
    """
    name = getattr(law, "__name__", "")
    if name == "ChiSquareLaw":
        (k,) = given
        return (x - k) / -2 + k / 2 * log(x / k), k
    if name == "GammaLaw" and len(given) == 2:
        shape, scale = given
        return shape - x / scale + shape * log(x / (shape * scale)), shape * scale
    if name == "ExponentialLaw" and len(given) == 1:
        (rate,) = given
        return 1 - rate * x + log(rate * x), 1 / rate
    if name == "NormalLaw":
        variance, mean = given[0], (given[1] if len(given) > 1 else Integer(0))
        return -((x - mean) ** 2) / (2 * variance), mean
    if name == "PoissonLaw":
        (mean,) = given
        return x - mean - _entropy(x, mean), mean
    if name == "BinomialLaw" and len(given) == 2:
        n, p = given
        return -_entropy(x, n * p) - _entropy(n - x, n * (1 - p)), n * p
    if name == "SignSumLaw":
        (n,) = given
        return -(_entropy(n + x, n) + _entropy(n - x, n)) / 2, Integer(0)
    return None


def _entropy(x: Expr, y: Expr) -> Expr:
    """x log(x/y), which is 0 where x is."""
    found: Expr = Integer(0) if sympy.expand(x) == 0 else x * log(x / y)
    return found


def _leaves_support(law: Any, given: tuple[Expr, ...], line: Line, variable: Symbol) -> Expr:
    """From which value of a parameter on a threshold that is affine in it lies beyond the law's support."""
    least = {"BinomialLaw": Integer(0), "SignSumLaw": Integer(-1)}.get(getattr(law, "__name__", ""))
    if least is None:
        return sympy.oo
    top, bottom = given[0], least * given[0]
    upper = line[0] is not None
    end, edge = (line[0], top) if upper else (line[1], bottom)
    if end is None:
        return sympy.oo
    slope = sympy.expand(end).coeff(variable, 1)
    rest = sympy.expand(end - slope * variable)
    outward = slope.is_positive if upper else slope.is_negative
    return sympy.simplify((edge - rest) / slope) if outward and not rest.has(variable) else sympy.oo


def chernoff(
    event: Event, bound: Expr, variable: Symbol, low: Any, high: Any, put: dict[Any, Any], prove: Callable[..., bool]
) -> str | None:
    """Prove P(event) ≤ bound between two ends of a parameter by Chernoff's bound; the words of the proof, or None.

    Parameters
    ----------
    event : Event
    bound : SymPy expression
    variable : Symbol
    low, high : ends
    put : mapping of Symbol to SymPy number
        Values of sizes; those that are left open are any positive numbers.
    prove : callable
        ``prove(expr, variable, low, high)`` says whether an expression is at least 0.
    """
    rvs = event.value.atoms(RV)
    if len(rvs) != 1 or event.samples is not None or event.everywhere:
        return None
    (rv,) = rvs
    described = parameters_of(rv)
    if described is None:
        return None
    law, given = described[0], tuple(p.xreplace(put) for p in described[1])
    value, threshold, limit = event.value.xreplace(put), event.bound.xreplace(put), bound.xreplace(put)

    def known(expr: Expr) -> int:
        if expr.is_positive or expr.is_negative:
            return 1 if expr.is_positive else -1
        return 1 if expr.has(variable) and prove(expr, variable, low, high) else 0

    lines = half_lines(value, event.relation, threshold, rv, known)
    if lines is not None and high == sympy.oo and limit.is_nonnegative:
        # Beyond the support there is nothing to prove.
        ends = {_leaves_support(law, given, line, variable) for line in lines}
        high = ends.pop() if len(ends) == 1 else high
    if lines is None or any(low_ is not None and high_ is not None for low_, high_ in lines):
        return None
    share = limit / len(lines)
    claimed = sympy.expand_log(log(share), force=True)
    for first, last in lines:
        end = first if first is not None else last
        found = rate_of(law, given, end)
        if found is None:
            return None
        rate, mean = found
        beyond = sympy.expand(end - mean if first is not None else mean - end)
        if not (beyond.is_nonnegative or prove(beyond, variable, low, high)):
            return None
        if not prove(claimed - rate, variable, low, high):
            return None
    parts = "" if len(lines) == 1 else f", each of {len(lines)} tails with its share"
    return f"Chernoff's bound with the generating function of {rv.name}{parts}"
