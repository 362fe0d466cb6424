"""P links: Chebyshev's inequality as a proof, exact laws in balls, exact laws in floats, and Monte Carlo.

Every link is read once as "what the claim excludes has probability at most b" (`Link.excluded`): for P(E) ≥ 1 - b that
is the complement of E, for P(E) ≤ b it is E.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from flint import arb
from sympy import Integer, exp, expand

from ...theory.calculus.enclosure import Enclosure, compare
from ...theory.calculus.evaluate import enclose, number
from ...theory.calculus.exact import exact_fraction, exact_value
from ...theory.language.cells import Cell, doublings
from ...theory.language.excluded import Excluded, read_equal
from ...theory.language.heads import E, Var
from ...theory.language.models import RV
from ...theory.proofs.positivity import prove_nonnegative
from ...theory.proofs.wick import moment_value
from ..verdict import Evidence, Outcome, Verdict
from .failures import failures
from .question import BY_ALGEBRA, Answer, Question, agreed_digits, outcome
from .stats import at_look, clopper_pearson, frequency_text, trials_needed
from .tails import (
    ACCURATE,
    PRECISION,
    PRECISIONS,
    Odds,
    Undecided,
    certain,
    decided,
    exact_odds,
    law_at,
    log_odds,
    odds,
    outside_support,
)

__all__ = ["at_cell", "by_draws", "chebyshev", "telling_cells", "vacuous", "without_law"]

# Simplification of longer bounds takes minutes.
_LONGEST = 60
# How many telling cells are looked for at each listed point, beyond the sweep.
_TELLING = 3


def vacuous(question: Question) -> Answer | None:
    """Prove that a claim excludes nothing anywhere: its bound on a probability is at least 1 on the whole domain."""
    claim = question.link.excluded
    if claim is None:
        return None
    hypotheses = [h.relation for h in question.statement.hypotheses]
    excess = claim.bound.args[0] if isinstance(claim.bound, exp) else -claim.rest
    if excess.count_ops() > _LONGEST:
        return None
    proof = prove_nonnegative(excess, hypotheses)
    if proof is None or (claim.strict and not proof.strict):
        return None
    word = "above 1" if claim.strict else "at least 1"
    why = f"the bound is {word} on the whole domain; {proof.method}"
    return Answer.of(outcome(Verdict.VACUOUS, Evidence.PROVED, reason=why))


def chebyshev(question: Question) -> Answer | None:
    """Prove a one-sided deviation claim from computed mean and variance: P(X ≤ E X - δ) ≤ Var X / δ²."""
    claim = question.link.excluded
    if claim is None or len(claim.events) != 1 or claim.together or question.link.events:
        return None
    event = claim.events[0]
    rv = event.value
    if not isinstance(rv, RV) or rv.form is None:
        return None
    try:
        mean, variance = moment_value(E(rv)), moment_value(Var(rv))
    except ValueError:
        return None
    distance = mean - event.bound if event.relation in ("<", "<=") else event.bound - mean
    if not expand(distance).is_positive:
        return None
    samples = Integer(1) if claim.samples is None else claim.samples
    hypotheses = [h.relation for h in question.statement.hypotheses]
    proof = prove_nonnegative(claim.bound - samples * variance / expand(distance) ** 2, hypotheses)
    if (
        proof is None
        or (claim.strict and not proof.strict)
        or not any(_tells(claim, cell) for cell in telling_cells(question))
    ):
        return None
    union = "" if claim.samples is None else " and a union bound"
    why = f"Chebyshev's inequality{union} with the computed variance {variance}; {proof.method}; {BY_ALGEBRA}"
    return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why))


def telling_cells(question: Question) -> tuple[Cell, ...]:
    """The sweep's cells, and where the claim says nothing in any of them the smallest doublings at which it does.

    The doublings are `whp.theory.language.cells.doublings` with one sample, at each listed point of the statement; a
    claim without such a cell up to there is vacuous.
    """
    claim = question.link.excluded
    if (
        claim is None
        or question.unlisted
        or question.statement.grid
        or any(_tells(claim, cell) for cell in question.cells)
    ):
        return question.cells
    counted = {} if claim.samples is None else {claim.samples.name: int(claim.samples.low)}
    found: list[Cell] = []
    for point in question.statement.exact_points:
        telling = 0
        for sizes in doublings(question.widening):
            cell: Cell = {**sizes, **counted, **point}
            if not question.statement.applies(cell) and _tells(claim, cell):
                found.append(cell)
                telling += 1
                if telling == _TELLING:
                    break
    return (*question.cells, *found)


def _tells(claim: Excluded, cell: Cell) -> bool:
    """Whether a claim excludes something at a cell: a probability that is at most 1 is none, one less than 1 is."""
    return bool(compare(enclose(claim.bound, cell, PRECISION), "<=" if claim.strict else "<", arb(1)))


def at_cell(question: Question, cell: Cell) -> Outcome | None:
    """Decide by the exact law: in ball arithmetic, else in floats where the gap is wide enough; None without a law."""
    if question.link.relation == "=":
        return _equality(question, cell)
    claim = question.link.excluded
    if claim is None or question.link.events:
        return None
    bound = certain(claim.bound, cell)
    if (found := without_law(claim, bound, cell)) is not None:
        return found
    stated = Stated(claim, cell, bound, question.link.relation)
    balls = stated.by_balls()
    if balls is not None and balls.verdict is not Verdict.UNDETERMINED:
        return balls
    floats = stated.by_floats()
    if balls is None or (floats is not None and floats.verdict is not Verdict.UNDETERMINED):
        return floats
    return balls


def without_law(claim: Excluded, bound: Enclosure, cell: Cell) -> Outcome | None:
    """What a bound alone says: one of at least 1 excludes nothing, and no probability is negative."""
    if compare(bound.lower, ">" if claim.strict else ">=", arb(1)):
        word = "above 1" if claim.strict else "at least 1"
        return outcome(Verdict.VACUOUS, Evidence.CERTIFIED, cell, "", bound, f"the bound is {word}")
    if compare(bound.upper, "<=" if claim.strict else "<", arb(0)):
        why = "no probability is that small, whatever the law"
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, "at least 0", bound, why)
    return None


@dataclass(frozen=True)
class Stated:
    """A claim at one cell with its bound, judged by exact laws; `typed` is the link's own relation."""

    claim: Excluded
    cell: Cell
    bound: Enclosure
    typed: str = "<"

    def by_balls(self) -> Outcome | None:
        """Decide by enclosures, at rising precision, then by narrower ones, then by exact rationals."""
        bound = self.bound
        rest: Enclosure | None = None
        found: Odds | None = None
        for prec in PRECISIONS:
            before = found
            try:
                found = odds(self.claim, self.cell, prec, both=False)
                known = found.excluded.compare("<" if self.claim.strict else "<=", self.bound)
                if known is None:
                    if rest is None:
                        rest = certain(self.claim.rest, self.cell, ACCURATE)
                        bound = certain(self.claim.bound, self.cell, ACCURATE)
                    found = odds(self.claim, self.cell, prec)
                    known = decided(found, self.claim, bound, rest)
            except Undecided:
                continue
            except NotImplementedError:
                return None
            if known is not None:
                return self._judged(known, found)
            if found.coarse or not self._single or (before is not None and found.radius > before.radius / 2):
                break
        if found is None or rest is None:
            return None
        try:
            closer = odds(self.claim, self.cell, tight=True)
            known, found = decided(closer, self.claim, bound, rest), closer
        except (NotImplementedError, Undecided):
            known = None
        return self._judged(known, found) if known is not None else self._by_fractions(found)

    @property
    def _single(self) -> bool:
        rvs = {rv for event in self.claim.events for rv in event.value.atoms(RV)}
        return self.claim.samples_at(self.cell) == 1 and len(rvs) == 1

    def _by_fractions(self, found: Odds) -> Outcome | None:
        truth, bound = exact_odds(self.claim, self.cell), exact_value(self.claim.bound, self.cell)
        if truth is not None and bound.is_Rational:
            limit = exact_fraction(bound)
            holds = truth < limit if self.claim.strict else truth <= limit
            remark = f"true with {_weak(self.typed)}" if truth == limit and not holds else ""
            return self._judged(holds, found, remark)
        if self._single and found.coarse:
            why = f"numerics: the law is enclosed to a relative radius of {found.radius:.0e} only, around the bound"
            return self._open(found, why)
        if self._single:
            digits = agreed_digits(found.radius)
            return self._open(found, f"numerics: the truth and its bound agree to {digits} digits")
        return self._open(found, "gap: the bound lies between one sample's failure and n times it")

    def _open(self, found: Odds, reason: str) -> Outcome:
        return outcome(Verdict.UNDETERMINED, None, self.cell, found.excluded, self.bound, reason)

    def _judged(self, holds: bool, found: Odds, remark: str = "") -> Outcome:
        samples = self.claim.samples_at(self.cell)
        if holds:
            why = "exact law" if samples == 1 else f"exact law and a union bound over {samples} samples"
            return outcome(Verdict.HOLDS, Evidence.CERTIFIED, self.cell, found.excluded, self.bound, why)
        why = "exceeds the bound already for one sample" if not remark else "equals the bound"
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, self.cell, found.excluded, self.bound, why, remark)

    def by_floats(self) -> Outcome | None:
        """Decide by logarithms in floats where the gap is wide enough."""
        claim, bound, cell = self.claim, self.bound, self.cell
        try:
            found = log_odds(claim, cell)
        except (NotImplementedError, Undecided):
            return None
        if not bound.lower > 0:
            return self._almost_surely(found.least, found.most)
        log_bound = float(bound.log())
        gap = found.gap * max(1.0, abs(log_bound))
        if found.least > log_bound + gap:
            why = "exceeds the bound already for one sample"
            return outcome(Verdict.REFUTED, Evidence.COMPUTED, cell, found.least, log_bound, why)
        most = found.most
        if most > log_bound - gap:
            most = min(most, self._shared())
        samples = claim.samples_at(cell)
        if most <= log_bound - gap and (most > _UNDERFLOW or log_bound > _UNDERFLOW or found.gap < _TRUSTED):
            why = "exact law" if samples == 1 else f"exact law and a union bound over {samples} samples"
            return outcome(Verdict.HOLDS, Evidence.COMPUTED, cell, found.least, log_bound, why)
        if samples > 1:
            reason = "gap: the bound lies between one sample's failure and n times it"
        else:
            reason = f"numerics: log-gap below {found.gap:.0e}"
            if found.most == -math.inf:
                reason = "numerics: the law's float underflows"
        return outcome(Verdict.UNDETERMINED, None, cell, found.least, log_bound, reason)

    def _almost_surely(self, least: float, most: float) -> Outcome | None:
        """A bound of 0: refuted by any mass, established only where the law's support says that there is none."""
        claim, bound, cell = self.claim, self.bound, self.cell
        if bound.upper > 0:
            return outcome(
                Verdict.UNDETERMINED, None, cell, least, bound, "numerics: the sign of the bound is not known"
            )
        if least > _UNDERFLOW:
            return outcome(Verdict.REFUTED, Evidence.COMPUTED, cell, least, bound, "the excluded has mass")
        if claim.strict:
            why = "no probability is below 0"
            return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, least, bound, why)
        if most == -math.inf and _no_mass(claim, cell):
            why = "exact law: the excluded lies outside its support"
            return outcome(Verdict.HOLDS, Evidence.COMPUTED, cell, most, bound, why)
        why = "the law gives it no mass in floats, which do not tell 0 from what underflows"
        return outcome(Verdict.CONSISTENT, Evidence.COMPUTED, cell, most, bound, why)

    def _shared(self) -> float:
        """log of a bound on what is excluded by a law that knows what samples share; infinite without one."""
        claim, samples, event = self.claim, self.claim.samples_at(self.cell), self.claim.events[0]
        if samples == 1 or claim.together or len(claim.events) > 1 or not isinstance(event.value, RV):
            return math.inf
        try:
            return law_at(event.value, self.cell).log_any(event.relation, number(event.bound, self.cell), samples)
        except NotImplementedError:
            return math.inf


