"""The sharp constant of a bound on a probability: how far its exponent, or its factor, may be moved.

At exact values of the parameters the truth is enclosed, so that a constant beyond it is refuted there; that one just
before it holds is decided as any claim is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from itertools import islice, product

import sympy
from flint import arb
from sympy import Expr, Rational

from ...theory.calculus.enclosure import Enclosure, workprec
from ...theory.calculus.evaluate import enclose
from ...theory.language.cells import Cell, cell_text
from ...theory.language.excluded import Excluded
from ...theory.language.heads import Tunable
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link
from ...theory.language.variables import Space
from ..verdict import Verdict
from .interval import open_reals, simplest, sizes_asked
from .proved_constant import Proved, proved_constant
from .question import Answer, Question
from .sets import Undecided
from .smallest import far_cells, seconds_at, small_range
from .tails import PRECISION, odds

__all__ = ["Sharp", "movable", "sharp"]

# Choices of sizes and values of a real parameter at which the constant is looked for, and steps around the best one.
_SIZES, _VALUES, _STEPS = 12, 17, 24
_DIGITS = 3
_SHORT = 64
_FARTHEST = 7
# A constant beyond these says nothing of a bound.
_LEAST, _MOST = 1e-6, 1e6
# Relative widths that enclosures are below, and for how long a costly law is asked that gives none so narrow.
_WIDE, _IN_VAIN = 1e-5, 3.0


@dataclass(frozen=True)
class Sharp:
    """What is known of the sharp constant.

    Attributes
    ----------
    what : str
        "exponent" or "factor": what of the printed bound the constant multiplies.
    sense : {"largest", "smallest"}
    fails : Fraction
        A constant with which the claim is false at `cell`.
    cell : Cell
    holds : Fraction or None
        A constant with which it holds, next to `fails` in the digits that are shown; None where that was not asked.
    proved : Proved, optional
        The proofs that it holds with `holds` for all sizes, and fails with `fails`.
    """

    what: str
    sense: str
    fails: Fraction
    cell: Cell
    holds: Fraction | None
    proved: Proved | None = None

    def row(self, link: Link) -> dict[str, str]:
        """As a row of a result's best constants."""
        if self.proved is not None:
            return {**self._row(link), "best": _enclosing(self.proved.holds, self.proved.fails), "words": self._words()}
        return self._row(link)

    def _words(self) -> str:
        assert self.proved is not None
        holds, fails = (_exactly(x) for x in (self.proved.holds, self.proved.fails))
        sides = f"proved for all sizes: holds with {holds}, fails with {fails} {self.proved.where}"
        return f"constant {self.named(self.proved.holds)} ({sides})"

    def named(self, constant: Fraction) -> str:
        """A constant, and what of the bound it multiplies.

        Examples
        --------
        >>> Sharp("exponent", "largest", Fraction(2), {}, None).named(Fraction(3, 2))
        'c = 3/2 times the exponent'
        """
        times = "" if self.what == "constant" else f" times the {self.what}"
        return f"c = {_exactly(constant)}{times}"

    def _row(self, link: Link) -> dict[str, str]:
        word = "below" if self.sense == "largest" else "above"
        best = f"{word} {_decimal(self.fails)}" if self.holds is None else _between(self.holds, self.fails)
        where = f" at {cell_text(self.cell)}" if self.cell else ""
        fails = f"times {_decimal(self.fails)} it fails{where}"
        held = f"times {_decimal(self.holds)} it holds where it was asked, " if self.holds else ""
        return {
            "link": str(link),
            "printed": f"1 (times the {self.what})",
            "sense": self.sense,
            "best": best,
            "cell": cell_text(self.cell),
            "cells": "",
            "words": f"with the {self.what} {held}{fails}",
        }


def _exactly(x: Fraction) -> str:
    """A short fraction or its digits, never rounded: what is said to be proved is this number."""
    digits = f"{float(x):.10g}"
    return digits if x.denominator > _SHORT and Fraction(digits) == x else str(x)


