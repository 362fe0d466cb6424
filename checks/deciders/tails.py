"""Probabilities of events by the exact laws of their random variables, in balls and in floats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb
from sympy import Expr

from ...theory.calculus.enclosure import Enclosure, compare, workprec
from ...theory.calculus.evaluate import enclose, enclosure
from ...theory.calculus.exact import exact_value
from ...theory.language.cells import Cell
from ...theory.language.events import Event
from ...theory.language.excluded import Excluded
from ...theory.language.law_of import LawOf
from ...theory.language.models import RV
from ...theory.laws.hull import Piece
from ...theory.laws.protocol import ScalarLaw
from . import sets
from .question import Question
from .sets import Undecided, Values

__all__ = [
    "ACCURATE",
    "PRECISION",
    "PRECISIONS",
    "LogOdds",
    "Odds",
    "Undecided",
    "certain",
    "decided",
    "event_log",
    "event_tail",
    "exact_odds",
    "law_at",
    "least_log",
    "log_odds",
    "may_refute",
    "most_likely",
    "odds",
    "outside_support",
]

PRECISION = 192
PRECISIONS = (192, 1024, 4096, 16384)
"""Working precisions at which balls that do not tell a truth from its bound are evaluated again."""
_MOST_PRECISION = 1 << 16
# A bound is evaluated until so many of its bits are known, more where they do not decide.
_ENOUGH, ACCURATE = 40, 128
# A law whose enclosure is wider than this does not get narrower with the precision.
_COARSE = 1e-25
_ONE = Enclosure(arb(1), arb(1))


def law_at(rv: RV | None, cell: Cell) -> ScalarLaw:
    """The law of a random variable at a cell.

    Raises
    ------
    NotImplementedError
        Where it has none.
    TypeError
        Where the RV's law is no `ScalarLaw`.
    """
    if rv is None or rv.law is None:
        raise NotImplementedError("no exact law")
    if not isinstance(rv.law, LawOf) and any(isinstance(value, Piece) for value in cell.values()):
        # Any other law knows numbers only.
        cell = {name: value for name, value in cell.items() if not isinstance(value, Piece)}
        try:
            law = rv.law(cell)
        except KeyError:
            raise NotImplementedError(f"the law of {rv.name} answers at numbers only") from None
    else:
        law = rv.law(cell)
    if not isinstance(law, ScalarLaw):
        raise TypeError(f"the law of {rv.name} is a {type(law).__name__}; a subclass of whp.theory.ScalarLaw is needed")
    return law


def certain(expr: Expr, cell: Cell, accurate: int = _ENOUGH) -> Enclosure:
    """Enclose a bound to `accurate` bits: the precision is doubled where terms cancel, up to 65 536 bits.

    A function that is not enclosed more narrowly at a higher precision is taken as it is.

    Examples
    --------
    >>> from sympy import exp, Integer
    >>> certain(1 - (1 - exp(-Integer(224))) ** 32, {}).lower > 0
    True
    """
    bits, known = PRECISION, 0
    ball = enclose(expr, cell, bits)
    while not ball.is_exact() and not (ball.is_finite() and ball.rel_accuracy_bits() >= accurate):
        if ball.is_finite() and 0 < ball.rel_accuracy_bits() <= known:
            break
        known = ball.rel_accuracy_bits() if ball.is_finite() else 0
        if bits == PRECISION:
            value = exact_value(expr, cell)
            if value.is_Rational:
                return enclosure(value, {}, PRECISION)
        bits *= 2
        if bits > _MOST_PRECISION:
            break
        ball = enclose(expr, cell, bits)
    return Enclosure.of(ball)


@dataclass(frozen=True)
class Odds:
    """What laws know of the probability of what a claim excludes, and of that of the rest, each to its own digits."""

    excluded: Enclosure
    rest: Enclosure

    @property
    def radius(self) -> float:
        """The smaller relative radius of the two."""
        return min(self.excluded.relative_radius, self.rest.relative_radius)

    @property
    def coarse(self) -> bool:
        """Whether the law's enclosures are wider than rounding explains: more precision would not help."""
        return self.radius > _COARSE


