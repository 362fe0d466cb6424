"""Links whose sides are any expressions of probabilities: each probability by laws, the expression around it in balls.

An event is put together by and, or from relations of one random variable each. What several variables do is bounded
for any dependence, and known exactly where they are independent by construction (`origins`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb
from sympy import Dummy, Expr, Rational, log, nan, oo, simplify, zoo

from ...theory.calculus.enclosure import Enclosure, compare, workprec
from ...theory.calculus.evaluate import enclose
from ...theory.calculus.exact import exact_value
from ...theory.language.cells import Cell
from ...theory.language.events import Either, Event, Joint, opposite
from ...theory.language.excluded import read_equal
from ...theory.language.heads import P
from ...theory.language.models import RV
from ...theory.language.statements import Link
from ...theory.laws.protocol import ScalarLaw
from ..verdict import Evidence, Outcome, Verdict
from . import conditional, probability, sets
from .question import Question, agreed_digits, outcome
from .scalar_cells import trimmed
from .sets import Tree, Undecided
from .tails import PRECISION, PRECISIONS, law_at

__all__ = [
    "Sides",
    "at_cell",
    "balls_of",
    "by_laws",
    "chance",
    "exact_chance",
    "head_ball",
    "heads_of",
    "sides_of",
    "unread",
]

_ZERO, _ONE = Enclosure(arb(0), arb(0)), Enclosure(arb(1), arb(1))
# Enclosures this wide say nothing of an equality, and narrower ones than the second no more than it.
_MEANT, _REFINED = 1e-6, 1e-50
# Logarithms below this are those of numbers that underflow.
_UNDERFLOW = -690.0


@dataclass(frozen=True)
class Sides:
    """A link's two sides with a symbol for each probability.

    Attributes
    ----------
    left, right : SymPy expression
    relation : str
    heads : tuple of (Dummy, P)
    """

    left: Expr
    right: Expr
    relation: str
    heads: tuple[tuple[Dummy, P], ...]


def heads_of(link: Link) -> list[P]:
    """The probabilities of a link, in the order of their text."""
    return sorted(link.lhs.atoms(P) | link.rhs.atoms(P), key=str)


def sides_of(link: Link) -> Sides:
    """Both sides of a link with a symbol for each probability, without the terms that they share.

    Probabilities of one event of variables with the same law are one number.
    """
    symbols: dict[Any, Dummy] = {}
    put: dict[P, Dummy] = {}
    heads: list[tuple[Dummy, P]] = []
    for head in heads_of(link):
        asked = _in_law(head)
        if asked not in symbols:
            symbols[asked] = Dummy(f"#{len(symbols)}", nonnegative=True)
            heads.append((symbols[asked], head))
        put[head] = symbols[asked]
    left, right = (side.xreplace(put) for side in (link.lhs, link.rhs))
    return Sides(*trimmed(left, right), link.relation, tuple(heads))


def _in_law(head: P) -> Any:
    """What a probability is a function of: the law and the event with a name for the variable, where it has one."""
    rvs = _variables(head)
    if len(rvs) != 1 or rvs[0].law is None:
        return head
    return rvs[0].law, head.xreplace({rvs[0]: Dummy("X", real=True, dummy_index=1)})


def _variables(tree: Tree) -> list[RV]:
    return sorted(tree.atoms(RV), key=lambda rv: rv.name)


def _independent(first: Sequence[RV], second: Sequence[RV]) -> bool:
    """Whether variables are independent by construction: they are made of different origins."""
    made: list[set[Any]] = []
    for group in (first, second):
        origins = [getattr(rv, "origins", None) for rv in group]
        if any(found is None for found in origins):
            return False
        made.append({x for found in origins for x in found or ()})
    return not made[0] & made[1]


def _groups(tree: Joint | Either) -> list[Tree]:
    """The parts of an event, those that share a random variable tied together again."""
    groups: list[tuple[set[RV], list[Tree]]] = []
    for part in tree.args:
        names, parts = set(_variables(part)), [part]
        for other in [g for g in groups if g[0] & names]:
            groups.remove(other)
            names |= other[0]
            parts = [*other[1], *parts]
        groups.append((names, parts))
    return [parts[0] if len(parts) == 1 else tree.func(*parts) for _, parts in groups]


Chance = tuple[Enclosure, Enclosure]
"""The probability of an event, and that of its opposite, each to its own digits."""


def _read(event: Event) -> None:
    """Refuse an event that is about no random variable that has a law."""
    rvs = _variables(event)
    if not rvs:
        raise NotImplementedError(f"the event {event} has no random variable")
    if event.everywhere:
        raise NotImplementedError(f"the event {event} is about a supremum, of which no law is known")
    if len(rvs) > 1:
        names = ", ".join(rv.name for rv in rvs)
        raise NotImplementedError(f"the event {event} compares {names} with each other, and no law of that is known")
    if rvs[0].law is None:
        raise NotImplementedError(f"{rvs[0].name} in the event {event} has no exact law")


def _leaves(tree: Tree) -> list[Event]:
    return [tree] if isinstance(tree, Event) else [leaf for part in tree.args for leaf in _leaves(part)]


def _of_one(tree: Tree, rv: RV, cell: Cell, prec: int, law: ScalarLaw) -> Chance:
    """The probability of an event of one random variable, over all points of the pieces of a cell."""
    sets.defined(law, (leaf.value for leaf in _leaves(tree)), rv, cell, prec)
    if not any(sets.pieces_of(part, cell) for leaf in _leaves(tree) for part in (leaf.value, leaf.bound)):
        values = sets.tree_values(tree, rv, cell, prec)
        return _least(law, values), _least(law, sets.others(values))
    ends = _inner_and_outer(tree, rv, cell, prec)
    inner, outer = (_least(law, values) for values in ends)
    rest_inner, rest_outer = (_least(law, sets.others(values)) for values in ends)
    return Enclosure(inner.lower, outer.upper), Enclosure(rest_outer.lower, rest_inner.upper)


def _inner_and_outer(tree: Tree, rv: RV, cell: Cell, prec: int) -> tuple[sets.Values, sets.Values]:
    """The values at which an event happens at every point of a cell's pieces, and at one of them."""
    inner, outer = (sets.tree_values(tree, rv, cell, prec, side) for side in (-1, 1))
    return inner, outer