def _decimal(x: Fraction) -> str:
    return f"{float(x):.{_DIGITS + 1}g}"


def _enclosing(first: Fraction, second: Fraction) -> str:
    """Two constants in ten digits, rounded away from what lies between them."""
    low, high = sorted((first, second))
    ends = [
        Context(prec=10, rounding=rounding).divide(Decimal(x.numerator), Decimal(x.denominator)).normalize()
        for x, rounding in ((low, ROUND_FLOOR), (high, ROUND_CEILING))
    ]
    return f"[{ends[0]:f}, {ends[1]:f}]"


def _between(first: Fraction, second: Fraction) -> str:
    low, high = sorted((first, second))
    return f"[{_decimal(low)}, {_decimal(high)}]"


@dataclass(frozen=True)
class _Shape:
    """A bound with a constant in it: ``factor * exp(constant * exponent)`` or ``constant * factor``."""

    what: str
    sense: str
    factor: Expr
    exponent: Expr

    def moved(self, constant: Fraction) -> Expr:
        """The bound with another constant."""
        return self.moved_by(Rational(constant.numerator, constant.denominator))

    def moved_by(self, c: Expr) -> Expr:
        """The bound with a constant that is a number or a symbol."""
        return self.factor * sympy.exp(c * self.exponent) if self.what == "exponent" else c * self.factor

    def critical(self, truth: arb, cell: Cell) -> float:
        """The constant at which bound and truth are equal at a cell."""
        factor = enclose(self.factor, cell, PRECISION)
        if self.what == "factor":
            return float((truth / factor).mid())
        return float(((truth / factor).log() / enclose(self.exponent, cell, PRECISION)).mid())


def _shape(link: Link) -> _Shape | None:
    """How a bound on a probability may be moved; None for other links."""
    if link.excluded is None or link.relation not in ("<", "<=", ">", ">=") or link.rhs.has(sympy.S.ComplexInfinity):
        return None
    upper = link.relation in ("<", "<=")
    factors = sympy.Mul.make_args(link.rhs)
    exponents = [f for f in factors if isinstance(f, sympy.exp) or (f.is_Pow and f.exp.free_symbols)]
    if upper and len(exponents) == 1 and exponents[0].free_symbols:
        found = exponents[0]
        exponent = found.args[0] if isinstance(found, sympy.exp) else found.exp * sympy.log(found.base)
        return _Shape("exponent", "largest", sympy.Mul(*[f for f in factors if f is not found]), exponent)
    return _Shape("factor", "smallest" if upper else "largest", link.rhs, sympy.Integer(0))


def movable(link: Link) -> bool:
    """Whether a link has a marked constant, or bounds a probability by laws given by construction.

    Examples
    --------
    >>> from sympy import exp
    >>> from whp.theory import ChiSquare, P, claim, size
    >>> d = size("d")
    >>> (tail,) = claim(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7), key="twice", source="me").links
    >>> movable(tail), movable(Link(d, "<=", 2 * d))
    (True, False)
    """
    if link.kind not in ("probability", "scalar") or link.marked_lhs is not None:
        return False
    if link.marked is not None or link.kind == "scalar":
        return link.marked is not None
    return all(isinstance(rv.model, Space) and rv.law is not None for rv in link.rvs)


