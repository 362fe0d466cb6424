"""Asymptotic equivalence A ~ B: a symbolic limit of A/B, and the numbers along the doublings of a regime.

A limit decides where the numbers agree with it; without one they are a trend.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Expr, oo

from ...theory.calculus.evaluate import CertifiedFunction, enclosure, number
from ...theory.calculus.exact import exact_fraction, rational
from ...theory.language.cells import Regime
from ...theory.proofs.stirling import growth_limit
from ..verdict import Evidence, Outcome, Verdict
from .question import Answer, Question, outcome
from .stats import slope_interval

__all__ = ["decide"]

# Two decades of the growing size; exact sums are still cheap there.
_PATH = (8, 16, 32, 64, 128, 256, 800)

# The first cells are not yet the limit.
_SKIPPED = 2

_TOLERANCE = 0.02
# Limits of longer expressions take minutes.
_LONGEST = 60
# How near to 0 a log-ratio is at the end of a path.
_NEAR = 0.1


def decide(question: Question) -> Answer | None:
    """Evaluate log(lhs/rhs) along size 8 ... 800 at each listed point, and find the limit of lhs/rhs."""
    link, regime, found = question.link, question.claim.regime, []
    if regime is None:
        return None
    name = regime.size.name
    symbols = {s.name for s in link.lhs.free_symbols | link.rhs.free_symbols}
    for listed in question.statement.exact_points:
        if not {s.name for s in regime.tied.values()} <= {*listed}:
            return None
        along: list[dict[str, Any]] = []
        for size in _PATH:
            tied = {s: v for s, v in regime.cell(size, listed).items() if s in symbols}
            along.append({**tied, name: size, **listed})
        along = [cell for cell in along if not question.statement.applies(cell)]
        if len(along) <= _SKIPPED + 2 or not symbols <= {*along[0]}:
            return None
        sizes, ratios = [], []
        for cell in along:
            try:
                ratio = float(enclosure(link.lhs, cell, 256).log()) - float(enclosure(link.rhs, cell, 256).log())
            except ValueError as error:
                return Answer.of(outcome(Verdict.UNDETERMINED, None, cell, reason=f"numerics: {error}"))
            sizes.append(math.log(cell[name]))
            ratios.append(ratio)
        low, high = slope_interval(sizes[_SKIPPED:], [math.log(max(abs(r), 1e-300)) for r in ratios[_SKIPPED:]])
        equal = not any(ratios)
        beside = _beside(question, along[-1], regime, listed)
        fades = (equal or (high < -_TOLERANCE and abs(ratios[-1]) < _NEAR)) and beside < _NEAR
        stays = not equal and low > -_TOLERANCE
        reason = (
            f"log-ratio {ratios[_SKIPPED]:.2e} at {name} = {along[_SKIPPED][name]} and {ratios[-1]:.2e} at {name} = "
            f"{along[-1][name]}: it scales as {name}^s with s in [{low:.2f}, {high:.2f}]"
        )
        limit = _limit(link.lhs / link.rhs, regime, listed)
        agrees = _meets(limit, sizes, ratios, fades=fades, stays=stays)
        found.append(_judged(limit, agrees, fades, stays, along[-1], f"{ratios[-1]:.3e}", reason))
    return Answer(tuple(found))


def _beside(question: Question, last: Mapping[str, Any], regime: Regime, listed: Mapping[str, Any]) -> float:
    """The log-ratio at the next size: the path has even sizes only."""
    link, name = question.link, regime.size.name
    # At a rate of 1/2 the next size at which both are whole is two further.
    step = math.lcm(*(exact_fraction(listed[rate.name]).denominator for rate in regime.tied.values()), 1)
    cell = {**last, **{k: v for k, v in regime.cell(last[name] + step, listed).items() if k in last}}
    try:
        return abs(float((enclosure(link.lhs, cell, 256).ball / enclosure(link.rhs, cell, 256).ball).log().mid()))
    except ValueError:
        return math.inf


def _meets(limit: Expr | None, sizes: list[float], ratios: list[float], *, fades: bool, stays: bool) -> bool:
    """Whether the numbers along the path agree with a limit: the log-ratio comes near its logarithm, or stays off 0."""
    if limit is None:
        return False
    if limit == 1:
        return fades
    if stays:
        return True
    if not limit.is_positive or limit == oo:
        return False
    left = [abs(r - number(sympy.log(limit))) for r in ratios]
    _, high = slope_interval(sizes[_SKIPPED:], [math.log(max(x, 1e-300)) for x in left[_SKIPPED:]])
    return high < -_TOLERANCE and left[-1] < min(_NEAR, abs(ratios[-1]) / 2)


def _judged(
    limit: Expr | None, agrees: bool, fades: bool, stays: bool, cell: dict[str, Any], ratio: str, reason: str
) -> Outcome:
    if limit is not None and agrees:
        verdict = Verdict.HOLDS if limit == 1 else Verdict.REFUTED
        return outcome(verdict, Evidence.PROVED, cell, ratio, "0", f"the quotient tends to {limit}; {reason}")
    if fades:
        return outcome(Verdict.CONSISTENT, Evidence.TREND, cell, ratio, "0", reason)
    against = "the sizes asked speak against it, and a limit is refuted by a proof of another one only; "
    return outcome(Verdict.UNDETERMINED, None, cell, ratio, "0", f"trend: {against if stays else ''}{reason}")


def _limit(quotient: Expr, regime: Regime, listed: Mapping[str, Any]) -> Expr | None:
    """The limit of a quotient as the regime's size grows; None where there is no short way to it."""
    if quotient.count_ops() > _LONGEST or quotient.atoms(CertifiedFunction, sympy.Sum):
        return None
    tied = {size: rational(listed[rate.name]) for size, rate in regime.tied.items()}
    if not all(rate.is_Integer for rate in tied.values()):
        return None  # a size is a whole number, and the limit would be taken along others
    values = {s: rational(listed[s.name]) for s in quotient.free_symbols if s.name in listed}
    along = quotient.subs({size: rate * regime.size for size, rate in tied.items()}).subs(values)
    known = growth_limit(along, regime.size)
    if known is not None:
        return known
    # Of quotients of gamma functions SymPy looks for a limit for minutes.
    if along.has(sympy.gamma, sympy.factorial, sympy.binomial, sympy.loggamma, sympy.harmonic):
        return None
    try:
        found = sympy.limit(along, regime.size, oo)
    except (NotImplementedError, ValueError, TypeError, sympy.PoleError):
        return None
    settled = found.is_number and not found.has(sympy.nan, sympy.zoo, sympy.Limit)
    return sympy.simplify(found) if settled and found.is_extended_real else None
