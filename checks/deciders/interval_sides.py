"""Both sides of a claim in one real parameter at one choice of sizes: their values, laws, slopes and limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from flint import arb
from sympy import Dummy, Expr, Integer, Rational, Symbol

from ...theory.calculus.enclosure import compare, workprec
from ...theory.calculus.evaluate import enclose
from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Cell
from ...theory.language.events import Event
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.laws.hull import Piece
from ...theory.laws.protocol import ScalarLaw
from ...theory.proofs.intervals import prove_relation
from ..verdict import Outcome, Verdict
from . import formula, sets
from .interval_cuts import values_put
from .interval_ends import Difference, ball_at, slope_of
from .interval_values import as_expr, exactly
from .question import Question
from .sets import Undecided
from .tails import law_at

__all__ = ["PREC", "Rooted", "SidesOnLine", "names_in_law", "regular", "relation_proved"]

PREC, _FINE = 128, 512
# Longer derivatives, and those with higher powers, are not factored.
_FACTORED, _EXPANDED = 150, 40
_STEPS_OF = (sympy.floor, sympy.ceiling, sympy.frac, sympy.Piecewise, sympy.Mod, sympy.tan, sympy.gamma, sympy.binomial)


class SidesOnLine:
    """Both sides of a claim along one real parameter at one choice of sizes."""

    def __init__(self, question: Question, t: Parameter, at: Cell) -> None:
        self.question, self.t, self.at = question, t, at
        self.put = values_put(question, at)
        bare = formula.sides_of(question.link)
        self.left, self.right = bare.left.xreplace(self.put), bare.right.xreplace(self.put)
        self.heads = tuple((symbol, head.xreplace(self.put)) for symbol, head in bare.heads)
        self.sides = formula.Sides(self.left, self.right, bare.relation, self.heads)
        self.relation = bare.relation
        self.hypotheses = [h for h in question.statement.hypotheses if t in h.relation.free_symbols]
        self.laws: dict[RV, ScalarLaw] = {}
        self.why = ""
        self.derivatives: dict[Any, Expr] = {}
        self.jumps: bool | None = None
        self.cleared: Expr | None = None
        self.rooted = Rooted.of(self._difference(), t)

    def _law(self, rv: RV, cell: Cell) -> ScalarLaw:
        known = self.laws.get(rv)
        if known is None:
            known = law_at(rv, cell)
            if not isinstance(rv.law, LawOf) or self.t.name not in names_in_law(rv.law):
                self.laws[rv] = known
        return known

    def _cell(self, piece: Piece) -> Cell:
        if piece.low == piece.high:
            return {**self.at, self.t.name: exact_number(piece.low)}
        return {**self.at, self.t.name: piece}  # type: ignore[dict-item]

    def _balls(self, piece: Piece, prec: int = PREC) -> dict[str, arb]:
        """The probabilities over a piece."""
        cell = self._cell(piece)
        return {s.name: formula.head_ball(head, cell, prec, self._law).ball for s, head in self.heads}

    def _side(self, expr: Expr, heads: dict[str, arb], cell: Cell, prec: int) -> tuple[arb, arb]:
        """The ends of one side over a piece, narrow where it is monotone and has no probability.

        Their ball may reach below 0 where the smaller one is tiny.
        """
        if not any(expr.has(s) for s, _ in self.heads) and expr.has(self.t) and isinstance(cell[self.t.name], Piece):
            found = sets.range_of(expr, cell, prec)
            low, high = (sets.as_ball(x) for x in (found.low, found.high) if x is not None)
            return low.lower(), high.upper()
        with workprec(prec):
            ball = enclose(expr, {**sets.in_balls(cell), **heads}, prec)
        return ball.lower(), ball.upper()

    def _hypothesis(self, relation: Any, cell: Cell) -> bool | None:
        try:
            values = sets.in_balls(cell)
            first, last = (enclose(side.xreplace(self.put), values, PREC) for side in (relation.lhs, relation.rhs))
            return compare(first, relation.rel_op, last)
        except (ValueError, ArithmeticError):
            return None

    def _difference(self) -> Expr:
        """What is not negative where the claim holds."""
        return self.left - self.right if self.relation in (">", ">=") else self.right - self.left

    def _jumps(self) -> bool:
        """Whether a threshold of a law with atoms moves along the parameter: then the claim may jump at ends."""
        if self.jumps is None:
            heads = [head for _, head in self.heads]
            events = [e for head in heads for e in head.atoms(Event) if e.bound.has(self.t) or e.value.has(self.t)]
            laws = [getattr(rv.law, "law", None) for e in events for rv in e.value.atoms(RV)]
            # A class whose instances are continuous or not has a property there.
            self.jumps = any(getattr(law, "continuous", False) is not True for law in laws)
        return self.jumps

    def _point(self, value: Fraction) -> Outcome | bool | None:
        """The claim at one value: True, a refuting outcome, or None where it is open."""
        cell = {**self.at, self.t.name: exact_number(value)}
        if self.question.statement.applies(cell):
            return True
        found = exactly(self.question, cell)
        if found is None:
            return None
        if found.verdict is Verdict.REFUTED:
            return found
        return True if found.verdict in (Verdict.HOLDS, Verdict.VACUOUS) else None

    def _derivative(self, form: Expr, slopes: tuple[tuple[Dummy, Expr], ...]) -> Expr:
        if (form, slopes) not in self.derivatives:
            found = Difference(form, self.t, dict(slopes)).derivative().expr
            # A common factor of fixed sign, such as a density, is taken out: the rest often has a sign.
            powers = [abs(int(p.exp)) for p in found.atoms(sympy.Pow) if p.exp.is_Integer]
            short = found.count_ops() < _FACTORED and max(powers, default=0) <= _EXPANDED
            self.derivatives[form, slopes] = sympy.factor_terms(sympy.expand(found)) if short else found
        return self.derivatives[form, slopes]

    def _slopes(self, piece: Piece) -> dict[Dummy, Expr] | None:
        found: dict[Dummy, Expr] = {}
        over: dict[str, Any] = {self.t.name: piece}
        for symbol, head in self.heads:
            event = head.event
            if head.given is not None or not isinstance(event, Event) or event.samples is not None:
                return None
            rvs = event.value.atoms(RV)
            if len(rvs) != 1:
                return None
            (rv,) = rvs
            try:
                law = self._law(rv, self._cell(piece))
                slope = slope_of(event, rv, self.t, self.put, over, law)
            except (NotImplementedError, ValueError):
                return None
            if slope is None:
                return None
            found[symbol] = slope
        return found

    def _limits(self, piece: Piece, at_low: bool) -> dict[Dummy, Expr] | None:
        """The probabilities' limits at an end from inside, exactly; None where they are not known."""
        end = piece.low if at_low else piece.high
        found: dict[Dummy, Expr] = {}
        for symbol, head in self.heads:
            event = head.event
            (rv,) = event.value.atoms(RV)
            cell = {**self.at, self.t.name: exact_number(end)}
            if not self._law(rv, self._cell(piece)).continuous and (event.bound.has(self.t) or event.value.has(self.t)):
                # Inside the piece the threshold does not move: the probability there is the limit.
                cell = {**self.at, self.t.name: exact_number((piece.low + piece.high) / 2)}
            if isinstance(rv.law, LawOf) and self.t.name in names_in_law(rv.law):
                # An end that the domain leaves out may be one of the law's parameters.
                cell = {**self.at, self.t.name: Piece(end, end)}  # type: ignore[dict-item]
            try:
                p = formula.exact_chance(event, cell)
                found[symbol] = as_expr(p)
            except NotImplementedError:
                e = formula.head_ball(head, cell, _FINE)
                exact = _recognised(e.lower, e.upper)
                if exact is None and (exact := self._symmetric(event, rv, cell)) is None:
                    return None
                found[symbol] = exact
        return found

    def _symmetric(self, event: Event, rv: RV, cell: Cell) -> Expr | None:
        """1/2 where a half-line of a centred normal variable ends at 0."""
        law = self._law(rv, cell)
        if type(law).__name__ != "NormalLaw" or getattr(law, "mean", 0) != 0:
            return None
        values = sets.tree_values(event, rv, cell, PREC)
        if len(values) != 1:
            return None
        (line,) = values
        half = (line.low is None and line.high == 0) or (line.high is None and line.low == 0)
        return Rational(1, 2) if half else None

    def _identical(self, low: Fraction, high: Fraction | None) -> int | None:
        """1 or 0 where the difference of both sides is one such number, or 0: no ball tells equal sides apart."""
        piece = Piece(low, low + 16 if high is None else high)
        if not self.heads or piece.low == piece.high or (high is None and not self._densities_go_on()):
            return None
        if (slopes := self._slopes(piece)) is None or self._jumps():
            return None
        slope, middle = Difference(self._difference(), self.t, slopes).derivative(), (piece.low + piece.high) / 2
        try:
            # One value tells most derivatives from 0 before they are simplified.
            there = ball_at(slope.expr, {self.t.name: middle, **self._balls(Piece(middle, middle))})
            if (there is not None and not there.contains(0)) or not slope.vanishes:
                return None
            exact = self._limits(piece, at_low=True)
        except (Undecided, NotImplementedError, ValueError, ZeroDivisionError):
            return None
        if exact is None:
            return None
        value = self._difference().xreplace(exact).subs(self.t, as_expr(low))
        ball = ball_at(value, {})
        if ball is None or ball < 0:
            return None
        return 1 if ball > 0 else 0 if sympy.simplify(value) == 0 else None

    def _densities_go_on(self) -> bool:
        """Whether thresholds that lie inside a law's support stay there as the parameter grows."""
        for _, head in self.heads:
            event = head.event
            if not isinstance(event, Event) or len(event.value.atoms(RV)) != 1 or event.value.has(self.t):
                return False
            (rv,) = event.value.atoms(RV)
            if isinstance(rv.law, LawOf) and self.t.name in names_in_law(rv.law):
                return False
            law = self._law(rv, self.at)
            grows = event.bound.diff(self.t).is_positive and regular(event.bound)
            if not (law.continuous and grows and law.support()[1] == math.inf):
                return False
            # The lower end of a two-sided event moves the other way.
            if not isinstance(event.value, RV) and law.support()[0] != -math.inf:
                return False
        return True

    def _proved(self, expr: Expr, variable: Symbol, low: Any, high: Any) -> bool:
        if expr.is_nonnegative:
            return True
        return relation_proved(expr, variable, low, high, {})