def _happens(tree: Tree, rv: RV, cell: Cell, prec: int, law: ScalarLaw) -> Enclosure:
    """The probability of an event of one random variable alone."""
    leaves = _leaves(tree)
    for leaf in leaves:
        _read(leaf)
    with workprec(prec):
        sets.defined(law, (leaf.value for leaf in leaves), rv, cell, prec)
        if not any(sets.pieces_of(part, cell) for leaf in leaves for part in (leaf.value, leaf.bound)):
            return _least(law, sets.tree_values(tree, rv, cell, prec))
        inner, outer = _inner_and_outer(tree, rv, cell, prec)
        # Exact ends are asked once, where a ball is asked at both of its ends.
        return Enclosure(_least(law, sets.rounded(inner, -1)).lower, _least(law, sets.rounded(outer, 1)).upper)


def _least(law: ScalarLaw, values: sets.Values) -> Enclosure:
    return sets.probability(law, values) if values else _ZERO


def chance(tree: Tree, cell: Cell, prec: int, law_of: Callable[[RV, Cell], ScalarLaw] = law_at) -> Chance:
    """Enclose the probability of an event, and that of its opposite.

    Parameters
    ----------
    tree : Event, Joint or Either
    cell : mapping of str to int, Fraction or Piece
        Over a piece the enclosures hold for every point of it.
    prec : int
    law_of : callable, optional
        Takes a random variable and a cell, and returns its law there.

    Raises
    ------
    NotImplementedError
        For an event that no law answers; the message names it.
    Undecided
        Where the precision does not tell two ends apart.
    """
    if isinstance(tree, Event):
        _read(tree)
    samples = [leaf.samples for leaf in _leaves(tree) if leaf.samples is not None]
    if samples and not isinstance(tree, Event):
        raise NotImplementedError(f"the event {tree} is of several samples, tied to others")
    rvs = _variables(tree)
    if len(rvs) == 1:
        for leaf in _leaves(tree):
            _read(leaf)
        with workprec(prec):
            found = _of_one(tree, rvs[0], cell, prec, law_of(rvs[0], cell))
            return _of_all(found, int(cell[samples[0].name]), prec) if samples else found
    assert not isinstance(tree, Event)
    parts = _groups(tree)
    tied = len(parts) == 1
    if tied:
        parts = list(tree.args)
    chances = [chance(part, cell, prec, law_of) for part in parts]
    free = not tied and all(
        _independent(_variables(a), _variables(b)) for i, a in enumerate(parts) for b in parts[i + 1 :]
    )
    if isinstance(tree, Either):
        rest, happens = _all([(q, p) for p, q in chances], free, prec)
        return happens, rest
    return _all(chances, free, prec)


