"""Means of products of linear forms of normal variables, of their absolute values and of their parts of one sign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
    Rational,
    acos,
    binomial,
    cos,
    expand,
    expand_trig,
    gamma,
    pi,
    simplify,
    sin,
    sqrt,
)

from ..language.law_of import LawOf
from ..language.models import RV
from ..language.parameters import Parameter
from ..laws.elementary import NormalLaw

__all__ = ["apart", "kernel", "normal_mean"]

# Degrees up to which trigonometric sums are written out, and lengths up to which they are simplified.
_HIGHEST, _LONGEST = 12, 150


def kernel(p: int, q: int, angle: Any) -> Expr:
    """E max(U, 0)^p max(V, 0)^q of two standard normal variables with correlation cos(angle), angle in [0, π].

    With U = R cos φ and V = R cos(φ − θ) in polar coordinates both are positive for φ in (θ − π/2, π/2), and φ is
    uniform and independent of R:

    .. math::

        \\frac{\\mathbb{E} R^{p+q}}{2 \\pi} \\int_{\\theta - \\pi/2}^{\\pi/2} \\cos^p \\varphi \\,
        \\cos^q(\\varphi - \\theta) \\, d\\varphi, \\qquad \\mathbb{E} R^k = 2^{k/2} \\Gamma(k/2 + 1),

    an integral of a trigonometric polynomial. For p = q these are the arc-cosine kernels (0⁰ is 1 where positive).

    Examples
    --------
    >>> from sympy import Symbol
    >>> t = Symbol("t")
    >>> kernel(0, 0, t)
    (pi - t)/(2*pi)
    >>> kernel(1, 1, t)
    ((pi - t)*cos(t) + sin(t))/(2*pi)
    """
    total: Expr = Integer(0)
    for i in range(p + 1):
        for j in range(q + 1):
            a, b = p - 2 * i, q - 2 * j
            m = a + b
            # cos(a φ + b (φ − θ)), the real part of one term of both binomial expansions.
            if m == 0:
                part = (pi - angle) * cos(b * angle)
            else:
                part = (sin(m * pi / 2 - b * angle) - sin(a * angle - m * pi / 2)) / m
            total += binomial(p, i) * binomial(q, j) * part
    radius = 2 ** Rational(p + q, 2) * gamma(Rational(p + q, 2) + 1)
    return radius * expand_trig(total / 2 ** (p + q)) / (2 * pi)


@dataclass(frozen=True)
class _Ray:
    """A function of a linear form L: `plus` L^degree where L is positive, `minus` |L|^degree where it is negative."""

    form: dict[RV, Expr]
    degree: int
    plus: Expr
    minus: Expr


def normal_mean(part: Expr) -> Expr:
    """E of a product of powers of linear forms L, |L|, max(L, 0), min(L, 0) of independent centred normal variables.

    The forms may have two directions. Each factor is c₊ L^k on one side and c₋ |L|^k on the other, so the mean is a sum
    of `kernel` at the angle between both directions and at the one between the first and the negative second.

    Raises
    ------
    NotImplementedError
        For any other expression, or where a standard deviation is not known to be positive.

    Examples
    --------
    >>> from whp.theory import Normal
    >>> X, Y = Normal(0, 1), Normal(0, 1)
    >>> normal_mean(Max(X, 0) * Max(Y, 0)), normal_mean(abs(X) * abs(X + Y))
    (1/(2*pi), sqrt(2)*(sqrt(2)*pi/4 + sqrt(2))/pi)
    """
    variances = _variances(part.atoms(RV), part)
    rays: list[_Ray] = []
    for factor in Mul.make_args(part):
        _add(rays, _read(factor, part))
    if sum(ray.degree for ray in rays) > _HIGHEST or len(rays) > 2:
        raise NotImplementedError(f"E({part}): linear forms of more than two directions, or of too high a degree")
    spreads = [_spread(ray.form, ray.form, variances) for ray in rays]
    if not all(s.is_positive for s in spreads):
        raise NotImplementedError(f"E({part}): whether the variance {spreads[0]} is positive is not known")
    sizes = Mul(*(sqrt(s) ** ray.degree for s, ray in zip(spreads, rays, strict=True)))
    if len(rays) == 1:
        (ray,) = rays
        return sizes * (ray.plus + ray.minus) * kernel(ray.degree, 0, Integer(0))
    first, second = rays
    angle = _angle(_short(_spread(first.form, second.form, variances) / sqrt(spreads[0] * spreads[1])))
    same = first.plus * second.plus + first.minus * second.minus
    opposite = first.plus * second.minus + first.minus * second.plus
    stands = Dummy("angle", real=True)
    p, q = first.degree, second.degree
    found = same * kernel(p, q, stands) + opposite * kernel(p, q, pi - stands)
    return sizes * simplify(found).subs(stands, angle)


def _variances(rvs: Iterable[RV], part: Expr) -> dict[RV, Expr]:
    """The variances of independent centred normal variables."""
    found: dict[RV, Expr] = {}
    for rv in rvs:
        law = rv.law
        if not isinstance(law, LawOf) or law.law is not NormalLaw or (law.parameters[1:] or (0,))[0] != 0:
            raise NotImplementedError(f"E({part}): {rv.name} is not known to be a centred normal variable")
        found[rv] = Integer(1) * law.parameters[0]
    if not apart(found):
        raise NotImplementedError(f"E({part}): a function of {len(found)} dependent variables")
    return found


def apart(rvs: Iterable[RV]) -> bool:
    """Whether random variables are independent: by their origins, or as different coordinates of a normal vector."""
    seen: set[Any] = set()
    for rv in rvs:
        origins = getattr(rv, "origins", None)
        if not origins:
            return len([*rvs]) == 1
        keys = set(origins)
        if getattr(rv, "functional", "") == "coordinate" and rv.origin.kind == "gaussian_vector":
            if not rv.arguments[0].is_Integer:
                return len([*rvs]) == 1
            keys = {(rv.origin, rv.arguments[0])}
            if rv.origin in seen:
                return False
        elif any(isinstance(s, tuple) and s[0] in keys for s in seen):
            return False
        if keys & seen:
            return False
        seen |= keys
    return True


def _read(factor: Expr, part: Expr) -> _Ray:
    base, exponent = factor.as_base_exp()
    unknown = NotImplementedError(f"E({part}): no closed form is known of it")
    if not (exponent.is_Integer and exponent > 0):
        raise unknown
    p = int(exponent)
    one, none = Integer(1), Integer(0)
    plus, minus, inner = one, Integer((-1) ** p), base
    if isinstance(base, Abs):
        minus, inner = one, base.args[0]
    elif isinstance(base, Max | Min):
        rest = [a for a in base.args if a != 0]
        if len(base.args) != 2 or len(rest) != 1:
            raise unknown
        plus, minus, inner = (one, none, rest[0]) if isinstance(base, Max) else (none, minus, rest[0])
    return _Ray(_linear(expand(inner), unknown), p, plus, minus)


def _linear(inner: Expr, unknown: Exception) -> dict[RV, Expr]:
    form: dict[RV, Expr] = {}
    for term in Add.make_args(inner):
        random = term.atoms(RV)
        if len(random) != 1:
            raise unknown
        (rv,) = random
        slope = term / rv
        if slope.atoms(RV):
            raise unknown
        form[rv] = form.get(rv, Integer(0)) + slope
    return form


def _add(rays: list[_Ray], fresh: _Ray) -> None:
    """Join a factor to the one of its direction."""
    for i, ray in enumerate(rays):
        ratio = _ratio(fresh.form, ray.form)
        if ratio is None:
            continue
        size = abs(ratio) ** fresh.degree
        ends = (fresh.plus, fresh.minus) if ratio.is_positive else (fresh.minus, fresh.plus)
        joined = (ray.plus * size * ends[0], ray.minus * size * ends[1])
        rays[i] = _Ray(ray.form, ray.degree + fresh.degree, *joined)
        return
    rays.append(fresh)


def _ratio(form: dict[RV, Expr], of: dict[RV, Expr]) -> Expr | None:
    """c with form = c · of, where its sign is known."""
    if set(form) != set(of):
        return None
    ratios = [_short(form[rv] / of[rv]) for rv in of]
    if any(_short(r - ratios[0]) != 0 for r in ratios[1:]):
        return None
    return ratios[0] if ratios[0].is_positive or ratios[0].is_negative else None


def _spread(form: dict[RV, Expr], other: dict[RV, Expr], variances: dict[RV, Expr]) -> Expr:
    return _short(Add(*(form[rv] * other[rv] * variances[rv] for rv in form if rv in other)))


def _short(expr: Expr) -> Expr:
    return simplify(expr) if expr.free_symbols and expr.count_ops() <= _LONGEST else expr


def _angle(correlation: Expr) -> Expr:
    """The angle in [0, π] with this cosine; an angle known to lie there is itself."""
    if isinstance(correlation, cos):
        inside = correlation.args[0]
        if isinstance(inside, Parameter) and inside.low >= 0 and inside.high <= pi:
            return inside
    return acos(correlation)
