"""Claims about probabilities for every value of a real parameter, with points at which both sides touch."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import sympy
from sympy import Abs, Integer, Rational, S, exp, oo
from whp.theory import RV, Claim, Event, Hypothesis, LawOf, Link, Model, P, Source, Statement, real, size
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw

from . import oracle
from .cases import Case
from .laws import normal_law
from .oracle import at, compare, relation_holds

__all__ = ["claim"]

m = size("m")
_GRID = 240
# The least |log(bound / truth)| at a grid of points that is taken for one without a touching point between them.
_MARGIN = 0.02


def _known(rng: Random) -> tuple[Any, ...]:
    """A claim with its truth by calculus: (symbol, law, event's relation, threshold, relation, bound, truth, |X|)."""
    closed, strict = rng.random() < 0.5, rng.random() < 0.5
    t = real("t", 0, oo, closed="left" if closed else "")
    p = real("p", 0, 1, closed=rng.choice(("", "both")))
    less, more = ("<", ">") if strict else ("<=", ">=")
    one, chi2 = LawOf(normal_law, Integer(1)), LawOf(ChiSquareLaw, Integer(2))
    two = LawOf(BinomialLaw, Integer(2), p)
    quarter = Rational(1, 4)
    return rng.choice(
        [
            (t, one, ">=", t, less, exp(-(t**2) / 2), not (strict and closed), True),
            (t, one, ">", t, less, exp(-(t**2) / 2) / 2, not (strict and closed), False),
            (t, one, ">", t, less, exp(-(t**2) / 2) * Rational(49, 100), False, False),
            (t, one, ">=", t, less, exp(-(t**2)), False, True),
            (t, chi2, ">=", t, less, exp(-t / 2), not strict, False),
            (t, chi2, ">=", t, more, exp(-t / 2), not strict, False),
            (t, chi2, "<", t, less, t / 2, not (strict and closed), False),
            (t, chi2, "<", t, less, t / 2 - t**2 / 8 + t**3 / 48, not (strict and closed), False),
            (t, chi2, "<", t, less, t / 2 - t**2 / 8, False, False),
            (p, two, ">=", Integer(1), less, p + quarter, not strict, False),
            (p, two, ">=", Integer(1), less, p + quarter + Rational(1, 10**6), True, False),
            (p, two, ">=", Integer(1), less, p + quarter - Rational(1, 10**6), False, False),
            (p, two, ">=", Integer(2), less, p, not (strict and p.closed), False),
            (p, two, ">=", Integer(2), less, p**2, not strict, False),
            (p, two, ">=", Integer(2), more, p**3, not (strict and p.closed), False),
            (p, two, "<=", Integer(0), more, 1 - 2 * p, not (strict and p.closed), False),
            (p, two, ">", Rational(1, 2), more, p, not (strict and p.closed), False),
        ]
    )  # fmt: skip


def _gridded(rng: Random) -> tuple[Any, ...] | None:
    """A claim on a finite interval of thresholds whose truth a fine grid shows."""
    low = Rational(rng.randint(0, 4), 2)
    high = low + Rational(rng.randint(1, 12), 2)
    t = real("t", low, high, closed=rng.choice(("", "left", "right", "both")))
    family, law, d = rng.choice(
        [
            ("normal", LawOf(normal_law, Integer(1)), oracle.Normal(Fraction(1))),
            ("normal", LawOf(normal_law, Rational(1, 3)), oracle.Normal(Fraction(1, 3))),
            ("chi2", LawOf(ChiSquareLaw, Integer(3)), oracle.ChiSquare(3)),
            ("chi2", LawOf(ChiSquareLaw, Integer(1)), oracle.ChiSquare(1)),
            ("binomial", LawOf(BinomialLaw, Integer(6), Rational(1, 2)), oracle.Binomial(6, Fraction(1, 2))),
            ("binomial", LawOf(BinomialLaw, Integer(4), Rational(1, 3)), oracle.Binomial(4, Fraction(1, 3))),
        ]
    )
    inner, outer = rng.choice(("<", "<=", ">", ">=")), rng.choice(("<", "<=", ">", ">="))
    c = Rational(rng.randint(1, 12), 8)
    bound = rng.choice(
        (exp(-c * t), 1 - exp(-c * t), c * exp(-(t**2) / 2), 1 / (1 + t), Rational(1, 3), 1 - c / (1 + t) ** 2)
    )
    points = {low + (high - low) * Rational(k, _GRID) for k in range(1, _GRID)}
    steps = [s for s in range(20) if low <= s <= high] if family == "binomial" else []
    near = Rational(1, 10**9)
    points |= {s + off for s in steps for off in (S.Zero, near, -near)}
    points |= {low + near, high - near} | {end for end in (low, high) if t.admits(end)}
    points = {v for v in points if t.admits(v)}
    truth, least = True, None
    for v in sorted(points):
        probability = d.of(oracle.event_set(inner, v))
        if not relation_holds(outer, compare(probability, bound.subs(t, v))):
            truth = False
            break
        value, _ = probability.value(60)
        other = oracle.digits_of(bound.subs(t, v), 60)
        gaps = [abs(mpmath.log(a / b)) for a, b in ((value, other), (1 - value, 1 - other)) if a > 0 and b > 0]
        gap = min(gaps, default=mpmath.inf)
        least = gap if least is None else min(least, gap)
    if truth and least is not None and least < _MARGIN:
        return None
    return t, law, inner, t, outer, bound, truth, False


def claim(rng: Random, kind: str, seed: int) -> Case | None:
    """A claim for all values of one real parameter."""
    found = (_known if rng.random() < 0.5 else _gridded)(rng)
    if found is None:
        return None
    symbol, law, inner, threshold, outer, bound, truth, absolute = found
    model = Model("interval", (m,), "a random variable")
    x = RV("X", model, "X", law=law)
    event = Event(Abs(x) if absolute else x, inner, threshold)
    link = Link(P(event), outer, bound)
    if rng.random() < 0.25:
        link = Link(bound, {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[outer], P(event))
    one = (Hypothesis(m <= 1, "m is 1"),)
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), one, grid={"m": (1,)})

    def true_at(cell: dict[str, Any]) -> bool:
        value = cell[symbol.name]
        value = Rational(value.numerator, value.denominator)
        if law.law is normal_law:
            d: Any = oracle.Normal(_fraction(law.parameters[0]))
        elif law.law is ChiSquareLaw:
            d = oracle.ChiSquare(int(law.parameters[0]))
        else:
            d = oracle.Binomial(int(law.parameters[0]), _fraction(sympy.sympify(law.parameters[1]).subs(symbol, value)))
        events = oracle.event_set(inner, sympy.sympify(threshold).subs(symbol, value), absolute=absolute)
        return relation_holds(outer, compare(d.of(events), at(bound, {symbol.name: cell[symbol.name]})))

    return Case(kind, seed, statement, (), true_at, whole=bool(truth))


def _fraction(value: Any) -> Fraction:
    value = sympy.sympify(value)
    return Fraction(int(value.p), int(value.q))
