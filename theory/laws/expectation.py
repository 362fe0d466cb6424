"""Means, variances, moments and quantiles of laws: closed forms where a law has them, else enclosures by its tails."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Protocol

from flint import arb
from sympy import (
    Abs,
    Expr,
    Integer,
    Rational,
    binomial,
    erf,
    exp,
    factorial,
    gamma,
    harmonic,
    nan,
    oo,
    pi,
    sqrt,
    sympify,
)

from ..calculus.enclosure import Enclosure, compare, workprec
from ..calculus.evaluate import enclosure
from ..calculus.exact import exact_ball
from .beta_law import BetaLaw
from .cauchy_law import CauchyLaw
from .cumulants import moments_of
from .elementary import AffineLaw, ChiSquareLaw, ConstantLaw, NegatedLaw, NormalLaw
from .gamma_law import ExponentialLaw, GammaLaw
from .image import AbsoluteLaw, SquareLaw
from .laplace_law import LaplaceLaw
from .largest_law import LargestLaw, SmallestLaw
from .order_law import MaximumLaw, MinimumLaw, OrderLaw
from .protocol import ScalarLaw
from .sign_sum_law import SignSumLaw
from .singular import LargestSingularLaw, SmallestSingularLaw
from .sphere import SphereCoordinateLaw
from .student_law import StudentTLaw
from .uniform_law import UniformLaw

__all__ = [
    "NoMoment",
    "log_concave",
    "mean",
    "median",
    "quantile",
    "raw_moment",
    "symbolic_absolute_moment",
    "symbolic_log_mgf",
    "symbolic_moment",
    "symmetric",
    "variance",
]

ACCURACY = 1e-9
"""Relative width at which quadrature stops, where it gets so far."""

_BITS = 192
# Slices of one half-line at most: a monotone tail alone is then known to about 1e-3, a unimodal density gives 1e-7.
_MOST_SLICES, _MOST_MONOTONE, _FIRST_SLICES = 4096, 1024, 12
# And where nothing bounds what lies far out, so that only a lower end is known.
_MOST_ONE_SIDED = 256
_ROUNDS, _DOUBLINGS = 40, 200
_STEPS = 400
# Up to so many atoms exact probabilities are summed.
_ATOMS = 400
_HALF = Fraction(1, 2)
# Of singular values of a Gaussian matrix: their joint density is log-concave on the ordered cone, so each one's is.
_LOG_CONCAVE = (NormalLaw, LaplaceLaw, UniformLaw, ExponentialLaw, LargestSingularLaw, SmallestSingularLaw)


class NoMoment(ArithmeticError):
    """A mean that does not exist, not even as an infinite one."""


class LawExpression(Protocol):
    """A law whose parameters are expressions."""

    @property
    def law(self) -> Callable[..., ScalarLaw]:
        """The class."""

    @property
    def parameters(self) -> tuple[Any, ...]:
        """Its arguments."""


def symbolic_moment(law_of: LawExpression, power: Any) -> Expr:
    """E X^power of a law with expressions for parameters: `oo` where it is infinite, `nan` where there is none.

    Raises
    ------
    NotImplementedError
        Where the law has no closed form of it.

    Examples
    --------
    >>> from whp.theory import size
    >>> from whp.theory.language.law_of import LawOf
    >>> from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw
    >>> k = size("k")
    >>> symbolic_moment(LawOf(AffineLaw, LawOf(ChiSquareLaw, k), 1 / k), 1)
    1
    """
    return _moment(law_of.law, law_of.parameters, sympify(power))


def _moment(law: Any, parameters: Sequence[Any], power: Expr) -> Expr:
    if not hasattr(law, "moment"):
        raise NotImplementedError(f"{law} is no class of laws")
    if issubclass(law, ConstantLaw):
        return _number(parameters[0]) ** power
    if issubclass(law, NegatedLaw):
        return _affine_moment(parameters[0], Integer(-1), Integer(0), power)
    if issubclass(law, AffineLaw):
        shift = _number(parameters[2]) if len(parameters) > 2 else Integer(0)
        return _affine_moment(parameters[0], _number(parameters[1]), shift, power)
    if issubclass(law, MaximumLaw | MinimumLaw | OrderLaw) and parameters[1] == 1:
        return _of_parts(parameters[0], power)
    if issubclass(law, MaximumLaw | MinimumLaw | OrderLaw):
        n = sympify(parameters[1])
        place = n if issubclass(law, MaximumLaw) else Integer(1) if issubclass(law, MinimumLaw) else parameters[2]
        return _ordered_moment(_expression(parameters[0]), n, sympify(place), power)
    if issubclass(law, LargestLaw | SmallestLaw) and _copied(parameters[0]):
        n = Integer(len(parameters[0]))
        return _ordered_moment(_expression(parameters[0][0]), n, n if law is LargestLaw else Integer(1), power)
    if issubclass(law, AbsoluteLaw):
        return symbolic_absolute_moment(_expression(parameters[0]), power)
    if issubclass(law, SquareLaw):
        return symbolic_absolute_moment(_expression(parameters[0]), 2 * power)
    return sympify(law.moment(power, *map(_number, parameters)))


def _copied(laws: Sequence[Any]) -> bool:
    """Whether independent variables have one law: the largest of them is that of copies."""
    return len(laws) > 0 and all(law == laws[0] for law in laws)


def _number(value: Any) -> Any:
    """A parameter as a law's closed forms take it; laws stay what they are."""
    if isinstance(value, Fraction | int):
        return Rational(value.numerator, value.denominator)
    if isinstance(value, arb):
        if not value.is_exact():
            raise NotImplementedError("a parameter known in a ball only has no closed form")
        man, exponent = (int(part) for part in value.man_exp())
        return Integer(man) * Integer(2) ** exponent
    return value


