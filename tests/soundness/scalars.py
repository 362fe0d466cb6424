"""Random scalar relations: polynomials, exponentials, roots, identities, numbers that nearly agree."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, S, binomial, exp, expand, factorial, gamma, log, sqrt
from whp.theory import Claim, Hypothesis, Link, Source, Statement, real, sizes

from .cases import Case
from .oracle import at, relation_holds, sign_of

__all__ = ["relation"]

m, d = sizes("m d")
t, x, y = real("t", 0), real("x"), real("y", 0, closed="left")
k = sympy.Symbol("k", integer=True)

RELATIONS = ("<", "<=", "<=", ">", ">=", ">=", "=")
# Both sides and, where no digits tell them apart, the sign of their difference.
Pair = tuple[Expr, Expr, int | None]


def _polynomial(rng: Random, *symbols: Expr) -> Expr:
    total: Any = Integer(0)
    for _ in range(rng.randint(1, 4)):
        term: Any = Rational(rng.randint(-6, 6), rng.choice((1, 1, 1, 2, 3)))
        for s in symbols:
            term *= s ** rng.randint(0, 2)
        total += term
    return total


def _tiny(rng: Random) -> Rational:
    return Rational(rng.choice((1, -1)), 10 ** rng.choice((2, 6, 15, 17, 40, 200)))


def _polynomials(rng: Random) -> Pair:
    symbols = rng.choice(((m,), (m, d), (m, t)))
    return _polynomial(rng, *symbols), _polynomial(rng, *symbols), None


def _exponential(rng: Random) -> Pair:
    c = Rational(rng.randint(-9, 9), rng.randint(2, 9))
    return rng.randint(1, 3) * exp(c * rng.choice((m, sqrt(m), m * d))), _polynomial(rng, m), None


def _roots(rng: Random) -> Pair:
    pairs = [
        (sqrt(m + 1) - sqrt(m), 1 / (2 * sqrt(m)) * (1 + rng.choice((0, _tiny(rng))))),
        (sqrt(2) * m, Rational(141421356237309504880168872420969807856967, 10**41) * m),
        (sqrt(m * d), (m + d) / 2),
        (sqrt(m**2 + 1), m + Rational(1, 2) / m),
        (log(1 + t), t),
        (exp(t), 1 + t + t**2 / 2),
        (log(m + 1), sqrt(m)),
        (sqrt(m) + sqrt(d), sqrt(2 * m + 2 * d)),
        (exp(sympy.pi * sqrt(163)), Integer(640320) ** 3 + 744),
    ]
    left, right = rng.choice(pairs)
    return left, right, None


def _identities(rng: Random) -> Pair:
    pairs = [
        (binomial(m, 2), m * (m - 1) / 2),
        ((m + 1) ** 2, m**2 + 2 * m + 1),
        (sqrt(5 + 2 * sqrt(6)), sqrt(2) + sqrt(3)),
        (log(4**m), 2 * m * log(2)),
        (gamma(m + 1), factorial(m)),
        (sympy.Sum(1 / (k * (k + 1)), (k, 1, m)), m / (m + 1)),
        (sympy.Sum(k, (k, 1, m)), m * (m + 1) / 2),
        (exp(log(m) * 2), m**2),
        (sqrt(m**2 * d**2), m * d),
        (sympy.Sum(binomial(m, k), (k, 0, m)), 2**m),
        (log(m * d), log(m) + log(d)),
        ((m**3 - 1) / (m**2 + m + 1), m - 1),
        (sqrt(3 + 2 * sqrt(2)) ** 2, (1 + sqrt(2)) ** 2),
        (exp(m * log(2)), Integer(2) ** m),
        (sympy.atan(1), sympy.acos(sqrt(2) / 2)),
    ]
    left, right = rng.choice(pairs)
    off = rng.choice((S.Zero, S.Zero, S.Zero, _tiny(rng), _tiny(rng) * m, Rational(1, 7)))
    equal = off == 0
    if rng.random() < 0.3:
        left, right, off = right, left, -off
    return left, right + off, 0 if equal else None


def _beyond_digits(rng: Random) -> Pair:
    """Differences far below the last bit that anybody computes."""
    e = exp(-Integer(rng.choice((600, 3000, 20000))) * m)
    pairs = [
        (sqrt(1 + e), S.One),
        (1 + e, S.One),
        (log(1 + e), S.Zero),
        (m + e**2, m),
        (sqrt(m**2 + e), m),
        (exp(e), S.One),
        (1 / (1 - e), S.One),
    ]
    left, right = rng.choice(pairs)
    return (left, right, 1) if rng.random() < 0.5 else (right, left, -1)


def _finite(rng: Random, kind: str, seed: int) -> Case | None:
    left, right, sign = rng.choice((_polynomials, _exponential, _roots, _identities, _identities, _beyond_digits))(rng)
    relation = rng.choice(RELATIONS)
    symbols = left.free_symbols | right.free_symbols
    low, high = rng.choice(((1, 1), (1, 2), (1, 5), (2, 4), (3, 9)))
    hypotheses, cells = [], [{}]
    for s in (m, d):
        if s in symbols:
            hypotheses.append(Hypothesis(s <= high, f"{s} is small"))
            if low > 1:
                hypotheses.append(Hypothesis(s >= low, f"{s} is not too small"))
            cells = [{**c, s.name: v} for c in cells for v in range(low, high + 1)]
    if {m, d} <= symbols and rng.random() < 0.4:
        hypotheses.append(Hypothesis(d <= m, "d is at most m"))
        cells = [c for c in cells if c["d"] <= c["m"]]
    points: list[dict[Any, Any]] = [{}]
    if t in symbols:
        listed = [Rational(rng.randint(1, 12), rng.randint(1, 7)) for _ in range(rng.choice((1, 2, 3)))]
        points = [{t: v} for v in dict.fromkeys(listed)]
        cells = [{**c, "t": _exact(p[t])} for c in cells for p in points]
    grid = {}
    if m in symbols and d not in symbols and rng.random() < 0.3:
        grid = {"m": tuple(range(low, high + 1))}
    statement = Statement(
        "s",
        "printed",
        "",
        Source("me", "p. 1"),
        (Claim((Link(left, relation, right),)),),
        tuple(hypotheses),
        points=tuple(points),
        grid=grid,
    )

    def true_at(cell: dict[str, Any]) -> bool:
        found = sign if sign is not None else sign_of(at(left, cell).doit() - at(right, cell).doit())
        return relation_holds(relation, found)

    return Case(kind, seed, statement, tuple(cells), true_at)


def _exact(value: Rational) -> Any:
    return int(value) if value.is_Integer else Fraction(int(value.p), int(value.q))


def _interval(rng: Random, kind: str, seed: int) -> Case | None:
    """A relation for every real x (or y >= 0), with its truth by calculus."""
    a, b = Rational(rng.randint(-4, 4), rng.randint(1, 3)), Rational(rng.randint(0, 6), rng.randint(1, 3))
    square = b - a**2
    forms: list[tuple[Expr, Expr, Callable[[str], bool]]] = [
        (x**2 - 2 * a * x + b, S.Zero, lambda r: {">": square > 0, ">=": square >= 0}.get(r, False)),
        (exp(x), 1 + x + a, lambda r: {">": a < 0, ">=": a <= 0}.get(r, False)),
        (y**2 + 1, 2 * y + a, lambda r: {">": a < 0, ">=": a <= 0}.get(r, False)),
        (m * y + b, b, lambda r: r == ">="),
        ((x - a) ** 4, S.Zero, lambda r: r == ">="),
        (x**3, a, lambda r: False),
        (log(1 + y), y + b, lambda r: {"<=": True, "<": b > 0, "=": False}.get(r, False)),
        ((x + a) ** 2, x**2 + 2 * a * x + a**2, lambda r: r in ("=", "<=", ">=")),
        (y / (1 + y), S.One, lambda r: r in ("<", "<=")),
    ]
    left, right, truth = rng.choice(forms)
    relation = rng.choice(RELATIONS)
    if rng.random() < 0.5:
        relation = rng.choice((">=", ">", "<=", "<"))
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((Link(left, relation, right),)),))
    return Case(
        kind,
        seed,
        statement,
        (),
        lambda cell: relation_holds(relation, sign_of(at(expand(left - right), cell))),
        whole=bool(truth(relation)),
    )


def relation(rng: Random, kind: str, seed: int) -> Case | None:
    """A scalar relation on a finite domain, or for every real number."""
    return (_interval if rng.random() < 0.2 else _finite)(rng, kind, seed)
