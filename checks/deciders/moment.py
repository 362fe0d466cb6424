"""E, Var, Median and Quantile: computed symbolically where closed forms give them, else enclosed by laws at cells.

With both sides free of random variables the relation is a scalar one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import sympy
from flint import arb
from sympy import Add, Dummy, Expr, Integer, nan, oo, zoo

from ...theory.calculus.enclosure import Enclosure, workprec
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.calculus.exact import exact_fraction, exact_value
from ...theory.language.cells import Cell, cell_text, exhaustive, largest_size
from ...theory.language.closure import law_of
from ...theory.language.events import Event
from ...theory.language.heads import E, Head, Median, Quantile, Var
from ...theory.language.models import RV, model_of
from ...theory.language.statements import Link
from ...theory.language.variables import atoms_of, origins_of
from ...theory.laws.expectation import NoMoment, mean, quantile, raw_moment, variance
from ...theory.laws.protocol import ScalarLaw
from ...theory.proofs.expected import Leaf, expected, expected_variance
from ...theory.proofs.identities import Node
from ...theory.proofs.identities_laws import prove_moment
from ...theory.proofs.objects import in_text
from ...theory.proofs.positivity import beyond_poles
from ...theory.proofs.referee_claims import rejection
from ...theory.proofs.wick import moment_value
from ..verdict import Evidence, Outcome, Verdict
from . import asymptotic, interval, scalar, sets
from .question import BY_ALGEBRA, Answer, Question, agreed_digits, outcome
from .tails import law_at
from .whole import proved_relation

__all__ = ["HEADS", "Decided", "by_law", "computed", "decide", "decided", "drawn", "heads_of"]

HEADS = (E, Var, Median, Quantile)
# Relative widths to which means are enclosed, one after the other, until the relation is decided.
_ACCURACIES = (1e-2, 1e-3, 1e-4, 1e-6)
# Quantiles cost no more than a bisection.
_NARROW = 1e-30
# So many cells at most are asked of laws whose means are integrals, and of others.
_MOST_CELLS, _MOST_EQUAL, _MOST_QUANTILES = 24, 6, 48
# After so many cells that the laws leave open no further one is asked.
_MOST_OPEN = 4
# Longer differences are not simplified: that takes minutes and proves nothing.
_LONGEST = 150
_BITS = 192
# Enclosures this wide say nothing of an equality.
_MEANT = 1e-6


def heads_of(*sides: Expr) -> list[Head]:
    """The means, variances, medians and quantiles in some expressions, in a fixed order."""
    return sorted({head for side in sides for head in side.atoms(*HEADS)}, key=str)


def computed(expr: Expr, leaf: Leaf | None = None) -> Expr:
    """`expr` with every E, Var, Median and Quantile replaced by its computed value.

    Parameters
    ----------
    expr : SymPy expression
    leaf : callable, optional
        ``leaf(head)`` stands for a part without a closed form; default an error.

    Raises
    ------
    NotImplementedError
        Naming the part that cannot be computed.
    NoMoment
        Where a mean does not exist.
    ValueError
        For index forms of several models, or without the moments they need.
    """
    return expr.xreplace({head: _value(head, leaf) for head in heads_of(expr)})


def _value(head: Head, leaf: Leaf | None) -> Expr:
    body = head.args[0]
    if isinstance(head, E | Var):
        if all(rv.form is not None for rv in body.atoms(RV)):
            return moment_value(head)
        return expected(body, leaf) if isinstance(head, E) else expected_variance(body, leaf)
    if leaf is None:
        raise NotImplementedError(f"{head} has no closed form")
    return leaf(head)


@cache
def drawn(link: Link) -> bool:
    """Whether a link has a mean, variance, median or quantile without a closed form: draws say something of it."""
    if not heads_of(link.lhs, link.rhs):
        return False
    try:
        computed(link.lhs), computed(link.rhs)
    except (NotImplementedError, ValueError):
        return True
    except NoMoment:
        return False
    return False


def decide(question: Question) -> Answer | None:
    """Compute the moments and decide the relation; None where neither closed forms nor laws give them."""
    link = question.link
    if link.given and not _free_of(link):
        why = "scope: means given an event or a variable are not computed, and those of all outcomes do not decide it"
        return Answer.of(outcome(Verdict.UNDETERMINED, None, reason=why))
    try:
        left, right = computed(link.lhs), computed(link.rhs)
    except NoMoment as error:
        return Answer.of(outcome(Verdict.UNDETERMINED, None, reason=f"scope: {error}"))
    except (NotImplementedError, ValueError):
        return None if link.relation == "~" else by_law(question)
    if link.relation == "~":
        return asymptotic.decide(replace(question, link=replace(link, lhs=left, rhs=right)))
    why = f"the moment computed symbolically is {left}"
    if _improper(left) or _improper(right):
        return by_law(question)
    proof = _object(link) if link.relation == "=" else None
    if proof is not None or (link.relation == "=" and _identical(left, right)):
        proof = proof or _taking(proved_relation(question.statement, left, "=", right), link)
        same = "both sides are equal identically" + ("" if proof is not None else f"; {BY_ALGEBRA}")
        found = Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=same, proof=proof))
    elif _by_series(link.relation, left, right):
        reason = f"the sums H_n^(s) for s ≥ 2 are below their limits ζ(s); {BY_ALGEBRA}"
        found = Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=reason))
    else:
        related = scalar.relation(question, left, right)
        found = Answer(tuple(replace(o, proof=_taking(o.proof, link)) for o in related.outcomes))
    if any(o.verdict is not Verdict.HOLDS for o in found.outcomes):
        why += f", claimed {right}"
    return Answer(tuple(_explained(o, why) for o in found.outcomes))


def _object(link: Link) -> Node | None:
    """The proof object of a moment of index forms of one model."""
    model = model_of(link.rvs)
    return None if model is None else prove_moment(link.lhs, link.rhs, model)


def _taking(proof: Mapping[str, Any] | None, link: Link) -> Node | None:
    """The proof of a relation of values of moments, which names the moments that are taken from the library."""
    if proof is None:
        return None
    taken = [{"rule": "moments", "of": str(h), "value": in_text(computed(h))} for h in heads_of(link.lhs, link.rhs)]
    found: Node = {**proof, "proof": {**proof["proof"], "takes": taken}}
    return found if rejection(found) is None else None


def _free_of(link: Link) -> bool:
    """Whether what is given is independent of every variable of the link: then it says nothing of their means."""
    about = [origins_of(side) for side in (link.lhs, link.rhs)]
    given = [origins_of(g) for g in link.given]
    variables = [rv for side in (link.lhs, link.rhs, *link.given) for rv in side.atoms(RV)]
    known = all(getattr(rv, "origins", None) for rv in variables) and all(given)
    return known and not frozenset().union(*about) & frozenset().union(*given)


def _by_series(relation: str, left: Expr, right: Expr) -> bool:
    """Whether an inequality holds for all sizes as H_n^(s) = ζ(s) − T with a positive rest T = Σ_{k>n} k^{−s}."""
    if relation not in ("<", "<=", ">", ">="):
        return False
    difference = sympy.expand(right - left if relation in ("<", "<=") else left - right)
    sums = [
        h
        for h in difference.atoms(sympy.harmonic)
        if len(h.args) == 2
        and h.args[1].is_Integer
        and h.args[1] >= 2
        and h.args[0].is_integer
        and h.args[0].is_positive
    ]
    if not sums:
        return False
    rests = {h: sympy.zeta(h.args[1]) - Dummy("rest", positive=True) for h in sums}
    return bool(sympy.expand(difference.xreplace(rests)).is_positive)


def _explained(found: Outcome, why: str) -> Outcome:
    return replace(found, reason=why if not found.reason else f"{why}; {found.reason}")


def _improper(side: Expr) -> bool:
    return bool(side.has(oo, -oo, zoo, nan, sympy.Piecewise))


def _identical(left: Expr, right: Expr) -> bool:
    """Whether both sides are equal for all sizes, by the identities of the gamma function too."""
    difference = left - right
    if difference == 0:
        return True
    if not beyond_poles(left, right):
        return False
    if difference.count_ops() > _LONGEST or not difference.has(sympy.gamma, sympy.factorial, sympy.binomial):
        return False
    plain = sympy.expand_func(difference.rewrite(sympy.gamma))
    for simplified in (sympy.gammasimp(plain), sympy.simplify(plain)):
        if sympy.expand(simplified) == 0:
            return True
    quotient = sympy.gammasimp((left / right).rewrite(sympy.gamma)) if right != 0 else nan
    return bool(sympy.simplify(quotient) == 1)


@dataclass
class _Leaves:
    """The parts of a link that laws must enclose, each with a symbol that stands for it."""

    symbols: dict[Head, Dummy] = field(default_factory=dict)

    def __call__(self, head: Head) -> Expr:
        return self.symbols.setdefault(head, Dummy(str(head), real=True))


def by_law(question: Question) -> Answer | None:
    """Enclose the moments by laws at the listed cells, in order of size; None where no law answers."""
    link, statement = question.link, question.statement
    leaves = _Leaves()
    try:
        left, right = computed(link.lhs, leaves), computed(link.rhs, leaves)
    except (NotImplementedError, ValueError):
        return None
    asked, whole = _cells(question, leaves)
    held: list[Outcome] = []
    open_: list[Outcome] = []
    silent = 0
    for place, cell in enumerate(asked):
        try:
            found = _at(link, left, right, leaves.symbols, cell)
        except NotImplementedError as error:
            silent += 1
            open_.append(outcome(Verdict.UNDETERMINED, None, cell, reason=f"no exact law here: {error}"))
            continue
        except NoMoment as error:
            open_.append(outcome(Verdict.UNDETERMINED, None, cell, reason=f"scope: {error}"))
            continue
        if found.verdict is Verdict.REFUTED:
            small = largest_size(cell, question.sizes) <= exhaustive(statement.least)
            return Answer.of(replace(found, smallest=small and place < whole and not open_ and not statement.grid))
        (held if found.verdict is Verdict.HOLDS else open_).append(found)
        if len(open_) - silent >= _MOST_OPEN and found.verdict is Verdict.UNDETERMINED:
            break
    if silent == len(open_) and not held:
        return None
    if question.unlisted and all(o.verdict is Verdict.CONSISTENT for o in open_):
        if open_:
            last = open_[-1]
            names = ", ".join(question.unlisted)
            why = f"equal at the {len(open_) + len(held)} values of {names} tried, the last: {last.reason}"
            return Answer.of(replace(last, reason=why))
    elif open_:
        return Answer(tuple(open_))
    if question.unlisted:
        names = ", ".join(question.unlisted)
        why = f"scope: not proved for every {names}; it holds at the {len(held)} values tried"
        return Answer.of(outcome(Verdict.UNDETERMINED, None, reason=why))
    last = held[-1]
    if len(held) > 1:
        last = replace(last, reason=f"holds at all {len(held)} cells asked, the largest {cell_text(last.cell)}")
    return Answer.of(last)


def _cells(question: Question, leaves: _Leaves) -> tuple[list[Cell], int]:
    """The cells at which laws are asked, and how many of the first ones are all that there are so far."""
    needed = set(question.statement.parameters)
    for rv in question.link.rvs:
        needed |= set(getattr(rv, "parameters", ()))
    every = _every(question, needed)
    most = _MOST_EQUAL if question.link.relation == "=" else _MOST_CELLS
    if all(isinstance(head, Median | Quantile) for head in leaves.symbols):
        most = _MOST_QUANTILES
    if len(every) <= most:
        return every, len(every)
    # The smallest ones, and some of the others up to the largest.
    first = most // 2
    step = (len(every) - 1 - first) / (most - first - 1)
    return [*every[:first], *(every[round(first + step * i)] for i in range(most - first))], first


def _every(question: Question, needed: set[Any]) -> list[Cell]:
    """All cells of the sizes and listed values, each at simple values of the real parameters without listed ones."""
    reals = interval.open_reals(question)
    if not reals:
        return list(scalar.cells(question, Add(*needed), Integer(0)))
    points = [{s.name: value for s, value in point.items()} for point in interval.tried_points(reals)]
    sizes = scalar.cells(question, Add(*(s for s in needed if s not in reals)), Integer(0))
    cells = ({**cell, **point} for cell in sizes for point in points)
    return [cell for cell in cells if not question.statement.applies(cell)]


def _at(link: Link, left: Expr, right: Expr, leaves: Mapping[Head, Dummy], cell: Cell) -> Outcome:
    """Decide the relation at a cell."""
    found: Decided | None = None
    for accuracy in _ACCURACIES:
        values = {symbol: _enclosed(head, cell, accuracy) for head, symbol in leaves.items()}
        found = decided(link.relation, left, right, values, cell)
        if found.truth is not None or not found.bounded or not leaves:
            break
    assert found is not None
    parts = ", ".join(str(head) for head in leaves)
    why = f"{parts} by {'its law' if len(leaves) == 1 else 'their laws'}" if parts else "by the moments of the laws"
    if found.infinite:
        why = f"the {'mean is' if link.lhs.has(E) or link.rhs.has(E) else 'variance is'} infinite"
    if found.undefined:
        return outcome(
            Verdict.UNDETERMINED, None, cell, reason="scope: a side has no value: it is infinite less infinite"
        )
    shown = (found.left, found.right)
    if found.truth is not None:
        return outcome(Verdict.HOLDS if found.truth else Verdict.REFUTED, Evidence.CERTIFIED, cell, *shown, why)
    if link.relation == "=" and found.radius <= _MEANT:
        why = f"equal to {agreed_digits(found.radius)} digits: {why}"
        return outcome(Verdict.CONSISTENT, Evidence.CERTIFIED, cell, *shown, why)
    if not found.bounded:
        why = f"{parts}: the law gives no bound on what lies far out, so an end of the mean is not known"
        return outcome(Verdict.UNDETERMINED, None, cell, *shown, f"numerics: {why}")
    return outcome(Verdict.UNDETERMINED, None, cell, *shown, f"numerics: the enclosures meet; {why}")


class _Image(ScalarLaw):
    """The law of an expression of one random variable, by the values at which it lies on either side of a number."""

    def __init__(self, body: Expr, rv: RV, law: ScalarLaw, cell: Cell) -> None:
        self._body, self._rv, self._law, self._cell = body, rv, law, cell

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return False

    def enclose_at(self, relation: str, t: Any) -> Enclosure:
        event = Event(self._body, relation, sympy.Rational(t.numerator, t.denominator))
        values = sets.values_of((event,), self._rv, self._cell, _BITS, together=True)
        with workprec(_BITS):
            return sets.probability(self._law, values)


def _law_of(body: Expr, cell: Cell) -> ScalarLaw:
    """The law of an expression at a cell.

    Raises
    ------
    NotImplementedError
        Where it has none.
    """
    if isinstance(body, RV):
        return law_at(body, cell)
    rvs = body.atoms(RV)
    if rvs == atoms_of(body) and (law := law_of(body)) is not None:
        return law(cell)
    if len(rvs) != 1:
        raise NotImplementedError(f"{body} is a function of {len(rvs)} random variables")
    (rv,) = rvs
    return _Image(body, rv, law_at(rv, cell), cell)


def _enclosed(head: Head, cell: Cell, accuracy: float) -> Enclosure:
    """A mean, variance, median or quantile at a cell by a law."""
    body = head.args[0]
    if isinstance(head, E | Var) and (found := _closed_at(head, cell)) is not None:
        return found
    if isinstance(head, E):
        base, power = body.as_base_exp()
        if isinstance(base, RV) and power.is_Integer and power > 0:
            return raw_moment(law_at(base, cell), int(power), accuracy)
        return mean(_law_of(body, cell), accuracy)
    law = _law_of(body, cell)
    if isinstance(head, Var):
        return variance(law, accuracy)
    level = exact_value(head.args[1], cell) if isinstance(head, Quantile) else sympy.Rational(1, 2)
    q = exact_fraction(level) if level.is_Rational else enclose(level, {}, _BITS)
    return quantile(law, q, accuracy if accuracy > _ACCURACIES[-1] else _NARROW)


def _closed_at(head: Head, cell: Cell) -> Enclosure | None:
    """A mean or variance by the closed form it has at a cell; None where it has none."""
    values = {s: exact_value(s, cell) for s in head.free_symbols if not isinstance(s, RV) and s.name in cell}
    at = head.xreplace(values)
    if at == head:
        return None
    try:
        value = computed(at)
        return None if _improper(value) else enclosure(value, cell, _BITS)
    except (NotImplementedError, ValueError):
        return None


@dataclass(frozen=True)
class Decided:
    """Whether a relation holds between two sides of which enclosures of parts are known.

    Attributes
    ----------
    truth : bool or None
    left, right : Enclosure or str
        The sides as verdicts show them.
    radius : float
        The larger relative radius of the sides.
    bounded : bool
        Whether both sides are enclosed in finite intervals.
    infinite, undefined : bool
        Whether a side is known to be infinite, or has no value.
    """

    truth: bool | None
    left: Enclosure | str
    right: Enclosure | str
    radius: float = float("inf")
    bounded: bool = True
    infinite: bool = False
    undefined: bool = False


def decided(relation: str, left: Expr, right: Expr, values: Mapping[Any, Enclosure], cell: Cell) -> Decided:
    """Compare two sides at a cell, with enclosures for the symbols that stand for parts; their ends may be infinite.

    Examples
    --------
    >>> x = Dummy("E X", real=True)
    >>> decided("<=", 2 * x, Integer(5), {x: Enclosure(arb(3), arb.pos_inf())}, {}).truth
    False
    """
    ends = {s: (oo if v.lower > 0 else -oo) for s, v in values.items() if not _some_finite(v)}
    # Numbers are put in only where a case or an infinite value hangs on them: exact ones may have millions of digits.
    left, right = (
        exact_value(side, cell).xreplace(ends) if ends or _improper(side) else side for side in (left, right)
    )
    if any(side.has(nan, zoo) for side in (left, right)):
        return Decided(None, str(left), str(right), undefined=True)
    if _improper(left) or _improper(right):
        return _infinite(relation, left, right)
    known = {s: v for s, v in values.items() if s not in ends}
    with workprec(_BITS):
        low, high = _range(left - right, known, cell)
        shown = [_range(side, known, cell) for side in (left, right)]
    truth: bool | None
    if relation == "=":
        truth = False if low > 0 or high < 0 else True if low == 0 and high == 0 else None
    elif relation in ("<", "<="):
        truth = _below(low, high, strict=relation == "<")
    else:
        truth = _below(-high, -low, strict=relation == ">")
    sides = [_shown(*ends_) for ends_ in shown]
    finite = [s for s in sides if isinstance(s, Enclosure)]
    radius = max(s.relative_radius for s in finite) if len(finite) == 2 else float("inf")
    return Decided(truth, sides[0], sides[1], radius, bounded=len(finite) == 2)


def _some_finite(value: Enclosure) -> bool:
    return bool(value.lower.is_finite() or value.upper.is_finite()) or not (value.lower > 0 or value.upper < 0)


def _below(low: arb, high: arb, *, strict: bool) -> bool | None:
    """Whether a number in [low, high] is below 0."""
    if high < 0 or (not strict and high <= 0):
        return True
    return False if low > 0 or (strict and low >= 0) else None


def _infinite(relation: str, left: Expr, right: Expr) -> Decided:
    """Compare sides of which one is infinite."""
    plain = [side in (oo, -oo) or not _improper(side) for side in (left, right)]
    if not all(plain):
        return Decided(None, str(left), str(right), undefined=True)
    if left == right:
        return Decided(relation in ("=", "<=", ">="), str(left), str(right), infinite=True)
    less = right == oo or left == -oo
    truth = False if relation == "=" else less == (relation in ("<", "<="))
    return Decided(truth, str(left), str(right), infinite=True)


def _range(expr: Expr, values: Mapping[Any, Enclosure], cell: Cell) -> tuple[arb, arb]:
    """Ends between which an expression lies, infinite where they are not known."""
    used = {s: v for s, v in values.items() if expr.has(s)}
    loose = [s for s, v in used.items() if not (v.lower.is_finite() and v.upper.is_finite())]
    names = {s: Dummy(f"part{i}", real=True) for i, s in enumerate(used)}
    balls = {**cell, **{names[s].name: v.ball for s, v in used.items() if s not in loose}}
    walked = expr.xreplace(names)
    if not loose:
        try:
            found = enclosure(walked, balls, _BITS)
        except ValueError:
            return arb.neg_inf(), arb.pos_inf()
        return found.lower, found.upper
    # At both ends of what is loose: an expression that is monotone in it is extreme there.
    choices: list[list[list[Any]]] = []
    for s in loose:
        slope = _slope(expr, s, used, names, balls)
        if slope is None:
            return arb.neg_inf(), arb.pos_inf()
        ends = [used[s].lower, used[s].upper]
        choices.append([ends if slope > 0 else ends[::-1]])
    found_ends: list[arb] = []
    for which, nothing in ((0, arb.neg_inf()), (1, arb.pos_inf())):
        at = {names[s].name: choice[0][which] for s, choice in zip(loose, choices, strict=True)}
        if not all(end.is_finite() for end in at.values()):
            found_ends.append(nothing)
            continue
        try:
            end = enclosure(walked, {**balls, **at}, _BITS)
        except ValueError:
            found_ends.append(nothing)
            continue
        found_ends.append(end.upper if which else end.lower)
    return found_ends[0], found_ends[1]


def _slope(
    expr: Expr, symbol: Any, used: Mapping[Any, Enclosure], names: Mapping[Any, Dummy], balls: Mapping[str, Any]
) -> int | None:
    """1 or −1 for an expression that surely rises or falls in a symbol; None where that is not known."""
    slope = sympy.diff(expr, symbol)
    if not any(slope.has(s) for s, v in used.items() if names[s].name not in balls):
        try:
            ball = enclose(slope.xreplace(dict(names)), balls, _BITS)
        except ValueError:
            return None
        return 1 if ball >= 0 else -1 if ball <= 0 else None
    signed = {
        s: Dummy(positive=True) if v.lower > 0 else Dummy(nonnegative=True) if v.lower >= 0 else s
        for s, v in used.items()
    }
    slope = slope.xreplace(signed)
    return 1 if slope.is_nonnegative else -1 if slope.is_nonpositive else None


def _shown(low: arb, high: arb) -> Enclosure | str:
    if low.is_finite() and high.is_finite():
        return Enclosure(low, high)
    if low.is_finite():
        return f"at least {Enclosure(low, low).decimal(10)[1:].split(',')[0]}"
    return f"at most {Enclosure(high, high).decimal(10)[:-1].split(', ')[1]}" if high.is_finite() else "not bounded"
