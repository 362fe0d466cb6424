"""Random relations of exponentials and logarithms, and what is true of them: high precision, then enclosures.

A relation is ``f > 0`` or ``f >= 0`` for one variable or two, on (0, 1) or (0, ∞). Most are moved so that the infimum
of f is a known small number of either sign, or exactly zero where f is made to touch (at an end, or at a rational
point). The verdict comes from minimisation at 40 digits; a false relation is confirmed at its minimum in balls, a true
one by enclosures on boxes that cover all but the ends.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import mpmath
import sympy
from flint import arb, ctx, fmpq
from sympy import Expr, Rational, Symbol, diff, exp, lambdify, log, oo, sqrt

__all__ = ["Relation", "Verdict", "covered", "judged", "random_relation"]

u, p = Symbol("u", positive=True), Symbol("p", positive=True)

ONE = [
    *(sympy.Integer(1), u, u**2, u**3, 1 / (1 + u), sqrt(u)),
    *(log(u), log(1 + u), u * log(u), u * log(1 + u), (1 + u) * log(1 + u), log(1 + u) ** 2, log(1 + 2 * u)),
    *(log(1 + u**2), exp(u), exp(-u), u * exp(-u), exp(-(u**2)), exp(-2 * u), exp(u / 2), u**2 * exp(-u)),
]
TWO = [
    *(sympy.Integer(1), u, p, u * p, u**2, p * u**2, 1 / (1 + u), 1 / (1 + p)),
    *(log(1 + u), log(1 + p), p * log(1 + u), u * log(1 + p), log(1 + p * u), log(1 + u + p), u * log(1 + u)),
    *(exp(-u), exp(-p), exp(-p * u), exp(p * u), p * exp(-u), exp(u), (u + p) * log(u + p)),
]
COEFFICIENTS = [Rational(c) for c in ("-3", "-2", "-1", "1", "2", "3", "1/2", "-1/2", "-1/3", "1/6")]
MARGINS = [Rational(1, 10**k) for k in (1, 2, 3, 4)]
POINTS = [Rational(1, 7), Rational(1, 2), Rational(9, 10)]
DIGITS = 40
GRID = {1: 240, 2: 28}
FAR = (12, 18, 27)
_SMALLEST = mpmath.mpf(10) ** -1000


@dataclass(frozen=True)
class Relation:
    """``left relation right`` on a box of open intervals; ``f`` is what is said to be positive.

    Attributes
    ----------
    seed : int
    kind : str
        How it was made: "plain", "margin", "touch".
    f : SymPy expression
    relation : {">", ">="}
    box : dict of Symbol to (low, high)
    """

    seed: int
    kind: str
    f: Expr
    relation: str
    box: dict[Symbol, tuple[Any, Any]]


@dataclass
class Verdict:
    """What the oracle knows: "true", "false" or "open", the least value found and where, and how it was confirmed."""

    truth: str
    least: Any
    where: tuple[Any, ...]
    margin: float = 0.0
    confirmed: bool = field(default=False)


def random_relation(seed: int) -> Relation:
    """The relation of a seed.

    Examples
    --------
    >>> random_relation(3).f == random_relation(3).f
    True
    """
    rng = random.Random(f"relation {seed}")
    variables = 1 if rng.random() < 0.6 else 2
    box = {u: (0, rng.choice([1, oo]))}
    if variables == 2:
        box[p] = (0, rng.choice([1, 1, oo]))
    pieces = rng.sample(ONE if variables == 1 else TWO, rng.randint(2, 4))
    f: Expr = sum((rng.choice(COEFFICIENTS) * piece for piece in pieces), sympy.Integer(0))
    kind = rng.choice(["plain", "margin", "margin", "touch"])
    relation = rng.choice([">", ">="])
    if kind == "margin":
        found = _least(f, box)
        if found is None or not abs(found[0]) < 10**6:
            kind = "plain"
        else:
            margin = rng.choice(MARGINS) * rng.choice([-1, 1, 1])
            # A least value that no decimal shows is 0 to every purpose.
            least = found[0] if abs(found[0]) > _SMALLEST else 0
            f = f - Rational(str(mpmath.nstr(least, 15))) + margin
    elif kind == "touch":
        # The tangent at the low end, or at a point inside, is taken away.
        point = rng.choice([sympy.Integer(0), *POINTS]) if variables == 1 else sympy.Integer(0)
        value, slope = f.subs(u, point), diff(f, u).subs(u, point)
        if value.is_finite and slope.is_finite:
            f = sympy.expand(f - value - slope * (u - point))
            relation = ">="
        else:
            kind = "plain"
    return Relation(seed, kind, f, relation, box)


def _grid(high: Any, count: int) -> list[Any]:
    small = [mpmath.mpf(10) ** (-mpmath.mpf(12) * (i + 1) / (count // 3)) for i in range(count // 3)]
    small.append(mpmath.mpf(10) ** -30)
    if high == 1:
        middle = [mpmath.mpf(i) / (count // 3) for i in range(1, count // 3)]
        return sorted({*small, *middle, *(1 - c for c in small)})
    middle = [mpmath.mpf(10) * i / (count // 3) for i in range(1, count // 3)]
    large = [mpmath.mpf(10) ** (mpmath.mpf(9) * (i + 1) / (count // 3)) for i in range(count // 3)]
    return sorted({*small, *middle, *large, *(mpmath.mpf(10) ** k for k in FAR)})


def _least(f: Expr, box: dict[Symbol, tuple[Any, Any]], settled: bool = True) -> tuple[Any, tuple[Any, ...]] | None:
    """The least value on a grid, improved by cuts around it; None where values are not finite.

    Values that still fall at the far end are `settled` on none; else the last of them will do if it is negative.
    """
    value = lambdify(list(box), f, "mpmath")
    axes = [_grid(high, GRID[len(box)]) for _, high in box.values()]
    best: tuple[Any, tuple[Any, ...]] | None = None
    with mpmath.workdps(DIGITS):
        for point in product(*axes):
            try:
                v = value(*point)
            except (OverflowError, ZeroDivisionError, ValueError):
                return None
            if not isinstance(v, mpmath.mpf) and not isinstance(v, int | mpmath.mpf):
                v = mpmath.mpf(v)
            if not mpmath.isfinite(v):
                return None
            if best is None or v < best[0]:
                best = v, point
        if best is None:
            return None
        for j, axis in enumerate(axes):
            if best[1][j] == axis[-1] and len(axis) > 10 and axis[-1] > 1:
                # The infimum is a limit only if the value does not move any more.
                nearer = value(*best[1][:j], axis[-2], *best[1][j + 1 :])
                if abs(nearer - best[0]) > mpmath.mpf(10) ** -7:
                    return best if best[0] < 0 and not settled else None
        steps = []
        for axis, c in zip(axes, best[1], strict=True):
            i = axis.index(c)
            steps.append((axis[max(i - 1, 0)], axis[min(i + 1, len(axis) - 1)]))
        least, at = best
        for _ in range(60 if len(box) == 1 else 90):
            for j, (low, high) in enumerate(steps):
                for c in (low + (at[j] - low) / 2, at[j] + (high - at[j]) / 2):
                    point = (*at[:j], c, *at[j + 1 :])
                    v = value(*point)
                    if v < least:
                        least, at = v, point
                w = 0.7
                steps[j] = (at[j] - w * (at[j] - low), at[j] + w * (high - at[j]))
    return least, at


def judged(relation: Relation, confirm: bool = False) -> Verdict:
    """What is true of a relation."""
    found = _least(relation.f, relation.box, settled=False)
    if found is None:
        return Verdict("open", mpmath.nan, ())
    least, at = found
    if least < -(mpmath.mpf(10) ** -15):
        point = {v: Fraction(int(c * 2**200), 2**200) for v, c in zip(relation.box, at, strict=True)}
        ball = _enclosed(relation.f, {v: (c, c) for v, c in point.items()})
        return Verdict("false" if ball < 0 else "open", least, at, float(-least), bool(ball < 0))
    if relation.kind != "touch" and least <= mpmath.mpf(10) ** -12:
        # An infimum of zero at an end, or closer than the digits of the grid tell.
        return Verdict("open", least, at)
    out = Verdict("true", least, at, float(least))
    if confirm:
        out.confirmed = covered(relation)
    return out


def _enclosed(f: Expr, at: dict[Symbol, tuple[Fraction, Fraction]]) -> Any:
    """A ball around the values of an expression on a box."""
    before, ctx.prec = ctx.prec, 120
    try:
        values = {}
        for v, (low, high) in at.items():
            a, b = (arb(fmpq(c.numerator, c.denominator)) for c in (low, high))
            values[v] = a if low == high else a.union(b)
        return _ball(f, values)
    finally:
        ctx.prec = before


def _ball(f: Expr, values: dict[Symbol, Any]) -> Any:
    if f.is_Rational:
        return arb(fmpq(int(f.p), int(f.q)))
    if f.is_Symbol:
        return values[f]
    parts = [_ball(a, values) for a in f.args]
    if f.is_Add or f.is_Mul:
        total = parts[0]
        for part in parts[1:]:
            total = total + part if f.is_Add else total * part
        return total
    if f.is_Pow:
        return parts[0] ** int(f.exp) if f.exp.is_Integer else (parts[0].log() * parts[1]).exp()
    return {exp: lambda a: a.exp(), log: lambda a: a.log()}[f.func](parts[0])


def covered(relation: Relation, most: int = 3000) -> bool:
    """Whether enclosures show f > 0 on boxes that cover all but the ends (from 1/1000 on, up to 30 or 999/1000)."""
    start = {
        v: (Fraction(1, 1000), Fraction(999, 1000) if high == 1 else Fraction(30))
        for v, (_, high) in relation.box.items()
    }
    waiting, slopes = [start], {v: diff(relation.f, v) for v in relation.box}
    for _ in range(most):
        if not waiting:
            return True
        box = waiting.pop()
        middle = {v: ((a + b) / 2, (a + b) / 2) for v, (a, b) in box.items()}
        ball = _enclosed(relation.f, box)
        if not ball > 0:
            # The mean value form.
            ball = _enclosed(relation.f, middle)
            for v, (a, b) in box.items():
                half = arb(fmpq((b - a).numerator, 2 * (b - a).denominator))
                ball += _enclosed(slopes[v], box) * arb(0, 1) * half
        if ball > 0:
            continue
        v = max(box, key=lambda name: box[name][1] - box[name][0])
        a, b = box[v]
        for low, high in pairwise((a, (a + b) / 2, b)):
            waiting.append({**box, v: (low, high)})
    return False