@dataclass(frozen=True)
class _At:
    """A law at a cell, as one with numbers for parameters."""

    law: type[ScalarLaw]
    parameters: tuple[Any, ...]


def _expression(base: Any) -> LawExpression:
    """A part of a law, which is a law itself or has expressions for parameters."""
    return _At(type(base), _arguments(base)) if isinstance(base, ScalarLaw) else base


# Up to so many copies harmonic numbers are written out; above, a law at a cell is asked by quadrature.
_MOST_COPIES = 2000
# E X_(n:n) and E X_(n:n)² of n standard normal variables.
_LARGEST_NORMAL = {
    2: (1 / sqrt(pi), Integer(1)),
    3: (Rational(3, 2) / sqrt(pi), 1 + sqrt(3) / (2 * pi)),
}


def _ordered_moment(base: LawExpression, n: Expr, k: Expr, power: Expr) -> Expr:
    """A moment of the k-th smallest of n independent copies.

    Of exponential variables of rate r it is a sum of independent exponential variables of the rates (n − j + 1) r for
    j ≤ k, the times between deaths (Rényi 1953): its cumulants are (p − 1)! (H_n^{(p)} − H_{n−k}^{(p)})/r^p. Of uniform
    variables on (0, 1) it is a beta variable with the parameters k, n − k + 1.
    """
    law: Any = getattr(base, "law", None)
    unknown = NotImplementedError("no closed form of this moment of an order statistic is known")
    if not isinstance(law, type):
        raise unknown
    parameters = base.parameters
    if issubclass(law, AffineLaw):
        scale = _number(parameters[1])
        shift = _number(parameters[2]) if len(parameters) > 2 else Integer(0)
        if not (scale.is_positive or scale.is_negative):
            raise unknown
        moved = _At(OrderLaw, (parameters[0], n, k if scale.is_positive else n + 1 - k))
        return _affine_moment(moved, scale, shift, power)
    if issubclass(law, UniformLaw):
        low, high = map(_number, parameters)
        return _affine_moment(_At(BetaLaw, (k, n - k + 1)), high - low, low, power)
    if issubclass(law, NormalLaw):
        if n not in _LARGEST_NORMAL or k not in (1, n) or power not in (1, 2):
            raise unknown
        variance, centre = _number(parameters[0]), _number((*parameters, Integer(0))[1])
        first, second = _LARGEST_NORMAL[int(n)]
        first = first if k == n else -first
        return (
            centre + sqrt(variance) * first
            if power == 1
            else (variance * second + 2 * centre * sqrt(variance) * first + centre**2)
        )
    rate = _rate(law, parameters)
    if rate is None:
        raise unknown
    if k == 1:
        if (power + 1).is_positive is None:
            raise unknown
        return gamma(1 + power) / (n * rate) ** power if (power + 1).is_positive else oo
    if not (power.is_Integer and power > 0) or (n.is_Integer and n > _MOST_COPIES):
        raise unknown
    cumulants = [factorial(p - 1) * (harmonic(n, p) - harmonic(n - k, p)) / rate**p for p in range(1, int(power) + 1)]
    return moments_of(cumulants)[-1]


def _rate(law: Any, parameters: Sequence[Any]) -> Expr | None:
    """The rate of a law that is an exponential one."""
    first = _number(parameters[0]) if parameters else None
    if issubclass(law, ExponentialLaw):
        return sympify(first)
    if issubclass(law, GammaLaw) and first == 1:
        return 1 / sympify(_number((*parameters, 1)[1]))
    return Rational(1, 2) if issubclass(law, ChiSquareLaw) and first == 2 else None