# Logarithms below this are those of numbers that underflow.
_UNDERFLOW = -690.0
# A law that decides at so small a gap vouches for its logarithms beyond any exponent.
_TRUSTED = 1e-5


def _weak(typed: str) -> str:
    """The weak relation of the one that was typed, whichever side the probability stood on."""
    return "≥" if typed in (">", ">=") else "≤"


def _no_mass(claim: Excluded, cell: Cell) -> bool:
    """Whether the support of a law in floats leaves out all that is excluded."""
    try:
        return outside_support(claim, cell)
    except (NotImplementedError, Undecided):
        return False


def _equality(question: Question, cell: Cell) -> Outcome | None:
    """P(E) = expression: exact numbers decide it, disjoint enclosures refute it, and meeting ones say to how far."""
    if (read := read_equal(question.link.lhs, "=", question.link.rhs)) is None or question.link.events:
        return None
    events, value = read
    claim = Excluded(events, value, False, together=True, rest=expand(1 - value))
    truth = exact_odds(claim, cell)
    claimed = certain(value, cell, ACCURATE)
    found: Odds | None = None
    for prec in PRECISIONS[:2]:
        try:
            found = odds(claim, cell, prec)
        except Undecided:
            continue
        except NotImplementedError:
            return _equal_floats(claim, claimed, cell)
        if found.coarse or found.excluded.relative_radius < _REFINED:
            break
    if found is None:
        return None
    known = found.excluded
    if truth is not None and (stated := exact_value(value, cell)).is_Rational:
        if truth == exact_fraction(stated):
            return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, known, claimed, "equal as exact rationals")
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, known, claimed, "differ as exact rationals")
    if known.lower == known.upper == claimed.lower == claimed.upper:
        return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, known, claimed, "both sides are the same exact number")
    if known.compare("<", claimed) or known.compare(">", claimed):
        return outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell, known, claimed, "the enclosures do not meet")
    radius = max(known.relative_radius, claimed.relative_radius)
    if radius > _MEANT:
        why = f"numerics: the enclosures meet, but are of relative radius {radius:.0e}"
        return outcome(Verdict.UNDETERMINED, None, cell, known, claimed, why)
    why = f"equal to {agreed_digits(radius)} digits: two independent evaluations agree within their enclosures"
    return outcome(Verdict.CONSISTENT, Evidence.CERTIFIED, cell, known, claimed, why)