def _by_variable(events: Iterable[Event]) -> list[tuple[RV, list[Event]]]:
    """The events of each random variable for one sample, and for each size that counts samples.

    Raises
    ------
    NotImplementedError
        For an event of several random variables, or of none.
    """
    found: dict[tuple[RV, Any], list[Event]] = {}
    for event in events:
        rvs = event.value.atoms(RV)
        if len(rvs) != 1:
            raise NotImplementedError(f"{event.value} is no function of one random variable")
        found.setdefault((next(iter(rvs)), event.samples), []).append(event)
    return [(rv, of_rv) for (rv, _), of_rv in found.items()]


def _count(events: Sequence[Event], cell: Cell) -> int:
    """For how many samples events of one variable are asked."""
    size = events[0].samples
    return 1 if size is None else int(cell[size.name])


def _chance(law: ScalarLaw, values: Values, others: Values, both: bool) -> tuple[Enclosure, Enclosure]:
    """The probabilities of some values and of all others; where a law encloses one of them only, 1 less that."""
    try:
        first = sets.probability(law, values)
    except NotImplementedError:
        second = sets.probability(law, others)
        return sets.less(_ONE, second), second
    if not both:
        return first, sets.less(_ONE, first)
    try:
        second = sets.probability(law, others)
    except NotImplementedError:
        return first, sets.less(_ONE, first)
    if sets.less(_ONE, second).upper < first.lower or sets.less(_ONE, second).lower > first.upper:
        raise ValueError(
            f"the law {law} contradicts itself: it encloses a probability in {first.decimal(4)} and that of the "
            f"complement in {second.decimal(4)}"
        )
    return first, second


def odds(claim: Excluded, cell: Cell, prec: int = PRECISION, *, tight: bool = False, both: bool = True) -> Odds:
    """Certified probabilities of what a claim excludes, and of the rest.

    One of several events, or of several samples, happens with a probability between the largest single one and their
    sum. With `tight`, by the laws' costlier and narrower enclosures. Without `both` the rest is 1 less the excluded,
    with the digits that leaves.

    Raises
    ------
    NotImplementedError
        Without a law that encloses them.
    Undecided
        Where the precision does not tell two ends apart.
    """
    parts: list[tuple[Enclosure, Enclosure, int]] = []
    for rv, events in _by_variable(claim.events):
        law = law_at(rv, cell)
        if tight:
            law = law.tighter()
        sets.defined(law, (e.value for e in events), rv, cell, prec)
        values = sets.values_of(events, rv, cell, prec, together=claim.together)
        with workprec(prec):
            parts.append((*_chance(law, values, sets.others(values), both), _count(events, cell)))
    if claim.together:
        rest, excluded = _some([(r, e, n) for e, r, n in parts], prec)
    else:
        excluded, rest = _some(parts, prec)
    return Odds(excluded, rest)


def _some(parts: Sequence[tuple[Enclosure, Enclosure, int]], prec: int) -> tuple[Enclosure, Enclosure]:
    """The probability that one of several events happens for one of its samples, and that none does."""
    if len(parts) == 1 and parts[0][2] == 1:
        return parts[0][:2]
    least = max((p.lower for p, _, _ in parts), key=lambda x: float(x.log()) if x > 0 else -math.inf)
    none = min((q.upper for _, q, _ in parts), key=float)
    with workprec(prec):
        most = sum((p.upper * n for p, _, n in parts), arb(0)).upper()
        left = (1 - most).lower()
    most = most if most < 1 else arb(1)
    return Enclosure(least, most), Enclosure(left if left > 0 else arb(0), none)


def decided(found: Odds, claim: Excluded, bound: Enclosure, rest: Enclosure) -> bool | None:
    """Whether the excluded is as rare as the claim says, by the side of it that keeps its digits; None where open."""
    known = found.excluded.compare("<" if claim.strict else "<=", bound)
    return found.rest.compare(">" if claim.strict else ">=", rest) if known is None else known


def exact_odds(claim: Excluded, cell: Cell) -> Fraction | None:
    """The probability of what is excluded as an exact rational; None where no law gives one."""
    try:
        groups = _by_variable(claim.events)
        if len(groups) != 1 or _count(groups[0][1], cell) != 1:
            return None
        rv, events = groups[0]
        sets.defined(law_at(rv, cell), (e.value for e in events), rv, cell, PRECISION)
        values = sets.values_of(events, rv, cell, PRECISION, together=claim.together)
        return sets.fraction(law_at(rv, cell), values)
    except (NotImplementedError, Undecided):
        return None