def symmetric(law_of: LawExpression) -> bool:
    """Whether a law is known to be symmetric about 0.

    Examples
    --------
    >>> from whp.theory.language.law_of import LawOf
    >>> symmetric(LawOf(NormalLaw, Integer(2))), symmetric(LawOf(NormalLaw, Integer(2), Integer(1)))
    (True, False)
    """
    law, parameters = law_of.law, law_of.parameters
    if not isinstance(law, type):
        return False
    if issubclass(law, AffineLaw | NegatedLaw):
        return (law is NegatedLaw or (*parameters, 0)[2] == 0) and symmetric(_expression(parameters[0]))
    if issubclass(law, NormalLaw):
        return bool((*parameters, 0)[1] == 0)
    if issubclass(law, UniformLaw):
        return bool(_number(parameters[0]) + _number(parameters[1]) == 0)
    return issubclass(law, LaplaceLaw | StudentTLaw | CauchyLaw | SignSumLaw | SphereCoordinateLaw)


def _of_parts(base: Any, power: Expr) -> Expr:
    return symbolic_moment(_expression(base), power)


def _affine_moment(base: Any, scale: Expr, shift: Expr, power: Expr) -> Expr:
    if shift == 0 and (scale.is_positive or power.is_Integer):
        return scale**power * _of_parts(base, power)
    if not (power.is_Integer and power >= 0):
        raise NotImplementedError(f"no closed form of the moment of power {power} of a shifted variable")
    terms = [
        binomial(power, j) * scale**j * shift ** (power - j) * (_of_parts(base, Integer(j)) if j else 1)
        for j in range(int(power) + 1)
        if j == power or shift != 0
    ]
    return sum(terms, Integer(0))


def symbolic_absolute_moment(law_of: LawExpression, power: Any) -> Expr:
    """E |X|^power, as `symbolic_moment`.

    Examples
    --------
    >>> from whp.theory.language.law_of import LawOf
    >>> symbolic_absolute_moment(LawOf(NormalLaw, Integer(1)), 1)
    sqrt(2)/sqrt(pi)
    """
    law: Any = law_of.law
    parameters, power = law_of.parameters, sympify(power)
    if power.is_Integer and power % 2 == 0:
        return symbolic_moment(law_of, power)
    if isinstance(law, type) and issubclass(law, NegatedLaw):
        return symbolic_absolute_moment(_expression(parameters[0]), power)
    if isinstance(law, type) and issubclass(law, AffineLaw) and (len(parameters) < 3 or parameters[2] == 0):
        return Abs(_number(parameters[1])) ** power * symbolic_absolute_moment(_expression(parameters[0]), power)
    if law is NormalLaw and (len(parameters) < 2 or parameters[1] == 0):
        if not (power + 1).is_positive:
            return oo
        spread = 2 * _number(parameters[0])
        return spread ** (power / 2) * gamma((power + 1) / 2) / sqrt(pi)
    if law is NormalLaw and power == 1:
        # The folded normal law.
        spread, centre = map(sympify, map(_number, parameters))
        half = centre / sqrt(2 * spread)
        return sqrt(2 * spread / pi) * exp(-(half**2)) + centre * erf(half)
    if law is CauchyLaw and (power - 1).is_nonnegative:
        return oo
    if isinstance(law, type) and issubclass(law, SignSumLaw) and parameters[0] == 1:
        return Integer(1)
    if law is LaplaceLaw and (power + 1).is_positive:
        return _number(parameters[0]) ** power * gamma(power + 1)
    if law is StudentTLaw and (power + 1).is_positive:
        return _student(_number(parameters[0]), power)
    if hasattr(law, "absolute_moment"):
        return sympify(law.absolute_moment(power, *map(_number, parameters)))
    # A law whose square root has a mean is one of a nonnegative variable.
    symbolic_moment(law_of, Rational(1, 2))
    return symbolic_moment(law_of, power)


def _student(k: Any, power: Expr) -> Expr:
    left = sympify(k) - power
    if left.is_positive is None:
        raise NotImplementedError(f"whether {left} is positive is not known")
    if not left.is_positive:
        return oo
    k = sympify(k)
    return k ** (power / 2) * gamma((power + 1) / 2) * gamma(left / 2) / (sqrt(pi) * gamma(k / 2))


def symbolic_log_mgf(law_of: LawExpression, s: Any) -> tuple[Expr, Expr, Expr]:
    """log E e^{sX} and the ends of the open interval of s on which it is finite, as expressions."""
    law: Any = law_of.law
    parameters = law_of.parameters
    if not hasattr(law, "log_mgf"):
        raise NotImplementedError(f"{law} is no class of laws")
    if issubclass(law, AffineLaw):
        scale = _number(parameters[1])
        shift = _number(parameters[2]) if len(parameters) > 2 else Integer(0)
        value, low, high = symbolic_log_mgf(_expression(parameters[0]), scale * s)
        if not (scale.is_positive or scale.is_negative):
            raise NotImplementedError(f"the sign of {scale} is not known")
        ends = (low / scale, high / scale)
        return (value + shift * s, *(ends if scale.is_positive else ends[::-1]))
    found: tuple[Expr, Expr, Expr] = law.log_mgf(sympify(s), *map(_number, parameters))
    return found