def _of_all(one: Chance, samples: int, prec: int) -> Chance:
    """For all of several samples of unknown dependence."""
    return one if samples == 1 else _all([one] * samples, False, prec)


def _all(parts: Sequence[Chance], free: bool, prec: int) -> Chance:
    """That all events happen, and that one of them does not."""
    with workprec(prec):
        if free:
            lower, upper = arb(1), arb(1)
            for p, _ in parts:
                lower, upper = (lower * p.lower).lower(), (upper * p.upper).upper()
            # 1 − Π(1 − q) = Σ qᵢ Π_{j<i} (1 − qⱼ) keeps the digits of small q.
            low, high, before_low, before_high = arb(0), arb(0), arb(1), arb(1)
            for p, q in parts:
                low, high = (low + q.lower * before_low).lower(), (high + q.upper * before_high).upper()
                before_low, before_high = (before_low * p.lower).lower(), (before_high * p.upper).upper()
            return Enclosure(lower, upper), Enclosure(low, high if high < 1 else arb(1))
        lost_most = sum((q.upper for _, q in parts), arb(0)).upper()
        lost_least = max((q.lower for _, q in parts), key=_log)
        kept = min((p.upper for p, _ in parts), key=_log)
        least = (1 - lost_most).lower()
        return (
            Enclosure(least if least > 0 else arb(0), kept),
            Enclosure(lost_least, lost_most if lost_most < 1 else arb(1)),
        )


def _log(x: arb) -> float:
    return float(x.log()) if x > 0 else -math.inf


def exact_chance(tree: Tree, cell: Cell) -> Fraction:
    """The probability of an event as an exact rational number.

    Raises
    ------
    NotImplementedError
        Where a law has no exact probabilities, or several variables are not known to be independent.
    """
    if isinstance(tree, Event):
        _read(tree)
    if any(leaf.samples is not None for leaf in _leaves(tree)):
        raise NotImplementedError("several samples")
    rvs = _variables(tree)
    if len(rvs) == 1:
        law = law_at(rvs[0], cell)
        sets.defined(law, (leaf.value for leaf in _leaves(tree)), rvs[0], cell, PRECISION)
        return sets.fraction(law, sets.tree_values(tree, rvs[0], cell, PRECISION))
    assert not isinstance(tree, Event)
    parts = _groups(tree)
    if len(parts) == 1 or not all(
        _independent(_variables(a), _variables(b)) for i, a in enumerate(parts) for b in parts[i + 1 :]
    ):
        raise NotImplementedError("several variables that are not known to be independent")
    if isinstance(tree, Either):
        return 1 - math.prod((1 - exact_chance(part, cell) for part in parts), start=Fraction(1))
    return math.prod((exact_chance(part, cell) for part in parts), start=Fraction(1))


