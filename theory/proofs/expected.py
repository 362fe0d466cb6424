"""Means and variances of expressions of random variables, from the closed forms of their laws, for all sizes at once.

The mean of a sum is the sum of the means; of a product, the product of the means of its independent parts. What is left
is asked of one law: its moments, those of its absolute value, and its generating function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import (
    Abs,
    Add,
    Dummy,
    Expr,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    exp,
    expand,
    factorial,
    gamma,
    log,
    nan,
    oo,
    preorder_traversal,
    simplify,
    sympify,
)
from sympy.logic.boolalg import true

from ..language.closure import law_of
from ..language.heads import E, Var
from ..language.law_of import LawOf
from ..language.models import RV
from ..language.parameters import Parameter
from ..language.variables import Random
from ..laws.cumulants import sum_moments
from ..laws.determinant import DeterminantSquaredLaw
from ..laws.elementary import NormalLaw
from ..laws.expectation import NoMoment, symbolic_absolute_moment, symbolic_log_mgf, symbolic_moment, symmetric
from .normal_means import apart, normal_mean

__all__ = ["Leaf", "expected", "expected_variance"]

Leaf = Callable[[Expr], Expr]
"""What stands for a mean or a variance that no closed form gives."""

# Powers of sums up to which products are written out.
_WRITTEN = 200
# Powers of sums of copies up to which their moments are asked.
_MOST_COPIED = 12


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
            value = _tidy(_written(expected(part**2) - first**2))
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


def _written(expr: Expr) -> Expr:
    return expr if expr.is_rational_function() or expr.count_ops() > _WRITTEN else expand(expr, func=False)


def _simple(expr: Expr) -> Expr:
    return expr.factor() if expr.is_rational_function() else expr


def _split(term: Expr) -> tuple[Expr, Expr]:
    """A term as what is not random in it, and the rest."""
    factors = Mul.make_args(term)
    return Mul(*(f for f in factors if not f.atoms(RV))), Mul(*(f for f in factors if f.atoms(RV)))


def _keys(part: Expr, among: set[RV]) -> set[Any]:
    """What a part hangs on, `among` all variables: parts without a common one are independent."""
    found: set[Any] = set()
    for rv in part.atoms(RV):
        origins = getattr(rv, "origins", None)
        if origins and _is_coordinate(rv) and all(map(_is_coordinate, _of_origin(rv, among))):
            # Coordinates are independent of each other, not of what is taken of the whole vector.
            found.add((rv.origin, rv.arguments[0]))
        else:
            found |= set(origins) if origins else {rv.model}
    return found


def _is_coordinate(rv: RV) -> bool:
    """Whether a variable is a coordinate, known by its number, of a vector with independent ones."""
    if not isinstance(rv, Random) or rv.functional != "coordinate" or rv.origin is None:
        return False
    return rv.origin.kind in ("gaussian_vector", "rademacher") and bool(rv.arguments[0].is_Integer)


def _of_origin(rv: Any, among: set[RV]) -> list[RV]:
    return [other for other in among if rv.origin in getattr(other, "origins", ())]


def _independent(parts: Iterable[Expr]) -> list[list[Expr]]:
    """Parts in groups that are independent of each other.

    Raises
    ------
    NotImplementedError
        For random variables of several models, which have no joint law.
    """
    groups: list[tuple[set[Any], list[Expr]]] = []
    parts = list(parts)
    among = {rv for part in parts for rv in part.atoms(RV)}
    for part in parts:
        keys, members = _keys(part, among), [part]
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
        return _mean_of_several(part)
    (rv,) = rvs
    if part == log(rv):
        return _mean_of_log(rv)
    power, absolute, rate = Integer(0), Integer(0), Integer(0)
    signed: list[tuple[Expr, Expr, int]] = []
    for factor in Mul.make_args(part):
        base, exponent = factor.as_base_exp()
        if isinstance(factor, exp) or (not base.atoms(RV) and exponent.atoms(RV)):
            # a^X = e^{X log a}
            raised = factor.args[0] if isinstance(factor, exp) else exponent * _log(base)
            slope = expand(raised / rv)
            if slope.atoms(RV):
                return _mean_of_image(part)
            rate += slope
        elif base == rv and not exponent.atoms(RV):
            power += exponent
        elif base == Abs(rv) and not exponent.atoms(RV):
            absolute += exponent
        elif isinstance(base, Max | Min) and len(base.args) == 2 and 0 in base.args and exponent.is_positive:
            signed.append((next(a for a in base.args if a != 0), exponent, 1 if isinstance(base, Max) else -1))
        else:
            return _mean_of_image(part)
    if rate != 0:
        if power != 0 or absolute != 0 or signed:
            raise _unknown(part)
        return _mgf(rv, rate)
    if signed:
        return _of_one_sign(rv, signed, power, absolute, part)
    if absolute != 0:
        if not (power.is_Integer and power % 2 == 0):
            raise _unknown(part)
        return _absolute_moment(rv, absolute + power)
    return _moment(rv, power)


def _mean_of_several(part: Expr) -> Expr:
    """The mean of a function of several variables: of two the larger one, by the law of a part, or of normal ones."""
    if isinstance(part, Max | Min) and len(part.args) == 2 and apart(part.atoms(RV)):
        # max(a, b) = (a + b + |a − b|)/2
        first, second = part.args
        gap = law_of(first - second)
        if isinstance(gap, LawOf) and gap.law is NormalLaw:
            half = symbolic_absolute_moment(gap, 1) / 2
            return (expected(first) + expected(second)) / 2 + (half if isinstance(part, Max) else -half)
    try:
        return _mean_of_image(part)
    except NotImplementedError:
        return normal_mean(part)


def _mean_of_image(part: Expr) -> Expr:
    """The mean by the law of a part of an expression that has all of its random variables, the largest such part."""
    rvs = part.atoms(RV)
    if all(isinstance(rv, Random) for rv in rvs) and apart(rvs):
        for inner in preorder_traversal(part):
            if not isinstance(inner, Expr) or inner.atoms(RV) != rvs or isinstance(inner, RV):
                continue
            law = law_of(inner)
            if not isinstance(law, LawOf) or not isinstance(law.law, type):
                continue
            stands = RV(f"[{inner}]", next(iter(rvs)).model, "", law=law)
            rest = part.xreplace({inner: stands})
            if rest.atoms(RV) != {stands}:
                continue
            try:
                return _mean_of_part(rest)
            except NotImplementedError:
                continue
    if len(rvs) > 1:
        raise NotImplementedError(f"E({part}): a function of {len(rvs)} dependent variables")
    raise _unknown(part)


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
        if getattr(rv, "functional", "") == "det":
            return _of_determinant(rv, power)
        copies = _copies(rv)
        if copies is None or not (power.is_Integer and 0 < power <= _MOST_COPIED):
            raise
    inner, count, scale = copies
    last = expected(inner**power)
    if last == oo and (power == 1 or power % 2 == 0):
        # E|X₁ + T|^p = E E(|X₁ + t|^p | T = t) is infinite where E|X₁|^p is.
        return oo
    moments = [*(expected(inner**j) for j in range(1, int(power))), last]
    if any(m.has(oo) for m in moments):
        raise NotImplementedError(f"E({rv**power}): the copies have an infinite moment of a power up to {power}")
    return scale**power * sum_moments(moments, count)[-1]


def _absolute_moment(rv: RV, power: Expr) -> Expr:
    origin: Any = getattr(rv, "origin", None)
    drawn = origin is not None and origin.kind == "gaussian_matrix" and getattr(rv, "functional", "") == "det"
    if drawn and power.is_Integer and power > 0:
        # Π_{j ≤ n} E χ_j^p, where all but p factors of the numerator and the denominator cancel.
        n = origin.parameters[0]
        ratios = (gamma(Rational(i, 2) + n / 2) / gamma(Rational(i, 2)) for i in range(1, int(power) + 1))
        return 2 ** (n * power / 2) * Mul(*ratios)
    return _above_its_least(lambda law: symbolic_absolute_moment(law, power), _law(rv))


def _of_determinant(rv: RV, power: Expr) -> Expr:
    """E det^p of a matrix of independent entries.

    With the Leibniz formula, for entries of mean µ and variance v, E det is Σ_σ sgn(σ) µⁿ, which vanishes from n = 2
    on, and E det² = Σ_{σ,τ} sgn(στ) Π_i E a_{iσ(i)} a_{iτ(i)} = n! det(v I + µ² J) = n! v^{n−1} (v + n µ²). Of normal
    entries det² is a product of independent chi-square variables, and odd powers vanish by the sign of a row.
    """
    origin: Any = getattr(rv, "origin", None)
    n = origin.parameters[-1]
    if not (power.is_Integer and power > 0):
        raise NotImplementedError(f"E({rv**power}): no closed form of this power of a determinant is known")
    if origin.kind == "gaussian_matrix":
        return DeterminantSquaredLaw.moment(power / 2, n) if power % 2 == 0 else Integer(0)
    if power > 2:
        raise NotImplementedError(f"E({rv**power}): of a determinant two moments are known, found the power {power}")
    entry = origin.parameters[0]
    mean = expected(entry)
    variance = expected_variance(entry)
    if mean.has(oo) or variance.has(oo):
        raise NotImplementedError(f"E({rv**power}): the entries have no variance")
    if power == 2:
        return factorial(n) * variance ** (n - 1) * (variance + n * mean**2)
    least = n.low if isinstance(n, Parameter) else n
    if mean == 0 or (least.is_number and least >= 2):
        return Integer(0)
    # 0^{n−1} is 1 for n = 1.
    return mean if n == 1 else mean * Integer(0) ** (n - 1)


def _copies(rv: RV) -> tuple[Expr, Expr, Expr] | None:
    """What a sum or mean of independent copies is of, how many there are, and the factor of their sum."""
    origin, functional = getattr(rv, "origin", None), getattr(rv, "functional", "")
    if origin is None:
        return None
    if origin.kind == "iid_matrix" and functional == "frobenius2":
        entry, rows, columns = origin.parameters
        return entry**2, rows * columns, Integer(1)
    if origin.kind != "iid" or functional not in ("sum", "mean"):
        return None
    inner, count = origin.parameters
    return inner, count, Integer(1) if functional == "sum" else 1 / count


def _mgf(rv: RV, rate: Expr) -> Expr:
    value, low, high = map(sympify, symbolic_log_mgf(_law(rv), rate))
    if _less(low, rate) and _less(rate, high):
        return exp(value)
    if (rate < low) == true or (rate > high) == true:
        return oo
    raise NotImplementedError(f"E(exp({rate * rv})): whether {rate} lies in ({low}, {high}) is not known")


def _less(small: Expr, large: Expr) -> bool:
    """Whether one number is surely below another: by what SymPy knows, or at the ends of one parameter's interval."""
    if (small < large) == true:
        return True
    gap = expand(large - small)
    if len(gap.free_symbols) != 1:
        return False
    (symbol,) = gap.free_symbols
    slope = gap.coeff(symbol)
    if not isinstance(symbol, Parameter) or not slope.is_number or (gap - slope * symbol).free_symbols:
        return False
    # A linear gap is positive inside where it is nowhere negative at the ends, and at an end that belongs to it.
    low, high = (gap.subs(symbol, end) for end in (symbol.low, symbol.high))
    closed = (symbol.is_size or symbol.closed in ("left", "both"), symbol.is_size or symbol.closed in ("right", "both"))
    ends = ((value > 0) if belongs else (value >= 0) for value, belongs in zip((low, high), closed, strict=True))
    return slope != 0 and all(e == true for e in ends)