def _arguments(law: ScalarLaw) -> tuple[Any, ...]:
    if not is_dataclass(law):
        raise NotImplementedError("a law that does not show its parameters")
    return tuple(getattr(law, f.name) for f in fields(law) if f.init)


def _closed(law: ScalarLaw, power: Expr) -> Expr:
    return _moment(type(law), _arguments(law), power)


def _closed_enclosure(law: ScalarLaw, power: Expr) -> Enclosure | None:
    """The moment by the law's closed form; None where it has none."""
    try:
        found = sympify(_closed(law, power))
    except (NotImplementedError, TypeError):
        return None
    if found is nan or found.has(nan):
        raise NoMoment(f"E X^{power} does not exist")
    if found.has(oo):
        end = arb.pos_inf() if found == oo else arb.neg_inf()
        return Enclosure(end, end)
    try:
        return enclosure(found, {}, _BITS)
    except ValueError:
        return None


def log_concave(law: ScalarLaw) -> bool:
    """Whether a law is known to have a log-concave density.

    Then the density is unimodal and the tails are log-concave. Order statistics and sums of independent variables of
    such densities have such densities again; a law says so by a true attribute ``log_concave``.

    Examples
    --------
    >>> log_concave(ChiSquareLaw(2)), log_concave(ChiSquareLaw(1))
    (True, False)
    """
    if isinstance(law, AffineLaw | NegatedLaw | MaximumLaw | MinimumLaw | OrderLaw):
        return log_concave(law.base)
    if isinstance(law, LargestLaw | SmallestLaw):
        return _copied(law.laws) and log_concave(law.laws[0])
    if isinstance(law, ChiSquareLaw):
        return law.k >= 2
    if isinstance(law, GammaLaw):
        return law.shape >= 1
    if isinstance(law, BetaLaw):
        return min(law.a, law.b) >= 1
    return isinstance(law, _LOG_CONCAVE) or (law.continuous and bool(getattr(law, "log_concave", False)))


def raw_moment(law: ScalarLaw, power: int | Fraction, accuracy: float = ACCURACY) -> Enclosure:
    """E X^power, certified; an upper end is infinite where nothing bounds what lies far out.

    Parameters
    ----------
    law : ScalarLaw
    power : int or Fraction
        Positive; a power that is not whole needs a nonnegative variable.
    accuracy : float
        Relative width at which the refinement stops, where it gets so far.

    Raises
    ------
    NoMoment
        Where there is none.
    NotImplementedError
        Without certified tails.

    Examples
    --------
    >>> from whp.theory.laws.elementary import ChiSquareLaw
    >>> raw_moment(ChiSquareLaw(3), 2).lower == 15
    True
    """
    found = _closed_enclosure(law, sympify(Rational(power)))
    if found is not None:
        return found
    if power <= 0:
        raise NotImplementedError(f"the moment of power {power} of a law without a closed form of it")
    if (listed := _listed(law)) is not None and Fraction(power).denominator == 1:
        return _weighted(law, listed, lambda k: Fraction(k) ** int(power))
    with workprec(_BITS):
        above = _half(law, 1, Fraction(0), Fraction(power), accuracy)
        if _end(law, 0) >= 0:
            return above
        if Fraction(power).denominator != 1:
            raise NotImplementedError(f"the moment of power {power} of a variable with both signs")
        below = _half(law, -1, Fraction(0), Fraction(power), accuracy)
        return _plus(above, below, 1 if int(power) % 2 == 0 else -1)


def mean(law: ScalarLaw, accuracy: float = ACCURACY) -> Enclosure:
    """E X, certified, as `raw_moment`.

    Examples
    --------
    The larger of two uniform variables has mean 2/3:

    >>> from flint import arb
    >>> class Larger(ScalarLaw):
    ...     continuous = log_concave = True
    ...     def support(self):
    ...         return Fraction(0), Fraction(1)
    ...     def enclose(self, relation, t):
    ...         below = t.max(arb(0)).min(arb(1)) ** 2
    ...         return Enclosure.of(below if relation in ("<", "<=") else 1 - below)
    >>> found = mean(Larger(), 1e-6)
    >>> found.lower <= arb(2) / 3 <= found.upper, found.relative_radius < 1e-6
    (True, True)
    """
    return raw_moment(law, 1, accuracy)