def _given(head: P) -> tuple[Tree, Tree] | None:
    """Both events, and the given one, of a probability given an event."""
    return None if head.given is None else (Joint(head.event, head.given), head.given)


def _exact_head(head: P, cell: Cell) -> Fraction:
    if (asked := _given(head)) is None:
        return exact_chance(head.event, cell)
    both, given = (exact_chance(tree, cell) for tree in asked)
    if given == 0:
        raise ZeroDivisionError(f"{head} has no value: {head.given} has probability 0")
    return both / given


def head_ball(head: P, cell: Cell, prec: int, law_of: Callable[[RV, Cell], ScalarLaw] = law_at) -> Enclosure:
    """Enclose one probability."""
    if (asked := _given(head)) is None:
        rvs = _variables(head.event)
        if len(rvs) == 1 and all(leaf.samples is None for leaf in _leaves(head.event)):
            if isinstance(head.event, Event):
                _read(head.event)
            return _happens(head.event, rvs[0], cell, prec, law_of(rvs[0], cell))
        return chance(head.event, cell, prec, law_of)[0]
    given = chance(asked[1], cell, prec, law_of)[0]
    if given.upper == 0:
        raise ZeroDivisionError(f"{head} has no value: {head.given} has probability 0")
    if not given.lower > 0:
        raise Undecided(f"the probability of {head.given} may be 0")
    # P(A and B)/P(B) = 1/(1 + P(B and not A)/P(A and B)): each part is met once.
    both = chance(asked[0], cell, prec, law_of)[0]
    without = chance(Joint(opposite(head.event), head.given), cell, prec, law_of)[0]
    with workprec(prec):
        found = (both.lower / given.upper).lower(), (both.upper / given.lower).upper()
        low, high = arb(0), arb(1)
        if both.lower > 0:
            low = (1 / (1 + without.upper / both.lower)).lower()
        if both.upper > 0 and without.lower >= 0:
            high = (1 / (1 + without.lower / both.upper)).upper()
        elif both.upper == 0:
            high = arb(0)
        low, high = (found[0] if found[0] > low else low), (found[1] if found[1] < high else high)
    return Enclosure(low, high)


def _float_ball(head: P, cell: Cell) -> arb:
    """One probability by a law in floats, as wide as its logarithms are trusted."""
    rvs = _variables(head.event)
    if len(rvs) != 1 or head.given is not None:
        raise NotImplementedError(f"{head} by a law in floats")
    for leaf in _leaves(head.event):
        _read(leaf)
    law = law_at(rvs[0], cell)
    sets.defined(law, (leaf.value for leaf in _leaves(head.event)), rvs[0], cell, PRECISION)
    found = sets.log_probability(law, sets.tree_values(head.event, rvs[0], cell, PRECISION))
    if found < _UNDERFLOW:
        raise NotImplementedError(f"the float of {head} underflows")
    gap = law.log_gap * max(1.0, abs(found))
    with workprec(PRECISION):
        return arb(found, gap).exp().min(arb(1))


def at_cell(question: Question, cell: Cell) -> Outcome | None:
    """Decide a link at one cell from the laws of its probabilities; None where there is none to ask.

    What cannot be read is said in the reason of an undetermined outcome.
    """
    link = question.link
    if link.given or link.relation not in ("<", "<=", ">", ">=", "=") or not heads_of(link):
        return None
    sides = sides_of(link)
    try:
        return _decided(sides, cell) or _by_floats(sides, cell)
    except ZeroDivisionError as error:
        return outcome(Verdict.UNDETERMINED, None, cell, reason=f"scope: {error}")
    except NotImplementedError as error:
        try:
            found = _by_floats(sides, cell)
        except (NotImplementedError, Undecided, ValueError):
            found = None
        return found or outcome(Verdict.UNDETERMINED, None, cell, reason=f"scope: {error}")


