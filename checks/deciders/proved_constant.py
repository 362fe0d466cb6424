"""The sharp constant of a bound for all sizes: proved to hold with one number, and to fail with the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, product
from typing import Any

import sympy
from sympy import Dummy, Expr, Integer, Rational

from ...theory.calculus.evaluate import enclose
from ...theory.language.cells import Cell
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Claim, Link, Statement
from ...theory.proofs.failing import failure_rate, pair_sizes, prove_failure, refute_at
from ...theory.proofs.tails_laws import law_json
from .interval import simplest
from .interval_chernoff import rate_of
from .interval_ends import half_lines, parameters_of
from .question import Question
from .refuted import encoded
from .theorem import proved_tail
from .whole import proved_relation

__all__ = ["Proved", "proved_constant"]

Node = dict[str, Any]
Moved = Callable[[Expr], Link]

# The two constants differ by this share of themselves.
_APART = Fraction(1, 10**6)
# Else in how many digits they are neighbours.
_DIGITS = (7, 4)
_BITS = 400
_RATIOS = (Fraction(1), Fraction(1, 2), Fraction(2), Fraction(1, 8), Fraction(8))
_SIZES = (1, 2, 5, 10**3, 10**6, 10**12)
_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28)
_TELLING, _SHORT = 1e-8, 64
_MOST_POINTS, _TURNS = 3000, 60
_NICE = Fraction(1, 10**7)


@dataclass(frozen=True)
class Proved:
    """A constant with proofs on both sides.

    Attributes
    ----------
    holds, fails : Fraction
    proof, refutation : dict
        The proof objects: of the bound with `holds`, and that it is false with `fails`.
    links : (Link, Link)
        The bound with `holds`, and with `fails`.
    """

    holds: Fraction
    fails: Fraction
    proof: Node
    refutation: Node
    links: tuple[Link, Link]

    @property
    def where(self) -> str:
        """Where the bound with the larger constant is false."""
        node = self.refutation["proof"]
        put = ", ".join(f"{name} = {value}" for name, value in node["put"].items())
        if node["rule"] == "cell":
            return f"at {put}" if put else "by enclosures"
        return f"along {put} for all large {node['new']}"


def proved_constant(
    question: Question, moved: Moved, largest: bool, near: Sequence[tuple[float, Cell]] = ()
) -> Proved | None:
    """The sharp constant with proofs on both sides, or None where one of them was not found.

    Parameters
    ----------
    question : Question
    moved : callable
        The link with another constant.
    largest : bool
        Whether the bound says more with a larger constant.
    near : sequence of (float, cell)
        Constants at which bound and truth meet at a cell.

    Examples
    --------
    >>> from sympy import exp
    >>> from whp.theory import ChiSquare, P, claim, size
    >>> d = size("d")
    >>> s = claim(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7), key="twice", source="me")
    >>> question = Question(s, s.claims[0], s.links[0], (), 1e-9, 0)
    >>> found = proved_constant(question, lambda c: replace(question.link, rhs=exp(-c * d)), True)
    >>> float(found.holds), float(found.fails), found.where
    (0.1534264, 0.1534265, 'along d = 2*s for all large s')
    """
    search = _Search(question, moved, largest)
    candidates = sorted([*near, *search.by_rates()], key=lambda found: found[0], reverse=not largest)
    for critical, cell in islice(candidates, 2):
        if not (math.isfinite(critical) and critical > 0):
            continue
        found = search.around(critical, cell)
        if found is not None:
            return found
    return None


class _Search:
    def __init__(self, question: Question, moved: Moved, largest: bool) -> None:
        self.question, self.moved, self.largest = question, moved, largest
        s = question.statement
        listed = {symbol for point in s.points for symbol in point}
        self.parameters = [p for p in s.parameters if p.name not in s.counts and p not in listed]
        self.points = s.points

    def around(self, critical: float, cell: Cell) -> Proved | None:
        """A constant that holds and one that fails, close to a number."""
        for holds, fails in self._pairs(critical):
            refutation = self.refuted(fails, cell)
            proof = None if refutation is None else self.proved(holds)
            if proof is not None and refutation is not None:
                return Proved(holds, fails, proof, refutation, (self.with_constant(holds), self.with_constant(fails)))
        return None

    def _pairs(self, critical: float) -> Iterator[tuple[Fraction, Fraction]]:
        x = Fraction(critical)
        side = 1 if self.largest else -1
        nice = simplest(x * (1 - _NICE), x * (1 + _NICE))
        if nice.denominator <= _SHORT:
            yield nice, nice * (1 + side * _APART)
        for digits in _DIGITS:
            unit = Fraction(10) ** (math.floor(math.log10(critical)) + 1 - digits)
            low, high = math.floor(x / unit) * unit, (math.floor(x / unit) + 1) * unit
            yield (low, high) if self.largest else (high, low)

    def with_constant(self, constant: Fraction) -> Link:
        """The bound with a constant."""
        return self.moved(Rational(constant.numerator, constant.denominator))

    def proved(self, constant: Fraction) -> Node | None:
        """The proof object of the bound with a constant."""
        statement = _with(self.question.statement, self.with_constant(constant))
        (link,) = statement.links
        if link.kind == "scalar":
            return proved_relation(statement, link.lhs, link.relation, link.rhs)
        found = proved_tail(statement, link)
        return None if found is None else found.to_json()

    def refuted(self, constant: Fraction, cell: Cell) -> Node | None:
        """The proof object that the bound with a constant fails: at a cell, else on a path with its real parameters."""
        statement = _with(self.question.statement, self.with_constant(constant))
        (link,) = statement.links
        for point in statement.points:
            found = encoded(statement, link, point)
            if found is None:
                return None
            texts = {name: str(value) for name, value in cell.items()}
            if {*found.claim["domain"]} <= texts.keys():
                at = refute_at(found.claim, texts, found.conditions)
                if at is not None:
                    return at
            reals = {p.name: texts[p.name] for p in self.parameters if not p.is_size and p.name in texts}
            proof = prove_failure(found.claim, {}, found.conditions, hints=[reals] if reals else ())
            if proof is not None:
                return proof
        return None

    def by_rates(self) -> list[tuple[float, Cell]]:
        """The constant at which both sides meet, the least over many values of all parameters.

        It is told with the simplest values at which it is as small up to half of what the two constants are apart.
        """
        meets = self._meets(self._rate())
        if meets is None:
            return self._by_pairs()
        side = 1 if self.largest else -1
        seen = [(x * side, cell) for cell in self._cells() if (x := self._critical(meets, cell)) is not None]
        if not seen:
            return []
        least, cell = self._refined(meets, min(seen, key=lambda found: found[0]))
        near = [c for x, c in seen if x <= least + abs(least) * float(_APART) / 2]
        simple = min([*near, cell], key=lambda c: sum(Fraction(v).denominator for v in c.values()))
        return [(least * side, simple)]

    def _meets(self, rate: Expr | None) -> Expr | None:
        """The constant with which both sides meet: those of a relation, the bound's logarithm and Chernoff's."""
        c = Dummy("c", positive=True)
        for turned in (False, True):
            link = self.moved(1 / c if turned else c)
            if link.kind == "scalar":
                gap = link.lhs - link.rhs
            elif rate is None or link.excluded is None:
                return None
            else:
                gap = sympy.expand_log(sympy.log(link.excluded.bound), force=True) - rate
            slope = sympy.simplify(gap.diff(c))
            if slope != 0 and not slope.has(c):
                found = -gap.subs(c, 0) / slope
                return 1 / found if turned else found
        return None

    def _by_pairs(self) -> list[tuple[float, Cell]]:
        """The same of a masked pair that is at most 0, by its likeliest failure at some ratios of its sizes."""
        claim, rate = self.moved(Integer(1)).excluded, Dummy("rate")
        meets = self._meets(rate)
        if claim is None or claim.samples is not None or len(claim.events) > 1:
            return []
        rvs = claim.events[0].atoms(RV)
        try:
            laws = [law_json(rv) for rv in rvs]
        except NotImplementedError:
            return []
        names = pair_sizes(laws[0]) if len(laws) == 1 else None
        if meets is None or names is None or claim.events[0].bound != 0:
            return []
        found: list[tuple[float, Cell]] = []
        for ratio in _RATIOS:
            cell: Cell = dict(zip(names, (int(ratio * 2**40), 2**40), strict=True))
            exponent = failure_rate(float(cell[names[0]]), float(cell[names[1]]))
            value = self._critical(meets.subs(rate, -Rational(exponent)), cell) if len({*names}) == 2 else None
            found += [] if value is None else [(value, {})]
        return [] if not found else [(min if self.largest else max)(found, key=lambda x: x[0])]

    def _rate(self) -> Expr | None:
        """log of Chernoff's bound of what is excluded."""
        claim = self.moved(Integer(1)).excluded
        if claim is None or len(claim.events) != 1 or claim.samples is not None:
            return None
        (event,) = claim.events
        rvs = event.value.atoms(RV)
        described = parameters_of(next(iter(rvs))) if len(rvs) == 1 else None
        if described is None:
            return None
        rv = next(iter(rvs))

        def known(expr: Expr) -> int:
            return 1 if expr.is_nonnegative else -1 if expr.is_negative else 0

        lines = half_lines(event.value, event.relation, event.bound, rv, known)
        if not lines or any(None not in line for line in lines):
            return None
        low, high = lines[-1]
        found = rate_of(described[0], described[1], low if high is None else high)
        return None if found is None else found[0]

    def _critical(self, meets: Expr, cell: Cell) -> float | None:
        if self.question.statement.applies(cell):
            return None
        try:
            found = enclose(meets, cell, _BITS)
        except (ValueError, ArithmeticError, NotImplementedError, TypeError):
            return None
        value = float(found.mid()) if found.is_finite() and found.rel_accuracy_bits() > 40 else math.nan
        return value if value > 0 else None

    def _cells(self) -> Iterator[Cell]:
        choices = [_values(p) for p in self.parameters]
        for point in self.points:
            put = {s.name: Fraction(str(v)) for s, v in point.items()}
            for chosen in islice(product(*choices), _MOST_POINTS):
                yield {**dict(zip((p.name for p in self.parameters), chosen, strict=True)), **put}

    def _refined(self, meets: Expr, best: tuple[float, Cell]) -> tuple[float, Cell]:
        """A better value of each real parameter in turn, by smaller and smaller steps."""
        side = 1 if self.largest else -1
        value, cell = best
        for p in [p for p in self.parameters if not p.is_size]:
            step = abs(Fraction(cell[p.name])) / 4 or Fraction(1, 4)
            for _ in range(_TURNS):
                for tried in (cell[p.name] + step, cell[p.name] - step):
                    at = {**cell, p.name: simplest(tried - step / 64, tried + step / 64)}
                    found = self._critical(meets, at) if p.admits(at[p.name]) else None
                    if found is not None and found * side < value - abs(value) * _TELLING:
                        value, cell = found * side, at
                        break
                else:
                    step /= 2
        return value, cell