# Enclosures this wide say nothing of an equality, and narrower ones than the second no more than it.
_MEANT, _REFINED = 1e-6, 1e-50


def _equal_floats(claim: Excluded, claimed: Enclosure, cell: Cell) -> Outcome | None:
    """P(E) = expression by a law in floats, which can refute it."""
    try:
        found = log_odds(claim, cell)
    except (NotImplementedError, Undecided):
        return None
    if found.least != found.most or not claimed.lower > 0:
        return None
    log_claimed = float(claimed.log())
    gap = found.gap * max(1.0, abs(log_claimed))
    if abs(found.least - log_claimed) > gap and max(found.least, log_claimed) > _UNDERFLOW:
        return outcome(Verdict.REFUTED, Evidence.COMPUTED, cell, found.least, log_claimed, "the logarithms differ")
    why = f"the logarithms agree within {gap:.0e}"
    return outcome(Verdict.CONSISTENT, Evidence.COMPUTED, cell, found.least, log_claimed, why)


def by_draws(question: Question, cell: Cell) -> Outcome | None:
    """Decide from draws with exact Clopper-Pearson limits at the cell's share of the error budget."""
    claim, equal = question.link.excluded, None
    if claim is None and (equal := read_equal(question.link.lhs, question.link.relation, question.link.rhs)):
        claim = Excluded(equal[0], equal[1], False, together=True, rest=expand(1 - equal[1]))
    if claim is None or question.link.events:
        return None
    drawn = failures(claim, question, cell)
    if drawn is None:
        return None
    bound = certain(claim.bound, cell)
    if equal is None and (found := without_law(claim, bound, cell)) is not None:
        return found
    count, trials = int(drawn.flags.sum()), drawn.flags.size
    alpha = at_look(question.alpha, drawn.looks)
    low, high = clopper_pearson(count, trials, alpha)
    text = frequency_text(count, trials, alpha)
    above = bool(arb(low) > bound.upper)
    if equal is not None:
        if above or arb(high) < bound.lower:
            return outcome(Verdict.REFUTED, Evidence.SAMPLED, cell, text, bound, "Clopper-Pearson limits exclude it")
        why = f"in {trials} draws the limits contain it"
        return outcome(Verdict.CONSISTENT, Evidence.SAMPLED, cell, text, bound, why)
    if compare(arb(high), "<" if claim.strict else "<=", bound.lower):
        why = "Clopper-Pearson upper limit below the bound"
        return outcome(Verdict.HOLDS, Evidence.SAMPLED, cell, text, bound, why)
    if above:
        why = "Clopper-Pearson lower limit above the bound"
        return outcome(Verdict.REFUTED, Evidence.SAMPLED, cell, text, bound, why)
    if bound.upper == 0 and count == 0:
        why = f"none of {trials} draws shows what has probability 0"
        return outcome(Verdict.CONSISTENT, Evidence.SAMPLED, cell, text, bound, why)
    needed = trials_needed(float(bound), alpha)
    more = f"about {needed} trials without a failure would decide" if needed else "no number of trials decides"
    if needed is not None and count:
        more = "more trials would narrow the limits"
    return outcome(Verdict.UNDETERMINED, None, cell, text, bound, f"trials: {more}")