def variance(law: ScalarLaw, accuracy: float = ACCURACY) -> Enclosure:
    """Var X, certified, as `raw_moment`.

    Examples
    --------
    >>> from whp.theory.laws.elementary import ChiSquareLaw
    >>> variance(ChiSquareLaw(3)).ball.overlaps(arb(6))
    True
    """
    if isinstance(law, AffineLaw | NegatedLaw):
        scale = law.scale if isinstance(law, AffineLaw) else Fraction(1)
        inner = variance(law.base, accuracy)
        with workprec(_BITS):
            square = exact_ball(scale) ** 2
            return Enclosure(inner.lower * square, inner.upper * square)
    exact = _closed_variance(law)
    if exact is not None:
        return exact
    if (listed := _listed(law)) is not None:
        first = _weighted(law, listed, Fraction)
        with workprec(_BITS):
            # The closest number to the mean serves: what is taken off is the square of how far it lies from it.
            centre = Fraction(round(float(first)))
            second = _weighted(law, listed, lambda k: (k - centre) ** 2)
            return _less_square(second, _plus(first, Enclosure.of(exact_ball(centre)), -1))
    with workprec(_BITS):
        middle = quantile(law, _HALF, 1e-3)
        centre = _dyadic(float(middle)) if middle.lower != middle.upper else _fraction(middle.lower)
        parts = {(s, p): _half(law, s, centre, Fraction(p), accuracy) for s in (1, -1) for p in (1, 2)}
        second = _plus(parts[1, 2], parts[-1, 2], 1)
        return _less_square(second, _plus(parts[1, 1], parts[-1, 1], -1))


def _closed_variance(law: ScalarLaw) -> Enclosure | None:
    first, second = (_closed_enclosure(law, Integer(p)) for p in (1, 2))
    if first is None or second is None:
        return None
    if not first.lower.is_finite():
        raise NoMoment("Var X does not exist: the mean is infinite")
    if not second.lower.is_finite():
        return second
    try:
        return enclosure(_closed(law, Integer(2)) - _closed(law, Integer(1)) ** 2, {}, _BITS)
    except ValueError:
        return None


def _less_square(second: Enclosure, first: Enclosure) -> Enclosure:
    """E Y² − (E Y)², nonnegative."""
    if not (first.lower.is_finite() and first.upper.is_finite()):
        return Enclosure(arb(0), arb.pos_inf())
    size = abs(first.ball)
    square = size * size
    low, high = second.lower - square, second.upper - square
    return Enclosure(low.lower().max(arb(0)), high.upper() if second.upper.is_finite() else arb.pos_inf())


def _plus(x: Enclosure, y: Enclosure, sign: int) -> Enclosure:
    low, high = (y.lower, y.upper) if sign > 0 else (-y.upper, -y.lower)
    return Enclosure(
        (x.lower + low).lower() if _bounded(x.lower, low) else arb.neg_inf(),
        (x.upper + high).upper() if _bounded(x.upper, high) else arb.pos_inf(),
    )


def _bounded(*ends: arb) -> bool:
    return all(end.is_finite() for end in ends)


def _listed(law: ScalarLaw) -> Sequence[int] | None:
    """The atoms of a law on a few integers."""
    try:
        atoms = law.atoms()
    except NotImplementedError:
        return None
    return atoms if len(atoms) <= _ATOMS else None


def _weighted(law: ScalarLaw, atoms: Sequence[int], value: Callable[[int], Fraction]) -> Enclosure:
    """Σ value(k) P(X = k), exact where the law's probabilities are."""
    try:
        chances = [law.fraction("<=", Fraction(k)) for k in atoms]
        masses = [chances[0], *(later - earlier for earlier, later in pairwise(chances))]
        total = sum((value(k) * m for k, m in zip(atoms, masses, strict=True)), Fraction(0))
        return Enclosure.of(exact_ball(total))
    except NotImplementedError:
        with workprec(_BITS):
            return Enclosure.of(sum((exact_ball(value(k)) * law.mass(k) for k in atoms), arb(0)))


def _end(law: ScalarLaw, which: int) -> Fraction | float:
    try:
        return law.support()[which]
    except NotImplementedError:
        return (-math.inf, math.inf)[which]


def _dyadic(x: float) -> Fraction:
    """A number of few bits near `x`."""
    if x == 0:
        return Fraction(0)
    step = Fraction(2) ** (math.frexp(x)[1] - 10)
    return round(Fraction(x) / step) * step


def _fraction(x: arb) -> Fraction:
    man, exponent = (int(part) for part in x.man_exp())
    return Fraction(man) * Fraction(2) ** exponent


@dataclass
class _Tail:
    """P(sign (X − centre) > t) and ≥ at points t ≥ 0, each asked once."""

    law: ScalarLaw
    sign: int
    centre: Fraction

    def __post_init__(self) -> None:
        self._known: dict[tuple[Fraction, bool], tuple[arb, arb]] = {}

    def __call__(self, t: Fraction, weak: bool = False) -> tuple[arb, arb]:
        weak = weak and not self.law.continuous
        if (t, weak) not in self._known:
            relation = (">" if self.sign > 0 else "<") + ("=" if weak else "")
            found = self.law.enclose_at(relation, self.centre + self.sign * t)
            self._known[t, weak] = found.lower.max(arb(0)), found.upper.min(arb(1))
        return self._known[t, weak]