def _with(statement: Statement, link: Link) -> Statement:
    """The statement with another link; one list of values stands in a relation without random variables."""
    if link.kind == "scalar" and len(statement.points) == 1:
        (point,) = statement.points
        link = replace(link, lhs=link.lhs.subs(point), rhs=link.rhs.subs(point))
        statement = replace(statement, points=({},), grid={})
    return replace(statement, claims=(Claim((link,)),), implied_by=())


def _values(p: Parameter) -> list[Fraction]:
    """Values of a parameter: sizes far out, reals at and close to their ends."""
    if p.is_size:
        return [Fraction(k) for k in dict.fromkeys(max(int(p.low), k) for k in _SIZES) if p.admits(k)]
    low, high = (None if abs(end) == sympy.oo else Fraction(str(sympy.Rational(end))) for end in (p.low, p.high))
    if low is not None and high is not None:
        inside = [low + (high - low) / 2**k for k in _STEPS] + [high - (high - low) / 2**k for k in _STEPS]
        middle = [low + (high - low) * (Fraction(1, 2) + Fraction(side, 2**12)) for side in (1, -1)]
        found = [low, high, *inside, *middle]
    elif low is not None:
        found = [low, *(low + Fraction(2) ** k for j in _STEPS for k in (-j, j - 1))]
    elif high is not None:
        found = [high, *(high - Fraction(2) ** k for j in _STEPS for k in (-j, j - 1))]
    else:
        found = [sign * Fraction(2) ** k for j in _STEPS for k in (-j, j - 1) for sign in (1, -1)]
    return [x for x in dict.fromkeys(found) if p.admits(x)]