def by_laws(question: Question, cell: Cell) -> Outcome | None:
    """Decide a probability link at one cell by exact laws, whatever its shape; None where draws are to be asked."""
    found = conditional.at_cell(question, cell) or probability.at_cell(question, cell)
    if found is not None and found.verdict is not Verdict.UNDETERMINED:
        return found
    link = question.link
    other = at_cell(question, cell)
    read = link.excluded is not None or read_equal(link.lhs, link.relation, link.rhs) is not None
    if read and (other is None or other.verdict is Verdict.UNDETERMINED):
        return found
    return other or found


def unread(question: Question, cell: Cell) -> str:
    """Which part of a probability link no law answers, in words; empty where that is not known."""
    try:
        found = at_cell(question, cell)
    except (ValueError, NotImplementedError, Undecided, ArithmeticError):
        return ""
    if found is None or not found.reason.startswith("scope: "):
        return ""
    return found.reason.removeprefix("scope: ")


def _by_fractions(sides: Sides, cell: Cell) -> tuple[Expr, Expr] | None:
    """Both sides with exact rational probabilities put in; None where a law has none."""
    try:
        known = {symbol: _exact_head(head, cell) for symbol, head in sides.heads}
    except (NotImplementedError, Undecided):
        return None
    put = {symbol: Rational(p.numerator, p.denominator) for symbol, p in known.items()}
    # SymPy leaves open from which side 0 is come to.
    put |= {log(symbol): -oo for symbol, p in known.items() if p == 0}
    left, right = (exact_value(side.xreplace(put), cell) for side in (sides.left, sides.right))
    return left, right


def balls_of(sides: Sides, cell: Cell, heads: Mapping[str, arb], prec: int) -> tuple[arb, arb]:
    """Both sides in balls, given those of the heads by the names of their symbols."""
    values = {**sets.in_balls(cell), **heads}
    with workprec(prec):
        left, right = (enclose(side, values, prec) for side in (sides.left, sides.right))
    return left, right


def _decided(sides: Sides, cell: Cell) -> Outcome | None:
    left = right = None
    width = math.inf
    for prec in PRECISIONS:
        try:
            found = [head_ball(head, cell, prec) for _, head in sides.heads]
            with workprec(prec + 64):
                heads = {s.name: e.lower.union(e.upper) for (s, _), e in zip(sides.heads, found, strict=True)}
            left, right = balls_of(sides, cell, heads, prec + 64)
        except Undecided:
            continue
        if not (left.is_finite() and right.is_finite()):
            if (exact := _infinite(sides, cell)) is not None:
                return exact
            continue
        known = _compare(left, sides.relation, right)
        if known is not None:
            return _judged(known, sides, cell, left, right)
        now = max(_radius(left), _radius(right))
        if sides.relation == "=" and now < _REFINED:
            break
        if now > width / 2:
            break
        width = now
    if left is None or right is None:
        return outcome(Verdict.UNDETERMINED, None, cell, reason="numerics: two ends of an event are not told apart")
    both = _by_fractions(sides, cell)
    if both is not None and (known := _exactly(*both, sides.relation)) is not None:
        return _judged(known, sides, cell, left, right, equal=bool(simplify(both[0] - both[1]) == 0))
    if not (left.is_finite() and right.is_finite()):
        return outcome(Verdict.UNDETERMINED, None, cell, reason="numerics: a side has no finite value here")
    radius = max(_radius(left), _radius(right))
    shown = _shown(left), _shown(right)
    if sides.relation == "=" and radius <= _MEANT:
        why = f"equal to {agreed_digits(radius)} digits: two independent evaluations agree within their enclosures"
        return outcome(Verdict.CONSISTENT, Evidence.CERTIFIED, cell, *shown, why)
    if radius > _MEANT:
        why = f"gap: the sides are enclosed to a relative radius of {radius:.0e} only"
        return outcome(Verdict.UNDETERMINED, None, cell, *shown, why)
    why = f"numerics: both sides agree to {agreed_digits(radius)} digits"
    return outcome(Verdict.UNDETERMINED, None, cell, *shown, why)