def _half(law: ScalarLaw, sign: int, centre: Fraction, power: Fraction, accuracy: float) -> Enclosure:
    """E Y^power for Y = max(sign (X − centre), 0): the integral of power t^{power−1} P(Y > t) over t > 0."""
    tail = _Tail(law, sign, centre)
    end = _end(law, 1 if sign > 0 else 0)
    last = None if math.isinf(end) else sign * (Fraction(end) - centre)
    if last is not None and last <= 0:
        return Enclosure.of(arb(0))
    far, rest = _reach(tail, power, last, accuracy)
    points = _first_points(far)
    shape = log_concave(law)
    most = (_MOST_SLICES if shape else _MOST_MONOTONE) if rest.is_finite() else _MOST_ONE_SIDED
    low = high = arb(0)
    for _ in range(_ROUNDS):
        parts = _slices(tail, points, power, unimodal=shape)
        low = sum((p[0] for p in parts), arb(0))
        high = sum((p[1] for p in parts), arb(0))
        gap, size = float((high - low).upper()), float(high.upper())
        if not gap > accuracy * size or len(points) > most:
            break
        # Slices whose share of the gap is above the average are halved.
        limit = max(gap, accuracy * size) / (2 * len(parts))
        split = [float((b - a).upper()) > limit for a, b in parts]
        if not any(split):
            break
        fresh: list[Fraction] = []
        for cut, a, b in zip(split, points, points[1:], strict=False):
            fresh += [a, (a + b) / 2] if cut else [a]
        points = [*fresh, points[-1]]
    return Enclosure(low.lower().max(arb(0)), (high + rest).upper() if rest.is_finite() else arb.pos_inf())


def _first_points(far: Fraction) -> list[Fraction]:
    return [Fraction(0), *(far / 2**j for j in range(_FIRST_SLICES, -1, -1))]


def _reach(tail: _Tail, power: Fraction, last: Fraction | None, accuracy: float) -> tuple[Fraction, arb]:
    """A point beyond which little is left, and a bound on the integral from there on; infinite where none is known."""
    if last is not None:
        return last, arb(0)
    t = Fraction(1)
    while tail(t / 2)[1] < 1e-3 and t > Fraction(1, 2**_DOUBLINGS):
        t /= 2
    inside = arb(0)
    for _ in range(_DOUBLINGS):
        mass = tail(t)[1]
        rest = _rest(tail, t, power)
        inside = inside.max((tail(t / 16)[0] * exact_ball(t / 16) ** exact_ball(power)).lower())
        if mass == 0 or (rest.is_finite() and rest < accuracy / 8 * inside.max(arb("1e-300"))):
            return t, rest
        # Without a bound on the rest there is only a lower one, to which no more is added.
        if not rest.is_finite() and mass * exact_ball(t) ** exact_ball(power) < accuracy * inside:
            break
        t *= 2
    return t, _rest(tail, t, power)


def _rest(tail: _Tail, t: Fraction, power: Fraction) -> arb:
    """A bound on the integral beyond `t`: by a log-concave tail, by the generating function, or by a moment."""
    found = [_by_concavity(tail, t, power), _by_mgf(tail, t, power), _by_moment(tail, t, power)]
    found.append(_by_parts(tail, t, power))
    bounds = [b for b in found if b is not None]
    best = arb.pos_inf()
    for b in bounds:
        best = b if not best.is_finite() or b < best else best
    return best


def _exponential_rest(mass: arb, rate: arb, t: Fraction, power: Fraction) -> arb | None:
    """∫_t^∞ p u^{p−1} mass e^{−rate (u − t)} du for a whole power."""
    if power.denominator != 1:
        return None
    p, at = int(power), exact_ball(t)
    parts = (at ** (p - 1 - j) / (math.factorial(p - 1 - j) * rate ** (j + 1)) for j in range(p))
    return (mass * math.factorial(p) * sum(parts, arb(0))).upper()


def _by_concavity(tail: _Tail, t: Fraction, power: Fraction) -> arb | None:
    if not log_concave(tail.law):
        return None
    before, mass = tail(t / 2)[0], tail(t)[1]
    if mass == 0:
        return arb(0)
    ratio = mass / before if before > 0 else arb(1)
    if not ratio < 1:
        return None
    return _exponential_rest(mass, -ratio.log() / exact_ball(t / 2), t, power)


