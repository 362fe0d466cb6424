"""Unnamed constants that Chernoff's bound names, proved on the whole domain, or a proof that there are none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy as np
import sympy
from sympy import Dummy, Expr, Integer, Rational, Symbol, log, oo, sstr

from ...theory.calculus.evaluate import enclosure
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Implication, Statement
from ...theory.proofs.intervals import prove_relation
from ..verdict import Evidence, Outcome, Verdict
from . import theorem
from .corners import says_nothing
from .existence_relations import relation_with_names
from .interval import simplest
from .interval_chernoff import rate_of
from .interval_ends import ball_at, half_lines, parameters_of
from .question import BY_ALGEBRA, Question, outcome
from .reduction import named_link, with_constants
from .refuted import refuted_at_a_cell, refuted_for_all_constants

__all__ = ["Existence", "existence"]

_PROOFS, _STEPS_EACH = 24, 600_000
# How many choices that no point speaks against are handed to the prover.
_MOST_PROOFS = 8
_PREFACTORS = tuple(Fraction(2) ** j for j in range(7))
_RATES = tuple(Fraction(2) ** -j for j in range(13))
# In thresholds, the first that is proved.
_THRESHOLDS = tuple(map(Fraction, ("1", "2", "3", "4", "6", "8", "16", "32", "1/2", "1/4", "1/8")))
_SIZES = (1, 2, 3, 5, 10, 40, 1000, 10**6, 10**9)
_NEAR = (1e-6, 1e-3, 0.03, 0.2, 0.5, 0.8, 0.97, 1 - 1e-3, 1 - 1e-6)
_FAR = (1e-6, 1e-3, 0.03, 0.3, 1.0, 3.0, 30.0, 1e3, 1e6)
_MOST_POINTS = 20_000
_SLACK, _NOISE = 1e-9, 1e-13
_LONG = 10

Values = Mapping[Symbol, Expr]
Domain = dict[Symbol, tuple[Any, Any, Any]]
# Where a bound is asked to be at least 1: values of some parameters, and the domain of the others.
Near = tuple[Values, Domain]


@dataclass(frozen=True)
class Existence:
    """Constants with which a claim is proved.

    Attributes
    ----------
    outcome : Outcome
    named : mapping of str to str
        Each constant and its value as text: exact, or an enclosure of a number that is no rational.
    """

    outcome: Outcome
    named: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Tail:
    """P(X ≥ x) or P(X ≤ x), bounded by exp(−exponent) where `beyond`, the distance of x from the mean, is not negative.

    `apart` must be positive for that: the law's parameters. `edge` is where x leaves the law's support.
    """

    exponent: Expr
    beyond: Expr
    apart: tuple[Expr, ...]
    inside: Expr
    method: str


def existence(question: Question) -> Existence | None:
    """Constants with which Chernoff's bound proves P(A) ≤ B for all values of its parameters, a refutation, or None.

    A rate c that may depend on eps is what Chernoff's bound has there, one that may not is a simple number below all of
    its values; both are proved positive, and B is proved to be at least the sum of the bounds of the tails that A is.

    Parameters
    ----------
    question : Question

    Examples
    --------
    >>> from whp.checks import check
    >>> text = "P(Binomial(n, 1/2) >= (1 + eps)*n/2) <= C*exp(-c*n*eps**2)"
    >>> found = check(text, real="eps in (0, 1)", exists="C, c")
    >>> str(found.verdict), str(found.evidence), dict(found.constants["named"])
    ('holds', 'proved', {'C': '1', 'c': '1/2'})
    """
    if not question.claim.exists:
        return None
    refuted = refuted_for_all_constants(question, simple=True)
    if refuted is None:
        found = _proved_with_names(question)
        if found is None:
            refuted = refuted_at_a_cell(question) or refuted_for_all_constants(question, simple=False)
        if refuted is None:
            return found
    return Existence(refuted)


def _proved_with_names(question: Question) -> Existence | None:
    claim, constants = question.link.excluded, question.claim.exists
    related = relation_with_names(question)
    if related is not None:
        proved, values = related
        return Existence(proved, {_shown(c, value): _text(value) for c, value in values.items()})
    if claim is None or question.link.events or question.link.scope is not None or not constants:
        return None
    # What another statement implies is not proved once more.
    if question.statement.implied_by or says_nothing(claim) is not None:
        return None
    if not _apart(question.statement, question, claim):
        return None
    points = question.statement.points
    if len(points) != 1 or any(not sympy.sympify(v).is_Rational for v in points[0].values()):
        return None
    search = _Search(question, claim, {k: sympy.sympify(v) for k, v in points[0].items()})
    try:
        found = search.chosen()
    except (NotImplementedError, ValueError, TypeError, ArithmeticError, RecursionError):
        return None
    return None if found is None else _told(question, *found)


def _apart(statement: Statement, question: Question, claim: Excluded) -> bool:
    """Whether the constants of a link may be chosen without a look at the other links.

    Links that share a constant all hold with the largest prefactor and the smallest rate among those found, where every
    bound is monotone in it in one direction and no threshold has it.
    """
    for c in question.claim.exists:
        sharing = [link for other in statement.claims for link in other.links if c in link.symbols]
        if len(sharing) < 2:
            continue
        for link in sharing:
            known = link.excluded
            if known is None or any(c in _symbols(e) for e in known.events):
                return False
        signs = {_direction(link.excluded.bound, c) for link in sharing if link.excluded is not None}
        if len(signs) != 1 or 0 in signs:
            return False
    return True


def _symbols(event: Event) -> set[Symbol]:
    return {s for s in event.value.free_symbols | event.bound.free_symbols}


def _direction(bound: Expr, c: Symbol) -> int:
    slope = sympy.factor(bound.diff(c))
    return 1 if slope.is_positive else -1 if slope.is_negative else 0


def _told(question: Question, values: Values, method: str, tails: int, positive: str) -> Existence:
    words = ", ".join(f"{_shown(c, values[c])} = {sstr(values[c])}" for c in question.claim.exists if c in values)
    parts = "" if tails == 1 else f", for each of {tails} tails"
    why = f"{words}, from {method}{parts}"
    named = {_shown(c, values[c]): _text(values[c]) for c in question.claim.exists if c in values}
    proof = _object(question, values)
    without = "" if proof is not None else f"; {BY_ALGEBRA}"
    return Existence(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why + positive + without, proof=proof), named)


def _object(question: Question, values: Values) -> Mapping[str, Any] | None:
    """The proof object that constants exist, from a proof of the link with numbers in their places."""
    if not {*question.claim.exists} <= values.keys() or any(v.free_symbols for v in values.values()):
        return None
    implication = Implication(question.statement.key, values, ())
    proved = theorem.decide(named_link(question, implication))
    proof = None if proved is None else proved.outcomes[0].proof
    named = None if proof is None else with_constants(question, implication, dict(proof))
    return None if named is None else named.proof


def _shown(c: Symbol, value: Expr) -> str:
    names = sorted(s.name for s in value.free_symbols)
    return f"{c}({', '.join(names)})" if names else str(c)


def _text(value: Expr) -> str:
    if value.is_Rational or value.free_symbols:
        return str(sstr(value))
    return enclosure(value).decimal(12)


class _Budget:
    """How many proofs may still be tried: a count, so that a verdict does not depend on the time they take."""

    def __init__(self, proofs: int) -> None:
        self.left = proofs

    @property
    def over(self) -> bool:
        return self.left <= 0

    def spend(self) -> bool:
        """Take one, if there is one."""
        self.left -= 1
        return self.left >= 0


class _Search:
    """The choices of constants for one claim, and what is to be proved of them."""

    def __init__(self, question: Question, claim: Excluded, put: Values) -> None:
        self.claim, self.put = claim, put
        self.constants = question.claim.exists
        self.budget = _Budget(_PROOFS)
        used = {s for e in claim.events for s in _symbols(e)} | claim.bound.free_symbols
        laws = {s for e in claim.events for rv in e.value.atoms(RV) for s in _law_symbols(rv)}
        self.domain: Domain = {}
        for p in question.statement.parameters:
            if p in {*self.constants, *put} or p not in used | laws:
                continue
            self.domain[p] = _ends(p, question.statement)
        self.whole = self.domain
        self.closed = all(s in self.domain or s in {*self.constants, *put} for s in used | laws)
        self.points = self._sampled()
        self.proofs = 0

    def chosen(self) -> tuple[Values, str, int, str] | None:
        """The first choice that is proved, the random variable, how many tails there are, and the words on signs."""
        if not self.closed:
            return None
        claim = self.claim
        groups: list[tuple[Event, ...]] = [claim.events]
        if claim.together and len(claim.events) > 1:
            groups = [(e,) for e in claim.events]
        at = [c for c in self.constants if any(c in _symbols(e) for e in claim.events)]
        for events in groups:
            for chosen in sorted(product(_THRESHOLDS, repeat=len(at)), key=_simplicity):
                if self.budget.over:
                    return None
                values = {c: _rational(v) for c, v in zip(at, chosen, strict=True)}
                found = self._with(events, {**self.put, **values}, values)
                if found is not None:
                    return found
        return None

    def _with(self, events: Sequence[Event], put: Values, values: Values) -> tuple[Values, str, int, str] | None:
        tails: list[_Tail] = []
        for event in events:
            own = self._tails(event, put)
            if own is None:
                return None
            tails += own
        if not tails:
            return None
        near = self._opened(tails)
        try:
            if not all(self._proved(part, ">") for tail in tails for part in tail.apart):
                return None
            if not all(self._proved(tail.beyond, ">=", tail) for tail in tails):
                parts = self._split(tails)
                if parts is None:
                    return None
                near.append(({}, parts[0]))
                self.domain = parts[1]
            return self._terms(tails, put, values, near)
        finally:
            self.domain = self.whole

    def _opened(self, tails: list[_Tail]) -> list[Near]:
        """The ends of the domain at which a law is that of a number, which are taken out of it."""
        found: list[Near] = []
        for t, (low, high, closed) in self.domain.items():
            constant = any(part.subs(t, low) == 0 for tail in tails for part in tail.apart)
            if closed in ("left", "both") and constant and isinstance(t, Parameter) and not t.is_size:
                rest = {s: ends for s, ends in self.domain.items() if s != t}
                found.append(({t: low}, rest))
                self.domain = {**self.domain, t: (low, high, _closed(False, closed == "both"))}
        return found

    def _split(self, tails: list[_Tail]) -> tuple[Domain, Domain] | None:
        """The domain up to where all thresholds are at their means, and from there on; None where it is not known."""
        for t in [s for s in self.domain if isinstance(s, Parameter) and not s.is_size]:
            low, high, closed = self.domain[t]
            edges = set()
            for tail in tails:
                slope = tail.beyond.coeff(t, 1)
                rest = sympy.expand(tail.beyond - slope * t)
                edges.add(sympy.cancel(-rest / slope) if slope.is_positive and not rest.has(t) else sympy.nan)
            edge = edges.pop()
            if not edges and edge.is_Rational and low < edge < high:
                first = (low, edge, _closed(closed in ("left", "both"), True))
                last = (edge, high, _closed(True, closed in ("right", "both")))
                return {**self.domain, t: first}, {**self.domain, t: last}
        return None

    def _terms(
        self, tails: list[_Tail], put: Values, values: Values, near: list[Near]
    ) -> tuple[Values, str, int, str] | None:
        rest = [c for c in self.constants if c not in values]
        bound = self.claim.bound.xreplace(dict(put))
        for term in sympy.Add.make_args(sympy.expand_power_base(bound)):
            others = sympy.expand(bound - term)
            if others != 0 and not all(part.is_nonnegative for part in sympy.Add.make_args(others)):
                continue
            found = self._term(term, tails, rest, near)
            if found is not None:
                chosen, words = found
                return {**values, **chosen}, tails[0].method, len(tails), words
        return None

    def _term(self, term: Expr, tails: list[_Tail], rest: list[Symbol], near: list[Near]) -> tuple[Values, str] | None:
        """Constants with which one term of the bound is at least the sum of all tails' bounds, and 1 near the mean."""
        claimed = sympy.expand_log(log(term), force=True) - log(Integer(len(tails)))
        if not term.is_nonnegative:
            # Beyond the law's support a negative bound is still false.
            tails = [replace(tail, inside=Integer(1)) for tail in tails]
        choices = [self._candidates(c, claimed, tails) for c in rest]
        for chosen in sorted(product(*choices), key=lambda found: sum(cost for cost, _ in found)):
            if self.budget.over or self.proofs >= _MOST_PROOFS * 3:
                return None
            values = {c: value for c, (_, value) in zip(rest, chosen, strict=True)}
            margins = [claimed.xreplace(values) + tail.exponent for tail in tails]
            if not all(self._may(margin, tail) for margin, tail in zip(margins, tails, strict=True)):
                continue
            self.proofs += 1
            relation = ">" if self.claim.strict else ">="
            signs = [(c, v) for c, v in values.items() if not v.is_number]
            upper, self.domain = self.domain, self.whole
            positive = all(any(self._proved(v, ">", tail) for tail in tails) for v in values.values())
            self.domain = upper
            if not positive:
                continue
            one = claimed.xreplace(values) + log(Integer(len(tails)))
            parts = [(one.xreplace(at), domain) for at, domain in near]
            if not all(
                any(_everywhere(form, relation, domain, self.budget) for form in (part, _simple(part)))
                for part, domain in parts
            ):
                continue
            if all(self._proved(m, relation, tail) for m, tail in zip(margins, tails, strict=True)):
                return values, "".join(f"; {_shown(c, v)} > 0 is proved{self._where(v)}" for c, v in signs)
        return None

    def _where(self, value: Expr) -> str:
        found = [f"{s.name} {s.domain}" for s in self.domain if value.has(s) and isinstance(s, Parameter)]
        return f" for {', '.join(found)}" if found else ""

    def _candidates(self, c: Symbol, claimed: Expr, tails: list[_Tail]) -> list[tuple[float, Expr]]:
        """Values of one constant, each with how late it is tried."""
        slope = -sympy.expand(claimed.diff(c))
        rate = not any(slope.has(other) for other in self.constants) and slope != 0
        if not rate:
            return [(j + 3.0 * (j > 0), _rational(v)) for j, v in enumerate(_PREFACTORS)]
        of = {*c.of} if isinstance(c, Parameter) else set()
        found: dict[Expr, float] = {}
        least = math.inf
        for tail in tails:
            share = _simple(tail.exponent / slope)
            least = min(least, self._least(tail.exponent / slope, tail))
            for value in (share, *self._at_ends(share, of)):
                if value.free_symbols <= of and value.is_number is not None and not value.has(sympy.nan, oo, sympy.zoo):
                    # A long number is shown only where no short one will do.
                    late = 2.5 if value.is_number and value.count_ops() > _LONG else 0.0
                    found.setdefault(value, late)
                    found.setdefault(value / 2, late + 1.5)
        if 0 < least < math.inf:
            near = Fraction(least)
            tight = simplest(near * (1 - Fraction(1, 10**8)), near * (1 + Fraction(1, 10**8)))
            loose = simplest(near * Fraction(9, 10), near * Fraction(999_999, 10**6))
            plain = simplest(near * Fraction(999, 1000), near * Fraction(1001, 1000))
            for i, number in enumerate((plain, tight, loose, loose / 2, loose / 4, loose / 16)):
                if number.denominator < (1000 if i < 2 else 10**6):
                    found.setdefault(_rational(number), 1.0 + i)
        if len(self.constants) > 1:
            for j, number in enumerate(_RATES):
                found.setdefault(_rational(number), 4.0 + j)
        return [(cost, value) for value, cost in found.items()]

    def _at_ends(self, share: Expr, of: set[Symbol]) -> Iterator[Expr]:
        """A rate at the finite ends of the parameters that its constant must not depend on."""
        free = [s for s in share.free_symbols if s not in of]
        if len(free) == 1:
            for end in self.domain[free[0]][:2]:
                if end.is_finite:
                    yield _simple(share.subs(free[0], end))

    def _tails(self, event: Event, put: Values) -> list[_Tail] | None:
        """The tails an event is made of; None where they are not known."""
        rvs = event.value.atoms(RV)
        if len(rvs) != 1 or event.samples is not None or event.everywhere:
            return None
        (rv,) = rvs
        described = parameters_of(rv)
        if described is None:
            return None
        law, given = described[0], tuple(p.xreplace(dict(put)) for p in described[1])

        def known(expr: Expr) -> int:
            if expr.is_positive or expr.is_negative:
                return 1 if expr.is_positive else -1
            return 1 if self._proved(expr, ">=") else 0

        value, threshold = event.value.xreplace(dict(put)), event.bound.xreplace(dict(put))
        lines = half_lines(value, event.relation, threshold, rv, known)
        if lines is None:
            return None
        tails = []
        for low, high in lines:
            end = high if low is None else low
            if end is None or (low is not None and high is not None):
                return None
            end = sympy.powdenest(end, force=False)
            found = rate_of(law, given, end)
            if found is None:
                return None
            rate, mean = found
            away = end - mean if low is not None else mean - end
            name = getattr(law, "__name__", "")
            inside: Expr = Integer(1)
            if name in ("BinomialLaw", "SignSumLaw"):
                least: Expr = Integer(0) if name == "BinomialLaw" else -given[0]
                inside = given[0] - end if low is not None else end - least
            method = f"Chernoff's bound with the generating function of {rv.name}"
            if name == "ExponentialLaw" and low is not None:
                rate, away, method = -given[0] * end, end, f"the tail of {rv.name}"
            apart = _positive(name, given)
            tails.append(_Tail(-rate, sympy.expand(away), apart, sympy.expand(inside), method))
        return tails

    def _sampled(self) -> tuple[list[Symbol], np.ndarray[Any, Any]]:
        """Points of the domain at which choices are tried in floats first."""
        names = list(self.domain)
        axes = [_axis(p, *self.domain[p][:2]) for p in names]
        while math.prod(map(len, axes)) > _MOST_POINTS:
            longest = max(range(len(axes)), key=lambda i: len(axes[i]))
            axes[longest] = axes[longest][::2]
        grid = np.array(list(product(*axes)), dtype=float).reshape(-1, len(names))
        return names, grid.T

    def _floats(self, expr: Expr) -> np.ndarray[Any, Any]:
        names, grid = self.points
        with np.errstate(all="ignore"):
            found = np.asarray(sympy.lambdify(names, expr, "numpy")(*grid))
            real = np.where(found.imag == 0, found.real, np.nan).astype(float)
        return np.broadcast_to(real, grid.shape[1:] if names else (1,))

    def _may(self, expr: Expr, tail: _Tail) -> bool:
        """False where floats show an expression negative at some point inside the support."""
        found, inside = self._floats(expr), self._floats(tail.inside)
        # Of a difference of large numbers floats know few digits.
        size = sum((np.abs(self._floats(part)) for part in sympy.Add.make_args(expr)), np.zeros(1))
        asked = (inside > 0) & (self._floats(tail.beyond) > 0)
        noise = _SLACK * (1 + size) + _NOISE * np.abs(self.points[1]).sum(axis=0)
        return not bool(np.any((found < -noise) & asked))

    def _least(self, expr: Expr, tail: _Tail) -> float:
        """The least value of an expression at the points inside the support, in floats."""
        found, inside = self._floats(expr), self._floats(tail.inside)
        size = sum((np.abs(self._floats(part)) for part in sympy.Add.make_args(sympy.expand(expr))), np.zeros(1))
        told = found[(inside > 0) & (self._floats(tail.beyond) > 0) & np.isfinite(found) & (size < 1e5 * np.abs(found))]
        return float(told.min()) if told.size else math.inf

    def _proved(self, expr: Expr, relation: str, tail: _Tail | None = None) -> bool:
        """Whether an expression is proved positive, or not negative, wherever a tail lies inside its law's support."""
        inside = Integer(1) if tail is None else tail.inside
        forms = dict.fromkeys((expr, _simple(expr)))
        return any(
            _everywhere(form, relation, domain, self.budget)
            for form in forms
            for form, domain in _within(form, inside, self.domain, relation, self.budget)
        )


