"""Inequalities between two random variables given a half-line of each: a bilinear form on a quadrant."""

from __future__ import annotations

from random import Random

from sympy import Expr, Rational
from whp.theory import RV, Claim, Event, Form, Hypothesis, Link, Model, Source, Statement, Tensor, size

from .cases import Case

__all__ = ["quadrant"]

m = size("m")


def _number(rng: Random) -> Rational:
    return Rational(rng.randint(-3, 3), rng.randint(1, 2))


def _least(coefficients: tuple[Rational, ...], box: list[tuple[Rational, Rational | None]]) -> Rational | None:
    """The infimum of p A B + q A + r B + s on a box, where None is an infinite end; None where it is -oo."""
    p, q, r, s = coefficients
    (low, high), (start, stop) = box
    if high is None and stop is None:
        # At A = low + u, B = start + v a bilinear form of nonnegative u and v.
        if min(p, p * start + q, p * low + r) < 0:
            return None
        return p * low * start + q * low + r * start + s
    if high is None:
        return _least((p, r, q, s), [box[1], box[0]])
    values = []
    for a in (low, high):
        slope, constant = p * a + r, q * a + s
        if stop is None and slope < 0:
            return None
        values += [constant + slope * b for b in (start, stop) if b is not None]
    return min(values)


def quadrant(rng: Random, kind: str, seed: int) -> Case | None:
    """``p A B + q A + r B + s > 0`` for squared norms A and B, given A > a or A < a and B > b or B < b; or with ≥."""
    tensors = tuple(Tensor(name, (m,)) for name in "ab")
    model = Model("quadrant", (m,), "two vectors", tensors)
    first, second = (RV(n, model, n, form=Form.parse(f"{n.lower()}_i {n.lower()}_i")) for n in "AB")
    strict, closed = rng.random() < 0.5, rng.random() < 0.5
    p, q, r, s = (_number(rng) for _ in range(4))
    box: list[tuple[Rational, Rational | None]] = []
    given = []
    for rv in (first, second):
        edge = Rational(rng.randint(1, 4), rng.randint(1, 2))
        above = rng.random() < 0.7
        box.append((edge, None) if above else (Rational(0), edge))
        given.append(Event(rv, (">" if above else "<") + ("=" if closed else ""), edge))
    if p == 0 and (q == 0 or r == 0):
        return None
    least = _least((p, q, r, s), box)
    if least is not None and rng.random() < 0.5:
        s, least = s - least, Rational(0)
    if strict and least == 0 and not closed:
        return None
    truth = least is not None and (least > 0 or (least == 0 and not strict))
    left: Expr = p * first * second + q * first + r * second
    link = Link(left, ">" if strict else ">=", -s, given=tuple(given))
    if rng.random() < 0.3:
        link = Link(-left, "<" if strict else "<=", s, given=tuple(given))
    one = (Hypothesis(m <= 1, "m is 1"),)
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), one, grid={"m": (1,)})
    return Case(kind, seed, statement, (), lambda cell: True, pointwise=False, whole=bool(truth))