def _by_parts(tail: _Tail, t: Fraction, power: Fraction) -> arb | None:
    """Of extremes and order statistics: one of several variables lies there; of |X|: X or −X does."""
    law, sign, centre = tail.law, tail.sign, tail.centre
    if isinstance(law, MaximumLaw | MinimumLaw | OrderLaw):
        return (law.n * _rest(_Tail(law.base, sign, centre), t, power)).upper()
    if isinstance(law, LargestLaw | SmallestLaw):
        return sum((_rest(_Tail(part, sign, centre), t, power) for part in law.laws), arb(0)).upper()
    if isinstance(law, AbsoluteLaw) and sign > 0:
        return (_rest(_Tail(law.base, 1, centre), t, power) + _rest(_Tail(law.base, -1, -centre), t, power)).upper()
    return None


def _by_mgf(tail: _Tail, t: Fraction, power: Fraction) -> arb | None:
    best: arb | None = None
    try:
        arguments = tuple(map(_number, _arguments(tail.law)))
        for k in range(-6, 7):
            s = Rational(2) ** k
            value, low, high = tail.law.log_mgf(tail.sign * s, *arguments)
            if not bool(low < tail.sign * s) or not bool(tail.sign * s < high):
                continue
            rate = exact_ball(Fraction(2) ** k)
            reach = exact_ball(tail.centre) * tail.sign + exact_ball(t)
            mass = (enclosure(value, {}, _BITS).ball - rate * reach).exp()
            bound = _exponential_rest(mass, rate, t, power)
            best = bound if bound is not None and (best is None or bound < best) else best
    except (NotImplementedError, ValueError, TypeError):
        return best
    return best


def _by_moment(tail: _Tail, t: Fraction, power: Fraction) -> arb | None:
    if tail.centre != 0:
        return None
    best: arb | None = None
    for q in (2, 4, 8, 16):
        if q <= power:
            continue
        try:
            found = _closed_enclosure(tail.law, Integer(q))
        except NoMoment:
            return best
        if found is None or not found.upper.is_finite():
            return best
        # P(|X| > u) ≤ E X^q / u^q for an even q.
        bound = found.upper * exact_ball(power) / exact_ball(q - power) / exact_ball(t) ** exact_ball(q - power)
        best = bound.upper() if best is None or bound < best else best
    return best


def _slices(tail: _Tail, points: Sequence[Fraction], power: Fraction, *, unimodal: bool) -> list[tuple[arb, arb]]:
    """Bounds of the integral over each slice.

    A tail lies between its values at the ends of a slice. Where the density is unimodal, the tail is concave before the
    mode and convex after it: slices that surely lie on one side of the mode are bounded by their chord and by the
    slopes of their neighbours.
    """
    values = [(tail(a), tail(b, weak=True)) for a, b in pairwise(points)]
    at = [exact_ball(p) for p in points]
    whole = int(power) if power.denominator == 1 else None
    weights = [p**whole if whole is not None else p ** exact_ball(power) for p in at]
    found: list[tuple[arb, arb]] = []
    for i, (left, right) in enumerate(values):
        weight = weights[i + 1] - weights[i]
        found.append((right[0] * weight, left[1] * weight))
    if not unimodal or whole is None:
        return found
    widths = [b - a for a, b in pairwise(at)]
    slopes = [
        (((left[0] - right[1]) / h).lower(), ((left[1] - right[0]) / h).upper())
        for (left, right), h in zip(values, widths, strict=True)
    ]
    rising = max((i for i in range(len(slopes) - 1) if slopes[i][1] < slopes[i + 1][0]), default=0)
    falling = min((i for i in range(len(slopes) - 1) if slopes[i][0] > slopes[i + 1][1]), default=len(slopes)) + 2
    for i, (left, right) in enumerate(values):
        h, weight = widths[i], weights[i + 1] - weights[i]
        moved = whole * (at[i + 1] ** (whole + 1) - at[i] ** (whole + 1)) / (whole + 1) - at[i] * weight
        second = (moved / h).max(arb(0))
        first = weight - second
        # A unimodal density is nowhere below both of its means over the slices beside.
        floor = slopes[i - 1][0].min(slopes[i + 1][0]).max(arb(0)) if 0 < i < len(slopes) - 1 else arb(0)
        found[i] = (found[i][0] + floor * h * first, found[i][1] - floor * h * second)
        concave, convex = i + 1 < rising, i > falling
        if concave:
            least, most = (slopes[i - 1][0] if i else arb(0)), slopes[i + 1][1]
        elif convex:
            least, most = (slopes[i + 1][0] if i + 1 < len(slopes) else arb(0)), slopes[i - 1][1]
        else:
            continue
        chord = left[0] * first + right[0] * second, left[1] * first + right[1] * second
        bend = ((most - least.max(arb(0))) * h).max(arb(0)) * weight / (8 if whole == 1 else 4)
        low, high = (chord[0], chord[1] + bend) if concave else (chord[0] - bend, chord[1])
        found[i] = (found[i][0].max(low), found[i][1].min(high))
    return found


