"""Means and variances of expressions of random variables, from the closed forms of their laws, for all sizes at once.

The mean of a sum is the sum of the means; of a product, the product of the means of its independent parts. What is left
is asked of one law: its moments, those of its absolute value, and its generating function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import Abs, Add, Dummy, Expr, Integer, Max, Min, Mul, Pow, exp, expand, log, nan, oo, simplify, sympify
from sympy.logic.boolalg import true

from ..language.heads import E, Var
from ..language.law_of import LawOf
from ..language.models import RV
from ..language.parameters import Parameter
from ..laws.expectation import NoMoment, symbolic_absolute_moment, symbolic_log_mgf, symbolic_moment

__all__ = ["Leaf", "expected", "expected_variance"]

Leaf = Callable[[Expr], Expr]
"""What stands for a mean or a variance that no closed form gives."""

# Powers of sums up to which products are written out.
_WRITTEN = 200


def expected(expr: Any, leaf: Leaf | None = None) -> Expr:
    """E of an expression of random variables, as an expression in the sizes; `oo` where it is infinite.

    Parameters
    ----------
    expr : SymPy expression
    leaf : callable, optional
        ``leaf(E(part))`` stands for the mean of a part without a closed form; default an error.

    Raises
    ------
    NotImplementedError
        Naming the part that cannot be computed.
    NoMoment
        Where a mean does not exist.

    Examples
    --------
    >>> from whp.theory import Model, size
    >>> from whp.theory.laws.elementary import ChiSquareLaw
    >>> k = size("k", 3)
    >>> X = RV("X", Model("squares", (k,), ""), "X", law=LawOf(ChiSquareLaw, k))
    >>> expected((X - k) ** 2), expected(X ** Integer(-1) * k)
    (2*k, k/(k - 2))
    """
    expr = _opened(sympify(expr))
    total: Expr = Integer(0)
    for term in Add.make_args(expr):
        total += _mean_of_term(term, leaf)
    if total is nan or total.has(nan):
        raise NoMoment(f"E({expr}) does not exist: its terms have infinite means of both signs")
    return _tidy(total)


def expected_variance(expr: Any, leaf: Leaf | None = None) -> Expr:
    """Var of an expression of random variables, as `expected`; ``leaf(Var(part))`` stands for that of a part.

    Examples
    --------
    >>> from whp.theory import Model, size
    >>> from whp.theory.laws.elementary import ChiSquareLaw
    >>> k = size("k")
    >>> X = RV("X", Model("squares", (k,), ""), "X", law=LawOf(ChiSquareLaw, k))
    >>> expected_variance(3 * X + 1)
    18*k
    """
    expr = _opened(sympify(expr))
    random = [term for term in Add.make_args(expr) if term.atoms(RV)]
    total: Expr = Integer(0)
    for group in _independent(random):
        part = Add(*group)
        scale: Expr = Integer(1)
        if len(group) == 1:
            scale, part = _split(part)
        try:
            first = expected(part)
            if first.has(oo):
                raise NoMoment(f"Var({part}) does not exist: the mean of {part} is infinite")
            value = _tidy(expected(part**2) - first**2)
        except NotImplementedError:
            if leaf is None:
                raise
            value = leaf(Var(part))
        total += scale**2 * value
    return _tidy(total)


def _opened(expr: Expr) -> Expr:
    """The expression as a sum of products of its random variables."""
    composed = {rv: rv.arguments[0] for rv in expr.atoms(RV) if getattr(rv, "functional", "") == "expression"}
    if composed:
        return _opened(expr.xreplace(composed))
    powers = [p.exp for p in expr.atoms(Pow) if p.base.is_Add and p.exp.is_Integer and p.atoms(RV)]
    if any(abs(p) > _WRITTEN for p in powers):
        raise NotImplementedError(f"a power above {_WRITTEN} of a sum in {expr}")
    # The random variables alone are written out: sizes in exponents and under roots stay.
    return expand(expr, trig=False, log=False, func=False)


def _tidy(expr: Expr) -> Expr:
    return expr if expr.has(oo) or expr.count_ops() > _WRITTEN else _simple(expr)


def _simple(expr: Expr) -> Expr:
    return expr.factor() if expr.is_rational_function() else expr


def _split(term: Expr) -> tuple[Expr, Expr]:
    """A term as what is not random in it, and the rest."""
    factors = Mul.make_args(term)
    return Mul(*(f for f in factors if not f.atoms(RV))), Mul(*(f for f in factors if f.atoms(RV)))


def _keys(part: Expr) -> set[Any]:
    """What a part hangs on: parts without a common one are independent."""
    found: set[Any] = set()
    for rv in part.atoms(RV):
        origins = getattr(rv, "origins", None)
        found |= set(origins) if origins else {rv.model}
    return found


def _independent(parts: Iterable[Expr]) -> list[list[Expr]]:
    """Parts in groups that are independent of each other.

    Raises
    ------
    NotImplementedError
        For random variables of several models, which have no joint law.
    """
    groups: list[tuple[set[Any], list[Expr]]] = []
    for part in parts:
        keys, members = _keys(part), [part]
        apart = []
        for known, inside in groups:
            if known & keys:
                keys, members = known | keys, [*inside, *members]
            else:
                apart.append((known, inside))
        groups = [*apart, (keys, members)]
    models = {rv.model for _, inside in groups for p in inside for rv in p.atoms(RV) if not hasattr(rv, "origins")}
    if len(models) > 1:
        raise NotImplementedError(f"the models {', '.join(sorted(m.name for m in models))} have no joint law")
    return [members for _, members in groups]


def _mean_of_term(term: Expr, leaf: Leaf | None) -> Expr:
    scale, random = _split(term)
    if random == 1:
        return scale
    means: list[Expr] = []
    for group in _independent(Mul.make_args(random)):
        part = Mul(*group)
        try:
            found = _mean_of_part(part)
        except NotImplementedError:
            if leaf is None:
                raise
            found = leaf(E(part))
        if found.has(nan):
            raise NoMoment(f"E({part}) does not exist")
        means.append(found)
    product = scale * Mul(*means)
    if product.has(nan):
        raise NoMoment(f"E({random}) does not exist: a part has an infinite mean, another one the mean 0")
    return product


def _mean_of_part(part: Expr) -> Expr:
    """The mean of a product of factors that hang together."""
    rvs = part.atoms(RV)
    if len(rvs) > 1:
        raise NotImplementedError(f"E({part}): a function of {len(rvs)} dependent variables")
    (rv,) = rvs
    if part == log(rv):
        return _mean_of_log(rv)
    power, absolute, rate = Integer(0), Integer(0), Integer(0)
    for factor in Mul.make_args(part):
        base, exponent = factor.as_base_exp()
        if isinstance(factor, exp) or (not base.atoms(RV) and exponent.atoms(RV)):
            # a^X = e^{X log a}
            raised = factor.args[0] if isinstance(factor, exp) else exponent * _log(base)
            slope = expand(raised / rv)
            if slope.atoms(RV):
                raise _unknown(part)
            rate += slope
        elif base == rv and not exponent.atoms(RV):
            power += exponent
        elif base == Abs(rv) and not exponent.atoms(RV):
            absolute += exponent
        elif isinstance(factor, Max | Min) and len(factor.args) == 2 and 0 in factor.args and part == factor:
            return _positive_part(rv, next(a for a in factor.args if a != 0), 1 if isinstance(factor, Max) else -1)
        else:
            raise _unknown(part)
    if rate != 0:
        if power != 0 or absolute != 0:
            raise _unknown(part)
        return _mgf(rv, rate)
    if absolute != 0:
        if not (power.is_Integer and power % 2 == 0):
            raise _unknown(part)
        return _above_its_least(lambda law: symbolic_absolute_moment(law, absolute + power), _law(rv))
    return _moment(rv, power)


def _log(base: Expr) -> Expr:
    if not base.is_positive:
        raise NotImplementedError(f"a power of {base}, which is not known to be positive")
    return log(base)


def _unknown(part: Expr) -> NotImplementedError:
    return NotImplementedError(f"E({part}): no closed form is known of it")


def _law(rv: RV) -> Any:
    if not isinstance(rv.law, LawOf):
        raise NotImplementedError(f"{rv.name} has no law with expressions for parameters, so its moments have none")
    return rv.law


def _above_its_least(ask: Callable[[LawOf], Expr], law: LawOf) -> Expr:
    """What a law answers, where SymPy must know that a parameter starts later than at 1: k is put as 3 + j."""
    try:
        return ask(law)
    except NotImplementedError:
        moved: dict[Expr, Expr] = {}
        for symbol in _symbols(law):
            if isinstance(symbol, Parameter) and symbol.low.is_Rational and symbol.low > 0:
                rest = Dummy(symbol.name, nonnegative=True, integer=True if symbol.is_size else None)
                moved[symbol] = symbol.low + rest
        if not moved:
            raise
        found = ask(_put(law, moved))
        return found.subs({value - symbol.low: symbol - symbol.low for symbol, value in moved.items()})


def _symbols(part: Any) -> set[Any]:
    if isinstance(part, LawOf):
        return {s for p in part.parameters for s in _symbols(p)}
    return set(part.free_symbols) if isinstance(part, Expr) else set()


def _put(part: Any, values: dict[Expr, Expr]) -> Any:
    if isinstance(part, LawOf):
        return LawOf(part.law, *(_put(p, values) for p in part.parameters))
    return part.xreplace(values) if isinstance(part, Expr) else part


def _moment(rv: RV, power: Expr) -> Expr:
    try:
        return _above_its_least(lambda law: symbolic_moment(law, power), _law(rv))
    except NotImplementedError:
        copies = _copies(rv)
        if copies is None or power not in (1, 2):
            raise
    inner, count, scale = copies
    first = expected(inner)
    if power == 1:
        return scale * count * first
    return scale**2 * (count * expected(inner**2) + count * (count - 1) * first**2)


def _copies(rv: RV) -> tuple[Expr, Expr, Expr] | None:
    """What a sum or mean of independent copies is of, how many there are, and the factor of their sum."""
    origin, functional = getattr(rv, "origin", None), getattr(rv, "functional", "")
    if origin is None or origin.kind != "iid" or functional not in ("sum", "mean"):
        return None
    inner, count = origin.parameters
    return inner, count, Integer(1) if functional == "sum" else 1 / count


def _mgf(rv: RV, rate: Expr) -> Expr:
    value, low, high = symbolic_log_mgf(_law(rv), rate)
    inside = (sympify(low) < rate, rate < sympify(high))
    if all(x == true for x in inside):
        return exp(value)
    if any(x == true for x in (sympify(rate) < low, high < sympify(rate))):
        return oo
    raise NotImplementedError(f"E(exp({rate * rv})): whether {rate} lies in ({low}, {high}) is not known")


def _mean_of_log(rv: RV) -> Expr:
    """E log X of a positive variable: the derivative of E X^s at s = 0 from the right, where (X^s − 1)/s decreases."""
    s = Dummy("s", positive=True)
    found = _above_its_least(lambda law: symbolic_moment(law, s), _law(rv))
    if found.has(oo, nan):
        raise _unknown(log(rv))
    slope = found.diff(s).subs(s, 0)
    return simplify(slope) if slope.count_ops() < _WRITTEN else slope


def _positive_part(rv: RV, inner: Expr, sign: int) -> Expr:
    """E max(cX, 0) = (E|cX| + E cX)/2, and E min(cX, 0)."""
    slope = inner / rv
    if slope.atoms(RV) or not (slope.is_positive or slope.is_negative):
        raise NotImplementedError(f"E of the part of one sign of {inner}")
    law = _law(rv)
    return (sign * abs(slope) * symbolic_absolute_moment(law, 1) + slope * symbolic_moment(law, 1)) / 2