def _simple(expr: Expr) -> Expr:
    """An expression with what cancels in and between its logarithms cancelled; as it is where it has a minimum.

    Logarithms of numbers are not put together, as SymPy does: their exponents would become huge powers.
    """
    if expr.has(sympy.Min, sympy.Max):
        return expr
    logs: dict[Expr, Dummy] = {}
    for node in sorted(expr.atoms(log), key=sympy.default_sort_key):
        if not node.args[0].has(log):
            logs[node] = Dummy(f"log{len(logs)}")
    places: dict[Expr, Dummy] = {}
    plain = expr
    for node, dummy in logs.items():
        inner = log(sympy.factor(node.args[0]))
        plain = plain.xreplace({node: places.setdefault(inner, dummy) if inner.func is log else inner})
    back = {dummy: inner for inner, dummy in places.items()}
    plain = sympy.cancel(plain)
    parts = {dummy: plain.diff(dummy) for dummy in back}
    if any(part.has(*back) for part in parts.values()):
        return plain.xreplace(back)
    rest = plain.xreplace({dummy: Integer(0) for dummy in back})
    return sympy.Add(rest, *[sympy.factor(part) * back[dummy] for dummy, part in parts.items()])


def _rational(value: Fraction) -> Expr:
    return Rational(value.numerator, value.denominator)