def quantile(law: ScalarLaw, q: Fraction | arb, accuracy: float = 1e-30) -> Enclosure:
    """The least t with P(X ≤ t) ≥ q, certified: an atom exactly, else between two numbers.

    Parameters
    ----------
    law : ScalarLaw
    q : Fraction or flint.arb
        Between 0 and 1.
    accuracy : float
        Relative width at which bisection stops.

    Raises
    ------
    ValueError
        For another q.

    Examples
    --------
    >>> from whp.theory.laws.elementary import ChiSquareLaw
    >>> found = quantile(ChiSquareLaw(2), Fraction(1, 2))
    >>> found.ball.overlaps(2 * arb(2).log())
    True
    """
    level = q if isinstance(q, arb) else exact_ball(Fraction(q))
    if not (level > 0 and level < 1):
        raise ValueError(f"a quantile is asked at a level between 0 and 1, found {q}")
    with workprec(_BITS):
        low, high = _bracket(law, q)
        for _ in range(_STEPS):
            # Only an atom is met exactly.
            simple = None if law.continuous else _simplest(low, high)
            if (
                simple is not None
                and _reaches(law, simple, q)
                and _reaches(law, simple, q, strictly_below=True) is False
            ):
                return Enclosure.of(exact_ball(simple))
            width, reach = high - low, max(abs(low), abs(high))
            if width <= Fraction(accuracy) * reach:
                break
            for share in (_HALF, Fraction(3, 8), Fraction(5, 8), Fraction(1, 8), Fraction(7, 8)):
                middle = _rounded(low + share * width, width)
                above = _reaches(law, middle, q)
                if above is not None:
                    low, high = (low, middle) if above else (middle, high)
                    break
            else:
                break
        return Enclosure(exact_ball(low).lower(), exact_ball(high).upper())


def median(law: ScalarLaw, accuracy: float = 1e-30) -> Enclosure:
    """The least median, as `quantile`.

    Examples
    --------
    >>> from whp.theory.laws.elementary import NormalLaw
    >>> median(NormalLaw(1)).ball.contains(arb(0))
    True
    """
    return quantile(law, _HALF, accuracy)


def _reaches(law: ScalarLaw, t: Fraction, q: Fraction | arb, *, strictly_below: bool = False) -> bool | None:
    """Whether P(X ≤ t) ≥ q, or P(X < t) ≥ q; None where neither exact numbers nor balls decide."""
    relation = "<" if strictly_below else "<="
    if isinstance(q, Fraction | int):
        try:
            return law.fraction(relation, t) >= q
        except NotImplementedError:
            pass
    return compare(law.enclose_at(relation, t).ball, ">=", q if isinstance(q, arb) else exact_ball(Fraction(q)))


def _bracket(law: ScalarLaw, q: Fraction | arb) -> tuple[Fraction, Fraction]:
    """Two numbers between which the quantile lies, the upper one included."""
    low, high = (_end(law, i) for i in (0, 1))
    if math.isinf(low):
        low = _searched(law, q, -1)
    if math.isinf(high):
        high = _searched(law, q, 1)
    bottom = Fraction(low)
    if _reaches(law, bottom, q) is not False:
        bottom -= 1
    return bottom, Fraction(high)


def _searched(law: ScalarLaw, q: Fraction | arb, sign: int) -> Fraction:
    t = Fraction(1)
    for _ in range(16):
        for point in (sign * t, -sign / t):
            if _reaches(law, point, q) is (sign > 0) and sign * point > 0:
                return point
        t *= 4
    for _ in range(10 * _DOUBLINGS):
        if _reaches(law, sign * t, q) is (sign > 0):
            return sign * t
        t *= 2
    raise NotImplementedError("no number beyond the quantile was found")


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of least denominator in (low, high]."""
    whole = math.floor(high)
    if whole > low:
        return Fraction(whole) if low < whole else high
    below = math.floor(low)
    if high == below:
        return high
    inner = _simplest_open(1 / (high - below), None if low == below else 1 / (low - below))
    return below + 1 / inner


def _simplest_open(low: Fraction, high: Fraction | None) -> Fraction:
    """The fraction of least denominator in [low, high)."""
    whole = math.ceil(low)
    if high is None or whole < high:
        return Fraction(whole)
    below = math.floor(low)
    return below + 1 / _simplest(1 / (high - below), 1 / (low - below))


def _rounded(t: Fraction, width: Fraction) -> Fraction:
    """A number of few bits within a sixteenth of `width` of `t`."""
    step = Fraction(2) ** (math.floor(math.log2(width)) - 5) if width > 0 else Fraction(1)
    return round(t / step) * step