def _mean_of_log(rv: RV) -> Expr:
    """E log X of a positive variable: the derivative of E X^s at s = 0 from the right, where (X^s − 1)/s decreases."""
    s = Dummy("s", positive=True)
    found = _above_its_least(lambda law: symbolic_moment(law, s), _law(rv))
    if found.has(oo, nan):
        raise _unknown(log(rv))
    slope = found.diff(s).subs(s, 0)
    return simplify(slope) if slope.count_ops() < _WRITTEN else slope


def _of_one_sign(rv: RV, signed: list[tuple[Expr, Expr, int]], power: Expr, absolute: Expr, part: Expr) -> Expr:
    """E of max(cX, 0)^p or min(cX, 0)^p, also times powers of X and |X|.

    With Y = |c| X on the side where the factor is not 0, Y^p there is (|Y|^p + Y^p)/2 for odd p, and half of |Y|^p has
    the same mean for a law that is symmetric about 0.
    """
    scale, total, sides = Integer(1), power + absolute, set()
    for inner, exponent, sign in signed:
        slope = inner / rv
        if slope.atoms(RV) or not (slope.is_positive or slope.is_negative):
            raise NotImplementedError(f"E of the part of one sign of {inner}")
        scale *= (sign * abs(slope)) ** exponent
        total += exponent
        # The side of 0 on which X lies where the factor is not 0.
        sides.add(sign if slope.is_positive else -sign)
    if len(sides) > 1:
        return Integer(0)
    (side,) = sides
    if side < 0 and not power.is_Integer:
        raise _unknown(part)
    scale *= side**power
    half = _above_its_least(lambda law: symbolic_absolute_moment(law, total), _law(rv)) / 2
    if symmetric(_law(rv)):
        return scale * half
    if not (total.is_Integer and total % 2 == 1):
        raise _unknown(part)
    return scale * (half + side * _moment(rv, total) / 2)