def relation_proved(
    expr: Expr, variable: Symbol, low: Any, high: Any, parameters: dict[Any, Any], closed: Any = ""
) -> bool:
    """Whether the provers of whole intervals show that an expression is at least 0."""
    try:
        # Negative terms go to the other side: a relation of two exponentials is compared by its logarithms.
        terms = sympy.Add.make_args(expr)
        less = [term for term in terms if term.as_coeff_Mul()[0] < 0]
        left, right = expr + sympy.Add(*[-term for term in less]), sympy.Add(*[-term for term in less])
        found = prove_relation(left, ">=", right, variable, low, high, closed=closed, parameters=parameters or None)
        return found is not None
    except (ValueError, TypeError, NotImplementedError, ArithmeticError):
        return False


def names_in_law(law: LawOf) -> set[str]:
    """The names of the symbols in a law's parameters."""
    found: set[str] = set()
    for p in law.parameters:
        if isinstance(p, LawOf):
            found |= names_in_law(p)
        elif isinstance(p, Expr):
            found |= {s.name for s in p.free_symbols}
    return found


def regular(expr: Expr) -> bool:
    """Whether an expression has no pole and no jump on its domain, as its symbols' signs show."""
    if expr.has(*_STEPS_OF):
        return False
    bases = [p.base for p in expr.atoms(sympy.Pow) if not (p.exp.is_Integer and p.exp > 0) and not p.base.is_Rational]
    return all(x.is_positive for x in (*bases, *(f.args[0] for f in expr.atoms(sympy.log))))