def sharp(question: Question, decide: Callable[[Question], Answer | None] | None) -> Sharp | None:
    """How far the constant of a bound may be moved, or None where it is not known.

    Parameters
    ----------
    question : Question
        Of a link ``P(...) relation bound`` whose random variables have laws.
    decide : callable or None
        Decides the question with a moved bound; None: only a constant that is proved on both sides is looked for.
    """
    link = question.link
    if question.claim.exists or link.given:
        return None
    shape = None if link.lhs.func.__name__ != "P" else _shape(link)
    known_for_all = _proved(question, shape)
    if known_for_all is not None or shape is None or link.rhs == 0 or link.marked is not None:
        return known_for_all
    reals = open_reals(question)
    if len(reals) != len(question.unlisted) or len(reals) > 1:
        return None
    largest = shape.sense == "largest"
    worst: tuple[float, Cell] | None = None
    known, in_vain = True, 0.0
    for cell in _cells(question, reals):
        found = _critical(question, shape, cell)
        known = known and found is not None
        in_vain += 0.0 if found is not None else seconds_at(question, cell)
        if worst is None and in_vain > _IN_VAIN:
            return None
        if found is not None and math.isfinite(found) and (worst is None or (found < worst[0]) == largest):
            worst = found, cell
    if worst is None:
        return None
    if reals:
        worst = _refined(question, shape, worst, reals[0])
    known_for_all = _proved(question, shape, worst)
    if known_for_all is not None or decide is None:
        return known_for_all
    critical, cell = worst
    if not _LEAST < critical < _MOST:
        return None
    low, high = _rounded(critical)
    fails, holds = (high, low) if largest else (low, high)
    if not _fails(question, shape, cell, fails):
        return None
    if reals and question.sizes:
        known = False  # a whole interval at every size is asked of the claim itself only
    elif reals:
        moved = replace(question, link=replace(link, rhs=shape.moved(holds)))
        answer = decide(replace(moved, claim=replace(question.claim, links=(moved.link,))))
        known = answer is not None and all(o.verdict in (Verdict.HOLDS, Verdict.VACUOUS) for o in answer.outcomes)
    else:
        # Every cell was looked at: the constant holds there unless it is as near as the enclosures are wide.
        known = known and abs(critical - float(holds)) > _WIDE * critical
    return Sharp(shape.what, shape.sense, fails, cell, holds if known else None)


def _proved(question: Question, shape: _Shape | None, near: tuple[float, Cell] | None = None) -> Sharp | None:
    """The sharp constant with proofs on both sides: a marked one, or one that multiplies the exponent or the factor."""
    link = question.link
    tunable = set() if link.marked is None else link.marked.atoms(Tunable)
    if len(tunable) == 1:
        (t,) = tunable
        ways = [("constant", t.sense, lambda c: replace(link, rhs=link.marked.xreplace({t: c})))]
    elif shape is None or tunable:
        return None
    else:
        ways = [(shape.what, shape.sense, lambda c: replace(link, rhs=shape.moved_by(c)))]
    for what, sense, moved in ways:
        found = proved_constant(question, moved, sense == "largest", () if near is None else (near,))
        if found is not None:
            return Sharp(what, sense, found.fails, {}, found.holds, found)
    return None