def _infinite(sides: Sides, cell: Cell) -> Outcome | None:
    """A side that is infinite, as the logarithm of a probability that is 0."""
    exact = _by_fractions(sides, cell)
    if exact is None or not any(side.is_infinite for side in exact):
        return None
    left, right = exact
    if left.has(nan, zoo) or right.has(nan, zoo):
        return outcome(Verdict.UNDETERMINED, None, cell, reason="scope: a side has no value here")
    known = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "=": left == right}
    if (holds := known[sides.relation]) not in (True, False):
        return None
    verdict = Verdict.HOLDS if holds else Verdict.REFUTED
    return outcome(verdict, Evidence.CERTIFIED, cell, str(left), str(right), "exact laws: a side is infinite")


def _radius(ball: arb) -> float:
    return Enclosure.of(ball).relative_radius


def _compare(left: arb, relation: str, right: arb) -> bool | None:
    if relation != "=":
        return compare(left, relation, right)
    if left.is_exact() and right.is_exact() and left == right:
        return True
    return None if left.overlaps(right) else False


def _exactly(left: Expr, right: Expr, relation: str) -> bool | None:
    """A relation between exact sides; None where it is not known."""
    if not (left.is_Rational and right.is_Rational):
        if simplify(left - right) != 0:
            return None
        return "=" in relation
    order = left - right
    known = {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "=": order == 0}[relation]
    return bool(known)


def _shown(ball: arb) -> Enclosure:
    return Enclosure.of(ball)


def _judged(known: bool, sides: Sides, cell: Cell, left: arb, right: arb, *, equal: bool = False) -> Outcome:
    shown = _shown(left), _shown(right)
    equal = equal or (left.is_exact() and right.is_exact() and bool(left == right))
    if known:
        why = "equal as exact numbers" if sides.relation == "=" else "exact law"
        return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, *shown, why)
    if sides.relation == "=":
        why = "the enclosures do not meet"
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, *shown, why)
    strict = sides.relation in ("<", ">")
    remark = f"true with {'≤' if sides.relation == '<' else '≥'}" if strict and equal else ""
    why = "both sides are equal at this cell" if remark else "differs at this cell"
    return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, *shown, why, remark)


def _by_floats(sides: Sides, cell: Cell) -> Outcome | None:
    """Decide by laws in floats, each as wide as its logarithms are trusted."""
    heads: dict[str, arb] = {}
    for symbol, head in sides.heads:
        try:
            heads[symbol.name] = head_ball(head, cell, PRECISION).ball
        except NotImplementedError:
            heads[symbol.name] = _float_ball(head, cell)
    left, right = balls_of(sides, cell, heads, PRECISION)
    if not (left.is_finite() and right.is_finite()):
        return None
    shown = _shown(left), _shown(right)
    if sides.relation == "=":
        if not left.overlaps(right):
            return outcome(Verdict.REFUTED, Evidence.COMPUTED, cell, *shown, "the sides differ beyond the floats' gap")
        return outcome(Verdict.CONSISTENT, Evidence.COMPUTED, cell, *shown, "the sides agree within the floats' gap")
    known = compare(left, sides.relation, right)
    if known is None:
        return outcome(Verdict.UNDETERMINED, None, cell, *shown, "numerics: the floats' gap is wider than the slack")
    verdict = Verdict.HOLDS if known else Verdict.REFUTED
    why = "exact law in floats" if known else "differs at this cell, by laws in floats"
    return outcome(verdict, Evidence.COMPUTED, cell, *shown, why)