def _recognised(low: arb, high: arb) -> Expr | None:
    """0 or 1, where an enclosure is nothing else."""
    return Integer(int(low == 1)) if low == high and (low == 0 or low == 1) else None


@dataclass(frozen=True)
class Rooted:
    """What must not be negative, as first + second √inner."""

    first: Expr
    second: Expr
    inner: Expr

    @classmethod
    def of(cls, expr: Expr, t: Symbol) -> Rooted | None:
        """An expression with one square root of the parameter; None for any other."""
        roots = [p for p in expr.atoms(sympy.Pow) if p.exp == Rational(1, 2) and p.base.has(t) and p.base != t]
        if len(roots) != 1:
            return None
        (root,) = roots
        r = Dummy("r", positive=True)
        opened = sympy.expand(expr.xreplace({root: r}))
        second = opened.coeff(r, 1)
        first = sympy.expand(opened - second * r)
        if first.has(r) or second.has(r) or not (second.is_positive or second.is_negative):
            return None
        return cls(first, second, root.base)

    def sufficient(self, values: dict[str, Any]) -> Expr | None:
        """What implies it without the root: √C ≥ −A/B where C ≥ (A/B)²; for B < 0, A ≥ 0 and A² ≥ B² C."""
        if self.second.is_positive:
            return sympy.expand(self.inner - (self.first / self.second) ** 2)
        ball = ball_at(self.first, values)
        return sympy.expand(self.first**2 - self.second**2 * self.inner) if ball is not None and ball >= 0 else None