def _cells(question: Question, reals: tuple[Parameter, ...]) -> Iterator[Cell]:
    """Choices of sizes, the small ones and some far out, at values of the real parameter that lie close to its ends."""
    near = list(islice((c for c, far in sizes_asked(question) if not far), 4 * _SIZES))
    far = [c for c, is_far in sizes_asked(question) if is_far]
    sizes = [*near[: _SIZES // 2], *near[_SIZES // 2 :: 6], *far[: _SIZES // 4]]
    if not reals:
        sizes = [{k: v for k, v in c.items() if k in question.sizes} for c in (*small_range(question), *question.cells)]
        sizes += [{k: v for k, v in c.items() if k in question.sizes} for c in far_cells(question)]
    values = [_spread(p) for p in reals]
    for at in sizes or [{}]:
        for point in question.statement.exact_points:
            for chosen in product(*values):
                cell = {**at, **point, **{p.name: v for p, v in zip(reals, chosen, strict=True)}}
                if not question.statement.applies(cell):
                    yield cell


def _spread(p: Parameter) -> list[Fraction]:
    """Values of a real parameter, geometrically close to both ends."""
    low, high = (None if end in (sympy.oo, -sympy.oo) else _rational(end) for end in (p.low, p.high))
    half = _VALUES // 2
    steps = [Fraction(2) ** k for k in range(-half // 2, _FARTHEST)]
    if low is not None and high is not None:
        inside = [Fraction(2) ** -k for k in range(1, half)]
        found = [low + (high - low) * x for x in inside] + [high - (high - low) * x for x in inside]
        found += [low + (high - low) * Fraction(k, 10) for k in range(1, 10)]
    elif low is not None:
        found = [low + x for s in steps for x in (s, s * 3 / 2)]
    elif high is not None:
        found = [high - s for s in steps]
    else:
        found = [sign * s for s in steps for sign in (1, -1)]
    return [x for x in sorted(set(found)) if p.admits(x)]


def _rational(end: Expr) -> Fraction:
    if end.is_Rational:
        return Fraction(int(end.p), int(end.q))
    return Fraction(str(sympy.N(end, 15))).limit_denominator(10**6)


def _critical(question: Question, shape: _Shape, cell: Cell) -> float | None:
    """The constant at which bound and truth meet at one cell; None where they cannot be compared there."""
    claim = question.link.excluded
    assert claim is not None
    try:
        truth = _truth(question, claim, cell)
        if truth.upper == 0 and (shape.what == "exponent" or shape.sense == "smallest"):
            return math.inf  # what never happens obeys every bound
        if not truth.lower > 0 or truth.relative_radius > _WIDE / 10:
            return None
        if shape.what == "exponent" and not enclose(shape.exponent, cell, PRECISION) < 0:
            return None
        value = shape.critical(truth.ball, cell)
    except (NotImplementedError, Undecided, ValueError, ArithmeticError):
        return None
    return value if math.isfinite(value) and value > 0 else None


def _truth(question: Question, claim: Excluded, cell: Cell) -> Enclosure:
    """The probability that the bound is of, as it was typed."""
    if question.link.relation in ("<", "<="):
        return odds(claim, cell, both=False).excluded
    return odds(claim, cell).rest


def _refined(question: Question, shape: _Shape, worst: tuple[float, Cell], p: Parameter) -> tuple[float, Cell]:
    """The worst value of a real parameter near the one known, at the same sizes."""
    largest = shape.sense == "largest"
    value, cell = worst
    at = Fraction(cell[p.name])
    spread = _spread(p)
    step = min((abs(x - at) for x in spread if x != at), default=Fraction(0))
    for _ in range(_STEPS if step else 0):
        better = False
        for tried in (at - step, at + step):
            tried = simplest(tried - step / 64, tried + step / 64)
            if not p.admits(tried) or question.statement.applies({**cell, p.name: tried}):
                continue
            found = _critical(question, shape, {**cell, p.name: tried})
            if found is not None and math.isfinite(found) and found != value and (found < value) == largest:
                value, at, better = found, tried, True
                cell = {**cell, p.name: tried}
                break
        if not better:
            step /= 4
    return value, cell


def _rounded(critical: float) -> tuple[Fraction, Fraction]:
    """Two neighbouring short decimals around a number."""
    unit = Fraction(10) ** (math.floor(math.log10(critical)) + 1 - _DIGITS)
    low = math.floor(Fraction(critical) / unit) * unit
    # A number that is a short decimal itself is taken for one.
    if abs(Fraction(critical) - (low + unit)) < unit / 10**6:
        low += unit
    return (low, low + unit) if low > 0 else (unit, 2 * unit)


def _fails(question: Question, shape: _Shape, cell: Cell, constant: Fraction) -> bool:
    """Whether the claim with this constant is false at a cell, in balls."""
    claim = question.link.excluded
    assert claim is not None
    try:
        truth = _truth(question, claim, cell)
    except (NotImplementedError, Undecided):
        return False
    with workprec(PRECISION):
        bound = Enclosure.of(enclose(shape.moved(constant), cell, PRECISION))
    return bool(truth.compare(">" if question.link.relation in ("<", "<=") else "<", bound))