def _simplicity(values: Sequence[Fraction]) -> int:
    return sum(map(_THRESHOLDS.index, values))


def _law_symbols(rv: RV) -> set[Symbol]:
    described = parameters_of(rv)
    return set() if described is None else {s for p in described[1] for s in p.free_symbols}


def _positive(name: str, given: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """What must be positive for the exponent of a law to be that of Chernoff's bound."""
    if name == "NormalLaw":
        return given[:1]
    return (*given, 1 - given[1]) if name == "BinomialLaw" else given


def _ends(p: Parameter, statement: Statement) -> tuple[Any, Any, Any]:
    """The domain of a parameter, narrowed by hypotheses that compare it with a number."""
    low, high, with_low, with_high = p.low, p.high, p.closed in ("left", "both"), p.closed in ("right", "both")
    if p.is_size:
        with_low, with_high = True, p.high != oo
    for h in statement.hypotheses:
        relation = h.relation
        if relation.free_symbols != {p} or relation.rel_op not in ("<", "<=", ">", ">="):
            continue
        difference = sympy.expand(relation.lhs - relation.rhs)
        slope, rest = difference.coeff(p, 1), difference.subs(p, 0)
        if not (slope.is_Rational and rest.is_Rational) or slope == 0 or difference != slope * p + rest:
            continue
        edge, upper, weak = -rest / slope, (relation.rel_op in ("<", "<=")) == bool(slope > 0), "=" in relation.rel_op
        if upper and edge <= high:
            with_high = weak and (edge < high or with_high)
            high = edge
        elif not upper and edge >= low:
            with_low = weak and (edge > low or with_low)
            low = edge
    if p.is_size:
        whole_low, whole_high = sympy.ceiling(low), sympy.floor(high) if high != oo else oo
        low = whole_low + (1 if whole_low == low and not with_low else 0)
        high = whole_high if high == oo else whole_high - (1 if whole_high == high and not with_high else 0)
        with_low, with_high = True, high != oo
    return low, high, _closed(with_low, with_high)


def _closed(with_low: bool, with_high: bool) -> str:
    """Which ends belong to an interval, as a word."""
    return {(True, True): "both", (True, False): "left", (False, True): "right"}.get((with_low, with_high), "")


def _axis(p: Symbol, low: Expr, high: Expr) -> list[float]:
    if isinstance(p, Parameter) and p.is_size:
        first = int(low)
        return [float(k) for k in dict.fromkeys(max(first, k) for k in _SIZES) if high == oo or k <= int(high)]
    if low.is_finite and high.is_finite:
        start, width = float(low), float(high - low)
        return [start + width * x for x in _NEAR]
    if low.is_finite or high.is_finite:
        return [float(low) + x for x in _FAR] if low.is_finite else [float(high) - x for x in _FAR]
    return [s * x for x in _FAR for s in (1, -1)]


def _within(expr: Expr, inside: Expr, domain: Domain, relation: str, budget: _Budget) -> Iterator[tuple[Expr, Domain]]:
    """A relation and the domain it is proved on: as it is, or only where a threshold lies in its law's support.

    Beyond the support there is nothing to prove. At its edge, which is left out, a weak relation holds by continuity,
    and a strict one where its limit there is positive.
    """
    for t in [s for s in domain if isinstance(s, Parameter) and not s.is_size]:
        low, high, closed = domain[t]
        slope = inside.coeff(t, 1)
        rest = sympy.expand(inside - slope * t)
        if not slope.is_negative or rest.has(t):
            continue
        edge = sympy.cancel(-rest / slope)
        shut = "left" if closed in ("left", "both") else ""
        if edge.is_Rational:
            cut = edge < high or (edge == high and closed in ("right", "both"))
            if cut and (relation == ">=" or _limit(expr, t, edge).is_positive):
                yield expr, {**domain, t: (low, edge, shut)}
            continue
        if low != 0 or not _everywhere(edge, ">", domain, budget):
            continue
        u = Dummy("u", positive=True)
        scaled = _simple(expr.xreplace({t: u * edge}))
        if relation == ">=" or _everywhere(_limit(scaled, u, Integer(1)), ">", domain, budget):
            yield scaled, {u: (Integer(0), Integer(1), shut), **{s: ends for s, ends in domain.items() if s != t}}
    yield expr, domain


def _limit(expr: Expr, t: Symbol, edge: Expr) -> Expr:
    try:
        found = sympy.limit(expr, t, edge, "-")
    except (NotImplementedError, ValueError, TypeError):
        return Integer(0)
    return found if found.is_finite is not False else Integer(0)


def _everywhere(expr: Expr, relation: str, domain: Domain, budget: _Budget) -> bool:
    """Whether an expression is positive, or not negative, at all points of a domain."""
    if expr.is_positive or (relation == ">=" and expr.is_nonnegative):
        return True
    used = {s: ends for s, ends in domain.items() if expr.has(s)}
    if not used:
        ball = ball_at(expr, {})
        return ball is not None and bool(ball > 0)
    if expr.has(sympy.Min, sympy.Max):
        return _by_cases(expr, relation, domain, budget)
    # A factor that is positive everywhere is left out.
    for part in (expr, _without_positive(expr)):
        left, right = _sides(part)
        names = sorted(used, key=lambda s: isinstance(s, Parameter) and s.is_size)
        names = [s for s in names if part.has(s)]
        if not names:
            if part.is_positive or (relation == ">=" and part.is_nonnegative):
                return True
            continue
        first, others = names[0], {s: used[s] for s in names[1:]}
        if not budget.spend():
            return False
        low, high, closed = used[first]
        try:
            found = prove_relation(
                left, relation, right, first, low, high, closed=closed, parameters=others or None, effort=_STEPS_EACH
            )
        except (ValueError, TypeError, NotImplementedError, ArithmeticError):
            found = None
        if found is not None and (found.strict or relation == ">="):
            return True
    return False


def _without_positive(expr: Expr) -> Expr:
    factors = sympy.Mul.make_args(sympy.factor_terms(_simple(expr)))
    return sympy.Mul(*[f for f in factors if not f.is_positive])


def _sides(expr: Expr) -> tuple[Expr, Expr]:
    """Negative terms go to the other side."""
    less = [term for term in sympy.Add.make_args(expr) if term.as_coeff_Mul()[0] < 0]
    return expr + sympy.Add(*[-term for term in less]), sympy.Add(*[-term for term in less])


def _by_cases(expr: Expr, relation: str, domain: Domain, budget: _Budget) -> bool:
    """The same of an expression with a minimum or a maximum of two, whose sides cross at numbers of one parameter."""
    head = min(expr.atoms(sympy.Min, sympy.Max), key=lambda e: (e.count_ops(), str(e)))
    if len(head.args) != 2:
        return False
    first, second = head.args
    difference = _without_positive(first - second)
    reals = [s for s in domain if difference.has(s)]
    if len(reals) != 1:
        return False
    t = reals[0]
    low, high, closed = domain[t]
    try:
        roots = sorted(r for r in sympy.solve(difference, t) if r.is_Rational and low < r < high)
    except (NotImplementedError, TypeError):
        return False
    ends = [low, *roots, high]
    for i, (start, stop) in enumerate(pairwise(ends)):
        with_start = i > 0 or closed in ("left", "both")
        with_stop = i < len(roots) or closed in ("right", "both")
        piece = {**domain, t: (start, stop, _closed(with_start, with_stop))}
        for smaller, larger in ((first, second), (second, first)):
            if _everywhere(larger - smaller, ">=", piece, budget):
                chosen = smaller if isinstance(head, sympy.Min) else larger
                if _everywhere(_simple(expr.xreplace({head: chosen})), relation, piece, budget):
                    break
        else:
            return False
    return True