def event_tail(event: Event, cell: Cell, *, tight: bool = False) -> Enclosure:
    """Certified probability of an event for one sample (NotImplementedError without a law).

    With `tight`, by the law's costlier and narrower enclosures, where it has such.
    """
    (rv, events), *_ = _by_variable((event,))
    law = law_at(rv, cell)
    sets.defined(law, (event.value,), rv, cell, PRECISION)
    values = sets.values_of(events, rv, cell, PRECISION, together=True)
    with workprec(PRECISION):
        return sets.probability(law.tighter() if tight else law, values)


def event_log(event: Event, cell: Cell) -> float:
    """log of an event's probability for one sample, in floats from the exact law (NotImplementedError without one)."""
    (rv, events), *_ = _by_variable((event,))
    law = law_at(rv, cell)
    sets.defined(law, (event.value,), rv, cell, PRECISION)
    return sets.log_probability(law, sets.values_of(events, rv, cell, PRECISION, together=True))


@dataclass(frozen=True)
class LogOdds:
    """log of the probability of what a claim excludes, in floats: between `least` and `most`, told apart by `gap`."""

    least: float
    most: float
    gap: float


def log_odds(claim: Excluded, cell: Cell) -> LogOdds:
    """What laws in floats know of a claim (NotImplementedError without one).

    A float that underflows to nothing is taken for 0 only from a law that vouches for its logarithms.
    """
    logs: list[float] = []
    counts: list[int] = []
    gap = 0.0
    for rv, events in _by_variable(claim.events):
        law = law_at(rv, cell)
        sets.defined(law, (e.value for e in events), rv, cell, PRECISION)
        values = sets.values_of(events, rv, cell, PRECISION, together=claim.together)
        logs.append(sets.log_probability(law, values))
        counts.append(_count(events, cell))
        gap = max(gap, law.log_gap)
    if claim.together and (len(logs) > 1 or counts[0] > 1):
        return LogOdds(-math.inf, min(logs), gap)
    top = max(logs)
    if top == -math.inf:
        return LogOdds(top, top, gap)
    most = top + math.log(math.fsum(n * math.exp(x - top) for x, n in zip(logs, counts, strict=True)))
    return LogOdds(top, min(0.0, most), gap)


def outside_support(claim: Excluded, cell: Cell) -> bool:
    """Whether laws give no mass to what a claim excludes because it lies outside their supports."""
    for rv, events in _by_variable(claim.events):
        low, high = (Fraction(x) if math.isfinite(x) else None for x in law_at(rv, cell).support())
        values = sets.values_of(events, rv, cell, PRECISION, together=claim.together)
        if sets.common(values, (sets.Interval(low, high, True, True),)):
            return False
    return True


def most_likely(question: Question, cell: Cell) -> Enclosure | None:
    """The certified probability of what the claim excludes at one cell (n times one sample's); None without a law."""
    claim = question.link.excluded
    if claim is None or question.link.events:
        return None
    try:
        return odds(claim, cell).excluded
    except (NotImplementedError, Undecided):
        return None


def least_log(claim: Excluded, cell: Cell) -> float:
    """A lower bound on the log-probability of what the claim excludes: its likeliest event, for one sample."""
    if claim.together:
        raise NotImplementedError("events that must happen together")
    logs = []
    for event in claim.events:
        try:
            logs.append(event_log(event, cell))
        except NotImplementedError:
            least = event_tail(event, cell).lower
            logs.append(float(least.log().mid()) if least > 0 else -math.inf)
    return max(logs)


def may_refute(question: Question, cell: Cell, *, open_too: bool = True) -> bool:
    """False where one float evaluation of the law shows that exact laws cannot refute; a search asks this first.

    True also where they may leave open what several samples do together, unless `open_too` is False.
    """
    claim = question.link.excluded
    if claim is None or question.link.events:
        return True
    bound = enclosure(claim.bound, cell, PRECISION)
    if compare(bound.lower, ">" if claim.strict else ">=", arb(1)):
        return False
    if not bound.upper > 0:
        return True
    log_bound = float(bound.upper.log())
    try:
        found = log_odds(claim, cell)
    except (NotImplementedError, Undecided):
        return True
    # What refutes is the likeliest event for one sample; of events that must happen together that is not known.
    most = found.most if open_too or claim.together else found.least
    reach = max(abs(log_bound), abs(most)) if math.isfinite(most) else abs(log_bound)
    return most > log_bound - found.gap * max(1.0, reach)
