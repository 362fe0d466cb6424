"""Parameters that a change of units fixes: where both sides stay when several are scaled at once, one of them is 1."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import sympy
from sympy import Expr, Integer, Rational, oo, sqrt

from ...theory.language.events import Event
from ...theory.language.heads import P
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from . import formula
from .interval_ends import parameters_of
from .question import Question

__all__ = ["scaled", "with_ones"]

# Powers of the common factor by which parameters are multiplied.
_POWERS = tuple(Rational(k, 2) for k in (0, 2, -2, 1, -1, 4, -4))


def scaled(question: Question, reals: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """Positive parameters that may be 1 without loss, so that one parameter is left at least.

    With λ > 0 and exponents aᵢ, both sides do not change when each pᵢ becomes λ^{aᵢ} pᵢ: this holds where
    Σ aᵢ pᵢ ∂ᵢ vanishes for all expressions that they are made of. Taking λ = p^{-1/a} makes p equal to 1.
    """
    parts = _made_of(question)
    if parts is None:
        return ()
    whole = [p for p in reals if p.low == 0 and p.high == oo and p.closed == ""]
    named = {s for h in question.statement.hypotheses for s in h.relation.free_symbols}
    free = [p for p in whole if p not in named]
    fixed: list[Parameter] = []
    # A threshold is left open rather than a parameter of a law.
    bounds = {
        s
        for side in (question.link.lhs, question.link.rhs)
        for e in side.atoms(Event)
        for s in e.bound.atoms(Parameter)
    }
    for p in sorted(free, key=lambda p: (p in bounds, p.name)):
        rest = [q for q in free if q is not p and q not in fixed]
        if not rest:
            break
        now = [part.subs(dict.fromkeys(fixed, Integer(1))) for part in parts]
        if _fixes(p, rest, now):
            fixed.append(p)
    return tuple(fixed)


def _fixes(p: Parameter, rest: list[Parameter], parts: list[Expr]) -> bool:
    """Whether scaling a parameter, and others with it, changes none of some expressions."""
    slopes = [[sympy.simplify(q * part.diff(q)) for q in (p, *rest)] for part in parts]
    for powers in product(_POWERS, repeat=len(rest)):
        exponents = (Integer(1), *powers)
        if all(
            sympy.expand(sympy.Add(*[a * slope for a, slope in zip(exponents, row, strict=True)])) == 0
            for row in slopes
        ):
            return True
    return False


def _made_of(question: Question) -> list[Expr] | None:
    """Expressions that determine both sides: the sides themselves, and for each probability what it depends on."""
    sides = formula.sides_of(question.link)
    found = [sides.left, sides.right]
    for _, head in sides.heads:
        depends = _depends(head)
        if depends is None:
            return None
        found += depends
    return found


def _depends(head: P) -> list[Expr] | None:
    """What the probability of an event of one variable with a scale depends on; None where that is not known."""
    event = head.event
    if head.given is not None or not isinstance(event, Event) or event.samples is not None or event.everywhere:
        return None
    rvs = event.value.atoms(RV)
    if len(rvs) != 1:
        return None
    (rv,) = rvs
    described = parameters_of(rv) if event.value in (rv, sympy.Abs(rv)) else None
    if described is None:
        return None
    law, given = described
    name = getattr(law, "__name__", "")
    if name == "NormalLaw":
        variance, mean = given[0], given[1] if len(given) > 1 else Integer(0)
        return [mean / sqrt(variance), event.bound / sqrt(variance)]
    if name == "ExponentialLaw" and len(given) == 1:
        return [event.bound * given[0]]
    if name == "GammaLaw" and len(given) == 2:
        return [given[0], event.bound / given[1]]
    return [*given, event.bound]


def with_ones(question: Question, fixed: tuple[Parameter, ...]) -> Question:
    """The question where some parameters are 1."""
    ones = dict.fromkeys(fixed, Integer(1))
    statement = question.statement
    points = tuple({**point, **ones} for point in statement.points or ({},))
    return replace(question, statement=replace(statement, points=points))
